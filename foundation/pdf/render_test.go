package pdf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"yimen/foundation/fault"
)

// tool runs a program on a file; a program that is not installed fails the test.
func tool(t *testing.T, file []byte, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "FILE", path)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil && (name != "pdfsig" || len(out) == 0) { // pdfsig ends with 1 on a bad signature
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func render(t testing.TB, doc Document) []byte {
	t.Helper()
	out, err := Render(doc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReadersAccept(t *testing.T) {
	for name, doc := range map[string]Document{"letter": letterFixture(), "licence": licenceFixture(), "notice": noticeFixture(), "empty notice": {Layout: Notice}, "empty letter": {}, "empty licence": {Layout: Licence}} {
		out := render(t, doc)
		if got := tool(t, out, "qpdf", "--check", "FILE"); !strings.Contains(got, "No syntax or stream encoding errors") || strings.Contains(got, "WARNING") {
			t.Errorf("%s: %s", name, got)
		}
		if got := tool(t, out, "pdftoppm", "-r", "20", "-png", "FILE", "FILE"); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	want := render(t, letterFixture())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			_ = render(t, licenceFixture())
			if !bytes.Equal(render(t, letterFixture()), want) {
				t.Error("other bytes")
			}
		})
	}
	wg.Wait()
}

// Names from identity cards: rare characters in and above the first plane, private-use code
// points, radicals that share a shape with a character, compatibility ideographs, a name
// with a variation selector, and a character younger than every font.
func TestNamesAreExtractedUnchanged(t *testing.T) {
	names := []string{"王𠅤", "李𬭎", "张㛃", "龚䶮", "赵𤋮", "陈\uE863", "钱\uF8FF", "周\U00031350", "吴⼀一", "郑𪚥", "冯﨎", "褚丽", "卫葛\U000E0100", "麦麦提·图尔孙", "𬺰𫝀"}
	doc := licenceFixture()
	doc.Fields = nil
	for i, n := range names {
		doc.Fields = append(doc.Fields, Field{string(rune('A' + i)), n})
	}
	out := render(t, doc)
	text := tool(t, out, "pdftotext", "FILE", "-")
	for _, n := range names {
		if !strings.Contains(text, n+"\n") {
			t.Errorf("%q (%U) is not found as itself", n, []rune(n))
		}
	}
	if fonts := tool(t, out, "pdffonts", "FILE"); strings.Count(fonts, "yes yes yes") != 3 {
		t.Errorf("not three embedded subsets:\n%s", fonts)
	}
}

func TestSealAndWatermarkWordsAreOnThePage(t *testing.T) {
	for _, doc := range []Document{letterFixture(), licenceFixture()} {
		text := tool(t, render(t, doc), "pdftotext", "FILE", "-")
		if strings.Count(text, doc.Watermark) != 1 || strings.Contains(text, doc.Seal.Legend) {
			t.Errorf("the watermark stands once in the text and the seal not at all:\n%s", text)
		}
	}
	bare := licenceFixture()
	bare.Watermark = ""
	if _, err := Render(bare); err == nil {
		t.Error("a demo seal without a watermark")
	}
}

func TestLongLetter(t *testing.T) {
	doc := letterFixture()
	row := []string{"1", strings.Repeat("很长的材料名称，", 12), "1", "拍照上传"}
	for range 60 {
		doc.Table.Rows = append(doc.Table.Rows, row)
	}
	doc.Fields = append(doc.Fields, Field{"说明", strings.Repeat("一格放不下的说明文字。", 300)})
	out := render(t, doc)
	text := tool(t, out, "pdftotext", "FILE", "-")
	if n := strings.Count(text, "材料名称\n"); n < 5 {
		t.Errorf("the table's head stands on %d pages", n)
	}
	if got := strings.Count(strings.ReplaceAll(text, "\n", ""), "一格放不下的说明文字。"); got < 290 {
		t.Errorf("%d of 300 sentences are left", got)
	}
	if pages := strings.Count(text, "\f"); strings.Count(text, doc.Watermark) != pages || pages < 6 {
		t.Errorf("%d pages, %d watermarks", pages, strings.Count(text, doc.Watermark))
	}
}

func TestANoticeHasAllItsPartsAndNumbersItsPages(t *testing.T) {
	doc := noticeFixture()
	out := render(t, doc)
	text := tool(t, out, "pdftotext", "-layout", "FILE", "-")
	for _, want := range []string{doc.Title, doc.Number, doc.Organ, "扫码看最新", "不收费", "1. 因工程", "路政审查", "绿化意见", "演示区城管局", "2. 有设计单位签章", "样本：管线设计图", "50米×1.2米", "1. 标出既有管线", "样本：平面图"} {
		if !strings.Contains(strings.ReplaceAll(text, "  ", ""), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	pages := strings.Split(strings.TrimRight(text, "\f"), "\f")
	for i, page := range pages {
		if want := doc.Paging(i+1, len(pages)); !strings.Contains(page, want) || !strings.Contains(page, doc.Footer) {
			t.Errorf("page %d does not say %q and %q:\n%s", i+1, want, doc.Footer, page)
		}
		lines := strings.Split(strings.TrimRight(page, "\n"), "\n")
		if before := lines[max(len(lines)-3, 0)]; strings.Contains(before, "又一部分") {
			t.Errorf("page %d ends with a heading", i+1)
		}
	}
	info := tool(t, out, "pdfinfo", "FILE")
	if len(pages) < 3 || !strings.Contains(info, "Title:           "+doc.Title) || !strings.Contains(info, "A4") {
		t.Errorf("%d pages\n%s", len(pages), info)
	}
	if got := tool(t, out, "qpdf", "--qdf", "FILE", "-"); !strings.Contains(got, "/Lang") {
		t.Error("no language")
	}
}

// A notice is made smaller to stay on its sheets, and is as it was when that is not enough.
func TestANoticeStaysOnItsSheetsWhereItCan(t *testing.T) {
	pages := func(doc Document) int {
		return strings.Count(tool(t, render(t, doc), "pdftotext", "FILE", "-"), "\f")
	}
	doc, all := noticeFixture(), noticeFixture().Parts
	doc.Sheets = 1 << 10
	for doc.Parts = all[:4]; pages(doc) < 3; doc.Parts = all[:len(doc.Parts)+1] { // until it is a little more than two
	}
	doc.Sheets = 2
	if got := pages(doc); got != 2 {
		t.Errorf("%d pages", got)
	}
	doc = noticeFixture()
	doc.Sheets = 1
	if got := pages(doc); got < 3 {
		t.Errorf("%d pages", got)
	}
}

func TestSignatureIsNotLeftAlone(t *testing.T) {
	for lines := range 22 {
		doc := letterFixture()
		doc.Table, doc.Fields = nil, nil
		doc.Paragraphs = nil
		for range lines {
			doc.Paragraphs = append(doc.Paragraphs, "一行文字。")
		}
		text := tool(t, render(t, doc), "pdftotext", "FILE", "-")
		pages := strings.Split(strings.TrimRight(text, "\f"), "\f")
		if last := pages[len(pages)-1]; len(pages) > 1 && !strings.Contains(last, "一行文字") {
			t.Errorf("%d lines: the last page holds only the signature", lines)
		}
	}
}

func TestLicenceShrinksThenRefuses(t *testing.T) {
	doc := licenceFixture()
	doc.Paragraphs = []string{strings.Repeat("许可内容。", 70)}
	if n := strings.Count(tool(t, render(t, doc), "pdfinfo", "FILE"), "Pages:           1"); n != 1 {
		t.Error("a licence has one page")
	}
	doc.Paragraphs = []string{strings.Repeat("许可内容。", 2000)}
	if _, err := Render(doc); fault.As(err).Key != "pdf.licence.too_long" {
		t.Errorf("%v", err)
	}
}

func TestFontsAbsent(t *testing.T) {
	for _, files := range []fstest.MapFS{{}, {"font/1.ttf": {Data: []byte("no font")}}} {
		if _, err := readFonts(files); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%v", err)
		}
	}
}

func TestLinesLoseNothing(t *testing.T) {
	d, err := newDrawing()
	if err != nil {
		t.Fatal(err)
	}
	st := style{size: 16, ink: black}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("一王𠅤，。（）《》ab1 .-\uE000")), 0, 80, -1).Draw(t, "text")
		width := rapid.Float64Range(20, 400).Draw(t, "width")
		lines := d.lines(text, width, 0, st)
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if bare(strings.Join(lines, "")) != bare(text) {
			t.Fatalf("%q became %q", text, lines)
		}
		for i, line := range lines {
			if d.width(line, st) > width+0.01 && utf8.RuneCountInString(line) > 1 {
				t.Fatalf("%q is wider than %.0f", line, width)
			}
			first, _ := utf8.DecodeRuneInString(line)
			if i > 0 && width > 200 && line != "" && len(units(line)) > 1 && strings.ContainsRune("，。）》", first) && !strings.ContainsAny(text, " ") {
				cutUnit := d.width(units(lines[i-1])[len(units(lines[i-1]))-1], st) > width/3
				if !cutUnit {
					t.Fatalf("a line begins with %q: %q", first, lines)
				}
			}
		}
	})
}
