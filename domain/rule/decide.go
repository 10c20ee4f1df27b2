package rule

import (
	"slices"
	"strings"
	"sync"

	"yimen/foundation/fault"
)

// Hit is a row whose every cell matched, with what it concludes. Do not change it.
type Hit struct {
	Row     string   `json:"row"` // its id
	Index   int      `json:"index"`
	Outputs []Value  `json:"outputs"` // beside the table's outputs
	Outcome string   `json:"outcome"`
	Says    string   `json:"says"`
	Basis   Citation `json:"basis"`
}

// Proposal is what a table proposes for the facts of one case.
type Proposal struct {
	Gap     bool   `json:"gap"`     // no row is hit and there is no default: the table does not decide this
	Default bool   `json:"default"` // no row is hit, the outputs' defaults speak
	Hits    []*Hit `json:"hits"`    // under a single policy the deciding row alone
	// Of the deciding row under U A P F; under the other policies only what all hits agree on.
	Row     string   `json:"row"`
	Outcome string   `json:"outcome"`
	Says    string   `json:"says"`
	Basis   Citation `json:"basis"`
	Outputs []Value  `json:"outputs"`
	Result  Value    `json:"-"` // the decision's value as DMN defines it: also a list or a sum
}

// work is what one decision needs, used again by the next.
type work struct {
	frame  frame
	values []Value
	hits   []int
}

var works = sync.Pool{New: func() any { return &work{} }}

func (w *work) sized(facts, inputs int) {
	if cap(w.frame.slots) < facts {
		w.frame.slots = make([]Value, facts)
	}
	if cap(w.values) < inputs {
		w.values = make([]Value, inputs)
	}
	w.frame.slots, w.values, w.hits = w.frame.slots[:facts], w.values[:inputs], w.hits[:0]
}

// release forgets the case's facts before the room is used for another's.
func (w *work) release() {
	clear(w.frame.slots)
	clear(w.values)
	w.frame.input = Null
	works.Put(w)
}

// Decide runs the table over the facts by name. A fact may be Null (not known), which only "-"
// and "null" match. Errors: Invalid naming each fact that is missing, of another type or not
// allowed; Conflict when several rows are hit under U, or differ under A.
func (c *Compiled) Decide(facts map[string]Value) (Proposal, error) {
	w := works.Get().(*work)
	defer w.release()
	w.sized(len(c.facts), len(c.grid.inputs))
	if err := c.admit(w, facts); err != nil {
		return Proposal{}, err
	}
	w.hits = c.grid.hits(&w.frame, w.values, w.hits)
	if len(w.hits) == 0 {
		return c.none(&w.frame), nil
	}
	if !c.grid.policy.Single() {
		return c.several(w), nil
	}
	i, err := c.one(w)
	if err != nil {
		return Proposal{}, err
	}
	h, alone := c.hit(i, &w.frame)
	return Proposal{Hits: alone, Row: h.Row, Outcome: h.Outcome, Says: h.Says, Basis: h.Basis, Outputs: h.Outputs, Result: c.grid.value(h.Outputs)}, nil
}

// admit takes the facts in and evaluates what the columns test.
func (c *Compiled) admit(w *work, facts map[string]Value) error {
	var bad []fault.Field
	for i := range c.facts {
		f := &c.facts[i]
		v, ok := facts[f.name]
		switch {
		case !ok:
			bad = append(bad, fault.Field{Name: f.name, Key: "rule.input_missing"})
		case !f.takes(&v):
			bad = append(bad, fault.Field{Name: f.name, Key: "rule.input_type"})
		}
		w.frame.slots[i] = v
	}
	if len(bad) == 0 {
		i := c.grid.test(&w.frame, w.values)
		if i < 0 {
			return nil
		}
		bad = []fault.Field{{Name: c.table.Inputs[i].Name, Key: "rule.input_not_allowed"}}
	}
	return fault.Bad(bad...)
}

func (f *fact) takes(v *Value) bool {
	if v.kind == KindNull {
		return true
	}
	return v.kind == f.kind && (f.typ != TypeInteger || v.whole())
}

// whole says that a number has no fraction: trailing zeros are gone, so its exponent tells.
func (v *Value) whole() bool { return v.dec == nil || v.dec.Exponent >= 0 }

func (c *Compiled) none(f *frame) Proposal {
	if c.grid.policy == Count {
		return Proposal{Gap: true, Result: Int(0)}
	}
	d := c.grid.defaults(f)
	if d == nil {
		return Proposal{Gap: true}
	}
	return Proposal{Default: true, Outcome: d[0].s, Outputs: d, Result: c.grid.value(d)}
}

// one picks the deciding row under U A P F.
func (c *Compiled) one(w *work) (int, error) {
	hits := w.hits
	if len(hits) == 1 {
		return hits[0], nil
	}
	switch c.grid.policy {
	case Unique:
		return 0, fault.New(fault.Conflict, "rule.several_hits", "rows", c.names(hits))
	case Any:
		first, _ := c.hit(hits[0], &w.frame)
		for _, i := range hits[1:] {
			if h, _ := c.hit(i, &w.frame); !same(h.Outputs, first.Outputs) {
				return 0, fault.New(fault.Conflict, "rule.any_differs", "rows", c.names(hits))
			}
		}
	case Priority:
		return slices.MinFunc(hits, func(a, b int) int {
			x, _ := c.hit(a, &w.frame)
			y, _ := c.hit(b, &w.frame)
			return c.grid.before(x.Outputs, y.Outputs)
		}), nil
	}
	return hits[0], nil
}

func (c *Compiled) names(rows []int) string {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = c.table.Rows[r].ID
	}
	return strings.Join(ids, ", ")
}

// several gathers all hits under the other policies.
func (c *Compiled) several(w *work) Proposal {
	p := Proposal{}
	var all [][]Value
	for _, i := range w.hits {
		h, _ := c.hit(i, &w.frame)
		p.Hits = append(p.Hits, h)
	}
	if c.grid.policy == OutputOrder {
		slices.SortStableFunc(p.Hits, func(a, b *Hit) int { return c.grid.before(a.Outputs, b.Outputs) })
	}
	p.Outcome = p.Hits[0].Outcome
	for _, h := range p.Hits {
		all = append(all, h.Outputs)
		if h.Outcome != p.Outcome {
			p.Outcome = ""
		}
	}
	p.Result = c.grid.combine(all)
	return p
}

// beforehand makes a row's conclusion at compile time when nothing in it can change.
func (c *Compiled) beforehand(i int) hitRow {
	for _, n := range c.grid.rows[i].outputs {
		if _, ok := n.(constant); !ok {
			return hitRow{}
		}
	}
	h := c.makeHit(i, &frame{})
	return hitRow{h, []*Hit{h}}
}

func (c *Compiled) hit(i int, f *frame) (*Hit, []*Hit) {
	if r := &c.rows[i]; r.hit != nil {
		return r.hit, r.alone
	}
	h := c.makeHit(i, f)
	return h, []*Hit{h}
}

func (c *Compiled) makeHit(i int, f *frame) *Hit {
	row := &c.table.Rows[i]
	out := c.grid.rows[i].conclude(f)
	return &Hit{Row: row.ID, Index: i, Outputs: out, Outcome: out[0].s, Says: row.Says, Basis: row.Basis}
}
