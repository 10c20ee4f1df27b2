package catalog

import "testing"

// What an item leaves empty is as usual; what it says, it says.
func TestWhatFollowsADecision(t *testing.T) {
	it := &Item{Organ: "organ"}
	if a := it.Afterwards(); a.Supervisor != "organ" || a.NoticeDays != 30 || a.PublicDays != 1095 || a.Keep != "30" || a.Refusals {
		t.Errorf("%+v", a)
	}
	it.After = After{Supervisor: "other", Refusals: true, PublicDays: 365, NoticeDays: 60, Keep: "permanent"}
	if a := it.Afterwards(); a != it.After {
		t.Errorf("%+v", a)
	}
}
