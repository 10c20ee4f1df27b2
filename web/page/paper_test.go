package page

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yimen/domain/catalog"
)

func paperFixture() Paper {
	return Paper{Title: "告知单", Edition: "第 1 版", Made: time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC), Facts: []Row{{Label: "收费", Value: "不收费", Note: "法定"}, {Label: "空着"}},
		Parts: []PaperPart{{ID: "a", Title: "看什么", Points: []string{"要点"}, Table: &PaperTable{Head: []string{"材料", "看"}, Rows: [][]string{{"图纸\n有时才要", "1. 比例尺\n2. 签章"}}, Links: []string{"/items/x"}},
			Stages:  []Stage{{{What: "收件", Who: "窗口", Limit: "1 个工作日"}}},
			Samples: []PaperSample{{Name: "图纸", Sample: catalog.Sample{Title: "设计图", Issuer: "设计单位", Lines: []string{"道路：示例路"}, Marks: []string{"有签章"}}}}}}}
}

// served is a paper as the house answers with it.
func served(t *testing.T, x Paper, address, tag string) *http.Response {
	t.Helper()
	h := house(io.Discard)
	h.Demo = true
	handler, err := h.Handler(Route{Method: "GET", Pattern: "/pdf", Roles: []Role{Anyone}, Title: "x", Handler: func(w http.ResponseWriter, r *http.Request) error { return x.Serve(w, r, InChinese(r), "告知单") }})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", address, nil)
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("If-None-Match", tag)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Result()
}

// printed is what poppler reads in a PDF, without blanks.
func printed(t *testing.T, body io.Reader) string {
	t.Helper()
	raw, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(" ", "", "\n", "").Replace(string(text))
}

func TestAPaperSaysTheSameOnThePageAndInTheFile(t *testing.T) {
	x := paperFixture()
	res := served(t, x, "/pdf", "")
	if h := res.Header; res.StatusCode != 200 || h.Get("Content-Type") != "application/pdf" || h.Get("Cache-Control") != "private, no-cache" || !strings.Contains(h.Get("Content-Disposition"), "%E5%91%8A") {
		t.Fatalf("%d %v", res.StatusCode, h)
	}
	file := printed(t, res.Body)
	var page bytes.Buffer
	if err := PaperBody(&Page{Lang: "zh-CN", Now: x.Made}, x).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"第1版", "收费", "不收费", "法定", "未填写", "看什么", "要点", "材料", "图纸", "有时才要", "1.比例尺", "2.签章", "收件", "窗口", "1个工作日", "样本：图纸", "设计图", "道路：示例路", "设计单位", "有签章"} {
		if !strings.Contains(file, w) {
			t.Errorf("the file does not say %q: %s", w, file)
		}
		if !strings.Contains(strings.ReplaceAll(page.String(), " ", ""), w) && w != "未填写" {
			t.Errorf("the page does not say %q", w)
		}
	}
	if !strings.Contains(page.String(), `<a href="/items/x">图纸</a>`) || !strings.Contains(file, "第1页，共1页") || !strings.Contains(file, "演示系统") {
		t.Errorf("%s\n%s", page.String(), file)
	}
}

func TestAFileIsSentOnceUntilItSaysSomethingElse(t *testing.T) {
	x := paperFixture()
	tag := served(t, x, "/pdf", "").Header.Get("ETag")
	if again := served(t, x, "/pdf", tag); again.StatusCode != http.StatusNotModified || again.Header.Get("ETag") != tag {
		t.Errorf("%d %v", again.StatusCode, again.Header)
	}
	if english := served(t, x, "/pdf?lang=en", tag); english.StatusCode != 200 || !strings.Contains(printed(t, english.Body), "Sample:图纸") {
		t.Errorf("in English: %d", english.StatusCode)
	}
	x.Parts[0].Table.Rows[0][1] = "1. 比例尺\n2. 两个签章"
	if other := served(t, x, "/pdf", tag); other.StatusCode != 200 || other.Header.Get("ETag") == tag {
		t.Errorf("changed: %d", other.StatusCode)
	}
}

func TestASampleStaysInItsFrame(t *testing.T) {
	d := drawSample(catalog.Sample{Title: strings.Repeat("很长的标题", 6), Issuer: "机关", Lines: []string{strings.Repeat("一行很长的内容", 8), "短"}})
	last := 0
	for _, line := range append(append(d.Title, d.Body...), d.Issuer) {
		if line.Y <= last || line.Y > d.H-10 {
			t.Errorf("%+v after %d in %d", line, last, d.H)
		}
		last = line.Y
		if n := len([]rune(line.Text)); n > 20 {
			t.Errorf("%d characters in a line", n)
		}
	}
}
