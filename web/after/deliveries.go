package after

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/delivery"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/process/fulfilment"
	"yimen/ref"
	"yimen/web/page"
)

var clerks = []page.Role{page.Clerk, page.Representative}

func (s *Surface) deliveryRoutes() []page.Route {
	return []page.Route{
		{Method: "GET", Pattern: "/window/deliveries", Roles: clerks, Handler: s.collectable, Title: "after.deliveries"},
		{Method: "GET", Pattern: "/window/deliveries/{id}", Roles: clerks, Handler: s.showDelivery, Title: "after.delivery"},
		{Method: "POST", Pattern: "/window/deliveries/{id}", Roles: clerks, Handler: s.deliver, Title: "after.delivery"},
		{Method: "GET", Pattern: "/approver/deliveries", Roles: approvers, Handler: s.deliveries, Title: "after.deliveries"},
		{Method: "GET", Pattern: "/approver/deliveries/{id}", Roles: approvers, Handler: s.showDelivery, Title: "after.delivery"},
		{Method: "POST", Pattern: "/approver/deliveries/{id}", Roles: approvers, Handler: s.deliver, Title: "after.delivery"},
	}
}

// atWindow says that the page is the window's: there letters are handed over and nothing else.
func atWindow(p *page.Page) bool { return strings.HasPrefix(p.Path, "/window/") }

func base(p *page.Page) string {
	if atWindow(p) {
		return "/window/deliveries"
	}
	return "/approver/deliveries"
}

// collectable lists what waits in the hall, or what belongs to a case's number.
func (s *Surface) collectable(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	typed := q.Text("q")
	t := s.deliveryTable(p)
	t.Filter, t.Filtered = []page.Field{{Name: "q", Label: p.T("after.deliveries.find"), Hint: p.T("after.deliveries.find.hint"), Value: typed, Auto: "off"}}, typed != ""
	rows, err := s.atHall(r, &t, typed)
	if err != nil {
		return err
	}
	s.fill(p, &t, rows)
	return page.Show(w, r, http.StatusOK, desk(p, page.Head{Title: p.T("after.deliveries"), Lead: p.T("after.deliveries.window")}, page.List(p, t)))
}

func (s *Surface) atHall(r *http.Request, t *page.Table, typed string) ([]delivery.Delivery, error) {
	p, who := page.Of(r), staff(r)
	if typed == "" {
		after, id, err := place(page.Query(r), time.Time{})
		if err != nil || who.Hall == "" {
			return nil, err
		}
		rows, err := delivery.OpenAt(r.Context(), s.DB, "", who.Hall, after, id, size+1)
		return paged(p, t, rows, dueKey), err
	}
	number, err := ref.ParseShortNumber(typed)
	if err != nil {
		return nil, nil
	}
	rows, err := delivery.ByNumber(r.Context(), s.DB, number)
	return slices.DeleteFunc(rows, func(d delivery.Delivery) bool { return !fulfilment.MayDeliver(who, d, delivery.Handed) }), err
}

func dueKey(d delivery.Delivery) (time.Time, string) { return d.Due, string(d.ID) }

// deliveries lists what the organ has not delivered, with how many are near their end or past it.
func (s *Surface) deliveries(w http.ResponseWriter, r *http.Request) error {
	p, who := page.Of(r), staff(r)
	after, id, err := place(page.Query(r), time.Time{})
	if err != nil {
		return err
	}
	rows, err := delivery.OpenAt(r.Context(), s.DB, who.Organ, "", after, id, size+1)
	if err != nil {
		return err
	}
	last, _ := s.Hand.Calendar().AddWorkdays(calendar.DateOf(p.Now), delivery.NearDays)
	near, err := delivery.CountDue(r.Context(), s.DB, who.Organ, last.End())
	if err != nil {
		return err
	}
	late, err := delivery.CountDue(r.Context(), s.DB, who.Organ, p.Now)
	if err != nil {
		return err
	}
	t := s.deliveryTable(p)
	s.fill(p, &t, paged(p, &t, rows, dueKey))
	return page.Show(w, r, http.StatusOK, desk(p, page.Head{Title: p.T("after.deliveries"), Lead: p.T("after.deliveries.organ", "near", near-late, "late", late)}, page.List(p, t)))
}

func (s *Surface) deliveryTable(p *page.Page) page.Table {
	return page.Table{ID: "deliveries", Caption: p.T("after.deliveries.waiting"), Empty: page.Nothing{Title: p.T("after.deliveries.none"), Text: p.T("after.deliveries.none.text")},
		Columns: columns(p, "after.column.letter", "after.column.case", "after.column.due", "after.column.way", "after.column.kind")}
}

func (s *Surface) fill(p *page.Page, t *page.Table, rows []delivery.Delivery) {
	for _, d := range rows {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: d.Number, Href: base(p) + "/" + string(d.ID)}), page.Words(d.CaseNumber.Format()), s.due(p, d), page.Words(p.T("after.state." + string(d.State))), page.Words(d.Title)}})
	}
}

// due says until when a letter is to be delivered, or from when it counts.
func (s *Surface) due(p *page.Page, d delivery.Delivery) templ.Component {
	last := p.Date(d.Last())
	switch {
	case !d.ServedAt.IsZero():
		return tagged(page.Good, p.T("after.served"), p.Date(calendar.DateOf(d.Effect)))
	case p.Now.After(d.Due):
		return tagged(page.Danger, p.T("after.late"), last)
	case d.Near(s.Hand.Calendar(), p.Now):
		return tagged(page.Warn, p.T("after.near"), last)
	}
	return page.Words(last)
}

// deliveryOf reads a letter that this desk may deliver, after noting the look.
func (s *Surface) deliveryOf(r *http.Request) (d delivery.Delivery, who party.Party, err error) {
	if d, err = delivery.Get(r.Context(), s.DB, ref.DeliveryID(r.PathValue("id"))); err != nil {
		return d, who, err
	}
	p, me := page.Of(r), staff(r)
	if atWindow(p) && !fulfilment.MayDeliver(me, d, delivery.Handed) || !atWindow(p) && d.Organ != me.Organ {
		return d, who, notThere()
	}
	if err = s.Gate.Look(r.Context(), disclose.Look{By: me, Party: d.Party, Case: d.Case, Purpose: disclose.ForProgress}); err != nil {
		return d, who, err
	}
	who, err = party.Get(r.Context(), s.DB, d.Party)
	return d, who, err
}

func (s *Surface) showDelivery(w http.ResponseWriter, r *http.Request) error {
	return s.deliveryPage(w, r, nil, nil)
}

// deliveryPage shows one letter on its way, every try, and what may be done; in and wrong are a step that had a mistake.
func (s *Surface) deliveryPage(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	d, who, err := s.deliveryOf(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	wish, address, err := s.wish(r, d)
	if err != nil {
		return err
	}
	rows := []page.Row{{Label: p.T("after.column.kind"), Value: d.Title}, {Label: p.T("after.column.letter"), Value: d.Number}, {Label: p.T("after.column.case"), Part: page.Fours(string(d.CaseNumber))}, {Label: p.T("after.addressee"), Value: who.Name},
		{Label: p.T("after.column.due"), Part: s.due(p, d)}, {Label: p.T("after.column.way"), Value: p.T("after.state." + string(d.State))}, {Label: p.T("after.wish"), Value: wish}}
	tries, err := s.tries(r, d)
	if err != nil {
		return err
	}
	parts := []templ.Component{page.Summary(p, rows)}
	h := page.Head{Title: p.T("after.delivery.of", "title", d.Title), Back: page.Link{Text: p.T("after.deliveries"), Href: base(p)}}
	if !atWindow(p) {
		parts = append(parts, links([]page.Link{{Text: p.T("after.contests"), Href: "/approver/contests/" + string(d.CaseItem)}}))
	}
	for _, do := range fulfilment.Steps(d) {
		if atWindow(p) && do != delivery.Handed {
			continue
		}
		fields := stepFields(p, do, who.Name, address)
		if in != nil && in.Text("do") == do {
			fields = page.Refill(p, fields, in, wrong)
			h.Problems = page.Problems(p, fields, wrong)
		}
		look := page.Second
		if do == delivery.Handed || do == delivery.Arrived {
			look = page.Main
		}
		parts = append(parts, card(p.T("after.do."+do), para(p.T("after.do."+do+".lead")), ask(p, form{To: base(p) + "/" + string(d.ID), Label: p.T("after.do." + do), Fields: fields, Acts: []page.Act{{Text: p.T("after.do." + do), Name: "do", Value: do, Look: look}}})))
	}
	if wrong != nil && len(h.Problems) == 0 {
		h.Problems = page.Problems(p, nil, wrong)
	}
	parts = append(parts, card(p.T("after.history"), page.Timeline(p, tries)))
	return page.Show(w, r, statusOf(wrong), desk(p, h, parts...))
}

// wish says what the person chose, and where the post is to go.
func (s *Surface) wish(r *http.Request, d delivery.Delivery) (words, address string, err error) {
	all, err := delivery.Choices(r.Context(), s.DB, d.Case)
	if err != nil {
		return "", "", err
	}
	c := delivery.Standing(all)
	address, err = c.OpenAddress(r.Context(), s.DB, s.Vault)
	words = page.Of(r).T("after.way." + string(c.Way))
	if address != "" {
		words += "　" + address
	}
	return words, address, err
}

// tries are what was done so far.
func (s *Surface) tries(r *http.Request, d delivery.Delivery) ([]page.Moment, error) {
	p := page.Of(r)
	out := []page.Moment{{Title: p.T("after.decided"), At: p.When(d.Made), State: page.Done}}
	all, err := delivery.Attempts(r.Context(), s.DB, d.ID)
	for _, a := range all {
		if err != nil {
			return nil, err
		}
		var w delivery.Words
		if w, err = a.Open(r.Context(), s.DB, s.Vault, d.Party); err != nil {
			return nil, err
		}
		var said []string
		for _, x := range []string{w.Receiver, w.Paper, w.Witness, w.Place, w.Reason, w.Address} {
			if x != "" {
				said = append(said, x)
			}
		}
		out = append(out, page.Moment{Title: p.T("after.did." + a.Did), At: p.Date(calendar.DateOf(a.On)), Detail: strings.Join(said, "　"), State: page.Done})
	}
	return out, err
}

// stepFields are what a step asks.
func stepFields(p *page.Page, do, name, address string) (out []page.Field) {
	text := func(name, value string) page.Field {
		return page.Field{Name: name, Label: p.T("after.step.ask." + name), Value: value, Auto: "off"}
	}
	on := page.Field{Name: "on", Label: p.T("after.step.ask.on"), Kind: page.Date, Value: calendar.DateOf(p.Now).String()}
	switch do {
	case delivery.Handed:
		relation := page.Field{Name: "relation", Label: p.T("after.step.ask.relation"), Kind: page.Select, Value: "self"}
		for _, x := range fulfilment.Relations {
			relation.Options = append(relation.Options, page.Option{Value: x, Text: p.T("after.relation." + x)})
		}
		paper := text("paper", "")
		paper.Optional, paper.Hint = true, p.T("after.step.ask.paper.hint")
		return []page.Field{text("receiver", name), relation, paper, on}
	case delivery.WasSent:
		return []page.Field{text("address", address), text("tracking", ""), on}
	case delivery.Arrived:
		return []page.Field{text("receiver", name), on}
	case delivery.Returned:
		return []page.Field{text("reason", ""), on}
	case delivery.WasLeft:
		return []page.Field{text("witness", ""), text("place", ""), text("reason", ""), on}
	}
	return []page.Field{text("reason", "")}
}

func (s *Surface) deliver(w http.ResponseWriter, r *http.Request) error {
	d, _, err := s.deliveryOf(r)
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	x := fulfilment.Step{By: staff(r), Delivery: d.ID, Do: in.Text("do"), On: dayOf(in, "on"), Tracking: in.Text("tracking"), Words: delivery.Words{Receiver: in.Text("receiver"), Relation: in.Text("relation"), Paper: in.Text("paper"),
		Witness: in.Text("witness"), Place: in.Text("place"), Reason: in.Text("reason"), Address: in.Text("address")}}
	if atWindow(page.Of(r)) && x.Do != delivery.Handed {
		return fault.New(fault.Denied, "fault.denied")
	}
	if x.Submit, err = submit(r, in, "staff:"+string(x.By.ID), x.Digest()); err != nil {
		return err
	}
	if err = s.Hand.Deliver(r.Context(), x); again(err) {
		return s.deliveryPage(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, base(page.Of(r))+"/"+string(d.ID))
}
