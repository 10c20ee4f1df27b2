package licence

import (
	"testing"
	"time"

	"yimen/ref"
)

// What is cancelled or moved away stays so, what is rescinded or revoked is only cancelled after; nothing is ever set to expired.
func TestFinalStatesAreFinal(t *testing.T) {
	for _, from := range ref.LicenceStates() {
		for _, to := range ref.LicenceStates() {
			back := from == ref.LicenceValid || from == ref.LicenceSuspended || from == ref.LicenceOther
			after := to == ref.LicenceCancelled && (from == ref.LicenceRescinded || from == ref.LicenceRevoked)
			if want := after || back && to != from && to != ref.LicenceExpired; MayBecome(from, to) != want {
				t.Errorf("%s to %s: %v", from, to, !want)
			}
		}
	}
}

func TestACopysLastDayIsWhole(t *testing.T) {
	end := time.Date(2026, 3, 12, 16, 0, 0, 0, time.UTC) // midnight in China
	c := Copy{Until: end}
	if c.Past(end.Add(-time.Microsecond)) || !c.Past(end) || c.LastDay().String() != "2026-03-12" || c.Ready() {
		t.Error(c.LastDay(), c.Past(end))
	}
}
