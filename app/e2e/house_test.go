package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"strings"
	"sync"
	"testing"

	"yimen/app"
	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/identity"
	"yimen/foundation/once"
	"yimen/foundation/session"
	"yimen/process/inform"
	"yimen/process/review"
	"yimen/ref"
	"yimen/town"
	"yimen/web/page"
)

// house is the one house of all tests: the demo town with a few cases in it, its events running, on an address.
type house struct {
	*apptest.App
	server   string
	accounts map[string]app.Account
	things   things
	visitors map[string]identity.Me // people from outside, by what they are called in visits
	own      own
	acts     acts // of an agent
}

// things are what was made before the first test looks.
type things struct {
	Open     ref.CaseID // accepted, three departments at work
	Granted  ref.CaseID // closed with a licence
	Unpaid   ref.CaseID // granted, waits for its fee
	Returned ref.CaseID // waits for corrections
	Instant  ref.CaseID // decided by a representative at the window
	Opinion  ref.TaskID // the police's open task in Open
	Review   ref.TaskID // the building bureau's
	Decide   ref.TaskID // open, waits for the health bureau's decision
	Plan     ref.CaseID // open, waits for the emergency bureau's decision, which a test makes
	Motion   string     // waits for the building bureau's head
	Draft    string     // clerk01's, of a person whose card was read
	Spoilt   string     // another, to be handed in empty
	Typed    string     // clerk02's, of a company that has not confirmed
	Copy     copied     // of Granted's licence
	Bound    copied     // of Instant's, which a test suspends
	Wrong    string     // a correction that waits
	Vow      vows
	Query    []*http.Cookie
	After    after // what comes after a decision
}

var opened = sync.OnceValues(openHouse)

// theHouse opens the house for the first test that asks.
func theHouse(t *testing.T) *house {
	t.Helper()
	h, err := opened()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestMain(m *testing.M) {
	code := m.Run()
	if browserEnd != nil {
		browserEnd()
	}
	if houseEnd != nil {
		houseEnd()
	}
	os.Exit(code)
}

var houseEnd, browserEnd func()

func openHouse() (*house, error) {
	data, err := os.MkdirTemp("", "yimen-e2e-")
	if err != nil {
		return nil, err
	}
	a, err := apptest.Reopen(data, "sqlite:"+path.Join(data, "yimen.db"), "cc-lease-record")
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &house{App: a, server: "http://" + listener.Addr().String(), accounts: map[string]app.Account{}}
	h.Press.Host, h.Till.Host = h.server, h.server
	h.House.Limits = page.Limits{Address: page.Unlimited, Stranger: page.Unlimited, Actor: page.Unlimited}
	if err := h.LoadTown(context.Background()); err != nil {
		return nil, err
	}
	handler, err := h.Handler()
	if err != nil {
		return nil, err
	}
	s := httptest.NewUnstartedServer(handler)
	s.Listener = listener
	s.Start()
	if err := h.furnish(); err != nil {
		return nil, err
	}
	run, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.Run(run) })
	houseEnd = func() {
		stop()
		running.Wait()
		h.Hub.Close()
		s.CloseClientConnections()
		s.Close()
		_ = h.Close()
		_ = os.RemoveAll(data)
	}
	return h, nil
}

// furnish makes the cases that pages are looked at with. Events do not run yet, so that Settle delivers each.
func (h *house) furnish() error {
	all, err := h.Accounts(context.Background())
	if err != nil {
		return err
	}
	for _, a := range all {
		h.accounts[a.Account] = a
	}
	h.things.Open = h.Accept("clerk01", "cc-road-dig", "company-02")
	h.things.Opinion = h.taskFor(h.things.Open, "police-review-a").ID
	h.things.Review = h.Task(h.things.Open, approval.Review, "").ID
	if err := h.moved(); err != nil {
		return err
	}
	h.grant()
	h.things.Instant = h.Accept("clerk01", "cc-individual-business", "person-004")
	h.Decide(h.Decision("market-rep-zumiao", h.Task(h.things.Instant, approval.Decide, ""), approval.Grant))
	h.Accept("clerk01", "cc-individual-business", "person-005")
	h.returned()
	h.decidable()
	h.things.Plan = h.Accept("clerk01", "cc-emergency-plan", "company-08")
	if err := h.spaces(); err != nil {
		return err
	}
	if err := h.people(); err != nil {
		return err
	}
	if err := h.fees(); err != nil {
		return err
	}
	if err := h.talk(); err != nil {
		return err
	}
	if err := h.calledWrong(); err != nil {
		return err
	}
	h.promised()
	h.things.Copy, h.things.Bound = h.copyOf(h.things.Granted), h.copyOf(h.things.Instant)
	if err := h.after(); err != nil {
		return err
	}
	if h.acts, err = h.act(); err != nil {
		return err
	}
	return h.drafts()
}

// moved asks the building bureau's head for a hearing on the open case.
func (h *house) moved() (err error) {
	by := h.Staff("build-review-a")
	h.things.Motion, err = h.Board.Move(context.Background(), review.Motion{Submit: h.Submit(by, "e2e.move"), By: by, Case: h.things.Open, Kind: approval.Pause, Special: "hearing", N: 10, Reason: "沿线居民要求听证。"})
	return err
}

// talk is a question of an applicant's, answered, and another that waits.
func (h *house) talk() error {
	me := identity.Me{Account: "talk", Level: ref.AssuranceReal, Person: h.Person("company-03").ID, For: h.Person("company-03").ID}
	for i, m := range []inform.Saying{{Me: me, Body: "请问施工围挡要多高？"}, {By: h.Staff("build-decide"), Body: "不低于 2.5 米，请按方案设置。"}, {Me: me, Body: "晚上可以施工吗？"}} {
		m.Case, m.Submit = h.things.Granted, once.Submit{Actor: "talk", Route: "e2e", Key: fmt.Sprintf("a message of this test %d", i), At: h.Now()}
		if _, err := h.Post.Say(context.Background(), m); err != nil {
			return err
		}
		h.Settle()
	}
	return nil
}

func (h *house) taskFor(id ref.CaseID, account string) approval.Task {
	all, err := approval.ByCase(context.Background(), h.DB, id)
	organ := h.Staff(account).Organ
	for _, t := range apptest.Must(h.App, all, err) {
		if t.State == approval.Open && t.Organ == organ {
			return t
		}
	}
	panic("no task for " + account)
}

func (h *house) grant() {
	h.things.Granted = h.dig("company-03")
}

func (h *house) returned() {
	id := h.Accept("clerk01", "cc-hygiene", "company-04")
	d := h.Decision("health-accept", h.Task(id, approval.Accept, ""), approval.Points)
	d.Note = "检测报告缺第二页。\n平面图没有标比例。"
	h.Decide(d)
	h.things.Returned = id
}

func (h *house) decidable() {
	id := h.Accept("clerk01", "cc-hygiene", "company-05")
	h.Decide(h.Decision("health-accept", h.Task(id, approval.Accept, ""), approval.Take))
	own := h.Decision("health-review-a", h.Task(id, approval.Review, ""), approval.Agree)
	own.Second = h.Staff("health-review-b").ID
	h.Decide(own)
	h.things.Decide = h.Task(id, approval.Decide, "").ID
}

// cookie signs an account in without a browser.
func (h *house) cookie(account string) *http.Cookie {
	if me, ok := h.visitors[account]; ok {
		return h.VisitCookie(me)
	}
	w := httptest.NewRecorder()
	err := h.Sessions.SignIn(w, httptest.NewRequest("GET", "/", nil), session.Opening{Kind: "staff", Subject: string(h.Staff(account).ID), Now: h.Now()})
	return apptest.Must(h.App, w.Result().Cookies(), err)[0]
}

// client is a browser without a screen, signed in as an account ("" for nobody).
func (h *house) client(account string) *http.Client {
	jar, _ := cookiejar.New(nil)
	if account != "" {
		u, _ := url.Parse(h.server)
		jar.SetCookies(u, []*http.Cookie{h.cookie(account)})
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (h *house) post(c *http.Client, to string, pairs ...string) (string, error) {
	v := url.Values{"key": {page.NewKey()}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest("POST", h.server+to, strings.NewReader(v.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", h.server)
	res, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		b, _ := io.ReadAll(res.Body)
		return "", fmt.Errorf("POST %s: %d %s", to, res.StatusCode, b)
	}
	return res.Header.Get("Location"), nil
}

func (h *house) drafts() error {
	to, err := h.post(h.client("clerk01"), "/window/card", "item", "cc-individual-business", "card", "person-001")
	if err != nil {
		return err
	}
	h.things.Draft = path.Base(to)
	if to, err = h.post(h.client("clerk03"), "/window/card", "item", "cc-individual-business", "card", "person-002"); err != nil {
		return err
	}
	h.things.Spoilt = path.Base(to)
	number, err := companyNumber("company-06")
	if err != nil {
		return err
	}
	to, err = h.post(h.client("clerk02"), "/window/typed", "item", "cc-road-dig", "kind", string(ref.PartyLegal), "number", number, "reason", "单位经办人到场，出示营业执照")
	if err != nil {
		return err
	}
	h.things.Typed = path.Base(to)
	c := h.client("")
	if _, err := h.post(c, "/progress", "number", h.number(h.things.Granted), "code", h.QueryCode(h.things.Granted)); err != nil {
		return err
	}
	u, _ := url.Parse(h.server)
	h.things.Query = c.Jar.Cookies(u)
	return nil
}

func companyNumber(key string) (string, error) {
	t, err := town.Load()
	if err != nil {
		return "", err
	}
	_, companies := town.People(t, town.Seed)
	for _, c := range companies {
		if c.Key == key {
			return string(c.Number), nil
		}
	}
	return "", fmt.Errorf("no %s", key)
}
