package approver

import (
	"net/http"

	"github.com/a-h/templ"

	"yimen/domain/notice"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/inform"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/workbench"
	"yimen/web/page"
)

// talk is the messages of a case and what is being written.
type talk struct {
	List []casepage.Message
	In   *page.Input
	Err  error
}

// talkOf reads a case's messages and notes that the organ has seen them. The look has been noted.
func (s *Surface) talkOf(r *http.Request, id ref.CaseID) (talk, error) {
	list, err := s.Cases.Messages(r.Context(), id)
	if err != nil {
		return talk{}, err
	}
	return talk{List: list}, s.Post.Seen(r.Context(), id, notice.FromOrgan)
}

// say answers the applicant.
func (s *Surface) say(w http.ResponseWriter, r *http.Request) error {
	c, err := s.caseOf(r, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	key, err := in.Key()
	if err != nil {
		return err
	}
	m := inform.Saying{Case: c.ID, Body: in.Long("body"), By: officer(r)}
	m.Submit = once.Submit{Actor: "staff:" + string(m.By.ID), Route: "POST /approver/case/{id}/say", Key: key, At: page.Of(r).Now, Hash: once.Hash(string(c.ID), m.Body)}
	_, wrong := s.Post.Say(r.Context(), m)
	if wrong == nil {
		return page.Redirect(w, r, casePath(c.ID)+"#messages")
	}
	if !fault.Is(wrong, fault.Invalid) {
		return wrong
	}
	v, err := s.caseAfter(r, c.ID)
	if err != nil {
		return err
	}
	v.Talk.In, v.Talk.Err = in, wrong
	return page.Show(w, r, http.StatusUnprocessableEntity, caseAfter(page.Of(r), v))
}

func (t talk) fields(p *page.Page) []page.Field {
	return page.Refill(p, []page.Field{{Name: "body", Label: p.T("notice.say.body"), Hint: p.T("notice.say.hint"), Kind: page.LongText, Rows: 4, Full: true}}, t.In, t.Err)
}

// moments are the messages, oldest first.
func (t talk) moments(p *page.Page) (out []page.Moment) {
	for _, m := range t.List {
		x := page.Moment{Title: m.Organ, Who: m.By, At: p.When(m.Made), Detail: m.Text, State: page.Done}
		if m.Side == notice.FromParty {
			x.Title, x.Who = p.T("notice.say.party"), ""
		}
		switch {
		case m.Side == notice.FromParty && m.Answered.IsZero():
			x.State, x.Part = page.Now, page.Tag(page.Warn, p.T("notice.say.open"))
		case m.Side == notice.FromOrgan && m.Read.IsZero():
			x.Part = page.Words(p.T("notice.say.unread"))
		case m.Side == notice.FromOrgan:
			x.Part = page.Words(p.T("notice.say.read", "at", p.When(m.Read)))
		}
		out = append(out, x)
	}
	return out
}

// messages lists what waits for an answer of the officer's organs.
func (s *Surface) messages(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	organs, err := inform.Organs(r.Context(), s.DB, p.Now, officer(r))
	if err != nil {
		return err
	}
	rows, next, err := s.Work.Questions(r.Context(), organs, workbench.Key(page.Query(r).Text("after")))
	if err != nil {
		return err
	}
	t := questions(p, rows)
	t.Next, t.First = page.NextPage(p, string(next)), page.FirstPage(p)
	return page.Show(w, r, http.StatusOK, messagesPage(p, t))
}

func questions(p *page.Page, rows []workbench.Question) page.Table {
	t := page.Table{ID: "questions", Caption: p.T("notice.list.title"), Live: true, Topic: streamName,
		Empty: page.Nothing{Title: p.T("notice.list.none"), Text: p.T("notice.list.none.text")},
		Columns: []page.Column{{Text: p.T("notice.list.number"), Main: true}, {Text: p.T("notice.list.item")}, {Text: p.T("notice.list.party")},
			{Text: p.T("notice.list.organ")}, {Text: p.T("notice.list.since")}}}
	for _, q := range rows {
		link := page.Link{Text: q.Number.Format(), Href: casePath(q.Case) + "#messages"}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(link), page.Words(q.Item), page.Words(q.Party), page.Words(q.Organ), page.Words(p.When(q.Made))}})
	}
	return t
}
