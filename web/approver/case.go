package approver

import (
	"net/http"

	"yimen/domain/approval"
	"yimen/foundation/calendar"
	"yimen/process/disclose"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/workbench"
	"yimen/web/page"
)

// caseView is a case as a department sees it.
type caseView struct {
	*casepage.Page
	Talk    talk
	Waits   []waiting // open tasks that the viewer may do
	surface *Surface
}

// waiting is an open task with why it is the viewer's.
type waiting struct {
	casepage.Task
	Why workbench.Why
}

func (s *Surface) showCase(w http.ResponseWriter, r *http.Request) error {
	c, err := s.caseOf(r, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return err
	}
	v, err := s.caseView(r, c.ID, disclose.ForProgress)
	if err != nil {
		return err
	}
	for _, t := range v.Tasks {
		if t.State != approval.Open {
			continue
		}
		if mine, err := s.Work.Mine(r.Context(), officer(r), review.Grants, t.ID); err != nil || !mine {
			if err != nil {
				return err
			}
			continue
		}
		why, err := s.Work.Why(r.Context(), officer(r), review.Grants, t.Task)
		if err != nil {
			return err
		}
		v.Waits = append(v.Waits, waiting{t, why})
	}
	return page.Show(w, r, http.StatusOK, caseAfter(page.Of(r), v))
}

// caseView notes the look and reads the case with its messages.
func (s *Surface) caseView(r *http.Request, id ref.CaseID, purpose string) (*caseView, error) {
	if err := s.look(r, id, purpose); err != nil {
		return nil, err
	}
	seen, err := s.Cases.Of(r.Context(), id)
	if err != nil {
		return nil, err
	}
	said, err := s.talkOf(r, id)
	return &caseView{Page: seen, Talk: said, surface: s}, err
}

// moment is one organ's task with its answer.
func (v *caseView) moment(p *page.Page, t casepage.Task) page.Moment {
	m := page.Moment{Title: p.T("approver.task_of", "organ", t.OrganName, "task", taskName(p, t.Kind, t.Step.Name)), State: page.Done}
	switch t.State {
	case approval.Open:
		m.State, m.Detail = page.Now, p.T("approver.unanswered", "day", p.Date(calendar.DateOf(t.Due)))
		if t.Waiting() {
			m.Detail = p.T("departure.unanswered", "name", t.Departure.By, "day", p.Date(calendar.DateOf(t.Due)))
		}
		if t.HolderName != "" {
			m.Who = p.T("inbox.held.by", "name", t.HolderName)
		}
	case approval.Undone:
		m.State, m.Detail = page.Later, p.T("inbox.undone.title")
	case approval.Void:
		m.State, m.Detail = page.Later, p.T("approver.void.title")
	default:
		m.Title = p.T("approver.moment", "what", m.Title, "outcome", outcome(p, t.Outcome))
		m.At, m.Who, m.Detail = p.When(t.DoneAt), inStead(p, t.By, t.ForName), t.Note
		if t.ByDefault {
			m.Detail = v.silence(p, t.Step)
		}
		if t.Second != "" {
			m.Who = p.T("approver.both", "first", m.Who, "second", t.Second)
		}
		rested := ""
		if row, ok := v.Doc.Rule.Row(t.RuleRow); ok {
			rested = p.T("approver.rested_on", "row", p.T("approver.row", "id", row.ID, "when", row.When), "law", v.surface.law(p, row.Basis))
		}
		if t.Departed() {
			rested = p.T("departure.rested", "reason", t.Departure.Reason, "rested", rested)
		}
		if rested != "" {
			m.Part = page.Words(rested)
		}
	}
	return m
}

func (v *caseView) all(p *page.Page) (out []page.Moment) {
	for _, t := range v.Tasks {
		out = append(out, v.moment(p, t))
	}
	return out
}

func (v *caseView) applicant(p *page.Page) []page.Row {
	rows := []page.Row{{Label: p.T("approver.party.name"), Value: v.Party.Name}, {Label: p.T("approver.party.number"), Value: v.Number},
		{Label: p.T("approver.party.kind"), Value: p.T(v.Party.Kind.Key())}, {Label: p.T("approver.column.number"), Part: page.Fours(string(v.Case.Number))}}
	return append(rows, page.BesideRows(p, v.Agent, v.Helper)...)
}

func (v *caseView) state(p *page.Page) []page.Row {
	rows := []page.Row{{Label: p.T("approver.case.stage"), Part: page.Tag(stageTones[v.Case.Stage], p.T("case.stage."+string(v.Case.Stage)))},
		{Label: p.T("approver.case.organ"), Value: v.Organ.Name}, {Label: p.T("approver.time.received"), Value: p.When(v.Case.ReceivedAt)}}
	if !v.Case.AcceptedAt.IsZero() {
		rows = append(rows, page.Row{Label: p.T("approver.time.accepted"), Value: p.When(v.Case.AcceptedAt)})
	}
	if v.Case.ClosedAt.IsZero() {
		return append(rows, page.Row{Label: p.T("approver.time.case"), Part: leftCell(v.surface.left(p, v.Case.ReceivedAt, v.Clock.Due))})
	}
	return append(rows, page.Row{Label: p.T("approver.time.closed"), Value: p.When(v.Case.ClosedAt)})
}

func (v *caseView) head(p *page.Page) page.Head {
	return page.Head{Title: p.T("approver.case.of", "item", v.Doc.Name), Problems: page.Problems(p, v.Talk.fields(p), v.Talk.Err), Back: page.Link{Text: p.T("approver.inbox.title"), Href: "/approver"}}
}

func (v *caseView) paperPath(id ref.MaterialID) string {
	return "/approver/material/" + string(id) + "?case=" + string(v.Case.ID)
}

// nextPath leads to the task after the viewer's own of this case.
func (v *caseView) nextPath() string {
	if len(v.Waits) == 0 {
		return "/approver/next"
	}
	return "/approver/next?from=" + string(v.Waits[0].ID)
}
