package clock

import (
	"time"

	"yimen/foundation/calendar"
)

// Spans are the times an item gives its organ for deciding.
type Spans struct {
	Promised Span
	Legal    Span // zero unit: the promised one
}

// Shown is what a row of a list shows of a running clock, so that lists need not compute.
type Shown struct {
	Due         time.Time
	LegalDue    time.Time
	SoonAt      time.Time // from when little of the promised time is left
	Provisional bool
}

// Show computes a row's clock: the promised time and, where it is longer, the law's. Errors as Compute.
func Show(in Input, s Spans) (out Shown, err error) {
	in.Span = s.Promised
	promised, err := Compute(in)
	if err != nil {
		return out, err
	}
	out = Shown{promised.Due, promised.Due, promised.Soon.At(0), promised.Provisional}
	if s.Legal.Unit == "" || s.Legal == s.Promised {
		return out, nil
	}
	in.Span = s.Legal
	legal, err := Compute(in)
	if legal.Due.After(out.Due) {
		out.LegalDue = legal.Due
	}
	return out, err
}

// Saved is by how many working days something ended before a last moment; negative: after it.
func Saved(c *calendar.Calendar, done, due time.Time) int {
	n, _ := c.WorkdaysBetween(calendar.DateOf(done), calendar.DateOf(due))
	return n
}
