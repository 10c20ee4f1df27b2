package standards

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	keeping "yimen/process/standards"
	"yimen/web/page"
)

// editView is one section of an item as it is written.
type editView struct {
	written
	Section  section
	Fields   []page.Field
	Lists    []listView
	Row      *rowView // the row that is written, when one is
	Problems []page.Problem
	Saved    bool
	Stale    string // what happened meanwhile
	Basic    string // what the basic catalogue says
	Hard     []hard // what is hard to read in this section
}

// listView is a list of the section with its rows.
type listView struct {
	Path, Label string
	Table       page.Table
}

// rowView is the form of one row.
type rowView struct {
	Path, Label string
	Index       int    // -1: a new one
	Was         string // digest of the row as shown
	Fields      []page.Field
}

// hard is a warning about words, with where they stand.
type hard struct{ Place, Words string }

// hardWords are the warnings of the section, each with the words to put instead.
func (v *editView) hardWords(p *page.Page) {
	for _, f := range v.Doc().Plain() {
		if v.Section.holds(f.Path) {
			v.Hard = append(v.Hard, hard{page.ItemPlace(p, f.Path), p.T(f.Key, f.Args...)})
		}
	}
}

// typed is a posted form that came back, and why.
type typed struct {
	in    *page.Input
	wrong error
	row   bool // it was a row's
}

func (s *Surface) edit(w http.ResponseWriter, r *http.Request) error {
	return s.showEdit(w, r, http.StatusOK, typed{})
}

func (s *Surface) showEdit(w http.ResponseWriter, r *http.Request, status int, t typed) error {
	p, q := page.Of(r), page.Query(r)
	sec, err := sectionOf(r.PathValue("section"))
	if err != nil {
		return err
	}
	x, err := s.read(r, itemID(r))
	if err != nil {
		return err
	}
	if err := mayEdit(r, x); err != nil {
		return err
	}
	v := editView{written: x, Section: sec, Saved: q.Has("saved") && t.in == nil}
	if sec.Name == "basic" {
		v.Basic = basicWords(p, x.Doc())
	}
	doc := reflect.ValueOf(*x.Doc()) // not addressable: what is shown is never changed
	v.fields(p, doc, t)
	v.lists(p, doc)
	if err := v.row(p, doc, q, t); err != nil {
		return err
	}
	v.problems(p, t)
	v.hardWords(p)
	return page.Show(w, r, status, editPage(p, v))
}

// mayEdit is who may write now: a keeper while the draft is with the organ, the standards office always.
func mayEdit(r *http.Request, x written) error {
	if err := keeping.MayWrite(me(r), x.Doc().Organ); err != nil {
		return err
	}
	if x.Next != nil && x.Draft.State != catalog.DraftWriting && !me(r).Has("standards") {
		return fault.New(fault.Denied, "standards.under_review")
	}
	return nil
}

func basicWords(p *page.Page, it *catalog.Item) string {
	words := []string{it.Name, typeName(p, it.TaskType), it.TaskCode}
	for _, c := range it.Basis {
		words = append(words, citation(p, catalog.Citation{Law: c.Law, Article: c.Article, Sub: c.Sub, Paragraph: c.Paragraph, Point: c.Point}))
	}
	return shown(p, "", words)
}

// stale says that the post lost against another.
func (t typed) stale() bool {
	return fault.Is(t.wrong, fault.Conflict) && fault.As(t.wrong).Key == "fault.draft_changed"
}

func (v *editView) fields(p *page.Page, doc reflect.Value, t typed) {
	for _, a := range v.Section.Asks {
		v.Fields = append(v.Fields, a.field(p, doc))
	}
	if t.in != nil && !t.row {
		v.Fields = compared(p, v.Fields, t)
	}
}

// compared is what was typed; after another's save, what is there now stands beside it.
func compared(p *page.Page, now []page.Field, t typed) []page.Field {
	out := page.Refill(p, now, t.in, t.wrong)
	for i, f := range out {
		if t.stale() && (f.Value != now[i].Value || !slices.Equal(f.Values, now[i].Values)) {
			is := now[i].Value
			if f.Kind == page.Checks {
				is = shown(p, leaf(f.Name), now[i].Values)
			}
			out[i].Source = p.T("standards.edit.stale_now", "value", is)
		}
	}
	return out
}

func (v *editView) lists(p *page.Page, doc reflect.Value) {
	for _, l := range v.Section.Lists {
		all, label := at(doc, l.Path)
		t := page.Table{ID: "list-" + l.Path, Caption: p.T(label), Empty: page.Nothing{Title: p.T("standards.edit.rows.none", "list", p.T(label))},
			Columns: []page.Column{{Text: p.T(label), Main: true}, {Text: p.T("standards.column.act")}}}
		for i := range all.Len() {
			row := all.Index(i)
			t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(title(row)), rowActs(p, *v, l.Path, i, all.Len(), digest(row))}})
		}
		v.Lists = append(v.Lists, listView{l.Path, p.T(label), t})
	}
}

// title is what a row is called in its list: the words rather than the id.
func title(row reflect.Value) string {
	for _, name := range []string{"Name", "Label", "Text", "Q", "When"} {
		if f := row.FieldByName(name); f.IsValid() && f.String() != "" {
			return f.String()
		}
	}
	return catalog.RowName(row.Interface(), 0)
}

// digest tells whether a row is still the one that was shown.
func digest(row reflect.Value) string {
	raw, err := json.Marshal(row.Interface())
	if err != nil {
		panic(err) // rows are structs of words and numbers
	}
	return audit.Digest(string(raw))
}

func (v *editView) row(p *page.Page, doc reflect.Value, q *page.Input, t typed) error {
	from := q
	if t.row {
		from = t.in
	}
	if from.Text("list") == "" {
		return nil
	}
	l, err := v.Section.list(from.Text("list"))
	if err != nil {
		return err
	}
	all, label := at(doc, l.Path)
	n, here := locate(all, from.Text("row"), from.Text("was"))
	row := reflect.New(all.Type().Elem())
	out := &rowView{Path: l.Path, Index: n, Label: p.T("standards.edit.row.new", "list", p.T(label))}
	if n >= 0 {
		row.Elem().Set(all.Index(n))
		out.Was, out.Label = digest(all.Index(n)), p.T("standards.edit.row", "list", p.T(label), "n", n+1)
	}
	for _, a := range l.Asks {
		out.Fields = append(out.Fields, a.field(p, reflect.ValueOf(row.Elem().Interface())))
	}
	if t.row {
		out.Fields = compared(p, out.Fields, t)
		if !here {
			v.Stale = p.T("standards.edit.stale_row")
		}
	}
	v.Row = out
	return nil
}

// locate finds a row by its place and, once shown, by what it said; -1 for a new one. Gone says that it is not there any more.
func locate(all reflect.Value, place, was string) (n int, here bool) {
	n, err := strconv.Atoi(place)
	if err != nil || n < 0 {
		return -1, true
	}
	if was == "" && n < all.Len() {
		return n, true
	}
	if n < all.Len() && digest(all.Index(n)) == was {
		return n, true
	}
	for i := range all.Len() {
		if digest(all.Index(i)) == was {
			return i, true
		}
	}
	return -1, false
}

func (v *editView) problems(p *page.Page, t typed) {
	switch {
	case t.stale():
		if v.Stale == "" {
			v.Stale = p.T("standards.edit.stale")
		}
	case t.row && v.Row != nil:
		v.Problems = page.Problems(p, v.Row.Fields, t.wrong)
	case t.wrong != nil:
		v.Problems = page.Problems(p, v.Fields, t.wrong)
	}
}

// save takes a section's values, or what is done to a row of one of its lists.
func (s *Surface) save(w http.ResponseWriter, r *http.Request) error {
	sec, err := sectionOf(r.PathValue("section"))
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	t := typed{in: in, row: in.Has("list")}
	change := func(it *catalog.Item) error { return fill(reflect.ValueOf(it), sec.Asks, in) }
	if t.row {
		l, err := sec.list(in.Text("list"))
		if err != nil {
			return err
		}
		change = func(it *catalog.Item) error { return l.change(it, in) }
	}
	t.wrong = s.apply(r, in, change)
	switch {
	case t.wrong == nil:
		return page.Redirect(w, r, itemPath(itemID(r), "edit", sec.Name)+"?saved=1")
	case t.stale(), fault.Is(t.wrong, fault.Invalid) && len(fault.Fields(t.wrong)) > 0:
		return s.showEdit(w, r, page.Status(t.wrong), t)
	}
	return t.wrong
}

func (s *Surface) apply(r *http.Request, in *page.Input, change func(*catalog.Item) error) error {
	rev, _ := in.Int("rev")
	var body []string
	for _, name := range in.Names() {
		body = append(body, name)
		body = append(body, in.All(name)...)
	}
	sub, err := submit(r, in, once.Hash(body...))
	if err != nil {
		return err
	}
	_, err = s.Library.Edit(r.Context(), keeping.Edit{Submit: sub, By: me(r), Item: itemID(r), Rev: rev}, change)
	return err
}

// change does to a list what was asked: save a row, move it, take it away.
func (l list) change(it *catalog.Item, in *page.Input) error {
	all, _ := at(reflect.ValueOf(it), l.Path)
	n, here := locate(all, in.Text("row"), in.Text("was"))
	if !here {
		return fault.New(fault.Conflict, "fault.draft_changed")
	}
	switch do := in.Text("do"); {
	case do == "remove" && n >= 0:
		all.Set(reflect.AppendSlice(all.Slice(0, n), all.Slice(n+1, all.Len())))
		return nil
	case do == "up" && n > 0:
		swap(all, n, n-1)
		return nil
	case do == "down" && n >= 0 && n < all.Len()-1:
		swap(all, n, n+1)
		return nil
	case do == "up" || do == "down":
		return nil // the first row stays where it is
	}
	return l.put(all, n, in)
}

func swap(all reflect.Value, i, j int) { reflect.Swapper(all.Interface())(i, j) }

func (l list) put(all reflect.Value, n int, in *page.Input) error {
	row := reflect.New(all.Type().Elem())
	if n >= 0 {
		row.Elem().Set(all.Index(n))
	}
	var bad []fault.Field
	if err := fill(row, l.Asks, in); err != nil {
		bad = fault.Fields(err)
	}
	if id := row.Elem().FieldByName("ID"); id.IsValid() {
		for i := range all.Len() {
			if i != n && all.Index(i).FieldByName("ID").String() == id.String() {
				bad = append(bad, fault.Field{Name: "id", Key: "standards.id_wrong"})
			}
		}
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	if n >= 0 {
		all.Index(n).Set(row.Elem())
	} else {
		all.Set(reflect.Append(all, row.Elem()))
	}
	return nil
}
