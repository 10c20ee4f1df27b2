package rules_test

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
)

const chromium = "/usr/bin/chromium"

// TestByKeyboard writes in the grid, moves and adds rows and saves, without the mouse.
func TestByKeyboard(t *testing.T) {
	for _, need := range []string{chromium, "../asset/dist/manifest.json"} {
		if _, err := os.Stat(need); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not there", need)
			}
			t.Skipf("%s is not there", need)
		}
	}
	d := open(t)
	d.as = "rules01"
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
		seen, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.activeElement.name + "\n" + document.body.innerText`))
		t.Fatalf("%s: %v\n%s", js, err, seen)
	}
	key := func(k string, mod ...chromedp.KeyOption) { t.Helper(); do(chromedp.KeyEvent(k, mod...)) }
	in := func(name string) { t.Helper(); until(`document.activeElement.name === "` + name + `"`) }
	do(chromedp.Navigate("about:blank"))
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "lang", Value: "zh-CN", URL: server.URL}); err != nil {
		t.Fatal(err)
	}
	do(chromedp.Navigate(server.URL + dig))
	do(chromedp.Focus(chromedp.CSS(`[name="r.0.c.0"]`)))
	in("r.0.c.0")
	key(kb.ArrowDown)
	in("r.1.c.0")
	key(kb.Enter)
	in("r.2.c.0")
	key(kb.ArrowRight)
	in("r.2.c.1")
	key(kb.Tab)
	in("r.2.c.2")
	key(kb.ArrowUp)
	in("r.1.c.2")
	key(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierShift))
	in("r.0.c.2")
	do(chromedp.KeyEvent("false"))
	until(`document.activeElement.value === "false"`)
	key(kb.ArrowDown, chromedp.KeyModifiers(chromedp.ModifierAlt)) // moves the row, which saves
	until(`new URLSearchParams(location.search).get("at") === "1" && document.querySelector('[name="r.1.id"]').value === "R1"`)
	in("r.1.c.2")
	until(`document.activeElement.value === "false"`)
	key(kb.Insert)
	until(`new URLSearchParams(location.search).get("at") === "2" && document.querySelector('[name="r.2.id"]').value === "R7"`)
	in("r.2.c.2")
	do(chromedp.KeyEvent("true"))
	key(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	until(`document.body.innerText.includes("已保存") && document.querySelector('[name="r.2.c.2"]').value === "true"`)
	until(`document.body.innerText.includes("处要改正才能签署") && document.querySelector('[name="r.2.outcome"]').getAttribute("aria-invalid") === "true"`)
	k := d.kept()
	if k.Rows[0].ID != "R2" || k.Rows[1].Cells[2] != "false" || k.Rows[2].Cells[2] != "true" || len(k.Rows) != 7 {
		t.Errorf("%+v", k.Rows)
	}
}
