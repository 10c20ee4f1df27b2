package window

import (
	"net/http"
	"slices"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/notice"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

// caseView is a case as the window sees it.
type caseView struct {
	*casepage.Page
	Messages []casepage.Message
	Note     string
	Err      error
}

func (s *Surface) showCase(w http.ResponseWriter, r *http.Request) error {
	v, err := s.caseView(r, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, casePage(page.Of(r), v))
}

func (s *Surface) caseView(r *http.Request, id ref.CaseID) (*caseView, error) {
	c, err := s.caseOf(r, id)
	if err != nil {
		return nil, err
	}
	if err := s.Gate.Look(r.Context(), disclose.Look{By: clerk(r), Party: c.Party, Case: c.ID, Purpose: disclose.ForProgress}); err != nil {
		return nil, err
	}
	seen, err := s.Cases.Of(r.Context(), id)
	if err != nil {
		return nil, err
	}
	said, err := s.Cases.Messages(r.Context(), id)
	return &caseView{Page: seen, Messages: said}, err
}

// talk is what applicant and organs wrote to each other.
func (v *caseView) talk(p *page.Page) (out []page.Moment) {
	for _, m := range v.Messages {
		x := page.Moment{Title: m.Organ, Who: m.By, At: p.When(m.Made), Detail: m.Text, State: page.Done}
		if m.Side == notice.FromParty {
			x.Title = p.T("notice.say.party")
			if m.Answered.IsZero() {
				x.State = page.Now
			}
		}
		out = append(out, x)
	}
	return out
}

// supply takes what the applicant brought after the one notice of correction.
func (s *Surface) supply(w http.ResponseWriter, r *http.Request) error {
	v, err := s.caseView(r, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return err
	}
	t := &taken{party: v.Case.Party, ask: func(spec string) (catalog.MaterialSpec, bool) {
		m, asked := v.Doc.Material(spec)
		return m, asked && v.Case.Stage == casefile.Returned
	}}
	in, err := s.take(r, t)
	if err != nil {
		return err
	}
	v.Note = in.Long("note")
	if v.Err = s.supplied(r, v, in, t); v.Err == nil {
		return page.Redirect(w, r, "/window/case/"+string(v.Case.ID))
	}
	if !fault.Is(v.Err, fault.Invalid) {
		return v.Err
	}
	return page.Show(w, r, http.StatusUnprocessableEntity, casePage(page.Of(r), v))
}

func (s *Surface) supplied(r *http.Request, v *caseView, in *page.Input, t *taken) error {
	if len(t.bad) > 0 {
		return fault.Bad(t.bad...)
	}
	sub, err := submit(r, in, "POST /window/case/{id}/supply", string(v.Case.ID), v.Note)
	if err != nil {
		return err
	}
	return s.Desk.Supply(r.Context(), intake.Supply{Submit: sub, Clerk: clerk(r), Case: v.Case.ID, Materials: t.new, Note: v.Note})
}

func (v *caseView) fields(p *page.Page) []page.Field {
	var out []page.Field
	for _, m := range v.Doc.Materials {
		if m.HandedIn() {
			out = append(out, page.Field{Name: "material." + m.ID, Label: m.Name, Kind: page.Uploads, Accept: accepted, Optional: true})
		}
	}
	out = append(out, page.Field{Name: "note", Label: p.T("window.supply.note"), Hint: p.T("window.supply.note.hint"), Kind: page.LongText, Rows: 3, Optional: true, Value: v.Note})
	return page.Refill(p, out, nil, v.Err)
}

func (v *caseView) head(p *page.Page) page.Head {
	return page.Head{Title: p.T("window.case.of", "item", v.Doc.Name), Bare: true, Back: page.Link{Text: p.T("window.start.title"), Href: "/window"},
		Problems: page.Problems(p, v.fields(p), v.Err)}
}

// panel is what the clerk reads out after the submit and finds again on every visit.
func (v *caseView) panel(p *page.Page) page.Confirmation {
	key := "window.panel.taken"
	if !v.Case.AcceptedAt.IsZero() {
		key = "window.panel.accepted"
	}
	said := p.T("window.panel.for", "item", v.Doc.Name, "party", v.Party.Name)
	for _, row := range page.BesideRows(p, v.Agent, v.Helper) {
		said += " " + p.T("page.problem", "label", row.Label, "text", row.Value)
	}
	return page.Confirmation{Title: p.T(key, "organ", v.Organ.Name), Number: string(v.Case.Number), Label: p.T("window.case.number"), Text: said}
}

// next says what happens next and until when.
func (v *caseView) next(p *page.Page) string {
	return p.T("window.next."+string(v.Case.Stage), "organ", v.Organ.Name, "day", p.FullDate(calendar.DateOf(v.Case.Due)), "left", v.left(p))
}

// left is how much time there is in words: a number of working days, today, or how far over.
func (v *caseView) left(p *page.Page) string {
	switch n := v.Clock.Remaining; {
	case n < 0:
		return p.T("window.left.over", "n", -n)
	case n == 0:
		return p.T("window.left.today")
	default:
		return p.T("window.left.days", "n", n)
	}
}

// firstPaper is the kind of the document the person takes home now.
func (v *caseView) firstPaper() string {
	if v.Case.AcceptedAt.IsZero() {
		return seal.Receipt
	}
	return seal.Acceptance
}

// sealing says that a paper is still under way, so that the page must look again.
func (v *caseView) sealing() bool {
	first := slices.ContainsFunc(v.Documents, func(d seal.Document) bool { return d.Kind == v.firstPaper() })
	return !first || slices.ContainsFunc(v.Documents, func(d seal.Document) bool { return d.State != "sealed" })
}

// points are what the applicant must bring or change, as all organs together said it once.
func (v *caseView) points() (out []string) {
	for _, t := range v.Tasks {
		if t.Outcome == approval.Points {
			out = append(out, casepage.Lines(t.Note)...)
		}
	}
	return out
}

// progress is the way the case went and who has it now.
func (v *caseView) progress(p *page.Page) []page.Moment {
	var out []page.Moment
	for _, e := range v.History {
		if !e.Kind.Outward() {
			continue
		}
		m := page.Moment{Title: p.T("window.event." + string(e.Kind)), At: p.When(e.At), Who: e.Organ, State: page.Done}
		if e.Kind == casefile.FactDecided {
			m.Detail = p.T("window.outcome." + e.Outcome)
		}
		out = append(out, m)
	}
	for _, t := range v.Tasks {
		if t.State == approval.Open {
			out = append(out, page.Moment{Title: stepName(p, t), Who: t.OrganName, State: page.Now,
				Detail: p.T("window.until", "since", p.When(t.Made), "day", p.Date(calendar.DateOf(t.Due)))})
		}
	}
	return out
}

func stepName(p *page.Page, t casepage.Task) string {
	if t.Step.Name != "" {
		return t.Step.Name
	}
	return p.T("window.task." + t.Kind)
}

func (v *caseView) answers() []page.Row {
	var out []page.Row
	for _, a := range v.Answers {
		if a.Value != "" {
			out = append(out, page.Row{Label: a.Field.Label, Value: a.Shown})
		}
	}
	return out
}

func (v *caseView) address(tail string) string { return "/window/case/" + string(v.Case.ID) + tail }
