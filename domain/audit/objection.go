package audit

import (
	"context"
	"fmt"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Objection is a person's word against a look at them, or against a fact that is held on them.
// There is at most one to a look; a fact may be objected to again.
type Objection struct {
	ID       string      `db:"id"`
	Access   string      `db:"access"` // the look, or empty
	Fact     string      `db:"fact"`   // the fact's name, or empty
	Party    ref.PartyID `db:"party"`
	Case     ref.CaseID  `db:"case_id"`
	Organ    ref.OrganID `db:"organ"` // who looked, empty for a fact
	Actor    string      `db:"actor"` // who objected: "account:…"
	Words    []byte      `db:"words"` // sealed under the party's key, nil when nothing was said
	At       time.Time   `db:"at"`
	Due      time.Time   `db:"due_at"`
	Answer   []byte      `db:"answer"` // sealed under the party's key
	Answered time.Time   `db:"answered_at"`
	By       ref.StaffID `db:"answered_by"`
}

// AnswerWithin is how long an answer may take (GB/T 35273-2020, 8.7: thirty days).
const AnswerWithin = 30 * 24 * time.Hour

const objectionCols = "id, access, fact, party, case_id, organ, actor, words, at, due_at, answer, answered_at, answered_by"

// Overdue says that the answer is late.
func (o Objection) Overdue(now time.Time) bool { return o.Answered.IsZero() && now.After(o.Due) }

func (o Objection) place(field string) string { return "audit_objection." + field + "." + o.ID }

// Open gives what was said and what was answered; either may be empty.
func (o Objection) Open(ctx context.Context, r db.Reader, v *crypto.Vault) (words, answer string, err error) {
	open := func(field string, box []byte) (string, error) {
		if len(box) == 0 {
			return "", nil
		}
		b, err := v.Open(ctx, r, string(o.Party), o.place(field), box)
		return string(b), err
	}
	if words, err = open("words", o.Words); err != nil {
		return "", "", err
	}
	answer, err = open("answer", o.Answer)
	return words, answer, err
}

// Object writes an objection; the first one to a look stands, and its id is given again.
func Object(ctx context.Context, tx *db.Tx, v *crypto.Vault, o Objection, words string) (id string, fresh bool, err error) {
	if o.Access != "" {
		had, err := db.Find[string](ctx, tx, "select id from audit_objection where access = $1", o.Access)
		if err != nil || len(had) > 0 {
			return first(had), false, err
		}
	}
	o.ID, o.Due = db.NewID(), o.At.Add(AnswerWithin)
	if words != "" {
		if o.Words, err = v.Seal(ctx, tx, string(o.Party), o.place("words"), []byte(words)); err != nil {
			return "", false, err
		}
	}
	if err = db.Insert(ctx, tx, "audit_objection", o); db.IsUnique(err) {
		err = fmt.Errorf("objection: %w", db.ErrRetry) // another press of the same button came first
	}
	return o.ID, true, err
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// Reply writes the answer; Conflict when there is one already.
func Reply(ctx context.Context, tx *db.Tx, v *crypto.Vault, o Objection, by ref.StaffID, answer string, now time.Time) error {
	box, err := v.Seal(ctx, tx, string(o.Party), o.place("answer"), []byte(answer))
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, "update audit_objection set answer = $1, answered_at = $2, answered_by = $3 where id = $4 and answered_at = 0", box, now, by, o.ID)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "disclose.answered")
	}
	return err
}

// GetObjection reads one objection.
func GetObjection(ctx context.Context, r db.Reader, id string) (Objection, error) {
	return db.One[Objection](ctx, r, "select "+objectionCols+" from audit_objection where id = $1", id)
}

// ObjectionsOf lists what was objected to for any of the parties, latest first.
func ObjectionsOf(ctx context.Context, r db.Reader, parties []ref.PartyID, limit int) ([]Objection, error) {
	n := len(parties)
	return db.Find[Objection](ctx, r, fmt.Sprintf("select "+objectionCols+" from audit_objection where party in %s order by at desc, id desc limit $%d", db.In(1, n), n+1), append(db.Any(parties), limit)...)
}

// Waiting lists objections without an answer by when it is due, or those with one, latest first;
// after a row's time and id (zero: from the start).
func Waiting(ctx context.Context, r db.Reader, answered bool, after time.Time, id string, limit int) ([]Objection, error) {
	if answered {
		if after.IsZero() {
			return db.Find[Objection](ctx, r, "select "+objectionCols+" from audit_objection where answered_at > 0 order by answered_at desc, id desc limit $1", limit)
		}
		return db.Find[Objection](ctx, r, "select "+objectionCols+" from audit_objection where answered_at > 0 and (answered_at, id) < ($1, $2) order by answered_at desc, id desc limit $3", after, id, limit)
	}
	return db.Find[Objection](ctx, r, "select "+objectionCols+" from audit_objection where answered_at = 0 and (due_at, id) > ($1, $2) order by due_at, id limit $3", after, id, limit)
}

// GetAccess reads one look.
func GetAccess(ctx context.Context, r db.Reader, id string) (Access, error) {
	return db.One[Access](ctx, r, "select id, actor, organ, party, case_id, purpose, reason, at from audit_access where id = $1", id)
}

type (
	// WasObjected: a person objected to a look or to a fact; the supervisors answer.
	WasObjected struct{ Objection string }
	// WasAnswered: the answer to an objection is there.
	WasAnswered struct {
		Objection string
		Party     ref.PartyID
	}
)

func (WasObjected) EventName() string  { return "audit.objected/1" }
func (e WasObjected) EventKey() string { return "objection:" + e.Objection }
func (WasAnswered) EventName() string  { return "audit.answered/1" }
func (e WasAnswered) EventKey() string { return "objection:" + e.Objection }
