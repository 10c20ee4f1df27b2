package catalog

import (
	"slices"

	"yimen/foundation/fault"
	"yimen/ref"
)

// Panel is how the members of one organ's body come to a result (专家评审, 集体讨论).
type Panel struct {
	Policy  string `json:"policy"`  // any · quorum · veto, of domain/approval
	Present int    `json:"present"` // so many members must have voted
}

// PanelPolicies in the order of a menu.
var PanelPolicies = []string{"any", "quorum", "veto"}

// ForwardDays is the time of the lower organ, in working days from acceptance (行政许可法 43).
const ForwardDays = 20

// PanelKind says whether a kind of step is done by the votes of a body.
func PanelKind(kind string) bool { return kind == StepExperts || kind == StepCollective }

// Together are the steps that go to the site with one, itself among them, in the plan's order.
func (it *Item) Together(s Step) (out []Step) {
	for _, o := range it.Plan.Steps {
		if o.ID == s.ID || s.Together != "" && o.Kind == StepVisit && o.Together == s.Together {
			out = append(out, o)
		}
	}
	return out
}

// Leads says whether a step's organ makes the appointment: the item's own organ where it goes too, else the first.
func (it *Item) Leads(s Step) bool {
	all := it.Together(s)
	i := max(0, slices.IndexFunc(all, func(o Step) bool { return o.Organ == it.Organ }))
	return all[i].ID == s.ID
}

// About names the appointment a step is about: that of all who go together, or its own.
func (s Step) About() string {
	if s.Together != "" {
		return s.Together
	}
	return s.ID
}

// Before are the steps that come before one, directly or through others, without itself.
func (p Plan) Before(id string) map[string]bool {
	after := map[string][]string{}
	for _, s := range p.Steps {
		after[s.ID] = s.After
	}
	seen, todo := map[string]bool{}, slices.Clone(after[id])
	for len(todo) > 0 {
		x := todo[0]
		todo = todo[1:]
		if !seen[x] {
			seen[x] = true
			todo = append(todo, after[x]...)
		}
	}
	return seen
}

// Forwarded is the step by which a step's organ gets the matter from a lower one (转报, 行政许可法 35); false where it gets it
// otherwise.
func (it *Item) Forwarded(id string) (Step, bool) {
	s, known := it.Step(id)
	before := it.Plan.Before(id)
	for _, f := range it.Plan.Steps {
		if known && f.Kind == StepForward && f.Organ != s.Organ && before[f.ID] {
			return f, true
		}
	}
	return Step{}, false
}

// Upper is the step by which an organ gets the matter from a lower one, where it works on it in no other way: such an organ sees
// what leads to it and nothing beside, and asks the applicant for nothing.
func (it *Item) Upper(organ ref.OrganID) (by Step, upper bool) {
	if organ == it.Acceptor() {
		return Step{}, false
	}
	for _, s := range it.Plan.Steps {
		if s.Organ != organ {
			continue
		}
		f, ok := it.Forwarded(s.ID)
		if !ok {
			return Step{}, false
		}
		by, upper = f, true
	}
	return by, upper
}

// MayAsk is Denied, with the law, for an upper organ: it may not ask the applicant again for what was given below.
func (it *Item) MayAsk(organ ref.OrganID) error {
	by, upper := it.Upper(organ)
	if !upper {
		return nil
	}
	law := Citation{Law: "中华人民共和国行政许可法", Article: 35}
	if it.TaskType != ref.TaskPermit && by.Basis != nil { // that law binds permits only; others follow what they rest on
		law = *by.Basis
	}
	return fault.New(fault.Denied, "forward.asks_again", "law", law.Law, "article", law.Article)
}

// Branch are the steps an upper organ sees: its own and what leads to them.
func (it *Item) Branch(organ ref.OrganID) map[string]bool {
	out := map[string]bool{}
	for _, s := range it.Plan.Steps {
		if s.Organ == organ {
			out[s.ID] = true
			for id := range it.Plan.Before(s.ID) {
				out[id] = true
			}
		}
	}
	return out
}

// Lookers are the organs that look at an application before it is accepted, each once: those of the plan but the upper ones.
func (it *Item) Lookers() (out []ref.OrganID) {
	for _, s := range it.Plan.Steps {
		if _, upper := it.Upper(s.Organ); !upper && !slices.Contains(out, s.Organ) {
			out = append(out, s.Organ)
		}
	}
	return out
}

// kinds: what only some kinds of step have, and must have.
func (c *planCheck) kinds(n int, s Step) {
	if PanelKind(s.Kind) {
		c.want(slices.Contains(PanelPolicies, s.Panel.Policy), c.at(n, "panel.policy"), "plan.panel_policy", "step", s.Name)
		c.want(s.Panel.Present > 1, c.at(n, "panel.present"), "plan.panel_present", "step", s.Name)
	} else {
		c.want(s.Panel == Panel{}, c.at(n, "panel.policy"), "plan.panel_needless", "step", s.Name)
	}
	if s.Kind == StepForward {
		c.forward(n, s)
	}
	if s.Kind == StepVisit {
		c.visit(n, s)
	} else {
		c.want(s.Together == "", c.at(n, "together"), "plan.together_needless", "step", s.Name)
	}
	if s.Join == "any" {
		c.oneBody(n, s)
	}
}

// forward: what a lower organ sends goes to a higher one; a permit's within twenty working days.
func (c *planCheck) forward(n int, s Step) {
	to := 0
	for _, o := range c.steps {
		if slices.Contains(o.After, s.ID) && o.Organ != s.Organ {
			to++
			c.want(o.Level < s.Level, c.at(n, "kind"), "plan.forward_up", "step", s.Name, "to", o.Name)
		}
	}
	c.want(to > 0, c.at(n, "kind"), "plan.forward_nobody", "step", s.Name)
	c.want(s.Basis != nil, c.at(n, "basis"), "plan.forward_basis", "step", s.Name)
	late := c.it.TaskType == ref.TaskPermit && s.Limit.Unit == "workday" && s.Limit.N > ForwardDays
	c.want(!late, c.at(n, "limit"), "plan.forward_time", "step", s.Name, "n", ForwardDays)
}

// visit: two named officers of each organ go (行政许可法 34); who goes together waits for the same steps, each organ once.
func (c *planCheck) visit(n int, s Step) {
	c.want(s.Officers == 2, c.at(n, "officers"), "plan.visit_officers", "step", s.Name)
	for _, o := range c.it.Together(s) {
		if o.ID != s.ID {
			c.want(slices.Equal(slices.Sorted(slices.Values(o.After)), slices.Sorted(slices.Values(s.After))), c.at(n, "after"), "plan.visit_apart", "step", s.Name, "with", o.Name)
			c.want(o.Organ != s.Organ, c.at(n, "organ"), "plan.visit_twice", "step", s.Name, "with", o.Name)
		}
	}
}

// oneBody: one of several is enough only inside one organ; departments never outvote each other.
func (c *planCheck) oneBody(n int, s Step) {
	var organs []ref.OrganID
	for _, a := range s.After {
		if o := c.steps[c.index[a]].Organ; !slices.Contains(organs, o) {
			organs = append(organs, o)
		}
	}
	c.want(len(organs) < 2, c.at(n, "join"), "plan.join_across", "step", s.Name)
}
