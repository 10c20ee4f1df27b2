package apptest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"

	"yimen/connector"
	"yimen/domain/identity"
	"yimen/domain/party"
	"yimen/foundation/session"
	"yimen/process/signin"
	"yimen/ref"
	"yimen/town"
	"yimen/web/citizen"
)

// phone is the one phone that every text message of a test comes to.
type phone struct{ last string }

// Send keeps the message.
func (p *phone) Send(_ context.Context, t connector.Text) error { p.last = t.Body; return nil }

var sixDigits = regexp.MustCompile(`\d{6}`)

// SignIn enters the code sent to a phone, in a browser of its own. One phone gets one code a minute.
func (a *App) SignIn(number string) identity.Me {
	a.t.Helper()
	got := &phone{}
	door := *a.Outside
	door.Texter = got
	id, err := door.SendCode(ctx, number)
	Must(a, id, err)
	v, err := door.EnterCode(ctx, id, sixDigits.FindString(got.last), "", "Android Chrome")
	return Must(a, v, err).Me
}

// Prove raises a session to the real-name level of a made-up person, "person-001".
func (a *App) Prove(me identity.Me, key string) identity.Me {
	a.t.Helper()
	p := a.Human(key)
	who, err := a.Outside.Prove(ctx, signin.Proven{Account: me.Account, Device: me.Device, By: "provider:test", Name: p.Name, Number: string(p.Number)})
	Must(a, who, err)
	a.Settle()
	me, _, err = a.Outside.Return(ctx, me.Account, me.Device, ref.AssuranceReal, "")
	return Must(a, me, err)
}

// Visitor signs a made-up person in at the real-name level.
func (a *App) Visitor(key string) identity.Me {
	a.t.Helper()
	return a.Prove(a.SignIn(a.Human(key).Phone), key)
}

// AtCode is the same phone as it is after nothing but a code.
func AtCode(me identity.Me) identity.Me {
	return identity.Me{Account: me.Account, Device: me.Device, Level: ref.AssuranceCode}
}

// VisitCookie opens a session of somebody from outside and gives its cookie.
func (a *App) VisitCookie(me identity.Me) *http.Cookie {
	a.t.Helper()
	data := map[string]string{citizen.DeviceKey: me.Device, citizen.LevelKey: string(me.Level)}
	if me.For != me.Person {
		data[citizen.ForKey] = string(me.For)
	}
	w := httptest.NewRecorder()
	err := a.Visits.SignIn(w, httptest.NewRequest("GET", "/", nil), session.Opening{Kind: citizen.VisitKind, Subject: string(me.Account), Data: data, Now: a.Now()})
	return Must(a, w.Result().Cookies(), err)[0]
}

// Human is a made-up person as the town's generator knows them.
func (a *App) Human(key string) town.Person {
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

// Firm is a company of whom a made-up person is the legal representative.
func (a *App) Firm(me identity.Me) party.Party {
	a.t.Helper()
	all, err := party.Companies(ctx, a.DB, me.Person)
	if len(Must(a, all, err)) == 0 {
		a.t.Fatal("they speak for no company")
	}
	return all[0]
}
