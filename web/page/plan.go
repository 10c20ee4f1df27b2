package page

import (
	"slices"
	"strings"

	"yimen/domain/catalog"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/text"
)

// CaseStages is the process of a case, with how far it has come.
func CaseStages(p *Page, c casepage.Picture) []Stage {
	return PlanStages(p, c.Item, func(id ref.OrganID) string { return c.Organs[id] }, func(stop string) (StopState, string) {
		state := StopState(c.At[stop])
		if state == "" {
			state = StopWaiting
		}
		return state, p.T("flow.state." + string(state))
	})
}

// PlanStages is an item's plan as people read it: taking in, the organs' work, the sealed result. name gives an organ's
// name; at says how far a case has come at a step (nil: no case), and what it says there.
func PlanStages(p *Page, it *catalog.Item, name func(ref.OrganID) string, at func(step string) (StopState, string)) []Stage {
	d := planner{p, it, name, at}
	take := Stop{What: chinese("flow.hand_in"), Who: chinese("flow.window")}
	out := []Stage{{d.told(take, casepage.Receive)}}
	if it.Accept == catalog.AcceptByOrgan {
		out = append(out, Stage{d.told(Stop{What: chinese("flow.accept"), Who: d.who(it.Organ), Limit: SpanWords(p, catalog.Span{N: 5, Unit: "workday"})}, casepage.Accept)})
	} else {
		out[0][0].What = chinese("flow.hand_in_accept")
	}
	levels := it.Plan.Stages()
	for i, level := range levels {
		var st Stage
		for _, x := range level {
			st = append(st, d.told(d.stop(x, i, levels), x.ID))
		}
		out = append(out, st)
	}
	return append(out, Stage{d.told(Stop{What: chinese("flow.seal"), Who: d.who(it.Organ)}, casepage.Seal)})
}

// SpanWords is a length of time in words.
func SpanWords(p *Page, x catalog.Span) string { return p.T("span."+x.Unit, "n", x.N) }

// chinese gives a sentence of the Chinese catalogue: items and the drawings made from them are in Chinese on every page.
func chinese(key string) string { return text.T(text.Chinese, key) }

type planner struct {
	p    *Page
	it   *catalog.Item
	name func(ref.OrganID) string
	at   func(step string) (StopState, string)
}

func (d planner) who(id ref.OrganID) string {
	if id == catalog.Street {
		return chinese("flow.street")
	}
	return d.name(id)
}

func (d planner) told(s Stop, step string) Stop {
	if d.at != nil {
		s.State, s.Said = d.at(step)
	}
	return s
}

func (d planner) stop(x catalog.Step, i int, levels [][]catalog.Step) Stop {
	s := Stop{What: x.Name, Who: d.who(x.Organ)}
	if x.Limit.N > 0 {
		s.Limit = SpanWords(d.p, x.Limit)
	}
	if i > 0 && x.Join == "any" {
		s.After = d.p.T("flow.any")
	} else if i > 0 && !follows(x, levels[i-1]) {
		s.After = d.p.T("flow.after", "steps", strings.Join(stepNames(d.it, x.After), "、"))
	}
	return s
}

// follows says that a step waits for exactly the stage above it, which needs no words.
func follows(x catalog.Step, above []catalog.Step) bool {
	return len(x.After) == len(above) && !slices.ContainsFunc(above, func(s catalog.Step) bool { return !slices.Contains(x.After, s.ID) })
}

func stepNames(it *catalog.Item, ids []string) (out []string) {
	for _, id := range ids {
		s, _ := it.Step(id)
		out = append(out, s.Name)
	}
	return out
}
