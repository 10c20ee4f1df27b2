// Package kannel sends text messages through a Kannel gateway's HTTP interface and reads its
// delivery reports (Kannel user guide 1.4.5, "Using the HTTP interface to send SMS messages").
//
// Invariants: credentials, number and text travel in headers and body, never in an address; a
// report's address carries our id and its signature and nothing else; Kannel does not tell two
// texts with one id apart, so whoever sends keeps what was handed over (docs/adr/0013).
package kannel

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"yimen/connector"
	"yimen/foundation/fault"
)

// Gateway is one account at one Kannel smsbox.
type Gateway struct {
	URL      string // of the smsbox, "http://127.0.0.1:13013/cgi-bin/sendsms"
	Username string
	Password string
	From     string                 // the sender's number; empty: the gateway's own
	Report   string                 // our address that hears delivery reports; empty: none are asked for
	Sign     func(id string) string // a keyed digest of an id, in letters an address may carry
	Line     http.RoundTripper      // empty: the network
}

// most is the longest body in characters: a text of ten parts (67 UCS-2 characters each).
const most = 670

// every asks for all reports: delivered 1, failed 2, waiting 4, taken 8 or refused 16 by the centre.
const every = "31"

// Send hands a text over. Errors: Invalid for a number, a body or a request the gateway refuses;
// Unavailable when it was surely not taken, connector.Unsure when it may have been.
func (g *Gateway) Send(ctx context.Context, t connector.Text) error {
	if !mobile(t.To) {
		return fault.New(fault.Invalid, "connector.number")
	}
	if n := utf8.RuneCountInString(t.Body); n == 0 || n > most {
		return fault.New(fault.Invalid, "connector.body")
	}
	var reached atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { reached.Store(true) }})
	req, err := g.request(ctx, t)
	if err != nil {
		return err
	}
	res, err := (&http.Client{Transport: g.Line, CheckRedirect: stay}).Do(req)
	if err != nil {
		return lost(err, reached.Load() || g.Line != nil && !dialing(err))
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 4096))
	return verdict(res.StatusCode)
}

// stay follows no redirect: the text was for this address.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// mobile is the shape of a mobile number in China: eleven digits from 1.
func mobile(n string) bool {
	return len(n) == 11 && n[0] == '1' && strings.Trim(n, "0123456789") == ""
}

func (g *Gateway) request(ctx context.Context, t connector.Text) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL, strings.NewReader(t.Body))
	if err != nil {
		return nil, fault.New(fault.Unavailable, "connector.unavailable").Wrap(errors.New("the gateway's address cannot be read"))
	}
	req.Header.Set("Content-Type", "text/plain; charset=UTF-8")
	set := func(name, value string) {
		if value != "" {
			req.Header.Set("X-Kannel-"+name, value)
		}
	}
	set("Username", g.Username)
	set("Password", g.Password)
	set("From", g.From)
	set("To", t.To)
	set("Coding", "2") // UCS-2
	if g.Report != "" {
		set("DLR-Mask", every)
		set("DLR-Url", g.Report+"?id="+url.QueryEscape(t.ID)+"&sig="+url.QueryEscape(g.Sign(t.ID))+"&state=%d&at=%T")
	}
	return req, nil
}

// dialing says that no connection came about.
func dialing(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// lost is the error of a call without an answer: sure only where no connection came about. The
// address is left out of it.
func lost(err error, reached bool) error {
	if reached {
		return connector.Unsure()
	}
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	return fault.New(fault.Unavailable, "connector.unavailable").Wrap(err)
}

// verdict reads Kannel's status: 202 it has the text; 503 it has not, and may later; 401 and 403
// it does not know us, which is ours to mend; another 5xx is a proxy that lost the answer.
func verdict(status int) error {
	switch {
	case status == http.StatusAccepted || status == http.StatusOK:
		return nil
	case status == http.StatusServiceUnavailable, status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusTooManyRequests:
		return fault.New(fault.Unavailable, "connector.unavailable").Wrap(fmt.Errorf("the gateway answered %d", status))
	case status >= 500:
		return connector.Unsure()
	}
	return fault.New(fault.Invalid, "connector.refused").Wrap(fmt.Errorf("the gateway answered %d", status))
}

// states are Kannel's delivery report types.
var states = map[string]connector.Delivery{"1": connector.Delivered, "2": connector.Failed, "4": connector.Sent, "8": connector.Sent, "16": connector.Failed}

// Receive reads a delivery report; one that we did not sign the address of is Denied.
func (g *Gateway) Receive(call url.Values) (connector.Receipt, error) {
	id := call.Get("id")
	state, known := states[call.Get("state")]
	at, err := strconv.ParseInt(call.Get("at"), 10, 64)
	if id == "" || !hmac.Equal([]byte(call.Get("sig")), []byte(g.Sign(id))) || !known || err != nil {
		return connector.Receipt{}, fault.New(fault.Denied, "connector.forged")
	}
	return connector.Receipt{ID: id, State: state, At: time.Unix(at, 0)}, nil
}
