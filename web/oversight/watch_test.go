package oversight_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/audit"
	"yimen/domain/inspection"
	"yimen/foundation/db/dbtest"
	"yimen/web/oversight"
	"yimen/web/page"
)

// bench is a supervisor's browser before a whole house.
type bench struct {
	*apptest.App
	t       *testing.T
	handler http.Handler
}

func sit(t *testing.T) *bench {
	t.Helper()
	d := &bench{App: apptest.New(t, dbtest.SQLite(t)), t: t}
	who := d.Staff("supervisor01")
	s := &oversight.Surface{DB: d.DB, Gate: d.Gate, Cases: d.Cases, Work: d.Work, Walls: d.Walls, Watch: d.Watch}
	h := page.House{Now: d.App.Clock.Now, Log: slog.New(slog.DiscardHandler), Limits: page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(*http.Request) (page.Actor, error) {
			return page.Actor{Kind: "staff", ID: string(who.ID), Name: who.Name, Roles: []page.Role{page.Supervisor}, Data: who}, nil
		}}
	var err error
	if d.handler, err = h.Handler(s.Routes()...); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *bench) ask(r *http.Request, status int) *httptest.ResponseRecorder {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code != status {
		d.t.Fatalf("%s %s: %d, want %d\n%s", r.Method, r.URL, w.Code, status, plain(w.Body.String()))
	}
	if strings.Contains(w.Body.String(), "[watch.") || strings.Contains(w.Body.String(), "[inspection.") {
		d.t.Errorf("%s: a sentence is missing\n%s", r.URL, plain(w.Body.String()))
	}
	return w
}

func (d *bench) get(path string, status int) string {
	d.t.Helper()
	return d.ask(httptest.NewRequest("GET", path, nil), status).Body.String()
}

func (d *bench) post(path string, status int, pairs ...string) string {
	d.t.Helper()
	v := url.Values{"key": {page.NewKey()}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.ask(r, status).Body.String()
}

func (d *bench) cards() []inspection.Card {
	d.t.Helper()
	all, err := inspection.Cards(context.Background(), d.DB, inspection.CardFilter{}, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

func TestCardsAreShownLiftedAndExported(t *testing.T) {
	d := sit(t)
	want(t, d.get("/oversight/cards", 200), "没有监察牌")
	d.Accept("clerk01", "cc-road-dig", "company-01")
	d.App.Clock.Add(4 * 24 * time.Hour)
	if err := d.Watch.Inspect(context.Background()); err != nil {
		t.Fatal(err)
	}
	seen := d.get("/oversight/cards?level=yellow", 200)
	want(t, seen, "黄牌", "等待说明", "某个环节超过时限")
	id := d.cards()[0].ID
	want(t, d.get("/oversight/cards/"+id, 200), "环节超时", "系统按时限发出", "单位负责人", "发牌")
	want(t, d.post("/oversight/cards/"+id, 422, "do", "lift", "words", "短"), "请写明情况", ">短<")
	d.post("/oversight/cards/"+id, 303, "do", "lift", "words", "系统故障，予以撤销。")
	want(t, d.get("/oversight/cards/"+id, 200), "已撤销", "系统故障，予以撤销。")
	want(t, d.post("/oversight/cards/"+id, 409, "do", "lift", "words", "再撤销一次。"), "刚刚有了变化")
	file := d.ask(httptest.NewRequest("GET", "/oversight/cards.csv", nil), 200)
	if got := file.Body.String(); !strings.HasPrefix(got, "\uFEFF等级,") || strings.Count(got, "\n") != 1+len(d.cards()) || strings.Count(got, "\n黄牌,") != 2 || !strings.Contains(got, "已撤销") {
		t.Errorf("the file: %q", got)
	}
	rows, err := audit.History(context.Background(), d.DB, "export:cards")
	if err != nil || len(rows) != 1 || rows[0].Verb != "supervise.Export" {
		t.Errorf("the export left no row: %+v %v", rows, err)
	}
	d.get("/oversight/cards/none", 404)
	d.get("/oversight/cards?after=x", 404)
}

func TestOrdersAreMadeAndTheirFileRunsNothing(t *testing.T) {
	d := sit(t)
	want(t, d.get("/oversight/orders", 200), "没有督办", "/oversight/orders/new")
	organ := string(d.Staff("build-decide").Organ)
	want(t, d.post("/oversight/orders", 422, "title", "短", "organ", organ, "words", "清理积压办件。"), "4 到 60 个字", "请填今天以后的日期", "清理积压办件。")
	want(t, d.post("/oversight/orders", 422, "title", "清理积压办件", "organ", organ, "words", "清理积压办件。", "due", "2026-13-45"), "日期不对")
	d.post("/oversight/orders", 303, "title", "=HYPERLINK(1)", "organ", organ, "words", "清理积压办件。", "due", "2026-03-04")
	all, err := inspection.Orders(context.Background(), d.DB, inspection.OrderFilter{}, 10)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if got := d.get("/oversight/orders.csv", 200); !strings.Contains(got, "'=HYPERLINK(1),") {
		t.Errorf("a formula goes out: %q", got)
	}
	at := "/oversight/orders/" + all[0].ID
	want(t, d.get(at, 200), "办理中", "清理积压办件。")
	want(t, d.post(at, 422, "do", "close", "words", "可以办结。", "look", "2026-03-01"), "请填今天以后的日期")
	d.post(at, 303, "do", "close", "words", "可以办结。", "look", "2026-03-10")
	d.App.Clock.Add(8 * 24 * time.Hour)
	want(t, d.get("/oversight/orders?show=look", 200), "到了回头看的日期", "该看了")
	d.post(at, 422, "do", "nothing", "words", "什么也不做。")
	d.post(at, 303, "do", "holds", "words", "整改到位。")
	want(t, d.get(at, 200), "回头看：整改到位")
}

func TestTheWallLeadsToItsLists(t *testing.T) {
	d := sit(t)
	want(t, d.get("/oversight/wall", 200), "没有在办的办件")
	d.Accept("clerk01", "cc-road-dig", "company-01")
	d.App.Clock.Add(time.Minute)
	seen := d.get("/oversight/wall", 200)
	want(t, seen, "住房城乡建设", "/oversight/wall/list?organ=", "正常")
	want(t, d.get("/oversight/wall?by=item", 200), "/oversight/wall/list?item=cc-road-dig")
	want(t, d.get("/oversight/wall?by=town", 200), "祖庙")
	want(t, d.get("/oversight/wall/list?state=running", 200), d.Person("company-01").Name, "祖庙")
	want(t, d.get("/oversight/wall/list?state=overdue", 200), "没有符合条件的记录")
	d.get("/oversight/wall/list?state=x", 404)
	if got := d.get("/oversight/wall.csv?state=running", 200); !strings.Contains(got, d.Person("company-01").Name) || strings.Count(got, "\n") != 2 {
		t.Errorf("the file: %q", got)
	}
	if got := d.get("/oversight/cases.csv?name="+url.QueryEscape("没有这个人"), 200); strings.Count(got, "\n") != 1 {
		t.Errorf("the file: %q", got)
	}
}

func TestRulesAreChangedExportedAndImported(t *testing.T) {
	d := sit(t)
	want(t, d.get("/oversight/rules", 200), "超过承诺的时限没有作出决定", "优化营商环境条例", "第 1 版")
	at := "/oversight/rules/promise"
	good := []string{"read", "1", "name", "超过承诺时限", "on", "yes", "days", "2", "percent", "30", "yellow", "5", "law.0", "优化营商环境条例", "article.0", "36", "paragraph.0", "2", "point.0", "0", "text.0", "应当公开说明理由"}
	bad := append(append([]string{}, good...), "days", "x", "percent", "101", "law.0", "")
	want(t, d.post(at, 422, bad...), "x")
	want(t, d.post(at, 422, append(append([]string{}, good...), "percent", "101", "law.0", "")...), "0 到 100", "请写明依据")
	d.post(at, 303, good...)
	want(t, d.get("/oversight/rules", 200), "剩 2 个工作日或者 30% 预警", "第 2 版")
	want(t, d.get("/oversight/rules?version=1", 200), "剩 1 个工作日或者 20% 预警")
	want(t, d.post(at, 409, good...), "新版本")
	want(t, d.post("/oversight/rules", 422, "read", "2", "explain.warning", "0", "explain.yellow", "x", "explain.red", "1", "twice", "2", "answer", "2"), "x")
	d.post("/oversight/rules", 303, "read", "2", "explain.warning", "1", "explain.yellow", "3", "explain.red", "1", "twice", "0", "answer", "3")
	file := d.get("/oversight/rules.json", 200)
	book, err := inspection.ReadBook([]byte(file))
	if err != nil || book.Answer != 3 || book.Explain.Warning != 1 {
		t.Errorf("the file: %+v %v", book, err)
	}
	d.get("/oversight/rules/none", 404)
	d.get("/oversight/rules?version=99", 404)
}
