package review_test

import (
	"context"
	"fmt"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/process/review"
	"yimen/ref"
)

// rig opens cases of made-up plans at once, past intake, and hears nothing but what moves a plan.
type rig struct {
	*apptest.App
	t     *testing.T
	board *review.Board
	bus   *event.Bus
	ours  []ref.OrganID // the organs of made-up plans: the first decides
	staff map[ref.OrganID][]org.Staff
}

func newRig(t *testing.T, a *apptest.App, each int) *rig {
	t.Helper()
	r := &rig{App: a, t: t, bus: event.New(a.DB, a.Now), staff: map[ref.OrganID][]org.Staff{}}
	r.board = &review.Board{DB: a.DB, Bus: r.bus, Vault: a.Vault, Calendar: a.Board.Calendar, Told: func(ref.OrganID) {}, Now: a.Now}
	event.Hear(r.bus, "review.Start", r.board.Start)
	event.Hear(r.bus, "review.Absent", r.board.Absent)
	for _, s := range apptest.Item(a, "cc-road-dig").Plan.Steps[:3] {
		r.ours = append(r.ours, s.Organ)
	}
	err := a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
		for _, o := range r.ours {
			for i := range each {
				s := org.Staff{ID: ref.StaffID(fmt.Sprintf("%s-%02d", o, i)), Account: fmt.Sprintf("%s-t%02d", o, i), Name: fmt.Sprintf("员工%d", i), Organ: o, Roles: "approver", Active: true}
				if err := org.AddStaff(ctx, tx, s); err != nil {
					return err
				}
				for _, k := range []delegation.Kind{delegation.Opinion, delegation.Review, delegation.Decide} {
					if err := delegation.Add(ctx, tx, delegation.Grant{ID: db.NewID(), Staff: s.ID, Organ: string(o), Item: delegation.Any, Kind: k, From: a.Now().AddDate(-1, 0, 0), Basis: "test"}); err != nil {
						return err
					}
				}
				r.staff[o] = append(r.staff[o], s)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// plan publishes a version of an item with these steps, judged in words.
func (r *rig) plan(steps ...catalog.Step) ref.VersionID {
	r.t.Helper()
	it, err := apptest.Item(r.App, "cc-road-dig").Copy()
	if err != nil {
		r.t.Fatal(err)
	}
	it.Plan.Steps, it.Rule.Inputs = steps, nil
	for i := range it.Rule.Rows {
		it.Rule.Rows[i].Cells = nil
	}
	it.Summary = db.NewID() // versions are told apart by what they say
	var id ref.VersionID
	err = r.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) (err error) {
		id, err = catalog.Publish(ctx, tx, it, r.Now())
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// link is a step of a plan; opinions of it have three working days.
func link(id, kind string, organ ref.OrganID, after ...string) catalog.Step {
	return catalog.Step{ID: id, Name: id, Kind: kind, Organ: organ, After: after, Join: "all", Limit: catalog.Span{N: 3, Unit: "workday"}, Officers: 1}
}

// open accepts a case of a version and opens its first steps.
func (r *rig) open(v ref.VersionID) (ref.CaseID, ref.CaseItemID) {
	r.t.Helper()
	it := apptest.Item(r.App, "cc-road-dig")
	code, err := ref.ParseTaskCode(it.TaskCode)
	if err != nil {
		r.t.Fatal(err)
	}
	now := r.Now()
	c := casefile.Case{ID: ref.CaseID(db.NewID()), Party: r.Person("company-01").ID, Organ: it.Organ, Item: it.ID, Place: "440604012", Channel: ref.ChannelWindow, ReceivedAt: now, Due: now.AddDate(0, 0, 60)}
	ci := casefile.Item{ID: ref.CaseItemID(db.NewID()), Case: c.ID, Item: it.ID, Version: v, Organ: it.Organ, Due: now.AddDate(0, 0, 60), LegalDue: now.AddDate(0, 0, 60)}
	err = r.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
		facts := []casefile.Fact{{Kind: casefile.FactReceived, At: now}, {Kind: casefile.FactAccepted, At: now}}
		if err := casefile.Open(ctx, tx, &c, []casefile.Item{ci}, []ref.TaskCode{code}, facts...); err != nil {
			return err
		}
		return r.bus.Publish(ctx, tx, casefile.WasAccepted{Case: c.ID, Item: ci.ID})
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.settle()
	return c.ID, ci.ID
}

func (r *rig) settle() {
	r.t.Helper()
	if _, err := r.bus.Settle(ctx); err != nil {
		r.t.Fatal(err)
	}
	if stuck, err := r.bus.Stuck(ctx, 1); err != nil || len(stuck) > 0 {
		r.t.Fatal(stuck, err)
	}
}

func (r *rig) tasks(ci ref.CaseItemID) []approval.Task {
	r.t.Helper()
	all, err := approval.ByItem(ctx, r.DB, ci)
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// live are a step's tasks that are open or done.
func live(all []approval.Task, step string) (out []approval.Task) {
	for _, t := range all {
		if t.Step == step && (t.State == approval.Open || t.State == approval.Done) {
			out = append(out, t)
		}
	}
	return out
}

// decide answers a task; a decision grants.
func (r *rig) decide(t approval.Task, by org.Staff) error {
	d := review.Decision{Submit: r.Submit(by, "test.decide"), By: by, Task: t.ID, Outcome: approval.Agree, Note: "情况属实，同意。"}
	if t.Kind == approval.Decide {
		d.Outcome, d.RuleRow = approval.Grant, "R1"
	}
	return r.board.Decide(ctx, d)
}

func (r *rig) keep(t approval.Task, by org.Staff, do string, to ref.StaffID) error {
	h := review.Holding{Submit: r.Submit(by, "test.keep"), By: by, Task: t.ID, Do: do, To: to, Note: "手上的事太多，办不过来。"}
	if do == review.Recuse {
		h.Ground = approval.Kin
	}
	return r.board.Keep(ctx, h)
}

func (r *rig) undo(t approval.Task, by org.Staff) error {
	return r.board.Undo(ctx, review.Undoing{Submit: r.Submit(by, "test.undo"), By: by, Task: t.ID})
}
