package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"yimen/app/apptest"
	"yimen/domain/licence"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/process/issuance"
	"yimen/ref"
)

// copied is a copy of a licence: its code, the licence's number, and its PDF.
type copied struct {
	licence      ref.LicenceID
	code, number string
	file         []byte
}

// copyOf orders a copy of a case's licence.
func (h *house) copyOf(id ref.CaseID) copied {
	ctx := context.Background()
	all, err := licence.ByCase(ctx, h.DB, id)
	l := apptest.Must(h.App, all, err)[0]
	by := "party:" + string(l.Party)
	made, err := h.Press.Copy(ctx, issuance.CopyOrder{Submit: once.Submit{Actor: by, Route: "test.copy", Key: db.NewID(), At: h.Now()}, Party: l.Party, Licence: l.ID,
		Purpose: "申请施工贷款（含办理保函）", Recipient: "演示农村商业银行禅城支行", Until: calendar.DateOf(h.Now()) + 30, By: by})
	apptest.Must(h.App, made, err)
	h.Settle()
	c, err := licence.GetCopy(ctx, h.DB, made)
	apptest.Must(h.App, c, err)
	words, err := licence.OpenCopy(ctx, h.DB, h.Vault, c)
	apptest.Must(h.App, words, err)
	_, file, err := h.Press.Fetch(ctx, c.Document)
	return copied{l.ID, string(words.Code), l.Number, apptest.Must(h.App, file, err)}
}

// A stranger with a copy in the hand scans its code, then uploads its file; then the licence behind it is suspended. Each
// answer is clean, and on paper it is a sheet with the code and no forms.
func TestAStrangerChecksACopy(t *testing.T) {
	start(t)
	h := theHouse(t)
	s := sit(t)
	s.become("", looks()[0])
	scan := func(says ...string) {
		t.Helper()
		s.goTo("/verify?m=" + h.things.Bound.code)
		s.sees(append(says, "申请施工贷款（含办理保函）", "演示农村商业银行禅城支行")...)
		s.clean(says[0])
		s.shot("verify copy " + says[0])
	}
	upload := func(b []byte, says ...string) {
		t.Helper()
		name := filepath.Join(t.TempDir(), "加注件.pdf")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s.goTo("/verify")
		s.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="file"]`), []string{name}))
		s.click("核对文件")
		s.sees(says...)
		s.clean(says[0])
		s.shot("verify file " + says[0])
	}
	scan("加注件有效")
	s.onPaper()
	upload(h.things.Bound.file, "加注件是真的，没有改动过", "演示农村商业银行禅城支行")
	flipped := append([]byte(nil), h.things.Bound.file...)
	flipped[len(flipped)/2] ^= 1
	upload(flipped, "文件被改动过，不要相信")
	upload([]byte("%PDF-1.7\n%%EOF\n"), "文件没有电子签名")
	if err := h.Press.Restate(t.Context(), "staff:supervisor", h.things.Bound.licence, ref.LicenceSuspended, "复查"); err != nil {
		t.Fatal(err)
	}
	scan("加注件不能使用：证照已暂扣")
	upload(h.things.Bound.file, "文件没有改动过，但是证照已暂扣")
}

// onPaper looks at the page as it is printed.
func (s *seat) onPaper() {
	s.t.Helper()
	media := func(name string) {
		if _, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name}); err != nil {
			s.t.Fatal(err)
		}
	}
	media("print")
	defer media("")
	for what, want := range map[string]string{".sheet .qr": "true", "form": "false", ".summary": "true"} {
		if got := s.says(`String(document.querySelector("main ` + what + `").getClientRects().length > 0)`); got != want {
			s.t.Errorf("%s is on paper: %s", what, got)
		}
	}
}
