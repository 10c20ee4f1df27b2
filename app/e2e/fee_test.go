package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"yimen/connector"
	"yimen/connector/simulator/pay"
	"yimen/domain/approval"
	"yimen/domain/fee"
	"yimen/foundation/calendar"
	"yimen/ref"
)

// payer is who has a fee to pay.
const payer = "payer"

// fees leaves a case that waits for its money, and a payment of yesterday that fits nothing.
func (h *house) fees() error {
	h.Purse().Behave(pay.Honest)
	h.things.Unpaid = h.dig("person-007")
	h.Purse().Behave(pay.Prompt)
	h.visitors[payer] = h.Visitor("person-007")
	err := h.Till.Take(context.Background(), connector.Paid{Order: "99030100000000000001", Serial: strange, Amount: 1200, At: h.Now().Add(-24 * time.Hour)}, "call")
	if err == nil {
		h.Settle()
	}
	return err
}

const strange = "S20260301000000000001"

// dig takes a road case to its decision.
func (h *house) dig(who string) ref.CaseID {
	id := h.Accept("clerk01", "cc-road-dig", who)
	for _, account := range []string{"police-review-a", "land-review-a"} {
		h.Decide(h.Decision(account, h.taskFor(id, account), approval.Agree))
	}
	own := h.Decision("build-review-a", h.Task(id, approval.Review, ""), approval.Agree)
	own.Second = h.Staff("build-review-b").ID
	h.Decide(own)
	h.Decide(h.Decision("build-decide", h.Task(id, approval.Decide, ""), approval.Grant))
	return id
}

func (h *house) billOf(t *testing.T, id ref.CaseID) fee.Bill {
	t.Helper()
	all, err := fee.ByCase(t.Context(), h.DB, id)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return all[0]
}

func (h *house) feeVisits(t *testing.T) map[string][]visit {
	t.Helper()
	b, paid := h.billOf(t, h.things.Unpaid), h.billOf(t, h.things.Granted)
	o, err := fee.OrderOf(t.Context(), h.DB, b)
	if err != nil {
		t.Fatal(err)
	}
	day := calendar.DateOf(h.Now().Add(-24 * time.Hour)).String()
	found, err := fee.Differences(t.Context(), h.DB, day, "", 1)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	desk := func(path string) visit { return visit{path: path, account: "supervisor01"} }
	return map[string][]visit{
		"/approver/fee/{id}": {{path: "/approver/fee/" + b.ID, account: "build-decide"}, {path: "/approver/fee/" + paid.ID, account: "build-decide-b"}, {path: "/approver/fee/" + b.ID, account: "build-review-a"},
			{path: "/approver/fee/" + b.ID, account: "market-decide", status: 404}, {path: "/approver/fee/" + b.ID, account: "clerk01", status: 403}},
		"/approver/fees":                   {{path: "/approver/fees", account: "build-decide"}, {path: "/approver/fees", account: "clerk01", status: 403}},
		"/oversight/fees":                  {desk("/oversight/fees"), {path: "/oversight/fees", account: "build-decide", status: 403}},
		"/oversight/fees/parked":           {desk("/oversight/fees/parked"), {path: "/oversight/fees/parked", account: "admin", status: 403}},
		"/oversight/fees/day/{day}":        {desk("/oversight/fees/day/" + day), {path: "/oversight/fees/day/1999-01-01", account: "supervisor01", status: 404}},
		"/oversight/fees/difference/{id}":  {desk("/oversight/fees/difference/" + found[0].ID)},
		"/oversight/fees/payment/{serial}": {desk("/oversight/fees/payment/" + strange), {path: "/oversight/fees/payment/none", account: "supervisor01", status: 404}},
		"/simulator/pay":                   {{path: "/simulator/pay"}},
		"/simulator/pay/order/{code}":      {{path: "/simulator/pay/order/" + o.Number}, {path: "/simulator/pay/order/none", status: 404}},
	}
}

// TestTheTabIsClosed: somebody pays and closes the browser. Coming back from the gateway proves nothing; what the gateway tells the
// house, with nobody looking, does.
func TestTheTabIsClosed(t *testing.T) {
	s := sit(t)
	b := s.billOf(t, s.things.Unpaid)
	s.Purse().Behave(pay.Late)
	defer s.Purse().Behave(pay.Prompt)
	s.become(payer, looks()[0])
	s.do(chromedp.EmulateViewport(390, 844))
	s.goTo("/me/case/" + string(b.Case))
	s.shows("等你缴费", "2.00", "城市道路管理条例")
	s.look("fee to pay")
	s.away(func() { s.click("去缴费") })
	s.look("fee at the gateway")
	s.away(func() { s.click("付款") })
	s.shows("待缴费")
	if got := s.billOf(t, b.Case); got.State != fee.Due {
		t.Fatalf("the browser's word was taken: %+v", got)
	}
	s.do(chromedp.Navigate("about:blank"))
	if n := s.Purse().Tell(); n != 1 {
		t.Fatal(n)
	}
	if got := s.billOf(t, b.Case); got.State != fee.Paid || got.Paid != b.Amount() {
		t.Fatalf("%+v", got)
	}
	s.goTo("/me/case/" + string(b.Case))
	s.until(`document.body.innerText.includes("已缴费")`)
	s.look("fee paid")
}
