package review_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/review"
	"yimen/ref"
)

// twin is the reference: what a case item should be, by the words of the rules and nothing of the code.
type twin struct {
	plan    []catalog.Step
	now     time.Time
	over    bool // decided
	tasks   map[string]*piece
	log     []string            // completions and whatever else is a fact, but not openings: "done STEP", "other"
	opened  map[string][]string // by the completion of a step, the steps opened with it
	barred  map[ref.StaffID]bool
	silence map[string]time.Time
}

// piece is a step's task.
type piece struct {
	done, defaulted, void bool
	holder, by            ref.StaffID
	held, at              time.Time
}

func newTwin(plan []catalog.Step, now time.Time) *twin {
	w := &twin{plan: plan, now: now, tasks: map[string]*piece{}, opened: map[string][]string{}, barred: map[ref.StaffID]bool{}, silence: map[string]time.Time{}}
	w.spread("")
	return w
}

func (w *twin) step(id string) catalog.Step {
	return w.plan[slices.IndexFunc(w.plan, func(s catalog.Step) bool { return s.ID == id })]
}

// due says that a step may stand: everything, or for any something, of what it waits for is done.
func (w *twin) due(s catalog.Step) bool {
	n := 0
	for _, a := range s.After {
		if p := w.tasks[a]; p != nil && p.done {
			n++
		}
	}
	return n == len(s.After) || s.Join == "any" && n > 0
}

// spread opens what is due, because of cause.
func (w *twin) spread(cause string) {
	for _, s := range w.plan {
		if w.tasks[s.ID] == nil && !w.over && w.due(s) {
			w.tasks[s.ID] = &piece{}
			w.opened[cause] = append(w.opened[cause], s.ID)
			if s.Default != "" {
				day, _ := calendar.Default().AddWorkdays(calendar.DateOf(w.now), s.Limit.N)
				w.silence[s.ID] = day.End()
			}
		}
	}
}

func (w *twin) finish(id string, p piece) {
	*w.tasks[id] = p
	w.log, w.opened[id] = append(w.log, "done "+id), nil
	if w.step(id).Kind == approval.Decide {
		w.over = true
		for _, x := range w.tasks {
			x.void = x.void || !x.done
		}
		return
	}
	w.spread(id)
}

// pass lets time go by: what nobody answered in time is agreed.
func (w *twin) pass(to time.Time) {
	w.now = to
	for again := true; again; {
		again = false
		for _, s := range w.plan {
			if p := w.tasks[s.ID]; p != nil && !p.done && !p.void && s.Default != "" && w.now.After(w.silence[s.ID]) {
				w.finish(s.ID, piece{done: true, defaulted: true, holder: p.holder, held: p.held, at: w.now})
				again = true
			}
		}
	}
}

// free says that nobody else holds a task.
func (p piece) free(who ref.StaffID) bool { return p.holder == "" || p.holder == who }

func (w *twin) stale(p piece) bool {
	return p.holder != "" && !w.now.Before(p.held.Add(review.UsualLease))
}

// may is the grant, the withdrawal and the separation of duties.
func (w *twin) may(s catalog.Step, who org.Staff) bool {
	return who.Organ == s.Organ && !w.barred[who.ID] && !(s.Kind == approval.Decide && w.reviewed(who.ID))
}

func (w *twin) reviewed(who ref.StaffID) bool {
	for id, p := range w.tasks {
		if p.done && p.by == who && w.step(id).Kind == approval.Review {
			return true
		}
	}
	return false
}

// try says whether an act should be done, and does it.
func (w *twin) try(a attempt) bool {
	s, p := w.step(a.step), w.tasks[a.step]
	if a.do == "undo" {
		return w.undo(s, p, a.who)
	}
	if !w.may(s, a.who) || p.done || p.void {
		return false
	}
	switch a.do {
	case "decide":
		if !p.free(a.who.ID) {
			return false
		}
		w.finish(a.step, piece{done: true, by: a.who.ID, holder: p.holder, held: p.held, at: w.now})
	case review.Claim:
		if !p.free(a.who.ID) && !w.stale(*p) {
			return false
		}
		if p.holder != a.who.ID && p.holder != "" {
			w.log = append(w.log, "other")
		}
		if p.holder != a.who.ID || w.stale(*p) {
			p.holder, p.held = a.who.ID, w.now
		}
	case review.Release:
		if !p.free(a.who.ID) {
			return false
		}
		p.holder = ""
	default:
		if !p.free(a.who.ID) || a.to.ID == a.who.ID || !w.may(s, a.to) {
			return false
		}
		if a.do == review.Recuse {
			w.barred[a.who.ID] = true
			for _, x := range w.tasks {
				if x.holder == a.who.ID && !x.done {
					x.holder = ""
				}
			}
		}
		p.holder, p.held = a.to.ID, w.now
		w.log = append(w.log, "other")
	}
	return true
}

func (w *twin) undo(s catalog.Step, p *piece, who org.Staff) bool {
	if !p.done || p.by != who.ID || s.Kind == approval.Decide || w.now.Sub(p.at) > review.MostBack || w.barred[who.ID] || w.log[len(w.log)-1] != "done "+s.ID {
		return false
	}
	for _, id := range w.opened[s.ID] {
		if x := w.tasks[id]; x.done || x.holder != "" {
			return false
		}
	}
	for _, id := range w.opened[s.ID] {
		delete(w.tasks, id)
	}
	w.log, w.opened[s.ID] = append(w.log, "other"), nil
	*p = piece{holder: who.ID, held: w.now}
	return true
}

// attempt is what an officer tries.
type attempt struct {
	do, step string
	who, to  org.Staff
}

// TestModelRandomPlansWithRandomOfficers walks made-up plans with officers who claim, give back, hand over, withdraw, answer, take
// back and stay silent, and holds every answer and every task against the reference.
func TestModelRandomPlansWithRandomOfficers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 3)
		fewer(t, "40") // each walks a case of dozens of transactions
		rapid.Check(t, func(x *rapid.T) {
			plan := r.anyPlan(x)
			_, ci := r.open(r.plan(plan...))
			w := newTwin(plan, r.Now())
			for range rapid.IntRange(5, 40).Draw(x, "acts") {
				a.Clock.Add(time.Duration(rapid.SampledFrom([]int{1, 1, 1, 1, 4, 12, 25 * 60, 4 * 24 * 60}).Draw(x, "minutes")) * time.Minute)
				r.settle()
				w.pass(r.Now())
				r.same(x, w, ci, "time")
				did := r.anyAct(x, w)
				want := w.try(did)
				if err := r.attempt(ci, did); (err == nil) != want || fault.Is(err, fault.Internal) {
					x.Fatalf("%+v: %v, want it done: %v", did, err, want)
				}
				r.same(x, w, ci, did)
			}
		})
	})
}

// fewer sets how many cases are drawn, unless a run asks for more.
func fewer(t *testing.T, n string) {
	f := flag.Lookup("rapid.checks")
	if was := f.Value.String(); was == f.DefValue {
		t.Cleanup(func() { _ = f.Value.Set(was) })
		if err := f.Value.Set(n); err != nil {
			t.Fatal(err)
		}
	}
}

// anyPlan draws steps in an order, each waiting for some before it, and a decision that waits for the rest.
func (r *rig) anyPlan(x *rapid.T) (plan []catalog.Step) {
	waited := map[string]bool{}
	for i := range rapid.IntRange(1, 6).Draw(x, "steps") {
		s := link(fmt.Sprint("s", i), approval.Opinion, r.ours[1+rapid.IntRange(0, 1).Draw(x, "organ")])
		switch rapid.IntRange(0, 3).Draw(x, "kind") {
		case 0:
			s = silent(s)
		case 1:
			s.Kind, s.Organ = approval.Review, r.ours[0]
		}
		for _, before := range plan {
			if rapid.IntRange(0, 2).Draw(x, "after") == 0 {
				s.After = append(s.After, before.ID)
				waited[before.ID] = true
			}
		}
		if len(s.After) > 1 && rapid.Bool().Draw(x, "any") {
			s.Join = "any"
		}
		plan = append(plan, s)
	}
	last := link("last", approval.Decide, r.ours[0])
	for _, s := range plan {
		if !waited[s.ID] {
			last.After = append(last.After, s.ID)
		}
	}
	return append(plan, last)
}

// anyAct draws what somebody tries: mostly somebody who might, often what moves the case, and often taking back the last thing done.
func (r *rig) anyAct(x *rapid.T, w *twin) attempt {
	var steps, open []string
	for _, s := range w.plan {
		if p := w.tasks[s.ID]; p != nil {
			steps = append(steps, s.ID)
			if !p.done && !p.void {
				open = append(open, s.ID)
			}
		}
	}
	how := rapid.IntRange(0, 3).Draw(x, "how")
	if last, ok := w.last(); ok && how == 0 {
		return attempt{do: "undo", step: last, who: r.officer(w.tasks[last].by)}
	}
	if len(open) > 0 && how == 1 {
		steps = open
	}
	a := attempt{do: rapid.SampledFrom([]string{"decide", "decide", "undo", review.Claim, review.Release, review.HandTo, review.Recuse}).Draw(x, "do"),
		step: rapid.SampledFrom(steps).Draw(x, "step")}
	organ := w.step(a.step).Organ
	if rapid.IntRange(0, 9).Draw(x, "stranger") == 0 {
		organ = rapid.SampledFrom(r.ours).Draw(x, "organ")
	}
	a.who = rapid.SampledFrom(r.staff[organ]).Draw(x, "who")
	a.to = rapid.SampledFrom(r.staff[organ]).Draw(x, "to")
	return a
}

// last is the step that an officer completed last, when nothing came after.
func (w *twin) last() (step string, ok bool) {
	if len(w.log) == 0 {
		return "", false
	}
	step, ok = strings.CutPrefix(w.log[len(w.log)-1], "done ")
	return step, ok && w.tasks[step].by != ""
}

func (r *rig) officer(id ref.StaffID) org.Staff {
	for _, all := range r.staff {
		for _, s := range all {
			if s.ID == id {
				return s
			}
		}
	}
	return org.Staff{}
}

// attempt does it with the step's latest task.
func (r *rig) attempt(ci ref.CaseItemID, a attempt) error {
	var t approval.Task
	for _, x := range r.tasks(ci) {
		if x.Step == a.step && x.State != approval.Undone {
			t = x
		}
	}
	switch a.do {
	case "decide":
		return r.decide(t, a.who)
	case "undo":
		return r.undo(t, a.who)
	}
	return r.keep(t, a.who, a.do, a.to.ID)
}

// same holds the tasks against the reference's.
func (r *rig) same(x *rapid.T, w *twin, ci ref.CaseItemID, after any) {
	all := r.tasks(ci)
	for _, s := range w.plan {
		var got []approval.Task
		for _, t := range all {
			if t.Step == s.ID && t.State != approval.Undone {
				got = append(got, t)
			}
		}
		p := w.tasks[s.ID]
		if (p != nil) != (len(got) == 1) || len(got) > 1 {
			x.Fatalf("after %+v: step %s has %d tasks, want %+v", after, s.ID, len(got), p)
		}
		if p == nil {
			continue
		}
		t := got[0]
		if (t.State == approval.Done) != p.done || (t.State == approval.Void) != p.void || t.ByDefault != p.defaulted || t.DoneBy != p.by || t.Holder != p.holder {
			x.Fatalf("after %+v: %+v, want %+v", after, t, p)
		}
	}
}
