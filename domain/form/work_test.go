package form_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"yimen/domain/form"
	"yimen/foundation/fault"
)

// toy compiles "a OP b", where a and b are names or whole numbers, and "sum a": enough to test what
// a form does with expressions without any language.
func toy(text string, names []string) (func(func(string) any) any, []string, string, []any) {
	words := strings.Fields(text)
	var uses []string
	for _, w := range words {
		if slices.Contains(names, w) {
			uses = append(uses, w)
		} else if _, err := strconv.Atoi(w); err != nil && !slices.Contains([]string{"+", ">", "=", "sum"}, w) {
			return nil, nil, "toy.unknown", []any{"name", w}
		}
	}
	return func(get func(string) any) any {
		if words[0] == "sum" {
			n, list := 0, get(words[1]).([]any)
			for _, x := range list {
				v, _ := whole(x)
				n += v
			}
			return json.Number(strconv.Itoa(n))
		}
		a, known := operand(words[0], get)
		b, also := operand(words[2], get)
		if !known || !also {
			return nil
		}
		switch words[1] {
		case "+":
			return json.Number(strconv.Itoa(a + b))
		case ">":
			return a > b
		}
		return a == b
	}, uses, "", nil
}

func whole(x any) (int, bool) {
	n, ok := x.(json.Number)
	if !ok {
		return 0, false
	}
	v, err := strconv.Atoi(string(n))
	return v, err == nil
}

func operand(word string, get func(string) any) (int, bool) {
	if n, err := strconv.Atoi(word); err == nil {
		return n, true
	}
	return whole(get(word))
}

func given(pairs ...string) map[string]form.Answer {
	out := map[string]form.Answer{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = form.Answer{Element: pairs[i], Value: pairs[i+1], Source: "source.phone", At: now}
	}
	return out
}

func keys(s *form.State) string {
	var out []string
	for _, p := range s.Places {
		out = append(out, p.Key)
	}
	return strings.Join(out, " ")
}

func values(s *form.State) string {
	var out []string
	for _, a := range s.Given() {
		out = append(out, a.Element+"="+a.Value)
	}
	return strings.Join(out, " ")
}

func wrongs(s *form.State) string {
	var out []string
	for _, f := range s.Wrong() {
		out = append(out, f.Name+":"+f.Key)
	}
	return strings.Join(out, " ")
}

const document = `{"form":[
 {"element":"a","kind":"number"},
 {"element":"b","kind":"number","when":"a > 10"},
 {"element":"area","kind":"number","compute":"a + b","max_value":"100"},
 {"element":"m.name","kind":"text","group":"m"},
 {"element":"m.pay","kind":"money","group":"m","optional":true},
 {"element":"m.extra","kind":"text","group":"m","when":"m.pay > 5"},
 {"element":"m.next","kind":"number","group":"m","compute":"m.pay + 1"},
 {"element":"total","kind":"money","compute":"sum m.pay"}],
 "groups":[{"id":"m","min":1,"max":3}],
 "checks":[{"holds":"b > a","says":"b 要大于 a","element":"b"},{"holds":"9 > m.pay","says":"太多","says_en":"too much","element":"m.pay"}],
 "materials":[{"id":"always"},{"id":"plan","when":"a > 10"}]}`

func model(t *testing.T, doc string) *form.Model {
	t.Helper()
	s, err := form.ReadSpec([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return form.MakeModel(s, toy)
}

func TestConditionsGroupsAndChecks(t *testing.T) {
	m := model(t, document)
	if len(m.Flaws()) > 0 {
		t.Fatal(m.Flaws())
	}
	for _, c := range []struct {
		answers              map[string]form.Answer
		asked, stored, wrong string
	}{
		{given(), "a area m.name#1 m.pay#1 m.next#1 total", "total=0.00", "a:form.empty m.name#1:form.empty"},
		{given("a", "3", "b", "9", "m.name#1", "甲"), "a area m.name#1 m.pay#1 m.next#1 total", "a=3 m.name#1=甲 total=0.00", ""},
		{given("a", "１1", "b", "20", "m.name#1", "甲"), "a b area m.name#1 m.pay#1 m.next#1 total", "a=11 b=20 area=31 m.name#1=甲 total=0.00", ""},
		{given("a", "11", "b", "9", "m.name#1", "甲"), "a b area m.name#1 m.pay#1 m.next#1 total", "a=11 b=9 area=20 m.name#1=甲 total=0.00", "b:form.says"},
		{given("a", "90", "b", "91", "m.name#1", "甲"), "a b area m.name#1 m.pay#1 m.next#1 total", "a=90 b=91 area=181 m.name#1=甲 total=0.00", "area:form.too_big"},
		// A hostile browser: a computed value, an answer that is not asked, entries that do not exist.
		{given("a", "3", "area", "7", "b", "x", "total", "9", "m.next#1", "5", "m.extra#1", "x", "m.name#1", "甲", "m.name", "乙", "a#1", "4", "m.name#01", "z", "m.name#0", "z", "nobody", "1"),
			"a area m.name#1 m.pay#1 m.next#1 total", "a=3 m.name#1=甲 total=0.00", ""},
		{given("a", "3", "m.name#1", "甲", "m.pay#1", "2", "m.name#3", "丙", "m.pay#3", "7", "m.extra#3", "x", "m.pay#2", " "),
			"a area m.name#1 m.pay#1 m.next#1 m.name#2 m.pay#2 m.extra#2 m.next#2 total", "a=3 m.name#1=甲 m.pay#1=2 m.next#1=3 m.name#2=丙 m.pay#2=7 m.extra#2=x m.next#2=8 total=9.00", ""},
		{given("a", "3", "m.name#1", "甲", "m.name#2", "乙", "m.pay#2", "20"), "a area m.name#1 m.pay#1 m.next#1 m.name#2 m.pay#2 m.extra#2 m.next#2 total",
			"a=3 m.name#1=甲 m.name#2=乙 m.pay#2=20 m.next#2=21 total=20.00", "m.pay#2:form.says m.extra#2:form.empty"},
		{given("a", "3", "m.name#1", "甲", "m.name#2", "乙", "m.name#3", "丙", "m.name#4", "丁"), "a area m.name#1 m.pay#1 m.next#1 m.name#2 m.pay#2 m.next#2 m.name#3 m.pay#3 m.next#3 total",
			"a=3 m.name#1=甲 m.name#2=乙 m.name#3=丙 total=0.00", "m.name#3:form.too_many"},
	} {
		before := maps.Clone(c.answers)
		s := m.Work(c.answers, now)
		if keys(s) != c.asked || values(s) != c.stored || wrongs(s) != c.wrong {
			t.Errorf("%v\nasked %s\nstore %s\nwrong %s", c.answers, keys(s), values(s), wrongs(s))
		}
		if !reflect.DeepEqual(before, c.answers) {
			t.Error("the answers given were changed")
		}
		again := m.Work(s.Answers, now.AddDate(0, 0, 1))
		if values(again) != values(s) || wrongs(again) != wrongs(s) && !strings.Contains(c.wrong, "too_many") {
			t.Errorf("worked again: %s %s", values(again), wrongs(again))
		}
		for _, a := range again.Given() {
			if !a.At.Equal(now) {
				t.Errorf("%s lost its day", a.Element)
			}
		}
	}
}

func TestPapersAndSentences(t *testing.T) {
	m := model(t, document)
	few, many := m.Work(given("a", "3"), now), m.Work(given("a", "30", "b", "4"), now)
	if !few.Wants("always") || few.Wants("plan") || !many.Wants("plan") {
		t.Error("papers")
	}
	bad := fault.Fields(many.Err())
	i := slices.IndexFunc(bad, func(f fault.Field) bool { return f.Name == "b" })
	if i < 0 || !reflect.DeepEqual(bad[i].Args, []any{"says", "b 要大于 a", "says_en", "b 要大于 a"}) {
		t.Error(bad)
	}
	if many.Answers["area"].Source != form.Computed {
		t.Error(many.Answers["area"])
	}
}

func TestEntriesComeAndGo(t *testing.T) {
	m := model(t, document)
	a := given("a", "3", "m.name#1", "甲", "m.pay#1", "1", "m.name#2", "乙", "m.name#3", "丙", "m.pay#3", "3")
	left := m.Without(a, "m", 2)
	if s := m.Work(left, now); values(s) != "a=3 m.name#1=甲 m.pay#1=1 m.next#1=2 m.name#2=丙 m.pay#2=3 m.next#2=4 total=4.00" {
		t.Error(values(s))
	}
	if !m.Room("m", 2) || m.Room("m", 3) || m.Room("x", 0) {
		t.Error("room")
	}
	var order []string
	for _, p := range m.Lay(a) {
		order = append(order, p.Key)
	}
	if got := strings.Join(order, " "); got != "a m.name#1 m.pay#1 m.name#2 m.name#3 m.pay#3" {
		t.Error(got)
	}
	for key, want := range map[string]bool{"a": true, "area": false, "a#1": false, "m.name": false, "m.name#2": true, "m.name#x": false, "m.name#": false, "": false, "#1": false} {
		if m.Knows(key) != want {
			t.Errorf("Knows(%q) is %v", key, !want)
		}
	}
}

func TestFlawsOfAForm(t *testing.T) {
	m := model(t, `{"form":[
	 {"element":"a","kind":"number","when":"b > 1"},{"element":"b","kind":"number","when":"a > 1"},{"element":"c","kind":"number","compute":"c + 1"},
	 {"element":"a","kind":"number"},{"element":"d","kind":"text","group":"none"},{"element":"e","kind":"text","when":"who knows"},{"element":"f","kind":"text","group":"odd"}],
	 "groups":[{"id":"g"},{"id":"g"},{"id":"odd","min":5,"max":2}],"checks":[{"holds":"a > 1","says":"","element":"a"},{"holds":"a > 1","says":"x","element":"zz"},{"holds":" ","says":"x","element":"a"}],
	 "materials":[{"id":"m","when":"? ?"}]}`)
	var got []string
	for _, f := range m.Flaws() {
		got = append(got, f.Path+" "+f.Key)
	}
	slices.Sort(got)
	want := []string{"checks[0].says form.flaw.no_words", "checks[1].element form.flaw.no_element", "checks[2].holds form.empty", "form[1].when form.flaw.cycle", "form[2].compute form.flaw.cycle", "form[3].element form.flaw.twice",
		"form[4].group form.flaw.no_group", "form[5].when toy.unknown", "groups[0].id form.flaw.group_empty", "groups[1].id form.flaw.group_empty", "groups[1].id form.flaw.group_twice", "groups[2].max form.flaw.group_bounds",
		"materials[0].when toy.unknown"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	// It still takes applications.
	if s := m.Work(given("e", "x"), now); !strings.Contains(keys(s), "e") || !s.Wants("m") {
		t.Error(keys(s))
	}
}

func TestReadSpecRefusesWhatIsNoDocument(t *testing.T) {
	if _, err := form.ReadSpec([]byte("[")); err == nil {
		t.Error("read")
	}
}

// naive is what a form should do, said as plainly as can be: look at each field by itself, and work
// out what it uses again each time.
type naive struct {
	fields  []form.Field
	answers map[string]int
}

func (n naive) at(name string) form.Field {
	return n.fields[slices.IndexFunc(n.fields, func(f form.Field) bool { return f.Element == name })]
}

func (n naive) term(word string) (int, bool) {
	if v, err := strconv.Atoi(word); err == nil {
		return v, true
	}
	return n.value(word)
}

func (n naive) asked(name string) bool {
	f := n.at(name)
	if f.When == "" {
		return true
	}
	w := strings.Fields(f.When)
	a, known := n.term(w[0])
	b, also := n.term(w[2])
	return known && also && (w[1] == ">" && a > b || w[1] == "=" && a == b)
}

func (n naive) value(name string) (int, bool) {
	f := n.at(name)
	if !n.asked(name) {
		return 0, false
	}
	if f.Compute == "" {
		v, ok := n.answers[name]
		return v, ok
	}
	w := strings.Fields(f.Compute)
	a, known := n.term(w[0])
	b, also := n.term(w[2])
	return a + b, known && also
}

// Any form without circles, however its fields are ordered, does what the naive reading says.
func TestEvaluationEqualsANaiveReading(t *testing.T) {
	r := rand.New(rand.NewPCG(20261128, 1))
	for round := range 400 {
		n := naive{answers: map[string]int{}}
		word := func(i int) string { // something before i, or a number
			if i == 0 || r.IntN(4) == 0 {
				return strconv.Itoa(r.IntN(20))
			}
			return "f" + strconv.Itoa(r.IntN(i))
		}
		for i := range 3 + r.IntN(25) {
			f := form.Field{Element: fmt.Sprintf("f%d", i), Kind: "number", Optional: true}
			if r.IntN(2) == 0 {
				f.When = word(i) + []string{" > ", " = "}[r.IntN(2)] + word(i)
			}
			if r.IntN(3) == 0 {
				f.Compute = word(i) + " + " + word(i)
			}
			n.fields = append(n.fields, f)
			if r.IntN(5) > 0 {
				n.answers[f.Element] = r.IntN(20)
			}
		}
		r.Shuffle(len(n.fields), func(i, j int) { n.fields[i], n.fields[j] = n.fields[j], n.fields[i] })
		m := form.MakeModel(form.Spec{Fields: n.fields}, toy)
		if len(m.Flaws()) > 0 {
			t.Fatal(round, m.Flaws())
		}
		answers := map[string]form.Answer{}
		for name, v := range n.answers {
			answers[name] = form.Answer{Element: name, Value: strconv.Itoa(v)}
		}
		s := m.Work(answers, now)
		var asked []string
		for _, f := range n.fields {
			if n.asked(f.Element) {
				asked = append(asked, f.Element)
			}
			v, known := n.value(f.Element)
			got := s.Answers[f.Element].Value
			if known != (got != "") || known && got != strconv.Itoa(v) {
				t.Fatalf("round %d: %s is %q, want %d %v\n%+v", round, f.Element, got, v, known, n)
			}
		}
		if keys(s) != strings.Join(asked, " ") {
			t.Fatalf("round %d: asked %s, want %v", round, keys(s), asked)
		}
	}
}
