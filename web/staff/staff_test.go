package staff_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/foundation/db/dbtest"
	"yimen/ref"
	"yimen/web/page"
	"yimen/web/staff"
)

type browser struct {
	*apptest.App
	t       *testing.T
	handler http.Handler
	cookie  *http.Cookie
}

func open(t *testing.T, demo bool) *browser {
	a := apptest.New(t, dbtest.SQLite(t))
	a.Sessions.Cookie.Name = "yimen"
	s := &staff.Surface{DB: a.DB, Door: a.Door, Sessions: a.Sessions}
	if demo {
		s.Demo = a.DemoSignIn
	}
	h := page.House{Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Actor: func(r *http.Request) (page.Actor, error) {
		found, err := a.Sessions.Of(r, a.Clock.Now())
		if err != nil {
			return page.Actor{}, err
		}
		who, err := org.GetStaff(r.Context(), a.DB, ref.StaffID(found.Subject))
		return page.Actor{Kind: "staff", ID: string(who.ID), Name: who.Name, Roles: []page.Role{page.Role(who.Roles)}, Data: who}, err
	}, SignIn: func(*http.Request, []page.Role) string { return "/staff/signin" }}
	handler, err := h.Handler(s.Routes()...)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{App: a, t: t, handler: handler}
}

func (b *browser) send(method, path string, values url.Values, status int) *httptest.ResponseRecorder {
	b.t.Helper()
	values.Set("key", page.NewKey())
	r := httptest.NewRequest(method, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	if w.Code != status {
		b.t.Fatalf("%s %s: %d, want %d\n%s", method, path, w.Code, status, w.Body)
	}
	if c := w.Result().Cookies(); len(c) > 0 {
		b.cookie = c[0]
	}
	return w
}

// word is the demo's password and the account's code of now.
func (b *browser) word(account string) (password, code string) {
	b.t.Helper()
	all, err := b.Accounts(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, a := range all {
		if a.Account == account {
			return a.Password, identity.Code(a.TOTP, b.Clock.Now())
		}
	}
	b.t.Fatal("no account " + account)
	return "", ""
}

func TestSignInAndOut(t *testing.T) {
	b := open(t, false)
	b.send("POST", "/staff/demo", url.Values{"account": {"clerk01"}}, http.StatusNotFound)
	if w := b.send("GET", "/staff", url.Values{}, http.StatusSeeOther); w.Header().Get("Location") != "/staff/signin?next=%2Fstaff" {
		t.Errorf("led to %s", w.Header().Get("Location"))
	}
	w := b.send("POST", "/staff/signin", url.Values{"account": {"clerk01"}}, http.StatusUnprocessableEntity)
	if body := w.Body.String(); !strings.Contains(body, `value="clerk01"`) || !strings.Contains(body, "请填写密码") || !strings.Contains(body, `href="#f-code"`) {
		t.Error(body)
	}
	password, code := b.word("clerk01")
	good := url.Values{"account": {" Clerk01"}, "password": {password}, "code": {code[:3] + " " + code[3:]}, "next": {"//evil.example/"}}
	var said []string
	for name, wrong := range map[string]string{"account": "nobody", "password": "wrong wrong", "code": "000000"} {
		try := url.Values{"account": good["account"], "password": good["password"], "code": good["code"]}
		try.Set(name, wrong)
		answer := b.send("POST", "/staff/signin", try, http.StatusUnauthorized).Body.String()
		said = append(said, regexp.MustCompile(`(?s)id="problems".*?</div>`).FindString(answer))
		if strings.Contains(answer, password) {
			t.Error("the password comes back")
		}
	}
	if said[0] == "" || said[0] != said[1] || said[1] != said[2] {
		t.Errorf("the answers tell what was wrong: %q", said)
	}
	if w := b.send("POST", "/staff/signin", good, http.StatusSeeOther); w.Header().Get("Location") != "/staff" {
		t.Errorf("led to %s", w.Header().Get("Location"))
	}
	if home := b.send("GET", "/staff", url.Values{}, 200).Body.String(); !strings.Contains(home, `href="/window"`) || strings.Contains(home, `href="/approver"`) {
		t.Error(home)
	}
	b.send("POST", "/staff/signout", url.Values{}, http.StatusSeeOther)
	b.send("GET", "/staff", url.Values{}, http.StatusSeeOther)
	b.send("POST", "/staff/signin", good, http.StatusUnauthorized) // a code is good once
}

func TestDemoIsOneClick(t *testing.T) {
	b := open(t, true)
	if body := b.send("GET", "/staff/signin", url.Values{}, 200).Body.String(); !strings.Contains(body, `value="market-rep-zumiao"`) {
		t.Error("an account is missing")
	}
	b.send("POST", "/staff/demo", url.Values{"account": {"nobody"}}, http.StatusNotFound)
	w := b.send("POST", "/staff/demo", url.Values{"account": {"clerk02"}, "next": {"/window?q=1"}}, http.StatusSeeOther)
	if w.Header().Get("Location") != "/window?q=1" {
		t.Errorf("led to %s", w.Header().Get("Location"))
	}
	b.send("GET", "/staff", url.Values{}, 200)
}

func TestEnrol(t *testing.T) {
	b := open(t, false)
	who := b.Staff("clerk03")
	token, err := b.Door.Invite(t.Context(), "system:test", who.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.send("GET", "/staff/enrol", url.Values{}, 200)
	b.send("POST", "/staff/enrol", url.Values{}, http.StatusUnprocessableEntity)
	b.send("POST", "/staff/enrol", url.Values{"token": {"AAAA"}}, http.StatusUnprocessableEntity)
	second := b.send("POST", "/staff/enrol", url.Values{"token": {token}}, 200).Body.String()
	secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]{32})"`).FindStringSubmatch(second)
	if secret == nil || !strings.Contains(second, `class="qr"`) {
		t.Fatal(second)
	}
	form := url.Values{"token": {token}, "secret": {secret[1]}, "password": {"long enough"}, "again": {"long enaugh"}, "code": {"1"}}
	if body := b.send("POST", "/staff/enrol", form, http.StatusUnprocessableEntity).Body.String(); !strings.Contains(body, secret[1]) {
		t.Error("the secret changed between two tries")
	}
	form.Set("again", "long enough")
	b.send("POST", "/staff/enrol", form, http.StatusUnprocessableEntity)
	form.Set("code", identity.Code(secret[1], b.Clock.Now()))
	b.send("POST", "/staff/enrol", form, 200)
	b.send("POST", "/staff/enrol", form, http.StatusUnprocessableEntity)
	b.Clock.Add(60e9)
	b.send("POST", "/staff/signin", url.Values{"account": {"clerk03"}, "password": {"long enough"}, "code": {identity.Code(secret[1], b.Clock.Now())}}, http.StatusSeeOther)
}
