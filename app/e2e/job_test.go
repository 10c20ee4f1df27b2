package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/identity"
	"yimen/foundation/pdf"
	"yimen/ref"
)

// number is a case's human number.
func (h *house) number(id ref.CaseID) string {
	c, err := casefile.Get(context.Background(), h.DB, id)
	if err != nil {
		panic(err)
	}
	return string(c.Number)
}

// TestMainJobFromWindowToLicence is the whole of the house's purpose, as people do it.
func TestMainJobFromWindowToLicence(t *testing.T) {
	clerk := sit(t)
	clerk.signIn("clerk01", "/window")
	id := clerk.takeIn(paper(t))
	for _, x := range []struct{ account, note string }{{"police-review-a", "围挡后保留两条机动车道，同意。"}, {"land-review-a", "位置与规划批准文件一致，同意。"}} {
		officer := sit(t)
		officer.enter(x.account, "/approver")
		officer.opinion(id, x.note)
	}
	reviewer := sit(t)
	reviewer.enter("build-review-a", "/approver")
	reviewer.review(id)
	decider := sit(t)
	decider.enter("build-decide", "/approver")
	decider.decide(id)
	clerk.goTo("/window/case/" + string(id))
	clerk.until(`document.querySelectorAll("#papers a[target]").length === 4`)
	citizen := sit(t)
	licence := citizen.fetch(id)
	checkLicence(t, licence)
	citizen.checkGenuine(licence)
	for _, s := range []*seat{clerk, reviewer, decider, citizen} {
		if odd := s.heard(); len(odd) > 0 {
			t.Error(odd)
		}
	}
}

// paper is a one-page PDF to hand in.
func paper(t *testing.T) string {
	t.Helper()
	b, err := pdf.Render(pdf.Document{Title: "图纸", Organ: "演示", Made: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "管线设计图.pdf")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// signIn types account, password and the authenticator's code.
func (s *seat) signIn(account, next string) {
	s.t.Helper()
	a := s.accounts[account]
	s.goTo(next)
	s.until(`location.pathname === "/staff/signin"`)
	s.write("account", a.Account)
	s.write("password", a.Password)
	s.write("code", "000000")
	s.press(kb.Enter)
	s.until(`document.activeElement.id === "problems"`)
	s.write("account", a.Account)
	s.write("password", a.Password)
	s.write("code", identity.Code(a.TOTP, s.Now()))
	s.press(kb.Enter)
	s.until(fmt.Sprintf(`location.pathname === %q`, next))
}

// takeIn finds the item, meets the company's envoy, fills the form in and accepts.
func (s *seat) takeIn(file string) ref.CaseID {
	s.t.Helper()
	s.do(chromedp.SetValue(chromedp.CSS(`[name="window"]`), "zumiao-01"))
	s.away(func() { s.click("换到这个窗口") })
	s.until(`document.querySelector("[name=window]").value === "zumiao-01" && document.activeElement.name === "q"`)
	s.do(chromedp.KeyEvent("wjcsdl"))
	s.until(`document.querySelectorAll("#found li").length === 1 && document.activeElement.value === "wjcsdl"`)
	s.press("1", chromedp.ModifierCtrl, chromedp.ModifierAlt)
	s.until(`location.pathname === "/window/item/cc-road-dig"`)
	s.sees("标明道路名称、桩号、挖掘长度和宽度", "面积只写长度没有宽度", "城市道路管理条例")
	number, err := companyNumber("company-01")
	if err != nil {
		s.t.Fatal(err)
	}
	s.press(kb.F6)
	s.choose("kind", string(ref.PartyLegal))
	s.write("number", number)
	s.write("reason", "单位经办人到场，出示营业执照")
	s.press(kb.Enter)
	s.until(`location.pathname.startsWith("/window/draft/")`)
	s.sees("已有材料还没有打开", "来自")
	s.confirmAtCounter()
	s.sees("申请人已经确认")
	s.away(func() { s.click("保存并显示已有材料") })
	s.until(`document.querySelector('[name="company.name"]').value.length > 3 && document.querySelector('[name="company.address"]').value.length > 3`)
	s.fillIn(file)
	s.look("job draft")
	return s.accept()
}

// confirmAtCounter presses the button on the screen across the counter.
func (s *seat) confirmAtCounter() {
	s.t.Helper()
	screen := s.second()
	screen.goTo("/window/counter")
	screen.until(`document.documentElement.dataset.size !== "16"`)
	name := screen.says(`document.querySelector("dl dd").innerText.trim()`)
	if name == "" || strings.Contains(screen.says(`document.body.innerText`), s.says(`document.querySelector("header .actor span").innerText`)) {
		s.t.Errorf("the counter shows %q and perhaps the clerk", name)
	}
	screen.do(chromedp.Click(chromedp.CSS("main button.main")))
	screen.until(`location.search === "?thanks=1"`)
}

// answers are what the clerk types, in the form's order; the place is left out at first.
var answers = [][2]string{{"contact.name", "赵小青"}, {"contact.phone", "19900001234"}, {"project.name", "季华五路供水管道改造"}, {"project.builder", "示范市政工程有限公司"}, {"road.name", "季华五路"},
	{"road.length", "12.5"}, {"road.width", "1.2"}, {"road.start.year", "2026"}, {"road.start.month", "4"}, {"road.start.day", "1"},
	{"road.end.year", "2026"}, {"road.end.month", "4"}, {"road.end.day", "20"}}

func (s *seat) fillIn(file string) {
	s.t.Helper()
	for _, x := range answers {
		s.write(x[0], x[1])
	}
	s.choose("road.part", "carriageway")
	s.choose("road.reason", "water")
	s.choose("road.traffic", "yes")
	s.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="material.drawing"]`), []string{file}), chromedp.Click(chromedp.CSS(`#m-drawing button[formaction]`)))
	s.until(`location.hash === "#m-drawing" && document.querySelector("#m-drawing a") !== null && document.querySelector('[name="road.name"]').value === "季华五路"`)
	s.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="material.application"]`), []string{file}), chromedp.SetUploadFiles(chromedp.CSS(`[name="material.traffic-plan"]`), []string{file}),
		chromedp.SetUploadFiles(chromedp.CSS(`[name="material.restoration"]`), []string{file}))
}

// accept first meets what is missing, which takes nothing away, and then succeeds, all by keyboard.
func (s *seat) accept() ref.CaseID {
	s.t.Helper()
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.until(`document.activeElement.id === "problems" && document.title.includes("需要改正")`)
	s.until(`document.querySelectorAll("#problems li").length === 1 && document.querySelector("#m-application a") !== null && document.querySelector("#m-traffic-plan a") !== null`)
	for _, x := range answers {
		s.until(fmt.Sprintf(`document.querySelector('[name=%q]').value.replace(/^0/, "") === %q`, x[0], x[1]))
	}
	s.press(kb.Tab)
	s.press(kb.Enter)
	s.until(`document.activeElement.name === "road.site"`)
	s.do(chromedp.KeyEvent("季华五路与汾江路口东侧50米内"))
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.until(`location.pathname.startsWith("/window/case/")`)
	s.sees("名义受理")
	s.until(`document.querySelector("#papers a[target]") !== null`) // sealed, and there by itself
	s.sees("受理通知书")
	return ref.CaseID(strings.TrimPrefix(s.says(`location.pathname`), "/window/case/"))
}

// take opens the case's task from the inbox.
func (s *seat) take(id ref.CaseID) {
	s.t.Helper()
	s.sees(s.number(id))
	s.do(chromedp.Click(chromedp.JSPath(fmt.Sprintf(`Array.from(document.querySelectorAll("#inbox tr, #inbox li")).find(e => e.innerText.includes(%q)).querySelector("a[href*='/task/']")`, s.number(id)))))
	s.until(`location.pathname.startsWith("/approver/task/")`)
	s.sees("季华五路", "管线设计图", "为什么是我")
}

// done waits for the word that the task was completed.
func (s *seat) done() {
	s.t.Helper()
	s.until(`location.search.includes("done=")`)
	s.sees("已提交")
}

func (s *seat) opinion(id ref.CaseID, note string) {
	s.t.Helper()
	s.take(id)
	s.choose("outcome", "agree")
	s.write("note", note)
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.done()
}

func (s *seat) review(id ref.CaseID) {
	s.t.Helper()
	s.take(id)
	s.choose("outcome", "agree")
	s.write("note", "现场踏勘属实，修复方案可行。")
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.until(`document.activeElement.id === "problems" && document.querySelector('[name="note"]').value.startsWith("现场踏勘")`)
	s.choose("second", string(s.Staff("build-review-b").ID))
	s.do(chromedp.Focus(chromedp.CSS(`[name="note"]`)))
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.done()
}

func (s *seat) decide(id ref.CaseID) {
	s.t.Helper()
	s.take(id)
	s.sees("围挡后保留两条机动车道，同意。", "位置与规划批准文件一致，同意。", "现场踏勘属实")
	s.look("job findings")
	for name, value := range s.grants(id) {
		s.choose("finding."+name, value)
	}
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.until(`document.querySelector("#proposal")?.innerText.includes("规则建议：批准（R1") && document.querySelector('[name="outcome"][value="grant"]').checked`)
	s.look("job decision")
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.done()
}

// grants are the findings for which the rule proposes to grant a case that waits for its decision.
func (h *house) grants(id ref.CaseID) map[string]string {
	return h.Findings(h.Task(id, approval.Decide, ""), "R1")
}

// fetch looks the case up as its applicant does and downloads the licence.
func (s *seat) fetch(id ref.CaseID) string {
	s.t.Helper()
	s.goTo("/")
	s.click("查办件进度")
	s.until(`location.pathname === "/progress"`)
	s.write("number", s.number(id))
	s.write("code", "22222222")
	s.press(kb.Enter)
	s.until(`document.activeElement.id === "problems"`)
	s.write("code", strings.ToLower(s.QueryCode(id)))
	s.press(kb.Enter)
	s.until(`location.pathname === "/progress/case"`)
	s.sees("办好了", "城市道路挖掘许可证", "有效")
	dir := s.t.TempDir()
	progress := chromedp.Events(s.ctx, browser.DownloadProgress)
	yes := true
	_, err := chromedp.Call(s.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName,
		BrowserContextID: chromedp.FromContext(s.ctx).BrowserContextID, DownloadPath: dir, EventsEnabled: &yes})
	if err != nil {
		s.t.Fatal(err)
	}
	s.click("下载证照")
	for ev, err := range progress {
		if err != nil {
			s.t.Fatal(err)
		}
		if ev.State == browser.DownloadProgressStateCompleted {
			return filepath.Join(dir, ev.GUID)
		}
	}
	s.t.Fatal("the licence did not come")
	return ""
}

// checkLicence asks a program that is not ours.
func checkLicence(t *testing.T, file string) {
	t.Helper()
	out, err := exec.Command("pdfsig", file).CombinedOutput()
	if err != nil && os.Getenv("CI") != "true" && len(out) == 0 {
		t.Logf("pdfsig is not there: %v", err)
		return
	}
	if !strings.Contains(string(out), "Signature is Valid") || !strings.Contains(string(out), "Total document signed") {
		t.Errorf("%v\n%s", err, out)
	}
}

// checkGenuine uploads the licence to the checking page, whole and with one byte flipped.
func (s *seat) checkGenuine(file string) {
	s.t.Helper()
	whole, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, x := range []struct {
		name, says string
		flip       bool
	}{{"许可证.pdf", "文件是真的，没有改动过", false}, {"改过的许可证.pdf", "文件被改动过，不要相信", true}} {
		b := append([]byte{}, whole...)
		if x.flip {
			b[len(b)/3] ^= 1
		}
		name := filepath.Join(s.t.TempDir(), x.name)
		if err := os.WriteFile(name, b, 0o600); err != nil {
			s.t.Fatal(err)
		}
		s.goTo("/verify")
		s.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="file"]`), []string{name}))
		s.click("核对文件")
		s.sees(x.says)
		s.shot("verify " + x.name)
	}
}
