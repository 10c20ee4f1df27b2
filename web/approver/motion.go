package approver

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/workbench"
	"yimen/web/page"
)

// motionForm is what is asked of the organ's head, on its way.
type motionForm struct {
	*caseView
	Kind string
	In   *page.Input
	Err  error
}

func (s *Surface) askMotion(w http.ResponseWriter, r *http.Request) error {
	v, err := s.motionForm(r)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, motionPage(page.Of(r), v))
}

func (s *Surface) motionForm(r *http.Request) (*motionForm, error) {
	kind := page.Query(r).Text("kind")
	if page.Query(r).Text("kind") == "" {
		kind = approval.Pause
	}
	c, err := s.caseOf(r, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	v, err := s.caseView(r, c.ID, disclose.ForDecision)
	return &motionForm{caseView: v, Kind: kind}, err
}

func (s *Surface) move(w http.ResponseWriter, r *http.Request) error {
	v, err := s.motionForm(r)
	if err != nil {
		return err
	}
	if v.In, err = page.Read(r); err != nil {
		return err
	}
	key, err := v.In.Key()
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(v.In.Text("n")) // what is no number is refused as too small
	q := review.Motion{By: officer(r), Case: v.Case.ID, Item: v.Item.ID, Kind: v.Kind, Special: v.In.Text("special"), N: n, Reason: v.In.Long("reason"), Points: v.In.Long("points")}
	q.Submit = once.Submit{Actor: "staff:" + string(q.By.ID), Route: "POST /approver/case/{id}/motion", Key: key, At: page.Of(r).Now, Hash: q.Digest()}
	if _, err = s.Board.Move(r.Context(), q); err == nil {
		return page.Redirect(w, r, casePath(v.Case.ID))
	}
	if !again(err) {
		return err
	}
	v.Err = err
	return page.Show(w, r, page.Status(err), motionPage(page.Of(r), v))
}

func (v *motionForm) fields(p *page.Page) (out []page.Field) {
	switch v.Kind {
	case approval.Pause:
		f := page.Field{Name: "special", Label: p.T("motion.special"), Kind: page.Radio, Full: true}
		for _, x := range v.Doc.Special {
			if review.Pauses(v.Doc, x) {
				f.Options = append(f.Options, page.Option{Value: x.Kind, Text: p.T("motion.special.one", "name", x.Name, "most", p.T("span."+x.Time.Unit, "n", x.Time.N))})
			}
		}
		out = append(out, f, page.Field{Name: "n", Label: p.T("motion.expected"), Kind: page.Number, Short: true})
	case approval.Extend:
		most := review.Extension(v.Doc)
		out = append(out, page.Field{Name: "n", Label: p.T("motion.more"), Hint: p.T("motion.more.hint", "most", p.T("span."+most.Unit, "n", most.N)), Kind: page.Number, Short: true})
	case approval.Ask:
		out = append(out, page.Field{Name: "points", Label: p.T("motion.points"), Hint: p.T("motion.points.hint"), Kind: page.LongText, Rows: 5, Full: true})
	}
	out = append(out, page.Field{Name: "reason", Label: p.T("motion.reason"), Hint: p.T("motion.reason.hint." + v.Kind), Kind: page.LongText, Rows: 4, Full: true})
	return page.Refill(p, out, v.In, v.Err)
}

// asks are the motions that the case allows now.
func (v *caseView) asks(p *page.Page) (out []page.Act) {
	if v.Item.Stage != casefile.Accepted {
		return nil
	}
	add := func(kind string) {
		out = append(out, page.Act{Text: p.T("motion." + kind), Href: casePath(v.Case.ID) + "/motion?kind=" + kind})
	}
	pauses := false
	for _, x := range v.Doc.Special {
		pauses = pauses || review.Pauses(v.Doc, x)
	}
	if pauses && v.Life.Paused().IsZero() {
		add(approval.Pause)
	}
	if len(v.Life.Extensions) == 0 && review.Extension(v.Doc).N > 0 {
		add(approval.Extend)
	}
	add(approval.Ask)
	return out
}

func (s *Surface) endPause(w http.ResponseWriter, r *http.Request) error {
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
	q := review.Resumption{By: officer(r), Case: c.ID, Item: ref.CaseItemID(in.Text("item"))}
	q.Submit = once.Submit{Actor: "staff:" + string(q.By.ID), Route: "POST /approver/case/{id}/resume", Key: key, At: page.Of(r).Now, Hash: once.Hash(string(c.ID), string(q.Item))}
	if err := s.Board.EndPause(r.Context(), q); err != nil {
		return err
	}
	return page.Redirect(w, r, casePath(c.ID))
}

// motions lists what waits for the officer as an organ's head, and what the officer asked for.
func (s *Surface) motions(w http.ResponseWriter, r *http.Request) error {
	organs, err := delegation.Organs(r.Context(), s.DB, page.Of(r).Now, officer(r).ID, delegation.Head)
	if err != nil {
		return err
	}
	rows, next, err := s.Work.Motions(r.Context(), officer(r).ID, organs, workbench.Key(page.Query(r).Text("after")))
	if err != nil {
		return err
	}
	p := page.Of(r)
	t := page.Table{ID: "motions", Caption: p.T("motion.list"), Live: true, Empty: page.Nothing{Title: p.T("motion.none"), Text: p.T("motion.none.text")},
		Columns: []page.Column{{Text: p.T("motion.what"), Main: true}, {Text: p.T("motion.item")}, {Text: p.T("motion.number")}, {Text: p.T("motion.by")}, {Text: p.T("motion.made")}}}
	for _, x := range rows {
		t.Lines = append(t.Lines, motionLine(p, x))
	}
	t.Next, t.First = page.NextPage(p, string(next)), page.FirstPage(p)
	return page.Show(w, r, http.StatusOK, motionsPage(p, t))
}

func motionLine(p *page.Page, x workbench.Motion) page.Line {
	return page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: p.T("motion." + x.Kind), Href: "/approver/motion/" + x.ID}), page.Words(x.Item),
		numberCell(x.Number), page.Words(x.By), page.Words(p.When(x.Made))}}
}

// motionOf reads a motion with its case, for who made it and for who may answer it; others are told nothing of it.
func (s *Surface) motionOf(r *http.Request) (*ruleForm, error) {
	m, err := approval.GetMotion(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	who := officer(r)
	err = delegation.Permit(r.Context(), s.DB, page.Of(r).Now, who.ID, delegation.Head, m.Organ, m.Item)
	if err != nil && !fault.Is(err, fault.Denied) {
		return nil, err
	}
	if err != nil && m.By != who.ID {
		return nil, notThere()
	}
	v, err := s.caseView(r, m.Case, disclose.ForDecision)
	if err != nil {
		return nil, err
	}
	out := &ruleForm{caseView: v, Viewer: who}
	for _, x := range v.Motions {
		if x.ID == m.ID {
			out.Motion = x
		}
	}
	return out, nil
}

// ruleForm is a motion with the head's answer on its way.
type ruleForm struct {
	*caseView
	Motion casepage.Motion
	Viewer org.Staff
	In     *page.Input
	Err    error
}

func (v *ruleForm) own() bool { return v.Motion.By == v.Viewer.ID }

func (s *Surface) showMotion(w http.ResponseWriter, r *http.Request) error {
	v, err := s.motionOf(r)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, rulePage(page.Of(r), v))
}

func (s *Surface) rule(w http.ResponseWriter, r *http.Request) error {
	v, err := s.motionOf(r)
	if err != nil {
		return err
	}
	if v.In, err = page.Read(r); err != nil {
		return err
	}
	key, err := v.In.Key()
	if err != nil {
		return err
	}
	q := review.Ruling{By: officer(r), Motion: v.Motion.ID, Do: v.In.Text("do"), Note: v.In.Long("note")}
	q.Submit = once.Submit{Actor: "staff:" + string(q.By.ID), Route: "POST /approver/motion/{id}", Key: key, At: page.Of(r).Now, Hash: q.Digest()}
	if err = s.Board.Rule(r.Context(), q); err == nil {
		return page.Redirect(w, r, "/approver/motion/"+v.Motion.ID)
	}
	if !again(err) {
		return err
	}
	v.Err = err
	return page.Show(w, r, page.Status(err), rulePage(page.Of(r), v))
}

func (v *ruleForm) fields(p *page.Page) []page.Field {
	if v.own() {
		return nil
	}
	return page.Refill(p, []page.Field{{Name: "note", Label: p.T("motion.note"), Hint: p.T("motion.note.hint"), Kind: page.LongText, Rows: 3, Optional: true, Full: true}}, v.In, v.Err)
}

func (v *ruleForm) acts(p *page.Page) []page.Act {
	if v.own() {
		return []page.Act{{Text: p.T("motion.withdraw"), Name: "do", Value: review.Withdraw, Look: page.Second}}
	}
	return []page.Act{{Text: p.T("motion.approve"), Name: "do", Value: review.Confirm, Look: page.Main, Key: "Ctrl+Enter"},
		{Text: p.T("motion.reject"), Name: "do", Value: review.Reject, Look: page.Second}}
}

// motionRows say what was asked for, by whom, and what became of it.
func motionRows(p *page.Page, m casepage.Motion, v *caseView) []page.Row {
	rows := []page.Row{{Label: p.T("motion.what"), Value: p.T("motion." + m.Kind)}, {Label: p.T("motion.by"), Value: m.ByName}, {Label: p.T("motion.made"), Value: p.When(m.Made)}}
	if m.Special != "" {
		rows = append(rows, page.Row{Label: p.T("motion.special"), Value: specialName(p, v, m.Special)})
	}
	if m.N > 0 {
		rows = append(rows, page.Row{Label: p.T("motion.length"), Value: p.T("span."+m.Unit, "n", m.N)})
	}
	if len(m.Words.Points) > 0 {
		rows = append(rows, page.Row{Label: p.T("motion.points"), Value: strings.Join(m.Words.Points, p.T("approver.list_mark"))})
	}
	rows = append(rows, page.Row{Label: p.T("motion.reason"), Value: m.Words.Reason}, page.Row{Label: p.T("motion.state"), Part: page.Tag(motionTones[m.State], p.T("motion.state."+m.State))})
	if m.State != approval.Open && m.Head != "" {
		rows = append(rows, page.Row{Label: p.T("motion.head"), Value: m.Head, Note: m.Answered})
	}
	return rows
}

var motionTones = map[string]page.Tone{approval.Open: page.Warn, approval.Approved: page.Good, approval.Rejected: page.Danger}

func specialName(p *page.Page, v *caseView, kind string) string {
	for _, x := range v.Doc.Special {
		if x.Kind == kind {
			return x.Name
		}
	}
	return p.T("letter.special.kind." + kind)
}

func (s *Surface) showClock(w http.ResponseWriter, r *http.Request) error {
	seen, proofs, err := s.proofs(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	return page.Show(w, r, http.StatusOK, page.DeskProof(p, page.ProofPaper(p, seen, proofs), page.Link{Text: p.T("approver.case.title"), Href: casePath(seen.Case.ID)}))
}

func (s *Surface) printClock(w http.ResponseWriter, r *http.Request) error {
	seen, proofs, err := s.proofs(r)
	if err != nil {
		return err
	}
	return page.ServeProof(w, r, seen, proofs)
}

func (s *Surface) proofs(r *http.Request) (*casepage.Page, []casepage.Proof, error) {
	c, err := s.caseOf(r, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return nil, nil, err
	}
	return s.Cases.Proofs(r.Context(), c.ID)
}
