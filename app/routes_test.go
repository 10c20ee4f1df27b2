package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/identity"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/session"
	"yimen/web/page"
)

// visitors are one account a role, and nobody.
var visitors = map[string]page.Role{"": page.Anyone, "clerk01": page.Clerk, "market-rep-zumiao": page.Representative, "build-decide": page.Approver,
	"supervisor01": page.Supervisor, "keeper-market": page.Keeper, "standards01": page.Standards, "rules01": page.Rules, "admin": page.Admin, person: page.Party, holder: page.Party}

// From outside: somebody the house knows, and somebody who only holds a phone.
const (
	person = "the person"
	holder = "the phone's holder"
)

// site is a house's handler and its route table.
type site struct {
	*apptest.App
	handler http.Handler
	t       *testing.T
	routes  []page.Route
	phones  map[string]identity.Me
}

func newSite(t *testing.T) *site {
	t.Helper()
	a := apptest.New(t, dbtest.SQLite(t))
	a.House.Limits = page.Limits{Address: page.Rate{PerSecond: 1e6, Burst: 1e6}, Actor: page.Rate{PerSecond: 1e6, Burst: 1e6}}
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	routes, err := a.Routes()
	if err != nil {
		t.Fatal(err)
	}
	phone := &apptest.Phone{Number: "19900009001"}
	return &site{a, h, t, routes, map[string]identity.Me{person: a.Visitor("person-060"), holder: a.SignIn(phone)}}
}

// do sends a request in a session of its own: one of the routes signs out.
func (s *site) do(account string, r *http.Request) *http.Response {
	s.t.Helper()
	if me, outside := s.phones[account]; outside {
		r.AddCookie(s.VisitCookie(me))
	} else if account != "" {
		w := httptest.NewRecorder()
		err := s.Sessions.SignIn(w, httptest.NewRequest("GET", "/", nil), session.Opening{Kind: "staff", Subject: string(s.Staff(account).ID), Now: s.Clock.Now()})
		if err != nil {
			s.t.Fatal(err)
		}
		r.AddCookie(w.Result().Cookies()[0])
	}
	w := httptest.NewRecorder()
	if strings.HasSuffix(r.URL.Path, "/stream") { // events would never end
		within, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		r = r.WithContext(within)
	}
	s.handler.ServeHTTP(w, r)
	return w.Result()
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// request makes a request that fits a route's pattern; its ids name nothing.
func request(t page.Route) *http.Request {
	path := wildcard.ReplaceAllString(strings.ReplaceAll(t.Pattern, "{$}", ""), "nothing")
	if t.Method != "POST" {
		return httptest.NewRequest(t.Method, path, nil)
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(url.Values{"key": {page.NewKey()}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// TestEveryRouteForEveryRole walks the route table: who has none of a route's roles is turned
// away, who has one gets through to the page; nobody ever sees a server error.
func TestEveryRouteForEveryRole(t *testing.T) {
	s := newSite(t)
	if len(s.routes) < 25 {
		t.Fatalf("only %d routes", len(s.routes))
	}
	for _, route := range s.routes {
		if route.API { // TestMachineRoutes
			continue
		}
		for account := range visitors {
			actor, allowed := s.who(t, account), false
			allowed = actor.Is(route.Roles...)
			res := s.do(account, request(route))
			door := strings.HasPrefix(res.Header.Get("Location"), "/staff/signin?") || strings.HasPrefix(res.Header.Get("Location"), "/signin?")
			turned := res.StatusCode == 403 || res.StatusCode == 401 || door
			what := route.Method + " " + route.Pattern + " as " + account
			// Staff and people from outside have doors of their own: behind the other one nobody is signed in.
			stranger := account == "" || (actor.Kind == "party") != slices.Contains(route.Roles, page.Party)
			switch {
			case res.StatusCode >= 500:
				t.Errorf("%s: %d", what, res.StatusCode)
			case !allowed && !turned:
				t.Errorf("%s got through: %d", what, res.StatusCode)
			case !allowed && stranger && route.Method == "GET" && res.StatusCode != 303:
				t.Errorf("%s: %d, not the way to sign in", what, res.StatusCode)
			case !allowed && stranger && route.Method != "GET" && res.StatusCode != 401:
				t.Errorf("%s: %d, not the sentence to sign in", what, res.StatusCode)
			case !allowed && !stranger && res.StatusCode != 403:
				t.Errorf("%s: %d, not a denial", what, res.StatusCode)
			case allowed && turned && slices.Contains(route.Roles, page.Anyone) && !strings.HasPrefix(route.Pattern, "/simulator/realname"):
				t.Errorf("%s was turned away: %d", what, res.StatusCode)
			}
		}
	}
}

func (s *site) who(t *testing.T, account string) page.Actor {
	t.Helper()
	var a page.Actor
	if account == "" {
		return a
	}
	if _, outside := s.phones[account]; outside {
		return page.Actor{Kind: "party", Roles: []page.Role{page.Party}}
	}
	staff := s.Staff(account)
	for _, r := range page.Roles {
		if r.Staff() && staff.Has(string(r)) {
			a.Roles = append(a.Roles, r)
		}
	}
	if !slices.Contains(a.Roles, visitors[account]) {
		t.Fatalf("%s is no %s", account, visitors[account])
	}
	return a
}

// A post from another site is refused on every route, signed in or not.
func TestCrossSitePostsAreRefused(t *testing.T) {
	s := newSite(t)
	n := 0
	for _, route := range s.routes {
		if route.Method == "GET" {
			continue
		}
		n++
		for account := range visitors {
			r := request(route)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Origin", "https://elsewhere.example")
			if res := s.do(account, r); res.StatusCode != 403 {
				t.Errorf("%s %s as %q: %d", route.Method, route.Pattern, account, res.StatusCode)
			}
		}
	}
	if n == 0 {
		t.Fatal("no posts")
	}
}

// Every answer, errors too, carries the headers of web.md §4 and no inline script or style.
func TestHeadersOnEveryAnswer(t *testing.T) {
	s := newSite(t)
	inline := regexp.MustCompile(`(?i)<script(?:\s+type="[^"]*")?\s*>|<style|\son[a-z]+\s*=\s*"|\sstyle\s*=\s*"`)
	for _, route := range append(s.routes, page.Route{Method: "GET", Pattern: "/no/such/page"}) {
		for _, account := range []string{"", "clerk01", "build-decide", "admin", "supervisor01"} {
			res := s.do(account, request(route))
			h := res.Header
			csp := h.Get("Content-Security-Policy")
			if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" ||
				h.Get("Referrer-Policy") != "same-origin" || h.Get("Permissions-Policy") == "" {
				t.Errorf("%s %s as %q: %v", route.Method, route.Pattern, account, h)
			}
			body := make([]byte, 256<<10)
			n, _ := res.Body.Read(body)
			if found := inline.Find(body[:n]); found != nil {
				t.Errorf("%s %s as %q: inline %q", route.Method, route.Pattern, account, found)
			}
		}
	}
}

// Figures are for this machine only; health and readiness for everybody.
func TestMachineEndpoints(t *testing.T) {
	s := newSite(t)
	get := func(path, from, passed string) int {
		r := httptest.NewRequest("GET", path, nil)
		r.RemoteAddr = from
		if passed != "" {
			r.Header.Set(passed, "10.0.0.9")
		}
		return s.do("", r).StatusCode
	}
	for _, c := range []struct {
		path, from, passed string
		want               int
	}{{"/healthz", "10.0.0.9:1", "", 200}, {"/readyz", "10.0.0.9:1", "", 200}, {"/metrics", "127.0.0.1:1", "", 200},
		{"/metrics", "10.0.0.9:1", "", 404}, {"/metrics", "127.0.0.1:1", "X-Forwarded-For", 404},
		{"/metrics", "127.0.0.1:1", "X-Real-IP", 404}, {"/metrics", "127.0.0.1:1", "Forwarded", 404}, {"/metrics", "[::1]:1", "Via", 404}} {
		if got := get(c.path, c.from, c.passed); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// Somebody else's things are not found, whatever their ids.
func TestStrangersSeeNothing(t *testing.T) {
	s := newSite(t)
	id := grantRoadDig(t, s.App)
	docs := documents(t, s.App, id)
	for _, d := range docs {
		for _, x := range []struct{ account, path string }{
			{"", "/progress/document/" + string(d.ID)}, {"clerk40", "/window/document/" + string(d.ID)}, {"civil-decide", "/approver/document/" + string(d.ID)},
		} {
			if res := s.do(x.account, httptest.NewRequest("GET", x.path, nil)); res.StatusCode == 200 {
				t.Errorf("%s opened %s", x.account, x.path)
			}
		}
	}
	for _, path := range []string{"/window/case/" + string(id), "/approver/case/" + string(id)} {
		account := map[bool]string{true: "clerk40", false: "civil-decide"}[strings.HasPrefix(path, "/window")]
		if res := s.do(account, httptest.NewRequest("GET", path, nil)); res.StatusCode != 404 && res.StatusCode != 403 {
			t.Errorf("%s opened %s: %d", account, path, res.StatusCode)
		}
	}
}
