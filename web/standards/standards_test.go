package standards_test

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/catalog"
	"yimen/foundation/calendar"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/once"
	process "yimen/process/standards"
	"yimen/ref"
	"yimen/view/impact"
	"yimen/web/page"
	"yimen/web/standards"
	"yimen/web/text"
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

// desk is somebody's browser before the standards desk.
type desk struct {
	*apptest.App
	t       *testing.T
	handler http.Handler
	as      string
}

func open(t *testing.T) *desk {
	t.Helper()
	return before(t, apptest.New(t, dbtest.SQLite(t)))
}

func before(t *testing.T, a *apptest.App) *desk {
	t.Helper()
	d := &desk{App: a, t: t}
	s := &standards.Surface{DB: a.DB, Library: a.Library, Impact: &impact.View{DB: a.DB}, Standing: a.Standing, Calendar: calendar.Default}
	h := page.House{Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Limits: page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(*http.Request) (page.Actor, error) {
			who := a.Staff(d.as)
			actor := page.Actor{Kind: "staff", ID: string(who.ID), Name: who.Name, Data: who}
			for _, r := range page.Roles {
				if r.Staff() && who.Has(string(r)) {
					actor.Roles = append(actor.Roles, r)
				}
			}
			return actor, nil
		}}
	var err error
	if d.handler, err = h.Handler(s.Routes()...); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) ask(account string, r *http.Request, status int) string {
	d.t.Helper()
	d.as = account
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code != status {
		d.t.Fatalf("%s %s as %s: %d, want %d\n%s", r.Method, r.URL, account, w.Code, status, plain(w.Body.String()))
	}
	if m := regexp.MustCompile(`\[(standards|item|oversight|case)\.[^\]]*\]`).FindString(w.Body.String()); m != "" {
		d.t.Errorf("%s: a sentence is missing: %s", r.URL, m)
	}
	if status == http.StatusSeeOther {
		return w.Header().Get("Location")
	}
	return w.Body.String()
}

func (d *desk) get(account, path string) string {
	d.t.Helper()
	return d.ask(account, httptest.NewRequest("GET", path, nil), http.StatusOK)
}

func (d *desk) post(account, path string, status int, pairs ...string) string {
	d.t.Helper()
	v := url.Values{"key": {page.NewKey()}}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.ask(account, r, status)
}

// TestEveryFieldOfAnItemHasItsWords: what the difference and the editor show is in the catalogues.
func TestEveryFieldOfAnItemHasItsWords(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(x reflect.Type) {
		for x.Kind() == reflect.Pointer || x.Kind() == reflect.Slice {
			x = x.Elem()
		}
		if x.Kind() != reflect.Struct || seen[x] {
			return
		}
		seen[x] = true
		for i := range x.NumField() {
			name, _, _ := strings.Cut(x.Field(i).Tag.Get("json"), ",")
			if key := "item.field." + strings.ToLower(x.Name()) + "." + name; !text.Has(key) {
				t.Errorf("no words for %s", key)
			}
			walk(x.Field(i).Type)
		}
	}
	walk(reflect.TypeFor[catalog.Item]())
	if len(seen) < 20 {
		t.Errorf("only %d types", len(seen))
	}
}

var (
	revision = regexp.MustCompile(`name="rev" value="(\d+)"`)
	digests  = regexp.MustCompile(`name="was" value="([0-9a-f]{64})"`)
)

// TestAnItemIsClaimedWrittenAndPublished walks the whole life on the pages.
func TestAnItemIsClaimedWrittenAndPublished(t *testing.T) {
	d := open(t)
	want(t, d.get("keeper-agri", "/standards"), "标准化工作台", "没有草稿")
	want(t, d.get("keeper-agri", "/standards/basic"), "动物诊疗许可", "认领到县（区）级")
	if strings.Contains(d.get("standards01", "/standards/basic"), "认领到") {
		t.Error("the standards office is offered a claim")
	}
	item, _, _ := strings.Cut(d.post("keeper-agri", "/standards/basic/440191004000/claim", http.StatusSeeOther, "level", "4"), "?")
	d.post("keeper-agri", "/standards/basic/440191004000/claim", http.StatusConflict, "level", "4")
	page1 := d.get("keeper-agri", item)
	want(t, page1, "尚未发布", "动物诊疗许可", "中华人民共和国动物防疫法", "流程里还没有环节", "办理流程设置 › 办理环节", "提交审核", "编写中")
	basic := item + "/edit/basic"
	want(t, d.get("keeper-agri", basic), "不能修改", "一句话说明")
	bad := d.post("keeper-agri", basic, http.StatusUnprocessableEntity, "rev", "1", "summary", "", "project_type", "9", "name_en", "Animal clinics", "aliases", "宠物医院\n动物医院")
	want(t, bad, "请填写这一项", "请选择一项", `value="Animal clinics"`, "宠物医院")
	good := []string{"rev", "1", "summary", "开办动物诊所、动物医院前申请。", "project_type", "2", "power_source", "1", "audience", "1", "audience", "2", "accept", "organ", "aliases", "宠物医院\n动物医院", "needs", "开店经营｜Opening a shop"}
	d.post("keeper-agri", basic, http.StatusSeeOther, good...)
	seen := d.get("keeper-agri", item)
	want(t, seen, "宠物医院、动物医院", "开办动物诊所", "自然人、企业法人")
	stale := d.post("agri-check", basic, http.StatusConflict, append(good, "name_en", "Vets")...)
	want(t, stale, "已经被别人保存过", `value="Vets"`, "现在的内容")
	d.post("keeper-market", basic, http.StatusForbidden, good...)
	d.ask("keeper-market", httptest.NewRequest("GET", basic, nil), http.StatusForbidden)
	d.ask("keeper-agri", httptest.NewRequest("GET", item+"/edit/nothing", nil), http.StatusNotFound)

	rev := revision.FindStringSubmatch(d.get("keeper-agri", item))[1]
	d.post("keeper-agri", item+"/hand", http.StatusSeeOther, "rev", rev)
	rev = revisionOf(t, d, item)
	if strings.Contains(d.get("keeper-agri", item), "审核通过") {
		t.Error("the writer is offered the review")
	}
	d.post("keeper-agri", item+"/review", http.StatusForbidden, "rev", rev, "do", "pass")
	want(t, d.post("agri-check", item+"/review", http.StatusUnprocessableEntity, "rev", rev, "do", "back", "note", ""), "请写明原因")
	d.post("agri-check", item+"/review", http.StatusSeeOther, "rev", rev, "do", "pass")
	rev = revisionOf(t, d, item)
	want(t, d.get("standards01", "/standards/queue"), "动物诊疗许可", "待核定")
	held := d.post("standards01", item+"/check", http.StatusUnprocessableEntity, "rev", rev, "do", "pass", "on", "2026-03-02")
	want(t, held, "流程里还没有环节")
	d.post("standards01", item+"/check", http.StatusSeeOther, "rev", rev, "do", "back", "note", "请补上办理环节")
	want(t, d.get("keeper-agri", item), "退回意见：请补上办理环节")
	d.post("keeper-agri", item+"/drop", http.StatusSeeOther, "rev", revisionOf(t, d, item))
	d.ask("keeper-agri", httptest.NewRequest("GET", item, nil), http.StatusNotFound)
}

func revisionOf(t *testing.T, d *desk, item string) string {
	t.Helper()
	draft, err := catalog.GetDraft(t.Context(), d.DB, catalogID(item))
	if err != nil {
		t.Fatal(err)
	}
	return itoa(draft.Rev)
}

// TestRowsAreWrittenOneByOne adds, changes, moves and removes rows, and keeps what was typed when somebody else was faster.
func TestRowsAreWrittenOneByOne(t *testing.T) {
	d := open(t)
	keeper := d.Staff("keeper-build")
	_, err := d.Library.Edit(t.Context(), process.Edit{Submit: once.Submit{Actor: "staff:" + string(keeper.ID), Route: "test", Key: page.NewKey(), At: d.Clock.Now()}, By: keeper, Item: "cc-road-dig"},
		func(it *catalog.Item) error { it.FAQ, it.Questions = nil, nil; return nil })
	if err != nil {
		t.Fatal(err)
	}
	faq := "/standards/items/cc-road-dig/edit/questions"
	add := func(rev, q string) {
		t.Helper()
		d.post("keeper-build", faq, http.StatusSeeOther, "rev", rev, "list", "faq", "row", "-1", "do", "row", "q", q, "a", "答"+q)
	}
	add("1", "甲")
	add("2", "乙")
	add("3", "丙")
	order := func() (out string) {
		draft, err := catalog.GetDraft(t.Context(), d.DB, "cc-road-dig")
		if err != nil {
			t.Fatal(err)
		}
		it, err := draft.Doc()
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range it.FAQ {
			out += x.Q
		}
		return out
	}
	was := func() []string {
		var out []string
		for _, m := range digests.FindAllStringSubmatch(d.get("keeper-build", faq), -1) {
			out = append(out, m[1])
		}
		return out
	}
	w := was()
	act := func(status int, rev, do, row, was string, more ...string) string {
		t.Helper()
		return d.post("keeper-build", faq, status, append([]string{"rev", rev, "list", "faq", "row", row, "was", was, "do", do}, more...)...)
	}
	act(303, "4", "up", "2", w[2])
	if got := order(); got != "甲丙乙" {
		t.Errorf("moved up: %s", got)
	}
	act(303, "5", "down", "0", w[0])
	if got := order(); got != "丙甲乙" {
		t.Errorf("moved down: %s", got)
	}
	act(303, "6", "remove", "1", w[0])
	if got := order(); got != "丙乙" {
		t.Errorf("removed: %s", got)
	}
	want(t, d.get("keeper-build", faq+"?list=faq&row=1"), "第 2 行", `value="乙"`)
	want(t, act(422, "7", "row", "1", w[1], "q", "", "a", "还在这里"), "请填写这一项", "还在这里")
	act(303, "7", "row", "1", w[1], "q", "丁", "a", "四")
	stale := act(409, "7", "row", "1", w[1], "q", "戊", "a", "我写的答案")
	want(t, stale, "作为新的一行添加", "我写的答案", `name="row" value="-1"`)
	want(t, act(409, "7", "row", "0", w[2], "q", "己", "a", "新答案"), "已经被别人保存过", "现在的内容：丙", "新答案", `name="rev" value="8"`)
	if got := order(); got != "丙丁" {
		t.Errorf("a stale save changed rows: %s", got)
	}
	want(t, d.get("keeper-build", "/standards/items/cc-road-dig/diff"), "常见问题 丙", "常见问题 丁")
	if v, err := catalog.Current(t.Context(), d.DB, "cc-road-dig"); err != nil || len(v.Doc().FAQ) != 2 {
		t.Errorf("the version in force changed: %v %v", v.Doc().FAQ, err)
	}
	d.post("keeper-build", "/standards/items/cc-road-dig/edit/materials", 422, "rev", "8", "list", "materials", "row", "-1", "do", "row", "id", "application", "kind", "x", "name", "又一份", "need", "1", "form", "1", "original", "1", "source", "10")
}

// TestEverySectionOpens shows each section of a whole item and of one with hardly anything in it, and saves it as it is.
func TestEverySectionOpens(t *testing.T) {
	d := open(t)
	before, err := catalog.Current(t.Context(), d.DB, "cc-road-dig")
	if err != nil {
		t.Fatal(err)
	}
	digest := before.Digest
	for _, name := range []string{"basic", "conditions", "materials", "time", "result", "fee", "service", "channels", "special", "questions", "remedy"} {
		want(t, d.get("standards01", "/standards/items/cc-road-dig/edit/"+name), "编写：")
	}
	want(t, d.get("keeper-build", "/standards/items/cc-road-dig/edit/materials?list=materials&row=0"), "挖掘城市道路申请表", "第 1 行")
	raw := before.Doc()
	if copied, err := raw.Copy(); err != nil || len(catalog.Differences(raw, copied)) > 0 || before.Digest != digest {
		t.Error("looking changed the item")
	}
	if raw.Quota.Basis != nil || raw.Promise.Basis != nil {
		t.Error("looking put an empty basis into the version in force")
	}
}

func TestListsAndStates(t *testing.T) {
	d := open(t)
	all := d.get("admin", "/standards/items")
	want(t, all, "挖掘城市道路审批", "个体工商户", "在用")
	want(t, d.get("standards01", "/standards/items?q=没有这样的事"), "没有符合条件的记录")
	one := d.get("standards01", "/standards/items?q=wjcsdl&state=in_use&type=01&level=4")
	want(t, one, "挖掘城市道路审批")
	if strings.Contains(one, "低保") {
		t.Error("the filter filters nothing")
	}
	d.ask("clerk01", httptest.NewRequest("GET", "/standards/items", nil), http.StatusForbidden)
	path := "/standards/items/cc-road-dig"
	want(t, d.get("admin", path), "挖掘城市道路申请表", "城市道路管理条例", "第 1 版")
	d.post("keeper-build", path+"/turn", http.StatusForbidden, "to", "suspended")
	want(t, d.post("standards01", path+"/turn", 422, "to", "", "reason", "道路改造", "turn_on", "2026-03-02"), "请选择一项", "道路改造")
	want(t, d.post("standards01", path+"/turn", 422, "to", "suspended", "reason", "道路改造", "turn_on", "2026-03-01"), "请选择今天或者以后的日期")
	d.post("standards01", path+"/turn", 303, "to", "suspended", "reason", "道路改造", "turn_on", "2026-03-02")
	want(t, d.get("standards01", path), "暂停", "道路改造", "2026-03-02")
	want(t, d.get("keeper-build", "/standards/items?state=suspended"), "挖掘城市道路审批")
}

func TestChangesAndOpenings(t *testing.T) {
	d := open(t)
	todo := d.get("keeper-build", "/standards/changes")
	want(t, todo, "名称或者类型调整", "挖掘城市道路许可", "挖掘城市道路审批", "在办 0 件")
	id := regexp.MustCompile(`/standards/changes/([0-9a-f-]+)"`).FindStringSubmatch(todo)[1]
	d.post("keeper-market", "/standards/changes/"+id, http.StatusForbidden, "done", "已改")
	want(t, d.post("keeper-build", "/standards/changes/"+id, 422, "done", ""), "请写明原因或者情况")
	d.post("keeper-build", "/standards/changes/"+id, 303, "done", "名称与新版一致")
	d.post("keeper-build", "/standards/changes/"+id, 409, "done", "再来一次")
	want(t, d.get("keeper-build", "/standards/changes?closed=1"), "没有待处理的调整", "已经登记")
	want(t, d.get("standards01", "/standards/changes"), "还没有部门认领", "农村宅基地审批")

	want(t, d.get("keeper-build", "/standards/openings"), "没有安排")
	d.post("keeper-build", "/standards/openings", http.StatusForbidden, "item", "*")
	want(t, d.post("standards01", "/standards/openings", 422, "item", "none", "hall", "here", "kind", "cat", "level", "9", "from_day", "soon"), "没有这个事项", "请填写年、月、日", `value="none"`)
	d.post("standards01", "/standards/openings", 303, "item", "cc-road-dig", "hall", "44060401200001", "kind", "legal", "level", "0", "from_day.year", "2026", "from_day.month", "4", "from_day.day", "1")
	plan := d.get("standards01", "/standards/openings")
	want(t, plan, "挖掘城市道路审批", "法人和其他组织", "2026-04-01")
	line := regexp.MustCompile(`/standards/openings/([0-9a-f-]+)/drop`).FindStringSubmatch(plan)[1]
	d.post("keeper-build", "/standards/openings/"+line+"/drop", 403)
	d.post("standards01", "/standards/openings/"+line+"/drop", 303)
	d.post("standards01", "/standards/openings/"+line+"/drop", 404)
}

func catalogID(path string) ref.ItemID {
	return ref.ItemID(strings.TrimPrefix(path, "/standards/items/"))
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
