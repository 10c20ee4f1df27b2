package app

import (
	"net/http"

	"yimen/domain/org"
	"yimen/foundation/fault"
	"yimen/foundation/telemetry"
	"yimen/ref"
	"yimen/web/page"
)

// actor is who a request's session belongs to.
func (h *House) actor(r *http.Request) (page.Actor, error) {
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
		SignIn: func(*http.Request, []page.Role) string { return "/staff/signin" }, Limits: h.Limits,
		Site: page.Site{Host: letterText("site.host"), Operator: letterText("site.operator"), Code: letterText("site.code")}}
	inner, err := door.Handler(routes...)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", loopback(h.Meter.Handler()))
	mux.Handle("GET /healthz", telemetry.Health())
	mux.Handle("GET /readyz", telemetry.Ready(h.Log, telemetry.Check{Name: "database", Run: h.DB.Ping}))
	mux.Handle("/", inner)
	return h.Meter.Requests(mux), nil
}

// nav is the main navigation of an actor: one entry a surface their roles open.
func nav(p *page.Page) (out []page.Link) {
	for _, e := range []struct {
		key, href string
		roles     []page.Role
	}{
		{"nav.window", "/window", []page.Role{page.Clerk, page.Representative}},
		{"nav.approver", "/approver", []page.Role{page.Approver, page.Representative}},
		{"nav.oversight", "/oversight", []page.Role{page.Supervisor}},
		{"nav.admin", "/admin", []page.Role{page.Admin}},
	} {
		if p.Actor.SignedIn() && p.Actor.Is(e.roles...) {
			out = append(out, page.Link{Text: p.T(e.key), Href: e.href})
		}
	}
	return out
}
