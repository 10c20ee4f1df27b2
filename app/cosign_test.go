package app_test

import (
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/casefile"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/notice"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
)

const leaseItem = "cc-lease-record"

// lease begins a complete application for a house, shared with co-owners or not.
func lease(t *testing.T, a *apptest.App, me identity.Me, shared string) string {
	t.Helper()
	doc := apptest.Item(a, leaseItem)
	c := form.Content{Answers: a.Filled(doc), Materials: a.Papers(me.Person, doc), Place: "440604012"}
	set := func(element, value string) {
		c.Answers[element] = form.Answer{Element: element, Value: value, Source: "source.phone", At: a.Now()}
	}
	set("lease.shared", shared)
	set("lease.from", "2026-04-01")
	set("lease.to", "2027-03-31")
	id, err := a.Desk.BeginOnline(ctx, fromPhone(a, me, "test.begin"), me, leaseItem, me.Person, c)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func signer(a *apptest.App, key string) intake.Signer {
	who := a.Somebody(key)
	return intake.Signer{Role: "co-owner", Name: who.Name, Number: string(who.Number)}
}

// waiting is what a person is asked to sign.
func waiting(t *testing.T, a *apptest.App, me identity.Me) []party.Signature {
	t.Helper()
	who, err := party.Get(ctx, a.DB, me.Person)
	if err != nil {
		t.Fatal(err)
	}
	list, err := party.ToSign(ctx, a.DB, who, a.Now())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func caseOf(t *testing.T, a *apptest.App, who ref.PartyID) []casefile.Case {
	t.Helper()
	list, err := casefile.ByParty(ctx, a.DB, who, 10)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Handed in only when all have signed; a change voids what was signed; a refusal and silence are told.
func TestSigningTogether(t *testing.T) {
	apptest.EachWith(t, []ref.ItemID{leaseItem}, func(t *testing.T, a *apptest.App) {
		first, second, third := a.Visitor("person-070"), a.Visitor("person-071"), a.Visitor("person-072")
		draft := lease(t, a, first, "yes")
		if _, err := a.Desk.Apply(ctx, a.Application(&apptest.Phone{Me: first}, draft)); !fault.Is(err, fault.Invalid) {
			t.Fatalf("handed in unsigned: %v", err)
		}
		if err := a.Desk.AskToSign(ctx, first, draft); !fault.Is(err, fault.Invalid) {
			t.Errorf("sent to nobody: %v", err)
		}
		if err := a.Desk.NameSigner(ctx, second, draft, signer(a, "person-071")); !fault.Is(err, fault.NotFound) {
			t.Errorf("a stranger names signers: %v", err)
		}
		for _, key := range []string{"person-071", "person-072"} {
			if err := a.Desk.NameSigner(ctx, first, draft, signer(a, key)); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Desk.NameSigner(ctx, first, draft, signer(a, "person-070")); !fault.Is(err, fault.Invalid) {
			t.Errorf("the applicant twice: %v", err)
		}
		if len(waiting(t, a, second)) != 0 {
			t.Error("asked before it was sent")
		}
		ask := func() {
			t.Helper()
			if err := a.Desk.AskToSign(ctx, first, draft); err != nil {
				t.Fatal(err)
			}
			a.Settle()
		}
		ask()
		wantTold(t, a, second.Person, notice.SignAsked)
		read := func(me identity.Me) intake.ToSign {
			t.Helper()
			list := waiting(t, a, me)
			if len(list) != 1 {
				t.Fatalf("%d wait", len(list))
			}
			x, err := a.Desk.ToSign(ctx, a.DB, me.Person, list[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		x, y := read(second), read(third)
		if _, err := a.Desk.ToSign(ctx, a.DB, third.Person, x.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("one reads the other's: %v", err)
		}
		if err := a.Desk.Sign(ctx, apptest.AtCode(second), x.ID, x.Content.Digest(), ""); !fault.Is(err, fault.Denied) {
			t.Errorf("signed with a phone alone: %v", err)
		}
		sign := func(me identity.Me, s intake.ToSign, refusal string) error {
			return a.Desk.Sign(ctx, me, s.Signature.ID, s.Content.Digest(), refusal)
		}
		if err := sign(second, x, ""); err != nil {
			t.Fatal(err)
		}
		if err := a.Desk.KeepOnline(ctx, first, draft, func(c *form.Content) {
			v := c.Answers["lease.rent"]
			v.Value = "4321"
			c.Answers["lease.rent"] = v
		}); err != nil {
			t.Fatal(err)
		}
		if err := sign(third, y, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("signed what was changed meanwhile: %v", err)
		}
		ask()
		if n := len(waiting(t, a, second)); n != 1 {
			t.Error("the change did not void what was signed")
		}
		if err := sign(third, read(third), "x"); !fault.Is(err, fault.Invalid) {
			t.Errorf("refused without a word: %v", err)
		}
		if err := sign(third, read(third), "租金写错了"); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		wantTold(t, a, first.Person, notice.SignRefused)
		if err := sign(second, read(second), ""); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if len(caseOf(t, a, first.Person)) != 0 {
			t.Fatal("handed in although one refused")
		}
		ask() // once more to who refused
		if err := sign(third, read(third), ""); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		cases := caseOf(t, a, first.Person)
		if len(cases) != 1 {
			t.Fatalf("%d cases", len(cases))
		}
		facts, err := casefile.Facts(ctx, a.DB, cases[0].ID)
		if err != nil || facts[0].Detail().Signers != 2 || cases[0].Account != first.Account {
			t.Errorf("%+v %+v %v", facts[0], cases[0], err)
		}
		if _, err := a.Desk.ToSign(ctx, a.DB, second.Person, x.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("the co-signer reads on after it was handed in: %v", err)
		}
	})
}

// Reminded after three days, over after fourteen; who does not own the house jointly needs nobody.
func TestCoSignersAreRemindedAndTimeEnds(t *testing.T) {
	apptest.EachWith(t, []ref.ItemID{leaseItem}, func(t *testing.T, a *apptest.App) {
		first, second := a.Visitor("person-073"), a.Visitor("person-074")
		draft := lease(t, a, first, "yes")
		if err := a.Desk.NameSigner(ctx, first, draft, signer(a, "person-074")); err != nil {
			t.Fatal(err)
		}
		if err := a.Desk.AskToSign(ctx, first, draft); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		a.Clock.Add(party.SignReminder)
		a.Settle()
		wantTold(t, a, second.Person, notice.SignAsked, notice.SignAgain)
		s := waiting(t, a, second)[0]
		a.Clock.Add(party.SignLife)
		a.Settle()
		wantTold(t, a, first.Person, notice.SignOver)
		if err := a.Desk.Sign(ctx, second, s.ID, s.Digest, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("signed too late: %v", err)
		}
		if len(waiting(t, a, second)) != 0 {
			t.Error("still waits")
		}
		alone, err := a.Desk.Apply(ctx, a.Application(&apptest.Phone{Me: first}, lease(t, a, first, "no")))
		if err != nil {
			t.Fatal(err)
		}
		if facts, err := casefile.Facts(ctx, a.DB, alone); err != nil || facts[0].Detail().Signers != 0 {
			t.Errorf("%+v %v", facts, err)
		}
	})
}

// At the window the co-signer's card is read; and the phone's pages do it all with plain posts.
func TestSigningAtTheWindowAndOnPages(t *testing.T) {
	apptest.EachWith(t, []ref.ItemID{leaseItem}, func(t *testing.T, a *apptest.App) {
		first, second := a.Visitor("person-075"), a.Visitor("person-076")
		draft := lease(t, a, first, "yes")
		b, other := browse(t, a, first), browse(t, a, second)
		check := b.get("/draft/" + draft + "/check")
		if !strings.Contains(check.body, "共同签署人") || !strings.Contains(check.body, "请签署人签署") {
			t.Error("the check page does not tell of co-signers")
		}
		who := a.Somebody("person-076")
		if got := b.post("/draft/"+draft+"/signers", "role", "co-owner", "name", who.Name, "number", "123"); got.StatusCode != 422 {
			t.Errorf("a wrong number: %d", got.StatusCode)
		}
		b.post("/draft/"+draft+"/signers", "role", "co-owner", "name", who.Name, "number", string(who.Number))
		if got := b.post("/draft/"+draft+"/submit", "sure", "yes"); got.Header.Get("Location") != "/draft/"+draft+"/signers?sent=1" {
			t.Fatal(got.StatusCode, got.Header.Get("Location"), got.body)
		}
		a.Settle()
		s := waiting(t, a, second)[0]
		if got := b.get("/me/sign/" + s.ID); got.StatusCode != 404 {
			t.Errorf("the applicant opens the co-signer's page: %d", got.StatusCode)
		}
		if got := other.get("/me/sign/" + s.ID); got.StatusCode != 200 || !strings.Contains(got.body, "我同意，签署") {
			t.Errorf("%d", got.StatusCode)
		}
		if got := other.post("/me/sign/"+s.ID, "digest", s.Digest, "sign", "no"); got.StatusCode != 422 {
			t.Errorf("refused without a word: %d", got.StatusCode)
		}
		p := here(t, a, "clerk01", "person-076")
		if err := a.Desk.SignAtWindow(ctx, a.Staff("clerk02"), p.ID, s.ID, s.Digest, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("another clerk: %v", err)
		}
		if err := a.Desk.SignAtWindow(ctx, a.Staff("clerk01"), p.ID, s.ID, s.Digest, ""); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if cases := caseOf(t, a, first.Person); len(cases) != 1 {
			t.Errorf("%d cases", len(cases))
		}
		signed, err := party.SignatureByID(ctx, a.DB, s.ID)
		if err != nil || signed.Witness != a.Staff("clerk01").ID || signed.Case == "" {
			t.Errorf("%+v %v", signed, err)
		}
	})
}
