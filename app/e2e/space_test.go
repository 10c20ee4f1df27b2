package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"yimen/app/apptest"
	"yimen/domain/audit"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/licence"
	"yimen/domain/material"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/ref"
	"yimen/town"
	"yimen/web/page"
)

// Visitors from outside, as visits call them.
const (
	resident  = "a person" // has a licence, papers, a draft, looks
	bareCode  = "a phone"  // signed in by a code alone, with a draft
	newcomer  = "a newcomer"
	spokesman = "a representative" // in the company's space
)

// spaces signs people in and gives them things to look at.
func (h *house) spaces() error {
	h.visitors = map[string]identity.Me{resident: h.Visitor("person-004"), newcomer: h.Visitor("person-200"), bareCode: h.SignIn(&apptest.Phone{Number: "19900008888"})}
	t, err := town.Load()
	if err != nil {
		return err
	}
	_, companies := town.People(t, town.Seed)
	for _, c := range companies {
		if c.Key == "company-03" {
			me := h.Visitor(c.By)
			me.For = h.Person(c.Key).ID
			h.visitors[spokesman] = me
		}
	}
	ctx := context.Background()
	for _, who := range []string{resident, spokesman} {
		me := h.visitors[who]
		for _, account := range []string{"build-decide", "health-decide"} {
			if err := h.Gate.Look(ctx, disclose.Look{By: h.Staff(account), Party: me.For, Case: h.things.Instant, Purpose: disclose.ForProgress}); err != nil {
				return err
			}
		}
		for range 2 { // two of a kind on one page
			if err := h.draft(me, me.For); err != nil {
				return err
			}
		}
	}
	declared, err := h.Desk.Declare(ctx, h.visitors[bareCode].Actor(), ref.PartyNatural, "欧阳晓明", string(h.Somebody("person-210").Number))
	if err != nil {
		return err
	}
	if err := h.draft(h.visitors[bareCode], declared); err != nil {
		return err
	}
	return h.object()
}

func (h *house) key(actor string) once.Submit {
	return once.Submit{Actor: actor, Route: "e2e", Key: page.NewKey(), At: h.Now()}
}

func (h *house) draft(me identity.Me, who ref.PartyID) error {
	_, err := h.Desk.BeginOnline(context.Background(), h.key(me.Actor()), me, "cc-individual-business", who, form.Content{})
	return err
}

// object lets the resident object to one look of two, and ask for a correction.
func (h *house) object() error {
	me := h.visitors[resident]
	looks, err := audit.Accesses(context.Background(), h.DB, me.Person, 1)
	if err != nil {
		return err
	}
	for _, o := range []disclose.Objection{{Access: looks[0].ID, Words: "我没有办过这件事"}, {Fact: "address", Words: "去年搬家了"}} {
		o.Submit, o.Me = h.key(me.Actor()), me
		if _, err := h.Gate.Object(context.Background(), o); err != nil {
			return err
		}
	}
	return nil
}

// spaceVisits are the pages of 我的空间 and what supervisors see of it.
func (h *house) spaceVisits(t *testing.T) map[string][]visit {
	t.Helper()
	me := h.visitors[resident]
	licences, err := licence.ByParty(t.Context(), h.DB, me.Person)
	if err != nil || len(licences) == 0 {
		t.Fatal(licences, err)
	}
	papers, err := material.ByParty(t.Context(), h.DB, []ref.PartyID{me.Person}, 1)
	if err != nil || len(papers) == 0 {
		t.Fatal(papers, err)
	}
	said, err := audit.ObjectionsOf(t.Context(), h.DB, []ref.PartyID{me.Person}, 2)
	if err != nil || len(said) != 2 {
		t.Fatal(said, err)
	}
	everybody := func(path string) []visit {
		return []visit{{path: path, account: resident}, {path: path, account: newcomer}, {path: path, account: bareCode}, {path: path, account: spokesman}}
	}
	return map[string][]visit{
		"/me":                        everybody("/me"),
		"/me/data":                   {{path: "/me/data", account: resident}, {path: "/me/data?wrong=phone", account: resident}, {path: "/me/data?sent=1", account: spokesman}, {path: "/me/data", account: bareCode}},
		"/me/licences":               {{path: "/me/licences", account: resident}, {path: "/me/licences", account: newcomer}},
		"/me/licences/{id}/pdf":      {{path: "/me/licences/" + string(licences[0].ID) + "/pdf", account: resident, kind: "application/pdf"}},
		"/me/materials":              {{path: "/me/materials", account: resident}, {path: "/me/materials", account: newcomer}},
		"/me/materials/{id}":         {{path: "/me/materials/" + string(papers[0].ID), account: resident, kind: "application/pdf"}},
		"/me/cases":                  append(everybody("/me/cases"), visit{path: "/me/cases?show=open", account: resident}),
		"/me/drafts":                 everybody("/me/drafts"),
		"/me/looks":                  {{path: "/me/looks", account: resident}, {path: "/me/looks", account: newcomer}},
		"/me/devices":                {{path: "/me/devices", account: resident}, {path: "/me/devices", account: bareCode}},
		"/me/download":               {{path: "/me/download", account: resident}},
		"/oversight/objections":      {{path: "/oversight/objections", account: "supervisor01"}, {path: "/oversight/objections?show=done", account: "supervisor01"}},
		"/oversight/objections/{id}": {{path: "/oversight/objections/" + said[0].ID, account: "supervisor01"}, {path: "/oversight/objections/" + said[1].ID, account: "supervisor01"}},
	}
}

// TestSpaceWithoutScript goes through the space with scripts switched off: a look objected to, a
// correction with a mistake first, the numbers shown, over to the company and back.
func TestSpaceWithoutScript(t *testing.T) {
	s := sit(t)
	if _, err := chromedp.Call(s.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	s.become(spokesman, looks()[0])
	s.goTo("/me")
	s.follow("/me/looks", func() { s.click("谁看过我的信息") })
	s.follow("/me/looks", func() { s.click("我有异议") })
	s.shows("已经提出")
	s.goTo("/me/data")
	s.follow("/me/data", func() { s.click("不对") })
	s.follow("/me/data/wrong", func() { s.click("提交更正请求") })
	s.shows("有 1 处需要改正", "请写清楚")
	s.write("words", "名称少了一个字")
	s.follow("/me/data", func() { s.click("提交更正请求") })
	s.shows("更正请求已经提交", "名称少了一个字")
	s.follow("/me/data/show", func() { s.click("显示完整") })
	s.goTo("/me")
	s.follow("/me", func() { s.click("回到我自己的空间") })
	s.follow("/me", func() { s.click("进入") })
	s.shows("法定代表人")
	if odd := s.heard(); len(odd) > 0 {
		t.Error(odd)
	}
}

// TestSpaceIsLight weighs the pages of the space as TestCitizenPagesAreLight does the others.
func TestSpaceIsLight(t *testing.T) {
	s := sit(t)
	s.become(resident, looks()[0])
	for _, path := range []string{"/me", "/me/data", "/me/licences", "/me/materials", "/me/cases", "/me/drafts", "/me/looks", "/me/devices", "/me/download"} {
		if _, err := chromedp.Call(s.ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
			t.Fatal(err)
		}
		if weight := s.weigh(path); weight > onTheWire || weight < 5000 {
			t.Errorf("%s weighs %.0f bytes", path, weight)
		} else {
			t.Logf("%-16s %6.0f bytes", path, weight)
		}
	}
}

// weigh counts what comes for a page.
func (s *seat) weigh(path string) float64 {
	s.t.Helper()
	s.goTo("/a/nothing.txt") // so that what the last page still asked for is counted there
	s.mu.Lock()
	s.bytes = 0
	s.mu.Unlock()
	s.goTo(path)
	if _, err := chromedp.Run(s.ctx, chromedp.Evaluate[int](`fetch(document.querySelector("link[rel=icon]").href).then(r => r.text()).then(x => x.length)`, chromedp.EvalAwaitPromise)); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}
