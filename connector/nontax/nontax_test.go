package nontax_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"yimen/connector"
	"yimen/connector/nontax"
	"yimen/connector/simulator/pay"
	"yimen/foundation/fault"
)

const key = "a key that two sides share"

// pair is a house and its gateway; calls are what the gateway told.
type pair struct {
	*nontax.Gateway
	till  *pay.Gateway
	now   time.Time
	calls []connector.Heard
	errs  []error
}

func newPair(t *testing.T) *pair {
	p := &pair{now: time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)}
	now := func() time.Time { return p.now }
	p.till = &pay.Gateway{Merchant: "m1", Key: key, Now: now, Page: func(code string) string { return "https://pay.example/" + code }}
	p.Gateway = &nontax.Gateway{URL: "http://pay.invalid/api", Merchant: "m1", Key: key, Notify: "http://house.invalid/fees/heard", Line: connector.InProcess(p.till), Now: now}
	p.till.Send = func(r *http.Request) {
		in := httptest.NewRequest(r.Method, r.URL.String(), r.Body)
		in.Header = r.Header
		h, err := p.Hear(in)
		p.calls, p.errs = append(p.calls, h), append(p.errs, err)
	}
	return p
}

func order(no string, amount int64) connector.Order {
	return connector.Order{No: no, Amount: amount, Subject: "费用", Until: time.Unix(1800000000, 0), Back: "https://house.example/me"}
}

func (p *pair) open(t *testing.T, no string, amount int64) connector.Opened {
	t.Helper()
	o, err := p.Open(context.Background(), order(no, amount))
	if err != nil || o.Number == "" || !strings.HasPrefix(o.Address, "https://pay.example/") {
		t.Fatal(o, err)
	}
	return o
}

func TestAnOrderIsOpenedOnceAndToldWhenPaid(t *testing.T) {
	p := newPair(t)
	first := p.open(t, "26030200000000000001", 1200)
	if again := p.open(t, "26030200000000000001", 1200); again != first {
		t.Error("another order", again, first)
	}
	if _, err := p.Open(t.Context(), order("26030200000000000001", 1300)); !fault.Is(err, fault.Invalid) {
		t.Error("one number with two amounts", err)
	}
	if got, err := p.Query(t.Context(), "26030200000000000001"); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
	if err := p.till.Pay(first.Number); err != nil {
		t.Fatal(err)
	}
	if len(p.calls) != 1 || p.errs[0] != nil || p.calls[0].Order != "26030200000000000001" || p.calls[0].Amount != 1200 || len(p.calls[0].Nonce) != 32 {
		t.Fatal(p.calls, p.errs)
	}
	got, err := p.Query(t.Context(), "26030200000000000001")
	if err != nil || len(got) != 1 || got[0] != p.calls[0].Paid {
		t.Error(got, err)
	}
}

func TestAnOrderThatTheGatewayLost(t *testing.T) {
	p := newPair(t)
	p.open(t, "26030200000000000008", 1)
	p.till.Forget()
	if _, err := p.Query(t.Context(), "26030200000000000008"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	p.open(t, "26030200000000000008", 1)
}

func TestRefundsAndTheStatement(t *testing.T) {
	p := newPair(t)
	o := p.open(t, "26030200000000000002", 1000)
	if err := p.till.Pay(o.Number); err != nil {
		t.Fatal(err)
	}
	serial := p.calls[0].Serial
	first, err := p.Refund(t.Context(), connector.Back{ID: "r1", Serial: serial, Amount: 400})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.Refund(t.Context(), connector.Back{ID: "r1", Serial: serial, Amount: 400}); err != nil || again != first {
		t.Error("a refund asked again is another", again, err)
	}
	if _, err := p.Refund(t.Context(), connector.Back{ID: "r2", Serial: serial, Amount: 601}); !fault.Is(err, fault.Invalid) {
		t.Error("more than was paid", err)
	}
	p.till.Behave(pay.NoRefunds)
	if _, err := p.Refund(t.Context(), connector.Back{ID: "r3", Serial: serial, Amount: 1}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	all, err := p.Statement(t.Context(), "2026-03-02")
	sum := int64(0)
	for _, m := range all {
		sum += m.Amount
	}
	if err != nil || len(all) != 2 || sum != 600 {
		t.Error(all, err)
	}
	if other, err := p.Statement(t.Context(), "2026-03-03"); err != nil || len(other) != 0 {
		t.Error(other, err)
	}
}

func TestMisbehaviour(t *testing.T) {
	for _, c := range []struct {
		manner pay.Manner
		calls  int
		denied int
	}{{pay.Prompt, 1, 0}, {pay.Twice, 2, 0}, {pay.Double, 2, 0}, {pay.Late, 0, 0}, {pay.Never, 0, 0}, {pay.Amount, 1, 0}, {pay.Forged, 1, 1}, {pay.Strange, 1, 0}} {
		p := newPair(t)
		p.till.Behave(c.manner)
		o := p.open(t, "26030200000000000003", 1000)
		if err := p.till.Pay(o.Number); err != nil {
			t.Fatal(err)
		}
		denied := 0
		for _, err := range p.errs {
			if fault.Is(err, fault.Denied) {
				denied++
			}
		}
		if len(p.calls) != c.calls || denied != c.denied {
			t.Errorf("%s: %d calls, %d denied", c.manner, len(p.calls), denied)
		}
	}
}

func TestLateCallsAndReplays(t *testing.T) {
	p := newPair(t)
	p.till.Behave(pay.Late)
	o := p.open(t, "26030200000000000004", 1000)
	if err := p.till.Pay(o.Number); err != nil {
		t.Fatal(err)
	}
	if p.till.Again() {
		t.Error("a call was sent again that was never sent")
	}
	if n := p.till.Tell(); n != 1 || len(p.calls) != 1 || p.errs[0] != nil {
		t.Fatal(n, p.errs)
	}
	if !p.till.Again() || p.errs[1] != nil || p.calls[1].Nonce != p.calls[0].Nonce {
		t.Error("a replay within five minutes carries its nonce", p.errs)
	}
	p.now = p.now.Add(5*time.Minute + time.Second)
	if !p.till.Again() || !fault.Is(p.errs[2], fault.Denied) {
		t.Error("a replay after five minutes", p.errs)
	}
}

func TestAGatewayThatIsAway(t *testing.T) {
	p := newPair(t)
	p.till.Behave(pay.Down)
	if _, err := p.Open(t.Context(), order("26030200000000000005", 1)); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
	p.Gateway.Line = http.NewFileTransport(http.Dir(t.TempDir()))
	if _, err := p.Query(t.Context(), "26030200000000000005"); !fault.Is(err, fault.Denied) {
		t.Error("an unsigned answer of a proxy", err)
	}
}

func TestWhoDoesNotHoldTheKeyIsRefused(t *testing.T) {
	p := newPair(t)
	other := *p.Gateway
	other.Key = "another key"
	if _, err := other.Open(t.Context(), order("26030200000000000006", 1)); !fault.Is(err, fault.Denied) {
		t.Error(err)
	}
	for name, change := range map[string]func(*http.Request){
		"another body": func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(`{"order_no":"1","serial_no":"2","amount":1}`))
		},
		"another path":     func(r *http.Request) { r.URL.Path = "/elsewhere" },
		"another nonce":    func(r *http.Request) { r.Header.Set("X-Pay-Nonce", strings.Repeat("0", 32)) },
		"no nonce":         func(r *http.Request) { r.Header.Del("X-Pay-Nonce") },
		"another merchant": func(r *http.Request) { r.Header.Set("X-Pay-Merchant", "m2") },
		"another time":     func(r *http.Request) { r.Header.Set("X-Pay-Timestamp", "1772415001") },
	} {
		p := newPair(t)
		hear := p.till.Send
		p.till.Send = func(r *http.Request) { change(r); hear(r) }
		p.till.Behave(pay.Prompt)
		p.open(t, "26030200000000000007", 1000)
		if len(p.errs) != 1 || !fault.Is(p.errs[0], fault.Denied) {
			t.Error(name, p.errs)
		}
	}
}
