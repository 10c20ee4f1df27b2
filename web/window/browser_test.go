package window_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const chromium = "/usr/bin/chromium"

// seat is a clerk's Chromium before the desk.
type seat struct {
	*desk
	ctx    context.Context
	server string
}

func sitDown(t *testing.T) *seat {
	for _, need := range []string{chromium, "../asset/dist"} {
		if _, err := os.Stat(need); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not there", need)
			}
			t.Skipf("%s is not there", need)
		}
	}
	s := &seat{desk: open(t, "clerk01")}
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	s.server = server.URL
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	s.ctx = ctx
	s.do(chromedp.Navigate("about:blank"))
	for name, value := range map[string]string{s.cookie.Name: s.cookie.Value, "lang": "zh-CN"} {
		if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: s.server}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *seat) do(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	if err := chromedp.Do(s.ctx, steps...); err != nil {
		s.t.Fatal(err)
	}
}

// until waits for something to become true; a page that goes away meanwhile is asked again at its successor.
func (s *seat) until(js string) {
	s.t.Helper()
	var err error
	for range 20 {
		_, err = chromedp.Run(s.ctx, chromedp.Poll[bool](js, chromedp.WithPollingTimeout(15*time.Second)))
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), "context") && !strings.Contains(err.Error(), "navigated") {
			break
		}
	}
	seen, _ := chromedp.Run(s.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.activeElement.outerHTML + "\n" + document.body.innerText`))
	s.t.Fatalf("%s: %v\n%s", js, err, seen)
}

func (s *seat) press(key string, with ...chromedp.Modifier) {
	s.t.Helper()
	s.do(chromedp.KeyEvent(key, chromedp.KeyModifiers(with...)))
}

// TestByKeyboard takes a matter in without the mouse: find, read the card, fill in, hand papers over, accept.
func TestByKeyboard(t *testing.T) {
	s := sitDown(t)
	file := filepath.Join(t.TempDir(), "申请书.pdf")
	if err := os.WriteFile(file, []byte(onePage), 0o600); err != nil {
		t.Fatal(err)
	}
	s.do(chromedp.Navigate(s.server + "/window"))
	s.until(`document.activeElement.name === "q"`)
	s.do(chromedp.KeyEvent("gtgsh"))
	s.until(`document.querySelectorAll("#found li").length === 1 && document.activeElement.value === "gtgsh"`)
	s.press("1", chromedp.ModifierCtrl, chromedp.ModifierAlt)
	s.until(`location.pathname === "/window/item/cc-individual-business"`)
	s.do(chromedp.SetValue(chromedp.CSS("#f-card"), "person-001"))
	s.press(kb.F4)
	s.until(`location.pathname.startsWith("/window/draft/")`)

	const before = `document.querySelectorAll("#missing li").length`
	n, err := chromedp.Run(s.ctx, chromedp.Evaluate[int](before))
	if err != nil || n < 5 {
		t.Fatalf("%d missing, %v", n, err)
	}
	s.do(chromedp.Focus(chromedp.CSS(`[name="business.name"]`)), chromedp.KeyEvent("朱记小吃店"), chromedp.KeyEvent(kb.Tab))
	s.until(fmt.Sprintf("%s === %d", before, n-1)) // kept by itself, the focus stays
	s.until(`document.activeElement.name === "business.form"`)

	for _, spec := range []string{"application", "premises"} {
		s.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="material.`+spec+`"]`), []string{file}), chromedp.Click(chromedp.CSS(`#m-`+spec+` button[formaction]`)))
		s.until(`location.hash === "#m-` + spec + `" && document.querySelector("#m-` + spec + ` a") !== null && document.querySelector('[name="business.name"]').value === "朱记小吃店"`)
	}
	s.do(chromedp.Focus(chromedp.CSS(`[name="business.site"]`)), chromedp.KeyEvent("祖庙街道示范路1号"))
	s.press(kb.Enter) // saves, and does not submit
	s.until(`location.search === "?saved=1" && location.hash === ""`)
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.until(`document.activeElement.id === "problems" && document.querySelector('[name="business.site"]').value === "祖庙街道示范路1号"`)

	s.do(chromedp.Click(chromedp.CSS(`#f-business\.form`)), chromedp.Focus(chromedp.CSS(`[name="business.scope"]`)), chromedp.KeyEvent("小餐饮"),
		chromedp.SetValue(chromedp.CSS(`[name="window"]`), "zumiao-01"))
	s.press(kb.Enter, chromedp.ModifierCtrl)
	s.until(`location.pathname.startsWith("/window/case/")`)
	s.until(`document.querySelector("#papers").innerText.includes("正在制作")`)
	s.Settle()
	s.until(`document.querySelector("#papers a[target]") !== null`) // by itself
	s.press("?")
	s.until(`document.querySelector("dialog[open]").innerText.includes("办下一件")`)
}
