package pdf

// Measures of a letter in points (GB/T 9704-2012 §5 and §10.1; 1 mm = 2.835 pt).
const (
	mm          = 72 / 25.4
	leftEdge    = 28 * mm
	textWidth   = 156 * mm
	rightEdge   = leftEdge + textWidth
	bottomEdge  = 35 * mm
	bodySize    = textWidth / 28 // 28 characters a line, 三号
	bodyLeading = 225 * mm / 22  // 22 lines a page
	cellSize    = 12.5
	cellLeading = 19.0
	cellPad     = 6.0
)

// measures are where a flowing text stands and how large it is set.
type measures struct {
	left, width, top, bottom float64 // of the text on a page
	body, leading, indent    float64 // paragraphs; indent of their first line
	cell, cellLeading, pad   float64 // tables
}

var letterMeasures = measures{left: leftEdge, width: textWidth, top: pageHeight - 37*mm, bottom: bottomEdge, body: bodySize, leading: bodyLeading, indent: 2 * bodySize,
	cell: cellSize, cellLeading: cellLeading, pad: cellPad}

// flow is where the next line of a text that runs over pages goes.
type flow struct {
	d   *drawing
	c   *canvas
	y   float64 // baseline of the last thing set
	doc Document
	m   measures
}

// letter is set at its proper leading; only when that would leave the signature alone on a
// page, which the standard forbids, a little tighter.
func (d *drawing) letter(doc Document) error {
	for _, tight := range []float64{1, 0.93, 0.86, 0.8} {
		if f := d.body(doc, tight); f.fits(f.signatureRoom()) {
			return f.signature()
		}
	}
	return d.body(doc, 1).signature() // alone after all
}

// body begins the letter anew and sets all but its signature.
func (d *drawing) body(doc Document, tight float64) *flow {
	d.pages = nil
	f := &flow{d: d, doc: doc, m: letterMeasures}
	f.m.leading *= tight
	f.c = f.d.page()
	f.letterHead()
	if doc.To != "" {
		f.paragraph(doc.To, 0)
	}
	for _, p := range doc.Paragraphs {
		f.paragraph(p, f.m.indent)
	}
	f.fields(doc.Fields)
	f.table(doc.Table)
	for _, p := range doc.Closing {
		f.paragraph(p, f.m.indent)
	}
	return f
}

// letterHead sets the organ in red, the double rule of a letter, its number and the title.
func (f *flow) letterHead() {
	organ := style{size: 32, ink: red, heavy: true, room: 3}
	f.c.centred(pageWidth/2, pageHeight-40*mm, f.doc.Organ, f.d.fit(f.doc.Organ, textWidth, organ))
	f.doubleRule(pageHeight-45*mm, true)
	f.doubleRule(20*mm, false)
	f.y = pageHeight - 53*mm
	f.c.ending(rightEdge, f.y, f.doc.Number, f.d.fit(f.doc.Number, textWidth, style{size: bodySize, ink: black}))
	title := style{size: 22, ink: black, heavy: true}
	f.y -= 14
	for _, line := range f.d.lines(f.doc.Title, textWidth-2*22, 0, title) {
		f.y -= 33
		f.c.centred(pageWidth/2, f.y, line, title)
	}
	f.y -= 10
}

// doubleRule is 170 mm of a thick and a thin line, the thick one outside.
func (f *flow) doubleRule(y float64, top bool) {
	from, to := (pageWidth-170*mm)/2, (pageWidth+170*mm)/2
	thin := 2.8
	if top {
		thin = -2.8
	}
	f.c.stroke(red, 2.2)
	f.c.line(from, y, to, y)
	f.c.stroke(red, 0.7)
	f.c.line(from, y+thin, to, y+thin)
}

func (f *flow) fits(points float64) bool { return f.y-points >= f.m.bottom }

// need begins a new page when less than so many points are left, and says so.
func (f *flow) need(points float64) bool {
	if f.fits(points) {
		return false
	}
	f.c = f.d.page()
	f.y = f.m.top
	return true
}

func (f *flow) paragraph(s string, indent float64) {
	b := block{x: f.m.left, width: f.m.width, indent: indent, style: style{size: f.m.body, ink: black}}
	lines := f.d.lines(s, f.m.width, indent, b.style)
	for i, line := range lines {
		f.need(f.m.leading)
		f.y -= f.m.leading
		f.c.set(b, f.y, line, i == 0, i == len(lines)-1)
	}
}

// fields are a ruled table of two columns, the label's as wide as the widest label.
func (f *flow) fields(all []Field) {
	if len(all) == 0 {
		return
	}
	st := style{size: f.m.cell, ink: black}
	label := 0.0
	for _, x := range all {
		label = max(label, f.d.width(x.Label, st))
	}
	label = min(label+2*f.m.pad+8, f.m.width*0.4)
	rows := make([][]string, len(all))
	for i, x := range all {
		rows[i] = []string{x.Label, x.Value}
	}
	f.grid(nil, rows, []float64{label, f.m.width - label})
}

func (f *flow) table(t *Table) {
	if t != nil && len(t.Head) > 0 {
		f.grid(t.Head, t.Rows, t.columns(f.m.width))
	}
}

func (t *Table) columns(width float64) []float64 {
	out := make([]float64, len(t.Head))
	sum := 0.0
	for i := range out {
		out[i] = 1
		if i < len(t.Widths) && t.Widths[i] > 0 {
			out[i] = t.Widths[i]
		}
		sum += out[i]
	}
	for i := range out {
		out[i] *= width / sum
	}
	return out
}

// grid rules rows of cells; a row goes to a new page whole, below the head again.
func (f *flow) grid(head []string, rows [][]string, widths []float64) {
	plain, heavy := style{size: f.m.cell, ink: black}, style{size: f.m.cell, ink: black, heavy: true}
	f.y -= 12
	if head != nil {
		f.row(f.broken(head, widths, heavy), widths, heavy)
	}
	for _, row := range rows {
		for _, piece := range f.pieces(f.broken(row, widths, plain)) {
			if f.need(f.rowHeight(piece)) && head != nil {
				f.row(f.broken(head, widths, heavy), widths, heavy)
			}
			f.row(piece, widths, plain)
		}
	}
	f.y -= 6
}

// broken is a row's cells as lines.
func (f *flow) broken(cells []string, widths []float64, st style) [][]string {
	out := make([][]string, len(widths))
	for i := range min(len(widths), len(cells)) {
		room := widths[i] - 2*f.m.pad
		out[i] = f.d.lines(cells[i], room, 0, st)
		if len(out[i]) == 2 && len(units(cells[i])) == 1 && f.d.width(cells[i], st) < room/0.7 {
			out[i] = []string{cells[i]} // a number is rather set smaller than broken
		}
	}
	return out
}

// pieces cuts a row that is higher than a page could hold.
func (f *flow) pieces(row [][]string) [][][]string {
	most := int(540 / f.m.cellLeading)
	var out [][][]string
	for from := 0; from == 0 || from < height(row); from += most {
		piece := make([][]string, len(row))
		for i, lines := range row {
			piece[i] = lines[min(from, len(lines)):min(from+most, len(lines))]
		}
		out = append(out, piece)
	}
	return out
}

func height(row [][]string) int {
	most := 1
	for _, lines := range row {
		most = max(most, len(lines))
	}
	return most
}

func (f *flow) rowHeight(row [][]string) float64 {
	return float64(height(row))*f.m.cellLeading + f.m.pad
}

func (f *flow) row(row [][]string, widths []float64, st style) {
	high := f.rowHeight(row)
	f.need(high)
	f.c.stroke(black, 0.6)
	x := f.m.left
	for i, w := range widths {
		f.c.box(x, f.y-high, w, high)
		top := f.y - (high-float64(len(row[i]))*f.m.cellLeading)/2
		for n, line := range row[i] {
			f.cell(x, top-float64(n)*f.m.cellLeading-f.m.cellLeading*0.72, w, line, st)
		}
		x += w
	}
	f.y -= high
}

func (f *flow) cell(x, y, width float64, line string, st style) {
	st = f.d.fit(line, width-2*f.m.pad, st)
	if st.heavy {
		f.c.centred(x+width/2, y, line, st)
		return
	}
	f.c.text(x+f.m.pad, y, line, st)
}

// signatureRoom is how much of the text's room the signature takes.
func (f *flow) signatureRoom() float64 {
	if f.doc.QR != nil || f.doc.Seal != nil {
		return 28 * mm // of 42; the rest reaches below the text, down to the rule
	}
	return 2.8 * bodyLeading
}

// signature sets organ, date, seal and code at the end; they stay on one page.
func (f *flow) signature() error {
	st := style{size: bodySize, ink: black}
	f.need(f.signatureRoom())
	top := f.y - 6
	date := f.d.width(f.doc.Date, st)
	organ := f.d.fit(f.doc.Organ, textWidth-40*mm, st)
	half := max(date, f.d.width(f.doc.Organ, organ)) / 2
	middle := rightEdge - bodySize - max(half, 20*mm-bodySize)
	organY := top - 1.6*bodyLeading
	f.c.centred(middle, organY, f.doc.Organ, organ)
	f.c.centred(middle, organY-bodyLeading, f.doc.Date, st)
	if f.doc.Seal != nil {
		if err := f.d.seal(f.c, *f.doc.Seal, middle, organY-9); err != nil {
			return err
		}
	}
	if f.doc.QR != nil {
		return f.d.qr(f.c, *f.doc.QR, leftEdge, top-28*mm, 26*mm)
	}
	return nil
}
