package approver

import (
	"net/http"
	"slices"

	"yimen/domain/approval"
	"yimen/domain/catalog"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

// What may be done with a panel.
const (
	convene = "convene"
	vote    = "vote"
	finish  = "close"
)

// panels says that the task is done by the votes of a body.
func (v *taskView) panels() bool { return catalog.PanelKind(v.Task.Kind) }

// seat is the viewer's place in the panel, if they have one.
func (v *taskView) seat() (m casepage.Member, ok bool) {
	if v.Task.Panel == nil {
		return m, false
	}
	i := slices.IndexFunc(v.Task.Panel.Members, func(x casepage.Member) bool { return x.Member == v.Viewer.ID })
	if i < 0 {
		return m, false
	}
	return v.Task.Panel.Members[i], true
}

func (v *taskView) mayVote() bool {
	m, ok := v.seat()
	return ok && v.open() && m.Choice == ""
}

func (v *taskView) mayClose() bool {
	return v.open() && v.Task.Panel != nil && v.Task.Panel.Chair == v.Viewer.ID
}

// bodyFields are what the viewer is asked about the panel.
func (v *taskView) bodyFields(p *page.Page) (out []page.Field) {
	switch {
	case v.Task.Panel == nil && v.Convener:
		out = v.conveneFields(p)
	case v.mayVote():
		out = v.voteFields(p)
	case v.mayClose():
		out = v.closeFields(p)
	}
	return page.Refill(p, out, v.In, v.Err)
}

func (v *taskView) conveneFields(p *page.Page) []page.Field {
	who := page.Field{Name: "members", Label: p.T("panel.members"), Hint: p.T("panel.members.hint", "n", v.Task.Step.Panel.Present), Kind: page.Checks, Full: true}
	for _, m := range v.Mates {
		who.Options = append(who.Options, page.Option{Value: string(m.ID), Text: p.T("approver.second.one", "name", m.Name, "post", m.Post)})
	}
	chair := page.Field{Name: "chair", Label: p.T("panel.chair"), Hint: p.T("panel.chair.hint"), Kind: page.Select, Options: who.Options}
	return append([]page.Field{who, chair}, meeting(p)...)
}

func (v *taskView) voteFields(p *page.Page) []page.Field {
	f := page.Field{Name: "choice", Label: p.T("panel.choice"), Kind: page.Radio, Full: true}
	for _, c := range review.Choices {
		f.Options = append(f.Options, page.Option{Value: c, Text: p.T("panel.choice." + c)})
	}
	return []page.Field{f, {Name: "reason", Label: p.T("panel.reason"), Hint: p.T("panel.reason.hint"), Kind: page.LongText, Rows: 4, Full: true}}
}

func (v *taskView) closeFields(p *page.Page) []page.Field {
	return []page.Field{{Name: "minutes", Label: p.T("panel.minutes"), Hint: p.T("panel.minutes.hint"), Kind: page.LongText, Rows: 6, Full: true}}
}

// bodyAct is the one thing the viewer may do with the panel now; empty: nothing.
func (v *taskView) bodyAct() string {
	switch {
	case v.Task.Panel == nil && v.Convener:
		return convene
	case v.mayVote():
		return vote
	case v.mayClose():
		return finish
	}
	return ""
}

// bodyRows say who meets when and where, and by which rule the votes join.
func (v *taskView) bodyRows(p *page.Page) []page.Row {
	x := v.Task.Panel
	return []page.Row{{Label: p.T("steps.meets"), Value: p.When(x.Meets)}, {Label: p.T("steps.place"), Value: x.Place}, {Label: p.T("panel.chair"), Value: x.ChairName},
		{Label: p.T("panel.policy"), Value: p.T("panel.policy."+x.Kind, "n", x.Present)}, {Label: p.T("panel.voted"), Value: p.T("panel.voted.of", "n", x.Voted(), "all", len(x.Members))}}
}

// seats are the members: who has voted, and once it is over how and why.
func (v *caseView) seats(p *page.Page, t casepage.Task) (out []page.Row) {
	for _, m := range t.Panel.Members {
		said := p.T("panel.not_yet")
		switch {
		case t.State == approval.Done && m.Choice == "":
			said = p.T("panel.absent")
		case t.State == approval.Done:
			said = p.T("panel.choice." + m.Choice)
		case m.Choice != "":
			said = p.T("panel.has_voted")
		}
		out = append(out, page.Row{Label: m.Name, Value: said, Note: m.Why})
	}
	return out
}

// body takes what is done with a task's panel.
func (s *Surface) body(w http.ResponseWriter, r *http.Request) error {
	t, err := s.taskOf(r, ref.TaskID(r.PathValue("id")))
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	switch err = s.withPanel(r, t, in); {
	case err == nil && in.Text("do") == finish:
		s.Hub.Send(topic(t.Organ), "changed")
		return s.leave(w, r, t.ID)
	case err == nil:
		return page.Redirect(w, r, taskPath(t.ID)+"?back="+in.Text("do"))
	case !again(err):
		return err
	}
	v, failed := s.taskView(r)
	if failed != nil {
		return failed
	}
	v.In, v.Err = in, err
	return page.Show(w, r, page.Status(err), taskPage(page.Of(r), v))
}

func (s *Surface) withPanel(r *http.Request, t approval.Task, in *page.Input) error {
	key, err := in.Key()
	if err != nil {
		return err
	}
	who, do := officer(r), in.Text("do")
	words := []string{string(t.ID), do, in.Text("chair"), in.Date("meets"), in.Text("time"), in.Text("place"), in.Text("choice"), in.Long("reason"), in.Long("minutes")}
	sub := once.Submit{Actor: "staff:" + string(who.ID), Route: "POST /approver/task/{id}/panel", Key: key, At: page.Of(r).Now, Hash: once.Hash(append(words, in.All("members")...)...)}
	switch do {
	case convene:
		c := review.Convening{Submit: sub, By: who, Task: t.ID, Chair: ref.StaffID(in.Text("chair")), Meets: meets(in), Place: in.Text("place")}
		for _, m := range in.All("members") {
			c.Members = append(c.Members, ref.StaffID(m))
		}
		return s.Board.Convene(r.Context(), c)
	case vote:
		return s.Board.Vote(r.Context(), review.Ballot{Submit: sub, By: who, Task: t.ID, Choice: in.Text("choice"), Reason: in.Long("reason")})
	case finish:
		return s.Board.Close(r.Context(), review.Closing{Submit: sub, By: who, Task: t.ID, Minutes: in.Long("minutes")})
	}
	return fault.New(fault.Invalid, "fault.form_broken")
}

// convening says who may be named to the panel, and whether the viewer may name them.
func (s *Surface) convening(r *http.Request, v *taskView) (err error) {
	if !v.panels() || !v.open() || v.Task.Panel != nil {
		return nil
	}
	if v.Convener, err = s.Board.MayConvene(r.Context(), v.Task.Task, officer(r)); err != nil || !v.Convener {
		return err
	}
	v.Mates, err = s.Board.MayMeet(r.Context(), v.Task.Task)
	return err
}
