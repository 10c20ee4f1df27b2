package review

import (
	"context"
	"time"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
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
	return b.Bus.PublishAt(ctx, tx, m.silentAt(s, t, nil), approval.AbsentDue{Case: m.ID, Task: t.ID})
}

// silentAt is when silence counts: at the task's due, and never before the step's whole time has passed since it was opened,
// without the item's pauses, though the case's own time end earlier.
func (m *matter) silentAt(s catalog.Step, t approval.Task, pauses []casefile.Pause) time.Time {
	in := m.input(casefile.Course{Start: t.Made, Pauses: pauses})
	in.Span = span(s.Limit)
	d, err := clock.Compute(in)
	if err != nil {
		return t.Due
	}
	return later(d.Due, t.Due)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Absent takes a task that nobody has answered in time for agreed, where the item's plan says so. While the item's clock
// stands, and for as long as it stood, it waits on.
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
		facts, err := casefile.Facts(ctx, tx, m.ID)
		if err != nil {
			return err
		}
		life := casefile.LifeOf(casefile.Holding(facts, m.ci.ID))
		if !life.Paused().IsZero() {
			return d.Postpone(ctx, tx, m.now.AddDate(0, 0, 1))
		}
		if at := m.silentAt(s, t, life.Pauses); m.now.Before(at) {
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
