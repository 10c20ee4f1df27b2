// Package pay is a simulator of a gateway for non-tax revenue (模拟非税缴费网关): it speaks the
// protocol of connector/nontax, keeps orders and what was paid in memory, and misbehaves on command.
//
// Invariants: no money moves and nothing leaves this program; what was paid stands on the day's
// statement whatever was told of it, unless the manner is to leave it out.
package pay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/fault"
)

// Manner is how the gateway behaves.
type Manner string

const (
	Honest    Manner = ""
	Prompt    Manner = "prompt"    // pays every order as soon as it is opened
	Twice     Manner = "twice"     // tells of a payment twice
	Double    Manner = "double"    // takes the money twice, and tells of both
	Late      Manner = "late"      // tells only when told to (Tell)
	Never     Manner = "never"     // never tells; who asks is answered
	Amount    Manner = "amount"    // takes and tells one 分 less
	Forged    Manner = "forged"    // signs its call with another key
	Strange   Manner = "strange"   // tells of an order that was never opened
	Down      Manner = "down"      // 503 to everything
	NoRefunds Manner = "norefunds" // refuses every refund
	Forgets   Manner = "forgets"   // leaves payments out of the statement
)

// Manners lists them all, for a page of commands.
func Manners() []Manner {
	return []Manner{Honest, Prompt, Twice, Double, Late, Never, Amount, Forged, Strange, Down, NoRefunds, Forgets}
}

// Bill is an order as the simulator keeps it.
type Bill struct {
	No      string
	Code    string // the gateway's number, in the address where it is paid
	Amount  int64
	Subject string
	Back    string
	Until   time.Time
	Made    time.Time
	Paid    []Payment
	notify  string
}

// Payment is money of an order.
type Payment struct {
	Serial string
	Amount int64
	At     time.Time
	hidden bool // from the statement
}

type refund struct {
	number, serial, no string
	amount             int64
	at                 time.Time
}

// Gateway answers the requests of the protocol under /v1.
type Gateway struct {
	Merchant string
	Key      string
	Page     func(code string) string // the address where an order is paid
	Now      func() time.Time
	Send     func(r *http.Request) // carries a call to the house; called without a lock held

	mu      sync.Mutex
	manner  Manner
	bills   map[string]*Bill // by No
	order   []string         // oldest first
	refunds map[string]refund
	serial  int
	waiting []call
	last    call // for Again
}

type call struct {
	url  string
	body paidBody
	sent *http.Request // as it went out; nil: not yet
	raw  []byte
}

// Forget loses everything, as a gateway that was set up anew.
func (g *Gateway) Forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bills, g.order, g.refunds, g.waiting = nil, nil, nil, nil
}

// mostBills bounds what is kept.
const mostBills = 2000

// Behave changes the gateway's manner.
func (g *Gateway) Behave(m Manner) { g.mu.Lock(); defer g.mu.Unlock(); g.manner = m }

// Manner is how it behaves now.
func (g *Gateway) Manner() Manner { g.mu.Lock(); defer g.mu.Unlock(); return g.manner }

// Bills lists the last orders, newest first.
func (g *Gateway) Bills() (out []Bill) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, no := range slices.Backward(g.order) {
		out = append(out, *g.bills[no])
	}
	return out[:min(len(out), 50)]
}

// Find gives the order of a code; NotFound.
func (g *Gateway) Find(code string) (Bill, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, b := range g.bills {
		if b.Code == code {
			return *b, nil
		}
	}
	return Bill{}, fault.New(fault.NotFound, "fault.not_found")
}

// Pay takes the money of an order and tells of it as the manner wants; an order that was paid is
// left as it is.
func (g *Gateway) Pay(code string) error {
	b, err := g.Find(code)
	if err != nil || len(b.Paid) > 0 {
		return err
	}
	g.pay(b.No)
	return nil
}

func (g *Gateway) pay(no string) {
	m := g.Manner()
	p := g.take(no, m)
	switch m {
	case Twice:
		g.tell(m, no, p, p)
	case Double:
		g.tell(m, no, p, g.take(no, m))
	case Never:
	default:
		g.tell(m, no, p)
	}
}

func (g *Gateway) take(no string, m Manner) Payment {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.bills[no]
	g.serial++
	p := Payment{Serial: fmt.Sprintf("S%s%06d", g.Now().UTC().Format("20060102150405"), g.serial), Amount: b.Amount, At: g.Now(), hidden: m == Forgets}
	if m == Amount {
		p.Amount--
	}
	b.Paid = append(b.Paid, p)
	return p
}

func (g *Gateway) tell(m Manner, no string, all ...Payment) {
	g.mu.Lock()
	url := g.bills[no].notify
	g.mu.Unlock()
	for _, p := range all {
		c := call{url: url, body: paidBody{No: no, Serial: p.Serial, Amount: p.Amount, At: p.At.Unix()}}
		switch m {
		case Late:
			g.mu.Lock()
			g.waiting = append(g.waiting, c)
			g.mu.Unlock()
			continue
		case Strange:
			c.body.No = "999999" + no[6:]
		}
		g.send(c, m == Forged)
	}
}

// Tell makes the calls that are late and says how many.
func (g *Gateway) Tell() int {
	g.mu.Lock()
	due := g.waiting
	g.waiting = nil
	g.mu.Unlock()
	for _, c := range due {
		g.send(c, false)
	}
	return len(due)
}

// Again sends the last call once more, to the letter; false if there was none.
func (g *Gateway) Again() bool {
	g.mu.Lock()
	c := g.last
	g.mu.Unlock()
	if c.sent == nil {
		return false
	}
	r := c.sent.Clone(c.sent.Context())
	r.Body = io.NopCloser(bytes.NewReader(c.raw))
	g.Send(r)
	return true
}

func (g *Gateway) send(c call, forged bool) {
	c.raw, _ = json.Marshal(c.body) // strings and numbers always marshal
	r, err := http.NewRequest(http.MethodPost, c.url, bytes.NewReader(c.raw))
	if err != nil {
		return // the house named no address
	}
	key := g.Key
	if forged {
		key += "?"
	}
	at, nonce := strconv.FormatInt(g.Now().Unix(), 10), newNonce()
	r.Header.Set(merchantHeader, g.Merchant)
	r.Header.Set(timeHeader, at)
	r.Header.Set(nonceHeader, nonce)
	r.Header.Set(signatureHeader, signature(key, r.Method, r.URL.Path, at, nonce, c.raw))
	c.sent = r.Clone(r.Context())
	g.mu.Lock()
	g.last = c
	g.mu.Unlock()
	g.Send(r)
}

func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil || g.Manner() == Down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	h := r.Header
	if h.Get(merchantHeader) != g.Merchant || h.Get(signatureHeader) != signature(g.Key, r.Method, r.URL.Path, h.Get(timeHeader), h.Get(nonceHeader), body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, at, _ := strings.Cut(r.URL.Path, "/v1/")
	out, ok := g.answer(at, body)
	raw, _ := json.Marshal(out) // strings and numbers always marshal
	now := strconv.FormatInt(g.Now().Unix(), 10)
	w.Header().Set(timeHeader, now)
	w.Header().Set(signatureHeader, signature(g.Key, "ANSWER", r.URL.Path, now, h.Get(nonceHeader), raw))
	if !ok {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	_, _ = w.Write(raw) // the house hung up; nobody to tell
}

func (g *Gateway) answer(at string, body []byte) (any, bool) {
	switch at {
	case "orders":
		return read(body, g.open)
	case "orders/query":
		return read(body, g.query)
	case "refunds":
		return read(body, g.refund)
	case "statement":
		return read(body, g.statement)
	}
	return nil, false
}

func read[In any](body []byte, answer func(In) (any, bool)) (any, bool) {
	var in In
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, false
	}
	return answer(in)
}

func (g *Gateway) open(in orderBody) (any, bool) {
	b, made := g.opened(in)
	if b.Amount != in.Amount {
		return nil, false // the number belongs to another amount
	}
	if made && g.Manner() == Prompt {
		g.pay(b.No)
	}
	return openedBody{Number: b.Code, Address: g.Page(b.Code)}, true
}

func (g *Gateway) opened(in orderBody) (*Bill, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if b := g.bills[in.No]; b != nil {
		return b, false
	}
	if g.bills == nil {
		g.bills = map[string]*Bill{}
	}
	b := &Bill{No: in.No, Code: newNonce()[:16], Amount: in.Amount, Subject: in.Subject, Back: in.Back, Until: time.Unix(in.Until, 0), Made: g.Now(), notify: in.Notify}
	g.bills[in.No] = b
	if g.order = append(g.order, in.No); len(g.order) > mostBills {
		delete(g.bills, g.order[0])
		g.order = g.order[1:]
	}
	return b, true
}

func (g *Gateway) query(in queryBody) (any, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.bills[in.No]
	if b == nil {
		return nil, false
	}
	out := paidList{Payments: []paidBody{}}
	for _, p := range b.Paid {
		out.Payments = append(out.Payments, paidBody{No: b.No, Serial: p.Serial, Amount: p.Amount, At: p.At.Unix()})
	}
	return out, true
}

func (g *Gateway) refund(in refundBody) (any, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if done, again := g.refunds[in.ID]; again {
		return refundedBody{Number: done.number}, done.amount == in.Amount
	}
	no, left := "", int64(0)
	for _, b := range g.bills {
		for _, p := range b.Paid {
			if p.Serial == in.Serial {
				no, left = b.No, p.Amount
			}
		}
	}
	for _, r := range g.refunds {
		if r.serial == in.Serial {
			left -= r.amount
		}
	}
	if g.manner == NoRefunds || in.Amount <= 0 || in.Amount > left {
		return nil, false
	}
	if g.refunds == nil {
		g.refunds = map[string]refund{}
	}
	g.serial++
	r := refund{number: fmt.Sprintf("R%s%06d", g.Now().UTC().Format("20060102150405"), g.serial), serial: in.Serial, no: no, amount: in.Amount, at: g.Now()}
	g.refunds[in.ID] = r
	return refundedBody{Number: r.number}, true
}

func (g *Gateway) statement(in dayBody) (any, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := statementBody{Lines: []moveBody{}}
	for _, b := range g.bills {
		for _, p := range b.Paid {
			if !p.hidden && calendar.DateOf(p.At).String() == in.Day {
				out.Lines = append(out.Lines, moveBody{Serial: p.Serial, No: b.No, Amount: p.Amount, At: p.At.Unix()})
			}
		}
	}
	for _, r := range g.refunds {
		if calendar.DateOf(r.at).String() == in.Day {
			out.Lines = append(out.Lines, moveBody{Serial: r.number, No: r.no, Amount: -r.amount, At: r.at.Unix()})
		}
	}
	return out, true
}
