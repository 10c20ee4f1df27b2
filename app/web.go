package app

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/foundation/session"
	"yimen/foundation/telemetry"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/citizen"
	"yimen/web/page"
)

// actor is who asks. Staff and people from outside have doors of their own, and one browser may
// have come through both: the route says which counts, and a page for anyone prefers the latter.
func (h *House) actor(r *http.Request) (page.Actor, error) {
	if page.Of(r).Machine() {
		return h.machineActor(r)
	}
	need := page.Of(r).Needs()
	if slices.ContainsFunc(need, page.Role.Staff) {
		return h.staffActor(r)
	}
	a, err := h.visitor(r)
	if slices.Contains(need, page.Party) || !fault.Is(err, fault.Unauthenticated) {
		return a, err
	}
	return h.staffActor(r)
}

// visitor is a person signed in from outside.
func (h *House) visitor(r *http.Request) (page.Actor, error) {
	s, err := h.Visits.Of(r, h.Now())
	if err != nil {
		return page.Actor{}, err
	}
	if s.Kind != citizen.VisitKind {
		return page.Actor{}, fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	me, _, err := h.Outside.Return(r.Context(), ref.AccountID(s.Subject), s.Data[citizen.DeviceKey], ref.Assurance(s.Data[citizen.LevelKey]), ref.PartyID(s.Data[citizen.ForKey]))
	if err != nil {
		return page.Actor{}, err
	}
	if me, err = intake.Acting(r.Context(), h.DB, me, s.Data[citizen.ActKey], h.Now()); err != nil {
		return page.Actor{}, err
	}
	a := page.Actor{Kind: "party", ID: string(me.Account), Roles: []page.Role{page.Party}, Leave: "/signout", Idle: session.Usual.Idle, Data: me}
	if me.Real() {
		return h.named(r.Context(), a, me)
	}
	phone, err := identity.Phone(r.Context(), h.DB, h.Vault, me.Account)
	a.Name = ref.MaskPhone(phone)
	return a, err
}

// named says whose space it is: the person's, or the company's they speak for.
func (h *House) named(ctx context.Context, a page.Actor, me identity.Me) (page.Actor, error) {
	who, err := party.Get(ctx, h.DB, me.Person)
	if err != nil {
		return a, err
	}
	a.Name = who.Name
	if me.Mandate != "" {
		principal, err := party.Get(ctx, h.DB, me.Principal)
		a.For = principal.Name
		return a, err
	}
	if me.For != me.Person {
		company, err := party.Get(ctx, h.DB, me.For)
		a.Post = company.Name
		return a, err
	}
	return a, nil
}

// machineActor is who holds the token that a request brings. Machine routes take nothing else: a
// browser sends its cookie along on its own, and nobody would notice.
func (h *House) machineActor(r *http.Request) (page.Actor, error) {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") || token == "" {
		return page.Actor{}, fault.New(fault.Unauthenticated, "api.token.bearer")
	}
	b, err := h.Door.Bearer(r.Context(), token)
	if err != nil {
		return page.Actor{}, err
	}
	if b.Staff.ID != "" {
		return page.Actor{Kind: "staff", ID: string(b.Staff.ID), Roles: roles(b.Staff), Data: b.Staff}, nil
	}
	return page.Actor{Kind: "portal", ID: string(b.Portal.ID), Roles: []page.Role{page.Portal}, Data: b.Portal}, nil
}

func (h *House) staffActor(r *http.Request) (page.Actor, error) {
	s, err := h.Sessions.Of(r, h.Now())
	if err != nil {
		return page.Actor{}, err
	}
	if s.Kind != "staff" {
		return page.Actor{}, fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	staff, err := org.GetStaff(r.Context(), h.DB, ref.StaffID(s.Subject))
	if err != nil {
		return page.Actor{}, err
	}
	if !staff.Active {
		return page.Actor{}, fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	return page.Actor{Kind: "staff", ID: string(staff.ID), Name: staff.Name, Post: staff.Post, Roles: roles(staff), Leave: "/staff/signout", Data: staff}, nil
}

func roles(s org.Staff) (out []page.Role) {
	for _, r := range page.Roles {
		if r.Staff() && s.Has(string(r)) {
			out = append(out, r)
		}
	}
	return out
}

// Handler is every surface behind one door, with the machine endpoints beside it.
func (h *House) Handler() (http.Handler, error) {
	routes, err := h.Routes()
	if err != nil {
		return nil, err
	}
	door := page.House{Actor: h.actor, Now: h.Now, Log: h.Log, TLS: h.TLS, Proxies: h.Proxies, Demo: h.Demo, Nav: nav,
		SignIn: signInAt, Limits: h.Limits,
		Site: page.Site{Host: letterText("site.host"), Operator: letterText("site.operator"), Code: letterText("site.code")}}
	inner, err := door.Handler(routes...)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", loopback(h.Meter.Handler()))
	mux.HandleFunc("GET "+receiptPath, h.receipt)
	mux.HandleFunc("POST "+heardPath, h.heard)
	mux.Handle("GET /healthz", telemetry.Health())
	mux.Handle("GET /readyz", telemetry.Ready(h.Log, telemetry.Check{Name: "database", Run: h.DB.Ping}))
	mux.Handle("/", inner)
	return h.Meter.Requests(mux), nil
}

// signInAt is the door of a route.
func signInAt(_ *http.Request, need []page.Role) string {
	if slices.Contains(need, page.Party) {
		return "/signin"
	}
	return "/staff/signin"
}

// nav is the main navigation of an actor: one entry a surface their roles open.
func nav(p *page.Page) (out []page.Link) {
	if !p.Actor.SignedIn() && !strings.HasPrefix(p.Path, "/staff") {
		return []page.Link{{Text: p.T("nav.items"), Href: "/items"}, {Text: p.T("nav.signin"), Href: "/signin"}}
	}
	for _, e := range []struct {
		key, href string
		roles     []page.Role
	}{
		{"nav.items", "/items", []page.Role{page.Party}},
		{"nav.space", "/me", []page.Role{page.Party}},
		{"nav.window", "/window", []page.Role{page.Clerk, page.Representative}},
		{"nav.approver", "/approver", []page.Role{page.Approver, page.Representative}},
		{"after.nav", "/approver/deliveries", []page.Role{page.Approver}},
		{"after.deliveries.hall", "/window/deliveries", []page.Role{page.Clerk}},
		{"after.archive", "/archive", []page.Role{page.Admin, page.Supervisor}},
		{"inbox.stand.title", "/approver/stand", []page.Role{page.Keeper, page.Admin}},
		{"nav.oversight", "/oversight", []page.Role{page.Supervisor}},
		{"nav.trust", "/trust", []page.Role{page.Approver, page.Representative, page.Supervisor}},
		{"nav.credit", "/trust/catalogue", []page.Role{page.Keeper, page.Standards}},
		{"card.organs", "/standards/notice", []page.Role{page.Supervisor}},
		{"nav.powers", "/powers", []page.Role{page.Standards, page.Keeper, page.Supervisor, page.Admin}},
		{"nav.forms", "/forms", []page.Role{page.Keeper, page.Standards}},
		{"nav.bundles", "/bundles", []page.Role{page.Standards, page.Keeper}},
		{"nav.corrections", "/forms/corrections", []page.Role{page.Supervisor, page.Keeper}},
		{"nav.admin", "/admin", []page.Role{page.Admin}},
		{"nav.laws", "/admin/laws", []page.Role{page.Keeper, page.Standards}},
		{"nav.rules", "/rules", []page.Role{page.Rules}},
		{"nav.standards", "/standards", []page.Role{page.Keeper, page.Standards, page.Admin}},
	} {
		if p.Actor.SignedIn() && p.Actor.Is(e.roles...) {
			out = append(out, page.Link{Text: p.T(e.key), Href: e.href})
		}
	}
	return out
}
