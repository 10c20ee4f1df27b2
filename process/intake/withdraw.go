package intake

import (
	"context"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/delegation"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Withdrawal is an applicant's taking back of what is not decided yet.
type Withdrawal struct {
	Submit once.Submit
	Case   ref.CaseID
	Me     identity.Me // on a phone
	Clerk  org.Staff   // at a window, before whom the applicant stands; else zero
}

// Withdraw ends everything of a case that is not decided. Errors: NotFound for another's case, Denied to a clerk without the grant to
// take in, Conflict when it is decided or has ended.
func (d *Desk) Withdraw(ctx context.Context, w Withdrawal) error {
	return d.DB.Write(ctx, "intake.Withdraw", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, w.Submit, func() (string, error) { return string(w.Case), d.withdraw(ctx, tx, w) })
		return err
	})
}

func (d *Desk) withdraw(ctx context.Context, tx *db.Tx, w Withdrawal) error {
	c, err := casefile.Lock(ctx, tx, w.Case)
	if err != nil {
		return err
	}
	by, err := d.mayWithdraw(ctx, tx, w, c)
	if err != nil {
		return err
	}
	items, err := casefile.Items(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	ended := 0
	for i := range items {
		if !Withdrawable(items[i].Stage) {
			continue
		}
		ended++
		if err := d.endItem(ctx, tx, &c, &items[i], by); err != nil {
			return err
		}
	}
	if ended == 0 {
		return fault.New(fault.Conflict, "intake.too_late")
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "intake.Withdraw", Object: "case:" + string(c.ID), At: d.Now()})
}

// Withdrawable says whether an application may be taken back: any time before the decision.
func Withdrawable(s casefile.Stage) bool {
	switch s {
	case casefile.Received, casefile.Returned, casefile.Supplied, casefile.Accepted:
		return true
	}
	return false
}

func (d *Desk) endItem(ctx context.Context, tx *db.Tx, c *casefile.Case, ci *casefile.Item, by string) error {
	if err := approval.Drop(ctx, tx, ci.ID, d.Now()); err != nil {
		return err
	}
	if err := casefile.Apply(ctx, tx, c, ci, casefile.Fact{Kind: casefile.FactWithdrawn, At: d.Now(), Actor: by}); err != nil {
		return err
	}
	return d.Bus.Publish(ctx, tx, casefile.WasWithdrawn{Case: c.ID, Item: ci.ID})
}

// mayWithdraw says who takes it back.
func (d *Desk) mayWithdraw(ctx context.Context, tx *db.Tx, w Withdrawal, c casefile.Case) (by string, err error) {
	if w.Clerk.ID != "" {
		return actor(w.Clerk), delegation.Permit(ctx, tx, d.Now(), w.Clerk.ID, delegation.Receive, c.Organ, c.Item)
	}
	who, err := party.Get(ctx, tx, c.Party)
	if err != nil {
		return "", err
	}
	if w.Me.Sees(CaseThing(c, who)) != identity.All {
		return "", fault.New(fault.NotFound, "fault.not_found")
	}
	return w.Me.Actor(), nil
}
