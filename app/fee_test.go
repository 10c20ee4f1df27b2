package app_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/connector"
	"yimen/connector/simulator/pay"
	"yimen/domain/casefile"
	"yimen/domain/fee"
	"yimen/domain/licence"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/process/fulfilment"
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

func payments(t *testing.T, a *apptest.App, b fee.Bill) []fee.Payment {
	t.Helper()
	all, err := fee.Payments(ctx, a.DB, b.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// later moves the clock and delivers what became due.
func moves(a *apptest.App, d time.Duration) {
	a.Clock.Add(d)
	a.Settle()
}

// However the gateway tells of a payment, the licence is issued once, and for the right money only.
func TestAGatewayThatMisbehaves(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for _, c := range []struct {
			manner  pay.Manner
			then    func(fee.Bill)
			paid    bool
			parked  string // why the payment beside is parked
			payment int    // heard of
		}{
			{manner: pay.Twice, paid: true, payment: 1},
			{manner: pay.Double, paid: true, parked: fee.PaidTwice, payment: 2},
			{manner: pay.Late, payment: 0},
			{manner: pay.Late, then: func(fee.Bill) { a.Purse().Tell() }, paid: true, payment: 1},
			{manner: pay.Late, then: func(fee.Bill) { moves(a, 2*time.Minute); a.Purse().Tell() }, paid: true, payment: 1}, // asked first, told then
			{manner: pay.Never, payment: 0},
			{manner: pay.Never, then: func(fee.Bill) { moves(a, 2*time.Minute) }, paid: true, payment: 1},
			{manner: pay.Amount, then: func(fee.Bill) { moves(a, 2*time.Minute) }, parked: fee.WrongAmount, payment: 1},
			{manner: pay.Forged, payment: 0},
			{manner: pay.Forged, then: func(fee.Bill) { moves(a, 2*time.Minute) }, paid: true, payment: 1},
			{manner: pay.Honest, then: func(fee.Bill) { a.Purse().Again(); a.Purse().Again() }, paid: true, payment: 1},
			{manner: pay.Honest, then: func(fee.Bill) { a.Clock.Add(6 * time.Minute); a.Purse().Again() }, paid: true, payment: 1},
		} {
			b := billed(t, a, c.manner)
			pays(t, a, b)
			a.Purse().Behave(pay.Honest)
			if c.then != nil {
				c.then(b)
			}
			a.Settle()
			got, all := bill(t, a, b.Case), payments(t, a, b)
			if (got.State == fee.Paid) != c.paid || len(all) != c.payment || (licences(t, a, b.Case) == 1) != c.paid || c.paid && got.Paid != b.Amount() {
				t.Errorf("%q: %+v, %+v", c.manner, got, all)
			}
			why := ""
			for _, x := range all {
				if x.State == fee.Parked {
					why = x.Why
				}
			}
			if why != c.parked {
				t.Errorf("%q: parked for %q", c.manner, why)
			}
			if n := len(papers(t, a, b.Case, seal.FeeReceipt)); (n == 1) != c.paid {
				t.Errorf("%q: %d receipts", c.manner, n)
			}
		}
	})
}

// An order that the gateway lost is opened anew.
func TestAGatewayThatForgets(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Honest)
		a.Purse().Forget()
		moves(a, time.Minute) // it is asked, and does not know
		moves(a, time.Minute)
		pays(t, a, b)
		a.Settle()
		if b = bill(t, a, b.Case); b.State != fee.Paid || licences(t, a, b.Case) != 1 {
			t.Fatalf("%+v", b)
		}
	})
}

// A payment of an order that nobody opened is parked and shown.
func TestAStrangePaymentIsParked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Strange)
		pays(t, a, b)
		parked, err := fee.ParkedPayments(ctx, a.DB, time.Time{}, "", 10)
		if err != nil || len(parked) != 1 || parked[0].Why != fee.UnknownOrder || parked[0].Bill != "" || bill(t, a, b.Case).State != fee.Due {
			t.Fatalf("%+v %v", parked, err)
		}
		by := a.Staff("supervisor01")
		if err := a.Till.WorkOff(ctx, fulfilment.Off{Submit: a.Submit(by, "test.off"), By: by, Payment: parked[0].Serial, Note: " "}); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		off := fulfilment.Off{Submit: a.Submit(by, "test.off"), By: by, Payment: parked[0].Serial, Note: "已联系收款系统原路退回"}
		for range 2 { // a second tap changes nothing
			if err := a.Till.WorkOff(ctx, off); err != nil {
				t.Fatal(err)
			}
		}
		off.Submit = a.Submit(by, "test.off")
		if err := a.Till.WorkOff(ctx, off); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		if parked, err := fee.ParkedPayments(ctx, a.DB, time.Time{}, "", 10); err != nil || len(parked) != 0 {
			t.Error(parked, err)
		}
	})
}

// Twenty calls and questions at once settle a bill once.
func TestCallsAndQuestionsAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Honest)
		o, err := fee.OrderOf(ctx, a.DB, b)
		if err != nil {
			t.Fatal(err)
		}
		p := connector.Paid{Order: o.No, Serial: "S1", Amount: o.Amount, At: a.Clock.Now()}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				err := a.Till.Take(ctx, p, "poll")
				if i%2 == 0 {
					err = a.Till.Heard(ctx, connector.Heard{Paid: p, Nonce: strings.Repeat("a", 31) + string(rune('a'+i))})
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		a.Settle()
		facts, err := casefile.Facts(ctx, a.DB, b.Case)
		paid := 0
		for _, f := range facts {
			if f.Kind == casefile.FactPaid {
				paid++
			}
		}
		if err != nil || paid != 1 || len(payments(t, a, b)) != 1 || licences(t, a, b.Case) != 1 || len(papers(t, a, b.Case, seal.FeeReceipt)) != 1 {
			t.Error(paid, payments(t, a, b), err)
		}
		forged := connector.Heard{Paid: p, Nonce: strings.Repeat("a", 31) + "a"}
		forged.Amount++
		if err := a.Till.Heard(ctx, forged); !fault.Is(err, fault.Conflict) {
			t.Error("a nonce with other words", err)
		}
	})
}

// Who does not pay is reminded, and then the case ends; what comes after that can be given back.
func TestNotPaidInTime(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Honest)
		a.Clock.Add(b.Due.Sub(a.Clock.Now()))
		a.Settle()
		if b = bill(t, a, b.Case); b.Reminded.IsZero() || b.State != fee.Due || b.LastDay().String() != "2026-04-08" {
			t.Fatalf("%+v", b)
		}
		a.Clock.Add(b.Due.Sub(a.Clock.Now()))
		a.Settle()
		if b = bill(t, a, b.Case); b.State != fee.Late {
			t.Fatalf("%+v", b)
		}
		stage(t, a, b.Case, casefile.Granted)
		end := func(by string, wait bool) error {
			who := a.Staff(by)
			return a.Till.End(ctx, fulfilment.Ending{Submit: a.Submit(who, "test.end"), By: who, Bill: b.ID, Wait: wait})
		}
		if err := end("build-review-a", false); !fault.Is(err, fault.Denied) {
			t.Error(err)
		}
		if err := end("build-decide", true); err != nil {
			t.Fatal(err)
		}
		if b = bill(t, a, b.Case); b.State != fee.Due || b.LastDay().String() != "2026-04-23" {
			t.Fatalf("%+v", b)
		}
		a.Clock.Add(b.Due.Sub(a.Clock.Now()))
		a.Settle()
		a.Purse().Behave(pay.Down)
		if err := end("build-decide", false); !fault.Is(err, fault.Unavailable) {
			t.Error("a case may end while the gateway cannot be asked", err)
		}
		a.Purse().Behave(pay.Honest)
		if err := end("build-decide", false); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if b = bill(t, a, b.Case); b.State != fee.Lapsed || len(papers(t, a, b.Case, seal.Termination)) != 1 {
			t.Fatalf("%+v", b)
		}
		stage(t, a, b.Case, casefile.Terminated)
		pays(t, a, b)
		a.Settle()
		all := payments(t, a, b)
		if len(all) != 1 || all[0].Why != fee.TooLate || licences(t, a, b.Case) != 0 {
			t.Fatalf("%+v", all)
		}
		refunded(t, a, b, all[0], all[0].Amount)
		if all = payments(t, a, b); all[0].Worked.IsZero() {
			t.Error("a payment that was given back still waits", all)
		}
	})
}

// Whoever pays at the last moment without the gateway telling keeps the case.
func TestPaidAtTheLastMoment(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Never)
		a.Clock.Add(b.Due.Sub(a.Clock.Now()))
		a.Settle()
		b = bill(t, a, b.Case)
		a.Clock.Add(b.Due.Sub(a.Clock.Now()))
		a.Settle()
		stopAsking(t, a, b)
		pays(t, a, b) // and nobody hears of it
		who := a.Staff("build-decide")
		if err := a.Till.End(ctx, fulfilment.Ending{Submit: a.Submit(who, "test.end"), By: who, Bill: b.ID}); !fault.Is(err, fault.Conflict) {
			t.Error("the case of somebody who paid was ended", err)
		}
		a.Settle()
		if b = bill(t, a, b.Case); b.State != fee.Paid || licences(t, a, b.Case) != 1 {
			t.Fatalf("%+v", b)
		}
	})
}

// The time to pay is not the organ's: delivery runs on when the money is there.
func TestWaitingForMoneyDoesNotCount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Honest)
		before, err := casefile.GetItem(ctx, a.DB, b.CaseItem)
		if err != nil || before.PausedAt.IsZero() || before.Clock != casefile.DeliverClock {
			t.Fatalf("%+v %v", before, err)
		}
		moves(a, 7*24*time.Hour)
		pays(t, a, b)
		a.Settle()
		after, err := casefile.GetItem(ctx, a.DB, b.CaseItem)
		if err != nil || !after.PausedAt.IsZero() {
			t.Fatalf("%+v %v", after, err)
		}
		if n, _ := a.Board.Calendar().WorkdaysBetween(calendar.DateOf(before.Due), calendar.DateOf(after.Due)); n != 5 {
			t.Errorf("five working days were waited, and delivery is due %d later", n)
		}
	})
}

func relieved(a *apptest.App, by, bill, kind string, fen int64, payment string) error {
	who := a.Staff(by)
	return a.Till.Propose(ctx, fulfilment.Proposal{Submit: a.Submit(who, "test.propose"), By: who, Bill: bill, Kind: kind, Amount: fen, Payment: payment, Basis: "粤价〔2026〕1号第三条", Reason: "因公共工程减免"})
}

func answered(a *apptest.App, by, change string, yes bool) error {
	who := a.Staff(by)
	return a.Till.Answer(ctx, fulfilment.Verdict{Submit: a.Submit(who, "test.answer"), By: who, Change: change, Confirm: yes})
}

func lastChange(t *testing.T, a *apptest.App, b fee.Bill) fee.Change {
	t.Helper()
	all, err := fee.Changes(ctx, a.DB, b.ID)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all[len(all)-1]
}

func refunded(t *testing.T, a *apptest.App, b fee.Bill, p fee.Payment, fen int64) fee.Change {
	t.Helper()
	if err := relieved(a, "build-decide", b.ID, fee.Refund, fen, p.Serial); err != nil {
		t.Fatal(err)
	}
	if err := answered(a, "build-decide-b", lastChange(t, a, b).ID, true); err != nil {
		t.Fatal(err)
	}
	a.Settle()
	return lastChange(t, a, b)
}

// A relief needs a basis and two people; with a new amount go a new notice and a new order, and
// money for the old one is parked.
func TestARelief(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Honest)
		old := b
		for name, c := range map[string]struct {
			by   string
			fen  int64
			kind fault.Kind
		}{"no power to decide": {"build-review-a", 50, fault.Denied}, "another organ": {"market-decide", 50, fault.Denied}, "more than is due": {"build-decide", 201, fault.Invalid}, "nothing": {"build-decide", 0, fault.Invalid}} {
			if err := relieved(a, c.by, b.ID, fee.Relief, c.fen, ""); !fault.Is(err, c.kind) {
				t.Error(name, err)
			}
		}
		if err := relieved(a, "build-decide", b.ID, fee.Relief, 50, ""); err != nil {
			t.Fatal(err)
		}
		if err := relieved(a, "build-decide-b", b.ID, fee.Relief, 50, ""); !fault.Is(err, fault.Conflict) {
			t.Error("two proposals wait", err)
		}
		x := lastChange(t, a, b)
		for by, kind := range map[string]fault.Kind{"build-decide": fault.Denied, "build-review-b": fault.Denied} {
			if err := answered(a, by, x.ID, true); !fault.Is(err, kind) {
				t.Error(by, err)
			}
		}
		if err := answered(a, "build-decide-b", x.ID, true); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if b = bill(t, a, b.Case); b.Amount() != 150 || b.Rev != 2 || len(papers(t, a, b.Case, seal.FeeNotice)) != 2 {
			t.Fatalf("%+v", b)
		}
		pays(t, a, old)
		if all := payments(t, a, b); len(all) != 1 || all[0].Why != fee.OldOrder {
			t.Fatalf("%+v", all)
		}
		pays(t, a, b)
		a.Settle()
		if b = bill(t, a, b.Case); b.State != fee.Paid || b.Paid != 150 || licences(t, a, b.Case) != 1 {
			t.Fatalf("%+v", b)
		}
		if err := relieved(a, "build-decide", b.ID, fee.Relief, 50, ""); !fault.Is(err, fault.Conflict) {
			t.Error("a relief of what was paid", err)
		}
	})
}

// A fee that is waived altogether holds nothing up, and one that is not confirmed changes nothing.
func TestAWaiver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Honest)
		for _, yes := range []bool{false, true} {
			if err := relieved(a, "build-decide", b.ID, fee.Relief, 200, ""); err != nil {
				t.Fatal(err)
			}
			if err := answered(a, "build-decide-b", lastChange(t, a, b).ID, yes); err != nil {
				t.Fatal(err)
			}
			a.Settle()
			if got := bill(t, a, b.Case); (got.State == fee.Waived) != yes || (licences(t, a, b.Case) == 1) != yes {
				t.Fatalf("%v: %+v", yes, got)
			}
		}
		if len(papers(t, a, b.Case, seal.FeeReceipt)) != 0 {
			t.Error("a receipt of nothing")
		}
	})
}

func TestRefunds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		b := billed(t, a, pay.Prompt)
		p := payments(t, a, b)[0]
		if x := refunded(t, a, b, p, 50); x.State != fee.Done || x.Number == "" || bill(t, a, b.Case).Refunded != 50 {
			t.Fatalf("%+v", x)
		}
		if err := relieved(a, "build-decide", b.ID, fee.Refund, 151, p.Serial); !fault.Is(err, fault.Invalid) {
			t.Error("more than is left", err)
		}
		if err := relieved(a, "build-decide", b.ID, fee.Refund, 1, "none"); !fault.Is(err, fault.Invalid) {
			t.Error("a payment of nobody", err)
		}
		a.Purse().Behave(pay.NoRefunds)
		if x := refunded(t, a, b, p, 150); x.State != fee.Refused || bill(t, a, b.Case).Refunded != 50 {
			t.Fatalf("%+v", x)
		}
		a.Purse().Behave(pay.Down)
		if x := refunded(t, a, b, p, 150); x.State != fee.Confirmed {
			t.Fatalf("%+v", x)
		}
		a.Purse().Behave(pay.Honest)
		moves(a, 10*time.Minute)
		if x := lastChange(t, a, b); x.State != fee.Done || bill(t, a, b.Case).Refunded != 200 {
			t.Fatalf("%+v", x)
		}
		if err := relieved(a, "build-decide", b.ID, fee.Refund, 1, p.Serial); !fault.Is(err, fault.Conflict) {
			t.Error("nothing is left", err)
		}
	})
}

// The books of a day: what the gateway has and we never heard is taken and listed, and so is what
// only we have.
func TestTheBooksOfADay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		good := billed(t, a, pay.Prompt)
		refunded(t, a, good, payments(t, a, good)[0], 30)
		forgotten := billed(t, a, pay.Forgets)
		pays(t, a, forgotten)
		unheard := billed(t, a, pay.Honest)
		stopAsking(t, a, unheard)
		a.Purse().Behave(pay.Never)
		pays(t, a, unheard)
		a.Purse().Behave(pay.Down)
		moves(a, 30*time.Hour) // past 01:30 of the next day
		if d := bookOf(t, a); d.State != fee.Waiting {
			t.Fatalf("%+v", d)
		}
		a.Purse().Behave(pay.Honest)
		moves(a, 30*time.Minute)
		d := bookOf(t, a)
		found, err := fee.Differences(ctx, a.DB, d.Day, "", 10)
		if err != nil || d.State != fee.Compared || len(found) != 2 || d.Ours != 3 || d.Theirs != 3 || d.OursSum != 370 || d.TheirsSum != 370 {
			t.Fatalf("%+v %+v %v", d, found, err)
		}
		kinds := map[string]fee.Difference{}
		for _, x := range found {
			kinds[x.Kind] = x
		}
		if kinds[fee.Missing].Bill != forgotten.ID || kinds[fee.Unheard].Bill != unheard.ID || bill(t, a, unheard.Case).State != fee.Paid || licences(t, a, unheard.Case) != 1 {
			t.Errorf("%+v", kinds)
		}
		by := a.Staff("supervisor01")
		if err := a.Till.WorkOff(ctx, fulfilment.Off{Submit: a.Submit(by, "test.off"), By: by, Difference: kinds[fee.Unheard].ID, Note: "通知丢失，已补记"}); err != nil {
			t.Fatal(err)
		}
		if err := a.Till.Again(ctx, a.Submit(by, "test.again"), by, d.Day); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		open, err := fee.OpenDifferences(ctx, a.DB, []string{d.Day})
		if err != nil || open[d.Day] != 1 {
			t.Error("a second comparison", open, err)
		}
		if err := a.Till.Again(ctx, a.Submit(by, "test.again"), by, calendar.DateOf(a.Clock.Now()).String()); !fault.Is(err, fault.Invalid) {
			t.Error("a day that is not over", err)
		}
		if all, err := fee.Days(ctx, a.DB, "", 10); err != nil || len(all) < 2 {
			t.Error("the next day is not waited for", all, err)
		}
	})
}

func bookOf(t *testing.T, a *apptest.App) fee.Day {
	t.Helper()
	d, err := fee.GetDay(ctx, a.DB, "2026-03-02")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// stopAsking has the house not ask about an order, as if it were down at that time.
func stopAsking(t *testing.T, a *apptest.App, b fee.Bill) {
	t.Helper()
	err := a.DB.Write(ctx, "test.stop", func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "delete from event_delivery where hearer = 'fulfilment.Order'")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Where the answers do not say how much, the organ finds it, within the item's bound.
func TestTheOrganFindsTheNumber(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		it, err := apptest.Item(a, "cc-road-dig").Copy()
		if err != nil {
			t.Fatal(err)
		}
		it.Fee.Lines[0].Count, it.Fee.Lines[0].Most = "", 100
		if _, err := a.Library.Publish(ctx, "system:test", it); err != nil {
			t.Fatal(err)
		}
		b := billed(t, a, pay.Prompt)
		if b.State != fee.Open || licences(t, a, b.Case) != 0 {
			t.Fatalf("%+v", b)
		}
		find := func(by, count string) error {
			who := a.Staff(by)
			return a.Till.Find(ctx, fulfilment.Finding{Submit: a.Submit(who, "test.find"), By: who, Bill: b.ID, Counts: []string{count}})
		}
		for count, by := range map[string]string{"101": "build-decide", "": "build-decide", "-1": "build-decide", "1/2": "build-decide", "一": "build-decide"} {
			if err := find(by, count); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", count, err)
			}
		}
		if err := find("build-review-a", "10"); !fault.Is(err, fault.Denied) {
			t.Error(err)
		}
		if err := find("build-decide", "12.5"); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if b = bill(t, a, b.Case); b.State != fee.Paid || b.Paid != 250000 || licences(t, a, b.Case) != 1 {
			t.Fatalf("%+v", b)
		}
		if err := find("build-decide", "1"); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
	})
}
