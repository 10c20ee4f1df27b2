package approver

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/approval"
	"yimen/domain/inspection"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/supervise"
	"yimen/ref"
	"yimen/view/workbench"
	"yimen/web/page"
)

func dutyRoutes(s *Surface) []page.Route {
	desk := []page.Role{page.Approver, page.Representative}
	get := func(pattern, title string, h page.Handler) page.Route {
		return page.Route{Method: "GET", Pattern: pattern, Roles: desk, Handler: h, Title: title}
	}
	post := func(pattern, title string, h page.Handler) page.Route {
		return page.Route{Method: "POST", Pattern: pattern, Roles: desk, Handler: h, Title: title}
	}
	return []page.Route{
		get("/approver/tasks.csv", "approver.inbox.title", s.tasksCSV),
		get("/approver/duties", "watch.duties", s.duties),
		get("/approver/cards.csv", "watch.cards", s.cardsCSV),
		get("/approver/card/{id}", "watch.card", s.card),
		post("/approver/card/{id}", "watch.card", s.answerCard),
		get("/approver/order/{id}", "watch.order", s.order),
		post("/approver/order/{id}", "watch.order", s.answerOrder),
		get("/approver/escalation/{id}", "watch.escalation", s.escalation),
		post("/approver/escalation/{id}", "watch.escalation", s.reply),
	}
}

// of is whose cards and orders an officer sees.
func of(who org.Staff) inspection.Of { return inspection.Of{Staff: who.ID, Organ: who.Organ} }

// most is how many of each are listed: what is open comes first, and what is long done is the supervisors' to look up.
const most = 100

// owing counts what waits for the officer's word: cards, orders and the organ's escalations.
func (s *Surface) owing(r *http.Request) (int, error) {
	who, ctx := officer(r), r.Context()
	cards, err := inspection.CountCards(ctx, s.DB, inspection.CardFilter{Of: of(who), State: inspection.Owed})
	if err != nil {
		return 0, err
	}
	orders, err := inspection.CountOrders(ctx, s.DB, inspection.OrderFilter{Of: of(who), State: inspection.OrderOpen})
	if err != nil {
		return 0, err
	}
	pressed, err := inspection.Escalations(ctx, s.DB, who.Organ, false, inspection.After{}, most)
	return cards + orders + len(pressed), err
}

type dutiesView struct{ Tables []page.Table }

// duties lists the cards and orders of the officer, and what applicants pressed their organ for.
func (s *Surface) duties(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	var v dutiesView
	for _, list := range []func(*http.Request, map[ref.OrganID]org.Organ) (page.Table, error){s.escalationTable, s.cardTable, s.orderTable} {
		t, err := list(r, organs)
		if err != nil {
			return err
		}
		v.Tables = append(v.Tables, t)
	}
	return page.Show(w, r, http.StatusOK, dutiesPage(p, v))
}

func until(p *page.Page, at time.Time, late bool) templ.Component {
	switch {
	case at.IsZero():
		return page.Words("")
	case late:
		return page.Tag(page.Danger, p.T("watch.late", "day", p.Date(calendar.DateOf(at))))
	}
	return page.Words(p.Date(calendar.DateOf(at)))
}

func lateTone(late bool) page.Tone {
	if late {
		return page.Danger
	}
	return page.Plain
}

var levelTones = map[inspection.Level]page.Tone{inspection.Warning: page.Info, inspection.Yellow: page.Warn, inspection.Red: page.Danger}

func (s *Surface) cardTable(r *http.Request, organs map[ref.OrganID]org.Organ) (page.Table, error) {
	p := page.Of(r)
	rows, err := inspection.Cards(r.Context(), s.DB, inspection.CardFilter{Of: of(officer(r))}, most)
	slices.SortStableFunc(rows, func(a, b inspection.Card) int { return owedFirst(a) - owedFirst(b) })
	t := page.Table{ID: "cards", Caption: p.T("watch.cards"), Empty: page.Nothing{Title: p.T("watch.cards.mine.none")}, Columns: []page.Column{{Text: p.T("watch.level")}, {Text: p.T("watch.card.why"), Main: true}, {Text: p.T("approver.column.number")},
		{Text: p.T("watch.organ")}, {Text: p.T("watch.card.state")}, {Text: p.T("watch.explain_by")}}}
	for _, c := range rows {
		answer := c.Answer
		if c.State != inspection.Owed {
			answer = time.Time{}
		}
		t.Lines = append(t.Lines, page.Line{Tone: lateTone(c.Late(p.Now)), Cells: []templ.Component{page.Tag(levelTones[c.Level], p.T("watch.level."+string(c.Level))), page.Linked(page.Link{Text: c.Name, Href: "/approver/card/" + c.ID}),
			numberCell(c.Number), page.Words(organs[c.Organ].Name), page.Words(p.T("watch.card.state." + string(c.State))), until(p, answer, c.Late(p.Now))}})
	}
	return t, err
}

func owedFirst(c inspection.Card) int {
	if c.State == inspection.Owed {
		return 0
	}
	return 1
}

func (s *Surface) orderTable(r *http.Request, organs map[ref.OrganID]org.Organ) (page.Table, error) {
	p := page.Of(r)
	rows, err := inspection.Orders(r.Context(), s.DB, inspection.OrderFilter{Of: of(officer(r))}, most)
	t := page.Table{ID: "orders", Caption: p.T("watch.orders"), Empty: page.Nothing{Title: p.T("watch.orders.mine.none")},
		Columns: []page.Column{{Text: p.T("watch.order.title"), Main: true}, {Text: p.T("watch.organ")}, {Text: p.T("watch.order.state")}, {Text: p.T("watch.order.due")}}}
	for _, o := range rows {
		t.Lines = append(t.Lines, page.Line{Tone: lateTone(o.Late(p.Now)), Cells: []templ.Component{page.Linked(page.Link{Text: o.Title, Href: "/approver/order/" + o.ID}), page.Words(organs[o.Organ].Name),
			page.Words(p.T("watch.order.show." + string(o.State))), until(p, o.Due, o.Late(p.Now))}})
	}
	return t, err
}

func (s *Surface) escalationTable(r *http.Request, _ map[ref.OrganID]org.Organ) (page.Table, error) {
	p := page.Of(r)
	rows, err := inspection.Escalations(r.Context(), s.DB, officer(r).Organ, false, inspection.After{}, most)
	t := page.Table{ID: "escalations", Caption: p.T("watch.escalations"), Empty: page.Nothing{Title: p.T("watch.escalations.mine.none")},
		Columns: []page.Column{{Text: p.T("approver.column.number"), Main: true}, {Text: p.T("watch.escalated")}, {Text: p.T("watch.answer_by")}}}
	for _, e := range rows {
		t.Lines = append(t.Lines, page.Line{Tone: lateTone(e.Late(p.Now)), Cells: []templ.Component{page.Linked(page.Link{Text: string(e.Number), Href: "/approver/escalation/" + e.ID}), page.Words(p.When(e.Made)), until(p, e.Answer, e.Late(p.Now))}})
	}
	return t, err
}

// duty is one card, order or escalation with what may be answered.
type duty struct {
	Title, Action, Ask, Hint string
	Rows                     []page.Row
	Course                   []page.Moment
	Fields                   []page.Field
	Acts                     []page.Act
	Problems                 []page.Problem
}

// show draws a duty with its course; a mistake comes back with what was typed.
func (s *Surface) show(w http.ResponseWriter, r *http.Request, v duty, acts []inspection.Act, in *page.Input, wrong error) error {
	p, status := page.Of(r), http.StatusOK
	if wrong != nil {
		status = page.Status(wrong)
	}
	for _, a := range acts {
		m := page.Moment{Title: p.T("watch.act." + a.Kind), At: p.Stamp(a.At), Detail: a.Words, State: page.Done}
		if id, staff := strings.CutPrefix(a.Actor, "staff:"); staff {
			who, err := org.GetStaff(r.Context(), s.DB, ref.StaffID(id))
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			m.Who = who.Name
		} else if strings.HasPrefix(a.Actor, "system:") {
			m.Who = p.T("oversight.actor.system")
		} else {
			m.Who = p.T("oversight.actor.party")
		}
		v.Course = append(v.Course, m)
	}
	v.Fields = page.Refill(p, []page.Field{{Name: "words", Label: v.Ask, Kind: page.LongText, Rows: 4}}, in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return page.Show(w, r, status, dutyPage(p, v))
}

// word reads a posted answer.
func word(r *http.Request, route string) (*page.Input, supervise.Word, error) {
	in, err := page.Read(r)
	if err != nil {
		return nil, supervise.Word{}, err
	}
	key, err := in.Key()
	if err != nil {
		return nil, supervise.Word{}, err
	}
	who, id := officer(r), r.PathValue("id")
	sub := once.Submit{Actor: "staff:" + string(who.ID), Route: route, Key: key, Hash: once.Hash(id, in.Text("do"), in.Long("words")), At: page.Of(r).Now}
	return in, supervise.Word{Submit: sub, By: who, ID: id, Words: in.Long("words")}, nil
}

func comesBack(err error) bool { return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) }

// card shows a card of the officer's, or of their organ's where nobody is named; others are not there.
func (s *Surface) card(w http.ResponseWriter, r *http.Request) error {
	return s.cardPage(w, r, nil, nil)
}

func (s *Surface) cardPage(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	p, ctx := page.Of(r), r.Context()
	c, err := inspection.GetCard(ctx, s.DB, r.PathValue("id"))
	if err == nil && !c.Mine(of(officer(r))) {
		err = notThere()
	}
	if err != nil {
		return err
	}
	if err := s.look(r, c.Case, disclose.ForProgress); err != nil {
		return err
	}
	acts, err := inspection.Acts(ctx, s.DB, s.Gate.Vault, string(c.Party), c.Object())
	if err != nil {
		return err
	}
	v := duty{Title: p.T("watch.card.of", "level", p.T("watch.level."+string(c.Level)), "name", c.Name), Action: "/approver/card/" + c.ID, Ask: p.T("watch.explain.ask"), Hint: p.T("watch.explain.hint"),
		Rows: []page.Row{{Label: p.T("watch.level"), Part: page.Tag(levelTones[c.Level], p.T("watch.level."+string(c.Level)))}, {Label: p.T("watch.trigger"), Value: p.T("watch.trigger." + string(c.Trigger)), Note: p.T("watch.cause." + c.Cause)},
			{Label: p.T("approver.column.number"), Part: page.Linked(page.Link{Text: string(c.Number), Href: casePath(c.Case)})}, {Label: p.T("watch.card.state"), Value: p.T("watch.card.state." + string(c.State))}, {Label: p.T("watch.issued"), Value: p.Stamp(c.Issued)}}}
	if !c.Due.IsZero() {
		v.Rows = append(v.Rows, page.Row{Label: p.T("watch.due"), Value: p.Date(calendar.DateOf(c.Due))})
	}
	if c.State == inspection.Owed {
		v.Rows = append(v.Rows, page.Row{Label: p.T("watch.explain_by"), Part: until(p, c.Answer, c.Late(p.Now))})
	}
	if _, may := c.After(inspection.ActExplain); may {
		v.Acts = append(v.Acts, page.Act{Text: p.T("watch.explain"), Name: "do", Value: inspection.ActExplain, Look: page.Main})
	}
	if _, may := c.After(inspection.ActContest); may {
		v.Acts = append(v.Acts, page.Act{Text: p.T("watch.contest"), Name: "do", Value: inspection.ActContest})
	}
	return s.show(w, r, v, acts, in, wrong)
}

func (s *Surface) answerCard(w http.ResponseWriter, r *http.Request) error {
	in, x, err := word(r, "POST /approver/card/{id}")
	if err != nil {
		return err
	}
	answer := s.Watch.Explain
	if in.Text("do") == inspection.ActContest {
		answer = s.Watch.Contest
	}
	if err = answer(r.Context(), x); comesBack(err) {
		return s.cardPage(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/approver/card/"+url.PathEscape(x.ID))
}

// order shows a supervision order to whom it is for; to others it is not there.
func (s *Surface) order(w http.ResponseWriter, r *http.Request) error {
	return s.orderPage(w, r, nil, nil)
}

func (s *Surface) orderPage(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	p, ctx := page.Of(r), r.Context()
	o, err := inspection.GetOrder(ctx, s.DB, r.PathValue("id"))
	if err == nil && !o.Mine(of(officer(r))) {
		err = notThere()
	}
	if err == nil && o.Case != "" {
		err = s.look(r, o.Case, disclose.ForProgress)
	}
	if err != nil {
		return err
	}
	acts, err := inspection.Acts(ctx, s.DB, s.Gate.Vault, o.Subject(), o.Object())
	if err != nil {
		return err
	}
	v := duty{Title: o.Title, Action: "/approver/order/" + o.ID, Ask: p.T("watch.order.answer"), Hint: p.T("watch.order.answer.hint"),
		Rows: []page.Row{{Label: p.T("watch.order.state"), Value: p.T("watch.order.show." + string(o.State))}, {Label: p.T("watch.order.due"), Part: until(p, o.Due, o.Late(p.Now))}}}
	if o.Case != "" {
		v.Rows = append(v.Rows, page.Row{Label: p.T("approver.column.number"), Value: string(o.Number)})
	}
	if o.State == inspection.OrderOpen {
		v.Acts = []page.Act{{Text: p.T("watch.act.answer"), Look: page.Main}}
	}
	return s.show(w, r, v, acts, in, wrong)
}

func (s *Surface) answerOrder(w http.ResponseWriter, r *http.Request) error {
	in, x, err := word(r, "POST /approver/order/{id}")
	if err != nil {
		return err
	}
	if err = s.Watch.AnswerOrder(r.Context(), x); comesBack(err) {
		return s.orderPage(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/approver/order/"+url.PathEscape(x.ID))
}

// escalation shows what an applicant pressed the officer's organ for; to others it is not there.
func (s *Surface) escalation(w http.ResponseWriter, r *http.Request) error {
	return s.escalationPage(w, r, nil, nil)
}

func (s *Surface) escalationPage(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	p, ctx := page.Of(r), r.Context()
	e, err := inspection.GetEscalation(ctx, s.DB, r.PathValue("id"))
	if err == nil && !supervise.MayReply(officer(r), e.Organ) {
		err = notThere()
	}
	if err == nil {
		err = s.look(r, e.Case, disclose.ForProgress)
	}
	if err != nil {
		return err
	}
	acts, err := inspection.Acts(ctx, s.DB, s.Gate.Vault, string(e.Party), e.Object())
	if err != nil {
		return err
	}
	v := duty{Title: p.T("watch.escalation"), Action: "/approver/escalation/" + e.ID, Ask: p.T("watch.reply.ask"), Hint: p.T("watch.reply.hint"),
		Rows: []page.Row{{Label: p.T("approver.column.number"), Part: page.Linked(page.Link{Text: string(e.Number), Href: casePath(e.Case)})}, {Label: p.T("watch.escalated"), Value: p.Stamp(e.Made)}, {Label: p.T("watch.answer_by"), Part: until(p, e.Answer, e.Late(p.Now))}}}
	if e.Answered.IsZero() {
		v.Acts = []page.Act{{Text: p.T("watch.act.reply"), Look: page.Main}}
	}
	return s.show(w, r, v, acts, in, wrong)
}

func (s *Surface) reply(w http.ResponseWriter, r *http.Request) error {
	in, x, err := word(r, "POST /approver/escalation/{id}")
	if err != nil {
		return err
	}
	if err = s.Watch.Reply(r.Context(), x); comesBack(err) {
		return s.escalationPage(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/approver/escalation/"+url.PathEscape(x.ID))
}

// tasksCSV is the officer's inbox as a file: the same tasks that it lists.
func (s *Surface) tasksCSV(w http.ResponseWriter, r *http.Request) error {
	p, who, kind := page.Of(r), officer(r), page.Query(r).Text("kind")
	if !slices.Contains(approval.Kinds, kind) {
		kind = ""
	}
	if err := s.Watch.Exporting(r.Context(), who, "tasks", kind); err != nil {
		return err
	}
	head := []string{p.T("approver.column.left"), p.T("approver.column.task"), p.T("approver.column.item"), p.T("approver.column.party"), p.T("approver.column.number"), p.T("watch.organ"), p.T("approver.column.since")}
	return page.CSV(w, p.T("approver.inbox.title"), head, func(write func(...string) error) error {
		return s.Work.EachTask(r.Context(), who, grants(kind), func(x workbench.Row) error {
			return write(calendar.DateOf(x.Due).String(), taskName(p, x.Kind, x.Step), x.Item, x.Party, string(x.Number), x.Organ, calendar.DateOf(x.Made).String())
		})
	})
}

// cardsCSV is the officer's cards as a file.
func (s *Surface) cardsCSV(w http.ResponseWriter, r *http.Request) error {
	p, who := page.Of(r), officer(r)
	if err := s.Watch.Exporting(r.Context(), who, "cards", string(who.ID)); err != nil {
		return err
	}
	f := inspection.CardFilter{Of: of(who)}
	head := []string{p.T("watch.level"), p.T("watch.card.why"), p.T("approver.column.number"), p.T("watch.card.state"), p.T("watch.issued")}
	return page.CSV(w, p.T("watch.cards"), head, func(write func(...string) error) error {
		for {
			rows, err := inspection.Cards(r.Context(), s.DB, f, most)
			if err != nil {
				return err
			}
			for _, c := range rows {
				if err := write(p.T("watch.level."+string(c.Level)), c.Name, string(c.Number), p.T("watch.card.state."+string(c.State)), calendar.DateOf(c.Issued).String()); err != nil {
					return err
				}
			}
			if len(rows) < most {
				return nil
			}
			f.After = inspection.After{At: rows[most-1].Issued, ID: rows[most-1].ID}
		}
	})
}
