package notice

import (
	"context"
	"fmt"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// State is how far a text has come.
type State string

const (
	Queued    State = "queued"    // waits for its time, or for the gateway
	Handing   State = "handing"   // is being handed over; after a crash nobody knows
	Unknown   State = "unknown"   // may have gone out; not sent again without a person's word
	Sent      State = "sent"      // the gateway has it
	Delivered State = "delivered" // the phone has it
	Failed    State = "failed"    // it will not go out by itself
)

// Text is one text message. What it says is made from kind and args when it is sent.
type Text struct {
	ID       string        `db:"id"`
	Notice   string        `db:"notice"`
	Party    ref.PartyID   `db:"party"`
	Account  ref.AccountID `db:"account"`
	Case     ref.CaseID    `db:"case_id"`
	Kind     string        `db:"kind"`
	Data     string        `db:"args"`
	Phone    []byte        `db:"phone"`
	State    State         `db:"state"`
	Attempts int           `db:"attempts"`
	Error    string        `db:"error"` // a message key
	Made     time.Time     `db:"made_at"`
	Run      time.Time     `db:"run_at"`
	Handed   time.Time     `db:"handed_at"`
	SentAt   time.Time     `db:"sent_at"`
	Done     time.Time     `db:"done_at"`
}

const textCols = "id, notice, party, account, case_id, kind, args, phone, state, attempts, error, made_at, run_at, handed_at, sent_at, done_at"

// Args are the text's.
func (t Text) Args() Args { return ArgsOf(t.Data) }

// subject is under whose key the phone is sealed: the account's where the case was begun on a
// phone, else the party's.
func (t Text) subject() string {
	if t.Account != "" {
		return "account:" + string(t.Account)
	}
	return string(t.Party)
}

func (t Text) place() string { return "notice_text.phone." + t.ID }

// Queue writes a text with its phone sealed.
func Queue(ctx context.Context, tx *db.Tx, v *crypto.Vault, t Text, phone string) error {
	var err error
	if t.Phone, err = v.Seal(ctx, tx, t.subject(), t.place(), []byte(phone)); err != nil {
		return err
	}
	t.State = Queued
	return db.Insert(ctx, tx, "notice_text", t)
}

// Number opens the phone a text goes to; fault.NotFound where the person was erased.
func (t Text) Number(ctx context.Context, r db.Reader, v *crypto.Vault) (string, error) {
	b, err := v.Open(ctx, r, t.subject(), t.place(), t.Phone)
	return string(b), err
}

// GetText reads a text.
func GetText(ctx context.Context, r db.Reader, id string) (Text, error) {
	return db.One[Text](ctx, r, "select "+textCols+" from notice_text where id = $1", id)
}

// Texts lists the texts of a case, oldest first.
func Texts(ctx context.Context, r db.Reader, id ref.CaseID) ([]Text, error) {
	return db.Find[Text](ctx, r, "select "+textCols+" from notice_text where case_id = $1 order by made_at, id", id)
}

// Hand notes, before the gateway is asked, that a queued text is being handed over.
func Hand(ctx context.Context, tx *db.Tx, id string, now time.Time) error {
	return move(ctx, tx, "update notice_text set state = 'handing', attempts = attempts + 1, handed_at = $2, error = '' where id = $1 and state = 'queued'", id, now)
}

// Took notes that the gateway took it; a receipt may have told more already.
func Took(ctx context.Context, tx *db.Tx, id string, now time.Time) error {
	_, err := tx.Exec(ctx, "update notice_text set state = case when state in ('handing', 'unknown') then 'sent' else state end, sent_at = $2 where id = $1", id, now)
	return err
}

// Lost notes that nobody knows whether the gateway took it.
func Lost(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, "update notice_text set state = 'unknown', error = 'connector.unsure' where id = $1 and state = 'handing'", id)
	return err
}

// Later puts a text that was surely not taken back in the queue.
func Later(ctx context.Context, tx *db.Tx, id string, run time.Time, why string) error {
	_, err := tx.Exec(ctx, "update notice_text set state = 'queued', run_at = $2, error = $3 where id = $1 and state in ('queued', 'handing')", id, run, why)
	return err
}

// GiveUp notes that a text will not go out by itself.
func GiveUp(ctx context.Context, tx *db.Tx, id, why string, now time.Time) error {
	_, err := tx.Exec(ctx, "update notice_text set state = 'failed', error = $2, done_at = $3 where id = $1 and state in ('queued', 'handing')", id, why, now)
	return err
}

// Again queues a text on a person's word; Conflict unless it failed or nobody knows.
func Again(ctx context.Context, tx *db.Tx, id string, run time.Time) error {
	return move(ctx, tx, "update notice_text set state = 'queued', attempts = 0, run_at = $2, done_at = 0, error = '' where id = $1 and state in ('failed', 'unknown')", id, run)
}

func move(ctx context.Context, tx *db.Tx, query, id string, at time.Time) error {
	n, err := tx.Exec(ctx, query, id, at)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "notice.text_moved")
	}
	return err
}

// heard are the moves a receipt makes. Receipts come late, twice, in any order and for each part
// of a long text: one that the phone has it outweighs all others.
var heard = map[State]string{
	Sent:      "update notice_text set state = 'sent', sent_at = $2, error = '' where id = $1 and state in ('handing', 'unknown')",
	Delivered: "update notice_text set state = 'delivered', done_at = $2, error = '', phone = null where id = $1 and state <> 'delivered'",
	Failed:    "update notice_text set state = 'failed', done_at = $2, error = 'notice.not_reached' where id = $1 and state in ('handing', 'unknown', 'sent')",
}

// Heard notes what a gateway's receipt says and whether that changed anything; a text that is not
// in this table (a one-time code) does not.
func Heard(ctx context.Context, tx *db.Tx, id string, s State, at time.Time) (changed bool, err error) {
	n, err := tx.Exec(ctx, heard[s], id, at)
	return n > 0, err
}

// Undelivered lists texts a person must look at, latest first: failed, unknown, and those that
// wait after a try. next is where the following page begins.
func Undelivered(ctx context.Context, r db.Reader, after After) (list []Text, next After, err error) {
	where, args := "(state in ('failed', 'unknown', 'handing') or state = 'queued' and attempts > 0)", []any{}
	if after.ID != "" {
		where, args = where+" and (made_at, id) < ($1, $2)", []any{after.At, after.ID}
	}
	list, err = db.Find[Text](ctx, r, fmt.Sprintf("select "+textCols+" from notice_text where %s order by made_at desc, id desc limit %d", where, Size+1), args...)
	if len(list) > Size {
		list = list[:Size]
		next = After{list[Size-1].Made, list[Size-1].ID}
	}
	return list, next, err
}

// CountFailed counts texts that failed or are unknown, for the gauge an operator watches.
func CountFailed(ctx context.Context, r db.Reader) (n int64, err error) {
	err = r.QueryRow(ctx, "select count(*) from notice_text where state in ('failed', 'unknown')").Scan(&n)
	return n, err
}

// KeepTexts is how long texts are kept; what people were told stays in their notices.
const KeepTexts = 365 * 24 * time.Hour

// SweepTexts forgets the oldest texts older than KeepTexts.
func SweepTexts(ctx context.Context, tx *db.Tx, now time.Time) (int64, error) {
	return tx.Exec(ctx, "delete from notice_text where id in (select id from notice_text where made_at < $1 order by made_at limit 500)", now.Add(-KeepTexts))
}
