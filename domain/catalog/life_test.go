package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yimen/domain/catalog"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/ref"
)

var now = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

func TestEditionsAreCompared(t *testing.T) {
	law := catalog.Citation{Law: "城市道路管理条例", Article: 33, Paragraph: 1}
	old := map[string]catalog.Basic{}
	for _, b := range []catalog.Basic{{Code: "a", Name: "甲", State: catalog.InUse, Levels: []ref.Level{3}}, {Code: "b", Name: "乙", State: catalog.InUse, Levels: []ref.Level{4}},
		{Code: "c", Name: "丙", State: catalog.InUse, Basis: []catalog.Citation{law}, Levels: []ref.Level{4}}, {Code: "d", Name: "丁", State: catalog.InUse}, {Code: "e", Name: "戊", State: catalog.InUse}, {Code: "f", State: catalog.Cancelled}} {
		old[b.Code] = b
	}
	edition := []catalog.Basic{{Code: "a", Name: "甲", State: catalog.InUse, Levels: []ref.Level{3, 4}}, {Code: "b", Name: "乙", State: catalog.InUse, Levels: []ref.Level{3}},
		{Code: "c", Name: "丙丙", State: catalog.InUse, Levels: []ref.Level{4}}, {Code: "d", Name: "丁", State: catalog.Cancelled}, {Code: "g", Name: "庚", State: catalog.InUse}}
	var got []string
	for _, c := range catalog.Compare(old, edition) {
		got = append(got, fmt.Sprintf("%s %s %q %q", c.Code, c.Kind, c.Before, c.After))
	}
	want := []string{`a given_down "3" "3,4"`, `b taken_up "4" "3"`, `c renamed "丙" "丙丙"`, `c rebased "城市道路管理条例 33(1)" ""`, `d gone "丁" ""`, `g added "" "庚"`, `e gone "戊" ""`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	again := map[string]catalog.Basic{}
	for _, b := range edition {
		again[b.Code] = b
	}
	if left := catalog.Compare(again, edition); len(left) > 0 {
		t.Errorf("the same edition again changes %v", left)
	}
}

func TestOpeningsStepByStep(t *testing.T) {
	plan := []catalog.Opening{{Hall: "h1", Kind: "natural", From: "2026-03-01"}, {Hall: "h1", Kind: catalog.Every, From: "2026-04-01"}, {Hall: catalog.Online, Kind: catalog.Every, From: "2026-05-01"}}
	for _, c := range []struct {
		lines []catalog.Opening
		hall  ref.HallID
		kind  ref.PartyKind
		day   string
		open  bool
		from  string
	}{
		{nil, "h9", ref.PartyLegal, "2026-03-02", true, ""},
		{plan, "h1", ref.PartyNatural, "2026-03-01", true, ""},
		{plan, "h1", ref.PartyNatural, "2026-02-28", false, "2026-03-01"},
		{plan, "h1", ref.PartyLegal, "2026-03-02", false, "2026-04-01"},
		{plan, "h1", ref.PartyLegal, "2026-04-01", true, ""},
		{plan, catalog.Online, ref.PartyLegal, "2026-04-01", false, "2026-05-01"},
		{plan, "h2", ref.PartyLegal, "2026-12-31", false, ""},
	} {
		if open, from := catalog.Open(c.lines, c.hall, c.kind, c.day); open != c.open || from != c.from {
			t.Errorf("%+v: %v %q", c, open, from)
		}
	}
}

func TestDifferencesNameEveryField(t *testing.T) {
	a := &catalog.Item{Name: "旧", Materials: []catalog.MaterialSpec{{ID: "m1", Name: "申请书"}, {ID: "m2", Name: "身份证", Copies: 1}},
		Conditions: []catalog.Clause{{Text: "甲"}, {Text: "乙"}}, Times: catalog.Times{Promised: catalog.Span{N: 5, Unit: "workday"}}}
	b := &catalog.Item{Name: "新", Materials: []catalog.MaterialSpec{{ID: "m2", Name: "居民身份证", Copies: 1}, {ID: "m3", Name: "照片"}}, Aliases: []string{},
		Conditions: []catalog.Clause{{Text: "甲", Basis: &catalog.Citation{Law: "行政许可法", Article: 32}}, {Text: "丙"}}, Times: catalog.Times{Promised: catalog.Span{N: 3, Unit: "workday"}}}
	var got []string
	for _, d := range catalog.Differences(a, b) {
		var at []string
		for _, p := range d.Path {
			at = append(at, p.Field+"["+p.Row+"]")
		}
		got = append(got, strings.Join(at, " ")+fmt.Sprint(" ", d.Before != nil, d.After != nil))
	}
	want := []string{"item.name[] true true", "item.conditions[甲] clause.basis[] false true", "item.conditions[乙] true false", "item.conditions[丙] false true",
		"item.materials[m1] true false", "item.materials[m2] materialspec.name[] true true", "item.materials[m3] false true", "item.times[] times.promised[] true true"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if same := catalog.Differences(a, a); len(same) > 0 {
		t.Errorf("an item differs from itself: %v", same)
	}
}

// TestTenThousandItems: a page of the list is read along an index, whatever narrows it.
func TestTenThousandItems(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		fill(t, d, 10_000)
		seen, w := map[ref.ItemID]bool{}, catalog.Wanted{Organ: "organ-3"}
		for {
			rows, err := catalog.Browse(ctx, d, w, 100)
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) == 0 {
				break
			}
			for _, r := range rows {
				if seen[r.ID] || r.Organ != "organ-3" {
					t.Fatalf("%v twice or strange", r)
				}
				seen[r.ID] = true
			}
			w.Name, w.ID = rows[len(rows)-1].Name, rows[len(rows)-1].ID
		}
		if len(seen) != 1000 {
			t.Errorf("%d items", len(seen))
		}
		for _, w := range []catalog.Wanted{{}, {Organ: "organ-3"}, {State: catalog.Cancelled}, {Level: 5}, {TaskType: "10"}, {Name: "事项 05000", ID: "i-05000"}} {
			if plan := catalog.PlanOf(t, d, w); d.Engine() == db.SQLite && (strings.Contains(plan, "TEMP B-TREE") || !strings.Contains(plan, "catalog_item_")) {
				t.Errorf("%+v is read by %s", w, plan)
			}
		}
		if rows, err := catalog.Browse(ctx, d, catalog.Wanted{Query: "事项 00042"}, 3); err != nil || len(rows) != 0 {
			t.Errorf("%v %v", rows, err) // the rows of this test have no terms
		}
	})
}

func fill(t *testing.T, d *db.DB, n int) {
	t.Helper()
	err := d.Write(context.Background(), "test.Fill", func(ctx context.Context, tx *db.Tx) error {
		var rows []catalog.Row
		for i := range n {
			rows = append(rows, catalog.Row{ID: ref.ItemID(fmt.Sprintf("i-%05d", i)), Name: fmt.Sprintf("事项 %05d", i), Organ: ref.OrganID(fmt.Sprintf("organ-%d", i%10)),
				State: catalog.States[i%3], Level: ref.Level(4 + i%3), TaskType: ref.TaskTypes()[i%11]})
		}
		for chunk := range slices.Chunk(rows, 500) {
			if err := db.Insert(ctx, tx, "catalog_item", chunk...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTurnsAndVersions: what is suspended is found by the desk and by nobody who wants to apply.
func TestTurnsAndVersions(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		turn := func(id string, s catalog.State) (took bool) {
			err := d.Write(ctx, "test.Turn", func(ctx context.Context, tx *db.Tx) error {
				x := catalog.Turn{ID: id, Item: "i-1", State: s, Reason: "系统升级", From: "2026-03-02", At: now}
				if err := catalog.AddTurn(ctx, tx, x); err != nil {
					return err
				}
				var err error
				took, err = catalog.Take(ctx, tx, x, now)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return took
		}
		for range 2 {
			err := d.Write(ctx, "test.Publish", func(ctx context.Context, tx *db.Tx) error {
				_, err := catalog.Publish(ctx, tx, &catalog.Item{ID: "i-1", Name: "挖掘城市道路审批", Organ: "o", TaskCode: "11449901009000859R4440117011002", Level: 4, TaskType: "01"}, now)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		found := func() (offered, listed, all int) {
			a, err := catalog.Find(ctx, d, catalog.Looking{Words: "城市道路", Limit: 10})
			b, err2 := catalog.List(ctx, d, "", "", 10)
			c, err3 := catalog.Browse(ctx, d, catalog.Wanted{Query: "城市道路"}, 10)
			if err != nil || err2 != nil || err3 != nil {
				t.Fatal(err, err2, err3)
			}
			return len(a), len(b), len(c)
		}
		for i, step := range []struct {
			to      catalog.State
			took    bool
			offered int
		}{{catalog.Suspended, true, 0}, {catalog.Suspended, false, 0}, {catalog.InUse, true, 1}, {catalog.Cancelled, true, 0}, {catalog.InUse, false, 0}} {
			if took := turn(fmt.Sprint("t", i), step.to); took != step.took {
				t.Errorf("turn %d took %v", i, took)
			}
			if a, b, c := found(); a != step.offered || b != step.offered || c != 1 {
				t.Errorf("after turn %d: %d offered, %d listed, %d at the desk", i, a, b, c)
			}
		}
		row, err := catalog.GetRow(ctx, d, "i-1")
		if err != nil || row.State != catalog.Cancelled || row.Reason != "系统升级" || row.Level != 4 || row.TaskType != "01" || row.CatalogCode != "440117011002" {
			t.Errorf("%+v %v", row, err)
		}
		if v, err := catalog.Versions(ctx, d, "i-1"); err != nil || len(v) != 2 || v[0].Number != 2 || v[0].Body != "" {
			t.Errorf("%+v %v", v, err)
		}
		if all, err := catalog.Turns(ctx, d, "i-1"); err != nil || len(all) != 5 || all[0].Done.IsZero() {
			t.Errorf("%+v %v", all, err)
		}
	})
}

func each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { f(t, d) }, catalog.Schema)
}
