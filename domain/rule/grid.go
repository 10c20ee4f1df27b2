package rule

import (
	"slices"
	"strings"
)

// Policy is a hit policy (DMN 1.5, 8.2.10) by its letter.
type Policy string

// The hit policies. Unique, Any, Priority and First give one conclusion, the others a list or,
// for C+ C< C> C#, one value from all conclusions.
const (
	Unique      Policy = "U"
	Any         Policy = "A"
	Priority    Policy = "P"
	First       Policy = "F"
	RuleOrder   Policy = "R"
	OutputOrder Policy = "O"
	Collect     Policy = "C"
	Sum         Policy = "C+"
	Min         Policy = "C<"
	Max         Policy = "C>"
	Count       Policy = "C#"
)

// Policies are all of them, in the order people choose from.
var Policies = []Policy{Unique, Any, Priority, First, RuleOrder, OutputOrder, Collect, Sum, Min, Max, Count}

// Single says that at most one conclusion comes out, and it is a row's.
func (p Policy) Single() bool { return slices.Contains(Policies[:4], p) }

var policyNames = map[Policy][2]string{
	Unique: {"UNIQUE"}, Any: {"ANY"}, Priority: {"PRIORITY"}, First: {"FIRST"}, RuleOrder: {"RULE ORDER"}, OutputOrder: {"OUTPUT ORDER"},
	Collect: {"COLLECT"}, Sum: {"COLLECT", "SUM"}, Min: {"COLLECT", "MIN"}, Max: {"COLLECT", "MAX"}, Count: {"COLLECT", "COUNT"},
}

// policyOf reads the file's names; none at all is UNIQUE.
func policyOf(hit, aggregation string) (Policy, bool) {
	if hit == "" {
		hit = "UNIQUE"
	}
	if hit != "COLLECT" {
		aggregation = ""
	}
	for p, names := range policyNames {
		if names == [2]string{hit, aggregation} {
			return p, true
		}
	}
	return "", false
}

// grid is a compiled decision table.
type grid struct {
	policy  Policy
	inputs  []column
	outputs []outcome
	rows    []gridRow
}

// column is an input: what is tested, of which kind it must be, and what is allowed.
type column struct {
	expr    node
	kind    Kind // KindNull: any
	allowed *cell
}

type outcome struct {
	name     string
	priority []Value
	allowed  *cell
	standard node // the default, or nil
}

type gridRow struct {
	cells   []*cell
	outputs []node
}

// kinds are the type names of FEEL (DMN 1.5, 10.3.2.3) as files write them.
var kinds = map[string]Kind{
	"": KindNull, "any": KindNull, "string": KindString, "number": KindNumber, "boolean": KindBoolean, "date": KindDate, "time": KindTime,
	"datetime": KindDateTime, "date and time": KindDateTime, "daytimeduration": KindDays, "days and time duration": KindDays,
	"yearmonthduration": KindMonths, "years and months duration": KindMonths,
}

// kindOf is false for a name that is no base type.
func kindOf(name string) (Kind, bool) {
	if i := strings.LastIndexByte(name, ':'); i >= 0 { // DMN 1.1 wrote feel:string
		name = name[i+1:]
	}
	k, ok := kinds[strings.ToLower(name)]
	return k, ok
}

// compileGrid compiles a table against a scope. Flaws count rows and columns from 0; inputs
// come first, then outputs.
func compileGrid(t *DecisionTable, s *scope) (*grid, []Flaw) {
	c := &gridCompiler{scope: s, grid: &grid{}, table: t}
	var ok bool
	if c.grid.policy, ok = policyOf(t.HitPolicy, t.Aggregation); !ok {
		c.flaw(-1, -1, "rule.wrong_policy", "policy", t.HitPolicy)
	}
	for i := range t.Inputs {
		c.input(i, &t.Inputs[i])
	}
	for i := range t.Outputs {
		c.output(i, &t.Outputs[i])
	}
	if len(t.Outputs) == 0 {
		c.flaw(-1, -1, "rule.no_output")
	}
	for i := range t.Rules {
		c.row(i, &t.Rules[i])
	}
	return c.grid, c.flaws
}

type gridCompiler struct {
	scope *scope
	table *DecisionTable
	grid  *grid
	flaws []Flaw
}

func (c *gridCompiler) flaw(row, col int, key string, args ...any) {
	c.flaws = append(c.flaws, Flaw{Row: row, Column: col, Key: key, Args: args})
}

// note turns a problem of a text into a flaw at its place; true when there was none.
func (c *gridCompiler) note(row, col int, err error) bool {
	if p, ok := err.(*problem); ok {
		c.flaw(row, col, p.key, p.args...)
	}
	return err == nil
}

func (c *gridCompiler) input(i int, in *InputClause) {
	col := column{expr: constant{Null}}
	if n, err := parseExpression(in.Expression.Text, c.scope); c.note(-1, i, err) {
		col.expr = n
	}
	col.kind, _ = kindOf(in.Expression.Type)
	if text := in.Values.text(); text != "" {
		col.allowed = c.unary(-1, i, text, col.kind)
	}
	c.grid.inputs = append(c.grid.inputs, col)
}

// unary compiles tests and holds their constants against the column's kind; nil when wrong.
func (c *gridCompiler) unary(row, col int, text string, k Kind) *cell {
	u, err := parseCell(text, c.scope)
	if !c.note(row, col, err) {
		return nil
	}
	for _, v := range u.constants() {
		if k != KindNull && v.kind != k && v.kind != KindNull {
			c.flaw(row, col, "rule.wrong_type", "value", v.String())
			return nil
		}
	}
	return u
}

func (c *gridCompiler) output(i int, out *OutputClause) {
	col := len(c.table.Inputs) + i
	o := outcome{name: out.Name}
	k, _ := kindOf(out.Type)
	if text := out.Values.text(); text != "" {
		if o.allowed = c.unary(-1, col, text, k); o.allowed != nil {
			o.priority = o.allowed.constants()
		}
	}
	if text := out.Default.text(); text != "" {
		if n, err := parseExpression(text, c.scope); c.note(-1, col, err) {
			o.standard = n
		}
	}
	c.grid.outputs = append(c.grid.outputs, o)
}

func (c *gridCompiler) row(i int, r *RuleClause) {
	if len(r.Cells) != len(c.grid.inputs) || len(r.Outputs) != len(c.grid.outputs) {
		c.flaw(i, -1, "rule.row_length", "inputs", len(c.grid.inputs), "outputs", len(c.grid.outputs))
		return
	}
	row := gridRow{}
	for j, text := range r.Cells {
		if u := c.unary(i, j, text.Text, c.grid.inputs[j].kind); u != nil {
			row.cells = append(row.cells, u)
		}
	}
	for j, text := range r.Outputs {
		row.outputs = append(row.outputs, c.conclusion(i, j, text.Text))
	}
	c.grid.rows = append(c.grid.rows, row)
}

func (c *gridCompiler) conclusion(row, out int, text string) node {
	col := len(c.grid.inputs) + out
	n, err := parseExpression(text, c.scope)
	if !c.note(row, col, err) {
		return constant{Null}
	}
	k, isConstant := n.(constant)
	if !isConstant {
		return n
	}
	o := &c.grid.outputs[out]
	if o.allowed != nil && !o.allowed.matches(&frame{input: k.v}) {
		c.flaw(row, col, "rule.not_allowed", "value", k.v.String())
	}
	if kind, _ := kindOf(c.table.Outputs[out].Type); kind != KindNull && k.v.kind != kind && k.v.kind != KindNull {
		c.flaw(row, col, "rule.wrong_type", "value", k.v.String())
	}
	return n
}

// test evaluates the inputs into values and gives the first that is not allowed, or -1.
func (g *grid) test(f *frame, values []Value) int {
	for i := range g.inputs {
		values[i] = g.inputs[i].expr.eval(f)
		if a := g.inputs[i].allowed; a != nil && values[i].kind != KindNull {
			f.input = values[i]
			if !a.matches(f) {
				return i
			}
		}
	}
	return -1
}

// hits appends the rows whose every cell matches; with First it stops at one.
func (g *grid) hits(f *frame, values []Value, out []int) []int {
	for i := range g.rows {
		if g.rows[i].hit(f, values) {
			if out = append(out, i); g.policy == First {
				break
			}
		}
	}
	return out
}

func (r *gridRow) hit(f *frame, values []Value) bool {
	for j, c := range r.cells {
		if c.any {
			continue
		}
		f.input = values[j]
		if !c.matches(f) {
			return false
		}
	}
	return true
}

// conclude evaluates a row's outputs.
func (r *gridRow) conclude(f *frame) []Value {
	out := make([]Value, len(r.outputs))
	for i, n := range r.outputs {
		out[i] = n.eval(f)
	}
	return out
}

// before orders two conclusions by the outputs' allowed values, the first output first; a value
// that is not among them comes last.
func (g *grid) before(a, b []Value) int {
	for i := range g.outputs {
		if c := cmpInt(g.rank(i, a[i]), g.rank(i, b[i])); c != 0 {
			return c
		}
	}
	return 0
}

func (g *grid) rank(out int, v Value) int64 {
	p := g.outputs[out].priority
	if i := slices.IndexFunc(p, v.Equal); i >= 0 {
		return int64(i)
	}
	return int64(len(p))
}

// defaults are the outputs' defaults, or nil when there are none.
func (g *grid) defaults(f *frame) []Value {
	var out []Value
	for i, o := range g.outputs {
		if o.standard != nil {
			if out == nil {
				out = make([]Value, len(g.outputs))
			}
			out[i] = o.standard.eval(f)
		}
	}
	return out
}

// value makes a conclusion one value: itself, or a context of several outputs.
func (g *grid) value(outputs []Value) Value {
	if len(outputs) == 1 {
		return outputs[0]
	}
	e := make([]Entry, len(outputs))
	for i, v := range outputs {
		e[i] = Entry{g.outputs[i].name, v}
	}
	return ContextOf(e...)
}

// eval is the table as an expression of a model: null where the hit policy is broken
// (DMN 1.5, 8.2.10: the result is then undefined).
func (g *grid) eval(f *frame) Value {
	inner := &frame{slots: f.slots}
	values := make([]Value, len(g.inputs))
	if g.test(inner, values) >= 0 {
		return Null
	}
	hits := g.hits(inner, values, nil)
	if len(hits) == 0 && g.policy != Count {
		if d := g.defaults(inner); d != nil {
			return g.value(d)
		}
		return Null
	}
	conclusions := make([][]Value, len(hits))
	for i, h := range hits {
		conclusions[i] = g.rows[h].conclude(inner)
	}
	return g.combine(conclusions)
}

func (g *grid) combine(all [][]Value) Value {
	switch g.policy {
	case Priority, OutputOrder:
		slices.SortStableFunc(all, g.before)
	case Unique:
		if len(all) > 1 {
			return Null
		}
	case Any:
		if slices.ContainsFunc(all, func(c []Value) bool { return !same(c, all[0]) }) {
			return Null
		}
	}
	if g.policy.Single() {
		return g.value(all[0])
	}
	list := make([]Value, len(all))
	for i, c := range all {
		list[i] = g.value(c)
	}
	return aggregate(g.policy, list)
}

func same(a, b []Value) bool { return slices.EqualFunc(a, b, Value.Equal) }

// aggregate makes one value of all under the collecting policies.
func aggregate(p Policy, list []Value) Value {
	switch p {
	case Count:
		return Int(int64(len(list)))
	case Sum:
		total := list[0]
		for _, v := range list[1:] {
			total = arithmetic('+', total, v)
		}
		return total
	case Min, Max:
		return extreme(list, p == Max)
	}
	return ListOf(list...)
}

func extreme(list []Value, largest bool) Value {
	best := list[0]
	for _, v := range list[1:] {
		t := relate("<", v, best)
		if t == triNull {
			return Null
		}
		if largest && relate(">", v, best) == triTrue || !largest && t == triTrue {
			best = v
		}
	}
	return best
}
