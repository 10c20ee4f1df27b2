package notice

import (
	"context"
	"fmt"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/ref"
)

// Side is who wrote a message.
type Side string

const (
	FromParty Side = "party"
	FromOrgan Side = "organ"
)

// Note is one message on a case.
type Note struct {
	ID       string      `db:"id"`
	Case     ref.CaseID  `db:"case_id"`
	Side     Side        `db:"side"`
	Actor    string      `db:"actor"` // "staff:…", "account:…"
	Organ    ref.OrganID `db:"organ"` // who is asked, or who answers
	Body     []byte      `db:"body"`  // sealed under the case's party
	Made     time.Time   `db:"made_at"`
	Read     time.Time   `db:"read_at"`     // by the other side
	Answered time.Time   `db:"answered_at"` // of a party's message
}

// Words is a message with its body open.
type Words struct {
	Note
	Text string
}

const noteCols = "id, case_id, side, actor, organ, body, made_at, read_at, answered_at"

func notePlace(id string) string { return "notice_message.body." + id }

// Write seals and writes a message.
func Write(ctx context.Context, tx *db.Tx, v *crypto.Vault, n Note, party ref.PartyID, text string) error {
	var err error
	if n.Body, err = v.Seal(ctx, tx, string(party), notePlace(n.ID), []byte(text)); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "notice_message", n)
}

// noteMax bounds the messages of one case that are shown.
const noteMax = 500

// Messages opens the messages of a case, oldest first. The caller has checked who may read them;
// for staff the look was noted.
func Messages(ctx context.Context, r db.Reader, v *crypto.Vault, id ref.CaseID, party ref.PartyID) ([]Words, error) {
	list, err := db.Find[Note](ctx, r, fmt.Sprintf("select "+noteCols+" from notice_message where case_id = $1 order by made_at, id limit %d", noteMax), id)
	if err != nil {
		return nil, err
	}
	out := make([]Words, len(list))
	for i, n := range list {
		b, err := v.Open(ctx, r, string(party), notePlace(n.ID), n.Body)
		if err != nil {
			return nil, err
		}
		out[i] = Words{n, string(b)}
	}
	return out, nil
}

// Written counts a side's messages on a case since a time.
func Written(ctx context.Context, r db.Reader, id ref.CaseID, side Side, since time.Time) (n int, err error) {
	err = r.QueryRow(ctx, "select count(*) from notice_message where case_id = $1 and side = $2 and made_at > $3", id, side, since).Scan(&n)
	return n, err
}

// Unseen says whether a side has messages of the other on a case that it has not read.
func Unseen(ctx context.Context, r db.Reader, id ref.CaseID, reader Side) (bool, error) {
	found, err := db.Find[int64](ctx, r, "select 1 from notice_message where case_id = $1 and side <> $2 and read_at = 0 limit 1", id, reader)
	return len(found) > 0, err
}

// See notes that a side has read the other's messages.
func See(ctx context.Context, tx *db.Tx, id ref.CaseID, reader Side, now time.Time) error {
	_, err := tx.Exec(ctx, "update notice_message set read_at = $3 where case_id = $1 and side <> $2 and read_at = 0", id, reader, now)
	return err
}

// Answer notes that the party's open questions to the organs are answered.
func Answer(ctx context.Context, tx *db.Tx, id ref.CaseID, organs []ref.OrganID, now time.Time) error {
	if len(organs) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, "update notice_message set answered_at = $2 where case_id = $1 and side = 'party' and answered_at = 0 and organ in "+db.In(3, len(organs)),
		append([]any{id, now}, db.Any(organs)...)...)
	return err
}
