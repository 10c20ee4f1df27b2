// Package bundles is the desk where matters of life (一件事) are put together from items.
//
// It holds that only the standards office changes a bundle, as its next version, and that one is offered to people only
// while its parts hold together.
package bundles

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

// Surface is the desk of bundles.
type Surface struct {
	DB      db.Reader
	Library *standards.Library
}

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	reads, office := []page.Role{page.Keeper, page.Standards, page.Supervisor, page.Admin}, []page.Role{page.Standards}
	return []page.Route{
		{Method: "GET", Pattern: "/bundles", Roles: reads, Handler: s.list, Title: "bundles.title"},
		{Method: "GET", Pattern: "/bundles/{id}", Roles: reads, Handler: s.show, Title: "bundles.one"},
		{Method: "POST", Pattern: "/bundles/{id}", Roles: office, Handler: s.save, Title: "bundles.one"},
	}
}

func staff(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

// fresh is the address of a bundle that is not there yet; none can be called so.
const fresh = "new"

func (s *Surface) list(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	all, open, err := catalog.KeptBundles(r.Context(), s.DB)
	if err != nil {
		return err
	}
	words, side := q.Text("q"), catalog.Side(q.Text("for"))
	sides := page.Field{Name: "for", Label: p.T("bundles.side"), Kind: page.Select, Value: string(side), Optional: true}
	for _, x := range []catalog.Side{catalog.Person, catalog.Company} {
		sides.Options = append(sides.Options, page.Option{Value: string(x), Text: p.T("bundles.side." + string(x))})
	}
	t := page.Table{ID: "bundles", Caption: p.T("bundles.title"), Live: true, Filtered: words != "" || side != "",
		Filter:  []page.Field{{Name: "q", Label: p.T("bundles.search"), Value: words, Auto: "off"}, sides},
		Empty:   page.Nothing{Title: p.T("bundles.none"), Text: p.T("bundles.none.text")},
		Columns: []page.Column{{Text: p.T("bundles.name"), Main: true}, {Text: p.T("bundles.side")}, {Text: p.T("bundles.parts"), Number: true}, {Text: p.T("bundles.state")}, {Text: p.T("bundles.changed")}}}
	for _, k := range all {
		if words != "" && !k.Answers(words) || side != "" && k.Side != side {
			continue
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: k.Name, Href: path(k.ID)}), page.Words(p.T("bundles.side." + string(k.Side))), page.Words(strconv.Itoa(len(k.Parts))),
			standing(p, k, open[k.ID]), page.Words(p.When(k.At))}})
	}
	return page.Show(w, r, http.StatusOK, listPage(p, t, staff(r).Has("standards")))
}

func path(id string) string { return "/bundles/" + id }

// standing says whether people are sent to it.
func standing(p *page.Page, k catalog.KeptBundle, open bool) templ.Component {
	switch {
	case k.Withdrawn:
		return page.Tag(page.Info, p.T("bundles.state.withdrawn"))
	case !open:
		return page.Tag(page.Warn, p.T("bundles.state.broken"))
	}
	return page.Tag(page.Good, p.T("bundles.state.open"))
}

// view is one bundle.
type view struct {
	Kept     catalog.KeptBundle
	Whole    catalog.Composed
	Flaws    []catalog.Flaw
	Stages   []page.Stage
	Asked    int // questions of the one form
	History  []page.Moment
	Items    map[ref.ItemID]*catalog.Item
	Office   bool
	Saved    bool
	Draft    draft // as the form shows it
	Fields   []page.Field
	Parts    [][]page.Field
	Problems []page.Problem
}

func (s *Surface) show(w http.ResponseWriter, r *http.Request) error {
	v, err := s.view(r)
	if err != nil {
		return err
	}
	v.Draft = draftOf(v.Kept, v.Items)
	v.Saved = page.Query(r).Has("saved")
	v.ask(page.Of(r), nil)
	return page.Show(w, r, http.StatusOK, onePage(page.Of(r), v))
}

func (s *Surface) view(r *http.Request) (*view, error) {
	ctx, id := r.Context(), r.PathValue("id")
	v := &view{Office: staff(r).Has("standards")}
	if id == fresh {
		if !v.Office {
			return nil, fault.New(fault.Denied, "standards.office_only")
		}
		all, _, err := catalog.KeptBundles(ctx, s.DB)
		v.Kept = catalog.KeptBundle{Place: len(all), Bundle: catalog.Bundle{Side: catalog.Person, Parts: make([]catalog.Part, 2)}}
		return v, err
	}
	var err error
	if v.Kept, err = catalog.GetKeptBundle(ctx, s.DB, id); err != nil {
		return nil, err
	}
	if v.Items, err = v.Kept.Items(ctx, s.DB); err != nil {
		return nil, err
	}
	if v.Flaws, err = standards.Together(v.Kept.Bundle, v.Items); err != nil {
		return nil, err
	}
	if err := s.whole(r, v); err != nil {
		return nil, err
	}
	return v, s.history(r, v)
}

// whole puts the bundle together as people see it.
func (s *Surface) whole(r *http.Request, v *view) error {
	if len(v.Flaws) > 0 {
		return nil
	}
	p := page.Of(r)
	v.Whole, _ = v.Kept.Compose(v.Items)
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	for _, stage := range v.Whole.Stages {
		var st page.Stage
		for _, m := range stage {
			st = append(st, page.Stop{What: m.Doc.Name, Who: organs[m.Doc.Organ].Name, Limit: page.SpanWords(p, m.Doc.Times.Promised), After: m.When})
		}
		v.Stages = append(v.Stages, st)
	}
	one, _, err := standards.OneForm(v.Kept.Bundle, v.Items)
	v.Asked = len(one.Fields)
	return err
}

func (s *Surface) history(r *http.Request, v *view) error {
	p := page.Of(r)
	all, err := catalog.BundleHistory(r.Context(), s.DB, v.Kept.ID)
	if err != nil {
		return err
	}
	for _, h := range all {
		who := p.T("bundles.by.import")
		if id, ok := strings.CutPrefix(h.By, "staff:"); ok {
			x, err := org.GetStaff(r.Context(), s.DB, ref.StaffID(id))
			if err != nil {
				return err
			}
			who = x.Name
		}
		v.History = append(v.History, page.Moment{Title: p.T("bundles.version", "n", h.Version), Who: who, At: p.When(h.At)})
	}
	return nil
}

func (v *view) title(p *page.Page) string {
	if v.Kept.Version == 0 {
		return p.T("bundles.new")
	}
	return v.Kept.Name
}

func (v *view) address() string {
	if v.Kept.Version == 0 {
		return path(fresh)
	}
	return path(v.Kept.ID)
}

// facts are what the bundle spares people.
func (v *view) facts(p *page.Page) []page.Row {
	var times []string
	for _, t := range v.Whole.Times {
		times = append(times, page.SpanWords(p, t))
	}
	together, alone := v.Whole.Brought()
	return []page.Row{{Label: p.T("bundles.side"), Value: p.T("bundles.side." + string(v.Kept.Side))}, {Label: p.T("bundles.times"), Value: strings.Join(times, "、")},
		{Label: p.T("bundles.papers"), Value: p.T("bundles.instead", "n", together, "alone", alone)}, {Label: p.T("bundles.asked"), Value: p.T("bundles.questions", "n", v.Asked)}}
}

// flaws say in words what keeps the parts from being one matter.
func (v *view) flaws(p *page.Page) (out []string) {
	for _, f := range v.Flaws {
		out = append(out, p.Said(fault.Field{Name: f.Path, Key: f.Key, Args: f.Args}))
	}
	return out
}

func submitOf(r *http.Request, in *page.Input) (once.Submit, error) {
	key, err := in.Key()
	body := []string{r.URL.Path}
	for _, name := range in.Names() {
		body = append(body, name+"="+strings.Join(in.All(name), "\n"))
	}
	return once.Submit{Actor: "staff:" + string(staff(r).ID), Route: "POST /bundles/{id}", Key: key, Hash: once.Hash(body...), At: page.Of(r).Now}, err
}
