package rule

// cell is a compiled input entry or list of allowed values: unary tests (DMN 1.5, 9.2 rules 7–17).
type cell struct {
	any    bool // "-"
	negate bool // not(…)
	tests  []unaryTest
}

type testOp uint8

const (
	opEqual testOp = iota // the value, or one of a list of values
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opRange
	opAsk // an expression with "?"
)

// unaryTest compares the tested value with lo, or with the range lo to hi. Constant ends are
// kept as values, so that the usual cell costs a comparison and nothing more.
type unaryTest struct {
	op             testOp
	openLo, openHi bool
	fixed          bool
	lo, hi         node
	loV, hiV       Value
}

// matches is the answer for the frame's input; "not known" is no match.
func (c *cell) matches(f *frame) bool { return c.any || c.answer(f) == triTrue }

func (c *cell) answer(f *frame) tri {
	out := triFalse
	for i := range c.tests {
		switch c.tests[i].answer(f) {
		case triTrue:
			if c.negate {
				return triFalse
			}
			return triTrue
		case triNull:
			out = triNull
		}
	}
	if c.negate {
		return -out
	}
	return out
}

func (t *unaryTest) answer(f *frame) tri {
	if t.op == opAsk {
		return t.lo.eval(f).asTri()
	}
	if t.fixed {
		return t.holds(&f.input, &t.loV, &t.hiV)
	}
	lo, hi := t.lo.eval(f), Null
	if t.hi != nil {
		hi = t.hi.eval(f)
	}
	return t.holds(&f.input, &lo, &hi)
}

// holds takes pointers because it runs for every cell of every row and a Value is large.
func (t *unaryTest) holds(v, lo, hi *Value) tri {
	switch t.op {
	case opEqual:
		return equalOrMember(v, lo)
	case opNotEqual:
		return -equal(*v, *lo)
	}
	if v.kind != lo.kind || !ordered(v.kind) {
		return triNull
	}
	c, ok := quick(v, lo)
	if !ok {
		return triNull
	}
	switch t.op {
	case opLess:
		return truth(c < 0)
	case opLessEqual:
		return truth(c <= 0)
	case opGreater:
		return truth(c > 0)
	case opGreaterEqual:
		return truth(c >= 0)
	}
	return t.below(v, hi, c > 0 || c == 0 && !t.openLo)
}

// below finishes a range: above is whether the value lies above its lower end.
func (t *unaryTest) below(v, hi *Value, above bool) tri {
	if v.kind != hi.kind {
		return triNull
	}
	c, ok := quick(v, hi)
	if !ok {
		return triNull
	}
	return truth(above && (c < 0 || c == 0 && !t.openHi))
}

func quick(a, b *Value) (int, bool) {
	if a.kind == KindNumber && a.dec == nil && b.dec == nil {
		return cmpInt(a.i, b.i), true
	}
	return compare(*a, *b)
}

func equalOrMember(v, want *Value) tri {
	switch {
	case v.kind == KindString && want.kind == KindString:
		return truth(v.s == want.s)
	case want.kind == KindList && v.kind != KindList:
		for i := range want.list {
			if equal(*v, want.list[i]) == triTrue {
				return triTrue
			}
		}
		return triFalse
	}
	return equal(*v, *want)
}

// parseCell compiles unary tests; an empty text is "-".
func parseCell(text string, s *scope) (*cell, error) {
	p, err := newParser(text, s)
	if err != nil {
		return nil, err
	}
	p.test = true
	if p.cur.kind == tokEnd {
		return &cell{any: true}, nil
	}
	if any, err := p.dash(); any || err != nil {
		return &cell{any: true}, err
	}
	c := &cell{}
	if p.negation() {
		c.negate = true
		if c.tests, err = p.negated(); err != nil {
			return nil, err
		}
		return c, p.end()
	}
	if c.tests, err = p.tests(); err != nil {
		return nil, err
	}
	return c, p.end()
}

// dash is a cell that is "-" and nothing else.
func (p *parser) dash() (bool, error) {
	if !p.sign("-") {
		return false, nil
	}
	back := *p
	if err := p.advance(); err != nil {
		return false, err
	}
	if p.cur.kind == tokEnd {
		return true, nil
	}
	*p = back
	return false, nil
}

// negation says whether the cell is not(…) around all of it, rather than an expression that
// begins with the function of that name.
func (p *parser) negation() bool {
	if p.word("not") == "" {
		return false
	}
	back := *p
	defer func() { *p = back }()
	_, err := p.negated()
	return err == nil && p.cur.kind == tokEnd
}

func (p *parser) negated() ([]unaryTest, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	t, err := p.tests()
	if err != nil {
		return nil, err
	}
	return t, p.expect(")")
}

func (p *parser) tests() (out []unaryTest, err error) {
	for {
		t, err := p.unaryTest()
		if err != nil {
			return nil, err
		}
		out = append(out, t.fix())
		if more, err := p.take(","); err != nil || !more {
			return out, err
		}
	}
}

var comparing = map[string]testOp{"<": opLess, "<=": opLessEqual, ">": opGreater, ">=": opGreaterEqual, "=": opEqual, "!=": opNotEqual}

func (p *parser) unaryTest() (t unaryTest, err error) {
	if op, ok := comparing[p.cur.text]; ok && p.cur.kind == tokSign {
		if err := p.advance(); err != nil {
			return t, err
		}
		t.op = op
		t.lo, err = p.sum()
		return t, err
	}
	if p.sign("(") || p.sign("[") || p.sign("]") {
		back := *p
		if t, err = p.interval(); err == nil || !back.sign("(") {
			return t, err
		}
		*p, t = back, unaryTest{} // a bracket around an expression
	}
	p.asks = false
	t.lo, err = p.expression()
	if p.asks {
		t.op = opAsk
	}
	return t, err
}

func (p *parser) interval() (t unaryTest, err error) {
	t.op, t.openLo = opRange, !p.sign("[")
	if err := p.advance(); err != nil {
		return t, err
	}
	if t.lo, err = p.sum(); err != nil {
		return t, err
	}
	if err := p.expect(".."); err != nil {
		return t, err
	}
	if t.hi, err = p.sum(); err != nil {
		return t, err
	}
	if t.openHi = !p.sign("]"); t.openHi && !p.sign(")") && !p.sign("[") {
		return t, p.unexpected()
	}
	return t, p.advance()
}

// fix keeps constant ends as values.
func (t unaryTest) fix() unaryTest {
	lo, ok := t.lo.(constant)
	if !ok || t.op == opAsk {
		return t
	}
	t.loV = lo.v
	if t.hi != nil {
		hi, ok := t.hi.(constant)
		if !ok {
			return t
		}
		t.hiV = hi.v
	}
	t.fixed = true
	return t
}

// fixed says whether the cell's answer depends on the tested value alone and is made of constants.
func (c *cell) fixed() bool {
	for i := range c.tests {
		if !c.tests[i].fixed {
			return false
		}
	}
	return true
}

// Listed are the texts of a list of allowed values that names nothing but texts, such as "高","低"; none for "anything".
// It is false for any other unary tests.
func Listed(allowed string) ([]string, bool) {
	if allowed == "" {
		return nil, true
	}
	c, err := parseCell(allowed, newScope(nil, nil, nil))
	if err != nil || c.any || c.negate || !c.fixed() {
		return nil, false
	}
	var out []string
	for _, t := range c.tests {
		if t.op != opEqual || t.loV.kind != KindString {
			return nil, false
		}
		out = append(out, t.loV.s)
	}
	return out, true
}

// constants are the values the cell's tests name.
func (c *cell) constants() (out []Value) {
	for _, t := range c.tests {
		if t.fixed {
			out = append(out, t.loV)
		}
		if t.fixed && t.op == opRange {
			out = append(out, t.hiV)
		}
	}
	return out
}
