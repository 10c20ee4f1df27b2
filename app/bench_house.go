package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/once"
	"yimen/foundation/pdf"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/town"
	"yimen/web/page"
)

// benchTown is a house with the demo town in a temporary folder, for measuring only.
type benchTown struct {
	*House
	clock *benchClock
	item  catalog.Version
	doc   *catalog.Item
	clerk org.Staff
	hall  org.Hall
	// ready are applicants with the papers the item asks for uploaded.
	ready []applicant
	next  atomic.Int64
	fits  map[string]string // an answer that passes, by kind of question
	drop  func()
}

// ownPostgres makes a database for one bench in the cluster that YIMEN_BENCH_PG names, as benches load towns of their
// own; the cluster goes after them. Without the variable the address is empty.
func ownPostgres(ctx context.Context) (address string, err error) {
	cluster := os.Getenv("YIMEN_BENCH_PG")
	if cluster == "" {
		return "", nil
	}
	u, err := url.Parse(cluster)
	if err != nil {
		return "", errors.New("YIMEN_BENCH_PG cannot be read")
	}
	c, err := pgx.Connect(ctx, cluster)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	u.Path = "/b" + strings.ReplaceAll(db.NewID(), "-", "")
	_, err = c.Exec(ctx, "create database "+u.Path[1:]+" template template0 encoding 'UTF8' locale 'C'")
	return u.String(), err
}

// free takes the fee off the matter: what is measured is the house, and not how fast somebody pays.
func (t *benchTown) free(ctx context.Context) error {
	v, err := catalog.Current(ctx, t.DB, benchItem)
	if err != nil {
		return err
	}
	it, err := v.Doc().Copy()
	if err != nil {
		return err
	}
	it.Fee, it.Channels.Payment = catalog.Fee{}, false
	_, err = t.Library.Publish(ctx, "system:bench", it)
	return err
}

type applicant struct {
	id     ref.PartyID
	papers map[string][]ref.MaterialID
}

// benchItem is the matter that three departments work on at once.
const benchItem = "cc-road-dig"

// openBenchTown makes the town; address "" is SQLite in its folder. hear, unless nil, takes
// the place of the house's own table of who hears what.
func openBenchTown(ctx context.Context, address string, hear func(*House)) (*benchTown, error) {
	dir, err := os.MkdirTemp("", "yimen-bench-*")
	if err != nil {
		return nil, err
	}
	t := &benchTown{clock: newBenchClock()}
	c := Config{Data: dir, DB: address, Host: "http://127.0.0.1:8080", Demo: true, Now: t.clock.now,
		Log: slog.New(slog.DiscardHandler), Limits: page.Limits{Address: page.Unlimited, Stranger: page.Unlimited, Actor: page.Unlimited}}
	if t.House, err = Open(ctx, c); err != nil {
		return nil, err
	}
	t.drop = func() { _ = t.House.Close(); _ = os.RemoveAll(dir) }
	if hear != nil {
		t.rewire(hear)
	}
	if err := t.fill(ctx); err != nil {
		t.drop()
		return nil, err
	}
	return t, nil
}

func (t *benchTown) fill(ctx context.Context) (err error) {
	if err = t.LoadTown(ctx); err != nil {
		return err
	}
	if err = t.free(ctx); err != nil {
		return err
	}
	if t.item, err = catalog.Current(ctx, t.DB, benchItem); err != nil {
		return err
	}
	t.doc = t.item.Doc()
	if t.clerk, err = org.StaffByAccount(ctx, t.DB, "clerk01"); err != nil {
		return err
	}
	if t.hall, err = org.GetHall(ctx, t.DB, t.clerk.Hall); err != nil {
		return err
	}
	data, err := town.Load()
	if err != nil {
		return err
	}
	persons, companies := town.People(data, town.Seed)
	t.fits = map[string]string{"number": "12", "money": "12", "phone": "19900001234", "idnumber": string(persons[9].Number), "uscc": string(companies[9].Number)}
	for _, c := range companies {
		if err := t.prepare(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// prepare uploads a company's papers, so that accepting finds them ready.
func (t *benchTown) prepare(ctx context.Context, c town.Company) error {
	p, err := party.ByNumber(ctx, t.DB, t.Vault, string(c.Number))
	if err != nil {
		return err
	}
	return t.equip(ctx, p)
}

func (t *benchTown) equip(ctx context.Context, p party.Party) error {
	content, err := pdf.Render(pdf.Document{Title: t.doc.Name, Organ: p.Name, Made: t.Now()})
	if err != nil {
		return err
	}
	a := applicant{p.ID, map[string][]ref.MaterialID{}}
	for _, m := range t.doc.Materials {
		if !m.HandedIn() {
			continue
		}
		got, err := t.Desk.Upload(ctx, "system:bench", intake.Paper{Party: p.ID, Kind: m.Kind, Name: m.Name, Origin: "source.window", Trust: material.Uploaded, Body: bytes.NewReader(content)})
		if err != nil {
			return err
		}
		a.papers[m.ID] = []ref.MaterialID{got.ID}
	}
	t.ready = append(t.ready, a)
	return nil
}

// acceptance is a complete application by the next applicant.
func (t *benchTown) acceptance() intake.Acceptance {
	a := t.ready[int(t.next.Add(1))%len(t.ready)]
	now := t.Now()
	answers := map[string]form.Answer{}
	for _, f := range t.doc.Form {
		if !f.Optional && f.Compute == "" && f.Group == "" {
			answers[f.Element] = form.Answer{Element: f.Element, Value: t.fitting(f, now), Source: "source.window", At: now}
		}
	}
	return intake.Acceptance{Submit: t.submit(t.clerk, now), Clerk: t.clerk, Version: t.item.ID, Party: a.id, Place: t.hall.Division, Channel: ref.ChannelWindow,
		Answers: answers, Materials: a.papers}
}

func (t *benchTown) submit(s org.Staff, now time.Time) once.Submit {
	return once.Submit{Actor: "staff:" + string(s.ID), Route: "bench", Key: db.NewID(), Hash: once.Hash(db.NewID()), At: now}
}

// fitting answers a question with something that passes its check.
func (t *benchTown) fitting(f catalog.Field, now time.Time) string {
	switch {
	case f.Kind == "choice":
		return f.Options[0].Value
	case f.Kind == "date" && (f.Min == "" || f.Min == "today"):
		return now.Format("2006-01-02")
	case f.Kind == "date", f.Min != "":
		return f.Min
	case t.fits[f.Kind] != "":
		return t.fits[f.Kind]
	}
	return f.Label
}

// spread does n pieces of work with so many callers and says how long it took.
func spread(callers, n int, do func(i int) error) (time.Duration, error) {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	start := time.Now()
	for range callers {
		wg.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	if err := failed.Load(); err != nil {
		return took, fmt.Errorf("after %s: %w", took, *err)
	}
	return took, nil
}

// rewire gives the house another table of who hears what.
func (t *benchTown) rewire(hear func(*House)) {
	t.Bus = event.New(t.DB, t.Now)
	t.processes()
	hear(t.House)
}
