package standards

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
	"yimen/web/text"
)

// planView is the plan of an item as it is written.
type planView struct {
	written
	Rev      int64 // that the form is about
	Mode     page.Field
	Steps    []stepView
	Organs   []string // names to choose from
	Stages   []page.Stage
	Whole    []flawView // what is wrong with the plan as a whole
	Problems []page.Problem
	Saved    bool
	Partial  bool
	Stale    []string // what happened meanwhile
	Focus    string   // id of what the focus goes to, empty: it stays
}

// stepView is one step of the form.
type stepView struct {
	N      int
	ID     string
	Title  string
	Fields []page.Field
	Basis  []page.Field
	Cited  string // what it rests on, in words
	Open   bool   // the fields of that are open
	Flaws  []flawView
	Last   bool
}

type flawView struct {
	Words string
	Warn  bool
}

// mostSteps bounds a plan.
const mostSteps = 40

func (v planView) address() string { return itemPath(v.ID, "edit", "plan") }

func (s *Surface) editPlan(w http.ResponseWriter, r *http.Request) error {
	return s.showPlan(w, r, http.StatusOK, typed{}, "")
}

// savePlan takes the whole plan as typed and what is to be done to it: a step more, less or elsewhere. With "look" it is
// drawn and kept nowhere.
func (s *Surface) savePlan(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	form, err := s.planForm(r, in)
	if err != nil {
		return err
	}
	t := typed{in: in}
	if in.Text("do") == "look" {
		return s.showPlan(w, r, http.StatusOK, t, "")
	}
	t.wrong = s.apply(r, in, form.change)
	switch {
	case t.wrong == nil && page.Partial(r):
		return s.showPlan(w, r, http.StatusOK, typed{}, form.focus)
	case t.wrong == nil:
		return page.Redirect(w, r, itemPath(itemID(r), "edit", "plan")+"?saved=1"+form.anchor())
	case t.stale(), fault.Is(t.wrong, fault.Invalid) && len(fault.Fields(t.wrong)) > 0:
		return s.showPlan(w, r, page.Status(t.wrong), t, "")
	}
	return t.wrong
}

// planForm is a posted plan.
type planForm struct {
	in     *page.Input
	organs map[ref.OrganID]org.Organ
	focus  string // set by change: what the focus goes to
}

func (s *Surface) planForm(r *http.Request, in *page.Input) (*planForm, error) {
	organs, err := org.Organs(r.Context(), s.DB)
	return &planForm{in: in, organs: organs}, err
}

// streetName is what the office of the place is called; items are in Chinese on every page.
func streetName() string { return text.T(text.Chinese, "flow.street") }

func organName(organs map[ref.OrganID]org.Organ, id ref.OrganID) string {
	if id == catalog.Street {
		return streetName()
	}
	return organs[id].Name
}

// organ finds who is meant by a name.
func (f *planForm) organ(name string) (id ref.OrganID, level ref.Level, ok bool) {
	if name == streetName() {
		return catalog.Street, ref.LevelTown, true
	}
	for _, o := range f.organs {
		if name == o.Name || name == o.Short {
			return o.ID, o.Level, true
		}
	}
	return "", 0, name == ""
}

func prefix(n int) string { return fmt.Sprintf("steps.%d.", n) }

var modes = []ask{{Path: "mode", Options: []string{"lead", "own"}}}

// stepAsks are the values of a step; others are the steps it may wait for.
func stepAsks(others []string) []ask {
	return join([]ask{{Path: "id", Need: true, ID: true}, {Path: "name", Max: 100}, {Path: "kind", Options: catalog.StepKinds}, {Path: "organ"}}, spanned("limit"),
		[]ask{{Path: "officers", Options: []string{"1", "2"}}, {Path: "after", Options: others}, {Path: "join", Options: []string{"all", "any"}}, {Path: "ends"}, {Path: "points", Long: true}}, cited("basis"),
		[]ask{{Path: "default", Options: []string{catalog.DefaultAgree}}}, cited("default_basis"))
}

// typed fills the plan from the form. What cannot be read is named by its field, and left empty.
func (f *planForm) typed(it *catalog.Item) error {
	n, _ := f.in.Int("count")
	if n < 0 || n > mostSteps {
		return fault.Bad(fault.Field{Name: "count", Key: "tryrun.edit.too_many", Args: []any{"n", mostSteps}})
	}
	var bad []fault.Field
	if err := fill(reflect.ValueOf(&it.Plan), modes, f.in); err != nil {
		bad = slices.Clone(fault.Fields(err))
	}
	ids := make([]string, n)
	for i := range ids {
		ids[i] = f.in.Text(prefix(i) + "id")
	}
	it.Plan.Steps = make([]catalog.Step, n)
	for i := range it.Plan.Steps {
		bad = append(bad, f.step(&it.Plan.Steps[i], i, ids)...)
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

func (f *planForm) step(s *catalog.Step, n int, ids []string) (bad []fault.Field) {
	if err := fill(reflect.ValueOf(s), stepAsks(slices.Delete(slices.Clone(ids), n, n+1)), f.in.Part(prefix(n))); err != nil {
		bad = slices.Clone(fault.Fields(err))
	}
	name, known := string(s.Organ), false
	if s.Organ, s.Level, known = f.organ(name); !known {
		bad = append(bad, fault.Field{Name: "organ", Key: "tryrun.edit.organ_unknown", Args: []any{"name", name}})
	}
	for i := range bad {
		bad[i].Name = prefix(n) + bad[i].Name
	}
	return bad
}

// change is what the post does to the plan.
func (f *planForm) change(it *catalog.Item) error {
	if err := f.typed(it); err != nil {
		return err
	}
	do, place, _ := strings.Cut(f.in.Text("do"), ".")
	n, err := strconv.Atoi(place)
	if do == "add" {
		return f.add(it)
	}
	if err != nil || n < 0 || n >= len(it.Plan.Steps) {
		return nil
	}
	switch do {
	case "up":
		f.move(it, n, n-1, do)
	case "down":
		f.move(it, n, n+1, do)
	case "remove":
		remove(&it.Plan, n)
		f.focus = "add"
	}
	return nil
}

// move exchanges two steps. The focus goes along, to the same button where the step still has it.
func (f *planForm) move(it *catalog.Item, n, to int, do string) {
	all := it.Plan.Steps
	if to < 0 || to >= len(all) {
		return
	}
	all[n], all[to] = all[to], all[n]
	if f.focus = do + "-" + all[to].ID; to == 0 || to == len(all)-1 {
		f.focus = "step-" + all[to].ID
	}
}

// add puts a new step before the first decision, which then waits for it.
func (f *planForm) add(it *catalog.Item) error {
	all := it.Plan.Steps
	if len(all) >= mostSteps {
		return fault.Bad(fault.Field{Name: "count", Key: "tryrun.edit.too_many", Args: []any{"n", mostSteps}})
	}
	s := catalog.Step{ID: freeID(all), Kind: catalog.StepReview, Organ: it.Organ, Level: f.organs[it.Organ].Level, Join: "all", Limit: catalog.Span{N: 1, Unit: it.Times.Promised.Unit}, Officers: 1}
	if s.Limit.Unit == "now" {
		s.Limit.N = 0
	}
	at := slices.IndexFunc(all, func(x catalog.Step) bool { return x.Kind == catalog.StepDecide })
	if at < 0 {
		at = len(all)
	} else {
		all[at].After = append(all[at].After, s.ID)
	}
	it.Plan.Steps = slices.Insert(all, at, s)
	f.focus = page.Field{Name: prefix(at) + "name"}.ID()
	return nil
}

func freeID(all []catalog.Step) string {
	for n := 1; ; n++ {
		id := "s" + strconv.Itoa(n)
		if !slices.ContainsFunc(all, func(s catalog.Step) bool { return s.ID == id }) {
			return id
		}
	}
}

// remove takes a step away; what waited for it waits for what it waited for.
func remove(plan *catalog.Plan, n int) {
	gone := plan.Steps[n]
	plan.Steps = slices.Delete(plan.Steps, n, n+1)
	for i := range plan.Steps {
		s := &plan.Steps[i]
		at := slices.Index(s.After, gone.ID)
		if at < 0 {
			continue
		}
		s.After = slices.Delete(s.After, at, at+1)
		for _, a := range gone.After {
			if a != s.ID && !slices.Contains(s.After, a) {
				s.After = append(s.After, a)
			}
		}
		if len(s.After) < 2 {
			s.Join = "all"
		}
	}
}

// anchor is the part of the page to come back to.
func (f *planForm) anchor() string {
	if f.focus == "" {
		return ""
	}
	return "#" + f.focus
}

func (s *Surface) showPlan(w http.ResponseWriter, r *http.Request, status int, t typed, focus string) error {
	p := page.Of(r)
	x, err := s.read(r, itemID(r))
	if err != nil {
		return err
	}
	if err := mayEdit(r, x); err != nil {
		return err
	}
	form, err := s.planForm(r, t.in)
	if err != nil {
		return err
	}
	doc, err := x.Doc().Copy()
	if err != nil {
		return err
	}
	v := planView{written: x, Rev: x.Draft.Rev, Saved: page.Query(r).Has("saved") && t.in == nil || t.in == nil && r.Method == http.MethodPost, Partial: page.Partial(r), Focus: focus}
	if t.in != nil {
		if err := form.typed(doc); t.wrong == nil {
			t.wrong = err
		}
		v.meanwhile(p, doc, t)
	}
	if err := v.fill(r, s, doc, form, t); err != nil {
		return err
	}
	return page.Show(w, r, status, planPage(p, v))
}

// meanwhile keeps the revision the form is about, or says what somebody else saved.
func (v *planView) meanwhile(p *page.Page, doc *catalog.Item, t typed) {
	if !t.stale() {
		v.Rev, _ = t.in.Int("rev")
		return
	}
	v.Stale = []string{p.T("standards.edit.stale")}
	for _, s := range v.Doc().Plan.Steps {
		if !slices.ContainsFunc(doc.Plan.Steps, func(o catalog.Step) bool { return o.ID == s.ID }) {
			v.Stale = append(v.Stale, p.T("tryrun.edit.stale_more", "step", s.Name))
		}
	}
}

// fill makes the form, the drawing and the flaws from the document, and from what was typed where that is wrong.
func (v *planView) fill(r *http.Request, s *Surface, doc *catalog.Item, form *planForm, t typed) error {
	p := page.Of(r)
	flaws, err := s.Library.Flaws(r.Context(), s.DB, doc, p.Now)
	if err != nil {
		return err
	}
	of := map[int][]flawView{}
	for _, f := range flaws {
		n, in := stepOf(f.Path)
		if words := (flawView{p.T(f.Key, f.Args...), f.Warn}); in {
			of[n] = append(of[n], words)
		} else if f.Path == "plan" || strings.HasPrefix(f.Path, "plan.") {
			v.Whole = append(v.Whole, words)
		}
	}
	v.Mode = refilled(p, []page.Field{modes[0].field(p, reflect.ValueOf(doc.Plan))}, t)[0]
	v.Mode.Full, v.Mode.Optional = true, false
	fields := []page.Field{v.Mode}
	for n := range doc.Plan.Steps {
		st := v.step(p, doc, n, form, t)
		st.Flaws = of[n]
		v.Steps = append(v.Steps, st)
		fields = append(append(fields, st.Fields...), st.Basis...)
	}
	v.Organs = names(form.organs)
	v.draw(p, doc, form, of)
	if !t.stale() {
		v.Problems = page.Problems(p, fields, t.wrong)
	}
	return nil
}

func refilled(p *page.Page, fields []page.Field, t typed) []page.Field {
	if t.in == nil || t.wrong == nil {
		return fields
	}
	return page.Refill(p, fields, t.in, t.wrong)
}

var stepPath = regexp.MustCompile(`^plan\.steps\[(\d+)\]`)

func stepOf(path string) (n int, ok bool) {
	m := stepPath.FindStringSubmatch(path)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}

// names are the organs to choose from: the office of the place, then all by name.
func names(organs map[ref.OrganID]org.Organ) []string {
	var out []string
	for _, o := range organs {
		out = append(out, o.Name)
	}
	slices.Sort(out)
	return append([]string{streetName()}, out...)
}

func (v *planView) step(p *page.Page, doc *catalog.Item, n int, form *planForm, t typed) stepView {
	x := doc.Plan.Steps[n]
	out := stepView{N: n, ID: x.ID, Title: p.T("tryrun.edit.step", "n", n+1, "name", x.Name), Cited: p.T("tryrun.edit.no_basis"), Last: n == len(doc.Plan.Steps)-1}
	if x.Basis != nil {
		law, _, _ := strings.Cut(citation(p, *x.Basis), "\n")
		out.Cited = p.T("tryrun.edit.basis", "law", law)
	}
	var fields []page.Field
	for _, a := range stepAsks(nil) {
		f := a.field(p, reflect.ValueOf(x))
		f.Optional = strings.HasPrefix(a.Path, "basis.") || strings.HasPrefix(a.Path, "default")
		switch a.Path {
		case "id":
			f.Kind = page.Hidden
		case "organ":
			f.Full, f.Value, f.Extra, f.Hint = true, organName(form.organs, x.Organ), map[string]any{"list": "organs"}, p.T("tryrun.edit.organ_hint")
		case "after":
			f = after(p, doc, n, f)
		case "limit.n", "officers":
			f.Short = true
		case "points":
			f.Hint = p.T("standards.edit.lines")
		}
		f.Name = prefix(n) + f.Name
		fields = append(fields, f)
	}
	fields = v.told(p, refilled(p, fields, t), x.ID, n, form, t)
	for _, f := range fields {
		if strings.HasPrefix(f.Name, prefix(n)+"basis.") || strings.HasPrefix(f.Name, prefix(n)+"default") {
			out.Basis = append(out.Basis, f)
			out.Open = out.Open || f.Error != "" || f.Source != ""
		} else {
			out.Fields = append(out.Fields, f)
		}
	}
	return out
}

// after asks for what a step waits for, by the names of the other steps.
func after(p *page.Page, doc *catalog.Item, n int, f page.Field) page.Field {
	f.Kind, f.Value, f.Values, f.Options, f.Full = page.Checks, "", doc.Plan.Steps[n].After, nil, true
	f.Hint = p.T("tryrun.edit.after_hint")
	for i, s := range doc.Plan.Steps {
		if i != n {
			f.Options = append(f.Options, page.Option{Value: s.ID, Text: p.T("tryrun.edit.step", "n", i+1, "name", s.Name)})
		}
	}
	return f
}

// told says beside each field of a step what somebody else saved there meanwhile.
func (v *planView) told(p *page.Page, fields []page.Field, id string, n int, form *planForm, t typed) []page.Field {
	i := slices.IndexFunc(v.Doc().Plan.Steps, func(s catalog.Step) bool { return s.ID == id })
	if !t.stale() || i < 0 {
		return fields
	}
	now := (&planView{written: v.written}).step(p, v.Doc(), i, form, typed{})
	for _, f := range append(now.Fields, now.Basis...) {
		at := slices.IndexFunc(fields, func(x page.Field) bool { return x.Name == prefix(n)+strings.TrimPrefix(f.Name, prefix(i)) })
		if at >= 0 && (fields[at].Value != f.Value || !slices.Equal(fields[at].Values, f.Values)) {
			fields[at].Source = p.T("standards.edit.stale_now", "value", answer(p, f))
		}
	}
	return fields
}

// answer is a field's value in words.
func answer(p *page.Page, f page.Field) string {
	var chosen []string
	for _, o := range f.Options {
		if o.Value == f.Value || slices.Contains(f.Values, o.Value) {
			chosen = append(chosen, o.Text)
		}
	}
	if len(f.Options) > 0 {
		return strings.Join(chosen, p.T("standards.mark"))
	}
	return f.Value
}

// draw shows the plan, and where it is wrong.
func (v *planView) draw(p *page.Page, doc *catalog.Item, form *planForm, of map[int][]flawView) {
	v.Stages = page.PlanStages(p, doc, func(id ref.OrganID) string { return organName(form.organs, id) }, func(id string) (page.StopState, string) {
		n := slices.IndexFunc(doc.Plan.Steps, func(s catalog.Step) bool { return s.ID == id })
		for _, f := range of[n] {
			if !f.Warn {
				return page.StopFlawed, f.Words
			}
		}
		return "", ""
	})
}

func (v planView) head(p *page.Page) page.Head {
	h := page.Head{Title: p.T("standards.edit.section", "section", p.T("standards.section.plan")), Lead: v.Doc().Name, Back: page.Link{Text: v.Doc().Name, Href: itemPath(v.ID)}}
	if !v.Partial {
		h.Problems = v.Problems
	}
	return h
}

// focused marks the field that the focus goes to.
func (v planView) focused(fields []page.Field) []page.Field {
	for i := range fields {
		if fields[i].ID() == v.Focus {
			fields[i].Extra = map[string]any{"autofocus": true}
		}
	}
	return fields
}

// flawPlaces are the parts of the form that change with the drawing.
func (v planView) flawPlaces() (out []string) {
	for _, s := range v.Steps {
		out = append(out, "#flaws-"+number(s.N)+":outerHTML")
	}
	return out
}
