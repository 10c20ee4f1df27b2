package page

import (
	"fmt"
	"slices"
	"time"
)

// Role is who may come through a route.
type Role string

const (
	Anyone         Role = "anyone"         // signed in or not
	Party          Role = "party"          // an applicant, natural or legal
	Representative Role = "representative" // an organ's chief representative at the hall (首席代表)
	Clerk          Role = "clerk"          // at a comprehensive window
	Approver       Role = "approver"       // in a department
	Supervisor     Role = "supervisor"
	Keeper         Role = "keeper"    // an organ's: writes down its items
	Standards      Role = "standards" // the standards office: checks and publishes what keepers wrote
	Rules          Role = "rules"     // keeps the tables that bound discretion
	Admin          Role = "admin"
	Portal         Role = "portal" // another system, by its own credentials
)

// Roles are all roles there are.
var Roles = []Role{Anyone, Party, Representative, Clerk, Approver, Supervisor, Keeper, Standards, Rules, Admin, Portal}

// Staff says that a role belongs to a desk.
func (r Role) Staff() bool { return r != Anyone && r != Party && r != Portal }

// Actor is who asks. The zero value is nobody signed in.
type Actor struct {
	Kind  string // party · staff · portal
	ID    string
	Name  string // as the page's top shows it
	Post  string // organ or window, as the page's top shows it
	For   string // for whom they act (代办), said on every page; empty: for themselves
	Roles []Role
	Leave string        // address of the form post that signs out, "" = not offered
	Idle  time.Duration // after how long without a request the session ends; zero: not said
	Data  any           // what the app's Actor function wants its surfaces to have at hand
}

// SignedIn says that somebody is there.
func (a Actor) SignedIn() bool { return a.ID != "" }

// Is says that the actor has one of the roles.
func (a Actor) Is(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return r == Anyone || slices.Contains(a.Roles, r) })
}

// check refuses a table entry that would be open by oversight.
func (t Route) check() error {
	switch {
	case len(t.Roles) == 0:
		return fmt.Errorf("route %s %s names no role", t.Method, t.Pattern)
	case t.Handler == nil:
		return fmt.Errorf("route %s %s has no handler", t.Method, t.Pattern)
	case t.Method == "" || t.Pattern == "" || t.Pattern[0] != '/':
		return fmt.Errorf("route %q %q: method and path are needed", t.Method, t.Pattern)
	}
	for _, r := range t.Roles {
		if !slices.Contains(Roles, r) {
			return fmt.Errorf("route %s %s names the unknown role %q", t.Method, t.Pattern, r)
		}
	}
	return nil
}

// desk says that only staff come here, so that faults look like a desk page.
func (t Route) desk() bool {
	return len(t.Roles) > 0 && !slices.ContainsFunc(t.Roles, func(r Role) bool { return !r.Staff() })
}
