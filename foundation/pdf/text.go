package pdf

import (
	"strings"
	"unicode"
)

// Characters that may not begin a line, and that may not end one (CLREQ §3.1.6).
const (
	neverFirst = "，。、；：？！）〕】》〉」』”’…—·％‰℃,.;:?!)]}%"
	neverLast  = "（〔【《〈「『“‘([{￥¥"
)

// lines breaks a text to a width; indent is room left on the first line.
func (d *drawing) lines(s string, width, indent float64, st style) []string {
	var out []string
	for _, part := range strings.Split(s, "\n") {
		out = append(out, d.breakLine(units(part), width, indent, st)...)
	}
	return out
}

func (d *drawing) breakLine(words []string, width, indent float64, st style) []string {
	var out []string
	line, room := "", width-indent
	for _, w := range words {
		need := d.width(strings.TrimRight(w, " "), st)
		if need > room && line != "" {
			out = append(out, strings.TrimRight(line, " "))
			line, room = "", width
			w = strings.TrimLeft(w, " ")
		}
		for need > room { // one unit wider than a line: cut it
			head := d.cut(w, room, st)
			out = append(out, head)
			w, room = w[len(head):], width
			need = d.width(w, st)
		}
		line += w
		room -= d.width(w, st)
	}
	return append(out, strings.TrimRight(line, " "))
}

// cut is as much of w as fits, at least one character.
func (d *drawing) cut(w string, room float64, st style) string {
	used := 0.0
	for i, r := range w {
		used += d.width(string(r), st)
		if used > room && i > 0 {
			return w[:i]
		}
	}
	return w
}

// units are the pieces between which a line may break.
func units(s string) []string {
	var out []string
	glue := false // the last unit ends with an opening mark, or is a word still growing
	for _, r := range s {
		last := len(out) - 1
		switch {
		case last >= 0 && (glue || joins(out[last], r)):
			out[last] += string(r)
		default:
			out = append(out, string(r))
		}
		glue = strings.ContainsRune(neverLast, r)
	}
	return out
}

// joins says whether a character stays with the unit before it.
func joins(unit string, r rune) bool {
	if strings.ContainsRune(neverFirst, r) || invisible(r) || unicode.Is(unicode.Mn, r) {
		return true
	}
	before := []rune(unit)[len([]rune(unit))-1]
	return !wide(r) && !wide(before) && (r == ' ' || before != ' ')
}

// wide characters are set on a square and may be parted from their neighbours.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
		r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF || private(r) || r >= 0x20000
}

// block is where a paragraph stands and how it looks.
type block struct {
	x, width, indent float64
	style            style
}

// set draws one broken line at y, stretched to the block's width unless it is the last.
func (c *canvas) set(b block, y float64, line string, first, last bool) {
	x, width := b.x, b.width
	if first {
		x, width = x+b.indent, width-b.indent
	}
	st := b.style
	if n := len([]rune(line)); !last && n > 1 {
		if room := (width - c.doc.width(line, st)) / float64(n-1); room > 0 && room < st.size*0.5 {
			st.room = room
		}
	}
	c.text(x, y, line, st)
}

// fit is the style made smaller, down to a quarter, until the text fits the width.
func (d *drawing) fit(s string, width float64, st style) style {
	if w := d.width(s, st); w > width {
		st.room = 0
		if w = d.width(s, st); w > width {
			st.size *= max(width/w, 0.25)
		}
	}
	return st
}
