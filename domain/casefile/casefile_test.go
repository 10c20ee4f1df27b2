package casefile_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"yimen/domain/casefile"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)
)

const code ref.TaskCode = "12441500196720244T3442199806003"

func TestStageFollowsFacts(t *testing.T) {
	f := func(k casefile.Kind) casefile.Fact { return casefile.Fact{Kind: k} }
	decided := func(o string) casefile.Fact { return f(casefile.FactDecided).With(casefile.Detail{Outcome: o}) }
	for _, c := range []struct {
		facts []casefile.Fact
		want  casefile.Stage
	}{
		{[]casefile.Fact{f(casefile.FactReceived)}, casefile.Received},
		{[]casefile.Fact{f(casefile.FactReceived), f(casefile.FactPoints)}, casefile.Received},
		{[]casefile.Fact{f(casefile.FactReceived), f(casefile.FactReturned), f(casefile.FactSupplied)}, casefile.Supplied},
		{[]casefile.Fact{f(casefile.FactReceived), f(casefile.FactAccepted), f(casefile.FactOpinion)}, casefile.Accepted},
		{[]casefile.Fact{f(casefile.FactAccepted), decided("grant")}, casefile.Granted},
		{[]casefile.Fact{f(casefile.FactAccepted), decided("refuse"), f(casefile.FactSealed)}, casefile.Refused},
		{[]casefile.Fact{f(casefile.FactAccepted), decided("grant"), f(casefile.FactClosed)}, casefile.Closed},
		{[]casefile.Fact{f(casefile.FactReceived), f(casefile.FactDeclined)}, casefile.Declined},
	} {
		if got := casefile.StageOf(c.facts); got != c.want {
			t.Errorf("%v: %s, want %s", c.facts, got, c.want)
		}
	}
}

func open(d *db.DB, at time.Time) (casefile.Case, casefile.Item, error) {
	c := casefile.Case{ID: ref.CaseID(db.NewID()), Party: "p", Organ: "o", Item: "i", Place: "440604", Channel: ref.ChannelWindow, ReceivedAt: at}
	items := []casefile.Item{{ID: ref.CaseItemID(db.NewID()), Case: c.ID, Item: "i", Version: "i@1", Organ: "o"}}
	err := d.Write(ctx, "open", func(ctx context.Context, tx *db.Tx) error {
		return casefile.Open(ctx, tx, &c, items, []ref.TaskCode{code}, casefile.Fact{Kind: casefile.FactReceived, At: at})
	})
	return c, items[0], err
}

// A hundred at once take a hundred numbers without a gap; the day is China's.
func TestNumbersAreGaplessPerCodeAndDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		got := map[int]bool{}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				_, it, err := open(d, time.Date(2026, 3, 1, 16, 30, 0, 0, time.UTC)) // 00:30 on March 2nd in China
				if err != nil || it.Number.Day() != "20260302" {
					t.Error(it.Number, err)
				}
				mu.Lock()
				got[it.Number.Sequence()] = true
				mu.Unlock()
			})
		}
		wg.Wait()
		for n := 1; n <= 100; n++ {
			if !got[n] {
				t.Fatalf("number %d is missing", n)
			}
		}
	}, casefile.Schema)
}

func TestNumbersRunOutLoudly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(ctx, "t", func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "insert into casefile_counter (code, day, last) values ($1, '20260302', 9999)", code)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := open(d, now); !fault.Is(err, fault.Unavailable) {
			t.Fatal(err)
		}
	}, casefile.Schema)
}

// Facts appended at the same time by many keep one gapless order under the lock.
func TestConcurrentFactsKeepOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c, _, err := open(d, now)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				err := d.Write(ctx, "apply", func(ctx context.Context, tx *db.Tx) error {
					locked, err := casefile.Lock(ctx, tx, c.ID)
					if err != nil {
						return err
					}
					return casefile.Apply(ctx, tx, &locked, nil, casefile.Fact{Kind: casefile.FactOpinion, At: now})
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		facts, err := casefile.Facts(ctx, d, c.ID)
		if err != nil || len(facts) != 31 {
			t.Fatal(len(facts), err)
		}
		for i, f := range facts {
			if f.Seq != int64(i+1) {
				t.Fatal(facts)
			}
		}
		after, _ := casefile.Get(ctx, d, c.ID)
		if after.Rev != 31 {
			t.Fatal(after.Rev)
		}
	}, casefile.Schema)
}
