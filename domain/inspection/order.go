package inspection

import (
	"context"
	"fmt"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// OrderState is where a supervision order stands.
type OrderState string

const (
	OrderOpen     OrderState = "open"
	OrderAnswered OrderState = "answered" // the organ says it is done
	OrderClosed   OrderState = "closed"
)

// OrderStates in the order of a menu.
func OrderStates() []OrderState { return []OrderState{OrderOpen, OrderAnswered, OrderClosed} }

// What may be done to an order.
const (
	ActOrder    = "order"
	ActAnswer   = "answer"
	ActReturn   = "return" // the answer does not do
	ActClose    = "close"
	ActHolds    = "holds"     // 回头看: what was put right is right
	ActHoldsNot = "holds_not" // it is not: the order is open again
)

// Order is a supervision order (督办): who does what by when, and when it is looked at again.
type Order struct {
	ID     string          `db:"id"`
	Title  string          `db:"title"` // no person's data
	Case   ref.CaseID      `db:"case_id"`
	Number ref.ShortNumber `db:"number"`
	Card   string          `db:"card"`
	Party  ref.PartyID     `db:"party"`
	Organ  ref.OrganID     `db:"organ"`
	Who    ref.StaffID     `db:"who"` // empty: the organ
	State  OrderState      `db:"state"`
	By     ref.StaffID     `db:"made_by"`
	Made   time.Time       `db:"made_at"`
	Due    time.Time       `db:"due_at"`
	Look   time.Time       `db:"look_at"`   // the day it is looked at again; zero: not, or not yet
	Looked time.Time       `db:"looked_at"` // when it was
	Holds  bool            `db:"holds"`
	Round  int             `db:"round"` // 1, and one more each time it was opened again
	Moved  time.Time       `db:"moved_at"`
}

const orderCols = "id, title, case_id, number, card, party, organ, who, state, made_by, made_at, due_at, look_at, looked_at, holds, round, moved_at"

// Object is the order's name in acts and in the audit.
func (o Order) Object() string { return "order:" + o.ID }

// Subject is under whose key the order's words are sealed.
func (o Order) Subject() string {
	if o.Party != "" {
		return string(o.Party)
	}
	return o.Object()
}

// Late says that an order should have been answered by now.
func (o Order) Late(now time.Time) bool { return o.State == OrderOpen && now.After(o.Due) }

// ToLook says that the day of the look-back has come.
func (o Order) ToLook(now time.Time) bool {
	return o.State == OrderClosed && !o.Look.IsZero() && o.Looked.IsZero() && !now.Before(o.Look)
}

// Mine says whether a member of staff may answer the order.
func (o Order) Mine(x Of) bool { return o.Who == x.Staff || o.Who == "" && o.Organ == x.Organ }

// AddOrder writes a new order.
func AddOrder(ctx context.Context, tx *db.Tx, o Order) error {
	return db.Insert(ctx, tx, "inspection_order", o)
}

// Put writes an order that stands in from as it was read; Conflict when it moved on.
func (o Order) Put(ctx context.Context, tx *db.Tx, from Order) error {
	n, err := tx.Exec(ctx, `update inspection_order set state = $1, due_at = $2, look_at = $3, looked_at = $4, holds = $5, round = $6, moved_at = $7
		where id = $8 and state = $9 and round = $10 and looked_at = $11`, o.State, o.Due, o.Look, o.Looked, o.Holds, o.Round, o.Moved, o.ID, from.State, from.Round, from.Looked)
	return once(n, err)
}

// GetOrder reads one order.
func GetOrder(ctx context.Context, r db.Reader, id string) (Order, error) {
	return db.One[Order](ctx, r, "select "+orderCols+" from inspection_order where id = $1", id)
}

// OrderFilter narrows a list of orders; empty fields do not.
type OrderFilter struct {
	Of    Of
	State OrderState
	Organ ref.OrganID
	Late  time.Time // open ones due before
	Look  time.Time // closed ones to be looked at again by then
	After After     // the last row shown
}

func (f OrderFilter) where() where {
	w := where{cond: "1 = 1"}
	if f.Of.Staff != "" {
		w.and("(who = $%d or (who = '' and organ = $%d))", f.Of.Staff, f.Of.Organ)
	}
	if f.State != "" {
		w.and("state = $%d", f.State)
	}
	if f.Organ != "" {
		w.and("organ = $%d", f.Organ)
	}
	if !f.Late.IsZero() {
		w.and("state = 'open' and due_at < $%d", f.Late)
	}
	if !f.Look.IsZero() {
		w.and("state = 'closed' and looked_at = 0 and look_at > 0 and look_at <= $%d", f.Look)
	}
	if f.After.ID != "" {
		w.and("(made_at, id) < ($%d, $%d)", f.After.At, f.After.ID)
	}
	return w
}

// Orders lists orders, latest first.
func Orders(ctx context.Context, r db.Reader, f OrderFilter, limit int) ([]Order, error) {
	w := f.where()
	return db.Find[Order](ctx, r, fmt.Sprintf("select "+orderCols+" from inspection_order where %s order by made_at desc, id desc limit %d", w.cond, limit), w.args...)
}

// CountOrders counts the orders of a filter, at most CountMax.
func CountOrders(ctx context.Context, r db.Reader, f OrderFilter) (n int, err error) {
	w := f.where()
	err = r.QueryRow(ctx, fmt.Sprintf("select count(*) from (select 1 from inspection_order where %s limit %d) x", w.cond, CountMax), w.args...).Scan(&n)
	return n, err
}
