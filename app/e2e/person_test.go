package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/licence"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/foundation/session"
	"yimen/process/issuance"
	"yimen/ref"
	"yimen/web/citizen"
)

// Who looks at a page beside staff: a person whom the house knows, and one who only holds a phone.
const (
	person = "the person"
	holder = "the phone's holder"
)

// own is what a person and a phone's holder have made before the first test looks.
type own struct {
	Person, Holder *apptest.Phone
	Draft          string     // the person's, complete
	Household      string     // another, with a member of the household on it
	Case, Fix      ref.CaseID // the person's: under way, and waiting for corrections
	Mend           ref.CaseID // another that waits, to be corrected
	Document       string     // of Case
	Paper          string     // in Draft
	Licence, Copy  string     // granted to the person, and a copy of it
}

func (h *house) people() error {
	h.own.Person, h.own.Holder = &apptest.Phone{Number: "19900008001"}, &apptest.Phone{Number: "19900008002"}
	h.SignIn(h.own.Person)
	h.SignIn(h.own.Holder)
	h.Prove(h.own.Person, "person-020")
	me := h.own.Person.Me.Person
	h.own.Case = h.Apply(h.own.Person, "cc-individual-business", me)
	for _, id := range []*ref.CaseID{&h.own.Fix, &h.own.Mend} {
		*id = h.Apply(h.own.Person, "cc-individual-business", me)
		d := h.Decision("market-accept", h.Task(*id, approval.Accept, ""), approval.Points)
		d.Note = "租赁合同缺出租人签名。\n申请书的经营范围没有选规范条目。"
		h.Decide(d)
	}
	h.own.Draft = h.DraftOn(h.own.Person, "cc-individual-business", me)
	h.own.Household = h.DraftOn(h.own.Person, "cc-subsistence", me)
	for _, ids := range h.Application(h.own.Person, h.own.Draft).Materials {
		h.own.Paper = string(ids[0])
	}
	if err := h.copied(); err != nil {
		return err
	}
	pr, err := h.Cases.ProgressOf(context.Background(), h.own.Case)
	if err != nil {
		return err
	}
	h.own.Document = string(pr.Documents[0].ID)
	return nil
}

// copied gives the person a licence and makes a copy of it.
func (h *house) copied() error {
	id := h.Apply(h.own.Person, "cc-individual-business", h.own.Person.Me.Person)
	h.Decide(h.Decision("market-accept", h.Task(id, approval.Accept, ""), approval.Take))
	h.Decide(h.Decision("market-rep-zumiao", h.Task(id, approval.Decide, ""), approval.Grant))
	all, err := licence.ByCase(context.Background(), h.DB, id)
	if err != nil {
		return err
	}
	me := h.own.Person.Me
	order := issuance.CopyOrder{Submit: once.Submit{Actor: me.Actor(), Route: "test.copy", Key: db.NewID(), At: h.Now()}, Party: me.Person, Licence: all[0].ID,
		Purpose: "办理银行开户", Recipient: "禅城某银行", Until: calendar.DateOf(h.Now()) + 30, By: me.Actor()}
	made, err := h.Press.Copy(context.Background(), order)
	h.Settle()
	h.own.Licence, h.own.Copy = string(all[0].ID), string(made)
	return err
}

// visitor gives the cookie of a phone's session.
func (h *house) visitor(p *apptest.Phone) *http.Cookie {
	w := httptest.NewRecorder()
	data := map[string]string{citizen.DeviceKey: p.Me.Device, citizen.LevelKey: string(p.Me.Level)}
	err := h.Visits.SignIn(w, httptest.NewRequest("GET", "/", nil), session.Opening{Kind: citizen.VisitKind, Subject: string(p.Me.Account), Data: data, Now: h.Now()})
	return apptest.Must(h.App, w.Result().Cookies(), err)[0]
}

// onlineVisits are the pages of people from outside, and of windows that go on with them.
func (h *house) onlineVisits() map[string][]visit {
	mine := func(path string) visit { return visit{path: path, account: person} }
	c, fix, draft := "/me/case/"+string(h.own.Case), "/me/case/"+string(h.own.Fix), "/draft/"+h.own.Draft
	return map[string][]visit{
		"/signin":                           {{path: "/signin"}},
		"/signin/code":                      {{path: "/signin/code", kind: "hop"}},
		"/signin/real":                      {{path: "/signin/real", account: holder}, {path: "/signin/real", account: person, kind: "hop"}},
		"/signin/back":                      {{path: "/signin/back", account: holder, kind: "hop"}},
		"/apply/{item}":                     {{path: "/apply/cc-individual-business"}, {path: "/apply/cc-individual-business", account: holder}, mine("/apply/cc-individual-business"), mine("/apply/cc-hygiene"), {path: "/apply/cc-hygiene", account: holder}},
		"/draft/{id}":                       {{path: draft, account: person, kind: "hop"}},
		"/draft/{id}/check":                 {mine(draft + "/check"), {path: draft + "/check", account: holder, status: 404}},
		"/draft/{id}/drop":                  {mine(draft + "/drop"), {path: draft + "/drop", account: holder, status: 404}},
		"/draft/{id}/{step}":                {mine("/draft/" + h.own.Household + "/g-members"), mine("/draft/" + h.own.Household + "/e-members-1"), mine("/draft/" + h.own.Household + "/e-members-2"), mine(draft + "/q-1"), mine(draft + "/q-6"), mine(draft + "/m-premises")},
		"/draft/{id}/file/{material}":       {{path: draft + "/file/" + h.own.Paper, account: person, kind: "application/pdf"}},
		"/me/case/{id}":                     {mine(c), mine(fix), {path: c, account: holder, status: 404}},
		"/me/case/{id}/done":                {mine(c + "/done")},
		"/me/case/{id}/clock":               {mine(c + "/clock")},
		"/me/case/{id}/clock.pdf":           {{path: c + "/clock.pdf", account: person, kind: "application/pdf"}},
		"/me/case/{id}/withdraw":            {mine(fix + "/withdraw")},
		"/me/case/{id}/document/{document}": {{path: c + "/document/" + h.own.Document, account: person, kind: "application/pdf"}},
		"/me/case/{id}/fix":                 {mine(fix + "/fix"), {path: c + "/fix", account: person, kind: "hop"}},
		"/me/notices":                       {mine("/me/notices"), {path: "/me/notices", account: holder}},
		"/me/licences/{id}/copy":            {mine("/me/licences/" + h.own.Licence + "/copy")},
		"/me/copies/{id}/pdf":               {{path: "/me/copies/" + h.own.Copy + "/pdf", account: person, kind: "application/pdf"}},
		"/window/phone":                     {{path: "/window/phone", account: "clerk01"}},
		"/window/hotline":                   {{path: "/window/hotline", account: "clerk01"}},
	}
}

// onPhone makes the window a phone's.
func (s *seat) onPhone() *seat {
	s.do(chromedp.EmulateViewport(390, 844))
	return s
}

// comeIn signs in by the phone's code, from whatever page asked for it.
func (s *seat) comeIn(number string) {
	s.t.Helper()
	s.until(`location.pathname === "/signin"`)
	s.write("phone", number)
	s.press(kb.Enter)
	s.until(`location.pathname === "/signin/code"`)
	s.write("code", s.Code(number))
	s.shot("signin code")
	s.press(kb.Enter)
	s.until(`!location.pathname.startsWith("/signin")`)
}

// TestAPersonAppliesOnAPhone is an application from the guide to the confirmation, by somebody the house does not know.
func TestAPersonAppliesOnAPhone(t *testing.T) {
	s := sit(t).onPhone()
	who := s.Somebody("person-021")
	s.goTo("/item/cc-individual-business")
	s.away(func() { s.click("在网上申请") })
	s.away(func() { s.click("登录并开始") })
	s.comeIn("19900008003")
	s.until(`location.pathname === "/apply/cc-individual-business"`)
	s.away(func() { s.click("开始填写") })
	s.sees("有 2 处需要改正")
	s.write("name", who.Name)
	s.write("number", strings.ToLower(string(who.Number[:6])+" "+string(who.Number[6:])))
	s.away(func() { s.click("开始填写") })
	// Name and number are known by now, and so is the phone of the account: the first question is where they live.
	s.until(`location.pathname.endsWith("/q-4")`)
	s.goTo(strings.TrimSuffix(s.says(`location.pathname`), "4") + "3")
	s.write("person.phone", "1990000")
	s.away(func() { s.click("保存并继续") })
	s.until(`document.activeElement.id === "problems"`)
	s.shot("apply question wrong")
	s.answerAll(paper(t))
	s.until(`location.pathname.endsWith("/check")`)
	s.clean("check page")
	s.shot("apply check")
	s.away(func() { s.click("提交“个体工商户设立登记”申请") })
	s.sees("请先勾选")
	s.do(chromedp.Click(chromedp.CSS(`[name=sure]`)))
	s.away(func() { s.click("提交“个体工商户设立登记”申请") })
	s.until(`location.pathname.endsWith("/done")`)
	s.sees("已经提交", "佛山市禅城区市场监督管理局的受理岗办理", "还有")
	s.shot("apply done")
	number := s.says(`document.querySelector(".fours").innerText.replace(/\s/g, "")`)
	s.do(chromedp.Reload())
	if again := s.says(`document.querySelector(".fours").innerText.replace(/\s/g, "")`); again != number {
		t.Errorf("after a refresh the number is %s and was %s", again, number)
	}
	n, err := ref.ParseShortNumber(number)
	if err != nil {
		t.Fatal(err)
	}
	c, err := casefile.ByNumber(t.Context(), s.DB, n)
	if err != nil || c.Channel != ref.ChannelPhone || c.Stage != casefile.Received {
		t.Fatalf("%+v %v", c, err)
	}
	if odd := s.heard(); len(odd) > 0 {
		t.Error(odd)
	}
}

// answerAll answers whatever is asked until the check page comes.
func (s *seat) answerAll(file string) {
	s.t.Helper()
	for range 30 {
		path := s.says(`location.pathname`)
		if strings.HasSuffix(path, "/check") {
			return
		}
		s.answer(file)
		s.away(func() { s.click("保存并继续") })
		if s.says(`location.pathname`) == path {
			s.t.Fatalf("%s comes again\n%s", path, s.seen())
		}
	}
	s.t.Fatal("no end of questions")
}

// answer fills the page's one question with something that fits its kind.
func (s *seat) answer(file string) {
	s.t.Helper()
	kind := s.says(`(() => { const e = document.querySelector("main form [name]:not([type=hidden]):not(button)"); return e ? e.type + " " + (e.inputMode || "") + " " + e.name : "" })()`)
	part := strings.Fields(kind + " - -")
	name := part[len(part)-3]
	switch {
	case part[0] == "file":
		if strings.HasSuffix(s.says(`location.pathname`), "/m-pre-approval") {
			return // not needed here
		}
		s.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type=file]`), []string{file}))
	case part[0] == "radio":
		s.do(chromedp.Click(chromedp.CSS(`main form [type=radio]`)))
	case part[0] == "tel":
		s.write(name, "199 0000 8003")
	case part[1] == "numeric", part[1] == "decimal":
		s.write(name, "12")
	default:
		s.write(name, "演示路 1 号")
	}
}

// TestWhatIsHeldIsNotAsked lets a known person begin: name, number, phone and address are there, and nothing is lost by
// leaving in the middle.
func TestWhatIsHeldIsNotAsked(t *testing.T) {
	s := sit(t).onPhone()
	s.become(person, looks()[0])
	s.goTo("/apply/cc-individual-business")
	s.sees("我本人")
	s.away(func() { s.click("开始填写") })
	s.until(`location.pathname.endsWith("/q-5")`)
	s.write("business.name", "佛山市禅城区𬭎记饮食店")
	s.away(func() { s.click("保存并继续") })
	s.sees("已保存", "保留到")
	draft := strings.Split(s.says(`location.pathname`), "/")[2]
	s.goTo("/draft/" + draft)
	s.until(`location.pathname.endsWith("/q-6")`)
	s.goTo("/draft/" + draft + "/check")
	s.sees("佛山市禅城区𬭎记饮食店", "来自人口库", "政府已有，不用交")
	if strings.Contains(s.says(`document.body.innerText`), string(s.Somebody("person-020").Number)) {
		t.Error("the number stands open on the check page")
	}
	s.away(func() { s.click("不办了") })
	s.until(`location.pathname.endsWith("/drop")`)
	s.shot("draft drop")
	s.away(func() { s.click("删除") })
	if _, err := s.Desk.Mine(t.Context(), s.own.Person.Me, draft); err == nil {
		t.Error("the draft is still there")
	}
}

// TestCorrectionsInPlace answers the one notice point by point, and keeps a file through a mistake.
func TestCorrectionsInPlace(t *testing.T) {
	s := sit(t).onPhone()
	s.become(person, looks()[0])
	s.goTo("/me/case/" + string(s.own.Mend))
	s.sees("请补正材料", "正在等你补正材料。补正之前，时间暂停计算。")
	s.away(func() { s.click("现在补正") })
	s.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="point.1"]`), []string{paper(t)}))
	s.away(func() { s.click("交上去") })
	s.sees("有 1 处需要改正", "已经上传")
	s.shot("fix wrong")
	s.write("answer.2", "已改为规范条目：餐饮服务。")
	s.click("要改申请表里填的内容")
	s.write("business.name", "佛山市禅城区改正饮食店")
	s.says(`(async () => { // two taps: the second is led where the first was
		const f = document.querySelector("main form[method=post]"), body = new FormData(f), got = []
		for (const _ of [1, 2]) { const r = await fetch(f.action, {method: "POST", body}); got.push(r.status + " " + new URL(r.url).pathname) }
		document.title = got.join(", ")
	})(), ""`)
	s.until(fmt.Sprintf(`document.title === "200 %[1]s, 200 %[1]s"`, "/me/case/"+string(s.own.Mend)))
	s.goTo("/me/case/" + string(s.own.Mend))
	s.sees("补正的材料已收到")
	s.click("展开看申请表和材料")
	s.sees("佛山市禅城区改正饮食店")
	seen, err := s.Cases.Of(t.Context(), s.own.Mend)
	if err != nil {
		t.Fatal(err)
	}
	last := seen.Materials[len(seen.Materials)-1]
	if last.Spec.ID != "point.1" || len(last.Used) != 1 {
		t.Errorf("%+v", last)
	}
}

// TestOnePhraseEverywhere reads where a case stands on the phone, at the hotline and in the letter: the words are the same.
func TestOnePhraseEverywhere(t *testing.T) {
	s := sit(t)
	s.become(person, looks()[0])
	s.goTo("/me/case/" + string(s.own.Case))
	words := s.says(`document.querySelector(".deadline p").innerText`)
	if !strings.Contains(words, "现在由佛山市禅城区市场监督管理局的受理岗办理") {
		t.Fatalf("the page says %q", words)
	}
	letter := s.receipt(t)
	if !strings.Contains(letter, strings.ReplaceAll(words, " ", "")) {
		t.Errorf("the letter does not say %q:\n%s", words, letter)
	}
	s.become("clerk01", looks()[0])
	s.goTo("/window/hotline")
	s.write("number", s.number(s.own.Case))
	s.write("reason", "申请人来电问进度")
	s.away(func() { s.press(kb.Enter) })
	if got := s.says(`document.querySelector(".read").innerText`); got != words {
		t.Errorf("the hotline says %q, the page %q", got, words)
	}
}

// receipt is the text of the person's receipt, without spaces.
func (s *seat) receipt(t *testing.T) string {
	t.Helper()
	doc, content, err := s.Press.Fetch(t.Context(), ref.DocumentID(s.own.Document))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), string(doc.ID)+".pdf")
	return strings.NewReplacer(" ", "", "\n", "").Replace(pdfText(t, file, bytes.Clone(content)))
}

// TestAPhoneIsConfirmedAtAWindow carries the characters from the phone to the clerk and comes back known.
func TestAPhoneIsConfirmedAtAWindow(t *testing.T) {
	phone := sit(t).onPhone()
	phone.goTo("/signin")
	phone.comeIn("19900008004")
	phone.goTo("/signin/real")
	phone.away(func() { phone.click("显示 8 位字符") })
	link := phone.says(`document.querySelector("p.big").innerText.replace(/\s/g, "")`)
	phone.shot("real link")
	phone.away(func() { phone.click("窗口已经核验，继续") })
	phone.sees("窗口还没有核验")
	clerk := sit(t)
	clerk.enter("clerk01", "/window")
	clerk.goTo("/window/phone")
	clerk.write("link", link)
	clerk.choose("card", "person-022")
	clerk.shot("window phone")
	clerk.away(func() { clerk.click("读卡并核验") })
	clerk.sees("已经核验")
	phone.away(func() { phone.click("窗口已经核验，继续") })
	phone.sees(phone.Somebody("person-022").Name)
}

// pdfText is what a PDF says, by pdftotext.
func pdfText(t *testing.T, file string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestTwoWayMessages has a person ask, the department answer, and each see that the other has read.
func TestTwoWayMessages(t *testing.T) {
	s := sit(t).onPhone()
	s.become(person, looks()[0])
	at := "/me/case/" + string(s.own.Case)
	s.goTo(at)
	s.away(func() { s.click("发送") })
	s.sees("请写下要说的话")
	s.write("body", "门牌号刚改过，要换租赁合同吗？<b>")
	s.away(func() { s.click("发送") })
	s.sees("门牌号刚改过，要换租赁合同吗？<b>", "已经发出，部门还没有看")
	officer := sit(t)
	officer.enter("market-accept", "/approver")
	officer.goTo("/approver/messages")
	officer.sees("1")
	task := s.Task(s.own.Case, approval.Accept, "")
	officer.goTo("/approver/task/" + string(task.ID))
	officer.sees("门牌号刚改过")
	officer.write("body", "不用换，请在补正时说明。")
	officer.away(func() { officer.click("发送") })
	s.goTo(at)
	s.sees("不用换，请在补正时说明。", "看过")
	s.goTo("/me/notices")
	s.sees("有一条新消息")
	if strings.Contains(s.says(`document.body.innerText`), "不用换") {
		t.Error("the notice carries the message's words")
	}
}

// asVisitor gives the window the cookies of a phone.
func (s *seat) asVisitor(p *apptest.Phone) {
	s.t.Helper()
	c := s.visitor(p)
	s.remember(c.Name, c.Value)
}
