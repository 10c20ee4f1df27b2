package rule

import "slices"

// Finding is a gap, an overlap or a row that is never reached, with one example.
type Finding struct {
	Kind    string           `json:"kind"`
	Rows    []string         `json:"rows"`    // ids of the rows concerned; none for a gap
	Where   []string         `json:"where"`   // the concerned part of each input, as S-FEEL cells in the inputs' order
	Example map[string]Value `json:"example"` // one value per input, by its name
	Flaw    bool             `json:"flaw"`    // it must be mended before the table is signed
}

// The kinds of finding.
const (
	KindGap     = "gap"     // no row is hit
	KindOverlap = "overlap" // two rows are hit
	KindMasked  = "masked"  // rows before it, or of higher priority, take all it could hit
	KindNever   = "never"   // the allowed values leave it nothing
)

// Report is what Analyse found.
type Report struct {
	Findings []Finding `json:"findings"`
	// Full says that everything was checked. It is false when cells compute what they compare
	// with (Unchecked names their columns), when the table needs more than maxWork steps, or
	// when one kind has more than MostFindings.
	Full      bool     `json:"full"`
	Unchecked []string `json:"unchecked"`
}

// Flawed says whether anything must be mended.
func (r Report) Flawed() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Flaw })
}

// Limits of one analysis.
const (
	MostFindings = 50        // of one kind
	maxWork      = 4_000_000 // comparisons of a row with a region
)

// box is a set of inputs: the product of one set of atoms per axis.
type box []bits

func (b box) with(axis int, s bits) box {
	out := slices.Clone(b)
	out[axis] = s
	return out
}

func (b box) meets(c box) bool {
	for i := range b {
		if !b[i].meets(c[i]) {
			return false
		}
	}
	return true
}

// analysis holds the table as boxes over the partition of the input space.
type analysis struct {
	c        *Compiled
	axes     []*axis
	all      box
	rows     []box // nil for a row that cannot be judged
	computed bool  // columns compute from facts, so that not every part of the space can occur
	work     int
	report   Report
}

// Analyse finds gaps and overlaps exactly: every cell is constant on each atom of its input, so
// a row is a box of atoms, and the table is complete when its boxes cover the space. The space
// is never enumerated: it is cut along the rows, and a part that one row covers is done.
func Analyse(c *Compiled) Report {
	a := &analysis{c: c, report: Report{Full: true, Findings: []Finding{}, Unchecked: []string{}}}
	a.partition()
	a.nevers()
	a.overlaps()
	a.gaps()
	a.masked()
	return a.report
}

// Sound compiles and analyses a table: what may be signed. With flaws there is no table.
func Sound(t Table) (*Compiled, Report, []Flaw) {
	c, flaws := Compile(t)
	if c == nil {
		return nil, Report{}, flaws
	}
	r := Analyse(c)
	c.sound = !r.Flawed()
	return c, r, nil
}

// partition cuts every input and turns rows into boxes. An input that cannot be cut is one
// atom, and the rows that have a cell there are left out.
func (a *analysis) partition() {
	g := a.c.grid
	a.rows = make([]box, len(g.rows))
	known := make([]bool, len(g.rows))
	for i := range known {
		known[i], a.rows[i] = true, make(box, len(g.inputs))
	}
	for j := range g.inputs {
		in := a.c.table.Inputs[j]
		a.computed = a.computed || in.Expression != ""
		cells := make([]*cell, len(g.rows))
		for i := range g.rows {
			cells[i] = g.rows[i].cells[j]
		}
		x, ok := axisOf(in.Type, g.inputs[j].kind, cells, g.inputs[j].allowed)
		if !ok {
			a.unchecked(in.Name)
			x = &axis{atoms: []atom{{sample: Null, other: true}}, allowed: bits{1}}
		}
		for i, c := range cells {
			known[i] = known[i] && (ok || c.any)
			a.rows[i][j] = x.where(c).and(x.allowed)
		}
		a.axes, a.all = append(a.axes, x), append(a.all, x.allowed)
	}
	for i := range known {
		if !known[i] {
			a.rows[i] = nil
		}
	}
	if a.computed {
		a.report.Full = false
	}
}

func (a *analysis) unchecked(column string) {
	a.report.Full = false
	a.report.Unchecked = append(a.report.Unchecked, column)
}

// add reports a finding with the first value of each part as example; false when there are enough.
func (a *analysis) add(kind string, flaw bool, where box, rows ...int) bool {
	n := 0
	for _, f := range a.report.Findings {
		if f.Kind == kind {
			n++
		}
	}
	if n >= MostFindings {
		a.report.Full = false
		return false
	}
	f := Finding{Kind: kind, Flaw: flaw, Example: map[string]Value{}, Where: make([]string, len(a.axes)), Rows: make([]string, len(rows))}
	for i, r := range rows {
		f.Rows[i] = a.c.table.Rows[r].ID
	}
	for j, x := range a.axes {
		f.Where[j] = x.text(where[j])
		if at := where[j].first(); at >= 0 {
			f.Example[a.c.table.Inputs[j].Name] = x.atoms[at].sample
		}
	}
	a.report.Findings = append(a.report.Findings, f)
	return true
}

func (a *analysis) nevers() {
	for i, row := range a.rows {
		if row != nil && !row.meets(a.all) {
			a.add(KindNever, true, row, i)
			a.rows[i] = nil
		}
	}
}

// overlaps compares each row with each: two boxes meet when they meet on every axis. Under the
// collecting policies several hits are what is wanted.
func (a *analysis) overlaps() {
	if !a.c.grid.policy.Single() {
		return
	}
	for i, x := range a.rows {
		for j := i + 1; j < len(a.rows) && x != nil; j++ {
			if y := a.rows[j]; y != nil && x.meets(y) && !a.overlap(i, j) {
				return
			}
		}
	}
}

func (a *analysis) overlap(i, j int) bool {
	both := make(box, len(a.axes))
	for k := range both {
		both[k] = a.rows[i][k].and(a.rows[j][k])
	}
	flaw := false
	switch a.c.grid.policy {
	case Unique:
		flaw = !a.computed
	case Any:
		if a.agree(i, j) {
			return true
		}
		flaw = !a.computed
	}
	return a.add(KindOverlap, flaw, both, i, j)
}

// agree says whether two rows conclude the same; rows that compute may not.
func (a *analysis) agree(i, j int) bool {
	x, y := a.c.rows[i].hit, a.c.rows[j].hit
	return x != nil && y != nil && same(x.Outputs, y.Outputs)
}

// masked finds rows that others take everything from.
func (a *analysis) masked() {
	for i, row := range a.rows {
		if row == nil {
			continue
		}
		above := a.above(i)
		if len(above) == 0 {
			continue
		}
		if a.search(row, above, func(box) bool { return false }) {
			a.add(KindMasked, false, row, i)
		}
	}
}

// above are the rows that decide in place of row i where both are hit.
func (a *analysis) above(i int) (out []box) {
	for j, row := range a.rows {
		if row != nil && j != i && a.prevails(j, i) {
			out = append(out, row)
		}
	}
	return out
}

func (a *analysis) prevails(j, i int) bool {
	switch a.c.grid.policy {
	case First:
		return j < i
	case Priority:
		x, y := a.c.rows[j].hit, a.c.rows[i].hit
		return x != nil && y != nil && a.c.grid.before(x.Outputs, y.Outputs) < 0
	}
	return false
}

// gaps searches the whole space for parts that no row covers. Each is widened as far as it is
// still a gap, and counts as covered from then on, so that one gap is told once.
func (a *analysis) gaps() {
	if slices.ContainsFunc(a.rows, func(b box) bool { return b == nil }) && len(a.report.Unchecked) > 0 || slices.ContainsFunc(a.c.grid.outputs, func(o outcome) bool { return o.standard != nil }) {
		return
	}
	var rows []box
	for _, r := range a.rows {
		if r != nil {
			rows = append(rows, r)
		}
	}
	var told []box
	a.search(a.all, rows, func(gap box) bool {
		if slices.ContainsFunc(told, func(t box) bool { return contains(t, gap) }) {
			return true
		}
		wide := a.widen(gap, rows)
		told = append(told, wide)
		return a.add(KindGap, false, wide)
	})
}

func contains(big, part box) bool {
	for i := range big {
		if !part[i].within(big[i]) {
			return false
		}
	}
	return true
}

// widen adds to each axis the atoms that keep the box free of rows.
func (a *analysis) widen(gap box, rows []box) box {
	for j, x := range a.axes {
		s := slices.Clone(gap[j])
		for i := range x.atoms {
			if one := newBits(len(x.atoms)); x.allowed.has(i) && !s.has(i) {
				one.set(i)
				if try := gap.with(j, one); !slices.ContainsFunc(rows, try.meets) {
					s.set(i)
				}
			}
		}
		gap = gap.with(j, s)
	}
	return gap
}

// search calls found for parts of the region that no row covers, until it answers false; it
// answers false when it stopped. It cuts along the row that leaves the least over.
func (a *analysis) search(region box, rows []box, found func(box) bool) bool {
	if a.work += len(rows) + 1; a.work > maxWork {
		a.report.Full = false
		return false
	}
	var live []box
	var best box
	least := len(region) + 1
	for _, r := range rows {
		if !r.meets(region) {
			continue
		}
		cuts := 0
		for j := range region {
			if !region[j].within(r[j]) {
				cuts++
			}
		}
		if cuts == 0 {
			return true
		}
		if live = append(live, r); cuts < least {
			best, least = r, cuts
		}
	}
	if best == nil {
		return found(region)
	}
	return a.around(region, best, live, found)
}

// around searches the pieces of the region that stick out of the row.
func (a *analysis) around(region, row box, live []box, found func(box) bool) bool {
	for j := range region {
		if region[j].within(row[j]) {
			continue
		}
		if !a.search(region.with(j, region[j].without(row[j])), live, found) {
			return false
		}
		region = region.with(j, region[j].and(row[j]))
	}
	return true
}
