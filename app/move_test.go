package app_test

import (
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/foundation/fault"
	"yimen/process/review"
	"yimen/process/standards"
)

// TestACaseIsNotMovedUnderADeparture: it was proposed under the old version's rule.
func TestACaseIsNotMovedUnderADeparture(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-individual-business", "person-001")
		task := a.Task(id, approval.Decide, "")
		d := a.Decision("market-rep-zumiao", task, approval.Grant)
		d.Findings, d.RuleRow, d.Reason = a.Findings(task, "R5"), "R1", "缺少的租赁合同已由街道书面证明。"
		a.Decide(d)
		next := apptest.Item(a, "cc-individual-business")
		next.Summary += "另有说明。"
		version, err := a.Library.Publish(ctx, "test", next)
		if err != nil {
			t.Fatal(err)
		}
		office := a.Staff("standards01")
		move := standards.Moving{Submit: a.Submit(office, "move"), By: office, Case: id, To: version, Reason: "按新版办理"}
		if err := a.Library.Move(ctx, move); !fault.Is(err, fault.Conflict) || fault.As(err).Key != "standards.move_departure" {
			t.Fatal(err)
		}
		rep, waits := a.Staff("market-rep-zumiao"), a.Task(id, approval.Decide, "")
		back := review.Answer{Submit: a.Submit(rep, "back"), By: rep, Task: task.ID, Departure: waits.Departure, Do: review.Withdraw}
		if err := a.Board.Answer(ctx, back); err != nil {
			t.Fatal(err)
		}
		move.Submit = a.Submit(office, "move again")
		if err := a.Library.Move(ctx, move); err != nil {
			t.Error("after it was taken back:", err)
		}
	})
}
