// Package nontax speaks with a gateway for non-tax revenue (非税收入收缴) in signed JSON: orders,
// queries, refunds, a day's statement, and the gateway's call that something was paid. docs/operate.md
// has the protocol.
//
// Invariants: each message, either way, carries its sender's time, a nonce and an HMAC-SHA256 over
// method, path, both of them and the body; one that is not signed with our key, or whose time is
// more than five minutes off, is Denied; no key and no person's data stands in an address.
package nontax

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"yimen/connector"
	"yimen/foundation/fault"
)

// Gateway is one account at a gateway.
type Gateway struct {
	URL      string // "https://pay.example/api", without a slash at the end
	Merchant string // 执收单位
	Key      string // shared with the gateway
	Notify   string // our address that hears of payments
	Line     http.RoundTripper
	Now      func() time.Time
}

// skew is how far the clocks of two sides may be apart.
const skew = 5 * time.Minute

// Names of the headers that a message is signed in.
const (
	merchantHeader  = "X-Pay-Merchant"
	timeHeader      = "X-Pay-Timestamp" // unix seconds
	nonceHeader     = "X-Pay-Nonce"     // 32 hex digits
	signatureHeader = "X-Pay-Signature" // base64 of the HMAC
)

// signature is the HMAC-SHA256 over the parts of a message, one a line, the body as its SHA-256 in
// hex. An answer is signed with the method ANSWER and the path and nonce of its question.
func signature(key, method, path, at, nonce string, body []byte) string {
	digest := sha256.Sum256(body)
	m := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(m, "%s\n%s\n%s\n%s\n%s\n", method, path, at, nonce, hex.EncodeToString(digest[:]))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// answered is the method in the signature of an answer.
const answered = "ANSWER"

// Bodies of the protocol; amounts are in 分, times unix seconds.
type (
	// orderBody opens an order: POST /v1/orders.
	orderBody struct {
		No      string `json:"order_no"`
		Amount  int64  `json:"amount"` // 分
		Subject string `json:"subject"`
		Until   int64  `json:"expires_at"` // unix seconds
		Notify  string `json:"notify_url"`
		Back    string `json:"return_url"`
	}
	// openedBody answers it.
	openedBody struct {
		Number  string `json:"pay_code"`
		Address string `json:"pay_url"`
	}
	// queryBody asks for an order's payments: POST /v1/orders/query.
	queryBody struct {
		No string `json:"order_no"`
	}
	// paidBody is a payment; also the body of the gateway's call.
	paidBody struct {
		No     string `json:"order_no"`
		Serial string `json:"serial_no"`
		Amount int64  `json:"amount"`
		At     int64  `json:"paid_at"` // unix seconds
	}
	// paidList answers a query.
	paidList struct {
		Payments []paidBody `json:"payments"`
	}
	// refundBody asks for a refund: POST /v1/refunds.
	refundBody struct {
		ID     string `json:"refund_id"`
		Serial string `json:"serial_no"`
		Amount int64  `json:"amount"`
		Reason string `json:"reason"`
	}
	// refundedBody answers it.
	refundedBody struct {
		Number string `json:"refund_no"`
	}
	// dayBody asks for a statement: POST /v1/statement.
	dayBody struct {
		Day string `json:"date"`
	}
	// moveBody is a line of it; refunds are negative.
	moveBody struct {
		Serial string `json:"serial_no"`
		No     string `json:"order_no"`
		Amount int64  `json:"amount"`
		At     int64  `json:"at"`
	}
	// statement answers it.
	statement struct {
		Lines []moveBody `json:"lines"`
	}
)

// Open makes an order, or finds it again.
func (g *Gateway) Open(ctx context.Context, o connector.Order) (connector.Opened, error) {
	var out openedBody
	err := g.ask(ctx, "/v1/orders", orderBody{o.No, o.Amount, o.Subject, o.Until.Unix(), g.Notify, o.Back}, &out)
	if err == nil && !webAddress(out.Address) {
		err = denied("the address to pay at is none")
	}
	return connector.Opened{Number: out.Number, Address: out.Address}, err
}

// webAddress says whether people may be sent there.
func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// Query gives an order's payments.
func (g *Gateway) Query(ctx context.Context, no string) (out []connector.Paid, err error) {
	var got paidList
	err = g.ask(ctx, "/v1/orders/query", queryBody{no}, &got)
	for _, p := range got.Payments {
		if p.No != no || p.Serial == "" || p.Amount <= 0 {
			return nil, denied("a payment that was not asked for")
		}
		out = append(out, p.paid())
	}
	return out, err
}

func (p paidBody) paid() connector.Paid {
	return connector.Paid{Order: p.No, Serial: p.Serial, Amount: p.Amount, At: time.Unix(p.At, 0)}
}

// Refund gives money back.
func (g *Gateway) Refund(ctx context.Context, b connector.Back) (string, error) {
	var out refundedBody
	err := g.ask(ctx, "/v1/refunds", refundBody{b.ID, b.Serial, b.Amount, b.Reason}, &out)
	if err == nil && out.Number == "" {
		err = denied("a refund without a number")
	}
	return out.Number, err
}

// Statement lists a day's movements.
func (g *Gateway) Statement(ctx context.Context, day string) (out []connector.Movement, err error) {
	var got statement
	err = g.ask(ctx, "/v1/statement", dayBody{day}, &got)
	for _, m := range got.Lines {
		out = append(out, connector.Movement{Serial: m.Serial, Order: m.No, Amount: m.Amount, At: time.Unix(m.At, 0)})
	}
	return out, err
}

// answerMost bounds an answer: a statement of a hundred thousand lines.
const answerMost = 16 << 20

// ask sends one signed message and reads the signed answer.
func (g *Gateway) ask(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL+path, bytes.NewReader(body))
	if err != nil {
		return unavailable(fmt.Errorf("the gateway's address cannot be read"))
	}
	at, nonce := strconv.FormatInt(g.Now().Unix(), 10), newNonce()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(merchantHeader, g.Merchant)
	req.Header.Set(timeHeader, at)
	req.Header.Set(nonceHeader, nonce)
	req.Header.Set(signatureHeader, signature(g.Key, http.MethodPost, req.URL.Path, at, nonce, body))
	res, err := (&http.Client{Transport: g.Line, Timeout: 15 * time.Second, CheckRedirect: stay}).Do(req)
	if err != nil {
		return unavailable(withoutAddress(err))
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, answerMost))
	if err != nil {
		return unavailable(err)
	}
	return g.answer(res, req.URL.Path, nonce, raw, out)
}

// answer checks an answer. Only a signed 4xx is a no of the gateway; anything unsigned may be a
// proxy's word.
func (g *Gateway) answer(res *http.Response, path, nonce string, raw []byte, out any) error {
	if res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests {
		return unavailable(fmt.Errorf("the gateway answered %d", res.StatusCode))
	}
	if !g.signed(res.Header, answered, path, nonce, raw) {
		return denied("an answer that is not signed")
	}
	if res.StatusCode != http.StatusOK {
		return fault.New(fault.Invalid, "connector.refused").Wrap(fmt.Errorf("the gateway answered %d", res.StatusCode))
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return denied("an answer that cannot be read")
	}
	return nil
}

// stay follows no redirect: the message was for this address.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func withoutAddress(err error) error {
	if at, ok := err.(*url.Error); ok {
		return at.Err
	}
	return err
}

func unavailable(err error) error {
	return fault.New(fault.Unavailable, "connector.unavailable").Wrap(err)
}

func denied(why string) error {
	return fault.New(fault.Denied, "connector.forged").Wrap(fmt.Errorf("%s", why))
}

// newNonce is 32 hex digits that nobody used before.
func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// signed checks the time and the signature of a message.
func (g *Gateway) signed(h http.Header, method, path, nonce string, body []byte) bool {
	at := h.Get(timeHeader)
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || g.Now().Sub(time.Unix(seconds, 0)).Abs() > skew {
		return false
	}
	return hmac.Equal([]byte(h.Get(signatureHeader)), []byte(signature(g.Key, method, path, at, nonce, body)))
}

// callMost bounds a call's body.
const callMost = 16 << 10

// Hear reads the gateway's call that something was paid.
func (g *Gateway) Hear(r *http.Request) (connector.Heard, error) {
	nonce := r.Header.Get(nonceHeader)
	body, err := io.ReadAll(io.LimitReader(r.Body, callMost))
	if err != nil || len(nonce) != 32 || strings.Trim(nonce, "0123456789abcdef") != "" || r.Header.Get(merchantHeader) != g.Merchant || !g.signed(r.Header, r.Method, r.URL.Path, nonce, body) {
		return connector.Heard{}, denied("a call that is not the gateway's")
	}
	var p paidBody
	if err := json.Unmarshal(body, &p); err != nil || p.No == "" || p.Serial == "" || p.Amount <= 0 {
		return connector.Heard{}, denied("a call that cannot be read")
	}
	return connector.Heard{Paid: p.paid(), Nonce: nonce}, nil
}
