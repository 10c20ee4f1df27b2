package apptest

import (
	"net/http"
	"net/http/httptest"

	"yimen/domain/identity"
	"yimen/foundation/session"
	"yimen/ref"
	"yimen/web/citizen"
)

// Visitor signs a made-up person in at the real-name level.
func (a *App) Visitor(key string) identity.Me {
	a.t.Helper()
	p := &Phone{Number: a.Somebody(key).Phone}
	a.SignIn(p)
	return a.Prove(p, key)
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
	if me.Mandate != "" {
		data[citizen.ActKey] = me.Mandate
	}
	w := httptest.NewRecorder()
	err := a.Visits.SignIn(w, httptest.NewRequest("GET", "/", nil), session.Opening{Kind: citizen.VisitKind, Subject: string(me.Account), Data: data, Now: a.Now()})
	return Must(a, w.Result().Cookies(), err)[0]
}
