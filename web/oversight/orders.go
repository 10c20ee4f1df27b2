package oversight

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"yimen/domain/inspection"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/process/supervise"
	"yimen/ref"
	"yimen/web/page"
)

// Which orders a list shows beside the states.
const (
	showLate = "late"
	showLook = "look"
)

func orderFilter(p *page.Page, q *page.Input) (inspection.OrderFilter, string) {
	f := inspection.OrderFilter{Organ: ref.OrganID(chosen(q, "organ"))}
	show := chosen(q, "show")
	switch {
	case show == showLate:
		f.Late = p.Now
	case show == showLook:
		f.Look = p.Now
	case slices.Contains(inspection.OrderStates(), inspection.OrderState(show)):
		f.State = inspection.OrderState(show)
	default:
		show = ""
	}
	return f, show
}

// orders lists the supervision orders, latest first; those whose look-back has come are told above it.
func (s *Surface) orders(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	f, show := orderFilter(p, q)
	look, err := inspection.CountOrders(r.Context(), s.DB, inspection.OrderFilter{Look: p.Now})
	if err != nil {
		return err
	}
	if f.After, err = behind(q); err != nil {
		return err
	}
	rows, err := inspection.Orders(r.Context(), s.DB, f, size+1)
	if err != nil {
		return err
	}
	who, err := s.names(r)
	if err != nil {
		return err
	}
	which := choices(p, "show", "order.show", []string{string(inspection.OrderOpen), showLate, string(inspection.OrderAnswered), string(inspection.OrderClosed), showLook}, show)
	t := page.Table{ID: "orders", Caption: p.T("watch.orders"), Live: true, First: page.FirstPage(p), Filter: []page.Field{which, organField(p, who.organs, f.Organ, all(p))}, Filtered: show != "" || f.Organ != "",
		Empty:   page.Nothing{Title: p.T("watch.orders.none"), Text: p.T("watch.orders.none.text"), Action: page.Link{Text: p.T("watch.order.new"), Href: "/oversight/orders/new"}},
		Columns: []page.Column{{Text: p.T("watch.order.title"), Main: true}, {Text: p.T("watch.for")}, {Text: p.T("watch.order.state")}, {Text: p.T("watch.order.due")}, {Text: p.T("watch.order.look")}, {Text: p.T("oversight.column.number")}}}
	if len(rows) > size {
		rows = rows[:size]
		t.Next = page.NextPage(p, cursorOf(rows[size-1].Made, rows[size-1].ID))
	}
	for _, o := range rows {
		t.Lines = append(t.Lines, page.Line{Tone: lateTone(o.Late(p.Now)), Cells: []templ.Component{page.Linked(page.Link{Text: o.Title, Href: "/oversight/orders/" + o.ID}), page.Words(who.whom(p, o.Organ, o.Who)), orderState(p, o),
			dayCell(p, o.Due, o.Late(p.Now)), lookCell(p, o), page.Words(string(o.Number))}})
	}
	v := list{Title: p.T("watch.orders"), Lead: p.T("watch.orders.lead"), Here: "/oversight/orders", Tables: []page.Table{t},
		Acts: []page.Act{{Text: p.T("watch.order.new"), Href: "/oversight/orders/new", Look: page.Main, Key: "N"}, {Text: p.T("watch.csv"), Href: "/oversight/orders.csv?" + r.URL.RawQuery}}}
	if look > 0 {
		v.Said = page.Notify{Tone: page.Warn, Text: p.T("watch.look.come", "n", look), Action: page.Link{Text: p.T("watch.look.show"), Href: "/oversight/orders?show=" + showLook}}
	}
	return page.Show(w, r, http.StatusOK, listSheet(p, v))
}

func orderState(p *page.Page, o inspection.Order) templ.Component {
	tone := map[inspection.OrderState]page.Tone{inspection.OrderOpen: page.Info, inspection.OrderAnswered: page.Warn, inspection.OrderClosed: page.Good}[o.State]
	return page.Tag(tone, p.T("watch.order.show."+string(o.State)))
}

// lookCell is the look-back: when, or what was found.
func lookCell(p *page.Page, o inspection.Order) templ.Component {
	switch {
	case !o.Looked.IsZero() && o.Holds:
		return page.Tag(page.Good, p.T("watch.act.holds"))
	case o.ToLook(p.Now):
		return page.Tag(page.Warn, p.T("watch.look.now", "day", p.Date(calendar.DateOf(o.Look))))
	case o.Look.IsZero():
		return page.Words("")
	}
	return page.Words(p.Date(calendar.DateOf(o.Look)))
}

// ordersCSV is the whole list as a file.
func (s *Surface) ordersCSV(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	f, _ := orderFilter(p, page.Query(r))
	who, err := s.names(r)
	if err != nil {
		return err
	}
	if err := s.Watch.Exporting(r.Context(), supervisor(r), "orders", r.URL.RawQuery); err != nil {
		return err
	}
	head := []string{p.T("watch.order.title"), p.T("watch.organ"), p.T("watch.handler"), p.T("watch.order.state"), p.T("watch.order.due"), p.T("watch.order.look"), p.T("watch.order.looked"), p.T("watch.order.round"), p.T("oversight.column.number"), p.T("watch.order.by")}
	return page.CSV(w, p.T("watch.orders"), head, func(write func(...string) error) error {
		for {
			rows, err := inspection.Orders(r.Context(), s.DB, f, batch)
			if err != nil {
				return err
			}
			for _, o := range rows {
				err := write(o.Title, who.organs[o.Organ].Name, who.staff(o.Who), p.T("watch.order.show."+string(o.State)), dayWords(o.Due), dayWords(o.Look), dayWords(o.Looked), page.Thousands(int64(o.Round)), string(o.Number), who.staff(o.By))
				if err != nil {
					return err
				}
			}
			if len(rows) < batch {
				return nil
			}
			f.After = inspection.After{At: rows[batch-1].Made, ID: rows[batch-1].ID}
		}
	})
}

// order shows one order with its course and what may be done now.
func (s *Surface) order(w http.ResponseWriter, r *http.Request) error {
	return s.orderPage(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) orderPage(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p, ctx := page.Of(r), r.Context()
	o, err := inspection.GetOrder(ctx, s.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	if o.Party != "" {
		if err := s.Gate.Look(ctx, disclose.Look{By: supervisor(r), Party: o.Party, Case: o.Case, Purpose: disclose.ForOversight}); err != nil {
			return err
		}
	}
	acts, err := inspection.Acts(ctx, s.DB, s.Gate.Vault, o.Subject(), o.Object())
	if err != nil {
		return err
	}
	who, err := s.names(r)
	if err != nil {
		return err
	}
	v := thing{Title: o.Title, Action: "/oversight/orders/" + o.ID, Back: page.Link{Text: p.T("watch.orders"), Href: "/oversight/orders"}, Rows: orderRows(p, who, o), Course: who.course(p, acts)}
	v.Problems = page.Problems(p, nil, wrong)
	for _, f := range orderForms(p, o) {
		f.Fields = page.Refill(p, f.Fields, in, wrong)
		v.Forms, v.Problems = append(v.Forms, f), page.Problems(p, f.Fields, wrong)
	}
	return page.Show(w, r, status, thingPage(p, v))
}

func orderRows(p *page.Page, who names, o inspection.Order) []page.Row {
	rows := []page.Row{{Label: p.T("watch.for"), Value: who.whom(p, o.Organ, o.Who)}, {Label: p.T("watch.order.state"), Part: orderState(p, o)}, {Label: p.T("watch.order.due"), Part: dayCell(p, o.Due, o.Late(p.Now))},
		{Label: p.T("watch.order.by"), Value: who.staff(o.By)}, {Label: p.T("watch.order.round"), Value: page.Thousands(int64(o.Round))}}
	if !o.Look.IsZero() {
		rows = append(rows, page.Row{Label: p.T("watch.order.look"), Part: lookCell(p, o)})
	}
	if o.Case != "" {
		rows = append(rows, page.Row{Label: p.T("oversight.column.number"), Part: page.Linked(page.Link{Text: string(o.Number), Href: "/oversight/case/" + string(o.Case)})})
	}
	if o.Card != "" {
		rows = append(rows, page.Row{Label: p.T("watch.card"), Part: page.Linked(page.Link{Text: p.T("watch.card.open"), Href: "/oversight/cards/" + o.Card})})
	}
	return rows
}

// orderForms are what a supervisor may do with an order now.
func orderForms(p *page.Page, o inspection.Order) []form {
	day := func(name, label string) page.Field {
		return page.Field{Name: name, Label: p.T(label), Kind: page.Date, Optional: true, Hint: p.T(label + ".hint")}
	}
	switch {
	case o.State == inspection.OrderAnswered:
		return []form{{Title: p.T("watch.order.check"), Fields: []page.Field{wordsField(p, "watch.order.result"), day("look", "watch.order.look"), day("due", "watch.order.again")},
			Acts: []page.Act{{Text: p.T("watch.act.close"), Name: "do", Value: inspection.ActClose, Look: page.Main}, {Text: p.T("watch.act.return"), Name: "do", Value: inspection.ActReturn}}}}
	case o.State == inspection.OrderOpen:
		return []form{{Title: p.T("watch.order.end"), Fields: []page.Field{wordsField(p, "watch.order.result"), day("look", "watch.order.look")}, Acts: []page.Act{{Text: p.T("watch.act.close"), Name: "do", Value: inspection.ActClose}}}}
	case o.ToLook(p.Now):
		return []form{{Title: p.T("watch.look"), Fields: []page.Field{wordsField(p, "watch.look.words"), day("due", "watch.order.again")},
			Acts: []page.Act{{Text: p.T("watch.act.holds"), Name: "do", Value: inspection.ActHolds, Look: page.Main}, {Text: p.T("watch.act.holds_not"), Name: "do", Value: inspection.ActHoldsNot}}}}
	}
	return nil
}

// moveOrder does what a supervisor may do with an order.
func (s *Surface) moveOrder(w http.ResponseWriter, r *http.Request) error {
	in, x, err := submit(r, "POST /oversight/orders/{id}", r.PathValue("id"))
	if err != nil {
		return err
	}
	if err = s.moved(r, in, x); told(err) {
		return s.orderPage(w, r, page.Status(err), in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/oversight/orders/"+url.PathEscape(x.ID))
}

func (s *Surface) moved(r *http.Request, in *page.Input, x supervise.Word) error {
	look, err := lastMoment(in, "look")
	if err != nil {
		return err
	}
	if !look.IsZero() { // the day itself, from its morning on
		look = calendar.DateOf(look).At(0)
	}
	due, err := lastMoment(in, "due")
	if err != nil {
		return err
	}
	switch in.Text("do") {
	case inspection.ActClose:
		return s.Watch.CloseOrder(r.Context(), x, look)
	case inspection.ActReturn:
		return s.Watch.ReturnOrder(r.Context(), x, due)
	case inspection.ActHolds:
		return s.Watch.LookBack(r.Context(), x, true, due)
	case inspection.ActHoldsNot:
		return s.Watch.LookBack(r.Context(), x, false, due)
	}
	return fault.New(fault.Invalid, "fault.form_broken")
}

func (s *Surface) newOrder(w http.ResponseWriter, r *http.Request) error {
	return s.orderForm(w, r, http.StatusOK, nil, nil)
}

// orderForm asks for an order; a card or an escalation it comes of fills it in.
func (s *Surface) orderForm(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p, q := page.Of(r), page.Query(r)
	who, err := s.names(r)
	if err != nil {
		return err
	}
	numberOf, organ, card := q.Text("number"), ref.OrganID(q.Text("organ")), q.Text("card")
	if card != "" {
		c, err := inspection.GetCard(r.Context(), s.DB, card)
		if err != nil {
			return err
		}
		numberOf, organ = string(c.Number), c.Organ
	}
	fields := page.Refill(p, []page.Field{{Name: "title", Label: p.T("watch.order.title"), Hint: p.T("watch.order.title.hint"), Auto: "off"}, organField(p, who.organs, organ, page.Option{Text: p.T("watch.choose")}),
		{Name: "who", Label: p.T("watch.order.who"), Hint: p.T("watch.order.who.hint"), Optional: true, Auto: "off"}, {Name: "due", Label: p.T("watch.order.due"), Kind: page.Date},
		{Name: "number", Label: p.T("oversight.column.number"), Value: numberOf, Optional: true, Auto: "off"}, wordsField(p, "watch.order.words"), {Name: "card", Kind: page.Hidden, Value: card}}, in, wrong)
	return page.Show(w, r, status, askPage(p, thing{Title: p.T("watch.order.new"), Lead: p.T("watch.order.new.lead"), Action: "/oversight/orders", Back: page.Link{Text: p.T("watch.orders"), Href: "/oversight/orders"},
		Problems: page.Problems(p, fields, wrong), Forms: []form{{Fields: fields, Acts: []page.Act{{Text: p.T("watch.act.order"), Look: page.Main}}}}}))
}

// makeOrder makes an order.
func (s *Surface) makeOrder(w http.ResponseWriter, r *http.Request) error {
	in, x, err := submit(r, "POST /oversight/orders")
	if err != nil {
		return err
	}
	due, err := lastMoment(in, "due")
	id := ""
	if err == nil {
		o := supervise.Ordering{Word: x, Title: in.Text("title"), Card: in.Text("card"), Organ: ref.OrganID(in.Text("organ")), Who: in.Text("who"), Due: due}
		if in.Text("number") != "" {
			o.Number = number(in)
		}
		id, err = s.Watch.Order(r.Context(), o)
	}
	if told(err) {
		return s.orderForm(w, r, page.Status(err), in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/oversight/orders/"+url.PathEscape(id))
}
