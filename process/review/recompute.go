package review

import (
	"context"
	"maps"
	"slices"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/ref"
)

// recomputeBatch is how many items are computed anew in one transaction: short enough to hold nobody up.
const recomputeBatch = 400

// Recompute computes every running clock anew after a change of the calendar. Whoever's last day moved is told. It begins anew after a
// crash, and changes nothing that is right already.
func (b *Board) Recompute(ctx context.Context, d event.Delivery, e clock.Changed) error {
	cal, err := clock.Load(ctx, b.DB, calendar.Default())
	if err != nil {
		return err
	}
	for after, more := ref.CaseItemID(""), true; more; {
		rows, err := casefile.Running(ctx, b.DB, after, recomputeBatch)
		if err != nil {
			return err
		}
		if more = len(rows) == recomputeBatch; len(rows) == 0 {
			break
		}
		after = rows[len(rows)-1].ID
		if err := b.recompute(ctx, cal, rows); err != nil {
			return err
		}
	}
	return b.DB.Write(ctx, "review.Recomputed", d.Done)
}

// recompute looks without a lock which of the rows would change, and does only those again under their cases' locks.
func (b *Board) recompute(ctx context.Context, cal *calendar.Calendar, rows []casefile.Item) error {
	ids := map[ref.CaseID]bool{}
	for _, it := range rows {
		ids[it.Case] = true
	}
	l := lot{cal: cal, ids: slices.Sorted(maps.Keys(ids))}
	if err := l.read(ctx, b.DB, b); err != nil || len(l.items) == 0 {
		return err
	}
	return b.DB.Write(ctx, "review.Recompute", func(ctx context.Context, tx *db.Tx) error {
		again := lot{cal: cal, ids: l.moved()}
		if _, err := casefile.LockMany(ctx, tx, again.ids); err != nil {
			return err
		}
		if err := again.read(ctx, tx, b); err != nil {
			return err
		}
		if err := casefile.Retime(ctx, tx, again.items, again.cases); err != nil {
			return err
		}
		if err := approval.SetDues(ctx, tx, again.tasks); err != nil {
			return err
		}
		for _, it := range again.items {
			if err := b.Bus.Publish(ctx, tx, casefile.WasRetimed{Case: it.Case, Item: it.ID}); err != nil {
				return err
			}
		}
		return nil
	})
}

// lot is a stretch of cases with what another calendar changes of them.
type lot struct {
	cal   *calendar.Calendar
	ids   []ref.CaseID
	items []casefile.Item // whose last day moves, with their new clocks
	cases []casefile.Case // of these, folded anew
	tasks []approval.Task // open ones whose time moves
}

func (l *lot) moved() []ref.CaseID {
	ids := map[ref.CaseID]bool{}
	for _, it := range l.items {
		ids[it.Case] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

func (l *lot) read(ctx context.Context, r db.Reader, b *Board) error {
	cases, err := casefile.GetMany(ctx, r, l.ids)
	if err != nil {
		return err
	}
	items, err := casefile.ItemsOf(ctx, r, l.ids)
	if err != nil {
		return err
	}
	facts, err := casefile.FactsOf(ctx, r, l.ids)
	if err != nil {
		return err
	}
	open, err := approval.OpenOf(ctx, r, l.ids)
	if err != nil {
		return err
	}
	tasks := map[ref.CaseItemID][]approval.Task{}
	for _, t := range open {
		tasks[t.CaseItem] = append(tasks[t.CaseItem], t)
	}
	of := map[ref.CaseID][]casefile.Item{}
	for i := range items {
		if err := l.one(ctx, r, b, &items[i], facts[items[i].Case], tasks[items[i].ID]); err != nil {
			return err
		}
		of[items[i].Case] = append(of[items[i].Case], items[i])
	}
	moved := l.moved()
	for _, c := range cases {
		if _, is := slices.BinarySearch(moved, c.ID); is {
			c.Fold(of[c.ID])
			l.cases = append(l.cases, c)
		}
	}
	return nil
}

// one computes an item and its open tasks anew.
func (l *lot) one(ctx context.Context, r db.Reader, b *Board, it *casefile.Item, facts []casefile.Fact, tasks []approval.Task) error {
	if it.Clock == casefile.NoClock {
		return nil
	}
	v, err := catalog.Get(ctx, r, it.Version)
	if err != nil {
		return err
	}
	life := casefile.LifeOf(casefile.Holding(facts, it.ID))
	m := &matter{ci: *it, item: v.Doc(), now: b.Now(), cal: l.cal, version: v}
	if err := m.retime(life); err != nil {
		return err
	}
	if m.ci.Due.Equal(it.Due) && m.ci.LegalDue.Equal(it.LegalDue) && m.ci.Provisional == it.Provisional {
		return nil
	}
	*it = m.ci
	l.items = append(l.items, m.ci)
	for _, t := range tasks {
		if due := m.taskDue(t, life); !due.Equal(t.Due) {
			t.Due = due
			l.tasks = append(l.tasks, t)
		}
	}
	return nil
}
