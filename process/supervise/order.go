package supervise

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/inspection"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Ordering is a supervision order to be made (督办).
type Ordering struct {
	Word   // Words is what is to be done; ID is not read
	Title  string
	Number ref.ShortNumber // of the case it is about, may be empty
	Card   string          // that led to it, may be empty
	Organ  ref.OrganID
	Who    string // account of who is to do it, empty: the organ
	Due    time.Time
}

// Order makes a supervision order. Answer is its id. Errors: Invalid with the fields, Denied for anybody but a supervisor.
func (w *Watch) Order(ctx context.Context, x Ordering) (string, error) {
	if err := supervisor(x.By); err != nil {
		return "", err
	}
	o := inspection.Order{ID: db.NewID(), Title: strings.TrimSpace(x.Title), Card: x.Card, Organ: x.Organ, State: inspection.OrderOpen, By: x.By.ID, Made: w.Now(), Due: x.Due, Round: 1, Moved: w.Now()}
	bad, err := w.complete(ctx, &o, x)
	if err != nil {
		return "", err
	}
	if bad = append(bad, x.said("words")...); len(bad) > 0 {
		return "", fault.Bad(bad...)
	}
	return w.do(ctx, "supervise.Order", x.Submit, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := inspection.AddOrder(ctx, tx, o); err != nil {
			return "", err
		}
		return o.ID, w.noteOrder(ctx, tx, o, inspection.ActOrder, x.Word)
	})
}

const mostTitle = 60

// complete finds whom and what an order is about, and says which fields are wrong.
func (w *Watch) complete(ctx context.Context, o *inspection.Order, x Ordering) (bad []fault.Field, err error) {
	if n := utf8.RuneCountInString(o.Title); n < leastWords || n > mostTitle {
		bad = append(bad, fault.Field{Name: "title", Key: "inspection.title", Args: []any{"most", mostTitle}})
	}
	if !o.Due.After(o.Made) {
		bad = append(bad, fault.Field{Name: "due", Key: "inspection.due"})
	}
	if x.Number != "" {
		c, err := casefile.ByNumber(ctx, w.DB, x.Number)
		if fault.Is(err, fault.NotFound) {
			bad = append(bad, fault.Field{Name: "number", Key: "inspection.no_case"})
		} else if err != nil {
			return bad, err
		}
		o.Case, o.Number, o.Party = c.ID, c.Number, c.Party
	}
	if _, err := org.GetOrgan(ctx, w.DB, o.Organ); fault.Is(err, fault.NotFound) {
		bad = append(bad, fault.Field{Name: "organ", Key: "form.choose"})
	} else if err != nil {
		return bad, err
	}
	if x.Who == "" {
		return bad, nil
	}
	who, err := org.StaffByAccount(ctx, w.DB, x.Who)
	if fault.Is(err, fault.NotFound) || err == nil && (who.Organ != o.Organ || !who.Active) {
		return append(bad, fault.Field{Name: "who", Key: "inspection.not_theirs"}), nil
	}
	o.Who = who.ID
	return bad, err
}

// AnswerOrder is the answer of whom an order is for: what was done. Errors: Invalid, NotFound for an order of others, Conflict
// when it moved on.
func (w *Watch) AnswerOrder(ctx context.Context, x Word) error {
	return w.onOrder(ctx, x, inspection.ActAnswer, func(o *inspection.Order) error {
		if !x.By.Active || !o.Mine(x.of()) {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		if o.State != inspection.OrderOpen {
			return fault.New(fault.Conflict, "inspection.moved_on")
		}
		o.State = inspection.OrderAnswered
		return nil
	})
}

// CloseOrder closes an answered order, or one that nobody will answer; look is the day it is looked at again (回头看), zero for
// none. Errors: Invalid, Denied for anybody but a supervisor, Conflict when it moved on.
func (w *Watch) CloseOrder(ctx context.Context, x Word, look time.Time) error {
	if err := supervisor(x.By); err != nil {
		return err
	}
	if !look.IsZero() && !look.After(w.Now()) {
		return fault.Bad(fault.Field{Name: "look", Key: "inspection.due"})
	}
	return w.onOrder(ctx, x, inspection.ActClose, func(o *inspection.Order) error {
		if o.State == inspection.OrderClosed {
			return fault.New(fault.Conflict, "inspection.moved_on")
		}
		o.State, o.Look = inspection.OrderClosed, look
		return nil
	})
}

// ReturnOrder gives an answered order back, with a new last day. Errors as CloseOrder.
func (w *Watch) ReturnOrder(ctx context.Context, x Word, due time.Time) error {
	if err := w.newDay(x, due); err != nil {
		return err
	}
	return w.onOrder(ctx, x, inspection.ActReturn, func(o *inspection.Order) error {
		if o.State != inspection.OrderAnswered {
			return fault.New(fault.Conflict, "inspection.moved_on")
		}
		o.State, o.Due = inspection.OrderOpen, due
		return nil
	})
}

// LookBack notes what was found when a closed order was looked at again: what was put right holds, or it does not, and then the
// order is open again until due. Errors as CloseOrder.
func (w *Watch) LookBack(ctx context.Context, x Word, holds bool, due time.Time) error {
	act := inspection.ActHolds
	if !holds {
		act = inspection.ActHoldsNot
		if err := w.newDay(x, due); err != nil {
			return err
		}
	}
	if err := supervisor(x.By); err != nil {
		return err
	}
	return w.onOrder(ctx, x, act, func(o *inspection.Order) error {
		if !o.ToLook(w.Now()) {
			return fault.New(fault.Conflict, "inspection.moved_on")
		}
		o.Looked, o.Holds = w.Now(), holds
		if !holds {
			o.State, o.Due, o.Look, o.Looked, o.Round = inspection.OrderOpen, due, time.Time{}, time.Time{}, o.Round+1
		}
		return nil
	})
}

func (w *Watch) newDay(x Word, due time.Time) error {
	if err := supervisor(x.By); err != nil {
		return err
	}
	if !due.After(w.Now()) {
		return fault.Bad(fault.Field{Name: "due", Key: "inspection.due"})
	}
	return nil
}

// onOrder changes an order as it is read in the transaction, with what is said about it.
func (w *Watch) onOrder(ctx context.Context, x Word, act string, change func(*inspection.Order) error) error {
	if bad := x.said("words"); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	_, err := w.do(ctx, "supervise.Order."+act, x.Submit, func(ctx context.Context, tx *db.Tx) (string, error) {
		from, err := inspection.GetOrder(ctx, tx, x.ID)
		if err != nil {
			return "", err
		}
		o := from
		if err := change(&o); err != nil {
			return "", err
		}
		o.Moved = w.Now()
		if err := o.Put(ctx, tx, from); err != nil {
			return "", err
		}
		return o.ID, w.noteOrder(ctx, tx, o, act, x)
	})
	return err
}

func (w *Watch) noteOrder(ctx context.Context, tx *db.Tx, o inspection.Order, act string, x Word) error {
	now := w.Now()
	if err := inspection.Note(ctx, tx, w.Vault, o.Subject(), inspection.Act{Object: o.Object(), Kind: act, Actor: x.actor(), At: now, Words: x.Words}); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: x.actor(), Verb: "supervise.Order." + act, Object: o.Object(), After: audit.Digest(string(o.State), o.Due.String(), o.Look.String()), At: now})
}
