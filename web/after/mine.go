package after

import (
	"net/http"

	"github.com/a-h/templ"

	"yimen/domain/casefile"
	"yimen/domain/delivery"
	"yimen/domain/identity"
	"yimen/domain/licence"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/process/fulfilment"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/page"
)

func (s *Surface) mineRoutes() []page.Route {
	mine := []page.Role{page.Party}
	return []page.Route{
		{Method: "GET", Pattern: "/me/after", Roles: mine, Handler: s.mine, Title: "after.mine"},
		{Method: "GET", Pattern: "/me/case/{id}/delivery", Roles: mine, Handler: s.askWay, Title: "after.choose.title"},
		{Method: "POST", Pattern: "/me/case/{id}/delivery", Roles: mine, Handler: s.choose, Title: "after.choose.title"},
	}
}

// mostMine bounds what one page of a person's own shows.
const mostMine = 100

// mine lists the letters of the person's own cases and what is done to their licences; only the real-name level opens it.
func (s *Surface) mine(w http.ResponseWriter, r *http.Request) error {
	me, p := visitor(r), page.Of(r)
	head := page.Head{Title: p.T("after.mine"), Lead: p.T("after.mine.lead"), Back: page.Link{Text: p.T("nav.space"), Href: "/me"}}
	if !me.Real() {
		return page.Show(w, r, http.StatusOK, open(p, head, para(p.T("after.mine.real"))))
	}
	letters, err := s.myLetters(r, me)
	if err != nil {
		return err
	}
	acts, err := s.myActs(r, me)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, open(p, head, section(p.T("after.mine.letters"), page.List(p, letters)), section(p.T("after.mine.acts"), page.List(p, acts))))
}

func (s *Surface) myLetters(r *http.Request, me identity.Me) (page.Table, error) {
	p := page.Of(r)
	t := page.Table{ID: "letters", Caption: p.T("after.mine.letters"), Empty: page.Nothing{Title: p.T("after.mine.none")}, Columns: columns(p, "after.column.case", "after.column.kind", "after.column.way", "after.column.effect")}
	cases, err := casefile.ByParty(r.Context(), s.DB, me.For, mostMine)
	for _, c := range cases {
		var all []delivery.Delivery
		if err == nil {
			all, err = delivery.ByCase(r.Context(), s.DB, c.ID)
		}
		for _, d := range all {
			effect := p.T("after.not_yet")
			if !d.ServedAt.IsZero() {
				effect = p.Date(calendar.DateOf(d.Effect))
			}
			t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: c.Number.Format(), Href: "/me/case/" + string(c.ID) + "/delivery"}), page.Words(d.Title), page.Words(wayOf(p, d)), page.Words(effect)}})
		}
	}
	return t, err
}

func wayOf(p *page.Page, d delivery.Delivery) string {
	if d.Way == "" {
		return p.T("after.state." + string(d.State))
	}
	return p.T("after.way." + string(d.Way))
}

func (s *Surface) myActs(r *http.Request, me identity.Me) (page.Table, error) {
	p := page.Of(r)
	t := page.Table{ID: "acts", Caption: p.T("after.mine.acts"), Empty: page.Nothing{Title: p.T("after.mine.no_acts")}, Columns: columns(p, "after.column.act", "after.column.name", "after.column.proposed")}
	acts, err := licence.ActsOf(r.Context(), s.DB, me.For, mostMine)
	for _, a := range acts {
		if err != nil || a.State == licence.Proposed && a.Hear == 0 { // what the holder is not heard on is told when it is decided
			continue
		}
		var l licence.Licence
		if l, err = licence.Get(r.Context(), s.DB, a.Licence); err == nil {
			t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: p.T("after.act.state."+a.State, "act", p.T("after.act."+a.Kind)), Href: "/me/act/" + string(a.ID)}), page.Words(l.Name), page.Words(p.When(a.At))}})
		}
	}
	return t, err
}

// ownCase reads a case that the session sees whole.
func (s *Surface) ownCase(r *http.Request) (casefile.Case, error) {
	c, err := casefile.Get(r.Context(), s.DB, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return c, err
	}
	who, err := party.Get(r.Context(), s.DB, c.Party)
	if err != nil {
		return c, err
	}
	if visitor(r).Sees(intake.CaseThing(c, who)) != identity.All {
		return c, notThere()
	}
	return c, nil
}

func (s *Surface) askWay(w http.ResponseWriter, r *http.Request) error {
	return s.wayPage(w, r, nil, nil)
}

// wayPage shows how the letters of a case reach the person, and lets them choose.
func (s *Surface) wayPage(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	c, err := s.ownCase(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	all, err := delivery.Choices(r.Context(), s.DB, c.ID)
	if err != nil {
		return err
	}
	now := delivery.Standing(all)
	address, err := now.OpenAddress(r.Context(), s.DB, s.Vault)
	if err != nil {
		return err
	}
	letters, err := delivery.ByCase(r.Context(), s.DB, c.ID)
	if err != nil {
		return err
	}
	fields := page.Refill(p, wayFields(p, now, address), in, wrong)
	parts := []templ.Component{page.Summary(p, wayRows(p, now, letters))}
	parts = append(parts, ask(p, form{To: "/me/case/" + string(c.ID) + "/delivery", Label: p.T("after.choose.title"), View: page.One, Fields: fields, Acts: []page.Act{{Text: p.T("after.choose.keep"), Look: page.Main}}}))
	if len(all) > 0 {
		parts = append(parts, section(p.T("after.choose.before"), page.Timeline(p, chosen(p, all))))
	}
	h := page.Head{Title: p.T("after.choose.title"), Lead: p.T("after.choose.lead"), Problems: page.Problems(p, fields, wrong), Back: page.Link{Text: c.Number.Format(), Href: "/me/case/" + string(c.ID)}}
	return page.Show(w, r, statusOf(wrong), open(p, h, parts...))
}

func wayRows(p *page.Page, now delivery.Choice, letters []delivery.Delivery) []page.Row {
	rows := []page.Row{{Label: p.T("after.wish"), Value: p.T("after.way." + string(now.Way))}}
	for _, d := range letters {
		row := page.Row{Label: d.Title, Value: p.T("after.state." + string(d.State))}
		if !d.ServedAt.IsZero() {
			row.Value = p.T("after.served.on", "way", p.T("after.way."+string(d.Way)), "day", p.FullDate(calendar.DateOf(d.Effect)))
		}
		if d.Tracking != "" {
			row.Note = p.T("after.tracking", "number", d.Tracking)
		}
		rows = append(rows, row)
	}
	return rows
}

func wayFields(p *page.Page, now delivery.Choice, address string) []page.Field {
	way := page.Field{Name: "way", Label: p.T("after.choose.ask"), Kind: page.Radio, Value: string(now.Way)}
	for _, x := range []delivery.Way{delivery.Electronic, delivery.Post, delivery.Direct} {
		way.Options = append(way.Options, page.Option{Value: string(x), Text: p.T("after.way." + string(x)), Hint: p.T("after.choose.hint." + string(x))})
	}
	agreed := page.Field{Name: "agreed", Label: p.T("after.choose.agreed"), Hint: p.T("after.choose.agreed.hint"), Kind: page.Confirm, Optional: true}
	if now.Way == delivery.Electronic {
		agreed.Value = "yes"
	}
	return []page.Field{way, agreed, {Name: "address", Label: p.T("after.choose.where"), Hint: p.T("after.choose.where.hint"), Value: address, Optional: true, Auto: "street-address"}}
}

// chosen are the choices so far: a consent stands in it with its time, and so does its withdrawal.
func chosen(p *page.Page, all []delivery.Choice) (out []page.Moment) {
	for i, c := range all {
		m := page.Moment{Title: p.T("after.way." + string(c.Way)), At: p.When(c.At), State: page.Done}
		if c.Way == delivery.Electronic {
			m.Detail = p.T("after.choose.consented")
		} else if i > 0 && all[i-1].Way == delivery.Electronic {
			m.Detail = p.T("after.choose.withdrawn")
		}
		out = append(out, m)
	}
	return out
}

func (s *Surface) choose(w http.ResponseWriter, r *http.Request) error {
	c, err := s.ownCase(r)
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	x := fulfilment.Choice{Case: c.ID, Way: delivery.Way(in.Text("way")), Address: in.Text("address"), Agreed: in.Text("agreed") == "yes", By: visitor(r).Actor()}
	if x.Submit, err = submit(r, in, x.By, string(x.Way), x.Address, in.Text("agreed")); err != nil {
		return err
	}
	if err = s.Hand.Choose(r.Context(), x); again(err) {
		return s.wayPage(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/me/case/"+string(c.ID)+"/delivery")
}
