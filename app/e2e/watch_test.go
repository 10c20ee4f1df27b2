package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"yimen/domain/casefile"
	"yimen/domain/inspection"
	"yimen/foundation/db"
	"yimen/process/supervise"
	"yimen/ref"
)

// watched are a card, an order and an escalation of the building bureau's on one case.
func (h *house) watched(t *testing.T) (card, order, escalation string) {
	t.Helper()
	c, err := casefile.Get(t.Context(), h.DB, h.things.Open)
	if err != nil {
		t.Fatal(err)
	}
	by := h.Staff("supervisor01")
	word := func(words string) supervise.Word {
		return supervise.Word{Submit: h.Submit(by, "test.watch"), By: by, Words: words}
	}
	if card, order, escalation = h.watchedBefore(t, c.ID); card != "" {
		return card, order, escalation
	}
	if _, err := h.Watch.Put(t.Context(), supervise.ByHand{Word: word("现场检查发现没有按时踏勘。"), Number: c.Number, Rule: "other", Level: inspection.Yellow}); err != nil {
		t.Fatal(err)
	}
	cards, err := inspection.OfCase(t.Context(), h.DB, c.ID)
	n := slices.IndexFunc(cards, func(x inspection.Card) bool { return x.Cause == inspection.ByHand })
	if err != nil || n < 0 {
		t.Fatal(cards, err)
	}
	card = cards[n].ID
	o := supervise.Ordering{Word: word("三天内完成踏勘，并把记录放进办件。"), Title: "限期完成踏勘", Number: c.Number, Card: card, Organ: c.Organ, Who: "build-decide", Due: h.Clock.Now().Add(72 * time.Hour)}
	if order, err = h.Watch.Order(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	err = h.DB.Write(t.Context(), "test.Escalate", func(ctx context.Context, tx *db.Tx) error {
		e := inspection.Escalation{ID: db.NewID(), Case: c.ID, Number: c.Number, Party: c.Party, Organ: c.Organ, Actor: "test", Made: h.Clock.Now(), Answer: h.Clock.Now().Add(48 * time.Hour)}
		escalation, _, err = inspection.Escalate(ctx, tx, e)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return card, order, escalation
}

// watchedBefore are those that another test made; they are marked by their words and not by the sweep.
func (h *house) watchedBefore(t *testing.T, id ref.CaseID) (card, order, escalation string) {
	orders, err := inspection.Orders(t.Context(), h.DB, inspection.OrderFilter{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range orders {
		if o.Case == id && o.Card != "" {
			e, err := inspection.OpenEscalation(t.Context(), h.DB, id)
			if err != nil {
				t.Fatal(err)
			}
			return o.Card, o.ID, e.ID
		}
	}
	return "", "", ""
}

// watchVisits are the pages of cards, orders, escalations, rules and the wall.
func (h *house) watchVisits(t *testing.T) map[string][]visit {
	card, order, escalation := h.watched(t)
	boss := func(path string) visit { return visit{path: path, account: "supervisor01"} }
	mine := func(path string) visit { return visit{path: path, account: "build-decide"} }
	file := func(path, account string) visit { return visit{path: path, account: account, kind: "text/csv"} }
	return map[string][]visit{
		"/oversight/cases.csv":        {file("/oversight/cases.csv?stage=accepted", "supervisor01")},
		"/oversight/wall":             {boss("/oversight/wall"), boss("/oversight/wall?by=item"), boss("/oversight/wall?by=town&clock=accept"), {path: "/oversight/wall", account: "build-decide", status: 403}},
		"/oversight/wall/list":        {boss("/oversight/wall/list"), boss("/oversight/wall/list?state=overdue")},
		"/oversight/wall/stream":      {{path: "/oversight/wall/stream", account: "supervisor01", kind: "stream"}},
		"/oversight/wall.csv":         {file("/oversight/wall.csv", "supervisor01")},
		"/oversight/cards":            {boss("/oversight/cards"), boss("/oversight/cards?state=contested")},
		"/oversight/cards.csv":        {file("/oversight/cards.csv", "supervisor01")},
		"/oversight/cards/new":        {boss("/oversight/cards/new")},
		"/oversight/cards/{id}":       {boss("/oversight/cards/" + card), {path: "/oversight/cards/none", account: "supervisor01", status: 404}},
		"/oversight/orders":           {boss("/oversight/orders"), boss("/oversight/orders?show=look")},
		"/oversight/orders.csv":       {file("/oversight/orders.csv", "supervisor01")},
		"/oversight/orders/new":       {boss("/oversight/orders/new"), boss("/oversight/orders/new?card=" + card)},
		"/oversight/orders/{id}":      {boss("/oversight/orders/" + order)},
		"/oversight/escalations":      {boss("/oversight/escalations"), boss("/oversight/escalations?show=done")},
		"/oversight/escalations/{id}": {boss("/oversight/escalations/" + escalation)},
		"/oversight/rules":            {boss("/oversight/rules"), boss("/oversight/rules?version=1")},
		"/oversight/rules.json":       {{path: "/oversight/rules.json", account: "supervisor01", kind: "application/json"}},
		"/oversight/rules/import":     {boss("/oversight/rules/import")},
		"/oversight/rules/{id}":       {boss("/oversight/rules/promise"), boss("/oversight/rules/no-reason")},
		"/approver/tasks.csv":         {file("/approver/tasks.csv", "build-review-a")},
		"/approver/cards.csv":         {file("/approver/cards.csv", "build-decide")},
		"/approver/duties":            {mine("/approver/duties"), {path: "/approver/duties", account: "police-review-a"}},
		"/approver/card/{id}":         {mine("/approver/card/" + card), {path: "/approver/card/" + card, account: "police-review-a", status: 404}},
		"/approver/order/{id}":        {mine("/approver/order/" + order), {path: "/approver/order/" + order, account: "police-review-a", status: 404}},
		"/approver/escalation/{id}":   {mine("/approver/escalation/" + escalation), {path: "/approver/escalation/" + escalation, account: "police-review-a", status: 404}},
	}
}

// TestACardIsExplainedByKeyboard has the officer go from the inbox to the card and answer without a mouse.
func TestACardIsExplainedByKeyboard(t *testing.T) {
	s := sit(t)
	card, _, _ := s.house.watched(t)
	s.enter("build-decide", "/approver")
	s.sees("等你答复")
	s.away(func() { s.press("c") })
	s.sees("监察与督办")
	s.goTo("/approver/card/" + card)
	s.write("words", "踏勘已经安排在明天上午，办完马上答复。")
	s.away(func() { s.press(kb.Enter, chromedp.ModifierCtrl) })
	s.sees("已说明", "踏勘已经安排在明天上午，办完马上答复。")
	if strings.Contains(s.says(`document.body.innerText`), "[watch.") {
		t.Error("a sentence is missing")
	}
}
