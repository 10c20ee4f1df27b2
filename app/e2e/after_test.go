package e2e

import (
	"context"
	"net/url"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/archive"
	"yimen/domain/delivery"
	"yimen/domain/licence"
	"yimen/foundation/calendar"
	"yimen/process/fulfilment"
	"yimen/process/issuance"
	"yimen/ref"
)

// after is what comes after a decision: a case that was handed over and archived, and an act on the resident's licence that
// waits for their word.
type after struct {
	Done   licence.Licence
	Packed archive.Package
	Held   licence.Licence
	Act    ref.ActID
}

// account decides on the resident's licence.
const account = "market-decide"

// after makes them.
func (h *house) after() error {
	ctx := context.Background()
	id := h.Accept("clerk01", "cc-individual-business", "person-041")
	h.Decide(h.Decision(account, h.Task(id, approval.Decide, ""), approval.Grant))
	by := h.Staff("clerk01")
	all, err := delivery.ByCase(ctx, h.DB, id)
	apptest.Must(h.App, all, err)
	err = h.Hand.Deliver(ctx, fulfilment.Step{Submit: h.Submit(by, "e2e.deliver"), By: by, Delivery: all[0].ID, Do: delivery.Handed, On: calendar.DateOf(h.Now()), Words: delivery.Words{Receiver: "演示签收人", Relation: "self"}})
	if err != nil {
		return err
	}
	h.Settle()
	got, err := licence.ByCase(ctx, h.DB, id)
	apptest.Must(h.App, got, err)
	packages, err := archive.Parts(ctx, h.DB, got[0].CaseItem)
	apptest.Must(h.App, packages, err)
	mine, err := licence.ByParty(ctx, h.DB, h.visitors[resident].Person)
	apptest.Must(h.App, mine, err)
	h.things.After = after{Done: got[0], Packed: packages[0], Held: mine[0]}
	by = h.Staff(account)
	h.things.After.Act, err = h.Press.Propose(ctx, issuance.ActOrder{Submit: h.Submit(by, "e2e.act"), By: by, Licence: mine[0].ID, Kind: licence.Rescind, Ground: "69-2",
		Words: licence.ActWords{Reason: "经查，申请时提交的经营场所证明是假的。", Interests: "对公共利益没有损害，以欺骗取得的利益不受保护。"}})
	if err != nil {
		return err
	}
	h.Settle()
	return nil
}

// afterVisits are the pages of what comes after a decision.
func (h *house) afterVisits(t *testing.T) map[string][]visit {
	t.Helper()
	x := h.things.After
	l, done, act := x.Held, x.Done, x.Act
	waits, err := delivery.ByCase(t.Context(), h.DB, l.Case)
	apptest.Must(h.App, waits, err)
	first, last := string(waits[0].ID), string(waits[len(waits)-1].ID)
	desk := func(path string) visit { return visit{path: path, account: account} }
	return map[string][]visit{
		"/window/deliveries":                 {{path: "/window/deliveries", account: "clerk01"}, {path: "/window/deliveries?q=没有", account: "clerk01"}, {path: "/window/deliveries", account: "build-decide", status: 403}},
		"/window/deliveries/{id}":            {{path: "/window/deliveries/" + first, account: "clerk01"}, {path: "/window/deliveries/none", account: "clerk01", status: 404}},
		"/approver/deliveries":               {desk("/approver/deliveries")},
		"/approver/deliveries/{id}":          {desk("/approver/deliveries/" + last), {path: "/approver/deliveries/" + last, account: "build-decide", status: 404}},
		"/approver/licences":                 {desk("/approver/licences"), desk("/approver/licences?q=" + url.QueryEscape(l.Number))},
		"/approver/licences/{id}":            {desk("/approver/licences/" + string(l.ID)), desk("/approver/licences/" + string(done.ID)), {path: "/approver/licences/" + string(l.ID), account: "build-decide", status: 404}},
		"/approver/licences/{id}/act/{kind}": {desk("/approver/licences/" + string(done.ID) + "/act/rescind"), desk("/approver/licences/" + string(done.ID) + "/act/alter"), {path: "/approver/licences/" + string(done.ID) + "/act/none", account: account, status: 404}},
		"/approver/contests/{id}":            {desk("/approver/contests/" + string(l.CaseItem)), {path: "/approver/contests/" + string(l.CaseItem), account: "build-decide", status: 404}},
		"/approver/handovers":                {desk("/approver/handovers"), desk("/approver/handovers?show=all")},
		"/archive":                           {{path: "/archive", account: "admin"}, {path: "/archive?show=failed", account: "supervisor01"}, {path: "/archive", account: "build-decide", status: 403}},
		"/archive/{id}":                      {{path: "/archive/" + string(x.Packed.ID), account: "admin"}},
		"/public/decisions":                  {{path: "/public/decisions"}, {path: "/public/decisions?q=" + url.QueryEscape(l.Number)}, {path: "/public/decisions?q=没有"}},
		"/public/decisions.csv":              {{path: "/public/decisions.csv", kind: "text/csv"}},
		"/public/notices":                    {{path: "/public/notices"}},
		"/me/after":                          {{path: "/me/after", account: resident}, {path: "/me/after", account: newcomer}},
		"/me/case/{id}/delivery":             {{path: "/me/case/" + string(l.Case) + "/delivery", account: resident}},
		"/me/act/{id}":                       {{path: "/me/act/" + string(act), account: resident}, {path: "/me/act/" + string(act), account: newcomer, status: 404}},
	}
}
