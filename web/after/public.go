package after

import (
	"encoding/csv"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/delivery"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/publication"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/ref"
	"yimen/web/page"
)

func (s *Surface) publicRoutes() []page.Route {
	anyone := []page.Role{page.Anyone}
	slow := page.Rate{PerSecond: 0.2, Burst: 10}
	return []page.Route{
		{Method: "GET", Pattern: "/public/decisions", Roles: anyone, Handler: s.decisions, Title: "after.public", Rate: page.Rate{PerSecond: 2, Burst: 60}},
		{Method: "GET", Pattern: "/public/decisions.csv", Roles: anyone, Handler: s.exportDecisions, Title: "after.public.export", Rate: slow},
		{Method: "GET", Pattern: "/public/notices", Roles: anyone, Handler: s.notices, Title: "after.notices", Rate: page.Rate{PerSecond: 2, Burst: 60}},
		{Method: "GET", Pattern: "/approver/handovers", Roles: approvers, Handler: s.handovers, Title: "after.handovers"},
		{Method: "POST", Pattern: "/approver/handovers/{id}", Roles: approvers, Handler: s.acknowledge, Title: "after.handovers"},
	}
}

// sought reads the filter of the public list: a document number or a legal person's code, and an organ.
func sought(q *page.Input) (f publication.Filter, nothing bool) {
	if o := q.Text("organ"); o != every {
		f.Organ = ref.OrganID(o)
	}
	typed := q.Text("q")
	if typed == "" {
		return f, false
	}
	if f.Number = seal.ReadNumber(typed); f.Number == "" {
		code, err := ref.ParseUSCC(typed)
		f.Number, nothing = string(code), err != nil
	}
	return f, nothing
}

// every is a filter's choice of all there is.
const every = "all"

// decisions is the public list.
func (s *Surface) decisions(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	f, nothing := sought(q)
	before, id, err := place(q, time.Time{})
	if err != nil {
		return err
	}
	var rows []publication.Decision
	if !nothing {
		if rows, err = publication.List(r.Context(), s.DB, p.Now, f, before, id, size+1); err != nil {
			return err
		}
	}
	organs, err := s.names(r)
	if err != nil {
		return err
	}
	t := page.Table{ID: "decisions", Caption: p.T("after.public"), Filter: publicFilter(p, q, organs), Filtered: f.Organ != "" || q.Text("q") != "", Empty: page.Nothing{Title: p.T("after.public.none"), Text: p.T("after.public.none.text")},
		Columns: columns(p, "after.column.letter", "after.column.item", "after.holder", "after.column.organ", "after.column.decided", "after.column.state")}
	for _, d := range paged(p, &t, rows, func(d publication.Decision) (time.Time, string) { return d.Published, d.ID }) {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(d.Number), page.Words(d.ItemName), page.Words(d.Holder), page.Words(d.OrganName), page.Words(p.Date(calendar.DateOf(d.Decided))), decisionState(p, d)}})
	}
	export := links([]page.Link{{Text: p.T("after.public.export"), Href: "/public/decisions.csv"}, {Text: p.T("after.notices"), Href: "/public/notices"}})
	return page.Show(w, r, http.StatusOK, open(p, page.Head{Title: p.T("after.public"), Lead: p.T("after.public.lead"), Wide: true, Back: page.Link{Text: p.T("page.home"), Href: "/"}}, page.List(p, t), export))
}

func decisionState(p *page.Page, d publication.Decision) templ.Component {
	switch {
	case d.Outcome == "refuse":
		return page.Tag(page.Plain, p.T("after.public.refused"))
	case d.State == publication.Ended:
		return page.Tag(page.Warn, p.T("after.public.ended"))
	}
	return page.Tag(page.Good, p.T("after.public.granted"))
}

func publicFilter(p *page.Page, q *page.Input, organs map[ref.OrganID]org.Organ) []page.Field {
	organ := page.Field{Name: "organ", Label: p.T("after.column.organ"), Kind: page.Select, Value: every, Options: []page.Option{{Value: every, Text: p.T("after.every")}}}
	if v := q.Text("organ"); v != "" {
		organ.Value = v
	}
	for _, id := range sortedOrgans(organs) {
		organ.Options = append(organ.Options, page.Option{Value: string(id), Text: organs[id].Name})
	}
	return []page.Field{{Name: "q", Label: p.T("after.public.find"), Hint: p.T("after.public.find.hint"), Value: q.Text("q"), Auto: "off"}, organ}
}

// exportDecisions streams what is public in the columns of 双公示, page by page, so that no length of it fills the memory.
func (s *Surface) exportDecisions(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	standard, err := publication.Columns()
	if err != nil {
		return err
	}
	f, nothing := sought(page.Query(r))
	if nothing {
		return notThere()
	}
	var heads []string
	for _, c := range standard.Columns {
		heads = append(heads, c.Title)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="decisions.csv"`)
	if _, err := w.Write([]byte("\ufeff")); err != nil { // spreadsheets read UTF-8 by it
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(heads); err != nil {
		return err
	}
	before, id := time.Time{}, ""
	for {
		rows, err := publication.List(r.Context(), s.DB, p.Now, f, before, id, exportStep)
		if err != nil {
			return err
		}
		for _, d := range rows {
			if err := out.Write(safe(standard.Row(d))); err != nil {
				return err
			}
			before, id = d.Published, d.ID
		}
		out.Flush()
		if len(rows) < exportStep || out.Error() != nil {
			return out.Error()
		}
	}
}

// exportStep is how many rows are read at once.
const exportStep = 1000

// safe keeps a spreadsheet from taking a value for a formula.
func safe(row []string) []string {
	for i, v := range row {
		if v != "" && (v[0] == '=' || v[0] == '+' || v[0] == '-' || v[0] == '@') {
			row[i] = "'" + v
		}
	}
	return row
}

// notices are the letters delivered by public notice while it runs. The addressee is named, for that is what a notice is for.
func (s *Surface) notices(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	all, err := delivery.Notices(r.Context(), s.DB, size)
	if err != nil {
		return err
	}
	organs, err := s.names(r)
	if err != nil {
		return err
	}
	t := page.Table{ID: "notices", Caption: p.T("after.notices"), Empty: page.Nothing{Title: p.T("after.notices.none")}, Columns: columns(p, "after.column.letter", "after.column.kind", "after.addressee", "after.column.organ", "after.notices.until")}
	for _, d := range all {
		who, err := party.Get(r.Context(), s.DB, d.Party)
		if err != nil {
			return err
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(d.Number), page.Words(d.Title), page.Words(who.Name), page.Words(organs[d.Organ].Name), page.Words(p.FullDate(calendar.DateOf(d.Ends.Add(-time.Microsecond))))}})
	}
	return page.Show(w, r, http.StatusOK, open(p, page.Head{Title: p.T("after.notices"), Lead: p.T("after.notices.lead"), Wide: true, Back: page.Link{Text: p.T("after.public"), Href: "/public/decisions"}}, page.List(p, t)))
}

// handovers is the supervising department's inbox of what was granted.
func (s *Surface) handovers(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	done := q.Text("show") == "all"
	before, id, err := place(q, far)
	if err != nil {
		return err
	}
	rows, err := publication.Handovers(r.Context(), s.DB, staff(r).Organ, !done, before, id, size+1)
	if err != nil {
		return err
	}
	organs, err := s.names(r)
	if err != nil {
		return err
	}
	t := page.Table{ID: "handovers", Caption: p.T("after.handovers"), Empty: page.Nothing{Title: p.T("after.handovers.none")}, Columns: columns(p, "after.column.letter", "after.column.item", "after.column.organ", "after.column.at", "after.handovers.ack")}
	for _, x := range paged(p, &t, rows, func(x publication.Handover) (time.Time, string) { return x.At, x.ID }) {
		cell := page.Words(p.When(x.Seen))
		if x.Seen.IsZero() {
			cell = ask(p, form{To: "/approver/handovers/" + x.ID, Label: p.T("after.handovers.one", "number", x.Number), Acts: []page.Act{{Text: p.T("after.handovers.seen"), Look: page.Second}}})
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Words(x.Number), page.Words(x.ItemName + "　" + x.Title), page.Words(organs[x.Organ].Name), page.Words(p.When(x.At)), cell}})
	}
	which := links([]page.Link{{Text: p.T("after.handovers.open"), Href: "/approver/handovers"}, {Text: p.T("after.handovers.all"), Href: "/approver/handovers?show=all"}})
	return page.Show(w, r, http.StatusOK, desk(p, page.Head{Title: p.T("after.handovers"), Lead: p.T("after.handovers.lead")}, which, page.List(p, t)))
}

func (s *Surface) acknowledge(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	by, id := staff(r), r.PathValue("id")
	sub, err := submit(r, in, "staff:"+string(by.ID), id)
	if err != nil {
		return err
	}
	if err := s.Hand.Acknowledge(r.Context(), sub, by, id); err != nil {
		return err
	}
	return page.Redirect(w, r, "/approver/handovers")
}
