package after

import (
	"net/http"

	"github.com/a-h/templ"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/foundation/calendar"
	"yimen/process/disclose"
	"yimen/process/issuance"
	"yimen/ref"
	"yimen/web/page"
)

func (s *Surface) contestRoutes() []page.Route {
	return []page.Route{
		{Method: "GET", Pattern: "/approver/contests/{id}", Roles: approvers, Handler: s.showContests, Title: "after.contests"},
		{Method: "POST", Pattern: "/approver/contests/{id}", Roles: approvers, Handler: s.noteContest, Title: "after.contests"},
	}
}

// contested is a case item with what review authorities and courts did about its decision.
type contested struct {
	casefile.Item
	c    casefile.Case
	item *catalog.Item
	all  []casefile.Contest
}

// contestedOf reads an item of the officer's own organ, after noting the look.
func (s *Surface) contestedOf(r *http.Request) (v contested, err error) {
	ctx := r.Context()
	if v.Item, err = casefile.GetItem(ctx, s.DB, ref.CaseItemID(r.PathValue("id"))); err != nil {
		return v, err
	}
	if v.Organ != staff(r).Organ {
		return v, notThere()
	}
	if v.c, err = casefile.Get(ctx, s.DB, v.Case); err != nil {
		return v, err
	}
	if err = s.Gate.Look(ctx, disclose.Look{By: staff(r), Party: v.c.Party, Case: v.c.ID, Purpose: disclose.ForDecision}); err != nil {
		return v, err
	}
	version, err := catalog.Get(ctx, s.DB, v.Version)
	if err != nil {
		return v, err
	}
	v.item = version.Doc()
	facts, err := casefile.Facts(ctx, s.DB, v.Case)
	v.all = casefile.Contests(casefile.Holding(facts, v.Item.ID))
	return v, err
}

func (s *Surface) showContests(w http.ResponseWriter, r *http.Request) error {
	return s.contestPage(w, r, nil, nil)
}

// contestPage shows what was done about a decision and its effect, and takes what happens next.
func (s *Surface) contestPage(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	v, err := s.contestedOf(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	h := page.Head{Title: p.T("after.contests.of", "item", v.item.Name), Lead: p.T("after.contests.lead"), Back: page.Link{Text: p.T("after.deliveries"), Href: "/approver/deliveries"}}
	parts := []templ.Component{page.Summary(p, []page.Row{{Label: p.T("after.column.case"), Part: page.Fours(string(v.c.Number))}, {Label: p.T("after.column.way"), Value: p.T("case.stage." + string(v.Stage))}})}
	if len(v.all) > 0 {
		parts = append(parts, card(p.T("after.history"), page.Timeline(p, v.moments(p))))
	}
	for _, f := range v.offered(p) {
		if in != nil && in.Text("do") == f.Acts[0].Value && (in.Text("do") == issuance.Filed || in.Text("kind") == f.kind) {
			f.Fields = page.Refill(p, f.Fields, in, wrong)
			h.Problems = page.Problems(p, f.Fields, wrong)
		}
		parts = append(parts, card(f.Label, ask(p, f.form)))
	}
	if wrong != nil && len(h.Problems) == 0 {
		h.Problems = page.Problems(p, nil, wrong)
	}
	return page.Show(w, r, statusOf(wrong), desk(p, h, parts...))
}

// moments tell each contest with the effect it has now.
func (v contested) moments(p *page.Page) (out []page.Moment) {
	for _, c := range v.all {
		m := page.Moment{Title: p.T("after.contest.filed", "kind", p.T("after.contest.kind."+c.Kind), "body", c.Body), At: p.Date(calendar.DateOf(c.Filed)), State: page.Now, Detail: p.T("after.contest.effect.open")}
		if !c.Stayed.IsZero() {
			m.State, m.Detail = page.Paused, p.T("after.contest.effect.stayed", "day", p.Date(calendar.DateOf(c.Stayed)))
		}
		if !c.Open() {
			m.State, m.Detail = page.Done, p.T("after.contest.judged", "outcome", p.T("after.contest.outcome."+c.Outcome), "number", c.Number, "day", p.Date(calendar.DateOf(c.Judged)), "effect", redoWords(p, c))
		}
		out = append(out, m)
	}
	return out
}

// redoWords is the effect of an outcome; of an order to decide anew, until when, and whether it was done.
func redoWords(p *page.Page, c casefile.Contest) string {
	switch {
	case c.Outcome != casefile.Redo:
		return p.T("after.contest.effect." + c.Outcome)
	case c.Done:
		return p.T("after.contest.effect.redone")
	case c.Until.IsZero():
		return p.T("after.contest.effect.redo")
	}
	return p.T("after.contest.effect.redo_by", "day", p.Date(calendar.DateOf(c.Until)-1))
}

// offer is a form for what may happen next, before one body.
type offer struct {
	form
	kind string
}

func (v contested) offered(p *page.Page) (out []offer) {
	on := page.Field{Name: "on", Label: p.T("after.step.ask.on"), Kind: page.Date, Value: calendar.DateOf(p.Now).String()}
	to := "/approver/contests/" + string(v.Item.ID)
	make := func(do, kind, label string, look page.Look, fields ...page.Field) {
		if kind != "" {
			fields = append(fields, page.Field{Name: "kind", Kind: page.Hidden, Value: kind})
		}
		out = append(out, offer{form{To: to, Label: label, Fields: fields, Acts: []page.Act{{Text: p.T("after.contest.note"), Name: "do", Value: do, Look: look}}}, kind})
	}
	for _, c := range v.all {
		if !c.Open() {
			continue
		}
		kind := p.T("after.contest.kind." + c.Kind)
		if c.Stayed.IsZero() {
			make(issuance.Stayed, c.Kind, p.T("after.contest.stay", "kind", kind), page.Second, on)
		}
		outcome := page.Field{Name: "outcome", Label: p.T("after.contest.outcome"), Kind: page.Select}
		for _, o := range casefile.ContestOutcomes() {
			outcome.Options = append(outcome.Options, page.Option{Value: o, Text: p.T("after.contest.outcome." + o)})
		}
		make(issuance.Judged, c.Kind, p.T("after.contest.judge", "kind", kind), page.Second, outcome, page.Field{Name: "number", Label: p.T("after.act.decision")}, on,
			page.Field{Name: "until", Label: p.T("after.contest.until"), Hint: p.T("after.contest.until.hint"), Kind: page.Date, Optional: true})
	}
	if v.Stage == casefile.Closed || v.Stage == casefile.Declined {
		kind := page.Field{Name: "kind", Label: p.T("after.contest.kind"), Kind: page.Select, Options: []page.Option{{Value: casefile.Review, Text: p.T("after.contest.kind.review")}, {Value: casefile.Court, Text: p.T("after.contest.kind.court")}}}
		make(issuance.Filed, "", p.T("after.contest.file"), page.Main, kind, page.Field{Name: "body", Label: p.T("after.contest.body"), Hint: v.item.Remedy.Against(p.T("letter.government")).Review}, on)
	}
	return out
}

func (s *Surface) noteContest(w http.ResponseWriter, r *http.Request) error {
	v, err := s.contestedOf(r)
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	n := issuance.ContestNote{By: staff(r), Item: v.Item.ID, Do: in.Text("do"), Kind: in.Text("kind"), Body: in.Text("body"), On: dayOf(in, "on"), Outcome: in.Text("outcome"), Number: in.Text("number"), Until: dayOf(in, "until")}
	if n.Submit, err = submit(r, in, "staff:"+string(n.By.ID), n.Digest()); err != nil {
		return err
	}
	if err = s.Press.NoteContest(r.Context(), n); again(err) {
		return s.contestPage(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/approver/contests/"+string(v.Item.ID))
}

// dayOf reads a day, zero when none was typed or it is none: the process says what it wants.
func dayOf(in *page.Input, name string) calendar.Date {
	d, err := calendar.ParseDate(in.Date(name))
	if err != nil {
		return 0
	}
	return d
}
