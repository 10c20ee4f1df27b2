package citizen_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yimen/app/apptest"
)

// printed is what poppler reads in a PDF, without blanks.
func (a answer) printed(t *testing.T) string {
	t.Helper()
	if a.status != http.StatusOK || a.head.Get("Content-Type") != "application/pdf" {
		t.Fatalf("%s: %d %v", a.path, a.status, a.head)
	}
	file := filepath.Join(t.TempDir(), "guide.pdf")
	if err := os.WriteFile(file, []byte(a.body), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(" ", "", "\n", "").Replace(string(text))
}

// TestTheGuideAsAFile holds the file to what the page says, in both languages; the reader's own language does not count.
func TestTheGuideAsAFile(t *testing.T) {
	w := open(t)
	said := w.get(t, browser(t, "en"), "/item/cc-road-dig/pdf").printed(t)
	for _, x := range []string{"挖掘城市道路审批", "第1版", "我能办吗", "数量限制", "要带什么", "管线设计图和挖掘位置平面图", "政府已有的，不用交", "样本：管线设计图", "既有管线：燃气、供水", "城市道路挖掘许可证", "怎么办", "收件并受理", "路政审查和现场踏勘", "任一综合窗口",
		"多久办好", "8个工作日", "45个工作日", "到哪办、多少钱", "祖庙街道行政服务中心", "0757-00000102", "城市道路挖掘修复费", "依据", "应当提交", "不满意怎么办", "60日内可以申请行政复议", "佛山市禅城区人民法院", "大家常问的", "禁挖期内一定不能挖吗", "第1页，共"} {
		if !strings.Contains(said, x) {
			t.Errorf("no %q in\n%s", x, said)
		}
	}
	english := w.get(t, browser(t, "zh-CN"), "/item/cc-road-dig/pdf?lang=en").printed(t)
	for _, x := range []string{"Permittodigupacityroad", "挖掘城市道路审批", "Whattobring", "Page1of", "8workingdays"} {
		if !strings.Contains(english, x) {
			t.Errorf("no %q in\n%s", x, english)
		}
	}
	page := w.get(t, browser(t, "en"), "/item/cc-road-dig")
	page.says(t, `href="/item/cc-road-dig/pdf?lang=en"`, `href="/item/cc-road-dig/sample/drawing"`, "<svg class=\"drawn\"", "Often asked")
	if got := w.get(t, browser(t, "zh-CN"), "/item/none/pdf"); got.status != http.StatusNotFound {
		t.Errorf("an unknown item's file answers %d", got.status)
	}
}

func TestASampleAsAFile(t *testing.T) {
	w := open(t)
	said := w.get(t, browser(t, "zh-CN"), "/item/cc-road-dig/sample/drawing").printed(t)
	for _, x := range []string{"样本：管线设计图和挖掘位置平面图", "挖掘城市道路审批", "设计单位", "标出既有管线", "标明周边燃气", "比例尺和坐标缺失"} {
		if !strings.Contains(said, x) {
			t.Errorf("no %q in\n%s", x, said)
		}
	}
	for _, path := range []string{"/item/cc-road-dig/sample/planning", "/item/cc-road-dig/sample/none", "/item/none/sample/drawing"} {
		if got := w.get(t, browser(t, "zh-CN"), path); got.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, got.status)
		}
	}
}

// Every item of the small town has a guide that can be printed.
func TestEveryGuideIsAFile(t *testing.T) {
	w := open(t)
	for _, id := range apptest.Core {
		if said := w.get(t, browser(t, "zh-CN"), "/item/"+string(id)+"/pdf").printed(t); !strings.Contains(said, "不满意怎么办") {
			t.Errorf("%s: %s", id, said)
		}
	}
}
