package standards

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
)

// draftSide stands in an address for the draft.
const draftSide = "draft"

func (s *Surface) diff(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	x, err := s.read(r, itemID(r))
	if err != nil {
		return err
	}
	from, to := q.Text("from"), q.Text("to")
	if from == "" || to == "" {
		from, to = usual(x)
	}
	before, a, err := s.side(r, x, from)
	if err != nil {
		return err
	}
	after, b, err := s.side(r, x, to)
	if err != nil {
		return err
	}
	t := differences(p, before, after)
	choices, err := s.sides(r, x)
	if err != nil {
		return err
	}
	t.Filter = []page.Field{{Name: "from", Label: p.T("standards.diff.from"), Kind: page.Select, Value: from, Options: choices}, {Name: "to", Label: p.T("standards.diff.to"), Kind: page.Select, Value: to, Options: choices}}
	return page.Show(w, r, http.StatusOK, diffPage(p, x, p.T("standards.diff.lead", "a", a, "b", b), t))
}

// usual are the two sides most want: the version in force beside the draft, else beside the one before it.
func usual(x written) (from, to string) {
	switch {
	case x.Now == nil:
		return draftSide, draftSide
	case x.Next != nil:
		return number(x.V.Number), draftSide
	}
	return number(max(x.V.Number-1, 1)), number(x.V.Number)
}

// side is one of two versions with its name.
func (s *Surface) side(r *http.Request, x written, which string) (*catalog.Item, string, error) {
	p := page.Of(r)
	if which == draftSide && x.Next != nil {
		return x.Next, p.T("standards.diff.draft"), nil
	}
	n, err := strconv.Atoi(which)
	if err != nil {
		return nil, "", fault.New(fault.NotFound, "fault.not_found")
	}
	v, err := catalog.Get(r.Context(), s.DB, ref.VersionID(string(x.ID)+"@"+number(n)))
	return v.Doc(), p.T("standards.versions.n", "n", n), err
}

func (s *Surface) sides(r *http.Request, x written) (out []page.Option, err error) {
	p := page.Of(r)
	if x.Next != nil {
		out = append(out, page.Option{Value: draftSide, Text: p.T("standards.diff.draft")})
	}
	all, err := catalog.Versions(r.Context(), s.DB, x.ID)
	for _, v := range all {
		out = append(out, page.Option{Value: number(v.Number), Text: p.T("standards.versions.n", "n", v.Number)})
	}
	return out, err
}

func differences(p *page.Page, before, after *catalog.Item) page.Table {
	t := page.Table{ID: "differences", Caption: p.T("standards.diff"), Empty: page.Nothing{Title: p.T("standards.diff.none")},
		Columns: []page.Column{{Text: p.T("standards.diff.where"), Main: true}, {Text: p.T("standards.diff.before")}, {Text: p.T("standards.diff.after")}}}
	for _, d := range catalog.Differences(before, after) {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(place(p, d.Path)), valueCell(p, shown(p, last(d.Path), d.Before)), valueCell(p, shown(p, last(d.Path), d.After))}})
	}
	return t
}
