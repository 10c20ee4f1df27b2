package pdf

import (
	"bytes"
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func copyFixture() Document {
	doc := licenceFixture()
	doc.Only = &Only{Purpose: "开立对公账户（含办理网上银行）", Place: "演示区永和里农村商业银行股份有限公司荔湾支行", Until: "2026-06-30"}
	doc.Only.Line = "仅供" + doc.Only.Purpose + "在" + doc.Only.Place + "使用，有效期至2026年6月30日，他用无效"
	return doc
}

func TestALimitIsSaidOnThePageAndInTheFile(t *testing.T) {
	ca, key := demoKey(t)
	doc := copyFixture()
	signed := sign(t, render(t, doc), key)
	text := strings.ReplaceAll(tool(t, signed, "pdftotext", "FILE", "-"), "\n", "")
	if n := strings.Count(text, doc.Only.Line); n != 1 {
		t.Errorf("the sentence stands %d times among the words", n)
	}
	for _, f := range doc.Fields {
		if !strings.Contains(text, f.Value) {
			t.Errorf("%q is not found", f.Value)
		}
	}
	if info := tool(t, signed, "pdfinfo", "FILE"); !strings.Contains(info, doc.Only.Line) {
		t.Errorf("no subject:\n%s", info)
	}
	if got := tool(t, signed, "qpdf", "--check", "FILE"); !strings.Contains(got, "No syntax or stream encoding errors") || strings.Contains(got, "WARNING") {
		t.Error(got)
	}
	r, err := Verify(signed, ca.Pool())
	if err != nil || !r.Good() || r.Only == nil || *r.Only != *doc.Only {
		t.Errorf("%+v, %v", r.Only, err)
	}
	// Another purpose written in its place is no purpose any more.
	from := []byte(strings.Trim(textString(doc.Only.Purpose), "<>"))
	bad := bytes.Replace(signed, from, append(bytes.Clone(from[:len(from)-4]), "6B3A"...), 1)
	if r, err := Verify(bad, ca.Pool()); err != nil || !r.Altered() || r.Only != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := Verify(sign(t, render(t, licenceFixture()), key), ca.Pool()); err != nil || r.Only != nil {
		t.Errorf("a limit out of nothing: %+v, %v", r.Only, err)
	}
}

func pixels(t *testing.T, file []byte) image.Image {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "a.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("pdftoppm", "-r", "72", "-gray", "-png", "-singlefile", path, filepath.Join(dir, "a")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Open(filepath.Join(dir, "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The ground is everywhere: no square of 6 cm is without its words; and it hides nothing: what
// is dark on the licence is as dark on the copy, and the ground itself is light.
func TestTheGroundIsEverywhereAndHidesNothing(t *testing.T) {
	doc := copyFixture()
	with := pixels(t, render(t, doc))
	without := pixels(t, render(t, licenceFixture()))
	grey := func(m image.Image, x, y int) uint32 { r, _, _, _ := m.At(x, y).RGBA(); return r >> 8 }
	b := with.Bounds()
	const square = 170
	for top := 0; top+square <= b.Dy(); top += square {
		for left := 0; left+square <= b.Dx(); left += square {
			words := 0
			for y := top; y < top+square; y++ {
				for x := left; x < left+square; x++ {
					if w, wo := grey(with, x, y), grey(without, x, y); wo > 250 && w < 240 && w > 150 {
						words++
					}
				}
			}
			if words < 300 {
				t.Errorf("the square at %d, %d has %d points of the ground", left, top, words)
			}
		}
	}
	for y := range b.Dy() {
		for x := range b.Dx() {
			if wo := grey(without, x, y); wo < 60 && grey(with, x, y) > wo+40 && y > 140 {
				t.Fatalf("%d, %d is hidden: %d instead of %d", x, y, grey(with, x, y), wo)
			}
		}
	}
}

func TestALongLimitFitsItsPlace(t *testing.T) {
	for _, layout := range []Layout{Licence, Letter} {
		doc := copyFixture()
		doc.Layout = layout
		doc.Only.Line = "仅供" + strings.Repeat("很长的用途", 12) + "在" + strings.Repeat("很长的地方", 8) + "使用，有效期至2026年12月30日，他用无效"
		text := strings.ReplaceAll(tool(t, render(t, doc), "pdftotext", "FILE", "-"), "\n", "")
		if !strings.Contains(text, doc.Only.Line) {
			t.Errorf("%d: the sentence is cut:\n%s", layout, text)
		}
	}
}
