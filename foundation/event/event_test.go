package event_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/event"
)

var ctx = context.Background()

type happened struct {
	Case string
	N    int
}

func (happened) EventName() string  { return "test.happened/1" }
func (h happened) EventKey() string { return h.Case }

var effects = fstest.MapFS{"schema/20260101000000_t.sql": {Data: []byte(`-- +goose Up
create table t_effect (seq text primary key, hearer text not null, k text not null, n bigint not null);
`)}}

type clock struct{ t atomic.Int64 }

func (c *clock) now() time.Time      { return time.UnixMicro(c.t.Load()).UTC() }
func (c *clock) add(d time.Duration) { c.t.Add(d.Microseconds()) }
func newClock() *clock               { c := &clock{}; c.t.Store(1772400000000000); return c }
func publish(t *testing.T, d *db.DB, b *event.Bus, es ...happened) {
	t.Helper()
	err := d.Write(ctx, "publish", func(ctx context.Context, tx *db.Tx) error {
		for _, e := range es {
			if err := b.Publish(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// effect writes one row and acknowledges, in one transaction.
func effect(d *db.DB, name string) func(context.Context, event.Delivery, happened) error {
	return func(ctx context.Context, dl event.Delivery, e happened) error {
		return d.Write(ctx, name, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "insert into t_effect (seq, hearer, k, n) values ($1, $2, $3, $4)", db.NewID(), name, e.Case, e.N); err != nil {
				return err
			}
			return dl.Done(ctx, tx)
		})
	}
}

func each(t *testing.T, f func(t *testing.T, d *db.DB, b *event.Bus, c *clock)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newClock()
		f(t, d, event.New(d, c.now), c)
	}, event.Schema, effects)
}

func numbers(t *testing.T, d *db.DB, hearer, key string) []int64 {
	t.Helper()
	out, err := db.Find[int64](ctx, d, "select n from t_effect where hearer = $1 and k = $2 order by seq", hearer, key)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func settle(t *testing.T, b *event.Bus) {
	t.Helper()
	if _, err := b.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestEachHearerOnceInOrder(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, b *event.Bus, c *clock) {
		event.Hear(b, "a", effect(d, "a"))
		event.Hear(b, "b", effect(d, "b"))
		run, stop := context.WithCancel(ctx)
		var wg sync.WaitGroup
		wg.Go(func() { b.Run(run) })
		wg.Go(func() { b.Run(run) }) // two workers, as two processes would be
		var pubs sync.WaitGroup
		for k := range 4 {
			pubs.Go(func() {
				for n := range 25 {
					publish(t, d, b, happened{fmt.Sprint("k", k), n})
				}
			})
		}
		pubs.Wait()
		deadline := time.Now().Add(30 * time.Second)
		for {
			due, _, err := b.Backlog(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if due == 0 || time.Now().After(deadline) {
				break
			}
		}
		stop()
		wg.Wait()
		for k := range 4 {
			for _, h := range []string{"a", "b"} {
				got := numbers(t, d, h, fmt.Sprint("k", k))
				if len(got) != 25 {
					t.Fatalf("%s k%d: %v", h, k, got)
				}
				for i, n := range got {
					if int64(i) != n {
						t.Fatalf("out of order: %v", got)
					}
				}
			}
		}
	})
}

func TestNothingIsToldOfWhatDidNotCommit(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, b *event.Bus, c *clock) {
		event.Hear(b, "a", effect(d, "a"))
		_ = d.Write(ctx, "x", func(ctx context.Context, tx *db.Tx) error {
			if err := b.Publish(ctx, tx, happened{"k", 1}); err != nil {
				t.Fatal(err)
			}
			return errors.New("no")
		})
		settle(t, b)
		if got := numbers(t, d, "a", "k"); len(got) != 0 {
			t.Fatal(got)
		}
	})
}

func TestFailureBlocksOnlyItsOwnKeyAndIsParked(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, b *event.Bus, c *clock) {
		broken := true
		good := effect(d, "a")
		event.Hear(b, "a", func(ctx context.Context, dl event.Delivery, e happened) error {
			if broken && e.Case == "bad" && e.N == 1 {
				return errors.New("outside system is away")
			}
			return good(ctx, dl, e)
		})
		publish(t, d, b, happened{"bad", 1}, happened{"bad", 2}, happened{"good", 1})
		for range 20 {
			settle(t, b)
			c.add(10 * time.Minute)
		}
		if got := numbers(t, d, "a", "good"); len(got) != 1 {
			t.Fatal("a failing key held another up", got)
		}
		if got := numbers(t, d, "a", "bad"); len(got) != 0 {
			t.Fatal("a later event overtook a failed one", got)
		}
		parked, err := b.Parked(ctx, 10)
		if err != nil || len(parked) != 1 || parked[0].Key != "bad" || parked[0].Error == "" {
			t.Fatal(parked, err)
		}
		broken = false
		err = d.Write(ctx, "retry", func(ctx context.Context, tx *db.Tx) error {
			return b.Retry(ctx, tx, parked[0].Hearer, parked[0].EventID)
		})
		if err != nil {
			t.Fatal(err)
		}
		settle(t, b)
		if got := numbers(t, d, "a", "bad"); len(got) != 2 || got[0] != 1 || got[1] != 2 {
			t.Fatal(got)
		}
	})
}

func TestTimerWaitsAndBlocksNobody(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, b *event.Bus, c *clock) {
		event.Hear(b, "a", effect(d, "a"))
		err := d.Write(ctx, "timer", func(ctx context.Context, tx *db.Tx) error {
			return b.PublishAt(ctx, tx, c.now().Add(time.Hour), happened{"k", 1})
		})
		if err != nil {
			t.Fatal(err)
		}
		publish(t, d, b, happened{"k", 2})
		settle(t, b)
		if got := numbers(t, d, "a", "k"); len(got) != 1 || got[0] != 2 {
			t.Fatal(got)
		}
		c.add(time.Hour)
		settle(t, b)
		if got := numbers(t, d, "a", "k"); len(got) != 2 {
			t.Fatal(got)
		}
	})
}

// A worker that lost its lease must not leave a second effect.
func TestStaleWorkerRollsBack(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, b *event.Bus, c *clock) {
		var late event.Delivery
		first := true
		good := effect(d, "a")
		event.Hear(b, "a", func(ctx context.Context, dl event.Delivery, e happened) error {
			if first {
				first, late = false, dl
				return nil // hangs: neither done nor failed before its lease ends
			}
			return good(ctx, dl, e)
		})
		publish(t, d, b, happened{"k", 1})
		settle(t, b)
		c.add(2 * time.Minute)
		settle(t, b)
		if err := good(ctx, late, happened{"k", 1}); !errors.Is(err, event.ErrStale) {
			t.Fatal(err)
		}
		if got := numbers(t, d, "a", "k"); len(got) != 1 {
			t.Fatal(got)
		}
	})
}

func TestSealerNumbersWithoutGapsAndReplayFollows(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, b *event.Bus, c *clock) {
		event.Hear(b, "a", effect(d, "a"))
		var wg sync.WaitGroup
		for n := range 40 {
			wg.Go(func() { publish(t, d, b, happened{fmt.Sprint(n % 3), n}) })
			wg.Go(func() {
				if _, err := b.Seal(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if _, err := b.Seal(ctx); err != nil {
			t.Fatal(err)
		}
		pos, err := db.Find[int64](ctx, d, "select pos from event_event order by pos")
		if err != nil || len(pos) != 40 {
			t.Fatal(len(pos), err)
		}
		for i, p := range pos {
			if p != int64(i+1) {
				t.Fatal(pos)
			}
		}
		settle(t, b)
		n, err := b.Replay(ctx, "a", "test.happened/1", 31)
		if err != nil || n != 10 {
			t.Fatal(n, err)
		}
		settle(t, b)
		var rows int64
		if err := d.QueryRow(ctx, "select count(*) from t_effect").Scan(&rows); err != nil || rows != 50 {
			t.Fatal(rows, err)
		}
	})
}

func TestOneSealerAtATime(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, b *event.Bus, c *clock) {
		other := event.New(d, c.now)
		publish(t, d, b, happened{"k", 1})
		if n, err := b.Seal(ctx); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		publish(t, d, b, happened{"k", 2})
		if n, err := other.Seal(ctx); n != 0 || err != nil {
			t.Fatal("two sealers at once", n, err)
		}
		c.add(11 * time.Second)
		if n, err := other.Seal(ctx); n != 1 || err != nil {
			t.Fatal("the lease did not pass on", n, err)
		}
	})
}

// TestPostpone: a delivery put off comes again at its time, exactly once.
func TestPostpone(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, b *event.Bus, c *clock) {
		var late []event.Delivery
		event.Hear(b, "late", func(ctx context.Context, dl event.Delivery, e happened) error {
			if late = append(late, dl); len(late) > 1 {
				return effect(d, "late")(ctx, dl, e)
			}
			return d.Write(ctx, "late", func(ctx context.Context, tx *db.Tx) error { return dl.Postpone(ctx, tx, c.now().Add(time.Hour)) })
		})
		publish(t, d, b, happened{"k", 1})
		settle(t, b)
		if got := numbers(t, d, "late", "k"); len(got) != 0 || len(late) != 1 {
			t.Fatal(got, late)
		}
		err := d.Write(ctx, "stale", func(ctx context.Context, tx *db.Tx) error { return late[0].Done(ctx, tx) })
		if !errors.Is(err, event.ErrStale) {
			t.Error("who put it off acknowledged it later:", err)
		}
		c.add(time.Hour)
		settle(t, b)
		if got := numbers(t, d, "late", "k"); len(got) != 1 || len(late) != 2 {
			t.Error(got, late)
		}
		if due, parked, err := b.Backlog(ctx); due != 0 || parked != 0 || err != nil {
			t.Error(due, parked, err)
		}
	})
}
