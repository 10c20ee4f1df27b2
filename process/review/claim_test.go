package review_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/seal"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/process/review"
	"yimen/ref"
)

// one opens a case of one opinion, which is due, and a decision.
func (r *rig) one() approval.Task {
	r.t.Helper()
	_, ci := r.open(r.plan(link("s", approval.Opinion, r.ours[1]), link("last", approval.Decide, r.ours[0], "s")))
	return live(r.tasks(ci), "s")[0]
}

// A claim keeps colleagues off for the lease and no longer, and goes back.
func TestClaimIsALease(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 3)
		x := r.one()
		me, mate, stranger := r.staff[x.Organ][0], r.staff[x.Organ][1], r.staff[r.ours[2]][0]
		refused(t, r.keep(x, stranger, review.Claim, ""), fault.Denied)
		refused(t, r.keep(x, stranger, review.HandTo, mate.ID), fault.Denied)
		for range 2 { // twice is once
			if err := r.keep(x, me, review.Claim, ""); err != nil {
				t.Fatal(err)
			}
		}
		for _, err := range []error{r.decide(x, mate), r.keep(x, mate, review.Claim, ""), r.keep(x, mate, review.Release, ""), r.keep(x, mate, review.HandTo, r.staff[x.Organ][2].ID)} {
			refused(t, err, fault.Conflict, "review.held")
		}
		a.Clock.Add(review.UsualLease)
		refused(t, r.decide(x, mate), fault.Conflict, "review.held")
		h := review.Holding{Submit: r.Submit(mate, "test"), By: mate, Task: x.ID, Do: review.Claim, Note: "x"}
		refused(t, r.board.Keep(ctx, h), fault.Invalid, "note=review.reasons_needed")
		if err := r.keep(x, mate, review.Claim, ""); err != nil {
			t.Fatal(err)
		}
		refused(t, r.decide(x, me), fault.Conflict, "review.held")
		if n := has(history(a, x.Case), casefile.FactTakeover); n != 1 {
			t.Fatal(n)
		}
		if err := r.keep(x, mate, review.Release, ""); err != nil {
			t.Fatal(err)
		}
		if err := r.decide(x, me); err != nil {
			t.Fatal(err)
		}
		refused(t, r.keep(x, mate, review.Claim, ""), fault.Conflict, "fault.task_done")
	})
}

// A task goes to a named colleague who can do it, with a reason; who withdraws neither sees nor does anything of the case item again.
func TestHandOverAndRecusal(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 3)
		x := r.one()
		me, mate, third := r.staff[x.Organ][0], r.staff[x.Organ][1], r.staff[x.Organ][2]
		bare := review.Holding{Submit: r.Submit(me, "test"), By: me, Task: x.ID, Do: review.Recuse, To: r.staff[r.ours[2]][0].ID}
		refused(t, r.board.Keep(ctx, bare), fault.Invalid, "note=review.reasons_needed", "ground=form.choose", "to=review.unable")
		refused(t, r.keep(x, me, review.HandTo, me.ID), fault.Invalid, "to=review.unable")
		refused(t, r.keep(x, me, review.HandTo, ""), fault.Invalid, "to=form.choose")
		refused(t, r.keep(x, me, review.HandTo, "nobody"), fault.Invalid, "to=review.unable")
		if err := r.keep(x, me, review.HandTo, mate.ID); err != nil {
			t.Fatal(err)
		}
		if err := r.keep(x, mate, review.Recuse, third.ID); err != nil {
			t.Fatal(err)
		}
		if may, err := r.Work.Mine(ctx, mate, review.Grants, x.ID); err != nil || may {
			t.Fatal(may, err)
		}
		for _, err := range []error{r.decide(x, mate), r.keep(x, mate, review.Claim, "")} {
			refused(t, err, fault.Denied, "review.barred")
		}
		refused(t, r.keep(x, third, review.HandTo, mate.ID), fault.Invalid, "to=review.unable")
		if err := r.decide(x, third); err != nil {
			t.Fatal(err)
		}
		kinds := history(a, x.Case)
		if has(kinds, casefile.FactHanded) != 1 || has(kinds, casefile.FactBarred) != 1 {
			t.Fatal(kinds)
		}
	})
}

// Who stands in sees and does what the absent officer holds, as far as grants of their own go, and every act says for whom.
func TestStandInActsForTheAbsent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 3)
		x := r.one()
		absent, stand := r.staff[x.Organ][0], r.staff[x.Organ][1]
		bare := org.Staff{ID: "bare", Account: "bare", Name: "无授权", Organ: x.Organ, Roles: "approver", Active: true}
		if err := a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error { return org.AddStaff(ctx, tx, bare) }); err != nil {
			t.Fatal(err)
		}
		s := review.Standing{By: stand, Absent: absent.ID, Stand: stand.ID, From: a.Now().AddDate(0, 0, 1), Until: a.Now().AddDate(0, 0, 3)}
		stands := func(s review.Standing) error {
			s.Submit = r.Submit(s.By, "test.stand")
			return r.board.StandIn(ctx, s)
		}
		refused(t, stands(s), fault.Denied, "inbox.stand.not_yours")
		keeper := bare
		keeper.Roles, keeper.Organ = "keeper", r.ours[0]
		s.By = keeper
		refused(t, stands(s), fault.Denied) // of another organ
		s.By = absent
		wrong := s
		wrong.Stand, wrong.Until = r.staff[r.ours[0]][0].ID, s.From
		refused(t, stands(wrong), fault.Invalid, "stand=inbox.stand.colleague", "until=inbox.stand.period")
		if err := stands(s); err != nil {
			t.Fatal(err)
		}
		refused(t, stands(s), fault.Conflict, "inbox.stand.twice")
		s.Stand = bare.ID
		if err := stands(s); err != nil {
			t.Fatal(err)
		}
		if err := r.keep(x, absent, review.Claim, ""); err != nil {
			t.Fatal(err)
		}
		refused(t, r.decide(x, stand), fault.Conflict, "review.held") // not yet
		a.Clock.Add(25 * time.Hour)
		refused(t, r.decide(x, bare), fault.Denied)
		if err := r.decide(x, stand); err != nil {
			t.Fatal(err)
		}
		got := reread(a, x)
		if got.DoneBy != stand.ID || got.For != absent.ID {
			t.Fatalf("%+v", got)
		}
		facts, err := casefile.Facts(ctx, a.DB, x.Case)
		if i := slices.IndexFunc(facts, func(f casefile.Fact) bool { return f.Kind == casefile.FactOpinion }); err != nil || facts[i].Detail().For != absent.ID {
			t.Fatal(facts, err)
		}
		y := r.one()
		if err := r.keep(y, absent, review.Claim, ""); err != nil {
			t.Fatal(err)
		}
		all, err := delegation.StandIns(ctx, a.DB, a.Now(), x.Organ, 10)
		if err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		for _, z := range all {
			refused(t, r.board.EndStandIn(ctx, r.Submit(bare, "test.end"), r.staff[r.ours[2]][0], z.ID), fault.Denied)
			if err := r.board.EndStandIn(ctx, r.Submit(absent, "test.end"), absent, z.ID); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, r.decide(y, stand), fault.Conflict, "review.held")
	})
}

// What was done comes back within ten minutes and before anything followed; each refusal says why.
func TestUndoAndWhyNot(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 3)
		x := r.one()
		me, mate := r.staff[x.Organ][0], r.staff[x.Organ][1]
		refused(t, r.undo(x, me), fault.Denied, "inbox.undo.not_yours")
		if err := r.decide(x, me); err != nil {
			t.Fatal(err)
		}
		refused(t, r.undo(x, mate), fault.Denied, "inbox.undo.not_yours")
		if err := r.undo(x, me); err != nil {
			t.Fatal(err)
		}
		got := reread(a, x)
		if got.State != approval.Open || got.Holder != me.ID || got.Note != nil || len(live(r.tasks(x.CaseItem), "last")) != 0 {
			t.Fatalf("%+v", got)
		}
		facts, err := casefile.Facts(ctx, a.DB, x.Case)
		last := facts[len(facts)-1]
		if err != nil || last.Kind != casefile.FactUndone || len(last.Note) == 0 || slices.ContainsFunc(casefile.Holding(facts, x.CaseItem), func(f casefile.Fact) bool { return f.Kind == casefile.FactOpinion }) {
			t.Fatalf("%+v %v", last, err)
		}
		again := func(key string, spoil func(next approval.Task)) {
			t.Helper()
			y := r.one()
			if err := r.decide(y, me); err != nil {
				t.Fatal(err)
			}
			spoil(live(r.tasks(y.CaseItem), "last")[0])
			refused(t, r.undo(y, me), fault.Conflict, key)
		}
		decider := r.staff[r.ours[0]][0]
		again("inbox.undo.late", func(approval.Task) { a.Clock.Add(review.MostBack + time.Second) })
		again("inbox.undo.begun", func(n approval.Task) { must(t, r.keep(n, decider, review.Claim, "")) })
		again("inbox.undo.followed", func(n approval.Task) { must(t, r.keep(n, decider, review.HandTo, r.staff[r.ours[0]][1].ID)) })
		again("inbox.undo.told", func(n approval.Task) {
			a.Clock.Add(time.Minute)
			must(t, a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
				return db.Insert(ctx, tx, "seal_document", seal.Document{ID: "letter", Case: n.Case, CaseItem: n.CaseItem, Kind: seal.Receipt, Drafted: a.Now(), Source: "test", Number: "test"})
			}))
		})
		y := r.one()
		must(t, r.decide(y, me))
		final := live(r.tasks(y.CaseItem), "last")[0]
		must(t, r.decide(final, decider))
		refused(t, r.undo(final, decider), fault.Conflict, "inbox.undo.decided")
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Silence agrees where the plan says so, at the end of the step's whole time; a late answer is told so; nothing else defaults.
func TestSilenceAgreesOnlyWhereItIsSaid(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 2)
		silence := silent(link("r", approval.Review, r.ours[2]))
		_, ci := r.open(r.plan(silent(link("s", approval.Opinion, r.ours[1])), link("plain", approval.Opinion, r.ours[1]), silence, link("last", approval.Decide, r.ours[0], "s", "plain", "r")))
		a.Clock.Add(3*24*time.Hour - time.Hour)
		r.settle()
		s := live(r.tasks(ci), "s")[0]
		if s.State != approval.Open {
			t.Fatal("before its time")
		}
		a.Clock.Add(24 * time.Hour)
		r.settle()
		s = live(r.tasks(ci), "s")[0]
		if s.State != approval.Done || !s.ByDefault || s.Outcome != approval.Agree || s.DoneBy != "" {
			t.Fatalf("%+v", s)
		}
		a.Clock.Add(30 * 24 * time.Hour)
		r.settle()
		for _, name := range []string{"plain", "r"} {
			if x := live(r.tasks(ci), name)[0]; x.State != approval.Open {
				t.Errorf("%s was taken for agreed", name)
			}
		}
		refused(t, r.decide(s, r.staff[s.Organ][0]), fault.Conflict, "review.answered_by_default")
		facts, err := casefile.Facts(ctx, a.DB, s.Case)
		i := slices.IndexFunc(facts, func(f casefile.Fact) bool { return f.Kind == casefile.FactOpinion })
		if err != nil || facts[i].Actor != "system:review" || !facts[i].Detail().ByDefault {
			t.Fatal(facts, err)
		}
	})
}

// While the item's clock stands nobody is taken for silent, and afterwards not before the time that was left has passed.
func TestSilenceWaitsWhileTheClockStands(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 2)
		id, ci := r.open(r.plan(silent(link("s", approval.Opinion, r.ours[1])), link("last", approval.Decide, r.ours[0], "s")))
		fact := func(kind casefile.Kind) {
			must(t, a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
				c, err := casefile.Lock(ctx, tx, id)
				if err != nil {
					return err
				}
				items, err := casefile.Items(ctx, tx, id)
				if err != nil {
					return err
				}
				return casefile.Apply(ctx, tx, &c, &items[0], casefile.Fact{Kind: kind, At: a.Now(), Actor: "system:test"})
			}))
		}
		fact(casefile.FactPaused)
		a.Clock.Add(10 * 24 * time.Hour)
		r.settle()
		fact(casefile.FactResumed)
		for range 2 {
			r.settle()
			if s := live(r.tasks(ci), "s")[0]; s.State != approval.Open {
				t.Fatal("the time that stood was counted")
			}
			a.Clock.Add(24 * time.Hour)
		}
		a.Clock.Add(7 * 24 * time.Hour)
		r.settle()
		if s := live(r.tasks(ci), "s")[0]; !s.ByDefault {
			t.Fatalf("%+v", s)
		}
	})
}

// Like cases are done with one submit, each by itself; one that somebody else holds, or that leaves the rule, fails alone, and the
// same submit again does none twice.
func TestDecideAlike(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		r := newRig(t, a, 2)
		v := r.plan(link("s", approval.Opinion, r.ours[1]), link("last", approval.Decide, r.ours[0], "s"))
		var tasks []approval.Task
		for range 3 {
			_, ci := r.open(v)
			tasks = append(tasks, live(r.tasks(ci), "s")[0])
		}
		me, mate := r.staff[r.ours[1]][0], r.staff[r.ours[1]][1]
		must(t, r.keep(tasks[1], mate, review.Claim, ""))
		d := review.Decision{Submit: r.Submit(me, "test.alike"), By: me, Outcome: approval.Agree, Note: "材料齐全，同意。"}
		ids := []ref.TaskID{tasks[0].ID, tasks[1].ID, tasks[2].ID}
		for range 2 {
			done, err := r.board.DecideAlike(ctx, d, ids)
			if err != nil || done[0].Err != nil || done[2].Err != nil || !fault.Is(done[1].Err, fault.Conflict) {
				t.Fatal(done, err)
			}
		}
		if n := has(history(a, tasks[0].Case), casefile.FactOpinion); n != 1 {
			t.Fatal(n)
		}
		if _, err := r.board.Alike(ctx, append(ids, r.one().ID)); !fault.Is(err, fault.Conflict) {
			t.Fatal("another version goes together with them", err)
		}
		if _, err := r.board.Alike(ctx, nil); !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}

// A decision among many never leaves the table.
func TestDecideAlikeKeepsToTheTable(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		_, task := instant(a)
		d := departing(a, task)
		done, err := a.Board.DecideAlike(ctx, d, []ref.TaskID{task.ID})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, done[0].Err, fault.Conflict, "review.alike_departs")
		if got := reread(a, task); got.Waiting() || got.State != approval.Open {
			t.Fatalf("%+v", got)
		}
	})
}
