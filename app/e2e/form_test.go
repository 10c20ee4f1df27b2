package e2e

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"yimen/domain/form"
	"yimen/domain/party"
	"yimen/ref"
)

// calledWrong is an application whose applicant said that the phone that is held is wrong.
func (h *house) calledWrong() error {
	ctx := context.Background()
	x := h.Acceptance("clerk01", "cc-road-dig", "company-05")
	facts, err := party.Facts(ctx, h.DB, h.Vault, x.Party, party.Phone)
	if err != nil {
		return err
	}
	held := facts[party.Phone]
	x.Disputed = map[string]form.Answer{"contact.phone": {Element: "contact.phone", Value: held.Value, Source: held.Source, At: held.At}}
	if _, err := h.Desk.Accept(ctx, x); err != nil {
		return err
	}
	h.Settle()
	all, err := form.Corrections(ctx, h.DB, "", form.CorrectionOpen, time.Time{}, "", 1)
	if err == nil {
		h.things.Wrong = all[0].ID
	}
	return err
}

// TestAHouseholdIsAnsweredMemberByMember fills in a repeating group with scripts switched off: added, a question that
// comes up with an age, changed, taken out, and all of it on the page before handing in.
func TestAHouseholdIsAnsweredMemberByMember(t *testing.T) {
	s := sit(t)
	if _, err := chromedp.Call(s.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	s.become(person, looks()[0])
	s.goTo("/apply/cc-subsistence")
	s.do(chromedp.Click(chromedp.CSS("main button.main")))
	s.until(`location.pathname.startsWith("/draft/")`)
	draft := "/draft/" + strings.Split(s.says(`location.pathname`), "/")[2]
	s.goTo(draft + "/g-members")
	s.follow(draft+"/g-members", func() { s.click("都填好了，下一步") })
	s.shows("至少要填 1 份")
	s.follow(draft+"/e-members-1", func() { s.click("填写第一份") })
	s.shows("共同生活的家庭成员 1")
	s.member(1, "钟样本", 0, "40")
	s.follow(draft+"/g-members", func() { s.do(chromedp.Click(chromedp.CSS("main button.main"))) })
	s.shows("钟样本", "本人")
	s.follow(draft+"/e-members-2", func() { s.click("再填一份") })
	s.member(2, "钟小样", 2, "9")
	s.follow(draft+"/e-members-2", func() { s.do(chromedp.Click(chromedp.CSS("main button.main"))) })
	s.shows("就读的学校")
	s.write("member.school#2", "样本小学")
	s.follow(draft+"/g-members", func() { s.do(chromedp.Click(chromedp.CSS("main button.main"))) })
	s.shows("样本小学")
	s.goTo(draft + "/check")
	s.shows("共同生活的家庭成员 2", "样本小学", "系统计算")
	s.goTo(draft + "/g-members")
	s.do(chromedp.Click(chromedp.CSS(`button[name=remove][value="1"]`)))
	s.until(`!document.body.innerText.includes("钟样本")`)
	s.shows("钟小样")
	s.follow(draft+"/e-members-1", func() { s.do(chromedp.Click(chromedp.CSS(`main form a[href$="/e-members-1"]`))) })
	if school := s.says(`document.querySelector('[name="member.school#1"]').value`); school != "样本小学" {
		t.Errorf("the school is %q", school)
	}
	// What is held wrongly is opened for the applicant's own words.
	s.goTo(draft + "/q-4")
	s.follow(draft+"/q-4", func() { s.click("不对？") })
	s.shows("请填写正确的内容", "登记的是")
	if address := s.says(`document.querySelector('[name="person.address"]').value`); address != "" {
		t.Errorf("the address is still %q", address)
	}
	if odd := s.heard(); len(odd) > 0 {
		t.Error(odd)
	}
}

// TestADeskFollowsTheAnswers types at a window and sees what depends on it change beside the cursor.
func TestADeskFollowsTheAnswers(t *testing.T) {
	s := sit(t)
	to, err := s.post(s.client("clerk04"), "/window/card", "item", "cc-subsistence", "card", "person-007")
	if err != nil {
		t.Fatal(err)
	}
	number, err := companyNumber("company-07")
	if err != nil {
		t.Fatal(err)
	}
	dig, err := s.post(s.client("clerk04"), "/window/typed", "item", "cc-road-dig", "kind", string(ref.PartyLegal), "number", number, "reason", "单位经办人到场，出示营业执照")
	if err != nil {
		t.Fatal(err)
	}
	s.enter("clerk04", "/window")
	s.goTo(dig)
	s.until(`document.querySelector("#m-traffic-plan") === null`)
	s.choose("road.traffic", "yes")
	s.until(`document.querySelector("#m-traffic-plan") !== null`)
	s.write("road.length", "12.5")
	s.write("road.width", "2")
	s.write("road.name", "季华五路")
	s.until(`document.querySelector('[name="road.area"]').value === "25" && document.activeElement.name === "road.name" && document.activeElement.value === "季华五路"`)
	s.choose("road.traffic", "no")
	s.until(`document.querySelector("#m-traffic-plan") === null`)
	s.goTo(to)
	s.member(1, "钟样本", 0, "40")
	s.write("household.income", "100")
	s.until(`document.querySelector('[name="household.size"]').value === "1" && document.querySelector('[name="member.school#1"]') === null`)
	s.away(func() { s.click("增加一份：共同生活的家庭成员") })
	s.until(`document.querySelector('[name="member.name#2"]') !== null && document.querySelector('[name="member.name#1"]').value === "钟样本"`)
	s.member(2, "钟小样", 2, "9")
	s.write("household.savings", "5")
	s.until(`document.querySelector('[name="household.size"]').value === "2" && document.querySelector('[name="member.school#2"]') !== null`)
	s.shot("window household")
	s.away(func() { s.click("删去 共同生活的家庭成员 2") })
	s.until(`document.querySelector('[name="member.name#2"]') === null && document.querySelector('[name="household.size"]').value === "1"`)
	s.away(func() { s.click("“居住地址”不对？") })
	s.until(`document.querySelector('[name="person.address"]').value === ""`)
	if odd := s.heard(); len(odd) > 0 {
		t.Error(odd)
	}
}

func (s *seat) member(n int, name string, relation int, age string) {
	s.t.Helper()
	key := func(element string) string { return form.Key("member."+element, n) }
	s.write(key("name"), name)
	s.says(`(document.querySelectorAll('[name="` + key("relation") + `"]')[` + strconv.Itoa(relation) + `].click(), "")`)
	s.write(key("age"), age)
}
