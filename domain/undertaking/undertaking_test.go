package undertaking_test

import (
	"context"
	"testing"
	"time"

	"yimen/domain/undertaking"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

var now = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

func TestSigningCoversExactlyItsPapers(t *testing.T) {
	s := undertaking.Signing{Party: "p", Later: undertaking.Joined([]string{"b", "a"}), Signed: now}
	for name, c := range map[string]struct {
		who             ref.PartyID
		later, promised []string
		want            bool
	}{
		"the same in another order": {"p", []string{"a", "b"}, nil, true},
		"one more":                  {"p", []string{"a", "b", "c"}, nil, false},
		"one less":                  {"p", []string{"a"}, nil, false},
		"promised instead":          {"p", nil, []string{"a", "b"}, false},
		"somebody else's":           {"q", []string{"a", "b"}, nil, false},
	} {
		if got := s.Covers(c.who, c.later, c.promised); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	s.Signed = time.Time{}
	if s.Covers("p", []string{"a", "b"}, nil) {
		t.Error("an unsigned one covers")
	}
	if got := undertaking.Split(undertaking.Joined(nil)); got != nil {
		t.Errorf("nothing promised reads as %q", got)
	}
}

func each(t *testing.T, f func(t *testing.T, d *db.DB, write func(func(context.Context, *db.Tx) error) error)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context(), undertaking.Schema); err != nil {
			t.Fatal(err)
		}
		f(t, d, func(act func(context.Context, *db.Tx) error) error { return d.Write(t.Context(), "test", act) })
	})
}

func TestResultIsWithheldUntilEveryPaperIsGood(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, write func(func(context.Context, *db.Tx) error) error) {
		u := undertaking.Undertaking{ID: "u", Case: "c", Item: "ci", Party: "p", Organ: "o", Matter: "m", Kind: undertaking.Tolerance, State: undertaking.Owed, Signed: now, Due: now}
		if held, err := undertaking.Withheld(t.Context(), d, "ci"); held || err != nil {
			t.Errorf("nothing was promised: %v %v", held, err)
		}
		if err := write(func(ctx context.Context, tx *db.Tx) error { return undertaking.Sign(ctx, tx, u, []string{"a", "b"}) }); err != nil {
			t.Fatal(err)
		}
		again := u
		again.ID = "v"
		if err := write(func(ctx context.Context, tx *db.Tx) error { return undertaking.Sign(ctx, tx, again, []string{"a"}) }); !db.IsUnique(err) {
			t.Errorf("a second one of a kind: %v", err)
		}
		papers, err := undertaking.Papers(t.Context(), d, "u")
		if err != nil || len(papers) != 2 || !undertaking.Missing(papers) || undertaking.Good(papers) {
			t.Fatalf("%+v %v", papers, err)
		}
		for i, state := range []string{undertaking.PaperGood, undertaking.PaperHanded} {
			papers[i].State = state
			if err := write(func(ctx context.Context, tx *db.Tx) error { return undertaking.KeepPaper(ctx, tx, papers[i]) }); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := undertaking.Get(t.Context(), d, "u"); err != nil || got.Waiting != 1 {
			t.Errorf("%+v %v", got, err)
		}
		if held, err := undertaking.Withheld(t.Context(), d, "ci"); !held || err != nil {
			t.Errorf("owed: %v %v", held, err)
		}
		u.State = undertaking.Kept
		for n, conflict := range []bool{false, true} {
			err := write(func(ctx context.Context, tx *db.Tx) error { return undertaking.Move(ctx, tx, u, undertaking.Owed) })
			if fault.Is(err, fault.Conflict) != conflict {
				t.Errorf("move %d: %v", n, err)
			}
		}
		if held, err := undertaking.Withheld(t.Context(), d, "ci"); held || err != nil {
			t.Errorf("kept: %v %v", held, err)
		}
	})
}

func TestTheCounterShowsTheLatestAndTakesItOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, write func(func(context.Context, *db.Tx) error) error) {
		ask := func(s undertaking.Signing) {
			if err := write(func(ctx context.Context, tx *db.Tx) error { return undertaking.AskSigning(ctx, tx, s) }); err != nil {
				t.Fatal(err)
			}
		}
		s := undertaking.Signing{Draft: "d", Staff: "s", Party: "p", Later: "a", Made: now, Until: now.Add(time.Hour)}
		ask(s)
		shown := s
		s.Later = "a,b"
		ask(s) // asked anew with one paper more
		sign := func(x undertaking.Signing) error {
			return write(func(ctx context.Context, tx *db.Tx) error { return undertaking.SignAtCounter(ctx, tx, x, now) })
		}
		if err := sign(shown); !fault.Is(err, fault.Conflict) {
			t.Errorf("signed what is not asked any more: %v", err)
		}
		other := s
		other.Staff = "t"
		if err := sign(other); !fault.Is(err, fault.Conflict) {
			t.Errorf("signed at another counter: %v", err)
		}
		if got, err := undertaking.ToSign(t.Context(), d, "s", now); err != nil || got.Later != "a,b" {
			t.Errorf("%+v %v", got, err)
		}
		if got, err := undertaking.ToSign(t.Context(), d, "s", now.Add(2*time.Hour)); err != nil || got.Draft != "" {
			t.Errorf("after its time: %+v %v", got, err)
		}
		if err := sign(s); err != nil {
			t.Fatal(err)
		}
		if err := sign(s); !fault.Is(err, fault.Conflict) {
			t.Errorf("signed twice: %v", err)
		}
		if got, err := undertaking.SigningOf(t.Context(), d, "d"); err != nil || !got.Covers("p", []string{"b", "a"}, nil) {
			t.Errorf("%+v %v", got, err)
		}
		if err := write(func(ctx context.Context, tx *db.Tx) error {
			return undertaking.SweepSignings(ctx, tx, now.Add(2*time.Hour))
		}); err != nil {
			t.Fatal(err)
		}
		if got, err := undertaking.SigningOf(t.Context(), d, "d"); err != nil || got.Draft != "" {
			t.Errorf("after the sweep: %+v %v", got, err)
		}
	})
}
