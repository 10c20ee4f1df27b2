package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"yimen/domain/approval"
)

// TestTwoOfficersLeaveTheRule is a decision that leaves what the rule proposes, by one officer at a desk and another at theirs.
func TestTwoOfficersLeaveTheRule(t *testing.T) {
	first, second := sit(t), sit(t)
	id := first.things.Plan
	task := first.Task(id, approval.Decide, "")
	at := "/approver/task/" + string(task.ID)
	first.enter("emergency-decide", at)
	first.sees("申请表里的事实", "危险物品单位", "由您认定的事实")
	first.state("rule findings")
	for name, value := range first.Findings(task, "R4") {
		first.choose("finding."+name, value)
	}
	first.press(kb.Enter, chromedp.ModifierCtrl)
	first.until(`document.querySelector("#proposal")?.innerText.includes("规则建议：不予批准（R4") && location.hash === "#proposal"`)
	first.state("rule proposal")
	first.choose("outcome", "grant")
	first.write("note", "材料在决定当天补齐。")
	first.press(kb.Enter, chromedp.ModifierCtrl)
	first.until(`document.activeElement.id === "problems" && document.querySelector('[name="note"]').value.startsWith("材料在决定当天") && document.querySelector("#decide details").open`)
	first.state("rule left without reason")
	first.write("reason", "缺少的公布记录，申请人已经在决定当天补交。")
	first.do(chromedp.SetValue(chromedp.CSS(`[name="rule_row"]`), "R1"))
	first.press(kb.Enter, chromedp.ModifierCtrl)
	first.until(`location.search.includes("done=")`)
	first.sees("已提出，等同事确认", "您提出的，等同事确认")
	first.state("rule inbox")
	first.goTo(at)
	first.sees("撤回", "缺少的公布记录")

	second.enter("emergency-decide-b", at)
	second.sees("缺少的公布记录", "R4　不予批准", "确认，批准")
	second.state("rule departure")
	second.press(kb.Enter, chromedp.ModifierCtrl)
	second.until(`location.search.includes("done=")`)
	second.sees("已提交：批准")
	second.goTo("/approver/case/" + string(id))
	second.until(`document.body.innerText.includes("没有采用裁量基准的建议")`)
	second.state("rule case")
	for _, s := range []*seat{first, second} {
		if odd := s.heard(); len(odd) > 0 {
			t.Error(odd)
		}
	}
}

// state holds a page in the state it is in against the rules of access, and keeps pictures of it, wide and narrow.
func (s *seat) state(name string) {
	s.t.Helper()
	s.clean(name)
	s.shot(name)
	s.do(chromedp.EmulateViewport(400, 900))
	if over := s.says(`String(document.documentElement.scrollWidth - innerWidth)`); !strings.HasPrefix(over, "-") && over != "0" {
		s.t.Errorf("%s scrolls sideways by %s px: %s", name, over, s.says(tooWide))
	}
	s.shot(name + " narrow")
	s.do(chromedp.EmulateViewport(1366, 900))
}
