// Package standards is the desk of those who keep items: an organ's keepers write and review them, the
// standards office checks and publishes them, and both work off what changes above.
//
// It holds that nothing typed is lost when somebody else saved meanwhile; that what the basic catalogue says
// is shown and not asked; that who wrote or reviewed a draft is not offered to pass it.
package standards

import (
	"net/http"
	"net/url"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	keeping "yimen/process/standards"
	"yimen/ref"
	"yimen/view/impact"
	"yimen/view/standing"
	"yimen/web/page"
)

// Surface is the standards desk.
type Surface struct {
	DB       db.Reader
	Library  *keeping.Library
	Impact   *impact.View
	Standing *standing.View
	Calendar func() *calendar.Calendar // of the try-runs
}

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	all := []page.Role{page.Keeper, page.Standards, page.Admin}
	read := []page.Role{page.Keeper, page.Standards, page.Supervisor, page.Admin}
	write, office := []page.Role{page.Keeper, page.Standards}, []page.Role{page.Standards}
	return []page.Route{
		{Method: "GET", Pattern: "/standards", Roles: all, Handler: s.home, Title: "standards.title"},
		{Method: "GET", Pattern: "/standards/items", Roles: all, Handler: s.items, Title: "standards.items"},
		{Method: "GET", Pattern: "/standards/items/{id}", Roles: all, Handler: s.item, Title: "standards.items"},
		{Method: "GET", Pattern: "/standards/items/{id}/diff", Roles: all, Handler: s.diff, Title: "standards.diff"},
		{Method: "GET", Pattern: "/standards/items/{id}/plan.bpmn", Roles: all, Handler: s.bpmn, Title: "standards.section.process"},
		{Method: "GET", Pattern: "/standards/items/{id}/cases", Roles: all, Handler: s.cases, Title: "standards.cases"},
		{Method: "GET", Pattern: "/standards/items/{id}/edit/{section}", Roles: write, Handler: s.edit, Title: "standards.edit"},
		{Method: "POST", Pattern: "/standards/items/{id}/edit/{section}", Roles: write, Handler: s.save, Title: "standards.edit"},
		{Method: "GET", Pattern: "/standards/items/{id}/edit/plan", Roles: write, Handler: s.editPlan, Title: "standards.edit"},
		{Method: "POST", Pattern: "/standards/items/{id}/edit/plan", Roles: write, Handler: s.savePlan, Title: "standards.edit"},
		{Method: "GET", Pattern: "/standards/items/{id}/try", Roles: all, Handler: s.try, Title: "tryrun.title"},
		{Method: "POST", Pattern: "/standards/items/{id}/try", Roles: all, Handler: s.goOn, Title: "tryrun.title"},
		{Method: "POST", Pattern: "/standards/items/{id}/hand", Roles: write, Handler: s.hand, Title: "standards.hand"},
		{Method: "POST", Pattern: "/standards/items/{id}/drop", Roles: write, Handler: s.drop, Title: "standards.drop"},
		{Method: "POST", Pattern: "/standards/items/{id}/review", Roles: []page.Role{page.Keeper}, Handler: s.review, Title: "standards.pass"},
		{Method: "POST", Pattern: "/standards/items/{id}/check", Roles: office, Handler: s.check, Title: "standards.check"},
		{Method: "POST", Pattern: "/standards/items/{id}/turn", Roles: office, Handler: s.turn, Title: "standards.state.title"},
		{Method: "GET", Pattern: "/standards/queue", Roles: write, Handler: s.queue, Title: "standards.queue"},
		{Method: "GET", Pattern: "/standards/basic", Roles: all, Handler: s.basic, Title: "standards.basic"},
		{Method: "POST", Pattern: "/standards/basic/{code}/claim", Roles: []page.Role{page.Keeper}, Handler: s.claim, Title: "standards.claim"},
		{Method: "GET", Pattern: "/standards/changes", Roles: write, Handler: s.changes, Title: "standards.changes"},
		{Method: "POST", Pattern: "/standards/changes/{id}", Roles: write, Handler: s.closeChange, Title: "standards.changes"},
		{Method: "GET", Pattern: "/standards/notice", Roles: read, Handler: s.notices, Title: "card.organs"},
		{Method: "GET", Pattern: "/standards/notice/organ/{id}", Roles: read, Handler: s.organNotice, Title: "card.organs"},
		{Method: "GET", Pattern: "/standards/notice/organ/{id}/pdf", Roles: read, Handler: s.organPDF, Title: "card.organs"},
		{Method: "GET", Pattern: "/standards/openings", Roles: all, Handler: s.openings, Title: "standards.openings"},
		{Method: "POST", Pattern: "/standards/openings", Roles: office, Handler: s.addOpening, Title: "standards.openings"},
		{Method: "POST", Pattern: "/standards/openings/{id}/drop", Roles: office, Handler: s.dropOpening, Title: "standards.openings"},
		{Method: "GET", Pattern: "/standards/cases/{id}/move", Roles: office, Handler: s.askMove, Title: "standards.move"},
		{Method: "POST", Pattern: "/standards/cases/{id}/move", Roles: office, Handler: s.move, Title: "standards.move"},
	}
}

// me is the member of staff who asks.
func me(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

// mine is the organ whose things the person sees first; empty for the standards office, which sees all.
func mine(r *http.Request) ref.OrganID {
	if who := me(r); !who.Has("standards") && who.Has("keeper") {
		return who.Organ
	}
	return ""
}

// submit names a post for foundation/once.
func submit(r *http.Request, in *page.Input, body ...string) (once.Submit, error) {
	key, err := in.Key()
	return once.Submit{Actor: "staff:" + string(me(r).ID), Route: r.Method + " " + r.URL.Path, Key: key, Hash: once.Hash(body...), At: page.Of(r).Now}, err
}

func itemID(r *http.Request) ref.ItemID { return ref.ItemID(r.PathValue("id")) }

func itemPath(id ref.ItemID, rest ...string) string {
	return "/standards/items/" + strings.Join(append([]string{url.PathEscape(string(id))}, rest...), "/")
}

// rows is how many of anything a page lists.
const rows = 50

// written is an item with what is there of it: the version in force, the draft, or both.
type written struct {
	ID    ref.ItemID
	Row   catalog.Row // zero when never published
	Draft catalog.Draft
	Next  *catalog.Item // of the draft, nil when there is none
	Now   *catalog.Item // in force, nil when never published
	V     catalog.Version
}

// Doc is what a page of the item shows: the draft where there is one.
func (x written) Doc() *catalog.Item {
	if x.Next != nil {
		return x.Next
	}
	return x.Now
}

// State is the item's, "draft" before it was ever published.
func (x written) State() string {
	if x.Now == nil {
		return "draft"
	}
	return string(x.Row.State)
}

func (s *Surface) read(r *http.Request, id ref.ItemID) (written, error) {
	x, ctx := written{ID: id}, r.Context()
	d, err := catalog.GetDraft(ctx, s.DB, id)
	if err == nil {
		x.Draft = d
		x.Next, err = d.Doc()
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return x, err
	}
	x.Row, err = catalog.GetRow(ctx, s.DB, id)
	if fault.Is(err, fault.NotFound) && x.Next != nil {
		return x, nil
	}
	if err != nil {
		return x, err
	}
	x.V, err = catalog.Get(ctx, s.DB, x.Row.Version)
	x.Now = x.V.Doc()
	return x, err
}

// backTo is the way back: to an address, or to the desk.
func backTo(p *page.Page, to string) page.Link {
	switch to {
	case "":
		to = "/standards"
	case "/oversight":
		return page.Link{Text: p.T("nav.oversight"), Href: to}
	}
	return page.Link{Text: p.T("standards.title"), Href: to}
}
