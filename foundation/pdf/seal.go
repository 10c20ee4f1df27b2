package pdf

import (
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// sealPlace is the page's private entry that tells Sign where the seal stands.
const sealPlace = "YimenSeal"

const (
	sealRadius = 20 * mm // an organ's seal is 40 mm across
	sealRing   = 1.2 * mm
)

// seal draws the round seal around x, y. Its characters are outlines and not text: a seal is
// a picture, and nobody searching the document is to find its words among the letter's.
func (d *drawing) seal(c *canvas, s SealPicture, x, y float64) error {
	ink := &canvas{doc: d}
	ink.fill(red)
	ink.stroke(red, sealRing)
	ink.circle(sealRadius - sealRing/2)
	if err := ink.arc(s.Organ, sealRadius-2.2*mm, true); err != nil {
		return err
	}
	if err := ink.arc(s.Number, sealRadius-2.6*mm, false); err != nil {
		return err
	}
	if err := ink.across(s.Legend); err != nil {
		return err
	}
	r := sealRadius + 1
	d.forms = append(d.forms, form{"Seal", [4]float64{-r, -r, r, r}, ink.out})
	c.save()
	c.op("/Ink gs")
	c.place("Seal", 1, 0, 0, 1, x, y)
	c.restore()
	d.sealAt = &[4]float64{x - r, y - r, x + r, y + r}
	return nil
}

// circle strokes a circle around the origin by four curves.
func (c *canvas) circle(r float64) {
	k := r * 0.5522847498
	c.op("m", r, 0)
	c.op("c", r, k, k, r, 0, r)
	c.op("c", -k, r, -r, k, -r, 0)
	c.op("c", -r, -k, -k, -r, 0, -r)
	c.op("c", k, -r, r, -k, r, 0)
	c.op("S")
}

// arc sets characters inside a circle of radius r: from left to right over the top with
// their heads outward, or small under the bottom with their feet outward.
func (c *canvas) arc(s string, r float64, top bool) error {
	chars := []rune(clean(s))
	if len(chars) == 0 {
		return nil
	}
	size, most, step := 6.2*mm, 250.0, 24.0
	if !top {
		size, most, step = 2.6*mm, 90.0, 8.0
	}
	step = min(step, most/float64(len(chars)))
	wide := min(size*0.72, step*math.Pi/180*(r-size)*1.12)
	base := r - size*0.86
	if !top {
		step, base = -step, -(r - size*0.12)
	}
	for i, char := range chars {
		turn := (float64(len(chars)-1)/2 - float64(i)) * step * math.Pi / 180
		sin, cos := math.Sincos(turn)
		place := matrix{cos * wide, sin * wide, -sin * size, cos * size, -sin * base, cos * base}
		if err := c.shape(char, place); err != nil {
			return err
		}
	}
	return nil
}

// across sets the legend on the middle line.
func (c *canvas) across(s string) error {
	chars := []rune(clean(s))
	size := min(4.3*mm, 1.1*sealRadius/float64(max(len(chars), 1)))
	for i, char := range chars {
		x := (float64(i) - float64(len(chars)-1)/2) * size * 1.02
		if err := c.shape(char, matrix{size, 0, 0, size, x, -size * 0.38}); err != nil {
			return err
		}
	}
	return nil
}

// matrix maps a character of one em, its foot's middle at the origin, to the page.
type matrix [6]float64

// shape fills a character's outline.
func (c *canvas) shape(r rune, m matrix) error {
	g := c.doc.fonts.find(r)
	if g.face == nil {
		return nil
	}
	var buf sfnt.Buffer
	em := float64(g.face.em)
	parts, err := g.face.parsed.LoadGlyph(&buf, sfnt.GlyphIndex(g.id), fixed.I(g.face.em), nil)
	if err != nil {
		return err
	}
	at := func(p fixed.Point26_6) (float64, float64) {
		x, y := float64(p.X)/64/em-float64(g.width)/2000, -float64(p.Y)/64/em
		return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
	}
	var lastX, lastY float64
	for _, s := range parts {
		x0, y0 := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			c.op("m", x0, y0)
		case sfnt.SegmentOpLineTo:
			c.op("l", x0, y0)
		case sfnt.SegmentOpQuadTo:
			x1, y1 := at(s.Args[1])
			c.op("c", lastX+(x0-lastX)*2/3, lastY+(y0-lastY)*2/3, x1+(x0-x1)*2/3, y1+(y0-y1)*2/3, x1, y1)
			x0, y0 = x1, y1
		}
		lastX, lastY = x0, y0
	}
	c.op("f")
	return nil
}
