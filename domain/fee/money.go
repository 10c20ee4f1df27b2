package fee

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Order is one amount of a bill as the gateway knows it (缴款码). Its number is ours; whoever asks
// the gateway again under it makes no second order.
type Order struct {
	No      string     `db:"no"` // 20 digits
	Bill    string     `db:"bill"`
	Case    ref.CaseID `db:"case_id"`
	Rev     int64      `db:"rev"` // of the bill
	Amount  int64      `db:"amount"`
	Number  string     `db:"number"`  // the gateway's; empty: not opened there yet
	Address string     `db:"address"` // where it is paid
	Made    time.Time  `db:"made_at"`
	Next    time.Time  `db:"next_at"` // when the gateway is asked next
	Tries   int64      `db:"tries"`
}

const orderCols = "no, bill, case_id, rev, amount, number, address, made_at, next_at, tries"

// NewOrder is an order of a bill's present amount, with a number nobody can guess: the day and
// fourteen digits.
func NewOrder(b Bill, now time.Time) (Order, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(14), nil))
	if err != nil {
		return Order{}, err
	}
	return Order{No: fmt.Sprintf("%s%014d", now.UTC().Format("060102"), n), Bill: b.ID, Case: b.Case, Rev: b.Rev, Amount: b.Amount(), Made: now, Next: now}, nil
}

// AddOrder writes an order before the gateway hears of it.
func AddOrder(ctx context.Context, tx *db.Tx, o Order) error {
	return db.Insert(ctx, tx, "fee_order", o)
}

// SaveOrder notes what the gateway answered and when it is asked next.
func SaveOrder(ctx context.Context, tx *db.Tx, o Order) error {
	_, err := tx.Exec(ctx, "update fee_order set number = $1, address = $2, next_at = $3, tries = $4 where no = $5", o.Number, o.Address, o.Next, o.Tries, o.No)
	return err
}

// GetOrder reads one order.
func GetOrder(ctx context.Context, r db.Reader, no string) (Order, error) {
	return db.One[Order](ctx, r, "select "+orderCols+" from fee_order where no = $1", no)
}

// OrderOf is the order of a bill's present amount.
func OrderOf(ctx context.Context, r db.Reader, b Bill) (Order, error) {
	return db.One[Order](ctx, r, "select "+orderCols+" from fee_order where bill = $1 and rev = $2", b.ID, b.Rev)
}

// Payment is money the gateway says it has.
type Payment struct {
	Serial string      `db:"serial"` // the gateway's number of the payment
	Order  string      `db:"order_no"`
	Bill   string      `db:"bill"` // empty: of no order of ours
	Case   ref.CaseID  `db:"case_id"`
	Amount int64       `db:"amount"`
	State  string      `db:"state"` // taken · parked
	Why    string      `db:"why"`   // it is parked: one of the words below
	Via    string      `db:"via"`   // how we heard: call · poll · statement
	At     time.Time   `db:"paid_at"`
	Heard  time.Time   `db:"heard_at"`
	By     ref.StaffID `db:"worked_by"` // who worked a parked one off
	Worked time.Time   `db:"worked_at"`
	Note   []byte      `db:"note"` // what they did, sealed (PaymentPlace)
}

// States of a payment, and why one is parked.
const (
	Taken  = "taken"
	Parked = "parked"

	UnknownOrder = "unknown_order"
	WrongAmount  = "wrong_amount"
	PaidTwice    = "paid_twice" // the bill was settled by another payment, or waived
	TooLate      = "too_late"   // the case had ended
	OldOrder     = "old_order"  // the amount was changed since
)

// Ledger is under whose key notes on money are sealed: they belong to no party.
const Ledger = "fee:ledger"

// PaymentPlace and DifferencePlace are where notes are sealed, ReasonPlace where reasons are.
func PaymentPlace(serial string) string { return "fee_payment.note." + serial }

// DifferencePlace: see PaymentPlace.
func DifferencePlace(id string) string { return "fee_difference.note." + id }

// ReasonPlace: see PaymentPlace; sealed under the bill's party.
func ReasonPlace(id string) string { return "fee_change.reason." + id }

const paymentCols = "serial, order_no, bill, case_id, amount, state, why, via, paid_at, heard_at, worked_by, worked_at, note"

// Hear writes a payment; false if it was heard before.
func Hear(ctx context.Context, tx *db.Tx, p Payment) (bool, error) {
	n, err := tx.Exec(ctx, "insert into fee_payment ("+paymentCols+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (serial) do nothing",
		p.Serial, p.Order, p.Bill, p.Case, p.Amount, p.State, p.Why, p.Via, p.At, p.Heard, p.By, p.Worked, p.Note)
	return n == 1, err
}

// GetPayment reads one payment.
func GetPayment(ctx context.Context, r db.Reader, serial string) (Payment, error) {
	return db.One[Payment](ctx, r, "select "+paymentCols+" from fee_payment where serial = $1", serial)
}

// Payments lists a bill's payments as they were heard.
func Payments(ctx context.Context, r db.Reader, bill string) ([]Payment, error) {
	return db.Find[Payment](ctx, r, "select "+paymentCols+" from fee_payment where bill = $1 order by heard_at, serial", bill)
}

// PaymentsBetween lists what was paid in a span of time.
func PaymentsBetween(ctx context.Context, r db.Reader, from, until time.Time) ([]Payment, error) {
	return db.Find[Payment](ctx, r, "select "+paymentCols+" from fee_payment where paid_at >= $1 and paid_at < $2 order by serial", from, until)
}

// ParkedPayments lists what is parked and not worked off, oldest first, after a place in the list.
func ParkedPayments(ctx context.Context, r db.Reader, after time.Time, serial string, limit int) ([]Payment, error) {
	return db.Find[Payment](ctx, r, "select "+paymentCols+" from fee_payment where state = 'parked' and worked_at = 0 and (heard_at > $1 or heard_at = $1 and serial > $2) order by heard_at, serial limit $3",
		after, serial, limit)
}

// WorkPayment notes that a parked payment was worked off; false if it was before.
func WorkPayment(ctx context.Context, tx *db.Tx, p Payment) (bool, error) {
	n, err := tx.Exec(ctx, "update fee_payment set worked_by = $1, worked_at = $2, note = $3 where serial = $4 and state = 'parked' and worked_at = 0", p.By, p.Worked, p.Note, p.Serial)
	return n == 1, err
}

// Change is a relief or a refund: one officer proposes it, another confirms or rejects it.
type Change struct {
	ID       string      `db:"id"`
	Bill     string      `db:"bill"`
	Case     ref.CaseID  `db:"case_id"`
	Kind     string      `db:"kind"` // relief · refund
	Amount   int64       `db:"amount"`
	Payment  string      `db:"payment"` // of a refund: the payment it gives back
	Basis    string      `db:"basis"`   // of a relief: the rule it rests on, in words
	Reason   []byte      `db:"reason"`
	State    string      `db:"state"` // proposed · rejected · confirmed · done · refused (by the gateway)
	By       ref.StaffID `db:"by_staff"`
	Made     time.Time   `db:"made_at"`
	Second   ref.StaffID `db:"second"`
	Answered time.Time   `db:"answered_at"`
	Number   string      `db:"number"` // the gateway's, of a refund
	Done     time.Time   `db:"done_at"`
}

// Kinds and states of a change.
const (
	Relief = "relief"
	Refund = "refund"

	Proposed  = "proposed"
	Rejected  = "rejected"
	Confirmed = "confirmed"
	Done      = "done"
	Refused   = "refused"
)

const changeCols = "id, bill, case_id, kind, amount, payment, basis, reason, state, by_staff, made_at, second, answered_at, number, done_at"

// AddChange writes a proposal.
func AddChange(ctx context.Context, tx *db.Tx, c Change) error {
	return db.Insert(ctx, tx, "fee_change", c)
}

// SaveChange moves a change on; the caller holds its case.
func SaveChange(ctx context.Context, tx *db.Tx, c Change) error {
	_, err := tx.Exec(ctx, "update fee_change set state = $1, second = $2, answered_at = $3, number = $4, done_at = $5 where id = $6", c.State, c.Second, c.Answered, c.Number, c.Done, c.ID)
	return err
}

// GetChange reads one change.
func GetChange(ctx context.Context, r db.Reader, id string) (Change, error) {
	return db.One[Change](ctx, r, "select "+changeCols+" from fee_change where id = $1", id)
}

// Changes lists a bill's changes as they were made.
func Changes(ctx context.Context, r db.Reader, bill string) ([]Change, error) {
	return db.Find[Change](ctx, r, "select "+changeCols+" from fee_change where bill = $1 order by made_at, id", bill)
}

// RefundsBetween lists the refunds the gateway made in a span of time.
func RefundsBetween(ctx context.Context, r db.Reader, from, until time.Time) ([]Change, error) {
	return db.Find[Change](ctx, r, "select "+changeCols+" from fee_change where done_at >= $1 and done_at < $2 and kind = 'refund' and state = 'done' order by id", from, until)
}
