package oversight

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/inspection"
	"yimen/foundation/calendar"
	"yimen/process/disclose"
	"yimen/process/supervise"
	"yimen/ref"
	"yimen/web/page"
)

var levelTones = map[inspection.Level]page.Tone{inspection.Warning: page.Info, inspection.Yellow: page.Warn, inspection.Red: page.Danger}

func cardFilter(q *page.Input) inspection.CardFilter {
	return inspection.CardFilter{State: inspection.State(chosen(q, "state")), Level: inspection.Level(chosen(q, "level")), Organ: ref.OrganID(chosen(q, "organ")), Rule: chosen(q, "rule")}
}

// cards lists the cards, latest first.
func (s *Surface) cards(w http.ResponseWriter, r *http.Request) (err error) {
	p, q := page.Of(r), page.Query(r)
	f := cardFilter(q)
	n, err := inspection.CountCards(r.Context(), s.DB, f)
	if err != nil {
		return err
	}
	if f.After, err = behind(q); err != nil {
		return err
	}
	rows, err := inspection.Cards(r.Context(), s.DB, f, size+1)
	if err != nil {
		return err
	}
	who, err := s.names(r)
	if err != nil {
		return err
	}
	t := page.Table{ID: "cards", Caption: p.T("watch.cards"), Live: true, First: page.FirstPage(p), Total: page.Total{N: n, More: n >= inspection.CountMax}, Empty: page.Nothing{Title: p.T("watch.cards.none"), Text: p.T("watch.cards.none.text")},
		Filter:   []page.Field{choices(p, "state", "card.state", inspection.States(), f.State), choices(p, "level", "level", inspection.Levels(), f.Level), organField(p, who.organs, f.Organ, all(p))},
		Filtered: f.State != "" || f.Level != "" || f.Organ != "" || f.Rule != "",
		Columns: []page.Column{{Text: p.T("watch.level")}, {Text: p.T("watch.card.why"), Main: true}, {Text: p.T("oversight.column.number")}, {Text: p.T("watch.for")}, {Text: p.T("watch.card.state")}, {Text: p.T("watch.explain_by")},
			{Text: p.T("watch.issued")}}}
	if len(rows) > size {
		rows = rows[:size]
		t.Next = page.NextPage(p, cursorOf(rows[size-1].Issued, rows[size-1].ID))
	}
	for _, c := range rows {
		t.Lines = append(t.Lines, page.Line{Tone: lateTone(c.Late(p.Now)), Cells: []templ.Component{page.Tag(levelTones[c.Level], p.T("watch.level."+string(c.Level))), page.Linked(page.Link{Text: c.Name, Href: "/oversight/cards/" + c.ID}),
			page.Words(string(c.Number)), page.Words(who.whom(p, c.Organ, c.Handler)), page.Words(p.T("watch.card.state." + string(c.State))), dayCell(p, owed(c), c.Late(p.Now)), page.Words(p.When(c.Issued))}})
	}
	acts := []page.Act{{Text: p.T("watch.card.new"), Href: "/oversight/cards/new", Look: page.Main, Key: "N"}, {Text: p.T("watch.csv"), Href: "/oversight/cards.csv?" + r.URL.RawQuery}}
	return page.Show(w, r, http.StatusOK, listSheet(p, list{Title: p.T("watch.cards"), Lead: p.T("watch.cards.lead"), Here: "/oversight/cards", Acts: acts, Tables: []page.Table{t}}))
}

func lateTone(late bool) page.Tone {
	if late {
		return page.Danger
	}
	return page.Plain
}

// cardsCSV is the whole list as a file.
func (s *Surface) cardsCSV(w http.ResponseWriter, r *http.Request) error {
	p, f := page.Of(r), cardFilter(page.Query(r))
	who, err := s.names(r)
	if err != nil {
		return err
	}
	if err := s.Watch.Exporting(r.Context(), supervisor(r), "cards", r.URL.RawQuery); err != nil {
		return err
	}
	head := []string{p.T("watch.level"), p.T("watch.card.why"), p.T("watch.trigger"), p.T("oversight.column.number"), p.T("watch.organ"), p.T("watch.handler"), p.T("watch.head"), p.T("watch.card.state"), p.T("watch.due"), p.T("watch.issued"), p.T("watch.explain_by"), p.T("watch.explained")}
	return page.CSV(w, p.T("watch.cards"), head, func(write func(...string) error) error {
		for {
			rows, err := inspection.Cards(r.Context(), s.DB, f, batch)
			if err != nil {
				return err
			}
			for _, c := range rows {
				err := write(p.T("watch.level."+string(c.Level)), c.Name, p.T("watch.trigger."+string(c.Trigger)), string(c.Number), who.organs[c.Organ].Name, who.staff(c.Handler), who.staff(c.Head), p.T("watch.card.state."+string(c.State)),
					dayWords(c.Due), dayWords(c.Issued), dayWords(c.Answer), dayWords(c.Answered))
				if err != nil {
					return err
				}
			}
			if len(rows) < batch {
				return nil
			}
			f.After = inspection.After{At: rows[batch-1].Issued, ID: rows[batch-1].ID}
		}
	})
}

// card shows one card with its course.
func (s *Surface) card(w http.ResponseWriter, r *http.Request) error {
	return s.cardPage(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) cardPage(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p, ctx := page.Of(r), r.Context()
	c, err := inspection.GetCard(ctx, s.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.Gate.Look(ctx, disclose.Look{By: supervisor(r), Party: c.Party, Case: c.Case, Purpose: disclose.ForOversight}); err != nil {
		return err
	}
	acts, err := inspection.Acts(ctx, s.DB, s.Gate.Vault, string(c.Party), c.Object())
	if err != nil {
		return err
	}
	who, err := s.names(r)
	if err != nil {
		return err
	}
	v := thing{Title: p.T("watch.card.of", "level", p.T("watch.level."+string(c.Level)), "name", c.Name), Action: "/oversight/cards/" + c.ID, Back: page.Link{Text: p.T("watch.cards"), Href: "/oversight/cards"},
		Rows: s.cardRows(p, who, c), Course: who.course(p, acts), Acts: []page.Act{{Text: p.T("watch.order.new"), Href: "/oversight/orders/new?card=" + c.ID}}}
	if _, may := c.After(inspection.ActLift); may {
		fields := page.Refill(p, []page.Field{wordsField(p, "watch.judge.words")}, in, wrong)
		f := form{Title: p.T("watch.judge"), Fields: fields, Acts: []page.Act{{Text: p.T("watch.act.lift"), Name: "do", Value: inspection.ActLift}}}
		if c.State == inspection.Contested {
			f.Acts = append([]page.Act{{Text: p.T("watch.act.uphold"), Name: "do", Value: inspection.ActUphold, Look: page.Main}}, f.Acts...)
		}
		v.Forms, v.Problems = []form{f}, page.Problems(p, fields, wrong)
	} else {
		v.Problems = page.Problems(p, nil, wrong)
	}
	return page.Show(w, r, status, thingPage(p, v))
}

func (s *Surface) cardRows(p *page.Page, who names, c inspection.Card) []page.Row {
	rows := []page.Row{{Label: p.T("watch.level"), Part: page.Tag(levelTones[c.Level], p.T("watch.level."+string(c.Level)))}, {Label: p.T("watch.trigger"), Value: p.T("watch.trigger." + string(c.Trigger)), Note: p.T("watch.cause." + c.Cause)},
		{Label: p.T("oversight.column.number"), Part: page.Linked(page.Link{Text: string(c.Number), Href: "/oversight/case/" + string(c.Case)})},
		{Label: p.T("watch.for"), Value: who.whom(p, c.Organ, c.Handler)}, {Label: p.T("watch.head"), Value: who.staff(c.Head)}, {Label: p.T("watch.card.state"), Value: p.T("watch.card.state." + string(c.State))},
		{Label: p.T("watch.issued"), Value: p.Stamp(c.Issued)}}
	if !c.Due.IsZero() {
		rows = append(rows, page.Row{Label: p.T("watch.due"), Value: p.Date(calendar.DateOf(c.Due))})
	}
	if at := owed(c); !at.IsZero() {
		rows = append(rows, page.Row{Label: p.T("watch.explain_by"), Part: dayCell(p, at, c.Late(p.Now))})
	}
	return append(rows, page.Row{Label: p.T("watch.edition"), Part: page.Linked(page.Link{Text: p.T("watch.edition.n", "n", c.Edition), Href: "/oversight/rules?version=" + strconv.FormatInt(c.Edition, 10)})})
}

// judge lifts or upholds a card.
func (s *Surface) judge(w http.ResponseWriter, r *http.Request) error {
	in, x, err := submit(r, "POST /oversight/cards/{id}", r.PathValue("id"))
	if err != nil {
		return err
	}
	err = s.Watch.Judge(r.Context(), x, in.Text("do") == inspection.ActLift)
	if told(err) {
		return s.cardPage(w, r, page.Status(err), in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/oversight/cards/"+url.PathEscape(x.ID))
}

// cardFields ask for a card by hand.
func (s *Surface) cardFields(r *http.Request) ([]page.Field, error) {
	p := page.Of(r)
	e, err := inspection.Current(r.Context(), s.DB)
	if err != nil {
		return nil, err
	}
	book, err := e.Book()
	rule := page.Field{Name: "rule", Label: p.T("watch.rule"), Kind: page.Select}
	for _, x := range book.Rules {
		if x.On {
			rule.Options = append(rule.Options, page.Option{Value: x.ID, Text: x.Name})
		}
	}
	slices.Reverse(rule.Options) // those only a supervisor puts stand last in the book
	level := page.Field{Name: "level", Label: p.T("watch.level"), Kind: page.Radio, Value: string(inspection.Yellow)}
	for _, x := range inspection.Levels() {
		level.Options = append(level.Options, page.Option{Value: string(x), Text: p.T("watch.level." + string(x))})
	}
	return []page.Field{{Name: "number", Label: p.T("oversight.column.number"), Value: page.Query(r).Text("number"), Auto: "off"}, rule, level, wordsField(p, "watch.card.words")}, err
}

func (s *Surface) newCard(w http.ResponseWriter, r *http.Request) error {
	return s.cardForm(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) cardForm(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p := page.Of(r)
	fields, err := s.cardFields(r)
	if err != nil {
		return err
	}
	fields = page.Refill(p, fields, in, wrong)
	return page.Show(w, r, status, askPage(p, thing{Title: p.T("watch.card.new"), Lead: p.T("watch.card.new.lead"), Action: "/oversight/cards", Back: page.Link{Text: p.T("watch.cards"), Href: "/oversight/cards"},
		Problems: page.Problems(p, fields, wrong), Forms: []form{{Fields: fields, Acts: []page.Act{{Text: p.T("watch.act.issue"), Look: page.Main}}}}}))
}

// number reads the number of a case; one that is none finds no case.
func number(in *page.Input) ref.ShortNumber {
	n, err := ref.ParseShortNumber(in.Text("number"))
	if err != nil {
		return ref.ShortNumber(in.Text("number"))
	}
	return n
}

// putCard puts a card by hand.
func (s *Surface) putCard(w http.ResponseWriter, r *http.Request) error {
	in, x, err := submit(r, "POST /oversight/cards")
	if err != nil {
		return err
	}
	_, err = s.Watch.Put(r.Context(), supervise.ByHand{Word: x, Number: number(in), Rule: in.Text("rule"), Level: inspection.Level(in.Text("level"))})
	if told(err) {
		return s.cardForm(w, r, page.Status(err), in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/oversight/cards")
}

// escalations lists what applicants pressed for.
func (s *Surface) escalations(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	done := q.Text("show") == "done"
	from, err := behind(q)
	if err != nil {
		return err
	}
	rows, err := inspection.Escalations(r.Context(), s.DB, "", done, from, size+1)
	if err != nil {
		return err
	}
	who, err := s.names(r)
	if err != nil {
		return err
	}
	show := page.Field{Name: "show", Label: p.T("watch.show"), Kind: page.Select, Value: "waiting", Options: []page.Option{{Value: "waiting", Text: p.T("watch.escalations.waiting")}, {Value: "done", Text: p.T("watch.escalations.done")}}}
	if done {
		show.Value = "done"
	}
	t := page.Table{ID: "escalations", Caption: p.T("watch.escalations"), First: page.FirstPage(p), Filter: []page.Field{show}, Filtered: done, Empty: page.Nothing{Title: p.T("watch.escalations.none"), Text: p.T("watch.escalations.none.text")},
		Columns: []page.Column{{Text: p.T("oversight.column.number"), Main: true}, {Text: p.T("watch.organ")}, {Text: p.T("watch.escalated")}, {Text: p.T("watch.answer_by")}, {Text: p.T("watch.answered")}}}
	if len(rows) > size {
		rows = rows[:size]
		at := rows[size-1].Answer
		if done {
			at = rows[size-1].Answered
		}
		t.Next = page.NextPage(p, cursorOf(at, rows[size-1].ID))
	}
	for _, e := range rows {
		t.Lines = append(t.Lines, page.Line{Tone: lateTone(e.Late(p.Now)), Cells: []templ.Component{page.Linked(page.Link{Text: string(e.Number), Href: "/oversight/escalations/" + e.ID}), page.Words(who.organs[e.Organ].Name), page.Words(p.When(e.Made)),
			dayCell(p, e.Answer, e.Late(p.Now)), page.Words(dayWords(e.Answered))}})
	}
	return page.Show(w, r, http.StatusOK, listSheet(p, list{Title: p.T("watch.escalations"), Lead: p.T("watch.escalations.lead"), Here: "/oversight/escalations", Tables: []page.Table{t}}))
}

// escalation shows one with what was said.
func (s *Surface) escalation(w http.ResponseWriter, r *http.Request) error {
	p, ctx := page.Of(r), r.Context()
	e, err := inspection.GetEscalation(ctx, s.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.Gate.Look(ctx, disclose.Look{By: supervisor(r), Party: e.Party, Case: e.Case, Purpose: disclose.ForOversight}); err != nil {
		return err
	}
	acts, err := inspection.Acts(ctx, s.DB, s.Gate.Vault, string(e.Party), e.Object())
	if err != nil {
		return err
	}
	who, err := s.names(r)
	if err != nil {
		return err
	}
	rows := []page.Row{{Label: p.T("oversight.column.number"), Part: page.Linked(page.Link{Text: string(e.Number), Href: "/oversight/case/" + string(e.Case)})}, {Label: p.T("watch.organ"), Value: who.organs[e.Organ].Name},
		{Label: p.T("watch.escalated"), Value: p.Stamp(e.Made)}, {Label: p.T("watch.answer_by"), Part: dayCell(p, e.Answer, e.Late(p.Now))}}
	order := page.Act{Text: p.T("watch.order.new"), Href: "/oversight/orders/new?number=" + url.QueryEscape(string(e.Number)) + "&organ=" + url.QueryEscape(string(e.Organ))}
	return page.Show(w, r, http.StatusOK, thingPage(p, thing{Title: p.T("watch.escalation"), Back: page.Link{Text: p.T("watch.escalations"), Href: "/oversight/escalations"}, Rows: rows, Course: who.course(p, acts), Acts: []page.Act{order}}))
}

// owed is until when a card's explanation is owed, zero where none is.
func owed(c inspection.Card) (none time.Time) {
	if c.State == inspection.Owed {
		return c.Answer
	}
	return none
}
