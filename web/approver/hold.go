package approver

import (
	"net/http"
	"slices"

	"yimen/domain/approval"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/workbench"
	"yimen/web/page"
)

// keep changes who holds a task.
func (s *Surface) keep(w http.ResponseWriter, r *http.Request) error {
	t, err := s.taskOf(r, ref.TaskID(r.PathValue("id")))
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	h := review.Holding{By: officer(r), Task: t.ID, Do: in.Text("do"), To: ref.StaffID(in.Text("to")), Ground: in.Text("ground"), Note: in.Long("why")}
	if h.Submit, err = submit(r, in, "POST /approver/task/{id}/hold", h.Digest()); err != nil {
		return err
	}
	switch err = s.Board.Keep(r.Context(), h); {
	case err == nil && h.Do == review.Claim:
		return page.Redirect(w, r, taskPath(t.ID))
	case err == nil:
		return page.Redirect(w, r, "/approver?gave="+h.Do)
	case !again(err):
		return err
	case h.Do == review.HandTo || h.Do == review.Recuse:
		return s.handPage(w, r, t, in, named(err, "note", "why"))
	}
	v, failed := s.taskView(r)
	if failed != nil {
		return failed
	}
	v.In, v.Err = in, named(err, "note", "why")
	return page.Show(w, r, page.Status(err), taskPage(page.Of(r), v))
}

// submit is a form's one intent.
func submit(r *http.Request, in *page.Input, route, digest string) (once.Submit, error) {
	key, err := in.Key()
	return once.Submit{Actor: "staff:" + string(officer(r).ID), Route: route, Key: key, At: page.Of(r).Now, Hash: digest}, err
}

// handView is the page on which a task is given to a colleague.
type handView struct {
	Task   approval.Task
	Step   string
	Recuse bool
	Mates  []org.Staff // who could do it
	In     *page.Input
	Err    error
}

func (s *Surface) showHand(w http.ResponseWriter, r *http.Request) error {
	t, err := s.taskOf(r, ref.TaskID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if t.State != approval.Open {
		return page.Redirect(w, r, taskPath(t.ID))
	}
	return s.handPage(w, r, t, nil, nil)
}

func (s *Surface) handPage(w http.ResponseWriter, r *http.Request, t approval.Task, in *page.Input, wrong error) error {
	v := handView{Task: t, In: in, Err: wrong, Recuse: page.Query(r).Text("do") == review.Recuse || in != nil && in.Text("do") == review.Recuse}
	mates, err := s.able(r, t)
	if err != nil {
		return err
	}
	v.Mates = mates
	status := http.StatusOK
	if wrong != nil {
		status = page.Status(wrong)
	}
	return page.Show(w, r, status, handPage(page.Of(r), v))
}

// able are the colleagues whose grants open a task and whom nothing in the case keeps from it.
func (s *Surface) able(r *http.Request, t approval.Task) (out []org.Staff, err error) {
	tasks, err := approval.ByItem(r.Context(), s.DB, t.CaseItem)
	if err != nil {
		return nil, err
	}
	mates, err := org.Colleagues(r.Context(), s.DB, t.Organ)
	if err != nil {
		return nil, err
	}
	for _, m := range mates {
		may, err := s.Work.Mine(r.Context(), m, review.Grants, t.ID)
		if err != nil {
			return nil, err
		}
		if may && m.ID != officer(r).ID && approval.Apart(t, tasks, m.ID) {
			out = append(out, m)
		}
	}
	return out, nil
}

func (v handView) do() string {
	if v.Recuse {
		return review.Recuse
	}
	return review.HandTo
}

func (v handView) head(p *page.Page) page.Head {
	return page.Head{Title: p.T("inbox." + v.do() + ".title"), Lead: p.T("inbox." + v.do() + ".lead"), Problems: page.Problems(p, v.fields(p), v.Err),
		Back: page.Link{Text: taskName(p, v.Task.Kind, v.Task.Name), Href: taskPath(v.Task.ID)}}
}

func (v handView) fields(p *page.Page) (out []page.Field) {
	if v.Recuse {
		ground := page.Field{Name: "ground", Label: p.T("inbox.ground"), Kind: page.Radio, Full: true}
		for _, g := range approval.Grounds {
			ground.Options = append(ground.Options, page.Option{Value: g, Text: p.T("inbox.ground." + g)})
		}
		out = append(out, ground)
	}
	to := page.Field{Name: "to", Label: p.T("inbox.to"), Hint: p.T("inbox.to.hint"), Kind: page.Select}
	for _, m := range v.Mates {
		to.Options = append(to.Options, page.Option{Value: string(m.ID), Text: p.T("approver.second.one", "name", m.Name, "post", m.Post)})
	}
	return page.Refill(p, append(out, to, why1(p)), v.In, v.Err)
}

// why1 asks for a reason.
func why1(p *page.Page) page.Field {
	return page.Field{Name: "why", Label: p.T("inbox.why"), Hint: p.T("inbox.why.hint"), Kind: page.LongText, Rows: 3, Full: true}
}

// free says that the viewer may do the task as it is held now: nobody holds it, or they do, or whom they stand in for.
func (v *taskView) free() bool {
	return !v.open() || v.Task.Holder == "" || v.Task.Holder == v.Viewer.ID || v.Why.How == workbench.Stands
}

// over are the fields for taking a task over.
func (v *taskView) over(p *page.Page) []page.Field {
	return page.Refill(p, []page.Field{why1(p)}, v.In, v.Err)
}

// held says who holds the task, in words.
func (v *taskView) held(p *page.Page) []string {
	t := v.Task
	switch {
	case t.Holder == "":
		return []string{p.T("inbox.held.none")}
	case t.Holder != v.Viewer.ID:
		out := []string{p.T("inbox.held.since", "name", t.HolderName, "at", p.When(t.HeldAt))}
		if v.Why.How == workbench.Stands {
			return append(out, p.T("inbox.held.stead"))
		} else if v.Stale {
			return append(out, p.T("inbox.held.stale"))
		}
		return append(out, p.T("inbox.held.until", "at", p.When(v.Until)))
	}
	out := []string{p.T("inbox.held.own", "at", p.When(t.HeldAt), "until", p.When(v.Until))}
	switch {
	case t.GiverName != "":
		out = append(out, p.T("inbox.held.given", "name", t.GiverName, "why", t.HeldWhy))
	case t.HeldWhy != "":
		out = append(out, p.T("inbox.held.taken", "why", t.HeldWhy))
	}
	return out
}

// holds are what may be done with who holds the task.
func (v *taskView) holds(p *page.Page) (out []page.Act) {
	if v.Task.Holder == "" {
		out = append(out, page.Act{Text: p.T("inbox.claim"), Name: "do", Value: review.Claim, Look: page.Second, Key: "L"})
	} else if v.free() {
		out = append(out, page.Act{Text: p.T("inbox.release"), Name: "do", Value: review.Release, Look: page.Quiet})
	}
	if v.free() {
		out = append(out, page.Act{Text: p.T("inbox.hand"), Href: handPath(v.Task.ID, review.HandTo), Look: page.Quiet})
	}
	if v.Task.Holder == "" || v.Task.Holder == v.Viewer.ID {
		out = append(out, page.Act{Text: p.T("inbox.recuse"), Href: handPath(v.Task.ID, review.Recuse), Look: page.Quiet})
	}
	return out
}

func holdPath(id ref.TaskID) string { return taskPath(id) + "/hold" }

func handPath(id ref.TaskID, do string) string { return taskPath(id) + "/hand?do=" + do }

// why says in one sentence why a task is here.
func why(p *page.Page, w workbench.Why, organ, task string) string {
	said := p.T("approver.why.organ", "organ", organ, "task", task)
	if w.Grant != "" {
		said = p.T("approver.why.grant", "organ", organ, "task", task, "grant", p.T("approver.grant."+string(w.Grant)))
	}
	if w.How == workbench.Granted {
		return said
	}
	return said + p.T("inbox.why."+w.How, "name", w.Name)
}

// inStead names who did something, and for whom.
func inStead(p *page.Page, name, absent string) string {
	if absent == "" {
		return name
	}
	return p.T("inbox.stead", "name", name, "absent", absent)
}

// noted adds to an event's title what became of it.
func noted(p *page.Page, title string, e casepage.Event) string {
	if e.To != "" {
		title = p.T("inbox.event.to", "what", title, "name", e.To)
	}
	if e.Ground != "" {
		title = p.T("approver.moment", "what", title, "outcome", p.T("inbox.ground."+e.Ground))
	}
	if e.ByDefault {
		title = p.T("inbox.event.default", "what", title)
	}
	if e.Undone {
		title = p.T("inbox.event.undone", "what", title)
	}
	return title
}

// silence says on what a step's default rests.
func (v *caseView) silence(p *page.Page, s catalog.Step) string {
	if s.DefaultBasis == nil {
		return ""
	}
	return p.T("inbox.default.basis", "law", v.surface.quote(p, *s.DefaultBasis))
}

// byDefault says that nobody answered in time; who answers now is told that it counts no more.
func (v *taskView) byDefault(p *page.Page) page.Notify {
	n := page.Notify{Tone: page.Info, Title: p.T("inbox.default.title", "at", p.When(v.Task.DoneAt)), Text: v.silence(p, v.Task.Step)}
	if fault.Is(v.Err, fault.Conflict) {
		n.Tone, n.Alert, n.Text = page.Warn, true, p.T("review.answered_by_default")
	}
	return n
}

// undo takes back what the officer did.
func (s *Surface) undo(w http.ResponseWriter, r *http.Request) error {
	t, err := s.taskOf(r, ref.TaskID(r.PathValue("id")))
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	u := review.Undoing{By: officer(r), Task: t.ID}
	if u.Submit, err = submit(r, in, "POST /approver/task/{id}/undo", u.Digest()); err != nil {
		return err
	}
	if err = s.Board.Undo(r.Context(), u); err == nil {
		return page.Redirect(w, r, taskPath(t.ID)+"?back=undone")
	}
	if !again(err) {
		return err
	}
	v, failed := s.taskView(r)
	if failed != nil {
		return failed
	}
	v.Err = err
	return page.Show(w, r, page.Status(err), taskPage(page.Of(r), v))
}

// didIt says that the viewer did the task, so that they may want it back.
func (v *taskView) didIt() bool {
	return v.Task.State == approval.Done && v.Task.DoneBy == v.Viewer.ID
}

// gone says what just left the officer's hands.
func gone(p *page.Page, did string) page.Notify {
	if !slices.Contains([]string{review.Release, review.HandTo, review.Recuse}, did) {
		return page.Notify{}
	}
	return page.Notify{Tone: page.Good, Text: p.T("inbox.gave." + did)}
}
