// Package oversight is the supervisors' desk: every case with its clock, and one case with its audit chain.
//
// It holds that nothing here decides about a case: objections are answered, cards and orders made and judged, rules kept, what the books of fees do not agree on worked off; that a case is
// shown after the look was noted, and a list leaves as a file after that was; that what the applicant answered and handed in is not shown, since supervising time and manner needs neither.
package oversight

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/casefile"
	"yimen/domain/clock"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/process/disclose"
	"yimen/process/fulfilment"
	"yimen/process/supervise"
	"yimen/ref"
	"yimen/view/board"
	"yimen/view/casepage"
	"yimen/view/workbench"
	"yimen/web/page"
)

// Surface is the supervisors' desk.
type Surface struct {
	DB    db.Reader
	Till  *fulfilment.Till
	Gate  *disclose.Gate
	Cases *casepage.View
	Work  *workbench.View
	Walls *board.View
	Watch *supervise.Watch
}

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	desk := []page.Role{page.Supervisor}
	return append(slices.Concat(objectionRoutes(s), watchRoutes(s), feeRoutes(s)), []page.Route{
		{Method: "GET", Pattern: "/oversight", Roles: desk, Handler: s.list, Title: "oversight.list.title"},
		{Method: "GET", Pattern: "/oversight/case/{id}", Roles: desk, Handler: s.showCase, Title: "oversight.case.title"},
		{Method: "GET", Pattern: "/oversight/case/{id}/clock", Roles: desk, Handler: s.clock, Title: "proof.title"},
		{Method: "GET", Pattern: "/oversight/case/{id}/clock.pdf", Roles: desk, Handler: s.clockPDF, Title: "proof.title"},
	}...)
}

func supervisor(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

// countMax is where workbench.Count stops.
const countMax = 1000

func (s *Surface) list(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	f := workbench.Filter{Stage: casefile.Stage(chosen(q, "stage")), Organ: ref.OrganID(chosen(q, "organ")), Name: q.Text("name"), After: workbench.Key(q.Text("after"))}
	rows, next, err := s.Work.Cases(r.Context(), f)
	if err != nil {
		return err
	}
	n, err := s.Work.Count(r.Context(), f)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := s.table(p, rows)
	t.Filter, t.Filtered = filter(p, f, organs), f.Stage != "" || f.Organ != "" || f.Name != ""
	t.Total = page.Total{N: int(n), More: n >= countMax}
	t.Next, t.First = page.NextPage(p, string(next)), page.FirstPage(p)
	export := page.Act{Text: p.T("watch.csv"), Href: "/oversight/cases.csv?" + r.URL.RawQuery}
	return page.Show(w, r, http.StatusOK, listSheet(p, list{Title: p.T("oversight.list.title"), Lead: p.T("oversight.list.lead"), Here: "/oversight", Acts: []page.Act{export}, Tables: []page.Table{t}}))
}

// every is a filter's choice of all there is.
const every = "all"

func chosen(q *page.Input, name string) string {
	if v := q.Text(name); v != every {
		return v
	}
	return ""
}

func filter(p *page.Page, f workbench.Filter, organs map[ref.OrganID]org.Organ) []page.Field {
	all := page.Option{Value: every, Text: p.T("oversight.every")}
	stage := page.Field{Name: "stage", Label: p.T("oversight.column.stage"), Kind: page.Select, Value: cmp.Or(string(f.Stage), every), Options: []page.Option{all}}
	for _, x := range casefile.Stages() {
		stage.Options = append(stage.Options, page.Option{Value: string(x), Text: p.T("case.stage." + string(x))})
	}
	organ := page.Field{Name: "organ", Label: p.T("oversight.column.organ"), Kind: page.Select, Value: cmp.Or(string(f.Organ), every)}
	for id, o := range organs {
		organ.Options = append(organ.Options, page.Option{Value: string(id), Text: o.Name})
	}
	slices.SortFunc(organ.Options, func(a, b page.Option) int { return strings.Compare(a.Text, b.Text) })
	organ.Options = append([]page.Option{all}, organ.Options...)
	return []page.Field{stage, organ, {Name: "name", Label: p.T("oversight.filter.name"), Value: f.Name, Auto: "off"}}
}

func (s *Surface) table(p *page.Page, rows []workbench.Case) page.Table {
	t := page.Table{ID: "cases", Caption: p.T("oversight.caption"), Live: true,
		Empty: page.Nothing{Title: p.T("oversight.none"), Text: p.T("oversight.none.text")},
		Columns: []page.Column{{Text: p.T("oversight.column.number"), Main: true}, {Text: p.T("oversight.column.stage")}, {Text: p.T("oversight.column.due")},
			{Text: p.T("oversight.column.item")}, {Text: p.T("oversight.column.party")}, {Text: p.T("oversight.column.organ")}, {Text: p.T("oversight.column.received")}}}
	for _, c := range rows {
		left := s.left(p, c)
		t.Lines = append(t.Lines, page.Line{Tone: left.tone, Cells: []templ.Component{
			page.Linked(page.Link{Text: string(c.Number), Href: "/oversight/case/" + string(c.ID)}), stage(p, c.Stage), dueCell(left),
			page.Words(c.Item), page.Words(c.Party), page.Words(c.Organ), page.Words(p.When(c.Received))}})
	}
	return t
}

var stageTones = map[casefile.Stage]page.Tone{casefile.Returned: page.Warn, casefile.Declined: page.Danger, casefile.Refused: page.Danger,
	casefile.Accepted: page.Info, casefile.Granted: page.Good, casefile.Closed: page.Good, casefile.Terminated: page.Danger}

func stage(p *page.Page, s casefile.Stage) templ.Component {
	return page.Tag(stageTones[s], p.T("case.stage."+string(s)))
}

// timeLeft is a clock as a word with its colour.
type timeLeft struct {
	tone         page.Tone
	words, until string
}

// left says how much time a listed case has; one that has ended, or waits for its applicant, has no clock.
func (s *Surface) left(p *page.Page, c workbench.Case) timeLeft {
	if c.Due.IsZero() || c.Stage.Ended() || c.Stage == casefile.Returned {
		return timeLeft{words: p.T("oversight.left.none")}
	}
	return s.until(p, c.Received, c.Due)
}

func (s *Surface) until(p *page.Page, from, due time.Time) timeLeft {
	last := calendar.DateOf(due)
	n, _ := s.Cases.Calendar().WorkdaysBetween(calendar.DateOf(p.Now), last)
	total, _ := s.Cases.Calendar().WorkdaysBetween(calendar.DateOf(from), last)
	out := timeLeft{page.Plain, p.T("oversight.left.days", "n", n), p.Date(last)}
	switch {
	case p.Now.After(due):
		out.tone, out.words = page.Danger, p.T("oversight.left.overdue", "n", max(-n, 1))
	case n <= 0:
		out.tone, out.words = page.Warn, p.T("oversight.left.today")
	case n <= clock.UsualRules.SoonDays || n*100 <= total*clock.UsualRules.SoonPercent:
		out.tone = page.Warn
	}
	return out
}
