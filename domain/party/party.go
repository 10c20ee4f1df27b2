// Package party holds applicants: natural persons (自然人) and legal persons (法人).
//
// Invariants: one party per identity number, found by its blind index; names stand plain only
// here, every other fact is sealed under the party's own key with its source and date; what is
// held opens to staff only with a presence (card read, the person's confirmation).
package party

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/search"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Party is one applicant.
type Party struct {
	ID    ref.PartyID   `db:"id"`
	Kind  ref.PartyKind `db:"kind"`
	Name  string        `db:"name"`
	Blind string        `db:"number_blind"`
	Made  time.Time     `db:"made_at"`

	DeclaredBy string      `db:"declared_by"` // the actor on whose word alone the party rests, else empty
	Same       ref.PartyID `db:"same_as"`     // the party that a declared one turned out to be
}

// Facts known of parties; the keys are what forms prefill from.
const (
	Number  = "number" // 公民身份号码 or 统一社会信用代码
	Phone   = "phone"
	Address = "address"
)

// Fact is one thing held on a party, with where it came from and when.
type Fact struct {
	Name   string
	Value  string
	Source string // a message key or an organ's name
	At     time.Time
}

type factRow struct {
	Party  ref.PartyID `db:"party"`
	Fact   string      `db:"fact"`
	Value  []byte      `db:"value"`
	Source string      `db:"source"`
	At     time.Time   `db:"at"`
}

const cols = "id, kind, name, number_blind, made_at, declared_by, same_as"

// Blind is the look-up value of an identity number.
func Blind(v *crypto.Vault, number string) string { return v.Blind("party.number", number) }

// Get reads one party.
func Get(ctx context.Context, r db.Reader, id ref.PartyID) (Party, error) {
	return db.One[Party](ctx, r, "select "+cols+" from party_party where id = $1", id)
}

// ByNumber finds the party of an identity number.
func ByNumber(ctx context.Context, r db.Reader, v *crypto.Vault, number string) (Party, error) {
	return ByBlind(ctx, r, Blind(v, number))
}

// ByBlind finds the party of a number's look-up value.
func ByBlind(ctx context.Context, r db.Reader, blind string) (Party, error) {
	return db.One[Party](ctx, r, "select "+cols+" from party_party where number_blind = $1", blind)
}

// Ensure finds or makes the party of an identity number; the name is taken on making, and
// facts are written where they are newer than what is held.
func Ensure(ctx context.Context, tx *db.Tx, v *crypto.Vault, p Party, number string, facts ...Fact) (Party, error) {
	p.ID, p.Blind = ref.PartyID(db.NewID()), Blind(v, number)
	n, err := tx.Exec(ctx, `insert into party_party (id, kind, name, number_blind, made_at) values ($1, $2, $3, $4, $5)
		on conflict (number_blind) do nothing`, p.ID, p.Kind, p.Name, p.Blind, p.Made)
	if err != nil {
		return p, err
	}
	if n == 0 {
		if p, err = db.One[Party](ctx, tx, "select "+cols+" from party_party where number_blind = $1", p.Blind); err != nil {
			return p, err
		}
		return p, Learn(ctx, tx, v, p.ID, facts...)
	}
	if err := index(ctx, tx, p); err != nil {
		return p, err
	}
	return p, Learn(ctx, tx, v, p.ID, append([]Fact{{Number, number, "source.given", p.Made}}, facts...)...)
}

func index(ctx context.Context, tx *db.Tx, p Party) error {
	type term struct {
		Term  string      `db:"term"`
		Party ref.PartyID `db:"party"`
	}
	var rows []term
	for _, t := range search.Terms(p.Name) {
		rows = append(rows, term{t, p.ID})
	}
	return db.Insert(ctx, tx, "party_term", rows...)
}

// Learn writes facts, each sealed; an older one never overwrites a newer.
func Learn(ctx context.Context, tx *db.Tx, v *crypto.Vault, id ref.PartyID, facts ...Fact) error {
	for _, f := range facts {
		box, err := v.Seal(ctx, tx, string(id), where(id, f.Name), []byte(f.Value))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into party_fact (party, fact, value, source, at) values ($1, $2, $3, $4, $5)
			on conflict (party, fact) do update set value = excluded.value, source = excluded.source, at = excluded.at where party_fact.at <= excluded.at`,
			id, f.Name, box, f.Source, f.At)
		if err != nil {
			return fmt.Errorf("learn %s: %w", f.Name, err)
		}
	}
	return nil
}

func where(id ref.PartyID, fact string) string { return "party_fact.value." + string(id) + "." + fact }

// Facts opens what is held on a party; only the named facts, or all of them. The caller has
// made the access row.
func Facts(ctx context.Context, r db.Reader, v *crypto.Vault, id ref.PartyID, only ...string) (map[string]Fact, error) {
	rows, err := db.Find[factRow](ctx, r, "select party, fact, value, source, at from party_fact where party = $1", id)
	if err != nil {
		return nil, err
	}
	out := map[string]Fact{}
	for _, row := range rows {
		if len(only) > 0 && !slices.Contains(only, row.Fact) {
			continue
		}
		b, err := v.Open(ctx, r, string(id), where(id, row.Fact), row.Value)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", row.Fact, err)
		}
		out[row.Fact] = Fact{row.Fact, string(b), row.Source, row.At}
	}
	return out, nil
}

// Search finds parties by name: every character pair of the query must occur.
func Search(ctx context.Context, r db.Reader, query string, limit int) ([]Party, error) {
	terms := search.QueryTerms(query)
	if len(terms) == 0 {
		return nil, nil
	}
	n := len(terms)
	args := append(db.Any(terms), n, limit)
	return db.Find[Party](ctx, r, fmt.Sprintf("select "+cols+` from party_party where id in
		(select party from party_term where term in %s group by party having count(*) = $%d) order by name, id limit $%d`, db.In(1, n), n+1, n+2), args...)
}

// How says by what right held data is open at a window.
type How string

const (
	ByCard    How = "card"    // the identity card was read
	ByConfirm How = "confirm" // the person confirmed on the counter's screen
	ByMandate How = "mandate" // their agent is here: this item's fields only, unless the mandate shows what is held
	ByTyped   How = "typed"   // a number was typed, with a reason: masked identity and this item's fields only
)

// Presence is a person at a window.
type Presence struct {
	ID        string      `db:"id"`
	Party     ref.PartyID `db:"party"`
	Staff     ref.StaffID `db:"staff"`
	How       How         `db:"how"`
	Reason    []byte      `db:"reason"`
	At        time.Time   `db:"at"`
	Until     time.Time   `db:"until_at"`
	Confirmed time.Time   `db:"confirmed_at"`
}

// Stay is how long a presence opens held data.
const Stay = 30 * time.Minute

// Open says whether the presence opens everything held, now, for this clerk.
func (p Presence) Open(now time.Time, who ref.StaffID) bool {
	return p.Staff == who && now.Before(p.Until) && (p.How == ByCard || !p.Confirmed.IsZero())
}

// Arrive writes a presence.
func Arrive(ctx context.Context, tx *db.Tx, p Presence) error {
	return db.Insert(ctx, tx, "party_presence", p)
}

const presenceCols = "id, party, staff, how, reason, at, until_at, confirmed_at"

// GetPresence reads one presence.
func GetPresence(ctx context.Context, r db.Reader, id string) (Presence, error) {
	return db.One[Presence](ctx, r, "select "+presenceCols+" from party_presence where id = $1", id)
}

// Waiting is the clerk's latest presence that asks for the person's confirmation.
func Waiting(ctx context.Context, r db.Reader, who ref.StaffID, now time.Time) (Presence, error) {
	return db.One[Presence](ctx, r, "select "+presenceCols+" from party_presence where staff = $1 and how = 'typed' and confirmed_at = 0 and until_at > $2 order by at desc limit 1", who, now)
}

// IsHere says whether a party stands before a clerk now, seen by the card or confirmed.
func IsHere(ctx context.Context, r db.Reader, who ref.StaffID, id ref.PartyID, now time.Time) (bool, error) {
	all, err := db.Find[Presence](ctx, r, "select "+presenceCols+" from party_presence where staff = $1 and party = $2 and until_at > $3", who, id, now)
	return slices.ContainsFunc(all, func(p Presence) bool { return p.How != ByMandate && p.Open(now, who) }), err
}

// Confirm notes that the person confirmed; Conflict if there is nothing to confirm any more.
func Confirm(ctx context.Context, tx *db.Tx, id string, who ref.StaffID, now time.Time) error {
	n, err := tx.Exec(ctx, "update party_presence set confirmed_at = $1 where id = $2 and staff = $3 and how = 'typed' and confirmed_at = 0 and until_at > $1", now, id, who)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "fault.presence_over")
	}
	return err
}
