package review

import (
	"context"
	"strings"
	"time"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// pause stops the item's clock for a special procedure and lets its applicant be told how long it takes (行政许可法 45).
func (b *Board) pause(ctx context.Context, tx *db.Tx, m *matter, actor, special string, expected catalog.Span) error {
	fact := casefile.Fact{Kind: casefile.FactPaused, At: m.now, Actor: actor, Organ: m.ci.Organ}.With(casefile.Detail{Special: special, N: expected.N, Unit: expected.Unit})
	seq, err := b.apply(ctx, tx, m, fact)
	if err != nil {
		return err
	}
	return b.Bus.Publish(ctx, tx, casefile.WasPaused{Case: m.ID, Item: m.ci.ID, Seq: seq})
}

// apply appends one fact about the item and says at which place.
func (b *Board) apply(ctx context.Context, tx *db.Tx, m *matter, fact casefile.Fact) (seq int64, err error) {
	facts := []casefile.Fact{fact}
	err = casefile.Apply(ctx, tx, &m.Case, &m.ci, facts...)
	return facts[0].Seq, err
}

// resume lets the clock go on; the time that stood still is added to what is left.
func (b *Board) resume(ctx context.Context, tx *db.Tx, m *matter, actor string) error {
	l, err := b.life(ctx, tx, m)
	if err != nil {
		return err
	}
	if l.Paused().IsZero() {
		return fault.New(fault.Conflict, "review.not_paused")
	}
	l.Pauses[len(l.Pauses)-1].To = m.now
	if err := b.retimed(ctx, tx, m, l); err != nil {
		return err
	}
	_, err = b.apply(ctx, tx, m, casefile.Fact{Kind: casefile.FactResumed, At: m.now, Actor: actor, Organ: m.ci.Organ})
	return err
}

// Resumption ends a special procedure.
type Resumption struct {
	Submit once.Submit
	By     org.Staff
	Case   ref.CaseID
	Item   ref.CaseItemID // empty: the case's only one
}

// EndPause lets a paused clock go on. Errors: Denied to who has nothing to do with the case; Conflict when it is not paused.
func (b *Board) EndPause(ctx context.Context, q Resumption) error {
	return b.DB.Write(ctx, "review.EndPause", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, q.Submit, func() (string, error) { return string(q.Case), b.endPause(ctx, tx, q) })
		return err
	})
}

func (b *Board) endPause(ctx context.Context, tx *db.Tx, q Resumption) error {
	m, err := b.take(ctx, tx, q.Case, q.Item)
	if err != nil {
		return err
	}
	if err := b.works(ctx, tx, m, q.By); err != nil {
		return err
	}
	actor := "staff:" + string(q.By.ID)
	if err := b.resume(ctx, tx, m, actor); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: actor, Verb: "review.EndPause", Object: "case:" + string(m.ID), At: m.now})
}

// extend adds the time that the organ's head has approved.
func (b *Board) extend(ctx context.Context, tx *db.Tx, m *matter, l casefile.Life, actor string, row approval.Motion) error {
	l.Extensions = append(l.Extensions, casefile.Extension{At: m.now, N: row.N, Unit: row.Unit})
	if err := b.retimed(ctx, tx, m, l); err != nil {
		return err
	}
	fact, err := b.worded(ctx, tx, m, row, casefile.Fact{Kind: casefile.FactExtended, At: m.now, Actor: actor, Organ: m.ci.Organ}.With(casefile.Detail{N: row.N, Unit: row.Unit}))
	if err != nil {
		return err
	}
	seq, err := b.apply(ctx, tx, m, fact)
	if err != nil {
		return err
	}
	return b.Bus.Publish(ctx, tx, casefile.WasExtended{Case: m.ID, Item: m.ci.ID, Seq: seq})
}

// worded seals a motion's reason into the fact that it became: the applicant is told it.
func (b *Board) worded(ctx context.Context, tx *db.Tx, m *matter, row approval.Motion, fact casefile.Fact) (casefile.Fact, error) {
	body, _, err := row.Open(ctx, tx, b.Vault, m.Party)
	if err != nil {
		return fact, err
	}
	words := body.Reason
	if len(body.Points) > 0 {
		words = strings.Join(body.Points, "\n")
	}
	fact.Note, err = b.Vault.Seal(ctx, tx, string(m.Party), "casefile_fact.note."+string(m.ID), []byte(words))
	return fact, err
}

// ask lets the applicant be asked for more while the clock runs on.
func (b *Board) ask(ctx context.Context, tx *db.Tx, m *matter, actor string, row approval.Motion) error {
	fact, err := b.worded(ctx, tx, m, row, casefile.Fact{Kind: casefile.FactAsked, At: m.now, Actor: actor, Organ: m.ci.Organ})
	if err != nil {
		return err
	}
	seq, err := b.apply(ctx, tx, m, fact)
	if err != nil {
		return err
	}
	return b.Bus.Publish(ctx, tx, casefile.WasAsked{Case: m.ID, Item: m.ci.ID, Seq: seq})
}

// retimed sets the clocks of the item and of its open tasks anew.
func (b *Board) retimed(ctx context.Context, tx *db.Tx, m *matter, l casefile.Life) error {
	if err := m.retime(l); err != nil {
		return err
	}
	tasks, err := approval.ByItem(ctx, tx, m.ci.ID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.State != approval.Open {
			continue
		}
		if due := m.taskDue(t, l); !due.Equal(t.Due) {
			if err := approval.SetDue(ctx, tx, t.ID, due); err != nil {
				return err
			}
		}
	}
	return nil
}

// taskDue is when an open task is due by the item's life: its own limit with what was paused since it was made, never later than
// the item itself.
func (m *matter) taskDue(t approval.Task, l casefile.Life) time.Time {
	if l.Ordered() > 0 { // the deciding step alone is done anew, and has all the days that were ordered
		return m.ci.Due
	}
	limit := clock.Acceptance
	if s, ok := m.item.Step(t.Step); ok {
		if s.Limit.Unit == "" {
			return m.ci.Due
		}
		limit = span(s.Limit)
	}
	in := m.input(casefile.Course{Start: t.Made, Pauses: l.Pauses})
	in.Span = limit
	d, err := clock.Compute(in)
	if err != nil || !m.ci.Due.IsZero() && d.Due.After(m.ci.Due) {
		return m.ci.Due
	}
	return d.Due
}
