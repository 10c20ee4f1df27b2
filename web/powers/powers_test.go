package powers_test

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/delegation"
	"yimen/domain/powerlist"
	"yimen/foundation/db/dbtest"
	"yimen/web/page"
	"yimen/web/powers"
)

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

func plain(page string) string { return html.UnescapeString(tags.ReplaceAllString(page, " ")) }

// desk is the pages as an account gets them.
type desk struct {
	*apptest.App
	t       *testing.T
	handler http.Handler
}

func open(t *testing.T, a *apptest.App, account string) desk {
	t.Helper()
	who := a.Staff(account)
	var roles []page.Role
	for _, r := range page.Roles {
		if r.Staff() && who.Has(string(r)) {
			roles = append(roles, r)
		}
	}
	s := &powers.Surface{DB: a.DB, Library: a.Library, Standing: a.Standing}
	h := page.House{Now: a.Clock.Now, Log: slog.New(slog.DiscardHandler), Limits: page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited},
		Actor: func(*http.Request) (page.Actor, error) {
			return page.Actor{Kind: "staff", ID: string(who.ID), Name: who.Name, Roles: roles, Data: who}, nil
		}}
	handler, err := h.Handler(s.Routes()...)
	if err != nil {
		t.Fatal(err)
	}
	return desk{a, t, handler}
}

func (d desk) get(path string, status int) string {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != status {
		d.t.Fatalf("GET %s: %d, want %d\n%s", path, w.Code, status, plain(w.Body.String()))
	}
	if body := w.Body.String(); strings.Contains(body, "[powers.") || strings.Contains(body, "[standing.") {
		d.t.Errorf("%s: a sentence is missing", path)
	}
	return w.Body.String()
}

// post sends a form and gives where it leads, or the page that came back.
func (d desk) post(path string, status int, form url.Values) (to, body string) {
	d.t.Helper()
	form = keyed(form)
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code != status {
		d.t.Fatalf("POST %s: %d, want %d\n%s", path, w.Code, status, plain(w.Body.String()))
	}
	return w.Header().Get("Location"), w.Body.String()
}

func keyed(form url.Values) url.Values {
	out := url.Values{"key": {page.NewKey()}}
	for k, v := range form {
		out[k] = v
	}
	return out
}

func (d desk) want(where string, parts ...string) {
	d.t.Helper()
	for _, p := range parts {
		if !strings.Contains(where, p) {
			d.t.Errorf("no %q in\n%s", p, plain(where))
		}
	}
}

// rows is a page without its filter.
func rows(page string) string {
	_, list, _ := strings.Cut(page, "<tbody>")
	return list
}

func basis() url.Values {
	return url.Values{"law": {"《优化营商环境条例》"}, "article": {"40"}, "paragraph": {"1"}, "text": {"清单之外不得违法实施行政许可"}, "from": {"2026-03-02"}}
}

func with(base url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range base {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = append(out[pairs[i]], pairs[i+1])
	}
	return out
}

func TestTheListsAreSearchedAndEntriesSayTheirBasis(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	d := open(t, a, "supervisor01")
	d.want(d.get("/powers", 200), "住房城乡建设和水利局", "在清单内")
	for path, x := range map[string][2]string{
		"/powers/power?q=" + url.QueryEscape("城市道路"):                   {"挖掘城市道路审批", "法律援助申请"},
		"/powers/power?q=flyz":                                         {"法律援助申请", "挖掘城市道路审批"},
		"/powers/power?q=440117011002":                                 {"挖掘城市道路审批", "法律援助申请"},
		"/powers/power?organ=" + string(a.Staff("build-decide").Organ): {"挖掘城市道路审批", "法律援助申请"},
		"/powers/negative?kind=proof":                                  {"未婚证明", "暂住证办理"},
		"/powers/negative?q=" + url.QueryEscape("暂住证"):                 {"暂住证办理", "未婚证明"},
		"/powers/supervision?q=" + url.QueryEscape("演出"):               {"营业性演出审批", "挖掘城市道路审批"},
	} {
		if seen := rows(d.get(path, 200)); !strings.Contains(seen, x[0]) || strings.Contains(seen, x[1]) {
			t.Errorf("%s shows\n%s", path, plain(seen))
		}
	}
	d.want(d.get("/powers/power?level=1", 200), "没有符合条件的记录")
	d.want(d.get("/powers/power?show=ended", 200), "没有符合条件的记录")
	seen := d.get("/powers/power/cc-road-dig@1", 200)
	d.want(seen, "《城市道路管理条例》第 33 条第 1 款", "应当提交城市规划部门批准签发的文件和有关设计文件", "挖掘城市道路审批", "收件、受理", "禁挖期", "第 1 版")
	if strings.Contains(seen, "/end\"") {
		t.Error("a supervisor is offered to end a power")
	}
	d.want(d.get("/powers/negative/negative-01", 200), "企业名称由申请人自主申报", "现有事项都没有碰到这一条")
	d.get("/powers/power/none", 404)
	d.get("/powers/power?after=x", 404)
}

func TestTheOfficeEntersAndEnds(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	d := open(t, a, "standards01")
	for _, path := range []string{"/powers/power/new", "/powers/power/new?of=cc-road-dig@1", "/powers/power/cc-road-dig@1/bounds", "/powers/negative/new"} {
		d.get(path, 200)
	}
	_, body := d.post("/powers/negative", 422, with(basis(), "name", "某项登记", "reason", "已经取消", "until", "2026-13-40"))
	d.want(body, "某项登记", "已经取消", "请填写完整的日期")
	_, body = d.post("/powers/negative", 422, with(basis(), "name", "某项登记", "reason", "已经取消"))
	d.want(body, "某项登记", "请写关键词或者基本编码", "请选择一项")
	to, _ := d.post("/powers/negative", 303, with(basis(), "name", "某项登记", "reason", "已经取消", "kind", "item", "keywords", "挖掘城市道路\n某项登记", "until", "2026-12-31"))
	d.want(d.get(to, 200), "某项登记", "《优化营商环境条例》第 40 条第 1 款", "挖掘城市道路审批", "2026年12月31日")
	d.want(d.get("/powers?organ="+string(a.Staff("build-decide").Organ), 200), "列入负面清单")
	_, body = d.post(to+"/end", 422, url.Values{"on": {"2026-03-01"}})
	d.want(body, "不能早于今天", "请填写这一项")
	if got, err := powerlist.FindNegative(t.Context(), a.DB, a.Clock.Now(), powerlist.Filter{Query: "某项登记"}, 2); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}

	build := string(a.Staff("build-decide").Organ)
	to, _ = d.post("/powers/power", 303, with(basis(), "name", "临时占用道路审批", "code", "4401 17011 003", "organ", build, "level", "4", "delegable", "receive", "delegable", "accept"))
	d.want(d.get(to, 200), "临时占用道路审批", "还没有监管条目", "收件、受理")
	next, _ := d.post(to+"/bounds", 303, with(basis(), "step", "decide", "judged", "占用面积", "bounds", "不超过一百平方米", "after", "巡查"))
	d.want(d.get(next, 200), "不超过一百平方米")
	again, _ := d.post(to+"/end", 303, url.Values{"on": {"2026-03-02"}, "why": {"取消"}})
	d.want(d.get(again, 200), "已经终止", "取消")
	d.want(rows(d.get("/powers/power?show=ended", 200)), "临时占用道路审批")
}

func TestKeepersGrantForTheirOwnOrgan(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	d := open(t, a, "keeper-health")
	health, build := string(a.Staff("health-decide").Organ), string(a.Staff("build-decide").Organ)
	d.get("/powers/power/cc-hygiene@1", 200)
	d.get("/powers/power/cc-road-dig@1", 403)
	if seen := rows(d.get("/powers/power?organ="+build, 200)); !strings.Contains(seen, "公共场所卫生许可") || strings.Contains(seen, "挖掘") {
		t.Errorf("another organ's list\n%s", plain(seen))
	}
	d.get("/powers/power/new", 403)
	d.post("/powers/power/cc-hygiene@1/end", 403, url.Values{"on": {"2026-03-02"}, "why": {"x"}})
	d.get("/powers/grants/new", 200)
	form := url.Values{"staff": {"clerk02"}, "kind": {"accept"}, "organ": {health}, "item": {"cc-hygiene"}, "basis": {"卫授〔2026〕1号"}, "from": {"2026-03-02"}}
	_, body := d.post("/powers/grants", 422, form)
	d.want(body, "权力清单不允许委派受理：公共场所卫生许可", "卫授〔2026〕1号")
	form.Set("staff", "nobody")
	_, body = d.post("/powers/grants", 422, form)
	d.want(body, "没有这个账号")
	form.Set("staff", "clerk02")
	form.Set("kind", "receive")
	to, _ := d.post("/powers/grants", 303, form)
	d.want(d.get(to, 200), "收件", "卫授〔2026〕1号", a.Staff("clerk02").Name)
	form.Set("organ", build)
	form.Set("item", "cc-road-dig")
	d.post("/powers/grants", 403, form)
	theirs, err := delegation.Find(t.Context(), a.DB, a.Clock.Now(), delegation.Filter{Organ: a.Staff("build-decide").Organ}, 1)
	if err != nil || len(theirs) != 1 {
		t.Fatal(theirs, err)
	}
	d.get("/powers/grants/"+theirs[0].ID, 403)
	d.post("/powers/grants/"+theirs[0].ID+"/revoke", 403, url.Values{"on": {"2026-03-02"}, "why": {"x"}})
	d.want(rows(d.get("/powers/grants?person=clerk02&kind=receive", 200)), a.Staff("clerk02").Name)
	d.want(d.get("/powers/grants?window=zumiao-01&person=clerk02", 200), "没有符合条件的记录")
	_, body = d.post(to+"/revoke", 422, url.Values{"on": {"2026-03-02"}})
	d.want(body, "请填写这一项")
	d.post(to+"/revoke", 303, url.Values{"on": {"2026-03-02"}, "why": {"调岗"}})
	d.want(d.get(to, 200), "已经撤回", "调岗")
}

func TestEntrustmentsNameBasisAndNotice(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	d := open(t, a, "standards01")
	d.want(d.get("/powers/entrusts", 200), "没有委托")
	d.get("/powers/entrusts/new", 200)
	health, market := string(a.Staff("health-decide").Organ), string(a.Staff("market-decide").Organ)
	form := with(basis(), "organ", market, "to", health, "power", "cc-hygiene", "notice_on", "2026-02-20", "notice_at", "区政府网站")
	_, body := d.post("/powers/entrusts", 422, form)
	d.want(body, "没有这项有效权力", "区政府网站")
	form.Set("organ", health)
	form.Set("to", market)
	to, _ := d.post("/powers/entrusts", 303, form)
	d.want(d.get(to, 200), "公共场所卫生许可", "2026年2月20日", "以它的名义和印章", "不得再委托别的机关")
	d.want(rows(d.get("/powers/entrusts?organ="+market, 200)), "公共场所卫生许可")
	d.post(to+"/revoke", 303, url.Values{"on": {"2026-03-02"}, "why": {"收回"}})
	d.want(d.get(to, 200), "已经撤回", "收回")
	keeper := open(t, a, "keeper-build")
	keeper.get(to, 403)
}

func TestWindowsSayEveryHole(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	d := open(t, a, "admin")
	d.want(d.get("/powers/windows", 200), "没有缺口", "61 个窗口，13 个事项", "合计")
	office := open(t, a, "standards01")
	office.post("/powers/power/cc-hygiene@1/end", 303, url.Values{"on": {"2026-03-02"}, "why": {"收回"}})
	seen := d.get("/powers/windows", 200)
	d.want(seen, "没有有效的权力", "公共场所卫生许可（新办）", "61")
	hall := string(a.Staff("clerk01").Hall)
	csv := d.get("/powers/windows.csv?reason=no_power&hall="+hall, 200)
	lines := strings.Split(strings.TrimSpace(csv), "\n")
	if len(lines) < 10 || len(lines) > 61 || !strings.Contains(lines[1], "公共场所卫生许可（新办）") || !strings.Contains(lines[1], "没有有效的权力") {
		t.Errorf("%d lines: %s", len(lines), csv[:min(400, len(csv))])
	}
	if got := strings.Count(d.get("/powers/windows.csv", 200), "\n"); got != 61*13+1 {
		t.Errorf("%d lines of all cells", got)
	}
	d.want(d.get("/powers/windows?reason=paused", 200), "没有符合条件的记录")
}
