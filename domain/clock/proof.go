package clock

import "yimen/foundation/calendar"

// StepKind is the kind of one line of a proof.
type StepKind string

const (
	StepStart         StepKind = "start"          // From is not counted (民法典 201)
	StepCounted       StepKind = "counted"        // working days From–To; Count is the running number at To
	StepMakeUp        StepKind = "make_up"        // weekend days worked, counted
	StepWeekend       StepKind = "weekend"        // not counted
	StepHoliday       StepKind = "holiday"        // Name, not counted
	StepClosed        StepKind = "closed"         // local days off; Name is the reason
	StepOpened        StepKind = "opened"         // local working days; Name is the reason, counted
	StepPaused        StepKind = "paused"         // From–To not counted (行政许可法 45)
	StepPeriod        StepKind = "period"         // N of Unit from From end on To (民法典 202)
	StepExtended      StepKind = "extended"       // on From, N of Unit were added (行政许可法 42)
	StepPauseLate     StepKind = "pause_late"     // began on From, after the end: moves nothing
	StepExtensionLate StepKind = "extension_late" // granted on From, after the end: moves nothing
	StepMoved         StepKind = "moved"          // From is a day off, so To (民法典 203)
	StepProvisional   StepKind = "provisional"    // N is the year without a calendar
	StepDue           StepKind = "due"            // From is the last day
)

// Step is one line of a proof.
type Step struct {
	Kind     StepKind
	From, To calendar.Date
	Count    int // running number of counted working days
	N        int
	Unit     Unit
	Name     string // holiday or reason, as the calendar's data has it
}

// Key is the message key of the line.
func (s Step) Key() string { return "clock.step." + string(s.Kind) }

// StepKinds lists every kind, for the test that each has a sentence.
func StepKinds() []StepKind {
	return []StepKind{StepStart, StepCounted, StepMakeUp, StepWeekend, StepHoliday, StepClosed, StepOpened, StepPaused,
		StepPeriod, StepExtended, StepPauseLate, StepExtensionLate, StepMoved, StepProvisional, StepDue}
}

// Prove is Compute with the lines that lead to the date, to be shown and printed.
func Prove(in Input) (Deadline, []Step, error) {
	r, err := newRun(in)
	if err != nil {
		return Deadline{}, nil, err
	}
	return r.deadline(), r.proof(), nil
}

func (r *run) proof() []Step {
	steps := []Step{{Kind: StepStart, From: r.start, To: r.start, N: r.in.Span.N, Unit: r.in.Span.Unit}}
	for _, e := range r.granted {
		day := calendar.DateOf(e.At)
		steps = append(steps, Step{Kind: StepExtended, From: day, To: day, N: e.Span.N, Unit: e.Span.Unit})
	}
	for _, l := range r.late {
		steps = append(steps, Step{Kind: l.kind, From: l.day, To: l.day})
	}
	if r.byWorkday() {
		steps = append(steps, r.walk()...)
	} else {
		steps = append(steps, r.periods()...)
	}
	if r.missing != 0 {
		steps = append(steps, Step{Kind: StepProvisional, From: r.end, To: r.end, N: r.missing})
	}
	return append(steps, Step{Kind: StepDue, From: r.end, To: r.end})
}

func (r *run) byWorkday() bool {
	for _, s := range r.spans {
		if s.Unit != Workday && s.Unit != Now {
			return false
		}
	}
	return true
}

// periods is the proof in calendar days and months, in which only the pauses and the end matter.
func (r *run) periods() []Step {
	var steps []Step
	for _, s := range r.stops {
		steps = append(steps, Step{Kind: StepPaused, From: s.from + 1, To: s.to})
	}
	steps = append(steps, Step{Kind: StepPeriod, From: r.start, To: r.unmoved, N: r.in.Span.N, Unit: r.in.Span.Unit})
	if r.end != r.unmoved {
		steps = append(steps, Step{Kind: StepMoved, From: r.unmoved, To: r.end})
	}
	return steps
}

// walk is the proof in working days: runs of like days with the running count.
func (r *run) walk() []Step {
	var steps []Step
	count := 0
	for _, d := range r.in.Calendar.Explain(r.start, r.end) {
		s := Step{Kind: dayStep(d.Kind), From: d.Date, To: d.Date, Name: d.Name}
		switch {
		case r.stopped(d.Date):
			s.Kind, s.Name = StepPaused, ""
		case d.Kind.Worked():
			count++
		}
		s.Count = count
		if n := len(steps); n > 0 && steps[n-1].Kind == s.Kind && steps[n-1].Name == s.Name {
			steps[n-1].To, steps[n-1].Count = s.To, s.Count
			continue
		}
		steps = append(steps, s)
	}
	return steps
}

func dayStep(k calendar.DayKind) StepKind {
	switch k {
	case calendar.Weekend:
		return StepWeekend
	case calendar.Holiday:
		return StepHoliday
	case calendar.MakeUp:
		return StepMakeUp
	case calendar.Closed:
		return StepClosed
	case calendar.Opened:
		return StepOpened
	}
	return StepCounted
}
