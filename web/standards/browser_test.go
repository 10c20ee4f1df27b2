package standards_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"yimen/domain/catalog"
)

const chromium = "/usr/bin/chromium"

// window is a browser before the desk.
type window struct {
	t   *testing.T
	ctx context.Context
	at  string
}

func (d *desk) browse(account string) *window {
	t := d.t
	t.Helper()
	for _, need := range []string{chromium, "../asset/dist/manifest.json"} {
		if _, err := os.Stat(need); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not there", need)
			}
			t.Skipf("%s is not there", need)
		}
	}
	d.as = account
	server := httptest.NewServer(d.handler)
	t.Cleanup(server.Close)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	w := &window{t, ctx, server.URL}
	w.do(chromedp.Navigate("about:blank"))
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "lang", Value: "zh-CN", URL: server.URL}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		w.t.Fatal(err)
	}
}

// until waits for what the page must come to say.
func (w *window) until(js string) {
	w.t.Helper()
	var err error
	for range 20 { // a page that goes away meanwhile is asked again at its successor
		if _, err = chromedp.Run(w.ctx, chromedp.Poll[bool](js, chromedp.WithPollingTimeout(15*time.Second))); err == nil {
			return
		}
		if !strings.Contains(err.Error(), "context") && !strings.Contains(err.Error(), "navigated") {
			break
		}
	}
	seen, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.activeElement.outerHTML.slice(0, 200) + "\n" + document.body.innerText`))
	w.t.Fatalf("%s: %v\n%s", js, err, seen)
}

// settled waits until the script has taken up what was put into the page; before that a form goes the plain way.
func (w *window) settled() {
	w.t.Helper()
	w.until(`document.querySelector("#plan-form[data-htmx-powered]") !== null && document.querySelector("#look[data-htmx-powered]") !== null`)
}

// focus puts the focus where Tab would bring it.
func (w *window) focus(id string) {
	w.t.Helper()
	w.until(`(document.getElementById("` + id + `")?.focus(), document.activeElement?.id === "` + id + `")`)
}

func (w *window) key(keys string, opts ...chromedp.KeyOption) {
	w.t.Helper()
	w.do(chromedp.KeyEvent(keys, opts...))
}

var (
	ctrl = chromedp.KeyModifiers(chromedp.ModifierCtrl)
	alt  = chromedp.KeyModifiers(chromedp.ModifierAlt)
)

// TestAPlanIsWrittenByKeyboard adds a step, sees it drawn before it is saved, saves, moves it and mends a mistake, all on
// one page that is never loaded again.
func TestAPlanIsWrittenByKeyboard(t *testing.T) {
	d := open(t)
	w := d.browse("keeper-build")
	w.do(chromedp.Navigate(w.at + planPath))
	w.until(`document.readyState === "complete" && document.querySelectorAll("#plan-form h2").length === 5 && (window.same = true)`)
	w.settled()
	w.key("n", alt)
	w.until(`document.querySelectorAll("#plan-form h2").length === 6 && document.activeElement.id === "f-steps.3.name"`)
	w.until(`document.querySelector("#flaws-3").innerText.includes("环节没有名称") && document.querySelector("#look .stop.flawed") !== null`)
	w.settled()
	w.key("街道意见")
	w.until(`document.activeElement.value === "街道意见"`)
	w.key(kb.Tab)
	w.until(`document.activeElement.id !== "f-steps.3.name"`)
	w.until(`document.querySelector("#look").innerText.includes("街道意见") && !document.querySelector("#flaws-3").innerText.includes("环节没有名称")`)
	if s := d.plan("cc-road-dig")[3]; s.Name != "" {
		t.Errorf("a look was kept: %+v", s)
	}
	w.focus("f-steps.3.organ")
	w.key("a", ctrl)
	w.key("所在街道办事处或者镇人民政府")
	w.focus("f-steps.3.points")
	w.key("周边居民的出行")
	w.key(kb.Enter, ctrl)
	w.until(`document.querySelector("#plan").innerText.includes("已保存") && document.querySelector("[name=rev]").value === "2" && document.querySelector("#look .stop.flawed") === null`)
	if s := d.plan("cc-road-dig")[3]; s.Name != "街道意见" || s.Organ != catalog.Street || len(s.Points) != 1 {
		t.Errorf("%+v", s)
	}
	w.settled()
	w.focus("up-s1")
	w.key(kb.Enter)
	w.until(`document.querySelector("#plan-form").innerText.includes("第 3 步　街道意见") && document.activeElement.id === "up-s1"`)
	w.settled()
	w.focus("f-steps.0.limit.n")
	w.key("a", ctrl)
	w.key("x")
	w.key(kb.Enter) // as in any form, Enter saves
	w.until(`document.activeElement.id === "problems" && document.getElementById("f-steps.0.limit.n").value === "x"`)
	w.until(`window.same === true`)
}

// TestACaseIsTriedByKeyboard chooses outcomes to the end, and goes a step back.
func TestACaseIsTriedByKeyboard(t *testing.T) {
	d := open(t)
	w := d.browse("admin")
	w.do(chromedp.Navigate(w.at + "/standards/items/cc-road-dig/try"))
	for n := 3; n > 0; n-- {
		w.until(`document.body.innerText.includes("有 ` + itoa(int64(n)) + ` 个待办") && document.readyState === "complete"`)
		w.until(`(document.querySelector("#next button[value$='=agree']").focus(), document.activeElement.value.endsWith("=agree"))`)
		w.key(kb.Enter)
	}
	w.until(`document.querySelector("#next button[value='decide#1=grant']") !== null && document.readyState === "complete"`)
	w.until(`(document.querySelector("#next button[value='decide#1=grant']").focus(), document.activeElement.value === "decide#1=grant")`)
	w.key(kb.Enter)
	w.until(`document.body.innerText.includes("流程已经结束：批准") && document.body.innerText.includes("城市道路挖掘许可证") && document.readyState === "complete"`)
	w.key("z", alt)
	w.until(`document.body.innerText.includes("有 1 个待办")`)
}
