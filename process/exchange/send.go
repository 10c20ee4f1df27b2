package exchange

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"yimen/domain/audit"
	"yimen/domain/identity"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
)

// waits are the pauses after the first, second … failed try; after the last the hook is parked.
var waits = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour}

// Send delivers the next of a hook's pending events. It publishes its own next run, so that one
// hook never has more than one call under way; a run that finds the next try not yet due ends,
// since whoever planned that try has set its timer.
func (h *Hooks) Send(ctx context.Context, d event.Delivery, e identity.HookDue) error {
	x, err := identity.HookByID(ctx, h.DB, e.Hook)
	if err != nil {
		return err
	}
	next, err := identity.NextDelivery(ctx, h.DB, x.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || x.State == identity.HookParked || next.Run.After(h.Now()) {
		return h.DB.Write(ctx, "exchange.Idle", d.Done)
	}
	if may, err := h.may(ctx, x, next); err != nil {
		return err
	} else if !may {
		return h.giveUp(ctx, d, x, next)
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	default: // slow receivers hold all places: later, without taking a worker
		return h.DB.Write(ctx, "exchange.Wait", func(ctx context.Context, tx *db.Tx) error {
			if err := d.Done(ctx, tx); err != nil {
				return err
			}
			return h.Bus.PublishAt(ctx, tx, h.Now().Add(time.Second), e)
		})
	}
	secret, err := h.Vault.Open(ctx, h.DB, subject(x.Portal), identity.HookSecretPlace(x.ID), x.Secret)
	if err != nil {
		return err
	}
	status, why := h.post(ctx, x.URL, string(secret), next)
	return h.note(ctx, d, outcome{x, next, status, why})
}

// may says whether a portal may still hear of what was queued for it: between queueing and sending, which can be days, it can
// have been closed or have lost the verb or the case.
func (h *Hooks) may(ctx context.Context, x identity.Hook, next identity.HookDelivery) (bool, error) {
	if x.State != identity.HookActive {
		return false, nil
	}
	p, err := h.owner(ctx, x)
	if err != nil || !p.May(identity.VerbHooks) {
		return false, err
	}
	all, err := event.After(ctx, h.DB, next.Pos-1, 1)
	if err != nil || len(all) == 0 || all[0].ID != next.Event {
		return false, err
	}
	c, found, err := h.about(ctx, all[0])
	return found && p.Sees(c.Portal, c.Organ, c.Item), err
}

// giveUp ends a delivery unsent and goes on with the next.
func (h *Hooks) giveUp(ctx context.Context, d event.Delivery, x identity.Hook, next identity.HookDelivery) error {
	next.State, next.Done = identity.GivenUp, h.Now()
	return h.DB.Write(ctx, "exchange.GiveUp", func(ctx context.Context, tx *db.Tx) error {
		if err := identity.SetDelivery(ctx, tx, next); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: "system:exchange", Verb: "exchange.GiveUp", Object: subject(x.Portal), After: audit.Digest(x.ID, next.Event), At: next.Done}); err != nil {
			return err
		}
		if err := d.Done(ctx, tx); err != nil {
			return err
		}
		return h.Bus.Publish(ctx, tx, identity.HookDue{Hook: x.ID})
	})
}

// outcome is what one call came to; why is empty when the receiver took it.
type outcome struct {
	hook   identity.Hook
	next   identity.HookDelivery
	status int
	why    string
}

func (h *Hooks) note(ctx context.Context, d event.Delivery, o outcome) error {
	now := h.Now()
	return h.DB.Write(ctx, "exchange.Send", func(ctx context.Context, tx *db.Tx) error {
		x, next := o.hook, o.next
		next.Attempt, next.Status, next.Error = next.Attempt+1, o.status, o.why
		switch {
		case o.why == "":
			next.State, next.Done = identity.Delivered, now
			x.Failed, x.Error = 0, ""
		case next.Attempt > len(waits) || o.status == http.StatusGone:
			x.State, x.Failed, x.Error = identity.HookParked, x.Failed+1, o.why
		default:
			next.Run = now.Add(waits[next.Attempt-1])
			x.Failed, x.Error = x.Failed+1, o.why
		}
		if err := identity.SetDelivery(ctx, tx, next); err != nil {
			return err
		}
		if err := identity.SetHook(ctx, tx, x); err != nil {
			return err
		}
		if err := d.Done(ctx, tx); err != nil {
			return err
		}
		if x.State == identity.HookParked {
			return audit.Record(ctx, tx, audit.Entry{Actor: "system:exchange", Verb: "exchange.Park", Object: subject(x.Portal), After: audit.Digest(x.ID), At: now})
		}
		return h.Bus.PublishAt(ctx, tx, later(next.Run, now), identity.HookDue{Hook: x.ID})
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Words for what went wrong; with "api.hook.error." before them they are message keys.
const (
	whyStatus  = "status"  // the receiver answered other than 2xx
	whyTimeout = "timeout" // no answer in time
	whyAddress = "address" // the name leads to an address that is not public
	whyConnect = "connect" // no connection, or it broke
)

// answerMost is how much of an answer is read; nobody looks at it.
const answerMost = 16 << 10

// post makes one call. An answer other than 2xx, a redirect too, is a failure.
func (h *Hooks) post(ctx context.Context, url, secret string, d identity.HookDelivery) (status int, why string) {
	at := h.Now()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(d.Body)))
	if err != nil {
		return 0, whyConnect
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Yimen-Webhooks/1")
	r.Header.Set("webhook-id", d.Event)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("webhook-signature", identity.SignHook(secret, d.Event, at, []byte(d.Body)))
	res, err := h.Client.Do(r)
	if err != nil {
		return 0, because(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, answerMost)) // lets the connection be used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return res.StatusCode, whyStatus
	}
	return res.StatusCode, ""
}

func because(err error) string {
	var slow net.Error
	switch {
	case errors.Is(err, errAddress):
		return whyAddress
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return whyTimeout
	}
	return whyConnect
}
