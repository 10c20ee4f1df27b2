package catalog

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"yimen/foundation/fault"
)

// workbook is a file of parts that no program of ours wrote.
func workbook(t testing.TB, sheet string, more map[string]io.Reader) []byte {
	t.Helper()
	parts := map[string]io.Reader{
		"xl/workbook.xml":            strings.NewReader(`<workbook xmlns:r="r"><sheets><sheet name="事项" sheetId="1" r:id="rId1"/></sheets></workbook>`),
		"xl/_rels/workbook.xml.rels": strings.NewReader(`<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`),
		"xl/worksheets/sheet1.xml":   strings.NewReader(`<worksheet><sheetData>` + sheet + `</sheetData></worksheet>`),
	}
	for name, body := range more {
		parts[name] = body
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, body := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.Copy(w, body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// endless is n bytes of one short text over and over.
func endless(text string, n int64) io.Reader { return io.LimitReader(&repeating{text: text}, n) }

type repeating struct {
	text string
	at   int
}

func (r *repeating) Read(p []byte) (int, error) {
	for n := range p {
		p[n] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	return len(p), nil
}

func TestBombsAreRefused(t *testing.T) {
	for name, raw := range map[string][]byte{
		"a part that unpacks without end": workbook(t, "", map[string]io.Reader{"xl/worksheets/sheet1.xml": io.MultiReader(strings.NewReader("<worksheet>"), endless(" ", maxUnzip+1))}),
		"shared words without end":        workbook(t, "", map[string]io.Reader{"xl/sharedStrings.xml": io.MultiReader(strings.NewReader("<sst>"), endless("<si/>", 5*(maxWords+2)))}),
		"a row far below":                 workbook(t, `<row r="1048576"><c r="A1048576"><v>1</v></c></row>`, nil),
		"a column far away":               workbook(t, `<row r="1"><c r="XFD1"><v>1</v></c></row>`, nil),
	} {
		if _, err := ReadItems(raw, nil); !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, raw := range map[string][]byte{
		"broken XML":           workbook(t, `<row><c`+"\x00", nil),
		"an entity of its own": workbook(t, "", map[string]io.Reader{"xl/worksheets/sheet1.xml": strings.NewReader(`<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row></worksheet>`)}),
		"no sheets":            workbook(t, "", map[string]io.Reader{"xl/workbook.xml": strings.NewReader(`<workbook/>`)}),
	} {
		if _, err := ReadItems(raw, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOtherProgramsWorkbooksAreRead: inline words, runs, readings, truths, and cells without a place.
func TestOtherProgramsWorkbooksAreRead(t *testing.T) {
	raw := workbook(t, `<row><c t="inlineStr"><is><r><t>事项</t></r><r><t>编号</t></r><rPh><t>xx</t></rPh></is></c><c t="s"><v>0</v></c></row>`+
		`<row r="3"><c r="A3" t="str"><v>cc-x</v></c><c r="B3" t="b"><v>1</v></c></row>`, map[string]io.Reader{"xl/sharedStrings.xml": strings.NewReader(`<sst><si><t>是否收费</t></si></sst>`)})
	b, err := openBook(raw)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = b.rows(b.sheets[0].part, func(row int, cells []sheetCell) {
		for _, c := range cells {
			got = append(got, cellAt(c.col, row)+" "+c.text)
		}
	})
	if want := "A1 事项编号,B1 是否收费,A3 cc-x,B3 1"; err != nil || strings.Join(got, ",") != want {
		t.Errorf("%q %v, want %s", got, err, want)
	}
}

func FuzzWorkbook(f *testing.F) {
	f.Add(workbook(f, `<row r="1"><c r="A1" t="inlineStr"><is><t>事项编号</t></is></c></row>`, nil))
	f.Add([]byte(`{"items": [{"id": "a"}]}`))
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		im, err := ReadItems(raw, nil)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatal(err)
			}
			return
		}
		if err := im.Check(func(it *Item) ([]Flaw, error) { return Lint(it, nil), nil }); err != nil {
			t.Fatal(err)
		}
	})
}
