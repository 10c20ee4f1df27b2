package rule

import (
	"encoding/json"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Kind is what a value is.
type Kind uint8

// The kinds of S-FEEL (DMN 1.5, 9.2), and lists and contexts, which decision tables hand out.
const (
	KindNull Kind = iota
	KindBoolean
	KindNumber
	KindString
	KindDate
	KindTime
	KindDateTime
	KindDays   // days and time duration
	KindMonths // years and months duration
	KindList
	KindContext
)

// Value is one S-FEEL value; the zero Value is null. It is immutable: copy it freely.
type Value struct {
	kind Kind
	zone zone         // of a time or date and time
	i    int64        // boolean 0/1 · small whole number · day · nanosecond of the day · second · months
	n    int64        // nanoseconds within the second i
	s    string       // text
	dec  *apd.Decimal // a number that is not small and whole
	list []Value
	ctx  []Entry
}

// Entry is one named part of a context.
type Entry struct {
	Name  string
	Value Value
}

// Null is the value that is not known.
var Null = Value{}

var (
	yes = Value{kind: KindBoolean, i: 1}
	no  = Value{kind: KindBoolean}
)

// Bool makes true or false.
func Bool(b bool) Value {
	if b {
		return yes
	}
	return no
}

// Int makes a whole number.
func Int(i int64) Value { return Value{kind: KindNumber, i: i} }

// Text makes a string.
func Text(s string) Value { return Value{kind: KindString, s: s} }

// ListOf makes a list.
func ListOf(v ...Value) Value { return Value{kind: KindList, list: v} }

// ContextOf makes a context; later entries of the same name are not seen.
func ContextOf(e ...Entry) Value { return Value{kind: KindContext, ctx: e} }

// Kind says what it is.
func (v Value) Kind() Kind { return v.kind }

// IsNull says that nothing is known.
func (v Value) IsNull() bool { return v.kind == KindNull }

// True says that it is the boolean true; null and everything else is not.
func (v Value) True() bool { return v.kind == KindBoolean && v.i == 1 }

// Items are the members of a list; nil for anything else.
func (v Value) Items() []Value { return v.list }

// Entries are the parts of a context; nil for anything else.
func (v Value) Entries() []Entry { return v.ctx }

// Get is the part of a context with the name, or null.
func (v Value) Get(name string) Value {
	for _, e := range v.ctx {
		if e.Name == name {
			return e.Value
		}
	}
	return Null
}

// Equal is FEEL's "=" without its third answer: values of two kinds are not equal, null equals null.
func (v Value) Equal(w Value) bool { return v.kind == w.kind && equal(v, w) == triTrue }

// String is the value as an S-FEEL literal; lists and contexts in FEEL's way of writing them.
func (v Value) String() string {
	var b strings.Builder
	v.write(&b)
	return b.String()
}

// Plain is the value as people read it: a string without its quotes, a date without its function.
func (v Value) Plain() string {
	switch v.kind {
	case KindString:
		return v.s
	case KindDate, KindTime, KindDateTime, KindDays, KindMonths:
		return v.moment()
	}
	return v.String()
}

func (v Value) write(b *strings.Builder) {
	switch v.kind {
	case KindNull:
		b.WriteString("null")
	case KindBoolean:
		b.WriteString(map[bool]string{true: "true", false: "false"}[v.i == 1])
	case KindNumber:
		b.WriteString(v.digits())
	case KindString:
		b.WriteString(quote(v.s))
	case KindList:
		b.WriteByte('[')
		for i, x := range v.list {
			if i > 0 {
				b.WriteString(", ")
			}
			x.write(b)
		}
		b.WriteByte(']')
	case KindContext:
		b.WriteByte('{')
		for i, e := range v.ctx {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quote(e.Name) + ": ")
			e.Value.write(b)
		}
		b.WriteByte('}')
	default:
		b.WriteString(constructor[v.kind] + "(" + quote(v.moment()) + ")")
	}
}

var constructor = map[Kind]string{KindDate: "date", KindTime: "time", KindDateTime: "date and time", KindDays: "duration", KindMonths: "duration"}

var quoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

func quote(s string) string { return `"` + quoter.Replace(s) + `"` }

// tri is the answer of three-valued logic (DMN 1.5, table 50): the zero tri is "not known".
type tri int8

const (
	triNull  tri = 0
	triTrue  tri = 1
	triFalse tri = -1
)

func truth(b bool) tri {
	if b {
		return triTrue
	}
	return triFalse
}

func (t tri) value() Value {
	switch t {
	case triTrue:
		return yes
	case triFalse:
		return no
	}
	return Null
}

// asTri reads a boolean; anything else is not known.
func (v Value) asTri() tri {
	if v.kind != KindBoolean {
		return triNull
	}
	return truth(v.i == 1)
}

// equal compares by FEEL's "=" (DMN 1.5, table 53): two kinds are not comparable, except that
// nothing but null equals null.
func equal(a, b Value) tri {
	if a.kind == KindNull || b.kind == KindNull {
		return truth(a.kind == b.kind)
	}
	if a.kind != b.kind {
		return triNull
	}
	switch a.kind {
	case KindString:
		return truth(a.s == b.s)
	case KindList:
		return equalLists(a.list, b.list)
	case KindContext:
		return equalContexts(a, b)
	}
	c, ok := compare(a, b)
	if !ok {
		return triNull
	}
	return truth(c == 0)
}

func equalLists(a, b []Value) tri {
	if len(a) != len(b) {
		return triFalse
	}
	for i := range a {
		if t := equal(a[i], b[i]); t != triTrue {
			return t
		}
	}
	return triTrue
}

func equalContexts(a, b Value) tri {
	if len(a.ctx) != len(b.ctx) {
		return triFalse
	}
	for _, e := range a.ctx {
		if t := equal(e.Value, b.Get(e.Name)); t != triTrue {
			return t
		}
	}
	return triTrue
}

// compare orders two values of one ordered kind; false when they have no order.
func compare(a, b Value) (int, bool) {
	if a.kind != b.kind {
		return 0, false
	}
	switch a.kind {
	case KindBoolean: // only for equality: "<" asks ordered first
		return cmpInt(a.i, b.i), true
	case KindNumber:
		if a.dec == nil && b.dec == nil {
			return cmpInt(a.i, b.i), true
		}
		var x, y apd.Decimal
		return a.decimal(&x).Cmp(b.decimal(&y)), true
	case KindString:
		return strings.Compare(a.s, b.s), true
	case KindDate, KindMonths, KindDays:
		return cmpPair(a.i, a.n, b.i, b.n), true
	case KindTime, KindDateTime:
		if a.zone.set != b.zone.set {
			return 0, false
		}
		return cmpPair(a.i-int64(a.zone.offset), a.n, b.i-int64(b.zone.offset), b.n), true
	}
	return 0, false
}

func ordered(k Kind) bool { return k >= KindNumber && k <= KindMonths }

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func cmpPair(a, an, b, bn int64) int {
	if c := cmpInt(a, b); c != 0 {
		return c
	}
	return cmpInt(an, bn)
}

// ReadValue reads what was given as plain text (a form's answer, a file's field): "12.5",
// "true", "2026-03-02", any string. Without a kind it is an S-FEEL literal. An empty text is
// null, except for a string.
func ReadValue(k Kind, s string) (Value, error) {
	if k != KindString {
		if s = strings.TrimSpace(s); s == "" {
			return Null, nil
		}
	}
	v := Null
	switch k {
	case KindString:
		return Text(s), nil
	case KindNumber:
		v, _ = Number(s)
	case KindBoolean:
		v = words[s]
	case KindDate:
		v = readDate(s)
	case KindTime:
		v = readTime(s)
	case KindDateTime:
		v = readDateTime(s)
	case KindDays, KindMonths:
		v = readDuration(s)
	default:
		return readLiteral(s)
	}
	if v.kind != k {
		return Null, wrong("rule.wrong_value", "value", near(s))
	}
	return v, nil
}

func readLiteral(s string) (Value, error) {
	n, err := parseExpression(s, newScope(nil, nil, nil))
	if err != nil {
		return Null, err
	}
	c, ok := n.(constant)
	if !ok {
		return Null, wrong("rule.wrong_value", "value", near(s))
	}
	return c.v, nil
}

// MarshalJSON writes the value as the JSON string of its S-FEEL literal; a list or context,
// which is no S-FEEL literal, cannot be read back.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(v.String()) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Value) UnmarshalJSON(raw []byte) error {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	w, err := readLiteral(s)
	if err != nil {
		return err
	}
	*v = w
	return nil
}
