package pdf

import (
	"fmt"
	"math"

	"github.com/skip2/go-qrcode"
)

// qr draws a code of a side's length with its captions below.
func (d *drawing) qr(c *canvas, q QR, x, y, side float64) error {
	code, err := qrcode.New(q.Text, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("code: %w", err)
	}
	code.DisableBorder = true
	bits := code.Bitmap()
	one := side / float64(len(bits))
	c.save()
	c.fill(white) // what stands behind the page would be read as part of the code
	c.op("re", x-2*one, y-2*one, side+4*one, side+4*one)
	c.op("f")
	c.fill(black)
	for row, line := range bits {
		for from := 0; from < len(line); from++ {
			to := from
			for to < len(line) && line[to] {
				to++
			}
			if to > from {
				// A hair taller than its row, so that no viewer shows gaps.
				c.op("re", x+float64(from)*one, y+side-float64(row+1)*one-0.02, float64(to-from)*one, one+0.04)
				from = to
			}
		}
	}
	c.op("f")
	c.restore()
	st := style{size: 8.5, ink: black}
	for i, line := range q.Caption {
		c.text(x, y-11-float64(i)*11, line, st)
	}
	return nil
}

// finishPages adds to every page what stands behind and below its content.
func (d *drawing) finishPages(doc Document) error {
	if err := d.marks(doc); err != nil {
		return err
	}
	for i, c := range d.pages {
		front := c.out
		c.out = nil
		d.behind(c, doc)
		c.out = append(c.out, front...)
		foot := 13 * mm
		if doc.Layout == Licence {
			foot = 10 * mm
		}
		small := style{size: 8.5, ink: grey}
		if doc.Layout == Notice {
			c.text(18*mm, foot, doc.Footer, d.fit(doc.Footer, 140*mm, small))
		} else {
			c.centred(pageWidth/2, foot, doc.Footer, d.fit(doc.Footer, 170*mm, small))
		}
		mark := style{size: 9, ink: red}
		c.centred(pageWidth/2, foot-11, doc.Watermark, d.fit(doc.Watermark, 170*mm, mark))
		if doc.Only != nil {
			d.limit(c, doc)
		}
		switch {
		case doc.Layout == Notice:
			c.ending(pageWidth-18*mm, foot, d.numbered(doc, i+1), small)
		case i > 0:
			c.centred(pageWidth/2, 25*mm, fmt.Sprintf("— %d —", i+1), style{size: 14, ink: black})
		}
	}
	return nil
}

// ordinal is a number before a point.
func ordinal(n int) string { return fmt.Sprintf("%d.", n) }

// numbered is what a notice's page says of its number.
func (d *drawing) numbered(doc Document, n int) string {
	if doc.Paging == nil {
		return fmt.Sprint(n)
	}
	return doc.Paging(n, len(d.pages))
}

// marks prepares what stands behind the pages; a limit of use brings the watermark's words along.
func (d *drawing) marks(doc Document) error {
	if doc.Only != nil {
		return d.only(*doc.Only, doc.Watermark)
	}
	return d.watermark(doc.Watermark)
}

// watermark prepares the watermark as one drawing of outlines, so that it is not found among
// the document's own text.
func (d *drawing) watermark(s string) error {
	if s == "" {
		return nil
	}
	ink := &canvas{doc: d}
	ink.fill(colour{0.93, 0.91, 0.91})
	const size = 25.0
	x := 0.0
	for _, r := range clean(s) {
		wide := float64(d.fonts.find(r).width) / 1000 * size
		if err := ink.shape(r, matrix{size, 0, 0, size, x + wide/2, 0}); err != nil {
			return err
		}
		x += wide
	}
	d.forms = append(d.forms, form{"Mark", [4]float64{0, -size, x, size}, ink.out})
	return nil
}

func (d *drawing) behind(c *canvas, doc Document) {
	sin, cos := math.Sincos(30 * math.Pi / 180)
	for _, f := range d.forms {
		if f.name == "Only" {
			tile(c, f)
		}
		if f.name != "Mark" {
			continue
		}
		across := f.box[2] * cos
		for row := range 5 {
			for column := range 2 {
				x := pageWidth/2 + (float64(column)-1)*(across+24) + float64(row%2)*30
				c.place("Mark", cos, sin, -sin, cos, x+10, 60+float64(row)*152)
			}
		}
	}
	if doc.Layout == Licence {
		d.frame(c)
	}
}

var gold = colour{0.71, 0.58, 0.33}

// The licence's frame: a heavy and a fine rule with a band of interlaced waves between them.
const (
	frameOut  = 15 * mm
	frameBand = 6.5 * mm
	waveLong  = 11.0
)

func (d *drawing) frame(c *canvas) {
	d.wave()
	wide, high := pageWidth-2*frameOut, pageHeight-2*frameOut
	c.save()
	c.stroke(gold, 2)
	c.box(frameOut-3.5, frameOut-3.5, wide+7, high+7)
	c.stroke(gold, 0.6)
	c.box(frameOut, frameOut, wide, high)
	c.box(frameOut+frameBand, frameOut+frameBand, wide-2*frameBand, high-2*frameBand)
	c.stroke(gold, 1.1)
	c.box(frameOut+frameBand+3, frameOut+frameBand+3, wide-2*frameBand-6, high-2*frameBand-6)
	d.band(c, wide, func(along, across float64) matrix {
		return matrix{1, 0, 0, 1, frameOut + along, frameOut + across}
	}, high)
	d.band(c, high, func(along, across float64) matrix {
		return matrix{0, 1, 1, 0, frameOut + across, frameOut + along}
	}, wide)
	c.restore()
}

// band repeats the wave along two opposite sides, in whole waves between the corners.
func (d *drawing) band(c *canvas, long float64, at func(along, across float64) matrix, apart float64) {
	n := math.Floor((long - 2*frameBand) / waveLong)
	stretch := (long - 2*frameBand) / (n * waveLong)
	for _, across := range []float64{frameBand / 2, apart - frameBand/2} {
		for i := range int(n) {
			m := at(frameBand+float64(i)*waveLong*stretch, across)
			c.place("Wave", m[0]*stretch, m[1]*stretch, m[2], m[3], m[4], m[5])
		}
		for _, end := range []float64{frameBand / 2, long - frameBand/2} {
			m := at(end, across)
			c.place("Rose", 1, 0, 0, 1, m[4], m[5])
		}
	}
}

// wave prepares one period of the interlaced waves, and the corners' rosette.
func (d *drawing) wave() {
	w := &canvas{doc: d}
	w.stroke(gold, 0.45)
	for _, tall := range []float64{0.46, 0.3, 0.14, -0.14, -0.3, -0.46} {
		t := tall * frameBand
		w.op("m", 0, 0)
		w.op("c", waveLong*0.18, t*1.3, waveLong*0.32, t*1.3, waveLong/2, 0)
		w.op("c", waveLong*0.68, -t*1.3, waveLong*0.82, -t*1.3, waveLong, 0)
		w.op("S")
	}
	r := &canvas{doc: d}
	r.stroke(gold, 0.45)
	for i := range 12 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 6)
		long := frameBand * 0.47
		r.op("m", 0, 0)
		r.op("c", long*(cos-sin*0.8), long*(sin+cos*0.8), long*(cos+sin*0.8), long*(sin-cos*0.8), 0, 0)
		r.op("S")
	}
	r.circle(frameBand * 0.46)
	h := frameBand
	d.forms = append(d.forms, form{"Wave", [4]float64{-1, -h, waveLong + 1, h}, w.out}, form{"Rose", [4]float64{-h, -h, h, h}, r.out})
}
