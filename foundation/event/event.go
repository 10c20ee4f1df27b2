// Package event tells the rest of the house what has been saved.
//
// Invariants:
//   - Publish writes one delivery row per hearer in the caller's transaction; nothing is told
//     about what did not commit, and nothing that committed is forgotten.
//   - A hearer's effect and its acknowledgement (Delivery.Done) commit together: exactly one effect.
//     Delivery.Postpone stands in for it where the time has not come.
//   - Per hearer and key, deliveries run in the order of publication; one that keeps failing is
//     parked, blocks only its own hearer and key, and is listed by Parked.
//   - A sealer, one at a time by lease, numbers committed events (pos); replay follows pos.
//   - Bodies carry ids, field names and digests, never a person's data.
package event

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Event is a fact others may act on. Names carry a version, "casefile.accepted/1"; a name once
// used stays decodable for ever. Key is what order is kept by: a case.
type Event interface {
	EventName() string
	EventKey() string
}

// Delivery is one event on its way to one hearer.
type Delivery struct {
	Hearer  string `db:"hearer"`
	EventID string `db:"event_id"`
	Key     string `db:"key"`
	Attempt int64  `db:"attempt"`
	Name    string `db:"name"`
	Body    string `db:"body"`
}

// ErrStale says the lease was lost: another worker has this delivery, so roll back.
var ErrStale = errors.New("event: the delivery is another worker's by now")

var errNotDone = errors.New("the hearer did not acknowledge")

// Done acknowledges the delivery inside the transaction that holds its effect.
func (d Delivery) Done(ctx context.Context, tx *db.Tx) error {
	n, err := tx.Exec(ctx, "delete from event_delivery where hearer = $1 and event_id = $2 and attempt = $3", d.Hearer, d.EventID, d.Attempt)
	if err == nil && n != 1 {
		return ErrStale
	}
	return err
}

// Postpone puts the delivery off inside the transaction: its time has not come yet. It still
// counts as a try, so that a worker who lost it cannot acknowledge it.
func (d Delivery) Postpone(ctx context.Context, tx *db.Tx, at time.Time) error {
	n, err := tx.Exec(ctx, `update event_delivery set lease = 0, run_at = $1, attempt = attempt + 1
		where hearer = $2 and event_id = $3 and attempt = $4`, at, d.Hearer, d.EventID, d.Attempt)
	if err == nil && n != 1 {
		return ErrStale
	}
	return err
}

type hearer struct {
	name string
	run  func(context.Context, Delivery) error
}

// Bus knows who hears what. Fill it with Hear before the first Publish.
type Bus struct {
	db      *db.DB
	now     func() time.Time
	id      string
	byName  map[string][]string // event name → hearers
	hearers map[string]hearer
	wake    chan struct{}
	slots   chan struct{}
	flight  sync.WaitGroup

	// Observe, unless nil, hears after each delivery how long it took by the bus's clock; a
	// claim of several is told as hearer "event.claim". Set it before Run.
	Observe func(d Delivery, took time.Duration)
}

// parkAfter is how often a delivery is tried: about half an hour with the backoff below.
const parkAfter = 12

// lease is how long a worker may take; an outside call must time out well before.
// After a crash, what was under way waits this long.
const lease = 30 * time.Second

// New makes an empty bus over a database.
func New(d *db.DB, now func() time.Time) *Bus {
	return &Bus{db: d, now: now, id: db.NewID(), byName: map[string][]string{}, hearers: map[string]hearer{},
		wake: make(chan struct{}, 1), slots: make(chan struct{}, 16)}
}

// Hear has fn called for every E. name is "package.Func" and part of the delivery's key: do not
// rename a hearer that may still have deliveries under way.
func Hear[E Event](b *Bus, name string, fn func(context.Context, Delivery, E) error) {
	var e E
	event := e.EventName()
	if _, twice := b.hearers[name+" "+event]; twice {
		panic("event: " + name + " hears " + event + " twice")
	}
	b.byName[event] = append(b.byName[event], name)
	b.hearers[name+" "+event] = hearer{name, func(ctx context.Context, d Delivery) error {
		var e E
		if err := json.Unmarshal([]byte(d.Body), &e); err != nil {
			return fmt.Errorf("event %s cannot be read: %w", d.Name, err)
		}
		return fn(ctx, d, e)
	}}
}

// Hearers lists event name → hearers, for the page that shows the table of subscriptions.
func (b *Bus) Hearers() map[string][]string { return b.byName }

// Publish saves e for every hearer in the caller's transaction; they are woken after commit.
func (b *Bus) Publish(ctx context.Context, tx *db.Tx, e Event) error {
	return b.publish(ctx, tx, b.now(), b.now(), e)
}

// PublishAt is a timer: e is delivered when at has come.
func (b *Bus) PublishAt(ctx context.Context, tx *db.Tx, at time.Time, e Event) error {
	return b.publish(ctx, tx, b.now(), at, e)
}

type deliveryRow struct {
	Hearer string    `db:"hearer"`
	Event  string    `db:"event_id"`
	Key    string    `db:"key"`
	Ord    int64     `db:"ord"`
	Due    time.Time `db:"due_at"`
	Run    time.Time `db:"run_at"`
}

func (b *Bus) publish(ctx context.Context, tx *db.Tx, now, due time.Time, e Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	id, key := db.NewID(), e.EventKey()
	var ord int64
	err = tx.QueryRow(ctx, `insert into event_event (id, name, key, ord, body, at)
		values ($1, $2, $3, (select coalesce(max(ord), 0) + 1 from event_event where key = $3), $4, $5) returning ord`,
		id, e.EventName(), key, string(body), now).Scan(&ord)
	if err != nil {
		return fmt.Errorf("publish %s: %w", e.EventName(), err)
	}
	var rows []deliveryRow
	for _, h := range b.byName[e.EventName()] {
		rows = append(rows, deliveryRow{h, id, key, ord, due, due})
	}
	tx.AfterCommit(b.Wake)
	return db.Insert(ctx, tx, "event_delivery", rows...)
}

// Wake makes the worker look now instead of at its next poll.
func (b *Bus) Wake() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends, then waits for what is under way.
func (b *Bus) Run(ctx context.Context) {
	poll := time.NewTicker(time.Second)
	defer poll.Stop()
	defer b.flight.Wait()
	for ctx.Err() == nil {
		n, err := b.round(ctx)
		if err != nil && ctx.Err() == nil {
			slog.Error("deliveries cannot be claimed", "err", err.Error())
		}
		if n > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-poll.C:
		}
	}
}

// round claims as many deliveries as there are free slots and starts them.
func (b *Bus) round(ctx context.Context) (int, error) {
	free := cap(b.slots) - len(b.slots)
	if free == 0 {
		select { // all busy: wait for one to end
		case b.slots <- struct{}{}:
			<-b.slots
		case <-ctx.Done():
		}
		return 1, nil
	}
	start := b.now()
	ds, err := b.claim(ctx, free)
	b.observe(Delivery{Hearer: "event.claim"}, start)
	for _, d := range ds {
		b.slots <- struct{}{}
		b.flight.Go(func() {
			defer func() { <-b.slots; b.Wake() }()
			b.deliver(ctx, d)
		})
	}
	return len(ds), err
}

// Settle delivers everything that is due, one at a time, and says how many deliveries ran.
// For tests and for loading; it must not run beside Run.
func (b *Bus) Settle(ctx context.Context) (int, error) {
	for total := 0; ; {
		ds, err := b.claim(ctx, 64)
		if err != nil || len(ds) == 0 {
			return total, err
		}
		for _, d := range ds {
			b.deliver(ctx, d)
		}
		total += len(ds)
	}
}

// eligible: not parked, not leased, its time has come, and nothing earlier of its hearer and
// key is still open. due_at, not run_at: a failed earlier one still goes first.
const eligible = `d.parked = 0 and d.run_at <= $1 and d.lease <= $1 and not exists (
	select 1 from event_delivery e where e.hearer = d.hearer and e.key = d.key and e.ord < d.ord and e.due_at <= $1)`

func (b *Bus) claim(ctx context.Context, n int) ([]Delivery, error) {
	now := b.now()
	due, err := db.Find[int64](ctx, b.db, "select 1 from event_delivery d where "+eligible+" limit 1", now)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	var out []Delivery
	err = b.db.Write(ctx, "event.claim", func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = db.Find[Delivery](ctx, tx, `update event_delivery set lease = $2, attempt = attempt + 1
			where (hearer, event_id) in (select d.hearer, d.event_id from event_delivery d where `+eligible+
			` order by d.run_at, d.ord limit $3`+db.SkipLocked(tx)+`)
			returning hearer, event_id, key, attempt,
			(select name from event_event v where v.id = event_id) as name, (select body from event_event v where v.id = event_id) as body`,
			now, now.Add(lease), n)
		return err
	})
	return out, err
}

func (b *Bus) observe(d Delivery, start time.Time) {
	if b.Observe != nil {
		b.Observe(d, b.now().Sub(start))
	}
}

func (b *Bus) deliver(ctx context.Context, d Delivery) {
	defer b.observe(d, b.now())
	h, ok := b.hearers[d.Hearer+" "+d.Name]
	err := fmt.Errorf("nobody here is called %s for %s", d.Hearer, d.Name)
	if ok {
		err = guard(ctx, h, d)
	}
	if err == nil {
		err = b.acknowledged(ctx, d)
	}
	if err == nil || errors.Is(err, ErrStale) || ctx.Err() != nil {
		return
	}
	if err := b.fail(ctx, d, err); err != nil {
		slog.Error("a failed delivery cannot be noted", "hearer", d.Hearer, "event", d.EventID, "err", err.Error())
	}
}

// guard turns a hearer's panic into a failure of this one delivery.
func guard(ctx context.Context, h hearer, d Delivery) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s panicked: %v", h.name, p)
		}
	}()
	return h.run(ctx, d)
}

func (b *Bus) acknowledged(ctx context.Context, d Delivery) error {
	left, err := db.Find[int64](ctx, b.db, "select attempt from event_delivery where hearer = $1 and event_id = $2 and attempt = $3", d.Hearer, d.EventID, d.Attempt)
	if err == nil && len(left) > 0 {
		return errNotDone
	}
	return err
}

// fail plans the next try, later each time, or parks the delivery.
func (b *Bus) fail(ctx context.Context, d Delivery, why error) error {
	parked := d.Attempt >= parkAfter || fault.Is(why, fault.Invalid)
	next := b.now().Add(time.Duration(1<<min(d.Attempt, 9)) * 500 * time.Millisecond)
	slog.Warn("delivery failed", "hearer", d.Hearer, "event", d.EventID, "attempt", d.Attempt, "parked", parked, "err", why.Error())
	return b.db.Write(ctx, "event.fail", func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update event_delivery set lease = 0, run_at = $1, parked = $2, error = $3
			where hearer = $4 and event_id = $5 and attempt = $6`, next, parked, fault.KindOf(why).String()+": "+trim(why.Error()), d.Hearer, d.EventID, d.Attempt)
		return err
	})
}

func trim(s string) string {
	if r := []rune(s); len(r) > 400 {
		return string(r[:400])
	}
	return s
}
