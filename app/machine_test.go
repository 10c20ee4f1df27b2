package app_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"yimen/domain/identity"
	"yimen/process/signin"
	"yimen/ref"
	"yimen/web/page"
)

// TestMachineRoutes walks the machine routes of the table: a cookie opens none of them, a token
// those of its holder's roles, and what is not open answers 401 or 403 with a problem document.
func TestMachineRoutes(t *testing.T) {
	s := newSite(t)
	tokens := map[string]string{"": "", "nobody": "ymp_nothing"}
	for account := range visitors {
		if account == "" {
			continue
		}
		text, _, err := s.Door.StaffToken(ctx, "system:test", account, 1)
		if err != nil {
			t.Fatal(err)
		}
		tokens[account] = text
	}
	portal, secret, err := s.Door.AddPortal(ctx, "system:test", identity.Portal{Name: "门户", Verbs: "submit read hooks", Items: "*", Organs: "*", Assurance: ref.AssuranceCode})
	if err != nil {
		t.Fatal(err)
	}
	issued, err := s.Door.Grant(ctx, signin.Credentials{ID: string(portal.ID), Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	tokens["portal"] = issued.Token
	n := 0
	for _, route := range s.routes {
		if !route.API {
			continue
		}
		n++
		open := page.Actor{}.Is(route.Roles...)
		for account := range visitors {
			if res := s.do(account, request(route)); !open && res.StatusCode != 401 {
				t.Errorf("%s %s with the cookie of %q: %d", route.Method, route.Pattern, account, res.StatusCode)
			}
		}
		for name, token := range tokens {
			var actor page.Actor
			switch {
			case name == "portal":
				actor.Roles = []page.Role{page.Portal}
			case visitors[name] != "" && name != "":
				actor = s.who(t, name)
			}
			r := request(route)
			r.Header.Set("Authorization", "Bearer "+token)
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, r)
			want := 403
			if len(actor.Roles) == 0 {
				want = 401
			}
			allowed := actor.Is(route.Roles...)
			turned := w.Code == 401 || w.Code == 403
			if w.Code >= 500 || !allowed && w.Code != want || allowed && turned {
				t.Errorf("%s %s as %q: %d %s", route.Method, route.Pattern, name, w.Code, w.Body)
			}
			if turned && !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") || w.Code == 401 && w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s as %q: %v", route.Method, route.Pattern, name, w.Header())
			}
		}
	}
	if n < 20 {
		t.Fatalf("only %d machine routes", n)
	}
}
