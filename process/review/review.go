// Package review moves a case through the organs: the look before acceptance, opinions,
// reviews and the decision.
//
// Invariants:
//   - Steps never call one another: the saved tasks and the plan, read by dispatch under the
//     case's lock, decide what opens next.
//   - Before acceptance every organ's points go into one notice; a second is refused
//     (行政许可法 32(4), 72(4)).
//   - Acceptor, reviewer and decider differ unless the item is instant; a substantive check
//     names two officers (34); a decision carries its rule row, a refusal its reasons (38).
//   - Where the item's rule is a table it proposes, from facts of which those of the form are read here and
//     not taken from a browser. Leaving the proposal needs a reason, and a second officer who confirms it; until
//     then nothing else completes the task, and its time goes on.
//   - What an officer holds nobody else completes, unless standing in for them; after the lease a colleague may take it
//     over. Who withdrew (回避) does nothing more in the case item.
//   - What was done is taken back only by who did it, before anything followed or anybody was told, as a fact of its own.
//   - Silence agrees only where the item's plan says so with its basis, and never decides, reviews or accepts.
package review

import (
	"context"
	"slices"
	"strings"
	"time"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Board is what reviewing needs.
type Board struct {
	DB       *db.DB
	Bus      *event.Bus
	Vault    *crypto.Vault
	Calendar func() *calendar.Calendar
	Told     func(ref.OrganID) // a task waits for an organ: a hint for open inboxes, after commit
	Now      func() time.Time

	Lease time.Duration // how long nobody takes over what an officer holds; 0: UsualLease
	Back  time.Duration // how long a completion can be taken back; 0, or more than MostBack: MostBack
}

// matter is one item of a locked case with what its steps need.
type matter struct {
	casefile.Case
	ci   casefile.Item
	item *catalog.Item
	now  time.Time
	cal  *calendar.Calendar
	name ref.OrganID // in whose name the task at hand is done

	version catalog.Version // whose document item is

	ground string      // why it is not accepted
	right  ref.OrganID // which organ is competent instead
	until  time.Time   // by when what is asked for should be brought
}

// take locks the case and reads one item of it; everything below happens under this lock.
func (b *Board) take(ctx context.Context, tx *db.Tx, id ref.CaseID, item ref.CaseItemID) (*matter, error) {
	all, err := b.takeAll(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.ci.ID == item || item == "" { // events of before carry no item; cases had one each
			return m, nil
		}
	}
	return nil, fault.New(fault.NotFound, "fault.not_found")
}

// takeAll locks the case and reads all its items.
func (b *Board) takeAll(ctx context.Context, tx *db.Tx, id ref.CaseID) (out []*matter, err error) {
	c, err := casefile.Lock(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	items, err := casefile.Items(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	for _, ci := range items {
		v, err := catalog.Get(ctx, tx, ci.Version)
		if err != nil {
			return nil, err
		}
		out = append(out, &matter{Case: c, ci: ci, item: v.Doc(), now: b.Now(), cal: b.Calendar(), version: v})
	}
	return out, nil
}

// Start opens the first steps of an accepted case item.
func (b *Board) Start(ctx context.Context, d event.Delivery, e casefile.WasAccepted) error {
	return b.DB.Write(ctx, "review.Start", func(ctx context.Context, tx *db.Tx) error {
		m, err := b.take(ctx, tx, e.Case, e.Item)
		if err != nil {
			return err
		}
		if m.item.Times.Silence == granted {
			if err := b.Bus.PublishAt(ctx, tx, m.ci.LegalDue.Add(moment), casefile.SilenceDue{Case: m.ID, Item: m.ci.ID}); err != nil {
				return err
			}
		}
		if err := b.dispatch(ctx, tx, m); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// Precheck asks every organ of the plan, before acceptance, for its points of correction.
func (b *Board) Precheck(ctx context.Context, d event.Delivery, e casefile.Taken) error {
	return b.DB.Write(ctx, "review.Precheck", func(ctx context.Context, tx *db.Tx) error {
		all, err := b.takeAll(ctx, tx, e.Case)
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.ci.Stage != casefile.Received || e.Item != "" && m.ci.ID != e.Item {
				continue
			}
			if err := b.look(ctx, tx, m); err != nil {
				return err
			}
		}
		return d.Done(ctx, tx)
	})
}

func (b *Board) look(ctx context.Context, tx *db.Tx, m *matter) error {
	organs, err := m.organs(ctx, tx)
	if err != nil {
		return err
	}
	acceptor, err := m.acceptor(ctx, tx)
	if err != nil {
		return err
	}
	if m.deemable() {
		if err := b.Bus.PublishAt(ctx, tx, m.ci.Due.Add(moment), casefile.DeemDue{Case: m.ID, Item: m.ci.ID}); err != nil {
			return err
		}
	}
	return b.open(ctx, tx, m, m.looks(acceptor, organs))
}

// Resume gives a corrected case back to the organ that accepts.
func (b *Board) Resume(ctx context.Context, d event.Delivery, e casefile.WasSupplied) error {
	return b.DB.Write(ctx, "review.Resume", func(ctx context.Context, tx *db.Tx) error {
		m, err := b.take(ctx, tx, e.Case, e.Item)
		if err != nil {
			return err
		}
		acceptor, err := m.acceptor(ctx, tx)
		if err != nil {
			return err
		}
		if err := b.open(ctx, tx, m, []approval.Task{m.task("accept", 2, approval.Accept, acceptor)}); err != nil {
			return err
		}
		return d.Done(ctx, tx)
	})
}

// acceptor is who accepts, by the item's plan.
func (m *matter) acceptor(ctx context.Context, r db.Reader) (ref.OrganID, error) {
	return m.organ(ctx, r, m.item.Acceptor())
}

// organs lists the plan's organs, each once.
func (m *matter) organs(ctx context.Context, r db.Reader) ([]ref.OrganID, error) {
	var out []ref.OrganID
	for _, s := range m.item.Plan.Steps {
		o, err := m.organ(ctx, r, s.Organ)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out, nil
}

func (m *matter) organ(ctx context.Context, r db.Reader, o ref.OrganID) (ref.OrganID, error) {
	if o != catalog.Street {
		return o, nil
	}
	s, err := org.StreetOf(ctx, r, m.Place)
	return s.ID, err
}

// task is a step before acceptance: five working days from receipt.
func (m *matter) task(step string, round int, kind string, organ ref.OrganID) approval.Task {
	from := m.ReceivedAt
	if round > 1 {
		from = m.now
	}
	return approval.Task{ID: ref.TaskID(db.NewID()), Case: m.ID, CaseItem: m.ci.ID, Step: step, Round: round, Kind: kind, Organ: organ,
		Item: m.ci.Item, Number: m.Number, Due: m.due(clock.Acceptance, from), Made: m.now}
}

// due is the last moment of a span from a time; a span that cannot be computed is the case's.
func (m *matter) due(span clock.Span, from time.Time) time.Time {
	d, err := clock.Compute(clock.Input{Calendar: m.cal, Facts: clock.Facts{Received: from}, Span: span, Rules: clock.UsualRules, Now: m.now})
	if err != nil {
		return m.ci.Due
	}
	return d.Due
}

// open makes tasks, notes them as facts and tells their organs.
func (b *Board) open(ctx context.Context, tx *db.Tx, m *matter, tasks []approval.Task) error {
	made, err := approval.Fork(ctx, tx, tasks...)
	if err != nil || len(made) == 0 {
		return err
	}
	var facts []casefile.Fact
	for _, t := range made {
		facts = append(facts, casefile.Fact{Kind: casefile.FactOpened, At: m.now, Actor: "system:review", Organ: t.Organ}.With(casefile.Detail{Step: t.Step, Task: t.ID, Kind: t.Kind}))
		if err := b.Bus.Publish(ctx, tx, approval.Assigned{Case: m.ID, Task: t.ID, Organ: t.Organ}); err != nil {
			return err
		}
		if err := b.await(ctx, tx, m, t); err != nil {
			return err
		}
		tx.AfterCommit(func() { b.Told(t.Organ) })
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: "system:review", Verb: "review.Open", Object: "case:" + string(m.ID), After: audit.Digest(steps(made)...), At: m.now}); err != nil {
		return err
	}
	return casefile.Apply(ctx, tx, &m.Case, &m.ci, facts...)
}

func steps(tasks []approval.Task) []string {
	var out []string
	for _, t := range tasks {
		out = append(out, t.Step)
	}
	return out
}

// dispatch opens every step of the plan that is ready now. It alone decides what comes next.
func (b *Board) dispatch(ctx context.Context, tx *db.Tx, m *matter) error {
	tasks, err := approval.ByItem(ctx, tx, m.ci.ID)
	if err != nil {
		return err
	}
	var ready []approval.Task
	for _, s := range next(m.item, tasks) {
		organ, err := m.organ(ctx, tx, s.Organ)
		if err != nil {
			return err
		}
		ready = append(ready, m.stepTask(s, organ, rounds(tasks, s.ID)+1))
	}
	return b.open(ctx, tx, m, ready)
}

// rounds is how often a step was opened before.
func rounds(tasks []approval.Task, step string) (n int) {
	for _, t := range tasks {
		if t.Step == step {
			n = max(n, t.Round)
		}
	}
	return n
}

// stepTask is a step of the plan as a task of its organ.
func (m *matter) stepTask(s catalog.Step, organ ref.OrganID, round int) approval.Task {
	return approval.Task{ID: ref.TaskID(db.NewID()), Case: m.ID, CaseItem: m.ci.ID, Step: s.ID, Round: round, Kind: s.Kind, Name: s.Name,
		Organ: organ, Item: m.ci.Item, Number: m.Number, Due: m.stepDue(s), Made: m.now}
}

// stepDue is the step's own limit, never later than the case's.
func (m *matter) stepDue(s catalog.Step) time.Time {
	if s.Limit.Unit == "" {
		return m.ci.Due
	}
	d := m.due(clock.Span{N: s.Limit.N, Unit: clock.Unit(s.Limit.Unit)}, m.now)
	if !m.ci.Due.IsZero() && d.After(m.ci.Due) {
		return m.ci.Due
	}
	return d
}

func trim(s string) string { return strings.TrimSpace(s) }
