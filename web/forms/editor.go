package forms

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/foundation/fault"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

// spot is a part of a form that is worked on: form.3, groups.0, checks.1, materials.2.
type spot struct {
	list string
	n    int
}

// lists are the parts of a form in the order of the page.
var lists = []string{"form", "groups", "checks", "materials"}

func spotOf(s string) (spot, bool) {
	list, n, _ := strings.Cut(s, ".")
	i, err := strconv.Atoi(n)
	return spot{list, i}, err == nil && slices.Contains(lists, list)
}

func (x spot) String() string { return x.list + "." + strconv.Itoa(x.n) }

// path is how flaws name it.
func (x spot) path() string { return fmt.Sprintf("%s[%d].", x.list, x.n) }

// in says that the document has it.
func (x spot) in(it *catalog.Item) bool {
	return x.n >= 0 && x.n < map[string]int{"form": len(it.Form), "groups": len(it.Groups), "checks": len(it.Checks), "materials": len(it.Materials)}[x.list]
}

// editView is the editor's page.
type editView struct {
	kept
	ID       ref.ItemID
	At       spot // what is open for change; list "": nothing
	Fields   []page.Field
	Query    string
	Found    []form.Element // to add
	Saved    bool
	Problems []page.Problem
}

func (s *Surface) show(w http.ResponseWriter, r *http.Request) error {
	v, err := s.editView(r, page.Query(r), nil, nil)
	if err != nil {
		return err
	}
	v.Saved = page.Query(r).Has("saved")
	return page.Show(w, r, http.StatusOK, editPage(page.Of(r), v))
}

func (s *Surface) editView(r *http.Request, at, typed *page.Input, wrong error) (*editView, error) {
	p := page.Of(r)
	k, err := s.kept(r)
	if err != nil {
		return nil, err
	}
	v := &editView{kept: k, ID: ref.ItemID(r.PathValue("id")), Query: at.Text("q")}
	if x, ok := spotOf(at.Text("at")); ok && x.in(k.Doc) && k.May {
		v.At = x
		v.Fields = page.Refill(p, v.fields(p), typed, v.marked(wrong))
	}
	v.Problems = page.Problems(p, v.Fields, wrong)
	if at.Has("q") {
		v.Found, err = form.Elements(r.Context(), s.DB, v.Query, "", onePage)
		v.Found = slices.DeleteFunc(v.Found, func(e form.Element) bool {
			return slices.ContainsFunc(k.Doc.Form, func(f catalog.Field) bool { return f.Element == e.ID })
		})
	}
	return v, err
}

// marked are the mistakes of a post, or else the flaws the open part has as it stands.
func (v *editView) marked(wrong error) error {
	if wrong != nil {
		return wrong
	}
	return flawsAt(v.Model, v.At)
}

// flawsAt are a part's flaws as mistakes of the fields it is changed by, nil without any.
func flawsAt(m *form.Model, x spot) error {
	var bad []fault.Field
	for _, f := range m.Flaws() {
		if name, here := strings.CutPrefix(f.Path, x.path()); here {
			bad = append(bad, fault.Field{Name: name, Key: f.Key, Args: f.Args})
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return fault.Bad(bad...)
}

func (v *editView) fields(p *page.Page) []page.Field {
	switch v.At.list {
	case "form":
		return v.fieldFields(p, v.Doc.Form[v.At.n])
	case "groups":
		g := v.Doc.Groups[v.At.n]
		return []page.Field{needed(line(p, "id", g.ID)), line(p, "label", g.Label), line(p, "label_en", g.LabelEn), number(p, "min", g.Min), number(p, "max", g.Max)}
	case "checks":
		c := v.Doc.Checks[v.At.n]
		mark := page.Field{Name: "element", Label: p.T("forms.field.element"), Kind: page.Select, Value: c.Element}
		for _, f := range v.Doc.Form {
			mark.Options = append(mark.Options, page.Option{Value: f.Element, Text: f.Label})
		}
		return []page.Field{needed(expression(p, "holds", c.Holds)), mark, needed(wide(line(p, "says", c.Says))), wide(line(p, "says_en", c.SaysEn))}
	}
	return []page.Field{expression(p, "when", v.Doc.Materials[v.At.n].When)}
}

func (v *editView) fieldFields(p *page.Page, f catalog.Field) []page.Field {
	group := page.Field{Name: "group", Label: p.T("forms.field.group"), Kind: page.Select, Value: f.Group, Optional: true}
	for _, g := range v.Doc.Groups {
		group.Options = append(group.Options, page.Option{Value: g.ID, Text: g.Label})
	}
	prefill := page.Field{Name: "prefill", Label: p.T("forms.field.prefill"), Kind: page.Select, Value: f.Prefill, Optional: true}
	for _, x := range prefills {
		prefill.Options = append(prefill.Options, page.Option{Value: x, Text: p.T("forms.prefill." + x)})
	}
	optional := page.Field{Name: "optional", Label: p.T("forms.field.optional"), Kind: page.Confirm}
	if f.Optional {
		optional.Value = "yes"
	}
	return []page.Field{needed(line(p, "label", f.Label)), line(p, "label_en", f.LabelEn), needed(line(p, "section", f.Section)), group, wide(line(p, "hint", f.Hint)), optional, number(p, "max", f.Max),
		line(p, "min", f.Min), line(p, "max_value", f.MaxValue), prefill, expression(p, "when", f.When), expression(p, "compute", f.Compute)}
}

// prefills are the facts a question can be filled from.
var prefills = []string{"answer", "name", "number", "phone", "address", "representative"}

func line(p *page.Page, name, value string) page.Field {
	return page.Field{Name: name, Label: p.T("forms.field." + name), Value: value, Optional: true, Auto: "off"}
}

func needed(f page.Field) page.Field {
	f.Optional = false
	return f
}

func wide(f page.Field) page.Field {
	f.Full = true
	return f
}

func number(p *page.Page, name string, n int) page.Field {
	f := line(p, name, strconv.Itoa(n))
	f.Kind = page.Number
	return f
}

func expression(p *page.Page, name, value string) page.Field {
	f := wide(line(p, name, value))
	f.Hint = p.T("forms.expression.hint")
	if name == "compute" {
		f.Hint = p.T("forms.compute.hint")
	}
	return f
}

// edit is every change of a form: one post does one thing to one part.
func (s *Surface) edit(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	sub, err := submitOf(r, in, "POST /forms/items/{id}")
	if err != nil {
		return err
	}
	rev, _ := in.Int("rev") // no number is a revision nobody was shown: Conflict
	c := change{in: in}
	if in.Text("do") == "add" {
		if c.element, err = form.GetElement(r.Context(), s.DB, in.Text("element")); err != nil {
			return err
		}
	}
	id := ref.ItemID(r.PathValue("id"))
	to := spot{}
	_, err = s.Library.Edit(r.Context(), standards.Edit{Submit: sub, By: staff(r), Item: id, Rev: rev}, func(it *catalog.Item) (err error) {
		to, err = c.apply(it)
		return err
	})
	if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.Conflict) {
		v, failed := s.editView(r, in, in, err)
		if failed != nil {
			return failed
		}
		return page.Show(w, r, page.Status(err), editPage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/forms/items/"+string(id)+"?saved=1"+c.back(to))
}

// change is one post's change to a document.
type change struct {
	in      *page.Input
	element form.Element
}

// back leads to where the work goes on.
func (c change) back(to spot) string {
	switch {
	case c.in.Text("do") == "add" || c.in.Text("do") == "new":
		return "&at=" + url.QueryEscape(to.String()) + "#part"
	case to.list != "":
		return "#" + to.list
	}
	return ""
}

func nothingThere() error { return fault.New(fault.Conflict, "fault.draft_changed") }

// apply does it and says at which part.
func (c change) apply(it *catalog.Item) (spot, error) {
	if c.in.Text("do") == "add" {
		it.Form = append(it.Form, fieldOf(c.element, it))
		return spot{"form", len(it.Form) - 1}, nil
	}
	if c.in.Text("do") == "new" {
		return begun(it, c.in.Text("list"))
	}
	x, ok := spotOf(c.in.Text("at"))
	if !ok || !x.in(it) {
		return x, nothingThere()
	}
	switch c.in.Text("do") {
	case "up", "down":
		moved(it, x, c.in.Text("do"))
		return x, nil
	case "remove":
		removed(it, x)
		return x, nil
	case "save":
		if err := c.save(it, x); err != nil {
			return x, err
		}
		m, err := modelOf(it)
		if err != nil {
			return x, err
		}
		return x, flawsAt(m, x)
	}
	return x, fault.New(fault.Invalid, "fault.form_broken")
}

// begun adds an empty group or check.
func begun(it *catalog.Item, list string) (spot, error) {
	switch {
	case list == "groups":
		it.Groups = append(it.Groups, catalog.Group{ID: "group" + strconv.Itoa(len(it.Groups)+1), Max: 20})
		return spot{list, len(it.Groups) - 1}, nil
	case list == "checks" && len(it.Form) > 0:
		it.Checks = append(it.Checks, catalog.Check{Element: it.Form[0].Element})
		return spot{list, len(it.Checks) - 1}, nil
	}
	return spot{}, fault.New(fault.Invalid, "fault.form_broken")
}

// fieldOf asks for a data element, behind the form's last question.
func fieldOf(e form.Element, it *catalog.Item) catalog.Field {
	f := catalog.Field{Element: e.ID, Label: e.Name, LabelEn: e.NameEn, Kind: e.Kind, Prefill: "answer"}
	for _, o := range e.Options() {
		f.Options = append(f.Options, catalog.Option{Value: o.Value, Label: o.Label})
	}
	if n := len(it.Form); n > 0 {
		f.Section = it.Form[n-1].Section
	}
	return f
}

func moved(it *catalog.Item, x spot, way string) {
	y := x.n - 1
	if way == "down" {
		y = x.n + 1
	}
	if !(spot{x.list, y}).in(it) {
		return
	}
	switch x.list {
	case "form":
		it.Form[x.n], it.Form[y] = it.Form[y], it.Form[x.n]
	case "groups":
		it.Groups[x.n], it.Groups[y] = it.Groups[y], it.Groups[x.n]
	case "checks":
		it.Checks[x.n], it.Checks[y] = it.Checks[y], it.Checks[x.n]
	}
}

func removed(it *catalog.Item, x spot) {
	switch x.list {
	case "form":
		it.Form = slices.Delete(it.Form, x.n, x.n+1)
	case "groups":
		it.Groups = slices.Delete(it.Groups, x.n, x.n+1)
	case "checks":
		it.Checks = slices.Delete(it.Checks, x.n, x.n+1)
	}
}

func (c change) save(it *catalog.Item, x spot) error {
	in := c.in
	switch x.list {
	case "form":
		return c.saveField(&it.Form[x.n])
	case "groups":
		g := &it.Groups[x.n]
		lo, hi, err := bounds(in)
		if err == nil {
			if old := g.ID; old != in.Text("id") { // its questions go with it
				for i := range it.Form {
					if it.Form[i].Group == old {
						it.Form[i].Group = in.Text("id")
					}
				}
			}
			*g = catalog.Group{ID: in.Text("id"), Label: in.Text("label"), LabelEn: in.Text("label_en"), Min: lo, Max: hi}
		}
		return err
	case "checks":
		k := &it.Checks[x.n]
		k.Holds, k.Says, k.SaysEn, k.Element = in.Text("holds"), in.Text("says"), in.Text("says_en"), in.Text("element")
		return nil
	}
	it.Materials[x.n].When = in.Text("when")
	return nil
}

func bounds(in *page.Input) (lo, hi int, err error) {
	a, okA := in.Int("min")
	b, okB := in.Int("max")
	var bad []fault.Field
	if !okA || a < 0 {
		bad = append(bad, fault.Field{Name: "min", Key: "form.wrong_number"})
	}
	if !okB || b < 1 {
		bad = append(bad, fault.Field{Name: "max", Key: "form.wrong_number"})
	}
	if len(bad) > 0 {
		return 0, 0, fault.Bad(bad...)
	}
	return int(min(a, 1000)), int(min(b, 1000)), nil
}

func (c change) saveField(f *catalog.Field) error {
	in := c.in
	var bad []fault.Field
	most, ok := in.Int("max")
	if in.Text("max") != "" && (!ok || most < 0 || most > 10000) {
		bad = append(bad, fault.Field{Name: "max", Key: "form.wrong_number"})
	}
	for _, name := range []string{"label", "section"} {
		if in.Text(name) == "" {
			bad = append(bad, fault.Field{Name: name, Key: "form.empty"})
		}
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	f.Label, f.LabelEn, f.Section, f.Group, f.Hint = in.Text("label"), in.Text("label_en"), in.Text("section"), in.Text("group"), in.Text("hint")
	f.Optional, f.Max, f.Min, f.MaxValue, f.Prefill = in.Text("optional") == "yes", int(most), in.Text("min"), in.Text("max_value"), in.Text("prefill")
	f.When, f.Compute = in.Text("when"), in.Text("compute")
	return nil
}

// flawsOf are the flaws of one line, in words.
func (v *editView) flawsOf(p *page.Page, list string, n int) (out []string) {
	for _, f := range v.Model.Flaws() {
		if strings.HasPrefix(f.Path, spot{list, n}.path()) {
			out = append(out, p.T(f.Key, f.Args...))
		}
	}
	return out
}

func (v *editView) address() string { return "/forms/items/" + string(v.ID) }

func (v *editView) open(list string, n int) string {
	return v.address() + "?at=" + spot{list, n}.String() + "#part"
}

// marks are what a question has beside its words: that it may be left out, when it is asked, what it is worked out of.
func (v *editView) marks(p *page.Page, f catalog.Field) (out []string) {
	if f.Optional {
		out = append(out, p.T("forms.mark.optional"))
	}
	if f.Group != "" {
		out = append(out, p.T("forms.mark.group", "group", f.Group))
	}
	if f.When != "" {
		out = append(out, p.T("forms.mark.when", "when", f.When))
	}
	if f.Compute != "" {
		out = append(out, p.T("forms.mark.compute", "compute", f.Compute))
	}
	return out
}
