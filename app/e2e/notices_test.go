package e2e

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestTheThreeNoticesInABrowser walks the notices for organ, clerk and citizen alone.
func TestTheThreeNoticesInABrowser(t *testing.T) {
	start(t)
	h, s := theHouse(t), sit(t)
	visits := h.visits(t)
	maps.Copy(visits, h.standardsVisits(t))
	for _, pattern := range []string{"/standards/notice", "/standards/notice/organ/{id}", "/standards/notice/organ/{id}/pdf", "/window/cards", "/window/card/{item}", "/window/card/{item}/pdf",
		"/item/{id}", "/item/{id}/pdf", "/item/{id}/sample/{material}"} {
		if len(visits[pattern]) == 0 {
			t.Errorf("nobody looks at %s", pattern)
		}
		for _, v := range visits[pattern] {
			s.visit(v)
		}
	}
}

// TestTheThreeNoticesOnPaper prints each from the browser: whole, with its samples and without anything to press.
func TestTheThreeNoticesOnPaper(t *testing.T) {
	s := sit(t)
	for _, x := range []struct {
		account, path string
		words         []string
	}{
		{"supervisor01", "/standards/notice/organ/" + string(s.Staff("build-decide").Organ), []string{"进驻事项告知单", "到综合窗口办的事项", "挖掘城市道路审批", "61 个窗口都能办", "打印时间"}},
		{"clerk01", "/window/card/cc-road-dig", []string{"办件指引卡", "材料看什么", "没有标出既有地下管线", "样本：管线设计图", "受理通知书", "R1", "F4", "打印时间"}},
		{"", "/item/cc-road-dig", []string{"要带什么", "样本：管线设计图", "怎么办", "到哪办", "不满意怎么办", "大家常问的"}},
	} {
		s.become(x.account, looks()[0])
		if _, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
			t.Fatal(err)
		}
		s.goTo(x.path)
		s.shows(x.words...)
		for _, gone := range []string{"header .tools", "nav.main", "main .button", "footer a"} {
			if seen := s.says(`String(Array.from(document.querySelectorAll("` + gone + `")).some(e => e.getClientRects().length > 0))`); seen == "true" {
				t.Errorf("%s prints %s", x.path, gone)
			}
		}
		printed, err := chromedp.Call(s.ctx, cdpage.PrintToPDF, cdpage.PrintToPDFParams{})
		if err != nil {
			t.Fatal(err)
		}
		if text := pdfText(t, filepath.Join(t.TempDir(), "sheet.pdf"), bytes.Clone(printed.Data)); len(text) < 500 {
			t.Errorf("%s prints %d characters", x.path, len(text))
		}
		if folder := os.Getenv("YIMEN_SHOTS"); folder != "" {
			_ = os.WriteFile(filepath.Join(folder, "sheet"+strings.ReplaceAll(x.path, "/", "_")+".pdf"), printed.Data, 0o600)
		}
	}
}
