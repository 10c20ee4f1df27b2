package pdf

import "yimen/foundation/fault"

// licence fills one framed page: title, number, fields, text, then organ, date and seal.
// What does not fit at one size is set smaller, down to 7 points.
func (d *drawing) licence(doc Document) error {
	for size := 16.0; size >= 7; size -= 0.5 {
		l := &sheet{d: d, doc: doc, size: size}
		if l.y = licenceTop; l.measure() >= licenceFloor {
			return l.draw()
		}
	}
	return fault.New(fault.Invalid, "pdf.licence.too_long")
}

const (
	licenceLeft  = 38 * mm
	licenceRight = pageWidth - 38*mm
	licenceTop   = pageHeight - 84*mm // below title and number
	licenceFloor = 80 * mm            // above organ, seal and code
)

// sheet is a licence's content at one size of type.
type sheet struct {
	d    *drawing
	doc  Document
	size float64
	y    float64
	c    *canvas // nil while only measuring
}

func (l *sheet) style() style { return style{size: l.size, ink: black} }

// measure is where the content would end.
func (l *sheet) measure() float64 {
	l.fields()
	for _, p := range l.doc.Paragraphs {
		l.paragraph(p)
	}
	for _, p := range l.doc.Closing {
		l.paragraph(p)
	}
	return l.y
}

func (l *sheet) draw() error {
	l.c, l.y = l.d.page(), licenceTop
	title := style{size: 36, ink: black, heavy: true, room: 8}
	l.c.centred(pageWidth/2+4, pageHeight-60*mm, l.doc.Title, l.d.fit(l.doc.Title, licenceRight-licenceLeft, title))
	number := style{size: 12.5, ink: black}
	l.c.centred(pageWidth/2, pageHeight-71*mm, l.doc.Number, l.d.fit(l.doc.Number, licenceRight-licenceLeft, number))
	l.measure()
	return l.foot()
}

// fields are labels of one width, with their values on a fine rule each.
func (l *sheet) fields() {
	st := l.style()
	label := 0.0
	for _, f := range l.doc.Fields {
		label = max(label, l.d.width(f.Label, st))
	}
	from := licenceLeft + min(label, (licenceRight-licenceLeft)*0.42) + l.size*1.2
	for _, f := range l.doc.Fields {
		l.field(f, from)
	}
}

func (l *sheet) field(f Field, from float64) {
	st := l.style()
	leading := l.size * 1.75
	for i, line := range l.d.lines(f.Value, licenceRight-from-4, 0, st) {
		l.y -= leading
		if l.c == nil {
			continue
		}
		if i == 0 {
			ink := style{size: l.size, ink: colour{0.25, 0.2, 0.1}}
			l.c.text(licenceLeft, l.y, f.Label, l.d.fit(f.Label, from-licenceLeft-6, ink))
		}
		l.c.text(from+4, l.y, line, st)
		l.c.stroke(gold, 0.5)
		l.c.line(from, l.y-l.size*0.36, licenceRight, l.y-l.size*0.36)
	}
	l.y -= l.size * 0.35
}

func (l *sheet) paragraph(s string) {
	b := block{x: licenceLeft, width: licenceRight - licenceLeft, indent: 2 * l.size, style: l.style()}
	lines := l.d.lines(s, b.width, b.indent, b.style)
	l.y -= l.size * 0.5
	for i, line := range lines {
		l.y -= l.size * 1.7
		if l.c != nil {
			l.c.set(b, l.y, line, i == 0, i == len(lines)-1)
		}
	}
}

func (l *sheet) foot() error {
	st := style{size: 15, ink: black}
	middle := licenceRight - 27*mm
	y := 54 * mm
	organ := l.d.fit(l.doc.Organ, 74*mm, st)
	if half := l.d.width(l.doc.Organ, organ) / 2; middle+half > licenceRight+6*mm {
		middle = licenceRight + 6*mm - half
	}
	l.c.centred(middle, y, l.doc.Organ, organ)
	l.c.centred(middle, y-27, l.doc.Date, st)
	if l.doc.Seal != nil {
		if err := l.d.seal(l.c, *l.doc.Seal, middle, y-8); err != nil {
			return err
		}
	}
	if l.doc.QR != nil {
		return l.d.qr(l.c, *l.doc.QR, licenceLeft, 39*mm, 27*mm)
	}
	return nil
}
