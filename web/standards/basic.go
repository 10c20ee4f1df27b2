package standards

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/fault"
	keeping "yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

func (s *Surface) basic(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	after, err := page.After(q.Text("after"), 2)
	if err != nil {
		return err
	}
	name, code := "", ""
	if after != nil {
		name, code = after[0], after[1]
	}
	whole := q.Text("show") == every
	found, err := catalog.Basics(r.Context(), s.DB, !whole, name, code, rows+1)
	if err != nil {
		return err
	}
	edition, err := catalog.Edition(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "basic", Caption: p.T("standards.basic"), First: page.FirstPage(p), Empty: page.Nothing{Title: p.T("standards.basic.none"), Text: p.T("standards.basic.none.text")},
		Columns: []page.Column{{Text: p.T("standards.column.name"), Main: true}, {Text: p.T("standards.change.code")}, {Text: p.T("standards.column.type")}, {Text: p.T("item.field.item.basis")},
			{Text: p.T("standards.basic.levels")}, {Text: p.T("standards.column.state")}, {Text: p.T("standards.column.act")}}}
	if len(found) > rows {
		found = found[:rows]
		t.Next = page.NextPage(p, page.Cursor(found[rows-1].Name, found[rows-1].Code))
	}
	organ, err := s.organ(r)
	if err != nil {
		return err
	}
	for _, b := range found {
		t.Lines = append(t.Lines, basicLine(p, b, organ))
	}
	show := map[bool]string{true: every, false: "unclaimed"}[whole]
	t.Filter = []page.Field{{Name: "show", Label: p.T("standards.basic.show"), Kind: page.Select, Value: show,
		Options: []page.Option{{Value: "unclaimed", Text: p.T("standards.basic.unclaimed")}, {Value: every, Text: p.T("standards.every")}}}}
	return page.Show(w, r, http.StatusOK, listPage(p, p.T("standards.basic"), p.T("standards.basic.lead", "n", edition), "", t))
}

// organ is whose keeper asks; zero for everybody else, who cannot claim.
func (s *Surface) organ(r *http.Request) (org.Organ, error) {
	if who := me(r); who.Has("keeper") && who.Organ != "" {
		return org.GetOrgan(r.Context(), s.DB, who.Organ)
	}
	return org.Organ{}, nil
}

func basicLine(p *page.Page, b catalog.Basic, organ org.Organ) page.Line {
	var basis []string
	for _, c := range b.Basis {
		c.Text = ""
		basis = append(basis, citation(p, c))
	}
	var claims []ref.Level
	if organ.ID != "" && b.State == catalog.InUse {
		claims = keeping.ClaimLevels(b, organ)
	}
	return page.Line{Cells: []templ.Component{page.Words(b.Name), page.Words(b.Code), page.Words(typeName(p, b.TaskType)), page.Words(shown(p, "", basis)),
		page.Words(shown(p, "level", b.Levels)), stateTag(p, string(b.State)), claimCell(p, b, claims)}}
}

func (s *Surface) claim(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	level, _ := in.Int("level")
	sub, err := submit(r, in, in.Text("level"))
	if err != nil {
		return err
	}
	id, err := s.Library.Claim(r.Context(), keeping.Claim{Submit: sub, By: me(r), Code: r.PathValue("code"), Level: ref.Level(level)})
	if err != nil {
		return err
	}
	return page.Redirect(w, r, itemPath(id)+"?done=claim")
}

func (s *Surface) changes(w http.ResponseWriter, r *http.Request) error {
	return s.showChanges(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) showChanges(w http.ResponseWriter, r *http.Request, status int, wrong []page.Problem, typed map[string]string) error {
	p, after := page.Of(r), page.Query(r).Text("after")
	found, err := catalog.OpenChanges(r.Context(), s.DB, mine(r), after, rows+1)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > rows {
		found = found[:rows]
		next = "/standards/changes?after=" + url.QueryEscape(found[rows-1].ID) // not NextPage: a posted form's address lists nothing
	}
	t, err := s.changeTable(r, found, typed)
	if err != nil {
		return err
	}
	t.Next, t.First = next, page.FirstPage(p)
	said := ""
	if page.Query(r).Has("closed") {
		said = p.T("standards.change.closed")
	}
	return page.Show(w, r, status, changesPage(p, said, wrong, t))
}

func (s *Surface) changeTable(r *http.Request, found []catalog.Change, typed map[string]string) (page.Table, error) {
	p := page.Of(r)
	t := page.Table{ID: "changes", Caption: p.T("standards.changes"), Empty: page.Nothing{Title: p.T("standards.changes.none"), Text: p.T("standards.changes.none.text")},
		Columns: []page.Column{{Text: p.T("standards.column.name"), Main: true}, {Text: p.T("standards.change.kind")}, {Text: p.T("standards.change.before")}, {Text: p.T("standards.change.after")},
			{Text: p.T("standards.change.touches")}, {Text: p.T("standards.column.organ")}, {Text: p.T("standards.change.done")}}}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return t, err
	}
	for _, c := range found {
		touched, err := s.Impact.OfCode(r.Context(), c.Code, c.Organ)
		if err != nil {
			return t, err
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(c.Name + " " + c.Code), page.Words(p.T("standards.change." + string(c.Kind))), page.Words(changed(p, c.Kind, c.Before)),
			page.Words(changed(p, c.Kind, c.After)), touchedCell(p, touched), page.Words(organs[c.Organ].Name), changeCell(p, c, typed[c.ID])}})
	}
	return t, nil
}

// changed is a side of a change in words: levels stand in it as numbers.
func changed(p *page.Page, kind catalog.ChangeKind, side string) string {
	if kind != catalog.GivenDown && kind != catalog.TakenUp {
		return side
	}
	var out []ref.Level
	for _, r := range side {
		if l := ref.Level(r - '0'); l.Known() {
			out = append(out, l)
		}
	}
	return shown(p, "level", out)
}

func (s *Surface) closeChange(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	sub, err := submit(r, in, in.Text("done"))
	if err != nil {
		return err
	}
	err = s.Library.CloseChange(r.Context(), keeping.Closing{Submit: sub, By: me(r), Change: r.PathValue("id"), Done: in.Text("done")})
	if fault.Is(err, fault.Invalid) {
		return s.showChanges(w, r, http.StatusUnprocessableEntity, page.Problems(p, nil, err), map[string]string{r.PathValue("id"): in.Text("done")})
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/standards/changes?closed=1")
}
