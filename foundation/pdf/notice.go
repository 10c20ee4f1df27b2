package pdf

import "slices"

// Part is a stretch of a notice; it prints what it has, in the order of its fields.
type Part struct {
	Heading    string
	Paragraphs []string
	Points     []string // numbered
	Fields     []Field
	Table      *Table
	Stages     [][]Stop // a process from above to below; the stops of a stage run at the same time
	Samples    []Sample
}

// Stop is one box of a process.
type Stop struct{ What, Who string }

// Sample is a paper as it should look, drawn: nobody's real paper.
type Sample struct {
	Caption string // what it is a sample of
	Across  string // the word that says that it is a sample
	Title   string
	Issuer  string
	Lines   []string
	Marks   []string // what to look for, numbered below
}

// A notice is set closer than a letter: it is read at a counter, on as few pages as will do.
var noticeMeasures = measures{left: 18 * mm, width: 174 * mm, top: pageHeight - 18*mm, bottom: 20 * mm, body: 10.5, leading: 16, cell: 9.5, cellLeading: 13.5, pad: 4}

// A notice that should stay on a few sheets is set closer still, its fields in two columns.
var smallMeasures = measures{left: 16 * mm, width: 178 * mm, top: pageHeight - 14*mm, bottom: 19 * mm, body: 9.5, leading: 13.6, cell: 8.8, cellLeading: 11.8, pad: 3.2}

const (
	codeSide = 22 * mm
	pointGap = 17.0 // from a point's number to its words
	stopGap  = 8.0
	stopText = 9.5
	stopLine = 13.0
	across   = 3 // boxes side by side at most
)

// scaled are the measures with smaller type.
func (m measures) scaled(k float64) measures {
	m.body, m.leading, m.cell, m.cellLeading, m.pad = m.body*k, m.leading*k, m.cell*k, m.cellLeading*k, m.pad*k
	return m
}

// notice sets title, edition and code, the facts, and then part after part over as many pages as it takes. One that should stay
// on a few sheets is set smaller until it does, down to four fifths.
func (d *drawing) notice(doc Document) error {
	if doc.Sheets == 0 {
		return d.noticeAt(doc, noticeMeasures)
	}
	for _, k := range []float64{1, 0.95, 0.9, 0.85, 0.8} {
		if err := d.noticeAt(doc, smallMeasures.scaled(k)); err != nil || len(d.pages) <= doc.Sheets {
			return err
		}
	}
	return d.noticeAt(doc, smallMeasures) // longer after all
}

func (d *drawing) noticeAt(doc Document, m measures) error {
	d.pages = nil
	f := &flow{d: d, doc: doc, m: m}
	f.c = d.page()
	if err := f.noticeHead(); err != nil {
		return err
	}
	for _, p := range doc.Paragraphs {
		f.paragraph(p, 0)
	}
	f.facts(doc.Fields)
	for _, p := range doc.Parts {
		f.part(p)
	}
	for _, p := range doc.Closing {
		f.paragraph(p, 0)
	}
	return nil
}

func (f *flow) noticeHead() error {
	width := f.m.width
	if f.doc.QR != nil {
		width -= codeSide + 14
		if err := f.d.qr(f.c, *f.doc.QR, f.m.left+f.m.width-codeSide, f.m.top-codeSide, codeSide); err != nil {
			return err
		}
	}
	quiet := style{size: 9.5, ink: grey}
	f.y = f.m.top - 8
	f.c.text(f.m.left, f.y, f.doc.Organ, f.d.fit(f.doc.Organ, width, quiet))
	title := style{size: 19, ink: black, heavy: true}
	f.y -= 6
	for _, line := range f.d.lines(f.doc.Title, width, 0, title) {
		f.y -= 25
		f.c.text(f.m.left, f.y, line, title)
	}
	for _, line := range f.d.lines(f.doc.Number, width, 0, quiet) {
		f.y -= 15
		f.c.text(f.m.left, f.y, line, quiet)
	}
	if f.doc.QR != nil {
		f.y = min(f.y, f.m.top-codeSide-float64(len(f.doc.QR.Caption))*11)
	}
	f.y -= 10
	f.c.stroke(red, 1.4)
	f.c.line(f.m.left, f.y, f.m.left+f.m.width, f.y)
	return nil
}

// facts are a notice's fields, side by side where sheets are counted.
func (f *flow) facts(all []Field) {
	if f.doc.Sheets == 0 || len(all) < 2 {
		f.fields(all)
		return
	}
	var rows [][]string
	for i := 0; i < len(all); i += 2 {
		row := []string{all[i].Label, all[i].Value, "", ""}
		if i+1 < len(all) {
			row[2], row[3] = all[i+1].Label, all[i+1].Value
		}
		rows = append(rows, row)
	}
	f.grid(nil, rows, []float64{f.m.width * 0.13, f.m.width * 0.37, f.m.width * 0.13, f.m.width * 0.37})
}

func (f *flow) part(p Part) {
	f.heading(p.Heading, f.least(p))
	for _, s := range p.Paragraphs {
		f.paragraph(s, 0)
	}
	for i, s := range p.Points {
		f.point(i+1, s)
	}
	f.fields(p.Fields)
	f.table(p.Table)
	f.process(p.Stages)
	for some := range slices.Chunk(p.Samples, f.samplesAcross()) {
		f.samples(some)
	}
}

// least is how much of a part must stand below its heading: three lines, or the first drawing.
func (f *flow) least(p Part) float64 {
	room := 3 * f.m.leading
	switch {
	case len(p.Paragraphs)+len(p.Points)+len(p.Fields) > 0 || p.Table != nil:
	case len(p.Stages) > 0:
		room = f.stageHeight(f.boxes(p.Stages[0])) + 16
	case len(p.Samples) > 0:
		_, room = f.drawnRow(p.Samples[:min(f.samplesAcross(), len(p.Samples))])
		room += 10
	}
	return room
}

func (f *flow) heading(s string, least float64) {
	if s == "" {
		return
	}
	st := style{size: f.m.body * 1.25, ink: black, heavy: true}
	f.need(2.8*f.m.leading + least)
	f.y -= f.m.leading * 0.7
	for _, line := range f.d.lines(s, f.m.width, 0, st) {
		f.y -= f.m.leading * 1.1
		f.c.text(f.m.left, f.y, line, st)
	}
	f.y -= 3
}

// point is a numbered line with its words hanging beside the number.
func (f *flow) point(n int, s string) {
	st := style{size: f.m.body, ink: black}
	for i, line := range f.d.lines(s, f.m.width-pointGap, 0, st) {
		f.need(f.m.leading)
		f.y -= f.m.leading
		if i == 0 {
			f.c.text(f.m.left, f.y, ordinal(n), st)
		}
		f.c.text(f.m.left+pointGap, f.y, line, st)
	}
}

// stopBox is a stop broken into lines.
type stopBox struct{ what, who []string }

func (b stopBox) high() float64 { return float64(len(b.what)+len(b.who))*stopLine + 9 }

// process draws the stages one below the other, each whole on a page.
func (f *flow) process(stages [][]Stop) {
	for i, st := range stages {
		rows, framed := f.boxes(st), len(st) > 1
		high := f.stageHeight(rows)
		if f.need(high+16) || i == 0 {
			f.y -= 8
		} else {
			f.arrow()
		}
		if framed {
			f.c.stroke(grey, 0.5)
			f.c.box(f.m.left+1, f.y-high, f.m.width-2, high)
			f.y -= stopGap
		}
		for _, row := range rows {
			f.stops(row)
		}
		if !framed {
			f.y += stopGap // the gap belongs between boxes, and the arrow follows
		}
	}
	if len(stages) > 0 {
		f.y -= 4
	}
}

// boxes breaks a stage into rows of boxes.
func (f *flow) boxes(st []Stop) (rows [][]stopBox) {
	for from := 0; from < len(st); from += across {
		some := st[from:min(from+across, len(st))]
		room := f.boxWidth(len(some)) - 12
		var row []stopBox
		for _, s := range some {
			row = append(row, stopBox{f.d.lines(s.What, room, 0, style{size: stopText, heavy: true}), f.d.lines(s.Who, room, 0, style{size: stopText})})
		}
		rows = append(rows, row)
	}
	return rows
}

// stageHeight is that of the rows with their gaps, and of the frame around several boxes.
func (f *flow) stageHeight(rows [][]stopBox) float64 {
	high := 0.0
	for _, row := range rows {
		high += highest(row) + stopGap
	}
	if len(rows) > 1 || len(rows[0]) > 1 {
		high += stopGap
	}
	return high
}

func (f *flow) boxWidth(n int) float64 {
	room := f.m.width - 2*stopGap
	return min((room-float64(n-1)*stopGap)/float64(n), 90*mm)
}

func highest(row []stopBox) float64 {
	most := 0.0
	for _, b := range row {
		most = max(most, b.high())
	}
	return most
}

func (f *flow) stops(row []stopBox) {
	w, high := f.boxWidth(len(row)), highest(row)
	x := pageWidth/2 - (w*float64(len(row))+stopGap*float64(len(row)-1))/2
	for _, b := range row {
		f.c.stroke(black, 0.8)
		f.c.box(x, f.y-high, w, high)
		y := f.y - 3
		for _, line := range b.what {
			y -= stopLine
			f.c.centred(x+w/2, y, line, style{size: stopText, ink: black, heavy: true})
		}
		for _, line := range b.who {
			y -= stopLine
			f.c.centred(x+w/2, y, line, style{size: stopText, ink: black})
		}
		x += w + stopGap
	}
	f.y -= high + stopGap
}

// arrow leads from the stage above to the one below.
func (f *flow) arrow() {
	x := pageWidth / 2.0
	f.c.stroke(black, 0.8)
	f.c.line(x, f.y-1, x, f.y-13)
	f.c.line(x-3.5, f.y-9, x, f.y-13)
	f.c.line(x+3.5, f.y-9, x, f.y-13)
	f.y -= 15
}

// samples draws samples side by side, each with its marks below it.
func (f *flow) samples(some []Sample) {
	set, high := f.drawnRow(some)
	f.need(high + 10)
	f.y -= 10
	for i, x := range set {
		f.draw(x, f.m.left+float64(i)*(f.sampleWidth()+sampleGap), f.sampleWidth())
	}
	f.y -= high
}

const sampleGap = 14.0

func (f *flow) samplesAcross() int {
	if f.doc.Sheets > 0 {
		return 4
	}
	return 2
}

func (f *flow) sampleWidth() float64 {
	n := float64(f.samplesAcross())
	return (f.m.width - (n-1)*sampleGap) / n
}

// drawnRow breaks a row of samples into lines and says how high it is.
func (f *flow) drawnRow(some []Sample) (set []drawnSample, high float64) {
	for _, s := range some {
		x := f.sample(s, f.sampleWidth())
		set, high = append(set, x), max(high, x.high())
	}
	return set, high
}

// drawnSample is a sample broken into lines.
type drawnSample struct {
	Sample
	line           float64 // from baseline to baseline
	caption, title []string
	body, marks    [][]string
}

const sampleInset = 7.0

// The words of a sample are those of a table's cell, its title larger.
func (f *flow) sampleText() style  { return style{size: f.m.cell * 0.95, ink: black} }
func (f *flow) sampleTitle() style { return style{size: f.m.cell * 1.2, ink: black, heavy: true} }

func (f *flow) sample(s Sample, w float64) drawnSample {
	out := drawnSample{Sample: s, line: f.m.cellLeading, caption: f.d.lines(s.Caption, w, 0, style{size: f.m.cell, heavy: true})}
	inner := w - 2*sampleInset
	out.title = f.d.lines(s.Title, inner, 0, f.sampleTitle())
	for _, line := range s.Lines {
		out.body = append(out.body, f.d.lines(line, inner, 0, f.sampleText()))
	}
	for _, m := range s.Marks {
		out.marks = append(out.marks, f.d.lines(m, w-pointGap, 0, f.sampleText()))
	}
	return out
}

func count(all [][]string) (n int) {
	for _, x := range all {
		n += len(x)
	}
	return n
}

// sheet is how high the drawn paper is: its mark, title, body and issuer.
func (x drawnSample) sheet() float64 {
	return (1+1.25*float64(len(x.title))+float64(count(x.body))+1.4)*x.line + 14
}

func (x drawnSample) high() float64 {
	return float64(len(x.caption)+count(x.marks))*x.line + x.sheet() + 12
}

func (f *flow) draw(x drawnSample, left, w float64) {
	y, text, title := f.y, f.sampleText(), f.sampleTitle()
	for _, line := range x.caption {
		y -= x.line
		f.c.text(left, y, line, style{size: f.m.cell, ink: black, heavy: true})
	}
	y -= 5
	bottom := y - x.sheet()
	f.c.stroke(black, 1)
	f.c.box(left, bottom, w, x.sheet())
	f.c.stroke(grey, 0.4)
	f.c.box(left+3, bottom+3, w-6, x.sheet()-6)
	y -= 3 + x.line
	f.c.ending(left+w-sampleInset, y, x.Across, style{size: text.size, ink: red})
	for _, line := range x.title {
		y -= x.line * 1.25
		f.c.centred(left+w/2, y, line, title)
	}
	y -= 4
	for _, lines := range x.body {
		for _, line := range lines {
			y -= x.line
			f.c.text(left+sampleInset, y, line, text)
		}
	}
	f.c.ending(left+w-sampleInset, bottom+8, x.Issuer, f.d.fit(x.Issuer, w-2*sampleInset, text))
	y = bottom - 3
	for i, lines := range x.marks {
		for n, line := range lines {
			y -= x.line
			if n == 0 {
				f.c.text(left, y, ordinal(i+1), text)
			}
			f.c.text(left+pointGap, y, line, text)
		}
	}
}
