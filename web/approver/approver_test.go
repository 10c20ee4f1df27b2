package approver_test

import (
	"context"
	"html"
	"io"
	"log/slog"
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
	"yimen/domain/identity"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/once"
	"yimen/process/inform"
	"yimen/ref"
	"yimen/web/approver"
	"yimen/web/page"
)

// desk is a department's browser before a whole house.
type desk struct {
	*apptest.App
	t       *testing.T
	who     org.Staff
	handler http.Handler
}

func open(t *testing.T, account string) *desk {
	t.Helper()
	a := apptest.New(t, dbtest.SQLite(t))
	d := &desk{App: a, t: t, who: a.Staff(account)}
	s := &approver.Surface{DB: a.DB, Board: a.Board, Desk: a.Desk, Till: a.Till, Gate: a.Gate, Press: a.Press, Post: a.Post, Cases: a.Cases, Work: a.Work, Hub: a.Hub, Watch: a.Watch}
	h := page.House{Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Demo: true, Limits: page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(*http.Request) (page.Actor, error) {
			return page.Actor{Kind: "staff", ID: string(d.who.ID), Name: d.who.Name, Roles: []page.Role{page.Approver}, Data: d.who}, nil
		}}
	var err error
	if d.handler, err = h.Handler(s.Routes()...); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) as(account string) *desk { d.who = d.Staff(account); return d }

func (d *desk) ask(r *http.Request, status int) *httptest.ResponseRecorder {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code != status {
		d.t.Fatalf("%s %s as %s: %d, want %d\n%s", r.Method, r.URL, d.who.Account, w.Code, status, plain(w.Body.String()))
	}
	return w
}

func (d *desk) get(path string, status int) string {
	d.t.Helper()
	return d.ask(httptest.NewRequest("GET", path, nil), status).Body.String()
}

func (d *desk) post(path string, status int, pairs ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	v := url.Values{"key": {page.NewKey()}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return d.postForm(path, status, v)
}

func (d *desk) postForm(path string, status int, v url.Values) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.ask(r, status)
}

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

func plain(page string) string { return html.UnescapeString(tags.ReplaceAllString(page, " ")) }

func want(t *testing.T, where string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(where, p) {
			t.Errorf("no %q in\n%s", p, plain(where))
		}
	}
}

func wantNot(t *testing.T, where string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(where, p) {
			t.Errorf("%q is in\n%s", p, plain(where))
		}
	}
}

func task(id ref.TaskID) string { return "/approver/task/" + string(id) }

// findings are the pairs of a form that lead to a row of the rule.
func (d *desk) findings(path, row string) (pairs []string) {
	d.t.Helper()
	t, err := approval.Get(context.Background(), d.DB, ref.TaskID(strings.TrimPrefix(path, "/approver/task/")))
	if err != nil {
		d.t.Fatal(err)
	}
	for name, value := range d.Findings(t, row) {
		pairs = append(pairs, "finding."+name, value)
	}
	return pairs
}

// first is the inbox's first task.
func (d *desk) first() string {
	d.t.Helper()
	return regexp.MustCompile(`/approver/task/[0-9a-f-]+`).FindString(d.get("/approver", 200))
}

// TestMessagesAreAnswered: what an applicant asks stands in the list until the organ writes back; an empty answer is
// refused where it is written, and a desk without a part in the case sees neither.
func TestMessagesAreAnswered(t *testing.T) {
	d := open(t, "health-accept")
	id := d.Accept("clerk01", "cc-hygiene", "company-01")
	want(t, d.get("/approver/messages", 200), "没有待答复的消息")
	me := identity.Me{Account: "a", Level: ref.AssuranceReal, Person: "p", For: d.Person("company-01").ID}
	asked := inform.Saying{Case: id, Body: "请问要带原件吗？", Me: me, Submit: once.Submit{Actor: me.Actor(), Route: "test", Key: page.NewKey(), At: d.Clock.Now()}}
	if _, err := d.Post.Say(context.Background(), asked); err != nil {
		t.Fatal(err)
	}
	c, at := d.Task(id, approval.Accept, ""), "/approver/case/"+string(id)
	list := d.get("/approver/messages", 200)
	want(t, list, at+"#messages", d.Person("company-01").Name)
	wantNot(t, list, "原件")
	want(t, d.get(task(c.ID), 200), "请问要带原件吗？", "等待答复", at+"/say")
	want(t, d.post(at+"/say", 422, "body", " ").Body.String(), "请写下要说的话")
	d.post(at+"/say", 303, "body", "带上原件，核对后当场退还。")
	want(t, d.get(at, 200), "带上原件，核对后当场退还。", "对方还没有看", d.who.Name)
	want(t, d.get("/approver/messages", 200), "没有待答复的消息")
	d.as("police-review-a")
	wantNot(t, d.get("/approver/messages", 200), at)
	d.get(at, 404)
	d.post(at+"/say", 404, "body", "你好")
}

func TestThreeDepartmentsDecideByBrowser(t *testing.T) {
	d := open(t, "build-review-a")
	want(t, d.get("/approver", 200), "没有待办任务", `data-stream="/approver/stream"`)
	id := d.Accept("clerk01", "cc-road-dig", "company-01")
	c, err := casefile.Get(context.Background(), d.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	list := d.get("/approver", 200)
	want(t, list, "路政审查和现场踏勘", "挖掘城市道路审批", string(c.Number), "还有 4 个工作日", "push:inbox from:body", `data-key="1"`)
	want(t, d.get("/approver?kind=decide", 200), "没有符合条件的记录")

	own := d.first()
	seen := d.get(own, 200)
	want(t, seen, "为什么是我", "审查要点", "城市道路管理条例》第三十三条", "还没有答复", "窗口填写　2026年3月2日", d.Staff("build-review-b").Name)
	wantNot(t, seen, "[", `value="`+string(d.who.ID)+`"`)

	for _, x := range []struct{ account, note string }{{"police-review-a", "围挡后保留两条车道，同意。"}, {"land-review-a", ""}} {
		d.as(x.account)
		to := d.post(d.first(), http.StatusSeeOther, "outcome", approval.Agree, "note", x.note).Header().Get("Location")
		want(t, d.get(to, 200), "已提交：同意", "没有待办任务")
		d.Settle()
	}
	d.as("build-review-a")
	want(t, d.get(own, 200), "围挡后保留两条车道，同意。")
	want(t, d.post(own, http.StatusUnprocessableEntity, "outcome", approval.Agree, "note", "现场踏勘属实").Body.String(), "请选择另一名", "现场踏勘属实", `href="#f-second"`)
	d.post(own, http.StatusSeeOther, "outcome", approval.Agree, "note", "现场踏勘属实", "second", string(d.Staff("build-review-b").ID))
	d.Settle()

	d.as("build-decide")
	last := d.first()
	seen = d.get(last, 200)
	want(t, seen, "由您认定的事实", "道路在禁挖期内", "现场踏勘属实", "看规则怎么说")
	wantNot(t, seen, `name="outcome"`)
	refusing := d.findings(last, "R3")
	told := d.post(last, 200, append(refusing, "seen", "", "do", "propose")...).Body.String()
	want(t, told, "规则建议：不予批准（R3", "交付使用后5年内", "60 日内向佛山市禅城区人民政府", `value="refuse" checked`)
	granting := d.findings(last, "R1")
	told = d.post(last, 200, append(granting, "seen", "R3", "do", "decide", "outcome", approval.Refuse, "note", "打过的字")...).Body.String()
	want(t, told, "规则的建议和您刚才看到的不一样了", "规则建议：批准（R1", `value="grant" checked`, "打过的字")
	d.post(last, http.StatusSeeOther, append(granting, "seen", "R1", "do", "decide", "outcome", approval.Grant)...)
	d.Settle()
	after := d.get("/approver/case/"+string(id), 200)
	want(t, after, "已办结", "批准", "适用情形：R1")
	wantNot(t, after, "[case.", "[approver.")
	doc := regexp.MustCompile(`/approver/document/[0-9a-f-]+`).FindString(after)
	if w := d.ask(httptest.NewRequest("GET", doc, nil), 200); !strings.HasPrefix(w.Body.String(), "%PDF-") {
		t.Error("the document is no PDF")
	}
	paper := html.UnescapeString(regexp.MustCompile(`/approver/material/[0-9a-f-]+\?case=[0-9a-f-]+`).FindString(after))
	w := d.ask(httptest.NewRequest("GET", paper, nil), 200)
	if !strings.HasPrefix(w.Body.String(), "%PDF-") || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "inline") {
		t.Errorf("paper %v", w.Header())
	}
	d.as("health-decide")
	for _, path := range []string{own, last, doc, paper, "/approver/case/" + string(id)} {
		d.get(path, http.StatusNotFound)
	}
	d.post(last, http.StatusNotFound, "outcome", approval.Grant)
	if all, err := audit.Accesses(context.Background(), d.DB, c.Party, 100); err != nil || len(all) < 3 {
		t.Errorf("%d looks noted, %v", len(all), err)
	}
}

func TestPapersOfOtherCasesStayClosed(t *testing.T) {
	d := open(t, "build-review-a")
	id := d.Accept("clerk01", "cc-road-dig", "company-01")
	other := d.Accept("clerk01", "cc-hygiene", "company-02")
	items, err := casefile.Items(context.Background(), d.DB, other)
	if err != nil {
		t.Fatal(err)
	}
	uses, err := material.UsesOf(context.Background(), d.DB, items[0].ID)
	if err != nil || len(uses) == 0 {
		t.Fatal(uses, err)
	}
	d.get("/approver/material/"+string(uses[0].Material)+"?case="+string(id), http.StatusNotFound)
	d.get("/approver/material/"+string(uses[0].Material)+"?case="+string(other), http.StatusNotFound)
	d.get("/approver/material/"+string(uses[0].Material), http.StatusNotFound)
}

func TestNothingTypedIsLost(t *testing.T) {
	d := open(t, "health-accept")
	id := d.Accept("clerk01", "cc-hygiene", "company-02")
	at := task(d.Task(id, approval.Accept, "").ID)
	want(t, d.post(at, http.StatusUnprocessableEntity, "outcome", "", "note", "缺\u202e第二页<b>😀𬭎").Body.String(), "请选择一项", "缺第二页&lt;b&gt;😀𬭎", `href="#f-outcome"`)
	want(t, d.post(at, http.StatusUnprocessableEntity, "outcome", approval.Points, "note", "").Body.String(), "请写明需要补正的内容", "checked")
	want(t, d.post(at, http.StatusUnprocessableEntity, "outcome", approval.Grant, "note", "越权").Body.String(), "请选择一项")
	want(t, d.post(at, http.StatusUnprocessableEntity, "outcome", approval.Decline, "note", strings.Repeat("长", 2001)).Body.String(), "最多 2000 个字")
	to := d.post(at, http.StatusSeeOther, "outcome", approval.Take).Header().Get("Location")
	want(t, d.get(to, 200), "已提交：受理")
	d.Settle()

	d.as("health-review-a")
	review := task(d.Task(id, approval.Review, "").ID)
	key := page.NewKey()
	pairs := []string{"key", key, "outcome", approval.Agree, "note", "现场与申报一致", "second", string(d.Staff("health-review-b").ID)}
	d.post(review, http.StatusSeeOther, pairs...)
	d.post(review, http.StatusSeeOther, pairs...) // the same submit again
	first := d.who.Name
	d.as("health-review-b")
	late := d.post(review, http.StatusConflict, "outcome", approval.Disagree, "note", "布局不符", "second", string(d.Staff("health-review-a").ID)).Body.String()
	want(t, late, first, "今天 09:30", "布局不符", "您刚才填写的内容")
	wantNot(t, late, `id="decide"`)
	want(t, d.get(review, 200), "已于", "同意", "下一件")
}

func TestWhoReviewedDoesNotDecide(t *testing.T) {
	d := open(t, "health-decide")
	id := d.Accept("clerk01", "cc-hygiene", "company-02")
	d.Decide(d.Decision("health-accept", d.Task(id, approval.Accept, ""), approval.Take))
	mine := d.Decision("health-review-a", d.Task(id, approval.Review, ""), approval.Agree)
	mine.Second = d.Staff("health-decide").ID
	d.Decide(mine)
	at := task(d.Task(id, approval.Decide, "").ID)
	want(t, d.post(at, http.StatusForbidden, "outcome", approval.Grant, "rule_row", "R1", "note", "情况属实").Body.String(), "要由不同的人办理", "情况属实")
	want(t, d.post(at, http.StatusForbidden, "outcome", approval.Refuse, "rule_row", "R1").Body.String(), "要由不同的人办理")
}

func TestNextTaskFollowsByTimeLeft(t *testing.T) {
	d := open(t, "market-rep-zumiao")
	for _, who := range []string{"person-001", "person-002", "person-003"} {
		d.Accept("clerk01", "cc-individual-business", who)
	}
	want(t, d.get("/approver", 200), "今天到期", `data-key="3"`)
	one := d.ask(httptest.NewRequest("GET", "/approver/next", nil), http.StatusSeeOther).Header().Get("Location")
	two := d.ask(httptest.NewRequest("GET", "/approver/next?from="+strings.TrimPrefix(one, "/approver/task/"), nil), http.StatusSeeOther).Header().Get("Location")
	to := d.post(one, http.StatusSeeOther, append(d.findings(one, "R1"), "seen", "R1", "outcome", approval.Grant)...).Header().Get("Location")
	if to != two+"?done="+strings.TrimPrefix(one, "/approver/task/") {
		t.Errorf("after %s comes %s, not %s", one, to, two)
	}
	want(t, d.get(to, 200), "已提交：批准")
	d.Clock.Add(30 * time.Hour)
	want(t, d.get("/approver", 200), "超期 1 个工作日", `class="danger"`)
	d.get("/approver?after=x", http.StatusUnprocessableEntity)
	d.as("supervisor01")
	want(t, d.get("/approver/next", http.StatusSeeOther)+d.get("/approver?none=1", 200), "没有下一件了")
}

// TestOneEventForEveryOrgan listens like a browser.
func TestOneEventForEveryOrgan(t *testing.T) {
	d := open(t, "build-review-a")
	server := httptest.NewServer(d.handler)
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, "GET", server.URL+"/approver/stream", nil)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	buffer := make([]byte, 512)
	if _, err := answer.Body.Read(buffer); err != nil {
		t.Fatal(err)
	}
	d.Hub.Send("inbox:"+string(d.who.Organ), "changed")
	n, err := answer.Body.Read(buffer)
	if err != nil && err != io.EOF || !strings.HasPrefix(string(buffer[:n]), "event: inbox\ndata: changed") {
		t.Errorf("%q %v", buffer[:n], err)
	}
}
