package api_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"yimen/domain/identity"
)

const chromium = "/usr/bin/chromium"

// TestTryIt sends a call from the developers' page: the answer is shown, and the pasted token is kept nowhere.
func TestTryIt(t *testing.T) {
	for _, need := range []string{chromium, "../asset/dist/manifest.json"} {
		if _, err := os.Stat(need); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not there", need)
			}
			t.Skipf("%s is not there", need)
		}
	}
	s := open(t)
	c := s.portal(identity.Portal{Verbs: "submit"})
	server := httptest.NewServer(s.handler)
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
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](js, chromedp.WithPollingTimeout(15*time.Second))); err != nil {
			seen, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
			t.Fatalf("%s: %v\n%s", js, err, seen)
		}
	}
	answer := `document.querySelector("#try-answer pre").textContent`
	do(chromedp.Navigate(server.URL + "/developers?op=list-items"))
	until(`!document.getElementById("try-send").hidden`)
	do(chromedp.Click(chromedp.CSS("#try-send")))
	until(answer + `.includes("HTTP 200") && ` + answer + `.includes("cc-road-dig")`)
	do(chromedp.Navigate(server.URL + "/developers?op=list-cases"))
	until(`!document.getElementById("try-send").hidden`)
	do(chromedp.Click(chromedp.CSS("#try-send")))
	until(answer + `.includes("HTTP 401")`)
	do(chromedp.SendKeys(chromedp.CSS("#try-token"), c.token), chromedp.Click(chromedp.CSS("#try-send")))
	until(answer + `.includes("HTTP 200") && ` + answer + `.includes("cases")`)
	kept, err := chromedp.Run(ctx, chromedp.Evaluate[string](`JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie + location.href`))
	if err != nil || strings.Contains(kept, "ymp_") {
		t.Errorf("the token is kept: %s %v", kept, err)
	}
}
