package rule

import (
	"encoding/json"
	"slices"

	"yimen/foundation/calendar"
)

// Formula is one S-FEEL expression over names, compiled: a condition of a form, a value that is
// worked out. Safe for use by many at once.
type Formula struct {
	names []string // by slot
	uses  []string
	body  node
}

// aggregates work on the lists that repeating parts of a form are. They are FEEL's built-in
// functions of these names (DMN 1.5, 10.3.4.4) for one list; S-FEEL alone has none.
var aggregates = map[string]*function{
	"count": {parameters: []string{"list"}, cost: 1, call: func(a []Value) Value { return Int(int64(len(given(a[0])))) }},
	"sum":   {parameters: []string{"list"}, cost: 1, call: func(a []Value) Value { return reduce(a[0], addUp) }},
	"min":   {parameters: []string{"list"}, cost: 1, call: func(a []Value) Value { return reduce(a[0], lesser) }},
	"max":   {parameters: []string{"list"}, cost: 1, call: func(a []Value) Value { return reduce(a[0], greater) }},
}

// given are the members that are known; a value that is no list is a list of itself.
func given(v Value) []Value {
	if v.kind != KindList && v.kind != KindNull {
		return []Value{v}
	}
	return slices.DeleteFunc(slices.Clone(v.list), Value.IsNull)
}

func reduce(list Value, step func(a, b Value) Value) Value {
	all := given(list)
	if len(all) == 0 {
		return Null
	}
	out := all[0]
	for _, v := range all[1:] {
		out = step(out, v)
	}
	return out
}

func addUp(a, b Value) Value { return arithmetic('+', a, b) }

func lesser(a, b Value) Value {
	if c, ok := compare(a, b); ok && c <= 0 {
		return a
	} else if ok {
		return b
	}
	return Null
}

func greater(a, b Value) Value {
	if c, ok := compare(a, b); ok && c >= 0 {
		return a
	} else if ok {
		return b
	}
	return Null
}

// CompileExpression reads an expression that may name only the names, which may hold dots
// (road.length); the longest name that stands somewhere is the one meant. Besides S-FEEL's
// functions it may call count, sum, min and max of one list.
func CompileExpression(text string, names []string) (*Formula, *Flaw) {
	slots := make(map[string]int, len(names))
	f := &Formula{}
	for _, n := range names {
		if _, there := slots[tidy(n)]; !there {
			slots[tidy(n)] = len(f.names)
			f.names = append(f.names, n)
		}
	}
	s := newScope(slots, aggregates, nil)
	s.used = map[int]bool{}
	body, err := parseExpression(text, s)
	if err != nil {
		p := err.(*problem)
		return nil, &Flaw{Row: -1, Column: -1, Key: p.key, Args: p.args}
	}
	f.body = body
	for i, n := range f.names {
		if s.used[i] {
			f.uses = append(f.uses, n)
		}
	}
	return f, nil
}

// Uses are the names that stand in it, in the order they were offered; do not change it.
func (f *Formula) Uses() []string { return f.uses }

// Eval works it out; a name without a value is null.
func (f *Formula) Eval(values map[string]Value) Value {
	fr := &frame{slots: make([]Value, len(f.names))}
	for i, n := range f.names {
		fr.slots[i] = values[n]
	}
	return f.body.eval(fr)
}

// Plain is CompileExpression for who knows nothing of this package: the values are Go's own — nil,
// bool, string, json.Number, calendar.Date, and []any of them. key is empty, or the message key of
// what is wrong, with its args.
func Plain(text string, names []string) (eval func(get func(name string) any) any, uses []string, key string, args []any) {
	f, flaw := CompileExpression(text, names)
	if flaw != nil {
		return nil, nil, flaw.Key, flaw.Args
	}
	at := make([]int, len(f.uses))
	for i, n := range f.uses {
		at[i] = slices.Index(f.names, n)
	}
	return func(get func(string) any) any {
		fr := &frame{slots: make([]Value, len(f.names))}
		for i, n := range f.uses {
			fr.slots[at[i]] = fromPlain(get(n))
		}
		return f.body.eval(fr).toPlain()
	}, f.uses, "", nil
}

func fromPlain(x any) Value {
	switch x := x.(type) {
	case bool:
		return Bool(x)
	case string:
		return Text(x)
	case json.Number:
		v, _ := Number(string(x))
		return v
	case calendar.Date:
		return readDate(x.String())
	case []any:
		list := make([]Value, len(x))
		for i := range x {
			list[i] = fromPlain(x[i])
		}
		return ListOf(list...)
	}
	return Null
}

// toPlain gives a moment that is no date, a duration and a context as people read them.
func (v Value) toPlain() any {
	switch v.kind {
	case KindNull:
		return nil
	case KindBoolean:
		return v.True()
	case KindNumber:
		return json.Number(v.digits())
	case KindDate:
		if d, err := calendar.ParseDate(v.Plain()); err == nil {
			return d
		}
		return nil
	case KindList:
		out := make([]any, len(v.list))
		for i := range v.list {
			out[i] = v.list[i].toPlain()
		}
		return out
	}
	return v.Plain()
}
