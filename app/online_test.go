package app_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"yimen/app"
	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/process/signin"
	"yimen/ref"
)

// sight is what a phone's session sees of a case.
func sight(t *testing.T, a *apptest.App, me identity.Me, id ref.CaseID) identity.Sight {
	t.Helper()
	c, err := casefile.Get(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	who, err := party.Get(ctx, a.DB, c.Party)
	if err != nil {
		t.Fatal(err)
	}
	return me.Sees(intake.CaseThing(c, who))
}

func TestAnApplicationFromAPhone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: "19900007001"}
		if me := a.SignIn(p); me.Real() || me.Level != ref.AssuranceCode {
			t.Fatalf("a code alone gave %+v", me)
		}
		who := a.Somebody("person-040")
		mine := a.Declared(p, who.Name, string(who.Number))
		if known := a.Person("person-040"); known.ID == mine {
			t.Fatal("what was typed into a phone is the registered person")
		}
		id := a.Apply(p, "cc-individual-business", mine)
		c := stage(t, a, id, casefile.Received)
		if c.Account != p.Me.Account || c.Assured != ref.AssuranceCode || c.Channel != ref.ChannelPhone || !c.AcceptedAt.IsZero() {
			t.Fatalf("%+v", c)
		}
		// 2 March 2026 is a Monday: five working days from the submission end on the 9th.
		if got := c.Due.In(time.FixedZone("CST", 8*3600)).Format("2006-01-02"); got != "2026-03-09" {
			t.Errorf("due %s", got)
		}
		if docs := documents(t, a, id); docs[seal.Receipt].ID == "" || len(docs) != 1 {
			t.Errorf("%+v", docs)
		}
		a.Decide(a.Decision("market-accept", a.Task(id, approval.Accept, ""), approval.Take))
		a.Decide(a.Decision("market-rep-zumiao", a.Task(id, approval.Decide, ""), approval.Grant))
		stage(t, a, id, casefile.Closed)
		if s := sight(t, a, p.Me, id); s != identity.All {
			t.Errorf("the phone that began it sees %v", s)
		}
		other := &apptest.Phone{Number: "19900007002"}
		if s := sight(t, a, a.SignIn(other), id); s != identity.Nothing {
			t.Errorf("another phone sees %v", s)
		}
	})
}

// A person who proves who they are keeps what they began before; somebody else's number stays apart.
func TestProvingKeepsWhatWasBegun(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: "19900007003"}
		a.SignIn(p)
		me, father := a.Somebody("person-041"), a.Somebody("person-042")
		own := a.Apply(p, "cc-individual-business", a.Declared(p, me.Name, string(me.Number)))
		his := a.Apply(p, "cc-individual-business", a.Declared(p, father.Name, string(father.Number)))
		draft := a.DraftOn(p, "cc-individual-business", a.Declared(p, me.Name, string(me.Number)))
		a.Prove(p, "person-041")
		if !p.Me.Real() || p.Me.Person != a.Person("person-041").ID {
			t.Fatalf("%+v", p.Me)
		}
		d, err := a.Desk.Mine(ctx, p.Me, draft)
		if err != nil || d.Party != p.Me.Person {
			t.Fatal("the draft did not follow", d.Party, err)
		}
		if _, err := a.Desk.Apply(ctx, a.Application(p, draft)); err != nil { // its papers were sealed anew and still open
			t.Fatal(err)
		}
		a.Settle()
		for id, want := range map[ref.CaseID]identity.Sight{own: identity.All, his: identity.All} {
			if got := sight(t, a, p.Me, id); got != want {
				t.Errorf("sees %v, want %v", got, want)
			}
		}
		// Another browser with the same phone: the code opens the progress of what is the person's, no more.
		elsewhere := &apptest.Phone{Number: p.Number}
		a.Clock.Add(2 * time.Minute)
		if got := a.SignIn(elsewhere); got.Real() {
			t.Fatal("a phone alone opened the person")
		}
		if got := sight(t, a, elsewhere.Me, own); got != identity.Progress {
			t.Errorf("another browser sees %v of the person's case", got)
		}
		// The same browser again is enough.
		a.Clock.Add(2 * time.Minute)
		if got := a.SignIn(p); !got.Real() {
			t.Error("the trusted browser has to prove again")
		}
		a.Clock.Add(identity.Trust)
		if got := a.SignIn(p); got.Real() {
			t.Error("trust has no end")
		}
	})
}

func TestAPhoneIsNobodysForLong(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: "19900007004"}
		first := a.SignIn(p)
		a.Prove(p, "person-043")
		if _, err := a.Outside.Prove(ctx, proven(a, p, "person-044")); !fault.Is(err, fault.Conflict) {
			t.Errorf("the phone was bound to a second person: %v", err)
		}
		a.Clock.Add(identity.Idle + time.Hour)
		stranger := &apptest.Phone{Number: p.Number}
		if got := a.SignIn(stranger); got.Account == first.Account || got.Real() {
			t.Error("whoever got the number opened the account")
		}
	})
}

func TestCodesAreFew(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		const number = "19900007005"
		id, err := a.Outside.SendCode(ctx, " 199 0000-7005 ")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Outside.SendCode(ctx, number); !fault.Is(err, fault.TooMany) {
			t.Errorf("a second code at once: %v", err)
		}
		right := a.Code(number)
		for range 5 {
			if _, err := a.Outside.EnterCode(ctx, id, wrongCode(right), "", ""); !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
		}
		if _, err := a.Outside.EnterCode(ctx, id, right, "", ""); !fault.Is(err, fault.Invalid) {
			t.Error("the code lives after five wrong tries")
		}
		sent := 1
		for range 30 {
			a.Clock.Add(61 * time.Second)
			if _, err := a.Outside.SendCode(ctx, number); err == nil {
				sent++
			}
		}
		if sent != 5 {
			t.Errorf("%d codes within half an hour", sent)
		}
		a.Clock.Add(6 * time.Minute)
		if _, err := a.Outside.EnterCode(ctx, id, right, "", ""); !fault.Is(err, fault.Invalid) {
			t.Error("an old code still opens")
		}
		if _, err := a.Outside.EnterCode(ctx, "none", right, "", ""); !fault.Is(err, fault.Invalid) {
			t.Error("an unknown code has another answer")
		}
		for _, bad := range []string{"", "12345", "075700000000", "1990000700a", "👍", "<script>"} {
			if _, err := a.Outside.SendCode(ctx, bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}

func wrongCode(right string) string {
	if right == "111111" {
		return "222222"
	}
	return "111111"
}

// A code is good once, however many enter it at once.
func TestACodeIsGoodOnceAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, err := a.Outside.SendCode(ctx, "19900007006")
		if err != nil {
			t.Fatal(err)
		}
		code, in := a.Code("19900007006"), make(chan bool, 20)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_, err := a.Outside.EnterCode(ctx, id, code, "", "")
				in <- err == nil
			})
		}
		wg.Wait()
		close(in)
		n := 0
		for ok := range in {
			if ok {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d came in by one code", n)
		}
	})
}

func TestTwentySubmitsFromAPhoneAtOnceLeaveOneCase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: "19900007007"}
		a.SignIn(p)
		who := a.Somebody("person-045")
		mine := a.Declared(p, who.Name, string(who.Number))
		q := a.Application(p, a.DraftOn(p, "cc-individual-business", mine))
		ids := make([]ref.CaseID, 20)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				var err error
				if ids[i], err = a.Desk.Apply(ctx, q); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(slices.Compact(ids)) != 1 {
			t.Errorf("%v", ids)
		}
		all, err := casefile.OfParties(ctx, a.DB, []ref.PartyID{mine}, "", time.Time{}, "", 50)
		if err != nil || len(all) != 1 {
			t.Errorf("%d cases, %v", len(all), err)
		}
	})
}

// A clerk goes on with a phone's draft only while its own person stands there.
func TestAWindowGoesOnWithAPhonesDraft(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: "19900007008"}
		a.SignIn(p)
		who := a.Somebody("person-046")
		draft := a.DraftOn(p, "cc-individual-business", a.Declared(p, who.Name, string(who.Number)))
		code := intake.DraftCode(a.Vault.Blind, draft)
		clerk := a.Staff("clerk01")
		if _, err := a.Desk.TakeOver(ctx, clerk, laid(t, a, "person-047"), code); !fault.Is(err, fault.Denied) {
			t.Errorf("a draft opened before another person: %v", err)
		}
		presence := laid(t, a, "person-046")
		if _, err := a.Desk.TakeOver(ctx, clerk, presence, "ABCDEFGH"); !fault.Is(err, fault.Invalid) {
			t.Errorf("unknown characters: %v", err)
		}
		if _, err := a.Desk.TakeOver(ctx, a.Staff("clerk02"), presence, code); !fault.Is(err, fault.Conflict) {
			t.Errorf("another clerk's presence: %v", err)
		}
		id, err := a.Desk.TakeOver(ctx, clerk, presence, code[:4]+" "+code[4:])
		if err != nil || id != draft {
			t.Fatal(id, err)
		}
		d, err := form.GetDraft(ctx, a.DB, draft)
		if err != nil || d.Party != a.Person("person-046").ID || d.Staff != clerk.ID || d.Account != p.Me.Account {
			t.Fatalf("%+v %v", d, err)
		}
		if _, err := a.Desk.Mine(ctx, p.Me, draft); !fault.Is(err, fault.NotFound) {
			t.Error("the phone still opens what the window may have filled with held data")
		}
		c, err := d.Open(ctx, a.DB, a.Vault)
		if err != nil {
			t.Fatal(err)
		}
		q := intake.Acceptance{Submit: a.Submit(clerk, "test.accept"), Clerk: clerk, Draft: draft, Account: d.Account, Version: d.Version, Party: d.Party, Place: c.Place,
			Channel: ref.ChannelWindow, Answers: c.Answers, Materials: c.Materials}
		made, err := a.Desk.Accept(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if got := sight(t, a, p.Me, made); got != identity.Progress {
			t.Errorf("the phone sees %v of what it began", got)
		}
	})
}

// A draft that a phone and a window hand in at once becomes one case.
func TestOneDraftBecomesOneCaseFromTwoSides(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: "19900007012"}
		a.SignIn(p)
		a.Prove(p, "person-049")
		draft := a.DraftOn(p, "cc-individual-business", p.Me.Person)
		clerk := a.Staff("clerk01")
		if _, err := a.Desk.TakeOver(ctx, clerk, laid(t, a, "person-049"), intake.DraftCode(a.Vault.Blind, draft)); err != nil {
			t.Fatal(err)
		}
		q := a.Application(p, draft)
		w := intake.Acceptance{Submit: a.Submit(clerk, "test.accept"), Clerk: clerk, Draft: draft, Account: p.Me.Account, Version: q.Version, Party: q.Party, Place: q.Place,
			Channel: ref.ChannelWindow, Answers: q.Answers, Materials: q.Materials}
		var wg sync.WaitGroup
		var failed [2]error
		wg.Go(func() { _, failed[0] = a.Desk.Apply(ctx, q) })
		wg.Go(func() { _, failed[1] = a.Desk.Accept(ctx, w) })
		wg.Wait()
		if (failed[0] == nil) == (failed[1] == nil) || failed[0] != nil && !fault.Is(failed[0], fault.Conflict) || failed[1] != nil && !fault.Is(failed[1], fault.Conflict) {
			t.Errorf("%v", failed)
		}
	})
}

// laid is the presence of a person whose card lies on clerk01's reader.
func laid(t *testing.T, a *apptest.App, key string) string {
	t.Helper()
	people, err := a.Cards()
	if err != nil {
		t.Fatal(err)
	}
	reader, end, err := app.CardReader(people)(key)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	p, err := a.Desk.ReadCard(ctx, a.Staff("clerk01"), reader)
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

func TestAWindowConfirmsAPhone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: "19900007009"}
		a.SignIn(p)
		clerk := a.Staff("clerk01")
		link, err := a.Outside.ShowLink(ctx, p.Me)
		if err != nil {
			t.Fatal(err)
		}
		people, _ := a.Cards()
		typed, err := a.Desk.TypeNumber(ctx, intake.Typed{By: clerk, Kind: ref.PartyNatural, Number: string(people[50].Number), Reason: "没有带卡"})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Outside.BindAtWindow(ctx, clerk, typed.ID, link); !fault.Is(err, fault.Conflict) {
			t.Errorf("a typed number confirmed a phone: %v", err)
		}
		presence := laid(t, a, "person-048")
		if err := a.Outside.BindAtWindow(ctx, clerk, presence, "ABCDEFGH"); !fault.Is(err, fault.Invalid) {
			t.Errorf("wrong characters: %v", err)
		}
		if err := a.Outside.BindAtWindow(ctx, clerk, presence, link); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if err := a.Outside.BindAtWindow(ctx, clerk, presence, link); !fault.Is(err, fault.Invalid) {
			t.Errorf("the characters are good twice: %v", err)
		}
		me, _, err := a.Outside.Return(ctx, p.Me.Account, p.Me.Device, ref.AssuranceReal, "")
		if err != nil || me.Person != a.Person("person-048").ID {
			t.Errorf("%+v %v", me, err)
		}
		if me, _, _ := a.Outside.Return(ctx, p.Me.Account, p.Me.Device, ref.AssuranceCode, ""); me.Real() {
			t.Error("a running session rose by itself")
		}
		if err := a.Outside.RemoveDevice(ctx, me, me.Device); err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.Outside.Return(ctx, p.Me.Account, p.Me.Device, ref.AssuranceReal, ""); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a removed browser goes on: %v", err)
		}
	})
}

func proven(a *apptest.App, p *apptest.Phone, key string) signin.Proven {
	who := a.Somebody(key)
	return signin.Proven{Account: p.Me.Account, Device: p.Me.Device, By: "provider:test", Name: who.Name, Number: string(who.Number)}
}
