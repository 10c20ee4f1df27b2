package app_test

import (
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"yimen/domain/delivery"
	"yimen/domain/licence"
	"yimen/domain/publication"
	"yimen/web/page"
)

// The pages do what the processes do, and nothing for whom they are not: a clerk hands over, an officer proposes, a second
// decides, a mistake keeps what was typed.
func TestPagesAfterADecision(t *testing.T) {
	s := newSite(t)
	post := func(account, path string, want int, fields url.Values) string {
		t.Helper()
		fields.Set("key", page.NewKey())
		r := httptest.NewRequest("POST", path, strings.NewReader(fields.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res := s.do(account, r)
		if res.StatusCode != want {
			t.Errorf("%s posts %s: %d, not %d", account, path, res.StatusCode, want)
		}
		s.Settle()
		var b strings.Builder
		_, _ = io.Copy(&b, res.Body)
		return b.String()
	}
	l := licensed(t, s.App)
	dl := undelivered(t, s.App, l.Case)
	day := url.Values{"on.year": {"2026"}, "on.month": {"3"}, "on.day": {"2"}}
	with := func(more url.Values) url.Values {
		out := url.Values{}
		for _, v := range []url.Values{day, more} {
			for k, x := range v {
				out[k] = x
			}
		}
		return out
	}
	handed := url.Values{"do": {"handed"}, "receiver": {"演示签收人"}, "relation": {"agent"}}
	if body := post("clerk01", "/window/deliveries/"+string(dl.ID), 422, with(handed)); !strings.Contains(body, "演示签收人") {
		t.Error("what was typed is lost")
	}
	post("clerk19", "/window/deliveries/"+string(dl.ID), 404, with(handed))
	post("build-decide", "/approver/deliveries/"+string(dl.ID), 404, with(handed))
	post("clerk01", "/window/deliveries/"+string(dl.ID), 403, with(url.Values{"do": {"announced"}, "reason": {"下落不明"}}))
	handed.Set("paper", "授权委托书")
	post("clerk01", "/window/deliveries/"+string(dl.ID), 303, with(handed))
	if dl, err := delivery.Get(ctx, s.DB, dl.ID); err != nil || dl.State != delivery.Served {
		t.Error(dl.State, err)
	}
	at := "/approver/licences/" + string(l.ID)
	words := url.Values{"ground": {"70-3"}, "reason": {"经营者已经申请终止经营。"}}
	post("build-decide", at+"/act/cancel", 404, words)
	post("market-decide", at+"/act/cancel", 422, url.Values{"ground": {"70-1"}, "reason": {"经营者已经申请终止经营。"}})
	post("market-decide", at+"/act/cancel", 303, words)
	acts, err := licence.Acts(ctx, s.DB, l.ID)
	if err != nil || len(acts) != 1 {
		t.Fatal(acts, err)
	}
	verdict := url.Values{"act": {string(acts[0].ID)}, "do": {"carry"}}
	post("market-decide", at+"/settle", 403, verdict)
	post("market-decide-b", at+"/settle", 303, verdict)
	inbox, err := publication.Handovers(ctx, s.DB, l.Organ, true, s.Clock.Now().AddDate(0, 0, 1), "", 10)
	if err != nil || len(inbox) != 2 {
		t.Fatal(inbox, err)
	}
	post("build-decide", "/approver/handovers/"+inbox[0].ID, 404, url.Values{})
	post("market-decide", "/approver/handovers/"+inbox[0].ID, 303, url.Values{})
	if csv := s.do("", httptest.NewRequest("GET", "/public/decisions.csv", nil)); csv.StatusCode != 200 {
		t.Error(csv.StatusCode)
	} else {
		var b strings.Builder
		_, _ = io.Copy(&b, csv.Body)
		if name := s.Person("person-001").Name; strings.Contains(b.String(), name) || !strings.Contains(b.String(), l.Number) || !strings.Contains(b.String(), "行政相对人名称") {
			t.Error(b.String())
		}
	}
	post("market-decide", "/approver/contests/"+string(l.CaseItem), 303, with(url.Values{"do": {"file"}, "kind": {"court"}, "body": {"演示人民法院"}}))
	post("market-decide", "/approver/contests/"+string(l.CaseItem), 409, with(url.Values{"do": {"file"}, "kind": {"court"}, "body": {"演示人民法院"}}))
}
