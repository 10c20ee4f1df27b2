package approval_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"

	"yimen/domain/approval"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

var noon = time.Unix(1772400000, 0)

// desk does things with tasks in transactions of their own.
type desk struct {
	t testing.TB
	d *db.DB
}

func (k desk) do(fn func(ctx context.Context, tx *db.Tx) error) error {
	return k.d.Write(context.Background(), "test", fn)
}

func (k desk) fork(ci string, step string) approval.Task {
	k.t.Helper()
	task := approval.Task{ID: ref.TaskID(db.NewID()), Case: "c", CaseItem: ref.CaseItemID(ci), Step: step, Round: 1, Kind: approval.Opinion, Organ: "o", Due: noon, Made: noon}
	if err := k.do(func(ctx context.Context, tx *db.Tx) error { _, err := approval.Fork(ctx, tx, task); return err }); err != nil {
		k.t.Fatal(err)
	}
	return task
}

func (k desk) get(id ref.TaskID) approval.Task {
	k.t.Helper()
	task, err := approval.Get(context.Background(), k.d, id)
	if err != nil {
		k.t.Fatal(err)
	}
	return task
}

// act is one thing done with a task.
type act struct {
	do   string // claim, release, hand, complete, reopen
	task int
	who  ref.StaffID
	to   ref.StaffID
	now  time.Time
}

const leased = time.Hour

// run does it and says whether it was done; anything but a Conflict fails the test.
func (k desk) run(id ref.TaskID, a act) bool {
	k.t.Helper()
	err := k.do(func(ctx context.Context, tx *db.Tx) error {
		x := approval.Task{ID: id, Holder: a.who, DoneBy: a.who, DoneAt: a.now, Outcome: approval.Agree}
		switch a.do {
		case "claim":
			return approval.Claim(ctx, tx, x, a.who, a.now, a.now.Add(-leased))
		case "release":
			return approval.Release(ctx, tx, id, a.who)
		case "hand":
			x.Holder, x.HeldAt, x.HeldBy = a.to, a.now, a.who
			return approval.Hand(ctx, tx, x, a.who)
		case "complete":
			return approval.Complete(ctx, tx, x)
		case "free": // of a task that nobody holds
			x.Holder = ""
			return approval.Complete(ctx, tx, x)
		case "reopen":
			return approval.Reopen(ctx, tx, id, a.who, a.now)
		}
		return errors.New(a.do)
	})
	if err != nil && !fault.Is(err, fault.Conflict) {
		k.t.Error(a, err)
	}
	return err == nil
}

// state is a task as it should be.
type state struct {
	done   bool
	holder ref.StaffID
	at     time.Time
}

// after is what an act does to a task, and whether it may be done at all: the reference.
func (s state) after(a act) (state, bool) {
	switch a.do {
	case "claim":
		return state{false, a.who, a.now}, !s.done && (s.holder == "" || !s.at.After(a.now.Add(-leased)))
	case "release":
		return state{}, !s.done && s.holder == a.who
	case "hand":
		return state{false, a.to, a.now}, !s.done && (s.holder == "" || s.holder == a.who)
	case "complete":
		return state{true, s.holder, s.at}, !s.done && s.holder == a.who
	case "free":
		return state{true, "", s.at}, !s.done && s.holder == ""
	}
	return state{false, a.who, a.now}, s.done
}

var (
	acts   = []string{"claim", "release", "hand", "complete", "free", "reopen"}
	actors = []ref.StaffID{"a", "b", "c", "d", "e"}
)

// Fifty claim the same task at once: one has it, and one alone completes it.
func TestConcurrentClaims(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := desk{t, d}
		task := k.fork("ci", "s")
		for _, do := range []string{"claim", "complete"} {
			var wg sync.WaitGroup
			var mu sync.Mutex
			var won []ref.StaffID
			for i := range 50 {
				wg.Go(func() {
					who := ref.StaffID(fmt.Sprint("officer-", i))
					if k.run(task.ID, act{do: do, who: who, now: noon}) {
						mu.Lock()
						won = append(won, who)
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			got := k.get(task.ID)
			if len(won) != 1 || got.Holder != won[0] || do == "complete" && (got.State != approval.Done || got.DoneBy != won[0]) {
				t.Fatalf("%s: %v won, %+v", do, won, got)
			}
		}
	}, approval.Schema)
}

// What many do at once with one task looks as if they had done it one after the other: claims, hand-overs, completions and
// their being taken back.
func TestLinearClaimAndComplete(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := desk{t, d}
		for round := range 12 {
			task := k.fork(fmt.Sprint("ci", round), "s")
			history := k.storm(task.ID, uint64(round))
			model := porcupine.Model{Init: func() any { return state{} }, Step: func(s, in, out any) (bool, any) {
				next, may := s.(state).after(in.(act))
				if !may {
					next = s.(state)
				}
				return may == out.(bool), next
			}}
			if got := porcupine.CheckOperationsTimeout(model, history, 30*time.Second); got != porcupine.Ok {
				t.Fatalf("round %d: %s: %+v", round, got, history)
			}
		}
	}, approval.Schema)
}

// storm lets eight clients do twenty things each.
func (k desk) storm(id ref.TaskID, seed uint64) []porcupine.Operation {
	var mu sync.Mutex
	var history []porcupine.Operation
	var wg sync.WaitGroup
	began := time.Now()
	for client := range 8 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(client)))
			for range 20 {
				a := act{do: acts[rnd.IntN(len(acts))], who: actors[rnd.IntN(3)], to: actors[rnd.IntN(3)], now: noon}
				call := time.Since(began)
				ok := k.run(id, a)
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: client, Input: a, Call: call.Nanoseconds(), Output: ok, Return: time.Since(began).Nanoseconds()})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return history
}

// Any acts on a few tasks, at any time, end as the reference says, and who withdrew holds nothing of the case item.
func TestModelHolding(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := desk{t, d}
		rapid.Check(t, func(r *rapid.T) {
			ci := db.NewID()
			tasks, want := []approval.Task{k.fork(ci, "s"), k.fork(ci, "t")}, make([]state, 2)
			barred, now := []ref.StaffID{}, noon
			for range rapid.IntRange(1, 25).Draw(r, "acts") {
				now = now.Add(time.Duration(rapid.SampledFrom([]int{1, 20, 61}).Draw(r, "minutes")) * time.Minute)
				a := act{do: rapid.SampledFrom(append(acts, "bar")).Draw(r, "do"), task: rapid.IntRange(0, 1).Draw(r, "task"),
					who: rapid.SampledFrom(actors).Draw(r, "who"), to: rapid.SampledFrom(actors).Draw(r, "to"), now: now}
				if a.do == "bar" {
					before := slices.Contains(barred, a.who)
					k.bar(r, ci, a.who, before)
					barred = append(barred, a.who)
					for i, s := range want {
						if s.holder == a.who && !s.done && !before {
							want[i] = state{}
						}
					}
				} else {
					next, may := want[a.task].after(a)
					if got := k.run(tasks[a.task].ID, a); got != may {
						r.Fatalf("%+v on %+v: %v", a, want[a.task], got)
					}
					if may {
						want[a.task] = next
					}
				}
				for i, s := range want {
					got := k.get(tasks[i].ID)
					if (got.State == approval.Done) != s.done || got.Holder != s.holder || s.holder != "" && !got.HeldAt.Equal(s.at) {
						r.Fatalf("after %+v: %+v, want %+v", a, got, s)
					}
				}
			}
		})
	}, approval.Schema)
}

func (k desk) bar(r *rapid.T, ci string, who ref.StaffID, before bool) {
	err := k.do(func(ctx context.Context, tx *db.Tx) error {
		return approval.Withdraw(ctx, tx, approval.Bar{CaseItem: ref.CaseItemID(ci), Staff: who, At: noon, Ground: approval.Kin})
	})
	if (err != nil) != before || err != nil && !fault.Is(err, fault.Conflict) {
		r.Fatal(who, before, err)
	}
	is, err := approval.Barred(context.Background(), k.d, ref.CaseItemID(ci), who)
	if err != nil || !is {
		r.Fatal(is, err)
	}
}

// What was opened by something taken back opens again, and no sooner than that.
func TestPropertyUndoneStepsOpenAgain(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 7).Draw(r, "steps")
		plan := make([]approval.Step, n)
		for i := range plan {
			plan[i] = approval.Step{ID: fmt.Sprint(i), Any: rapid.Bool().Draw(r, "any")}
			for j := range i {
				if rapid.Bool().Draw(r, "edge") {
					plan[i].After = append(plan[i].After, fmt.Sprint(j))
				}
			}
		}
		var tasks []approval.Task
		open := func() (made []int) {
			for _, s := range approval.Ready(plan, tasks) {
				tasks = append(tasks, approval.Task{Step: s.ID, State: approval.Open})
				made = append(made, len(tasks)-1)
			}
			return made
		}
		open()
		for range rapid.IntRange(1, 20).Draw(r, "acts") {
			var waiting []int
			for i := range tasks {
				if tasks[i].State == approval.Open {
					waiting = append(waiting, i)
				}
			}
			if len(waiting) == 0 {
				break
			}
			at := rapid.SampledFrom(waiting).Draw(r, "task")
			tasks[at].State = approval.Done
			made := open()
			if rapid.Bool().Draw(r, "undo") {
				tasks[at].State = approval.Open
				for _, i := range made {
					tasks[i].State = approval.Undone
				}
			}
			live := map[string]int{}
			for _, x := range tasks {
				if x.State == approval.Open || x.State == approval.Done {
					live[x.Step]++
				}
			}
			for _, s := range plan {
				if want := opens(s, tasks); live[s.ID] != want {
					r.Fatalf("step %s is there %d times, want %d: %+v", s.ID, live[s.ID], want, tasks)
				}
			}
		}
	})
}

// opens is 1 for a step that stands open or done when the tasks are as they are, by the words of the plan.
func opens(s approval.Step, tasks []approval.Task) int {
	done := 0
	for _, p := range s.After {
		if slices.ContainsFunc(tasks, func(x approval.Task) bool { return x.Step == p && x.State == approval.Done }) {
			done++
		}
	}
	if done == len(s.After) || s.Any && done > 0 {
		return 1
	}
	return 0
}
