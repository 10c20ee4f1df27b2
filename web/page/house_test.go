package page

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"yimen/foundation/fault"
)

func okay(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(w, strings.Repeat("好", 1000))
	return err
}

func TestTablesWithMistakesAreRefused(t *testing.T) {
	good := Route{Method: "GET", Pattern: "/x", Roles: []Role{Anyone}, Handler: okay}
	for name, routes := range map[string][]Route{
		"no role":      {{Method: "GET", Pattern: "/x", Handler: okay}},
		"unknown role": {{Method: "GET", Pattern: "/x", Roles: []Role{"king"}, Handler: okay}},
		"no handler":   {{Method: "GET", Pattern: "/x", Roles: []Role{Anyone}}},
		"no method":    {{Pattern: "/x", Roles: []Role{Anyone}, Handler: okay}},
		"twice":        {good, good},
	} {
		if _, err := house(io.Discard).Handler(routes...); err == nil {
			t.Errorf("%s: mounted", name)
		}
	}
}

func TestWhoMayComeIn(t *testing.T) {
	h := serve(t, house(io.Discard),
		Route{Method: "GET", Pattern: "/open", Roles: []Role{Anyone}, Handler: okay},
		Route{Method: "GET", Pattern: "/own", Roles: []Role{Party}, Handler: okay},
		Route{Method: "GET", Pattern: "/desk", Roles: []Role{Clerk, Admin}, Handler: okay},
		Route{Method: "POST", Pattern: "/desk", Roles: []Role{Clerk}, Handler: okay},
		Route{Method: "GET", Pattern: "/api", Roles: []Role{Clerk}, Handler: okay, API: true})
	for _, x := range []struct {
		method, path, who string
		want              int
	}{
		{"GET", "/open", "", 200}, {"GET", "/open", "clerk", 200}, {"GET", "/open", "down", 503},
		{"GET", "/own", "", 303}, {"GET", "/own", "party", 200}, {"GET", "/own", "clerk", 403},
		{"GET", "/desk?a=1", "", 303}, {"GET", "/desk", "party", 403}, {"GET", "/desk", "clerk", 200}, {"HEAD", "/desk", "clerk", 200},
		{"POST", "/desk", "", 401}, {"POST", "/desk", "party", 403}, {"GET", "/api", "", 401}, {"GET", "/nothing", "clerk", 404}, {"DELETE", "/open", "", 404},
	} {
		w := ask(h, x.method, x.path, func(r *http.Request) { r.Header.Set("X-Test-Actor", x.who) })
		if w.Code != x.want {
			t.Errorf("%s %s as %q: %d, want %d", x.method, x.path, x.who, w.Code, x.want)
		}
		if x.want == 303 && !strings.HasPrefix(w.Header().Get("Location"), "/sign-in?next=%2F") {
			t.Errorf("%s leads to %s", x.path, w.Header().Get("Location"))
		}
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	h := serve(t, house(io.Discard), Route{Method: "GET", Pattern: "/desk", Roles: []Role{Clerk}, Handler: okay, CSP: "connect-src ws://127.0.0.1:9321; style-src-attr 'unsafe-inline'"})
	w := ask(h, "GET", "/nothing", nil)
	want := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; report-to csp"
	if got := w.Header().Get("Content-Security-Policy"); got != want {
		t.Errorf("policy\n%s\nwant\n%s", got, want)
	}
	for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "private, no-store"} {
		if w.Header().Get(name) != value {
			t.Errorf("%s: %s", name, w.Header().Get(name))
		}
	}
	w = ask(h, "GET", "/desk", func(r *http.Request) { r.Header.Set("X-Test-Actor", "clerk") })
	got := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(got, "connect-src 'self' ws://127.0.0.1:9321;") || !strings.HasSuffix(got, "style-src-attr 'unsafe-inline'") || strings.Contains(got, "script-src 'self' ") {
		t.Errorf("widened policy %s", got)
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	h := serve(t, house(io.Discard), Route{Method: "POST", Pattern: "/x", Roles: []Role{Anyone}, Handler: okay})
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 200, "none": 200} {
		if w := ask(h, "POST", "/x", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", site) }); w.Code != want {
			t.Errorf("%s: %d", site, w.Code)
		}
	}
	if w := ask(h, "POST", "/csp-report", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); w.Code != 204 {
		t.Errorf("csp report: %d", w.Code)
	}
}

func TestLimits(t *testing.T) {
	h := house(io.Discard)
	h.Limits = Limits{Address: Rate{PerSecond: 0.001, Burst: 5}, Actor: Unlimited, Stranger: Unlimited}
	door := serve(t, h, Route{Method: "GET", Pattern: "/x", Roles: []Role{Anyone}, Handler: okay},
		Route{Method: "GET", Pattern: "/slow", Roles: []Role{Anyone}, Handler: okay, Rate: Rate{PerSecond: 0.001, Burst: 1}})
	get := func(path, address string) *httptest.ResponseRecorder {
		return ask(door, "GET", path, func(r *http.Request) { r.RemoteAddr = address + ":1" })
	}
	if a, b := get("/slow", "10.0.0.1").Code, get("/slow", "10.0.0.1"); a != 200 || b.Code != 429 || b.Header().Get("Retry-After") == "" {
		t.Errorf("a route's own rate: %d %d", a, b.Code)
	}
	for range 3 {
		get("/x", "10.0.0.1")
	}
	if a, b := get("/x", "10.0.0.1").Code, get("/x", "10.0.0.2").Code; a != 429 || b != 200 {
		t.Errorf("rate by address: %d, another: %d", a, b)
	}
}

func TestPanicsAndOwnMistakesTellNothing(t *testing.T) {
	var log bytes.Buffer
	h := serve(t, house(&log),
		Route{Method: "GET", Pattern: "/panic", Roles: []Role{Anyone}, Handler: func(http.ResponseWriter, *http.Request) error { panic("inner secret") }},
		Route{Method: "GET", Pattern: "/error", Roles: []Role{Anyone}, Handler: func(http.ResponseWriter, *http.Request) error { return errors.New("inner secret") }})
	for _, path := range []string{"/panic", "/error"} {
		log.Reset()
		w := ask(h, "GET", path, nil)
		call := w.Header().Get("X-Request-Id")
		if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), ".go:") || !strings.Contains(w.Body.String(), call) {
			t.Errorf("%s: %d, number %s\n%s", path, w.Code, call, w.Body)
		}
		if !strings.Contains(log.String(), "inner secret") || !strings.Contains(log.String(), call) {
			t.Errorf("%s: the log lacks cause or number: %s", path, log.String())
		}
	}
	if !strings.Contains(log.String(), "route=/error") {
		t.Errorf("no pattern in %s", log.String())
	}
}

func TestEveryKindOfFaultIsAPage(t *testing.T) {
	for kind := range statuses {
		h := serve(t, house(io.Discard), Route{Method: "POST", Pattern: "/x", Roles: []Role{Anyone}, Handler: func(http.ResponseWriter, *http.Request) error {
			return fault.New(kind, "nobody.knows.this")
		}}, Route{Method: "POST", Pattern: "/api", API: true, Roles: []Role{Anyone}, Handler: func(http.ResponseWriter, *http.Request) error { return fault.New(kind, "fault."+kind.String()) }})
		w := ask(h, "POST", "/x", nil)
		if w.Code != statuses[kind] || strings.Contains(w.Body.String(), "nobody.knows") || len(checkHTML(w.Body.String())) > 0 {
			t.Errorf("%v: %d %v", kind, w.Code, checkHTML(w.Body.String()))
		}
		partial := ask(h, "POST", "/x", func(r *http.Request) { r.Header.Set("HX-Request", "true") })
		if partial.Code != statuses[kind] || strings.Contains(partial.Body.String(), "<html") {
			t.Errorf("%v for htmx: %d", kind, partial.Code)
		}
		if w := ask(h, "POST", "/api", nil); w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), `"code":"fault.`) {
			t.Errorf("%v for machines: %s", kind, w.Body)
		}
	}
}

func TestPagesArePacked(t *testing.T) {
	h := serve(t, house(io.Discard), Route{Method: "GET", Pattern: "/x", Roles: []Role{Anyone}, Handler: okay},
		Route{Method: "GET", Pattern: "/stream", Roles: []Role{Anyone}, Handler: func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, strings.Repeat("data: x\n\n", 400))
			return http.NewResponseController(w).Flush()
		}})
	w := ask(h, "GET", "/x", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip, br") })
	body, err := io.ReadAll(brotli.NewReader(w.Body))
	if err != nil || w.Header().Get("Content-Encoding") != "br" || string(body) != strings.Repeat("好", 1000) {
		t.Errorf("%v %v", w.Header(), err)
	}
	w = ask(h, "GET", "/stream", func(r *http.Request) { r.Header.Set("Accept-Encoding", "br") })
	if w.Header().Get("Content-Encoding") != "" || !w.Flushed {
		t.Errorf("a stream was packed or held back: %v", w.Header())
	}
}

func TestPreferencesWithoutScript(t *testing.T) {
	h := serve(t, house(io.Discard), sinkRoutes()...)
	post := func(form string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/prefs", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	w := post("size=30&lang=en&back=/%3Fa%3D1")
	if w.Code != 303 || w.Header().Get("Location") != "/?a=1" || len(w.Result().Cookies()) != 2 {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	page := ask(h, "GET", "/", func(r *http.Request) {
		for _, c := range w.Result().Cookies() {
			r.AddCookie(c)
		}
	})
	if b := page.Body.String(); !strings.Contains(b, `<html lang="en" data-size="30">`) {
		t.Error(b[:200])
	}
	if w := post("size=99&lang=xx&back=//evil.example"); w.Header().Get("Location") != "/" || len(w.Result().Cookies()) != 0 {
		t.Errorf("%v", w.Header())
	}
	for accept, want := range map[string]string{"en-GB,en;q=0.9,zh;q=0.5": "en", "fr, zh-TW": "zh-CN", "": "zh-CN"} {
		page := ask(h, "GET", "/", func(r *http.Request) { r.Header.Set("Accept-Language", accept) })
		if !strings.Contains(page.Body.String(), `<html lang="`+want+`"`) {
			t.Errorf("Accept-Language %q: not %s", accept, want)
		}
	}
}

func TestLocalNeverLeadsAway(t *testing.T) {
	for in, want := range map[string]string{"/a?b=1": "/a?b=1", "": "/", "//x": "/", "/\\x": "/", "https://x": "/", "javascript:1": "/", "/a\r\nX: y": "/", "a": "/"} {
		if got := Local(in); got != want {
			t.Errorf("Local(%q) = %q", in, got)
		}
	}
}
