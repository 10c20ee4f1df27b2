package fulfilment

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/connector"
	"yimen/domain/audit"
	"yimen/domain/fee"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
)

func today(now time.Time) calendar.Date { return calendar.DateOf(now) }

// afterMidnight is when a day is compared: the gateway has closed it by then.
const afterMidnight = 90 * time.Minute

// beginDay has a day compared with the gateway's statement when it is over. From the first day on
// each comparison begins the next, so that no day is left out.
func (t *Till) beginDay(ctx context.Context, tx *db.Tx, day calendar.Date) error {
	fresh, err := fee.BeginDay(ctx, tx, day.String())
	if err != nil || !fresh {
		return err
	}
	return t.Bus.PublishAt(ctx, tx, day.End().Add(afterMidnight), fee.DayDue{Day: day.String()})
}

// Compare holds a day's movements against the gateway's statement. What the gateway has and we
// never heard of is taken now, and listed all the same.
func (t *Till) Compare(ctx context.Context, d event.Delivery, e fee.DayDue) error {
	day, err := calendar.ParseDate(e.Day)
	if err != nil {
		return err
	}
	var theirs []connector.Movement
	gone := fault.New(fault.Unavailable, "fee.no_gateway")
	if t.Payer != nil {
		if theirs, err = t.Payer.Statement(ctx, e.Day); err == nil {
			gone = nil
		}
	}
	if gone != nil {
		return t.DB.Write(ctx, "fulfilment.Compare", func(ctx context.Context, tx *db.Tx) error { return d.Postpone(ctx, tx, t.Now().Add(30*time.Minute)) })
	}
	done, found, err := t.compared(ctx, day, theirs)
	if err != nil {
		return err
	}
	return t.DB.Write(ctx, "fulfilment.Compare", func(ctx context.Context, tx *db.Tx) error {
		if err := t.keep(ctx, tx, done, found); err != nil {
			return err
		}
		if err := t.beginDay(ctx, tx, day+1); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// compared finds the differences of a day and takes the payments that were not heard of.
func (t *Till) compared(ctx context.Context, day calendar.Date, statement []connector.Movement) (fee.Day, []fee.Difference, error) {
	done := fee.Day{Day: day.String(), State: fee.Compared, Run: t.Now()}
	ours, err := t.moves(ctx, day)
	if err != nil {
		return done, nil, err
	}
	var theirs []fee.Move
	at := map[string]time.Time{}
	for _, m := range statement {
		if _, twice := at[m.Serial]; !twice {
			theirs = append(theirs, fee.Move{Serial: m.Serial, Order: m.Order, Amount: m.Amount})
		}
		at[m.Serial] = m.At
	}
	done.Ours, done.OursSum = sum(ours)
	done.Theirs, done.TheirsSum = sum(theirs)
	found := fee.Compare(ours, theirs)
	for i, x := range found {
		if x.Kind == fee.Unheard && x.Theirs > 0 {
			if err := t.Take(ctx, connector.Paid{Order: x.Order, Serial: x.Serial, Amount: x.Theirs, At: at[x.Serial]}, "statement"); err != nil {
				return done, nil, err
			}
		}
		o, err := fee.GetOrder(ctx, t.DB, x.Order)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return done, nil, err
		}
		found[i].ID, found[i].Day, found[i].Found, found[i].Bill, found[i].Case = db.NewID(), done.Day, done.Run, o.Bill, o.Case
	}
	return done, found, nil
}

// moves are our movements of a day.
func (t *Till) moves(ctx context.Context, day calendar.Date) (out []fee.Move, err error) {
	payments, err := fee.PaymentsBetween(ctx, t.DB, day.At(0), day.End())
	if err != nil {
		return nil, err
	}
	for _, p := range payments {
		out = append(out, fee.Move{Serial: p.Serial, Order: p.Order, Amount: p.Amount})
	}
	refunds, err := fee.RefundsBetween(ctx, t.DB, day.At(0), day.End())
	for _, x := range refunds {
		p, err := fee.GetPayment(ctx, t.DB, x.Payment)
		if err != nil {
			return nil, err
		}
		out = append(out, fee.Move{Serial: x.Number, Order: p.Order, Amount: -x.Amount})
	}
	return out, err
}

func sum(all []fee.Move) (n, fen int64) {
	for _, m := range all {
		fen += m.Amount
	}
	return int64(len(all)), fen
}

func (t *Till) keep(ctx context.Context, tx *db.Tx, done fee.Day, found []fee.Difference) error {
	if _, err := fee.BeginDay(ctx, tx, done.Day); err != nil {
		return err
	}
	if err := fee.SaveDay(ctx, tx, done); err != nil {
		return err
	}
	for _, x := range found {
		if err := fee.AddDifference(ctx, tx, x); err != nil {
			return err
		}
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: "system:fulfilment", Verb: "fulfilment.Compare", Object: "fees:" + done.Day, After: audit.Digest(decimal(done.Ours), decimal(done.Theirs), decimal(int64(len(found)))), At: done.Run})
}

// Again has a day compared once more. Invalid for a day that is not over.
func (t *Till) Again(ctx context.Context, s once.Submit, by org.Staff, day string) error {
	d, err := calendar.ParseDate(day)
	if err != nil || d >= today(t.Now()) {
		return fault.New(fault.Invalid, "fee.day_not_over")
	}
	return t.DB.Write(ctx, "fulfilment.Again", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, s, func() (string, error) {
			if _, err := fee.GetDay(ctx, tx, day); err != nil {
				return "", err
			}
			err := audit.Record(ctx, tx, audit.Entry{Actor: staffActor(by.ID), Verb: "fulfilment.Again", Object: "fees:" + day, At: t.Now()})
			return day, errors.Join(err, t.Bus.Publish(ctx, tx, fee.DayDue{Day: day}))
		})
		return err
	})
}

// Off is a treasurer's word on a difference or a parked payment.
type Off struct {
	Submit     once.Submit
	By         org.Staff
	Difference string // its id, or
	Payment    string // the parked payment's serial
	Note       string // what was found and done
}

// WorkOff notes what was done. Errors: Invalid with the field note, NotFound, Conflict where it was
// noted before.
func (t *Till) WorkOff(ctx context.Context, o Off) error {
	o.Note = strings.TrimSpace(o.Note)
	switch n := utf8.RuneCountInString(o.Note); {
	case n == 0:
		return fault.Bad(fault.Field{Name: "note", Key: "fee.note_empty"})
	case n > reasonMost:
		return fault.Bad(fault.Field{Name: "note", Key: "form.too_long", Args: []any{"max", reasonMost}})
	}
	return t.DB.Write(ctx, "fulfilment.WorkOff", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, o.Submit, func() (string, error) { return "", t.workOff(ctx, tx, o) })
		return err
	})
}

func (t *Till) workOff(ctx context.Context, tx *db.Tx, o Off) error {
	object, place := "payment:"+o.Payment, fee.PaymentPlace(o.Payment)
	if o.Difference != "" {
		object, place = "difference:"+o.Difference, fee.DifferencePlace(o.Difference)
	}
	note, err := t.Vault.Seal(ctx, tx, fee.Ledger, place, []byte(o.Note))
	if err != nil {
		return err
	}
	fresh, now := false, t.Now()
	if o.Difference != "" {
		x, e := fee.GetDifference(ctx, tx, o.Difference)
		if x.By, x.Worked, x.Note, err = o.By.ID, now, note, e; err == nil {
			fresh, err = fee.WorkDifference(ctx, tx, x)
		}
	} else {
		p, e := fee.GetPayment(ctx, tx, o.Payment)
		if p.By, p.Worked, p.Note, err = o.By.ID, now, note, e; err == nil {
			fresh, err = fee.WorkPayment(ctx, tx, p)
		}
	}
	if err == nil && !fresh {
		err = fault.New(fault.Conflict, "fee.worked_already")
	}
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: staffActor(o.By.ID), Verb: "fulfilment.WorkOff", Object: object, At: now})
}
