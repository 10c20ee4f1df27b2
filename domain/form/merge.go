package form

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Merge makes one form of several items' (一张表): each data element is asked once, under the section
// it first stands in, as strictly as the strictest item asks. Where items cannot be asked as one, the
// flaw names the element and the first item's way is kept. Papers stay each item's own and are not in it.
func Merge(specs ...Spec) (Spec, []Flaw) {
	m := merging{at: map[string]int{}}
	for _, s := range specs {
		for _, f := range s.Fields {
			m.field(f)
		}
		for _, g := range s.Groups {
			m.group(g)
		}
		for _, c := range s.Checks {
			if !slices.ContainsFunc(m.out.Checks, func(d Demand) bool { return d.Holds == c.Holds && d.Element == c.Element }) {
				m.out.Checks = append(m.out.Checks, c)
			}
		}
	}
	m.out.Fields = bySection(m.out.Fields)
	for i, f := range m.out.Fields {
		for j := range m.flaws {
			if m.flaws[j].Args[1] == f.Element {
				m.flaws[j].Path = path("form", i, m.flaws[j].Path)
			}
		}
	}
	return m.out, m.flaws
}

type merging struct {
	out   Spec
	at    map[string]int
	flaws []Flaw // Path holds the field's part until the order is known
}

func (m *merging) flaw(f Field, part, key string) {
	if !slices.ContainsFunc(m.flaws, func(x Flaw) bool { return x.Key == key && x.Args[1] == f.Element }) {
		m.flaws = append(m.flaws, Flaw{part, key, []any{"element", f.Element}})
	}
}

func (m *merging) field(f Field) {
	i, there := m.at[f.Element]
	if !there {
		m.at[f.Element] = len(m.out.Fields)
		f.Options = slices.Clone(f.Options)
		m.out.Fields = append(m.out.Fields, f)
		return
	}
	a := &m.out.Fields[i]
	switch {
	case a.Kind != f.Kind:
		m.flaw(f, "kind", "form.merge.kind")
		return
	case a.Compute != f.Compute && a.Compute != "" && f.Compute != "":
		m.flaw(f, "compute", "form.merge.compute")
		return
	case a.Group != f.Group:
		m.flaw(f, "group", "form.merge.group")
		return
	}
	a.Compute = cmp.Or(a.Compute, f.Compute) // what one item works out serves the one that asks
	a.Optional = a.Optional && f.Optional
	a.Max = least(a.Max, f.Max)
	a.When = either(a.When, f.When)
	if a.Kind == "choice" {
		both := slices.DeleteFunc(slices.Clone(a.Options), func(o string) bool { return !slices.Contains(f.Options, o) })
		if len(both) == 0 {
			m.flaw(f, "options", "form.merge.options")
			return
		}
		a.Options = both
	}
	m.bounds(a, f)
}

// least is the smaller of two limits of which 0 is none.
func least(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// either is true when one of two conditions is; no condition is always true.
func either(a, b string) string {
	switch {
	case a == "" || b == "":
		return ""
	case a == b:
		return a
	}
	return "(" + a + ") or (" + b + ")"
}

// bounds takes the later of the lower and the earlier of the upper bounds. A bound that is "today"
// moves, so no fixed day can be held against it.
func (m *merging) bounds(a *Field, f Field) {
	lo, ok := tighter(a.Min, f.Min, a.Kind, 1)
	hi, also := tighter(a.MaxValue, f.MaxValue, a.Kind, -1)
	if lo != "" && hi != "" {
		c, comparable := order(lo, hi, a.Kind)
		also = also && (!comparable || c <= 0)
	}
	if !ok || !also {
		m.flaw(f, "min", "form.merge.bounds")
		return
	}
	a.Min, a.MaxValue = lo, hi
}

func tighter(a, b, kind string, sign int) (string, bool) {
	if a == b || b == "" {
		return a, true
	}
	if a == "" {
		return b, true
	}
	c, ok := order(a, b, kind)
	if c*sign >= 0 {
		return a, ok
	}
	return b, ok
}

func order(a, b, kind string) (int, bool) {
	if kind == "date" {
		_, errA := time.Parse(time.DateOnly, a)
		_, errB := time.Parse(time.DateOnly, b)
		return strings.Compare(a, b), errA == nil && errB == nil
	}
	x, ok := new(big.Rat).SetString(a)
	y, also := new(big.Rat).SetString(b)
	if !ok || !also {
		return 0, false
	}
	return x.Cmp(y), true
}

func (m *merging) group(g Group) {
	i := slices.IndexFunc(m.out.Groups, func(x Group) bool { return x.ID == g.ID })
	if i < 0 {
		m.out.Groups = append(m.out.Groups, g)
		return
	}
	have := &m.out.Groups[i]
	have.Min, have.Max = max(have.Min, g.Min), least(have.Max, g.Max)
}

// bySection puts the fields of one section beside each other, sections in the order they first stand in.
func bySection(fields []Field) []Field {
	first := map[string]int{}
	for i, f := range fields {
		if _, there := first[f.Section]; !there {
			first[f.Section] = i
		}
	}
	slices.SortStableFunc(fields, func(a, b Field) int { return cmp.Compare(first[a.Section], first[b.Section]) })
	return fields
}
