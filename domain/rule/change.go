package rule

import (
	"fmt"
	"slices"

	"yimen/foundation/fault"
	"yimen/ref"
)

// Change is one difference between two tables.
type Change struct {
	Kind   string `json:"kind"` // row_added · row_removed · row_moved · cell · head
	Row    string `json:"row"`  // the row's id, empty for the head
	Column string `json:"column"`
	Old    string `json:"old"`
	New    string `json:"new"`
}

// The kinds of change.
const (
	RowAdded   = "row_added"
	RowRemoved = "row_removed"
	RowMoved   = "row_moved" // its place among the rows that stay is another, which matters under F and R
	CellChange = "cell"
	HeadChange = "head"
)

// Diff is what changed from old to new: first the head, then rows in new's order, then rows
// that are gone. Cells are compared by their column's name; "when", "says", "basis" and, for the head,
// "name", "policy", "input NAME", "output NAME" are columns too.
func Diff(old, next Table) []Change {
	out := diffParts(HeadChange, "", old.head(), next.head())
	kept := slices.DeleteFunc(ids(old.Rows), func(id string) bool { _, ok := next.Row(id); return !ok })
	place := 0
	for _, r := range next.Rows {
		before, ok := old.Row(r.ID)
		if !ok {
			out = append(out, Change{Kind: RowAdded, Row: r.ID, New: r.Says})
			continue
		}
		if place < len(kept) && kept[place] != r.ID {
			out = append(out, Change{Kind: RowMoved, Row: r.ID})
		}
		place++
		out = append(out, diffParts(CellChange, r.ID, old.parts(before), next.parts(r))...)
	}
	for _, r := range old.Rows {
		if _, ok := next.Row(r.ID); !ok {
			out = append(out, Change{Kind: RowRemoved, Row: r.ID, Old: r.Says})
		}
	}
	return out
}

func ids(rows []Row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out
}

type named struct{ name, text string }

func diffParts(kind, row string, old, next []named) (out []Change) {
	find := func(in []named, name string) (string, bool) {
		i := slices.IndexFunc(in, func(p named) bool { return p.name == name })
		if i < 0 {
			return "", false
		}
		return in[i].text, true
	}
	for _, p := range next {
		if before, _ := find(old, p.name); before != p.text {
			out = append(out, Change{kind, row, p.name, before, p.text})
		}
	}
	for _, p := range old {
		if _, ok := find(next, p.name); !ok && kind == HeadChange { // a column that is gone is told once, not in every row
			out = append(out, Change{kind, row, p.name, p.text, ""})
		}
	}
	return out
}

func (t *Table) head() []named {
	out := []named{{"name", t.Name}, {"policy", string(t.Policy)}}
	for _, in := range t.Inputs {
		out = append(out, named{"input " + in.Name, fmt.Sprintf("%s %s %s %s", in.Label, in.Type, in.Allowed, in.Expression)})
	}
	for _, o := range t.Outputs {
		out = append(out, named{"output " + o.Name, fmt.Sprintf("%s %s %s %s", o.Label, o.Type, o.Allowed, o.Default)})
	}
	return out
}

func (t *Table) parts(r Row) (out []named) {
	for i, in := range t.Inputs {
		if i < len(r.Cells) {
			out = append(out, named{in.Name, r.Cells[i]})
		}
	}
	for i, o := range t.Outputs {
		if i < len(r.Outputs) {
			out = append(out, named{o.Name, r.Outputs[i]})
		}
	}
	return append(out, named{"when", r.When}, named{"says", r.Says}, named{"basis", r.Basis.String()})
}

// String writes the citation in one line, for comparing; pages write it in words.
func (c Citation) String() string {
	if c == (Citation{}) {
		return ""
	}
	return fmt.Sprintf("%s %d.%d.%d.%d %s", c.Law, c.Article, c.Sub, c.Paragraph, c.Point, c.Text)
}

// Past is a decision that was made: its facts, and what was decided by which row.
type Past struct {
	Case    ref.CaseID       `json:"case"`
	Inputs  map[string]Value `json:"inputs"`
	Outcome string           `json:"outcome"`
	Row     string           `json:"row"`
}

// Otherwise is a past decision that the table would not have proposed.
type Otherwise struct {
	Past     Past         `json:"past"`
	Proposal Proposal     `json:"proposal"` // its outcome is another, or it is a gap
	Fault    *fault.Error `json:"-"`        // the table cannot decide these facts at all
}

// Replay decides past cases again and gives those that would have had another outcome, in their
// order. It reads and writes nothing.
func Replay(c *Compiled, past []Past) (out []Otherwise) {
	for _, p := range past {
		proposal, err := c.Decide(p.Inputs)
		switch {
		case err != nil:
			out = append(out, Otherwise{Past: p, Fault: fault.As(err)})
		case proposal.Outcome != p.Outcome:
			out = append(out, Otherwise{Past: p, Proposal: proposal})
		}
	}
	return out
}
