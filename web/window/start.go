package window

import (
	"net/http"

	"github.com/a-h/templ"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/ref"
	"yimen/view/workbench"
	"yimen/web/page"
)

const (
	mostFound  = 30
	mostDrafts = 20
)

// starting is what lies on the desk when nobody stands before it.
type starting struct {
	Query   string
	Found   []found
	Drafts  []draftLine
	Today   page.Table
	Seat    ref.WindowID
	Windows []org.Window
	Resume  []page.Field
	Wrong   []page.Problem
}

type found struct {
	catalog.Row
	Organ string
}

type draftLine struct {
	form.Draft
	Item, Party string
}

func (s *Surface) start(w http.ResponseWriter, r *http.Request) error {
	return s.startWith(w, r, starting{Query: page.Query(r).Text("q"), Resume: resumeFields(page.Of(r), nil, nil)}, http.StatusOK)
}

// startAgain shows the start with what is wrong about a draft's characters.
func (s *Surface) startAgain(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	p := page.Of(r)
	fields := resumeFields(p, in, wrong)
	return s.startWith(w, r, starting{Resume: fields, Wrong: page.Problems(p, fields, wrong)}, http.StatusUnprocessableEntity)
}

func (s *Surface) startWith(w http.ResponseWriter, r *http.Request, v starting, status int) error {
	p := page.Of(r)
	var err error
	if v.Found, err = s.find(r, v.Query); err != nil {
		return err
	}
	if v.Drafts, err = s.drafts(r); err != nil {
		return err
	}
	if v.Today, err = s.today(r); err != nil {
		return err
	}
	if v.Seat, v.Windows, err = s.seat(r); err != nil {
		return err
	}
	return page.Show(w, r, status, startPage(p, v))
}

func (s *Surface) find(r *http.Request, query string) ([]found, error) {
	rows, err := catalog.Find(r.Context(), s.DB, catalog.Looking{Words: query, Limit: mostFound})
	if err != nil {
		return nil, err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	out := make([]found, len(rows))
	for i, row := range rows {
		out[i] = found{row, organs[row.Organ].Name}
	}
	return out, err
}

func (s *Surface) drafts(r *http.Request) ([]draftLine, error) {
	all, err := form.Drafts(r.Context(), s.DB, clerk(r).ID, mostDrafts)
	if err != nil {
		return nil, err
	}
	var out []draftLine
	for _, d := range all {
		v, err := catalog.Get(r.Context(), s.DB, d.Version)
		if err != nil {
			return nil, err
		}
		who, err := party.Get(r.Context(), s.DB, d.Party)
		if err != nil {
			return nil, err
		}
		out = append(out, draftLine{d, v.Doc().Name, who.Name})
	}
	return out, nil
}

// today is the table of the clerk's own cases of this day.
func (s *Surface) today(r *http.Request) (page.Table, error) {
	p := page.Of(r)
	t := page.Table{ID: "today", Caption: p.T("window.today.title"), Empty: page.Nothing{Title: p.T("window.today.none"), Text: p.T("window.today.none.text")},
		Columns: []page.Column{{Text: p.T("window.column.number"), Main: true}, {Text: p.T("window.column.item")}, {Text: p.T("window.column.party")},
			{Text: p.T("window.column.received")}, {Text: p.T("window.column.stage")}, {Text: p.T("window.column.due")}}}
	cases, _, err := s.Work.Cases(r.Context(), workbench.Filter{Clerk: clerk(r).ID})
	for _, c := range cases {
		if calendar.DateOf(c.Received) != calendar.DateOf(p.Now) {
			break
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{
			page.Linked(page.Link{Text: string(c.Number), Href: "/window/case/" + string(c.ID)}), page.Words(c.Item), page.Words(c.Party),
			page.Words(p.When(c.Received)), stageTag(p, c.Stage), page.Words(p.Date(calendar.DateOf(c.Due)))}})
	}
	return t, err
}

var stageTones = map[casefile.Stage]page.Tone{casefile.Returned: page.Warn, casefile.Declined: page.Danger, casefile.Refused: page.Danger,
	casefile.Accepted: page.Info, casefile.Granted: page.Good, casefile.Closed: page.Good, casefile.Terminated: page.Danger}

func stageTag(p *page.Page, s casefile.Stage) templ.Component {
	return page.Tag(stageTones[s], p.T("window.stage."+string(s)))
}

// projectKey is the message key of a list row's kind of item, which is empty for items of neither kind.
func (f found) projectKey() string { return f.ProjectType.Key() }
