package standards

import (
	"net/http"

	"github.com/a-h/templ"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/foundation/fault"
	keeping "yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

// cases lists an item's running cases with the versions they are on.
func (s *Surface) cases(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	x, err := s.read(r, itemID(r))
	if err != nil {
		return err
	}
	found, err := s.Impact.Cases(r.Context(), x.ID, ref.CaseID(page.Query(r).Text("after")), rows+1)
	if err != nil {
		return err
	}
	t := page.Table{ID: "cases", Caption: p.T("standards.cases"), First: page.FirstPage(p), Empty: page.Nothing{Title: p.T("standards.cases.none")},
		Columns: []page.Column{{Text: p.T("oversight.column.number"), Main: true}, {Text: p.T("oversight.column.stage")}, {Text: p.T("standards.column.version")}, {Text: p.T("oversight.column.received")}, {Text: p.T("standards.column.act")}}}
	if len(found) > rows {
		found = found[:rows]
		t.Next = page.NextPage(p, string(found[rows-1].ID))
	}
	for _, c := range found {
		act := page.Words(p.T("standards.cases.current"))
		switch {
		case c.Version != x.Row.Version && me(r).Has("standards"):
			act = page.Linked(page.Link{Text: p.T("standards.cases.move"), Href: "/standards/cases/" + string(c.ID) + "/move"})
		case c.Version != x.Row.Version:
			act = page.Words("")
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(string(c.Number)), page.Words(p.T("case.stage." + c.Stage)), page.Words(string(c.Version)), page.Words(p.When(c.Received)), act}})
	}
	return page.Show(w, r, http.StatusOK, listPage(p, p.T("standards.cases"), x.Doc().Name, itemPath(x.ID), t))
}

// moveView is a case on its way to the version in force.
type moveView struct {
	Case     casefile.Case
	To       ref.VersionID
	Lead     string
	Table    page.Table
	No       string // why it cannot be moved
	Fields   []page.Field
	Problems []page.Problem
}

func (s *Surface) askMove(w http.ResponseWriter, r *http.Request) error {
	return s.showMove(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) showMove(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p, ctx := page.Of(r), r.Context()
	c, err := casefile.Get(ctx, s.DB, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return err
	}
	items, err := casefile.Items(ctx, s.DB, c.ID)
	if err != nil {
		return err
	}
	from, err := catalog.Get(ctx, s.DB, items[0].Version)
	if err != nil {
		return err
	}
	to, err := catalog.Current(ctx, s.DB, c.Item)
	if err != nil {
		return err
	}
	v := moveView{Case: c, To: to.ID, Table: differences(p, from.Doc(), to.Doc()),
		Lead: p.T("standards.move.lead", "number", string(c.Number), "from", p.T("standards.versions.n", "n", from.Number), "to", p.T("standards.versions.n", "n", to.Number))}
	no := keeping.Movable(from.Doc(), to.Doc(), c.Stage)
	if from.ID == to.ID {
		no = fault.New(fault.Conflict, "standards.cases.current")
	}
	if no != nil {
		v.No = p.T(fault.As(no).Key, fault.As(no).Args...)
	}
	v.Fields = page.Refill(p, []page.Field{{Name: "reason", Label: p.T("standards.move.reason"), Kind: page.LongText, Rows: 2}}, in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return page.Show(w, r, status, movePage(p, v))
}

func (s *Surface) move(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	sub, err := submit(r, in, in.Text("to"), in.Long("reason"))
	if err != nil {
		return err
	}
	id := ref.CaseID(r.PathValue("id"))
	err = s.Library.Move(r.Context(), keeping.Moving{Submit: sub, By: me(r), Case: id, To: ref.VersionID(in.Text("to")), Reason: in.Long("reason")})
	if fault.Is(err, fault.Invalid) {
		return s.showMove(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	c, err := casefile.Get(r.Context(), s.DB, id)
	if err != nil {
		return err
	}
	return page.Redirect(w, r, itemPath(c.Item)+"?done=move")
}
