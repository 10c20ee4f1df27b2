package rule

import (
	"context"
	"testing"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)
)

func write(t *testing.T, d *db.DB, f func(ctx context.Context, tx *db.Tx) error) error {
	t.Helper()
	return d.Write(ctx, "rule", f)
}

func keep(t *testing.T, d *db.DB, table Table, by ref.StaffID, rev int64) (out Draft, err error) {
	err = write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = KeepDraft(ctx, tx, table, by, rev, now)
		return err
	})
	return out, err
}

func signFirst(t *testing.T, d *db.DB, c *Compiled, by ref.StaffID) error {
	return write(t, d, func(ctx context.Context, tx *db.Tx) error { return SignFirst(ctx, tx, c, by, now) })
}

func signSecond(t *testing.T, d *db.DB, c *Compiled, by ref.StaffID, effective time.Time) (v Release, err error) {
	err = write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		v, err = SignSecond(ctx, tx, c, by, effective, "replay", now)
		return err
	})
	return v, err
}

func sound(t *testing.T, table Table) *Compiled {
	t.Helper()
	c, _, flaws := Sound(table)
	if len(flaws) > 0 || !c.sound {
		t.Fatal(flaws)
	}
	return c
}

func TestDraftsAndSignatures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table := sample()
		draft, err := keep(t, d, table, "ann", 0)
		if err != nil || draft.Rev != 1 {
			t.Fatal(draft, err)
		}
		if _, err := keep(t, d, table, "bob", 0); !fault.Is(err, fault.Conflict) {
			t.Error("a second new table under the id:", err)
		}
		c := sound(t, table)
		if _, err := signSecond(t, d, c, "bob", now); !fault.Is(err, fault.Conflict) {
			t.Error("second before first:", err)
		}
		if err := signFirst(t, d, c, "ann"); err != nil {
			t.Fatal("the author may sign first:", err)
		}
		if _, err := signSecond(t, d, c, "ann", now); !fault.Is(err, fault.Denied) {
			t.Error("one person twice:", err)
		}
		if draft, err = keep(t, d, table, "bob", 2); err != nil || draft.FirstSigner != "ann" || draft.Rev != 2 {
			t.Error("saving the same keeps the signature:", draft, err)
		}
		table.Name = "新名"
		if _, err := keep(t, d, table, "bob", 1); !fault.Is(err, fault.Conflict) {
			t.Error("an old revision:", err)
		}
		if draft, err = keep(t, d, table, "bob", 2); err != nil || draft.FirstSigner != "" || draft.Author != "bob" {
			t.Error("a change takes the signature:", draft, err)
		}
		if _, err := signSecond(t, d, c, "bob", now); !fault.Is(err, fault.Conflict) {
			t.Error("signed what is no longer there:", err)
		}
		flawed := table
		flawed.Rows = append([]Row{}, table.Rows...)
		flawed.Rows[1].Cells = []string{"-", "-", "-", "-"}
		if c, _, _ := Sound(flawed); !fault.Is(signFirst(t, d, c, "ann"), fault.Invalid) {
			t.Error("an overlap under U was signed")
		}
	}, Schema)
}

func TestReleasesInForce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table := sample()
		days := []time.Time{now, now.AddDate(0, 1, 0)}
		for i, name := range []string{"一", "二"} {
			table.Name = name
			rev := int64(0)
			if i > 0 {
				old, _ := GetDraft(ctx, d, table.ID)
				rev = old.Rev
			}
			if _, err := keep(t, d, table, "ann", rev); err != nil {
				t.Fatal(err)
			}
			c := sound(t, table)
			if err := signFirst(t, d, c, "ann"); err != nil {
				t.Fatal(err)
			}
			if _, err := signSecond(t, d, c, "bob", now.Add(-time.Second)); !fault.Is(err, fault.Invalid) {
				t.Error("a rule reaches back:", err)
			}
			if v, err := signSecond(t, d, c, "bob", days[i]); err != nil || v.Number != i+1 {
				t.Fatal(v, err)
			}
		}
		if _, _, err := InForce(ctx, d, table.ID, now.Add(-time.Hour)); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		for at, want := range map[time.Time]string{now: "一", now.AddDate(0, 0, 30): "一", days[1]: "二", days[1].AddDate(1, 0, 0): "二"} {
			v, c, err := InForce(ctx, d, table.ID, at)
			if err != nil || c.Table().Name != want || v.SecondSigner != "bob" || v.Replay != "replay" || c.Digest() != v.Digest {
				t.Errorf("%s: %+v %v", at, v, err)
			}
			if got, err := v.Table(); err != nil || got.Name != want {
				t.Error(got, err)
			}
		}
		vs, err := Versions(ctx, d, table.ID, 0, 10)
		if err != nil || len(vs) != 2 || vs[0].Number != 2 || vs[1].Effective != now {
			t.Error(vs, err)
		}
		if draft, err := GetDraft(ctx, d, table.ID); err != nil || draft.Released != 2 || draft.FirstSigner != "" {
			t.Error(draft, err)
		}
	}, Schema)
}
