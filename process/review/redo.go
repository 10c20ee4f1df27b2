package review

import (
	"bytes"
	"context"
	"slices"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
)

// Redo opens the deciding step again after a review authority or a court ordered the organ to decide anew, by the day it set.
func (b *Board) Redo(ctx context.Context, d event.Delivery, e casefile.WasRemitted) error {
	return b.DB.Write(ctx, "review.Redo", func(ctx context.Context, tx *db.Tx) error {
		m, err := b.take(ctx, tx, e.Case, e.Item)
		if err != nil {
			return err
		}
		l, err := b.life(ctx, tx, m)
		if err != nil {
			return err
		}
		if err := m.retime(l); err != nil {
			return err
		}
		last, err := lastDecision(ctx, tx, m)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(m.item.Plan.Steps, func(s catalog.Step) bool { return s.ID == last.Step })
		if i < 0 {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		t := m.stepTask(m.item.Plan.Steps[i], last.Organ, last.Round+1)
		t.Due = m.taskDue(t, l)
		if err := b.open(ctx, tx, m, []approval.Task{t}); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// lastDecision is the item's latest decision.
func lastDecision(ctx context.Context, r db.Reader, m *matter) (last approval.Task, err error) {
	tasks, err := approval.ByItem(ctx, r, m.ci.ID)
	if err != nil {
		return last, err
	}
	for _, t := range tasks {
		if t.Kind == approval.Decide && t.State == approval.Done && t.Round > last.Round {
			last = t
		}
	}
	if last.ID == "" {
		return last, fault.New(fault.NotFound, "fault.not_found")
	}
	return last, nil
}

// notTheSame: who was ordered to decide anew may not decide the same on the same facts and grounds (行政诉讼法 71, 行政复议法 64).
func (b *Board) notTheSame(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, facts []byte) error {
	if t.Kind != approval.Decide || t.Round == 1 {
		return nil
	}
	last, err := lastDecision(ctx, tx, m)
	if fault.Is(err, fault.NotFound) { // opened anew after something before it was taken back
		return nil
	}
	if err != nil || last.Outcome != t.Outcome || last.RuleRow != t.RuleRow {
		return err
	}
	var before []byte
	if len(last.Facts) > 0 {
		if before, err = b.Vault.Open(ctx, tx, string(m.Party), "approval_task.facts."+string(last.ID), last.Facts); err != nil {
			return err
		}
	}
	if bytes.Equal(before, facts) {
		return fault.Bad(fault.Field{Name: "outcome", Key: "after.redo.same"})
	}
	return nil
}
