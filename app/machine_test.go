package app_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/identity"
	"yimen/process/signin"
	"yimen/ref"
	"yimen/town"
	"yimen/web/page"
)

// TestMachineRoutes walks the machine routes of the table: a cookie opens none of them, a token
// those of its holder's roles, and what is not open answers 401 or 403 with a problem document.
func TestMachineRoutes(t *testing.T) {
	s := newSite(t)
	tokens := map[string]string{"": "", "nobody": "ymp_nothing"}
	for account := range visitors {
		if _, outside := s.phones[account]; outside || account == "" {
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

// overTheInterface hands an application in as another system would, once wrong and once right, with
// a person's number, phone and address in it, and follows it.
func overTheInterface(t *testing.T, a *apptest.App, persons []town.Person) {
	t.Helper()
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	portal, secret, err := a.Door.AddPortal(ctx, "system:test", identity.Portal{Name: "门户", Verbs: "submit read hooks", Items: "*", Organs: "*", Assurance: ref.AssuranceReal})
	if err != nil {
		t.Fatal(err)
	}
	issued, err := a.Door.Grant(ctx, signin.Credentials{ID: string(portal.ID), Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	p := persons[11]
	answers := map[string]string{}
	for element, x := range a.Filled(apptest.Item(a, "cc-individual-business")) {
		answers[element] = x.Value
		switch a.Field("cc-individual-business", element).Kind {
		case "phone":
			answers[element] = p.Phone
		case "address":
			answers[element] = p.Address
		case "idnumber":
			answers[element] = string(p.Number)
		}
	}
	send := func(want int, method, path string, body any) *httptest.ResponseRecorder {
		t.Helper()
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(string(raw)))
		r.Header.Set("Authorization", "Bearer "+issued.Token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "leak-hunt-key-"+string(p.Number[len(p.Number)-1:])+method)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		return w
	}
	application := map[string]any{"applicant": map[string]string{"kind": "natural", "name": p.Name, "number": string(p.Number)}, "item": "cc-individual-business",
		"place": string(a.Staff("clerk01").Hall)[:9], "answers": answers, "materials": map[string]any{}}
	if w := send(422, "POST", "/cases", application); strings.Contains(w.Body.String(), p.Phone) || strings.Contains(w.Body.String(), string(p.Number)) {
		t.Errorf("a refusal repeats a person's number: %s", w.Body)
	}
	papers := map[string]any{}
	for _, m := range apptest.Item(a, "cc-individual-business").Materials {
		if m.HandedIn() {
			papers[m.ID] = []map[string]string{{"content": "JVBERi0xLjcKJSVFT0YK"}}
		}
	}
	application["materials"] = papers
	var made struct{ Number string }
	if err := json.Unmarshal(send(201, "POST", "/cases", application).Body.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	a.Settle()
	send(200, "GET", "/cases/"+made.Number, nil)
	send(200, "GET", "/cases", nil)
}
