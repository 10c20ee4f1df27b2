package simulator_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/foundation/db/dbtest"
	"yimen/web/page"
)

// browser is somebody at the demo's pages.
type browser struct {
	*apptest.App
	t       *testing.T
	handler http.Handler
}

func open(t *testing.T) *browser {
	t.Helper()
	a := apptest.New(t, dbtest.SQLite(t))
	a.House.Limits = page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited}
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return &browser{a, t, h}
}

func (b *browser) do(r *http.Request, status int) (body, to string) {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	if w.Code != status {
		b.t.Fatalf("%s %s: %d, want %d\n%s", r.Method, r.URL.Path, w.Code, status, w.Body)
	}
	return html.UnescapeString(w.Body.String()), w.Header().Get("Location")
}

func (b *browser) get(path string, status int) string {
	b.t.Helper()
	body, _ := b.do(httptest.NewRequest("GET", path, nil), status)
	return body
}

func (b *browser) post(path string, status int, pairs ...string) (string, string) {
	b.t.Helper()
	form := url.Values{"key": {page.NewKey()}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r, status)
}

func TestPhones(t *testing.T) {
	b := open(t)
	if body := b.get("/simulator/texts", 200); !strings.Contains(body, "模拟系统·演示用") || !strings.Contains(body, "还没有短信") {
		t.Error(body)
	}
	for _, to := range []string{"19900001111", "19900002222"} {
		if _, err := b.Outside.SendCode(t.Context(), to, ""); err != nil {
			t.Fatal(err)
		}
	}
	if body := b.get("/simulator/texts", 200); !strings.Contains(body, "发给 19900001111") || !strings.Contains(body, "发给 19900002222") || !strings.Contains(body, "验证码") {
		t.Error(body)
	}
	if body, _ := b.post("/simulator/texts", 200, "phone", "199 0000 1111"); !strings.Contains(body, "发给 19900001111") || strings.Contains(body, "19900002222") {
		t.Error("one phone shows another's")
	}
	if body, _ := b.post("/simulator/texts/behave", 200, "manner", "late"); !strings.Contains(body, "回执晚到。") {
		t.Error(body)
	}
	if gateway, _ := b.Simulators(); gateway.Manner() != "late" {
		t.Error(gateway.Manner())
	}
	b.post("/simulator/texts/behave", 422, "manner", "dance")
	if body, _ := b.post("/simulator/texts/report", 200); !strings.Contains(body, "送出了 0 份回执") {
		t.Error(body)
	}
}

var subject = regexp.MustCompile(`name="subject" value="(person-[0-9]+)"|value="(person-[0-9]+)"[^>]*name="subject"`)

func TestProvider(t *testing.T) {
	b := open(t)
	address, kept, err := b.Outside.Leave(t.Context(), "simulator", b.Press.Host+"/signin/back")
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(address, b.Press.Host)
	body := b.get(path, 200)
	found := subject.FindAllStringSubmatch(body, -1)
	if len(found) != 20 || !strings.Contains(body, "模拟·实名认证平台") {
		t.Fatal(len(found), body)
	}
	query := path[strings.Index(path, "?")+1:]
	if body, _ := b.post("/simulator/realname/authorize", 200, "q", query, "find", "1", "name", "没有这个人"); !strings.Contains(body, "没有叫这个名字的人") {
		t.Error(body)
	}
	if _, to := b.post("/simulator/realname/authorize", 303, "q", query, "subject", "person-001"); !strings.HasPrefix(to, b.Press.Host+"/signin/back?code=") || !strings.HasSuffix(to, "state="+url.QueryEscape(kept["state"])) {
		t.Error(to)
	}
	if _, to := b.post("/simulator/realname/authorize", 303, "q", query); !strings.Contains(to, "error=access_denied") {
		t.Error(to)
	}
	b.post("/simulator/realname/authorize", 404, "q", query, "subject", "nobody")
	b.post("/simulator/realname/authorize", 422, "q", strings.Replace(query, "signin", "elsewhere", 1), "subject", "person-001")
	b.get("/simulator/realname/authorize", 422)
	if body, _ := b.post("/simulator/realname", 200, "manner", "down"); !strings.Contains(body, "停机。") {
		t.Error(body)
	}
	if _, _, err := b.Outside.Leave(t.Context(), "simulator", b.Press.Host+"/signin/back"); err == nil {
		t.Error("it is down and answers")
	}
}
