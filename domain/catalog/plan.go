package catalog

import (
	"fmt"
	"slices"
	"strings"

	"yimen/ref"
)

// Kinds of step in a plan.
const (
	StepReview  = "review"
	StepOpinion = "opinion"
	StepDecide  = "decide"
)

// DefaultAgree is what a step's silence can mean.
const DefaultAgree = "agree"

// StepKinds are the kinds of step in the order of a menu.
var StepKinds = []string{StepReview, StepOpinion, StepDecide}

// Body is what checking a plan needs to know of an organ.
type Body struct {
	Code  ref.USCC // empty: not known
	Level ref.Level
	Power bool // it owns the item's power, or is entrusted with it
}

// CheckPlan looks for everything that would let a case of the item run into a dead end, be decided by
// the wrong organ or take longer than was promised. Organs are those there are; Street is known of itself.
func CheckPlan(it *Item, organs map[ref.OrganID]Body) []Flaw {
	c := planCheck{it: it, organs: organs, steps: it.Plan.Steps, index: map[string]int{}}
	c.want(it.Plan.Mode == "lead" || it.Plan.Mode == "own", "plan.mode", "plan.mode_unknown")
	if !c.names() {
		return c.flaws
	}
	c.graph()
	for n, s := range c.steps {
		c.step(n, s)
	}
	c.ends()
	c.times()
	return c.flaws
}

type planCheck struct {
	it     *Item
	organs map[ref.OrganID]Body
	steps  []Step
	index  map[string]int // step → place
	flaws  []Flaw
}

func (c *planCheck) bad(path, key string, args ...any) {
	c.flaws = append(c.flaws, Flaw{Path: path, Key: key, Args: args})
}

func (c *planCheck) want(ok bool, path, key string, args ...any) {
	if !ok {
		c.bad(path, key, args...)
	}
}

func (c *planCheck) at(n int, part string) string { return fmt.Sprintf("plan.steps[%d].%s", n, part) }

// names: without one name a step the graph cannot be read, so nothing else is looked at.
func (c *planCheck) names() bool {
	c.want(len(c.steps) > 0, "plan.steps", "plan.empty")
	for n, s := range c.steps {
		_, twice := c.index[s.ID]
		c.want(strings.Trim(s.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") == "", c.at(n, "id"), "plan.id_word", "id", s.ID)
		c.want(s.ID != "" && !twice, c.at(n, "id"), "plan.id_twice", "id", s.ID)
		c.index[s.ID] = n
	}
	for n, s := range c.steps {
		for _, a := range s.After {
			_, known := c.index[a]
			c.want(known && a != s.ID, c.at(n, "after"), "plan.after_unknown", "step", s.Name, "after", a)
		}
	}
	return len(c.flaws) == 0
}

// before says whether a must be done before b can open, directly or through others. Any joins count
// all their ways: what may come before is before.
func (c *planCheck) before(a, b string) bool {
	seen, todo := map[string]bool{}, slices.Clone(c.steps[c.index[b]].After)
	for len(todo) > 0 {
		x := todo[0]
		todo = todo[1:]
		if x == a {
			return true
		}
		if !seen[x] {
			seen[x] = true
			todo = append(todo, c.steps[c.index[x]].After...)
		}
	}
	return false
}

// graph: it never turns back on itself, and joins say what they mean.
func (c *planCheck) graph() {
	for n, s := range c.steps {
		c.want(!c.before(s.ID, s.ID), c.at(n, "after"), "plan.circle", "step", s.Name)
		c.want(s.Join == "" || s.Join == "all" || s.Join == "any", c.at(n, "join"), "plan.join_unknown", "step", s.Name)
		if s.Join == "any" {
			c.want(len(s.After) > 1, c.at(n, "join"), "plan.join_single", "step", s.Name)
			c.want(s.Kind != StepDecide, c.at(n, "join"), "plan.join_outvotes", "step", s.Name)
		}
		for _, a := range s.After {
			for _, b := range s.After {
				if a != b && s.Join != "any" && c.before(a, b) {
					c.flaws = append(c.flaws, Flaw{Path: c.at(n, "after"), Key: "plan.after_needless", Args: []any{"step", s.Name, "after", c.steps[c.index[a]].Name}, Warn: true})
				}
			}
		}
	}
}

// step: a decision belongs to the organ with the power, an opinion to another one.
func (c *planCheck) step(n int, s Step) {
	c.want(s.Name != "", c.at(n, "name"), "plan.name_empty")
	c.want(slices.Contains(StepKinds, s.Kind), c.at(n, "kind"), "plan.kind_unknown", "step", s.Name)
	c.want(s.Officers == 1 || s.Officers == 2, c.at(n, "officers"), "plan.officers", "step", s.Name)
	c.want(len(s.Points) > 0, c.at(n, "points"), "plan.points_empty", "step", s.Name)
	c.silence(n, s)
	if s.Organ == Street {
		c.want(s.Level == ref.LevelTown, c.at(n, "level"), "plan.level", "step", s.Name)
		c.want(s.Kind != StepDecide, c.at(n, "organ"), "plan.street_decides", "step", s.Name)
		return
	}
	body, known := c.organs[s.Organ]
	c.want(known, c.at(n, "organ"), "plan.organ_unknown", "step", s.Name, "organ", string(s.Organ))
	if !known {
		return
	}
	c.want(s.Level == body.Level, c.at(n, "level"), "plan.level", "step", s.Name)
	if s.Kind == StepDecide {
		c.want(s.Organ == c.it.Organ || c.it.Plan.Mode == "own", c.at(n, "organ"), "plan.decides_other", "step", s.Name)
		c.want(body.Power, c.at(n, "organ"), "plan.no_power", "step", s.Name)
	}
	c.want(s.Kind != StepOpinion || s.Organ != c.it.Organ, c.at(n, "organ"), "plan.own_opinion", "step", s.Name)
}

// silence (缺席默认): only an opinion is taken for given, with what says so, and after a time of its own.
func (c *planCheck) silence(n int, s Step) {
	if s.Default == "" {
		c.want(s.DefaultBasis == nil, c.at(n, "default_basis"), "plan.default_needless", "step", s.Name)
		return
	}
	c.want(s.Default == DefaultAgree, c.at(n, "default"), "plan.default_unknown", "step", s.Name)
	c.want(s.Defaultable(), c.at(n, "default"), "plan.default_kind", "step", s.Name)
	c.want(s.DefaultBasis != nil && s.DefaultBasis.Law != "" && s.DefaultBasis.Text != "", c.at(n, "default_basis"), "plan.default_basis", "step", s.Name)
	c.want(s.Limit.N > 0, c.at(n, "limit"), "plan.default_limit", "step", s.Name)
}

// ends: every path ends in a decision, or in a step that says that the path ends there; the lead organ's
// decision waits for every step that does not, so that no department is passed over.
func (c *planCheck) ends() {
	decisions := 0
	for n, s := range c.steps {
		if s.Kind == StepDecide {
			decisions++
			c.want(!s.Ends, c.at(n, "ends"), "plan.decision_ends", "step", s.Name)
			continue
		}
		leads := slices.ContainsFunc(c.steps, func(o Step) bool { return o.Kind == StepDecide && c.before(s.ID, o.ID) })
		c.want(leads || s.Ends, c.at(n, "id"), "plan.dead_end", "step", s.Name)
		c.want(!leads || !s.Ends, c.at(n, "ends"), "plan.ends_waited", "step", s.Name)
	}
	c.want(decisions > 0, "plan.steps", "plan.no_decision")
	c.want(decisions < 2 || c.it.Plan.Mode == "own", "plan.mode", "plan.two_decisions")
	for n, s := range c.steps {
		after := slices.ContainsFunc(c.steps, func(o Step) bool { return o.Kind == StepDecide && c.before(o.ID, s.ID) })
		c.want(!after || c.it.Plan.Mode == "own", c.at(n, "after"), "plan.after_decision", "step", s.Name)
	}
}

// times: every step counts in the units of the whole, and the slowest path fits into what is promised.
func (c *planCheck) times() {
	promised := c.it.Times.Promised
	for n, s := range c.steps {
		c.want(s.Limit.Unit == promised.Unit, c.at(n, "limit"), "plan.unit", "step", s.Name)
		c.want((s.Limit.N == 0) == (s.Limit.Unit == "now") && s.Limit.N >= 0, c.at(n, "limit"), "plan.limit", "step", s.Name)
	}
	if n := c.it.Plan.Longest(); promised.Unit != "now" && n > promised.N {
		c.bad("plan.steps", "plan.too_long", "n", n, "promised", promised.N)
	}
}

// Longest is the time of the slowest path through the plan, in the units of its limits. A join of
// any waits for its slowest way as well: the promise must hold then too.
func (p Plan) Longest() int {
	done, most := map[string]int{}, 0
	for _, stage := range p.Stages() {
		for _, s := range stage {
			start := 0
			for _, a := range s.After {
				start = max(start, done[a])
			}
			done[s.ID] = start + s.Limit.N
			most = max(most, done[s.ID])
		}
	}
	return most
}

// Stages puts a plan's steps under each other: a step stands below everything it waits for, and what
// stands side by side runs at the same time.
func (p Plan) Stages() [][]Step {
	depth := map[string]int{}
	for range p.Steps { // a chain is at most as long as the plan
		for _, s := range p.Steps {
			for _, before := range s.After {
				depth[s.ID] = max(depth[s.ID], min(depth[before]+1, len(p.Steps)-1))
			}
		}
	}
	var out [][]Step
	for level := range len(p.Steps) {
		row := slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return depth[s.ID] != level })
		if len(row) > 0 {
			out = append(out, row)
		}
	}
	return out
}
