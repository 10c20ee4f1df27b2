package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"
	"unicode/utf16"
)

// A4 in points.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
)

// drawing is a document being made: pages, the characters they use, and reusable drawings.
type drawing struct {
	fonts   *fonts
	subsets []*subset // one per face, by place in fonts.faces
	pages   []*canvas
	forms   []form
	sealAt  *[4]float64 // where the seal stands on the last page: left, bottom, right, top
}

// form is a drawing used by name, laid on the page as one.
type form struct {
	name    string
	box     [4]float64
	content []byte
}

func newDrawing() (*drawing, error) {
	all, err := allFonts()
	if err != nil {
		return nil, err
	}
	d := &drawing{fonts: all}
	for _, f := range all.faces {
		d.subsets = append(d.subsets, &subset{face: f, codes: map[rune]uint16{}})
	}
	return d, nil
}

func (d *drawing) page() *canvas {
	c := &canvas{doc: d, out: make([]byte, 0, 8192)}
	d.pages = append(d.pages, c)
	return c
}

// use gives a character's face, its code there and its width in thousandths of the size.
func (d *drawing) use(r rune) (face int, code uint16, width int) {
	g := d.fonts.find(r)
	for i, s := range d.subsets {
		if s.face == g.face {
			face = i
		}
	}
	return face, d.subsets[face].code(r, g), g.width
}

func (d *drawing) width(s string, st style) float64 {
	w := 0.0
	for _, r := range clean(s) {
		if g := d.fonts.find(r); g.width > 0 {
			w += float64(g.width)*st.size/1000 + st.room
		}
	}
	return w
}

// file is a PDF being written, object by object; classic cross-reference table.
type file struct {
	out   bytes.Buffer
	start []int // by object number − 1
	err   error
}

func (f *file) reserve() int {
	f.start = append(f.start, 0)
	return len(f.start)
}

func (f *file) begin(n int) {
	f.start[n-1] = f.out.Len()
	fmt.Fprintf(&f.out, "%d 0 obj\n", n)
}

func (f *file) object(n int, format string, args ...any) {
	f.begin(n)
	fmt.Fprintf(&f.out, format, args...)
	f.out.WriteString("\nendobj\n")
}

var packers = sync.Pool{New: func() any {
	w, _ := zlib.NewWriterLevel(io.Discard, zlib.BestSpeed)
	return w
}}

// stream writes a compressed stream; extra is what its dictionary says besides.
func (f *file) stream(n int, extra string, content []byte) {
	var packed bytes.Buffer
	w := packers.Get().(*zlib.Writer)
	defer packers.Put(w)
	w.Reset(&packed)
	_, err := w.Write(content)
	if closed := w.Close(); err == nil {
		err = closed
	}
	if err != nil && f.err == nil {
		f.err = err
	}
	f.begin(n)
	fmt.Fprintf(&f.out, "<< /Filter /FlateDecode /Length %d %s >>\nstream\n", packed.Len(), extra)
	f.out.Write(packed.Bytes())
	f.out.WriteString("\nendstream\nendobj\n")
}

// bytes writes the whole document.
func (d *drawing) bytes(doc Document) ([]byte, error) {
	f := &file{}
	f.out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	catalog, tree, info, resources := f.reserve(), f.reserve(), f.reserve(), f.reserve()
	kids := ""
	for i, p := range d.pages {
		page, content := f.reserve(), f.reserve()
		extra := ""
		if d.sealAt != nil && i == len(d.pages)-1 {
			s := d.sealAt
			extra = fmt.Sprintf(" /%s [%.2f %.2f %.2f %.2f]", sealPlace, s[0], s[1], s[2], s[3])
		}
		f.object(page, "<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %.2f %.2f] /Resources %d 0 R /Contents %d 0 R%s >>",
			tree, pageWidth, pageHeight, resources, content, extra)
		f.stream(content, "", p.out)
		kids += fmt.Sprintf("%d 0 R ", page)
	}
	f.object(resources, "<< /Font << %s>> /XObject << %s>> /ExtGState << /Ink << /BM /Multiply >> >> >>", d.writeFonts(f), d.writeForms(f, resources))
	f.object(tree, "<< /Type /Pages /Kids [%s] /Count %d >>", kids, len(d.pages))
	f.object(catalog, "<< /Type /Catalog /Pages %d 0 R /Lang %s /ViewerPreferences << /DisplayDocTitle true >> >>", tree, textString(doc.lang()))
	f.object(info, "<< /Title %s /Author %s /CreationDate %s%s >>", textString(clean(doc.Title)), textString(clean(doc.Organ)), dateString(doc.Made), doc.Only.entries())
	return f.finish(catalog, info), f.err
}

func (f *file) finish(catalog, info int) []byte {
	id := sha256.Sum256(f.out.Bytes())
	at := f.out.Len()
	fmt.Fprintf(&f.out, "xref\n0 %d\n0000000000 65535 f \n", len(f.start)+1)
	for _, s := range f.start {
		fmt.Fprintf(&f.out, "%010d 00000 n \n", s)
	}
	name := hex.EncodeToString(id[:16])
	fmt.Fprintf(&f.out, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n",
		len(f.start)+1, catalog, info, name, name, at)
	return f.out.Bytes()
}

func (d *drawing) writeForms(f *file, resources int) string {
	names := ""
	for _, x := range d.forms {
		n := f.reserve()
		f.stream(n, fmt.Sprintf("/Type /XObject /Subtype /Form /BBox [%.2f %.2f %.2f %.2f] /Resources << >> /Group << /S /Transparency >>", x.box[0], x.box[1], x.box[2], x.box[3]), x.content)
		names += fmt.Sprintf("/%s %d 0 R ", x.name, n)
	}
	return names
}

func (d *drawing) writeFonts(f *file) string {
	names := ""
	for i, s := range d.subsets {
		if len(s.chars) == 0 {
			continue
		}
		n, err := s.write(f, d.fonts.find)
		if err != nil && f.err == nil {
			f.err = err
		}
		names += fmt.Sprintf("/F%d %d 0 R ", i, n)
	}
	return names
}

// write embeds the subset as a composite font (PDF 32000-1, 9.7) and gives its object number.
func (s *subset) write(f *file, find func(rune) glyph) (int, error) {
	program, err := s.trueType(find)
	if err != nil {
		return 0, err
	}
	whole, descendant, descriptor, data, unicode := f.reserve(), f.reserve(), f.reserve(), f.reserve(), f.reserve()
	name := subsetName(program)
	em := func(v int) int { return v * 1000 / s.face.em }
	f.object(whole, "<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>", name, descendant, unicode)
	f.object(descendant, "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %d 0 R /DW 1000 /W [%s] /CIDToGIDMap /Identity >>",
		name, descriptor, s.widths())
	b := s.face.bounds
	f.object(descriptor, "<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight 700 /StemV 80 /FontFile2 %d 0 R >>",
		name, em(int(b[0])), em(int(b[1])), em(int(b[2])), em(int(b[3])), em(s.face.ascent), em(s.face.descent), data)
	f.stream(data, fmt.Sprintf("/Length1 %d", len(program)), program)
	f.stream(unicode, "", s.toUnicode())
	return whole, nil
}

// subsetName is six letters of the subset's own bytes, as the standard wants them unlike.
func subsetName(program []byte) string {
	sum := sha256.Sum256(program)
	var tag [6]byte
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	return string(tag[:]) + "+Yimen"
}

func (s *subset) widths() string {
	out := ""
	for i, c := range s.chars {
		if c.glyph.width != 1000 {
			out += fmt.Sprintf("%d [%d] ", i+1, c.glyph.width)
		}
	}
	return out
}

// toUnicode maps each code back to its character (PDF 32000-1, 9.10.3).
func (s *subset) toUnicode() []byte {
	var out bytes.Buffer
	out.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	const most = 100 // rows of one block, by the standard
	for from := 0; from < len(s.chars); from += most {
		part := s.chars[from:min(from+most, len(s.chars))]
		fmt.Fprintf(&out, "%d beginbfchar\n", len(part))
		for i, c := range part {
			fmt.Fprintf(&out, "<%04X> <", from+i+1)
			for _, u := range utf16.Encode([]rune{c.char}) {
				fmt.Fprintf(&out, "%04X", u)
			}
			out.WriteString(">\n")
		}
		out.WriteString("endbfchar\n")
	}
	out.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return out.Bytes()
}

// textString is a PDF text string in UTF-16 with its mark.
func textString(s string) string {
	out := []byte("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		out = appendHex(out, u)
	}
	return string(append(out, '>'))
}

// dateString is a PDF date in UTC; a zero time is an empty string.
func dateString(t time.Time) string {
	if t.IsZero() {
		return "()"
	}
	return t.UTC().Format("(D:20060102150405Z)")
}
