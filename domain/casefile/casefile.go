// Package casefile holds cases (办件): what was handed in, and the facts of its life.
//
// Invariants:
//   - Facts are appended, never changed; the stage is a pure function of them (StageOf) and its
//     column only a copy for lists.
//   - Every transaction about a case begins with Lock, so joins cannot be skewed.
//   - A case holds 1..n items, each with the item version it was begun on. Each item has its own life: what is true of a
//     fact's item is not of the others. The case's row folds them.
package casefile

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Case is one matter of one party. The party is whose matter it is, and the party in every rule, also
// where an agent acted for it.
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
	Agent       ref.PartyID      `db:"agent"`   // who handed it in for the party, empty: the party itself
	Mandate     string           `db:"mandate"` // by what right the agent did
	Helper      ref.StaffID      `db:"helper"`  // the member of staff who helped to fill it in (帮办), with no access by it
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
	Parts       int64            `db:"parts"`   // how many items it holds
}

// Item is one matter inside a case (办件): what has a number, an organ and clocks of its own.
type Item struct {
	ID      ref.CaseItemID   `db:"id"`
	Case    ref.CaseID       `db:"case_id"`
	Item    ref.ItemID       `db:"item"`
	Version ref.VersionID    `db:"version"`
	Number  ref.CaseNumber   `db:"number"` // 办件编号, 43 characters
	Organ   ref.OrganID      `db:"organ"`
	Outcome string           `db:"outcome"` // granted · refused, empty while open
	Town    ref.DivisionCode `db:"town"`    // the street or town it belongs to, 9 digits
	Stage   Stage            `db:"stage"`
	Clock   Clock            `db:"clock"`

	AcceptedAt  time.Time `db:"accepted_at"`
	Due         time.Time `db:"due_at"`       // of the clock that runs
	LegalDue    time.Time `db:"legal_due_at"` // by law, where what is promised is shorter
	SoonAt      time.Time `db:"soon_at"`      // from when little time is left
	PausedAt    time.Time `db:"paused_at"`    // since when the clock stands; zero: it runs
	Provisional bool      `db:"provisional"`
	DecidedAt   time.Time `db:"decided_at"`
	EndedAt     time.Time `db:"ended_at"` // closed, declined, withdrawn or terminated
	DeliveredAt time.Time `db:"delivered_at"`
	ArchivedAt  time.Time `db:"archived_at"`
	Saved       int64     `db:"saved"` // working days saved against the legal time; negative: over it
}

const (
	caseCols = "id, number, party, organ, item, place, channel, hall, window_id, clerk, ticket_id, agent, mandate, helper, rev, stage, received_at, accepted_at, due_at, provisional, closed_at, account, portal, assured, parts"
	itemCols = "id, case_id, item, version, number, organ, outcome, town, stage, clock, accepted_at, due_at, legal_due_at, soon_at, paused_at, provisional, decided_at, ended_at, delivered_at, archived_at, saved"
	factCols = "case_id, seq, case_item, kind, at, actor, organ, data, note"
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
	c.Number, c.Rev, c.Parts = number, 1, int64(len(items))
	place(c.ID, facts, 0)
	for i := range items {
		items[i].Town = c.Place.Town()
		items[i].follow(facts)
	}
	c.fold(items)
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

// place gives facts their place after the n that are there.
func place(id ref.CaseID, facts []Fact, n int) {
	for i := range facts {
		facts[i].Case, facts[i].Seq = id, int64(n+i+1)
		if facts[i].Data == "" {
			facts[i].Data = "{}"
		}
	}
}

// Apply appends facts to a locked case and brings its rows up to date: facts about one of its items, or with a nil item about the
// whole case. The clock of the item is as the caller has set it (Due, LegalDue, SoonAt, Provisional, Saved).
func Apply(ctx context.Context, tx *db.Tx, c *Case, ci *Item, facts ...Fact) error {
	all, err := Facts(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	place(c.ID, facts, len(all))
	if ci != nil {
		for i := range facts {
			facts[i].Item = ci.ID
		}
	}
	if err := db.Insert(ctx, tx, "casefile_fact", facts...); err != nil {
		return err
	}
	items := []Item{}
	if ci == nil || c.Parts > 1 {
		if items, err = Items(ctx, tx, c.ID); err != nil {
			return err
		}
	}
	return c.refresh(ctx, tx, append(all, facts...), ci, items)
}

// refresh writes the rows of the item, or of every item, and the case's.
func (c *Case) refresh(ctx context.Context, tx *db.Tx, facts []Fact, ci *Item, items []Item) error {
	if ci == nil {
		for i := range items {
			items[i].follow(facts)
			if err := items[i].put(ctx, tx); err != nil {
				return err
			}
		}
	} else {
		ci.follow(facts)
		if err := ci.put(ctx, tx); err != nil {
			return err
		}
		items = append(slices.DeleteFunc(items, func(x Item) bool { return x.ID == ci.ID }), *ci)
	}
	c.fold(items)
	_, err := tx.Exec(ctx, "update casefile_case set stage = $1, accepted_at = $2, due_at = $3, provisional = $4, closed_at = $5 where id = $6",
		c.Stage, c.AcceptedAt, c.Due, c.Provisional, c.ClosedAt, c.ID)
	return err
}

func (it *Item) put(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `update casefile_item set stage = $1, clock = $2, accepted_at = $3, due_at = $4, legal_due_at = $5, soon_at = $6, paused_at = $7, provisional = $8,
		decided_at = $9, ended_at = $10, delivered_at = $11, archived_at = $12, saved = $13, outcome = $14 where id = $15`,
		it.Stage, it.Clock, it.AcceptedAt, it.Due, it.LegalDue, it.SoonAt, it.PausedAt, it.Provisional, it.DecidedAt, it.EndedAt, it.DeliveredAt, it.ArchivedAt, it.Saved, it.Outcome, it.ID)
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

// Events of a case. Bodies carry ids only; an empty item, as they all were at first, means the case's only one.
type (
	// Taken: papers were taken in; the organ has five working days (行政许可法 32(4)).
	Taken struct {
		Case ref.CaseID
		Item ref.CaseItemID
	}
	// WasAccepted: 受理, in the organ's name.
	WasAccepted struct {
		Case ref.CaseID
		Item ref.CaseItemID
	}
	// WasReturned: one notice with every point goes out.
	WasReturned struct {
		Case ref.CaseID
		Item ref.CaseItemID
	}
	// WasSupplied: the applicant corrected.
	WasSupplied struct {
		Case ref.CaseID
		Item ref.CaseItemID
	}
	// WasDeclined: 不予受理.
	WasDeclined struct {
		Case ref.CaseID
		Item ref.CaseItemID
	}
	// WasClosed: the sealed result is there.
	WasClosed struct {
		Case ref.CaseID
		Item ref.CaseItemID
	}
	// WasPaused: 特别程序 begins; Seq is the fact's place.
	WasPaused struct {
		Case ref.CaseID
		Item ref.CaseItemID
		Seq  int64
	}
	// WasExtended: the organ's head gave more time.
	WasExtended struct {
		Case ref.CaseID
		Item ref.CaseItemID
		Seq  int64
	}
	// WasAsked: more was asked for during review.
	WasAsked struct {
		Case ref.CaseID
		Item ref.CaseItemID
		Seq  int64
	}
	// DeemDue is the timer of the five days before acceptance.
	DeemDue struct {
		Case ref.CaseID
		Item ref.CaseItemID
	}
	// SilenceDue is the timer of an item whose basis says that silence grants.
	SilenceDue struct {
		Case ref.CaseID
		Item ref.CaseItemID
	}
	// SupplyDue is the timer of what a notice of correction asks for; Round counts how often it was waited for.
	SupplyDue struct {
		Case  ref.CaseID
		Item  ref.CaseItemID
		Round int
	}
	// WasWithdrawn: the applicant took it back.
	WasWithdrawn struct {
		Case ref.CaseID
		Item ref.CaseItemID
	}
	// WasTerminated: what had to be brought was not.
	WasTerminated struct {
		Case ref.CaseID
		Item ref.CaseItemID
	}
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

func (WasPaused) EventName() string     { return "casefile.paused/1" }
func (WasExtended) EventName() string   { return "casefile.extended/1" }
func (WasAsked) EventName() string      { return "casefile.asked/1" }
func (WasWithdrawn) EventName() string  { return "casefile.withdrawn/1" }
func (WasTerminated) EventName() string { return "casefile.terminated/1" }

func (e WasPaused) EventKey() string     { return string(e.Case) }
func (e WasExtended) EventKey() string   { return string(e.Case) }
func (e WasAsked) EventKey() string      { return string(e.Case) }
func (e WasWithdrawn) EventKey() string  { return string(e.Case) }
func (e WasTerminated) EventKey() string { return string(e.Case) }

func (DeemDue) EventName() string    { return "casefile.deem_due/1" }
func (SilenceDue) EventName() string { return "casefile.silence_due/1" }
func (SupplyDue) EventName() string  { return "casefile.supply_due/1" }

func (e DeemDue) EventKey() string    { return string(e.Case) }
func (e SilenceDue) EventKey() string { return string(e.Case) }
func (e SupplyDue) EventKey() string  { return string(e.Case) }
