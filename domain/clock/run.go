package clock

import (
	"slices"
	"time"

	"yimen/foundation/calendar"
)

// run is one computation: the facts in the order they happened, each moving the end.
type run struct {
	in      Input
	start   calendar.Date // the day not counted
	spans   []Span        // the item's, then extensions in other units
	stops   []stop        // pauses that count, in order, not overlapping
	late    []late        // facts after the end, which move nothing
	granted []Extension   // extensions that count
	paused  bool          // a counting pause still lasts

	unmoved calendar.Date // the end before it was moved off a day off
	end     calendar.Date
	missing int
}

// stop is a pause as days: after from, up to and including to.
type stop struct{ from, to calendar.Date }

// late is a fact that came after the end.
type late struct {
	kind StepKind
	day  calendar.Date
}

func newRun(in Input) (*run, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	r := &run{in: in, spans: []Span{in.Span}}
	r.start = r.begin()
	r.settle()
	for _, m := range in.moves() {
		if m.at.After(lastMoment(r.end)) {
			r.late = append(r.late, late{m.kind, calendar.DateOf(m.at)})
			continue
		}
		m.apply(r)
		r.settle()
	}
	return r, nil
}

// begin is the day the count starts from. For 即办 that is the last day itself: the day of
// receipt, or the next working day when it was after closing or on a day off.
func (r *run) begin() calendar.Date {
	f := r.in.Facts
	at := f.Accepted
	if at.IsZero() || r.in.Span.Unit == Now && !f.Received.IsZero() {
		at = f.Received
	}
	day := calendar.DateOf(at)
	if r.in.Span.Unit == Now && at.After(day.At(r.in.Rules.Closing)) {
		day++
	}
	return day
}

// move is a fact that moves the end.
type move struct {
	at    time.Time
	kind  StepKind // what it is called when it comes too late
	apply func(*run)
}

func (in Input) moves() []move {
	var all []move
	for _, p := range in.Facts.Pauses {
		all = append(all, move{p.From, StepPauseLate, func(r *run) { r.pause(p) }})
	}
	for _, e := range in.Facts.Extensions {
		all = append(all, move{e.At, StepExtensionLate, func(r *run) { r.extend(e) }})
	}
	slices.SortStableFunc(all, func(a, b move) int { return a.at.Compare(b.at) })
	return all
}

// pause stops the count; one that still lasts is taken as ending now (or when the case was done).
func (r *run) pause(p Pause) {
	until := p.To
	if until.IsZero() {
		until = r.in.Now
		if done := r.in.Facts.Done; !done.IsZero() {
			until = done
		} else {
			r.paused = !until.Before(p.From)
		}
	}
	s := stop{calendar.DateOf(p.From), calendar.DateOf(until)}
	s.from = max(s.from, r.start)
	if n := len(r.stops); n > 0 {
		s.from = max(s.from, r.stops[n-1].to)
	}
	if s.to > s.from {
		r.stops = append(r.stops, s)
	}
}

func (r *run) extend(e Extension) {
	r.granted = append(r.granted, e)
	if last := len(r.spans) - 1; r.spans[last].Unit == e.Span.Unit {
		r.spans[last].N += e.Span.N
		return
	}
	r.spans = append(r.spans, e.Span)
}

// settle counts the spans one after the other from the start, pauses added to the first, and
// moves the end to a working day.
func (r *run) settle() {
	c, d := r.in.Calendar, r.start
	r.missing = 0
	for i, s := range r.spans {
		n, days := s.N, 0
		if i == 0 {
			days = r.pausedDays()
		}
		switch s.Unit {
		case Workday, Now:
			if s.Unit == Now {
				d, n = r.counted(c.Roll(d)), 0
			}
			if i == 0 {
				n += r.pausedWorkdays()
			}
			if n > 0 {
				end, provisional := c.AddWorkdays(d, n)
				r.note(d+1, end, provisional)
				d = end
			}
		case Day, Fixed:
			d += calendar.Date(n + days)
		case Month:
			d = calendar.SameDay(d, n) + calendar.Date(days)
		}
	}
	r.unmoved = d
	if r.in.Span.Unit == Fixed {
		r.end = d
		return
	}
	end, provisional := c.Roll(d)
	r.note(d, end, provisional)
	r.end = end
}

// counted notes a rolled day's missing year and passes the day on.
func (r *run) counted(end calendar.Date, provisional bool) calendar.Date {
	r.note(r.start, end, provisional)
	return end
}

func (r *run) note(from, to calendar.Date, provisional bool) {
	if provisional && r.missing == 0 {
		r.missing = r.in.Calendar.Missing(from, to)
	}
}

func (r *run) pausedWorkdays() int {
	sum := 0
	for _, s := range r.stops {
		n, _ := r.in.Calendar.WorkdaysBetween(s.from, s.to)
		sum += n
	}
	return sum
}

func (r *run) pausedDays() int {
	sum := 0
	for _, s := range r.stops {
		sum += int(s.to - s.from)
	}
	return sum
}

// stopped says whether the day is inside a counting pause.
func (r *run) stopped(d calendar.Date) bool {
	return slices.ContainsFunc(r.stops, func(s stop) bool { return d > s.from && d <= s.to })
}
