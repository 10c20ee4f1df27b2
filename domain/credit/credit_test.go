package credit_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"yimen/domain/credit"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

var now = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

func entry(state credit.State, from, until time.Time, effects ...string) credit.Entry {
	return credit.Entry{Event: credit.Event{State: state, From: from, Until: until}, Row: credit.Row{Name: "n", Effects: effects}}
}

// Only what is recorded, in force now and has the effect bars it.
func TestBarred(t *testing.T) {
	past, soon := now.AddDate(0, -1, 0), now.AddDate(0, 1, 0)
	for name, c := range map[string]struct {
		e    credit.Entry
		want int
	}{
		"in force":               {entry(credit.Recorded, past, soon, credit.NoTolerance), 1},
		"while repair is asked":  {entry(credit.Repair, past, soon, credit.NoTolerance), 1},
		"while it is looked at":  {entry(credit.Appeal, past, soon, credit.NoTolerance), 1},
		"only proposed":          {entry(credit.Proposed, time.Time{}, time.Time{}, credit.NoTolerance), 0},
		"objected":               {entry(credit.Objected, time.Time{}, time.Time{}, credit.NoTolerance), 0},
		"repaired":               {entry(credit.Repaired, past, soon, credit.NoTolerance), 0},
		"revoked":                {entry(credit.Revoked, past, soon, credit.NoTolerance), 0},
		"dropped":                {entry(credit.Dropped, past, soon, credit.NoTolerance), 0},
		"over":                   {entry(credit.Recorded, past, now, credit.NoTolerance), 0},
		"of another effect":      {entry(credit.Recorded, past, soon, credit.NoPromise), 0},
		"begins only now":        {entry(credit.Recorded, now, soon, credit.NoTolerance), 1},
		"of both effects":        {entry(credit.Recorded, past, soon, credit.NoPromise, credit.NoTolerance), 1},
		"recorded without a day": {entry(credit.Recorded, time.Time{}, soon, credit.NoTolerance), 0},
	} {
		if got := credit.Barred([]credit.Entry{c.e}, credit.NoTolerance, now); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := credit.Barred(nil, credit.NoTolerance, now); got != nil {
		t.Errorf("nobody's record bars: %v", got)
	}
}

func TestStateOf(t *testing.T) {
	until := now.AddDate(1, 0, 0)
	acts := []credit.Act{{Kind: "proposed"}, {Kind: "objected"}, {Kind: "recorded", From: now, Until: until}, {Kind: "appeal"}}
	if s, from, to := credit.StateOf(acts); s != credit.Appeal || from != now || to != until {
		t.Errorf("%s %s %s", s, from, to)
	}
	if s, _, _ := credit.StateOf(append(acts, credit.Act{Kind: credit.Upheld})); s != credit.Recorded {
		t.Errorf("upheld: %s", s)
	}
	if s, _, _ := credit.StateOf(nil); s != "" {
		t.Errorf("nothing happened: %s", s)
	}
}

func row() credit.Row {
	return credit.Row{Kind: "a-b", Name: "n", Cause: credit.CauseEnded, Basis: credit.Basis{Law: "l", Article: 1, Text: "t"}, Effects: []string{credit.NoTolerance}, Months: 12, AnswerDays: 10, RepairMonths: 3, Repair: "r"}
}

func TestARowNeedsEverything(t *testing.T) {
	if bad := row().Wrong(""); len(bad) != 0 {
		t.Fatalf("%v", bad)
	}
	for name, spoil := range map[string]func(*credit.Row){
		"kind": func(r *credit.Row) { r.Kind = "A b" }, "name": func(r *credit.Row) { r.Name = "" }, "cause": func(r *credit.Row) { r.Cause = "rude" }, "basis": func(r *credit.Row) { r.Basis.Article = 0 },
		"effects": func(r *credit.Row) { r.Effects = []string{"no school for the children"} }, "months": func(r *credit.Row) { r.Months = 61 }, "answer_days": func(r *credit.Row) { r.AnswerDays = 1 },
		"repair_months": func(r *credit.Row) { r.RepairMonths = 13 }, "repair": func(r *credit.Row) { r.Repair = "" },
	} {
		r := row()
		spoil(&r)
		if bad := r.Wrong("credit[0]."); len(bad) != 1 || bad[0].Name != "credit[0]."+name {
			t.Errorf("%s: %v", name, bad)
		}
	}
}

func each(t *testing.T, f func(t *testing.T, d *db.DB, v *crypto.Vault)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context(), crypto.Schema, credit.Schema); err != nil {
			t.Fatal(err)
		}
		master, err := crypto.NewMaster(bytes.Repeat([]byte{7}, 32))
		if err != nil {
			t.Fatal(err)
		}
		f(t, d, crypto.OpenVault(master, func() time.Time { return now }))
	})
}

// An event is there once per source; acts that its state does not allow are refused, and leave nothing.
func TestTheLedgerIsAppendedInOrder(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, v *crypto.Vault) {
		write := func(f func(ctx context.Context, tx *db.Tx) error) error { return d.Write(t.Context(), "test", f) }
		e := credit.Event{ID: db.NewID(), Party: "p", Kind: "a-b", Version: 1, Organ: "o", Item: "i", Case: "c", Source: "undertaking:u", Made: now, AnswerBy: now.AddDate(0, 0, 14)}
		for n, want := range []bool{true, false} {
			var fresh bool
			other := e
			other.ID = db.NewID()
			if n == 0 {
				other = e
			}
			if err := write(func(ctx context.Context, tx *db.Tx) (err error) {
				fresh, err = credit.Propose(ctx, tx, other, "system")
				return err
			}); err != nil || fresh != want {
				t.Fatalf("proposal %d: %v, %v", n, fresh, err)
			}
		}
		act := func(kind, words string) error {
			return write(func(ctx context.Context, tx *db.Tx) error {
				held, err := credit.Lock(ctx, tx, e.ID)
				if err != nil {
					return err
				}
				return credit.Append(ctx, tx, v, &held, credit.Act{Kind: kind, At: now, Actor: "x", From: now, Until: now.AddDate(1, 0, 0)}, words)
			})
		}
		if err := act("repaired", "r"); !fault.Is(err, fault.Conflict) {
			t.Errorf("repaired before it was recorded: %v", err)
		}
		if err := act("recorded", "经核实"); err != nil {
			t.Fatal(err)
		}
		if err := act("recorded", "再来"); !fault.Is(err, fault.Conflict) {
			t.Errorf("recorded twice: %v", err)
		}
		got, err := credit.Get(t.Context(), d, e.ID)
		if err != nil || got.State != credit.Recorded || !got.InForce(now) {
			t.Errorf("%+v %v", got, err)
		}
		acts, err := credit.Acts(t.Context(), d, e.ID)
		if err != nil || len(acts) != 2 {
			t.Fatalf("%v %v", acts, err)
		}
		if words, err := got.Words(t.Context(), d, v, acts[1]); err != nil || words != "经核实" {
			t.Errorf("%q %v", words, err)
		}
		for _, f := range []credit.Filter{{State: credit.Recorded}, {State: credit.Recorded, Organs: []ref.OrganID{"o"}}} {
			if list, err := credit.List(t.Context(), d, f, 10); err != nil || len(list) != 1 {
				t.Errorf("%+v: %v %v", f, list, err)
			}
		}
		if list, err := credit.List(t.Context(), d, credit.Filter{State: credit.Recorded, Organs: []ref.OrganID{"other"}}, 10); err != nil || len(list) != 0 {
			t.Errorf("another organ's: %v %v", list, err)
		}
	})
}

// The latest version of a row is the catalogue's; an event keeps its own.
func TestVersionsOfTheCatalogue(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, _ *crypto.Vault) {
		first, second := row(), row()
		first.Version, second.Version, second.Months, second.Withdrawn = 1, 2, 6, true
		err := d.Write(t.Context(), "test", func(ctx context.Context, tx *db.Tx) error {
			if err := credit.Publish(ctx, tx, first); err != nil {
				return err
			}
			return credit.Publish(ctx, tx, second)
		})
		if err != nil {
			t.Fatal(err)
		}
		all, err := credit.Catalogue(t.Context(), d)
		if err != nil || len(all) != 1 || all[0].Version != 2 || len(credit.For(all, credit.CauseEnded)) != 0 {
			t.Errorf("%+v %v", all, err)
		}
		if old, err := credit.RowOf(t.Context(), d, "a-b", 1); err != nil || old.Months != 12 || !old.Same(row()) {
			t.Errorf("%+v %v", old, err)
		}
		if _, err := credit.RowOf(t.Context(), d, "a-b", 3); !fault.Is(err, fault.NotFound) {
			t.Errorf("a version that is not there: %v", err)
		}
	})
}
