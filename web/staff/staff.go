// Package staff is the door of everybody who works here: signing in, one-time links, the way to the desks.
//
// It holds that a wrong account, password or code is answered with one and the same sentence; that no secret stands in an
// address; that signing in by one click exists only where Demo is given.
package staff

import (
	"context"
	"net/http"
	"slices"

	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/session"
	"yimen/process/signin"
	"yimen/web/page"
)

// SessionKind marks the sessions that are opened here; their subject is a ref.StaffID.
const SessionKind = "staff"

// Surface is the staff's door.
type Surface struct {
	DB       db.Reader
	Door     *signin.Door
	Sessions session.Keeper
	Demo     func(ctx context.Context, account string) (org.Staff, error) // nil outside a demo
	Desks    []Desk                                                       // nil: Usual
}

// Desk is a place staff go to from their home page; its name and what it is for are staff.desk.NAME and
// staff.desk.NAME.lead.
type Desk struct {
	Name, Href string
	Roles      []page.Role
}

// Usual are the desks there are.
var Usual = []Desk{
	{"window", "/window", []page.Role{page.Clerk, page.Representative}},
	{"counter", "/window/counter", []page.Role{page.Clerk, page.Representative}},
	{"approver", "/approver", []page.Role{page.Approver, page.Representative}},
	{"oversight", "/oversight", []page.Role{page.Supervisor}},
	{"standards", "/standards", []page.Role{page.Keeper, page.Standards}},
	{"powers", "/powers", []page.Role{page.Standards, page.Keeper, page.Supervisor, page.Admin}},
	{"admin", "/admin", []page.Role{page.Admin}},
	{"exchange", "/exchange", []page.Role{page.Keeper, page.Standards}},
}

// everyStaff may come in whoever they are.
var everyStaff = []page.Role{page.Representative, page.Clerk, page.Approver, page.Supervisor, page.Keeper, page.Standards, page.Rules, page.Admin}

// slow is how often one address may try; a hall's people share one address at nine in the morning.
var slow = page.Rate{PerSecond: 1, Burst: 40}

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	anyone := []page.Role{page.Anyone}
	out := []page.Route{
		{Method: "GET", Pattern: "/staff/signin", Roles: anyone, Handler: s.signIn, Title: "staff.signin.title"},
		{Method: "POST", Pattern: "/staff/signin", Roles: anyone, Handler: s.signInNow, Title: "staff.signin.title", Rate: slow},
		{Method: "POST", Pattern: "/staff/signout", Roles: anyone, Handler: s.signOut, Title: "staff.signout"},
		{Method: "GET", Pattern: "/staff/enrol", Roles: anyone, Handler: s.enrol, Title: "staff.enrol.title"},
		{Method: "POST", Pattern: "/staff/enrol", Roles: anyone, Handler: s.enrolNow, Title: "staff.enrol.title", Rate: slow},
		{Method: "GET", Pattern: "/staff", Roles: everyStaff, Handler: s.home, Title: "staff.home.title"},
	}
	if s.Demo != nil {
		out = append(out, page.Route{Method: "POST", Pattern: "/staff/demo", Roles: anyone, Handler: s.demo, Title: "staff.demo.title", Rate: slow})
	}
	return out
}

func (s *Surface) home(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	return page.Show(w, r, http.StatusOK, homePage(p, s.desksOf(p.Actor)))
}

func (s *Surface) desksOf(a page.Actor) []Desk {
	desks := s.Desks
	if desks == nil {
		desks = Usual
	}
	return slices.DeleteFunc(slices.Clone(desks), func(d Desk) bool { return !a.Is(d.Roles...) })
}

// open begins the person's session and leads to where they wanted to go.
func (s *Surface) open(w http.ResponseWriter, r *http.Request, who org.Staff, next string) error {
	if !who.Active {
		return fault.New(fault.Denied, "staff.inactive")
	}
	err := s.Sessions.SignIn(w, r, session.Opening{Kind: SessionKind, Subject: string(who.ID), Now: page.Of(r).Now})
	if err != nil {
		return err
	}
	if next = page.Local(next); next == "/" {
		next = startOf(who)
	}
	return page.Redirect(w, r, next)
}

// startOf is where somebody begins: keepers and the standards office have one desk, others choose.
func startOf(who org.Staff) string {
	if who.Has("keeper") || who.Has("standards") {
		return "/standards"
	}
	return "/staff"
}

func (s *Surface) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.Sessions.SignOut(w, r); err != nil {
		return err
	}
	return page.Redirect(w, r, "/staff/signin")
}
