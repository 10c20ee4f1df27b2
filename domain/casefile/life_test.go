package casefile_test

import (
	"context"
	"testing"
	"time"

	"yimen/domain/casefile"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/ref"
)

func at(day int) time.Time { return time.Date(2026, 3, day, 2, 0, 0, 0, time.UTC) }

func TestALifeIsReadFromTheFactsThatHold(t *testing.T) {
	f := func(seq int64, k casefile.Kind, day int, d casefile.Detail) casefile.Fact {
		return casefile.Fact{Seq: seq, Kind: k, At: at(day)}.With(d)
	}
	facts := []casefile.Fact{
		f(1, casefile.FactReceived, 2, casefile.Detail{}),
		f(2, casefile.FactSupplied, 4, casefile.Detail{}),
		f(3, casefile.FactAccepted, 5, casefile.Detail{}),
		f(4, casefile.FactPaused, 6, casefile.Detail{}),
		f(5, casefile.FactResumed, 10, casefile.Detail{}),
		f(6, casefile.FactExtended, 11, casefile.Detail{N: 10, Unit: "workday"}),
		f(7, casefile.FactExtended, 12, casefile.Detail{N: 99, Unit: "workday"}),
		f(8, casefile.FactUndone, 12, casefile.Detail{Undoes: 7}),
		{Seq: 9, Item: "other", Kind: casefile.FactWithdrawn, At: at(13)},
		f(10, casefile.FactPaused, 14, casefile.Detail{}),
	}
	l := casefile.LifeOf(casefile.Holding(facts, "mine"))
	if !l.Handed.Equal(at(4)) || !l.Accepted.Equal(at(5)) || !l.Paused().Equal(at(14)) || !l.Ended.IsZero() {
		t.Errorf("%+v", l)
	}
	if len(l.Pauses) != 2 || !l.Pauses[0].To.Equal(at(10)) || len(l.Extensions) != 1 || l.Extensions[0].N != 10 {
		t.Errorf("%+v", l)
	}
	if other := casefile.LifeOf(casefile.Holding(facts, "other")); !other.Ended.Equal(at(13)) {
		t.Errorf("the other item was withdrawn: %+v", other)
	}
	ended := casefile.LifeOf(append(casefile.Holding(facts, "mine"), f(11, casefile.FactTerminated, 20, casefile.Detail{})))
	if !ended.Paused().IsZero() || !ended.Ended.Equal(at(20)) {
		t.Errorf("an end ends the pause: %+v", ended)
	}
}

func TestADeemedAcceptanceCountsFromReceipt(t *testing.T) {
	l := casefile.LifeOf([]casefile.Fact{{Kind: casefile.FactReceived, At: at(2)},
		casefile.Fact{Kind: casefile.FactAccepted, At: at(10)}.With(casefile.Detail{Deemed: true})})
	if !l.Deemed || !l.Accepted.Equal(at(2)) {
		t.Errorf("%+v", l)
	}
}

// Each item has its own life; the case's row tells the one that is furthest from its end.
func TestItemsOfACaseEndOnTheirOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := casefile.Case{ID: ref.CaseID(db.NewID()), Party: "p", Organ: "o", Item: "i", Place: "440604012001", Channel: ref.ChannelWindow, ReceivedAt: now}
		items := []casefile.Item{{ID: "1" + ref.CaseItemID(db.NewID()), Case: c.ID, Item: "i", Version: "i@1", Organ: "o", Due: at(20)},
			{ID: "2" + ref.CaseItemID(db.NewID()), Case: c.ID, Item: "j", Version: "j@1", Organ: "o", Due: at(12)}}
		write := func(fn func(ctx context.Context, tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(ctx, "t", fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(ctx context.Context, tx *db.Tx) error {
			return casefile.Open(ctx, tx, &c, items, []ref.TaskCode{code, code}, casefile.Fact{Kind: casefile.FactReceived, At: now}, casefile.Fact{Kind: casefile.FactAccepted, At: now})
		})
		if c.Parts != 2 || !c.Due.Equal(at(12)) || items[0].Town != "440604012" || items[0].Clock != casefile.DecideClock {
			t.Fatalf("%+v %+v", c, items)
		}
		end := func(n int, facts ...casefile.Fact) casefile.Case {
			write(func(ctx context.Context, tx *db.Tx) error {
				locked, err := casefile.Lock(ctx, tx, c.ID)
				if err != nil {
					return err
				}
				return casefile.Apply(ctx, tx, &locked, &items[n], facts...)
			})
			got, err := casefile.Get(ctx, d, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		grant := casefile.Fact{Kind: casefile.FactDecided, At: at(9)}.With(casefile.Detail{Outcome: "grant"})
		if got := end(1, grant, casefile.Fact{Kind: casefile.FactClosed, At: at(9)}); got.Stage != casefile.Accepted || !got.ClosedAt.IsZero() || !got.Due.Equal(at(20)) {
			t.Errorf("one has ended: %+v", got)
		}
		got := end(0, casefile.Fact{Kind: casefile.FactWithdrawn, At: at(10)})
		if !got.ClosedAt.Equal(at(10)) || got.Stage != casefile.Closed {
			t.Errorf("both have ended: %+v", got)
		}
		rows, err := casefile.Items(ctx, d, c.ID)
		if err != nil || rows[0].Stage != casefile.Withdrawn || rows[1].Outcome != "grant" || rows[1].Clock != casefile.DeliverClock || rows[0].Clock != casefile.NoClock {
			t.Errorf("%+v, %v", rows, err)
		}
	}, casefile.Schema)
}
