package casefile

import (
	"time"

	"yimen/foundation/calendar"
)

// Standing is how a case stands, in the terms its applicant is told. Phone, letter, hotline and
// machines make it from the same facts and say it in the same sentences.
type Standing struct {
	Stage   Stage
	Granted bool // of a closed case: it ended well
	Holders []Holder
	Due     calendar.Date // the last day of the clock that runs; 0 when none does
	Left    int           // working days left after today; negative: over
	Late    bool
	Unsure  int           // a year on the way whose holidays are not known yet, 0 when none
	Paused  calendar.Date // since when the clock stands for a special procedure; 0: it runs
}

// Holder is an organ that has the case now.
type Holder struct {
	Organ string
	Phone string
	Kind  string // of its task: precheck · accept · review · opinion · decide
	Step  string // the plan's own name of the step, in Chinese, may be empty
	Since time.Time
	Until time.Time // zero: the case's own due date
}

// Say gives the sentence of a key, Day a day in words.
type (
	Say func(key string, args ...any) string
	Day func(calendar.Date) string
)

// Tell says who has the case now, since when, until when and how long that is, or why the clock
// stands still.
func (s Standing) Tell(say Say, day Day) (out []string) {
	for _, h := range s.Holders {
		key, args := "progress.holder", []any{"organ", h.Organ, "post", say("progress.post." + h.Kind), "since", day(calendar.DateOf(h.Since))}
		if h.Phone != "" {
			key, args = key+".phone", append(args, "phone", h.Phone)
		}
		out = append(out, say(key, args...))
	}
	if s.Stage == Returned {
		return append(out, say("progress.paused.returned"))
	}
	if s.Paused != 0 && s.Stage == Accepted {
		return append(out, say("progress.paused.special", "day", day(s.Paused), "n", max(s.Left, 0)))
	}
	if what := s.clockOf(); what != "" && s.Due != 0 {
		out = append(out, s.deadline("progress."+what, say, day))
		if s.Unsure != 0 {
			out = append(out, say("progress.unsure", "year", s.Unsure))
		}
	}
	return out
}

// clockOf is which answer the running clock is for, "" when none runs.
func (s Standing) clockOf() string {
	switch s.Stage {
	case Received, Supplied:
		return "accept"
	case Accepted:
		return "decide"
	}
	return ""
}

func (s Standing) deadline(key string, say Say, day Day) string {
	switch {
	case s.Late:
		return say("progress.late", "day", day(s.Due), "n", max(-s.Left, 0))
	case s.Left <= 0:
		return say(key+".today", "day", day(s.Due))
	}
	return say(key, "day", day(s.Due), "n", s.Left)
}
