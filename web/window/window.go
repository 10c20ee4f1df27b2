// Package window is the clerk's desk at a comprehensive window: find the item, meet the person, fill in, accept or take in.
//
// It holds that nothing typed or handed over is lost by any button: every post keeps the draft first; that what is held on a
// person is read only with a presence and after the look was noted; that a case or paper of another hall is not there at
// all (404); that the counter's second screen shows one person's own name and nothing else.
package window

import (
	"context"
	"net/http"

	"yimen/domain/casefile"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/foundation/session"
	"yimen/process/disclose"
	"yimen/process/intake"
	"yimen/process/issuance"
	"yimen/process/signin"
	promises "yimen/process/trust"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/prefill"
	"yimen/view/workbench"
	"yimen/web/page"
)

// Surface is the window's desk.
type Surface struct {
	DB       db.Reader
	Vault    *crypto.Vault
	Desk     *intake.Desk
	Outside  *signin.Outside
	Gate     *disclose.Gate
	Press    *issuance.Press
	Cases    *casepage.View
	Work     *workbench.View
	Prefill  *prefill.View
	Trust    *promises.Keeper
	Sessions session.Keeper

	// Card reads the card on the window's reader; choice is one of Cards, or empty where a real reader stands.
	Card  func(ctx context.Context, by org.Staff, choice string) (party.Presence, error)
	Cards []page.Option // demo: which card lies on the reader

	// Sit keeps in the session at which window the clerk sits, under SeatKey.
	Sit func(r *http.Request, window ref.WindowID) error

	// Answered gives the answer of a submit that was done before (foundation/once), "" if there is none.
	Answered func(ctx context.Context, s once.Submit) (string, error)
}

// SeatKey is where a session's data holds the window.
const SeatKey = "window"

// Bodies of posts that may carry papers.
const (
	mostFiles = 10
	filesBody = mostFiles*intake.MaxPaper + 1<<20
)

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	desk := []page.Role{page.Clerk, page.Representative}
	get := func(pattern, title string, h page.Handler) page.Route {
		return page.Route{Method: "GET", Pattern: pattern, Roles: desk, Handler: h, Title: title}
	}
	post := func(pattern, title string, h page.Handler) page.Route {
		return page.Route{Method: "POST", Pattern: pattern, Roles: desk, Handler: h, Title: title}
	}
	files := func(t page.Route) page.Route { t.Body = filesBody; return t }
	read := func(t page.Route) page.Route { // who writes items looks at what clerks are told of them
		t.Roles = []page.Role{page.Clerk, page.Representative, page.Keeper, page.Standards, page.Admin}
		return t
	}
	return append(s.proxyRoutes(get, post, files), []page.Route{
		read(get("/window/cards", "card.cards", s.cards)),
		read(get("/window/card/{item}", "card.cards", s.guidance)),
		read(get("/window/card/{item}/pdf", "card.cards", s.guidancePDF)),
		get("/window", "window.start.title", s.start),
		post("/window/sit", "window.seat.title", s.sit),
		get("/window/item/{id}", "window.item.title", s.item),
		post("/window/card", "window.card.title", s.card),
		post("/window/typed", "window.typed.title", s.typed),
		get("/window/draft/{id}", "window.draft.title", s.draft),
		files(post("/window/draft/{id}/keep", "window.draft.title", s.keep)),
		files(post("/window/draft/{id}/material/{spec}", "window.draft.title", s.keep)),
		files(post("/window/draft/{id}/accept", "window.draft.title", s.accept)),
		post("/window/draft/{id}/discard", "window.draft.title", s.discard),
		get("/window/case/{id}", "window.case.title", s.showCase),
		get("/window/case/{id}/clock", "proof.title", s.clock),
		get("/window/case/{id}/clock.pdf", "proof.title", s.clockPDF),
		files(post("/window/case/{id}/supply", "window.case.title", s.supply)),
		post("/window/resume", "window.resume.title", s.resume),
		get("/window/phone", "window.phone.title", s.phone),
		post("/window/phone", "window.phone.title", s.confirmPhone),
		get("/window/hotline", "window.hotline.title", s.askHotline),
		post("/window/hotline", "window.hotline.title", s.hotline),
		get("/window/counter", "window.counter.title", s.counter),
		post("/window/counter/confirm", "window.counter.title", s.confirm),
		post("/window/counter/sign", "window.counter.title", s.signVow),
		files(post("/window/draft/{id}/sign", "window.draft.title", s.askVow)),
		files(post("/window/case/{id}/owed", "window.case.title", s.handOwed)),
		post("/window/case/{id}/check", "window.case.title", s.checkOwed),
		get("/window/material/{id}", "window.material.title", s.material),
		get("/window/document/{id}", "window.document.title", s.document),
	}...)
}

// clerk is who sits at the window.
func clerk(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

// submit names a post for foundation/once.
func submit(r *http.Request, in *page.Input, route string, body ...string) (once.Submit, error) {
	key, err := in.Key()
	return once.Submit{Actor: "staff:" + string(clerk(r).ID), Route: route, Key: key, Hash: once.Hash(body...), At: page.Of(r).Now}, err
}

func notThere() error { return fault.New(fault.NotFound, "fault.not_found") }

// caseOf reads a case if it was taken in by this clerk or in this clerk's hall.
func (s *Surface) caseOf(r *http.Request, id ref.CaseID) (casefile.Case, error) {
	c, err := casefile.Get(r.Context(), s.DB, id)
	if err != nil {
		return c, err
	}
	if who := clerk(r); c.Clerk != who.ID && (who.Hall == "" || c.Hall != who.Hall) {
		return c, notThere()
	}
	return c, nil
}

// seat is the window the clerk sits at, empty until one was chosen; all are those of the clerk's hall.
func (s *Surface) seat(r *http.Request) (at ref.WindowID, all []org.Window, err error) {
	if all, err = org.WindowsOf(r.Context(), s.DB, clerk(r).Hall); err != nil {
		return "", nil, err
	}
	kept, err := s.Sessions.Of(r, page.Of(r).Now)
	if err != nil {
		return "", nil, err
	}
	for _, w := range all {
		if string(w.ID) == kept.Data[SeatKey] {
			at = w.ID
		}
	}
	return at, all, nil
}

func seatField(p *page.Page, at ref.WindowID, all []org.Window) page.Field {
	f := page.Field{Name: "window", Label: p.T("window.seat.label"), Kind: page.Select, Value: string(at)}
	for _, w := range all {
		f.Options = append(f.Options, page.Option{Value: string(w.ID), Text: w.Name})
	}
	return f
}

func (s *Surface) sit(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	if err := s.sitAt(r, ref.WindowID(in.Text("window"))); err != nil {
		return err
	}
	return page.Redirect(w, r, "/window")
}

// sitAt keeps the window if it is one of the clerk's hall.
func (s *Surface) sitAt(r *http.Request, id ref.WindowID) error {
	at, all, err := s.seat(r)
	if err != nil || at == id {
		return err
	}
	for _, w := range all {
		if w.ID == id {
			return s.Sit(r, id)
		}
	}
	return fault.Bad(fault.Field{Name: "window", Key: "window.seat.choose"})
}
