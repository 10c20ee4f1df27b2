package casepage

import (
	"context"

	"yimen/domain/fee"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Fee is what a case costs, and the money that moved.
type Fee struct {
	fee.Bill
	Order    fee.Order // at the gateway, of the present amount; zero: none
	Payments []fee.Payment
	Changes  []FeeChange
}

// FeeChange is a relief or a refund. Names and reasons are read for staff only.
type FeeChange struct {
	fee.Change
	By, Second, Reason string
}

// Waits says that the applicant can pay now.
func (f Fee) Waits() bool { return f.State.Waits() && f.Order.Address != "" }

// Unpaid is the fee that a case waits for, nil if there is none.
func Unpaid(all []Fee) *Fee {
	for i := range all {
		if all[i].State.Waits() {
			return &all[i]
		}
	}
	return nil
}

// Fees reads what a case costs, without names and reasons.
func (v *View) Fees(ctx context.Context, id ref.CaseID) (out []Fee, err error) {
	bills, err := fee.ByCase(ctx, v.DB, id)
	for _, b := range bills {
		f := Fee{Bill: b}
		if f.Order, err = fee.OrderOf(ctx, v.DB, b); err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if f.Payments, err = fee.Payments(ctx, v.DB, b.ID); err != nil {
			return nil, err
		}
		all, err := fee.Changes(ctx, v.DB, b.ID)
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			f.Changes = append(f.Changes, FeeChange{Change: x})
		}
		out = append(out, f)
	}
	return out, err
}

// fees are read for staff: with who wanted a change and why.
func (v *View) fees(ctx context.Context, p *Page, n nameBook) (err error) {
	if p.Fees, err = v.Fees(ctx, p.Case.ID); err != nil {
		return err
	}
	for _, f := range p.Fees {
		for i, x := range f.Changes {
			f.Changes[i].By, f.Changes[i].Second = n.staff(x.Change.By), n.staff(x.Change.Second)
			if f.Changes[i].Reason, err = v.note(ctx, f.Party, fee.ReasonPlace(x.ID), x.Change.Reason); err != nil {
				return err
			}
		}
	}
	return nil
}
