package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/material"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/foundation/pdf"
	"yimen/process/intake"
	"yimen/process/signin"
	"yimen/ref"
	"yimen/web/api"
)

const (
	apiSubmits = 300 // a round
	apiRounds  = 3
)

// benchAPI: applications with all their papers and readings of a case through the machine
// interface over 50 connections. Beside the submit the same process functions called without
// HTTP and JSON, in turns; beside the reading the citizens' page of the same case.
func benchAPI(ctx context.Context) ([]figure, error) {
	t, err := openBenchTown(ctx, "", func(*House) {})
	if err != nil {
		return nil, err
	}
	defer t.drop()
	x, err := t.machine(ctx)
	if err != nil {
		return nil, err
	}
	v, stop, err := t.visit(ctx, "police-review-a")
	if err != nil {
		return nil, err
	}
	defer stop()
	x.visitor = v
	submit, err := x.submits(ctx)
	if err != nil {
		return nil, err
	}
	read, err := x.reads(ctx)
	return []figure{submit, read}, err
}

// machine is another system with its token and an application that passes.
type machine struct {
	*benchTown
	*visitor
	portal  identity.Portal
	token   string
	name    string
	number  string
	answers map[string]string
	sheet   []byte
	last    atomic.Value // number of the last case, string
}

func (t *benchTown) machine(ctx context.Context) (*machine, error) {
	p, secret, err := t.Door.AddPortal(ctx, "system:bench", identity.Portal{Name: "bench", Items: identity.Any, Organs: identity.Any, Verbs: "submit", Assurance: ref.AssuranceReal})
	if err != nil {
		return nil, err
	}
	got, err := t.Door.Grant(ctx, signin.Credentials{ID: string(p.ID), Secret: secret})
	if err != nil {
		return nil, err
	}
	who, err := party.Get(ctx, t.DB, t.ready[0].id)
	if err != nil {
		return nil, err
	}
	facts, err := party.Facts(ctx, t.DB, t.Vault, who.ID, party.Number)
	if err != nil {
		return nil, err
	}
	sheet, err := pdf.Render(pdf.Document{Title: t.doc.Name, Organ: who.Name, Made: t.Now()})
	if err != nil {
		return nil, err
	}
	x := &machine{benchTown: t, portal: p, token: got.Token, name: who.Name, number: facts[party.Number].Value, answers: map[string]string{}, sheet: sheet}
	for element, a := range t.acceptance().Answers {
		x.answers[element] = a.Value
	}
	return x, nil
}

// body is the application as another system sends it.
func (x *machine) body() ([]byte, error) {
	papers := map[string]any{}
	for _, m := range x.doc.Materials {
		if intake.Needed(x.doc, m) {
			papers[m.ID] = []map[string]string{{"content": base64.StdEncoding.EncodeToString(x.sheet)}}
		}
	}
	return json.Marshal(map[string]any{"applicant": map[string]string{"kind": "legal", "name": x.name, "number": x.number}, "item": benchItem, "place": string(x.hall.Division),
		"answers": x.answers, "materials": papers})
}

func (x *machine) submits(ctx context.Context) (figure, error) {
	f := figure{name: "api submit", unit: "submits/s"}
	body, err := x.body()
	if err != nil {
		return f, err
	}
	var ours, direct time.Duration
	for range apiRounds {
		x.clock.days.Add(1)
		if err := x.renew(ctx); err != nil {
			return f, err
		}
		runtime.GC()
		took, err := spread(pageConns, apiSubmits, func(int) error { return x.submitOne(ctx, body) })
		if err != nil {
			return f, err
		}
		ours += took
		runtime.GC()
		if took, err = spread(pageConns, apiSubmits, func(int) error { return x.directly(ctx) }); err != nil {
			return f, err
		}
		direct += took
	}
	n := float64(apiRounds * apiSubmits)
	f.value, f.ratio = n/ours.Seconds(), direct.Seconds()/ours.Seconds()
	f.limit = fmt.Sprintf("%.1f/s by the same process functions without HTTP and JSON", n/direct.Seconds())
	f.notes = append(f.notes, fmt.Sprintf("%d connections, %d bytes a request", pageConns, len(body)))
	f.want(f.ratio >= 0.4, "ratio ≥ 0.4")
	return f, nil
}

// renew gets the next token: the bench's clock jumps by days.
func (x *machine) renew(ctx context.Context) error {
	now := x.Now()
	return x.DB.Write(ctx, "bench.Token", func(ctx context.Context, tx *db.Tx) (err error) {
		x.token, err = identity.NewToken(ctx, tx, identity.Token{Kind: identity.TokenPortal, Subject: string(x.portal.ID), Scopes: identity.Everything, Made: now, Expires: now.AddDate(0, 0, 1)})
		return err
	})
}

func (x *machine) submitOne(ctx context.Context, body []byte) error {
	var made struct{ Number string }
	err := x.call(ctx, http.MethodPost, "/cases", body, http.StatusCreated, &made)
	x.last.Store(made.Number)
	return err
}

// call is one request of the other system.
func (x *machine) call(ctx context.Context, method, path string, body []byte, status int, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, x.base+api.Prefix+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+x.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", db.NewID())
	a, err := x.client.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode != status {
		err = fmt.Errorf("%s %s answers %d: %s", method, path, a.StatusCode, raw)
	}
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// directly does what the operation does, by the same functions.
func (x *machine) directly(ctx context.Context) error {
	by := "portal:" + string(x.portal.ID)
	who, err := x.Desk.Declare(ctx, by, ref.PartyLegal, x.name, x.number)
	if err != nil {
		return err
	}
	now := x.Now()
	a := intake.Application{Submit: once.Submit{Actor: by, Route: "bench", Key: db.NewID(), Hash: "x", At: now}, By: by, Portal: x.portal.ID, Assured: x.portal.Assurance, Version: x.item.ID, Party: who,
		Place: x.hall.Division, Channel: ref.ChannelPortal, Answers: map[string]form.Answer{}, Materials: map[string][]ref.MaterialID{}}
	for element, value := range x.answers {
		a.Answers[element] = form.Answer{Element: element, Value: value, Source: "source.portal", At: now}
	}
	for _, m := range x.doc.Materials {
		if !intake.Needed(x.doc, m) {
			continue
		}
		got, err := x.Desk.Upload(ctx, by, intake.Paper{Party: who, Kind: m.Kind, Name: m.Name, Origin: "source.portal", Trust: material.Uploaded, Body: bytes.NewReader(x.sheet)})
		if err != nil {
			return err
		}
		a.Materials[m.ID] = []ref.MaterialID{got.ID}
	}
	_, err = x.Desk.Apply(ctx, a)
	return err
}

// reads asks for one case again and again, and for its citizens' page.
func (x *machine) reads(ctx context.Context) (figure, error) {
	f := figure{name: "api read", unit: "reads/s"}
	number, _ := x.last.Load().(string)
	most := func(ask func() error) (float64, error) {
		const n = 4000
		runtime.GC()
		took, err := spread(pageConns, n, func(int) error { return ask() })
		return n / took.Seconds(), err
	}
	path := "/cases/" + number
	var err error
	if f.value, err = most(func() error { return x.call(ctx, http.MethodGet, path, nil, http.StatusOK, nil) }); err != nil {
		return f, err
	}
	if x.visitor.cookie, err = x.lookUp(ctx, number); err != nil {
		return f, err
	}
	page, err := most(func() error { _, err := x.ask(ctx, "/progress/case"); return err })
	if err != nil {
		return f, err
	}
	f.limit, f.ratio = fmt.Sprintf("%.1f/s of the citizens' page of the same case", page), f.value/page
	f.notes = append(f.notes, fmt.Sprintf("%d connections", pageConns))
	f.want(f.ratio >= 0.8, "ratio ≥ 0.8")
	return f, nil
}

// lookUp opens a case's page by number and code, as its applicant does.
func (x *machine) lookUp(ctx context.Context, number string) (*http.Cookie, error) {
	k, err := casefile.ByNumber(ctx, x.DB, ref.ShortNumber(number))
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, x.base+"/progress", strings.NewReader(url.Values{"number": {number}, "code": {x.QueryCode(k.ID)}}.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := x.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	for _, c := range a.Cookies() {
		return c, nil
	}
	return nil, fmt.Errorf("looking a case up answers %d and sets no cookie", a.StatusCode)
}
