package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"yimen/domain/rule"
	"yimen/foundation/fault"
	"yimen/web/page"
)

// A form holds at most 2000 values (web/page), so that a large table is written in parts.
const (
	mostValues = 1800
	mostRows   = 60 // of a part
	columnAsks = 5  // values a column has in the form
	rowAsks    = 11 // values a row has beside its cells
)

// part is how many rows of a table one page holds.
func part(inputs int) int {
	return max(1, min(mostRows, (mostValues-columnAsks*inputs)/(inputs+rowAsks)))
}

// span is the part of a table's rows a page shows.
type span struct{ From, To, Step int }

func spanOf(t rule.Table, from int) span {
	step := part(len(t.Inputs))
	from = max(0, min(from, max(0, len(t.Rows)-1)))
	from -= from % step
	return span{from, min(from+step, len(t.Rows)), step}
}

// typed is a grid as it was posted.
type typed struct {
	Table rule.Table // the whole: what was typed, and around it the rows the page did not show
	From  int
	Do    string
	N     int               // what Do is about: the row's place in the table, or the column's
	Was   []string          // what the columns were called when they were shown
	Raw   map[string]string // by its place in the form: what should be a number and is none
}

// readGrid lays what was typed over the table as it was shown. After another's save the typed rows take the place of those
// they came from, by id, and rows that came meanwhile stay.
func readGrid(in *page.Input, base rule.Table, stale bool) typed {
	columns, _ := in.Int("columns")
	rows, _ := in.Int("rows")
	from, _ := in.Int("from")
	out := typed{From: int(from), Raw: map[string]string{}}
	t := base
	t.Name, t.Policy = in.Text("name"), rule.Policy(in.Text("policy"))
	t.Inputs = nil
	var was []string
	for j := range min(int(columns), rule.MaxInputs) {
		t.Inputs = append(t.Inputs, readColumn(in, j))
		was = append(was, in.Text(fmt.Sprintf("in.%d.was", j)))
	}
	var shown []rule.Row
	var ids []string
	for i := range min(int(rows), mostRows) {
		shown = append(shown, out.row(in, i, len(t.Inputs)))
		ids = append(ids, in.Text(fmt.Sprintf("r.%d.was", i)))
	}
	out.Was = was
	around := recast(base, was)
	if stale {
		t.Rows, out.From = byID(around, shown, ids)
	} else {
		to := min(out.From+len(shown), len(around))
		out.From = min(out.From, to)
		t.Rows = slices.Concat(around[:out.From], shown, around[to:])
	}
	out.Table = t
	out.Do, out.N = doOf(in.Text("do"))
	if strings.HasPrefix(out.Do, "row_") {
		out.N += out.From
	}
	return out
}

// doOf cuts "row_up.3" into what is done and to which.
func doOf(s string) (string, int) {
	do, n, _ := strings.Cut(s, ".")
	i, err := strconv.Atoi(n)
	if err != nil {
		i = -1
	}
	return do, i
}

// recast is the base's rows with their cells in the order of the columns as they are now, by the names those had.
func recast(base rule.Table, was []string) []rule.Row {
	out := slices.Clone(base.Rows)
	for i, r := range out {
		cells := make([]string, len(was))
		for j, name := range was {
			cells[j] = "-"
			if at := slices.IndexFunc(base.Inputs, func(in rule.Input) bool { return in.Name == name }); at >= 0 && at < len(r.Cells) {
				cells[j] = r.Cells[at]
			}
		}
		out[i].Cells = cells
	}
	return out
}

func byID(around, shown []rule.Row, ids []string) (out []rule.Row, from int) {
	from = -1
	for _, r := range around {
		if !slices.Contains(ids, r.ID) {
			out = append(out, r)
			continue
		}
		if from < 0 {
			from = len(out)
		}
	}
	if from < 0 {
		from = len(out)
	}
	return slices.Insert(out, from, shown...), from
}

func readColumn(in *page.Input, j int) rule.Input {
	at := fmt.Sprintf("in.%d.", j)
	x := rule.Input{Name: in.Text(at + "name"), Label: in.Text(at + "label"), Type: rule.Type(in.Text(at + "type"))}
	var values []string
	for v := range strings.SplitSeq(in.Long(at+"values"), "\n") {
		if v = strings.TrimSpace(v); v != "" {
			values = append(values, rule.Text(v).String())
		}
	}
	x.Allowed = strings.Join(values, ",")
	return x
}

func (x *typed) row(in *page.Input, i, columns int) rule.Row {
	at := fmt.Sprintf("r.%d.", i)
	r := rule.Row{ID: in.Text(at + "id"), When: in.Long(at + "when"), Says: in.Long(at + "says"), Outputs: []string{""}}
	for j := range columns {
		r.Cells = append(r.Cells, in.Text(at+"c."+number(j)))
	}
	if v := in.Text(at + "outcome"); v != "" {
		r.Outputs[0] = rule.Text(v).String()
	}
	r.Basis = rule.Citation{Law: in.Text(at + "law"), Text: in.Long(at + "text")}
	for name, to := range map[string]*int{"article": &r.Basis.Article, "sub": &r.Basis.Sub, "paragraph": &r.Basis.Paragraph, "point": &r.Basis.Point} {
		n, ok := in.Int(at + name)
		if raw := in.Text(at + name); !ok && raw != "" || n < 0 || n > mostArticle {
			x.Raw[at+name] = raw
			continue
		}
		*to = int(n)
	}
	return r
}

// mostArticle is beyond the number of any article, paragraph or point.
const mostArticle = 9999

// bad names what should be a number.
func (x typed) bad() error {
	var out []fault.Field
	for _, name := range slices.Sorted(maps.Keys(x.Raw)) {
		out = append(out, fault.Field{Name: name, Key: "rule.sheet_number", Args: []any{"value", x.Raw[name]}})
	}
	if len(out) == 0 {
		return nil
	}
	return fault.Bad(out...)
}

// acts is what can be done to a grid besides saving it; each gives the row to go on at, -1 for none.
var acts = map[string]func(t *rule.Table, n int) int{
	"row_add":       addRow,
	"row_delete":    func(t *rule.Table, n int) int { t.Rows = slices.Delete(t.Rows, n, n+1); return min(n, len(t.Rows)-1) },
	"row_up":        func(t *rule.Table, n int) int { return swap(t, n, n-1) },
	"row_down":      func(t *rule.Table, n int) int { return swap(t, n, n+1) },
	"column_add":    addColumn,
	"column_delete": deleteColumn,
}

// act does what was asked, and gives the row to go on at.
func (x *typed) act() int {
	do, ok := acts[x.Do]
	most := len(x.Table.Rows)
	if strings.HasPrefix(x.Do, "column_") {
		most = len(x.Table.Inputs)
	}
	adds := strings.HasSuffix(x.Do, "_add")
	if !ok || !adds && (x.N < 0 || x.N >= most) {
		return -1
	}
	switch x.Do {
	case "column_delete":
		x.Was = slices.Delete(x.Was, x.N, x.N+1)
	case "column_add":
		x.Was = append(x.Was, "")
	}
	return do(&x.Table, x.N)
}

// addRow adds below a row, at the end for none.
func addRow(t *rule.Table, n int) int {
	r := rule.Row{Outputs: []string{""}, Cells: slices.Repeat([]string{"-"}, len(t.Inputs))}
	for i := len(t.Rows) + 1; r.ID == ""; i++ {
		if _, taken := t.Row(fmt.Sprintf("R%d", i)); !taken {
			r.ID = fmt.Sprintf("R%d", i)
		}
	}
	at := len(t.Rows)
	if n >= 0 && n < at {
		at = n + 1
	}
	t.Rows = slices.Insert(t.Rows, at, r)
	return at
}

func swap(t *rule.Table, n, with int) int {
	if with < 0 || with >= len(t.Rows) {
		return n
	}
	t.Rows[n], t.Rows[with] = t.Rows[with], t.Rows[n]
	return with
}

func addColumn(t *rule.Table, _ int) int {
	x := rule.Input{Type: rule.TypeBoolean}
	for i := len(t.Inputs) + 1; x.Name == ""; i++ {
		if name := fmt.Sprintf("fact%d", i); !slices.ContainsFunc(t.Inputs, func(in rule.Input) bool { return in.Name == name }) {
			x.Name = name
		}
	}
	t.Inputs = append(t.Inputs, x)
	for i := range t.Rows {
		t.Rows[i].Cells = append(slices.Clone(t.Rows[i].Cells), "-")
	}
	return -1
}

func deleteColumn(t *rule.Table, n int) int {
	t.Inputs = slices.Delete(slices.Clone(t.Inputs), n, n+1)
	for i, r := range t.Rows {
		if n < len(r.Cells) {
			t.Rows[i].Cells = slices.Delete(slices.Clone(r.Cells), n, n+1)
		}
	}
	return -1
}
