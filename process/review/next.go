package review

import (
	"yimen/domain/approval"
	"yimen/domain/casefile"
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

// input hands one clock of the item's life to the clock.
func (m *matter) input(c casefile.Course) clock.Input {
	f := clock.Facts{Received: c.Start}
	for _, p := range c.Pauses {
		f.Pauses = append(f.Pauses, clock.Pause(p))
	}
	for _, e := range c.Extensions {
		f.Extensions = append(f.Extensions, clock.Extension{At: e.At, Span: clock.Span{N: e.N, Unit: clock.Unit(e.Unit)}})
	}
	return clock.Input{Calendar: m.cal, Facts: f, Rules: clock.UsualRules, Now: m.now}
}

func span(s catalog.Span) clock.Span { return clock.Span{N: s.N, Unit: clock.Unit(s.Unit)} }

// stands is what the clock says of a whole span, from acceptance.
func (m *matter) stands(s catalog.Span, l casefile.Life) (clock.Deadline, error) {
	in := m.input(l.Course(casefile.DecideClock))
	in.Span = span(s)
	return clock.Compute(in)
}

// retime sets the clock of the item's row by the one its life has come to: the five days until it is accepted, then what is promised
// and the law's time, or the days of an order to decide anew, and after the decision the ten days of delivery.
func (m *matter) retime(l casefile.Life) error {
	spans := clock.Spans{Promised: clock.Acceptance}
	switch l.Clock() {
	case casefile.DecideClock:
		spans = clock.Spans{Promised: span(m.item.Times.Promised), Legal: span(m.item.Times.Legal)}
		if n := l.Ordered(); n > 0 {
			spans = clock.Spans{Promised: clock.Span{N: n, Unit: clock.Fixed}}
		}
	case casefile.DeliverClock:
		spans.Promised = clock.Delivery
	}
	s, err := clock.Show(m.input(l.Course(l.Clock())), spans)
	m.ci.Due, m.ci.LegalDue, m.ci.SoonAt, m.ci.Provisional = s.Due, s.LegalDue, s.SoonAt, s.Provisional
	return err
}

// ends notes how much of the law's time was saved, and starts the time of delivery.
func (m *matter) ends() error {
	m.ci.Saved = int64(clock.Saved(m.cal, m.now, m.ci.LegalDue))
	return m.retime(casefile.Life{Received: m.ReceivedAt, Accepted: m.ci.AcceptedAt, Decided: m.now})
}
