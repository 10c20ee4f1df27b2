package rule

import (
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// bits is a set of an axis's atoms.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)/64) }

func (b bits) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bits) meets(c bits) bool {
	for i := range b {
		if b[i]&c[i] != 0 {
			return true
		}
	}
	return false
}

func (b bits) within(c bits) bool {
	for i := range b {
		if b[i]&^c[i] != 0 {
			return false
		}
	}
	return true
}

func (b bits) and(c bits) bits {
	out := make(bits, len(b))
	for i := range b {
		out[i] = b[i] & c[i]
	}
	return out
}

func (b bits) without(c bits) bits {
	out := make(bits, len(b))
	for i := range b {
		out[i] = b[i] &^ c[i]
	}
	return out
}

func (b bits) first() int {
	for i := range len(b) * 64 {
		if b.has(i) {
			return i
		}
	}
	return -1
}

// atom is a part of an input's values on which every cell of the column answers alike: a value,
// what lies between two neighbouring values, or everything that no cell names.
type atom struct {
	sample Value
	lo, hi *Value // the ends of an open part; nil: none
	other  bool   // a text that no cell names
	point  bool
}

// axis is one input cut into atoms. Parts without a value (between two days that follow each
// other) are not there.
type axis struct {
	atoms   []atom
	allowed bits
}

// axisOf cuts a column by the constants of its cells; false when one of them cannot be judged
// beforehand.
func axisOf(typ Type, kind Kind, cells []*cell, allowed *cell) (*axis, bool) {
	var named []Value
	null := false
	for _, c := range append([]*cell{allowed}, cells...) {
		if c == nil {
			continue
		}
		if !c.fixed() || kind == KindString && c.ranges() {
			return nil, false
		}
		for _, v := range c.constants() {
			if null = null || v.IsNull(); v.kind == kind {
				named = append(named, v)
			}
		}
	}
	a := &axis{}
	switch kind {
	case KindBoolean:
		a.atoms = []atom{{sample: yes, point: true}, {sample: no, point: true}}
	case KindString:
		a.words(named)
	default:
		if !a.cut(typ, named) {
			return nil, false
		}
	}
	if null {
		a.atoms = append(a.atoms, atom{sample: Null, point: true})
	}
	a.allowed = a.where(allowed)
	return a, true
}

// ranges says whether a cell orders what it tests.
func (c *cell) ranges() bool {
	return slices.ContainsFunc(c.tests, func(t unaryTest) bool { return t.op != opEqual && t.op != opNotEqual })
}

func (a *axis) words(named []Value) {
	slices.SortFunc(named, func(x, y Value) int { return strings.Compare(x.s, y.s) })
	other := "?"
	for _, v := range slices.CompactFunc(named, Value.Equal) {
		a.atoms = append(a.atoms, atom{sample: v, point: true})
		if strings.HasPrefix(v.s, other) {
			other = v.s + "?"
		}
	}
	a.atoms = append(a.atoms, atom{sample: Text(other), other: true})
}

// cut makes below, point, between, point, …, above. It is false for moments that have no order
// among each other (local and zoned times).
func (a *axis) cut(typ Type, edges []Value) bool {
	for _, v := range edges {
		if _, ok := compare(v, edges[0]); !ok {
			return false
		}
	}
	slices.SortFunc(edges, func(x, y Value) int { c, _ := compare(x, y); return c })
	edges = slices.CompactFunc(edges, Value.Equal)
	var before *Value
	for i := range edges {
		a.part(typ, before, &edges[i])
		if typ != TypeInteger || edges[i].whole() {
			a.atoms = append(a.atoms, atom{sample: edges[i], point: true})
		}
		before = &edges[i]
	}
	a.part(typ, before, nil)
	return true
}

// part adds what lies openly between lo and hi, when anything does.
func (a *axis) part(typ Type, lo, hi *Value) {
	for _, v := range candidates(typ, lo, hi) {
		if inside(v, lo, hi) {
			a.atoms = append(a.atoms, atom{sample: v, lo: lo, hi: hi})
			return
		}
	}
}

func inside(v Value, lo, hi *Value) bool {
	if v.IsNull() {
		return false
	}
	if lo != nil {
		if c, ok := compare(*lo, v); !ok || c >= 0 {
			return false
		}
	}
	if hi != nil {
		if c, ok := compare(v, *hi); !ok || c >= 0 {
			return false
		}
	}
	return true
}

// candidates are values of which one lies between lo and hi if any does: round ones first,
// because people read them.
func candidates(typ Type, lo, hi *Value) []Value {
	switch k := typ.Kind(); {
	case lo == nil && hi == nil:
		return []Value{plainest(k)}
	case k == KindNumber:
		return numbersNear(typ, lo, hi)
	case lo == nil:
		return []Value{step(*hi, -1, 0), step(*hi, 0, -1), plainest(k)}
	case hi == nil:
		return []Value{step(*lo, 1, 0), step(*lo, 0, 1)}
	}
	return []Value{step(*lo, 1, 0), midway(*lo, *hi), step(*lo, 0, 1)}
}

func plainest(k Kind) Value {
	switch k {
	case KindDate:
		return readDate("2026-01-01")
	case KindDateTime:
		return readDateTime("2026-01-01T12:00:00")
	case KindTime:
		return Value{kind: KindTime}
	case KindMonths, KindDays:
		return Value{kind: k}
	}
	return Int(0)
}

func numbersNear(typ Type, lo, hi *Value) []Value {
	if lo == nil {
		return []Value{floor(calculate('-', *hi, Int(1))), calculate('-', *hi, Int(1))}
	}
	up := calculate('+', floor(*lo), Int(1))
	if hi == nil || typ == TypeInteger {
		return []Value{up, calculate('+', *lo, Int(1))}
	}
	return []Value{up, calculate('/', calculate('+', *lo, *hi), Int(2))}
}

func floor(v Value) Value {
	var d, room apd.Decimal
	if _, err := decimal128.Floor(&d, v.decimal(&room)); err != nil {
		return Null
	}
	return number(&d)
}

// step moves by the unit people count in (a day; an hour of a time; a month) or by the smallest.
func step(v Value, unit, least int64) Value {
	switch v.kind {
	case KindDate:
		return shift(v, days((unit+least)*daySeconds, 0))
	case KindMonths:
		return months(v.i + unit + least)
	case KindDays, KindDateTime:
		return shift(v, days(unit*daySeconds, least))
	}
	v.i, v.n = v.i+unit*3600, v.n+least // a time of the day: not round the clock
	switch {
	case v.n < 0:
		v.i, v.n = v.i-1, v.n+nano
	case v.n >= nano:
		v.i, v.n = v.i+1, v.n-nano
	}
	if v.i < 0 || v.i >= daySeconds {
		return Null
	}
	return v
}

func midway(a, b Value) Value {
	switch a.kind {
	case KindDate, KindMonths:
		return Null // the next day or month was tried
	}
	d := scale('/', between(b, a), Int(2))
	if a.kind == KindTime {
		a.i, a.n = a.i+d.i, a.n+d.n
		if a.n >= nano {
			a.i, a.n = a.i+1, a.n-nano
		}
		return a
	}
	return shift(a, d)
}

// where are the atoms a cell matches; all of them for no cell.
func (a *axis) where(c *cell) bits {
	out := newBits(len(a.atoms))
	f := &frame{}
	for i := range a.atoms {
		f.input = a.atoms[i].sample
		if c == nil || c.matches(f) {
			out.set(i)
		}
	}
	return out
}

// text writes a set of atoms as S-FEEL unary tests.
func (a *axis) text(set bits) string {
	if a.allowed.within(set) {
		return "-"
	}
	if i := slices.IndexFunc(a.atoms, func(x atom) bool { return x.other }); i >= 0 && set.has(i) {
		return "not(" + strings.Join(a.listed(a.allowed.without(set)), ", ") + ")"
	}
	return strings.Join(a.listed(set), ", ")
}

// listed writes runs of neighbouring atoms as one interval.
func (a *axis) listed(set bits) (out []string) {
	for i := 0; i < len(a.atoms); i++ {
		if !set.has(i) {
			continue
		}
		from := i
		for i+1 < len(a.atoms) && set.has(i+1) && a.adjoin(i) {
			i++
		}
		out = append(out, interval(a.atoms[from], a.atoms[i]))
	}
	return out
}

// adjoin says whether an atom and the next one make one interval.
func (a *axis) adjoin(i int) bool {
	x, y := a.atoms[i], a.atoms[i+1]
	return ordered(x.sample.kind) && x.sample.kind != KindString && y.sample.kind == x.sample.kind
}

func interval(from, to atom) string {
	switch {
	case from.point && to.point && from.sample.Equal(to.sample):
		return from.sample.String()
	case !from.point && from.lo == nil && !to.point && to.hi == nil:
		return "-"
	case !from.point && from.lo == nil && to.point:
		return "<= " + to.sample.String()
	case !from.point && from.lo == nil:
		return "< " + to.hi.String()
	case !to.point && to.hi == nil && from.point:
		return ">= " + from.sample.String()
	case !to.point && to.hi == nil:
		return "> " + from.lo.String()
	}
	left, right := "["+from.sample.String(), to.sample.String()+"]"
	if !from.point {
		left = "(" + from.lo.String()
	}
	if !to.point {
		right = to.hi.String() + ")"
	}
	return left + ".." + right
}
