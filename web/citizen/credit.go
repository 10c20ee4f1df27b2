package citizen

import (
	"net/http"
	"slices"

	"yimen/domain/credit"
	"yimen/foundation/fault"
	"yimen/process/trust"
	"yimen/view/space"
	"yimen/web/page"
)

// creditView is a person's own record: each event with its basis, and what they may say to it.
type creditView struct {
	Events   []creditEvent
	Sent     bool
	For      string
	Problems []page.Problem
}

type creditEvent struct {
	space.Credit
	Rows   []page.Row
	Path   []page.Moment
	Pleas  []string // what its person may ask for now
	Fields []page.Field
	Act    string // of a post that had a mistake
}

func (s *Surface) spaceCredit(w http.ResponseWriter, r *http.Request) error {
	v, err := s.creditView(r, "", nil, nil)
	if err != nil {
		return err
	}
	v.Sent = page.Query(r).Has("sent")
	return page.Show(w, r, http.StatusOK, spaceCreditPage(page.Of(r), v))
}

func (s *Surface) creditView(r *http.Request, event string, in *page.Input, wrong error) (creditView, error) {
	p := page.Of(r)
	all, err := s.Space.Credit(r.Context(), me(r))
	if err != nil {
		return creditView{}, err
	}
	v := creditView{For: string(me(r).For)}
	for _, c := range all {
		e := creditEvent{Credit: c, Rows: creditRows(p, c), Path: creditPath(p, c), Pleas: pleas(p, c)}
		e.Fields = []page.Field{{Name: "words", Label: p.T("credit.words"), Hint: p.T("credit.words.hint"), Kind: page.LongText, Rows: 3}}
		if c.ID == event {
			e.Fields, e.Act = page.Refill(p, e.Fields, in, wrong), in.Text("act")
			v.Problems = page.Problems(p, e.Fields, wrong)
		}
		v.Events = append(v.Events, e)
	}
	return v, nil
}

func creditRows(p *page.Page, c space.Credit) []page.Row {
	state := page.Row{Label: p.T("credit.state"), Part: page.Tag(creditTone(p, c), p.T("credit.state."+creditState(p, c)))}
	rows := []page.Row{state, {Label: p.T("credit.organ"), Value: c.Organ}, {Label: p.T("credit.case"), Value: c.Number.Format()}, {Label: p.T("credit.basis"), Value: p.T("credit.basis.law", "law", c.Row.Basis.Law, "n", c.Row.Basis.Article), Note: c.Row.Basis.Text}}
	if !c.From.IsZero() {
		rows = append(rows, page.Row{Label: p.T("credit.period"), Value: p.T("credit.from_until", "from", day(p, c.From), "to", day(p, c.Until))})
	} else if c.State == credit.Proposed {
		rows = append(rows, page.Row{Label: p.T("credit.answer_by"), Value: day(p, c.AnswerBy)})
	}
	for _, x := range c.Row.Effects {
		rows = append(rows, page.Row{Label: p.T("credit.effect"), Value: p.T("credit.effect." + x)})
	}
	return append(rows, page.Row{Label: p.T("credit.repair"), Value: c.Row.Repair, Note: p.T("credit.repair.from", "n", c.Row.RepairMonths)})
}

// creditState is the state as its person reads it: one whose time is over has no effect any more.
func creditState(p *page.Page, c space.Credit) string {
	if c.State == credit.Recorded && !c.InForce(p.Now) {
		return "over"
	}
	return string(c.State)
}

func creditTone(p *page.Page, c space.Credit) page.Tone {
	switch {
	case c.InForce(p.Now):
		return page.Danger
	case c.State == credit.Proposed || c.State == credit.Objected:
		return page.Warn
	}
	return page.Plain
}

func creditPath(p *page.Page, c space.Credit) (out []page.Moment) {
	for _, a := range c.Said {
		out = append(out, page.Moment{Title: p.T("credit.act." + a.Kind), At: p.When(a.At), Detail: a.Words, State: page.Done})
	}
	return out
}

// pleas are what a person may ask for now.
func pleas(p *page.Page, c space.Credit) (out []string) {
	for _, act := range c.State.Next() {
		switch credit.State(act) {
		case credit.Objected:
			out = append(out, act)
		case credit.Appeal:
			if c.InForce(p.Now) {
				out = append(out, act)
			}
		case credit.Repair:
			if c.InForce(p.Now) && !p.Now.Before(c.From.AddDate(0, c.Row.RepairMonths, 0)) {
				out = append(out, act)
			}
		}
	}
	slices.Sort(out)
	return out
}

// plead sends what a person says of an event to the organ.
func (s *Surface) plead(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err == nil {
		err = sameSpace(in, me(r))
	}
	if err != nil {
		return err
	}
	id, act, words := r.PathValue("id"), in.Text("act"), in.Long("words")
	sub, err := submitOf(r, in, "POST /me/credit/{id}", id, act, words)
	if err != nil {
		return err
	}
	err = s.Trust.Plead(r.Context(), trust.Plea{Submit: sub, Me: me(r), Event: id, Act: act, Words: words})
	if fault.Is(err, fault.Invalid) {
		v, failed := s.creditView(r, id, in, err)
		if failed != nil {
			return failed
		}
		return page.Show(w, r, http.StatusUnprocessableEntity, spaceCreditPage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/me/credit?sent=1")
}
