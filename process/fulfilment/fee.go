package fulfilment

import (
	"context"
	"strings"
	"time"

	"yimen/connector"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/fee"
	"yimen/domain/form"
	"yimen/domain/rule"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Till is what charging needs: bills after a decision, the gateway, and what it says of money. A
// bill is confirmed by the gateway's call or its answer to ours, never by anybody's browser.
type Till struct {
	DB       *db.DB
	Bus      *event.Bus
	Vault    *crypto.Vault
	Payer    connector.Payer // nil: no gateway; bills wait
	Calendar func() *calendar.Calendar
	Text     func(key string, args ...any) string // words for the gateway, Chinese
	Host     string                               // where people are sent back to
	Told     func(ref.OrganID)                    // something waits for an organ: a hint, after commit
	Now      func() time.Time
}

// Bill charges for a granted item that is charged. One that names no amounts, as versions did
// before amounts were asked for, is not: nobody could say how much.
func (t *Till) Bill(ctx context.Context, d event.Delivery, e approval.Decided) error {
	b, err := t.bill(ctx, e)
	if err != nil {
		return err
	}
	return t.DB.Write(ctx, "fulfilment.Bill", func(ctx context.Context, tx *db.Tx) error {
		if b != nil {
			if err := t.begin(ctx, tx, *b); err != nil {
				return err
			}
		}
		return d.Done(ctx, tx)
	})
}

// bill works out what a decision costs; nil: nothing.
func (t *Till) bill(ctx context.Context, e approval.Decided) (*fee.Bill, error) {
	if e.Outcome != approval.Grant {
		return nil, nil
	}
	task, err := approval.Get(ctx, t.DB, e.Task)
	if err != nil {
		return nil, err
	}
	ci, err := casefile.GetItem(ctx, t.DB, task.CaseItem)
	if err != nil {
		return nil, err
	}
	v, err := catalog.Get(ctx, t.DB, ci.Version)
	if err != nil || !v.Doc().Fee.Priced() {
		return nil, err
	}
	answers, err := form.Answers(ctx, t.DB, t.Vault, ci.ID)
	if err != nil {
		return nil, err
	}
	lines, err := Charges(v.Doc(), answers)
	b := fee.Bill{ID: db.NewID(), Case: ci.Case, CaseItem: ci.ID, Task: task.ID, Item: ci.Item, Organ: task.Organ, Rev: 1}.With(lines)
	return &b, err
}

// Charges are an item's fee lines with the amounts that its answers lead to; a line whose count
// cannot be worked out has none.
func Charges(it *catalog.Item, answers map[string]form.Answer) (out []fee.Line, err error) {
	for _, l := range it.Fee.Lines {
		line := fee.Line{Name: l.Name, Standard: l.Standard, Unit: l.Unit, Price: int64(l.Amount), Most: int64(l.Most), Basis: basis(l, it.Fee)}
		count := "1"
		if l.Count != "" {
			count = counted(it, l.Count, answers)
		} else if l.Most > 0 {
			count = ""
		}
		if count != "" {
			if line, err = line.Charge(count); fault.Is(err, fault.Invalid) {
				err = nil // an answer that leads to no sensible number: the organ finds it
			}
		}
		out = append(out, line)
	}
	return out, err
}

func basis(l catalog.FeeLine, f catalog.Fee) fee.Basis {
	c := l.Basis
	if c == nil {
		c = f.Basis
	}
	if c == nil {
		return fee.Basis{}
	}
	return fee.Basis{Law: c.Law, Article: c.Article, Sub: c.Sub, Paragraph: c.Paragraph, Point: c.Point}
}

// counted works a count out; "" where the answers do not give a number.
func counted(it *catalog.Item, count string, answers map[string]form.Answer) string {
	f, flaw := rule.CompileExpression(count, it.Elements())
	if flaw != nil {
		return ""
	}
	values := map[string]rule.Value{}
	for _, q := range it.Form {
		if v, err := rule.ReadValue(kinds[q.Kind], strings.TrimSpace(answers[q.Element].Value)); err == nil {
			values[q.Element] = v
		}
	}
	n := f.Eval(values)
	if n.Kind() != rule.KindNumber {
		return ""
	}
	return n.Plain()
}

// kinds are how a form's answers are read; what is not here is text.
var kinds = map[string]rule.Kind{"number": rule.KindNumber, "money": rule.KindNumber, "date": rule.KindDate}

// at is a bill with its case, locked, and its item.
type at struct {
	casefile.Case
	ci casefile.Item
	fee.Bill
}

// hold locks a bill's case and reads both anew.
func hold(ctx context.Context, tx *db.Tx, b fee.Bill) (m at, err error) {
	if m.Case, err = casefile.Lock(ctx, tx, b.Case); err != nil {
		return m, err
	}
	if m.ci, err = casefile.GetItem(ctx, tx, b.CaseItem); err != nil {
		return m, err
	}
	m.Bill, err = fee.Get(ctx, tx, b.ID)
	return m, err
}

// begin writes a case item's bill, once, if the item still waits for its result.
func (t *Till) begin(ctx context.Context, tx *db.Tx, b fee.Bill) error {
	c, err := casefile.Lock(ctx, tx, b.Case)
	if err != nil {
		return err
	}
	ci, err := casefile.GetItem(ctx, tx, b.CaseItem)
	if err != nil || ci.Stage != casefile.Granted {
		return err
	}
	if _, err := fee.ByItem(ctx, tx, b.CaseItem); !fault.Is(err, fault.NotFound) {
		return err
	}
	b.Party, b.Made = c.Party, t.Now()
	if err := fee.Add(ctx, tx, b); err != nil {
		return err
	}
	return t.charge(ctx, tx, at{c, ci, b}, "system:fulfilment")
}

// charge goes on with a bill whose amount is new: it is told and opened at the gateway, or settled
// where nothing is to be paid. An open one waits for its organ.
func (t *Till) charge(ctx context.Context, tx *db.Tx, m at, by string) error {
	now, b := t.Now(), m.Bill
	kind := casefile.FactBilled
	switch b.State {
	case fee.Open:
		tx.AfterCommit(func() { t.Told(b.Organ) })
		return t.note(ctx, tx, by, "fulfilment.Bill.open", b, now)
	case fee.Waived:
		kind, b.Settled = casefile.FactWaived, now
	default:
		end, _ := t.Calendar().AddWorkdays(calendar.DateOf(now), fee.Period)
		b.Due, b.Reminded = end.End(), time.Time{}
		if b.Billed.IsZero() {
			b.Billed = now
		}
	}
	if err := fee.Save(ctx, tx, b); err != nil {
		return err
	}
	f := casefile.Fact{Kind: kind, At: now, Actor: by, Organ: b.Organ}.With(casefile.Detail{Bill: b.ID, Amount: b.Amount()})
	if err := t.apply(ctx, tx, m, f); err != nil {
		return err
	}
	if err := t.note(ctx, tx, by, "fulfilment.Bill."+string(b.State), b, now); err != nil {
		return err
	}
	if b.State == fee.Waived {
		return t.Bus.Publish(ctx, tx, fee.Settled{Case: b.Case, Bill: b.ID})
	}
	return t.ask(ctx, tx, b)
}

// ask tells what is to be paid, has it opened at the gateway, and sets the timer of the period.
func (t *Till) ask(ctx context.Context, tx *db.Tx, b fee.Bill) error {
	o, err := fee.NewOrder(b, t.Now())
	if err != nil {
		return err
	}
	if err := fee.AddOrder(ctx, tx, o); err != nil {
		return err
	}
	for _, e := range []event.Event{fee.WasBilled{Case: b.Case, Bill: b.ID, Rev: b.Rev}, fee.OrderDue{Order: o.No}} {
		if err := t.Bus.Publish(ctx, tx, e); err != nil {
			return err
		}
	}
	return t.Bus.PublishAt(ctx, tx, b.Due, fee.PeriodDue{Case: b.Case, Bill: b.ID})
}

// note writes the audit row of an act on a bill.
func (t *Till) note(ctx context.Context, tx *db.Tx, by, verb string, b fee.Bill, at time.Time) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: verb, Object: "case:" + string(b.Case), After: audit.Digest(b.ID, string(b.State), decimal(b.Total), decimal(b.Relief), decimal(b.Paid), decimal(b.Refunded)), At: at})
}

// apply adds a fact about a bill's item, and moves the time of delivery by what was waited for the
// money.
func (t *Till) apply(ctx context.Context, tx *db.Tx, m at, f casefile.Fact) error {
	before, err := casefile.Facts(ctx, tx, m.Case.ID)
	if err != nil {
		return err
	}
	f.Item = m.ci.ID
	c := casefile.LifeOf(casefile.Holding(append(before, f), m.ci.ID)).Course(casefile.DeliverClock)
	in := clock.Input{Calendar: t.Calendar(), Facts: clock.Facts{Received: c.Start}, Rules: clock.UsualRules, Now: t.Now()}
	for _, p := range c.Pauses {
		in.Facts.Pauses = append(in.Facts.Pauses, clock.Pause(p))
	}
	shown, err := clock.Show(in, clock.Spans{Promised: clock.Delivery})
	if err != nil {
		return err
	}
	m.ci.Due, m.ci.LegalDue, m.ci.SoonAt, m.ci.Provisional = shown.Due, shown.LegalDue, shown.SoonAt, shown.Provisional
	return casefile.Apply(ctx, tx, &m.Case, &m.ci, f)
}
