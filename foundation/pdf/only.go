package pdf

import (
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
	"unicode/utf16"
)

// Only says for what alone a document may be used. The sentence stands at the head of each page
// and, in outlines, all over its ground; the parts are entries of the file's information, so
// that a program can say them without asking anybody. What is signed with them cannot be changed.
type Only struct {
	Line    string // the whole sentence
	Purpose string
	Place   string
	Until   string // the last day, 2026-06-30
}

// entries are the limit in the file's information dictionary; Subject is what viewers show.
func (o *Only) entries() string {
	if o == nil {
		return ""
	}
	return fmt.Sprintf(" /Subject %s /YimenPurpose %s /YimenPlace %s /YimenUntil %s", textString(clean(o.Line)), textString(clean(o.Purpose)), textString(clean(o.Place)), textString(o.Until))
}

var onlyEntries = regexp.MustCompile(`/Subject <FEFF([0-9A-F]*)> /YimenPurpose <FEFF([0-9A-F]*)> /YimenPlace <FEFF([0-9A-F]*)> /YimenUntil <FEFF([0-9A-F]*)>`)

// onlyOf reads the limit that a file says of itself. Page contents are compressed and all texts
// hexadecimal, so the entries' names stand nowhere else.
func onlyOf(file []byte) *Only {
	found := onlyEntries.FindSubmatch(file)
	if found == nil {
		return nil
	}
	var text [4]string
	for i := range text {
		text[i] = utf16Text(found[i+1])
	}
	return &Only{text[0], text[1], text[2], text[3]}
}

// utf16Text decodes hexadecimal UTF-16 without its mark; odd digits at the end are dropped.
func utf16Text(digits []byte) string {
	raw := make([]byte, len(digits)/4*2)
	if _, err := hex.Decode(raw, digits[:len(raw)*2]); err != nil {
		return ""
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	return string(utf16.Decode(units))
}

// The ground's words: dark enough to be read on white (1.8 to 1), light enough that black on
// them stays above 11 to 1.
var pale = colour{0.72, 0.77, 0.86}

const (
	onlySize  = 13.0
	onlyWidth = 300.0 // of a line of the ground
	onlyAngle = 30 * math.Pi / 180
)

// only prepares one tile of the ground: the sentence in lines, the watermark below it, as
// outlines, so that searching the document does not find them a hundred times.
func (d *drawing) only(o Only, watermark string) error {
	st := style{size: onlySize}
	lines := d.lines(o.Line, onlyWidth, 0, st)
	if watermark != "" {
		lines = append(lines, watermark)
	}
	ink := &canvas{doc: d}
	ink.fill(pale)
	wide := 0.0
	for i, line := range lines {
		x, y := 0.0, -float64(i)*onlySize*1.35
		for _, r := range clean(line) {
			step := float64(d.fonts.find(r).width) / 1000 * onlySize
			if err := ink.shape(r, matrix{onlySize, 0, 0, onlySize, x + step/2, y}); err != nil {
				return err
			}
			x += step
		}
		wide = max(wide, x)
	}
	d.forms = append(d.forms, form{"Only", [4]float64{-1, -float64(len(lines)) * onlySize * 1.35, wide + 1, onlySize}, ink.out})
	return nil
}

// tile lays the ground's drawing all over the page, rows shifted against each other so that no
// cut-out part of the page is without words.
func tile(c *canvas, f form) {
	sin, cos := math.Sincos(onlyAngle)
	wide, high := f.box[2]+26, f.box[3]-f.box[1]+20
	reach := math.Hypot(pageWidth, pageHeight) / 2
	for row := range int(2*reach/high) + 1 {
		v := reach - float64(row)*high
		for column := range int(2*reach/wide) + 2 {
			u := -reach + (float64(column)-float64(row%2)/2)*wide
			x, y := pageWidth/2+u*cos-v*sin, pageHeight/2+u*sin+v*cos
			if inside(x, y, f, sin, cos) {
				c.place("Only", cos, sin, -sin, cos, x, y)
			}
		}
	}
}

// inside says whether a tile placed at x, y touches the page.
func inside(x, y float64, f form, sin, cos float64) bool {
	w, h := f.box[2], f.box[1]
	left, right := min(x, x+w*cos), max(x+w*cos-h*sin, x-h*sin)
	bottom, top := y+h*cos, y+w*sin+f.box[3]
	return right > 0 && left < pageWidth && top > 0 && bottom < pageHeight
}

// limit sets the sentence at the head of a page, at most four lines in a red rule.
func (d *drawing) limit(c *canvas, doc Document) {
	top, left, width := pageHeight-11*mm, leftEdge, textWidth
	if doc.Layout == Licence {
		top, left, width = pageHeight-25*mm, licenceLeft-4*mm, licenceRight-licenceLeft+8*mm
	}
	st := style{size: 12, ink: red}
	lines := d.lines(doc.Only.Line, width-12, 0, st)
	for len(lines) > 4 && st.size > 6 {
		st.size--
		lines = d.lines(doc.Only.Line, width-12, 0, st)
	}
	y := top
	for _, line := range lines {
		y -= st.size * 1.25
		c.centred(left+width/2, y, line, st)
	}
	c.stroke(red, 0.8)
	c.box(left, y-st.size*0.5, width, top-y+st.size*0.5)
}
