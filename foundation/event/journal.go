package event

import (
	"context"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
)

// Parked is a delivery that was given up until a person looks at it.
type Parked struct {
	Hearer  string    `db:"hearer"`
	EventID string    `db:"event_id"`
	Name    string    `db:"name"`
	Key     string    `db:"key"`
	Attempt int64     `db:"attempt"`
	Error   string    `db:"error"`
	At      time.Time `db:"at"`
}

// Parked lists what was given up, oldest first, at most limit.
func (b *Bus) Parked(ctx context.Context, limit int) ([]Parked, error) {
	return db.Find[Parked](ctx, b.db, `select d.hearer, d.event_id, e.name, d.key, d.attempt, d.error, e.at
		from event_delivery d join event_event e on e.id = d.event_id where d.parked = 1 order by d.event_id limit $1`, limit)
}

// Stuck lists deliveries that failed at least once, parked or not, oldest first.
func (b *Bus) Stuck(ctx context.Context, limit int) ([]Parked, error) {
	return db.Find[Parked](ctx, b.db, `select d.hearer, d.event_id, e.name, d.key, d.attempt, d.error, e.at
		from event_delivery d join event_event e on e.id = d.event_id where d.error <> '' order by d.event_id limit $1`, limit)
}

// Retry takes a parked delivery up again from its first try.
func (b *Bus) Retry(ctx context.Context, tx *db.Tx, hearer, eventID string) error {
	n, err := tx.Exec(ctx, "update event_delivery set parked = 0, attempt = 0, lease = 0, run_at = $1, error = '' where hearer = $2 and event_id = $3 and parked = 1",
		b.now(), hearer, eventID)
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	tx.AfterCommit(b.Wake)
	return err
}

// Backlog is what waits: due deliveries and parked ones.
func (b *Bus) Backlog(ctx context.Context) (due, parked int64, err error) {
	err = b.db.QueryRow(ctx, `select coalesce(sum(case when parked = 0 and run_at <= $1 then 1 else 0 end), 0), coalesce(sum(parked), 0) from event_delivery`, b.now()).Scan(&due, &parked)
	return due, parked, err
}

// sealMax bounds one sealing transaction.
const sealMax = 500

// Seal numbers committed events in the order they are found, if this process holds or gets
// the sealer's lease. It says how many it numbered.
func (b *Bus) Seal(ctx context.Context) (int64, error) {
	open, err := db.Find[int64](ctx, b.db, "select 1 from event_event where pos is null limit 1")
	if err != nil || len(open) == 0 {
		return 0, err
	}
	var n int64
	err = b.db.Write(ctx, "event.Seal", func(ctx context.Context, tx *db.Tx) error {
		held, err := b.Lease(ctx, tx, "sealer")
		if err != nil || !held {
			return err
		}
		n, err = tx.Exec(ctx, `update event_event set pos = r.n + (select coalesce(max(pos), 0) from event_event)
			from (select id, row_number() over (order by id) as n from
				(select id from event_event where pos is null order by id limit $1) as x) as r
			where event_event.id = r.id`, sealMax)
		return err
	})
	return n, err
}

// Lease takes or keeps a named lease for ten seconds; false means another process has it.
func (b *Bus) Lease(ctx context.Context, tx *db.Tx, name string) (bool, error) {
	now := b.now()
	if _, err := tx.Exec(ctx, "insert into event_lease (name, holder, until) values ($1, '', 0) on conflict (name) do nothing", name); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, "update event_lease set holder = $1, until = $2 where name = $3 and (holder = $1 or until < $4)", b.id, now.Add(10*time.Second), name, now)
	return n == 1, err
}

// Replay delivers to one hearer again every sealed event of a name from pos on, in order of pos.
func (b *Bus) Replay(ctx context.Context, hearer, name string, from int64) (int64, error) {
	if _, ok := b.hearers[hearer+" "+name]; !ok {
		return 0, fault.New(fault.NotFound, "fault.not_found")
	}
	var n int64
	err := b.db.Write(ctx, "event.Replay", func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = tx.Exec(ctx, `insert into event_delivery (hearer, event_id, key, ord, due_at, run_at)
			select $1, id, key, ord, at, at from event_event where name = $2 and pos >= $3 order by pos
			on conflict (hearer, event_id) do nothing`, hearer, name, from)
		tx.AfterCommit(b.Wake)
		return err
	})
	return n, err
}
