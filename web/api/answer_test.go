package api_test

import (
	"encoding/json"
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
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/web/page"
)

func open(t *testing.T) *site {
	t.Helper()
	return newSite(t, apptest.New(t, dbtest.SQLite(t)))
}

var latin = regexp.MustCompile(`[A-Za-z]{3,}`)

// known are the words that stand for themselves in a Chinese sentence.
var known = regexp.MustCompile(`GET|HEAD|POST|DELETE|Content-Type|application/pdf|PDF|\.pdf|JPEG|PNG|OFD|base64|true|false|natural|legal|client_credentials|casefile\.\w+|https?|received|returned|supplied|accepted|granted|refused|closed|declined`)

// Every refusal is a problem document in the caller's language: huma's own English never comes through.
func TestRefusals(t *testing.T) {
	s := open(t)
	c := s.portal(identity.Portal{Verbs: "submit read hooks"})
	sub := func(key string, body any) say {
		return say{method: "POST", path: "/api/v1/cases", token: c.token, key: key, body: body}
	}
	bad := s.application("cc-road-dig")
	bad["applicant"] = map[string]string{"kind": "legal", "name": " ", "number": "1"}
	bad["answers"] = map[string]string{"no.such": "1"}
	bad["materials"] = map[string]any{"no-such": []any{}}
	huge := strings.Repeat("x", 25<<20)
	for name, x := range map[string]struct {
		status int
		say    say
		fields []string
	}{
		"no such operation":   {404, say{method: "GET", path: "/api/v1/nothing"}, nil},
		"no such version":     {404, say{method: "GET", path: "/api/v2/items"}, nil},
		"no such item":        {404, say{method: "GET", path: "/api/v1/items/none"}, nil},
		"method":              {405, say{method: "PUT", path: "/api/v1/items"}, nil},
		"limit too high":      {422, say{method: "GET", path: "/api/v1/items?limit=1001"}, []string{"limit"}},
		"limit no number":     {422, say{method: "GET", path: "/api/v1/items?limit=many"}, []string{"limit"}},
		"limit zero":          {422, say{method: "GET", path: "/api/v1/items?limit=-1"}, []string{"limit"}},
		"long query":          {422, say{method: "GET", path: "/api/v1/items?q=" + strings.Repeat("a", 61)}, []string{"q"}},
		"made-up filter":      {422, say{method: "GET", path: "/api/v1/cases?party__name=x", token: c.token}, []string{"party__name"}},
		"stage":               {422, say{method: "GET", path: "/api/v1/cases?stage=every", token: c.token}, []string{"stage"}},
		"after":               {422, say{method: "GET", path: "/api/v1/cases?after=%27%3B+drop", token: c.token}, []string{"after"}},
		"no token":            {401, say{method: "GET", path: "/api/v1/cases"}, nil},
		"wrong token":         {401, say{method: "GET", path: "/api/v1/cases", token: "ymp_wrong"}, nil},
		"no key":              {422, sub("", s.application("cc-road-dig")), []string{"Idempotency-Key"}},
		"short key":           {422, sub("short", s.application("cc-road-dig")), []string{"Idempotency-Key"}},
		"not JSON":            {422, sub("0123456789abcdef", "{"), []string{"body"}},
		"nothing":             {422, sub("0123456789abcdef", ""), []string{"body"}},
		"a list":              {422, sub("0123456789abcdef", "[]"), []string{"body"}},
		"wrong kinds":         {422, sub("0123456789abcdef", `{"applicant":1,"item":2,"answers":{"a":3}}`), []string{"applicant", "item", "answers.a"}},
		"empty object":        {422, sub("0123456789abcdef", `{}`), []string{"applicant", "item", "answers"}},
		"unknown field":       {422, sub("0123456789abcdef", `{"applicant":{"kind":"legal","name":"甲","number":"1"},"item":"x","answers":{},"admin":true}`), []string{"admin"}},
		"text":                {415, say{method: "POST", path: "/api/v1/cases", token: c.token, key: "0123456789abcdef", kind: "text/plain", body: "x"}, nil},
		"too large":           {413, sub("0123456789abcdef", `{"item":"`+huge+`"}`), nil},
		"no such item to":     {422, sub("0123456789abcdef", map[string]any{"applicant": map[string]string{"kind": "natural", "name": "甲", "number": "1"}, "item": "none", "answers": map[string]string{}}), []string{"applicant.number", "item"}},
		"everything wrong":    {422, sub("0123456789abcdef", bad), []string{"applicant.name", "applicant.number", "answers.no.such", "materials.no-such"}},
		"mark":                {422, say{method: "GET", path: "/api/v1/verify?mark=1.2.3"}, []string{"mark"}},
		"no mark":             {422, say{method: "GET", path: "/api/v1/verify"}, []string{"mark"}},
		"no PDF":              {422, say{method: "POST", path: "/api/v1/verify", kind: "application/pdf", body: "hello"}, []string{"body"}},
		"picture to verify":   {415, say{method: "POST", path: "/api/v1/verify", kind: "image/png", body: "hello"}, nil},
		"hook inside":         {422, say{method: "POST", path: "/api/v1/hooks", token: c.token, key: "0123456789abcdef", body: map[string]any{"url": "https://10.0.0.1/", "events": []string{"x"}}}, []string{"url", "events"}},
		"no such hook":        {404, say{method: "GET", path: "/api/v1/hooks/none/deliveries", token: c.token}, nil},
		"no such hook's end":  {404, say{method: "DELETE", path: "/api/v1/hooks/none", token: c.token}, nil},
		"replay before start": {422, say{method: "POST", path: "/api/v1/hooks/none/replay", token: c.token, body: map[string]any{"from": -1}}, []string{"from"}},
	} {
		for lang, wrong := range map[string]*regexp.Regexp{"zh-CN": latin, "en-GB,en;q=0.9": regexp.MustCompile(`\p{Han}`)} {
			x.say.lang = lang
			w := s.ask(x.status, x.say)
			if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("%s: %s", name, ct)
			}
			p := read[problem](t, w)
			if p.Status != x.status || p.Title == "" || p.Detail == "" || p.Code == "" {
				t.Errorf("%s: %+v", name, p)
			}
			for _, field := range x.fields {
				if !slices.Contains(p.names(), field) {
					t.Errorf("%s: nothing is said of %s: %+v", name, field, p)
				}
			}
			words := p.Title + p.Detail
			for _, f := range p.Fields {
				words += f.Detail
			}
			if found := wrong.FindString(known.ReplaceAllString(words, "")); found != "" {
				t.Errorf("%s in %s: %q in %s", name, lang, found, words)
			}
		}
	}
}

// What was typed never comes back in a refusal: it may be a person's.
func TestRefusalsRepeatNoValues(t *testing.T) {
	s := open(t)
	c := s.portal(identity.Portal{Verbs: "submit"})
	const secret = "440600199001019999"
	for _, body := range []string{`{"applicant":{"kind":"natural","name":"甲","number":"` + secret + `"},"item":"cc-road-dig","answers":{"x":"` + secret + `"}}`,
		`{"applicant":{"kind":"` + secret + `","name":"` + strings.Repeat(secret, 10) + `","number":["` + secret + `"]},"item":"x","answers":{}}`, `{"` + secret + `` + `:`} {
		w := s.raw(s.request(say{method: "POST", path: "/api/v1/cases", token: c.token, key: "0123456789abcdef", body: body}))
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

// One caller's noise is bounded and told when to come back.
func TestTooMany(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	s := newSite(t, a)
	var w *httptest.ResponseRecorder
	for range 12 {
		w = s.raw(s.request(say{method: "POST", path: "/api/v1/token", kind: form, body: "grant_type=client_credentials&client_id=x&client_secret=y"}))
	}
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

// RFC 6749 §4.4 and §5.2, by both ways of telling a secret; nobody can tell an unknown client from a wrong secret.
func TestClientCredentials(t *testing.T) {
	s := open(t)
	c := s.portal(identity.Portal{Verbs: "submit read"})
	post := func(extra url.Values, basic [2]string) (int, map[string]any) {
		s.Clock.Add(time.Minute) // the address's tokens come back
		if extra == nil {
			extra = url.Values{}
		}
		if !extra.Has("grant_type") {
			extra.Set("grant_type", "client_credentials")
		}
		r := s.request(say{method: "POST", path: "/api/v1/token", kind: form, basic: basic, body: extra.Encode()})
		w := s.raw(r)
		s.fits(r, w)
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%v", w.Header())
		}
		return w.Code, read[map[string]any](t, w)
	}
	good := [2]string{c.id, c.secret}
	if code, got := post(nil, good); code != 200 || got["token_type"] != "Bearer" || got["scope"] != "submit read" || got["expires_in"] != 3600.0 {
		t.Errorf("%d %v", code, got)
	}
	if code, got := post(url.Values{"client_id": {c.id}, "client_secret": {c.secret}, "scope": {"read hooks"}}, [2]string{}); code != 200 || got["scope"] != "read" {
		t.Errorf("%d %v", code, got)
	}
	for name, x := range map[string]struct {
		v     url.Values
		basic [2]string
		code  int
		want  string
	}{
		"wrong secret":   {nil, [2]string{c.id, "wrong"}, 401, "invalid_client"},
		"unknown client": {nil, [2]string{"nobody", c.secret}, 401, "invalid_client"},
		"long id":        {nil, [2]string{strings.Repeat("x", 500), c.secret}, 401, "invalid_client"},
		"no secret":      {url.Values{"client_id": {c.id}}, [2]string{}, 401, "invalid_client"},
		"both ways":      {url.Values{"client_id": {c.id}, "client_secret": {c.secret}}, good, 400, "invalid_request"},
		"neither way":    {nil, [2]string{}, 401, "invalid_client"},
		"other grant":    {url.Values{"grant_type": {"password"}}, good, 400, "unsupported_grant_type"},
		"said twice":     {url.Values{"grant_type": {"client_credentials", "client_credentials"}}, good, 400, "invalid_request"},
		"scope":          {url.Values{"scope": {"hooks"}}, good, 400, "invalid_scope"},
	} {
		if code, got := post(x.v, x.basic); code != x.code || got["error"] != x.want || got["access_token"] != nil {
			t.Errorf("%s: %d %v", name, code, got)
		}
	}
	_, wrong := post(nil, [2]string{c.id, "wrong"})
	_, unknown := post(nil, [2]string{"nobody", "wrong"})
	x, _ := json.Marshal(wrong)
	if y, _ := json.Marshal(unknown); string(x) != string(y) {
		t.Errorf("%s\n%s", x, y)
	}
	s.ask(200, say{method: "GET", path: "/api/v1/cases", token: s.token(c)})
	fresh := s.token(c)
	s.Clock.Add(61 * time.Minute)
	s.ask(401, say{method: "GET", path: "/api/v1/cases", token: fresh})
	last := s.token(c)
	if err := s.Door.ClosePortal(ctx, "system:test", "nobody"); err == nil {
		t.Error("a portal that is not there was closed")
	}
	portals, err := identity.Portals(ctx, s.DB, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range portals {
		if string(p.ID) == c.id {
			if err := s.Door.ClosePortal(ctx, "system:test", p.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.ask(401, say{method: "GET", path: "/api/v1/cases", token: last})
	if code, _ := post(nil, good); code != 401 {
		t.Errorf("a closed portal got a token: %d", code)
	}
}

// Ten wrong secrets lock the client for a quarter of an hour, with the same answer as ever.
func TestLockOut(t *testing.T) {
	s := open(t)
	c := s.portal(identity.Portal{Verbs: "submit"})
	try := func(secret string) int {
		s.Clock.Add(10 * time.Second)
		return s.raw(s.request(say{method: "POST", path: "/api/v1/token", kind: form, basic: [2]string{c.id, secret}, body: "grant_type=client_credentials"})).Code
	}
	for range 10 {
		if code := try("wrong"); code != 401 {
			t.Fatal(code)
		}
	}
	if code := try(c.secret); code != 401 {
		t.Errorf("a locked client got a token: %d", code)
	}
	s.Clock.Add(15 * time.Minute)
	if code := try(c.secret); code != 200 {
		t.Errorf("after the lock: %d", code)
	}
}

// Staff tokens: of an active account, for a time, and ended at once.
func TestStaffTokens(t *testing.T) {
	s := open(t)
	token := s.staff("build-decide")
	s.ask(200, say{method: "GET", path: "/api/v1/tasks", token: token})
	if n, err := s.Door.RevokeStaff(ctx, "system:test", "build-decide"); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	s.ask(401, say{method: "GET", path: "/api/v1/tasks", token: token})
	if _, _, err := s.Door.StaffToken(ctx, "system:test", "nobody", 1); err == nil {
		t.Error("a token for nobody")
	}
	if _, _, err := s.Door.StaffToken(ctx, "system:test", "build-decide", 400); err == nil {
		t.Error("a token for ever")
	}
}

// The list of items is whole in pages of any size, and every row has its code.
func TestItems(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		s := newSite(t, a)
		type list struct {
			Next  string
			Items []struct{ ID, TaskCode, Name string }
		}
		all := read[list](t, s.ask(200, say{method: "GET", path: "/api/v1/items?limit=1000"}))
		if len(all.Items) < 12 || all.Next != "" {
			t.Fatalf("%d items, next %q", len(all.Items), all.Next)
		}
		n, after := 0, ""
		for range 100 {
			got := read[list](t, s.ask(200, say{method: "GET", path: "/api/v1/items?limit=5&after=" + after}))
			for _, x := range got.Items {
				if x != all.Items[n] || len(x.TaskCode) != 31 {
					t.Fatalf("%+v at %d", x, n)
				}
				n++
			}
			if after = got.Next; after == "" {
				break
			}
		}
		if n != len(all.Items) {
			t.Errorf("%d of %d in pages", n, len(all.Items))
		}
		for _, q := range []string{"挖路", "wajue", "挖掘城市道路", "11449901009000859R4440117011002"} {
			got := read[list](t, s.ask(200, say{method: "GET", path: "/api/v1/items?q=" + url.QueryEscape(q)}))
			if !slices.ContainsFunc(got.Items, func(x struct{ ID, TaskCode, Name string }) bool { return x.ID == "cc-road-dig" }) {
				t.Errorf("%s does not find it: %+v", q, got)
			}
		}
		for _, q := range []string{"' or 1=1 --", "%", "_", "没有这样的事情", "\x00"} {
			got := read[list](t, s.ask(200, say{method: "GET", path: "/api/v1/items?q=" + url.QueryEscape(q)}))
			if q != "%" && q != "_" && q != "\x00" && len(got.Items) != 0 {
				t.Errorf("%q finds %d", q, len(got.Items))
			}
		}
		for _, x := range all.Items {
			s.ask(200, say{method: "GET", path: "/api/v1/items/" + x.ID})
		}
	})
}

// The document has every operation the table has, and no key without its sentence, in both languages.
func TestDocument(t *testing.T) {
	s := open(t)
	routes, err := s.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"zh-CN", "en"} {
		w := s.ask(200, say{method: "GET", path: "/api/openapi.json", lang: lang})
		doc := read[struct {
			OpenAPI string
			Paths   map[string]map[string]json.RawMessage
		}](t, w)
		if !strings.HasPrefix(doc.OpenAPI, "3.1") {
			t.Error(doc.OpenAPI)
		}
		n := 0
		for _, route := range routes {
			if !strings.HasPrefix(route.Pattern, "/api/v1/") || route.Method == page.AnyMethod {
				continue
			}
			n++
			if _, ok := doc.Paths[route.Pattern][strings.ToLower(route.Method)]; !ok {
				t.Errorf("the document lacks %s %s", route.Method, route.Pattern)
			}
		}
		for _, methods := range doc.Paths {
			n -= len(methods)
		}
		if n != 0 {
			t.Errorf("%d operations more in the table than in the document", n)
		}
		if key := regexp.MustCompile(`"api\.[a-z_.-]+"`).FindString(w.Body.String()); key != "" {
			t.Errorf("%s: no sentence for %s", lang, key)
		}
		if han := regexp.MustCompile(`\p{Han}`).MatchString(w.Body.String()); han != (lang == "zh-CN") {
			t.Errorf("%s: Chinese characters: %v", lang, han)
		}
	}
}

// The developers' page shows every operation, and the exact call of the one that is tried.
func TestDevelopers(t *testing.T) {
	s := open(t)
	get := func(path string, status int) string {
		w := s.raw(httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != status {
			t.Fatalf("%s: %d", path, w.Code)
		}
		return w.Body.String()
	}
	whole := get("/developers", 200)
	for _, id := range []string{"list-items", "submit-case", "decide-task", "verify-file", "add-hook", "token"} {
		if !strings.Contains(whole, `id="`+id+`"`) {
			t.Errorf("no %s", id)
		}
	}
	one := get("/developers?op=get-case&p.number="+url.QueryEscape(`x';rm -rf "`), 200)
	if !strings.Contains(one, "/api/v1/cases/x%27%3Brm%20-rf%20%22") {
		t.Error("the call is not exact, or not safe to copy")
	}
	if !strings.Contains(get("/developers?op=list-items&p.q=abc&p.limit=7", 200), "/api/v1/items?limit=7&amp;q=abc") {
		t.Error("the call lacks its parameters")
	}
	if strings.Contains(get("/developers?op=list-items&p.q="+url.QueryEscape("<script>alert(1)</script>"), 200), "<script>alert") {
		t.Error("what was typed runs")
	}
	get("/developers?op=none", 404)
}

// Words that people hand in come out as data and nothing else.
func TestStoredWordsStayData(t *testing.T) {
	s := open(t)
	c := s.portal(identity.Portal{Verbs: "submit"})
	app := s.application("cc-road-dig")
	app["applicant"].(map[string]string)["name"] = "<script>alert(1)</script>"
	made := s.ask(201, say{method: "POST", path: "/api/v1/cases", token: c.token, key: db.NewID(), body: app})
	s.Settle()
	number := read[struct{ Number string }](t, made).Number
	w := s.ask(200, say{method: "GET", path: "/api/v1/cases/" + number, token: c.token})
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%v", w.Header())
	}
	for _, task := range s.open(s.caseOf(number))[:1] {
		for _, account := range []string{"build-accept", "build-review-a", "build-decide"} {
			seen := s.raw(s.request(say{method: "GET", path: "/api/v1/tasks/" + string(task.ID), token: s.staff(account)}))
			if kind := seen.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/json") && !strings.HasPrefix(kind, "application/problem+json") || seen.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %v", account, seen.Header())
			}
		}
	}
}
