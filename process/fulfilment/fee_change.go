package fulfilment

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/connector"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/delegation"
	"yimen/domain/fee"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/failpoint"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Finding is how many units the deciding organ finds for the lines of a bill that has none yet.
type Finding struct {
	Submit once.Submit
	By     org.Staff
	Bill   string
	Counts []string // one a line; those of lines that have a count are left alone
}

// Find completes an open bill. Errors: Invalid with the fields count.N, Denied without the power to
// decide, Conflict where the bill is not open.
func (t *Till) Find(ctx context.Context, f Finding) error {
	return t.act(ctx, "fulfilment.Find", f.Submit, f.Bill, f.By, func(ctx context.Context, tx *db.Tx, m at) error {
		b := m.Bill
		if b.State != fee.Open {
			return fault.New(fault.Conflict, "fee.moved")
		}
		lines, err := found(b.Lines(), f.Counts)
		if err != nil {
			return err
		}
		m.Bill = b.With(lines)
		return t.charge(ctx, tx, m, staffActor(f.By.ID))
	})
}

func found(lines []fee.Line, counts []string) ([]fee.Line, error) {
	var bad []fault.Field
	for i, l := range lines {
		if l.Count != "" {
			continue
		}
		typed := ""
		if i < len(counts) {
			typed = strings.TrimSpace(counts[i])
		}
		got, err := l.Charge(typed)
		if err != nil || !decimalCount(typed) {
			bad = append(bad, fault.Field{Name: "count." + decimal(int64(i)), Key: "fee.count_wrong", Args: []any{"most", l.Bound()}})
			continue
		}
		lines[i] = got
	}
	if len(bad) > 0 {
		return nil, fault.Bad(bad...)
	}
	return lines, nil
}

// decimalCount says that somebody typed digits, and after a point two at most.
func decimalCount(s string) bool {
	whole, rest, _ := strings.Cut(s, ".")
	return whole != "" && len(rest) <= 2 && strings.Trim(whole+rest, "0123456789") == ""
}

// act runs one submit of an officer who may decide for a bill's organ, with the case locked.
func (t *Till) act(ctx context.Context, op string, s once.Submit, bill string, by org.Staff, do func(context.Context, *db.Tx, at) error) error {
	seen, err := fee.Get(ctx, t.DB, bill)
	if err != nil {
		return err
	}
	return t.DB.Write(ctx, op, func(ctx context.Context, tx *db.Tx) error {
		m, err := hold(ctx, tx, seen)
		if err != nil {
			return err
		}
		_, err = once.Do(ctx, tx, s, func() (string, error) {
			if err := delegation.Permit(ctx, tx, t.Now(), by.ID, delegation.Decide, m.Bill.Organ, m.Bill.Item); err != nil {
				return "", err
			}
			return bill, do(ctx, tx, m)
		})
		return err
	})
}

// Proposal is a relief or a refund that one officer wants.
type Proposal struct {
	Submit  once.Submit
	By      org.Staff
	Bill    string
	Kind    string // fee.Relief · fee.Refund
	Amount  int64  // 分
	Payment string // of a refund: which payment
	Basis   string // of a relief: the rule it rests on
	Reason  string
}

// Lengths of a proposal's words in characters.
const (
	reasonMost = 500
	basisMost  = 200
)

// Propose writes a relief or a refund, which does nothing until another officer confirms it.
// Errors: Invalid with the fields amount, basis, reason, payment; Denied; Conflict where nothing
// is to be reduced or given back, or a proposal waits.
func (t *Till) Propose(ctx context.Context, p Proposal) error {
	p.Basis, p.Reason = strings.TrimSpace(p.Basis), strings.TrimSpace(p.Reason)
	return t.act(ctx, "fulfilment.Propose", p.Submit, p.Bill, p.By, func(ctx context.Context, tx *db.Tx, m at) error {
		b := m.Bill
		all, err := fee.Changes(ctx, tx, b.ID)
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.State == fee.Proposed {
				return fault.New(fault.Conflict, "fee.proposed_already")
			}
		}
		most, err := t.most(ctx, tx, b, p.Kind, p.Payment, all)
		if err != nil {
			return err
		}
		if bad := p.wrong(most); len(bad) > 0 {
			return fault.Bad(bad...)
		}
		return t.propose(ctx, tx, b, p)
	})
}

func (p Proposal) wrong(most int64) (bad []fault.Field) {
	if p.Amount <= 0 || p.Amount > most {
		bad = append(bad, fault.Field{Name: "amount", Key: "fee.amount_wrong", Args: []any{"most", fee.Yuan(most)}})
	}
	for _, x := range []struct {
		name, value string
		most        int
		need        bool
	}{{"basis", p.Basis, basisMost, p.Kind == fee.Relief}, {"reason", p.Reason, reasonMost, true}} {
		switch n := utf8.RuneCountInString(x.value); {
		case x.need && n == 0:
			bad = append(bad, fault.Field{Name: x.name, Key: "fee." + x.name + "_empty"})
		case n > x.most:
			bad = append(bad, fault.Field{Name: x.name, Key: "form.too_long", Args: []any{"max", x.most}})
		}
	}
	return bad
}

// most is how much may be reduced, or given back of a payment. Conflict where it is nothing.
func (t *Till) most(ctx context.Context, r db.Reader, b fee.Bill, kind, payment string, all []fee.Change) (int64, error) {
	left := int64(0)
	switch kind {
	case fee.Relief:
		if b.State.Waits() {
			left = b.Amount()
		}
	case fee.Refund:
		p, err := fee.GetPayment(ctx, r, payment)
		if fault.Is(err, fault.NotFound) || err == nil && p.Bill != b.ID {
			return 0, fault.Bad(fault.Field{Name: "payment", Key: "form.choose"})
		}
		if err != nil {
			return 0, err
		}
		left = Refundable(p, all)
	}
	if left <= 0 {
		return 0, fault.New(fault.Conflict, "fee.moved")
	}
	return left, nil
}

// Refundable is what may still be given back of a payment, seeing the changes of its bill.
func Refundable(p fee.Payment, all []fee.Change) int64 {
	left := p.Amount
	for _, x := range all {
		if x.Kind == fee.Refund && x.Payment == p.Serial && (x.State == fee.Confirmed || x.State == fee.Done) {
			left -= x.Amount
		}
	}
	if p.State == fee.Parked && !p.Worked.IsZero() {
		return 0
	}
	return left
}

func (t *Till) propose(ctx context.Context, tx *db.Tx, b fee.Bill, p Proposal) error {
	x := fee.Change{ID: db.NewID(), Bill: b.ID, Case: b.Case, Kind: p.Kind, Amount: p.Amount, Payment: p.Payment, Basis: p.Basis, State: fee.Proposed, By: p.By.ID, Made: t.Now()}
	var err error
	if x.Reason, err = t.Vault.Seal(ctx, tx, string(b.Party), fee.ReasonPlace(x.ID), []byte(p.Reason)); err != nil {
		return err
	}
	if err := fee.AddChange(ctx, tx, x); err != nil {
		return err
	}
	return t.noteChange(ctx, tx, staffActor(p.By.ID), x, x.Made)
}

func (t *Till) noteChange(ctx context.Context, tx *db.Tx, by string, x fee.Change, at time.Time) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "fulfilment." + x.Kind + "." + x.State, Object: "case:" + string(x.Case), After: audit.Digest(x.ID, decimal(x.Amount), x.Payment, x.Number), At: at})
}

// Verdict is the second officer's word on a proposal.
type Verdict struct {
	Submit  once.Submit
	By      org.Staff
	Change  string
	Confirm bool
}

// Answer confirms or rejects a proposal. Denied to who proposed it; Conflict where it was answered,
// or no longer fits the bill.
func (t *Till) Answer(ctx context.Context, v Verdict) error {
	seen, err := fee.GetChange(ctx, t.DB, v.Change)
	if err != nil {
		return err
	}
	return t.act(ctx, "fulfilment.Answer", v.Submit, seen.Bill, v.By, func(ctx context.Context, tx *db.Tx, m at) error {
		x, err := fee.GetChange(ctx, tx, v.Change)
		switch {
		case err != nil:
			return err
		case x.State != fee.Proposed:
			return fault.New(fault.Conflict, "fee.moved")
		case x.By == v.By.ID:
			return fault.New(fault.Denied, "fee.same_person")
		}
		x.Second, x.Answered, x.State = v.By.ID, t.Now(), fee.Rejected
		if v.Confirm {
			return t.confirm(ctx, tx, m, x)
		}
		return errors.Join(fee.SaveChange(ctx, tx, x), t.noteChange(ctx, tx, staffActor(v.By.ID), x, x.Answered))
	})
}

// confirm carries a relief out, and hands a refund to the gateway.
func (t *Till) confirm(ctx context.Context, tx *db.Tx, m at, x fee.Change) error {
	b := m.Bill
	all, err := fee.Changes(ctx, tx, b.ID)
	if err != nil {
		return err
	}
	most, err := t.most(ctx, tx, b, x.Kind, x.Payment, all)
	if err != nil {
		return err
	}
	if x.Amount > most {
		return fault.New(fault.Conflict, "fee.moved")
	}
	x.State = fee.Confirmed
	if x.Kind == fee.Relief {
		x.State, x.Done = fee.Done, x.Answered
	}
	if err := fee.SaveChange(ctx, tx, x); err != nil {
		return err
	}
	if err := t.noteChange(ctx, tx, staffActor(x.Second), x, x.Answered); err != nil {
		return err
	}
	if x.Kind == fee.Refund {
		return t.Bus.Publish(ctx, tx, fee.RefundDue{Case: b.Case, Change: x.ID})
	}
	b.Relief += x.Amount
	b.Rev++
	m.Bill = b.With(b.Lines())
	return t.charge(ctx, tx, m, staffActor(x.Second))
}

// GiveBack makes a confirmed refund at the gateway. One that is away is asked again; one that
// refuses ends the refund, which can be proposed anew.
func (t *Till) GiveBack(ctx context.Context, d event.Delivery, e fee.RefundDue) error {
	x, err := fee.GetChange(ctx, t.DB, e.Change)
	if err != nil {
		return err
	}
	if x.State != fee.Confirmed {
		return t.DB.Write(ctx, "fulfilment.GiveBack", d.Done)
	}
	number, err := t.refund(ctx, x)
	if fault.Is(err, fault.Internal) {
		return err
	}
	return t.DB.Write(ctx, "fulfilment.GiveBack", func(ctx context.Context, tx *db.Tx) error {
		if err != nil && !fault.Is(err, fault.Invalid) {
			return d.Postpone(ctx, tx, t.Now().Add(10*time.Minute))
		}
		if err := t.gaveBack(ctx, tx, x, number); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

func (t *Till) refund(ctx context.Context, x fee.Change) (string, error) {
	if t.Payer == nil {
		return "", fault.New(fault.Unavailable, "fee.no_gateway")
	}
	failpoint.Hit("fulfilment.refund.before")
	defer failpoint.Hit("fulfilment.refund.after")
	return t.Payer.Refund(ctx, connector.Back{ID: x.ID, Serial: x.Payment, Amount: x.Amount, Reason: t.Text("fee.refund.subject")})
}

// gaveBack notes what became of a refund; an empty number is the gateway's no.
func (t *Till) gaveBack(ctx context.Context, tx *db.Tx, x fee.Change, number string) error {
	seen, err := fee.Get(ctx, tx, x.Bill)
	if err != nil {
		return err
	}
	m, err := hold(ctx, tx, seen)
	if err != nil {
		return err
	}
	if x, err = fee.GetChange(ctx, tx, x.ID); err != nil || x.State != fee.Confirmed {
		return err
	}
	now := t.Now()
	if x.State, x.Number = fee.Refused, number; number != "" {
		x.State, x.Done = fee.Done, now
	}
	if err := fee.SaveChange(ctx, tx, x); err != nil {
		return err
	}
	if err := t.noteChange(ctx, tx, "system:gateway", x, now); err != nil || number == "" {
		return err
	}
	return t.returned(ctx, tx, m, x)
}

// returned notes given-back money on its bill and its case; a parked payment is worked off with it.
func (t *Till) returned(ctx context.Context, tx *db.Tx, m at, x fee.Change) error {
	b := m.Bill
	p, err := fee.GetPayment(ctx, tx, x.Payment)
	if err != nil {
		return err
	}
	if err := t.beginDay(ctx, tx, today(t.Now())); err != nil {
		return err
	}
	if p.State == fee.Taken {
		b.Refunded += x.Amount
		if err := fee.Save(ctx, tx, b); err != nil {
			return err
		}
	} else if p.Amount == x.Amount {
		p.By, p.Worked = x.Second, t.Now()
		if _, err := fee.WorkPayment(ctx, tx, p); err != nil {
			return err
		}
	}
	f := casefile.Fact{Kind: casefile.FactRefunded, At: t.Now(), Actor: "system:gateway", Organ: b.Organ}.With(casefile.Detail{Bill: b.ID, Amount: x.Amount})
	if err := t.apply(ctx, tx, m, f); err != nil {
		return err
	}
	return t.Bus.Publish(ctx, tx, fee.WasRefunded{Case: b.Case, Bill: b.ID, Change: x.ID})
}

// staffActor names an officer in audit rows and submits.
func staffActor(id ref.StaffID) string { return "staff:" + string(id) }
