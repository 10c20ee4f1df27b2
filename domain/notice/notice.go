// Package notice holds what people are told: notices in their own space (站内通知), text messages
// (短信), and the messages of a case (办件消息).
//
// Invariants:
//   - A notice is a kind and ids, numbers and dates; its words are made when it is read. No name
//     and no identity number is in it.
//   - A text is handed over at most once without a person's word: its state goes forward only,
//     and a receipt read twice changes nothing.
//   - Phones are sealed under whom they belong to and forgotten once the text has arrived; bodies
//     of messages are sealed under the case's party.
package notice

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Kinds of notice. The sentence is "notice.KIND", that of a text "notice.text.KIND".
const (
	Taken    = "taken"
	Accepted = "accepted"
	Returned = "returned"
	Supplied = "supplied"
	Declined = "declined"
	Closed   = "closed"
	Message  = "message"  // an organ wrote on the case
	Device   = "device"   // somebody signed in on a new browser
	Objected = "objected" // an objection to a look or a fact was answered
	Visit    = "visit"    // officers come to the site
	Settled  = "settled"  // what the party called wrong of what is held was settled
	Replied  = "replied"  // the organ answered a pressing (催办)
	Billed   = "billed"   // a fee is to be paid
	FeeLate  = "fee_late" // the time to pay is over, and the grace begins
	FeePaid  = "fee_paid"
	Refunded = "refunded"
	Owed     = "owed" // papers are owed until a day (容缺受理)
	OwedSoon = "owed_soon"
	OwedLast = "owed_last"
	OwedBack = "owed_back" // an owed paper was sent back
	OwedLong = "owed_long" // there is more time
	OwedGood = "owed_good" // everything owed is there and good
	Credit   = "credit"    // something happened to a credit event of the party's
	ActTold  = "act_told"  // something is going to be done to a licence; the holder may state
	ActDone  = "act_done"  // it was done

	Paused     = "paused"   // a special procedure begins
	Extended   = "extended" // the organ's head added time
	Retimed    = "retimed"  // a change of the calendar moved the last day
	Asked      = "asked"    // more is asked for during review
	Withdrawn  = "withdrawn"
	Terminated = "terminated"
)

// Notice is one thing a party or an account is told.
type Notice struct {
	ID      string        `db:"id"`
	Party   ref.PartyID   `db:"party"`
	Account ref.AccountID `db:"account"`
	Case    ref.CaseID    `db:"case_id"`
	Kind    string        `db:"kind"`
	Data    string        `db:"args"` // JSON of Args
	Made    time.Time     `db:"made_at"`
	Read    time.Time     `db:"read_at"`
}

// Args are what a sentence needs: ids, numbers and dates only.
type Args struct {
	Number ref.ShortNumber `json:"number,omitempty"`
	Organ  ref.OrganID     `json:"organ,omitempty"`
	Until  int64           `json:"until,omitempty"` // unix microseconds
	Points int             `json:"points,omitempty"`
	Device string          `json:"device,omitempty"`
}

// JSON writes the args.
func (a Args) JSON() string {
	b, _ := json.Marshal(a) // strings and numbers always marshal
	return string(b)
}

// ArgsOf reads what JSON wrote.
func ArgsOf(data string) (a Args) {
	_ = json.Unmarshal([]byte(data), &a)
	return a
}

// Args are the notice's.
func (n Notice) Args() Args { return ArgsOf(n.Data) }

// Words are the values of the sentence: number in groups of four, until as a day in words, n
// points. day writes a date as the reader's language does.
func (a Args) Words(day func(time.Time) string) []any {
	until := ""
	if a.Until != 0 {
		until = day(db.Time(a.Until))
	}
	return []any{"number", a.Number.Format(), "until", until, "n", a.Points}
}

const noticeCols = "id, party, account, case_id, kind, args, made_at, read_at"

// Add writes a notice.
func Add(ctx context.Context, tx *db.Tx, n Notice) error {
	return db.Insert(ctx, tx, "notice_notice", n)
}

// Size is the rows of one page of a list.
const Size = 50

// After is the last row of a page already shown; zero: from the start.
type After struct {
	At time.Time
	ID string
}

// String writes a place in a list as one word of an address.
func (a After) String() string {
	if a.ID == "" {
		return ""
	}
	return fmt.Sprintf("%d.%s", a.At.UnixMicro(), a.ID)
}

// ParseAfter reads what String wrote; Invalid for anything else.
func ParseAfter(s string) (After, error) {
	if s == "" {
		return After{}, nil
	}
	var at int64
	head, id, ok := strings.Cut(s, ".")
	if _, err := fmt.Sscanf(head, "%d", &at); err != nil || !ok || id == "" || len(id) > 64 {
		return After{}, fault.New(fault.Invalid, "fault.page_key")
	}
	return After{db.Time(at), id}, nil
}

// theirs is true of what parties or an account were told; its arguments come first.
func theirs(parties []ref.PartyID, account ref.AccountID) (string, []any) {
	where := "(account = $1 and account <> '')"
	if len(parties) > 0 {
		where = "(" + where + " or party in " + db.In(2, len(parties)) + ")"
	}
	return where, append([]any{account}, db.Any(parties)...)
}

// Of lists what the parties or the account were told, latest first, Size a page; next is where
// the following page begins, zero at the end.
func Of(ctx context.Context, r db.Reader, parties []ref.PartyID, account ref.AccountID, after After) (list []Notice, next After, err error) {
	where, args := theirs(parties, account)
	if after.ID != "" {
		where += fmt.Sprintf(" and (made_at, id) < ($%d, $%d)", len(args)+1, len(args)+2)
		args = append(args, after.At, after.ID)
	}
	list, err = db.Find[Notice](ctx, r, fmt.Sprintf("select "+noticeCols+" from notice_notice where %s order by made_at desc, id desc limit %d", where, Size+1), args...)
	if len(list) > Size {
		list = list[:Size]
		next = After{list[Size-1].Made, list[Size-1].ID}
	}
	return list, next, err
}

// UnreadMax is where counting stops.
const UnreadMax = 100

// Told says whether a party was told anything of a case after a time, by notice or by an organ's message.
func Told(ctx context.Context, r db.Reader, p ref.PartyID, id ref.CaseID, since time.Time) (bool, error) {
	n, err := db.One[int64](ctx, r, `select (select count(*) from notice_notice where party = $1 and made_at > $2 and case_id = $3)
		+ (select count(*) from notice_message where case_id = $3 and made_at > $2 and side = 'organ')`, p, since, id)
	return n > 0, err
}

// Unread counts what was not read yet, at most UnreadMax.
func Unread(ctx context.Context, r db.Reader, parties []ref.PartyID, account ref.AccountID) (n int, err error) {
	where, args := theirs(parties, account)
	err = r.QueryRow(ctx, fmt.Sprintf("select count(*) from (select 1 from notice_notice where read_at = 0 and %s limit %d) x", where, UnreadMax), args...).Scan(&n)
	return n, err
}

// MarkRead notes that everything up to a time was seen.
func MarkRead(ctx context.Context, tx *db.Tx, parties []ref.PartyID, account ref.AccountID, until, now time.Time) error {
	where, args := theirs(parties, account)
	n := len(args)
	_, err := tx.Exec(ctx, fmt.Sprintf("update notice_notice set read_at = $%d where read_at = 0 and made_at <= $%d and %s", n+1, n+2, where), append(args, now, until)...)
	return err
}

type (
	// Due: a text's time to be handed over has come.
	Due struct{ Text string }
	// Said: somebody wrote on a case. Side is who.
	Said struct {
		Case    ref.CaseID
		Message string
		Side    Side
	}
)

func (Due) EventName() string   { return "notice.text/1" }
func (Said) EventName() string  { return "notice.said/1" }
func (e Due) EventKey() string  { return "text:" + e.Text } // each text by itself: none waits for another
func (e Said) EventKey() string { return string(e.Case) }
