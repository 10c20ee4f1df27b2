package standards_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yimen/domain/catalog"
	"yimen/foundation/once"
	process "yimen/process/standards"
	"yimen/web/page"
)

func TestAnOrgansNotice(t *testing.T) {
	d := open(t)
	organ := d.Staff("build-decide").Organ
	notice := "/standards/notice/organ/" + string(organ)
	for _, who := range []string{"supervisor01", "standards01", "keeper-build", "admin"} {
		want(t, d.get(who, notice), "住房城乡建设和水利局进驻事项告知单", "挖掘城市道路审批", "11449901009000859R4440117011002", "行政许可", "承诺件", "窗口办理、网上办理", "窗口以机关名义受理", "承诺 8 个工作日", "法定 45 个工作日", "61 个窗口都能办", "没有等着开放的事项", "下载 PDF")
	}
	if strings.Contains(d.get("supervisor01", notice), "/standards/items/") || !strings.Contains(d.get("keeper-build", notice), "/standards/items/cc-road-dig") {
		t.Error("links lead to pages of the reader's own desk only")
	}
	d.ask("keeper-agri", httptest.NewRequest("GET", notice, nil), http.StatusNotFound)
	d.ask("keeper-agri", httptest.NewRequest("GET", notice+"/pdf", nil), http.StatusNotFound)
	d.ask("standards01", httptest.NewRequest("GET", "/standards/notice/organ/none", nil), http.StatusNotFound)
	for _, who := range []string{"clerk01", "build-decide"} {
		d.ask(who, httptest.NewRequest("GET", notice, nil), http.StatusForbidden)
	}
	d.turnOff(t)
	out := d.get("supervisor01", notice)
	want(t, out, "本部门现在没有到综合窗口办的事项", "事项已经暂停", "汛期暂停挖掘")
	if file := d.file(t, "standards01", notice+"/pdf"); !strings.Contains(file, "汛期暂停挖掘") || !strings.Contains(file, "截至2026年3月2日") {
		t.Error(file)
	}
}

// turnOff suspends the item as the standards office does.
func (d *desk) turnOff(t *testing.T) {
	t.Helper()
	office := d.Staff("standards01")
	err := d.Library.Turn(t.Context(), process.Turning{Submit: once.Submit{Actor: "staff:" + string(office.ID), Route: "test", Key: page.NewKey(), At: d.Clock.Now()}, By: office, Item: "cc-road-dig", To: catalog.Suspended, Reason: "汛期暂停挖掘", On: "2026-03-02"})
	if err != nil {
		t.Fatal(err)
	}
	d.Settle()
}

// file is what poppler reads in a PDF, without blanks.
func (d *desk) file(t *testing.T, account, path string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(name, []byte(d.get(account, path)), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", name, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(" ", "", "\n", "").Replace(string(text))
}

func TestOrgansAreFound(t *testing.T) {
	d := open(t)
	want(t, d.get("supervisor01", "/standards/notice"), "住房城乡建设和水利局", "市场监督管理局")
	found := d.get("standards01", "/standards/notice?q=住房")
	if want(t, found, "住房城乡建设和水利局"); strings.Contains(found, "市场监督管理局") {
		t.Error(plain(found))
	}
	want(t, d.get("standards01", "/standards/notice?q=没有这个部门"), "没有符合条件的")
	if own := d.get("keeper-build", "/standards/notice"); strings.Contains(own, "市场监督管理局") || !strings.Contains(own, "住房城乡建设和水利局") {
		t.Error(plain(own))
	}
	d.ask("admin", httptest.NewRequest("GET", "/standards/notice?after=x", nil), http.StatusNotFound)
}

// TestHardWordsAreOfferedPlainOnes: the editor and the item's page name the word, the place and what to write instead.
func TestHardWordsAreOfferedPlainOnes(t *testing.T) {
	d := open(t)
	keeper := d.Staff("keeper-build")
	_, err := d.Library.Edit(t.Context(), process.Edit{Submit: once.Submit{Actor: "staff:" + string(keeper.ID), Route: "test", Key: page.NewKey(), At: d.Clock.Now()}, By: keeper, Item: "cc-road-dig"}, func(it *catalog.Item) error {
		it.Materials[0].Check = append(it.Materials[0].Check, "逾期的予以退回")
		it.Summary = strings.Repeat("很长的一句话", 8)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	edit := "/standards/items/cc-road-dig/edit/"
	want(t, d.get("keeper-build", edit+"materials"), "这些地方不好懂", "申请材料 1", "“逾期”不好懂，可以写：过了期限", "“予以”不好懂，可以写：给")
	want(t, d.get("keeper-build", edit+"basic"), "这句话有 48 个字，超过 40 个")
	if strings.Contains(d.get("keeper-build", edit+"fee"), "这些地方不好懂") {
		t.Error("a section warns of another's words")
	}
	want(t, d.get("keeper-build", "/standards/items/cc-road-dig"), "“逾期”不好懂", "48 个字")
}
