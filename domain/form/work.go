package form

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/fault"
)

// Computed is the source of a value that nobody typed.
const Computed = "source.computed"

// Says is the key under which a check's own sentence is a mistake; its args are says and says_en.
const Says = "form.says"

// Place is where a field stands on a form that is laid out: once, or in an entry of its group.
type Place struct {
	Index    int    // of the field in the document's form
	Key      string // of its answer
	Group    string // "" outside groups
	Entry    int    // from 1; 0 outside groups
	Computed bool   // shown, never typed
}

// State is a form worked through: what is asked, with what is answered and what is wrong.
type State struct {
	Places  []Place           // what is asked or shown, in order
	Answers map[string]Answer // of these places only, spelling repaired, computed ones filled in
	Entries map[string]int    // of each group
	wrong   map[string]fault.Field
	surplus []fault.Field
	papers  map[string]bool
}

// work is a State while it is being made.
type work struct {
	*Model
	now     time.Time
	given   map[string]Answer
	entries map[*compiledGroup]int
	values  [][]any  // by field and entry; a field outside groups has one
	asked   [][]bool // the same
	out     State
}

// Work lays the form out under the answers: which fields are asked, what the computed ones are, what
// is wrong. It changes nothing it is given. An answer to what is not asked, to what is computed or to
// nothing of the form has no effect; entries of a group with nothing in them do not count, and the
// others move up.
func (m *Model) Work(answers map[string]Answer, now time.Time) *State {
	return m.WorkFor(answers, now, nil)
}

// WorkFor is Work with at least so many entries in some groups, so that there is one to fill in.
func (m *Model) WorkFor(answers map[string]Answer, now time.Time, entries map[string]int) *State {
	w := &work{Model: m, now: now, given: m.Compact(answers), entries: map[*compiledGroup]int{}, values: make([][]any, len(m.fields)), asked: make([][]bool, len(m.fields))}
	w.out = State{Answers: map[string]Answer{}, Entries: map[string]int{}, wrong: map[string]fault.Field{}, papers: map[string]bool{}}
	w.count(entries)
	for _, i := range m.order {
		w.field(i)
	}
	for i := range m.checks {
		w.demand(&m.checks[i])
	}
	for id, when := range m.papers {
		w.out.papers[id] = when.holds(w.reader(nil, 0))
	}
	m.lay(w.out.Entries, func(i, entry int) {
		if f := &m.fields[i]; w.asked[i][max(entry-1, 0)] {
			w.out.Places = append(w.out.Places, place(f, entry))
		}
	})
	return &w.out
}

func place(f *compiledField, entry int) Place {
	p := Place{Index: f.doc, Key: Key(f.Element, entry), Entry: entry, Computed: f.computed}
	if entry > 0 {
		p.Group = f.Group
	}
	return p
}

// count lays out each group's entries: those given, at least the fewest, no more than the most. A group
// without fields has none.
func (w *work) count(least map[string]int) {
	for _, g := range w.groups {
		if len(g.fields) == 0 {
			continue
		}
		n := w.highest(g)
		if n > g.Max {
			w.out.surplus = append(w.out.surplus, fault.Field{Name: Key(w.fields[g.fields[0]].Element, g.Max), Key: "form.too_many", Args: []any{"max", g.Max}})
		}
		n = min(max(n, g.Min, least[g.ID]), g.Max)
		w.entries[g], w.out.Entries[g.ID] = n, n
	}
	for i, f := range w.fields {
		n := 1
		if f.group != nil {
			n = w.entries[f.group]
		}
		w.values[i], w.asked[i] = make([]any, n), make([]bool, n)
	}
}

func (w *work) highest(g *compiledGroup) (n int) {
	for key := range w.given {
		element, entry, _ := CutKey(key)
		if i, ok := w.at[element]; ok && w.fields[i].group == g {
			n = max(n, entry)
		}
	}
	return n
}

// reader gives expressions their values: inside an entry its own, from outside the list of all.
func (w *work) reader(g *compiledGroup, entry int) func(string) any {
	return func(name string) any {
		i, ok := w.at[name]
		switch {
		case !ok:
			return nil
		case w.fields[i].group == nil:
			return w.values[i][0]
		case w.fields[i].group == g:
			return w.values[i][entry-1]
		}
		return w.values[i]
	}
}

func (w *work) field(i int) {
	f := &w.fields[i]
	for at := range w.values[i] {
		entry := 0
		if f.group != nil {
			entry = at + 1
		}
		get := w.reader(f.group, entry)
		if w.asked[i][at] = f.when.holds(get); !w.asked[i][at] {
			continue
		}
		key := Key(f.Element, entry)
		a := w.given[key]
		if f.computed {
			a = w.compute(f, key, get)
		}
		w.values[i][at] = w.take(f, key, a)
	}
}

// compute works a value out. One that did not change keeps its day.
func (w *work) compute(f *compiledField, key string, get func(string) any) Answer {
	a := Answer{Element: key, Source: Computed, At: w.now}
	if f.compute != nil {
		a.Value = written(f.compute(get), f.Kind)
	}
	if old := w.given[key]; old.Source == Computed && old.Value == a.Value {
		a.At = old.At
	}
	return a
}

// take keeps an answer with its spelling repaired and gives its value for expressions.
func (w *work) take(f *compiledField, key string, a Answer) any {
	given := a.Element != ""
	a.Value = tidy(a.Value, f.Kind)
	bad, args := "", []any(nil)
	if a.Value != "" || !f.computed {
		bad, args = wrong(f.Field, &a.Value, w.now)
	}
	if a.Element = key; a.Value != "" || given {
		w.out.Answers[key] = a
	}
	if bad != "" {
		w.out.wrong[key] = fault.Field{Name: key, Key: bad, Args: args}
		return nil
	}
	return typed(a.Value, f.Kind)
}

// typed is an answer as expressions see it; an empty one is not known.
func typed(value, kind string) any {
	switch {
	case value == "":
		return nil
	case kind == "number" || kind == "money":
		return json.Number(value)
	case kind == "date":
		if d, err := calendar.ParseDate(value); err == nil {
			return d
		}
		return nil
	}
	return value
}

// fraction is how many decimals a computed number keeps.
const fraction = 6

// written is a computed value as an answer of the kind. Money is rounded to 分, half away from zero.
func written(v any, kind string) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return map[bool]string{true: "true", false: "false"}[v]
	case calendar.Date:
		return v.String()
	case json.Number:
		n, ok := new(big.Rat).SetString(string(v))
		if !ok {
			return ""
		}
		if kind == "money" {
			return n.FloatString(2)
		}
		return strings.TrimRight(strings.TrimRight(n.FloatString(fraction), "0"), ".")
	}
	return ""
}

// demand marks the field of a check that fails, in each entry where it stands in a group.
func (w *work) demand(c *demand) {
	f := &w.fields[c.mark]
	for at, asked := range w.asked[c.mark] {
		entry := 0
		if f.group != nil {
			entry = at + 1
		}
		key := Key(f.Element, entry)
		if _, already := w.out.wrong[key]; asked && !already && c.holds.fails(w.reader(f.group, entry)) {
			w.out.wrong[key] = fault.Field{Name: key, Key: Says, Args: []any{"says", c.Says, "says_en", c.SaysEn}}
		}
	}
}

// Wrong are the mistakes in the order of the form, none when it can be handed in.
func (s *State) Wrong() (out []fault.Field) {
	for _, p := range s.Places {
		if f, bad := s.wrong[p.Key]; bad {
			out = append(out, f)
		}
	}
	return append(out, s.surplus...)
}

// Err is Wrong as an error, nil when there is none.
func (s *State) Err() error {
	if bad := s.Wrong(); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// Wants says whether a material is asked for under these answers.
func (s *State) Wants(material string) bool {
	wanted, conditional := s.papers[material]
	return wanted || !conditional
}

// Given are the answers to store, in the order of the form: what is asked and not empty.
func (s *State) Given() (out []Answer) {
	for _, p := range s.Places {
		if a := s.Answers[p.Key]; a.Value != "" {
			out = append(out, a)
		}
	}
	return out
}

// lay walks the form in order; a group is walked entry by entry where its first field stands.
func (m *Model) lay(entries map[string]int, visit func(i, entry int)) {
	for i := range m.fields {
		g := m.fields[i].group
		if g == nil {
			visit(i, 0)
			continue
		}
		if i != g.fields[0] {
			continue
		}
		for entry := 1; entry <= entries[g.ID]; entry++ {
			for _, j := range g.fields {
				visit(j, entry)
			}
		}
	}
}

// Lay puts stored answers in the order of the form, without working anything out: what was handed
// in is shown as it was.
func (m *Model) Lay(answers map[string]Answer) (out []Place) {
	entries := map[string]int{}
	for key := range answers {
		element, entry, _ := CutKey(key)
		if i, ok := m.at[element]; ok && m.fields[i].group != nil {
			entries[m.fields[i].Group] = max(entries[m.fields[i].Group], entry)
		}
	}
	m.lay(entries, func(i, entry int) {
		if p := place(&m.fields[i], entry); answers[p.Key].Element != "" {
			out = append(out, p)
		}
	})
	return out
}

// Knows says that a key is a place of this form that can be typed into.
func (m *Model) Knows(key string) bool {
	element, entry, ok := CutKey(key)
	i, there := m.at[element]
	return ok && there && !m.fields[i].computed && (entry > 0) == (m.fields[i].group != nil)
}

// Compact moves the entries of groups up over those with nothing in them. What is no place of the
// form is left out.
func (m *Model) Compact(answers map[string]Answer) map[string]Answer {
	out := make(map[string]Answer, len(answers))
	filled := map[*compiledGroup][]int{}
	for key, a := range answers {
		element, entry, ok := CutKey(key)
		i, there := m.at[element]
		if !ok || !there || (entry > 0) != (m.fields[i].group != nil) {
			continue
		}
		if entry == 0 {
			a.Element = key
			out[key] = a
		} else if g := m.fields[i].group; !m.fields[i].computed && strings.TrimSpace(a.Value) != "" && !slices.Contains(filled[g], entry) {
			filled[g] = append(filled[g], entry)
		}
	}
	for g, entries := range filled {
		slices.Sort(entries)
		for n, old := range entries {
			for _, i := range g.fields {
				if a, there := answers[Key(m.fields[i].Element, old)]; there {
					a.Element = Key(m.fields[i].Element, n+1)
					out[a.Element] = a
				}
			}
		}
	}
	return out
}

// Without is the answers with an entry of a group taken out.
func (m *Model) Without(answers map[string]Answer, group string, entry int) map[string]Answer {
	left := make(map[string]Answer, len(answers))
	for key, a := range answers {
		element, n, _ := CutKey(key)
		if i, ok := m.at[element]; ok && n == entry && m.fields[i].group != nil && m.fields[i].Group == group {
			continue
		}
		left[key] = a
	}
	return m.Compact(left)
}

// Room says whether a group can take one more entry than n.
func (m *Model) Room(group string, n int) bool {
	i := slices.IndexFunc(m.groups, func(g *compiledGroup) bool { return g.ID == group })
	return i >= 0 && n < m.groups[i].Max
}
