package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/licence"
	"yimen/domain/material"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/town"
	"yimen/web/page"
)

// browser is somebody from outside with their cookie.
type browser struct {
	t       *testing.T
	handler http.Handler
	cookies map[string]*http.Cookie
}

func browse(t *testing.T, a *apptest.App, me identity.Me) *browser {
	t.Helper()
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t, h, map[string]*http.Cookie{}}
	if me.Account != "" {
		c := a.VisitCookie(me)
		b.cookies[c.Name] = c
	}
	return b
}

// got is an answer with its body read.
type got struct {
	*http.Response
	body string
}

func (b *browser) do(r *http.Request) got {
	b.t.Helper()
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return got{res, html.UnescapeString(string(raw))}
}

func (b *browser) get(path string) got {
	b.t.Helper()
	return b.do(httptest.NewRequest("GET", path, nil))
}

func (b *browser) post(path string, pairs ...string) got {
	b.t.Helper()
	v := url.Values{"key": {page.NewKey()}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

// life is what somebody has in their space.
type life struct {
	me      identity.Me
	secrets []string          // what only they may read
	ids     map[string]string // of things, by kind
	number  string
	phone   string
}

// live gives a party a granted case with its licence and paper, a look, a draft, an objection.
func live(t *testing.T, a *apptest.App, me identity.Me, key string) life {
	t.Helper()
	item, decider := "cc-individual-business", "market-rep-zumiao"
	id := a.Accept("clerk01", item, key)
	a.Decide(a.Decision(decider, a.Task(id, approval.Decide, ""), approval.Grant))
	open := a.Accept("clerk01", item, key)
	who := a.Person(key)
	look := disclose.Look{By: a.Staff("build-decide"), Party: who.ID, Case: id, Purpose: disclose.ForProgress}
	if err := a.Gate.Look(ctx, look); err != nil {
		t.Fatal(err)
	}
	l := life{me: me, ids: map[string]string{"case": string(id), "open": string(open), "device": me.Device}}
	l.held(t, a, who)
	l.begin(t, a, item)
	return l
}

func (l *life) held(t *testing.T, a *apptest.App, who party.Party) {
	t.Helper()
	facts, err := party.Facts(ctx, a.DB, a.Vault, who.ID)
	if err != nil {
		t.Fatal(err)
	}
	l.number, l.phone = facts[party.Number].Value, facts[party.Phone].Value
	l.secrets = append(l.secrets, l.number, l.phone, facts[party.Address].Value, ref.MaskNumber(l.number)[len(l.number)-4:]+" ", who.Name)
	licences, err := licence.ByParty(ctx, a.DB, who.ID)
	if err != nil || len(licences) == 0 {
		t.Fatal(licences, err)
	}
	papers, err := material.ByParty(ctx, a.DB, []ref.PartyID{who.ID}, 100)
	if err != nil || len(papers) == 0 {
		t.Fatal(papers, err)
	}
	looks, err := audit.Accesses(ctx, a.DB, who.ID, 10)
	if err != nil || len(looks) == 0 {
		t.Fatal(looks, err)
	}
	l.ids["licence"], l.ids["paper"], l.ids["look"] = string(licences[0].ID), string(papers[0].ID), looks[0].ID
	l.secrets = append(l.secrets, string(licences[0].Mark), licences[0].Number)
	for _, id := range l.ids {
		l.secrets = append(l.secrets, id)
	}
	for _, kind := range []string{"case", "open"} {
		c, err := casefile.Get(ctx, a.DB, ref.CaseID(l.ids[kind]))
		if err != nil {
			t.Fatal(err)
		}
		l.secrets = append(l.secrets, c.Number.Format())
	}
}

// begin opens a draft on the phone.
func (l *life) begin(t *testing.T, a *apptest.App, item string) {
	t.Helper()
	id, err := a.Desk.BeginOnline(ctx, once.Submit{Actor: l.me.Actor(), Route: "test", Key: page.NewKey(), At: a.Now()}, l.me, ref.ItemID(item), l.me.For, form.Content{})
	if err != nil {
		t.Fatal(err)
	}
	l.ids["draft"] = id
	code := intake.DraftCode(a.Vault, id)
	l.secrets = append(l.secrets, id, code[:4]+"</span><span>"+code[4:])
}

// spacePaths are all addresses of the space, with somebody's ids and places in them.
func spacePaths(l life, at time.Time) []string {
	out := []string{"/me", "/me/data", "/me/licences", "/me/materials", "/me/cases", "/me/cases?show=open", "/me/cases?show=closed", "/me/drafts", "/me/looks", "/me/devices", "/me/download",
		"/me/licences/" + l.ids["licence"] + "/pdf", "/me/materials/" + l.ids["paper"], "/me/data?wrong=number", "/me/data?sent=1"}
	for path, id := range map[string]string{"/me/licences": l.ids["licence"], "/me/materials": l.ids["paper"], "/me/cases": l.ids["case"], "/me/looks": l.ids["look"]} {
		for _, when := range []time.Time{at.Add(time.Hour), at, at.Add(-time.Hour)} {
			out = append(out, path+"?after="+page.Cursor(fmt.Sprint(db.Micros(when)), id))
		}
	}
	return out
}

// reads lists what of somebody's stands in an answer; the address itself is what was asked with.
func (l life) reads(path string, g got) (found []string) {
	body := strings.ReplaceAll(g.body, url.QueryEscape(path), "")
	body = strings.ReplaceAll(body, path, "")
	for _, s := range l.secrets {
		if s != "" && strings.Contains(body, s) {
			found = append(found, s)
		}
	}
	return found
}

// firm is a company and the key of the person who speaks for it.
func firm(t *testing.T, a *apptest.App, n int) (company, person string) {
	t.Helper()
	tw, err := town.Load()
	if err != nil {
		t.Fatal(err)
	}
	_, companies := town.People(tw, town.Seed)
	return companies[n].Key, companies[n].By
}

// TestSpace walks 我的空间 in one town; the parts use different people, and those that move the clock come last.
func TestSpace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.House.Limits = page.Limits{Address: page.Unlimited, Stranger: page.Unlimited, Actor: page.Unlimited}
		for _, part := range []struct {
			name string
			run  func(*testing.T, *apptest.App)
		}{{"apart", apart}, {"representative", representative}, {"declared", declared}, {"own look", ownLook}, {"download", download},
			{"500 cases", fiveHundredCases}, {"devices", devices}, {"objection", objection}} {
			t.Run(part.name, func(t *testing.T) { part.run(t, a) })
		}
	})
}

// apart: nobody reads anything of another's, at any address of the space, with the
// other's ids in it; a code alone reads nothing that is held; each reads their own.
func apart(t *testing.T, a *apptest.App) {
	company, boss := firm(t, a, 0)
	other := "person-031"
	if boss == other {
		other = "person-032"
	}
	theirs := live(t, a, a.Visitor(other), other)
	mine := live(t, a, a.Visitor(boss), boss)
	online := applyOnline(t, a, mine.me, mine.me.Person) // the phone is the representative's too
	mine.ids["online"], mine.secrets = string(online), append(mine.secrets, string(online))
	firmMe := mine.me
	firmMe.For = a.Person(company).ID
	firms := live(t, a, firmMe, company)
	delete(firms.ids, "device") // the company has no phone; its representative's is the person's own
	firms.secrets = without(firms.secrets, mine.me.Device)

	for _, x := range []struct {
		who   string
		me    identity.Me
		never []life
	}{
		{"a person", mine.me, []life{theirs, firms}},
		{"another person", theirs.me, []life{mine, firms}},
		{"a representative", firmMe, []life{theirs, mine}},
		{"a code", apptest.AtCode(theirs.me), []life{mine, firms}},
		{"nobody", identity.Me{}, []life{mine, theirs, firms}},
	} {
		b := browse(t, a, x.me)
		for _, l := range x.never {
			for _, path := range spacePaths(l, a.Now()) {
				g := b.get(path)
				found := l.reads(path, g)
				if x.who == "a representative" { // the page's top says who is signed in, and the phone is theirs
					found = without(found, a.Somebody(boss).Name, l.ids["device"])
				}
				if x.who == "a person" { // who speaks for a company is told its name and may enter its space
					found = without(found, a.Person(company).Name, string(firmMe.For))
					found = without(found, l.ids["draft"])
				}
				if g.Header.Get("Content-Disposition") != "" { // a file's bytes say nothing to a search
					found = append(found, "a file")
				}
				if len(found) > 0 || g.StatusCode >= 500 {
					t.Errorf("%s at %s: %d, reads %q", x.who, path, g.StatusCode, found)
				}
			}
			takesNothing(t, b, a, l, x.who)
		}
	}
	readsOwn(t, a, mine)
	readsOwn(t, a, theirs)
	readsOwn(t, a, firms)
	atCode(t, a, theirs)
}

func without(all []string, those ...string) (out []string) {
	for _, s := range all {
		ok := true
		for _, x := range those {
			ok = ok && s != x
		}
		if ok {
			out = append(out, s)
		}
	}
	return out
}

// takesNothing posts with somebody else's ids.
func takesNothing(t *testing.T, b *browser, a *apptest.App, l life, who string) {
	t.Helper()
	for path, pairs := range map[string][]string{
		"/me/looks/" + l.ids["look"] + "/object": nil,
		"/me/for":                                {"company", string(l.me.For)},
		"/me/download":                           {"for", string(l.me.For), "parts", "data"},
		"/me/data/wrong":                         {"for", string(l.me.For), "wrong", "phone", "words", "不是我的"},
	} {
		if path == "/me/for" && who == "a person" && l.me.For != l.me.Person {
			continue // it is theirs to enter
		}
		g := b.post(path, pairs...)
		if g.StatusCode < 300 || g.StatusCode >= 500 || g.Header.Get("Location") == "/me" {
			t.Errorf("%s posts %s: %d %s", who, path, g.StatusCode, g.Header.Get("Location"))
		}
	}
	said, err := audit.ObjectionsOf(ctx, a.DB, []ref.PartyID{l.me.For}, 10)
	if err != nil || len(said) > 0 {
		t.Errorf("%s objected in another's name: %+v %v", who, said, err)
	}
	if l.ids["device"] == "" || who == "a representative" {
		return
	}
	if g := b.post("/me/devices/" + l.ids["device"] + "/remove"); g.StatusCode < 303 || g.StatusCode >= 500 {
		t.Errorf("%s removes a device: %d", who, g.StatusCode)
	}
	d, err := identity.GetDevice(ctx, a.DB, l.ids["device"])
	if err != nil || !d.Removed.IsZero() {
		t.Errorf("%s removed a device: %v", who, err)
	}
}

// readsOwn holds that the same addresses show their owner what the others must not see.
func readsOwn(t *testing.T, a *apptest.App, l life) {
	t.Helper()
	b := browse(t, a, l.me)
	var all strings.Builder
	for _, path := range spacePaths(l, a.Now()) {
		g := b.get(path)
		if g.StatusCode != http.StatusOK {
			t.Errorf("own %s: %d", path, g.StatusCode)
		}
		all.WriteString(g.body)
	}
	shown := b.post("/me/data/show")
	if cache := shown.Header.Get("Cache-Control"); !strings.Contains(cache, "no-store") {
		t.Errorf("shown numbers may be kept: %q", cache)
	}
	all.WriteString(shown.body)
	for kind, id := range l.ids {
		if kind != "device" && !strings.Contains(all.String(), id) {
			t.Errorf("own %s %s is not shown", kind, id)
		}
	}
	if !strings.Contains(all.String(), l.number) || !strings.Contains(all.String(), l.phone) {
		t.Error("own number or phone is not shown")
	}
	if again := b.get("/me/data"); strings.Contains(again.body, l.phone) || l.me.For == l.me.Person && strings.Contains(again.body, l.number) {
		t.Error("numbers stay shown on the next page")
	}
}

// atCode: the phone alone shows what was begun on it, and nothing that is held.
func atCode(t *testing.T, a *apptest.App, l life) {
	t.Helper()
	b := browse(t, a, apptest.AtCode(l.me))
	for _, path := range spacePaths(l, a.Now()) {
		g := b.get(path)
		found := without(l.reads(path, g), l.ids["device"], l.ids["draft"])
		if len(found) > 0 || g.Header.Get("Content-Disposition") != "" {
			t.Errorf("a code reads %q at %s", found, path)
		}
	}
	if g := b.get("/me/drafts"); !strings.Contains(g.body, "个体工商户") || strings.Contains(g.body, "/draft/"+l.ids["draft"]) {
		t.Error("the draft with held data is not named, or opens")
	}
	for _, path := range []string{"/me/data", "/me/licences", "/me/materials", "/me/looks", "/me/download"} {
		if g := b.get(path); !strings.Contains(g.body, "/signin/real?next="+url.QueryEscape(path)) {
			t.Errorf("%s does not lead to confirming who one is", path)
		}
	}
	for _, path := range []string{"/me/data/show", "/me/data/wrong", "/me/download", "/me/looks/" + l.ids["look"] + "/object"} {
		if g := b.post(path, "for", string(l.me.For), "parts", "data"); g.StatusCode != http.StatusSeeOther || !strings.HasPrefix(g.Header.Get("Location"), "/signin/real") {
			t.Errorf("a code posts %s: %d", path, g.StatusCode)
		}
	}
}

// representative: a company's space opens to who speaks for it, and from the moment the tie
// has ended to nobody else.
func representative(t *testing.T, a *apptest.App) {
	company, boss := firm(t, a, 1)
	me := a.Visitor(boss)
	firmMe := me
	firmMe.For = a.Person(company).ID
	l := live(t, a, firmMe, company)
	b := browse(t, a, me)
	if g := b.post("/me/for", "company", string(firmMe.For)); g.StatusCode != http.StatusSeeOther || g.Header.Get("Location") != "/me" {
		t.Fatal(g.StatusCode, g.Header)
	}
	if g := b.get("/me/licences"); !strings.Contains(g.body, l.ids["licence"]) {
		t.Error("the company's licence is not in its space")
	}
	if g := b.get("/me/data"); strings.Contains(g.body, ref.MaskNumber(string(a.Somebody(boss).Number))) {
		t.Error("the person's number is in the company's space")
	}
	err := a.DB.Write(ctx, "test.End", func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "update party_tie set ended_at = $1 where person = $2 and company = $3", a.Now(), me.Person, firmMe.For)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range spacePaths(l, a.Now()) {
		g := b.get(path)
		if found := without(l.reads(path, g), l.ids["device"]); len(found) > 0 || g.Header.Get("Content-Disposition") != "" {
			t.Errorf("the former representative reads %q at %s", found, path)
		}
	}
	takesNothing(t, b, a, l, "a representative")
	if g := b.post("/me/for", "company", string(firmMe.For)); g.StatusCode != http.StatusNotFound {
		t.Errorf("the former representative goes back: %d", g.StatusCode)
	}
}

// declared: who types another's number into a phone sees nothing held on it, and
// they see nothing of the phone's; once proven it is one space.
func declared(t *testing.T, a *apptest.App) {
	const key = "person-040"
	human := a.Somebody(key)
	real := live(t, a, a.Visitor(key), key)
	p := &apptest.Phone{Number: "19900007777"}
	phone := a.SignIn(p)
	who, err := a.Desk.Declare(ctx, phone.Actor(), ref.PartyNatural, human.Name, string(human.Number))
	if err != nil {
		t.Fatal(err)
	}
	id := applyOnline(t, a, phone, who)
	c, err := casefile.Get(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	number := c.Number.Format()
	b := browse(t, a, phone)
	if g := b.get("/me/cases"); !strings.Contains(g.body, number) {
		t.Error("the phone does not list its own case")
	}
	for _, path := range spacePaths(real, a.Now()) {
		g := b.get(path)
		if found := without(real.reads(path, g), human.Name); len(found) > 0 || g.Header.Get("Content-Disposition") != "" {
			t.Errorf("a declared number reads %q at %s", found, path)
		}
	}
	if g := browse(t, a, real.me).get("/me/cases"); strings.Contains(g.body, number) {
		t.Error("the person sees what a stranger declared")
	}
	proven := a.Prove(p, key)
	if g := browse(t, a, proven).get("/me/cases"); !strings.Contains(g.body, number) || !strings.Contains(g.body, real.ids["case"]) {
		t.Error("after the proof the cases are not one list")
	}
	if g := browse(t, a, apptest.AtCode(proven)).get("/me/cases"); !strings.Contains(g.body, number) || strings.Contains(g.body, real.ids["case"]) {
		t.Error("after the proof a code reads too much or too little")
	}
}

// applyOnline hands an application in from a phone.
func applyOnline(t *testing.T, a *apptest.App, me identity.Me, who ref.PartyID) ref.CaseID {
	t.Helper()
	v, err := catalog.Current(ctx, a.DB, "cc-individual-business")
	if err != nil {
		t.Fatal(err)
	}
	id, err := a.Desk.Apply(ctx, intake.Application{Submit: once.Submit{Actor: me.Actor(), Route: "test.apply", Key: page.NewKey(), At: a.Now()}, By: me.Actor(), Account: me.Account, Assured: me.Level,
		Version: v.ID, Party: who, Place: a.Somebody("person-040").Place, Channel: ref.ChannelPhone, Answers: a.Filled(v.Doc()), Materials: a.Papers(who, v.Doc())})
	if err != nil {
		t.Fatal(err)
	}
	a.Settle()
	return id
}

// objection: one press, once; the supervisor sees it, late ones marked; the answer comes back.
func objection(t *testing.T, a *apptest.App) {
	const key = "person-050"
	l := live(t, a, a.Visitor(key), key)
	b := browse(t, a, l.me)
	looks := b.get("/me/looks").body
	if officer := a.Staff("build-decide"); strings.Contains(looks, officer.Name) || !strings.Contains(looks, officer.Post) {
		t.Error("a look shows the officer's name, or not the post")
	}
	at := "/me/looks/" + l.ids["look"] + "/object"
	for _, pairs := range [][]string{{"key", strings.Repeat("a", 32)}, {"key", strings.Repeat("a", 32)}, {"words-" + l.ids["look"], "我没有办过这件事"}} {
		if g := b.post(at, pairs...); g.StatusCode != http.StatusSeeOther {
			t.Fatal(g.StatusCode, g.body)
		}
	}
	if g := b.post(at, "words-"+l.ids["look"], strings.Repeat("长", 1001)); g.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a thousand and one characters: %d", g.StatusCode)
	}
	said, err := audit.ObjectionsOf(ctx, a.DB, []ref.PartyID{l.me.Person}, 10)
	if err != nil || len(said) != 1 {
		t.Fatal(said, err)
	}
	correct(t, a, b, l)
	a.Clock.Add(31 * 24 * time.Hour)
	answer(t, a, said[0])
	b = browse(t, a, l.me)
	if g := b.get("/me/looks"); !strings.Contains(g.body, "经查，是为了核对进度") {
		t.Error("the answer has not come back")
	}
	if rows, gaps, err := audit.Verify(ctx, a.DB); err != nil || len(gaps) > 0 || rows == 0 {
		t.Error(rows, gaps, err)
	}
}

// correct asks for a correction; without words it comes back with what was typed kept.
func correct(t *testing.T, a *apptest.App, b *browser, l life) {
	t.Helper()
	if g := b.post("/me/data/wrong", "for", string(l.me.For), "wrong", "phone", "words", " "); g.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(g.body, "有 1 处需要改正") {
		t.Errorf("nothing said: %d", g.StatusCode)
	}
	if g := b.post("/me/data/wrong", "for", string(l.me.For), "wrong", "shoe", "words", "不对"); g.StatusCode != http.StatusNotFound {
		t.Errorf("a fact that is not held: %d", g.StatusCode)
	}
	if g := b.post("/me/data/wrong", "for", "elsewhere", "wrong", "phone", "words", "不对"); g.StatusCode != http.StatusConflict {
		t.Errorf("from another space: %d", g.StatusCode)
	}
	if g := b.post("/me/data/wrong", "for", string(l.me.For), "wrong", "phone", "words", "去年换了号码"); g.StatusCode != http.StatusSeeOther {
		t.Errorf("a correction: %d", g.StatusCode)
	}
	if g := b.get("/me/data"); !strings.Contains(g.body, "去年换了号码") {
		t.Error("the correction is not on the page")
	}
}

// answer goes through the supervisors' pages.
func answer(t *testing.T, a *apptest.App, o audit.Objection) {
	t.Helper()
	s := &site{App: a, t: t}
	var err error
	if s.handler, err = a.Handler(); err != nil {
		t.Fatal(err)
	}
	body := func(res *http.Response) string {
		raw, _ := io.ReadAll(res.Body)
		return html.UnescapeString(string(raw))
	}
	list := body(s.do("supervisor01", httptest.NewRequest("GET", "/oversight/objections", nil)))
	if !strings.Contains(list, o.ID) || strings.Count(list, "已超期") < 2 || !strings.Contains(list, "请求更正：电话") {
		t.Errorf("the supervisors' list: %s", list)
	}
	one := body(s.do("supervisor01", httptest.NewRequest("GET", "/oversight/objections/"+o.ID, nil)))
	if !strings.Contains(one, a.Staff("build-decide").Name) || !strings.Contains(one, "没有说明原因") {
		t.Error("the supervisor does not see who looked")
	}
	post := func(account, words string) *http.Response {
		r := httptest.NewRequest("POST", "/oversight/objections/"+o.ID, strings.NewReader(url.Values{"key": {page.NewKey()}, "answer": {words}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return s.do(account, r)
	}
	for _, x := range []struct {
		account, words string
		want           int
	}{{"supervisor01", "", 422}, {"clerk01", "好", 403}, {"supervisor01", "经查，是为了核对进度。", 303}, {"supervisor01", "再答一次", 409}} {
		if res := post(x.account, x.words); res.StatusCode != x.want {
			t.Errorf("%s answers %q: %d, not %d", x.account, x.words, res.StatusCode, x.want)
		}
	}
	if done := body(s.do("supervisor01", httptest.NewRequest("GET", "/oversight/objections?show=done", nil))); !strings.Contains(done, o.ID) {
		t.Error("the answered one is not among the answered")
	}
}

// ownLook: a supervisor who looked does not answer what is said against it.
func ownLook(t *testing.T, a *apptest.App) {
	const key = "person-051"
	me := a.Visitor(key)
	who := a.Staff("supervisor01")
	if err := a.Gate.Look(ctx, disclose.Look{By: who, Party: me.Person, Purpose: disclose.ForOversight}); err != nil {
		t.Fatal(err)
	}
	looks, err := audit.Accesses(ctx, a.DB, me.Person, 1)
	if err != nil || len(looks) != 1 {
		t.Fatal(looks, err)
	}
	sub := func() once.Submit {
		return once.Submit{Actor: "test", Route: "test", Key: page.NewKey(), At: a.Now()}
	}
	id, err := a.Gate.Object(ctx, disclose.Objection{Submit: sub(), Me: me, Access: looks[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Gate.Answer(ctx, disclose.Answer{Submit: sub(), By: who, Objection: id, Words: "没有问题"}); err == nil {
		t.Error("who looked answered")
	}
}

// download: the file holds everything of the person, readable without scripts, and the sealed papers byte for byte.
func download(t *testing.T, a *apptest.App) {
	const key = "person-060"
	l := live(t, a, a.Visitor(key), key)
	b := browse(t, a, l.me)
	if g := b.post("/me/download", "for", string(l.me.For)); g.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("nothing chosen: %d", g.StatusCode)
	}
	v := url.Values{"key": {page.NewKey()}, "for": {string(l.me.For)}, "parts": {"data", "papers"}}
	r := httptest.NewRequest("POST", "/me/download", strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Encoding", "br, gzip")
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	h := w.Result().Header
	if w.Code != http.StatusOK || h.Get("Content-Type") != "application/zip" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || !strings.Contains(h.Get("Cache-Control"), "no-store") {
		t.Fatal(w.Code, h)
	}
	files := unzip(t, w.Body.Bytes())
	holdsAll(t, a, l, files)
	rows, err := audit.History(ctx, a.DB, "party:"+string(l.me.Person))
	if err != nil || len(rows) == 0 || rows[len(rows)-1].Verb != "disclose.Download" {
		t.Error(rows, err)
	}
}

func unzip(t *testing.T, raw []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(in); err != nil { // the checksum is right too
			t.Fatal(err)
		}
	}
	return out
}

var scripted = regexp.MustCompile(`(?i)<script|<link|<img|<iframe|\son[a-z]+=|javascript:|src=|http-equiv`)

func holdsAll(t *testing.T, a *apptest.App, l life, files map[string][]byte) {
	t.Helper()
	var data struct {
		Facts     []struct{ Name, Value, Source, At string }
		Licences  []struct{ Mark string }
		Materials []struct{ Name string }
		Looks     []struct{ Organ, Post, Why string }
		Drafts    []struct{ Item string }
		Cases     []struct {
			Number  string
			Answers []struct{ Question, Answer, Source string }
			Papers  []struct{ File string }
		}
	}
	if err := json.Unmarshal(files["data.json"], &data); err != nil {
		t.Fatalf("%v in %s", err, files["data.json"])
	}
	if len(data.Facts) < 3 || len(data.Licences) != 1 || len(data.Materials) == 0 || len(data.Cases) != 2 || len(data.Looks) == 0 || len(data.Drafts) != 1 || len(data.Cases[0].Answers) == 0 {
		t.Errorf("data.json: %+v", data)
	}
	if !bytes.Contains(files["data.json"], []byte(l.number)) || !bytes.Contains(files["data.html"], []byte(l.number)) || !bytes.Contains(files["data.html"], []byte("</html>")) {
		t.Error("the number is not in data.json and data.html")
	}
	if bad := scripted.Find(files["data.html"]); bad != nil {
		t.Errorf("data.html has %q", bad)
	}
	papers := 0
	for _, c := range data.Cases {
		for _, x := range c.Papers {
			papers++
			if !bytes.HasPrefix(files[x.File], []byte("%PDF")) {
				t.Errorf("%s is no PDF", x.File)
			}
		}
	}
	if papers == 0 || len(files) != papers+2 {
		t.Errorf("%d papers, %d files", papers, len(files))
	}
	for _, d := range documents(t, a, ref.CaseID(l.ids["case"])) {
		_, want, err := a.Press.Fetch(ctx, d.ID)
		found := false
		for _, f := range files {
			found = found || bytes.Equal(f, want)
		}
		if err != nil || !found {
			t.Errorf("%s is not in the file: %v", d.Title, err)
		}
	}
}

var nextLink = regexp.MustCompile(`rel="next" href="([^"]+)"`)
var caseLink = regexp.MustCompile(`"/me/case/([^"]+)"`)

// fiveHundredCases are paged twenty at a time, none twice and none left out.
func fiveHundredCases(t *testing.T, a *apptest.App) {
	me := a.Visitor("person-070")
	if err := a.Pile(me.Person, 500); err != nil {
		t.Fatal(err)
	}
	b := browse(t, a, me)
	for show, want := range map[string]int{"": 500, "?show=open": 250, "?show=closed": 250} {
		seen, pages := map[string]bool{}, 0
		for path := "/me/cases" + show; path != ""; pages++ {
			g := b.get(path)
			links := caseLink.FindAllStringSubmatch(g.body, -1)
			if g.StatusCode != http.StatusOK || len(links) == 0 || len(links) > 20 {
				t.Fatalf("%s: %d with %d cases", path, g.StatusCode, len(links))
			}
			for _, m := range links {
				if seen[m[1]] {
					t.Errorf("%s twice", m[1])
				}
				seen[m[1]] = true
			}
			path = ""
			if m := nextLink.FindStringSubmatch(g.body); m != nil {
				path = m[1]
			}
		}
		if len(seen) != want || pages != want/20+btoi(want%20 > 0) {
			t.Errorf("%q: %d cases on %d pages", show, len(seen), pages)
		}
	}
	if g := b.get("/me/cases?after=nonsense"); g.StatusCode != http.StatusNotFound {
		t.Errorf("a broken cursor: %d", g.StatusCode)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// devices: a removed browser is out at its next request.
func devices(t *testing.T, a *apptest.App) {
	me := a.Visitor("person-080")
	a.Clock.Add(2 * time.Minute)
	second := a.SignIn(&apptest.Phone{Number: a.Somebody("person-080").Phone})
	old, fresh := browse(t, a, me), browse(t, a, second)
	if g := fresh.get("/me/devices"); strings.Count(g.body, "/remove") != 2 || strings.Count(g.body, "这台设备</span>") != 1 {
		t.Error(g.body)
	}
	if g := fresh.post("/me/devices/" + me.Device + "/remove"); g.StatusCode != http.StatusSeeOther {
		t.Fatal(g.StatusCode)
	}
	if g := old.get("/me"); !strings.HasPrefix(g.Header.Get("Location"), "/signin?") {
		t.Errorf("the removed browser is still in: %d", g.StatusCode)
	}
	if g := fresh.post("/me/devices/" + second.Device + "/remove"); g.Header.Get("Location") != "/" {
		t.Errorf("removing oneself: %d %v", g.StatusCode, g.Header)
	}
	if g := fresh.get("/me"); !strings.HasPrefix(g.Header.Get("Location"), "/signin?") {
		t.Errorf("still in: %d", g.StatusCode)
	}
}
