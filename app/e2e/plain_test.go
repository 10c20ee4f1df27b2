package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// onTheWire is the most a citizen's page may weigh, with everything it needs, the first time it is opened.
const onTheWire = 30 << 10

// TestCitizenPagesWithoutScript goes from the front door to the licence with scripts switched off.
func TestCitizenPagesWithoutScript(t *testing.T) {
	s := sit(t)
	if _, err := chromedp.Call(s.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	s.goTo("/")
	s.write("q", "挖路")
	s.follow("/items", func() { s.press(kb.Enter) })
	s.follow("/item/cc-road-dig", func() { s.click("挖掘城市道路审批") })
	s.shows("要带什么", "多久办好", "到哪办", "不满意怎么办", "管线设计图和挖掘位置平面图")
	s.goTo("/")
	s.follow("/progress", func() { s.click("查办件进度") })
	s.follow("/progress", func() { s.click("查询进度") })
	s.shows("请填写办件编号")
	if id := s.says(`document.activeElement.id`); id != "problems" {
		t.Errorf("the focus is on %q and not on what is wrong", id)
	}
	s.write("number", s.number(s.things.Granted))
	s.write("code", s.QueryCode(s.things.Granted))
	s.follow("/progress/case", func() { s.press(kb.Enter) })
	s.shows("办好了", "下载证照", "批准")
	s.follow("/verify", func() { s.click("核对真伪") })
	s.shows("有效", "城市道路挖掘许可证")
	s.follow("/", func() { s.click("一门") })
	s.follow("/", func() { s.click("进入长辈版") })
	if size := s.says(`document.documentElement.dataset.size`); size != "22" {
		t.Errorf("large type is %s", size)
	}
	if odd := s.heard(); len(odd) > 0 {
		t.Error(odd)
	}
}

// TestAnApplicationWithoutScript goes from the guide to the confirmation with scripts switched off.
func TestAnApplicationWithoutScript(t *testing.T) {
	s := sit(t)
	if _, err := chromedp.Call(s.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	s.become(person, looks()[0])
	s.goTo("/item/cc-individual-business")
	s.follow("/apply/cc-individual-business", func() { s.click("在网上申请") })
	s.shows("我本人", "先准备好")
	s.do(chromedp.Click(chromedp.CSS("main button.main")))
	s.until(`location.pathname.startsWith("/draft/")`)
	draft := strings.Split(s.says(`location.pathname`), "/")[2]
	s.follow("/draft/"+draft+"/q-5", func() { s.click("保存并继续") })
	s.shows("有 1 处需要改正")
	file := paper(t)
	for range 12 {
		if strings.HasSuffix(s.says(`location.pathname`), "/check") {
			break
		}
		s.answer(file)
		from := s.says(`location.pathname`)
		s.do(chromedp.Click(chromedp.CSS("main button.main")))
		s.until(`location.pathname !== "` + from + `"`)
	}
	s.do(chromedp.Click(chromedp.CSS("[name=sure]")), chromedp.Click(chromedp.CSS("main button.main")))
	s.until(`location.pathname.endsWith("/done")`)
	s.shows("已经提交", "接下来会怎样", "查询码")
	if odd := s.heard(); len(odd) > 0 {
		t.Error(odd)
	}
}

// follow does something that leads to another page and waits until that page has come.
func (s *seat) follow(path string, act func()) {
	s.t.Helper()
	_, err := chromedp.RunResponse(s.ctx, chromedp.Func(func(context.Context, *chromedp.Target) error { act(); return nil }))
	if err != nil {
		s.t.Fatal(err)
	}
	if at := s.says(`location.pathname`); at != path {
		s.t.Fatalf("came to %s and not to %s\n%s", at, path, s.seen())
	}
}

// shows holds the page there is to words; nothing will come later.
func (s *seat) shows(words ...string) {
	s.t.Helper()
	for _, w := range words {
		if s.says(fmt.Sprintf(`String(document.body.innerText.includes(%q))`, w)) != "true" {
			s.t.Errorf("no %q in\n%s", w, s.seen())
		}
	}
}

// TestCitizenPagesAreLight weighs each page as it comes over the wire to a browser that has nothing yet.
func TestCitizenPagesAreLight(t *testing.T) {
	s := sit(t)
	s.become(applicant, looks()[0])
	for _, path := range []string{"/", "/?for=company", "/items", "/items?q=db", "/item/cc-road-dig", "/item/cc-subsistence", "/progress", "/progress/case", "/verify", "/item/none"} {
		if _, err := chromedp.Call(s.ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
			t.Fatal(err)
		}
		s.goTo("/a/nothing.txt") // so that what the last page still asked for is counted there
		s.mu.Lock()
		s.bytes = 0
		s.mu.Unlock()
		s.goTo(path)
		if _, err := chromedp.Run(s.ctx, chromedp.Evaluate[int](`fetch(document.querySelector("link[rel=icon]").href).then(r => r.text()).then(x => x.length)`, chromedp.EvalAwaitPromise)); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		weight := s.bytes
		s.mu.Unlock()
		t.Logf("%-24s %6.0f bytes", path, weight)
		if weight > onTheWire || weight < 5000 {
			t.Errorf("%s weighs %.0f bytes", path, weight)
		}
	}
}
