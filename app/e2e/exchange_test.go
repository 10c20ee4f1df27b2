package e2e

import (
	"testing"

	"yimen/domain/catalog"
	"yimen/domain/org"
)

// exchangeVisits keeps a file with changes, one with flaws and one of somebody else, and visits what was found in them.
func (h *house) exchangeVisits(t *testing.T) map[string][]visit {
	t.Helper()
	who, err := org.StaffByAccount(t.Context(), h.DB, "standards01")
	if err != nil {
		t.Fatal(err)
	}
	v, err := catalog.Current(t.Context(), h.DB, "cc-road-dig")
	if err != nil {
		t.Fatal(err)
	}
	it, err := v.Doc().Copy()
	if err != nil {
		t.Fatal(err)
	}
	kept := func(name string, it *catalog.Item) string {
		raw, err := catalog.WriteJSON([]*catalog.Item{it})
		if err != nil {
			t.Fatal(err)
		}
		token, err := h.Library.KeepFile(t.Context(), who, name, raw)
		if err != nil {
			t.Fatal(err)
		}
		return "/exchange/file/" + token
	}
	it.Summary = "领取挖路许可证。"
	good := kept("城建事项.json", it)
	it.ProjectType, it.Materials[0].Need, it.Service.Ask = "9", "8", "12345"
	bad := kept("城建事项（有错）.json", it)
	as := func(path string) visit { return visit{path: path, account: "standards01"} }
	file := func(path, kind string) []visit { return []visit{{path: path, account: "keeper-market", kind: kind}} }
	const sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	return map[string][]visit{
		"/exchange":              {as("/exchange"), as("/exchange?new=1&changed=2"), {path: "/exchange", account: "keeper-market"}, {path: "/exchange", account: "clerk01", status: 403}},
		"/exchange/file/{token}": {as(good), as(bad), {path: good, account: "keeper-market", status: 404}},
		"/exchange/items.xlsx":   file("/exchange/items.xlsx", sheet), "/exchange/empty.xlsx": file("/exchange/empty.xlsx", sheet), "/exchange/items.json": file("/exchange/items.json", "application/json"),
		"/exchange/national.csv": file("/exchange/national.csv", "text/csv"), "/exchange/national.jsonl": file("/exchange/national.jsonl", "application/jsonl"),
	}
}

// TestExchangePagesInABrowser walks the pages of items in and out alone.
func TestExchangePagesInABrowser(t *testing.T) {
	start(t)
	s := sit(t)
	for _, visits := range theHouse(t).exchangeVisits(t) {
		for _, v := range visits {
			s.visit(v)
		}
	}
}
