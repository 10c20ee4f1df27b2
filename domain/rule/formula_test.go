package rule_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"yimen/domain/rule"
	"yimen/foundation/calendar"
)

func TestCompileExpression(t *testing.T) {
	names := []string{"road.length", "road.width", "road", "length", "road.start", "road.end", "road.traffic", "member.income"}
	num := func(s string) rule.Value { v, _ := rule.Number(s); return v }
	day := func(s string) rule.Value { v, _ := rule.ReadValue(rule.KindDate, s); return v }
	values := map[string]rule.Value{"road.length": num("12.5"), "road.width": num("2"), "road.traffic": rule.Text("yes"), "road.start": day("2026-03-02"), "road.end": day("2026-03-09"),
		"member.income": rule.ListOf(num("100"), rule.Null, num("250.5"))}
	for _, c := range []struct{ text, want string }{
		{"road.length * road.width", "25"},
		{`road.traffic = "yes"`, "true"},
		{`road.traffic = "yes" and road.length > 20`, "false"},
		{"road.end >= road.start", "true"},
		{"road.end - road.start", `duration("P7D")`},
		{"road.start >= date(\"2026-03-03\")", "false"},
		{"length > 1", "null"},
		{"", "null"},
		{"sum(member.income)", "350.5"},
		{"count(member.income)", "2"},
		{"max(member.income) - min(member.income)", "150.5"},
		{"sum(length)", "null"},
		{"count(length)", "0"},
		{"not(road.traffic = \"no\")", "true"},
	} {
		f, flaw := rule.CompileExpression(c.text, names)
		if flaw != nil {
			t.Errorf("%s: %v", c.text, flaw)
			continue
		}
		if got := f.Eval(values).String(); got != c.want {
			t.Errorf("%s is %s, want %s", c.text, got, c.want)
		}
	}
}

func TestExpressionSaysWhatItUses(t *testing.T) {
	f, flaw := rule.CompileExpression(`b.c > 1 or not(a = "x") or 1 = 1`, []string{"a", "b", "b.c", "c"})
	if flaw != nil || !reflect.DeepEqual(f.Uses(), []string{"a", "b.c"}) {
		t.Error(f, flaw)
	}
}

func TestWrongExpressionHasAKey(t *testing.T) {
	for text, key := range map[string]string{"nobody > 1": "rule.unknown_name", "a +": "rule.ends_early", "a > > 1": "rule.syntax", `"open`: "rule.open_string", "sum(a, a)": "rule.arguments", `date("never")`: "rule.wrong_moment"} {
		f, flaw := rule.CompileExpression(text, []string{"a"})
		if f != nil || flaw == nil || flaw.Key != key {
			t.Errorf("%s: %v %v", text, f, flaw)
		}
	}
}

func TestPlainSpeaksGo(t *testing.T) {
	d, _ := calendar.ParseDate("2026-03-02")
	values := map[string]any{"n": json.Number("1.50"), "s": "x", "d": d, "b": true, "l": []any{json.Number("1"), nil, json.Number("2")}}
	for text, want := range map[string]any{"n * 2": json.Number("3"), "s": "x", "d": d, "b": true, "none": nil, "l": []any{json.Number("1"), nil, json.Number("2")}, "sum(l)": json.Number("3"),
		"d + duration(\"P1D\") > d": true, "duration(\"P1D\")": "P1D"} {
		eval, _, key, args := rule.Plain(text, []string{"n", "s", "d", "b", "l", "none"})
		if key != "" {
			t.Error(text, key, args)
			continue
		}
		if got := eval(func(name string) any { return values[name] }); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, want %#v", text, got, want)
		}
	}
	if eval, _, key, _ := rule.Plain("n +", []string{"n"}); eval != nil || key != "rule.ends_early" {
		t.Error("a broken expression compiled", key)
	}
}
