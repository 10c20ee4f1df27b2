package e2e

import (
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

// delivered is a case that was decided, handed over and archived.
func (h *house) delivered(t *testing.T) ref.CaseID {
	t.Helper()
	id := h.Accept("clerk01", "cc-individual-business", "person-041")
	h.Decide(h.Decision("market-decide", h.Task(id, approval.Decide, ""), approval.Grant))
	by := h.Staff("clerk01")
	all, err := delivery.ByCase(t.Context(), h.DB, id)
	apptest.Must(h.App, all, err)
	err = h.Hand.Deliver(t.Context(), fulfilment.Step{Submit: h.Submit(by, "e2e.deliver"), By: by, Delivery: all[0].ID, Do: delivery.Handed, On: calendar.DateOf(h.Clock.Now()), Words: delivery.Words{Receiver: "演示签收人", Relation: "self"}})
	if err != nil {
		t.Fatal(err)
	}
	h.Settle()
	return id
}

// acted is an act on a licence that waits for its holder's word.
func (h *house) acted(t *testing.T, l licence.Licence, account string) ref.ActID {
	t.Helper()
	by := h.Staff(account)
	id, err := h.Press.Propose(t.Context(), issuance.ActOrder{Submit: h.Submit(by, "e2e.act"), By: by, Licence: l.ID, Kind: licence.Rescind, Ground: "69-2",
		Words: licence.ActWords{Reason: "经查，申请时提交的经营场所证明是假的。", Interests: "对公共利益没有损害，以欺骗取得的利益不受保护。"}})
	apptest.Must(h.App, id, err)
	h.Settle()
	return id
}

// afterVisits are the pages of what comes after a decision.
func (h *house) afterVisits(t *testing.T) map[string][]visit {
	t.Helper()
	mine, err := licence.ByParty(t.Context(), h.DB, h.visitors[resident].Person)
	apptest.Must(h.App, mine, err)
	l := mine[0]
	account := "market-decide"
	if l.Organ != h.Staff(account).Organ {
		t.Fatal("the resident's licence is of ", l.Organ)
	}
	done := h.delivered(t)
	other, err := licence.ByCase(t.Context(), h.DB, done)
	apptest.Must(h.App, other, err)
	packages, err := archive.Parts(t.Context(), h.DB, other[0].CaseItem)
	apptest.Must(h.App, packages, err)
	act := h.acted(t, l, account)
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
		"/approver/licences/{id}":            {desk("/approver/licences/" + string(l.ID)), desk("/approver/licences/" + string(other[0].ID)), {path: "/approver/licences/" + string(l.ID), account: "build-decide", status: 404}},
		"/approver/licences/{id}/act/{kind}": {desk("/approver/licences/" + string(other[0].ID) + "/act/rescind"), desk("/approver/licences/" + string(other[0].ID) + "/act/alter"), {path: "/approver/licences/" + string(other[0].ID) + "/act/none", account: account, status: 404}},
		"/approver/handovers":                {desk("/approver/handovers"), desk("/approver/handovers?show=all")},
		"/archive":                           {{path: "/archive", account: "admin"}, {path: "/archive?show=failed", account: "supervisor01"}, {path: "/archive", account: "build-decide", status: 403}},
		"/archive/{id}":                      {{path: "/archive/" + string(packages[0].ID), account: "admin"}},
		"/public/decisions":                  {{path: "/public/decisions"}, {path: "/public/decisions?q=" + url.QueryEscape(l.Number)}, {path: "/public/decisions?q=没有"}},
		"/public/decisions.csv":              {{path: "/public/decisions.csv", kind: "text/csv"}},
		"/public/notices":                    {{path: "/public/notices"}},
		"/me/after":                          {{path: "/me/after", account: resident}, {path: "/me/after", account: newcomer}},
		"/me/case/{id}/delivery":             {{path: "/me/case/" + string(l.Case) + "/delivery", account: resident}},
		"/me/act/{id}":                       {{path: "/me/act/" + string(act), account: resident}, {path: "/me/act/" + string(act), account: newcomer, status: 404}},
	}
}
