package connector

import (
	"context"
	"net/http"
	"time"
)

// Order is what somebody is to pay. No is ours and stays the same over retries.
type Order struct {
	No      string
	Amount  int64  // 分
	Subject string // what for, without anybody's name
	Until   time.Time
	Back    string // where the person is sent after paying; it proves nothing
}

// Opened is an order as the gateway took it.
type Opened struct {
	Number  string // the gateway's
	Address string // where it is paid, also as a QR code
}

// Paid is a payment as the gateway tells it.
type Paid struct {
	Order  string // Order.No
	Serial string // the gateway's number of the payment, once for each
	Amount int64  // 分
	At     time.Time
}

// Heard is a call of the gateway that was checked. Nonce is in no other call of it.
type Heard struct {
	Paid
	Nonce string
}

// Back is money to be given back. ID is ours and stays the same over retries.
type Back struct {
	ID     string
	Serial string // of the payment
	Amount int64  // 分
	Reason string // without anybody's name
}

// Movement is one line of a day's statement; refunds are negative.
type Movement struct {
	Serial string // of the payment or the refund
	Order  string
	Amount int64
	At     time.Time
}

// Payer is a payment gateway (非税收入收缴). Open may be asked again with the same order; Query
// gives every payment of an order, none while it is not paid, Invalid for one it does not know; Refund gives the gateway's number of
// the refund and may be asked again with the same ID; Statement lists all movements of a day
// "2026-03-02" in China. Errors: fault.Unavailable may be tried again as it is, fault.Invalid never;
// fault.Denied where the answer does not check.
type Payer interface {
	Open(ctx context.Context, o Order) (Opened, error)
	Query(ctx context.Context, no string) ([]Paid, error)
	Refund(ctx context.Context, b Back) (string, error)
	Statement(ctx context.Context, day string) ([]Movement, error)
}

// PayCalls is the ability to hear of payments: the gateway calls an address of ours. Hear reads and
// checks one call; a forged or stale one is fault.Denied.
type PayCalls interface {
	Hear(r *http.Request) (Heard, error)
}
