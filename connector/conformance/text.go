// Package conformance holds what every way of speaking with the outside must do, whoever is on
// the other side: one suite for each ability of connector.
//
// Invariants: the peers are real or simulators that speak the real protocol; failures of the
// network are made on the line between, so a suite needs no word with the peer.
package conformance

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"yimen/connector"
	"yimen/foundation/fault"
)

// Texting is a Texter with its peer at hand.
type Texting struct {
	// Open makes the connector over a line.
	Open func(line http.RoundTripper) connector.Texter
	Line http.RoundTripper // to the peer
	// Got waits until a phone has n texts and gives their bodies, oldest first.
	Got func(t *testing.T, number string, n int) []string
	// Reported waits for the next call to our report's address.
	Reported func(t *testing.T) url.Values
	Secrets  []string // what must stand in no address and no error
}

const (
	phone = "19900001234"
	words = "【一门】办件4499 0126 0302 7K3M 9X已受理，3月20日前办结。"
)

// Texter holds a connector that sends texts to its contract.
func Texter(t *testing.T, p Texting) {
	t.Run("a text arrives whole and is reported", func(t *testing.T) { arrives(t, p) })
	t.Run("a text that was surely not taken goes out once", func(t *testing.T) { onceAfterRefusal(t, p) })
	t.Run("a lost answer is told from a refusal", func(t *testing.T) { lostAnswer(t, p) })
	t.Run("a deadline is kept", func(t *testing.T) { deadline(t, p) })
	t.Run("what can never go out is Invalid", func(t *testing.T) { never(t, p) })
	t.Run("forged receipts are Denied", func(t *testing.T) { forged(t, p) })
}

// watched is a line that keeps what was asked and may fail before or after the peer.
type watched struct {
	next          http.RoundTripper
	before, after func(*http.Request) error
	mu            sync.Mutex
	addresses     []string
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.addresses = append(w.addresses, r.URL.String())
	w.mu.Unlock()
	if w.before != nil {
		if err := w.before(r); err != nil {
			return nil, err
		}
	}
	res, err := w.next.RoundTrip(r)
	if err == nil && w.after != nil {
		if err = w.after(r); err != nil {
			_ = res.Body.Close()
		}
	}
	if err != nil {
		return nil, err
	}
	return res, nil
}

// discreet refuses secrets in addresses and errors.
func discreet(t *testing.T, secrets []string, w *watched, errs ...error) {
	t.Helper()
	w.mu.Lock()
	said := strings.Join(w.addresses, " ")
	w.mu.Unlock()
	for _, err := range errs {
		if err != nil {
			said += " " + err.Error()
		}
	}
	for _, s := range secrets {
		if strings.Contains(said, s) || strings.Contains(said, url.QueryEscape(s)) {
			t.Errorf("an address or an error says %q: %s", s, said)
		}
	}
}

func (p Texting) secrets() []string { return append([]string{phone, words}, p.Secrets...) }

func text(id string) connector.Text { return connector.Text{ID: id, To: phone, Body: words} }

func arrives(t *testing.T, p Texting) {
	w := &watched{next: p.Line}
	before := len(p.Got(t, phone, 0))
	if err := p.Open(w).Send(t.Context(), text("id-arrives")); err != nil {
		t.Fatal(err)
	}
	if got := p.Got(t, phone, before+1); got[before] != words {
		t.Errorf("the phone got %q", got[before])
	}
	p.delivered(t, "id-arrives")
	discreet(t, p.secrets(), w)
}

// refusing is the error of a peer whose port is closed.
func refusing(*http.Request) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
}

func onceAfterRefusal(t *testing.T, p Texting) {
	before := len(p.Got(t, phone, 0))
	w := &watched{next: p.Line, before: refusing}
	c := p.Open(w)
	err := c.Send(t.Context(), text("id-once"))
	if !fault.Is(err, fault.Unavailable) || connector.IsUnsure(err) {
		t.Fatalf("a peer that is down: %v", err)
	}
	w.before = nil
	if err := c.Send(t.Context(), text("id-once")); err != nil {
		t.Fatal(err)
	}
	if got := p.Got(t, phone, before+1); len(got) != before+1 {
		t.Errorf("the phone has %d texts more", len(got)-before)
	}
	p.delivered(t, "id-once")
	discreet(t, p.secrets(), w, err)
}

// delivered waits for the report that a phone has the text; reports come in any order.
func (p Texting) delivered(t *testing.T, id string) {
	t.Helper()
	receipts, ok := p.Open(p.Line).(connector.Receipts)
	if !ok {
		t.Fatal("the connector hears no receipts")
	}
	for {
		r, err := receipts.Receive(p.Reported(t))
		if err != nil || r.At.IsZero() {
			t.Fatal(r, err)
		}
		if r.ID == id && r.State == connector.Delivered {
			return
		}
	}
}

func lostAnswer(t *testing.T, p Texting) {
	before := len(p.Got(t, phone, 0))
	w := &watched{next: p.Line, after: func(*http.Request) error { return errors.New("connection reset by peer") }}
	err := p.Open(w).Send(t.Context(), text("id-lost"))
	if !fault.Is(err, fault.Unavailable) || !connector.IsUnsure(err) {
		t.Fatalf("a lost answer: %v", err)
	}
	p.Got(t, phone, before+1)
	p.delivered(t, "id-lost") // the receipt tells after all
	discreet(t, p.secrets(), w, err)
}

func deadline(t *testing.T, p Texting) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	w := &watched{next: p.Line, before: func(r *http.Request) error { cancel(); <-r.Context().Done(); return r.Context().Err() }}
	if err := p.Open(w).Send(ctx, text("id-late")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a call whose time is over: %v", err)
	}
}

func never(t *testing.T, p Texting) {
	w := &watched{next: p.Line}
	for _, bad := range []connector.Text{{ID: "id-a", To: "1990000123", Body: words}, {ID: "id-b", To: "1990000123x", Body: words},
		{ID: "id-c", To: "29900001234", Body: words}, {ID: "id-d", To: phone}, {ID: "id-e", To: phone, Body: strings.Repeat("长", 2000)}} {
		err := p.Open(w).Send(t.Context(), bad)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", bad.ID, err)
		}
		discreet(t, append(p.secrets(), bad.To), w, err)
	}
	if len(w.addresses) != 0 {
		t.Error("the peer was asked")
	}
}

func forged(t *testing.T, p Texting) {
	if err := p.Open(p.Line).Send(t.Context(), text("id-forged")); err != nil {
		t.Fatal(err)
	}
	receipts := p.Open(p.Line).(connector.Receipts)
	call := p.Reported(t)
	if _, err := receipts.Receive(call); err != nil {
		t.Fatal(err)
	}
	for name := range call {
		for _, other := range []string{"", call.Get(name) + "0", "another"} {
			bad := maps.Clone(call)
			bad[name] = []string{other}
			if r, err := receipts.Receive(bad); !fault.Is(err, fault.Denied) && (name != "at" || r.ID != call.Get("id")) {
				t.Errorf("%s=%q: %+v, %v", name, other, r, err)
			}
		}
	}
	if _, err := receipts.Receive(url.Values{}); !fault.Is(err, fault.Denied) {
		t.Errorf("an empty call: %v", err)
	}
}
