package e2e

import (
	"context"
	"path"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/credit"
	"yimen/domain/form"
	"yimen/domain/undertaking"
	"yimen/process/trust"
	"yimen/ref"
)

// vows are what was promised before the first test looks.
type vows struct {
	Handed string // a tolerance at a window; its paper waits for a look
	Check  string // a promise that waits for its check
	Event  string // a credit event that its person may object to
	Draft  string // of the person's phone: two papers are not there
	Owed   ref.CaseID
}

// promised makes what there is to look at: papers owed and handed in, a promise to be checked, one found untrue.
func (h *house) promised() {
	ctx := context.Background()
	must := func(err error) { apptest.Must(h.App, 0, err) }
	_, u := h.Tolerated("cc-road-dig", "company-07", "restoration")
	by := h.Staff("clerk01")
	must(h.Trust.HandIn(ctx, trust.HandedIn{Submit: h.Submit(by, "e2e"), By: by, Undertaking: u.ID, Materials: map[string][]ref.MaterialID{"restoration": h.Papers(u.Party, apptest.Item(h.App, "cc-road-dig"))["restoration"]}}))
	h.things.Vow.Handed = u.ID
	h.things.Vow.Check = h.vowGranted().ID
	broken := h.vowGranted()
	officer := h.Staff("health-review-a")
	must(h.Trust.Verify(ctx, trust.Verification{Submit: h.Submit(officer, "e2e"), By: officer, Undertaking: broken.ID, Found: "现场检测，二氧化碳浓度超过标准。"}))
	h.Settle()
	all, err := credit.OfParties(ctx, h.DB, []ref.PartyID{broken.Party})
	h.things.Vow.Event = apptest.Must(h.App, all, err)[0].ID
	in := h.Phoned(h.own.Person, "cc-hygiene", map[string]string{"rules": "later"})
	id, err := h.Desk.Apply(ctx, in)
	h.things.Vow.Owed = apptest.Must(h.App, id, err)
	h.Settle()
	h.Decide(h.Decision("health-accept", h.Task(id, approval.Accept, ""), approval.Take))
	h.things.Vow.Draft = h.DraftOn(h.own.Person, "cc-hygiene", h.own.Person.Me.For)
	must(h.Desk.KeepOnline(ctx, h.own.Person.Me, h.things.Vow.Draft, func(c *form.Content) {
		delete(c.Materials, "rules")
		delete(c.Materials, "test-report")
	}))
}

// vowGranted is a promise of the person's whose result is there.
func (h *house) vowGranted() undertaking.Undertaking {
	id, err := h.Desk.Apply(context.Background(), h.Phoned(h.own.Person, "cc-hygiene", map[string]string{"test-report": "promise"}))
	apptest.Must(h.App, id, err)
	h.Settle()
	h.Decide(h.Decision("health-accept", h.Task(id, approval.Accept, ""), approval.Take))
	own := h.Decision("health-review-a", h.Task(id, approval.Review, ""), approval.Agree)
	own.Second = h.Staff("health-review-b").ID
	h.Decide(own)
	h.Decide(h.Decision("health-decide", h.Task(id, approval.Decide, ""), approval.Grant))
	return h.Vow(id, undertaking.Promise)
}

// trustVisits are the pages of promises and of the credit record.
func (h *house) trustVisits() map[string][]visit {
	v := h.things.Vow
	return map[string][]visit{
		"/trust":                  {{path: "/trust", account: "build-review-a"}, {path: "/trust?state=checking", account: "supervisor01"}, {path: "/trust?state=lapsed", account: "health-decide"}, {path: "/trust", account: "clerk01", status: 403}},
		"/trust/vow/{id}":         {{path: "/trust/vow/" + v.Handed, account: "build-review-a"}, {path: "/trust/vow/" + v.Handed, account: "supervisor01"}, {path: "/trust/vow/" + v.Check, account: "health-review-a"}, {path: "/trust/vow/" + v.Check, account: "build-review-a", status: 404}},
		"/trust/credit":           {{path: "/trust/credit?state=proposed", account: "health-decide"}, {path: "/trust/credit", account: "supervisor01"}, {path: "/trust/credit", account: "keeper-build", status: 403}},
		"/trust/credit/{id}":      {{path: "/trust/credit/" + v.Event, account: "health-decide"}, {path: "/trust/credit/" + v.Event, account: "supervisor01"}, {path: "/trust/credit/" + v.Event, account: "build-decide", status: 404}},
		"/trust/catalogue":        {{path: "/trust/catalogue", account: "standards01"}, {path: "/trust/catalogue", account: "keeper-build"}},
		"/trust/catalogue/{kind}": {{path: "/trust/catalogue/promise-untrue", account: "standards01"}, {path: "/trust/catalogue/new", account: "standards01"}, {path: "/trust/catalogue/promise-untrue", account: "keeper-build"}, {path: "/trust/catalogue/none", account: "standards01", status: 404}},
		"/me/credit":              {{path: "/me/credit", account: person}, {path: "/me/credit", account: holder}, {path: "/me/credit", account: resident}},
	}
}

// TestAPromiseIsMadeAtTheCounter is a paper that was left at home: chosen by the applicant, read and confirmed on the counter's
// screen, handed in and checked afterwards.
func TestAPromiseIsMadeAtTheCounter(t *testing.T) {
	s := sit(t)
	in := s.Vowed("cc-road-dig", "company-09", map[string]string{"restoration": "none"})
	s.enter("clerk01", "/window/draft/"+in.Draft)
	s.sees("申请人要以后补交", "道路修复方案")
	s.away(func() { s.click("申请人要以后补交") })
	s.sees("以后补交", "把承诺书发到柜台屏幕")
	s.state("vow draft")
	s.away(func() { s.press(kb.F9) })
	s.sees("等申请人确认")
	screen := s.second()
	screen.goTo("/window/counter")
	screen.sees("请看过再确认", "道路修复方案", "8 个工作日")
	screen.state("vow counter")
	screen.do(chromedp.Click(chromedp.CSS("main button.main")))
	screen.until(`location.search === "?thanks=1"`)
	s.sees("申请人已经确认")
	s.choose("window", "zumiao-01")
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.until(`location.pathname.startsWith("/window/case/")`)
	s.sees("要补交的材料")
	s.until(`document.querySelectorAll("#papers a[target]").length === 3`) // accepted, promised, told what is owed
	s.sees("容缺受理承诺书", "容缺受理通知书")
	s.goTo(s.says(`location.pathname`))
	s.sees("到期日")
	s.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="material.restoration"]`), []string{paper(t)}))
	s.away(func() { s.click("补交") })
	s.sees("已交，等核对", "退回重交")
	s.state("vow window case")
	s.away(func() { s.click("退回重交") })
	s.sees("请写明原因")
	s.away(func() { s.click("合格") })
	s.sees("已经做到")
	id := ref.CaseID(path.Base(s.says(`location.pathname`)))
	if u := s.Vow(id, undertaking.Tolerance); u.State != undertaking.Kept {
		t.Errorf("%+v", u)
	}
	if odd := s.heard(); len(odd) > 0 {
		t.Error(odd)
	}
}

// TestAPromiseIsMadeOnThePhone: one paper follows and a promise stands for another, on a narrow screen.
func TestAPromiseIsMadeOnThePhone(t *testing.T) {
	s := sit(t).onPhone()
	s.become(person, look{"16", "light", "zh-CN"})
	draft := "/draft/" + s.things.Vow.Draft
	s.goTo(draft + "/m-rules")
	s.sees("先办、后补")
	s.clean("vow step")
	s.shot("vow step")
	s.away(func() { s.click("这份以后补交") })
	s.goTo(draft + "/m-test-report")
	s.sees("用承诺代替")
	s.shot("vow step promise")
	s.away(func() { s.click("用承诺代替这份材料") })
	s.goTo(draft + "/check")
	s.sees("你的承诺", "卫生检测", "10 个工作日")
	s.clean("vow check")
	s.shot("vow check")
	s.away(func() { s.click("提交“公共场所") })
	s.until(`document.querySelector("#problems a[href='#f-vow']") !== null`)
	s.do(chromedp.Click(chromedp.CSS(`[name="vow"]`)), chromedp.Click(chromedp.CSS(`[name="sure"]`)))
	s.away(func() { s.click("提交“公共场所") })
	s.until(`location.pathname.endsWith("/done")`)
	s.goTo("/me/case/" + string(s.things.Vow.Owed))
	s.sees("要补交的材料", "还有")
	s.clean("vow owed")
	s.shot("vow owed")
	s.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="material.rules"]`), []string{paper(t)}))
	s.away(func() {
		s.do(chromedp.Click(chromedp.JSPath(`document.querySelector("form[action$='/owed'] button.main")`)))
	})
	s.sees("材料已经收到", "已交，等核对")
	s.goTo("/me/credit")
	s.sees("告知承诺不真实", "提交申辩", "不打分")
	s.clean("vow credit")
	s.shot("vow credit")
	s.write("words", "检测那天空调坏了，已经修好。")
	s.away(func() { s.click("提交申辩") })
	s.sees("已经送交部门", "已申辩")
	if at := s.says(`location.pathname`); !strings.HasPrefix(at, "/me/credit") {
		t.Error(at)
	}
	if odd := s.heard(); len(odd) > 0 {
		t.Error(odd)
	}
}
