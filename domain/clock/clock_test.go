package clock

import (
	"testing"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/fault"
)

// at reads a time of day in China.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func input(t testing.TB, accepted string, n int, u Unit, now string) Input {
	return Input{Calendar: calendar.Default(), Facts: Facts{Accepted: at(t, accepted)}, Span: Span{n, u},
		Rules: UsualRules, Now: at(t, now)}
}

func TestDue(t *testing.T) {
	for _, r := range []struct {
		accepted string
		n        int
		unit     Unit
		want     string
	}{
		{"2026-02-13 09:00", 5, Workday, "2026-02-27"},
		{"2026-02-14 23:59", 5, Workday, "2026-02-28"},
		{"2026-03-02 00:00", 20, Workday, "2026-03-30"},
		{"2026-02-05 10:00", 10, Day, "2026-02-24"},
		{"2026-01-31 10:00", 1, Month, "2026-02-28"},
		{"2026-03-02 09:00", 0, Now, "2026-03-02"},
		{"2026-03-02 17:30", 0, Now, "2026-03-02"},
		{"2026-03-02 17:31", 0, Now, "2026-03-03"},
		{"2026-03-06 17:31", 0, Now, "2026-03-09"}, // Friday evening
		{"2026-03-07 08:00", 0, Now, "2026-03-09"}, // Saturday
		{"2026-02-28 09:00", 0, Now, "2026-02-28"}, // a worked Saturday
		{"2026-02-14 18:00", 0, Now, "2026-02-24"}, // the evening before the Spring Festival
	} {
		d, err := Compute(input(t, r.accepted, r.n, r.unit, r.accepted))
		if err != nil || d.Day.String() != r.want || d.Provisional {
			t.Errorf("%s + %d %s: %s, %v", r.accepted, r.n, r.unit, d.Day, err)
		}
		if got := d.Due.In(calendar.Zone).Format("2006-01-02 15:04:05.000000"); got != r.want+" 23:59:59.999999" {
			t.Errorf("due %s", got)
		}
	}
}

func TestReceiptStartsTheClockUntilAcceptance(t *testing.T) {
	in := input(t, "2026-03-05 10:00", 5, Workday, "2026-03-05 10:00")
	in.Facts.Received = at(t, "2026-03-02 10:00")
	d, _ := Compute(in)
	in.Facts.Accepted = time.Time{}
	received, _ := Compute(in)
	if d.Day.String() != "2026-03-12" || received.Day.String() != "2026-03-09" {
		t.Errorf("accepted %s, received %s", d.Day, received.Day)
	}
}

func TestStates(t *testing.T) {
	for _, r := range []struct {
		now       string
		state     State
		remaining int
	}{
		{"2026-03-02 10:00", Green, 10},
		{"2026-03-11 10:00", Green, 3},
		{"2026-03-12 10:00", Soon, 2}, // a fifth of ten days
		{"2026-03-16 23:59", Soon, 0},
		{"2026-03-17 00:00", Overdue, -1},
		{"2026-03-21 10:00", Overdue, -4},
	} {
		d, err := Compute(input(t, "2026-03-02 10:00", 10, Workday, r.now))
		if err != nil || d.State != r.state || d.Remaining != r.remaining || d.Total != 10 {
			t.Errorf("%s: %s, %d of %d left, %v", r.now, d.State, d.Remaining, d.Total, err)
		}
	}
	in := input(t, "2026-03-02 10:00", 10, Workday, "2026-06-01 10:00")
	for done, want := range map[string]State{"2026-03-16 17:00": Green, "2026-03-17 09:00": Overdue} {
		in.Facts.Done = at(t, done)
		if d, _ := Compute(in); d.State != want {
			t.Errorf("done %s: %s", done, d.State)
		}
	}
}

func TestPauses(t *testing.T) {
	in := input(t, "2026-03-02 10:00", 10, Workday, "2026-03-10 10:00")
	in.Facts.Pauses = []Pause{{From: at(t, "2026-03-05 10:00")}}
	d, _ := Compute(in)
	if !d.Paused || d.Remaining != 7 || d.Day.String() != "2026-03-19" || d.Total != 10 {
		t.Errorf("while paused: %+v", d)
	}
	in.Now = at(t, "2026-04-10 10:00")
	if later, _ := Compute(in); later.Remaining != 7 || later.State != Green {
		t.Errorf("a paused clock stands still: %+v", later)
	}
	in.Facts.Pauses[0].To = at(t, "2026-03-12 09:00")
	if d, _ = Compute(in); d.Paused || d.Day.String() != "2026-03-23" {
		t.Errorf("resumed: %+v", d)
	}
	in.Facts.Pauses = append(in.Facts.Pauses,
		Pause{From: at(t, "2026-03-10 10:00"), To: at(t, "2026-03-13 10:00")}, // overlaps by two working days
		Pause{From: at(t, "2026-03-25 10:00"), To: at(t, "2026-03-30 10:00")}) // after the end
	d, steps, _ := Prove(in)
	if d.Day.String() != "2026-03-24" || !has(steps, StepPauseLate) {
		t.Errorf("overlapping and late pauses: %s", d.Day)
	}
}

func TestPauseInCalendarDays(t *testing.T) {
	in := input(t, "2026-03-02 10:00", 15, Day, "2026-03-03 10:00")
	in.Facts.Pauses = []Pause{{at(t, "2026-03-05 10:00"), at(t, "2026-03-09 10:00")}}
	d, steps, _ := Prove(in)
	if d.Day.String() != "2026-03-23" || !has(steps, StepPaused) || !has(steps, StepMoved) {
		t.Errorf("15 days and 4 paused end on a Saturday: %s %v", d.Day, steps) // 17 + 4 = the 21st
	}
}

func TestExtensions(t *testing.T) {
	in := input(t, "2026-03-02 10:00", 20, Workday, "2026-03-02 10:00")
	in.Facts.Extensions = []Extension{{At: at(t, "2026-03-30 17:00"), Span: Span{10, Workday}}}
	d, steps, _ := Prove(in)
	if d.Day.String() != "2026-04-14" || d.Total != 30 || !has(steps, StepExtended) {
		t.Errorf("20 + 10: %s of %d", d.Day, d.Total)
	}
	in.Facts.Extensions[0].At = at(t, "2026-03-31 00:00")
	if d, steps, _ = Prove(in); d.Day.String() != "2026-03-30" || !has(steps, StepExtensionLate) {
		t.Errorf("an extension after the end: %s", d.Day)
	}
	in.Facts.Extensions[0] = Extension{At: at(t, "2026-03-20 10:00"), Span: Span{1, Month}}
	if d, _, _ = Prove(in); d.Day.String() != "2026-04-30" {
		t.Errorf("20 working days and a month: %s", d.Day)
	}
}

func TestProvisional(t *testing.T) {
	d, steps, err := Prove(input(t, "2026-12-31 10:00", 5, Workday, "2026-12-31 10:00"))
	if err != nil || !d.Provisional || d.MissingYear != 2027 || !has(steps, StepProvisional) {
		t.Errorf("%+v, %v", d, err)
	}
	if d, _ := Compute(input(t, "2026-12-31 18:00", 0, Now, "2026-12-31 18:00")); d.MissingYear != 2027 {
		t.Errorf("at once, but next year: %+v", d)
	}
	if d, _ := Compute(input(t, "2026-11-30 18:00", 2, Month, "2026-12-31 18:00")); d.MissingYear != 2027 {
		t.Errorf("in months: %+v", d)
	}
}

func TestProof(t *testing.T) {
	_, steps, err := Prove(input(t, "2026-02-13 10:00", 5, Workday, "2026-02-13 10:00"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Step{
		{Kind: StepStart, From: steps[0].From, To: steps[0].From, N: 5, Unit: Workday},
		{Kind: StepMakeUp, From: calendar.On(2026, 2, 14), To: calendar.On(2026, 2, 14), Count: 1},
		{Kind: StepHoliday, From: calendar.On(2026, 2, 15), To: calendar.On(2026, 2, 23), Count: 1, Name: "春节"},
		{Kind: StepCounted, From: calendar.On(2026, 2, 24), To: calendar.On(2026, 2, 27), Count: 5},
		{Kind: StepDue, From: calendar.On(2026, 2, 27), To: calendar.On(2026, 2, 27)},
	}
	if len(steps) != len(want) {
		t.Fatalf("%d lines: %+v", len(steps), steps)
	}
	for i := range want {
		if steps[i] != want[i] {
			t.Errorf("line %d: %+v, want %+v", i, steps[i], want[i])
		}
	}
	if steps[1].Key() != "clock.step.make_up" {
		t.Errorf("key %s", steps[1].Key())
	}
}

func TestDeemedAcceptance(t *testing.T) {
	c, received := calendar.Default(), at(t, "2026-03-02 10:00")
	if _, deemed := Deemed(c, received, at(t, "2026-03-09 23:59")); deemed {
		t.Error("the fifth day is not over")
	}
	if since, deemed := Deemed(c, received, at(t, "2026-03-10 00:00")); !deemed || !since.Equal(received) {
		t.Errorf("deemed %v since %s", deemed, since)
	}
}

func TestRefusedInput(t *testing.T) {
	good := input(t, "2026-03-02 10:00", 5, Workday, "2026-03-02 10:00")
	for key, spoil := range map[string]func(*Input){
		"clock.no_start": func(in *Input) { in.Facts.Accepted = time.Time{} },
		"clock.bad_span": func(in *Input) { in.Span.Unit = "week" },
		"clock.bad_pause": func(in *Input) {
			in.Facts.Pauses = []Pause{{From: in.Now, To: in.Now.Add(-time.Hour)}}
		},
	} {
		in := good
		spoil(&in)
		if _, err := Compute(in); fault.KindOf(err) != fault.Invalid || fault.As(err).Key != key {
			t.Errorf("want %s, got %v", key, err)
		}
	}
	for _, s := range []Span{{-1, Workday}, {maxSpan + 1, Day}, {5000, Month}} {
		in := good
		in.Span = s
		if _, _, err := Prove(in); err == nil {
			t.Errorf("%+v passed", s)
		}
		in = good
		in.Facts.Extensions = []Extension{{At: in.Now, Span: s}}
		if _, err := Compute(in); err == nil {
			t.Errorf("extension %+v passed", s)
		}
	}
}

func has(steps []Step, kind StepKind) bool {
	for _, s := range steps {
		if s.Kind == kind {
			return true
		}
	}
	return false
}
