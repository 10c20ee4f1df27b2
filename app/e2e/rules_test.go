package e2e

import (
	"testing"

	"yimen/domain/rule"
	"yimen/process/standards"
	"yimen/ref"
)

// rulesVisits are the pages of the rules desk.
func (h *house) rulesVisits(t *testing.T) map[string][]visit {
	t.Helper()
	released, worked := "/rules/"+string(h.releasedRule(t)), "/rules/"+string(h.flawedRule(t))
	as := func(account string, paths ...string) (out []visit) {
		for _, p := range paths {
			out = append(out, visit{path: p, account: account})
		}
		return out
	}
	return map[string][]visit{
		"/rules":                     append(as("rules01", "/rules", "/rules?q=没有这样的事", "/rules?state=released"), as("keeper-build", "/rules")...),
		"/rules/{item}":              append(as("rules01", worked, released), append(as("standards01", worked), visit{path: released, account: "clerk01", status: 403})...),
		"/rules/{item}/table.dmn":    {{path: worked + "/table.dmn", account: "rules01", kind: "application/xml"}},
		"/rules/{item}/table.xlsx":   {{path: released + "/table.xlsx?n=1", account: "keeper-build", kind: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}},
		"/rules/{item}/release":      append(as("rules02", worked+"/release", released+"/release", "/rules/cc-road-dig/release"), visit{path: released + "/release", account: "keeper-build", status: 403}),
		"/rules/{item}/releases":     as("standards01", released+"/releases", worked+"/releases"),
		"/rules/{item}/releases/{n}": as("keeper-build", released+"/releases/1"),
	}
}

func (h *house) ruling(account string, b standards.Book) standards.Ruling {
	who := h.Staff(account)
	return standards.Ruling{Submit: h.Submit(who, "test.rule"), By: who, Item: b.Item.ID, Rev: b.Draft.Rev}
}

func (h *house) ruleBook(t *testing.T, id ref.ItemID) standards.Book {
	t.Helper()
	b, err := h.Library.Book(t.Context(), h.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// releasedRule is an item whose own rule was released for a day to come, so that nothing of the item changes.
func (h *house) releasedRule(t *testing.T) ref.ItemID {
	t.Helper()
	const id = "cc-legal-aid"
	b := h.ruleBook(t, id)
	if b.Draft.Released > 0 { // another test walked here before
		return id
	}
	if err := h.Library.SignRule(t.Context(), h.ruling("rules01", b)); err != nil {
		t.Fatal(err)
	}
	day := h.Now().AddDate(0, 1, 0).Format("2006-01-02")
	if _, err := h.Library.ReleaseRule(t.Context(), standards.Releasing{Ruling: h.ruling("rules02", h.ruleBook(t, id)), On: day, Replay: "test"}); err != nil {
		t.Fatal(err)
	}
	return id
}

// flawedRule is an item whose table is being written and has mistakes.
func (h *house) flawedRule(t *testing.T) ref.ItemID {
	t.Helper()
	const id = "cc-hygiene"
	b := h.ruleBook(t, id)
	x := b.Table.Tidy()
	x.Rows[0].Cells[0], x.Rows[1].Says, x.Rows[1].Basis = "maybe", "", rule.Citation{}
	if _, err := h.Library.KeepRule(t.Context(), h.ruling("rules01", b), x); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestRulesPagesInABrowser walks the pages of the rules desk alone.
func TestRulesPagesInABrowser(t *testing.T) {
	start(t)
	s := sit(t)
	for _, visits := range theHouse(t).rulesVisits(t) {
		for _, v := range visits {
			s.visit(v)
		}
	}
}
