// Package api is the machine interface: what the pages do, for other systems.
//
// It holds that an operation calls the process function its page calls; that a portal gets no more of a list than of its
// rows one by one, and hears of what is not its own only that it is not there; that every refusal is a problem document
// (RFC 9457) in the caller's language; that every parameter has a bound and none becomes a query; and that the OpenAPI
// document is made from the routes themselves.
package api

import (
	"context"
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/domain/seal"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/exchange"
	"yimen/process/intake"
	"yimen/process/issuance"
	"yimen/process/review"
	"yimen/process/signin"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/portal"
	"yimen/view/workbench"
	"yimen/web/page"
)

// Surface is what the machine interface needs.
type Surface struct {
	DB      db.Reader
	Door    *signin.Door
	Desk    *intake.Desk
	Board   *review.Board
	Press   *issuance.Press
	Gate    *disclose.Gate
	Hooks   *exchange.Hooks
	Cases   *casepage.View
	Work    *workbench.View
	Portals *portal.View
	Roots   *x509.CertPool // whose signatures are trusted
	Words   Words
	Host    string // address people reach us at
	// Recorded finds the document whose sealed bytes have this SHA-256 in hex, or fault.NotFound.
	Recorded func(ctx context.Context, digest string) (seal.Document, error)
	// Answered is the answer of a submit done before, "" for a new one.
	Answered func(ctx context.Context, s once.Submit) (string, error)

	api    huma.API
	routes []page.Route
}

// Words say a case's progress as the citizens' page says it.
type Words struct {
	Progress func(*page.Page, *casepage.Progress) []string
	Event    func(*page.Page, casepage.Milestone) string
}

// Prefix is where every operation begins.
const Prefix = "/api/v1"

var (
	anyone  = []page.Role{page.Anyone}
	portals = []page.Role{page.Portal}
	desks   = []page.Role{page.Approver, page.Representative}
)

// Routes are the operations, the document, and the refusals for everything else below /api/.
func (s *Surface) Routes() []page.Route {
	s.begin()
	s.items()
	s.token()
	s.cases()
	s.tasks()
	s.verify()
	s.hooks()
	out := append(s.routes, page.Route{Method: http.MethodGet, Pattern: "/api/openapi.json", Roles: anyone, Handler: s.document, Title: "api.document", API: true},
		page.Route{Method: http.MethodGet, Pattern: "/developers", Roles: anyone, Handler: s.developers, Title: "api.developers"})
	out = append(out, refusals(out)...)
	return append(out, page.Route{Method: page.AnyMethod, Pattern: "/api/", Roles: anyone, API: true, Title: "api.document", Handler: func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.NotFound, "api.no_operation")
	}})
}

// refusals say of each address which methods it has.
func refusals(routes []page.Route) (out []page.Route) {
	methods := map[string][]string{}
	for _, t := range routes {
		if t.API {
			methods[t.Pattern] = append(methods[t.Pattern], t.Method)
		}
	}
	for pattern, allowed := range methods {
		if slices.Contains(allowed, http.MethodGet) {
			allowed = append(allowed, http.MethodHead)
		}
		slices.Sort(allowed)
		list := strings.Join(allowed, ", ")
		out = append(out, page.Route{Method: page.AnyMethod, Pattern: pattern, Roles: anyone, API: true, Title: "api.document",
			Handler: func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Allow", list)
				return fault.New(fault.NotAllowed, "api.method", "methods", list)
			}})
	}
	slices.SortFunc(out, func(a, b page.Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return out
}

// mount is one operation with its line of the house's table.
type mount struct {
	id, method, path string
	roles            []page.Role
	body             int64     // largest request body in bytes; 0: the house's
	rate             page.Rate // own bucket per address
	status           int       // of success, 0: 200
	errors           []int
	verb             string // a portal needs it
}

// operation registers a typed handler as a route. Its errors are the house's faults.
func operation[I, O any](s *Surface, m mount, do func(*call, *I) (*O, error)) {
	if m.body == 0 {
		m.body = page.Usual.Body
	}
	op := huma.Operation{OperationID: m.id, Method: m.method, Path: m.path, Summary: "api.op." + m.id, Description: "api.op." + m.id + ".how",
		DefaultStatus: m.status, MaxBodyBytes: m.body, Errors: m.errors, Tags: []string{strings.Split(strings.TrimPrefix(m.path, Prefix+"/"), "/")[0]},
		Extensions: map[string]any{"x-roles": m.roles}}
	if !slices.Contains(m.roles, page.Anyone) {
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	}
	op.Errors = append(op.Errors, http.StatusTooManyRequests)
	if m.verb != "" {
		op.Extensions["x-verb"] = m.verb
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		if m.verb != "" && c.page.Actor.Is(page.Portal) && !c.portal().May(m.verb) {
			return nil, fault.New(fault.Denied, "api.verb")
		}
		return do(c, in)
	})
	s.routes[len(s.routes)-1].Roles, s.routes[len(s.routes)-1].Body, s.routes[len(s.routes)-1].Rate = m.roles, m.body, m.rate
}

// portal is the system that asks.
func (c *call) portal() identity.Portal {
	p, _ := c.page.Actor.Data.(identity.Portal)
	return p
}

// staff is the member of staff that asks.
func (c *call) staff() org.Staff {
	who, _ := c.page.Actor.Data.(org.Staff)
	return who
}

// actor is who asks, as audit rows and submits name it.
func (c *call) actor() string { return c.page.Actor.Kind + ":" + c.page.Actor.ID }

// submit names a caller's intent by the key it sent.
func (c *call) submit(key string, parts ...string) once.Submit {
	return once.Submit{Actor: c.actor(), Route: c.op.Method + " " + c.op.Path, Key: key, Hash: once.Hash(parts...), At: c.page.Now}
}

func notThere() error { return fault.New(fault.NotFound, "fault.not_found") }

// moment is a time as machines read it, nil for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// Listing is what lists answer beside their rows.
type Listing struct {
	Next string `json:"next,omitempty" doc:"api.doc.next"`
}

// division reads where a matter is, the organ's own place when nothing is said.
func division(said string, o org.Organ) (ref.DivisionCode, bool) {
	if said == "" {
		return o.Division, true
	}
	d, err := ref.ParseDivision(said)
	return d, err == nil
}
