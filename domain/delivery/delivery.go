// Package delivery holds how the letters of decisions reach their people (送达), and from which day they count.
//
// Invariants: one delivery a letter; every try is appended and none is changed; a letter has taken effect when, and only when,
// its day of effect is written (EffectOf says which day that is); nothing goes out electronically without a consent that
// stands at that moment, and a consent can always be withdrawn.
package delivery

import (
	"context"
	"embed"
	"encoding/json"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Way is how a letter reaches its person.
type Way string

// The ways of 民事诉讼法 87–95, which 行政许可 follows for want of its own.
const (
	Direct     Way = "direct"     // 直接送达: handed over and signed for
	Left       Way = "left"       // 留置送达: refused, and left with a witness
	Post       Way = "post"       // 邮寄送达
	Electronic Way = "electronic" // 电子送达, with consent
	Notice     Way = "notice"     // 公告送达, when nothing else works
)

// State is how far a delivery is.
type State string

const (
	Waiting State = "waiting" // to be collected or sent
	Sent    State = "sent"    // on its way by post
	Noticed State = "notice"  // public notice is running
	Served  State = "served"
)

// Within is the working days from the decision in which it is delivered (行政许可法 44).
const Within = 10

// NearDays is how many working days before its end a delivery is shown as near.
const NearDays = 3

// Due is the last day for delivering what was decided on a day; provisional when holidays are not known yet.
func Due(cal *calendar.Calendar, decided calendar.Date) (due calendar.Date, provisional bool) {
	return cal.AddWorkdays(decided, Within)
}

// EffectOf is the day from which a letter counts: the day it was signed for (民事诉讼法 87), left (89), reached the person's
// own space (90) or was signed for at the post (91); a notice's after its days have passed (95), on the next working day
// when the last is none. on is the day of that event, for a notice of its publication.
func EffectOf(cal *calendar.Calendar, way Way, on calendar.Date, noticeDays int) calendar.Date {
	if way != Notice {
		return on
	}
	end, _ := cal.AddDays(on, noticeDays)
	return end
}

// Delivery is one letter on its way.
type Delivery struct {
	ID         ref.DeliveryID  `db:"id"`
	Document   ref.DocumentID  `db:"document"`
	Case       ref.CaseID      `db:"case_id"`
	CaseItem   ref.CaseItemID  `db:"case_item"`
	Party      ref.PartyID     `db:"party"`
	Organ      ref.OrganID     `db:"organ"`
	Hall       ref.HallID      `db:"hall"` // where it can be collected: where the case was handed in, empty online
	Kind       string          `db:"kind"` // of the document
	Title      string          `db:"title"`
	Number     string          `db:"number"` // 文号
	CaseNumber ref.ShortNumber `db:"case_number"`
	State      State           `db:"state"`
	Way        Way             `db:"way"` // how it was or is being served, empty while it waits
	Made       time.Time       `db:"made_at"`
	Due        time.Time       `db:"due_at"` // the end of the last day
	SentAt     time.Time       `db:"sent_at"`
	Tracking   string          `db:"tracking"`  // of the post
	Ends       time.Time       `db:"ends_at"`   // of the public notice
	Effect     time.Time       `db:"effect_at"` // the day from which it counts
	ServedAt   time.Time       `db:"served_at"` // when that was written
	Proof      ref.DocumentID  `db:"proof"`     // 送达回证, empty until sealed
}

// Near says that a delivery still out is near its end or past it.
func (d Delivery) Near(cal *calendar.Calendar, now time.Time) bool {
	n, _ := cal.WorkdaysBetween(calendar.DateOf(now), d.Last())
	return d.ServedAt.IsZero() && (n <= NearDays || now.After(d.Due))
}

// Last is the last day for delivering it.
func (d Delivery) Last() calendar.Date { return calendar.DateOf(d.Due.Add(-time.Microsecond)) }

// Words is what a try says about people, sealed under the letter's party.
type Words struct {
	Receiver string `json:"receiver,omitempty"` // who signed
	Relation string `json:"relation,omitempty"` // self · agent · family · staff
	Paper    string `json:"paper,omitempty"`    // by what an agent showed the authority
	Witness  string `json:"witness,omitempty"`  // of a letter that was left
	Place    string `json:"place,omitempty"`    // where it was left
	Reason   string `json:"reason,omitempty"`   // why left, returned or made public
	Address  string `json:"address,omitempty"`  // it was sent to
}

// What a try did.
const (
	Handed    = "handed"
	WasLeft   = "left"
	WasSent   = "sent"
	Arrived   = "arrived"
	Returned  = "returned" // by the post
	Reached   = "reached"  // the person's own space
	Announced = "announced"
	Expired   = "expired" // the public notice has run its time
)

// Attempt is one try.
type Attempt struct {
	ID       string         `db:"id"`
	Delivery ref.DeliveryID `db:"delivery"`
	Did      string         `db:"did"`
	Way      Way            `db:"way"`
	On       time.Time      `db:"on_at"` // the day it happened
	At       time.Time      `db:"at"`    // when it was written
	Actor    string         `db:"actor"`
	Words    []byte         `db:"words"`
}

// Choice is what the person wants: by which way, and for the post where to. The last one stands; one that is electronic is
// the consent of 民事诉讼法 90, and the next other choice withdraws it.
type Choice struct {
	ID      string      `db:"id"`
	Case    ref.CaseID  `db:"case_id"`
	Party   ref.PartyID `db:"party"`
	Way     Way         `db:"way"`
	Address []byte      `db:"address"` // sealed; of the post
	At      time.Time   `db:"at"`
	Actor   string      `db:"actor"`
}

const (
	cols        = "id, document, case_id, case_item, party, organ, hall, kind, title, number, case_number, state, way, made_at, due_at, sent_at, tracking, ends_at, effect_at, served_at, proof"
	attemptCols = "id, delivery, did, way, on_at, at, actor, words"
	choiceCols  = "id, case_id, party, way, address, at, actor"
)

// Open writes a delivery; fault.Conflict when the letter has one.
func Open(ctx context.Context, tx *db.Tx, d Delivery) error {
	n, err := db.Find[string](ctx, tx, "select id from delivery_delivery where document = $1", d.Document)
	if err == nil && len(n) > 0 {
		return fault.New(fault.Conflict, "delivery.open_already")
	}
	if err != nil {
		return err
	}
	return db.Insert(ctx, tx, "delivery_delivery", d)
}

// Save writes how far a delivery is; one that is served stays as it is (fault.Conflict).
func Save(ctx context.Context, tx *db.Tx, d Delivery) error {
	n, err := tx.Exec(ctx, `update delivery_delivery set state = $1, way = $2, sent_at = $3, tracking = $4, ends_at = $5, effect_at = $6, served_at = $7
		where id = $8 and served_at = 0`, d.State, d.Way, d.SentAt, d.Tracking, d.Ends, d.Effect, d.ServedAt, d.ID)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "delivery.served_already")
	}
	return err
}

// SetProof notes the sealed proof of service.
func SetProof(ctx context.Context, tx *db.Tx, id ref.DeliveryID, doc ref.DocumentID) error {
	_, err := tx.Exec(ctx, "update delivery_delivery set proof = $1 where id = $2", doc, id)
	return err
}

// Get reads one delivery.
func Get(ctx context.Context, r db.Reader, id ref.DeliveryID) (Delivery, error) {
	return db.One[Delivery](ctx, r, "select "+cols+" from delivery_delivery where id = $1", id)
}

// ByCase lists a case's deliveries, oldest first.
func ByCase(ctx context.Context, r db.Reader, id ref.CaseID) ([]Delivery, error) {
	return db.Find[Delivery](ctx, r, "select "+cols+" from delivery_delivery where case_id = $1 order by made_at, id", id)
}

// OpenAt lists what an organ has not delivered yet (or, with a hall, what waits there to be collected), the first due first.
func OpenAt(ctx context.Context, r db.Reader, organ ref.OrganID, hall ref.HallID, after time.Time, id string, limit int) ([]Delivery, error) {
	if hall != "" {
		return db.Find[Delivery](ctx, r, "select "+cols+" from delivery_delivery where hall = $1 and served_at = 0 and (due_at, id) > ($2, $3) order by due_at, id limit $4", hall, after, id, limit)
	}
	return db.Find[Delivery](ctx, r, "select "+cols+" from delivery_delivery where organ = $1 and served_at = 0 and (due_at, id) > ($2, $3) order by due_at, id limit $4", organ, after, id, limit)
}

// ByNumber lists deliveries of a case number or document number.
func ByNumber(ctx context.Context, r db.Reader, caseNumber ref.ShortNumber) ([]Delivery, error) {
	return db.Find[Delivery](ctx, r, "select "+cols+" from delivery_delivery where case_id in (select case_id from delivery_delivery where case_number = $1) order by made_at, id", caseNumber)
}

// CountDue counts what must be delivered by a moment and is not, of an organ or of all.
func CountDue(ctx context.Context, r db.Reader, organ ref.OrganID, by time.Time) (n int64, err error) {
	err = r.QueryRow(ctx, "select count(*) from delivery_delivery where served_at = 0 and due_at <= $1 and ($2 = '' or organ = $2)", by, organ).Scan(&n)
	return n, err
}

// Notices lists the public notices that run, the one ending first first.
func Notices(ctx context.Context, r db.Reader, limit int) ([]Delivery, error) {
	return db.Find[Delivery](ctx, r, "select "+cols+" from delivery_delivery where state = 'notice' order by ends_at, id limit $1", limit)
}

func wordsPlace(id string) string { return "delivery_attempt.words." + id }

// Note appends a try with its words sealed.
func Note(ctx context.Context, tx *db.Tx, v *crypto.Vault, party ref.PartyID, a Attempt, w Words) error {
	plain, err := json.Marshal(w)
	if err != nil {
		return err
	}
	if a.Words, err = v.Seal(ctx, tx, string(party), wordsPlace(a.ID), plain); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "delivery_attempt", a)
}

// Attempts lists the tries of a delivery, oldest first.
func Attempts(ctx context.Context, r db.Reader, id ref.DeliveryID) ([]Attempt, error) {
	return db.Find[Attempt](ctx, r, "select "+attemptCols+" from delivery_attempt where delivery = $1 order by at, id", id)
}

// Open gives a try's words; fault.NotFound when the person was erased.
func (a Attempt) Open(ctx context.Context, r db.Reader, v *crypto.Vault, party ref.PartyID) (w Words, err error) {
	b, err := v.Open(ctx, r, string(party), wordsPlace(a.ID), a.Words)
	if err != nil {
		return w, err
	}
	return w, json.Unmarshal(b, &w)
}

func addressPlace(id string) string { return "delivery_choice.address." + id }

// Choose appends a choice; the address is sealed.
func Choose(ctx context.Context, tx *db.Tx, v *crypto.Vault, c Choice, address string) (err error) {
	if address != "" {
		if c.Address, err = v.Seal(ctx, tx, string(c.Party), addressPlace(c.ID), []byte(address)); err != nil {
			return err
		}
	}
	return db.Insert(ctx, tx, "delivery_choice", c)
}

// Choices lists a case's choices, oldest first; the last one stands.
func Choices(ctx context.Context, r db.Reader, id ref.CaseID) ([]Choice, error) {
	return db.Find[Choice](ctx, r, "select "+choiceCols+" from delivery_choice where case_id = $1 order by at, id", id)
}

// Standing is the choice in force; the zero Choice (to be collected) when none was made.
func Standing(all []Choice) Choice {
	if len(all) == 0 {
		return Choice{Way: Direct}
	}
	return all[len(all)-1]
}

// OpenAddress gives where the post is to go, "" when nothing was said.
func (c Choice) OpenAddress(ctx context.Context, r db.Reader, v *crypto.Vault) (string, error) {
	if len(c.Address) == 0 {
		return "", nil
	}
	b, err := v.Open(ctx, r, string(c.Party), addressPlace(c.ID), c.Address)
	return string(b), err
}

type (
	// WasServed: a letter has taken effect; its proof is to be made.
	WasServed struct {
		Case     ref.CaseID
		Delivery ref.DeliveryID
	}
	// NoticeEnds: a public notice has run its time.
	NoticeEnds struct {
		Case     ref.CaseID
		Delivery ref.DeliveryID
	}
)

func (WasServed) EventName() string   { return "delivery.served/1" }
func (e WasServed) EventKey() string  { return string(e.Case) }
func (NoticeEnds) EventName() string  { return "delivery.notice_ends/1" }
func (e NoticeEnds) EventKey() string { return "delivery:" + string(e.Delivery) }
