package review_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/foundation/fault"
	"yimen/process/review"
)

const many = 50

// wide is a plan of so many opinions side by side that one decision waits for.
func (r *rig) wide(n int) (steps []catalog.Step) {
	var after []string
	for i := range n {
		s := link(fmt.Sprintf("s%02d", i), approval.Opinion, r.ours[1+i%2])
		steps, after = append(steps, s), append(after, s.ID)
	}
	return append(steps, link("last", approval.Decide, r.ours[0], after...))
}

// Fifty branches answered by fifty officers at once: the join opens once, neither twice nor never, and no answer is lost.
func TestConcurrentJoinFiresOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, many)
		for range 3 {
			_, ci := r.open(r.plan(r.wide(many)...))
			all := r.tasks(ci)
			if len(all) != many {
				t.Fatalf("%d tasks", len(all))
			}
			var wg sync.WaitGroup
			for i, x := range all {
				wg.Go(func() {
					if err := r.decide(x, r.staff[x.Organ][i]); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			all = r.tasks(ci)
			if last := live(all, "last"); len(last) != 1 || last[0].State != approval.Open || len(all) != many+1 {
				t.Fatalf("the join is there %d times among %d tasks", len(last), len(all))
			}
			for _, x := range all {
				if x.Step != "last" && (x.State != approval.Done || x.DoneBy == "") {
					t.Errorf("lost: %+v", x)
				}
			}
		}
	})
}

// Fifty officers at one task: one of them does it, the others are told, and the plan moves once. So for each kind of task.
func TestConcurrentDecidersDecideOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, many)
		id, ci := r.open(r.plan(link("one", approval.Opinion, r.ours[1]), link("two", approval.Review, r.ours[2], "one"), link("last", approval.Decide, r.ours[0], "two")))
		for i, name := range []string{"one", "two", "last"} {
			x := live(r.tasks(ci), name)[0]
			won := r.rush(x)
			if got := live(r.tasks(ci), name); won != 1 || len(got) != 1 || got[0].State != approval.Done {
				t.Fatalf("%s: %d won, %+v", name, won, got)
			}
			if all := r.tasks(ci); len(all) != min(i+2, 3) {
				t.Fatalf("after %s %d tasks", name, len(all))
			}
		}
		facts, err := casefile.Facts(ctx, a.DB, id)
		n := 0
		for _, f := range facts {
			if d := f.Detail(); f.Kind == casefile.FactOpinion || f.Kind == casefile.FactReviewed || f.Kind == casefile.FactDecided {
				n++
				if d.Task == "" {
					t.Error(f)
				}
			}
		}
		if err != nil || n != 3 {
			t.Fatalf("%d completions among the facts, %v", n, err)
		}
	})
}

// rush lets all officers of a task's organ decide it at once, and says how many did.
func (r *rig) rush(x approval.Task) (won int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, s := range r.staff[x.Organ] {
		wg.Go(func() {
			err := r.decide(x, s)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !fault.Is(err, fault.Conflict) {
				r.t.Error(err)
			}
		})
	}
	wg.Wait()
	return won
}

// The last two branches taken back and done again at once, over and over: the join stands exactly as the answers do.
func TestConcurrentUndoKeepsTheJoinRight(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 2)
		_, ci := r.open(r.plan(r.wide(2)...))
		var wg sync.WaitGroup
		for _, x := range r.tasks(ci) {
			by := r.staff[x.Organ][0]
			wg.Go(func() {
				for range many {
					for _, err := range []error{r.decide(x, by), r.undo(x, by)} {
						if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Denied) {
							t.Error(err)
						}
					}
				}
			})
		}
		wg.Wait()
		all, want := r.tasks(ci), 1
		for _, x := range all {
			if x.Step != "last" && x.State != approval.Done {
				want = 0
			}
		}
		if last := live(all, "last"); len(last) != want {
			t.Fatalf("the join is there %d times, want %d", len(last), want)
		}
		for _, x := range all { // and it can go on from there
			if x.Step != "last" && x.State == approval.Open {
				if err := r.decide(x, r.staff[x.Organ][0]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if last := live(r.tasks(ci), "last"); len(last) != 1 || last[0].State != approval.Open {
			t.Fatalf("%+v", last)
		}
	})
}

// An officer's answer and the default at the same moment: one of them counts.
func TestConcurrentAnswerAndDefault(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 2)
		v := r.plan(silent(link("s", approval.Opinion, r.ours[1])), link("last", approval.Decide, r.ours[0], "s"))
		for range 10 {
			_, ci := r.open(v)
			x := live(r.tasks(ci), "s")[0]
			a.Clock.Add(10 * 24 * time.Hour)
			var wg sync.WaitGroup
			var err error
			wg.Go(func() { err = r.decide(x, r.staff[x.Organ][0]) })
			wg.Go(r.settle)
			wg.Wait()
			got := live(r.tasks(ci), "s")[0]
			if got.State != approval.Done || got.ByDefault != (err != nil) || err != nil && !fault.Is(err, fault.Conflict) {
				t.Fatalf("%+v %v", got, err)
			}
			if last := live(r.tasks(ci), "last"); len(last) != 1 {
				t.Fatal(len(last))
			}
		}
	})
}

// silent makes a step's silence an agreement.
func silent(s catalog.Step) catalog.Step {
	s.Default, s.DefaultBasis = catalog.DefaultAgree, &catalog.Citation{Law: "禅城区并联审批办法", Article: 9, Text: "逾期未回复的，视为同意"}
	return s
}

// move is what an officer tries with a task.
type move struct {
	do  string
	who int
}

// place is a task as it should be: open or done, and who holds it, -1 for nobody.
type place struct {
	done bool
	held int
}

func (p place) after(m move) (place, bool) {
	free := p.held < 0 || p.held == m.who
	switch m.do {
	case review.Claim:
		return place{false, m.who}, !p.done && free
	case review.Release:
		return place{false, -1}, !p.done && free
	case "decide":
		return place{true, p.held}, !p.done && free
	}
	return place{false, m.who}, p.done
}

// What officers do at once with one task through the process looks as if they had done it one after the other.
func TestLinearClaimAndDecide(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 3)
		v := r.plan(link("s", approval.Opinion, r.ours[1]), link("last", approval.Decide, r.ours[0], "s"))
		model := porcupine.Model{Init: func() any { return place{held: -1} }, Step: func(s, in, out any) (bool, any) {
			next, may := s.(place).after(in.(move))
			if !may {
				next = s.(place)
			}
			return may == out.(bool), next
		}}
		for round := range 8 {
			_, ci := r.open(v)
			history := r.storm(live(r.tasks(ci), "s")[0], uint64(round))
			if got := porcupine.CheckOperationsTimeout(model, history, 30*time.Second); got != porcupine.Ok {
				t.Fatalf("round %d: %s: %+v", round, got, history)
			}
		}
	})
}

// storm lets six clients, two for each officer, try ten things each.
func (r *rig) storm(x approval.Task, seed uint64) (history []porcupine.Operation) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	began := time.Now()
	for client := range 6 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(client)))
			for range 10 {
				m := move{[]string{review.Claim, review.Release, "decide"}[rnd.IntN(3)], client % 3}
				call := time.Since(began)
				ok := r.try(x, m)
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: client, Input: m, Call: call.Nanoseconds(), Output: ok, Return: time.Since(began).Nanoseconds()})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return history
}

func (r *rig) try(x approval.Task, m move) bool {
	by := r.staff[x.Organ][m.who]
	err := error(nil)
	if m.do == "decide" {
		err = r.decide(x, by)
	} else {
		err = r.keep(x, by, m.do, "")
	}
	if err != nil && !fault.Is(err, fault.Conflict) {
		r.t.Error(m, err)
	}
	return err == nil
}
