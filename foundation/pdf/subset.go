package pdf

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// subset gathers the characters that a document takes from one face. A character's place in
// chars plus one is its code in the document, so that two characters with one shape (⼀ and 一)
// are still extracted as themselves.
type subset struct {
	face  *face
	chars []shape
	codes map[rune]uint16
}

// shape is a character and its glyph; a glyph without a face is drawn as a box with the code point.
type shape struct {
	char  rune
	glyph glyph
}

// code is the character's code in this subset, given at its first use.
func (s *subset) code(r rune, g glyph) uint16 {
	if c, ok := s.codes[r]; ok {
		return c
	}
	s.chars = append(s.chars, shape{r, g})
	c := uint16(len(s.chars))
	s.codes[r] = c
	return c
}

// trueType builds the font file: glyph 0 empty, then the characters by code, then the parts
// they are composed of.
func (s *subset) trueType(digits func(rune) glyph) ([]byte, error) {
	b := &builder{face: s.face, parts: map[uint16]uint16{}, next: uint16(len(s.chars) + 1)}
	b.add(nil, 500)
	for _, c := range s.chars {
		entry, err := b.entry(c, digits)
		if err != nil {
			return nil, fmt.Errorf("glyph of %U: %w", c.char, err)
		}
		b.add(entry, c.glyph.width*s.face.em/1000)
	}
	for i := 0; i < len(b.queue); i++ { // parts may have parts
		entry, err := b.part(b.queue[i])
		if err != nil {
			return nil, err
		}
		b.add(entry, 0)
	}
	return b.file(), nil
}

// builder lays glyphs one after another.
type builder struct {
	face  *face
	glyf  []byte
	loca  []uint32
	wide  []uint16
	left  []int16           // left side bearings: a glyph is set by its own left bound
	parts map[uint16]uint16 // glyph of the font → glyph of the subset
	queue []uint16          // parts still to be laid, by glyph of the font
	next  uint16
}

const frame = math.MaxUint16 // stands for the box's frame, which no font holds

func (b *builder) add(entry []byte, width int) {
	b.loca = append(b.loca, uint32(len(b.glyf)))
	b.wide = append(b.wide, uint16(width))
	left := int16(0)
	if len(entry) >= 4 {
		left = int16(binary.BigEndian.Uint16(entry[2:]))
	}
	b.left = append(b.left, left)
	b.glyf = append(b.glyf, entry...)
	for len(b.glyf)%4 != 0 {
		b.glyf = append(b.glyf, 0)
	}
}

func (b *builder) entry(c shape, digits func(rune) glyph) ([]byte, error) {
	if c.glyph.face != nil {
		return b.part(c.glyph.id)
	}
	if c.glyph.width == 0 {
		return nil, nil
	}
	return b.boxed(c.char, digits), nil
}

func (b *builder) part(id uint16) ([]byte, error) {
	if id == frame {
		return frameGlyph(b.face.em), nil
	}
	raw, err := b.face.outline(id)
	if err != nil || len(raw) < 10 {
		return nil, err
	}
	if int16(binary.BigEndian.Uint16(raw)) >= 0 {
		return plainGlyph(raw), nil
	}
	return b.composed(raw)
}

// use gives a part its number in the subset.
func (b *builder) use(id uint16) uint16 {
	if n, ok := b.parts[id]; ok {
		return n
	}
	n := b.next
	b.parts[id] = n
	b.next++
	b.queue = append(b.queue, id)
	return n
}

// Flags of a composite glyph (OpenType, glyf).
const (
	argsAreWords    = 0x0001
	argsAreXY       = 0x0002
	haveScale       = 0x0008
	moreParts       = 0x0020
	haveTwoScales   = 0x0040
	haveTwoByTwo    = 0x0080
	haveInstruction = 0x0100
)

// composed copies a composite glyph with its parts renumbered and its instructions left out.
func (b *builder) composed(raw []byte) ([]byte, error) {
	out := slices.Clone(raw[:10])
	for at := 10; ; {
		if at+4 > len(raw) {
			return nil, fmt.Errorf("composite glyph is cut short")
		}
		flags, id := binary.BigEndian.Uint16(raw[at:]), binary.BigEndian.Uint16(raw[at+2:])
		end := at + 4 + partSize(flags)
		if end > len(raw) {
			return nil, fmt.Errorf("composite glyph is cut short")
		}
		out = binary.BigEndian.AppendUint16(out, flags&^haveInstruction)
		out = binary.BigEndian.AppendUint16(out, b.use(id))
		out = append(out, raw[at+4:end]...)
		if flags&moreParts == 0 {
			return out, nil
		}
		at = end
	}
}

func partSize(flags uint16) int {
	size := 2
	if flags&argsAreWords != 0 {
		size = 4
	}
	switch {
	case flags&haveScale != 0:
		size += 2
	case flags&haveTwoScales != 0:
		size += 4
	case flags&haveTwoByTwo != 0:
		size += 8
	}
	return size
}

// plainGlyph leaves a simple glyph's instructions out: they need tables that are not taken along.
func plainGlyph(raw []byte) []byte {
	at := 10 + 2*int(binary.BigEndian.Uint16(raw))
	if at+2 > len(raw) {
		return raw
	}
	n := int(binary.BigEndian.Uint16(raw[at:]))
	if n == 0 || at+2+n > len(raw) {
		return raw
	}
	out := slices.Clone(raw[:at])
	out = append(out, 0, 0)
	return append(out, raw[at+2+n:]...)
}

// boxed composes the frame and the code point's hexadecimal digits, at most three a line,
// into one glyph a whole em wide.
func (b *builder) boxed(r rune, digits func(rune) glyph) []byte {
	text := []rune(fmt.Sprintf("%04X", r))
	columns := (len(text) + 1) / 2
	em := float64(b.face.em)
	scale := 0.5
	if columns > 2 {
		scale = 0.4
	}
	out := slices.Clone(frameGlyph(b.face.em)[:10])
	binary.BigEndian.PutUint16(out, math.MaxUint16) // −1 contours: composite
	out = appendPart(out, b.use(frame), 0, 0, 1, true)
	for i, digit := range text {
		g := digits(digit)
		wide := float64(g.width) / 1000 * em * scale
		x := em/2 + (float64(i%columns)-float64(columns)/2)*wide*1.05
		y := em * 0.42
		if i >= columns {
			y = em * 0.02
		}
		out = appendPart(out, b.use(g.id), x, y, scale, i < len(text)-1)
	}
	return out
}

func appendPart(out []byte, id uint16, x, y, scale float64, more bool) []byte {
	flags := uint16(argsAreWords | argsAreXY | haveScale)
	if more {
		flags |= moreParts
	}
	for _, v := range []uint16{flags, id, uint16(int16(x)), uint16(int16(y)), uint16(int16(scale * (1 << 14)))} {
		out = binary.BigEndian.AppendUint16(out, v)
	}
	return out
}

// frameGlyph is a square outline: two contours of four points, the inner one reversed.
func frameGlyph(em int) []byte {
	e := float64(em)
	low, high, thick := int16(e*-0.08), int16(e*0.84), int16(e*0.03)
	left, right := int16(e*0.04), int16(e*0.96)
	points := [][2]int16{
		{left, low}, {left, high}, {right, high}, {right, low},
		{left + thick, low + thick}, {right - thick, low + thick}, {right - thick, high - thick}, {left + thick, high - thick},
	}
	var out []byte
	for _, v := range []int16{2, left, low, right, high, 3, 7, 0} { // contours, bounds, ends, no instructions
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	for range points {
		out = append(out, 1) // on the curve, coordinates as words
	}
	for axis := range 2 {
		last := int16(0)
		for _, p := range points {
			out = binary.BigEndian.AppendUint16(out, uint16(p[axis]-last))
			last = p[axis]
		}
	}
	return out
}
