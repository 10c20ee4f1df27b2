package approver

import (
	"errors"
	"net/http"
	"slices"

	"yimen/domain/approval"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

// bulkView is many like cases on one page, before and after they are decided.
type bulkView struct {
	taskView // the first of them, for the questions they share
	Cases    []bulkCase
	Wrong    error         // why they cannot be done together
	Results  []review.Done // set: they were done
}

// bulkCase is one of them.
type bulkCase struct {
	*caseView
	Task     casepage.Task
	Left     timeLeft
	Proposal *review.Proposal // nil: the item has no table, or it was not asked
}

func (s *Surface) showBulk(w http.ResponseWriter, r *http.Request) error {
	ids := chosen(page.Query(r))
	if len(ids) == 0 {
		return page.Redirect(w, r, "/approver?tick=1")
	}
	v, err := s.bulkView(r, ids)
	if err != nil {
		return err
	}
	return page.Show(w, r, status(v.Wrong), bulkPage(page.Of(r), v))
}

func status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return page.Status(err)
}

func chosen(in *page.Input) (out []ref.TaskID) {
	for _, id := range in.All("task") {
		if !slices.Contains(out, ref.TaskID(id)) {
			out = append(out, ref.TaskID(id))
		}
	}
	return out
}

// bulkView reads the cases, and notes that each was looked at.
func (s *Surface) bulkView(r *http.Request, ids []ref.TaskID) (*bulkView, error) {
	v := &bulkView{}
	for _, id := range ids[:min(len(ids), review.MostAlike)] {
		t, err := s.taskOf(r, id)
		if err != nil {
			return nil, err
		}
		whole, err := s.caseView(r, t.Case, disclose.ForDecision)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(whole.Tasks, func(x casepage.Task) bool { return x.ID == id })
		if i < 0 {
			return nil, notThere()
		}
		v.Cases = append(v.Cases, bulkCase{whole, whole.Tasks[i], s.left(page.Of(r), t.Made, t.Due), nil})
	}
	first, err := s.taskViewOf(r, v.Cases[0].Task.ID)
	if err != nil {
		return nil, err
	}
	v.taskView = *first
	_, v.Wrong = s.Board.Alike(r.Context(), ids)
	if v.Wrong != nil && !again(v.Wrong) {
		return nil, v.Wrong
	}
	return v, nil
}

// bulk shows what the rule proposes for each, or decides them all.
func (s *Surface) bulk(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	ids := chosen(in)
	if len(ids) == 0 {
		return fault.Bad(fault.Field{Name: "task", Key: "inbox.bulk.number", Args: []any{"max", review.MostAlike}})
	}
	v, err := s.bulkView(r, ids)
	if err != nil {
		return err
	}
	v.In = in
	if v.Wrong == nil {
		if err := s.bulkDo(r, v, in, ids); err != nil && !again(err) {
			return err
		} else if err != nil {
			v.Err = err
		}
	}
	return page.Show(w, r, status(errors.Join(v.Wrong, v.Err)), bulkPage(page.Of(r), v))
}

// bulkDo asks the rule for each case, and unless that was all that was wanted decides them.
func (s *Surface) bulkDo(r *http.Request, v *bulkView, in *page.Input, ids []ref.TaskID) error {
	if v.tabled() {
		for i := range v.Cases {
			if v.Cases[i].Task.State != approval.Open {
				continue
			}
			p, err := s.Board.Propose(r.Context(), v.Cases[i].Task.ID, in.Under("finding."))
			if err != nil {
				return err
			}
			v.Cases[i].Proposal = &p
			if v.Proposal == nil || v.Proposal.Gap {
				v.Proposal = &p
			}
		}
		if in.Text("do") == "propose" {
			return nil
		}
	}
	d, err := decision(r, v.Task.Task, in)
	if err != nil {
		return err
	}
	d.Submit.Route, d.Reason = "POST /approver/bulk", ""
	done, err := s.Board.DecideAlike(r.Context(), d, ids)
	if err != nil {
		return err
	}
	s.Hub.Send(topic(v.Task.Organ), "changed")
	if !slices.ContainsFunc(done, func(x review.Done) bool { return !fault.Is(x.Err, fault.Invalid) }) {
		return done[0].Err // a field they share is wrong: nothing was done
	}
	v.Results = done
	return nil
}

func (v *bulkView) head(p *page.Page) page.Head {
	h := page.Head{Title: p.T("inbox.bulk.of", "n", len(v.Cases), "task", v.name(p)), Lead: v.Doc.Name, Back: page.Link{Text: p.T("approver.inbox.title"), Href: "/approver"}}
	switch {
	case v.Wrong != nil:
		h.Problems = page.Problems(p, nil, v.Wrong)
	case v.Results == nil:
		h.Problems = page.Problems(p, v.shared(p), v.Err)
	}
	return h
}

// shared are the questions that are answered once for all.
func (v *bulkView) shared(p *page.Page) []page.Field {
	switch {
	case v.tabled() && v.asked():
		return append(v.findings(p), v.verdict(p)...)
	case v.tabled():
		return v.findings(p)
	}
	return v.fields(p)
}

// acts are what may be done with them: ask the rule first where there is one, then decide.
func (v *bulkView) acts(p *page.Page) []page.Act {
	decide := page.Act{Text: p.T("inbox.bulk.send", "n", len(v.Cases)), Name: "do", Value: "decide", Look: page.Main, Key: "Ctrl+Enter"}
	ask := page.Act{Text: p.T("inbox.bulk.ask"), Name: "do", Value: "propose", Look: page.Main, Key: "Ctrl+Enter"}
	switch {
	case !v.tabled():
		return []page.Act{decide}
	case v.asked():
		ask.Look, ask.Key, ask.Text = page.Second, "", p.T("departure.ask.again")
		return []page.Act{decide, ask}
	}
	return []page.Act{ask}
}

// essentials are what tells one of the cases from the others.
func (x bulkCase) essentials(p *page.Page) []page.Row {
	rows := []page.Row{{Label: p.T("approver.column.party"), Value: x.Party.Name}, {Label: p.T("approver.party.number"), Value: x.Number},
		{Label: p.T("approver.column.left"), Part: leftCell(x.Left)}}
	rows = append(rows, answers(p, x.Answers)...)
	for _, m := range x.Materials {
		row := page.Row{Label: m.Spec.Name, Value: notUsed(p, m.Spec)}
		if len(m.Used) > 0 {
			row.Value = usedHow(p, m.Used[0])
		}
		rows = append(rows, row)
	}
	for _, t := range x.Tasks {
		if t.ID != x.Task.ID && t.State == approval.Done {
			rows = append(rows, page.Row{Label: t.OrganName, Value: outcome(p, t.Outcome), Note: t.Note})
		}
	}
	return rows
}

// says is what the rule proposes for a case.
func (x bulkCase) says(p *page.Page) page.Notify {
	v := taskView{caseView: *x.caseView, Task: x.Task, Proposal: x.Proposal}
	return v.says(p)
}

// became says what became of a case, and why not where it failed.
func (v *bulkView) became(p *page.Page, n int) (page.Tone, string) {
	if err := v.Results[n].Err; err != nil {
		return page.Danger, p.T("inbox.bulk.failed", "why", spelt(p, err))
	}
	return page.Good, p.T("inbox.bulk.done")
}

// spelt is an error in words.
func spelt(p *page.Page, err error) string {
	if fields := fault.Fields(err); len(fields) > 0 {
		return p.Said(fields[0])
	}
	e := fault.As(err)
	return p.T(e.Key, e.Args...)
}

func (v *bulkView) tally(p *page.Page) page.Notify {
	failed := 0
	for _, x := range v.Results {
		if x.Err != nil {
			failed++
		}
	}
	n := page.Notify{Tone: page.Good, Title: p.T("inbox.bulk.tally", "done", len(v.Results)-failed, "failed", failed)}
	if failed > 0 {
		n.Tone, n.Text = page.Warn, p.T("inbox.bulk.tally.failed")
	}
	return n
}
