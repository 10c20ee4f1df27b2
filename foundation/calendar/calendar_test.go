package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"yimen/foundation/fault"
)

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAddWorkdays(t *testing.T) {
	c := Default()
	for _, r := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-02-13", 5, "2026-02-27"},
		{"2026-02-13", 20, "2026-03-19"},
		{"2026-02-14", 5, "2026-02-28"}, // a Saturday
		{"2026-04-30", 5, "2026-05-11"},
		{"2026-05-08", 1, "2026-05-09"}, // a Saturday
		{"2026-06-18", 5, "2026-06-26"},
		{"2026-09-18", 5, "2026-09-24"},
		{"2026-09-18", 20, "2026-10-22"},
		{"2026-09-30", 10, "2026-10-20"},
		{"2026-01-01", 1, "2026-01-04"}, // a Sunday
		{"2025-01-24", 5, "2025-02-07"},
		{"2025-09-26", 10, "2025-10-16"},
		{"2025-09-30", 20, "2025-11-04"},
		{"2026-02-13", 0, "2026-02-13"},
		{"2026-02-15", 0, "2026-02-24"},
		{"2026-02-27", -5, "2026-02-13"},
		{"2026-02-21", -1, "2026-02-14"},
	} {
		got, provisional := c.AddWorkdays(date(t, r.from), r.n)
		if got.String() != r.want || provisional {
			t.Errorf("%s + %d: %s (provisional %v), want %s", r.from, r.n, got, provisional, r.want)
		}
	}
}

func TestMissingYear(t *testing.T) {
	c := Default()
	from := date(t, "2026-12-31")
	end, provisional := c.AddWorkdays(from, 5)
	if !provisional || c.Missing(from+1, end) != 2027 || end.String() != "2027-01-07" {
		t.Errorf("%s provisional %v missing %d", end, provisional, c.Missing(from+1, end))
	}
	if _, known := c.IsWorkday(date(t, "2027-03-01")); known {
		t.Error("2027 is not known")
	}
	if worked, known := c.IsWorkday(date(t, "2026-03-02")); !worked || !known {
		t.Error("2026-03-02 is a known working day")
	}
	if _, provisional := c.AddWorkdays(date(t, "2024-12-31"), 1); provisional {
		t.Error("only the days after the start count")
	}
	for _, far := range []Date{On(1900, 1, 1), On(2199, 12, 25)} {
		if end, provisional := c.AddWorkdays(far, 3); end <= far || !provisional {
			t.Errorf("%s: %s %v", far, end, provisional)
		}
	}
	loaded, err := c.With([]Year{{Year: 2027, Version: 1, Source: "test", Published: from,
		Off: []Off{{Name: "元旦", From: On(2026, 12, 31), To: On(2027, 1, 2)}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if end, provisional := loaded.AddWorkdays(date(t, "2026-12-30"), 1); end.String() != "2027-01-04" || provisional {
		t.Errorf("the next year's notice speaks for December too: %s %v", end, provisional)
	}
	if end, _ := c.AddWorkdays(date(t, "2026-12-30"), 1); end.String() != "2026-12-31" {
		t.Errorf("the old calendar changed: %s", end)
	}
}

func TestYearTotals(t *testing.T) {
	for _, year := range []int{2025, 2026} {
		n, provisional := Default().WorkdaysBetween(On(year, 1, 0), On(year, 12, 31))
		if n != 248 || provisional {
			t.Errorf("%d has %d working days, provisional %v", year, n, provisional)
		}
	}
}

func TestCalendarPeriods(t *testing.T) {
	c := Default()
	for _, r := range []struct {
		from, want   string
		days, months int
	}{
		{"2026-01-20", "2026-01-30", 10, 0},
		{"2026-02-05", "2026-02-24", 10, 0}, // ends on the first day of the Spring Festival holiday
		{"2026-03-25", "2026-04-07", 10, 0}, // ends on 清明节
		{"2026-01-31", "2026-02-28", 0, 1},  // no 31 February; a worked Saturday
		{"2026-03-31", "2026-04-30", 0, 1},
		{"2025-08-31", "2026-02-28", 0, 6},
		{"2026-04-01", "2026-05-06", 0, 1}, // the same day is 劳动节
		{"2025-12-15", "2026-01-15", 0, 1},
	} {
		got, provisional := c.AddMonths(date(t, r.from), r.months)
		if r.days > 0 {
			got, provisional = c.AddDays(date(t, r.from), r.days)
		}
		if got.String() != r.want || provisional {
			t.Errorf("%s + %dd %dm: %s (%v), want %s", r.from, r.days, r.months, got, provisional, r.want)
		}
	}
}

func TestOverride(t *testing.T) {
	storm := Override{Date: date(t, "2026-09-21"), Reason: "台风停工"}
	open := Override{Date: date(t, "2027-01-02"), Work: true, Reason: "窗口加开"}
	c, err := Default().With(nil, []Override{storm, open})
	if err != nil {
		t.Fatal(err)
	}
	if end, provisional := c.AddWorkdays(date(t, "2026-09-20"), 1); end.String() != "2026-09-22" || provisional {
		t.Errorf("%s %v", end, provisional)
	}
	if worked, known := c.IsWorkday(open.Date); !worked || !known {
		t.Errorf("an override settles its day: %v %v", worked, known)
	}
	if got := c.Overrides(); len(got) != 2 || got[0] != storm {
		t.Errorf("overrides %v", got)
	}
	_, err = c.With(nil, []Override{{Date: storm.Date}})
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("an override without a reason: %v", err)
	}
}

func TestExplain(t *testing.T) {
	days := Default().Explain(date(t, "2026-02-14"), date(t, "2026-02-28"))
	want := map[string]DayKind{"2026-02-15": Holiday, "2026-02-24": Workday, "2026-02-28": MakeUp}
	for _, d := range days {
		if kind, ok := want[d.Date.String()]; ok && d.Kind != kind {
			t.Errorf("%s is %s", d.Date, d.Kind.Key())
		}
	}
	if last := days[len(days)-1]; last.Count != 5 || !last.Known || days[0].Name != "春节" || days[0].Count != 0 {
		t.Errorf("first %+v, last %+v", days[0], last)
	}
}

func TestDateOf(t *testing.T) {
	late := time.Date(2026, 3, 1, 16, 30, 0, 0, time.UTC) // half past midnight in China
	d := DateOf(late)
	if d.String() != "2026-03-02" || d.Weekday() != time.Monday || d.Year() != 2026 {
		t.Errorf("%s %s", d, d.Weekday())
	}
	if !d.At(17*time.Hour + 30*time.Minute).Equal(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)) {
		t.Errorf("closing %s", d.At(17*time.Hour+30*time.Minute))
	}
	if !d.End().Equal(time.Date(2026, 3, 2, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("end %s", d.End())
	}
	if w := On(1969, 12, 31).Weekday(); w != time.Wednesday {
		t.Errorf("the day before the epoch was a %s", w)
	}
}

func TestCountingProperties(t *testing.T) {
	c := Default()
	first, last := int(On(2005, 1, 1)), int(On(2050, 1, 1))
	rapid.Check(t, func(t *rapid.T) {
		d := Date(rapid.IntRange(first, last).Draw(t, "day"))
		n := rapid.IntRange(1, 300).Draw(t, "n")
		end, provisional := c.AddWorkdays(d, n)
		if back, _ := c.WorkdaysBetween(d, end); back != n {
			t.Fatalf("%s + %d = %s, counted back %d", d, n, end, back)
		}
		if worked, _ := c.IsWorkday(end); !worked {
			t.Fatalf("%s + %d ends on %s, not worked", d, n, end)
		}
		next, _ := c.AddWorkdays(d, n+1)
		if next <= end {
			t.Fatalf("%s: %d days end %s, one more %s", d, n, end, next)
		}
		if start, _ := c.AddWorkdays(end, -n); start > d || start <= d-30 {
			t.Fatalf("%s + %d - %d = %s", d, n, n, start)
		}
		if provisional != (c.Missing(d+1, end) != 0) {
			t.Fatalf("%s–%s provisional %v but missing %d", d, end, provisional, c.Missing(d+1, end))
		}
		if walked := c.Explain(d, end); walked[len(walked)-1].Count != n {
			t.Fatalf("walking from %s gives %d", d, walked[len(walked)-1].Count)
		}
	})
}

func BenchmarkAddWorkdays(b *testing.B) {
	c, d := Default(), On(2026, 2, 14)
	for i := 0; b.Loop(); i++ {
		c.AddWorkdays(d+Date(i&255), 20)
	}
}
