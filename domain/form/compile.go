package form

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Compile reads an expression over names. eval gives its value, nil when it is not known; values
// are bool, string, json.Number, calendar.Date, and []any for a name of a repeating group read from
// outside it. uses are the names that stand in it; key is empty, or what is wrong, with its args.
type Compile func(text string, names []string) (eval func(get func(name string) any) any, uses []string, key string, args []any)

// Spec is the part of an item's document that its form is made of.
type Spec struct {
	Fields []Field
	Groups []Group
	Checks []Demand
	Papers []Paper
	CoSign []Paper // roles of co-signers, asked for like papers: see SignerKey
}

// Group is a part of the form that is answered once for each of several things.
type Group struct {
	ID  string `json:"id"`
	Min int    `json:"min"`
	Max int    `json:"max"` // 0: mostEntries
}

// Demand is what must hold between answers; where it does not, Element is marked with the item's
// own sentence. In a group it is asked of every entry.
type Demand struct {
	Holds   string `json:"holds"`
	Says    string `json:"says"`
	SaysEn  string `json:"says_en"`
	Element string `json:"element"`
}

// Paper is a material and when it is asked for; empty: always.
type Paper struct {
	ID   string `json:"id"`
	When string `json:"when"`
}

// ReadSpec takes the form out of an item's document. The document's own names are the contract:
// form, groups, checks, materials.
func ReadSpec(document []byte) (Spec, error) {
	var doc struct {
		Form []struct {
			Field
			Options []struct {
				Value string `json:"value"`
			} `json:"options"`
		} `json:"form"`
		Groups    []Group  `json:"groups"`
		Checks    []Demand `json:"checks"`
		Materials []Paper  `json:"materials"`
		CoSign    []struct {
			Role string `json:"role"`
			When string `json:"when"`
		} `json:"co_sign"`
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return Spec{}, fmt.Errorf("read a form: %w", err)
	}
	s := Spec{Groups: doc.Groups, Checks: doc.Checks, Papers: doc.Materials}
	for _, x := range doc.CoSign {
		s.CoSign = append(s.CoSign, Paper{SignerKey(x.Role), x.When})
	}
	for _, f := range doc.Form {
		for _, o := range f.Options {
			f.Field.Options = append(f.Field.Options, o.Value)
		}
		s.Fields = append(s.Fields, f.Field)
	}
	return s, nil
}

// SignerKey is under what State.Wants tells whether a co-signer's role is asked for.
func SignerKey(role string) string { return "cosign:" + role }

// Flaw is something wrong with a form itself.
type Flaw struct {
	Path string // in the item's document: form[3].when
	Key  string
	Args []any
}

// formula is a compiled expression; nil where there is none or it could not be read.
type formula func(get func(string) any) any

// holds says that a condition is true; no condition is.
func (f formula) holds(get func(string) any) bool { return f == nil || f(get) == any(true) }

// fails says that a condition is known to be false: what is not known yet fails nothing.
func (f formula) fails(get func(string) any) bool { return f != nil && f(get) == any(false) }

type compiledField struct {
	Field
	doc           int // where it stands in the document
	when, compute formula
	computed      bool
	group         *compiledGroup
	after         []int // what its expressions use
}

type compiledGroup struct {
	Group
	fields []int
}

type demand struct {
	Demand
	holds formula
	mark  int
}

// Model is the form of one version of an item, compiled. It is safe for use by many at once.
type Model struct {
	fields []compiledField
	at     map[string]int
	names  []string
	groups []*compiledGroup
	order  []int // of evaluation: what is used comes first
	checks []demand
	papers map[string]formula
	flaws  []Flaw
}

// mostEntries is the most entries of a group that names no maximum.
const mostEntries = 50

// MakeModel compiles a form. It always gives a model, so that an item published with a flaw still
// takes applications: a condition that cannot be read asks, a value that cannot be computed is empty.
func MakeModel(s Spec, compile Compile) *Model {
	m := &Model{at: map[string]int{}, papers: map[string]formula{}}
	for i, f := range s.Fields {
		if _, there := m.at[f.Element]; there {
			m.flaw(path("form", i, "element"), "form.flaw.twice", "element", f.Element)
			continue
		}
		m.at[f.Element] = len(m.fields)
		m.names = append(m.names, f.Element)
		m.fields = append(m.fields, compiledField{Field: f, doc: i})
	}
	m.addGroups(s)
	for i := range m.fields {
		m.addFormulas(&m.fields[i], compile)
	}
	m.addChecks(s, compile)
	for i, p := range s.Papers {
		if p.When != "" {
			m.papers[p.ID], _ = m.formula(path("materials", i, "when"), p.When, compile)
		}
	}
	for i, x := range s.CoSign {
		if x.When != "" {
			m.papers[x.ID], _ = m.formula(path("co_sign", i, "when"), x.When, compile)
		}
	}
	m.sort()
	return m
}

func path(list string, i int, part string) string { return fmt.Sprintf("%s[%d].%s", list, i, part) }

func (m *Model) flaw(path, key string, args ...any) {
	m.flaws = append(m.flaws, Flaw{path, key, args})
}

// Flaws are what is wrong with the form itself, by place in the item's document.
func (m *Model) Flaws() []Flaw { return m.flaws }

func (m *Model) addGroups(s Spec) {
	known := map[string]*compiledGroup{}
	for i, g := range s.Groups {
		if known[g.ID] != nil || g.ID == "" {
			m.flaw(path("groups", i, "id"), "form.flaw.group_twice", "group", g.ID)
			continue
		}
		if g.Max == 0 {
			g.Max = mostEntries
		}
		if g.Min < 0 || g.Max < 1 || g.Min > g.Max || g.Max > mostEntries {
			m.flaw(path("groups", i, "max"), "form.flaw.group_bounds", "max", mostEntries)
			g.Min, g.Max = 0, min(max(g.Max, 1), mostEntries)
		}
		known[g.ID] = &compiledGroup{Group: g}
		m.groups = append(m.groups, known[g.ID])
	}
	for i, f := range m.fields {
		if f.Group == "" {
			continue
		}
		g := known[f.Group]
		if g == nil {
			m.flaw(path("form", f.doc, "group"), "form.flaw.no_group", "group", f.Group)
			continue
		}
		g.fields = append(g.fields, i)
		m.fields[i].group = g
	}
	for i, g := range s.Groups {
		if c := known[g.ID]; c != nil && len(c.fields) == 0 {
			m.flaw(path("groups", i, "id"), "form.flaw.group_empty", "group", g.ID)
		}
	}
}

func (m *Model) formula(at, text string, compile Compile) (formula, []int) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	eval, uses, key, args := compile(text, m.names)
	if key != "" {
		m.flaw(at, key, args...)
		return nil, nil
	}
	var after []int
	for _, name := range uses {
		after = append(after, m.at[name])
	}
	return eval, after
}

func (m *Model) addFormulas(f *compiledField, compile Compile) {
	var more []int
	f.when, f.after = m.formula(path("form", f.doc, "when"), f.When, compile)
	f.compute, more = m.formula(path("form", f.doc, "compute"), f.Compute, compile)
	f.computed = strings.TrimSpace(f.Compute) != ""
	f.after = append(f.after, more...)
}

func (m *Model) addChecks(s Spec, compile Compile) {
	for i, c := range s.Checks {
		mark, there := m.at[c.Element]
		if !there {
			m.flaw(path("checks", i, "element"), "form.flaw.no_element", "element", c.Element)
			continue
		}
		if strings.TrimSpace(c.Says) == "" {
			m.flaw(path("checks", i, "says"), "form.flaw.no_words")
		}
		if strings.TrimSpace(c.Holds) == "" {
			m.flaw(path("checks", i, "holds"), "form.empty")
		}
		if c.SaysEn == "" {
			c.SaysEn = c.Says
		}
		if holds, _ := m.formula(path("checks", i, "holds"), c.Holds, compile); holds != nil {
			m.checks = append(m.checks, demand{c, holds, mark})
		}
	}
}

// sort finds an order in which every value is known before it is used. What goes in a circle is a
// flaw; it is cut where it closes, so that the value used there is not known.
func (m *Model) sort() {
	const unseen, open, done = 0, 1, 2
	state := make([]int, len(m.fields))
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		for _, j := range m.fields[i].after {
			switch state[j] {
			case unseen:
				visit(j)
			case open:
				part := "when"
				if m.fields[i].computed {
					part = "compute"
				}
				m.flaw(path("form", m.fields[i].doc, part), "form.flaw.cycle", "element", m.fields[j].Element)
			}
		}
		state[i] = done
		m.order = append(m.order, i)
	}
	for i := range m.fields {
		if state[i] == unseen {
			visit(i)
		}
	}
}

// models by digest of the document they were made from: one document always makes the same form.
var models sync.Map

// ModelOf is the model of a published version, compiled once; digest is its document's.
func ModelOf(digest, document string, compile Compile) (*Model, error) {
	if m, ok := models.Load(digest); ok {
		return m.(*Model), nil
	}
	s, err := ReadSpec([]byte(document))
	if err != nil {
		return nil, err
	}
	m := MakeModel(s, compile)
	models.Store(digest, m)
	return m, nil
}

// Key is where the answer to an element stands: the element itself, or element#3 in the third entry
// of its group.
func Key(element string, entry int) string {
	if entry == 0 {
		return element
	}
	return element + "#" + strconv.Itoa(entry)
}

// CutKey is Key undone; false for what is no key.
func CutKey(key string) (element string, entry int, ok bool) {
	element, number, in := strings.Cut(key, "#")
	if !in {
		return key, 0, key != ""
	}
	n, err := strconv.Atoi(number)
	return element, n, err == nil && n > 0 && n < 1000 && strconv.Itoa(n) == number && element != ""
}
