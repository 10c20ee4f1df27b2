package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const (
	chromium = "/usr/bin/chromium"
	axePath  = "../../web/node_modules/axe-core/axe.min.js"
	bundles  = "../../web/asset/dist/manifest.json"
)

// hearPolicy keeps what the content security policy stopped.
const hearPolicy = `window.stopped = []; document.addEventListener("securitypolicyviolation", e => window.stopped.push(e.effectiveDirective + " " + e.blockedURI + " " + e.sourceFile))`

var (
	startOnce sync.Once
	started   context.Context
	startErr  error
)

// start opens the one Chromium, which reaches nothing but this machine.
func start(t *testing.T) context.Context {
	t.Helper()
	for _, need := range []string{chromium, axePath, bundles} {
		if _, err := os.Stat(need); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not there", need)
			}
			t.Skipf("%s is not there", need)
		}
	}
	startOnce.Do(func() {
		dir, err := os.MkdirTemp("", "yimen-chromium-")
		if err != nil {
			startErr = err
			return
		}
		opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.UserDataDir(dir), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
			chromedp.Flag("force-color-profile", "srgb"), chromedp.Env("LANGUAGE=zh_CN"), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
		allocated, endAll := chromedp.NewExecAllocator(context.Background(), opts...)
		ctx, endOne := chromedp.NewContext(allocated)
		browserEnd = func() { endOne(); endAll(); _ = os.RemoveAll(dir) }
		started, startErr = ctx, chromedp.Do(ctx, chromedp.Navigate("about:blank"))
	})
	if startErr != nil {
		t.Fatal(startErr)
	}
	return started
}

// seat is one person before a browser window of their own.
type seat struct {
	*house
	t   *testing.T
	ctx context.Context

	mu      sync.Mutex
	strange []string // requests to elsewhere, errors of scripts, words on the console
	bytes   float64  // received
}

// sit opens a window that shares no cookie with any other.
func sit(t *testing.T) *seat {
	t.Helper()
	root := start(t)
	s := &seat{house: theHouse(t), t: t}
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	return s.open(ctx)
}

// second is another window of the same person, as the counter's screen is.
func (s *seat) second() *seat {
	s.t.Helper()
	ctx, cancel := chromedp.NewContext(s.ctx)
	s.t.Cleanup(cancel)
	return (&seat{house: s.house, t: s.t}).open(ctx)
}

func (s *seat) open(ctx context.Context) *seat {
	s.t.Helper()
	s.ctx = ctx
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.EmulateViewport(1366, 900)); err != nil { // the first run's context is the window's life
		s.t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, s.hear); err != nil {
		s.t.Fatal(err)
	}
	_, err := chromedp.Call(ctx, cdpage.AddScriptToEvaluateOnNewDocument, cdpage.AddScriptToEvaluateOnNewDocumentParams{Source: hearPolicy})
	if err != nil {
		s.t.Fatal(err)
	}
	s.remember("lang", "zh-CN")
	return s
}

// hear keeps what no page should do.
func (s *seat) hear(ev any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	note := func(format string, args ...any) { s.strange = append(s.strange, fmt.Sprintf(format, args...)) }
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, s.server+"/") && !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "blob:") && u != "about:blank" {
			note("asked %s", u)
		}
	case *network.EventLoadingFinished:
		s.bytes += e.EncodedDataLength
	case *runtime.EventExceptionThrown:
		note("script: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		note("console %s", e.Type)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !(e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "status of 4")) {
			note("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	}
}

// heard takes what was strange since the last call, with what the policy stopped on the page there is.
func (s *seat) heard() []string {
	s.t.Helper()
	stopped, err := chromedp.Run(s.ctx, chromedp.Evaluate[[]string](`window.stopped ?? []`))
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := append(s.strange, stopped...)
	s.strange = nil
	return out
}

func (s *seat) do(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 40*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		s.t.Fatalf("%v\n%s", err, s.seen())
	}
}

func (s *seat) seen() string {
	seen, _ := chromedp.Run(s.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.activeElement.outerHTML.slice(0, 400) + "\n" + document.body.innerText`))
	return seen
}

func (s *seat) goTo(path string) {
	s.t.Helper()
	s.do(chromedp.Navigate(s.server + path))
}

// until waits for something to become true; a page that goes away meanwhile is asked again at its successor.
func (s *seat) until(js string) {
	s.t.Helper()
	var err error
	for range 30 {
		_, err = chromedp.Run(s.ctx, chromedp.Poll[bool](`Boolean(document.body) && Boolean(`+js+`)`, chromedp.WithPollingInterval(40*time.Millisecond), chromedp.WithPollingTimeout(30*time.Second)))
		if err == nil {
			return
		}
		if !strings.Contains(err.Error(), "ontext") && !strings.Contains(err.Error(), "navigated") {
			break
		}
	}
	s.t.Fatalf("%s: %v\n%s", js, err, s.seen())
}

// sees waits for words on the page.
func (s *seat) sees(words ...string) {
	s.t.Helper()
	for _, w := range words {
		s.until(fmt.Sprintf(`document.body.innerText.includes(%q)`, w))
	}
}

func (s *seat) press(key string, with ...chromedp.Modifier) {
	s.t.Helper()
	s.do(chromedp.KeyEvent(key, chromedp.KeyModifiers(with...)))
}

// click presses the first button, link or summary that is seen and says these words.
func (s *seat) click(words string) {
	s.t.Helper()
	s.do(chromedp.Click(chromedp.JSPath(fmt.Sprintf(`Array.from(document.querySelectorAll("button, a, summary, label")).find(e => e.getClientRects().length && e.innerText.includes(%q))`, words))))
}

// away does something that leads to another page, and waits for that page.
func (s *seat) away(act func()) {
	s.t.Helper()
	s.says(`window.here = "", ""`)
	act()
	s.until(`window.here !== "" && document.readyState === "complete"`)
}

// write replaces what stands in a box by what is typed.
func (s *seat) write(name, value string) {
	s.t.Helper()
	box := chromedp.CSS(fmt.Sprintf(`[name=%q]`, name))
	s.do(chromedp.Focus(box), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Evaluate[string](`document.activeElement.select?.(), ""`)(ctx, t)
		return err
	}), chromedp.KeyEvent(value))
}

// choose ticks a radio or picks from a list.
func (s *seat) choose(name, value string) {
	s.t.Helper()
	if s.says(fmt.Sprintf(`document.querySelector('[name=%q]').tagName`, name)) == "SELECT" {
		s.do(chromedp.SetValue(chromedp.CSS(fmt.Sprintf(`[name=%q]`, name)), value))
		return
	}
	s.do(chromedp.Click(chromedp.CSS(fmt.Sprintf(`[name=%q][value=%q]`, name, value))))
}

func (s *seat) says(js string) string {
	s.t.Helper()
	got, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](js))
	if err != nil {
		s.t.Fatalf("%s: %v", js, err)
	}
	return got
}

// remember gives the window a cookie.
func (s *seat) remember(name, value string) {
	s.t.Helper()
	if _, err := chromedp.Call(s.ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: s.server}); err != nil {
		s.t.Fatal(err)
	}
}

// enter signs an account in by the demo's one click.
func (s *seat) enter(account, next string) {
	s.t.Helper()
	s.goTo("/staff/signin?next=" + next)
	s.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector('button[name=account][value=%q]').closest("details").open = true, ""`, account))(ctx, t)
		return err
	}), chromedp.Click(chromedp.CSS(fmt.Sprintf(`button[name=account][value=%q]`, account))))
	s.until(fmt.Sprintf(`location.pathname === %q`, next))
}

// scheme sets light or dark.
func (s *seat) scheme(name string) {
	s.t.Helper()
	_, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	if err != nil {
		s.t.Fatal(err)
	}
}

// shot keeps a picture of the whole page when somebody wants to look (YIMEN_SHOTS=folder).
func (s *seat) shot(name string) { s.t.Helper(); s.keep(name, chromedp.FullScreenshot(100)) }

// look keeps a picture of the page's beginning.
func (s *seat) look(name string) {
	s.t.Helper()
	s.do(chromedp.EmulateViewport(1366, 1180))
	s.says(`scrollTo(0, 0), ""`)
	s.keep(name, chromedp.CaptureScreenshot())
	s.do(chromedp.EmulateViewport(1366, 900))
}

func (s *seat) keep(name string, take chromedp.Action[[]byte]) {
	s.t.Helper()
	folder := os.Getenv("YIMEN_SHOTS")
	if folder == "" {
		return
	}
	if len(name) > 200 { // a file's name ends at 255 bytes
		name = name[:100] + "…" + name[len(name)-80:]
	}
	picture, err := chromedp.Run(s.ctx, take)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, strings.NewReplacer("/", "_", "?", "-", "=", "-", "&", "-").Replace(name)+".png"), picture, 0o600)
	}
	if err != nil {
		s.t.Error(name, err)
	}
}
