package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yimen/connector"
	"yimen/foundation/fault"
)

// Vouching is a RealName with its peer at hand.
type Vouching struct {
	// Open makes the connector over a line, with its clock so far ahead.
	Open func(line http.RoundTripper, ahead time.Duration) connector.RealName
	Line http.RoundTripper // to the peer
	Back string            // where the browser comes back to
	// Walk is a person signing in at the address: it gives what the browser brings back.
	Walk    func(t *testing.T, address string) url.Values
	Want    connector.Identity // At is not compared
	Secrets []string
}

// RealName holds a connector that asks who a person is to its contract.
func RealName(t *testing.T, p Vouching) {
	t.Run("a person comes back and is known", func(t *testing.T) { vouched(t, p) })
	t.Run("an answer is good once", func(t *testing.T) { redeemedOnce(t, p) })
	t.Run("what does not fit is Denied", func(t *testing.T) { unfitting(t, p) })
	t.Run("a forged token is Denied", func(t *testing.T) { forgedToken(t, p) })
	t.Run("a token that is over is Denied", func(t *testing.T) { over(t, p) })
	t.Run("a provider that is down is Unavailable", func(t *testing.T) { down(t, p) })
	t.Run("a deadline is kept", func(t *testing.T) { vouchedInTime(t, p) })
}

// begun is a sign-in whose person is back.
func (p Vouching) begun(t *testing.T) (kept map[string]string, brought url.Values) {
	t.Helper()
	address, kept, err := p.Open(p.Line, 0).Begin(t.Context(), p.Back)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range kept {
		if (name == "verifier" || name == "secret") && strings.Contains(address, v) {
			t.Errorf("the address carries the %s", name)
		}
	}
	brought = p.Walk(t, address)
	if brought.Get("code") == "" {
		t.Fatalf("the person came back with %v", brought)
	}
	return kept, brought
}

func vouched(t *testing.T, p Vouching) {
	w := &watched{next: p.Line}
	kept, brought := p.begun(t)
	got, err := p.Open(w, 0).Finish(t.Context(), kept, brought)
	if err != nil {
		t.Fatal(err)
	}
	if got.At.IsZero() {
		t.Error("it does not say when")
	}
	got.At = time.Time{}
	if got != p.Want {
		t.Errorf("%+v, want %+v", got, p.Want)
	}
	discreet(t, append(p.Secrets, p.Want.Name, p.Want.Number, kept["verifier"], brought.Get("code")), w)
}

func redeemedOnce(t *testing.T, p Vouching) {
	kept, brought := p.begun(t)
	c := p.Open(p.Line, 0)
	if _, err := c.Finish(t.Context(), kept, brought); err != nil {
		t.Fatal(err)
	}
	_, err := c.Finish(t.Context(), kept, brought)
	if !fault.Is(err, fault.Denied) {
		t.Errorf("the same code again: %v", err)
	}
	discreet(t, append(p.Secrets, brought.Get("code")), &watched{}, err)
}

func unfitting(t *testing.T, p Vouching) {
	for what, change := range map[string]func(kept map[string]string, brought url.Values){
		"another state":    func(_ map[string]string, b url.Values) { b.Set("state", "another") },
		"no state":         func(_ map[string]string, b url.Values) { b.Del("state") },
		"none was kept":    func(k map[string]string, b url.Values) { delete(k, "state"); b.Del("state") },
		"another nonce":    func(k map[string]string, _ url.Values) { k["nonce"] = "another" },
		"no nonce":         func(k map[string]string, _ url.Values) { delete(k, "nonce") },
		"another verifier": func(k map[string]string, _ url.Values) { k["verifier"] = strings.Repeat("a", 43) },
		"a made-up code":   func(_ map[string]string, b url.Values) { b.Set("code", "made-up") },
		"the person's no":  func(_ map[string]string, b url.Values) { b.Del("code"); b.Set("error", "access_denied") },
		"nothing":          func(_ map[string]string, b url.Values) { clear(b) },
	} {
		kept, brought := p.begun(t)
		kept = maps.Clone(kept)
		change(kept, brought)
		who, err := p.Open(p.Line, 0).Finish(t.Context(), kept, brought)
		if !fault.Is(err, fault.Denied) || who != (connector.Identity{}) {
			t.Errorf("%s: %+v, %v", what, who, err)
		}
		discreet(t, p.Secrets, &watched{}, err)
	}
}

// altering is a line that changes the ID token in the answer.
type altering struct {
	next   http.RoundTripper
	change func(token string) string
}

func (a altering) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := a.next.RoundTrip(r)
	if err != nil || r.Method != http.MethodPost {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{}
	if json.Unmarshal(body, &answer) == nil && answer["id_token"] != nil {
		answer["id_token"] = a.change(answer["id_token"].(string))
		body, _ = json.Marshal(answer)
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res, nil
}

func forgedToken(t *testing.T, p Vouching) {
	part := func(v any) string { b, _ := json.Marshal(v); return base64.RawURLEncoding.EncodeToString(b) }
	for what, change := range map[string]func(string) string{
		"another subject": func(token string) string {
			parts := strings.Split(token, ".")
			raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
			claims := map[string]any{}
			_ = json.Unmarshal(raw, &claims)
			claims["sub"] = "another"
			return parts[0] + "." + part(claims) + "." + parts[2]
		},
		"no signature": func(token string) string {
			return part(map[string]string{"alg": "none"}) + "." + strings.Split(token, ".")[1] + "."
		},
		"no token": func(string) string { return "" },
	} {
		kept, brought := p.begun(t)
		who, err := p.Open(altering{p.Line, change}, 0).Finish(t.Context(), kept, brought)
		if !fault.Is(err, fault.Denied) || who != (connector.Identity{}) {
			t.Errorf("%s: %+v, %v", what, who, err)
		}
	}
}

func over(t *testing.T, p Vouching) {
	kept, brought := p.begun(t)
	if who, err := p.Open(p.Line, 48*time.Hour).Finish(t.Context(), kept, brought); !fault.Is(err, fault.Denied) {
		t.Errorf("two days later: %+v, %v", who, err)
	}
}

func down(t *testing.T, p Vouching) {
	closed := &watched{next: p.Line, before: refusing}
	_, _, err := p.Open(closed, 0).Begin(t.Context(), p.Back)
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("Begin: %v", err)
	}
	kept, brought := p.begun(t)
	for step := 1; step <= 3; step++ { // the description, the code, the keys: each may be cut off
		n := 0
		cut := &watched{next: p.Line, before: func(r *http.Request) error {
			if n++; n >= step {
				return refusing(r)
			}
			return nil
		}}
		_, err := p.Open(cut, 0).Finish(t.Context(), kept, brought)
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("cut off at call %d: %v", step, err)
		}
		discreet(t, p.Secrets, cut, err)
	}
}

func vouchedInTime(t *testing.T, p Vouching) {
	kept, brought := p.begun(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	w := &watched{next: p.Line, before: func(r *http.Request) error { cancel(); <-r.Context().Done(); return errors.New("over") }}
	if _, err := p.Open(w, 0).Finish(ctx, kept, brought); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a call whose time is over: %v", err)
	}
}
