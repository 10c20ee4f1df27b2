package page

import (
	"slices"
	"unicode"
)

// Stop is one box of a process: who does what, and how long it may take.
type Stop struct {
	What, Who, Limit string
	After            string    // what must be done before, in words; only where it is not simply the line above
	State            StopState // of a case; empty on a plan
	Said             string    // the state in words
}

// StopState is how far a stop of a case has come. Colour shows it, and a mark and words do too.
type StopState string

// The states of a stop.
const (
	StopDone    StopState = "done"
	StopOpen    StopState = "open"
	StopLate    StopState = "late"
	StopAgainst StopState = "against" // done, and the answer was no
	StopVoid    StopState = "void"    // not needed any more
	StopWaiting StopState = "waiting"
	StopFlawed  StopState = "flawed" // on a plan: something is wrong with it
)

var stopMarks = map[StopState]string{StopDone: "✓", StopOpen: "●", StopLate: "!", StopAgainst: "✕", StopVoid: "–", StopWaiting: "○", StopFlawed: "!"}

// Stage is stops that run at the same time.
type Stage []Stop

// box is a stop's place in the drawing, in the units of the view box.
type box struct {
	X, Y, W, H int
	What, Who  []string // broken into lines
	Font       int
	State      StopState
}

// lineY is where the n-th line of a box is written.
func (b box) lineY(n int) int { return b.Y + 8 + (n+1)*(b.Font+5) - 4 }

// arrow runs from one stage down to the next.
type arrow struct{ X, From, To int }

// drawing is the process as a picture. Boxes side by side run at the same time.
type drawing struct {
	W, H    int
	Boxes   []box
	Arrows  []arrow
	Frames  []box // around stops that run at the same time
	Caption []string
}

// draw lays the stages out downwards. With large type boxes stand one below the other, so that the writing can be large.
func draw(p *Page, all []Stage) drawing {
	d := drawing{W: 360}
	across, font := 3, 13
	if p.Large() {
		across, font = 1, 20
	}
	y := 2
	for i, st := range all {
		if i > 0 {
			d.Arrows = append(d.Arrows, arrow{d.W / 2, y + 2, y + 22})
			y += 26
		}
		y = d.stage(st, across, font, y)
	}
	d.H = y + 2
	return d
}

// stage places one stage's boxes from y on and says where they end.
func (d *drawing) stage(st Stage, across, font, y int) int {
	const gap, margin = 8, 8
	framed, left, width := len(st) > 1, 0, d.W
	top := y
	if framed {
		left, width, y = margin, d.W-2*margin, y+margin
	}
	for row := range slices.Chunk(st, across) {
		w := (width - gap*(len(row)-1)) / len(row)
		if len(st) == 1 && across > 1 {
			w = min(w, 260)
		}
		at := left + (width-w*len(row)-gap*(len(row)-1))/2
		tall := 0
		from := len(d.Boxes)
		for i, s := range row {
			b := box{X: at + i*(w+gap), Y: y, W: w, Font: font, State: s.State, What: inLines(marked(s), (w-16)/font), Who: inLines(s.Who, (w-16)/font)}
			b.H = b.lineY(len(b.What)+len(b.Who)-1) - y + 14
			tall = max(tall, b.H)
			d.Boxes = append(d.Boxes, b)
		}
		for i := range d.Boxes[from:] {
			d.Boxes[from+i].H = tall
		}
		y += tall + gap
	}
	y -= gap
	if framed {
		y += margin
		d.Frames = append(d.Frames, box{X: 1, Y: top, W: d.W - 2, H: y - top})
	}
	return y
}

// marked is what a stop is called in the drawing.
func marked(s Stop) string {
	if m := stopMarks[s.State]; m != "" {
		return m + " " + s.What
	}
	return s.What
}

// inLines cuts a text into lines of so many full-width characters. Latin words stay whole where they fit.
func inLines(s string, most int) (lines []string) {
	most = max(most, 4) * 2
	var line []rune
	used, space := 0, -1
	for _, r := range s {
		w := 2
		if r < 0x2000 {
			w = 1
		}
		if used+w > most && len(line) > 0 {
			rest := []rune{}
			if space > 0 && !unicode.Is(unicode.Han, r) {
				rest = append(rest, line[space+1:]...)
				line = line[:space]
			}
			lines = append(lines, string(line))
			line, used, space = rest, len(rest), -1
		}
		if r == ' ' {
			space = len(line)
		}
		line = append(line, r)
		used += w
	}
	if len(line) > 0 {
		lines = append(lines, string(line))
	}
	return lines
}
