package rule

import (
	"slices"
	"strings"
	"unicode"

	"yimen/ref"
)

// Limits on a table.
const (
	MaxInputs  = 40
	MaxOutputs = 20
	MaxRows    = 1000
	maxLabel   = 200  // characters of a name or label
	maxSays    = 2000 // characters of a sentence or quotation
)

// Compiled is a table ready to decide, safe for use by many at once.
type Compiled struct {
	table Table
	grid  *grid
	facts []fact
	rows  []hitRow

	body, digest string // as stored and signed
	sound        bool   // Sound found nothing against it
}

// fact is a value that a decision needs.
type fact struct {
	name string
	typ  Type
	kind Kind
}

// hitRow is a row's conclusion, made beforehand where it is constant.
type hitRow struct {
	hit   *Hit
	alone []*Hit
}

// Table is the table it was compiled from; do not change it.
func (c *Compiled) Table() *Table { return &c.table }

// Digest is the SHA-256 of the tidy table in hex: of what is stored and signed.
func (c *Compiled) Digest() string { return c.digest }

// Facts are the names of the inputs a decision needs, with their types.
func (c *Compiled) Facts() []Input {
	var out []Input
	for _, in := range c.table.Inputs {
		if in.Expression == "" {
			out = append(out, in)
		}
	}
	return out
}

// Tidy takes away what nobody sees: white space around texts, control characters, "\r".
func (t Table) Tidy() Table {
	t.ID, t.Organ, t.Item = ref.RuleID(tidyText(string(t.ID))), ref.OrganID(tidyText(string(t.Organ))), ref.ItemID(tidyText(string(t.Item)))
	t.Name = tidyText(t.Name)
	t.Inputs, t.Outputs, t.Rows = slices.Clone(t.Inputs), slices.Clone(t.Outputs), slices.Clone(t.Rows)
	for i, in := range t.Inputs {
		t.Inputs[i] = Input{tidy(tidyText(in.Name)), tidyText(in.Expression), tidyText(in.Label), in.Type, tidyText(in.Allowed)}
	}
	for i, o := range t.Outputs {
		t.Outputs[i] = Output{tidy(tidyText(o.Name)), tidyText(o.Label), o.Type, tidyText(o.Allowed), tidyText(o.Default)}
	}
	for i, r := range t.Rows {
		r.ID, r.When, r.Says = tidyText(r.ID), tidyText(r.When), tidyText(r.Says)
		r.Basis.Law, r.Basis.Text = tidyText(r.Basis.Law), tidyText(r.Basis.Text)
		r.Cells, r.Outputs = tidyTexts(r.Cells), tidyTexts(r.Outputs)
		t.Rows[i] = r
	}
	return t
}

func tidyTexts(texts []string) []string {
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = tidyText(s)
	}
	return out
}

func tidyText(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || r == '\uFFFE' || r == '\uFFFF' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// Compile reads every cell of a table once. With flaws there is nothing compiled; rows and
// columns of a flaw count from 0, inputs first, then outputs, then the sentence, the basis and the
// words of the condition.
func Compile(t Table) (*Compiled, []Flaw) {
	t = t.Tidy()
	if f := t.tooLarge(); f != nil {
		return nil, f
	}
	flaws := append(t.headFlaws(), t.rowFlaws()...)
	g, more := compileGrid(t.decisionTable(), t.scope())
	if flaws = append(flaws, more...); len(flaws) == 0 {
		flaws = t.outcomeFlaws(g)
	}
	if len(flaws) > 0 {
		slices.SortStableFunc(flaws, func(a, b Flaw) int { return cmpPair(int64(a.Row), int64(a.Column), int64(b.Row), int64(b.Column)) })
		return nil, flaws
	}
	body, digest := bodyOf(t)
	c := &Compiled{table: t, grid: g, body: body, digest: digest}
	for _, in := range t.Inputs {
		if in.Expression == "" {
			c.facts = append(c.facts, fact{in.Name, in.Type, in.Type.Kind()})
		}
	}
	for i := range g.rows {
		c.rows = append(c.rows, c.beforehand(i))
	}
	return c, nil
}

func (t *Table) tooLarge() []Flaw {
	if len(t.Inputs) > MaxInputs || len(t.Outputs) > MaxOutputs || len(t.Rows) > MaxRows {
		return []Flaw{{Row: -1, Column: -1, Key: "rule.table_large", Args: []any{"inputs", MaxInputs, "outputs", MaxOutputs, "rows", MaxRows}}}
	}
	return nil
}

// scope names the table's facts in their order.
func (t *Table) scope() *scope {
	slots := map[string]int{}
	for _, in := range t.Inputs {
		if _, twice := slots[in.Name]; in.Expression == "" && !twice {
			slots[in.Name] = len(slots)
		}
	}
	return newScope(slots, nil, nil)
}

// headFlaws look at the name, the policy and the heads of the columns.
func (t *Table) headFlaws() (out []Flaw) {
	flaw := func(col int, key string, args ...any) {
		out = append(out, Flaw{Row: -1, Column: col, Key: key, Args: args})
	}
	if t.Name == "" || tooLong(t.Name, maxLabel) {
		flaw(-1, "rule.no_name", "max", maxLabel)
	}
	if len(t.Inputs) == 0 {
		flaw(-1, "rule.no_input")
	}
	if len(t.Rows) == 0 {
		flaw(-1, "rule.no_row")
	}
	seen := map[string]bool{}
	column := func(i int, name, label string, typ Type) {
		switch {
		case !isName(name) || tooLong(label, maxLabel):
			flaw(i, "rule.wrong_name", "name", name)
		case seen[name]:
			flaw(i, "rule.same_name", "name", name)
		}
		if seen[name] = true; !slices.Contains(Types, typ) {
			flaw(i, "rule.unknown_type", "name", string(typ))
		}
	}
	for i, in := range t.Inputs {
		column(i, in.Name, in.Label, in.Type)
	}
	clear(seen)
	for i, o := range t.Outputs {
		column(len(t.Inputs)+i, o.Name, o.Label, o.Type)
	}
	if len(t.Outputs) > 0 && t.Outputs[0].Type != TypeString {
		flaw(len(t.Inputs), "rule.outcome_text")
	}
	return out
}

func tooLong(s string, n int) bool { return len(s) > n && len([]rune(s)) > n }

// isName says whether expressions can name it: a letter first, no quotes or brackets, no word
// of the language.
func isName(s string) bool {
	if _, taken := words[s]; taken || slices.Contains([]string{"", "and", "or", "not"}, s) || tooLong(s, maxLabel) {
		return false
	}
	for i, r := range s {
		if i == 0 && r != '_' && !unicode.IsLetter(r) || !wordRune(r) && !strings.ContainsRune(" ./-'+*", r) {
			return false
		}
	}
	return true
}

// rowFlaws look at what a row says outside its cells.
func (t *Table) rowFlaws() (out []Flaw) {
	says := len(t.Inputs) + len(t.Outputs)
	seen := map[string]bool{}
	for i, r := range t.Rows {
		flaw := func(col int, key string, args ...any) {
			out = append(out, Flaw{Row: i, Column: col, Key: key, Args: args})
		}
		switch {
		case r.ID == "" || tooLong(r.ID, maxLabel):
			flaw(-1, "rule.no_row_id")
		case seen[r.ID]:
			flaw(-1, "rule.same_row_id", "id", r.ID)
		}
		seen[r.ID] = true
		if r.Says == "" {
			flaw(says, "rule.no_says")
		} else if tooLong(r.Says, maxSays) {
			flaw(says, "rule.says_long", "max", maxSays)
		}
		if !r.Basis.complete() {
			flaw(says+1, "rule.no_basis")
		}
		if tooLong(r.When, maxSays) {
			flaw(says+2, "rule.says_long", "max", maxSays)
		}
	}
	return out
}

// complete says whether it names a law and an article; whether the law says so is checked
// where the texts are.
func (c Citation) complete() bool {
	return c.Law != "" && c.Article > 0 && c.Sub >= 0 && c.Paragraph >= 0 && c.Point >= 0 && !tooLong(c.Law, maxLabel) && !tooLong(c.Text, maxSays)
}

// outcomeFlaws want an outcome that is written down in every row, not computed.
func (t *Table) outcomeFlaws(g *grid) (out []Flaw) {
	for i := range g.rows {
		if k, ok := g.rows[i].outputs[0].(constant); !ok || k.v.kind != KindString || k.v.s == "" {
			out = append(out, Flaw{Row: i, Column: len(t.Inputs), Key: "rule.outcome_text"})
		}
	}
	return out
}
