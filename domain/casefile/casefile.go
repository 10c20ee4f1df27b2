// Package casefile holds cases (办件): what was handed in, and the facts of its life.
//
// Invariants:
//   - Facts are appended, never changed; the stage is a pure function of them (StageOf) and its
//     column only a copy for lists.
//   - Every transaction about a case begins with Lock, so joins cannot be skewed.
//   - A case holds 1..n items, each with the item version it was begun on.
package casefile

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Stage is where a case stands.
type Stage string

const (
	Received Stage = "received" // 收件, waiting for the organ to accept
	Returned Stage = "returned" // 补正: one notice with every point is out
	Supplied Stage = "supplied" // corrected, waiting for the organ to accept
	Declined Stage = "declined" // 不予受理
	Accepted Stage = "accepted" // 受理, under review
	Granted  Stage = "granted"  // decided, result being sealed
	Refused  Stage = "refused"  // decided against, letter being sealed
	Closed   Stage = "closed"   // the sealed result is there
)

// Stages in the order of a case's life, for filters.
func Stages() []Stage {
	return []Stage{Received, Returned, Supplied, Accepted, Granted, Refused, Closed, Declined}
}

// Kind is what a fact says.
type Kind string

const (
	FactReceived Kind = "received"
	FactPoints   Kind = "points" // one organ's look before acceptance: its points, or none
	FactReturned Kind = "returned"
	FactSupplied Kind = "supplied"
	FactAccepted Kind = "accepted"
	FactDeclined Kind = "declined"
	FactOpened   Kind = "opened" // a step was opened
	FactOpinion  Kind = "opinion"
	FactReviewed Kind = "reviewed"
	FactDecided  Kind = "decided"
	FactSealed   Kind = "sealed" // a document got its seal
	FactIssued   Kind = "issued" // the licence exists
	FactClosed   Kind = "closed"

	FactDeparting          Kind = "departing" // a decision was proposed that leaves the item's rule
	FactDepartureRejected  Kind = "departure_rejected"
	FactDepartureWithdrawn Kind = "departure_withdrawn"
	FactDepartureConfirmed Kind = "departure_confirmed"

	FactPromised   Kind = "promised"  // an undertaking was signed
	FactHanded     Kind = "handed"    // owed papers were handed in
	FactChecked    Kind = "checked"   // the organ looked at an owed paper, or at a promise
	FactProlonged  Kind = "prolonged" // force majeure: more time for what is owed
	FactBreached   Kind = "breached"  // what was promised was not kept
	FactTerminated Kind = "terminated"
)

// Case is one matter of one party.
type Case struct {
	ID          ref.CaseID       `db:"id"`
	Number      ref.ShortNumber  `db:"number"`
	Party       ref.PartyID      `db:"party"`
	Organ       ref.OrganID      `db:"organ"` // who decides
	Item        ref.ItemID       `db:"item"`
	Place       ref.DivisionCode `db:"place"`
	Channel     ref.Channel      `db:"channel"`
	Hall        ref.HallID       `db:"hall"`
	Window      ref.WindowID     `db:"window_id"`
	Clerk       ref.StaffID      `db:"clerk"`
	Ticket      string           `db:"ticket_id"`
	OnBehalfOf  ref.PartyID      `db:"on_behalf_of"`
	Rev         int64            `db:"rev"`
	Stage       Stage            `db:"stage"`
	ReceivedAt  time.Time        `db:"received_at"`
	AcceptedAt  time.Time        `db:"accepted_at"`
	Due         time.Time        `db:"due_at"`
	Provisional bool             `db:"provisional"` // the due date crosses into a year whose holidays are unknown
	ClosedAt    time.Time        `db:"closed_at"`
	Account     ref.AccountID    `db:"account"` // the phone it was begun on, empty at a window
	Portal      ref.PortalID     `db:"portal"`  // the other system that handed it in, else empty
	Assured     ref.Assurance    `db:"assured"` // how sure it was who applies; empty: seen at a window
}

// Item is one matter inside a case.
type Item struct {
	ID      ref.CaseItemID `db:"id"`
	Case    ref.CaseID     `db:"case_id"`
	Item    ref.ItemID     `db:"item"`
	Version ref.VersionID  `db:"version"`
	Number  ref.CaseNumber `db:"number"` // 办件编号, 43 characters
	Organ   ref.OrganID    `db:"organ"`
	Outcome string         `db:"outcome"` // granted · refused, empty while open
}

// Fact is one thing that happened to a case.
type Fact struct {
	Case  ref.CaseID  `db:"case_id"`
	Seq   int64       `db:"seq"`
	Kind  Kind        `db:"kind"`
	At    time.Time   `db:"at"`
	Actor string      `db:"actor"` // "staff:…", "party:…", "system:…"
	Organ ref.OrganID `db:"organ"`
	Data  string      `db:"data"` // JSON of ids, codes and counts; never a person's data
	Note  []byte      `db:"note"` // free words, sealed under the party's key
}

// Detail is what Data may hold.
type Detail struct {
	Step      string         `json:"step,omitempty"`
	Task      ref.TaskID     `json:"task,omitempty"`
	Outcome   string         `json:"outcome,omitempty"`
	RuleRow   string         `json:"rule_row,omitempty"`
	Second    ref.StaffID    `json:"second,omitempty"`
	Points    int            `json:"points,omitempty"`
	Document  ref.DocumentID `json:"document,omitempty"`
	Kind      string         `json:"kind,omitempty"`
	Licence   ref.LicenceID  `json:"licence,omitempty"`
	Materials []string       `json:"materials,omitempty"`
	Elements  []string       `json:"elements,omitempty"`  // answers that were corrected, by data element
	ByWindow  bool           `json:"by_window,omitempty"` // accepted at the window in the organ's name
	Departure string         `json:"departure,omitempty"` // of a decision that leaves the item's rule
	Proposed  string         `json:"proposed,omitempty"`  // the row the rule proposed; after an untrue promise "revoke"

	Tolerant    bool   `json:"tolerant,omitempty"`    // accepted with papers that follow (容缺受理)
	Undertaking string `json:"undertaking,omitempty"` // which promise
}

// With writes a fact's detail.
func (f Fact) With(d Detail) Fact {
	b, err := json.Marshal(d)
	if err != nil {
		panic(err) // a struct of strings and numbers always marshals
	}
	f.Data = string(b)
	return f
}

// Detail reads a fact's detail.
func (f Fact) Detail() (d Detail) {
	_ = json.Unmarshal([]byte(f.Data), &d)
	return d
}

// StageOf derives the stage from the facts, in their order.
func StageOf(facts []Fact) Stage {
	var s Stage
	for _, f := range facts {
		switch f.Kind {
		case FactReceived:
			s = Received
		case FactReturned:
			s = Returned
		case FactSupplied:
			s = Supplied
		case FactAccepted:
			s = Accepted
		case FactDeclined:
			s = Declined
		case FactDecided:
			s = Refused
			if f.Detail().Outcome == "grant" {
				s = Granted
			}
		case FactClosed:
			s = Closed
		}
	}
	return s
}

const (
	caseCols = "id, number, party, organ, item, place, channel, hall, window_id, clerk, ticket_id, on_behalf_of, rev, stage, received_at, accepted_at, due_at, provisional, closed_at, account, portal, assured"
	itemCols = "id, case_id, item, version, number, organ, outcome"
	factCols = "case_id, seq, kind, at, actor, organ, data, note"
)

// Lock takes the case for this transaction; everything about a case begins here.
func Lock(ctx context.Context, tx *db.Tx, id ref.CaseID) (Case, error) {
	return db.One[Case](ctx, tx, "update casefile_case set rev = rev + 1 where id = $1 returning "+caseCols, id)
}

// Open writes a new case with its items and first facts. The case's number is made here; the
// 43-character numbers are taken last, from the counters of their codes and day.
func Open(ctx context.Context, tx *db.Tx, c *Case, items []Item, codes []ref.TaskCode, facts ...Fact) error {
	number, err := ref.NewShortNumber(c.Place.County(), c.ReceivedAt.In(local), rand.Reader)
	if err != nil {
		return err
	}
	c.Number, c.Rev, c.Stage = number, 1, StageOf(facts)
	for i := range facts {
		facts[i].Case, facts[i].Seq = c.ID, int64(i+1)
		if facts[i].Data == "" {
			facts[i].Data = "{}"
		}
	}
	if err := db.Insert(ctx, tx, "casefile_case", *c); err != nil {
		if db.IsUnique(err) {
			return fmt.Errorf("case number: %w", db.ErrRetry) // one in a million: draw again
		}
		return err
	}
	if err := db.Insert(ctx, tx, "casefile_fact", facts...); err != nil {
		return err
	}
	for i := range items {
		if items[i].Number, err = take(ctx, tx, codes[i], c.ReceivedAt); err != nil {
			return err
		}
	}
	return db.Insert(ctx, tx, "casefile_item", items...)
}

var local = time.FixedZone("CST", 8*3600) // China has one zone and no summer time since 1992

// take draws the next 办件编号 of a code on a day.
func take(ctx context.Context, tx *db.Tx, code ref.TaskCode, at time.Time) (ref.CaseNumber, error) {
	at = at.In(local)
	var n int
	err := tx.QueryRow(ctx, `insert into casefile_counter (code, day, last) values ($1, $2, 1)
		on conflict (code, day) do update set last = casefile_counter.last + 1 returning last`, code, at.Format("20060102")).Scan(&n)
	if err != nil {
		return "", err
	}
	number, err := ref.ComposeCaseNumber(code, at, n)
	if err != nil {
		return "", fault.New(fault.Unavailable, "fault.numbers_used_up").Wrap(errors.Join(err, fmt.Errorf("%s has taken %d numbers today", code, n)))
	}
	return number, nil
}

// Apply appends facts to a locked case and brings its row up to date.
func Apply(ctx context.Context, tx *db.Tx, c *Case, facts ...Fact) error {
	all, err := Facts(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for i := range facts {
		facts[i].Case, facts[i].Seq = c.ID, int64(len(all)+1)
		if facts[i].Data == "" {
			facts[i].Data = "{}"
		}
		all = append(all, facts[i])
	}
	if err := db.Insert(ctx, tx, "casefile_fact", facts...); err != nil {
		return err
	}
	c.Stage = StageOf(all)
	_, err = tx.Exec(ctx, "update casefile_case set stage = $1, accepted_at = $2, due_at = $3, provisional = $4, closed_at = $5 where id = $6",
		c.Stage, c.AcceptedAt, c.Due, c.Provisional, c.ClosedAt, c.ID)
	return err
}

// SetOutcome notes a case item's outcome.
func SetOutcome(ctx context.Context, tx *db.Tx, id ref.CaseItemID, outcome string) error {
	_, err := tx.Exec(ctx, "update casefile_item set outcome = $1 where id = $2", outcome, id)
	return err
}

// Get reads one case.
func Get(ctx context.Context, r db.Reader, id ref.CaseID) (Case, error) {
	return db.One[Case](ctx, r, "select "+caseCols+" from casefile_case where id = $1", id)
}

// ByNumber finds a case by its short number.
func ByNumber(ctx context.Context, r db.Reader, n ref.ShortNumber) (Case, error) {
	return db.One[Case](ctx, r, "select "+caseCols+" from casefile_case where number = $1", n)
}

// ByParty lists a party's cases, latest first.
func ByParty(ctx context.Context, r db.Reader, party ref.PartyID, limit int) ([]Case, error) {
	return db.Find[Case](ctx, r, "select "+caseCols+" from casefile_case where party = $1 order by received_at desc limit $2", party, limit)
}

// Items lists a case's items.
func Items(ctx context.Context, r db.Reader, id ref.CaseID) ([]Item, error) {
	return db.Find[Item](ctx, r, "select "+itemCols+" from casefile_item where case_id = $1 order by id", id)
}

// GetItem reads one case item.
func GetItem(ctx context.Context, r db.Reader, id ref.CaseItemID) (Item, error) {
	return db.One[Item](ctx, r, "select "+itemCols+" from casefile_item where id = $1", id)
}

// Facts lists a case's facts in order.
func Facts(ctx context.Context, r db.Reader, id ref.CaseID) ([]Fact, error) {
	return db.Find[Fact](ctx, r, "select "+factCols+" from casefile_fact where case_id = $1 order by seq", id)
}

// Event names of a case. Bodies carry ids only.
type (
	// Taken: papers were taken in; the organ has five working days (行政许可法 32(4)).
	Taken struct{ Case ref.CaseID }
	// WasAccepted: 受理, in the organ's name.
	WasAccepted struct{ Case ref.CaseID }
	// WasReturned: one notice with every point goes out.
	WasReturned struct{ Case ref.CaseID }
	// WasSupplied: the applicant corrected.
	WasSupplied struct{ Case ref.CaseID }
	// WasDeclined: 不予受理.
	WasDeclined struct{ Case ref.CaseID }
	// WasClosed: the sealed result is there.
	WasClosed struct{ Case ref.CaseID }
	// WasTerminated: it ended before a result.
	WasTerminated struct{ Case ref.CaseID }
)

func (Taken) EventName() string       { return "casefile.taken/1" }
func (WasAccepted) EventName() string { return "casefile.accepted/1" }
func (WasReturned) EventName() string { return "casefile.returned/1" }
func (WasSupplied) EventName() string { return "casefile.supplied/1" }
func (WasDeclined) EventName() string { return "casefile.declined/1" }
func (WasClosed) EventName() string   { return "casefile.closed/1" }

func (e Taken) EventKey() string       { return string(e.Case) }
func (e WasAccepted) EventKey() string { return string(e.Case) }
func (e WasReturned) EventKey() string { return string(e.Case) }
func (e WasSupplied) EventKey() string { return string(e.Case) }
func (e WasDeclined) EventKey() string { return string(e.Case) }
func (e WasClosed) EventKey() string   { return string(e.Case) }

func (WasTerminated) EventName() string  { return "casefile.terminated/1" }
func (e WasTerminated) EventKey() string { return string(e.Case) }
