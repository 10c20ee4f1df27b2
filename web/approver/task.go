package approver

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"yimen/domain/approval"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/workbench"
	"yimen/web/page"
)

// taskView is one task with everything its decision rests on.
type taskView struct {
	caseView
	Task  casepage.Task
	Left  timeLeft
	Why   workbench.Why // it came to this officer
	Mates []org.Staff   // who may be the second officer
	Done  page.Notify   // what was done just before
	In    *page.Input
	Err   error

	Viewer   org.Staff
	Organs   []org.Organ      // who may be competent instead
	Proposal *review.Proposal // what the item's table says to the findings typed; nil: not asked
	Changed  bool             // it says something else than what was decided upon

	Stale bool      // who holds it has held it so long that it may be taken over
	Until time.Time // until when not
	Undo  error     // why it cannot be taken back; nil: it can
}

func (s *Surface) showTask(w http.ResponseWriter, r *http.Request) error {
	v, err := s.taskView(r)
	if err != nil {
		return err
	}
	if v.Done, err = s.said(r); err != nil {
		return err
	}
	if v.Done.Title == "" {
		v.Done = cameBack(page.Of(r), page.Query(r).Text("back"))
	}
	return page.Show(w, r, http.StatusOK, taskPage(page.Of(r), v))
}

func (s *Surface) taskView(r *http.Request) (*taskView, error) {
	return s.taskViewOf(r, ref.TaskID(r.PathValue("id")))
}

func (s *Surface) taskViewOf(r *http.Request, id ref.TaskID) (*taskView, error) {
	t, err := s.taskOf(r, id)
	if err != nil {
		return nil, err
	}
	whole, err := s.caseView(r, t.Case, disclose.ForDecision)
	if err != nil {
		return nil, err
	}
	p, seen := page.Of(r), whole.Page
	v := &taskView{caseView: *whole, Left: s.left(p, t.Made, t.Due), Viewer: officer(r)}
	i := slices.IndexFunc(seen.Tasks, func(x casepage.Task) bool { return x.ID == t.ID })
	if i < 0 {
		return nil, notThere()
	}
	v.Task = seen.Tasks[i]
	if t.Kind == approval.Accept {
		if v.Organs, err = s.others(r, seen.Item.Organ); err != nil {
			return nil, err
		}
	}
	v.Stale, v.Until = s.Board.Stale(t), s.Board.HeldUntil(t)
	v.Undo = s.Board.MayUndo(r.Context(), v.Case.Party, t, v.Viewer)
	if v.Why, err = s.Work.Why(r.Context(), v.Viewer, review.Grants, t); err != nil || v.Task.Step.Officers < 2 {
		return v, err
	}
	mates, err := org.Colleagues(r.Context(), s.DB, t.Organ)
	v.Mates = slices.DeleteFunc(mates, func(m org.Staff) bool { return m.ID == officer(r).ID || !seen.MayBeSecond(t, m.ID) })
	return v, err
}

// others are the organs beside one, by name.
func (s *Surface) others(r *http.Request, but ref.OrganID) ([]org.Organ, error) {
	all, err := org.Organs(r.Context(), s.DB)
	delete(all, but)
	return slices.SortedFunc(maps.Values(all), func(a, b org.Organ) int { return strings.Compare(a.Name, b.Name) }), err
}

// decide completes the task and goes on to the next one.
func (s *Surface) decide(w http.ResponseWriter, r *http.Request) error {
	t, err := s.taskOf(r, ref.TaskID(r.PathValue("id")))
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	d, err := decision(r, t, in)
	if err != nil {
		return err
	}
	proposal, more, err := s.consult(r, t, in)
	if !more && err == nil {
		if err = s.Board.Decide(r.Context(), d); err == nil {
			s.Hub.Send(topic(t.Organ), "changed")
			return s.leave(w, r, t.ID)
		}
	}
	if err != nil && !again(err) {
		return err
	}
	v, failed := s.taskView(r)
	if failed != nil {
		return failed
	}
	v.In, v.Err, v.Proposal, v.Changed = in, err, proposal, more && in.Text("do") != "propose"
	if err == nil {
		return page.Show(w, r, http.StatusOK, taskPage(page.Of(r), v))
	}
	return page.Show(w, r, page.Status(err), taskPage(page.Of(r), v))
}

func decision(r *http.Request, t approval.Task, in *page.Input) (review.Decision, error) {
	key, err := in.Key()
	d := review.Decision{By: officer(r), Task: t.ID, Outcome: in.Text("outcome"), Note: in.Long("note"), RuleRow: in.Text("rule_row"), Second: ref.StaffID(in.Text("second")),
		Reason: in.Long("reason"), Findings: in.Under("finding."), Ground: in.Text("ground"), Right: ref.OrganID(in.Text("right"))}
	d.Submit = once.Submit{Actor: "staff:" + string(d.By.ID), Route: "POST /approver/task/{id}", Key: key, At: page.Of(r).Now, Hash: d.Digest()}
	return d, err
}

// leave goes to the next task, or to the empty inbox, and says there what was done here.
func (s *Surface) leave(w http.ResponseWriter, r *http.Request, done ref.TaskID) error {
	to, err := s.next(r, done)
	if err != nil {
		return err
	}
	if to == "" {
		return page.Redirect(w, r, "/approver?done="+string(done))
	}
	return page.Redirect(w, r, taskPath(to)+"?done="+string(done))
}

func (v *taskView) open() bool { return v.Task.State == approval.Open }

func (v *taskView) deciding() bool { return v.Task.Kind == approval.Decide }

func (v *taskView) name(p *page.Page) string { return taskName(p, v.Task.Kind, v.Task.Step.Name) }

func (v *taskView) head(p *page.Page) page.Head {
	h := page.Head{Title: p.T("approver.task.of", "task", v.name(p), "item", v.Doc.Name), Back: page.Link{Text: p.T("approver.inbox.title"), Href: "/approver"}}
	if v.open() {
		h.Problems = page.Problems(p, v.fields(p), v.Err)
	}
	return h
}

// fields are the form's questions: for a decision the rule's rows come first, since they bound the outcome.
func (v *taskView) fields(p *page.Page) []page.Field {
	switch {
	case v.waiting():
		return v.rejecting(p)
	case v.tabled() && v.asked():
		return slices.Concat(v.findings(p), v.verdict(p), v.departing(p))
	case v.tabled():
		return v.findings(p)
	}
	var out []page.Field
	if v.deciding() {
		out = append(out, page.Field{Name: "rule_row", Label: p.T("approver.rule_row"), Kind: page.Radio, Options: v.rows(p), Full: true})
	}
	out = append(append(out, v.choice(p)), v.groundFields(p)...)
	return page.Refill(p, append(append(out, v.note(p)), v.secondField(p)...), v.In, v.Err)
}

func (v *taskView) choice(p *page.Page) page.Field {
	f := page.Field{Name: "outcome", Label: p.T("approver.outcome." + v.Task.Kind), Kind: page.Radio, Full: true}
	for _, o := range review.Outcomes(v.Task.Task) {
		f.Options = append(f.Options, page.Option{Value: o, Text: outcome(p, o)})
	}
	return f
}

// groundFields ask why it is not accepted, and which organ is competent instead.
func (v *taskView) groundFields(p *page.Page) []page.Field {
	if v.Task.Kind != approval.Accept {
		return nil
	}
	ground := page.Field{Name: "ground", Label: p.T("approver.ground"), Hint: p.T("approver.ground.hint"), Kind: page.Select, Optional: true}
	for _, g := range review.Grounds {
		ground.Options = append(ground.Options, page.Option{Value: g, Text: p.T("approver.ground." + g)})
	}
	right := page.Field{Name: "right", Label: p.T("approver.right"), Hint: p.T("approver.right.hint"), Kind: page.Select, Optional: true}
	for _, o := range v.Organs {
		right.Options = append(right.Options, page.Option{Value: string(o.ID), Text: o.Name})
	}
	return []page.Field{ground, right}
}

func (v *taskView) note(p *page.Page) page.Field {
	return page.Field{Name: "note", Label: p.T("approver.note." + v.Task.Kind), Hint: p.T("approver.note." + v.Task.Kind + ".hint"), Kind: page.LongText, Rows: 5, Optional: true}
}

// secondField asks for the second officer, where the step needs one.
func (v *taskView) secondField(p *page.Page) []page.Field {
	if v.Task.Step.Officers < 2 {
		return nil
	}
	second := page.Field{Name: "second", Label: p.T("approver.second"), Hint: p.T("approver.second.hint"), Kind: page.Select}
	for _, m := range v.Mates {
		second.Options = append(second.Options, page.Option{Value: string(m.ID), Text: p.T("approver.second.one", "name", m.Name, "post", m.Post)})
	}
	return []page.Field{second}
}

// acts are what may be done with the form of a table: ask the rule, and once it has answered, decide.
func (v *taskView) acts(p *page.Page) []page.Act {
	ask := page.Act{Text: p.T("departure.ask"), Name: "do", Value: "propose", To: taskPath(v.Task.ID) + "#proposal", Look: page.Main, Key: "Ctrl+Enter"}
	later := page.Act{Text: p.T("approver.later"), Href: "/approver/next?from=" + string(v.Task.ID), Look: page.Quiet, Key: "N"}
	if v.Proposal == nil {
		return []page.Act{ask, later}
	}
	ask.Look, ask.Key, ask.Text = page.Second, "", p.T("departure.ask.again")
	return []page.Act{{Text: p.T("approver.send.decide"), Name: "do", Value: "decide", Look: page.Main, Key: "Ctrl+Enter"}, ask, later}
}

// rows are the rule's rows to choose from, each with its outcome, its sentence and its law's words.
func (v *taskView) rows(p *page.Page) (out []page.Option) {
	for _, row := range v.Doc.Rule.Rows {
		out = append(out, page.Option{Value: row.ID, Text: p.T("approver.row", "id", row.ID, "when", row.When),
			Hint: p.T("approver.row.says", "outcome", outcome(p, row.Outcome), "says", row.Says, "law", v.surface.quote(p, row.Basis))})
	}
	return out
}

// mayRefuse says whether the rule knows a refusal, so that the remedy is worth showing.
func (v *taskView) mayRefuse() bool {
	return v.deciding() && slices.ContainsFunc(v.Doc.Rule.Rows, func(x catalog.RuleRow) bool { return x.Outcome == approval.Refuse })
}

// remedy is what the letter of a refusal will say may be done against it.
func (v *taskView) remedy(p *page.Page) string {
	m := v.Doc.Remedy.Against(p.T("letter.government"))
	return p.T("approver.remedy", "body", m.Review, "days", m.ReviewDays, "months", m.CourtMonths, "court", m.Court)
}

// ended says who did the task, when and how; for a task nobody needed to do any more, that.
func (v *taskView) ended(p *page.Page) page.Notify {
	if v.Task.State == approval.Void {
		return page.Notify{Tone: page.Info, Title: p.T("approver.void.title"), Text: p.T("approver.void.text")}
	}
	if v.Task.State == approval.Undone {
		return page.Notify{Tone: page.Info, Title: p.T("inbox.undone.title"), Text: p.T("inbox.undone.text")}
	}
	if v.Task.ByDefault {
		return v.byDefault(p)
	}
	n := page.Notify{Tone: page.Info, Title: p.T("approver.ended.title", "name", inStead(p, v.Task.By, v.Task.ForName), "at", p.When(v.Task.DoneAt), "outcome", outcome(p, v.Task.Outcome)), Text: v.Task.Note}
	if fault.Is(v.Err, fault.Conflict) {
		n.Tone, n.Alert, n.Text = page.Warn, true, p.T("approver.ended.faster")
	}
	return n
}

// typed is what was written when a colleague was faster; it is shown so that it can be copied.
func (v *taskView) typed() string {
	if v.In == nil {
		return ""
	}
	words := []string{v.In.Long("note"), v.In.Long("reason"), v.In.Long("answer")}
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), "\n")
}

// others are the organs' other tasks: who has answered what, and who has not.
func (v *taskView) others(p *page.Page) (out []page.Moment) {
	for _, t := range v.Tasks {
		if t.ID != v.Task.ID {
			out = append(out, v.moment(p, t))
		}
	}
	return out
}

func (v *taskView) times(p *page.Page) []page.Row {
	rows := []page.Row{{Label: p.T("approver.time.received"), Value: p.When(v.Case.ReceivedAt)}}
	if !v.Case.AcceptedAt.IsZero() {
		rows = append(rows, page.Row{Label: p.T("approver.time.accepted"), Value: p.When(v.Case.AcceptedAt)})
	}
	whole := v.surface.left(p, v.Case.ReceivedAt, v.Clock.Due)
	whole.until = p.T("approver.until", "day", p.Date(calendar.DateOf(v.Clock.Due)))
	if v.Clock.Provisional {
		whole.until += p.T("approver.provisional", "year", v.Clock.MissingYear)
	}
	label := "approver.time.case"
	if v.Case.AcceptedAt.IsZero() {
		label = "approver.time.accepting"
	}
	rows = append(rows, page.Row{Label: p.T(label), Part: leftCell(whole)})
	if v.open() {
		rows = append(rows, page.Row{Label: p.T("approver.time.task"), Part: leftCell(v.Left)})
	}
	return rows
}

// ruleRows are the rule's rows to read, for who does not decide.
func (v *taskView) ruleRows(p *page.Page) (out []page.Row) {
	for _, row := range v.Doc.Rule.Rows {
		out = append(out, page.Row{Label: p.T("approver.row.label", "id", row.ID, "outcome", outcome(p, row.Outcome)), Value: row.When, Note: v.surface.quote(p, row.Basis)})
	}
	return out
}
