package rule

import (
	"strings"

	"yimen/foundation/fault"
)

// Flaw is what is wrong with a table or model: a message key with its values, at a row and
// column counted from 0 (inputs first, then outputs), -1 where it concerns all of them.
type Flaw struct {
	Node   string `json:"node,omitempty"` // the decision or function of a model
	Row    int    `json:"row"`
	Column int    `json:"column"`
	Key    string `json:"key"`
	Args   []any  `json:"args,omitempty"` // name, value, name, value …
}

// Engine is a compiled model, safe for use by many at once.
type Engine struct {
	model   *Model
	slots   map[string]int // variable name → slot
	inputs  []inputNode
	nodes   map[string]*decisionNode // by decision name
	byID    map[string]*decisionNode
	parts   []string
	flaws   []Flaw
	know    map[string]*knowledgeNode // by id
	inputID map[string]int            // id → index of inputs
}

type inputNode struct {
	name    string
	slot    int
	kind    Kind
	allowed *cell
}

type decisionNode struct {
	decision *Decision
	slot     int
	body     node
	requires []*decisionNode
	state    visit
}

type knowledgeNode struct {
	knowledge *Knowledge
	fn        *function
	state     visit
}

// visit finds cycles.
type visit uint8

const (
	unseen visit = iota
	open
	done
)

// Compile reads every expression of the model once. With flaws there is no engine.
func (m *Model) Compile() (*Engine, []Flaw) {
	e := &Engine{model: m, slots: map[string]int{}, nodes: map[string]*decisionNode{}, byID: map[string]*decisionNode{},
		know: map[string]*knowledgeNode{}, inputID: map[string]int{}, parts: partNames(m)}
	for i := range m.Inputs {
		e.addInput(&m.Inputs[i])
	}
	for i := range m.Knowledge {
		e.know[m.Knowledge[i].ID] = &knowledgeNode{knowledge: &m.Knowledge[i]}
	}
	for i := range m.Decisions {
		d := &m.Decisions[i]
		n := &decisionNode{decision: d, slot: e.slotOf(d.Name)}
		e.nodes[d.Name], e.byID[d.ID] = n, n
	}
	for i := range m.Decisions {
		e.decide(e.byID[m.Decisions[i].ID])
	}
	if len(e.flaws) > 0 {
		return nil, e.flaws
	}
	return e, nil
}

func (e *Engine) slotOf(name string) int {
	name = tidy(name)
	if _, ok := e.slots[name]; !ok {
		e.slots[name] = len(e.slots)
	}
	return e.slots[name]
}

func (e *Engine) flaw(where, key string, args ...any) {
	e.flaws = append(e.flaws, Flaw{Node: where, Row: -1, Column: -1, Key: key, Args: args})
}

// partNames are the names a path may end in.
func partNames(m *Model) (out []string) {
	var walk func([]ItemDefinition)
	walk = func(items []ItemDefinition) {
		for _, it := range items {
			out = append(out, it.Name)
			walk(it.Components)
		}
	}
	for _, it := range m.Items {
		walk(it.Components)
	}
	for _, d := range m.Decisions {
		if d.Table != nil {
			for _, o := range d.Table.Outputs {
				out = append(out, o.Name)
			}
		}
	}
	return out
}

func (e *Engine) addInput(in *InputData) {
	n := inputNode{name: in.Name, slot: e.slotOf(in.Name)}
	n.kind, n.allowed = e.typeOf(in.Name, in.Variable.Type)
	e.inputID[in.ID] = len(e.inputs)
	e.inputs = append(e.inputs, n)
}

// typeOf resolves a type name to a kind and allowed values; structures and lists are not held
// against their parts, which a path reads as null when they are missing.
func (e *Engine) typeOf(where, name string) (Kind, *cell) {
	if k, ok := kindOf(name); ok {
		return k, nil
	}
	for i := range e.model.Items {
		it := &e.model.Items[i]
		if it.Name != name {
			continue
		}
		k, _ := kindOf(it.Type)
		if it.Collection {
			k = KindList
		} else if len(it.Components) > 0 {
			k = KindContext
		}
		return k, e.allowedOf(where, it)
	}
	e.flaw(where, "rule.unknown_type", "name", name)
	return KindNull, nil
}

func (e *Engine) allowedOf(where string, it *ItemDefinition) *cell {
	if it.Allowed.text() == "" || it.Collection {
		return nil
	}
	c, err := parseCell(it.Allowed.Text, newScope(nil, nil, nil))
	e.note(where, err)
	return c
}

func (e *Engine) note(where string, err error) {
	if p, ok := err.(*problem); ok {
		e.flaw(where, p.key, p.args...)
	}
}

// decide compiles a decision after what it requires.
func (e *Engine) decide(n *decisionNode) {
	if n.state == done {
		return
	}
	name := n.decision.Name
	if n.state == open {
		e.flaw(name, "rule.cycle")
		return
	}
	n.state = open
	names := map[string]int{}
	for _, r := range n.decision.Requires {
		e.require(n, r, names)
	}
	n.body = e.body(name, &n.decision.Expression, newScope(names, e.functions(name, n.decision.Knowledge), e.parts))
	n.state = done
}

func (e *Engine) require(n *decisionNode, r Requirement, names map[string]int) {
	switch {
	case r.Input != nil:
		i, ok := e.inputID[target(r.Input)]
		if !ok {
			e.flaw(n.decision.Name, "rule.missing_node", "id", r.Input.To)
			return
		}
		names[tidy(e.inputs[i].name)] = e.inputs[i].slot
	case r.Decision != nil:
		d := e.byID[target(r.Decision)]
		if d == nil {
			e.flaw(n.decision.Name, "rule.missing_node", "id", r.Decision.To)
			return
		}
		e.decide(d)
		names[tidy(d.decision.Name)] = d.slot
		n.requires = append(n.requires, d)
	}
}

func target(h *Href) string { return strings.TrimPrefix(h.To, "#") }

// functions compiles the knowledge models that are required here.
func (e *Engine) functions(where string, required []Requirement) map[string]*function {
	out := map[string]*function{}
	for _, r := range required {
		if r.Know == nil {
			continue
		}
		k := e.know[target(r.Know)]
		if k == nil {
			e.flaw(where, "rule.missing_node", "id", r.Know.To)
			continue
		}
		if fn := e.learn(k); fn != nil {
			out[tidy(k.knowledge.Name)] = fn
		}
	}
	return out
}

func (e *Engine) learn(k *knowledgeNode) *function {
	if k.state == open {
		e.flaw(k.knowledge.Name, "rule.cycle")
		return nil
	}
	if k.state == done {
		return k.fn
	}
	k.state = open
	names, fn := map[string]int{}, &function{}
	for i, p := range k.knowledge.Logic.Parameters {
		names[tidy(p.Name)] = i
		fn.parameters = append(fn.parameters, p.Name)
	}
	scope := newScope(names, e.functions(k.knowledge.Name, k.knowledge.Requires), e.parts)
	body := e.body(k.knowledge.Name, &k.knowledge.Logic.Expression, scope)
	fn.call = func(args []Value) Value { return body.eval(&frame{slots: args}) }
	if fn.cost = scope.cost + 1; fn.cost > maxCost {
		e.flaw(k.knowledge.Name, "rule.too_costly")
		fn.cost = maxCost
	}
	k.fn, k.state = fn, done
	return fn
}

func (e *Engine) body(where string, x *Expression, s *scope) node {
	switch {
	case x.Literal != nil:
		return e.literal(where, x.Literal.Text, s)
	case x.Table != nil:
		g, flaws := compileGrid(x.Table, s)
		for _, f := range flaws {
			f.Node = where
			e.flaws = append(e.flaws, f)
		}
		return g
	case x.Invocation != nil:
		return e.invocation(where, x.Invocation, s)
	}
	e.flaw(where, "rule.no_expression")
	return constant{Null}
}

func (e *Engine) literal(where, text string, s *scope) node {
	n, err := parseExpression(text, s)
	e.note(where, err)
	if err != nil {
		return constant{Null}
	}
	return n
}

// invocation binds parameters by name; one that is not bound is null.
func (e *Engine) invocation(where string, x *Invocation, s *scope) node {
	fn := s.function(tidy(x.Function.Text))
	if fn == nil {
		e.flaw(where, "rule.unknown_function", "name", x.Function.Text)
		return constant{Null}
	}
	s.cost += fn.cost
	c := call{fn, make([]node, len(fn.parameters))}
	for i, name := range fn.parameters {
		c.args[i] = constant{Null}
		for _, b := range x.Bindings {
			if tidy(b.Parameter.Name) == tidy(name) {
				c.args[i] = e.literal(where, b.Value.Text, s)
			}
		}
	}
	return c
}

// Evaluate computes a decision, and what it requires, from the inputs by name. Missing inputs,
// and inputs of another type or outside their allowed values, are null.
func (e *Engine) Evaluate(decision string, inputs map[string]Value) (Value, error) {
	n := e.nodes[decision]
	if n == nil {
		return Null, fault.New(fault.NotFound, "rule.unknown_decision", "name", decision)
	}
	f := &frame{slots: make([]Value, len(e.slots))}
	for i := range e.inputs {
		f.slots[e.inputs[i].slot] = e.inputs[i].admit(inputs[e.inputs[i].name])
	}
	ready := map[*decisionNode]bool{}
	n.compute(f, ready)
	return f.slots[n.slot], nil
}

func (in *inputNode) admit(v Value) Value {
	if in.kind != KindNull && v.kind != in.kind {
		return Null
	}
	if in.allowed != nil && !in.allowed.matches(&frame{input: v}) {
		return Null
	}
	return v
}

func (n *decisionNode) compute(f *frame, ready map[*decisionNode]bool) {
	if ready[n] {
		return
	}
	ready[n] = true
	for _, r := range n.requires {
		r.compute(f, ready)
	}
	f.slots[n.slot] = n.body.eval(f)
}
