// Package fee holds what a case costs and what became of the money: bills (缴费通知), orders at the
// payment gateway, payments, reliefs and refunds, and the daily reconciliation.
//
// Invariants:
//   - One bill a case item; its lines name their basis (行政许可法 58). Money is BIGINT 分.
//   - A payment is what the gateway says and nothing else; its serial is its key, so that hearing
//     it again changes nothing. What does not fit a bill is parked and counts for nothing.
//   - A bill is settled once: paid in full with one payment, or waived. What is refunded never
//     exceeds what was paid.
//   - A relief and a refund need two people.
package fee

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// State is where a bill stands.
type State string

const (
	Open   State = "open"   // the organ has to find how many units are charged
	Due    State = "due"    // waits for the applicant
	Paid   State = "paid"   // the gateway confirmed it
	Waived State = "waived" // nothing is left to pay
	Late   State = "late"   // nor within the grace: the organ says whether it waits on; it can still be paid
	Lapsed State = "lapsed" // not paid: the case has ended
)

// Waits says that it can be paid.
func (s State) Waits() bool { return s == Due || s == Late }

// Settled says that the result may be issued.
func (s State) Settled() bool { return s == Paid || s == Waived }

// Period is how long an applicant has to pay, and Grace how long again after the reminder; both
// in working days, and neither counts for the organ.
const (
	Period = 15
	Grace  = 10
)

// Bill is what one case item costs.
type Bill struct {
	ID       string         `db:"id"`
	Case     ref.CaseID     `db:"case_id"`
	CaseItem ref.CaseItemID `db:"case_item"`
	Task     ref.TaskID     `db:"task"` // the decision it follows
	Item     ref.ItemID     `db:"item"`
	Party    ref.PartyID    `db:"party"`
	Organ    ref.OrganID    `db:"organ"` // who charges
	Charges  string         `db:"lines"` // JSON of []Line
	Total    int64          `db:"total"`
	Relief   int64          `db:"relief"`
	Paid     int64          `db:"paid"`
	Refunded int64          `db:"refunded"`
	State    State          `db:"state"`
	Rev      int64          `db:"rev"` // of the amount: each has an order and a notice of its own
	Made     time.Time      `db:"made_at"`
	Billed   time.Time      `db:"billed_at"` // when the applicant was first asked: their time, not the organ's, until it is settled
	Due      time.Time      `db:"due_at"`
	Reminded time.Time      `db:"reminded_at"`
	Settled  time.Time      `db:"settled_at"` // paid, waived or lapsed
}

// Line is one thing that is charged.
type Line struct {
	Name     string `json:"name"`
	Standard string `json:"standard"`
	Unit     string `json:"unit"`
	Price    int64  `json:"price"` // 分 for one unit
	Count    string `json:"count"` // how many, a decimal; empty: not found yet
	Most     int64  `json:"most"`  // what the organ may find at most
	Amount   int64  `json:"amount"`
	Basis    Basis  `json:"basis"`
}

// Basis names a law by its full name without 《》, article and paragraph.
type Basis struct {
	Law       string `json:"law"`
	Article   int    `json:"article"`
	Sub       int    `json:"sub"`
	Paragraph int    `json:"paragraph"`
	Point     int    `json:"point"`
}

// Cited says whether there is a law and an article.
func (b Basis) Cited() bool { return b.Law != "" && b.Article > 0 }

// mostCount bounds what a count may be, so that no amount overflows.
var mostCount = big.NewRat(1_000_000, 1)

// Charge works out a line's amount from how many, rounded to the 分. Invalid where the count is no
// decimal, is negative, or is more than the line allows.
func (l Line) Charge(count string) (Line, error) {
	n, ok := new(big.Rat).SetString(count)
	if !ok || n.Sign() < 0 || n.Cmp(mostCount) > 0 || l.Most > 0 && n.Cmp(new(big.Rat).SetInt64(l.Most)) > 0 {
		return l, fault.New(fault.Invalid, "fee.count_wrong", "most", l.Bound())
	}
	n.Mul(n, new(big.Rat).SetInt64(l.Price)).Add(n, big.NewRat(1, 2))
	l.Count, l.Amount = count, new(big.Int).Quo(n.Num(), n.Denom()).Int64()
	return l, nil
}

// Bound is the most units a line may count.
func (l Line) Bound() int64 {
	if l.Most > 0 {
		return l.Most
	}
	return mostCount.Num().Int64()
}

// Lines are what is charged.
func (b Bill) Lines() (out []Line) {
	_ = json.Unmarshal([]byte(b.Charges), &out)
	return out
}

// With writes a bill's lines and their sum; one without a count leaves the bill open.
func (b Bill) With(lines []Line) Bill {
	raw, err := json.Marshal(lines)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	b.Charges, b.Total, b.State = string(raw), 0, Due
	for _, l := range lines {
		b.Total += l.Amount
		if l.Count == "" {
			b.State = Open
		}
	}
	if b.State == Due && b.Amount() <= 0 {
		b.State = Waived
	}
	return b
}

// Amount is what is to be paid, in 分.
func (b Bill) Amount() int64 { return b.Total - b.Relief }

// Left is what may still be refunded of what was paid.
func (b Bill) Left() int64 { return b.Paid - b.Refunded }

// LastDay is the last day on which it can be paid in time.
func (b Bill) LastDay() calendar.Date { return calendar.DateOf(b.Due.Add(-time.Microsecond)) }

// Yuan writes 分 as 元 with two digits: 1234.50.
func Yuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }

const billCols = "id, case_id, case_item, task, item, party, organ, lines, total, relief, paid, refunded, state, rev, made_at, billed_at, due_at, reminded_at, settled_at"

// Add writes a new bill.
func Add(ctx context.Context, tx *db.Tx, b Bill) error { return db.Insert(ctx, tx, "fee_bill", b) }

// Save brings a bill up to date; the caller holds its case.
func Save(ctx context.Context, tx *db.Tx, b Bill) error {
	_, err := tx.Exec(ctx, `update fee_bill set lines = $1, total = $2, relief = $3, paid = $4, refunded = $5, state = $6, rev = $7, billed_at = $8, due_at = $9, reminded_at = $10, settled_at = $11 where id = $12`,
		b.Charges, b.Total, b.Relief, b.Paid, b.Refunded, b.State, b.Rev, b.Billed, b.Due, b.Reminded, b.Settled, b.ID)
	return err
}

// Get reads one bill.
func Get(ctx context.Context, r db.Reader, id string) (Bill, error) {
	return db.One[Bill](ctx, r, "select "+billCols+" from fee_bill where id = $1", id)
}

// ByItem finds the bill of a case item.
func ByItem(ctx context.Context, r db.Reader, id ref.CaseItemID) (Bill, error) {
	return db.One[Bill](ctx, r, "select "+billCols+" from fee_bill where case_item = $1", id)
}

// ByCase lists a case's bills in the order they were made.
func ByCase(ctx context.Context, r db.Reader, id ref.CaseID) ([]Bill, error) {
	return db.Find[Bill](ctx, r, "select "+billCols+" from fee_bill where case_id = $1 order by id", id)
}

// Asking lists the bills of some organs that want an officer: a number to find, one nobody paid, or a
// change that waits for a second officer; after an id.
func Asking(ctx context.Context, r db.Reader, organs []ref.OrganID, after string, limit int) ([]Bill, error) {
	if len(organs) == 0 {
		return nil, nil
	}
	return db.Find[Bill](ctx, r, "select "+billCols+` from fee_bill where (state in ('open', 'late') or exists (select 1 from fee_change c where c.bill = fee_bill.id and c.state = 'proposed'))
		and id > $1 and organ in `+db.In(3, len(organs))+" order by id limit $2", append([]any{after, limit}, db.Any(organs)...)...)
}

// Events of a fee. Bodies carry ids only.
type (
	// WasBilled: a notice of what is to be paid goes out; again, with the next Rev, when the amount changes.
	WasBilled struct {
		Case ref.CaseID
		Bill string
		Rev  int64
	}
	// WasPaid: the gateway confirmed it; the receipt is made.
	WasPaid struct {
		Case ref.CaseID
		Bill string
	}
	// Settled: paid or waived; what waited for it goes on.
	Settled struct {
		Case ref.CaseID
		Bill string
	}
	// WasReminded: the period is over, and the grace begins.
	WasReminded struct {
		Case ref.CaseID
		Bill string
	}
	// WasRefunded: the gateway has given money back.
	WasRefunded struct {
		Case   ref.CaseID
		Bill   string
		Change string
	}
	// OrderDue: an order is to be opened at the gateway, or asked about.
	OrderDue struct{ Order string }
	// PeriodDue: a bill's time is over.
	PeriodDue struct {
		Case ref.CaseID
		Bill string
	}
	// RefundDue: a confirmed refund is to be made at the gateway.
	RefundDue struct {
		Case   ref.CaseID
		Change string
	}
	// DayDue: a day is to be compared with the gateway's statement.
	DayDue struct{ Day string }
)

func (WasBilled) EventName() string   { return "fee.billed/1" }
func (WasPaid) EventName() string     { return "fee.paid/1" }
func (Settled) EventName() string     { return "fee.settled/1" }
func (WasReminded) EventName() string { return "fee.reminded/1" }
func (WasRefunded) EventName() string { return "fee.refunded/1" }
func (OrderDue) EventName() string    { return "fee.order_due/1" }
func (PeriodDue) EventName() string   { return "fee.period_due/1" }
func (RefundDue) EventName() string   { return "fee.refund_due/1" }
func (DayDue) EventName() string      { return "fee.day_due/1" }

func (e WasBilled) EventKey() string   { return string(e.Case) }
func (e WasPaid) EventKey() string     { return string(e.Case) }
func (e Settled) EventKey() string     { return string(e.Case) }
func (e WasReminded) EventKey() string { return string(e.Case) }
func (e WasRefunded) EventKey() string { return string(e.Case) }
func (e OrderDue) EventKey() string    { return "order:" + e.Order }
func (e PeriodDue) EventKey() string   { return string(e.Case) }
func (e RefundDue) EventKey() string   { return "refund:" + e.Change }
func (e DayDue) EventKey() string      { return "day:" + e.Day }
