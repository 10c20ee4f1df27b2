package powerlist_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"yimen/domain/powerlist"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

var (
	ctx = context.Background()
	day = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
)

func write(t *testing.T, d *db.DB, f func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(ctx, "test", func(_ context.Context, tx *db.Tx) error { return f(tx) }); err != nil {
		t.Fatal(err)
	}
}

func power(word, name, code string, from time.Time) powerlist.Power {
	return powerlist.Power{Word: word, Name: name, Code: code, Organ: "o", Level: 4, Basis: "[]", Delegable: "receive,accept", Period: powerlist.Period{From: from}}
}

func TestAVersionEndsWhereTheNextBegins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		later := day.AddDate(0, 1, 0)
		write(t, d, func(tx *db.Tx) error {
			return powerlist.AddPowers(ctx, tx, power("dig", "挖路", "440117011002", day))
		})
		write(t, d, func(tx *db.Tx) error {
			return powerlist.AddPowers(ctx, tx, power("dig", "挖掘道路", "440117011002", later))
		})
		err := d.Write(ctx, "test", func(_ context.Context, tx *db.Tx) error {
			return powerlist.AddPowers(ctx, tx, power("dig", "太早", "440117011002", day))
		})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a version before the last: %v", err)
		}
		for at, want := range map[time.Time]string{day: "dig@1", later.Add(-time.Microsecond): "dig@1", later: "dig@2", later.AddDate(9, 0, 0): "dig@2"} {
			p, err := powerlist.Own(ctx, d, at, "o", "440117011002")
			if err != nil || p.ID != want {
				t.Errorf("%s: %s %v", at, p.ID, err)
			}
		}
		for _, c := range []struct {
			at    time.Time
			organ ref.OrganID
			code  string
			want  bool
		}{{day, "o", "440117011002", true}, {day.Add(-time.Second), "o", "440117011002", false}, {day, "other", "440117011002", false}, {day, "o", "440117011003", false}} {
			if has, err := powerlist.Owned(ctx, d, c.at, c.organ, c.code); has != c.want || err != nil {
				t.Errorf("%+v: %v %v", c, has, err)
			}
		}
		all, err := powerlist.Versions(ctx, d, "dig")
		if err != nil || len(all) != 2 || !all[1].Until.Equal(later) {
			t.Errorf("%+v %v", all, err)
		}
	}, powerlist.Schema)
}

func TestTheGateSaysEveryBreach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error {
			return powerlist.AddPowers(ctx, tx, power("dig", "挖路", "440117011002", day))
		})
		bounds := powerlist.Supervision{Power: "dig", Organ: "o", Name: "挖路", Step: "decide", Judged: "面积", Bounds: "一百", After: "查", Basis: "[]", Period: powerlist.Period{From: day}}
		write(t, d, func(tx *db.Tx) error { return powerlist.AddSupervision(ctx, tx, bounds) })
		write(t, d, func(tx *db.Tx) error {
			return powerlist.AddNegative(ctx, tx, powerlist.Negative{ID: "n", Kind: powerlist.NoItem, Name: "年检", Keywords: "年检\n验照", Reason: "已经取消。", Basis: powerlist.Cite(powerlist.Citation{Law: "某条例", Article: 8, Text: "字"}), Period: powerlist.Period{From: day}},
				powerlist.Negative{ID: "p", Kind: powerlist.NoProof, Name: "未婚证明", Keywords: "未婚证明", Reason: "核验。", Basis: "[]", Period: powerlist.Period{From: day}},
				powerlist.Negative{ID: "c", Kind: powerlist.NoItem, Name: "码", Code: "440199999000", Reason: "码。", Basis: "[]", Period: powerlist.Period{From: day, Until: day.AddDate(0, 0, 1)}})
		})
		good := powerlist.Facts{Name: "挖掘道路", Code: "440117011002", Organ: "o", Level: 4, AtWindow: true, Steps: []powerlist.Step{{ID: "decide", Path: "plan.steps[0]"}}, Papers: []powerlist.Paper{{Name: "图纸", Path: "materials[0].name"}}}
		for _, c := range []struct {
			name   string
			at     time.Time
			change func(*powerlist.Facts)
			want   []string
		}{
			{"whole", day, func(*powerlist.Facts) {}, nil},
			{"before the power", day.Add(-time.Second), func(*powerlist.Facts) {}, []string{"powerlist.no_power"}},
			{"below", day, func(f *powerlist.Facts) { f.Level = 5 }, []string{"powerlist.not_at_level"}},
			{"above", day, func(f *powerlist.Facts) { f.Level = 3 }, []string{"powerlist.not_at_level"}},
			{"two decisions", day, func(f *powerlist.Facts) { f.Steps = append(f.Steps, powerlist.Step{ID: "second"}) }, []string{"powerlist.unbound"}},
			{"barred by word", day, func(f *powerlist.Facts) { f.Name = "执照年检" }, []string{"powerlist.barred"}},
			{"a proof's word in an item's name", day, func(f *powerlist.Facts) { f.Name = "出具未婚证明" }, nil},
			{"a proof asked for", day, func(f *powerlist.Facts) { f.Papers[0].Name = "未婚证明" }, []string{"powerlist.paper_barred?"}},
			{"barred by code, and no power", day, func(f *powerlist.Facts) { f.Code = "440199999000" }, []string{"powerlist.barred", "powerlist.no_power"}},
			{"no longer barred", day.AddDate(0, 0, 1), func(f *powerlist.Facts) { f.Code = "440199999000" }, []string{"powerlist.no_power"}},
		} {
			f := good
			f.Steps, f.Papers = slices.Clone(good.Steps), slices.Clone(good.Papers)
			c.change(&f)
			found, err := powerlist.Gate(ctx, d, f, c.at)
			var got []string
			for _, b := range found {
				key := b.Key
				if b.Warn {
					key += "?"
				}
				got = append(got, key)
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s: %v %v", c.name, got, err)
			}
		}
	}, powerlist.Schema)
}

func TestListsGoOnBehindARow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error {
			return powerlist.AddPowers(ctx, tx, power("c", "丙事", "440100003000", day), power("a", "同名", "440100001000", day), power("b", "同名", "440100002000", day))
		})
		write(t, d, func(tx *db.Tx) error {
			return powerlist.End(ctx, tx, powerlist.Powers, "c@1", day.AddDate(0, 0, 1), "取消")
		})
		var got []string
		f := powerlist.Filter{}
		for range 4 {
			rows, err := powerlist.FindPowers(ctx, d, day, f, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range rows {
				got, f.Name, f.ID = append(got, p.Word), p.Name, p.ID
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("%v", got)
		}
		for _, c := range []struct {
			f    powerlist.Filter
			at   time.Time
			want int
		}{
			{powerlist.Filter{Query: "同名"}, day, 2}, {powerlist.Filter{Query: "tm"}, day, 2}, {powerlist.Filter{Query: "4401 0000 3"}, day, 1}, {powerlist.Filter{Query: "没有"}, day, 0},
			{powerlist.Filter{}, day.AddDate(0, 0, 1), 2}, {powerlist.Filter{Ended: true}, day.AddDate(0, 0, 1), 1}, {powerlist.Filter{Organ: "x"}, day, 0}, {powerlist.Filter{Level: 4}, day, 3}, {powerlist.Filter{Level: 5}, day, 0},
		} {
			if rows, err := powerlist.FindPowers(ctx, d, c.at, c.f, 10); err != nil || len(rows) != c.want {
				t.Errorf("%+v: %d %v", c.f, len(rows), err)
			}
		}
	}, powerlist.Schema)
}
