package trust

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/casefile"
	"yimen/domain/credit"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/process/trust"
	"yimen/web/page"
)

// events lists the events of a state; whom one is about is on its page, after the look was noted.
func (s *Surface) events(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	state := chosen(q, credit.StatesOf())
	by, id, err := after(q)
	if err != nil {
		return err
	}
	mine, err := s.organs(r)
	if err != nil {
		return err
	}
	rows, err := credit.List(r.Context(), s.DB, credit.Filter{Organs: mine, State: state, AnswerBy: db.Time(by), After: id}, size+1)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "events", Caption: p.T("trust.credit"), Live: true, Filtered: q.Has("state"), Filter: []page.Field{stateField(p, credit.StatesOf(), state, "credit.state.")},
		Empty: page.Nothing{Title: p.T("trust.credit.none"), Text: p.T("trust.credit.none.text")}, First: page.FirstPage(p),
		Columns: []page.Column{{Text: p.T("trust.event"), Main: true}, {Text: p.T("credit.answer_by")}, {Text: p.T("trust.event.made")}, {Text: p.T("trust.organ")}}}
	if len(rows) > size {
		rows = rows[:size]
		last := rows[size-1]
		t.Next = page.NextPage(p, page.Cursor(strconv.FormatInt(db.Micros(last.AnswerBy), 10), last.ID))
	}
	for _, e := range rows {
		row, err := credit.RowOf(r.Context(), s.DB, e.Kind, e.Version)
		if err != nil {
			return err
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: row.Name, Href: "/trust/credit/" + e.ID}), page.Words(p.Date(calendar.DateOf(e.AnswerBy))),
			page.Words(p.When(e.Made)), page.Words(organs[e.Organ].Name)}})
	}
	return page.Show(w, r, http.StatusOK, listPage(p, "/trust/credit", t))
}

// eventView is one event with what was said to it.
type eventView struct {
	credit.Event
	Name     string
	Rows     []page.Row
	Path     []page.Moment
	Acts     []string // what an officer may do now
	Soon     bool     // it cannot be recorded before the chance to object is over
	Fields   []page.Field
	Problems []page.Problem
}

func (s *Surface) event(w http.ResponseWriter, r *http.Request) error {
	return s.eventPage(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) eventPage(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	v, err := s.eventView(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	v.Fields = page.Refill(p, []page.Field{{Name: "words", Label: p.T("trust.words"), Hint: p.T("trust.words.hint"), Kind: page.LongText, Rows: 3}}, in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return page.Show(w, r, status, eventSheet(p, v))
}

func (s *Surface) eventView(r *http.Request) (*eventView, error) {
	ctx, p := r.Context(), page.Of(r)
	e, err := credit.Get(ctx, s.DB, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := s.sees(r, e.Organ); err != nil {
		return nil, err
	}
	if err := s.look(r, e.Party, e.Case); err != nil {
		return nil, err
	}
	row, err := credit.RowOf(ctx, s.DB, e.Kind, e.Version)
	if err != nil {
		return nil, err
	}
	v := &eventView{Event: e, Name: row.Name}
	if v.Rows, err = s.eventRows(r, e, row); err != nil {
		return nil, err
	}
	if v.Path, err = s.path(r, e); err != nil {
		return nil, err
	}
	if !p.Actor.Is(page.Approver, page.Representative) {
		return v, nil
	}
	v.Soon = e.State == credit.Proposed && !p.Now.After(e.AnswerBy)
	for _, act := range e.State.Next() {
		if slices.Contains([]string{string(credit.Objected), string(credit.Repair), string(credit.Appeal)}, act) || v.Soon && act == string(credit.Recorded) {
			continue // the person's own acts
		}
		v.Acts = append(v.Acts, act)
	}
	return v, nil
}

func (s *Surface) eventRows(r *http.Request, e credit.Event, row credit.Row) ([]page.Row, error) {
	p, ctx := page.Of(r), r.Context()
	who, err := party.Get(ctx, s.DB, e.Party)
	if err != nil {
		return nil, err
	}
	c, err := casefile.Get(ctx, s.DB, e.Case)
	if err != nil {
		return nil, err
	}
	rows := []page.Row{{Label: p.T("credit.state"), Part: page.Tag(page.Info, p.T("credit.state."+string(e.State)))}, {Label: p.T("trust.party"), Value: who.Name},
		{Label: p.T("trust.number"), Part: page.Linked(caseLink(r, e.Case, c.Number.Format()))}, {Label: p.T("credit.answer_by"), Value: p.FullDate(calendar.DateOf(e.AnswerBy))}}
	if !e.From.IsZero() {
		rows = append(rows, page.Row{Label: p.T("credit.period"), Value: p.T("credit.from_until", "from", p.Date(calendar.DateOf(e.From)), "to", p.Date(calendar.DateOf(e.Until)))})
	}
	return append(rows, catalogueRows(p, row)...), nil
}

// path is what happened and was said, the officers by name.
func (s *Surface) path(r *http.Request, e credit.Event) (out []page.Moment, err error) {
	ctx, p := r.Context(), page.Of(r)
	acts, err := credit.Acts(ctx, s.DB, e.ID)
	for _, a := range acts {
		words, failed := e.Words(ctx, s.DB, s.Vault, a)
		if failed != nil {
			return nil, failed
		}
		out = append(out, page.Moment{Title: p.T("credit.act." + a.Kind), At: p.When(a.At), Detail: words, State: page.Done})
	}
	return out, err
}

// rule decides on an event or on what its person asked for.
func (s *Surface) rule(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	if _, err := s.eventView(r); err != nil { // not there for other organs' officers
		return err
	}
	id := r.PathValue("id")
	x := trust.Ruling{By: staff(r), Event: id, Act: in.Text("act"), Words: in.Long("words")}
	if x.Submit, err = submit(r, in, "POST /trust/credit/{id}", id, x.Act, x.Words); err != nil {
		return err
	}
	err = s.Trust.Rule(r.Context(), x)
	if fault.Is(err, fault.Invalid) {
		return s.eventPage(w, r, http.StatusUnprocessableEntity, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/trust/credit/"+id)
}
