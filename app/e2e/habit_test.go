package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// citizenPages are what people from outside open most, as the person.
func (h *house) citizenPages() []string {
	draft, c, fix := "/draft/"+h.own.Draft, "/me/case/"+string(h.own.Case), "/me/case/"+string(h.own.Fix)
	return []string{"/", "/items", "/item/cc-road-dig", "/signin", "/apply/cc-individual-business", draft + "/q-5", draft + "/m-premises", draft + "/check", c, c + "/done", fix + "/fix", "/progress", "/verify"}
}

// TestNoButtonIsDeadAndNothingIsStarred: habit 10, and of 29 (+): every icon has a word.
func TestNoButtonIsDeadAndNothingIsStarred(t *testing.T) {
	s := sit(t)
	s.become(person, looks()[0])
	for _, path := range s.citizenPages() {
		s.goTo(path)
		if n := s.says(`String(document.querySelectorAll("main [disabled], main [aria-disabled=true]").length)`); n != "0" {
			t.Errorf("%s has %s dead controls", path, n)
		}
		starred := s.says(`Array.from(document.querySelectorAll("label, legend, .name")).map(e => e.innerText).filter(x => /[*＊]/.test(x)).join("|")`)
		if starred != "" {
			t.Errorf("%s stars %s", path, starred)
		}
		bare := s.says(`Array.from(document.querySelectorAll("a, button")).filter(e => e.getClientRects().length && !e.textContent.trim()).map(e => e.outerHTML.slice(0, 80)).join("|")`)
		if bare != "" {
			t.Errorf("%s has controls without a word: %s", path, bare)
		}
	}
}

// spoken catches what the browser's voice is told to say.
const spoken = `window.saidAloud = []; window.speechSynthesis.speak = u => window.saidAloud.push(u.lang + " " + u.text); window.speechSynthesis.cancel = () => { window.silenced = true }`

// TestReadAloud: habit 17. It begins only when asked, reads the page's words in its language, and stops.
func TestReadAloud(t *testing.T) {
	s := sit(t)
	if _, err := chromedp.Call(s.ctx, cdpage.AddScriptToEvaluateOnNewDocument, cdpage.AddScriptToEvaluateOnNewDocumentParams{Source: spoken}); err != nil {
		t.Fatal(err)
	}
	s.become(person, looks()[0])
	for _, path := range []string{"/item/cc-road-dig", "/me/case/" + string(s.own.Case)} {
		s.goTo(path)
		s.until(`!document.querySelector("[data-read]").hidden`)
		if n := s.says(`String(window.saidAloud.length)`); n != "0" {
			t.Errorf("%s speaks by itself", path)
		}
		s.click("读给我听")
		all := s.says(`window.saidAloud.join("\n")`)
		if title := s.says(`document.querySelector("h1").innerText`); !strings.Contains(all, "zh-CN "+title) || strings.Contains(all, "[object") {
			t.Errorf("%s says\n%s", path, all)
		}
		s.click("停下")
		if s.says(`String(window.silenced)`) != "true" {
			t.Errorf("%s does not stop", path)
		}
	}
}

// TestSheetsOnPaper: habit 20. Guide, form, receipt and progress print whole, without navigation, masked, with their living
// page as a code.
func TestSheetsOnPaper(t *testing.T) {
	s := sit(t)
	s.become(person, looks()[0])
	if _, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	number := string(s.Somebody("person-020").Number)
	for path, words := range map[string][]string{
		"/item/cc-road-dig":                        {"挖掘城市道路审批", "依据", "打印时间"},
		"/draft/" + s.own.Draft + "/check":         {"申请表：个体工商户设立登记", "经营范围", number[14:], "打印时间"},
		"/me/case/" + string(s.own.Case) + "/done": {"已经提交", "查询码", "打印时间"},
		"/me/case/" + string(s.own.Case):           {"受理岗", "打印时间"},
	} {
		s.goTo(path)
		for _, gone := range []string{"header .tools", "nav.main", "footer a", "button.main"} {
			if seen := s.says(`String(Array.from(document.querySelectorAll("` + gone + `")).some(e => e.getClientRects().length > 0))`); seen == "true" {
				t.Errorf("%s prints %s", path, gone)
			}
		}
		s.shows(words...)
		if strings.Contains(s.says(`document.body.innerText`), number) {
			t.Errorf("%s prints the whole number", path)
		}
		printed, err := chromedp.Call(s.ctx, cdpage.PrintToPDF, cdpage.PrintToPDFParams{})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "sheet.pdf")
		if text := pdfText(t, file, bytes.Clone(printed.Data)); len(text) < 100 {
			t.Errorf("%s prints %d characters", path, len(text))
		}
		if folder := os.Getenv("YIMEN_SHOTS"); folder != "" {
			_ = os.WriteFile(filepath.Join(folder, "sheet"+strings.ReplaceAll(path, "/", "_")+".pdf"), printed.Data, 0o600)
		}
	}
}

// TestApplyingByKeyboardWithLargeType: habits 16 and 1 for somebody who sees little and has no mouse.
func TestApplyingByKeyboardWithLargeType(t *testing.T) {
	s := sit(t).onPhone()
	s.become(person, look{"22", "light", "zh-CN"})
	s.goTo("/draft/" + s.own.Draft + "/q-5?from=check")
	small := s.says(`Array.from(document.querySelectorAll("main button, main a, main input:not([type=hidden])")).filter(e => { const r = e.getClientRects()[0]; return r && r.height < 59.5 }).map(e => e.outerHTML.slice(0, 90)).join("\n")`)
	if small != "" {
		t.Errorf("smaller than 60 px in large type:\n%s", small)
	}
	for range 40 {
		s.press(kb.Tab)
		if s.says(`document.activeElement.name ?? ""`) == "business.name" {
			break
		}
	}
	s.until(`document.activeElement.name === "business.name"`)
	if name := s.says(`document.activeElement.labels[0].innerText`); !strings.Contains(name, "个体工商户名称") {
		t.Errorf("the box is called %q", name)
	}
	s.away(func() { s.press(kb.Enter) })
	s.until(`location.pathname.endsWith("/check")`)
	s.clean("check page in large type")
}

// TestAWarningBeforeTheSessionEnds: of habit 30. The page's clock is hurried; the server's is not.
func TestAWarningBeforeTheSessionEnds(t *testing.T) {
	s := sit(t)
	hurry := `const real = window.setTimeout; window.setTimeout = (f, ms, ...x) => real(f, ms > 60000 ? 200 : ms, ...x)`
	if _, err := chromedp.Call(s.ctx, cdpage.AddScriptToEvaluateOnNewDocument, cdpage.AddScriptToEvaluateOnNewDocumentParams{Source: hurry}); err != nil {
		t.Fatal(err)
	}
	s.become(person, looks()[0])
	s.goTo("/draft/" + s.own.Draft + "/q-5")
	s.until(`!document.querySelector("[data-ends]").hidden`)
	s.sees("再过 2 分钟", "已经保存的内容不会丢")
	s.clean("the warning")
	s.says(`window.stays = 0, window.fetch = (f => (...x) => { window.stays++; return f(...x) })(window.fetch), ""`)
	s.click("继续使用")
	s.until(`window.stays === 1`)
	s.until(`document.querySelector("[data-ends]").hidden || window.stays === 1`)
}
