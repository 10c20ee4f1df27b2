package pdf

import (
	"fmt"
	"math"
	"strconv"
)

// colour is red, green, blue from 0 to 1.
type colour [3]float64

var (
	black = colour{0, 0, 0}
	white = colour{1, 1, 1}
	red   = colour{0.80, 0.06, 0.09}
	grey  = colour{0.45, 0.45, 0.45}
)

// canvas is the content of one page (or of a reusable drawing). Coordinates are points from
// the lower left corner; text is set by its baseline.
type canvas struct {
	out []byte
	doc *drawing
}

func (c *canvas) op(name string, numbers ...float64) {
	for _, n := range numbers {
		c.out = appendNumber(c.out, n)
		c.out = append(c.out, ' ')
	}
	c.out = append(c.out, name...)
	c.out = append(c.out, '\n')
}

// appendNumber writes two decimals at most, which is 1/7000 of an inch.
func appendNumber(out []byte, n float64) []byte {
	v := int64(math.Round(n * 100))
	if v < 0 {
		out, v = append(out, '-'), -v
	}
	out = strconv.AppendInt(out, v/100, 10)
	switch v %= 100; {
	case v == 0:
		return out
	case v%10 == 0:
		return append(out, '.', byte('0'+v/10))
	}
	return append(out, '.', byte('0'+v/10), byte('0'+v%10))
}

func (c *canvas) fill(k colour)              { c.op("rg", k[0], k[1], k[2]) }
func (c *canvas) stroke(k colour, w float64) { c.op("RG", k[0], k[1], k[2]); c.op("w", w) }
func (c *canvas) save()                      { c.op("q") }
func (c *canvas) restore()                   { c.op("Q") }
func (c *canvas) line(x0, y0, x1, y1 float64) {
	c.op("m", x0, y0)
	c.op("l", x1, y1)
	c.op("S")
}

func (c *canvas) box(x, y, w, h float64) {
	c.op("re", x, y, w, h)
	c.op("S")
}

// place draws a named drawing of the document with the matrix given.
func (c *canvas) place(name string, a, b, d, e, x, y float64) {
	c.save()
	c.op("cm", a, b, d, e, x, y)
	c.op("/" + name + " Do")
	c.restore()
}

// style of a text: its size, its colour, whether heavier, and extra room after each character.
type style struct {
	size  float64
	ink   colour
	heavy bool
	room  float64
}

// text sets a line at x, y and gives the x where it ends.
func (c *canvas) text(x, y float64, s string, st style) float64 {
	if s == "" {
		return x
	}
	if st.heavy {
		c.save()
		defer c.restore()
	}
	c.op("BT")
	c.fill(st.ink)
	if st.heavy { // no bold face is embedded: fill and a hair of outline
		c.stroke(st.ink, st.size*0.022)
		c.op("Tr", 2)
	}
	if st.room != 0 {
		c.op("Tc", st.room)
	}
	c.op("Td", x, y)
	now := -1
	for _, r := range clean(s) {
		face, code, width := c.doc.use(r)
		if face != now {
			c.closeRun(now)
			c.out = append(c.out, fmt.Sprintf("/F%d ", face)...)
			c.op("Tf", st.size)
			c.out = append(c.out, '<')
			now = face
		}
		c.out = appendHex(c.out, code)
		if width > 0 {
			x += float64(width)*st.size/1000 + st.room
		}
	}
	c.closeRun(now)
	if st.room != 0 {
		c.op("Tc", 0)
	}
	c.op("ET")
	return x
}

func (c *canvas) closeRun(face int) {
	if face >= 0 {
		c.out = append(c.out, "> Tj\n"...)
	}
}

const hexDigits = "0123456789ABCDEF"

func appendHex(out []byte, v uint16) []byte {
	return append(out, hexDigits[v>>12], hexDigits[v>>8&15], hexDigits[v>>4&15], hexDigits[v&15])
}

// centred sets a line around x.
func (c *canvas) centred(x, y float64, s string, st style) {
	c.text(x-c.doc.width(s, st)/2, y, s, st)
}

// ending sets a line that ends at x.
func (c *canvas) ending(x, y float64, s string, st style) {
	c.text(x-c.doc.width(s, st), y, s, st)
}
