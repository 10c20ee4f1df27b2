package forms

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/foundation/fault"
	"yimen/web/page"
)

func (s *Surface) elements(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	after, err := page.After(q.Text("after"), 1)
	if err != nil {
		return err
	}
	from := ""
	if after != nil {
		from = after[0]
	}
	rows, err := form.Elements(r.Context(), s.DB, q.Text("q"), from, onePage+1)
	if err != nil {
		return err
	}
	t := page.Table{ID: "elements", Caption: p.T("forms.elements.title"), Live: true, Filtered: q.Text("q") != "", First: page.FirstPage(p),
		Filter: []page.Field{{Name: "q", Label: p.T("forms.elements.search"), Value: q.Text("q"), Auto: "off"}},
		Empty:  page.Nothing{Title: p.T("forms.elements.none"), Text: p.T("forms.elements.none.text")},
		Columns: []page.Column{{Text: p.T("forms.field.name"), Main: true}, {Text: p.T("forms.field.id")}, {Text: p.T("forms.field.kind")}, {Text: p.T("forms.field.format")}, {Text: p.T("forms.field.source")},
			{Text: p.T("forms.field.sensitivity")}}}
	if len(rows) > onePage {
		rows = rows[:onePage]
		t.Next = page.NextPage(p, page.Cursor(rows[onePage-1].ID))
	}
	for _, e := range rows {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: e.Name, Href: "/forms/elements/" + e.ID}), page.Words(e.ID), page.Words(p.T("form.kind." + e.Kind)), page.Words(e.Format),
			page.Words(e.Source), sensitivity(p, e.Sensitivity)}})
	}
	return page.Show(w, r, http.StatusOK, elementsPage(p, t, staff(r).Has("standards")))
}

var sensitivityTones = map[form.Sensitivity]page.Tone{form.Sensitive: page.Warn, form.Personal: page.Info}

func sensitivity(p *page.Page, s form.Sensitivity) templ.Component {
	return page.Tag(sensitivityTones[s], p.T("form.sensitivity."+strconv.FormatInt(int64(s), 10)))
}

// elementView is one data element with who asks for it.
type elementView struct {
	Element  form.Element
	History  []form.Element
	Used     []catalog.Row
	Office   bool
	Saved    bool
	Fields   []page.Field
	Problems []page.Problem
}

// fresh is the address of an element that is not there yet; no element can be called so.
const fresh = "new"

func (s *Surface) element(w http.ResponseWriter, r *http.Request) error {
	v, err := s.elementView(r, nil, nil)
	if err != nil {
		return err
	}
	v.Saved = page.Query(r).Has("saved")
	return page.Show(w, r, http.StatusOK, elementPage(page.Of(r), v))
}

func (s *Surface) elementView(r *http.Request, in *page.Input, wrong error) (*elementView, error) {
	p, ctx, id := page.Of(r), r.Context(), r.PathValue("id")
	v := &elementView{Office: staff(r).Has("standards")}
	var err error
	if id != fresh {
		if v.Element, err = form.GetElement(ctx, s.DB, id); err != nil {
			return nil, err
		}
		if v.History, err = form.ElementHistory(ctx, s.DB, id); err != nil {
			return nil, err
		}
		if v.Used, err = s.users(r, id); err != nil {
			return nil, err
		}
	} else if !v.Office {
		return nil, fault.New(fault.Denied, "form.element.office")
	}
	v.Fields = page.Refill(p, v.fields(p), in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return v, nil
}

// mostItems is how many items are looked through for an element.
const mostItems = 5000

// users are the items whose form in force asks for the element.
func (s *Surface) users(r *http.Request, element string) ([]catalog.Row, error) {
	rows, err := catalog.List(r.Context(), s.DB, "", "", mostItems)
	if err != nil {
		return nil, err
	}
	var out []catalog.Row
	for _, row := range rows {
		v, err := catalog.Get(r.Context(), s.DB, row.Version)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(v.Doc().Form, func(f catalog.Field) bool { return f.Element == element }) {
			out = append(out, row)
		}
	}
	return out, nil
}

func (v *elementView) fields(p *page.Page) (out []page.Field) {
	e := v.Element
	if e.ID == "" {
		id := line(p, "id", "")
		id.Hint, id.Optional = p.T("forms.element.id.hint"), false
		out = append(out, id)
	}
	kind := page.Field{Name: "kind", Label: p.T("forms.field.kind"), Kind: page.Select, Value: e.Kind}
	for _, k := range form.Kinds {
		kind.Options = append(kind.Options, page.Option{Value: k, Text: p.T("form.kind." + k)})
	}
	secret := page.Field{Name: "sensitivity", Label: p.T("forms.field.sensitivity"), Kind: page.Select, Value: strconv.FormatInt(int64(max(e.Sensitivity, form.Public)), 10)}
	for _, n := range []string{"1", "2", "3"} {
		secret.Options = append(secret.Options, page.Option{Value: n, Text: p.T("form.sensitivity." + n)})
	}
	var lines []string
	for _, o := range e.Options() {
		lines = append(lines, o.Value+" "+o.Label)
	}
	name := line(p, "name", e.Name)
	name.Optional = false
	return append(out, name, line(p, "name_en", e.NameEn), kind, line(p, "format", e.Format), line(p, "source", e.Source), secret,
		page.Field{Name: "options", Label: p.T("forms.field.options"), Hint: p.T("forms.options.hint"), Kind: page.LongText, Value: strings.Join(lines, "\n"), Optional: true})
}

func (s *Surface) saveElement(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	sub, err := submitOf(r, in, "POST /forms/elements/{id}")
	if err != nil {
		return err
	}
	e := typedElement(r, in)
	err = s.Library.EditElement(r.Context(), sub, staff(r), e)
	if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.Conflict) {
		v, failed := s.elementView(r, in, err)
		if failed != nil {
			return failed
		}
		return page.Show(w, r, page.Status(err), elementPage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/forms/elements/"+e.ID+"?saved=1")
}

func typedElement(r *http.Request, in *page.Input) form.Element {
	e := form.Element{ID: r.PathValue("id"), Name: in.Text("name"), NameEn: in.Text("name_en"), Kind: in.Text("kind"), Format: in.Text("format"), Source: in.Text("source")}
	if e.ID == fresh {
		e.ID = in.Text("id")
	}
	e.Version, _ = in.Int("version") // no number is a new one, which then is there already
	n, _ := in.Int("sensitivity")
	e.Sensitivity = form.Sensitivity(n)
	var options []form.Option
	for line := range strings.Lines(in.Long("options")) {
		value, label, _ := strings.Cut(strings.TrimSpace(line), " ")
		if value != "" {
			options = append(options, form.Option{Value: value, Label: strings.TrimSpace(label)})
		}
	}
	return e.WithOptions(options)
}

func (v *elementView) title(p *page.Page) string {
	if v.Element.ID == "" {
		return p.T("forms.element.new")
	}
	return v.Element.Name
}

func (v *elementView) address() string {
	if v.Element.ID == "" {
		return "/forms/elements/" + fresh
	}
	return "/forms/elements/" + v.Element.ID
}

func (v *elementView) facts(p *page.Page) []page.Row {
	e := v.Element
	return []page.Row{{Label: p.T("forms.field.id"), Value: e.ID}, {Label: p.T("forms.field.name_en"), Value: e.NameEn}, {Label: p.T("forms.field.kind"), Value: p.T("form.kind." + e.Kind)},
		{Label: p.T("forms.field.format"), Value: e.Format}, {Label: p.T("forms.field.source"), Value: e.Source}, {Label: p.T("forms.field.sensitivity"), Part: sensitivity(p, e.Sensitivity)}, {Label: p.T("forms.field.options"), Part: codes(e)}}
}

func (v *elementView) version(p *page.Page, e form.Element) string {
	return p.T("forms.element.version", "n", e.Version, "at", p.When(e.At), "name", e.Name, "kind", p.T("form.kind."+e.Kind))
}

// lead says on what the page works.
func (v *editView) lead(p *page.Page) string {
	switch {
	case v.State == "":
		return p.T("forms.state.none")
	case v.May:
		return p.T("forms.state.writing")
	}
	return p.T("forms.state.review")
}

func (v *editView) partTitle(p *page.Page) string {
	switch v.At.list {
	case "form":
		return v.Doc.Form[v.At.n].Label
	case "groups":
		return p.T("forms.part.group", "group", v.Doc.Groups[v.At.n].ID)
	case "checks":
		return v.checkName(p, v.Doc.Checks[v.At.n])
	}
	return v.Doc.Materials[v.At.n].Name
}

func (v *editView) checkName(p *page.Page, c catalog.Check) string {
	return p.T("forms.part.check", "element", c.Element)
}
