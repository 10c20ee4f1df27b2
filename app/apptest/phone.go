package apptest

import (
	"regexp"

	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/process/intake"
	"yimen/process/signin"
	"yimen/ref"
	"yimen/town"
)

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

// Code is the code in the last text that the simulated phone of a number got.
func (a *App) Code(number string) string {
	a.t.Helper()
	gateway, _ := a.Simulators()
	for _, m := range gateway.Received(number) {
		if code := sixDigits.FindString(m.Body); code != "" {
			return code
		}
	}
	a.t.Fatal("no code came to the phone")
	return ""
}

// Phone is somebody's browser: its device's token, and who it is signed in as.
type Phone struct {
	Number string
	Token  string
	Me     identity.Me
}

// SignIn signs a phone in by its code; again, on the same browser, when it was before.
func (a *App) SignIn(p *Phone) identity.Me {
	a.t.Helper()
	id, err := a.Outside.SendCode(ctx, p.Number, p.Token)
	Must(a, id, err)
	v, err := a.Outside.EnterCode(ctx, id, a.Code(p.Number), p.Token, "test")
	Must(a, v, err)
	if v.Token != "" {
		p.Token = v.Token
	}
	p.Me = v.Me
	return v.Me
}

// Prove raises a phone to the real-name level as a person of the town.
func (a *App) Prove(p *Phone, key string) identity.Me {
	a.t.Helper()
	who := a.Somebody(key)
	_, err := a.Outside.Prove(ctx, signin.Proven{Account: p.Me.Account, Device: p.Me.Device, By: "provider:test", Name: who.Name, Number: string(who.Number)})
	Must(a, 0, err)
	a.Settle()
	me, _, err := a.Outside.Return(ctx, p.Me.Account, p.Me.Device, ref.AssuranceReal, "")
	p.Me = Must(a, me, err)
	return me
}

// Somebody finds a made-up person by key, with number and phone.
func (a *App) Somebody(key string) town.Person {
	a.t.Helper()
	t, err := town.Load()
	persons, _ := town.People(Must(a, t, err), town.Seed)
	for _, p := range persons {
		if p.Key == key {
			return p
		}
	}
	a.t.Fatal("nobody is called " + key)
	return town.Person{}
}

// DraftOn begins a complete draft on a phone for an applicant.
func (a *App) DraftOn(p *Phone, item string, who ref.PartyID) string {
	a.t.Helper()
	doc := Item(a, item)
	c := form.Content{Answers: a.Filled(doc), Materials: a.Papers(who, doc), Place: "440604012"}
	s := once.Submit{Actor: p.Me.Actor(), Route: "test.begin", Key: db.NewID(), At: a.Clock.Now()}
	id, err := a.Desk.BeginOnline(ctx, s, p.Me, ref.ItemID(item), who, c)
	return Must(a, id, err)
}

// Application makes the submit of a draft on a phone.
func (a *App) Application(p *Phone, draft string) intake.Application {
	a.t.Helper()
	d, err := form.GetDraft(ctx, a.DB, draft)
	Must(a, d, err)
	c, err := d.Open(ctx, a.DB, a.Vault)
	Must(a, c, err)
	who, err := party.Get(ctx, a.DB, d.Party)
	assured := ref.AssuranceReal
	if Must(a, who, err).DeclaredBy != "" {
		assured = ref.AssuranceCode
	}
	return intake.Application{Submit: once.Submit{Actor: p.Me.Actor(), Route: "test.apply", Key: db.NewID(), At: a.Clock.Now()}, By: p.Me.Actor(), Account: p.Me.Account,
		Assured: assured, Draft: draft, Rev: d.Rev, Version: d.Version, Party: d.Party, Place: c.Place, Channel: ref.ChannelPhone, Answers: c.Answers, Materials: c.Materials}
}

// Apply hands an application in from a phone and lets everything that follows happen.
func (a *App) Apply(p *Phone, item string, who ref.PartyID) ref.CaseID {
	a.t.Helper()
	id, err := a.Desk.Apply(ctx, a.Application(p, a.DraftOn(p, item, who)))
	Must(a, id, err)
	a.Settle()
	return id
}

// Declared is an applicant on a phone's word alone.
func (a *App) Declared(p *Phone, name, number string) ref.PartyID {
	a.t.Helper()
	id, err := a.Desk.Declare(ctx, p.Me.Actor(), ref.PartyNatural, name, number)
	return Must(a, id, err)
}
