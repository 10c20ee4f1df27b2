package clock

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yimen/foundation/calendar"
)

// drawn is a clock with any start in 2025–2026, any pauses and extensions.
func drawn(t *rapid.T) Input {
	start := calendar.On(2025, 1, 1).At(time.Duration(rapid.IntRange(0, 700*24*60).Draw(t, "start")) * time.Minute)
	instant := func(name string) time.Time {
		return start.Add(time.Duration(rapid.IntRange(-10*24*60, 90*24*60).Draw(t, name)) * time.Minute)
	}
	in := Input{Calendar: calendar.Default(), Facts: Facts{Received: start}, Rules: UsualRules, Now: instant("now")}
	in.Span.Unit = rapid.SampledFrom([]Unit{Workday, Day, Month, Now}).Draw(t, "unit")
	in.Span.N = rapid.IntRange(0, 60).Draw(t, "n")
	for range rapid.IntRange(0, 3).Draw(t, "pauses") {
		p := Pause{From: instant("pause")}
		if rapid.Bool().Draw(t, "resumed") {
			p.To = p.From.Add(time.Duration(rapid.IntRange(0, 30*24*60).Draw(t, "for")) * time.Minute)
		}
		in.Facts.Pauses = append(in.Facts.Pauses, p)
	}
	for range rapid.IntRange(0, 2).Draw(t, "extensions") {
		in.Facts.Extensions = append(in.Facts.Extensions, Extension{At: instant("granted"),
			Span: Span{rapid.IntRange(0, 20).Draw(t, "more"), rapid.SampledFrom([]Unit{Workday, Day, Month}).Draw(t, "in")}})
	}
	return in
}

func TestLongerSpansNeverEndEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawn(t)
		short, err := Compute(in)
		if err != nil {
			t.Fatal(err)
		}
		in.Span.N++
		long, err := Compute(in)
		if err != nil || long.Day < short.Day {
			t.Fatalf("n ends %s, n+1 ends %s, %v", short.Day, long.Day, err)
		}
	})
}

func TestDeadlinesAreWorkingDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawn(t)
		d, steps, err := Prove(in)
		if err != nil {
			t.Fatal(err)
		}
		if worked, _ := in.Calendar.IsWorkday(d.Day); !worked {
			t.Fatalf("due on %s, not worked", d.Day)
		}
		if d.Provisional != (d.MissingYear != 0) || steps[len(steps)-1].From != d.Day {
			t.Fatalf("%+v", d)
		}
		slices.Reverse(in.Facts.Pauses)
		slices.Reverse(in.Facts.Extensions)
		if again, _ := Compute(in); len(in.Facts.Extensions) < 2 && again != d {
			t.Fatalf("the order of recording matters: %+v, %+v", d, again)
		}
	})
}

func TestAPauseMovesTheEndByItsWorkingDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawn(t)
		in.Span, in.Facts.Pauses, in.Facts.Extensions = Span{rapid.IntRange(1, 60).Draw(t, "days"), Workday}, nil, nil
		before, _ := Compute(in)
		from := in.Facts.Received.Add(time.Duration(rapid.Int64Range(0, int64(before.Due.Sub(in.Facts.Received))).Draw(t, "from")))
		to := from.Add(time.Duration(rapid.IntRange(0, 60*24*60).Draw(t, "minutes")) * time.Minute)
		k, _ := in.Calendar.WorkdaysBetween(calendar.DateOf(from), calendar.DateOf(to))
		in.Facts.Pauses = []Pause{{from, to}}
		after, steps, err := Prove(in)
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := in.Calendar.AddWorkdays(before.Day, k); after.Day != want || after.Total != in.Span.N {
			t.Fatalf("%d paused working days move %s to %s, want %s", k, before.Day, after.Day, want)
		}
		if counted := steps[len(steps)-2]; after.MissingYear == 0 && counted.Count != in.Span.N {
			t.Fatalf("the proof counts %d of %d", counted.Count, in.Span.N)
		}
	})
}

func TestOnlyTimeMovesAPausedClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawn(t)
		in.Span, in.Facts.Extensions = Span{rapid.IntRange(1, 60).Draw(t, "days"), Workday}, nil
		in.Facts.Pauses = []Pause{{From: in.Facts.Received.Add(time.Hour)}}
		in.Now = in.Facts.Received.Add(2 * time.Hour)
		first, _ := Compute(in)
		in.Now = in.Now.Add(time.Duration(rapid.IntRange(0, 200*24*60).Draw(t, "wait")) * time.Minute)
		if later, _ := Compute(in); later.Remaining != first.Remaining || !later.Paused {
			t.Fatalf("%d days left became %d while paused", first.Remaining, later.Remaining)
		}
	})
}
