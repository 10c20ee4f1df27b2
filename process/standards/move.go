package standards

import (
	"context"
	"reflect"
	"slices"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Moving takes a running case over to the version in force of its item.
type Moving struct {
	Submit once.Submit
	By     org.Staff
	Case   ref.CaseID
	To     ref.VersionID // as the page showed it
	Reason string
}

// Move is for the standards office, which has seen the difference. Errors: Denied, Conflict with why the
// case cannot be moved.
func (l *Library) Move(ctx context.Context, m Moving) error {
	if !m.By.Has("standards") {
		return fault.New(fault.Denied, "standards.office_only")
	}
	if err := reasoned("reason", m.Reason); err != nil {
		return err
	}
	return l.DB.Write(ctx, "standards.Move", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, m.Submit, func() (string, error) { return "", l.move(ctx, tx, m) })
		return err
	})
}

func (l *Library) move(ctx context.Context, tx *db.Tx, m Moving) error {
	c, err := casefile.Lock(ctx, tx, m.Case)
	if err != nil {
		return err
	}
	items, err := casefile.Items(ctx, tx, m.Case)
	if err != nil {
		return err
	}
	to, err := catalog.Current(ctx, tx, c.Item)
	if err != nil {
		return err
	}
	from, err := catalog.Get(ctx, tx, items[0].Version)
	if err != nil {
		return err
	}
	if to.ID != m.To || from.ID == to.ID {
		return fault.New(fault.Conflict, "standards.move_changed")
	}
	if err := Movable(from.Doc(), to.Doc(), c.Stage); err != nil {
		return err
	}
	tasks, err := approval.ByItem(ctx, tx, items[0].ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(tasks, approval.Task.Waiting) { // it was proposed under the old version's rule
		return fault.New(fault.Conflict, "standards.move_departure")
	}
	if err := casefile.SetVersion(ctx, tx, items[0].ID, to.ID); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: staff(m.By), Verb: "standards.Move", Object: "case:" + string(m.Case), Before: audit.Digest(string(from.ID)), After: audit.Digest(string(to.ID), m.Reason), At: l.Now()})
}

// Movable refuses with Conflict and the reason a case that cannot change its version: one that waits for
// corrections or is decided; one under review whose steps, times or papers to hand in are otherwise in the
// new version; one not yet accepted that another organ would accept.
func Movable(from, to *catalog.Item, stage casefile.Stage) error {
	no := func(why string) error { return fault.New(fault.Conflict, "standards.move_"+why) }
	switch stage {
	case casefile.Received, casefile.Supplied:
		if from.Acceptor() != to.Acceptor() || from.Accept != to.Accept {
			return no("acceptor")
		}
		return nil
	case casefile.Accepted:
	default:
		return no("stage")
	}
	switch {
	case !reflect.DeepEqual(from.Plan, to.Plan) || from.Organ != to.Organ:
		return no("plan")
	case !reflect.DeepEqual(from.Times, to.Times):
		return no("times")
	case wantsMore(from, to):
		return no("materials")
	}
	return nil
}

// wantsMore says that the new version asks for papers that were not asked for before.
func wantsMore(from, to *catalog.Item) bool {
	for _, m := range to.Materials {
		if old, had := from.Material(m.ID); m.Need == ref.NeedRequired && m.HandedIn() && (!had || !old.HandedIn() || old.Need != ref.NeedRequired) {
			return true
		}
	}
	return false
}
