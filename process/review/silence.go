package review

import (
	"context"
	"time"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/clock"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/ref"
)

// What an organ's silence means. A timer only ever grants or accepts; what goes against an applicant is left to a person.

// moment is the smallest time that storage tells apart: a timer fires after the last moment of a day.
const moment = time.Microsecond

// silent is the actor of what silence does.
const silent = "system:silence"

// deemable: only the law of permits makes silence an acceptance (行政许可法 32(4)).
func (m *matter) deemable() bool { return m.item.TaskType == ref.TaskPermit }

// Deem lets a permit that nobody answered in five working days count as accepted on the day of receipt. A calendar that changed
// meanwhile puts it off.
func (b *Board) Deem(ctx context.Context, d event.Delivery, e casefile.DeemDue) error {
	return b.DB.Write(ctx, "review.Deem", func(ctx context.Context, tx *db.Tx) error {
		m, err := b.take(ctx, tx, e.Case, e.Item)
		if err != nil {
			return err
		}
		if m.ci.Stage != casefile.Received {
			return d.Done(ctx, tx)
		}
		if _, deemed := clock.Deemed(m.cal, m.ReceivedAt, m.now); !deemed {
			return d.Postpone(ctx, tx, m.due(clock.Acceptance, m.ReceivedAt).Add(moment))
		}
		if err := b.deem(ctx, tx, m); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

func (b *Board) deem(ctx context.Context, tx *db.Tx, m *matter) error {
	acceptor, err := m.acceptor(ctx, tx)
	if err != nil {
		return err
	}
	if err := approval.Drop(ctx, tx, m.ci.ID, m.now); err != nil {
		return err
	}
	if err := m.retime(casefile.Life{Received: m.ReceivedAt, Accepted: m.ReceivedAt}); err != nil {
		return err
	}
	fact := casefile.Fact{Kind: casefile.FactAccepted, At: m.now, Actor: silent, Organ: acceptor}.With(casefile.Detail{Deemed: true})
	if _, err := b.apply(ctx, tx, m, fact); err != nil {
		return err
	}
	if err := b.Bus.Publish(ctx, tx, casefile.WasAccepted{Case: m.ID, Item: m.ci.ID}); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: silent, Verb: "review.Deem", Object: "case:" + string(m.ID), After: audit.Digest(string(acceptor)), At: m.now})
}

// Tacit grants what nobody decided in the law's time, where the item's basis says that silence grants (行政许可法 50 of a renewal).
func (b *Board) Tacit(ctx context.Context, d event.Delivery, e casefile.SilenceDue) error {
	return b.DB.Write(ctx, "review.Tacit", func(ctx context.Context, tx *db.Tx) error {
		m, err := b.take(ctx, tx, e.Case, e.Item)
		if err != nil {
			return err
		}
		if m.ci.Stage != casefile.Accepted || m.item.Times.Silence != granted {
			return d.Done(ctx, tx)
		}
		if !m.ci.PausedAt.IsZero() { // it cannot be over while the clock stands
			return d.Postpone(ctx, tx, m.now.Add(24*time.Hour))
		}
		if !m.now.After(m.ci.LegalDue) {
			return d.Postpone(ctx, tx, m.ci.LegalDue.Add(moment))
		}
		if err := b.grantTacitly(ctx, tx, m); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// granted is an item's word that silence grants.
const granted = "granted"

// grantTacitly decides the plan's deciding step without an officer.
func (b *Board) grantTacitly(ctx context.Context, tx *db.Tx, m *matter) error {
	t, err := b.decision(ctx, tx, m)
	if err != nil {
		return err
	}
	t.State, t.DoneAt, t.Outcome, t.Departure = approval.Done, m.now, approval.Grant, ""
	if err := approval.Complete(ctx, tx, t); err != nil {
		return err
	}
	if err := m.ends(); err != nil {
		return err
	}
	fact := casefile.Fact{Kind: casefile.FactDecided, At: m.now, Actor: silent, Organ: t.Organ}.With(casefile.Detail{Step: t.Step, Task: t.ID, Outcome: approval.Grant, Ground: "silence"})
	if _, err := b.apply(ctx, tx, m, fact); err != nil {
		return err
	}
	if err := b.decided(ctx, tx, m, t); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: silent, Verb: "review.Tacit", Object: "case:" + string(m.ID), After: audit.Digest(string(t.ID)), At: m.now})
}

// decision is the open task of the deciding step, made where the plan has not come to it yet; a departure that waits with it is over.
func (b *Board) decision(ctx context.Context, tx *db.Tx, m *matter) (approval.Task, error) {
	tasks, err := approval.ByItem(ctx, tx, m.ci.ID)
	if err != nil {
		return approval.Task{}, err
	}
	for _, t := range tasks {
		if t.Kind != approval.Decide || t.State != approval.Open {
			continue
		}
		if t.Waiting() {
			err = approval.Recall(ctx, tx, t.ID, t.Departure)
		}
		return t, err
	}
	s := m.item.Deciding()
	organ, err := m.organ(ctx, tx, s.Organ)
	if err != nil {
		return approval.Task{}, err
	}
	t := m.stepTask(s, organ, rounds(tasks, s.ID)+1)
	_, err = approval.Fork(ctx, tx, t)
	return t, err
}
