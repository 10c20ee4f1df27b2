package app_test

import (
	"slices"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/workbench"
)

// seen says in which boxes somebody sees a task, and why.
func seen(t *testing.T, a *apptest.App, account string, task ref.TaskID) (in []workbench.Box, why workbench.Why) {
	t.Helper()
	for _, box := range []workbench.Box{workbench.Mine, workbench.Group, workbench.Others, ""} {
		rows, _, err := a.Work.Inbox(ctx, a.Staff(account), review.Grants, box, "")
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(rows, func(r workbench.Row) bool { return r.Task == task }); i >= 0 {
			in, why = append(in, box), rows[i].Why
		}
	}
	return in, why
}

// A task is in the boxes of those who may do it and in nobody else's: in one of three, and in the whole; each is told why.
func TestBoxesAndWhy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		task := taskOf(t, a, a.Accept("clerk01", "cc-road-dig", "company-01"), approval.Opinion, "police-review-a")
		me, mate := a.Staff("police-review-a"), a.Staff("police-review-b")
		want := func(account string, why workbench.Why, boxes ...workbench.Box) {
			t.Helper()
			in, got := seen(t, a, account, task.ID)
			if !slices.Equal(in, boxes) || got != why {
				t.Errorf("%s: %v %+v, want %v %+v", account, in, got, boxes, why)
			}
		}
		keep := func(by org.Staff, do string, to ref.StaffID) {
			t.Helper()
			h := review.Holding{Submit: a.Submit(by, "test.keep"), By: by, Task: task.ID, Do: do, To: to, Note: "申请人是我的表兄。", Ground: approval.Kin}
			if err := a.Board.Keep(ctx, h); err != nil {
				t.Fatal(err)
			}
		}
		granted := workbench.Why{How: workbench.Granted, Grant: delegation.Opinion}
		want("police-review-a", granted, workbench.Group, "")
		keep(me, review.Claim, "")
		want("police-review-a", workbench.Why{How: workbench.Claimed, Grant: delegation.Opinion}, workbench.Mine, "")
		want("police-review-b", granted, workbench.Others, "")
		s := review.Standing{Submit: a.Submit(me, "test.stand"), By: me, Absent: me.ID, Stand: mate.ID, From: a.Now(), Until: a.Now().Add(time.Hour)}
		if err := a.Board.StandIn(ctx, s); err != nil {
			t.Fatal(err)
		}
		want("police-review-b", workbench.Why{How: workbench.Stands, Name: me.Name, Grant: delegation.Opinion}, workbench.Mine, "")
		a.Clock.Add(2 * time.Hour)
		want("police-review-b", granted, workbench.Others, "")
		keep(me, review.Recuse, mate.ID)
		want("police-review-b", workbench.Why{How: workbench.Handed, Name: me.Name, Grant: delegation.Opinion}, workbench.Mine, "")
		for _, account := range []string{"police-review-a", "land-review-a", "build-decide", "clerk01", "supervisor01"} {
			want(account, workbench.Why{})
		}
	})
}
