package standards_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/catalog"
	"yimen/ref"
)

const planPath = "/standards/items/cc-road-dig/edit/plan"

var (
	inputs = regexp.MustCompile(`<input[^>]*>`)
	areas  = regexp.MustCompile(`(?s)<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>`)
	chosen = regexp.MustCompile(`(?s)<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>`)
	picked = regexp.MustCompile(`value="([^"]*)" selected`)
	attrs  = regexp.MustCompile(`(name|value|type)="([^"]*)"`)
)

// form reads what a browser would send of the plan's form, without the button and the key.
func form(body string) url.Values {
	_, body, _ = strings.Cut(body, `id="plan-form"`)
	body, _, _ = strings.Cut(body, "</form>")
	out := url.Values{}
	for _, tag := range inputs.FindAllString(body, -1) {
		a := map[string]string{}
		for _, m := range attrs.FindAllStringSubmatch(tag, -1) {
			a[m[1]] = html.UnescapeString(m[2])
		}
		box := a["type"] == "checkbox" || a["type"] == "radio"
		if a["name"] != "" && a["name"] != "key" && (!box || strings.Contains(tag, " checked")) {
			out.Add(a["name"], a["value"])
		}
	}
	for _, m := range areas.FindAllStringSubmatch(body, -1) {
		out.Set(m[1], html.UnescapeString(m[2]))
	}
	for _, m := range chosen.FindAllStringSubmatch(body, -1) {
		out.Set(m[1], "")
		if v := picked.FindStringSubmatch(m[2]); v != nil {
			out.Set(m[1], v[1])
		}
	}
	return out
}

func pairs(v url.Values) (out []string) {
	for name, all := range v {
		for _, x := range all {
			out = append(out, name, x)
		}
	}
	return out
}

func (d *desk) plan(item ref.ItemID) []catalog.Step {
	d.t.Helper()
	draft, err := catalog.GetDraft(d.t.Context(), d.DB, item)
	if err != nil {
		d.t.Fatal(err)
	}
	it, err := draft.Doc()
	if err != nil {
		d.t.Fatal(err)
	}
	return it.Plan.Steps
}

func ids(steps []catalog.Step) string {
	var out []string
	for _, s := range steps {
		out = append(out, s.ID)
	}
	return strings.Join(out, " ")
}

// TestAPlanIsWritten adds, fills in, moves and removes steps, as a browser without scripts sends them.
func TestAPlanIsWritten(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) { writePlan(t, before(t, a)) })
}

func writePlan(t *testing.T, d *desk) {
	t.Helper()
	was := apptest.Item(d.App, "cc-road-dig")
	first := d.get("keeper-build", planPath)
	want(t, first, "编写：办理环节", "第 1 步　路政审查和现场踏勘", "牵头办理", "所在街道办事处", "征求意见", "前置环节", "试走流程", `id="organs"`, "两人")
	save := func(status int, v url.Values, do string) string {
		t.Helper()
		return d.post("keeper-build", planPath, status, append(pairs(v), "do", do)...)
	}
	save(303, form(first), "save")
	if got := d.plan("cc-road-dig"); len(catalog.Differences(&catalog.Item{Plan: was.Plan}, &catalog.Item{Plan: catalog.Plan{Mode: "lead", Steps: got}})) > 0 {
		t.Errorf("saving as it is changed the plan:\n%+v\n%+v", was.Plan.Steps, got)
	}
	if to := save(303, form(d.get("keeper-build", planPath)), "add"); !strings.HasSuffix(to, "?saved=1#f-steps.3.name") {
		t.Error(to)
	}
	added := d.get("keeper-build", planPath)
	want(t, added, "第 4 步", "环节没有名称", "没有写审查要点", `class="stop flawed"`, "! ")
	if got := ids(d.plan("cc-road-dig")); got != "review traffic planning s1 decide" {
		t.Error(got)
	}
	if last := d.plan("cc-road-dig")[4]; !slices.Contains(last.After, "s1") {
		t.Errorf("the decision does not wait for the new step: %v", last.After)
	}
	v := form(added)
	v.Set("steps.3.name", "街道意见")
	v.Set("steps.3.kind", catalog.StepOpinion)
	v.Set("steps.3.organ", "所在街道办事处或者镇人民政府")
	v.Set("steps.3.points", "周边居民的出行\n临时停车")
	v["steps.3.after"] = []string{"traffic", "planning"}
	v.Set("steps.3.join", "any")
	v.Set("steps.3.basis.law", "城市道路管理条例")
	v.Set("steps.3.basis.article", "33")
	save(303, v, "up.3")
	steps := d.plan("cc-road-dig")
	if s := steps[2]; ids(steps) != "review traffic s1 planning decide" || s.Organ != catalog.Street || s.Level != ref.LevelTown || s.Join != "any" || len(s.Points) != 2 || s.Basis == nil || s.Basis.Article != 33 || len(s.After) != 2 {
		t.Errorf("%s %+v", ids(steps), s)
	}
	save(303, form(d.get("keeper-build", planPath)), "down.0")
	if got := ids(d.plan("cc-road-dig")); got != "traffic review s1 planning decide" {
		t.Error(got)
	}
	save(303, form(d.get("keeper-build", planPath)), "remove.0")
	if s := d.plan("cc-road-dig"); ids(s) != "review s1 planning decide" || slices.Contains(s[1].After, "traffic") || s[1].Join != "all" || slices.Contains(s[3].After, "traffic") {
		t.Errorf("%+v", s)
	}
}

// TestNothingTypedInAPlanIsLost refuses what is wrong and what came too late, and shows it all again.
func TestNothingTypedInAPlanIsLost(t *testing.T) {
	d := open(t)
	v := form(d.get("keeper-build", planPath))
	v.Set("steps.0.organ", "没有这个局")
	v.Set("steps.1.limit.n", "三天")
	v.Set("steps.2.name", "我改的名称")
	wrong := d.post("keeper-build", planPath, http.StatusUnprocessableEntity, append(pairs(v), "do", "remove.1")...)
	want(t, wrong, "没有名为“没有这个局”的机关", `value="没有这个局"`, `value="三天"`, "请填写数字", "我改的名称", `href="#f-steps.1.limit.n"`)
	if again := form(wrong); !equal(again, v) {
		t.Errorf("typed\n%v\ncame back\n%v", v, again)
	}
	d.get("keeper-build", planPath)
	if _, err := catalog.GetDraft(t.Context(), d.DB, "cc-road-dig"); err == nil {
		t.Error("a wrong form was kept")
	}

	mine, theirs := form(d.get("keeper-build", planPath)), form(d.get("standards01", planPath))
	theirs.Set("steps.0.name", "别人写的名称")
	d.post("standards01", planPath, 303, append(pairs(theirs), "do", "add")...)
	mine.Set("steps.0.points", "我写的要点")
	stale := d.post("keeper-build", planPath, http.StatusConflict, append(pairs(mine), "do", "save")...)
	want(t, stale, "已经被别人保存过", "我写的要点", "现在的内容：别人写的名称", "它会被删除", `name="rev" value="1"`)
	again := form(stale)
	d.post("keeper-build", planPath, 303, append(pairs(again), "do", "save")...)
	if s := d.plan("cc-road-dig"); ids(s) != "review traffic planning decide" || s[0].Points[0] != "我写的要点" {
		t.Errorf("%+v", s)
	}
	d.post("keeper-build", planPath, http.StatusUnprocessableEntity, "rev", "2", "count", "41", "do", "save")
}

func equal(a, b url.Values) bool {
	return strings.Join(sorted(a), "\n") == strings.Join(sorted(b), "\n")
}

func sorted(v url.Values) (out []string) {
	for name, all := range v {
		out = append(out, name+"="+strings.Join(all, ","))
	}
	slices.Sort(out)
	return out
}

// TestALookIsKeptNowhere draws what is typed.
func TestALookIsKeptNowhere(t *testing.T) {
	d := open(t)
	v := form(d.get("keeper-build", planPath))
	v.Del("steps.3.after")
	seen := d.post("keeper-build", planPath, 200, append(pairs(v), "do", "look")...)
	want(t, seen, "没有去处", "stop flawed", `name="rev" value="0"`)
	if _, err := catalog.GetDraft(t.Context(), d.DB, "cc-road-dig"); err == nil {
		t.Error("a look made a draft")
	}
}

// TestWhoWritesAPlan: the keeper of the organ and the standards office, nobody else; while it is reviewed, the office alone.
func TestWhoWritesAPlan(t *testing.T) {
	d := open(t)
	v := append(pairs(form(d.get("standards01", planPath))), "do", "save")
	for _, account := range []string{"keeper-market", "admin", "clerk01", "build-review-a", "supervisor01"} {
		d.ask(account, httptest.NewRequest("GET", planPath, nil), http.StatusForbidden)
		d.post(account, planPath, http.StatusForbidden, v...)
	}
	d.post("keeper-build", planPath, 303, v...)
	d.post("keeper-build", "/standards/items/cc-road-dig/hand", 303, "rev", "1")
	d.post("keeper-build", planPath, http.StatusForbidden, append(pairs(form(d.get("standards01", planPath))), "do", "save")...)
	d.ask("keeper-build", httptest.NewRequest("GET", planPath, nil), http.StatusForbidden)
	d.ask("standards01", httptest.NewRequest("GET", "/standards/items/none/edit/plan", nil), http.StatusNotFound)
}

// TestACaseIsTried walks a made-up case from the counter to the licence and back a step, and leaves nothing behind.
func TestACaseIsTried(t *testing.T) {
	d := open(t)
	at := "/standards/items/cc-road-dig/try"
	begun := d.get("admin", at+"?start.year=2026&start.month=3&start.day=2")
	want(t, begun, "在用版本", "路政审查和现场踏勘", "2026年3月6日", "2026年3月5日", "受理通知书", "正在办理，有 3 个待办", "道路交付使用", "stop open", "stop waiting")
	did := []string{"start", "2026-03-02", "way", "window", "of", "force"}
	next := func(do string, more ...string) string {
		t.Helper()
		to := d.post("keeper-market", at, 303, append(append(slices.Clone(did), "do", do), more...)...)
		q, err := url.Parse(to)
		if err != nil || q.Fragment != "next" {
			t.Fatal(to, err)
		}
		did = pairs(q.Query())
		return d.get("keeper-market", q.Path+"?"+q.RawQuery)
	}
	want(t, next("review#1=agree", "days.review#1", "1"), "路政审查和现场踏勘：同意", "用时 1 个工作日", "2026年3月3日", "有 2 个待办", "退回一步")
	want(t, next("traffic#1=disagree"), "公安交通管理意见：不同意", "stop against")
	want(t, next("planning#1=agree"), "统一办理、作出决定", "批准", "不予批准")
	end := next("decide#1=refuse", "days.decide#1", "0")
	want(t, end, "流程已经结束：不予批准", "受理后用时", "3 个工作日", "没有超过", "不予行政许可决定书", "法定时限")
	want(t, next("undo"), "有 1 个待办", "统一办理、作出决定")
	want(t, next("decide#1=grant", "days.decide#1", "60"), "已经超过", "城市道路挖掘许可证", "已完成，超过了期限")
	bad := d.post("keeper-market", at, 422, append(slices.Clone(did), "do", "review#1=agree", "days.review#1", "很久")...)
	want(t, bad, "请填写 0 到 250 的整数")
	want(t, d.ask("admin", httptest.NewRequest("GET", at+"?start=2026-02-31", nil), 422), "请填写前后五年以内的日期")
	d.ask("clerk01", httptest.NewRequest("GET", at, nil), http.StatusForbidden)
	d.post("clerk01", at, http.StatusForbidden, did...)
	if n := count(t, d, "select count(*) from approval_task") + count(t, d, "select count(*) from casefile_case") + count(t, d, "select count(*) from catalog_draft where item = 'cc-road-dig'"); n != 0 {
		t.Errorf("a try-run left %d rows", n)
	}
}

// TestADraftIsTried takes the draft where there is one, online and in a street.
func TestADraftIsTried(t *testing.T) {
	d := open(t)
	v := form(d.get("keeper-build", planPath))
	v.Set("steps.0.name", "草稿里的审查")
	v.Del("steps.3.kind")
	v.Set("steps.3.kind", "review")
	d.post("keeper-build", planPath, 303, append(pairs(v), "do", "save")...)
	at := "/standards/items/cc-road-dig/try"
	want(t, d.get("keeper-build", at), "草稿里的审查", "（草稿）", "试走哪一版", "综合窗口")
	want(t, d.get("keeper-build", at+"?of=force"), "在用版本", "路政审查和现场踏勘")
	want(t, d.get("keeper-build", at+"?way=online"), "受理前查看材料", "受理审查", "申请材料接收凭证", "需要补正")
	stuck := at + "?did=review%231%3Dagree&did=traffic%231%3Dagree&did=planning%231%3Dagree&did=decide%231%3Dagree&did=rubbish"
	want(t, d.get("keeper-build", stuck), "流程走不下去了", "编写办理环节")
	street := "/standards/items/cc-subsistence/try"
	want(t, d.get("admin", street), "申请人所在街道", "街道办事处")
	want(t, d.get("admin", street+"?did=accept%231%3Dpoints"), "一次性补正告知书", "补正材料（申请人）", "已补正", "当天办结")
}

func count(t *testing.T, d *desk, query string) (n int) {
	t.Helper()
	if err := d.DB.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
