package app_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/credit"
	"yimen/domain/licence"
	"yimen/domain/notice"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/domain/undertaking"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/intake"
	"yimen/process/trust"
	"yimen/ref"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func said(a *apptest.App, id ref.CaseID, kind casefile.Kind) (out []casefile.Detail) {
	facts, _ := casefile.Facts(ctx, a.DB, id)
	for _, f := range facts {
		if f.Kind == kind {
			out = append(out, f.Detail())
		}
	}
	return out
}

// field is the key under which a field is called wrong.
func field(err error, name string) string {
	for _, f := range fault.Fields(err) {
		if f.Name == name {
			return f.Key
		}
	}
	return ""
}

func handIn(t *testing.T, a *apptest.App, u undertaking.Undertaking, spec string) {
	t.Helper()
	it := apptest.Item(a, string(u.Matter))
	by := a.Staff("clerk01")
	must(t, a.Trust.HandIn(ctx, trust.HandedIn{Submit: a.Submit(by, "test.hand"), By: by, Undertaking: u.ID, Materials: map[string][]ref.MaterialID{spec: a.Papers(u.Party, it)[spec]}}))
}

func checkPaper(a *apptest.App, account string, u undertaking.Undertaking, spec string, good bool, reason string) error {
	by := a.Staff(account)
	return a.Trust.Check(ctx, trust.Checking{Submit: a.Submit(by, "test.check"), By: by, Undertaking: u.ID, Spec: spec, Good: good, Reason: reason})
}

func TestOnlySecondaryPapersMayFollowAndOnlySigned(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		in := a.Vowed("cc-road-dig", "company-01", map[string]string{"restoration": "later"})
		silent := in
		silent.Vow = intake.Vow{}
		if _, err := a.Desk.Accept(ctx, silent); field(err, "material.restoration") != "intake.material_missing" {
			t.Errorf("a missing paper without a promise: %v", err)
		}
		if _, err := a.Desk.Accept(ctx, in); field(err, "vow") != "trust.sign.counter" {
			t.Errorf("an unsigned promise: %v", err)
		}
		main := in
		main.Vow.Later, main.Materials = []string{"restoration", "drawing"}, lacking(in.Materials, "drawing")
		if _, err := a.Desk.Accept(ctx, main); field(err, "material.drawing") != "trust.main" {
			t.Errorf("a main paper was to follow: %v", err)
		}
		replaced := in
		replaced.Vow = intake.Vow{Promised: []string{"restoration"}}
		if _, err := a.Desk.Accept(ctx, replaced); field(err, "material.restoration") != "trust.not_replaced" {
			t.Errorf("a promise stood for a paper that it may not replace: %v", err)
		}
		a.Sign(in)
		other := in // signed for one, handed in for another
		other.Materials = lacking(in.Materials, "drawing")
		if _, err := a.Desk.Accept(ctx, other); field(err, "material.drawing") != "intake.material_missing" {
			t.Errorf("a main paper is missing: %v", err)
		}
		id, err := a.Desk.Accept(ctx, in)
		must(t, err)
		again, err := a.Desk.Accept(ctx, in)
		if err != nil || again != id {
			t.Errorf("the same submit again: %s, %v", again, err)
		}
		a.Settle()
		if d := said(a, id, casefile.FactAccepted); len(d) != 1 || !d[0].Tolerant {
			t.Errorf("accepted %+v", d)
		}
		u := a.Vow(id, undertaking.Tolerance)
		if u.State != undertaking.Owed || calendar.DateOf(u.Due).String() != "2026-03-12" { // eight working days from 2 March
			t.Errorf("%s until %s", u.State, u.Due)
		}
		docs := documents(t, a, id)
		for kind, wants := range map[string][]string{seal.Acceptance: {"主要材料齐全", "先予受理"}, seal.Undertaking: {"道路修复方案", "自愿承诺从受理之日起8 个工作日内补交", "在柜台屏幕上确认"}, seal.Tolerance: {"道路修复方案", "2026年3月12日"}} {
			_, file, err := a.Press.Fetch(ctx, docs[kind].ID)
			must(t, err)
			text := letterText(t, file)
			for _, want := range wants {
				if !strings.Contains(text, strings.ReplaceAll(want, " ", "")) && !strings.Contains(text, want) {
					t.Errorf("%s has no %q: %s", kind, want, text)
				}
			}
		}
	})
}

func lacking(papers map[string][]ref.MaterialID, spec string) map[string][]ref.MaterialID {
	out := maps.Clone(papers)
	delete(out, spec)
	return out
}

// A case whose papers are owed is reviewed and decided; its licence waits for the last paper's check.
func TestTheResultWaitsForWhatIsOwed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, u := a.Tolerated("cc-road-dig", "company-01", "restoration")
		decideRoad(t, a, id)
		c := stage(t, a, id, casefile.Granted)
		if all, err := licence.ByCase(ctx, a.DB, c.ID); err != nil || len(all) != 0 {
			t.Fatalf("a licence before the paper: %v, %v", all, err)
		}
		if err := checkPaper(a, "build-review-a", u, "restoration", true, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("nothing was handed in: %v", err)
		}
		handIn(t, a, u, "restoration")
		if err := checkPaper(a, "police-review-a", u, "restoration", true, ""); !fault.Is(err, fault.Denied) {
			t.Errorf("another organ's officer looked: %v", err)
		}
		if err := checkPaper(a, "build-review-a", u, "restoration", false, "缺"); field(err, "reason.restoration") != "trust.words_needed" {
			t.Errorf("sent back without a reason: %v", err)
		}
		must(t, checkPaper(a, "build-review-a", u, "restoration", false, "没有写修复用的材料"))
		a.Settle()
		papers, err := undertaking.Papers(ctx, a.DB, u.ID)
		must(t, err)
		if why, err := u.Reason(ctx, a.DB, a.Vault, papers[0]); err != nil || why != "没有写修复用的材料" || papers[0].State != undertaking.PaperOwed {
			t.Errorf("%q, %v, %+v", why, err, papers)
		}
		handIn(t, a, u, "restoration")
		must(t, checkPaper(a, "build-review-a", u, "restoration", true, ""))
		a.Settle()
		stage(t, a, id, casefile.Closed)
		all, err := licence.ByCase(ctx, a.DB, id)
		if err != nil || len(all) != 1 {
			t.Errorf("%d licences, %v", len(all), err)
		}
		if got := a.Vow(id, undertaking.Tolerance).State; got != undertaking.Kept {
			t.Errorf("the promise is %s", got)
		}
	})
}

// decideRoad takes a road case through its branches to a grant.
func decideRoad(t *testing.T, a *apptest.App, id ref.CaseID) {
	t.Helper()
	beforeDecision(t, a, id)
	a.Decide(a.Decision("build-decide", a.Task(id, approval.Decide, ""), approval.Grant))
}

func beforeDecision(t *testing.T, a *apptest.App, id ref.CaseID) {
	t.Helper()
	for _, account := range []string{"police-review-a", "land-review-a"} {
		a.Decide(a.Decision(account, taskOf(t, a, id, approval.Opinion, account), approval.Agree))
	}
	own := a.Decision("build-review-a", a.Task(id, approval.Review, ""), approval.Agree)
	own.Second = a.Staff("build-review-b").ID
	a.Decide(own)
}

// The last paper's check and the decision fall at the same time, over and over, and their events with them: one licence.
func TestConcurrentLastPaperAndDecisionLeaveOneLicence(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, u := a.Tolerated("cc-road-dig", "company-01", "restoration")
		beforeDecision(t, a, id)
		handIn(t, a, u, "restoration")
		d := a.Decision("build-decide", a.Task(id, approval.Decide, ""), approval.Grant)
		by := a.Staff("build-review-a")
		x := trust.Checking{Submit: a.Submit(by, "test.check"), By: by, Undertaking: u.ID, Spec: "restoration", Good: true}
		var all sync.WaitGroup
		errs := make(chan error, 60)
		for i := range 20 {
			all.Go(func() { errs <- a.Board.Decide(ctx, d) })
			all.Go(func() {
				y := x
				if i%2 == 1 { // another officer's click, not the same one again
					y.Submit.Key = db.NewID()
				}
				errs <- a.Trust.Check(ctx, y)
			})
			all.Go(func() { _, err := a.Bus.Settle(ctx); errs <- err })
		}
		all.Wait()
		close(errs)
		for err := range errs {
			if err != nil && !fault.Is(err, fault.Conflict) && !errors.Is(err, db.ErrRetry) {
				t.Errorf("%v", err)
			}
		}
		a.Settle()
		stage(t, a, id, casefile.Closed)
		if all, err := licence.ByCase(ctx, a.DB, id); err != nil || len(all) != 1 {
			t.Errorf("%d licences, %v", len(all), err)
		}
		if n := len(said(a, id, casefile.FactChecked)); n != 1 {
			t.Errorf("the paper was checked %d times", n)
		}
		documents(t, a, id)
	})
}

// forward moves the clock to a morning in China and lets what is due happen.
func forward(t *testing.T, a *apptest.App, day string) {
	t.Helper()
	d, err := calendar.ParseDate(day)
	must(t, err)
	a.Clock.Add(d.At(9*time.Hour + 5*time.Minute).Sub(a.Now()))
	a.Settle()
}

func notices(t *testing.T, a *apptest.App, id ref.CaseID) (out []string) {
	t.Helper()
	all, err := db.Find[string](ctx, a.DB, "select kind from notice_notice where case_id = $1 order by made_at, id", id)
	must(t, err)
	for _, k := range all {
		if strings.HasPrefix(k, "owed") || k == notice.Credit {
			out = append(out, k)
		}
	}
	return out
}

// Reminder, last notice, termination; the breach becomes a credit event by the catalogue, after a chance to object, and
// bars the next tolerance until it is repaired.
func TestABrokenPromiseEndsTheCaseAndBarsTheNext(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, u := a.Tolerated("cc-road-dig", "company-01", "restoration")
		decideRoad(t, a, id)
		forward(t, a, "2026-03-09")
		forward(t, a, "2026-03-10")
		if got := notices(t, a, id); !slices.Equal(got, []string{notice.Owed, notice.OwedSoon}) {
			t.Fatalf("two working days before the end: %v", got)
		}
		forward(t, a, "2026-03-12")
		if got := notices(t, a, id); !slices.Equal(got, []string{notice.Owed, notice.OwedSoon, notice.OwedLast}) {
			t.Fatalf("on the last day: %v", got)
		}
		forward(t, a, "2026-03-13")
		if got := a.Vow(id, undertaking.Tolerance).State; got != undertaking.Late || len(said(a, id, casefile.FactTerminated)) != 0 {
			t.Fatalf("after the end, before anybody said so: %s", got)
		}
		if err := ended(a, "police-review-a", u); !fault.Is(err, fault.Denied) {
			t.Errorf("ended by somebody who may not: %v", err)
		}
		must(t, ended(a, "build-decide", u))
		if err := ended(a, "build-decide", u); !fault.Is(err, fault.Conflict) {
			t.Errorf("ended twice: %v", err)
		}
		stage(t, a, id, casefile.Terminated)
		_, file, err := a.Press.Fetch(ctx, documents(t, a, id)[seal.Termination].ID)
		must(t, err)
		if text := letterText(t, file); !strings.Contains(text, "道路修复方案") || !strings.Contains(text, "行政复议") || !strings.Contains(text, "过了期限没有补交") {
			t.Errorf("the letter: %s", text)
		}
		if d := said(a, id, casefile.FactTerminated); len(d) != 1 {
			t.Errorf("terminated %+v", d)
		}
		if d := said(a, id, casefile.FactBreached); len(d) != 1 || !slices.Equal(d[0].Materials, []string{"restoration"}) {
			t.Errorf("breached %+v", d)
		}
		it := apptest.Item(a, "cc-road-dig")
		clerk := a.Staff("clerk01")
		err = a.Trust.HandIn(ctx, trust.HandedIn{Submit: a.Submit(clerk, "test.hand"), By: clerk, Undertaking: u.ID, Materials: map[string][]ref.MaterialID{"restoration": a.Papers(u.Party, it)["restoration"]}})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("handed in after the end: %v", err)
		}
		if all, err := licence.ByCase(ctx, a.DB, id); err != nil || len(all) != 0 {
			t.Errorf("a licence after the end: %v, %v", all, err)
		}
		e := pending(t, a, u.Party)
		barred := func() string {
			in := a.Vowed("cc-road-dig", "company-01", map[string]string{"restoration": "later"})
			a.Sign(in)
			_, err := a.Desk.Accept(ctx, in)
			return field(err, "material.restoration")
		}
		if got := barred(); got != "" {
			t.Errorf("barred before anything was decided: %s", got)
		}
		if err := credited(a, "build-decide", e.ID, credit.Recorded); !fault.Is(err, fault.Conflict) {
			t.Errorf("recorded before the chance to object: %v", err)
		}
		if err := credited(a, "build-review-a", e.ID, credit.Dropped); !fault.Is(err, fault.Denied) {
			t.Errorf("decided by somebody who may not: %v", err)
		}
		forward(t, a, "2026-04-15")
		must(t, credited(a, "build-decide", e.ID, credit.Recorded))
		if err := credited(a, "build-decide", e.ID, credit.Recorded); field(err, "act") == "" {
			t.Errorf("recorded twice: %v", err)
		}
		if got := barred(); got != "trust.barred" {
			t.Errorf("not barred: %q", got)
		}
		if got := barredElsewhere(t, a); got != "trust.barred" {
			t.Errorf("not barred by another way in: %q", got)
		}
		a.Clock.Add(366 * 24 * time.Hour) // expired events have no effect
		if got := barred(); got != "" {
			t.Errorf("barred a year later: %s", got)
		}
	})
}

// barredElsewhere applies for the same company through another system that vouches for it.
func barredElsewhere(t *testing.T, a *apptest.App) string {
	t.Helper()
	in := a.Vowed("cc-road-dig", "company-01", map[string]string{"restoration": "later"})
	held, err := party.Facts(ctx, a.DB, a.Vault, in.Party, party.Number)
	must(t, err)
	who, err := a.Desk.Declare(ctx, "portal:other", ref.PartyLegal, "另一平台报来的单位", held[party.Number].Value)
	must(t, err)
	if who == in.Party {
		t.Fatal("a portal's word opened the company itself")
	}
	papers := lacking(a.Papers(who, apptest.Item(a, "cc-road-dig")), "restoration")
	_, err = a.Desk.Apply(ctx, intake.Application{Submit: once.Submit{Actor: "portal:other", Route: "test", Key: db.NewID(), At: a.Now()}, By: "portal:other", Portal: "other", Assured: ref.AssuranceReal, Version: in.Version,
		Party: who, Place: in.Place, Channel: ref.ChannelPortal, Answers: in.Answers, Materials: papers, Vow: intake.Vow{Later: []string{"restoration"}, Signed: true}})
	return field(err, "material.restoration")
}

func ended(a *apptest.App, account string, u undertaking.Undertaking) error {
	by := a.Staff(account)
	err := a.Trust.End(ctx, trust.Ending{Submit: a.Submit(by, "test.end"), By: by, Undertaking: u.ID, Words: "过了期限没有补交，也没有说明原因。"})
	a.Settle()
	return err
}

func pending(t *testing.T, a *apptest.App, who ref.PartyID) credit.Entry {
	t.Helper()
	all, err := credit.OfParties(ctx, a.DB, []ref.PartyID{who})
	must(t, err)
	if len(all) != 1 || all[0].State != credit.Proposed {
		t.Fatalf("events %+v", all)
	}
	return all[0]
}

func credited(a *apptest.App, account, event string, act credit.State) error {
	by := a.Staff(account)
	err := a.Trust.Rule(ctx, trust.Ruling{Submit: a.Submit(by, "test.rule"), By: by, Event: event, Act: string(act), Words: "经核实，情况属实。"})
	a.Settle()
	return err
}

func TestForceMajeureGivesMoreTime(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, u := a.Tolerated("cc-road-dig", "company-01", "restoration")
		until, _ := calendar.ParseDate("2026-03-20")
		prolong := func(account string, until calendar.Date) error {
			by := a.Staff(account)
			return a.Trust.Prolong(ctx, trust.Prolonging{Submit: a.Submit(by, "test.prolong"), By: by, Undertaking: u.ID, Until: until, Reason: "台风期间停工停业"})
		}
		if err := prolong("build-decide", until); !fault.Is(err, fault.Denied) {
			t.Errorf("an officer gave more time: %v", err)
		}
		if err := prolong("supervisor01", calendar.DateOf(u.Due)); field(err, "until") != "trust.until" {
			t.Errorf("no more time at all: %v", err)
		}
		if err := ended(a, "build-decide", u); !fault.Is(err, fault.Conflict) {
			t.Errorf("ended while its time runs: %v", err)
		}
		forward(t, a, "2026-03-13")
		if got := a.Vow(id, undertaking.Tolerance).State; got != undertaking.Late {
			t.Fatalf("after the end: %s", got)
		}
		must(t, prolong("supervisor01", until)) // the typhoon is known afterwards only
		forward(t, a, "2026-03-16")
		if got := a.Vow(id, undertaking.Tolerance).State; got != undertaking.Owed {
			t.Fatalf("ended before the new end: %s", got)
		}
		handIn(t, a, u, "restoration")
		forward(t, a, "2026-03-23") // handed in and not looked at: the organ's delay, not the applicant's
		if got := a.Vow(id, undertaking.Tolerance).State; got != undertaking.Owed {
			t.Fatalf("ended though everything is here: %s", got)
		}
		must(t, checkPaper(a, "build-review-a", u, "restoration", true, ""))
		a.Settle()
		if got := a.Vow(id, undertaking.Tolerance).State; got != undertaking.Kept {
			t.Errorf("%s", got)
		}
	})
}

// From a phone at the real-name level: the promise stands for a proof, another paper follows; the promise is checked
// after the licence and found untrue.
func TestAPromiseInPlaceOfAProofIsCheckedAfterwards(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: a.Somebody("person-001").Phone}
		a.SignIn(p)
		a.Prove(p, "person-001")
		in := a.Phoned(p, "cc-hygiene", map[string]string{"test-report": "promise", "rules": "later"})
		in.Vow.Signed = false
		if _, err := a.Desk.Apply(ctx, in); field(err, "vow") != "trust.sign.needed" {
			t.Errorf("not agreed to: %v", err)
		}
		in.Vow.Signed = true
		code := in
		code.Assured = ref.AssuranceCode
		if _, err := a.Desk.Apply(ctx, code); field(err, "vow") != "trust.sign.real" {
			t.Errorf("promised in a name that is only said: %v", err)
		}
		id, err := a.Desk.Apply(ctx, in)
		must(t, err)
		a.Settle()
		if d := said(a, id, casefile.FactPromised); len(d) != 2 {
			t.Errorf("promised %+v", d)
		}
		u := a.Vow(id, undertaking.Tolerance)
		if u.State != undertaking.Given {
			t.Errorf("before acceptance: %s", u.State)
		}
		a.Decide(a.Decision("health-accept", a.Task(id, approval.Accept, ""), approval.Take))
		if d := said(a, id, casefile.FactAccepted); len(d) != 1 || !d[0].Tolerant {
			t.Errorf("accepted %+v", d)
		}
		u = a.Vow(id, undertaking.Tolerance)
		stranger := a.Visitor("person-002")
		hand := trust.HandedIn{Submit: once.Submit{Actor: p.Me.Actor(), Route: "test", Key: db.NewID(), At: a.Now()}, Me: stranger, Undertaking: u.ID, Materials: map[string][]ref.MaterialID{"rules": a.Papers(u.Party, apptest.Item(a, "cc-hygiene"))["rules"]}}
		if err := a.Trust.HandIn(ctx, hand); !fault.Is(err, fault.NotFound) {
			t.Errorf("a stranger handed in: %v", err)
		}
		hand.Me = p.Me
		must(t, a.Trust.HandIn(ctx, hand))
		must(t, a.Trust.HandIn(ctx, hand)) // pressed twice
		if n := len(said(a, id, casefile.FactBrought)); n != 1 {
			t.Errorf("handed in %d times", n)
		}
		must(t, checkPaper(a, "health-accept", u, "rules", true, ""))
		own := a.Decision("health-review-a", a.Task(id, approval.Review, ""), approval.Agree)
		own.Second = a.Staff("health-review-b").ID
		a.Decide(own)
		a.Decide(a.Decision("health-decide", a.Task(id, approval.Decide, ""), approval.Grant))
		stage(t, a, id, casefile.Closed)
		v := a.Vow(id, undertaking.Promise)
		if v.State != undertaking.Checking || calendar.DateOf(v.Due).String() != "2026-04-01" {
			t.Fatalf("%s until %s", v.State, v.Due)
		}
		verify := func(account string, found string) error {
			by := a.Staff(account)
			return a.Trust.Verify(ctx, trust.Verification{Submit: a.Submit(by, "test.verify"), By: by, Undertaking: v.ID, Found: found})
		}
		if err := verify("build-decide", "现场检测不合格"); !fault.Is(err, fault.Denied) {
			t.Errorf("another organ's officer: %v", err)
		}
		must(t, verify("health-review-a", "现场检测不合格"))
		if err := verify("health-review-a", "现场检测不合格"); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		a.Settle()
		if d := said(a, id, casefile.FactBreached); len(d) != 1 || d[0].Proposed != "revoke" {
			t.Errorf("breached %+v", d)
		}
		pleads(t, a, p, pending(t, a, u.Party))
	})
}

// pleads: the person objects, it is recorded nonetheless, a second look by the same officer is refused, and another
// revokes it.
func pleads(t *testing.T, a *apptest.App, p *apptest.Phone, e credit.Entry) {
	t.Helper()
	if e.Kind != "promise-untrue" {
		t.Fatalf("event %+v", e)
	}
	plead := func(act credit.State) error {
		return a.Trust.Plead(ctx, trust.Plea{Submit: once.Submit{Actor: p.Me.Actor(), Route: "test", Key: db.NewID(), At: a.Now()}, Me: p.Me, Event: e.ID, Act: string(act), Words: "检测那天空调坏了"})
	}
	if err := plead(credit.Repair); !fault.Is(err, fault.Conflict) {
		t.Errorf("repair of what is not recorded: %v", err)
	}
	must(t, plead(credit.Objected))
	must(t, credited(a, "health-decide", e.ID, credit.Recorded))
	if err := plead(credit.Repair); !fault.Is(err, fault.Conflict) {
		t.Errorf("repair at once: %v", err)
	}
	must(t, plead(credit.Appeal))
	if err := credited(a, "health-decide", e.ID, credit.Upheld); !fault.Is(err, fault.Denied) {
		t.Errorf("the same officer looked again: %v", err)
	}
	if bars, err := a.Desk.Bars(ctx, a.DB, e.Party, credit.NoPromise, a.Now()); err != nil || len(bars) != 1 {
		t.Errorf("bars %v, %v", bars, err)
	}
	must(t, credited(a, "health-decide-b", e.ID, credit.Revoked))
	if bars, err := a.Desk.Bars(ctx, a.DB, e.Party, credit.NoPromise, a.Now()); err != nil || len(bars) != 0 {
		t.Errorf("bars after it was revoked: %v, %v", bars, err)
	}
	acts, err := credit.Acts(ctx, a.DB, e.ID)
	must(t, err)
	if len(acts) != 5 {
		t.Errorf("acts %+v", acts)
	}
}

func TestTheTimeOfAToleranceIsNeverLongerThanPromised(t *testing.T) {
	it := &catalog.Item{Times: catalog.Times{Promised: catalog.Span{N: 8, Unit: "workday"}, Tolerance: catalog.Span{N: 9, Unit: "workday"}}}
	if got := it.ToleranceTime(); got.N != 8 {
		t.Errorf("%v", got)
	}
	it.Times.Tolerance.N = 3
	if got := it.ToleranceTime(); got.N != 3 {
		t.Errorf("%v", got)
	}
}
