// Package forms is the desk where forms are made: an item's form with its conditions, seen as citizens and clerks will see
// it, the data elements forms are made of, and what applicants say is held wrongly of them.
//
// It holds that a form is changed only as a draft of its item's next version, never the version in force; that what is
// typed into a form's conditions is marked in words where it cannot be read; that no value of a person is shown before
// the look at it was noted.
package forms

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/org"
	"yimen/domain/rule"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/intake"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

// Surface is the desk of forms and data elements.
type Surface struct {
	DB      db.Reader
	Library *standards.Library
	Desk    *intake.Desk
	Gate    *disclose.Gate
	Vault   *crypto.Vault
}

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	reads, writes, office := []page.Role{page.Keeper, page.Standards, page.Admin}, []page.Role{page.Keeper, page.Standards}, []page.Role{page.Standards}
	settles := []page.Role{page.Supervisor, page.Keeper}
	return []page.Route{
		{Method: "GET", Pattern: "/forms/corrections", Roles: settles, Handler: s.corrections, Title: "forms.corrections.title"},
		{Method: "GET", Pattern: "/forms/corrections/{id}", Roles: settles, Handler: s.correction, Title: "forms.correction.title"},
		{Method: "POST", Pattern: "/forms/corrections/{id}", Roles: settles, Handler: s.settle, Title: "forms.correction.title"},
		{Method: "GET", Pattern: "/forms", Roles: reads, Handler: s.items, Title: "forms.title"},
		{Method: "GET", Pattern: "/forms/items/{id}", Roles: reads, Handler: s.show, Title: "forms.item.title"},
		{Method: "POST", Pattern: "/forms/items/{id}", Roles: writes, Handler: s.edit, Title: "forms.item.title"},
		{Method: "GET", Pattern: "/forms/items/{id}/preview", Roles: reads, Handler: s.preview, Title: "forms.preview.title"},
		{Method: "POST", Pattern: "/forms/items/{id}/preview", Roles: reads, Handler: s.preview, Title: "forms.preview.title"}, // repeatable by nature: nothing is kept
		{Method: "GET", Pattern: "/forms/elements", Roles: reads, Handler: s.elements, Title: "forms.elements.title"},
		{Method: "GET", Pattern: "/forms/elements/{id}", Roles: reads, Handler: s.element, Title: "forms.element.title"},
		{Method: "POST", Pattern: "/forms/elements/{id}", Roles: office, Handler: s.saveElement, Title: "forms.element.title"},
	}
}

func staff(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

// submitOf names a post for foundation/once: all that was sent with it.
func submitOf(r *http.Request, in *page.Input, route string) (once.Submit, error) {
	key, err := in.Key()
	body := []string{r.URL.Path}
	for _, name := range in.Names() {
		body = append(body, name+"="+strings.Join(in.All(name), "\n"))
	}
	return once.Submit{Actor: "staff:" + string(staff(r).ID), Route: route, Key: key, Hash: once.Hash(body...), At: page.Of(r).Now}, err
}

// onePage is how many lines a list shows.
const onePage = 30

func (s *Surface) items(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	after, err := page.After(q.Text("after"), 1)
	if err != nil {
		return err
	}
	from := ref.ItemID("")
	if after != nil {
		from = ref.ItemID(after[0])
	}
	rows, err := catalog.List(r.Context(), s.DB, q.Text("q"), from, onePage+1)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "items", Caption: p.T("forms.items"), Live: true, Filtered: q.Text("q") != "", First: page.FirstPage(p),
		Filter:  []page.Field{{Name: "q", Label: p.T("forms.items.search"), Value: q.Text("q"), Auto: "off"}},
		Empty:   page.Nothing{Title: p.T("forms.items.none"), Text: p.T("forms.items.none.text")},
		Columns: []page.Column{{Text: p.T("forms.column.item"), Main: true}, {Text: p.T("forms.column.organ")}, {Text: p.T("forms.column.code")}}}
	if len(rows) > onePage {
		rows = rows[:onePage]
		t.Next = page.NextPage(p, page.Cursor(string(rows[onePage-1].ID)))
	}
	for _, x := range rows {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Name, Href: "/forms/items/" + string(x.ID)}), page.Words(organs[x.Organ].Name), page.Words(x.TaskCode)}})
	}
	return page.Show(w, r, http.StatusOK, itemsPage(p, t))
}

// kept is an item's document as its keeper works on it: the draft, or the version in force when there is none.
type kept struct {
	Doc   *catalog.Item
	Rev   int64 // 0: no draft yet
	State catalog.DraftState
	May   bool // this person may change it now
	Model *form.Model
}

func (s *Surface) kept(r *http.Request) (k kept, err error) {
	ctx, id := r.Context(), ref.ItemID(r.PathValue("id"))
	d, err := catalog.GetDraft(ctx, s.DB, id)
	switch {
	case err == nil:
		k.Rev, k.State = d.Rev, d.State
		if k.Doc, err = d.Doc(); err != nil {
			return k, err
		}
	case fault.Is(err, fault.NotFound):
		v, err := catalog.Current(ctx, s.DB, id)
		if err != nil {
			return k, err
		}
		k.Doc = v.Doc()
	default:
		return k, err
	}
	who := staff(r)
	k.May = standards.MayWrite(who, k.Doc.Organ) == nil && (k.State == "" || k.State == catalog.DraftWriting || who.Has("standards"))
	k.Model, err = modelOf(k.Doc)
	return k, err
}

// modelOf compiles a document that is not published yet.
func modelOf(it *catalog.Item) (*form.Model, error) {
	raw, err := json.Marshal(it)
	if err != nil {
		return nil, err
	}
	spec, err := form.ReadSpec(raw)
	return form.MakeModel(spec, rule.Plain), err
}
