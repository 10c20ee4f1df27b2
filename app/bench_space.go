package app

import (
	"context"
	"net/http"
	"net/http/httptest"

	"yimen/domain/identity"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/session"
	"yimen/ref"
	"yimen/town"
	"yimen/web/citizen"
)

const spaceCases = 500

// benchSpace: the front page of the space of a person with 500 cases, and the list of those cases.
func benchSpace(ctx context.Context) ([]figure, error) {
	t, err := openBenchTown(ctx, "", nil)
	if err != nil {
		return nil, err
	}
	defer t.drop()
	who, phone, err := t.busiest(ctx)
	if err != nil {
		return nil, err
	}
	t.ready = nil // everything that follows is theirs
	if err := t.equip(ctx, who); err != nil {
		return nil, err
	}
	if _, err := spread(16, spaceCases, func(int) error { _, err := t.Desk.Accept(ctx, t.acceptance()); return err }); err != nil {
		return nil, err
	}
	cookie, err := t.enter(ctx, who.ID, phone)
	if err != nil {
		return nil, err
	}
	v, stop, err := t.browser(cookie)
	if err != nil {
		return nil, err
	}
	defer stop()
	front, err := v.figure(ctx, "space", func(int) string { return "/me" })
	if err != nil {
		return nil, err
	}
	cases, err := v.figure(ctx, "space cases", func(int) string { return "/me/cases" })
	return []figure{front, cases}, err
}

// busiest is the person who will have all the cases.
func (t *benchTown) busiest(ctx context.Context) (party.Party, string, error) {
	data, err := town.Load()
	if err != nil {
		return party.Party{}, "", err
	}
	persons, _ := town.People(data, town.Seed)
	who, err := party.ByNumber(ctx, t.DB, t.Vault, string(persons[0].Number))
	return who, persons[0].Phone, err
}

// enter signs a person in at the real-name level, past the code and the provider.
func (t *benchTown) enter(ctx context.Context, who ref.PartyID, phone string) (*http.Cookie, error) {
	var account identity.Account
	var device identity.Device
	err := t.DB.Write(ctx, "bench.Enter", func(ctx context.Context, tx *db.Tx) (err error) {
		if account, err = identity.EnsureAccount(ctx, tx, t.Vault, phone, t.Now()); err != nil {
			return err
		}
		if device, _, err = identity.KnowDevice(ctx, tx, account.ID, "", "bench", t.Now()); err != nil {
			return err
		}
		if err = identity.Bind(ctx, tx, account.ID, who, "provider:bench", t.Now()); err != nil {
			return err
		}
		return identity.TrustDevice(ctx, tx, device.ID, t.Now())
	})
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	err = t.Visits.SignIn(w, httptest.NewRequest(http.MethodPost, t.Host+"/signin", nil), session.Opening{Kind: citizen.VisitKind, Subject: string(account.ID), Now: t.Now(),
		Data: map[string]string{citizen.DeviceKey: device.ID, citizen.LevelKey: string(ref.AssuranceReal)}})
	if err != nil {
		return nil, err
	}
	return w.Result().Cookies()[0], nil
}
