package page

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	chromium = "/usr/bin/chromium"
	axePath  = "../node_modules/axe-core/axe.min.js"
)

// browser opens a Chromium that reaches nothing but this machine.
func browser(t *testing.T) context.Context {
	t.Helper()
	for _, need := range []string{chromium, axePath} {
		if _, err := os.Stat(need); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not there", need)
			}
			t.Skipf("%s is not there", need)
		}
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	err := chromedp.Do(ctx, chromedp.Navigate("about:blank"))
	if err == nil {
		_, err = chromedp.Call(ctx, cdpage.AddScriptToEvaluateOnNewDocument, cdpage.AddScriptToEvaluateOnNewDocumentParams{Source: hearPolicy})
	}
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

// hearPolicy keeps what the content security policy stopped.
const hearPolicy = `window.stopped = []; document.addEventListener("securitypolicyviolation", e => window.stopped.push(e.effectiveDirective + " " + e.blockedURI + " " + e.sourceFile))`

// look is how a page is looked at.
type look struct {
	path   string
	width  int64
	size   string
	scheme string
	media  string
}

func (l look) String() string {
	return strings.NewReplacer("/", "_", "?", "-", "=", "").Replace(fmt.Sprintf("%s %d %s %s%s", l.path, l.width, l.size, l.scheme, l.media))
}

func (l look) open(ctx context.Context, t *testing.T, server string) {
	t.Helper()
	height := int64(844)
	if l.width > 800 {
		height = 900
	}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: l.media, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	for name, value := range map[string]string{"size": l.size, "who": "clerk", "lang": "zh-CN"} {
		if err == nil {
			_, err = chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: server})
		}
	}
	if err == nil {
		err = chromedp.Do(ctx, chromedp.EmulateViewport(l.width, height), chromedp.Navigate(server+l.path))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// shot keeps a picture when somebody wants to look (YIMEN_SHOTS=folder).
func (l look) shot(ctx context.Context, t *testing.T) {
	t.Helper()
	folder := os.Getenv("YIMEN_SHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, l.String()+".png"), picture, 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}

func looks() (out []look) {
	for _, path := range []string{"/", "/?failed=1", "/desk", "/desk?failed=1", "/nowhere"} {
		for _, width := range []int64{390, 1366} {
			for _, size := range []string{"16", "22"} {
				for _, scheme := range []string{"light", "dark"} {
					out = append(out, look{path: path, width: width, size: size, scheme: scheme})
				}
			}
		}
	}
	return out
}

const runAxe = `axe.run(document, {runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]}).then(r =>
	r.violations.map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join(" | ")))`

// smallTargets finds what is too small to press. Links inside a sentence are exempt (WCAG 2.2, 2.5.8).
const smallTargets = `Array.from(document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")).filter(e => {
	const box = (e.matches(".choice input") ? e.closest(".choice") : e.matches(".tasks a") ? e.closest("li") : e).getBoundingClientRect()
	return e.getClientRects().length && !e.matches(".skip") && !e.closest(".kept, td, th, .hint, .lead") && box.height && (box.height < LEAST - 0.6 || box.width < LEAST - 0.6)
}).map(e => e.outerHTML.slice(0, 90) + " " + JSON.stringify(e.getBoundingClientRect()))`

func TestPagesInABrowser(t *testing.T) {
	ctx := browser(t)
	axe, err := os.ReadFile(axePath)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(serve(t, house(io.Discard), sinkRoutes()...))
	defer server.Close()
	for _, l := range looks() {
		l.open(ctx, t, server.URL)
		if err := chromedp.Do(ctx, evalVoid(string(axe)+";0")); err != nil {
			t.Fatal(err)
		}
		expect(ctx, t, `JSON.stringify(window.stopped)`, "[]")
		violations, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](runAxe, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range violations {
			t.Errorf("%s: %s", l, v)
		}
		l.shot(ctx, t)
	}
}

func TestNothingScrollsSidewaysAndTargetsAreLarge(t *testing.T) {
	ctx := browser(t)
	server := httptest.NewServer(serve(t, house(io.Discard), sinkRoutes()...))
	defer server.Close()
	for size, least := range map[string]int{"16": 44, "22": 60, "30": 60} {
		for _, path := range []string{"/?failed=1", "/desk?failed=1", "/nowhere"} {
			for _, width := range []int64{320, 1366} {
				l := look{path: path, width: width, size: size, scheme: "light"}
				l.open(ctx, t, server.URL)
				over, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`))
				if err != nil || over > 0 {
					t.Errorf("%s scrolls sideways by %d px %v", l, over, err)
				}
				if size == "30" || width == 320 {
					l.shot(ctx, t)
				}
				if strings.HasPrefix(path, "/desk") {
					continue
				}
				small, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](strings.ReplaceAll(smallTargets, "LEAST", fmt.Sprint(least))))
				if err != nil || len(small) > 0 {
					t.Errorf("%s: below %d px: %v %v", l, least, strings.Join(small, "\n"), err)
				}
			}
		}
	}
	print := look{path: "/", width: 800, size: "16", scheme: "light", media: "print"}
	print.open(ctx, t, server.URL)
	print.shot(ctx, t)
}

func evalVoid(js string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[int](js)(ctx, target)
		return chromedp.Void{}, err
	}
}

// asked counts what the script sends.
func scriptRoutes(posts chan<- string, hold <-chan struct{}) []Route {
	return append(sinkRoutes(), Route{Method: "POST", Pattern: "/desk", Roles: []Role{Clerk}, Handler: func(w http.ResponseWriter, r *http.Request) error {
		in, err := Read(r)
		if err != nil {
			return err
		}
		posts <- in.Text("name")
		<-hold
		return Redirect(w, r, "/desk")
	}})
}

const press = `(() => { const k = (key, more) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, code: more?.code ?? key, bubbles: true, cancelable: true, ...more})); `

func TestScripts(t *testing.T) {
	ctx := browser(t)
	posts, hold := make(chan string, 10), make(chan struct{})
	server := httptest.NewServer(serve(t, house(io.Discard), scriptRoutes(posts, hold)...))
	defer server.Close()
	look{path: "/?failed=1", width: 1366, size: "16", scheme: "light"}.open(ctx, t, server.URL)
	for _, x := range []struct{ js, want string }{
		{`document.activeElement.id`, "problems"},
		{`document.title.slice(0, 9)`, "有 4 处需要改正"},
		{`document.querySelector("#problems a").click(), document.activeElement.id`, "f-number"},
		{`document.querySelectorAll("#problems a")[1].click(), document.activeElement.id`, "f-begin.year"},
	} {
		expect(ctx, t, x.js, x.want)
	}
	look{path: "/desk", width: 1366, size: "16", scheme: "light"}.open(ctx, t, server.URL)
	for _, x := range []struct{ js, want string }{
		{press + `k("?"); return String(document.getElementById("keys").open) })()`, "true"},
		{`String(document.getElementById("keys").innerText.includes("F4") && document.getElementById("keys").innerText.includes("公民身份号码"))`, "true"},
		{press + `k("F4"); return document.activeElement.id !== "f-number" ? "held" : "" })()`, "held"},
		{`document.getElementById("keys").close(), ""`, ""},
		{press + `k("F4"); return document.activeElement.id })()`, "f-number"},
		{press + `k("?"); return String(document.getElementById("keys").open) })()`, "false"},
		{press + `k("2", {altKey: true, code: "Digit2"}); return document.activeElement.textContent })()`, "办件"},
		{press + `k("Enter", {ctrlKey: true, isComposing: true}); return document.querySelector("#accept").getAttribute("aria-busy") ?? "" })()`, ""},
		{`document.querySelector("[data-dialog=ask]").click(), String(document.getElementById("ask").open)`, "true"},
		{`document.getElementById("ask").close(), ""`, ""},
	} {
		expect(ctx, t, x.js, x.want)
	}
	expect(ctx, t, press+`document.getElementById("f-name").focus(); k("Enter", {ctrlKey: true}); k("Enter", {ctrlKey: true}); document.querySelector("#accept button.main").click(); return document.querySelector("#accept").getAttribute("aria-busy") })()`, "true")
	if got := <-posts; got != "欧阳𬭎" {
		t.Errorf("the form sent %q", got)
	}
	close(hold)
	if len(posts) != 0 {
		t.Error("one form was sent twice")
	}
}

func TestListsRefreshInPlace(t *testing.T) {
	ctx := browser(t)
	server := httptest.NewServer(serve(t, house(io.Discard), sinkRoutes()...))
	defer server.Close()
	look{path: "/desk", width: 1366, size: "16", scheme: "light"}.open(ctx, t, server.URL)
	expect(ctx, t, `window.kept = 1, document.getElementById("f-name").value = "打了一半", document.querySelector(".pager a[rel=next]").click(), ""`, "")
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`location.search.includes("after=") && document.querySelectorAll(".pager a").length === 2`, chromedp.WithPollingTimeout(10*time.Second))); err != nil {
		t.Fatal(err)
	}
	expect(ctx, t, `window.kept + document.getElementById("f-name").value`, "1打了一半")
}

func expect(ctx context.Context, t *testing.T, js, want string) {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](js))
	if err != nil || got != want {
		t.Errorf("%s\n= %q, want %q %v", js, got, want, err)
	}
}
