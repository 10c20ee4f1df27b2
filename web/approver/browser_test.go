package approver_test

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

	"yimen/domain/approval"
)

const chromium = "/usr/bin/chromium"

// TestByKeyboard waits for a task, opens it, decides it and goes on, without the mouse and without a reload.
func TestByKeyboard(t *testing.T) {
	for _, need := range []string{chromium, "../asset/dist/manifest.json"} {
		if _, err := os.Stat(need); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not there", need)
			}
			t.Skipf("%s is not there", need)
		}
	}
	d := open(t, "market-rep-zumiao")
	server := httptest.NewServer(d.handler)
	t.Cleanup(server.Close)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	until := func(js string) {
		t.Helper()
		var err error
		for range 20 { // a page that goes away meanwhile is asked again at its successor
			if _, err = chromedp.Run(ctx, chromedp.Poll[bool](js, chromedp.WithPollingTimeout(15*time.Second))); err == nil {
				return
			}
			if !strings.Contains(err.Error(), "context") && !strings.Contains(err.Error(), "navigated") {
				break
			}
		}
		seen, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
		t.Fatalf("%s: %v\n%s", js, err, seen)
	}
	do(chromedp.Navigate("about:blank"))
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "lang", Value: "zh-CN", URL: server.URL}); err != nil {
		t.Fatal(err)
	}
	do(chromedp.Navigate(server.URL + "/approver"))
	until(`document.querySelector("#inbox").innerText.includes("没有待办任务")`)
	for d.Hub.Listeners("inbox:"+string(d.who.Organ)) == 0 { // the page's stream is on its way
		until(`document.readyState === "complete"`)
	}
	d.Accept("clerk01", "cc-individual-business", "person-001")
	until(`document.querySelectorAll("#inbox tbody tr").length === 1`) // by itself
	d.Accept("clerk01", "cc-individual-business", "person-002")
	until(`document.querySelectorAll("#inbox tbody tr").length === 2`)
	do(chromedp.KeyEvent("2"))
	until(`location.pathname.startsWith("/approver/task/")`)
	do(chromedp.KeyEvent("n"))
	until(`location.pathname.startsWith("/approver/task/") && document.querySelector("#decide") !== null`)
	do(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	until(`document.activeElement.id === "problems"`)
	for _, finding := range []string{"papers_complete", "lawful", "pre_approved", "papers_true"} { // Space chooses yes, Tab goes on
		do(chromedp.Focus(chromedp.CSS(`[name="finding.`+finding+`"]`)), chromedp.KeyEvent(" "))
	}
	do(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	until(`document.querySelector("#proposal")?.innerText.includes("规则建议：批准") && document.querySelector('[name="outcome"][value="` + approval.Grant + `"]').checked`)
	do(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	until(`location.search.startsWith("?done=") && document.body.innerText.includes("已提交：批准")`)
}
