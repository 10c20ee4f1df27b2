package licence

import (
	"slices"
	"testing"
	"time"

	"yimen/ref"
)

// Every kind has grounds, and every ground that names a law names an article of it.
func TestTheRulesOfActsAreWhole(t *testing.T) {
	kinds := []string{Rescind, Withdraw, Cancel, Revoke, Alter, Correct, Reverse}
	for i, r := range Rules() {
		if i >= len(kinds) || r.Kind != kinds[i] || len(r.From) == 0 || len(r.Grounds) == 0 {
			t.Errorf("%d: %+v", i, r)
		}
		for _, g := range r.Grounds {
			if g.Words == "" || (g.Law == "") != (g.Article == 0) {
				t.Errorf("%s: %+v", r.Kind, g)
			}
		}
		for _, from := range r.From {
			if r.To != "" && from != r.To && !MayBecome(from, r.To) {
				t.Errorf("%s: %s may not become %s", r.Kind, from, r.To)
			}
		}
	}
	if _, ok := RuleOf("none"); ok {
		t.Error("a rule of nothing")
	}
}

func TestWhichGroundOfCancellingFits(t *testing.T) {
	rule, _ := RuleOf(Cancel)
	end := time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC)
	for name, x := range map[string]struct {
		state ref.LicenceState
		now   time.Time
		want  []string
	}{
		"valid":     {ref.LicenceValid, end.Add(-time.Hour), []string{"70-2", "70-3", "70-5", "70-6"}},
		"expired":   {ref.LicenceValid, end, []string{"70-1", "70-2", "70-3", "70-5", "70-6"}},
		"rescinded": {ref.LicenceRescinded, end, []string{"70-4"}},
		"revoked":   {ref.LicenceRevoked, end, []string{"70-4"}},
		"withdrawn": {ref.LicenceOther, end, []string{"70-4"}},
	} {
		var got []string
		for _, g := range rule.Grounds {
			if g.Applies(Licence{State: x.state, ValidUntil: end}, x.now) {
				got = append(got, g.ID)
			}
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, not %v", name, got, x.want)
		}
	}
}

func TestTheLastActGivesTheState(t *testing.T) {
	all := []Act{{Kind: Alter, State: Carried}, {ID: "1", Kind: Rescind, State: Carried}, {Kind: Cancel, State: Dropped}, {Kind: Correct, State: Carried}}
	if a, ok := Last(all); !ok || a.ID != "1" {
		t.Error(a, ok)
	}
	if a, ok := Last(append(all, Act{Kind: Reverse, State: Carried})); ok {
		t.Error("an act that was undone", a)
	}
}

func TestAnActIsRipeWhenTheHolderWasHeard(t *testing.T) {
	until := time.Date(2026, 3, 9, 16, 0, 0, 0, time.UTC)
	a := Act{Hear: 5, Until: until}
	if a.Ripe(until.Add(-time.Second)) || !a.Ripe(until) || !(Act{}).Ripe(until) || (Act{Hear: 5}).Ripe(until) {
		t.Error("ripe before its time")
	}
	a.Stated = until.Add(-time.Hour)
	if !a.Ripe(until.Add(-time.Minute)) {
		t.Error("who was heard waits no longer")
	}
}
