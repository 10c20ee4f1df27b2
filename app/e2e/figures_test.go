//go:build figures

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// mainPages are the five pages that people from outside open most.
func (h *house) mainPages() []string {
	return []string{"/", "/item/cc-road-dig", "/draft/" + h.own.Draft + "/q-5", "/me/case/" + string(h.own.Case), "/me"}
}

// Bounds of issue 3.
const (
	leastPerformance = 0.95
	leastOther       = 1.0
	slowPaint        = 1800 * time.Millisecond // Lighthouse's own border of a fast first paint
)

// judge notes a missed bound; with YIMEN_CHECK=1 it fails the run.
func judge(t *testing.T, good bool, format string, args ...any) string {
	if good {
		return ""
	}
	missed := fmt.Sprintf("  | MISSED: "+format, args...)
	if os.Getenv("YIMEN_CHECK") == "1" {
		t.Error(missed)
	}
	return missed
}

// TestPhoneFigures prints for each page its bytes and requests on a first visit, and when it first paints on a slow phone:
// 700 kbit/s, 300 ms round trip, a sixth of this machine's speed. The limit beside it is the same phone's paint of the
// smallest page there is.
func TestPhoneFigures(t *testing.T) {
	s := sit(t).onPhone()
	s.become(person, looks()[0])
	slow := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Latency: 300, DownloadThroughput: 700e3 / 8, UploadThroughput: 700e3 / 8}}}
	if _, err := chromedp.Call(s.ctx, network.EmulateNetworkConditionsByRule, slow); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(s.ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 6}); err != nil {
		t.Fatal(err)
	}
	floor := s.paints("/healthz")
	for _, path := range s.mainPages() {
		paint := s.paints(path)
		bytes, requests := s.weight()
		fmt.Printf("phone %-12s %9.0f ms paint    limit: %.0f ms for an empty page  ratio %.2f  | %.0f bytes, %s requests%s%s\n", short(path), paint.Seconds()*1000, floor.Seconds()*1000,
			paint.Seconds()/floor.Seconds(), bytes, requests, judge(t, bytes <= onTheWire, "%s weighs %.0f bytes", path, bytes), judge(t, paint <= slowPaint, "%s paints after %s", path, paint))
	}
}

func short(path string) string {
	if len(path) > 12 {
		return path[:12]
	}
	return path
}

// paints is the median of five first visits' first contentful paint.
func (s *seat) paints(path string) time.Duration {
	s.t.Helper()
	var all []time.Duration
	for range 5 {
		if _, err := chromedp.Call(s.ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
			s.t.Fatal(err)
		}
		s.goTo("/a/nothing.txt")
		s.mu.Lock()
		s.bytes = 0
		s.mu.Unlock()
		s.goTo(path)
		s.until(`performance.getEntriesByName("first-contentful-paint").length > 0`)
		ms, err := chromedp.Run(s.ctx, chromedp.Evaluate[float64](`performance.getEntriesByName("first-contentful-paint")[0].startTime`))
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, time.Duration(ms*float64(time.Millisecond)))
	}
	slices.Sort(all)
	return all[2]
}

func (s *seat) weight() (bytes float64, requests string) {
	s.t.Helper()
	requests = s.says(`String(1 + performance.getEntriesByType("resource").length)`)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes, requests
}

// TestLighthouse runs Lighthouse (npm, YIMEN_LIGHTHOUSE names its folder) over the main pages, signed in.
func TestLighthouse(t *testing.T) {
	folder := os.Getenv("YIMEN_LIGHTHOUSE")
	if folder == "" {
		t.Fatal("make lighthouse says where Lighthouse is")
	}
	h := theHouse(t)
	c := h.visitor(h.own.Person)
	for _, path := range h.mainPages() {
		report := filepath.Join(t.TempDir(), "report.json")
		headers, _ := json.Marshal(map[string]string{"Cookie": c.Name + "=" + c.Value, "Accept-Language": "zh-CN"})
		run := func() ([]byte, error) {
			c := exec.Command("node", filepath.Join(folder, "node_modules/lighthouse/cli/index.js"), h.server+path, "--quiet", "--output=json", "--output-path="+report,
				"--only-categories=performance,accessibility,best-practices", "--extra-headers="+string(headers),
				"--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync")
			c.Env = append(os.Environ(), "CHROME_PATH="+chromium)
			return c.CombinedOutput()
		}
		out, err := run()
		if err != nil { // Lighthouse now and then loses its browser
			out, err = run()
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", path, err, out)
		}
		var got struct {
			Categories map[string]struct{ Score float64 }
		}
		raw, err := os.ReadFile(report)
		if err == nil {
			err = json.Unmarshal(raw, &got)
		}
		if err != nil {
			t.Fatal(err)
		}
		score := func(name string) float64 { return got.Categories[name].Score }
		p, a, b := score("performance"), score("accessibility"), score("best-practices")
		fmt.Printf("lighthouse %-12s %3.0f / %3.0f / %3.0f  limit: 95 / 100 / 100%s\n", short(path), p*100, a*100, b*100,
			judge(t, p >= leastPerformance && a >= leastOther && b >= leastOther, "%s", path))
	}
}
