package once_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/foundation/once"
)

var ctx = context.Background()

func do(d *db.DB, s once.Submit, act func() (string, error)) (answer string, err error) {
	err = d.Write(ctx, "once", func(ctx context.Context, tx *db.Tx) (e error) {
		answer, e = once.Do(ctx, tx, s, act)
		return e
	})
	return answer, err
}

func TestTwentyAtOnceAreOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := once.Submit{Actor: "a", Route: "r", Key: "0123456789abcdef", Hash: once.Hash("x"), At: time.UnixMicro(1)}
		var ran atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				answer, err := do(d, s, func() (string, error) { ran.Add(1); return "made", nil })
				if err != nil || answer != "made" {
					t.Error(answer, err)
				}
			})
		}
		wg.Wait()
		if ran.Load() != 1 {
			t.Fatal(ran.Load())
		}
	}, once.Schema)
}

func TestSameKeyOtherBody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := once.Submit{Actor: "a", Route: "r", Key: "0123456789abcdef", Hash: once.Hash("x", "y"), At: time.UnixMicro(1)}
		made := func() (string, error) { return "1", nil }
		if _, err := do(d, s, made); err != nil {
			t.Fatal(err)
		}
		s.Hash = once.Hash("xy")
		if _, err := do(d, s, made); !fault.Is(err, fault.Conflict) {
			t.Fatal(err)
		}
		s.Actor = "b"
		if _, err := do(d, s, made); err != nil {
			t.Fatal("another actor's key got in the way", err)
		}
		s.Key = "short"
		if _, err := do(d, s, made); !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	}, once.Schema)
}

func TestFailureLeavesTheKeyFree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := once.Submit{Actor: "a", Route: "r", Key: "0123456789abcdef", At: time.UnixMicro(1)}
		if _, err := do(d, s, func() (string, error) { return "", fault.New(fault.Denied, "x") }); !fault.Is(err, fault.Denied) {
			t.Fatal(err)
		}
		if a, err := do(d, s, func() (string, error) { return "ok", nil }); a != "ok" || err != nil {
			t.Fatal(a, err)
		}
	}, once.Schema)
}
