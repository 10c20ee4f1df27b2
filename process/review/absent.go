package review

import (
	"context"
	"time"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/foundation/db"
	"yimen/foundation/event"
)

// await sets the timer of a task that silence answers (缺席默认).
func (b *Board) await(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
	s, _ := m.item.Step(t.Step)
	if !s.Silent() {
		return nil
	}
	return b.Bus.PublishAt(ctx, tx, m.silentAt(s, t), approval.AbsentDue{Case: m.ID, Task: t.ID})
}

// silentAt is when silence counts: at the task's due, and never before the step's whole time has passed since it was opened,
// though the case's own time end earlier.
func (m *matter) silentAt(s catalog.Step, t approval.Task) time.Time {
	whole := m.due(clock.Span{N: s.Limit.N, Unit: clock.Unit(s.Limit.Unit)}, t.Made)
	if whole.Before(t.Due) {
		return t.Due
	}
	return whole
}

// Absent takes a task that nobody has answered in time for agreed, where the item's plan says so. One that was given more
// time meanwhile waits on.
func (b *Board) Absent(ctx context.Context, d event.Delivery, e approval.AbsentDue) error {
	return b.DB.Write(ctx, "review.Absent", func(ctx context.Context, tx *db.Tx) error {
		m, t, err := b.hold(ctx, tx, e.Task)
		if err != nil {
			return err
		}
		s, _ := m.item.Step(t.Step)
		if t.State != approval.Open || !s.Silent() {
			return d.Done(ctx, tx)
		}
		if at := m.silentAt(s, t); m.now.Before(at) {
			return d.Postpone(ctx, tx, at)
		}
		if err := b.agree(ctx, tx, m, t); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

func (b *Board) agree(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
	m.name = t.Organ
	t.State, t.DoneAt, t.Outcome, t.ByDefault = approval.Done, m.now, approval.Agree, true
	if err := approval.Complete(ctx, tx, t); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: actor(t), Verb: "review.Absent", Object: "case:" + string(m.ID), After: audit.Digest(string(t.ID), t.Outcome), At: m.now}); err != nil {
		return err
	}
	tx.AfterCommit(func() { b.Told(t.Organ) })
	return b.after(ctx, tx, m, t)
}
