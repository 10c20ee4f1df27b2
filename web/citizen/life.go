package citizen

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

// lifeView is a matter of life made of several items: told once, with one form and one set of papers.
type lifeView struct {
	catalog.Composed
	Title   string
	Chinese string
	Top     []page.Row
	Stages  []page.Stage
	Bring   []together
	Made    []together // issued by one part for another
	Held    []together
	Asked   []together
	Alone   int // questions, were the items applied for one by one
}

// together is a paper or a question with the items it serves.
type together struct{ Name, For string }

func (s *Surface) life(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	c, err := catalog.GetBundle(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	v := makeLife(p, c, organs)
	if err := v.asked(); err != nil {
		return err
	}
	v.Top = v.top(p)
	return page.Show(w, r, http.StatusOK, lifePage(p, v))
}

func makeLife(p *page.Page, c catalog.Composed, organs map[ref.OrganID]org.Organ) lifeView {
	v := lifeView{Composed: c, Title: c.Name}
	if name := english(p, c.NameEn); name != "" {
		v.Title, v.Chinese = name, c.Name
	}
	names := map[ref.ItemID]string{}
	for _, stage := range c.Stages {
		var st page.Stage
		for _, m := range stage {
			names[m.Item] = m.Doc.Name
			st = append(st, page.Stop{What: m.Doc.Name, Who: organs[m.Doc.Organ].Name, Limit: page.SpanWords(p, m.Doc.Times.Promised), After: m.When})
		}
		v.Stages = append(v.Stages, st)
	}
	v.papers(names)
	return v
}

// asked lists the questions of the one form, each with the items it serves.
func (v *lifeView) asked() error {
	items := map[ref.ItemID]*catalog.Item{}
	for _, stage := range v.Composed.Stages {
		for _, m := range stage {
			items[m.Item] = m.Doc
		}
	}
	one, _, err := standards.OneForm(v.Bundle, items)
	if err != nil {
		return err
	}
	for _, f := range one.Fields {
		t, serves := together{}, []string{}
		for _, part := range v.Parts {
			it := items[part.Item]
			if i := slices.IndexFunc(it.Form, func(x catalog.Field) bool { return x.Element == f.Element }); i >= 0 {
				t.Name = cmp.Or(t.Name, it.Form[i].Label)
				serves = append(serves, it.Name)
			}
		}
		t.For = strings.Join(serves, "、")
		v.Alone += len(serves)
		v.Asked = append(v.Asked, t)
	}
	return nil
}

// papers sorts what is brought, what one part makes for another and what is held.
func (v *lifeView) papers(names map[ref.ItemID]string) {
	for _, x := range v.Papers {
		t := together{x.Spec.Name, listed(names, x.For)}
		switch {
		case x.From != "":
			t.For = names[x.From]
			v.Made = append(v.Made, t)
		case !x.Spec.HandedIn():
			v.Held = append(v.Held, t)
		default:
			v.Bring = append(v.Bring, t)
		}
	}
}

func listed(names map[ref.ItemID]string, ids []ref.ItemID) string {
	var out []string
	for _, id := range ids {
		out = append(out, names[id])
	}
	return strings.Join(out, "、")
}

func (v *lifeView) top(p *page.Page) []page.Row {
	var times []string
	for _, t := range v.Times {
		times = append(times, page.SpanWords(p, t))
	}
	if len(times) == 0 {
		times = []string{page.SpanWords(p, catalog.Span{Unit: "now"})}
	}
	brought, alone := v.Brought()
	return []page.Row{
		{Label: p.T("life.top.time"), Value: strings.Join(times, p.T("life.and"))},
		{Label: p.T("citizen.top.visits"), Value: p.T("citizen.visits", "n", v.Visits)},
		{Label: p.T("life.top.papers"), Value: p.T("life.instead", "n", brought, "alone", alone)},
		{Label: p.T("life.top.fields"), Value: p.T("life.instead", "n", len(v.Asked), "alone", v.Alone)},
	}
}
