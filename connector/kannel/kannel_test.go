package kannel_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"yimen/connector"
	"yimen/connector/conformance"
	"yimen/connector/kannel"
	"yimen/connector/simulator/texts"
	"yimen/foundation/fault"
)

const (
	username = "yimen-town"
	password = "a password of the gateway"
	key      = "the key of receipts"
)

func sign(id string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(id))
	return hex.EncodeToString(m.Sum(nil))
}

// reports is an address of ours that a gateway calls.
func reports(t *testing.T) (string, chan url.Values) {
	calls := make(chan url.Values, 100)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { calls <- r.URL.Query() }))
	t.Cleanup(s.Close)
	return s.URL + "/texts/receipt", calls
}

// next waits for a value as long as the test runs.
func next[T any](t *testing.T, from chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-t.Context().Done():
	case <-time.After(time.Minute):
	}
	t.Fatal("nothing came")
	panic("unreachable")
}

func simulated(t *testing.T) (*texts.Gateway, conformance.Texting) {
	address, calls := reports(t)
	g := &texts.Gateway{Username: username, Password: password, Now: time.Now, Call: func(at string) {
		res, err := http.Get(at)
		if err != nil {
			t.Error(err)
			return
		}
		_ = res.Body.Close()
	}}
	return g, conformance.Texting{Line: connector.InProcess(g), Secrets: []string{password, key},
		Open: func(line http.RoundTripper) connector.Texter {
			return &kannel.Gateway{URL: "http://gateway.invalid/cgi-bin/sendsms", Username: username, Password: password, Report: address, Sign: sign, Line: line}
		},
		Got: func(_ *testing.T, number string, _ int) (out []string) {
			for _, m := range g.Received(number) {
				out = append([]string{m.Body}, out...)
			}
			return out
		},
		Reported: func(t *testing.T) url.Values { return next(t, calls) }}
}

func TestAgainstTheSimulator(t *testing.T) {
	_, p := simulated(t)
	conformance.Texter(t, p)
}

// TestMisbehaviour: what the gateway says or does not say, and what that means to us.
func TestMisbehaviour(t *testing.T) {
	g, p := simulated(t)
	send := func(id string) error {
		return p.Open(p.Line).Send(t.Context(), connector.Text{ID: id, To: "19900004321", Body: "你好。"})
	}
	got := func() int { return len(g.Received("19900004321")) }
	for _, c := range []struct {
		manner texts.Manner
		kind   fault.Kind
		unsure bool
		taken  int
	}{{texts.Refuse, fault.Invalid, false, 0}, {texts.Down, fault.Unavailable, false, 0}, {texts.Break, fault.Unavailable, true, 1}} {
		before := got()
		g.Behave(c.manner)
		if err := send("id-" + string(c.manner)); !fault.Is(err, c.kind) || connector.IsUnsure(err) != c.unsure || got()-before != c.taken {
			t.Errorf("%s: %v, %d texts", c.manner, err, got()-before)
		}
	}
}

func TestReportsOnCommand(t *testing.T) {
	g, p := simulated(t)
	states := func(n int) (out []connector.Delivery) {
		for range n {
			r, err := p.Open(p.Line).(connector.Receipts).Receive(p.Reported(t))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, r.State)
		}
		return out
	}
	send := func(m texts.Manner) {
		g.Behave(m)
		if err := p.Open(p.Line).Send(t.Context(), connector.Text{ID: "id", To: "19900004321", Body: "你好。"}); err != nil {
			t.Fatal(err)
		}
	}
	send(texts.Silent)
	send(texts.Fails)
	if got := states(2); got[0] != connector.Sent || got[1] != connector.Failed {
		t.Error(got)
	}
	send(texts.Twice)
	if got := states(4); got[1] != connector.Delivered || got[3] != connector.Delivered {
		t.Error(got)
	}
	send(texts.Late)
	if n := g.Report(); n != 2 || g.Report() != 0 {
		t.Error(n)
	}
	states(2)
}

// A gateway that does not know us has not taken the text.
func TestWrongPassword(t *testing.T) {
	_, p := simulated(t)
	c := &kannel.Gateway{URL: "http://gateway.invalid/cgi-bin/sendsms", Username: username, Password: "another", Sign: sign, Line: p.Line}
	if err := c.Send(t.Context(), connector.Text{ID: "id", To: "19900004321", Body: "你好。"}); !fault.Is(err, fault.Unavailable) || connector.IsUnsure(err) {
		t.Error(err)
	}
}
