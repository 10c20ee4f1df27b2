// Package supervise keeps the house honest in the background: it links the audit chain, numbers
// events, takes parked deliveries up again, forgets what may be forgotten, and watches the clock (电子监察).
//
// Invariants:
//   - Linking is done by one process at a time and within a second of a row's commit; so is the sweep that puts cards, and a
//     record it cannot judge keeps it from no other.
//   - Nothing here decides about a case: cards, orders and escalations are noted as facts beside its course.
//   - Every act on a card, an order or an escalation is an audit row; whoever is concerned judges nothing of it.
package supervise

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"yimen/domain/archive"
	"yimen/domain/audit"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/material"
	"yimen/domain/notice"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/domain/undertaking"
	"yimen/foundation/blob"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/once"
	"yimen/foundation/session"
	"yimen/ref"
)

// Watch is what supervising needs.
type Watch struct {
	DB    *db.DB
	Bus   *event.Bus
	Vault *crypto.Vault
	Blobs *blob.Store
	Now   func() time.Time

	Calendar func() *calendar.Calendar

	seen   time.Time // until when settled tasks were inspected
	looked time.Time // when running clocks were last looked at before their end
}

// Seal numbers events and links audit rows until nothing waits.
func (w *Watch) Seal(ctx context.Context) error {
	for {
		n, err := w.Bus.Seal(ctx)
		if err != nil {
			return err
		}
		m, err := w.link(ctx)
		if err != nil || n == 0 && m == 0 {
			return err
		}
	}
}

func (w *Watch) link(ctx context.Context) (n int, err error) {
	if open, err := audit.Unsealed(ctx, w.DB); err != nil || !open {
		return 0, err
	}
	err = w.DB.Write(ctx, "supervise.Link", func(ctx context.Context, tx *db.Tx) error {
		held, err := w.Bus.Lease(ctx, tx, "audit")
		if err != nil || !held {
			return err
		}
		n, err = audit.Seal(ctx, tx)
		return err
	})
	return n, err
}

// Run seals twice a second, inspects once a minute and sweeps once an hour until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	var inspecting sync.WaitGroup
	inspecting.Go(func() { w.inspect(ctx) })
	defer inspecting.Wait()
	seal, sweep := time.NewTicker(500*time.Millisecond), time.NewTicker(time.Hour)
	defer seal.Stop()
	defer sweep.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-seal.C:
			err = w.Seal(ctx)
		case <-sweep.C:
			err = w.Sweep(ctx)
		}
		if err != nil && ctx.Err() == nil {
			slog.Error("supervise", "err", err.Error())
		}
	}
}

// inspect inspects once a minute until ctx ends; sealing does not wait for it.
func (w *Watch) inspect(ctx context.Context) {
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-minute.C:
			if err := w.Inspect(ctx); err != nil && ctx.Err() == nil {
				slog.Error("inspect", "err", err.Error())
			}
		}
	}
}

// endedKept is how long ended tokens and delivered web-hooks are kept, for questions afterwards.
const endedKept = 30 * 24 * time.Hour

// Sweep forgets what may be forgotten: answered submits, one-time codes, sessions, tokens, drafts
// from outside and deliveries whose time is over, texts of a year ago, and blobs no row names.
func (w *Watch) Sweep(ctx context.Context) error {
	if _, err := w.Blobs.Sweep(ctx, w.Now(), w.named); err != nil {
		return err
	}
	return w.DB.Write(ctx, "supervise.Sweep", func(ctx context.Context, tx *db.Tx) error {
		now := w.Now()
		for _, sweep := range []func() error{
			func() error { _, err := once.Sweep(ctx, tx, now); return err },
			func() error { return identity.ForgetCodes(ctx, tx, w.Vault, now) },
			func() error { _, err := identity.SweepTokens(ctx, tx, now.Add(-endedKept)); return err },
			func() error { _, err := identity.SweepDeliveries(ctx, tx, now.Add(-endedKept)); return err },
			func() error { _, err := notice.SweepTexts(ctx, tx, now); return err },
			func() error { return form.SweepDrafts(ctx, tx, now) },
			func() error { return undertaking.SweepSignings(ctx, tx, now) },
			func() error { return party.SweepSigners(ctx, tx, now) },
		} {
			if err := sweep(); err != nil {
				return err
			}
		}
		_, err := session.Sweep(ctx, tx, now, session.Usual)
		return err
	})
}

// named says whether a material, a document or an archived package points to a blob.
func (w *Watch) named(ctx context.Context, name string) (bool, error) {
	if used, err := material.Named(ctx, w.DB, ref.BlobID(name)); used || err != nil {
		return used, err
	}
	if used, err := seal.Named(ctx, w.DB, ref.BlobID(name)); used || err != nil {
		return used, err
	}
	return archive.Named(ctx, w.DB, ref.BlobID(name))
}

// Retry takes a parked delivery up again.
func (w *Watch) Retry(ctx context.Context, by, hearer, eventID string) error {
	return w.DB.Write(ctx, "supervise.Retry", func(ctx context.Context, tx *db.Tx) error {
		if err := w.Bus.Retry(ctx, tx, hearer, eventID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "supervise.Retry", Object: "event:" + eventID, At: w.Now()})
	})
}
