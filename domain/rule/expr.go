package rule

// node is a compiled expression.
type node interface {
	eval(f *frame) Value
}

// frame is what an evaluation reads: the values of the scope's names by slot, and for a unary
// test the value that is tested ("?").
type frame struct {
	slots []Value
	input Value
}

type constant struct{ v Value }

func (c constant) eval(*frame) Value { return c.v }

type slot int

func (s slot) eval(f *frame) Value { return f.slots[s] }

// tested is "?".
type tested struct{}

func (tested) eval(f *frame) Value { return f.input }

type part struct {
	of   node
	name string
}

func (p part) eval(f *frame) Value { return p.of.eval(f).Get(p.name) }

type minus struct{ x node }

func (m minus) eval(f *frame) Value { return negate(m.x.eval(f)) }

// binary is + - * / ^ (power).
type binary struct {
	op   byte
	a, b node
}

func (n binary) eval(f *frame) Value { return arithmetic(n.op, n.a.eval(f), n.b.eval(f)) }

// arithmetic is null where the operation is not defined (DMN 1.5, tables 54–57).
func arithmetic(op byte, a, b Value) Value {
	switch {
	case a.kind == KindNumber && b.kind == KindNumber:
		return calculate(op, a, b)
	case op == '+' && a.kind == KindString && b.kind == KindString:
		return joined(a.s, b.s)
	case a.kind == KindNull || b.kind == KindNull:
		return Null
	case op == '+' || op == '-':
		return reckon(op, a, b)
	case op == '*' || op == '/':
		return scale(op, a, b)
	}
	return Null
}

// maxString bounds a string that an expression makes.
const maxString = 1 << 16

func joined(a, b string) Value {
	if len(a)+len(b) > maxString {
		return Null
	}
	return Text(a + b)
}

type comparison struct {
	op   string
	a, b node
}

func (n comparison) eval(f *frame) Value { return relate(n.op, n.a.eval(f), n.b.eval(f)).value() }

// relate answers a comparison: = != < <= > >=.
func relate(op string, a, b Value) tri {
	switch op {
	case "=":
		return equal(a, b)
	case "!=":
		return -equal(a, b)
	}
	if a.kind != b.kind || !ordered(a.kind) {
		return triNull
	}
	c, ok := compare(a, b)
	if !ok {
		return triNull
	}
	switch op {
	case "<":
		return truth(c < 0)
	case "<=":
		return truth(c <= 0)
	case ">":
		return truth(c > 0)
	}
	return truth(c >= 0)
}

// logic is "and" and "or" with three answers (DMN 1.5, table 50).
type logic struct {
	and  bool
	a, b node
}

func (n logic) eval(f *frame) Value {
	a, b := n.a.eval(f).asTri(), n.b.eval(f).asTri()
	if n.and {
		return both(a, b).value()
	}
	return (-both(-a, -b)).value()
}

func both(a, b tri) tri {
	if a == triFalse || b == triFalse {
		return triFalse
	}
	if a == triTrue && b == triTrue {
		return triTrue
	}
	return triNull
}

type call struct {
	fn   *function
	args []node
}

func (c call) eval(f *frame) Value {
	args := make([]Value, len(c.args))
	for i, a := range c.args {
		args[i] = a.eval(f)
	}
	return c.fn.call(args)
}

// builtin are the functions S-FEEL needs: "not", and the constructors of moments, which are how
// S-FEEL writes their literals (DMN 1.5, 9.2 rule 34).
var builtin = map[string]*function{
	"not":                       {parameters: []string{"negand"}, call: func(a []Value) Value { return (-a[0].asTri()).value() }},
	"number":                    {parameters: []string{"from"}, call: func(a []Value) Value { return toNumber(a[0]) }},
	"date":                      {parameters: []string{"from"}, call: func(a []Value) Value { return toDate(a[0]) }},
	"time":                      {parameters: []string{"from"}, call: func(a []Value) Value { return read(a[0], readTime) }},
	"date and time":             {parameters: []string{"from"}, call: func(a []Value) Value { return read(a[0], readDateTime) }},
	"duration":                  {parameters: []string{"from"}, call: func(a []Value) Value { return read(a[0], readDuration) }},
	"years and months duration": {parameters: []string{"from", "to"}, call: func(a []Value) Value { return fullMonths(a[0], a[1]) }},
}

func read(v Value, reader func(string) Value) Value {
	if v.kind != KindString {
		return Null
	}
	return reader(v.s)
}

func toNumber(v Value) Value {
	return read(v, func(s string) Value { n, _ := Number(s); return n })
}

// toDate reads a date, or takes it from a date and time.
func toDate(v Value) Value {
	switch v.kind {
	case KindDate:
		return v
	case KindDateTime:
		return Value{kind: KindDate, i: floorDiv(v.i, daySeconds)}
	}
	return read(v, readDate)
}

// fullMonths are the whole months from a to b; negative when b is earlier.
func fullMonths(a, b Value) Value {
	a, b = toDate(a), toDate(b)
	if a.kind != KindDate || b.kind != KindDate {
		return Null
	}
	if a.i > b.i {
		return negate(fullMonths(b, a))
	}
	n := int64(monthOf(b.i) - monthOf(a.i))
	if n > 0 && dayOf(b.i) < dayOf(a.i) {
		n--
	}
	return months(n)
}
