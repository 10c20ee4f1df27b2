package review

import (
	"context"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/event"
)

// supplyBy is the last moment by which what a notice of correction of an item asks for should be brought. The law sets none; past it a
// person decides whether to end the matter or to wait on.
func supplyBy(c *calendar.Calendar, it *catalog.Item, told time.Time) time.Time {
	days := it.Times.Supply
	if days == 0 {
		days = supplyDays
	}
	end, _ := c.AddDays(calendar.DateOf(told), days)
	return end.End().Add(-moment)
}

// supplyDays are the calendar days that a person has to correct where the item says nothing.
const supplyDays = 30

// endWithin is how long the organ has to say what becomes of it.
var endWithin = clock.Span{N: 5, Unit: clock.Workday}

// Overstay asks the organ what becomes of a case whose applicant brought nothing.
func (b *Board) Overstay(ctx context.Context, d event.Delivery, e casefile.SupplyDue) error {
	return b.DB.Write(ctx, "review.Overstay", func(ctx context.Context, tx *db.Tx) error {
		m, err := b.take(ctx, tx, e.Case, e.Item)
		if err != nil {
			return err
		}
		if m.ci.Stage == casefile.Returned {
			if err := b.openEnd(ctx, tx, m, e.Round); err != nil {
				return err
			}
		}
		return d.Done(ctx, tx)
	})
}

func (b *Board) openEnd(ctx context.Context, tx *db.Tx, m *matter, round int) error {
	acceptor, err := m.acceptor(ctx, tx)
	if err != nil {
		return err
	}
	t := m.task("end", 1, approval.End, acceptor)
	t.Round, t.Due = round, m.due(endWithin, m.now)
	return b.open(ctx, tx, m, []approval.Task{t})
}

// ending carries out what an officer chose for a case whose applicant brought nothing.
func (b *Board) ending(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
	if t.Outcome == approval.Wait {
		return b.Bus.PublishAt(ctx, tx, supplyBy(m.cal, m.item, m.now).Add(moment), casefile.SupplyDue{Case: m.ID, Item: m.ci.ID, Round: t.Round + 1})
	}
	return b.terminate(ctx, tx, m, t)
}

// terminate ends an item without a decision, by a person's word; its letter gives reasons and remedy.
func (b *Board) terminate(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
	if err := approval.Drop(ctx, tx, m.ci.ID, m.now); err != nil {
		return err
	}
	fact := casefile.Fact{Kind: casefile.FactTerminated, At: m.now, Actor: "staff:" + string(t.DoneBy), Organ: m.name}.With(casefile.Detail{Task: t.ID, Ground: "not_supplied"})
	if _, err := b.apply(ctx, tx, m, fact); err != nil {
		return err
	}
	return b.Bus.Publish(ctx, tx, casefile.WasTerminated{Case: m.ID, Item: m.ci.ID})
}
