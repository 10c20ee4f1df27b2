package trust

import (
	"context"
	"strings"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/undertaking"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Closed opens the check of a promise once the result is there (事后核查); of a case that ended otherwise nothing is
// left to check or to hand in.
func (k *Keeper) Closed(ctx context.Context, d event.Delivery, e casefile.WasClosed) error {
	return k.over(ctx, d, e.Case, e.Item)
}

// Terminated: see Closed.
func (k *Keeper) Terminated(ctx context.Context, d event.Delivery, e casefile.WasTerminated) error {
	return k.over(ctx, d, e.Case, e.Item)
}

// Withdrawn: see Closed.
func (k *Keeper) Withdrawn(ctx context.Context, d event.Delivery, e casefile.WasWithdrawn) error {
	return k.over(ctx, d, e.Case, e.Item)
}

func (k *Keeper) over(ctx context.Context, d event.Delivery, id ref.CaseID, item ref.CaseItemID) error {
	return k.DB.Write(ctx, "trust.Over", func(ctx context.Context, tx *db.Tx) error {
		if _, err := casefile.Lock(ctx, tx, id); err != nil {
			return err
		}
		all, err := undertaking.ByCase(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, u := range all {
			if u.State == undertaking.Checking || !u.Open() || item != "" && u.Item != item {
				continue
			}
			if err := k.follow(ctx, tx, u); err != nil {
				return err
			}
		}
		return d.Done(ctx, tx)
	})
}

func (k *Keeper) follow(ctx context.Context, tx *db.Tx, u undertaking.Undertaking) error {
	ci, err := casefile.GetItem(ctx, tx, u.Item)
	if err != nil {
		return err
	}
	if u.Kind != undertaking.Promise || ci.Outcome != approval.Grant {
		return k.lapse(ctx, tx, u)
	}
	it, err := doc(ctx, tx, ci)
	if err != nil {
		return err
	}
	if u.Due, err = k.within(k.Now(), it.CheckTime()); err != nil {
		return err
	}
	u.State = undertaking.Checking
	return undertaking.Move(ctx, tx, u, undertaking.Given)
}

// Verification is what the organ found when it checked a promise.
type Verification struct {
	Submit      once.Submit
	By          org.Staff
	Undertaking string
	True        bool
	Found       string
}

// Verify closes a check. An untrue promise is a breach, a fact on the case with the proposal to take the licence back
// (行政许可法 69). Errors: Invalid with found, Denied, Conflict when no check is open.
func (k *Keeper) Verify(ctx context.Context, x Verification) error {
	x.Found = strings.TrimSpace(x.Found)
	if err := said("found", x.Found, true); err != nil {
		return err
	}
	return k.DB.Write(ctx, "trust.Verify", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, x.Submit, func() (string, error) { return x.Undertaking, k.verify(ctx, tx, x) })
		return err
	})
}

func (k *Keeper) verify(ctx context.Context, tx *db.Tx, x Verification) error {
	m, u, err := hold(ctx, tx, x.Undertaking)
	if err != nil {
		return err
	}
	if err := k.may(ctx, tx, x.By, m.ci.Organ, m.ci.Item, delegation.Review, delegation.Decide); err != nil {
		return err
	}
	if u.State != undertaking.Checking {
		return fault.New(fault.Conflict, "trust.settled_already")
	}
	now := k.Now()
	u.State, u.Settled, u.By = undertaking.Kept, now, x.By.ID
	if !x.True {
		u.State = undertaking.Untrue
	}
	if u.Note, err = k.Vault.Seal(ctx, tx, string(u.Party), undertaking.Place(u.ID, "note"), []byte(x.Found)); err != nil {
		return err
	}
	if err := undertaking.Move(ctx, tx, u, undertaking.Checking); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: actor(x.By), Verb: "trust.Verify." + u.State, Object: "case:" + string(m.ID), After: audit.Digest(u.ID), At: now}); err != nil {
		return err
	}
	fact := casefile.Fact{Kind: casefile.FactChecked, At: now, Actor: actor(x.By), Organ: u.Organ}
	if x.True {
		return m.note(ctx, tx, fact.With(casefile.Detail{Kind: undertaking.Promise, Promise: u.ID, Outcome: "true"}))
	}
	papers, err := undertaking.Papers(ctx, tx, u.ID)
	if err != nil {
		return err
	}
	fact.Kind = casefile.FactBreached
	detail := casefile.Detail{Kind: undertaking.Promise, Promise: u.ID, Materials: undertaking.Specs(papers), Outcome: undertaking.Untrue, Proposed: "revoke"}
	if err := m.note(ctx, tx, fact.With(detail)); err != nil {
		return err
	}
	return k.Bus.Publish(ctx, tx, undertaking.WasBroken{Case: m.ID, Undertaking: u.ID, State: u.State})
}
