package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yimen/app"
	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/licence"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/inform"
	"yimen/process/intake"
	"yimen/process/signin"
	"yimen/ref"
	"yimen/web/page"
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
		id, err := a.Outside.SendCode(ctx, " 199 0000-7005 ", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Outside.SendCode(ctx, number, ""); !fault.Is(err, fault.TooMany) {
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
			if _, err := a.Outside.SendCode(ctx, number, ""); err == nil {
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
			if _, err := a.Outside.SendCode(ctx, bad, ""); !fault.Is(err, fault.Invalid) {
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
		id, err := a.Outside.SendCode(ctx, "19900007006", "")
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
		all, err := casefile.ByParty(ctx, a.DB, mine, 50)
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
		code := intake.DraftCode(a.Vault, draft)
		clerk := a.Staff("clerk01")
		if _, err := a.Desk.TakeOver(ctx, clerk, laid(t, a, "person-047"), code); !fault.Is(err, fault.Denied) {
			t.Errorf("a draft opened before another person: %v", err)
		}
		typed, err := a.Desk.TypeNumber(ctx, intake.Typed{By: clerk, Kind: ref.PartyNatural, Number: string(who.Number), Reason: "没有带卡"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Desk.TakeOver(ctx, clerk, typed.ID, code); !fault.Is(err, fault.Conflict) {
			t.Errorf("a typed number opened a draft: %v", err)
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
		q := intake.Acceptance{Submit: a.Submit(clerk, "test.accept"), Clerk: clerk, Draft: draft, Rev: d.Rev, Account: d.Account, Version: d.Version, Party: d.Party, Place: c.Place,
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

// Guesses and requests at once are counted one by one.
func TestCodesAreCountedAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		const number = "19900007013"
		var sent atomic.Int64
		together(40, func(int) {
			if _, err := a.Outside.SendCode(ctx, number, ""); err == nil {
				sent.Add(1)
			}
		})
		if sent.Load() != 1 {
			t.Errorf("%d codes went out at once", sent.Load())
		}
		a.Clock.Add(2 * time.Minute)
		id, err := a.Outside.SendCode(ctx, number, "")
		if err != nil {
			t.Fatal(err)
		}
		right := a.Code(number)
		together(40, func(int) { _, _ = a.Outside.EnterCode(ctx, id, wrongCode(right), "", "") })
		c, err := identity.GetCode(ctx, a.DB, id)
		if err != nil || c.Tries != 5 {
			t.Errorf("%d guesses were judged, %v", c.Tries, err)
		}
	})
}

func together(n int, do func(int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

// Strangers who ask for codes in a phone's name do not keep out the browser that its account knows.
func TestStrangersKeepNobodyOut(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	p := &apptest.Phone{Number: "19900007014"}
	a.SignIn(p)
	for range 30 {
		a.Clock.Add(2 * time.Minute)
		_, _ = a.Outside.SendCode(ctx, p.Number, "")
	}
	if _, err := a.Outside.SendCode(ctx, p.Number, ""); !fault.Is(err, fault.TooMany) {
		t.Fatalf("strangers have no limit: %v", err)
	}
	if _, err := a.Outside.SendCode(ctx, p.Number, p.Token); err != nil {
		t.Errorf("the owner's browser is kept out: %v", err)
	}
}

// Submits of one draft with keys of their own, from many tabs at once, leave one case.
func TestManyTabsAtOnceLeaveOneCase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: "19900007015"}
		a.SignIn(p)
		who := a.Somebody("person-050")
		draft := a.DraftOn(p, "cc-individual-business", a.Declared(p, who.Name, string(who.Number)))
		var tabs []intake.Application
		for range 8 {
			tabs = append(tabs, a.Application(p, draft))
		}
		var made atomic.Int64
		together(len(tabs), func(i int) {
			_, err := a.Desk.Apply(ctx, tabs[i])
			if err == nil {
				made.Add(1)
			} else if !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
		})
		if made.Load() != 1 {
			t.Errorf("one draft became %d cases", made.Load())
		}
	})
}

// A phone with nothing but a code neither answers a person's correction nor writes in the person's name.
func TestACodeDoesNotSpeakForThePerson(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	p := &apptest.Phone{Number: "19900007016"}
	a.SignIn(p)
	a.Prove(p, "person-051")
	id := a.Apply(p, "cc-individual-business", p.Me.Person)
	d := a.Decision("market-accept", a.Task(id, approval.Accept, ""), approval.Points)
	d.Note = "租赁合同缺出租人签名。"
	a.Decide(d)
	thief := apptest.AtCode(p.Me)
	sub := once.Submit{Actor: thief.Actor(), Route: "test", Key: db.NewID(), At: a.Clock.Now()}
	if err := a.Desk.SupplyOnline(ctx, intake.Answered{Submit: sub, Me: thief, Case: id, Note: "1. 已补"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("corrected: %v", err)
	}
	if _, err := a.Post.Say(ctx, inform.Saying{Submit: sub, Me: thief, Case: id, Body: "请撤回"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("wrote: %v", err)
	}
	// What is typed in the person's own name from there is another row, and no dead end.
	me := a.Somebody("person-051")
	again := a.Declared(&apptest.Phone{Me: thief}, me.Name, string(me.Number))
	if again == p.Me.Person {
		t.Error("a typed number is the person")
	}
	draft := a.DraftOn(&apptest.Phone{Me: thief}, "cc-individual-business", again)
	if _, err := a.Desk.Mine(ctx, thief, draft); err != nil {
		t.Errorf("a dead end: %v", err)
	}
}

// A draft that a phone and a window hand in at once becomes one case.
func TestOneDraftBecomesOneCaseFromTwoSides(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: "19900007012"}
		a.SignIn(p)
		a.Prove(p, "person-049")
		draft := a.DraftOn(p, "cc-individual-business", p.Me.Person)
		clerk := a.Staff("clerk01")
		if _, err := a.Desk.TakeOver(ctx, clerk, laid(t, a, "person-049"), intake.DraftCode(a.Vault, draft)); err != nil {
			t.Fatal(err)
		}
		q := a.Application(p, draft)
		w := intake.Acceptance{Submit: a.Submit(clerk, "test.accept"), Clerk: clerk, Draft: draft, Rev: q.Rev, Account: p.Me.Account, Version: q.Version, Party: q.Party, Place: q.Place,
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

// The query code opens a case's papers to anybody, so a phone with nothing but a one-time code does not learn it of a person's
// case; and of a case whose applicant nobody has seen it opens no licence.
func TestACodeLeadsToNoLicence(t *testing.T) {
	s := newSite(t)
	p := &apptest.Phone{Number: "19900007017"}
	s.SignIn(p)
	s.Prove(p, "person-052")
	theirs := s.Apply(p, "cc-individual-business", p.Me.Person)
	asked := func(me identity.Me, path string) string {
		r := httptest.NewRequest("GET", path, nil)
		r.AddCookie(s.VisitCookie(me))
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w.Body.String()
	}
	at := "/me/case/" + string(theirs) + "/done"
	if !strings.Contains(asked(p.Me, at), s.QueryCode(theirs)) {
		t.Error("the person does not get the code")
	}
	if strings.Contains(asked(apptest.AtCode(p.Me), at), s.QueryCode(theirs)) {
		t.Error("the phone gets the code of the person's case")
	}
	holder := &apptest.Phone{Number: "19900007018"}
	s.SignIn(holder)
	who := s.Somebody("person-053")
	unseen := s.Apply(holder, "cc-individual-business", s.Declared(holder, who.Name, string(who.Number)))
	s.Decide(s.Decision("market-accept", s.Task(unseen, approval.Accept, ""), approval.Take))
	s.Decide(s.Decision("market-rep-zumiao", s.Task(unseen, approval.Decide, ""), approval.Grant))
	licences, err := licence.ByCase(ctx, s.DB, unseen)
	if err != nil || len(licences) != 1 {
		t.Fatal(licences, err)
	}
	cookies := s.lookUp(unseen)
	for path, want := range map[string]int{"/progress/case": 200, "/progress/document/" + string(licences[0].Document): 404} {
		r := httptest.NewRequest("GET", path, nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code != want || strings.Contains(w.Body.String(), string(licences[0].Mark)) {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// lookUp gives number and code of a case and takes the browser's cookie.
func (s *site) lookUp(id ref.CaseID) []*http.Cookie {
	s.t.Helper()
	c, err := casefile.Get(ctx, s.DB, id)
	if err != nil {
		s.t.Fatal(err)
	}
	form := url.Values{"key": {page.NewKey()}, "number": {string(c.Number)}, "code": {s.QueryCode(id)}}
	r := httptest.NewRequest("POST", "/progress", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		s.t.Fatalf("look-up: %d", w.Code)
	}
	return w.Result().Cookies()
}
