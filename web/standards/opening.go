package standards

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	keeping "yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

func (s *Surface) openings(w http.ResponseWriter, r *http.Request) error {
	return s.showOpenings(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) showOpenings(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p := page.Of(r)
	after, err := page.After(page.Query(r).Text("after"), 3)
	if err != nil {
		return err
	}
	var behind catalog.Opening
	if after != nil {
		behind = catalog.Opening{Item: ref.ItemID(after[0]), From: after[1], ID: after[2]}
	}
	found, err := catalog.Openings(r.Context(), s.DB, behind, rows+1)
	if err != nil {
		return err
	}
	halls, err := org.Halls(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "openings", Caption: p.T("standards.openings"), First: page.FirstPage(p), Empty: page.Nothing{Title: p.T("standards.openings.none"), Text: p.T("standards.openings.none.text")},
		Columns: []page.Column{{Text: p.T("standards.openings.item"), Main: true}, {Text: p.T("standards.openings.level")}, {Text: p.T("standards.openings.hall")}, {Text: p.T("standards.openings.kind")},
			{Text: p.T("standards.openings.from")}, {Text: p.T("standards.column.act")}}}
	if len(found) > rows {
		found = found[:rows]
		l := found[rows-1]
		t.Next = "/standards/openings?after=" + page.Cursor(string(l.Item), l.From, l.ID)
	}
	for _, o := range found {
		line, err := s.openingLine(r, o, halls)
		if err != nil {
			return err
		}
		t.Lines = append(t.Lines, line)
	}
	var fields []page.Field
	if me(r).Has("standards") {
		fields = page.Refill(p, openingFields(p, halls), in, wrong)
	}
	return page.Show(w, r, status, openingsPage(p, t, fields, page.Problems(p, fields, wrong), done(p, page.Query(r))))
}

func (s *Surface) openingLine(r *http.Request, o catalog.Opening, halls []org.Hall) (page.Line, error) {
	p := page.Of(r)
	name := page.Words(p.T("standards.every"))
	said := p.T("standards.every")
	if o.Item != catalog.Every {
		row, err := catalog.GetRow(r.Context(), s.DB, o.Item)
		if err != nil {
			return page.Line{}, err
		}
		name, said = page.Linked(page.Link{Text: row.Name, Href: itemPath(row.ID)}), row.Name
	}
	act := page.Words("")
	if me(r).Has("standards") {
		act = dropCell(p, o, said)
	}
	return page.Line{Cells: []templ.Component{name, page.Words(cmp.Or(levelName(p, o.Level), p.T("standards.every"))), page.Words(hallName(p, halls, o.Hall)),
		page.Words(kindName(p, o.Kind)), page.Words(o.From), act}}, nil
}

func kindName(p *page.Page, kind string) string {
	return p.T("standards.kind." + cmp.Or(strings.Trim(kind, catalog.Every), "all"))
}

// hallName is where a line of the plan counts.
func hallName(p *page.Page, halls []org.Hall, id ref.HallID) string {
	switch id {
	case catalog.Every:
		return p.T("standards.hall.all")
	case catalog.Online:
		return p.T("standards.hall.online")
	}
	for _, h := range halls {
		if h.ID == id {
			return h.Name
		}
	}
	return string(id)
}

func openingFields(p *page.Page, halls []org.Hall) []page.Field {
	level := page.Field{Name: "level", Label: p.T("standards.openings.level"), Kind: page.Select, Value: "0", Options: append([]page.Option{{Value: "0", Text: p.T("standards.every")}}, levelOptions(p)...)}
	hall := page.Field{Name: "hall", Label: p.T("standards.openings.hall"), Kind: page.Select, Value: catalog.Every}
	for _, id := range []ref.HallID{catalog.Every, catalog.Online} {
		hall.Options = append(hall.Options, page.Option{Value: string(id), Text: hallName(p, halls, id)})
	}
	for _, h := range halls {
		hall.Options = append(hall.Options, page.Option{Value: string(h.ID), Text: h.Name})
	}
	kind := page.Field{Name: "kind", Label: p.T("standards.openings.kind"), Kind: page.Select, Value: catalog.Every}
	for _, k := range []string{catalog.Every, string(ref.PartyNatural), string(ref.PartyLegal)} {
		kind.Options = append(kind.Options, page.Option{Value: k, Text: kindName(p, k)})
	}
	return []page.Field{{Name: "item", Label: p.T("standards.openings.item"), Hint: p.T("standards.openings.item.hint"), Value: catalog.Every, Auto: "off"}, level, hall, kind,
		{Name: "from_day", Label: p.T("standards.openings.from"), Kind: page.Date, Value: calendar.DateOf(p.Now).String()}}
}

func (s *Surface) addOpening(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	level, _ := in.Int("level")
	line := catalog.Opening{Item: ref.ItemID(in.Text("item")), Level: ref.Level(level), Hall: ref.HallID(in.Text("hall")), Kind: in.Text("kind"), From: in.Date("from_day")}
	sub, err := submit(r, in, string(line.Item), in.Text("level"), string(line.Hall), line.Kind, line.From)
	if err != nil {
		return err
	}
	err = s.Library.Open(r.Context(), keeping.Opening{Submit: sub, By: me(r), Line: line})
	if fault.Is(err, fault.Invalid) {
		return s.showOpenings(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/standards/openings?done=open")
}

// dropOpening is repeatable by nature: a line that is gone is not found.
func (s *Surface) dropOpening(w http.ResponseWriter, r *http.Request) error {
	if err := s.Library.DropOpening(r.Context(), me(r), r.PathValue("id")); err != nil {
		return err
	}
	return page.Redirect(w, r, "/standards/openings?done=close")
}
