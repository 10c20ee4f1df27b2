package window_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"yimen/app/apptest"
)

// pdf fetches a file and gives what poppler reads in it, without blanks, and how many pages it has.
func (d *desk) pdf(path string) (text, pages string) {
	d.t.Helper()
	w := d.do(httptest.NewRequest("GET", path, nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" {
		d.t.Fatalf("%s: %d %v", path, w.Code, w.Header())
	}
	file := filepath.Join(d.t.TempDir(), "card.pdf")
	if err := os.WriteFile(file, w.Body.Bytes(), 0o600); err != nil {
		d.t.Fatal(err)
	}
	said, err := exec.Command("pdftotext", file, "-").Output()
	if err != nil {
		d.t.Fatal(err)
	}
	info, err := exec.Command("pdfinfo", file).Output()
	if err != nil {
		d.t.Fatal(err)
	}
	return strings.NewReplacer(" ", "", "\n", "").Replace(string(said)), regexp.MustCompile(`Pages:\s+(\d+)`).FindStringSubmatch(string(info))[1]
}

func TestACardTellsTheClerkWhatToLookAt(t *testing.T) {
	d := open(t, "clerk01")
	page := plain(d.get("/window/card/cc-road-dig", http.StatusOK))
	file, _ := d.pdf("/window/card/cc-road-dig/pdf")
	for _, w := range []string{"谁能办", "城市道路管理条例", "先问：是管线故障紧急抢修吗", "免交，系统核验", "没有标出既有地下管线", "样本：管线设计图", "既有管线：燃气、供水", "设计单位签章", "可以以佛山市禅城区住房城乡建设和水利局名义受理",
		"收下后打印《受理通知书》", "只收件，打印《申请材料接收凭证》", "一次性补正告知书", "R1", "准予", "第三十三条", "完工日期不能早于开工日期", "8 个工作日", "F4 读卡"} {
		bare := strings.ReplaceAll(w, " ", "")
		if !strings.Contains(strings.ReplaceAll(page, " ", ""), bare) || !strings.Contains(file, bare) {
			t.Errorf("%q: on the page %v, in the file %v", w, strings.Contains(strings.ReplaceAll(page, " ", ""), bare), strings.Contains(file, bare))
		}
	}
	if organ := plain(d.get("/window/card/cc-subsistence", http.StatusOK)); !strings.Contains(organ, "收件，由") || strings.Contains(organ, "受理通知书") || !strings.Contains(organ, "选好事情发生在哪个街道") {
		t.Errorf("an item the organ accepts itself:\n%s", organ)
	}
	d.get("/window/card/none", http.StatusNotFound)
	d.get("/window/card/none/pdf", http.StatusNotFound)
}

func TestEveryCardFitsOnTwoSheets(t *testing.T) {
	d := open(t, "clerk01")
	for _, id := range apptest.Core {
		if _, pages := d.pdf("/window/card/" + string(id) + "/pdf"); pages != "1" && pages != "2" {
			t.Errorf("%s has %s pages", id, pages)
		}
	}
}

func TestCardsAreFound(t *testing.T) {
	d := open(t, "clerk01")
	if all := plain(d.get("/window/cards", http.StatusOK)); strings.Count(all, "PDF") < len(apptest.Core) {
		t.Errorf("not all items:\n%s", all)
	}
	found := d.get("/window/cards?q="+url.QueryEscape("挖路"), http.StatusOK)
	if !strings.Contains(found, `href="/window/card/cc-road-dig"`) || strings.Contains(found, "cc-subsistence") {
		t.Error(plain(found))
	}
	if none := plain(d.get("/window/cards?q="+url.QueryEscape("没有这样的事"), http.StatusOK)); !strings.Contains(none, "没有符合条件的") {
		t.Error(none)
	}
	d.get("/window/cards?after=x", http.StatusNotFound)
}

// The keys a card names are those of the window's pages.
func TestKeysOfACardAreTheDesks(t *testing.T) {
	d := open(t, "clerk01")
	pages := d.get("/window", http.StatusOK) + d.get("/window/item/cc-road-dig", http.StatusOK) + d.get(d.begin("cc-road-dig", "person-001"), http.StatusOK)
	card := plain(d.get("/window/card/cc-road-dig", http.StatusOK))
	for _, key := range []string{"F1", "F3", "F4", "F6", "F7", "F8", "F9", "Ctrl+S", "Ctrl+Enter"} {
		if !strings.Contains(pages, `data-key="`+key+`"`) || !strings.Contains(card, key+" ") {
			t.Errorf("%s: on the desk %v, on the card %v", key, strings.Contains(pages, `data-key="`+key+`"`), strings.Contains(card, key+" "))
		}
	}
}
