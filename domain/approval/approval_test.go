package approval_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yimen/domain/approval"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

func ids(steps []approval.Step) string {
	s := ""
	for _, x := range steps {
		s += x.ID + " "
	}
	return s
}

func TestReady(t *testing.T) {
	plan := []approval.Step{{ID: "a"}, {ID: "b"}, {ID: "all", After: []string{"a", "b"}}, {ID: "any", After: []string{"a", "b"}, Any: true}}
	done := func(s string) approval.Task { return approval.Task{Step: s, State: approval.Done} }
	open := func(s string) approval.Task { return approval.Task{Step: s, State: approval.Open} }
	for _, c := range []struct {
		tasks []approval.Task
		want  string
	}{
		{nil, "a b "},
		{[]approval.Task{open("a"), open("b")}, ""},
		{[]approval.Task{done("a"), open("b")}, "any "},
		{[]approval.Task{done("a"), done("b"), open("any")}, "all "},
		{[]approval.Task{done("a"), done("b"), open("any"), done("all")}, ""},
	} {
		if got := ids(approval.Ready(plan, c.tasks)); got != c.want {
			t.Errorf("%v: %q, want %q", c.tasks, got, c.want)
		}
	}
}

// Any plan without cycles, done in any order, opens every step once and none too early.
func TestPropertyEveryStepOpensOnceAfterItsPredecessors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "steps")
		plan := make([]approval.Step, n)
		for i := range plan {
			plan[i] = approval.Step{ID: fmt.Sprint(i), Any: rapid.Bool().Draw(t, "any")}
			for j := range i {
				if rapid.Bool().Draw(t, "edge") {
					plan[i].After = append(plan[i].After, fmt.Sprint(j))
				}
			}
		}
		var tasks []approval.Task
		opened := map[string]int{}
		open := func() {
			for _, s := range approval.Ready(plan, tasks) {
				opened[s.ID]++
				tasks = append(tasks, approval.Task{Step: s.ID, State: approval.Open})
			}
		}
		for open(); ; open() {
			var waiting []int
			for i := range tasks {
				if tasks[i].State == approval.Open {
					waiting = append(waiting, i)
				}
			}
			if len(waiting) == 0 {
				break
			}
			tasks[rapid.SampledFrom(waiting).Draw(t, "done")].State = approval.Done
		}
		for _, s := range plan {
			if opened[s.ID] != 1 {
				t.Fatalf("step %s opened %d times", s.ID, opened[s.ID])
			}
		}
	})
}

func TestConcurrentForkAndComplete(t *testing.T) {
	ctx, now := context.Background(), time.Unix(1772400000, 0)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		made, won := 0, 0
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				err := d.Write(ctx, "fork", func(ctx context.Context, tx *db.Tx) error {
					m, err := approval.Fork(ctx, tx, approval.Task{ID: ref.TaskID(db.NewID()), Case: "c", CaseItem: "ci", Step: "s", Round: 1, Kind: approval.Decide, Due: now, Made: now})
					mu.Lock()
					made += len(m)
					mu.Unlock()
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		tasks, err := approval.ByCase(ctx, d, "c")
		if err != nil || len(tasks) != 1 || made != 1 {
			t.Fatal(len(tasks), made, err)
		}
		for range 50 {
			wg.Go(func() {
				x := tasks[0]
				x.Outcome, x.DoneAt = approval.Grant, now
				err := d.Write(ctx, "complete", func(ctx context.Context, tx *db.Tx) error { return approval.Complete(ctx, tx, x) })
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Fatal(won)
		}
	}, approval.Schema)
}
