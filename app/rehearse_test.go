package app_test

import (
	"slices"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/foundation/calendar"
	"yimen/process/review"
	"yimen/town"
)

// TestEveryWayThroughEveryPlanEnds walks the whole town: over the counter and online, each task done at once or on its last
// day, and every outcome of every task.
func TestEveryWayThroughEveryPlanEnds(t *testing.T) {
	tw, err := town.Load()
	if err != nil {
		t.Fatal(err)
	}
	ways := 0
	for _, it := range tw.Items {
		for _, online := range []bool{false, true} {
			for _, days := range []int{-1, 0} {
				r := review.Rehearsal{Item: &it, Calendar: calendar.Default(), Received: apptest.Day, Street: "street"}
				r.Online = online
				n, ends := through(t, r, days), map[string]bool{}
				for _, x := range n {
					ends[x.End] = true
				}
				if len(it.Plan.Steps) > 0 && (!ends[approval.Grant] || !ends[approval.Refuse]) {
					t.Errorf("%s ends only in %v", it.ID, ends)
				}
				ways += len(n)
			}
		}
	}
	t.Logf("%d items, %d ways", len(tw.Items), ways)
	if len(tw.Items) < 200 || ways < 4*len(tw.Items) {
		t.Errorf("%d items, %d ways", len(tw.Items), ways)
	}
}

// through tries every outcome of what is open first.
func through(t *testing.T, r review.Rehearsal, days int) []review.Trial {
	t.Helper()
	x := r.Run()
	if x.Stuck() {
		t.Fatalf("%s is stuck after %v", r.Item.ID, r.Choices)
	}
	if x.End != "" {
		if x.Ended.Before(r.Received) || len(x.Path) != len(r.Choices) || len(x.Papers) == 0 {
			t.Errorf("%s: %+v", r.Item.ID, x)
		}
		counted := r.Item.Times.Promised.Unit != "now" // which is promised from the day of receipt, whenever it is accepted
		if days < 0 && counted && !x.Accepted.IsZero() && x.Ended.After(x.Promised.Due) {
			t.Errorf("%s: every step in its time ends on %v, after the promised %v", r.Item.ID, x.Ended, x.Promised.Day)
		}
		return []review.Trial{x}
	}
	var out []review.Trial
	open := x.Open()[0]
	for _, outcome := range x.Can(open) {
		next := r
		next.Choices = append(slices.Clone(r.Choices), review.Choice{Step: open.Step, Round: open.Round, Outcome: outcome, Days: days})
		out = append(out, through(t, next, days)...)
	}
	return out
}
