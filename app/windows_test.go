package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/powerlist"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/ref"
	"yimen/view/standing"
)

// hole finds what is said of an item at a window.
func hole(t *testing.T, m *standing.Matrix, window, item string) standing.Reason {
	t.Helper()
	for n, w := range m.Windows {
		for k, i := range m.Items {
			if string(w.ID) == window && string(i.ID) == item {
				return m.At(n, k)
			}
		}
	}
	t.Fatalf("no cell %s %s", window, item)
	return ""
}

func windows(t *testing.T, a *apptest.App) *standing.Matrix {
	t.Helper()
	m, err := (&standing.View{DB: a.DB}).Windows(ctx, a.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// change writes what a process would have written.
func change(t *testing.T, a *apptest.App, f func(tx *db.Tx) error) {
	t.Helper()
	if err := a.DB.Write(ctx, "test", func(_ context.Context, tx *db.Tx) error { return f(tx) }); err != nil {
		t.Fatal(err)
	}
}

func TestEveryWindowDoesEveryItemOrSaysWhyNot(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		m := windows(t, a)
		if len(m.Windows) != 61 || len(m.Items) != len(apptest.Core) {
			t.Fatalf("%d windows, %d items", len(m.Windows), len(m.Items))
		}
		if holes := m.Holes(standing.Part{}); len(holes) != 0 {
			t.Fatalf("%d holes in the town: %+v", len(holes), holes[0])
		}
		clerk, now := a.Staff("clerk01"), a.Clock.Now()
		mine, err := delegation.Find(ctx, a.DB, a.Clock.Now(), delegation.Filter{Staff: []ref.StaffID{clerk.ID}}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		revoke := func(kind delegation.Kind, item string) {
			t.Helper()
			for _, g := range mine {
				if g.Kind == kind && g.Item == item {
					change(t, a, func(tx *db.Tx) error { return delegation.Revoke(ctx, tx, g.ID, now, "岗位调整") })
				}
			}
		}
		revoke(delegation.Accept, "cc-road-dig")
		if got := hole(t, windows(t, a), "zumiao-01", "cc-road-dig"); got != standing.Accept {
			t.Errorf("without acceptance: %q", got)
		}
		revoke(delegation.Receive, "*")
		m = windows(t, a)
		for item, want := range map[string]standing.Reason{"cc-road-dig": standing.Receive, "cc-hygiene": standing.Receive, "cc-outdoor-ad": standing.Whole} {
			if got := hole(t, m, "zumiao-01", item); got != want {
				t.Errorf("%s: %q, not %q", item, got, want)
			}
		}
		open := catalog.Opening{Item: "cc-show", Hall: m.Windows[0].Hall, Kind: catalog.Every, From: "2026-05-01", ID: "later"}
		change(t, a, func(tx *db.Tx) error { return catalog.AddOpening(ctx, tx, open) })
		for _, h := range windows(t, a).Holes(standing.Part{Reason: standing.NotYet}) {
			if h.Item.ID != open.Item || len(h.Windows) == 0 || h.Detail != open.From && h.Windows[0].Hall == open.Hall || h.Detail != "" && h.Windows[0].Hall != open.Hall {
				t.Errorf("not open: %+v", h)
			}
		}
		if got := hole(t, windows(t, a), "zumiao-01", "cc-show"); got != standing.NotYet {
			t.Errorf("open later: %q", got)
		}
		change(t, a, func(tx *db.Tx) error {
			return powerlist.End(ctx, tx, powerlist.Powers, "cc-hygiene@1", now, "权力收回")
		})
		m = windows(t, a)
		part := standing.Part{Hall: m.Windows[0].Hall, Reason: standing.NoPower}
		holes := m.Holes(part)
		if len(holes) != 1 || holes[0].Item.ID != "cc-hygiene" || len(holes[0].Windows) == 0 || holes[0].Windows[0].Hall != part.Hall {
			t.Errorf("%+v", holes)
		}
		all, whole := 0, 0
		for _, organs := range m.Tally(standing.Part{}) {
			for _, c := range organs {
				all, whole = all+c.Cells, whole+c.Whole
			}
		}
		if all != 61*len(apptest.Core) || whole >= all-61 {
			t.Errorf("%d of %d are whole", whole, all)
		}
	})
}

func TestTheOverviewSaysWhatIsOutAndWhy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		now := a.Clock.Now()
		bar := powerlist.Negative{Kind: powerlist.NoItem, Name: "广告审批", Keywords: "大型户外广告", Reason: "不再审批",
			Basis: powerlist.Cite(powerlist.Citation{Law: "优化营商环境条例", Article: 40, Text: "清单之外不得违法实施行政许可"}), Period: powerlist.Period{From: a.Clock.Now()}}
		change(t, a, func(tx *db.Tx) error { return powerlist.AddNegative(ctx, tx, bar) })
		bounds, err := powerlist.Bounds(ctx, a.DB, "cc-show")
		if err != nil || len(bounds) != 1 {
			t.Fatal(bounds, err)
		}
		change(t, a, func(tx *db.Tx) error {
			return powerlist.End(ctx, tx, powerlist.Supervisions, bounds[0].ID, now, "重订")
		})
		organs, err := (&standing.View{DB: a.DB}).Overview(ctx, a.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		got := map[ref.ItemID]standing.Reason{}
		in := 0
		for _, o := range organs {
			in += len(o.In)
			for _, i := range o.Out {
				got[i.ID] = i.Out
			}
		}
		if len(got) != 2 || got["cc-outdoor-ad"] != standing.Negative || got["cc-show"] != standing.Unbound || in != len(apptest.Core)-2 {
			t.Errorf("%v, %d in", got, in)
		}
	})
}

// BenchmarkWindows is the whole town as it will be: 61 windows, 268 items, one grant for each
// item that a window accepts. The first round reads every document.
func BenchmarkWindows(b *testing.B) {
	for name, address := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			d, at := bigTown(b, address(b)), time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
			b.Run("cold", func(b *testing.B) {
				for b.Loop() {
					whole(b, &standing.View{DB: d}, at)
				}
			})
			v := &standing.View{DB: d}
			b.Run("warm", func(b *testing.B) {
				for b.Loop() {
					whole(b, v, at)
				}
			})
		})
	}
}

func whole(b *testing.B, v *standing.View, at time.Time) {
	m, err := v.Windows(ctx, at)
	if err != nil || len(m.Windows) != 61 || len(m.Items) != 268 {
		b.Fatal(err)
	}
	if m.Tally(standing.Part{}); len(m.Holes(standing.Part{})) != 0 {
		b.Fatal("holes")
	}
}

func bigTown(b *testing.B, address string) *db.DB {
	d, err := db.Open(ctx, address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	if err := d.Migrate(ctx, org.Schema, catalog.Schema, powerlist.Schema, delegation.Schema); err != nil {
		b.Fatal(err)
	}
	var halls []org.Hall
	var seats []org.Window
	var clerks []org.Staff
	for n := range 61 {
		hall := ref.HallID(fmt.Sprint("hall", n%4))
		if n < 4 {
			halls = append(halls, org.Hall{ID: hall, Code: string(hall)})
		}
		w := org.Window{ID: ref.WindowID(fmt.Sprint("w", n)), Hall: hall, Number: n}
		seats = append(seats, w)
		clerks = append(clerks, org.Staff{ID: ref.StaffID(fmt.Sprint("c", n)), Account: fmt.Sprint("c", n), Hall: hall, Window: w.ID, Roles: "clerk", Active: true})
	}
	const organ = ref.OrganID("11449901009000859R")
	err = d.Write(ctx, "test.town", func(ctx context.Context, tx *db.Tx) error {
		for _, f := range []func() error{
			func() error { return org.AddOrgans(ctx, tx, org.Organ{ID: organ, Name: "局"}) },
			func() error { return org.AddHalls(ctx, tx, halls...) },
			func() error { return org.AddWindows(ctx, tx, seats...) },
			func() error { return org.AddStaff(ctx, tx, clerks...) },
			func() error { return powers(tx, organ) },
			func() error { return items(tx, organ) },
			func() error { return grants(tx, organ) },
		} {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return d
}

func powers(tx *db.Tx, organ ref.OrganID) error {
	var list []powerlist.Power
	var bounds []powerlist.Supervision
	for n := range 67 {
		p := powerlist.Power{Word: fmt.Sprint("p", n), Name: "权力", Code: fmt.Sprintf("4401%05d000", n), Organ: organ, Level: 4, Basis: "[]", Delegable: "receive,accept", Period: powerlist.Period{From: time.Unix(1, 0)}}
		list = append(list, p)
		bounds = append(bounds, powerlist.Supervision{Power: p.Word, Organ: organ, Name: p.Name, Step: "decide", Basis: "[]", Period: p.Period})
	}
	if err := powerlist.AddPowers(ctx, tx, list...); err != nil {
		return err
	}
	return powerlist.AddSupervision(ctx, tx, bounds...)
}

func items(tx *db.Tx, organ ref.OrganID) error {
	for n := range 268 {
		it := &catalog.Item{ID: ref.ItemID(fmt.Sprint("i", n)), Name: fmt.Sprint("事项", n), TaskCode: fmt.Sprintf("%s44401%05d%03d", organ, n%67, n/67), Organ: organ, Level: 4, Accept: catalog.AcceptAtWindow,
			Summary: strings.Repeat("这一件事要写清楚。", 500), Plan: catalog.Plan{Steps: []catalog.Step{{ID: "decide", Kind: "decide"}}}}
		if raw, err := json.Marshal(it); err != nil || len(raw) < 12000 {
			return fmt.Errorf("a document of %d bytes: %w", len(raw), err)
		}
		if _, err := catalog.Publish(ctx, tx, it, time.Unix(2, 0)); err != nil {
			return err
		}
	}
	return nil
}

func grants(tx *db.Tx, organ ref.OrganID) error {
	for n := range 61 {
		staff := ref.StaffID(fmt.Sprint("c", n))
		some := []delegation.Grant{{ID: fmt.Sprint("r", n), Staff: staff, Organ: "*", Item: "*", Kind: delegation.Receive, From: time.Unix(1, 0)}}
		for k := range 268 {
			some = append(some, delegation.Grant{ID: fmt.Sprint("a", n, ".", k), Staff: staff, Organ: string(organ), Item: fmt.Sprint("i", k), Kind: delegation.Accept, From: time.Unix(1, 0)})
		}
		if err := delegation.Add(ctx, tx, some...); err != nil {
			return err
		}
	}
	return nil
}
