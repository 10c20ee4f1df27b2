package review_test

import (
	"context"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/process/review"
	"yimen/ref"
)

// accepted writes that somebody accepted the case of a task.
func accepted(t *testing.T, a *apptest.App, task approval.Task, account string) {
	t.Helper()
	task.ID, task.Step, task.Kind, task.State, task.Outcome = ref.TaskID("by-"+account), "accept", approval.Accept, approval.Done, approval.Take
	task.DoneBy, task.DoneAt = a.Staff(account).ID, a.Clock.Now()
	if err := a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error { return db.Insert(ctx, tx, "approval_task", task) }); err != nil {
		t.Fatal(err)
	}
}

// TestWhoAcceptedIsNoSecondOfficer: neither named for a decision nor as who confirms, even where the item is decided on the spot.
func TestWhoAcceptedIsNoSecondOfficer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-hygiene", "company-02")
		a.Decide(a.Decision("health-accept", a.Task(id, approval.Accept, ""), approval.Take))
		own := a.Decision("health-review-a", a.Task(id, approval.Review, ""), approval.Agree)
		own.Second = a.Staff("health-review-b").ID
		a.Decide(own)
		named := a.Decision("health-decide", a.Task(id, approval.Decide, ""), approval.Grant)
		named.Second = a.Staff("health-accept").ID
		refused(t, a.Board.Decide(ctx, named), fault.Invalid, "second")

		_, task := instant(a)
		accepted(t, a, task, "market-decide")
		a.Decide(departing(a, task))
		refused(t, a.Board.Answer(ctx, answer(a, "market-decide", task, review.Confirm)), fault.Denied, "same_person")
	})
}

// TestWhoIsNamedCanConfirm: a departure is not left with somebody who may not decide; only its named officer confirms it,
// others may still reject it.
func TestWhoIsNamedCanConfirm(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		_, task := instant(a)
		d := departing(a, task)
		d.Second = a.Staff("market-accept").ID
		refused(t, a.Board.Decide(ctx, d), fault.Invalid, "second")
		if reread(a, task).Waiting() {
			t.Error("it waits for somebody who may not decide")
		}
	})
}

// TestAProposerWhoMayDecideNoMoreDecidesNothing: what waits can then only be rejected, or taken back.
func TestAProposerWhoMayDecideNoMoreDecidesNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		_, task := instant(a)
		a.Decide(departing(a, task))
		if err := a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "update delegation_grant set until_at = $1 where staff = $2", a.Clock.Now(), a.Staff("market-rep-zumiao").ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		refused(t, a.Board.Answer(ctx, answer(a, "market-decide", task, review.Confirm)), fault.Conflict, "departure_lapsed")
		if err := a.Board.Answer(ctx, answer(a, "market-rep-zumiao", task, review.Withdraw)); err != nil {
			t.Error("what was proposed cannot be taken back:", err)
		}
	})
}
