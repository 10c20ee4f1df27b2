package fulfilment

import (
	"context"
	"errors"
	"strconv"
	"time"

	"yimen/connector"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/fee"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/failpoint"
	"yimen/foundation/fault"
	"yimen/foundation/once"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// asks are the pauses before the gateway is asked again about an order; the last goes on.
var asks = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour}

// Order opens an order at the gateway, and then asks about it until its bill is settled. A gateway
// that is away or answers wrongly is asked again later and holds nothing else up.
func (t *Till) Order(ctx context.Context, d event.Delivery, e fee.OrderDue) error {
	o, err := fee.GetOrder(ctx, t.DB, e.Order)
	if err != nil {
		return err
	}
	b, err := fee.Get(ctx, t.DB, o.Bill)
	if err != nil {
		return err
	}
	if waits(b, o) {
		if o, err = t.reach(ctx, o, b); fault.Is(err, fault.Internal) {
			return err
		}
	}
	return t.DB.Write(ctx, "fulfilment.Order", func(ctx context.Context, tx *db.Tx) error {
		b, err := fee.Get(ctx, tx, o.Bill)
		if err != nil {
			return err
		}
		if waits(b, o) {
			o.Next = t.Now().Add(asks[min(o.Tries, int64(len(asks)-1))])
			o.Tries++
			if err := errors.Join(fee.SaveOrder(ctx, tx, o), t.Bus.PublishAt(ctx, tx, o.Next, e)); err != nil {
				return err
			}
		}
		return d.Done(ctx, tx)
	})
}

// waits says that an order is the present one of a bill that waits for its money.
func waits(b fee.Bill, o fee.Order) bool { return b.State.Waits() && b.Rev == o.Rev }

// reach opens an order that is not open yet, or asks whether it was paid and takes what was.
func (t *Till) reach(ctx context.Context, o fee.Order, b fee.Bill) (fee.Order, error) {
	if t.Payer == nil {
		return o, fault.New(fault.Unavailable, "fee.no_gateway")
	}
	if o.Number == "" {
		failpoint.Hit("fulfilment.open.before")
		got, err := t.Payer.Open(ctx, connector.Order{No: o.No, Amount: o.Amount, Subject: t.Text("fee.subject"), Until: b.Due, Back: t.Host + "/me/case/" + string(o.Case)})
		failpoint.Hit("fulfilment.open.after")
		o.Number, o.Address = got.Number, got.Address
		if err == nil {
			o.Tries = 0
		}
		return o, err
	}
	paid, err := t.Payer.Query(ctx, o.No)
	if fault.Is(err, fault.Invalid) { // the gateway does not know it any more: it is opened anew
		o.Number, o.Address, o.Tries = "", "", 0
	}
	for _, p := range paid {
		err = errors.Join(err, t.Take(ctx, p, "poll"))
	}
	return o, err
}

// Heard takes what the gateway told in a call. A call that was heard before, by its nonce, changes
// nothing; the same nonce with other words is a Conflict.
func (t *Till) Heard(ctx context.Context, h connector.Heard) error {
	s := once.Submit{Actor: "gateway:pay", Route: "POST /fees/heard", Key: h.Nonce, Hash: once.Hash(h.Order, h.Serial, decimal(h.Amount), decimal(h.At.Unix())), At: t.Now()}
	return t.DB.Write(ctx, "fulfilment.Take", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, s, func() (string, error) { return "", t.take(ctx, tx, h.Paid, "call") })
		return err
	})
}

// Take takes a payment that the gateway named in an answer (via: poll or statement).
func (t *Till) Take(ctx context.Context, p connector.Paid, via string) error {
	return t.DB.Write(ctx, "fulfilment.Take", func(ctx context.Context, tx *db.Tx) error { return t.take(ctx, tx, p, via) })
}

// take writes a payment: it settles its bill, or is parked where it does not fit.
func (t *Till) take(ctx context.Context, tx *db.Tx, p connector.Paid, via string) error {
	now := t.Now()
	row := fee.Payment{Serial: p.Serial, Order: p.Order, Amount: p.Amount, State: fee.Parked, Why: fee.UnknownOrder, Via: via, At: p.At, Heard: now}
	if err := t.beginDay(ctx, tx, calendar.DateOf(p.At)); err != nil {
		return err
	}
	o, err := fee.GetOrder(ctx, tx, p.Order)
	if fault.Is(err, fault.NotFound) {
		_, err = fee.Hear(ctx, tx, row)
		return err
	}
	if err != nil {
		return err
	}
	seen, err := fee.Get(ctx, tx, o.Bill)
	if err != nil {
		return err
	}
	m, err := hold(ctx, tx, seen)
	if err != nil {
		return err
	}
	b := m.Bill
	row.Bill, row.Case, row.Why = b.ID, b.Case, misfit(b, o, p)
	if row.Why == "" {
		row.State = fee.Taken
	}
	fresh, err := fee.Hear(ctx, tx, row)
	if err != nil || !fresh {
		return err
	}
	if row.State == fee.Parked {
		tx.AfterCommit(func() { t.Told(b.Organ) })
		return audit.Record(ctx, tx, audit.Entry{Actor: "system:gateway", Verb: "fulfilment.Park." + row.Why, Object: "case:" + string(b.Case), After: audit.Digest(row.Serial, decimal(row.Amount)), At: now})
	}
	return t.settle(ctx, tx, m, p)
}

// misfit is why a payment cannot settle its order's bill; "" where it does.
func misfit(b fee.Bill, o fee.Order, p connector.Paid) string {
	switch {
	case b.State == fee.Lapsed:
		return fee.TooLate
	case b.State.Settled():
		return fee.PaidTwice
	case b.Rev != o.Rev:
		return fee.OldOrder
	case p.Amount != o.Amount:
		return fee.WrongAmount
	}
	return ""
}

func (t *Till) settle(ctx context.Context, tx *db.Tx, m at, p connector.Paid) error {
	now, b := t.Now(), m.Bill
	b.State, b.Paid, b.Settled = fee.Paid, p.Amount, now
	if err := fee.Save(ctx, tx, b); err != nil {
		return err
	}
	f := casefile.Fact{Kind: casefile.FactPaid, At: now, Actor: "system:gateway", Organ: b.Organ}.With(casefile.Detail{Bill: b.ID, Amount: b.Paid})
	if err := t.apply(ctx, tx, m, f); err != nil {
		return err
	}
	if err := t.note(ctx, tx, "system:gateway", "fulfilment.Paid", b, now); err != nil {
		return err
	}
	return errors.Join(t.Bus.Publish(ctx, tx, fee.WasPaid{Case: b.Case, Bill: b.ID}), t.Bus.Publish(ctx, tx, fee.Settled{Case: b.Case, Bill: b.ID}))
}

// Period ends a bill's time: first a reminder and the grace, then an officer is asked whether the
// case ends (End), as nothing but a person may end one.
func (t *Till) Period(ctx context.Context, d event.Delivery, e fee.PeriodDue) error {
	b, err := fee.Get(ctx, t.DB, e.Bill)
	if err != nil {
		return err
	}
	return t.DB.Write(ctx, "fulfilment.Period", func(ctx context.Context, tx *db.Tx) error {
		if err := t.period(ctx, tx, b); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// lastAsk asks the gateway about a bill's order; an error where it could not be asked or where the
// order was never open, so that it could not be paid.
func (t *Till) lastAsk(ctx context.Context, b fee.Bill) error {
	o, err := fee.OrderOf(ctx, t.DB, b)
	if err != nil {
		return err
	}
	if o.Number == "" {
		return fault.New(fault.Unavailable, "fee.no_gateway")
	}
	_, err = t.reach(ctx, o, b)
	return err
}

func (t *Till) period(ctx context.Context, tx *db.Tx, seen fee.Bill) error {
	m, err := hold(ctx, tx, seen)
	b, now := m.Bill, t.Now()
	switch {
	case err != nil || b.State != fee.Due || now.Before(b.Due): // a later timer has it
		return err
	case m.ci.Stage.Ended(): // withdrawn meanwhile
		b.State, b.Settled = fee.Lapsed, now
		return fee.Save(ctx, tx, b)
	case b.Reminded.IsZero():
		return t.remind(ctx, tx, b)
	}
	b.State = fee.Late
	tx.AfterCommit(func() { t.Told(b.Organ) })
	return errors.Join(fee.Save(ctx, tx, b), t.note(ctx, tx, "system:fulfilment", "fulfilment.Late", b, now))
}

// Ending is an officer's word on a bill that nobody paid in time.
type Ending struct {
	Submit once.Submit
	By     org.Staff
	Bill   string
	Wait   bool // once more for the grace
}

// End ends the case of a bill that nobody paid, or waits on. The gateway is asked once more before;
// nobody loses a case whose gateway is away. Errors: Denied, Unavailable, Conflict where the bill is
// not late (any more: it may have been paid just now).
func (t *Till) End(ctx context.Context, e Ending) error {
	b, err := fee.Get(ctx, t.DB, e.Bill)
	if err == nil && b.State == fee.Late && !e.Wait {
		err = t.lastAsk(ctx, b)
	}
	if err != nil {
		return err
	}
	return t.act(ctx, "fulfilment.End", e.Submit, e.Bill, e.By, func(ctx context.Context, tx *db.Tx, m at) error {
		if m.Bill.State != fee.Late {
			return fault.New(fault.Conflict, "fee.moved")
		}
		if e.Wait {
			m.Bill.State = fee.Due
			return t.remind(ctx, tx, m.Bill)
		}
		return t.lapse(ctx, tx, m, staffActor(e.By.ID))
	})
}

// lapse ends a case item whose fee was not paid.
func (t *Till) lapse(ctx context.Context, tx *db.Tx, m at, by string) error {
	b, now := m.Bill, t.Now()
	b.State, b.Settled = fee.Lapsed, now
	if err := fee.Save(ctx, tx, b); err != nil {
		return err
	}
	f := casefile.Fact{Kind: casefile.FactTerminated, At: now, Actor: by, Organ: b.Organ}.With(casefile.Detail{Bill: b.ID, Ground: Unpaid})
	if err := t.apply(ctx, tx, m, f); err != nil {
		return err
	}
	if err := t.note(ctx, tx, by, "fulfilment.Lapse", b, now); err != nil {
		return err
	}
	return t.Bus.Publish(ctx, tx, casefile.WasTerminated{Case: b.Case, Item: b.CaseItem})
}

// Unpaid is the ground of a termination because a fee was not paid in time.
const Unpaid = "unpaid"

func (t *Till) remind(ctx context.Context, tx *db.Tx, b fee.Bill) error {
	now := t.Now()
	end, _ := t.Calendar().AddWorkdays(calendar.DateOf(now), fee.Grace)
	b.Reminded, b.Due = now, end.End()
	if err := fee.Save(ctx, tx, b); err != nil {
		return err
	}
	if err := t.note(ctx, tx, "system:fulfilment", "fulfilment.Remind", b, now); err != nil {
		return err
	}
	return errors.Join(t.Bus.Publish(ctx, tx, fee.WasReminded{Case: b.Case, Bill: b.ID}), t.Bus.PublishAt(ctx, tx, b.Due, fee.PeriodDue{Case: b.Case, Bill: b.ID}))
}
