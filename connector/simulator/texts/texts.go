// Package texts is a simulator of a text message gateway (模拟短信网关): it speaks Kannel's sendsms
// protocol, keeps what each phone would have received, and misbehaves on command.
//
// Invariants: nothing leaves this program; it keeps the last texts of a phone in memory only; it
// reports to the address a request names, and like Kannel it does not tell two requests with the
// same id apart.
package texts

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Manner is how the gateway behaves.
type Manner string

const (
	Honest Manner = ""
	Refuse Manner = "refuse" // 400: this request never
	Down   Manner = "down"   // 503: not now, and not taken
	Slow   Manner = "slow"   // takes the text and answers only when the caller has given up
	Break  Manner = "break"  // takes the text and breaks the connection off
	Silent Manner = "silent" // takes the text and never reports
	Twice  Manner = "twice"  // reports twice
	Late   Manner = "late"   // reports only when told to (Report)
	Fails  Manner = "fails"  // reports that the phone did not get it
)

// Manners lists them all, for a page of commands.
func Manners() []Manner {
	return []Manner{Honest, Refuse, Down, Slow, Break, Silent, Twice, Late, Fails}
}

// Message is a text as a phone shows it.
type Message struct {
	To   string
	From string
	Body string
	At   time.Time
}

// Gateway answers POST /cgi-bin/sendsms.
type Gateway struct {
	Username string
	Password string
	Now      func() time.Time
	// Call fetches a report's address; it is called without a lock held.
	Call func(address string)

	mu      sync.Mutex
	manner  Manner
	phones  map[string][]Message // newest last
	order   []string             // numbers, oldest first
	waiting []string             // addresses of reports that are late
}

// Bounds of what is kept.
const (
	mostTexts  = 50
	mostPhones = 1000
)

// Behave changes the gateway's manner.
func (g *Gateway) Behave(m Manner) { g.mu.Lock(); defer g.mu.Unlock(); g.manner = m }

// Manner is how it behaves now.
func (g *Gateway) Manner() Manner { g.mu.Lock(); defer g.mu.Unlock(); return g.manner }

// Received lists what a phone got, newest first.
func (g *Gateway) Received(number string) []Message {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := slices.Clone(g.phones[number])
	slices.Reverse(out)
	return out
}

// All lists the last texts of all phones, newest first, as many as are kept of one.
func (g *Gateway) All() []Message {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []Message
	for _, list := range g.phones {
		out = append(out, list...)
	}
	slices.SortStableFunc(out, func(a, b Message) int { return b.At.Compare(a.At) })
	return out[:min(len(out), mostTexts)]
}

// Report sends the reports that are late and says how many.
func (g *Gateway) Report() int {
	g.mu.Lock()
	due := g.waiting
	g.waiting = nil
	g.mu.Unlock()
	for _, address := range due {
		g.Call(address)
	}
	return len(due)
}

func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/cgi-bin/sendsms" {
		http.NotFound(w, r)
		return
	}
	head := func(name string) string { return r.Header.Get("X-Kannel-" + name) }
	if head("Username") != g.Username || head("Password") != g.Password {
		answer(w, http.StatusForbidden, "Authorization failed for sendsms")
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4096))
	manner := g.Manner()
	switch {
	case err != nil || head("To") == "" || len(body) == 0 || manner == Refuse:
		answer(w, http.StatusBadRequest, "Request refused")
		return
	case manner == Down:
		answer(w, http.StatusServiceUnavailable, "Temporal failure, try again later.")
		return
	}
	g.keep(Message{head("To"), head("From"), string(body), g.Now()})
	g.report(manner, head("DLR-Url"))
	switch manner {
	case Slow:
		<-r.Context().Done()
	case Break:
		panic(http.ErrAbortHandler)
	}
	answer(w, http.StatusAccepted, "0: Accepted for delivery")
}

func answer(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprint(w, words)
}

func (g *Gateway) keep(m Message) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.phones == nil {
		g.phones = map[string][]Message{}
	}
	g.order = append(slices.DeleteFunc(g.order, func(n string) bool { return n == m.To }), m.To)
	if len(g.order) > mostPhones {
		delete(g.phones, g.order[0])
		g.order = g.order[1:]
	}
	list := append(g.phones[m.To], m)
	g.phones[m.To] = list[max(0, len(list)-mostTexts):]
}

// Kannel's report types.
const (
	delivered = "1"
	failed    = "2"
	taken     = "8"
)

// report calls the report's address as the manner wants it: taken by the centre, then what became
// of it.
func (g *Gateway) report(m Manner, address string) {
	if address == "" || m == Silent {
		return
	}
	last := delivered
	if m == Fails {
		last = failed
	}
	all := []string{g.filled(address, taken), g.filled(address, last)}
	if m == Twice {
		all = append(all, all...)
	}
	if m == Late {
		g.mu.Lock()
		g.waiting = append(g.waiting, all...)
		g.mu.Unlock()
		return
	}
	for _, a := range all {
		g.Call(a)
	}
}

// filled puts the report's type and time into the address, as Kannel does.
func (g *Gateway) filled(address, kind string) string {
	return strings.NewReplacer("%d", kind, "%T", strconv.FormatInt(g.Now().Unix(), 10)).Replace(address)
}
