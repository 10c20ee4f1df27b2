package delivery

import (
	"testing"
	"time"

	"yimen/foundation/calendar"
)

func day(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheDayOfEffectOfEachWay(t *testing.T) {
	cal := calendar.Default()
	for _, x := range []struct {
		way      Way
		on, want string
	}{
		{Direct, "2026-03-02", "2026-03-02"}, {Left, "2026-03-07", "2026-03-07"}, {Post, "2026-03-05", "2026-03-05"}, {Electronic, "2026-03-01", "2026-03-01"},
		{Notice, "2026-03-02", "2026-04-01"}, // thirty days after the day of publication
		{Notice, "2026-03-05", "2026-04-07"}, // 04-04 begins 清明, the next working day counts
	} {
		if got := EffectOf(cal, x.way, day(t, x.on), 30); got != day(t, x.want) {
			t.Errorf("%s on %s: %s, not %s", x.way, x.on, got, x.want)
		}
	}
}

func TestTenWorkingDaysAndWhatIsNear(t *testing.T) {
	cal := calendar.Default()
	last, provisional := Due(cal, day(t, "2026-09-30"))
	if last != day(t, "2026-10-20") || provisional { // 10-10 is a make-up day
		t.Error(last, provisional)
	}
	d := Delivery{Due: last.End()}
	for on, want := range map[string]bool{"2026-10-14": false, "2026-10-15": true, "2026-10-20": true, "2026-10-26": true} {
		if got := d.Near(cal, day(t, on).At(10*time.Hour)); got != want {
			t.Errorf("%s: %v", on, got)
		}
	}
	d.ServedAt = day(t, "2026-10-13").At(0)
	if d.Near(cal, day(t, "2026-10-26").At(0)) {
		t.Error("what is served is not near")
	}
}
