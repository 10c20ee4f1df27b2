package app_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/notice"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/foundation/session"
	"yimen/process/inform"
	"yimen/process/intake"
	"yimen/ref"
)

const shopItem = "cc-individual-business"

// naming is a grant of everything for one item for a year.
func naming(a *apptest.App, me identity.Me, agent string) intake.Naming {
	who := a.Somebody(agent)
	return intake.Naming{Submit: fromPhone(a, me, "test.name"), Me: me, Name: who.Name, Number: string(who.Number),
		Scope: intake.Scope{Items: []ref.ItemID{shopItem}, Acts: party.Acts(), Until: calendar.DateOf(a.Now().AddDate(1, 0, 0))}}
}

func fromPhone(a *apptest.App, me identity.Me, route string) once.Submit {
	return once.Submit{Actor: me.Actor(), Route: route, Key: db.NewID(), At: a.Now()}
}

// granted lets one person act for another, offered and accepted by each in their own session.
func granted(t *testing.T, a *apptest.App, n intake.Naming, agent identity.Me) string {
	t.Helper()
	id, err := a.Desk.NameAgent(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	a.Settle()
	if err := a.Desk.AnswerOffer(ctx, agent, id, true); err != nil {
		t.Fatal(err)
	}
	a.Settle()
	return id
}

// acting is the agent's session under a mandate.
func acting(t *testing.T, a *apptest.App, me identity.Me, mandate string) identity.Me {
	t.Helper()
	me, err := intake.Acting(ctx, a.DB, me, mandate, a.Now())
	if err != nil || me.Mandate != mandate {
		t.Fatal(me, err)
	}
	return me
}

// noticesOf is which kinds of notice a party got.
func noticesOf(t *testing.T, a *apptest.App, id ref.PartyID) (out []string) {
	t.Helper()
	list, _, err := notice.Of(ctx, a.DB, []ref.PartyID{id}, "", notice.After{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range list {
		out = append(out, n.Kind)
	}
	return out
}

func wantTold(t *testing.T, a *apptest.App, id ref.PartyID, kinds ...string) {
	t.Helper()
	for _, k := range kinds {
		if got := noticesOf(t, a, id); !slices.Contains(got, k) {
			t.Errorf("was not told %s but %v", k, got)
		}
	}
}

// actedDraft begins a complete draft for the principal on the agent's phone.
func actedDraft(t *testing.T, a *apptest.App, me identity.Me) string {
	t.Helper()
	doc := apptest.Item(a, shopItem)
	c := form.Content{Answers: a.Filled(doc), Materials: a.Papers(me.Principal, doc), Place: "440604012"}
	id, err := a.Desk.BeginOnline(ctx, fromPhone(a, me, "test.begin"), me, shopItem, me.Principal, c)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Somebody acts for another: named and accepted online, an application handed in, followed, ended.
func TestActingForAnother(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner, agent, stranger := a.Visitor("person-050"), a.Visitor("person-051"), a.Visitor("person-052")
		mandate := granted(t, a, naming(a, owner, "person-051"), agent)
		wantTold(t, a, owner.Person, notice.MandateSent, notice.MandateGranted)
		wantTold(t, a, agent.Person, notice.MandateOffered, notice.MandateTaken)

		mine := a.Apply(&apptest.Phone{Me: owner}, shopItem, owner.Person)
		who := acting(t, a, agent, mandate)
		draft := actedDraft(t, a, who)
		for name, other := range map[string]identity.Me{"the principal": owner, "a stranger": stranger, "the agent below the real-name level": apptest.AtCode(agent)} {
			if _, err := a.Desk.Mine(ctx, other, draft); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s opens the agent's draft: %v", name, err)
			}
		}
		id, err := a.Desk.Apply(ctx, a.Application(&apptest.Phone{Me: who}, draft))
		if err != nil {
			t.Fatal(err)
		}
		a.Settle()
		c, err := casefile.Get(ctx, a.DB, id)
		if err != nil || c.Party != owner.Person || c.Agent != agent.Person || c.Mandate != mandate || c.Account != "" {
			t.Fatalf("%+v %v", c, err)
		}
		facts, err := casefile.Facts(ctx, a.DB, id)
		if err != nil || facts[0].Detail().Mandate != mandate || facts[0].Actor != agent.Actor() {
			t.Errorf("%+v %v", facts[0], err)
		}
		wantTold(t, a, owner.Person, notice.MandateUsed, notice.Taken)
		wantTold(t, a, agent.Person, notice.MandateDone)
		receipt := letterOf(t, a, id, seal.Receipt)
		if strings.Contains(receipt, a.QueryCode(id)) || !strings.Contains(receipt, "由代办人提交") {
			t.Error("the agent's receipt carries the query code")
		}

		agentSees := func(id ref.CaseID, want identity.Sight) {
			t.Helper()
			c, err := casefile.Get(ctx, a.DB, id)
			if err != nil {
				t.Fatal(err)
			}
			if got, _, err := intake.AgentSight(ctx, a.DB, agent, c, a.Now()); err != nil || got != want || sight(t, a, agent, id) != identity.Nothing {
				t.Errorf("the agent sees %v, want %v (%v)", got, want, err)
			}
		}
		agentSees(id, identity.All)
		agentSees(mine, identity.Nothing) // what the principal did alone
		say := func(me identity.Me) error {
			_, err := a.Post.Say(ctx, inform.Saying{Submit: fromPhone(a, me, "test.say"), Case: id, Body: "什么时候办好？", Me: me})
			return err
		}
		if err := say(agent); err != nil {
			t.Error(err)
		}
		if err := say(stranger); !fault.Is(err, fault.NotFound) {
			t.Errorf("a stranger writes: %v", err)
		}

		for name, me := range map[string]identity.Me{"a stranger": stranger} {
			if err := a.Desk.EndMandate(ctx, me, mandate); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s ends it: %v", name, err)
			}
		}
		open := actedDraft(t, a, who)
		last := a.Application(&apptest.Phone{Me: who}, open)
		if err := a.Desk.EndMandate(ctx, owner, mandate); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		wantTold(t, a, owner.Person, notice.MandateEnded)
		wantTold(t, a, agent.Person, notice.MandateEnded)
		if _, err := a.Desk.Apply(ctx, last); !fault.Is(err, fault.Denied) {
			t.Errorf("handed in after the end: %v", err)
		}
		if _, err := a.Desk.Mine(ctx, who, open); !fault.Is(err, fault.NotFound) {
			t.Errorf("the draft opens after the end: %v", err)
		}
		if me, err := intake.Acting(ctx, a.DB, agent, mandate, a.Now()); err != nil || me.Mandate != "" {
			t.Errorf("acts on: %+v %v", me, err)
		}
		if err := say(agent); !fault.Is(err, fault.NotFound) {
			t.Errorf("writes after the end: %v", err)
		}
		agentSees(id, identity.HandedIn)
		before := len(noticesOf(t, a, agent.Person))
		a.Decide(a.Decision("market-accept", a.Task(id, approval.Accept, ""), approval.Take))
		a.Decide(a.Decision("market-rep-zumiao", a.Task(id, approval.Decide, ""), approval.Grant))
		if got := len(noticesOf(t, a, agent.Person)); got != before {
			t.Error("the agent is told of what came after the end")
		}
		if _, err := party.MayCollect(ctx, a.DB, agent.Person, intake.MatterOf(c), a.Now()); !fault.Is(err, fault.Denied) {
			t.Errorf("collects after the end: %v", err)
		}
	})
}

// letterOf is the text of a case's sealed letter.
func letterOf(t *testing.T, a *apptest.App, id ref.CaseID, kind string) string {
	t.Helper()
	_, file, err := a.Press.Fetch(ctx, documents(t, a, id)[kind].ID)
	if err != nil {
		t.Fatal(err)
	}
	return letterText(t, file)
}

// Nobody learns from naming who exists, and everything wrong is said at once.
func TestNamingAnAgent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Visitor("person-053")
		known := naming(a, owner, "person-054")
		unknown, misnamed := known, known
		unknown.Number, unknown.Submit = nobody(t), fromPhone(a, owner, "test.name")
		misnamed.Name, misnamed.Submit = "别的名字", fromPhone(a, owner, "test.name")
		for name, n := range map[string]intake.Naming{"known": known, "unknown": unknown, "another name": misnamed} {
			id, err := a.Desk.NameAgent(ctx, n)
			if err != nil {
				t.Fatal(name, err)
			}
			m, err := a.Space.Mandate(ctx, owner, id)
			if err != nil || m.State != party.Offered || m.Agent != "" || m.Name != n.Name {
				t.Errorf("%s answers otherwise: %+v %v", name, m, err)
			}
		}
		a.Settle()
		if got := noticesOf(t, a, a.Person("person-054").ID); len(got) != 1 { // the misnamed one does not reach them
			t.Errorf("told %v", got)
		}
		self, past, code := known, known, known
		self.Name, self.Number = a.Somebody("person-053").Name, string(a.Somebody("person-053").Number)
		past.Scope.Until, past.Scope.Acts, past.Scope.Items, past.Number = calendar.DateOf(a.Now())-1, nil, []ref.ItemID{"no-such"}, "1"
		code.Me = apptest.AtCode(owner)
		for name, c := range map[string]struct {
			n    intake.Naming
			kind fault.Kind
			n1   int
		}{"oneself": {self, fault.Invalid, 1}, "all wrong": {past, fault.Invalid, 4}, "a phone alone": {code, fault.Denied, 0}} {
			c.n.Submit = fromPhone(a, owner, "test.name")
			if _, err := a.Desk.NameAgent(ctx, c.n); !fault.Is(err, c.kind) || len(fault.Fields(err)) != c.n1 {
				t.Errorf("%s: %v %v", name, err, fault.Fields(err))
			}
		}
	})
}

// nobody is the number of nobody in the town.
func nobody(t *testing.T) string {
	t.Helper()
	n, err := ref.ComposeCitizenNumber("449901", time.Date(1931, 1, 1, 0, 0, 0, 0, time.UTC), 998)
	if err != nil {
		t.Fatal(err)
	}
	return string(n)
}

// A mandate covers its items, its acts and its period, also for whoever asks the processes directly.
func TestAMandateIsNotExceeded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner, agent := a.Visitor("person-055"), a.Visitor("person-056")
		n := naming(a, owner, "person-056")
		n.Scope.Acts = []party.Act{party.ActApply}
		mandate := granted(t, a, n, agent)
		who := acting(t, a, agent, mandate)
		other := catalogOther(t, a)
		if _, err := a.Desk.BeginOnline(ctx, fromPhone(a, who, "test.begin"), who, other, owner.Person, form.Content{}); !fault.Is(err, fault.Denied) {
			t.Errorf("another item: %v", err)
		}
		if _, err := a.Desk.BeginOnline(ctx, fromPhone(a, who, "test.begin"), who, shopItem, a.Person("person-057").ID, form.Content{}); !fault.Is(err, fault.Denied) {
			t.Errorf("another principal: %v", err)
		}
		id, err := a.Desk.Apply(ctx, a.Application(&apptest.Phone{Me: who}, actedDraft(t, a, who)))
		if err != nil {
			t.Fatal(err)
		}
		a.Settle()
		saying := inform.Saying{Submit: fromPhone(a, agent, "test.say"), Case: id, Body: "请问进度", Me: agent}
		if _, err := a.Post.Say(ctx, saying); !fault.Is(err, fault.Denied) {
			t.Errorf("writes without that act: %v", err)
		}
		late := a.Application(&apptest.Phone{Me: who}, actedDraft(t, a, who))
		a.Clock.Add(400 * 24 * time.Hour)
		if _, err := a.Desk.Apply(ctx, late); !fault.Is(err, fault.Denied) {
			t.Errorf("after its period: %v", err)
		}
	})
}

// catalogOther is an item the mandate does not cover.
func catalogOther(t *testing.T, a *apptest.App) ref.ItemID {
	t.Helper()
	rows, err := catalog.Find(ctx, a.DB, catalog.Looking{Side: catalog.Person, Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.ID != shopItem {
			return r.ID
		}
	}
	t.Fatal("no other item")
	return ""
}

// The pages: for whom one acts stands on every one of the flow; nothing of the principal's opens elsewhere, nor in a download.
func TestPagesOfAnAgent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner, agent := a.Visitor("person-058"), a.Visitor("person-059")
		l := live(t, a, owner, "person-058")
		mandate := granted(t, a, naming(a, owner, "person-059"), agent)
		name, b := a.Somebody("person-058").Name, browse(t, a, agent)
		forged := b.post("/me/acting", "mandate", "forged")
		if forged.StatusCode != 404 {
			t.Errorf("a forged mandate: %d", forged.StatusCode)
		}
		if strings.Contains(b.get("/me").body, "你正在替") {
			t.Error("acts without having chosen to")
		}
		if got := b.post("/me/acting", "mandate", mandate); got.StatusCode != 303 {
			t.Fatal(got.StatusCode, got.body)
		}
		begun := b.post("/apply/"+shopItem, "for", string(owner.Person))
		draft := begun.Header.Get("Location")
		if begun.StatusCode != 303 || !strings.HasPrefix(draft, "/draft/") {
			t.Fatal(begun.StatusCode, begun.body)
		}
		step := b.get(draft).Header.Get("Location")
		for _, at := range []string{"/items", "/item/" + shopItem, "/apply/" + shopItem, step, draft + "/check", "/me/acting"} {
			if got := b.get(at); got.StatusCode != 200 || !strings.Contains(got.body, "你正在替"+name) {
				t.Errorf("%s: %d does not say for whom", at, got.StatusCode)
			}
		}
		check := b.get(draft + "/check").body
		for _, secret := range []string{l.number, l.phone} {
			if strings.Contains(check, secret) {
				t.Errorf("the agent reads %q", secret)
			}
		}
		if !strings.Contains(check, "不给代办人看") {
			t.Error("held answers are not masked")
		}
		for _, at := range []string{"/me", "/me/data", "/me/licences", "/me/cases"} { // one's own space stays shut meanwhile
			if got := b.get(at); got.StatusCode != 303 || got.Header.Get("Location") != "/me/acting" {
				t.Errorf("%s: %d", at, got.StatusCode)
			}
		}
		b.post("/me/acting", "mandate", "")
		for _, at := range []string{"/me/case/" + l.ids["case"], "/me/licences/" + l.ids["licence"] + "/pdf", "/me/materials/" + l.ids["material"]} {
			if got := b.get(at); got.StatusCode != 404 {
				t.Errorf("%s: %d", at, got.StatusCode)
			}
		}
		for _, at := range []string{"/me/cases", "/me/licences", "/me/materials", "/me/drafts", "/me/looks", "/me/notices", "/me/mandates", "/me/acting"} {
			got := b.get(at)
			if got.StatusCode != 200 {
				t.Errorf("%s: %d", at, got.StatusCode)
			}
			for _, secret := range []string{l.number, l.phone, l.ids["case"], l.ids["open"]} {
				if strings.Contains(got.body, secret) {
					t.Errorf("%s shows %q", at, secret)
				}
			}
		}
		taken := b.post("/me/download")
		if strings.Contains(taken.body, l.ids["case"]) || strings.Contains(taken.body, mandate) {
			t.Error("the download holds what is the principal's")
		}
		stranger := browse(t, a, a.Visitor("person-060"))
		for _, at := range []string{"/me/mandates/" + mandate, "/me/mandates/" + mandate + "/pdf", draft} {
			if got := stranger.get(at); got.StatusCode != 404 {
				t.Errorf("a stranger opens %s: %d", at, got.StatusCode)
			}
		}
		for _, at := range []string{"/end", "/answer"} {
			if got := stranger.post("/me/mandates/" + mandate + at); got.StatusCode != 404 {
				t.Errorf("a stranger posts %s: %d", at, got.StatusCode)
			}
		}
		if got := browse(t, a, owner).get("/me/mandates/" + mandate + "/pdf"); got.StatusCode != 200 || got.Header.Get("Content-Type") != "application/pdf" {
			t.Errorf("the letter: %d", got.StatusCode)
		}
		if got := browse(t, a, owner).post("/me/mandates/" + mandate + "/end"); got.StatusCode != 303 {
			t.Errorf("the principal cannot end it: %d", got.StatusCode)
		}
		if got := b.get(draft + "/check"); got.StatusCode != 404 {
			t.Errorf("the draft after the end: %d", got.StatusCode)
		}
	})
}

// On a case: corrected by the agent, who neither reads nor loses what went in unseen; after the end one page is left.
func TestPagesOfAnAgentsCase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner, agent := a.Visitor("person-058"), a.Visitor("person-059")
		l := live(t, a, owner, "person-058")
		who := acting(t, a, agent, granted(t, a, naming(a, owner, "person-059"), agent))
		draft := actedDraft(t, a, who)
		if err := a.Desk.KeepOnline(ctx, who, draft, func(c *form.Content) {
			c.Answers["person.phone"] = form.Answer{Element: "person.phone", Value: l.phone, Source: "source.identity", At: a.Now()}
			name := c.Answers["business.name"]
			name.Element, name.Value, name.Source = "business.name", "代办人填的字号", "source.phone"
			c.Answers["business.name"] = name
		}); err != nil {
			t.Fatal(err)
		}
		id, err := a.Desk.Apply(ctx, a.Application(&apptest.Phone{Me: who}, draft))
		if err != nil {
			t.Fatal(err)
		}
		a.Settle()
		points := a.Decision("market-accept", a.Task(id, approval.Accept, ""), approval.Points)
		points.Note = "租赁合同缺出租人签名。"
		a.Decide(points)
		wantTold(t, a, agent.Person, notice.Returned)
		b, at := browse(t, a, agent), "/me/case/"+string(id)
		for _, path := range []string{at, at + "/fix", at + "/done"} {
			got := b.get(path)
			if got.StatusCode != 200 || strings.Contains(got.body, l.phone) || strings.Contains(got.body, a.QueryCode(id)) || !strings.Contains(got.body, "你正在替") {
				t.Errorf("%s: %d", path, got.StatusCode)
			}
		}
		if got := b.post(at+"/fix", "answer.1", "已经补签"); got.StatusCode != 303 {
			t.Errorf("the agent cannot correct: %d %s", got.StatusCode, got.body)
		}
		a.Settle()
		items, err := casefile.Items(ctx, a.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		if kept, err := form.Answers(ctx, a.DB, a.Vault, items[0].ID); err != nil || kept["person.phone"].Value != l.phone {
			t.Errorf("what went in unseen is lost: %+v %v", kept["person.phone"], err)
		}
		if got := b.post(at + "/withdraw"); got.StatusCode != 404 {
			t.Errorf("the agent withdraws: %d", got.StatusCode)
		}
		if err := a.Desk.EndMandate(ctx, agent, who.Mandate); err != nil { // the agent may give it up, too
			t.Fatal(err)
		}
		left := b.get(at)
		if left.StatusCode != 200 || !strings.Contains(left.body, "代办授权已经结束") || strings.Contains(left.body, l.phone) || strings.Contains(left.body, "办到哪一步了") {
			t.Errorf("after the end: %d %s", left.StatusCode, left.body)
		}
		for _, path := range []string{at + "/fix", at + "/done", at + "/withdraw", at + "/document/" + string(documents(t, a, id)[seal.Receipt].ID), at + "/clock", at + "/clock.pdf"} {
			if got := b.get(path); got.StatusCode != 404 {
				t.Errorf("%s after the end: %d", path, got.StatusCode)
			}
		}
		if got := b.post(at+"/message", "body", "还在吗"); got.StatusCode != 404 {
			t.Errorf("writes after the end: %d", got.StatusCode)
		}
	})
}

// here reads a person's card at a clerk's window.
func here(t *testing.T, a *apptest.App, clerk, key string) party.Presence {
	t.Helper()
	by, who := a.Staff(clerk), a.Person(key)
	p := party.Presence{ID: db.NewID(), Party: who.ID, Staff: by.ID, How: party.ByCard, At: a.Now(), Until: a.Now().Add(party.Stay)}
	if err := a.DB.Write(ctx, "test", func(c context.Context, tx *db.Tx) error { return party.Arrive(c, tx, p) }); err != nil {
		t.Fatal(err)
	}
	return p
}

func attested(a *apptest.App, presence party.Presence, arose party.Arose, other string) intake.Attested {
	by, who := a.Staff("clerk01"), a.Somebody(other)
	return intake.Attested{Submit: a.Submit(by, "test.attest"), By: by, Presence: presence.ID, Arose: arose, Kind: ref.PartyNatural, Name: who.Name, Number: string(who.Number), Compared: true,
		Scope: intake.Scope{Acts: party.Acts(), Until: calendar.DateOf(a.Now().AddDate(0, 6, 0))}}
}

// At the window: both present, a letter of authority, guardians; and the clerk's draft for the principal.
func TestMandatesAtTheWindow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		principal := here(t, a, "clerk01", "person-061")
		alone, err := a.Desk.Attest(ctx, attested(a, principal, party.AroseWindow, "person-062"))
		if err != nil {
			t.Fatal(err)
		}
		agent := here(t, a, "clerk01", "person-062")
		both, err := a.Desk.Attest(ctx, attested(a, principal, party.AroseWindow, "person-062"))
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]party.State{alone: party.Offered, both: party.Live} {
			if m, err := party.GetMandate(ctx, a.DB, id); err != nil || m.StateAt(a.Now()) != want || m.Witness == "" {
				t.Errorf("%s is %v, want %v (%v)", id, m.StateAt(a.Now()), want, err)
			}
		}
		bare := attested(a, agent, party.AroseLetter, "person-063")
		bare.Compared = false
		if _, err := a.Desk.Attest(ctx, bare); len(fault.Fields(err)) != 2 {
			t.Errorf("a letter without paper or look: %v", fault.Fields(err))
		}
		other := attested(a, agent, party.AroseLetter, "person-063")
		other.By = a.Staff("clerk02")
		if _, err := a.Desk.Attest(ctx, other); !fault.Is(err, fault.Conflict) {
			t.Errorf("another clerk's presence: %v", err)
		}
		letter := attested(a, agent, party.AroseLetter, "person-063")
		letter.Evidence = a.Papers(agent.Party, apptest.Item(a, shopItem))[apptest.Item(a, shopItem).Materials[0].ID][0]
		paper, err := a.Desk.Attest(ctx, letter)
		if err != nil {
			t.Fatal(err)
		}
		a.Settle()
		wantTold(t, a, a.Person("person-063").ID, notice.MandateGranted)
		minor := attested(a, agent, party.AroseMinor, "person-064") // an adult of the town
		minor.Evidence = letter.Evidence
		if _, err := a.Desk.Attest(ctx, minor); !fault.Is(err, fault.Invalid) {
			t.Errorf("an adult as a ward of a minor's guardian: %v", err)
		}
		windowCase(t, a, agent, paper)
	})
}

// windowCase has the clerk turn a draft of the agent's into one for the principal, and hand it in.
func windowCase(t *testing.T, a *apptest.App, agent party.Presence, mandate string) {
	t.Helper()
	by := a.Staff("clerk01")
	draft, err := a.Desk.Begin(ctx, a.Submit(by, "test.begin"), by, shopItem, agent.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Desk.ActAtWindow(ctx, by, draft, "forged"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a forged mandate: %v", err)
	}
	if err := a.Desk.ActAtWindow(ctx, by, draft, mandate); err != nil {
		t.Fatal(err)
	}
	d, err := form.GetDraft(ctx, a.DB, draft)
	if err != nil || d.Party != a.Person("person-063").ID {
		t.Fatalf("%+v %v", d, err)
	}
	p, err := party.GetPresence(ctx, a.DB, d.Presence)
	if err != nil || p.How != party.ByMandate || p.Open(a.Now(), by.ID) {
		t.Errorf("what is held of an absent principal is open: %+v %v", p, err)
	}
	in := a.Acceptance("clerk01", shopItem, "person-063")
	in.Draft, in.Rev = d.ID, d.Rev
	id, err := a.Desk.Accept(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := casefile.Get(ctx, a.DB, id); err != nil || c.Agent != agent.Party || c.Mandate != mandate || c.Party != d.Party {
		t.Errorf("%+v %v", c, err)
	}
}

// A guardian of a minor acts until the eighteenth birthday and not a moment longer; the ward cannot revoke it.
func TestAGuardianUntilEighteen(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		parent := here(t, a, "clerk01", "person-065")
		born := time.Date(2009, 6, 15, 0, 0, 0, 0, time.UTC)
		number, err := ref.ComposeCitizenNumber("449901", born, 7)
		if err != nil {
			t.Fatal(err)
		}
		g := attested(a, parent, party.AroseMinor, "person-065")
		g.Name, g.Number, g.Scope = "小明同学", string(number), intake.Scope{}
		g.Evidence = a.Papers(parent.Party, apptest.Item(a, shopItem))[apptest.Item(a, shopItem).Materials[0].ID][0]
		id, err := a.Desk.Attest(ctx, g)
		if err != nil {
			t.Fatal(err)
		}
		m, err := party.GetMandate(ctx, a.DB, id)
		if err != nil {
			t.Fatal(err)
		}
		deed := party.Deed{Agent: parent.Party, For: m.Principal, Act: party.ActCollect, Item: shopItem}
		birthday := time.Date(2027, 6, 15, 0, 0, 0, 0, calendar.Zone)
		if !party.May(m, deed, birthday.Add(-time.Second)) || party.May(m, deed, birthday) {
			t.Errorf("ends %v", m.Until)
		}
		ward := identity.Me{Account: "x", Level: ref.AssuranceReal, Person: m.Principal, For: m.Principal}
		if err := a.Desk.EndMandate(ctx, ward, id); !fault.Is(err, fault.Denied) {
			t.Errorf("the ward revokes: %v", err)
		}
		if err := a.Desk.LiftMandate(ctx, a.Staff("clerk01"), parent.ID, id); err != nil {
			t.Error(err)
		}
	})
}

// A company's representative lets an employee act for the company.
func TestCompanyStaff(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		boss, clerk := a.Visitor("person-066"), a.Visitor("person-067")
		company := a.Person("company-01").ID
		if err := a.Desk.Tie(ctx, "system:test", party.Tie{Company: company, Person: boss.Person, Kind: party.Representative, Source: "test"}); err != nil {
			t.Fatal(err)
		}
		boss.For = company
		n := naming(a, boss, "person-067")
		n.Scope.Items = nil
		id := granted(t, a, n, clerk)
		if m, err := party.GetMandate(ctx, a.DB, id); err != nil || m.Principal != company || m.Arose != party.AroseStaff {
			t.Errorf("%+v %v", m, err)
		}
		if who := acting(t, a, clerk, id); who.Principal != company || who.For != clerk.Person {
			t.Errorf("%+v", who)
		}
	})
}

// Help at the counter (帮办) is noted on the case and opens nothing.
func TestHelpIsNotedAndOpensNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := &apptest.Phone{Number: "19900007050"}
		a.SignIn(p)
		who := a.Somebody("person-068")
		draft := a.DraftOn(p, shopItem, a.Declared(p, who.Name, string(who.Number)))
		helper := a.Staff("clerk01")
		if err := a.Desk.Help(ctx, helper, "ABCDEFGH"); !fault.Is(err, fault.Invalid) {
			t.Errorf("an unknown draft: %v", err)
		}
		if err := a.Desk.Help(ctx, helper, intake.DraftCode(a.Vault, draft)); err != nil {
			t.Fatal(err)
		}
		id, err := a.Desk.Apply(ctx, a.Application(p, draft))
		if err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if c, err := casefile.Get(ctx, a.DB, id); err != nil || c.Helper != helper.ID || c.Clerk != "" {
			t.Errorf("%+v %v", c, err)
		}
		b := browse(t, a, identity.Me{})
		w := httptest.NewRecorder()
		if err := a.Sessions.SignIn(w, httptest.NewRequest("GET", "/", nil), session.Opening{Kind: "staff", Subject: string(helper.ID), Now: a.Now()}); err != nil {
			t.Fatal(err)
		}
		cookie := w.Result().Cookies()[0]
		b.cookies[cookie.Name] = cookie
		if got := b.get("/window/case/" + string(id)); got.StatusCode != 404 {
			t.Errorf("the helper opens the case: %d", got.StatusCode)
		}
	})
}
