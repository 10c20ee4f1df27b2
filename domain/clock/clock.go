// Package clock (时限) computes when a case or a step is due.
//
// A due date is a pure function of facts, calendar and the item's span: nothing is stored, the
// same facts give the same date, and Prove writes out how it came about. The starting day is
// not counted (民法典 201), an end on a day off moves to the next working day (203), and time
// paused by law is not counted (行政许可法 45).
package clock

import (
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/fault"
)

// Unit is what a span is counted in.
type Unit string

const (
	Workday Unit = "workday" // 工作日 (行政许可法 82)
	Day     Unit = "day"     // 自然日
	Month   Unit = "month"   // 月 (民法典 202)
	Now     Unit = "now"     // 即办: the day itself; N has no meaning
	Fixed   Unit = "fixed"   // to a day that was set from outside, N days on: it is not moved off a day off
)

// Span is a length of time in the units of the item's own basis.
type Span struct {
	N    int
	Unit Unit
}

// Acceptance is the span in which an organ must accept or tell all that is missing, counted
// from receipt (行政许可法 32(4)).
var Acceptance = Span{N: 5, Unit: Workday}

// Delivery is the span in which a result must be delivered, counted from the decision (行政许可法 44).
var Delivery = Span{N: 10, Unit: Workday}

// Facts are what happened, as recorded.
type Facts struct {
	Received   time.Time // 收件
	Accepted   time.Time // 受理; zero while not accepted, then the clock runs from Received
	Pauses     []Pause
	Extensions []Extension
	Done       time.Time // decided; zero while open
}

// Pause is time not counted (特别程序, 补正). The day it begins still counts, the day it ends
// does not: k working days between them move the end by k.
type Pause struct {
	From time.Time
	To   time.Time // zero while it lasts
}

// Extension is time added by the organ's head (行政许可法 42). One granted after the end does
// not count.
type Extension struct {
	At   time.Time
	Span Span
}

// Rules are what a town sets for itself.
type Rules struct {
	Closing     time.Duration // end of business since midnight
	SoonDays    int           // soon when so many working days or fewer are left
	SoonPercent int           // or so many percent of all of them
}

// UsualRules: business ends at 17:30, a warning at one working day or a fifth of the time.
var UsualRules = Rules{Closing: 17*time.Hour + 30*time.Minute, SoonDays: 1, SoonPercent: 20}

// Input is everything a due date depends on.
type Input struct {
	Calendar *calendar.Calendar
	Facts    Facts
	Span     Span
	Rules    Rules
	Now      time.Time
}

// State is the colour of a clock.
type State string

const (
	Green   State = "green"
	Soon    State = "soon"
	Overdue State = "overdue"
)

// Key is the message key of the state's name.
func (s State) Key() string { return "clock.state." + string(s) }

// Deadline is what a clock shows.
type Deadline struct {
	Due         time.Time     // last microsecond of Day in China; later is overdue
	Day         calendar.Date // the last day
	Provisional bool          // a year on the way has no calendar yet
	MissingYear int           // that year, 0 when none
	Total       int           // working days from start to end, pauses taken out
	Remaining   int           // working days left after today, frozen while paused; negative: working days over
	Paused      bool
	State       State
	Soon        calendar.Date // from this day on little time is left
}

// Compute gives the deadline at in.Now. Errors are fault.Invalid: clock.no_start,
// clock.bad_span, clock.bad_pause.
func Compute(in Input) (Deadline, error) {
	r, err := newRun(in)
	if err != nil {
		return Deadline{}, err
	}
	return r.deadline(), nil
}

// Deemed says whether silence made the receipt an acceptance: past the five working days
// without a notice of what is missing, the case counts as accepted on the day of receipt
// (行政许可法 32(4)).
func Deemed(c *calendar.Calendar, received, now time.Time) (since time.Time, deemed bool) {
	end, _ := c.AddWorkdays(calendar.DateOf(received), Acceptance.N)
	if now.After(lastMoment(end)) {
		return received, true
	}
	return time.Time{}, false
}

func (r *run) deadline() Deadline {
	at := r.in.Now
	if done := r.in.Facts.Done; !done.IsZero() {
		at = done
	}
	today := calendar.DateOf(at)
	d := Deadline{Due: lastMoment(r.end), Day: r.end, MissingYear: r.missing, Provisional: r.missing != 0, Paused: r.paused}
	d.Remaining, _ = r.in.Calendar.WorkdaysBetween(today, r.end)
	d.Total, _ = r.in.Calendar.WorkdaysBetween(r.start, r.end)
	d.Total -= r.pausedWorkdays()
	left := max(r.in.Rules.SoonDays, r.in.Rules.SoonPercent*d.Total/100)
	d.Soon, _ = r.in.Calendar.AddWorkdays(d.Day, -left)
	d.State = state(d, at, r.in)
	return d
}

func state(d Deadline, at time.Time, in Input) State {
	switch {
	case at.After(d.Due):
		return Overdue
	case !in.Facts.Done.IsZero():
		return Green
	case d.Remaining <= in.Rules.SoonDays, d.Remaining*100 <= in.Rules.SoonPercent*d.Total:
		return Soon
	}
	return Green
}

// lastMoment is the last instant of a day that storage can tell from the next day.
func lastMoment(d calendar.Date) time.Time { return d.End().Add(-time.Microsecond) }

func (in Input) check() error {
	switch {
	case in.Facts.Received.IsZero() && in.Facts.Accepted.IsZero():
		return fault.New(fault.Invalid, "clock.no_start")
	case !in.Span.valid():
		return fault.New(fault.Invalid, "clock.bad_span", "n", in.Span.N, "unit", string(in.Span.Unit))
	}
	for _, e := range in.Facts.Extensions {
		if !e.Span.valid() || e.Span.Unit == Now || e.At.IsZero() {
			return fault.New(fault.Invalid, "clock.bad_span", "n", e.Span.N, "unit", string(e.Span.Unit))
		}
	}
	for _, p := range in.Facts.Pauses {
		if p.From.IsZero() || !p.To.IsZero() && p.To.Before(p.From) {
			return fault.New(fault.Invalid, "clock.bad_pause")
		}
	}
	return nil
}

// maxSpan keeps a mistyped span from running out of the calendar.
const maxSpan = 36500

func (s Span) valid() bool {
	switch s.Unit {
	case Now:
		return true
	case Month:
		return s.N >= 0 && s.N <= maxSpan/30
	case Workday, Day, Fixed:
		return s.N >= 0 && s.N <= maxSpan
	}
	return false
}
