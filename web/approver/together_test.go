package approver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yimen/domain/approval"
	"yimen/ref"
	"yimen/web/page"
)

// road opens a case that two departments give opinions on, and gives the police's task.
func (d *desk) road() (ref.CaseID, ref.TaskID) {
	d.t.Helper()
	id := d.Accept("clerk01", "cc-road-dig", "company-01")
	police := d.Staff("police-review-a").Organ
	for _, t := range d.tasksOf(id) {
		if t.Organ == police {
			return id, t.ID
		}
	}
	d.t.Fatal("no task for the police")
	return "", ""
}

func (d *desk) tasksOf(id ref.CaseID) []approval.Task {
	d.t.Helper()
	all, err := approval.ByCase(d.t.Context(), d.DB, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

// TestInboxHasMineAndTheGroups: a task moves from the group's tab into mine and into colleagues' sight, and why it is here is said
// in the list, on the task and on the case.
func TestInboxHasMineAndTheGroups(t *testing.T) {
	d := open(t, "police-review-a")
	id, own := d.road()
	want(t, d.get("/approver", 200), "还没有人领办的任务", "会办意见授权", task(own))
	want(t, d.get("/approver?box=mine", 200), "没有待办任务")
	at := task(own)
	want(t, d.get(at, 200), "还没有人领办", "我来办", "转给同事", "我要回避")
	if to := d.post(at+"/hold", 303, "do", "claim").Header().Get("Location"); to != at {
		t.Fatal(to)
	}
	want(t, d.get("/approver", 200), "我在办的任务", "您领办", at)
	want(t, d.get(at, 200), "您在办", "您已经领办。", `id="decide"`)
	want(t, d.get("/approver/case/"+string(id), 200), "您已经领办。", "/approver/next?from="+string(own))
	wantNot(t, d.get("/approver?box=group", 200), at)

	d.as("police-review-b")
	want(t, d.get("/approver?box=others", 200), at, d.Staff("police-review-a").Name+"在办")
	seen := d.get(at, 200)
	want(t, seen, d.Staff("police-review-a").Name+"在办", "同事可以接手")
	wantNot(t, seen, `id="decide"`, "接手办理")
	late := d.post(at, http.StatusConflict, "outcome", approval.Agree, "note", "我先写好了").Body.String()
	want(t, late, "正在办这件任务", "我先写好了")
	d.Clock.Add(25 * time.Hour)
	want(t, d.get(at, 200), "接手办理")
	want(t, d.post(at+"/hold", 422, "do", "claim", "why", "x").Body.String(), "请写明理由")
	d.post(at+"/hold", 303, "do", "claim", "why", "他今天出差，时限快到了。")
	want(t, d.get(at, 200), "他今天出差，时限快到了。", "同事接手")
	d.post(at+"/hold", 303, "do", "release")
	want(t, d.get("/approver?gave=release", 200), "已经放回本组")

	d.as("health-decide")
	for _, path := range []string{at, at + "/hand"} {
		d.get(path, 404)
	}
	d.post(at+"/hold", 404, "do", "claim")
	d.post(at+"/undo", 404)
	d.get("/approver/bulk?task="+string(own), 404)
	d.post("/approver/bulk", 404, "task", string(own), "outcome", approval.Agree)
}

// TestHandOverAndWithdrawByForm: only colleagues who can do it are offered, mistakes lose nothing, and who withdrew is shut out.
func TestHandOverAndWithdrawByForm(t *testing.T) {
	d := open(t, "police-review-a")
	id, own := d.road()
	at, mate := task(own), d.Staff("police-review-b")
	form := d.get(at+"/hand?do=recuse", 200)
	want(t, form, "近亲属", mate.Name, "不能撤销")
	wantNot(t, form, `value="`+string(d.who.ID)+`"`)
	want(t, d.post(at+"/hold", 422, "do", "recuse", "to", string(mate.ID), "why", "申请人是我的表兄").Body.String(), "申请人是我的表兄", `href="#f-ground`)
	d.post(at+"/hold", 303, "do", "recuse", "to", string(mate.ID), "why", "申请人是我的表兄", "ground", approval.Kin)
	want(t, d.get("/approver?gave=recuse", 200), "您已经回避")
	for _, path := range []string{at, "/approver/case/" + string(id)} {
		d.get(path, 404)
	}
	d.as("police-review-b")
	want(t, d.get("/approver", 200), d.Staff("police-review-a").Name+"转给您")
	want(t, d.get(at, 200), "申请人是我的表兄", "回避", "现在由"+mate.Name+"办")
}

// TestTakenBackByForm: just after it was done it can be taken back from the page, later the page says why not.
func TestTakenBackByForm(t *testing.T) {
	d := open(t, "police-review-a")
	_, own := d.road()
	at := task(own)
	to := d.post(at, 303, "outcome", approval.Agree, "note", "围挡方案可行，同意。").Header().Get("Location")
	d.Settle()
	want(t, d.get(to, 200), "办错了，去撤回")
	want(t, d.get(at, 200), "撤回我的办理")
	back := d.post(at+"/undo", 303).Header().Get("Location")
	want(t, d.get(back, 200), "已经撤回", `id="decide"`, "提出意见：同意（已撤回）", "围挡方案可行，同意。")
	d.post(at, 303, "outcome", approval.Agree, "note", "围挡方案可行，同意。")
	d.Clock.Add(11 * time.Minute)
	want(t, d.get(at, 200), "不能撤回：已经超过 10 分钟")
	want(t, d.post(at+"/undo", 409).Body.String(), "已经超过 10 分钟")
}

// TestManyAtOnce: ticked cases are shown each with what the rule proposes and decided with one submit.
func TestManyAtOnce(t *testing.T) {
	d := open(t, "market-rep-zumiao")
	for _, who := range []string{"person-001", "person-002", "person-003"} {
		d.Accept("clerk01", "cc-individual-business", who)
	}
	list := d.get("/approver?tick=1&box=group", 200)
	want(t, list, `form="bulk"`, "查看选中的")
	ids := ticked(list)
	if len(ids) != 3 {
		t.Fatal(ids)
	}
	preview := d.get("/approver/bulk?task="+strings.Join(ids, "&task="), 200)
	want(t, preview, "批量办理 3 件", d.Person("person-001").Name, d.Person("person-003").Name, "看每一件的规则建议")
	pairs := d.findings("/approver/task/"+ids[0], "R1")
	body := func(do string, more ...string) []string {
		return append(append(pairs, "do", do, "seen", "R1"), more...)
	}
	told := d.postAll("/approver/bulk", 200, ids, body("propose")...)
	want(t, told, "规则建议：批准（R1", "办理这 3 件")
	key := page.NewKey()
	for range 2 {
		done := d.postAll("/approver/bulk", 200, ids, body("decide", "outcome", approval.Grant, "key", key)...)
		want(t, done, "办成 3 件，没办成 0 件")
		d.Settle()
	}
	other := d.Accept("clerk01", "cc-individual-business", "person-001")
	last := string(d.Task(other, approval.Decide, "").ID)
	refusing := append(d.findings("/approver/task/"+last, "R2"), "do", "decide", "seen", "R1", "outcome", approval.Grant)
	want(t, d.postAll("/approver/bulk", 200, []string{last}, refusing...), "没有办成：和裁量基准的建议不同，要单独办理")
	want(t, d.get("/approver/bulk?task="+last+"&task="+ids[0], 200), "批量办理 2 件")
}

// TestStandInByForm: an officer names who stands in, and ends it; who does is told why the task is here.
func TestStandInByForm(t *testing.T) {
	d := open(t, "police-review-a")
	_, own := d.road()
	mate := d.Staff("police-review-b")
	d.post(task(own)+"/hold", 303, "do", "claim")
	want(t, d.get("/approver/stand", 200), "没有代班安排", mate.Name)
	day := []string{"from", "2026-03-02", "until", "2026-03-06"}
	want(t, d.post("/approver/stand", 422, append(day, "stand", "")...).Body.String(), "请选择同一机关的另一位在职同事")
	d.post("/approver/stand", 303, append(day, "stand", string(mate.ID))...)
	want(t, d.get("/approver/stand", 200), mate.Name, "2026年3月6日", "结束")
	d.as("police-review-b")
	want(t, d.get("/approver", 200), "代"+d.Staff("police-review-a").Name+"办理")
	want(t, d.get(task(own), 200), "由您代班", `id="decide"`)
	d.post(task(own), 303, "outcome", approval.Agree)
	d.as("police-review-a")
	want(t, d.get(task(own), 200), mate.Name+"（代"+d.who.Name+"）")
	end := between(d.get("/approver/stand", 200), `action="/approver/stand/`, `"`)
	d.as("health-decide")
	d.post("/approver/stand/"+end, 403)
	d.post("/approver/stand", 403, append(day, "absent", string(mate.ID), "stand", string(d.who.ID))...)
	d.as("police-review-a")
	d.post("/approver/stand/"+end, 303)
	want(t, d.get("/approver/stand", 200), "没有代班安排")
}

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	out, _, _ := strings.Cut(rest, to)
	return out
}

// ticked are the tasks that a list offers to tick.
func ticked(list string) (ids []string) {
	for _, m := range boxes.FindAllStringSubmatch(list, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

var boxes = regexp.MustCompile(`name="task" value="([0-9a-f-]+)"`)

// postAll posts a form in which several tasks are ticked.
func (d *desk) postAll(path string, status int, ids []string, pairs ...string) string {
	d.t.Helper()
	v := url.Values{"key": {page.NewKey()}, "task": ids}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.ask(r, status).Body.String()
}
