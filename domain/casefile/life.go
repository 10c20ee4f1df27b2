package casefile

import (
	"encoding/json"
	"slices"
	"time"

	"yimen/foundation/calendar"
	"yimen/ref"
)

// Stage is where a case, or one item of it, stands.
type Stage string

const (
	Received   Stage = "received"   // 收件, waiting for the organ to accept
	Returned   Stage = "returned"   // 补正: one notice with every point is out
	Supplied   Stage = "supplied"   // corrected, waiting for the organ to accept
	Declined   Stage = "declined"   // 不予受理
	Accepted   Stage = "accepted"   // 受理, under review
	Granted    Stage = "granted"    // decided, result being sealed
	Refused    Stage = "refused"    // decided against, letter being sealed
	Closed     Stage = "closed"     // 办结: the sealed result is there
	Withdrawn  Stage = "withdrawn"  // 撤回: the applicant took it back
	Terminated Stage = "terminated" // 终止: what had to be brought was not
)

// Stages in the order of a case's life, for filters. Of the open ones the first is the furthest from its end.
func Stages() []Stage {
	return []Stage{Received, Returned, Supplied, Accepted, Granted, Refused, Closed, Declined, Withdrawn, Terminated}
}

// Ended says that nothing more will be decided.
func (s Stage) Ended() bool {
	return s == Closed || s == Declined || s == Withdrawn || s == Terminated
}

// Clock is which time of the organ's runs.
type Clock string

const (
	NoClock      Clock = ""
	AcceptClock  Clock = "accept"  // the five working days before acceptance (行政许可法 32(4))
	DecideClock  Clock = "decide"  // what is promised, and the law's time behind it (42)
	DeliverClock Clock = "deliver" // ten working days from the decision (44)
)

// Kind is what a fact says.
type Kind string

const (
	FactReceived   Kind = "received"
	FactPoints     Kind = "points" // one organ's look before acceptance: its points, or none
	FactReturned   Kind = "returned"
	FactSupplied   Kind = "supplied"
	FactAccepted   Kind = "accepted"
	FactDeclined   Kind = "declined"
	FactOpened     Kind = "opened" // a step was opened
	FactOpinion    Kind = "opinion"
	FactReviewed   Kind = "reviewed"
	FactDecided    Kind = "decided"
	FactSealed     Kind = "sealed" // a document got its seal
	FactIssued     Kind = "issued" // the licence exists
	FactClosed     Kind = "closed"
	FactPaused     Kind = "paused"     // 特别程序: the clock stands
	FactResumed    Kind = "resumed"    // and goes on
	FactExtended   Kind = "extended"   // 延期, once
	FactAsked      Kind = "asked"      // 审查阶段补正: more was asked for while the clock runs
	FactAnswered   Kind = "answered"   // and brought
	FactWithdrawn  Kind = "withdrawn"  // by the applicant
	FactTerminated Kind = "terminated" // by the organ: what had to be brought was not
	FactDelivered  Kind = "delivered"  // 送达
	FactArchived   Kind = "archived"   // 归档
	FactBilled     Kind = "billed"     // a fee is to be paid; again when its amount was changed
	FactPaid       Kind = "paid"       // the gateway confirmed it
	FactWaived     Kind = "waived"     // nothing is left to pay
	FactRefunded   Kind = "refunded"   // money was given back
	FactOverstayed Kind = "overstayed" // nothing was brought in time; the outcome says whether it is waited for
	FactUndone     Kind = "undone"     // the fact Detail.Undoes does not hold any more

	FactDeparting          Kind = "departing" // a decision was proposed that leaves the item's rule
	FactDepartureRejected  Kind = "departure_rejected"
	FactDepartureWithdrawn Kind = "departure_withdrawn"
	FactDepartureConfirmed Kind = "departure_confirmed"

	FactPromised  Kind = "promised"  // an undertaking was signed
	FactBrought   Kind = "brought"   // owed papers were handed in
	FactChecked   Kind = "checked"   // the organ looked at an owed paper, or at a promise
	FactProlonged Kind = "prolonged" // force majeure: more time for what is owed
	FactBreached  Kind = "breached"  // what was promised was not kept
)

// outward are the facts an applicant is told; the others are inside work.
var outward = []Kind{FactReceived, FactReturned, FactSupplied, FactAccepted, FactDeclined, FactOpinion, FactReviewed, FactDecided, FactIssued, FactClosed,
	FactPaused, FactResumed, FactExtended, FactAsked, FactAnswered, FactWithdrawn, FactTerminated, FactDelivered, FactArchived,
	FactExplained, FactEscalated, FactReplied, FactBilled, FactPaid, FactWaived, FactRefunded, FactContested, FactStayed, FactJudged, FactRemitted}

// Outward says whether the applicant is told of facts of the kind.
func (k Kind) Outward() bool { return slices.Contains(outward, k) }

// Fact is one thing that happened to a case.
type Fact struct {
	Case  ref.CaseID     `db:"case_id"`
	Seq   int64          `db:"seq"`
	Item  ref.CaseItemID `db:"case_item"` // empty: of the whole case
	Kind  Kind           `db:"kind"`
	At    time.Time      `db:"at"`
	Actor string         `db:"actor"` // "staff:…", "party:…", "system:…"
	Organ ref.OrganID    `db:"organ"`
	Data  string         `db:"data"` // JSON of ids, codes and counts; never a person's data
	Note  []byte         `db:"note"` // free words, sealed under the party's key
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
	Elements  []string       `json:"elements,omitempty"`   // answers that were corrected, by data element
	ByWindow  bool           `json:"by_window,omitempty"`  // accepted at the window in the organ's name
	Departure string         `json:"departure,omitempty"`  // of a decision that leaves the item's rule
	Proposed  string         `json:"proposed,omitempty"`   // the row the rule proposed
	Undoes    int64          `json:"undoes,omitempty"`     // of a fact that is taken back: its place
	Deemed    bool           `json:"deemed,omitempty"`     // accepted by the organ's silence, as of the day of receipt
	Tolerant  bool           `json:"tolerant,omitempty"`   // accepted on a promise to bring the rest (容缺)
	Special   string         `json:"special,omitempty"`    // of a pause: the kind of special procedure
	N         int            `json:"n,omitempty"`          // of an extension or pause: how long
	Unit      string         `json:"unit,omitempty"`       // in working days, days or months
	Ground    string         `json:"ground,omitempty"`     // why it was declined or ended, or an officer withdrew, by its code
	Right     ref.OrganID    `json:"right,omitempty"`      // the organ that is competent instead
	Until     int64          `json:"until,omitempty"`      // of a return: by when it should be brought, in unix microseconds
	To        ref.StaffID    `json:"to,omitempty"`         // who has the task now
	For       ref.StaffID    `json:"for,omitempty"`        // the absent colleague for whom it was done
	ByDefault bool           `json:"by_default,omitempty"` // nobody answered in time, which counts as agreement

	Mandate string      `json:"mandate,omitempty"` // the actor acted for the party under it
	Helper  ref.StaffID `json:"helper,omitempty"`  // who helped to fill it in
	Signers int         `json:"signers,omitempty"` // how many signed beside the applicant

	Card string `json:"card,omitempty"` // of watching the clock: the card

	Bill    string    `json:"bill,omitempty"`
	Amount  int64     `json:"amount,omitempty"`  // 分
	Promise string    `json:"promise,omitempty"` // which undertaking
	Body    string    `json:"body,omitempty"`    // of a contest: the reviewing authority or court
	Number  string    `json:"number,omitempty"`  // of its decision
	On      time.Time `json:"on,omitzero"`       // the day it happened outside
	Anew    time.Time `json:"anew,omitzero"`     // by when the decision is to be made anew
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

// Holding are the facts about an item that hold: those of the whole case and its own, without what was taken back.
func Holding(facts []Fact, item ref.CaseItemID) []Fact {
	undone := map[int64]bool{}
	for _, f := range facts {
		if f.Kind == FactUndone {
			undone[f.Detail().Undoes] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(facts), func(f Fact) bool { return undone[f.Seq] || f.Item != "" && f.Item != item })
}

var stageOf = map[Kind]Stage{FactReceived: Received, FactReturned: Returned, FactSupplied: Supplied, FactAccepted: Accepted, FactDeclined: Declined,
	FactClosed: Closed, FactWithdrawn: Withdrawn, FactTerminated: Terminated, FactRemitted: Accepted}

// StageOf derives the stage from the facts about one item that hold, in their order.
func StageOf(facts []Fact) Stage {
	var s Stage
	for _, f := range facts {
		if to := stageOf[f.Kind]; to != "" {
			s = to
		}
		if f.Kind == FactDecided {
			s = Refused
			if f.Detail().Outcome == "grant" {
				s = Granted
			}
		}
	}
	return s
}

// Pause is time that is not the organ's: from a written notice to the end of a special procedure, or from the notice of a fee to its payment.
type Pause struct {
	From time.Time
	To   time.Time // zero while it lasts
}

// Extension is time that the organ's head added.
type Extension struct {
	At   time.Time
	N    int
	Unit string
}

// Life is when what happened to one item; zero times are of what has not.
type Life struct {
	Received  time.Time // 收件
	Handed    time.Time // from when the five days run: received, or corrected
	Accepted  time.Time // 受理; of a deemed one the day of receipt
	Decided   time.Time
	Delivered time.Time
	Archived  time.Time
	Ended     time.Time // closed, declined, withdrawn or terminated
	Asked     Fact      // what more is asked for during review, and not brought yet; else zero
	Deemed    bool
	Tolerant  bool

	Pauses     []Pause
	Owed       []Pause // the applicant's time to pay a fee, after the decision
	Extensions []Extension
	Anew       time.Time // by when it is to be decided anew, as ordered; else zero
}

// Course is what one clock of a life runs by.
type Course struct {
	Start      time.Time
	End        time.Time // zero while it runs
	Pauses     []Pause
	Extensions []Extension
}

// Course picks what a clock runs by out of a life: the five days from what was handed in, the time to decide from acceptance, that of
// delivery from the decision without what was waited for the money.
func (l Life) Course(c Clock) Course {
	first := func(a, b time.Time) time.Time {
		if a.IsZero() {
			return b
		}
		return a
	}
	switch c {
	case DecideClock:
		return Course{l.Accepted, first(l.Decided, l.Ended), l.Pauses, l.Extensions}
	case DeliverClock:
		return Course{Start: l.Decided, End: l.Delivered, Pauses: l.Owed}
	}
	return Course{Start: l.Handed, End: first(l.Accepted, l.Ended)}
}

// Clock is which clock a life has come to, whether it still runs or not.
func (l Life) Clock() Clock {
	switch {
	case !l.Decided.IsZero():
		return DeliverClock
	case !l.Accepted.IsZero():
		return DecideClock
	}
	return AcceptClock
}

// Ordered is how many days an order to decide anew gives, counted from it; 0: nothing was ordered.
func (l Life) Ordered() int {
	if l.Anew.IsZero() {
		return 0
	}
	return int(calendar.DateOf(l.Anew) - calendar.DateOf(l.Accepted))
}

// LifeOf reads the facts about one item that hold, in their order.
func LifeOf(facts []Fact) (l Life) {
	for _, f := range facts {
		switch f.Kind {
		case FactReceived:
			l.Received, l.Handed = f.At, f.At
		case FactSupplied:
			l.Handed = f.At
		case FactAccepted:
			l.accept(f)
		case FactDecided:
			l.Decided = f.At
		case FactDelivered:
			l.Delivered = f.At
		case FactArchived:
			l.Archived = f.At
		case FactRemitted: // the former decision does not count any more, and time begins anew
			l = Life{Received: l.Received, Handed: l.Handed, Accepted: f.At, Tolerant: l.Tolerant, Anew: f.Detail().Anew}
		case FactPaused:
			l.Pauses = append(l.Pauses, Pause{From: f.At})
		case FactBilled:
			if since(l.Owed).IsZero() { // else its amount was changed
				l.Owed = append(l.Owed, Pause{From: f.At})
			}
		case FactPaid, FactWaived:
			end(l.Owed, f.At)
		case FactResumed:
			l.resume(f.At)
		case FactAsked:
			l.Asked = f
		case FactAnswered:
			l.Asked = Fact{}
		case FactExtended:
			d := f.Detail()
			l.Extensions = append(l.Extensions, Extension{f.At, d.N, d.Unit})
		}
		if stageOf[f.Kind].Ended() {
			l.Ended, l.Asked = f.At, Fact{}
			l.resume(f.At)
			end(l.Owed, f.At)
		}
	}
	return l
}

func (l *Life) accept(f Fact) {
	d := f.Detail()
	l.Accepted, l.Deemed, l.Tolerant = f.At, d.Deemed, d.Tolerant
	if d.Deemed {
		l.Accepted = l.Received
	}
}

func (l *Life) resume(at time.Time) { end(l.Pauses, at) }

// end ends the last pause, if it lasts.
func end(all []Pause, at time.Time) {
	if n := len(all); n > 0 && all[n-1].To.IsZero() {
		all[n-1].To = at
	}
}

// since is since when the last pause lasts; zero: none does.
func since(all []Pause) time.Time {
	if n := len(all); n > 0 && all[n-1].To.IsZero() {
		return all[n-1].From
	}
	return time.Time{}
}

// Paused is since when the clock stands; zero: it runs.
func (l Life) Paused() time.Time { return since(l.Pauses) }

// clockOf is which clock runs in a stage.
func clockOf(s Stage, l Life) Clock {
	switch s {
	case Received, Supplied:
		return AcceptClock
	case Accepted:
		return DecideClock
	case Granted, Refused, Closed:
		if l.Delivered.IsZero() {
			return DeliverClock
		}
	}
	return NoClock
}

// follow makes an item's row say what the facts say.
func (it *Item) follow(facts []Fact) {
	held := Holding(facts, it.ID)
	l := LifeOf(held)
	it.Stage = StageOf(held)
	it.Clock = clockOf(it.Stage, l)
	it.AcceptedAt, it.DecidedAt, it.EndedAt, it.DeliveredAt, it.ArchivedAt, it.PausedAt = l.Accepted, l.Decided, l.Ended, l.Delivered, l.Archived, l.Paused()
	if it.PausedAt.IsZero() {
		it.PausedAt = since(l.Owed)
	}
	it.Outcome = outcomeOf(held)
}

func outcomeOf(facts []Fact) (out string) {
	for _, f := range facts {
		if f.Kind == FactDecided {
			out = f.Detail().Outcome
		}
	}
	return out
}

// fold makes the case's row say what its items' rows say together: the stage of the one that is furthest from its end, the first
// time to accept or decide that runs out, and an end when all have ended.
func (c *Case) fold(items []Item) {
	c.Stage, c.AcceptedAt, c.ClosedAt, c.Provisional = "", time.Time{}, time.Time{}, false
	var due time.Time
	ended := true
	for _, it := range items {
		if c.Stage == "" || it.Stage.behind(c.Stage) {
			c.Stage = it.Stage
		}
		if c.AcceptedAt.IsZero() || !it.AcceptedAt.IsZero() && it.AcceptedAt.Before(c.AcceptedAt) {
			c.AcceptedAt = it.AcceptedAt
		}
		if it.Clock != NoClock && it.Clock != DeliverClock && !it.Due.IsZero() && (due.IsZero() || it.Due.Before(due)) {
			due, c.Provisional = it.Due, it.Provisional
		}
		ended = ended && it.Stage.Ended()
		if it.EndedAt.After(c.ClosedAt) {
			c.ClosedAt = it.EndedAt
		}
	}
	if !ended {
		c.ClosedAt = time.Time{}
	}
	if !due.IsZero() {
		c.Due = due
	}
}

// behind says that a stage is further from its end: an open one than an ended one, an earlier one than a later one.
func (s Stage) behind(o Stage) bool {
	if s.Ended() != o.Ended() {
		return o.Ended()
	}
	all := Stages()
	return slices.Index(all, s) < slices.Index(all, o)
}
