package app_test

import (
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/connector/simulator/pay"
	"yimen/domain/casefile"
	"yimen/domain/fee"
	"yimen/domain/licence"
	"yimen/domain/seal"
	"yimen/ref"
)

// billed grants a road dig and gives its bill; the gateway behaves as it is told.
func billed(t *testing.T, a *apptest.App, m pay.Manner) fee.Bill {
	t.Helper()
	a.Purse().Behave(m)
	return bill(t, a, grantRoadDig(t, a))
}

func bill(t *testing.T, a *apptest.App, id ref.CaseID) fee.Bill {
	t.Helper()
	all, err := fee.ByCase(ctx, a.DB, id)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return all[0]
}

func licences(t *testing.T, a *apptest.App, id ref.CaseID) int {
	t.Helper()
	all, err := licence.ByCase(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func papers(t *testing.T, a *apptest.App, id ref.CaseID, kind string) (out []seal.Document) {
	t.Helper()
	all, err := seal.ByCase(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if d.Kind == kind && d.State == "sealed" {
			out = append(out, d)
		}
	}
	return out
}

// A granted licence of a charged item waits for the gateway's word.
func TestTheLicenceWaitsForTheFee(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Honest)
		if b.State != fee.Due || b.Amount() != 200 || licences(t, a, b.Case) != 0 {
			t.Fatalf("%+v", b)
		}
		notices := papers(t, a, b.Case, seal.FeeNotice)
		if len(notices) != 1 || notices[0].Number == "" {
			t.Fatal(notices)
		}
		_, file, err := a.Press.Fetch(ctx, notices[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"2.00元", "贰元整", "城市道路管理条例", "第三十七条", "行政复议", "2026年3月23日"} {
			if !strings.Contains(letterText(t, file), want) {
				t.Errorf("no %q in %s", want, letterText(t, file))
			}
		}
		c, err := casefile.Get(ctx, a.DB, b.Case)
		if err != nil || c.Stage != casefile.Granted {
			t.Fatal(c.Stage, err)
		}
		pays(t, a, b)
		a.Settle()
		if b = bill(t, a, b.Case); b.State != fee.Paid || b.Paid != 200 || licences(t, a, b.Case) != 1 || len(papers(t, a, b.Case, seal.FeeReceipt)) != 1 {
			t.Fatalf("%+v, %d licences, receipts %v", b, licences(t, a, b.Case), papers(t, a, b.Case, seal.FeeReceipt))
		}
	})
}

// pays is somebody who pays at the gateway and closes the browser there.
func pays(t *testing.T, a *apptest.App, b fee.Bill) {
	t.Helper()
	o, err := fee.OrderOf(ctx, a.DB, b)
	if err != nil || o.Number == "" {
		t.Fatal(o, err)
	}
	if err := a.Purse().Pay(o.Number); err != nil {
		t.Fatal(err)
	}
}
