package oversight

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/audit"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/web/page"
	"yimen/web/text"
)

const objectionsPage = 50

func objectionRoutes(s *Surface) []page.Route {
	desk := []page.Role{page.Supervisor}
	return []page.Route{
		{Method: "GET", Pattern: "/oversight/objections", Roles: desk, Handler: s.objections, Title: "oversight.objections"},
		{Method: "GET", Pattern: "/oversight/objections/{id}", Roles: desk, Handler: s.showObjection, Title: "oversight.objection"},
		{Method: "POST", Pattern: "/oversight/objections/{id}", Roles: desk, Handler: s.answerObjection, Title: "oversight.objection"},
	}
}

// after reads a list's cursor: a time and an id.
func after(q *page.Input) (time.Time, string, error) {
	parts, err := page.After(q.Text("after"), 2)
	if err != nil || parts == nil {
		return time.Time{}, "", err
	}
	n, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, "", fault.New(fault.NotFound, "fault.not_found")
	}
	return db.Time(n), parts[1], nil
}

// objections lists what waits for an answer, the most urgent first, or what was answered. What
// people said is on the page of each, after the look was noted.
func (s *Surface) objections(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	done := q.Text("show") == "done"
	from, id, err := after(q)
	if err != nil {
		return err
	}
	rows, err := audit.Waiting(r.Context(), s.DB, done, from, id, objectionsPage+1)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "objections", Caption: p.T("oversight.objections.caption"), First: page.FirstPage(p),
		Empty: page.Nothing{Title: p.T("oversight.objections.none"), Text: p.T("oversight.objections.none.text")},
		Columns: []page.Column{{Text: p.T("oversight.objection.what"), Main: true}, {Text: p.T("oversight.objection.at")}, {Text: p.T("oversight.objection.due")},
			{Text: p.T("oversight.objection.organ")}}}
	if done {
		t.Empty = page.Nothing{Title: p.T("oversight.objections.none_answered")}
	}
	if len(rows) > objectionsPage {
		rows = rows[:objectionsPage]
		t.Next = page.NextPage(p, cursor(rows[objectionsPage-1], done))
	}
	for _, o := range rows {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: objected(p, o), Href: "/oversight/objections/" + o.ID}),
			page.Words(p.When(o.At)), objectionState(p, o), page.Words(organs[o.Organ].Name)}})
	}
	return page.Show(w, r, http.StatusOK, objectionsSheet(p, done, t))
}

func cursor(o audit.Objection, done bool) string {
	at := o.Due
	if done {
		at = o.Answered
	}
	return page.Cursor(strconv.FormatInt(db.Micros(at), 10), o.ID)
}

// objected says in a few words against what.
func objected(p *page.Page, o audit.Objection) string {
	if o.Fact == "" {
		return p.T("oversight.objection.look")
	}
	name := o.Fact
	if key := "me.fact." + name; text.Has(key) {
		name = p.T(key)
	}
	return p.T("oversight.objection.fact", "fact", name)
}

func objectionState(p *page.Page, o audit.Objection) templ.Component {
	switch {
	case !o.Answered.IsZero():
		return page.Tag(page.Good, p.T("me.said.answered", "at", p.When(o.Answered)))
	case o.Overdue(p.Now):
		return page.Tag(page.Danger, p.T("oversight.objection.overdue"))
	}
	return page.Words(p.When(o.Due))
}

// objectionView is one objection with what it is about.
type objectionView struct {
	audit.Objection
	Rows     []page.Row
	Fields   []page.Field
	Problems []page.Problem
}

func answerFields(p *page.Page) []page.Field {
	return []page.Field{{Name: "answer", Label: p.T("oversight.objection.reply"), Hint: p.T("oversight.objection.reply.hint"), Kind: page.LongText}}
}

func (s *Surface) showObjection(w http.ResponseWriter, r *http.Request) error {
	return s.objectionPage(w, r, http.StatusOK, answerFields(page.Of(r)), nil)
}

func (s *Surface) objectionPage(w http.ResponseWriter, r *http.Request, status int, fields []page.Field, problems []page.Problem) error {
	o, err := audit.GetObjection(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.Gate.Look(r.Context(), disclose.Look{By: supervisor(r), Party: o.Party, Case: o.Case, Purpose: disclose.ForOversight}); err != nil {
		return err
	}
	v := objectionView{Objection: o, Fields: fields, Problems: problems}
	if v.Rows, err = s.objectionRows(r, o); err != nil {
		return err
	}
	return page.Show(w, r, status, objectionPage(page.Of(r), v))
}

func (s *Surface) objectionRows(r *http.Request, o audit.Objection) ([]page.Row, error) {
	p := page.Of(r)
	who, err := party.Get(r.Context(), s.DB, o.Party)
	if err != nil {
		return nil, err
	}
	words, reply, err := o.Open(r.Context(), s.DB, s.Gate.Vault)
	if err != nil {
		return nil, err
	}
	if words == "" {
		words = p.T("oversight.objection.no_words")
	}
	rows := []page.Row{{Label: p.T("oversight.objection.what"), Value: objected(p, o)}, {Label: p.T("oversight.column.party"), Value: who.Name},
		{Label: p.T("oversight.objection.words"), Value: words}, {Label: p.T("oversight.objection.at"), Value: p.Stamp(o.At)}, {Label: p.T("oversight.objection.due"), Part: objectionState(p, o)}}
	if reply != "" {
		rows = append(rows, page.Row{Label: p.T("oversight.objection.reply"), Value: reply})
	}
	if o.Access == "" {
		return rows, nil
	}
	return s.lookRows(r, o, rows)
}

// lookRows adds the look: here the officer has a name.
func (s *Surface) lookRows(r *http.Request, o audit.Objection, rows []page.Row) ([]page.Row, error) {
	p := page.Of(r)
	a, err := audit.GetAccess(r.Context(), s.DB, o.Access)
	if err != nil {
		return nil, err
	}
	officer, err := org.GetStaff(r.Context(), s.DB, a.Actor)
	if err != nil {
		return nil, err
	}
	organ, err := org.GetOrgan(r.Context(), s.DB, a.Organ)
	if err != nil {
		return nil, err
	}
	rows = append(rows, page.Row{Label: p.T("oversight.objection.who"), Value: officer.Name + "　" + officer.Post}, page.Row{Label: p.T("oversight.objection.organ"), Value: organ.Name},
		page.Row{Label: p.T("oversight.objection.looked"), Value: p.Stamp(a.At)}, page.Row{Label: p.T("oversight.objection.why"), Value: p.T(a.Purpose)})
	if a.Case != "" {
		rows = append(rows, page.Row{Label: p.T("oversight.objection.case"), Part: page.Linked(page.Link{Text: p.T("oversight.case.title"), Href: "/oversight/case/" + string(a.Case)})})
	}
	return rows, nil
}

// answerObjection answers; the person reads it in their space.
func (s *Surface) answerObjection(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	key, err := in.Key()
	if err != nil {
		return err
	}
	who, id, words := supervisor(r), r.PathValue("id"), in.Long("answer")
	sub := once.Submit{Actor: "staff:" + string(who.ID), Route: "POST /oversight/objections/{id}", Key: key, Hash: once.Hash(id, words), At: p.Now}
	err = s.Gate.Answer(r.Context(), disclose.Answer{Submit: sub, By: who, Objection: id, Words: words})
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.Denied || kind == fault.Conflict) {
		fields := page.Refill(p, answerFields(p), in, err)
		return s.objectionPage(w, r, page.Status(err), fields, page.Problems(p, fields, err))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/oversight/objections")
}
