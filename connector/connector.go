// Package connector is how the house speaks with systems outside: small abilities that a way of
// speaking may have, and the words both sides agree on.
//
// Invariants: no call to the outside happens inside a transaction; a call says who it is by a
// reference of ours, so that asking again never does a thing twice; what comes back is checked
// before it is believed; secrets never stand in an address or a log.
package connector

import (
	"context"
	"errors"
	"net/url"
	"time"

	"yimen/foundation/fault"
)

// Text is one text message (短信). ID is ours and stays the same over retries.
type Text struct {
	ID   string
	To   string // a mobile number, 11 digits
	Body string
}

// Texter sends text messages. Errors: fault.Unavailable may be tried again with the same ID,
// unless it is Unsure, which says that the phone may have the text already; fault.Invalid is
// never tried again.
type Texter interface {
	Send(ctx context.Context, t Text) error
}

var errUnsure = errors.New("no answer after the peer had the request")

// Unsure is Unavailable where the peer may have done what was asked: the request was on its way
// and the answer was lost.
func Unsure() error { return fault.New(fault.Unavailable, "connector.unsure").Wrap(errUnsure) }

// IsUnsure says whether asking again might do a thing twice.
func IsUnsure(err error) bool { return errors.Is(err, errUnsure) }

// Receipt is what a gateway says of a text it took.
type Receipt struct {
	ID    string // Text.ID
	State Delivery
	At    time.Time
}

// Delivery is how far a text has come.
type Delivery string

const (
	Queued    Delivery = "queued"    // with us, not yet with the gateway
	Sent      Delivery = "sent"      // the gateway took it
	Delivered Delivery = "delivered" // the phone has it
	Failed    Delivery = "failed"    // it will not come
	Unknown   Delivery = "unknown"   // the answer was lost; a receipt may still tell
)

// Receipts is the ability to hear what became of a text: the gateway calls an address of ours.
// Receive reads and checks one call; a forged one is fault.Denied.
type Receipts interface {
	Receive(call url.Values) (Receipt, error)
}

// Identity is whom an outside provider vouches for.
type Identity struct {
	Subject string // the provider's own id of the person
	Name    string
	Number  string // 公民身份号码
	Level   string // the provider's own word for how sure it is; a level map turns it into ref.Assurance
	At      time.Time
}

// RealName is an outside provider that knows who a person is (实名认证). Begin gives the address
// to send the browser to and what the house keeps on its side until the person is back; Finish
// redeems what the browser brought. Errors: fault.Unavailable when the provider does not
// answer, fault.Denied when the person or the provider said no or the answer does not check.
type RealName interface {
	Begin(ctx context.Context, back string) (address string, kept map[string]string, err error)
	Finish(ctx context.Context, kept map[string]string, brought url.Values) (Identity, error)
}
