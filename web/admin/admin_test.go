package admin_test

import (
	"context"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/web/admin"
	"yimen/web/page"
)

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

// desk is the administrator's browser before a whole house.
type desk struct {
	*apptest.App
	t       *testing.T
	handler http.Handler
}

func open(t *testing.T) *desk {
	t.Helper()
	a := apptest.New(t, dbtest.SQLite(t))
	who := a.Staff("admin")
	s := &admin.Surface{DB: a.DB, Bus: a.Bus, Watch: a.Watch, Library: a.Library, Door: a.Door, Post: a.Post}
	h := page.House{Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Limits: page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(*http.Request) (page.Actor, error) {
			return page.Actor{Kind: "staff", ID: string(who.ID), Name: who.Name, Roles: []page.Role{page.Admin}, Data: who}, nil
		}}
	handler, err := h.Handler(s.Routes()...)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{a, t, handler}
}

func (d *desk) ask(r *http.Request, status int) string {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code != status {
		d.t.Fatalf("%s %s: %d, want %d\n%s", r.Method, r.URL, w.Code, status, plain(w.Body.String()))
	}
	if strings.Contains(w.Body.String(), "[admin.") {
		d.t.Errorf("%s: a sentence is missing\n%s", r.URL, plain(w.Body.String()))
	}
	return w.Body.String()
}

func (d *desk) get(path string) string {
	d.t.Helper()
	return d.ask(httptest.NewRequest("GET", path, nil), http.StatusOK)
}

func (d *desk) post(path string, status int, pairs ...string) string {
	d.t.Helper()
	v := url.Values{"key": {page.NewKey()}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.ask(r, status)
}

// TestUndeliveredTexts: a text that failed is shown with its cause and sent again on a person's word.
func TestUndeliveredTexts(t *testing.T) {
	d := open(t)
	want(t, d.get("/admin/texts"), "没有这样的短信", "21:00-08:00")
	gateway, _ := d.Simulators()
	gateway.Behave("refuse")
	d.Accept("clerk01", "cc-individual-business", "person-001")
	seen := d.get("/admin/texts")
	want(t, seen, "没有送达", "短信网关不接收这条短信", "受理")
	gateway.Behave("")
	id := regexp.MustCompile(`name="text" value="([^"]+)"`).FindStringSubmatch(seen)[1]
	d.post("/admin/texts/again", 303, "text", id)
	d.post("/admin/texts/again", 409, "text", id)
	d.Settle()
	want(t, d.get("/admin/texts?again=1"), "没有这样的短信", "已重新排队发送")
	want(t, d.post("/admin/texts/quiet", 422, "quiet", "at night"), "请写成 21:00-08:00", "at night")
	d.post("/admin/texts/quiet", 303, "quiet", "22:00-07:00")
	want(t, d.get("/admin/texts?quiet=1"), "22:00-07:00", "免打扰时间已保存")
	d.Post.Texter = nil
	want(t, d.get("/admin/texts"), "没有配置短信网关")
}

func TestWhatIsStuckIsShownAndTakenUpAgain(t *testing.T) {
	d := open(t)
	want(t, d.get("/admin"), "没有停下来的消息", "casefile.accepted/1", "review.Start")
	broken := true
	event.Hear(d.Bus, "test.Stuck", func(ctx context.Context, at event.Delivery, _ approval.Assigned) error {
		if broken {
			return fault.New(fault.Invalid, "fault.invalid").Wrap(errors.New("the printer is on fire"))
		}
		return d.DB.Write(ctx, "test.Stuck", at.Done)
	})
	if _, err := d.Desk.Accept(context.Background(), d.Acceptance("clerk01", "cc-individual-business", "person-001")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Bus.Settle(context.Background()); err != nil {
		t.Fatal(err)
	}
	seen := d.get("/admin")
	want(t, seen, "test.Stuck", "the printer is on fire")
	id := regexp.MustCompile(`name="event" value="([^"]+)"`).FindStringSubmatch(seen)[1]
	broken = false
	d.post("/admin/retry", http.StatusSeeOther, "hearer", "test.Stuck", "event", id)
	want(t, d.get("/admin?retried=1"), "已经重新开始处理")
	d.Settle()
	want(t, d.get("/admin"), "没有停下来的消息")
	d.post("/admin/retry", http.StatusNotFound, "hearer", "test.Stuck", "event", id)
	if rows, err := audit.History(context.Background(), d.DB, "event:"+id); err != nil || len(rows) != 1 || !strings.HasPrefix(rows[0].Actor, "staff:") {
		t.Errorf("audit %+v %v", rows, err)
	}
}

var codeForm = regexp.MustCompile(`<code>([A-Za-z0-9_-]{32})</code>`)

func TestAnAccountIsMadeAndInvited(t *testing.T) {
	d := open(t)
	first := d.get("/admin/accounts")
	want(t, first, "build-accept", "贾子英", "审批人员", "佛山市禅城区住房城乡建设和水利局", "/admin/accounts?after=")
	next := html.UnescapeString(regexp.MustCompile(`/admin/accounts\?after=[^"]+`).FindString(first))
	if strings.Contains(d.get(next), ">build-accept<") {
		t.Error("the second page repeats the first")
	}
	organ := string(d.Staff("build-accept").Organ)
	bad := d.post("/admin/accounts", http.StatusUnprocessableEntity, "account", "新 人", "name", "", "role", "king", "organ", "nowhere", "post", "岗<b>")
	want(t, bad, "登录名请用", "请填写姓名", "请选择一项", "岗&lt;b&gt;", `href="#f-account"`)
	want(t, d.post("/admin/accounts", http.StatusUnprocessableEntity, "account", "new-one", "name", "测试员", "role", "approver"), "请选择所在机关", `value="new-one"`)
	want(t, d.post("/admin/accounts", http.StatusUnprocessableEntity, "account", "new-one", "name", "测试员", "role", "clerk"), "请选择所在大厅")
	want(t, d.post("/admin/accounts", http.StatusUnprocessableEntity, "account", "build-accept", "name", "测试员", "role", "admin"), "已经有人使用")

	made := d.post("/admin/accounts", http.StatusOK, "account", "New-One", "name", "测试员", "role", "approver", "organ", organ)
	code := codeForm.FindStringSubmatch(made)
	if code == nil {
		t.Fatalf("no code in\n%s", plain(made))
	}
	who, err := d.Door.Invited(context.Background(), code[1])
	if err != nil || who.Account != "new-one" || who.Roles != "approver" || string(who.Organ) != organ || !who.Active {
		t.Errorf("invited %+v %v", who, err)
	}
	if codeForm.MatchString(d.get("/admin/accounts?after=new")) {
		t.Error("the code is shown again")
	}
	again := codeForm.FindStringSubmatch(d.post("/admin/accounts/"+string(who.ID)+"/invite", http.StatusOK))
	if again == nil || again[1] == code[1] {
		t.Error("no fresh code")
	}
	d.post("/admin/accounts/nobody/invite", http.StatusNotFound)
	if _, err := org.StaffByAccount(context.Background(), d.DB, "king"); err == nil {
		t.Error("a refused account was made")
	}
}

func TestTheAuditChainIsWalked(t *testing.T) {
	d := open(t)
	d.Accept("clerk01", "cc-individual-business", "person-001")
	if err := d.Watch.Seal(context.Background()); err != nil {
		t.Fatal(err)
	}
	want(t, d.get("/admin/audit"), "开始核对")
	want(t, d.post("/admin/audit", http.StatusOK), "审计链完整")
	if err := d.DB.Write(context.Background(), "test.Forge", func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "update audit_row set actor = 'staff:somebody-else' where verb = 'intake.Accept'")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want(t, d.post("/admin/audit", http.StatusOK), "内容被改动", "case:")
}
