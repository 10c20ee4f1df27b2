package page

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/a-h/templ"
	"github.com/skip2/go-qrcode"
)

// Tone is what a colour says; the words always say it too.
type Tone string

const (
	Plain  Tone = ""
	Info   Tone = "info"
	Good   Tone = "good"
	Warn   Tone = "warn"
	Danger Tone = "danger"
)

// Row is a line of a Summary: a question and its answer, with a way to change it.
type Row struct {
	Label  string
	Value  string
	Part   templ.Component // instead of Value
	Note   string          // below the answer: source and date, basis
	Change string          // address; "" = cannot be changed here
}

// Task is a line of a task list. The whole line is the link; one without Href cannot be begun yet, and Hint says why.
type Task struct {
	Title, Hint, Href string
	Status            string
	Tone              Tone
	Done              bool
}

// Moment is a stop of a timeline.
type Moment struct {
	Title  string
	At     string // already in words: p.When(t)
	Who    string // who has it or did it: organ, post, phone
	Detail string
	State  State
	Part   templ.Component // below the detail
}

// State is where a Moment stands.
type State string

const (
	Done   State = "done"
	Now    State = "now"
	Later  State = "later"
	Paused State = "paused"
	Failed State = "failed"
)

// Notify is a message in the page.
type Notify struct {
	Tone   Tone
	Title  string
	Text   string
	Alert  bool // read out at once; for what came up by itself
	Action Link
}

// Confirmation is the panel after something was handed in.
type Confirmation struct {
	Title  string
	Number string // in groups of four
	Label  string // what the number is
	Text   string
}

// Act is a button, or with Href a link that looks like one.
type Act struct {
	Text   string
	Href   string
	Look   Look
	Name   string // sent with the form when this button was pressed
	Value  string
	Key    string // desk shortcut
	Form   string // id of the form it belongs to, when outside
	Dialog string // id of the dialog it opens instead of sending
	To     string // formaction: another address for the same form
	Extra  templ.Attributes
}

// Look is a button's weight: one Main per page.
type Look string

const (
	Main    Look = "main"
	Second  Look = "second"
	Quiet   Look = "quiet"
	Warning Look = "warning"
)

func (a Act) class() string {
	if a.Look == "" {
		return "button " + string(Second)
	}
	return "button " + string(a.Look)
}

func (a Act) attributes() templ.Attributes {
	out := templ.Attributes{}
	for name, v := range map[string]string{"name": a.Name, "value": a.Value, "form": a.Form, "formaction": a.To, "data-dialog": a.Dialog, "data-key": a.Key} {
		if v != "" {
			out[name] = v
		}
	}
	if a.Key != "" {
		out["aria-keyshortcuts"] = ariaKeys(a.Key)
	}
	for k, v := range a.Extra {
		out[k] = v
	}
	return out
}

func (a Act) kind() string {
	if a.Dialog != "" {
		return "button"
	}
	return "submit"
}

// BesideRows name who had a part in handing in a case beside its party: the agent, and the member of staff who helped.
func BesideRows(p *Page, agent, helper string) (out []Row) {
	if agent != "" {
		out = append(out, Row{Label: p.T("proxy.agent"), Value: agent})
	}
	if helper != "" {
		out = append(out, Row{Label: p.T("proxy.helper"), Value: helper})
	}
	return out
}

// Sheet is the head of a printed page: it is seen on paper only.
type Sheet struct {
	Title  string
	Number string // in groups of four
	At     string
	Link   string // address of the living page, as a QR code
	Rows   []Row
}

// qrPath draws a text's QR code as one SVG path over a square of side modules, quiet zone included.
// The last ones drawn are kept: a guide's code is the same for everybody.
func qrPath(text string) (path string, side int) {
	if d, ok := qrKept.Load(text); ok {
		return d.(drawnQR).path, d.(drawnQR).side
	}
	path, side = drawQR(text)
	if !strings.HasPrefix(text, "http") { // an authenticator's secret is not for keeping
		return path, side
	}
	if qrCount.Add(1) > qrMost {
		qrKept.Clear()
		qrCount.Store(0)
	}
	qrKept.Store(text, drawnQR{path, side})
	return path, side
}

type drawnQR struct {
	path string
	side int
}

// qrMost bounds what is kept, a few KB each.
const qrMost = 500

var (
	qrKept  sync.Map // text → drawnQR
	qrCount atomic.Int64
)

func drawQR(text string) (path string, side int) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return "", 0 // longer than a QR code holds
	}
	var b strings.Builder
	grid := code.Bitmap()
	for y, line := range grid {
		for x := 0; x < len(line); x++ {
			from := x
			for x < len(line) && line[x] {
				x++
			}
			if x > from {
				b.WriteString("M" + strconv.Itoa(from) + " " + strconv.Itoa(y) + "h" + strconv.Itoa(x-from) + "v1h-" + strconv.Itoa(x-from) + "z")
			}
		}
	}
	return b.String(), len(grid)
}

func tone(t Tone) string {
	if t == Plain {
		return string(Info)
	}
	return string(t)
}
