package review

import (
	"yimen/domain/approval"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/ref"
)

// What real cases and rehearsals decide by the same rule: pure functions of the item, its tasks and the calendar.

// next are the steps of an item's plan that open now.
func next(it *catalog.Item, tasks []approval.Task) (out []catalog.Step) {
	plan := make([]approval.Step, len(it.Plan.Steps))
	for i, s := range it.Plan.Steps {
		plan[i] = approval.Step{ID: s.ID, Kind: s.Kind, After: s.After, Any: s.Join == "any"}
	}
	for _, ready := range approval.Ready(plan, tasks) {
		s, _ := it.Step(ready.ID)
		out = append(out, s)
	}
	return out
}

// looks are the tasks before acceptance: the acceptor's, and one for each other organ of the plan.
func (m *matter) looks(acceptor ref.OrganID, organs []ref.OrganID) []approval.Task {
	tasks := []approval.Task{m.task("accept", 1, approval.Accept, acceptor)}
	for _, o := range organs {
		if o != acceptor {
			tasks = append(tasks, m.task("precheck:"+string(o), 1, approval.Precheck, o))
		}
	}
	return tasks
}

// looked joins the looks of a round: who accepts, how many organs have points, and whether all have answered.
func looked(tasks []approval.Task, round int) (taker approval.Task, points int, all bool) {
	all = true
	for _, o := range tasks {
		if o.Round != round || o.Kind != approval.Precheck && o.Kind != approval.Accept {
			continue
		}
		all = all && o.State != approval.Open
		if o.Outcome == approval.Points {
			points++
		}
		if o.Kind == approval.Accept {
			taker = o
		}
	}
	return taker, points, all
}

// stands is what the clock says of a whole span of the case: from acceptance, or from receipt before it.
func (m *matter) stands(s catalog.Span) (clock.Deadline, error) {
	return clock.Compute(clock.Input{Calendar: m.cal, Facts: clock.Facts{Received: m.ReceivedAt, Accepted: m.AcceptedAt},
		Span: clock.Span{N: s.N, Unit: clock.Unit(s.Unit)}, Rules: clock.UsualRules, Now: m.now})
}
