package app_test

import (
	"fmt"
	"slices"
	"testing"

	"yimen/app/apptest"
	"yimen/foundation/calendar"
	"yimen/ref"
)

// told is where a case stands, in keys and arguments.
func told(t *testing.T, a *apptest.App, id ref.CaseID) []string {
	t.Helper()
	pr, err := a.Cases.ProgressOf(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return pr.Standing.Tell(func(key string, args ...any) string { return fmt.Sprint(append([]any{key}, args...)...) }, calendar.Date.String)
}

// The tasks of a step open a moment after the fact before it: who looks in between reads the same.
func TestWhoHasACaseIsToldBeforeItsTasksOpen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		same := func(what string, id ref.CaseID, want int) {
			t.Helper()
			before := told(t, a, id)
			a.Settle()
			if after := told(t, a, id); len(before) != want || !slices.Equal(before, after) {
				t.Errorf("%s: %q, and a moment later %q", what, before, after)
			}
		}
		for _, c := range []struct {
			item, stage string
			lines       int
		}{{"cc-hygiene", "received", 2}, {"cc-road-dig", "accepted at the window", 4}} {
			id, err := a.Desk.Accept(ctx, a.Acceptance("clerk01", c.item, "company-01"))
			if err != nil {
				t.Fatal(err)
			}
			same(c.stage, id, c.lines)
		}
	})
}
