package party

import (
	"context"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/ref"
)

// Declare finds or makes a party that rests on an outside actor's word alone. It is another row
// than the real person's: what somebody types into a phone neither opens nor changes what is
// held on whoever has that number.
func Declare(ctx context.Context, tx *db.Tx, v *crypto.Vault, by string, p Party, number string) (Party, error) {
	p.DeclaredBy = by
	return declare(ctx, tx, v, p, number, by)
}

func declare(ctx context.Context, tx *db.Tx, v *crypto.Vault, p Party, number, by string) (Party, error) {
	p.ID, p.Blind = ref.PartyID(db.NewID()), v.Blind("party.declared", by+"\x1f"+number+"\x1f"+p.Name)
	n, err := tx.Exec(ctx, `insert into party_party (id, kind, name, number_blind, made_at, declared_by) values ($1, $2, $3, $4, $5, $6)
		on conflict (number_blind) do nothing`, p.ID, p.Kind, p.Name, p.Blind, p.Made, p.DeclaredBy)
	if err != nil {
		return p, err
	}
	if n == 0 {
		held, err := db.One[Party](ctx, tx, "select "+cols+" from party_party where number_blind = $1", p.Blind)
		if err != nil || held.Same == "" {
			return held, err
		}
		// That row has become a person's. A word alone begins another and learns nothing of it.
		return declare(ctx, tx, v, p, number, by+"\x1f"+string(held.ID))
	}
	if err := index(ctx, tx, p); err != nil {
		return p, err
	}
	return p, Learn(ctx, tx, v, p.ID, Fact{Number, number, "source.declared", p.Made})
}

// Declared lists the parties that rest on an actor's word, the latest first.
func Declared(ctx context.Context, r db.Reader, by string) ([]Party, error) {
	return db.Find[Party](ctx, r, "select "+cols+" from party_party where declared_by = $1 order by made_at desc", by)
}

// Unite notes that a declared party is a known one.
func Unite(ctx context.Context, tx *db.Tx, declared, known ref.PartyID) error {
	_, err := tx.Exec(ctx, "update party_party set same_as = $1 where id = $2 and declared_by <> '' and same_as = ''", known, declared)
	return err
}

// Selves are all rows of one party: its own and those that turned out to be it.
func Selves(ctx context.Context, r db.Reader, id ref.PartyID) ([]ref.PartyID, error) {
	more, err := db.Find[ref.PartyID](ctx, r, "select id from party_party where same_as = $1", id)
	return append([]ref.PartyID{id}, more...), err
}

// Representative is the tie of a legal representative (法定代表人) to a company.
const Representative = "representative"

// Tie says that a person speaks for a company.
type Tie struct {
	Company ref.PartyID `db:"company"`
	Person  ref.PartyID `db:"person"`
	Kind    string      `db:"kind"`
	Source  string      `db:"source"` // a message key or an organ's name
	At      time.Time   `db:"at"`
	Ended   time.Time   `db:"ended_at"`
}

// AddTie writes a tie; an ended one begins again.
func AddTie(ctx context.Context, tx *db.Tx, t Tie) error {
	_, err := tx.Exec(ctx, `insert into party_tie (company, person, kind, source, at, ended_at) values ($1, $2, $3, $4, $5, 0)
		on conflict (company, person, kind) do update set source = excluded.source, at = excluded.at, ended_at = 0`, t.Company, t.Person, t.Kind, t.Source, t.At)
	return err
}

// Companies lists the companies a person speaks for, by name.
func Companies(ctx context.Context, r db.Reader, person ref.PartyID) ([]Party, error) {
	return db.Find[Party](ctx, r, "select "+cols+" from party_party where id in (select company from party_tie where person = $1 and ended_at = 0) order by name", person)
}

// SpeaksFor says whether the person may act for the company now.
func SpeaksFor(ctx context.Context, r db.Reader, person, company ref.PartyID) (bool, error) {
	n, err := db.Find[int64](ctx, r, "select 1 from party_tie where person = $1 and company = $2 and ended_at = 0 limit 1", person, company)
	return len(n) > 0, err
}
