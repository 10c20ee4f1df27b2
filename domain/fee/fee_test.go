package fee_test

import (
	"context"
	"testing"
	"time"

	"yimen/domain/fee"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
)

var (
	ctx = context.Background()
	day = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)
)

func TestALineIsChargedToTheFen(t *testing.T) {
	for _, c := range []struct {
		price, most int64
		count       string
		want        int64
		wrong       bool
	}{
		{20000, 0, "0.01", 200, false}, {50, 0, "40", 2000, false}, {33, 0, "0.5", 17, false}, {100, 0, "1e2", 10000, false}, {100, 0, "0", 0, false}, {100_000_000, 0, "1000000", 100_000_000_000_000, false},
		{100, 0, "-1", 0, true}, {100, 0, "x", 0, true}, {100, 0, "", 0, true}, {100, 0, "1000001", 0, true}, {100, 10, "10", 1000, false}, {100, 10, "10.01", 0, true},
	} {
		got, err := fee.Line{Price: c.price, Most: c.most}.Charge(c.count)
		if fault.Is(err, fault.Invalid) != c.wrong || got.Amount != c.want || !c.wrong && got.Count != c.count {
			t.Errorf("%d × %q: %d %v", c.price, c.count, got.Amount, err)
		}
	}
}

func TestWhereABillStandsByItsLines(t *testing.T) {
	counted, open := fee.Line{Name: "一", Price: 100, Count: "2", Amount: 200}, fee.Line{Name: "二", Price: 100, Most: 5}
	for _, c := range []struct {
		lines  []fee.Line
		relief int64
		want   fee.State
		amount int64
	}{{[]fee.Line{counted}, 0, fee.Due, 200}, {[]fee.Line{counted, open}, 0, fee.Open, 200}, {[]fee.Line{counted}, 200, fee.Waived, 0}, {[]fee.Line{{Count: "0"}}, 0, fee.Waived, 0}, {[]fee.Line{counted}, 50, fee.Due, 150}} {
		b := fee.Bill{Relief: c.relief}.With(c.lines)
		if b.State != c.want || b.Amount() != c.amount || len(b.Lines()) != len(c.lines) || b.Lines()[0] != c.lines[0] {
			t.Errorf("%+v", b)
		}
	}
	for s, want := range map[fee.State]bool{fee.Open: false, fee.Due: false, fee.Paid: true, fee.Waived: true, fee.Lapsed: false} {
		if s.Settled() != want {
			t.Error(s)
		}
	}
	if fee.Yuan(2880005) != "28800.05" || fee.Yuan(7) != "0.07" {
		t.Error(fee.Yuan(2880005), fee.Yuan(7))
	}
}

func TestTwoSidesOfADay(t *testing.T) {
	m := func(serial string, amount int64) fee.Move {
		return fee.Move{Serial: serial, Order: "o" + serial, Amount: amount}
	}
	got := fee.Compare([]fee.Move{m("1", 10), m("2", 20), m("3", 30), m("5", -5)}, []fee.Move{m("1", 10), m("2", 21), m("4", 40), m("5", -5)})
	want := []fee.Difference{{Kind: fee.Amounts, Serial: "2", Order: "o2", Ours: 20, Theirs: 21}, {Kind: fee.Missing, Serial: "3", Order: "o3", Ours: 30}, {Kind: fee.Unheard, Serial: "4", Order: "o4", Theirs: 40}}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if g := got[i]; g.Kind != want[i].Kind || g.Serial != want[i].Serial || g.Order != want[i].Order || g.Ours != want[i].Ours || g.Theirs != want[i].Theirs {
			t.Errorf("%+v, want %+v", g, want[i])
		}
	}
	if same := fee.Compare([]fee.Move{m("1", 1)}, []fee.Move{m("1", 1)}); len(same) != 0 {
		t.Error(same)
	}
}

func each(t *testing.T, f func(t *testing.T, d *db.DB, write func(func(tx *db.Tx) error))) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f(t, d, func(act func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(ctx, "test", func(_ context.Context, tx *db.Tx) error { return act(tx) }); err != nil {
				t.Fatal(err)
			}
		})
	}, fee.Schema)
}

func TestBillsOrdersAndChangesAreKept(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, write func(func(tx *db.Tx) error)) {
		b := fee.Bill{ID: "b", Case: "c", CaseItem: "i", Party: "p", Organ: "o", Rev: 1, Made: day, Due: day.Add(48 * time.Hour)}.With([]fee.Line{{Name: "费", Price: 100, Count: "2", Amount: 200, Basis: fee.Basis{Law: "某法", Article: 3}}})
		o, err := fee.NewOrder(b, day)
		if err != nil || len(o.No) != 20 || o.Amount != 200 {
			t.Fatal(o, err)
		}
		x := fee.Change{ID: "x", Bill: "b", Case: "c", Kind: fee.Relief, Amount: 50, Basis: "某办法", State: fee.Proposed, By: "s1", Made: day}
		write(func(tx *db.Tx) error {
			if err := fee.Add(ctx, tx, b); err != nil {
				return err
			}
			if err := fee.AddOrder(ctx, tx, o); err != nil {
				return err
			}
			return fee.AddChange(ctx, tx, x)
		})
		b.State, b.Paid, b.Settled, b.Rev = fee.Paid, 200, day, 2
		o.Number, o.Address, o.Tries = "n", "https://pay", 3
		x.State, x.Second, x.Done = fee.Done, "s2", day
		write(func(tx *db.Tx) error {
			if err := fee.Save(ctx, tx, b); err != nil {
				return err
			}
			if err := fee.SaveOrder(ctx, tx, o); err != nil {
				return err
			}
			return fee.SaveChange(ctx, tx, x)
		})
		got, err := fee.ByItem(ctx, d, "i")
		if err != nil || got.State != fee.Paid || got.Left() != 200 || got.LastDay().String() != "2026-03-04" || got.Lines()[0].Basis.Law != "某法" {
			t.Errorf("%+v %v", got, err)
		}
		if of, err := fee.OrderOf(ctx, d, fee.Bill{ID: "b", Rev: 1}); err != nil || of != o {
			t.Errorf("%+v %v", of, err)
		}
		if _, err := fee.OrderOf(ctx, d, got); !fault.Is(err, fault.NotFound) {
			t.Error("the order of an older amount", err)
		}
		all, err := fee.Changes(ctx, d, "b")
		if err != nil || len(all) != 1 || all[0].State != fee.Done || all[0].Second != "s2" {
			t.Errorf("%+v %v", all, err)
		}
		if back, err := fee.RefundsBetween(ctx, d, day, day.Add(time.Hour)); err != nil || len(back) != 0 {
			t.Error("a relief is no refund", back, err)
		}
	})
}

func TestAPaymentIsHeardOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, write func(func(tx *db.Tx) error)) {
		var first, second, off, again bool
		write(func(tx *db.Tx) (err error) {
			p := fee.Payment{Serial: "S1", Order: "o", Amount: 100, State: fee.Parked, Why: fee.UnknownOrder, At: day, Heard: day}
			if first, err = fee.Hear(ctx, tx, p); err != nil {
				return err
			}
			p.Amount = 999
			second, err = fee.Hear(ctx, tx, p)
			return err
		})
		if got, err := fee.GetPayment(ctx, d, "S1"); err != nil || !first || second || got.Amount != 100 {
			t.Fatal(first, second, got, err)
		}
		if in, err := fee.PaymentsBetween(ctx, d, day, day.Add(time.Microsecond)); err != nil || len(in) != 1 {
			t.Error(in, err)
		}
		parked, err := fee.ParkedPayments(ctx, d, time.Time{}, "", 10)
		if err != nil || len(parked) != 1 {
			t.Fatal(parked, err)
		}
		if rest, err := fee.ParkedPayments(ctx, d, parked[0].Heard, parked[0].Serial, 10); err != nil || len(rest) != 0 {
			t.Error("the same row on the next page", rest, err)
		}
		p := parked[0]
		p.By, p.Worked = "s", day
		write(func(tx *db.Tx) (err error) {
			if off, err = fee.WorkPayment(ctx, tx, p); err != nil {
				return err
			}
			again, err = fee.WorkPayment(ctx, tx, p)
			return err
		})
		if !off || again {
			t.Error(off, again)
		}
	})
}

func TestDaysAndDifferences(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, write func(func(tx *db.Tx) error)) {
		var fresh []bool
		write(func(tx *db.Tx) error {
			fresh = nil
			for _, x := range []string{"2026-03-02", "2026-03-03", "2026-03-02"} {
				ok, err := fee.BeginDay(ctx, tx, x)
				if err != nil {
					return err
				}
				fresh = append(fresh, ok)
			}
			for _, x := range []fee.Difference{{ID: "1", Kind: fee.Missing, Serial: "S1"}, {ID: "2", Kind: fee.Missing, Serial: "S1"}, {ID: "3", Kind: fee.Amounts, Serial: "S1"}} {
				x.Day, x.Found = "2026-03-02", day
				if err := fee.AddDifference(ctx, tx, x); err != nil {
					return err
				}
			}
			ok, err := fee.WorkDifference(ctx, tx, fee.Difference{ID: "1", By: "s", Worked: day})
			fresh = append(fresh, ok)
			return err
		})
		if len(fresh) != 4 || !fresh[0] || !fresh[1] || fresh[2] || !fresh[3] {
			t.Error(fresh)
		}
		days, err := fee.Days(ctx, d, "", 10)
		if err != nil || len(days) != 2 || days[0].Day != "2026-03-03" {
			t.Error(days, err)
		}
		if rest, err := fee.Days(ctx, d, "2026-03-03", 10); err != nil || len(rest) != 1 {
			t.Error(rest, err)
		}
		open, err := fee.OpenDifferences(ctx, d, []string{"2026-03-02", "2026-03-03"})
		if err != nil || open["2026-03-02"] != 1 || open["2026-03-03"] != 0 {
			t.Error(open, err)
		}
		if list, err := fee.Differences(ctx, d, "2026-03-02", "1", 10); err != nil || len(list) != 1 || list[0].ID != "3" {
			t.Error(list, err)
		}
	})
}
