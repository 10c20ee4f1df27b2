package rule

import (
	"fmt"
	"slices"

	"yimen/ref"
)

// Owner says in a .dmn file whose table it is.
type Owner struct {
	Rule  ref.RuleID  `xml:"rule,attr,omitempty"`
	Organ ref.OrganID `xml:"organ,attr,omitempty"`
	Item  ref.ItemID  `xml:"item,attr,omitempty"`
}

// Clause says in a .dmn file what an input clause cannot: the name of a column that computes,
// and that a number has no fraction.
type Clause struct {
	Name string `xml:"name,attr,omitempty"`
	Type Type   `xml:"type,attr,omitempty"`
}

// RowMark says in a .dmn file by which id a decision cites the row.
type RowMark struct {
	ID string `xml:"id,attr"`
}

// The annotation columns: the sentences for the letter, and the conditions in plain words.
const (
	saysColumn = "says"
	whenColumn = "when"
)

// Model makes the table a DMN model: its facts as input data, itself as one decision.
// TableOf of it gives the same table when that is tidy.
func (t *Table) Model() *Model {
	m := &Model{ID: "_model", Name: t.Name, Namespace: "https://yimen.example/rule/" + string(t.ID),
		Extension: &Extension{Owner: &Owner{t.ID, t.Organ, t.Item}}}
	if m.Extension.Owner.none() {
		m.Extension = nil
	}
	d := Decision{ID: "_decision", Name: t.Name, Variable: Variable{Name: t.Name}, Expression: Expression{Table: t.decisionTable()}}
	if len(t.Outputs) == 1 {
		d.Variable.Type = fileType(t.Outputs[0].Type)
	}
	for i, in := range t.Inputs {
		if in.Expression != "" {
			continue
		}
		id := fmt.Sprintf("_fact%d", i+1)
		m.Inputs = append(m.Inputs, InputData{ID: id, Name: in.Name, Variable: Variable{Name: in.Name, Type: fileType(in.Type)}})
		d.Requires = append(d.Requires, Requirement{Input: &Href{"#" + id}})
	}
	m.Decisions = []Decision{d}
	return m
}

func (o *Owner) none() bool { return *o == Owner{} }

// fileType is the type as standard files know it.
func fileType(t Type) string {
	switch t {
	case TypeInteger:
		return string(TypeNumber)
	case TypeDateTime:
		return "dateTime"
	case TypeDays:
		return "dayTimeDuration"
	case TypeMonths:
		return "yearMonthDuration"
	}
	return string(t)
}

// decisionTable is the table in DMN's parts.
func (t *Table) decisionTable() *DecisionTable {
	names := policyNames[t.Policy]
	d := &DecisionTable{HitPolicy: names[0], Aggregation: names[1], Annotations: []Annotation{{saysColumn}, {whenColumn}}}
	if names[0] == "" {
		d.HitPolicy = string(t.Policy) + "?" // no name of a policy: a flaw when compiled
	}
	for _, in := range t.Inputs {
		d.Inputs = append(d.Inputs, in.clause())
	}
	for _, o := range t.Outputs {
		c := OutputClause{Name: o.Name, Label: o.Label, Type: fileType(o.Type), Values: unary(o.Allowed)}
		if o.Default != "" {
			c.Default = &Literal{Text: o.Default}
		}
		d.Outputs = append(d.Outputs, c)
	}
	for i, r := range t.Rows {
		d.Rules = append(d.Rules, r.clause(i))
	}
	return d
}

func unary(text string) *Unary {
	if text == "" {
		return nil
	}
	return &Unary{Text: text}
}

func (in Input) clause() InputClause {
	c := InputClause{Label: in.Label, Expression: Literal{Type: fileType(in.Type), Text: in.Name}, Values: unary(in.Allowed)}
	own := Clause{}
	if in.Expression != "" {
		c.Expression.Text, own.Name = in.Expression, in.Name
	}
	if in.Type == TypeInteger {
		own.Type = TypeInteger
	}
	if own != (Clause{}) {
		c.Extension = &Extension{Clause: &own}
	}
	return c
}

func (r Row) clause(i int) RuleClause {
	c := RuleClause{ID: fmt.Sprintf("_row%d", i+1), Remarks: []Remark{{r.Says}, {r.When}}, Extension: &Extension{Row: &RowMark{r.ID}}}
	if r.Basis != (Citation{}) {
		c.Extension.Basis = &r.Basis
	}
	for _, text := range r.Cells {
		c.Cells = append(c.Cells, Unary{Text: text})
	}
	for _, text := range r.Outputs {
		c.Outputs = append(c.Outputs, Literal{Text: text})
	}
	return c
}

// TableOf takes the decision table of a model that another tool or Model made: the decision
// named, or the only one that is a table when the name is empty. What a table of ours cannot
// hold is a flaw.
func TableOf(m *Model, decision string) (Table, []Flaw) {
	d, flaws := pick(m, decision)
	if d == nil {
		return Table{}, flaws
	}
	t := Table{Name: d.Name}
	if m.Extension != nil && m.Extension.Owner != nil {
		t.ID, t.Organ, t.Item = m.Extension.Owner.Rule, m.Extension.Owner.Organ, m.Extension.Owner.Item
	}
	var ok bool
	if t.Policy, ok = policyOf(d.Table.HitPolicy, d.Table.Aggregation); !ok {
		flaws = append(flaws, Flaw{Node: d.Name, Row: -1, Column: -1, Key: "rule.wrong_policy", Args: []any{"policy", d.Table.HitPolicy}})
	}
	for i := range d.Table.Inputs {
		t.Inputs = append(t.Inputs, m.input(&d.Table.Inputs[i], i))
	}
	for i := range d.Table.Outputs {
		t.Outputs = append(t.Outputs, m.output(d, i))
	}
	for i := range d.Table.Rules {
		t.Rows = append(t.Rows, d.Table.row(i))
	}
	return t, append(flaws, m.computed(&t)...)
}

func pick(m *Model, name string) (*Decision, []Flaw) {
	var found []*Decision
	for i := range m.Decisions {
		if d := &m.Decisions[i]; d.Table != nil && (name == "" || d.Name == name) {
			found = append(found, d)
		}
	}
	if len(found) != 1 {
		return nil, []Flaw{{Node: name, Row: -1, Column: -1, Key: "rule.dmn_which", Args: []any{"n", len(found)}}}
	}
	return found[0], nil
}

// computed finds facts that another decision of the model computes: a table of ours stands alone.
func (m *Model) computed(t *Table) (out []Flaw) {
	for i, in := range t.Inputs {
		if in.Expression == "" && slices.ContainsFunc(m.Decisions, func(d Decision) bool { return tidy(d.Name) == in.Name }) {
			out = append(out, Flaw{Row: -1, Column: i, Key: "rule.dmn_computed", Args: []any{"name", in.Name}})
		}
	}
	return out
}

func (m *Model) input(c *InputClause, i int) Input {
	in := Input{Name: tidy(c.Expression.Text), Label: c.Label, Allowed: c.Values.text()}
	var allowed string
	in.Type, allowed = m.base(c.Expression.Type)
	if in.Allowed == "" {
		in.Allowed = allowed
	}
	own := Clause{}
	if c.Extension != nil && c.Extension.Clause != nil {
		own = *c.Extension.Clause
	}
	if own.Type != "" {
		in.Type = own.Type
	}
	if !isName(in.Name) || own.Name != "" {
		in.Name, in.Expression = own.Name, c.Expression.Text
	}
	if in.Name == "" {
		in.Name = fmt.Sprintf("input %d", i+1)
	}
	return in
}

func (m *Model) output(d *Decision, i int) Output {
	c := &d.Table.Outputs[i]
	o := Output{Name: tidy(c.Name), Label: c.Label, Allowed: c.Values.text(), Default: c.Default.text()}
	name := c.Type
	if name == "" && len(d.Table.Outputs) == 1 {
		name = d.Variable.Type
	}
	var allowed string
	o.Type, allowed = m.base(name)
	if o.Allowed == "" {
		o.Allowed = allowed
	}
	if o.Name == "" { // a single output may go without (DMN 1.5, 8.2.7)
		o.Name = tidy(d.Name)
	}
	return o
}

// base is the type of ours under a file's name, with the allowed values its item definition
// gives; an unknown one is kept, so that compiling the table says so.
func (m *Model) base(name string) (Type, string) {
	if k, ok := kindOf(name); ok {
		for _, t := range Types {
			if t.Kind() == k {
				return t, ""
			}
		}
		return TypeString, "" // Any
	}
	for _, it := range m.Items {
		if it.Name == name && !it.Collection && len(it.Components) == 0 && it.Type != name {
			t, _ := m.base(lastKnown(it.Type))
			return t, it.Allowed.text()
		}
	}
	return Type(name), ""
}

// lastKnown stops a chain of item definitions after one step: level 2 has no longer ones.
func lastKnown(name string) string {
	if _, ok := kindOf(name); ok {
		return name
	}
	return "Any"
}

// annotation is the place of an annotation column, -1 when there is none of the name.
func (t *DecisionTable) annotation(name string) int {
	return slices.IndexFunc(t.Annotations, func(a Annotation) bool { return a.Name == name })
}

func (t *DecisionTable) row(i int) Row {
	c := &t.Rules[i]
	r := Row{ID: fmt.Sprintf("R%d", i+1), Says: c.Description} // another tool's ids are nothing a letter can cite
	if says := max(0, t.annotation(saysColumn)); says < len(c.Remarks) {
		r.Says = c.Remarks[says].Text
	}
	if when := t.annotation(whenColumn); when >= 0 && when < len(c.Remarks) {
		r.When = c.Remarks[when].Text
	}
	if c.Extension != nil && c.Extension.Row != nil {
		r.ID = c.Extension.Row.ID
	}
	if c.Extension != nil && c.Extension.Basis != nil {
		r.Basis = *c.Extension.Basis
	}
	for _, u := range c.Cells {
		r.Cells = append(r.Cells, u.Text)
	}
	for _, l := range c.Outputs {
		r.Outputs = append(r.Outputs, l.Text)
	}
	return r
}
