// Package exchange tells other systems what happens to their cases: web-hooks, signed as Standard Webhooks 1.0 says.
//
// Invariants:
//   - A portal hears of a case only while identity.Portal.Sees it, asked when it is queued and again at each call; bodies carry numbers and codes, never a person's data.
//   - A hook's deliveries follow the house's one order of events (pos), each until it was taken or the hook is parked; the
//     webhook-id is the event's and stays the same over retries and replays, so that a receiver can tell doubles.
//   - Every hook waits on its own: a dead receiver holds up nobody else, and slow ones together take a bounded number of workers.
//   - Connections go to public addresses only; that is checked on the address dialled, not on the name.
package exchange

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/identity"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Hooks is what telling needs.
type Hooks struct {
	DB     *db.DB
	Bus    *event.Bus
	Vault  *crypto.Vault
	Client *http.Client // NewClient
	Plain  bool         // http to this machine is allowed: demo and tests
	Now    func() time.Time

	slots chan struct{}
}

// New makes Hooks ready to send. most is how many calls may be under way at once.
func New(h Hooks, most int) *Hooks {
	h.slots = make(chan struct{}, most)
	return &h
}

// prefix of the events other systems may hear of.
const prefix = "casefile."

// Names of events a hook can ask for.
func Names() []string {
	var out []string
	for _, e := range []event.Event{casefile.Taken{}, casefile.WasAccepted{}, casefile.WasReturned{}, casefile.WasSupplied{}, casefile.WasDeclined{}, casefile.WasClosed{}} {
		out = append(out, plain(e.EventName()))
	}
	return out
}

// plain is an event's name without its version.
func plain(name string) string {
	name, _, _ = strings.Cut(name, "/")
	return name
}

// Registration is a portal's wish to be told.
type Registration struct {
	Submit once.Submit
	Portal identity.Portal
	URL    string
	Events []string // Names; none: all
}

// Register makes a hook and gives its signing secret; a repeat gives the same again. Errors: Invalid with fields, Denied, Conflict.
func (h *Hooks) Register(ctx context.Context, r Registration) (identity.Hook, string, error) {
	if !r.Portal.May(identity.VerbHooks) {
		return identity.Hook{}, "", fault.New(fault.Denied, "api.verb")
	}
	if err := h.check(r); err != nil {
		return identity.Hook{}, "", err
	}
	events := identity.Any
	if len(r.Events) > 0 {
		events = strings.Join(r.Events, " ")
	}
	now := h.Now()
	made := identity.Hook{ID: db.NewID(), Portal: r.Portal.ID, URL: r.URL, Events: events, State: identity.HookActive, Made: now}
	secret := identity.NewHookSecret()
	var id string
	err := h.DB.Write(ctx, "exchange.Register", func(ctx context.Context, tx *db.Tx) (err error) {
		id, err = once.Do(ctx, tx, r.Submit, func() (string, error) { return made.ID, h.add(ctx, tx, made, secret) })
		return err
	})
	if err != nil {
		return identity.Hook{}, "", err
	}
	return h.Secret(ctx, r.Portal.ID, id)
}

func (h *Hooks) add(ctx context.Context, tx *db.Tx, made identity.Hook, secret string) error {
	if err := h.begin(ctx, tx); err != nil {
		return err
	}
	var err error
	if made.Secret, err = h.Vault.Seal(ctx, tx, subject(made.Portal), identity.HookSecretPlace(made.ID), []byte(secret)); err != nil {
		return err
	}
	if err := identity.AddHook(ctx, tx, made); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: subject(made.Portal), Verb: "exchange.Register", Object: subject(made.Portal), After: audit.Digest(made.ID, made.URL, made.Events), At: made.Made})
}

func subject(id ref.PortalID) string { return "portal:" + string(id) }

// begin lets the first hook begin at the end of the journal: what was before is asked for by a replay.
func (h *Hooks) begin(ctx context.Context, tx *db.Tx) error {
	open, err := identity.Hooks(ctx, tx, "")
	if err != nil || len(open) > 0 {
		return err
	}
	at, err := identity.Cursor(ctx, tx, cursor)
	if err != nil {
		return err
	}
	last, err := event.Last(ctx, tx)
	if err != nil {
		return err
	}
	_, err = identity.MoveCursor(ctx, tx, cursor, at, last)
	return err
}

// Secret reads a portal's hook with its signing secret.
func (h *Hooks) Secret(ctx context.Context, owner ref.PortalID, id string) (identity.Hook, string, error) {
	x, err := identity.GetHook(ctx, h.DB, id, owner)
	if err != nil {
		return x, "", err
	}
	b, err := h.Vault.Open(ctx, h.DB, subject(owner), identity.HookSecretPlace(id), x.Secret)
	return x, string(b), err
}

// Close ends a hook.
func (h *Hooks) Close(ctx context.Context, owner identity.Portal, id string) error {
	return h.DB.Write(ctx, "exchange.Close", func(ctx context.Context, tx *db.Tx) error {
		x, err := identity.GetHook(ctx, tx, id, owner.ID)
		if err != nil {
			return err
		}
		x.State = identity.HookClosed
		if err := identity.SetHook(ctx, tx, x); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: subject(owner.ID), Verb: "exchange.Close", Object: subject(owner.ID), Before: audit.Digest(id), At: h.Now()})
	})
}

// replayMost bounds the events one replay looks at.
const replayMost = 1000

// Replay is what a call of Hooks.Replay did.
type Replay struct {
	Queued int
	Next   int64 // where to go on, 0 when the end was reached
}

// Replay sends again, in their order, what is in the journal from a position on, and takes a parked hook up again.
func (h *Hooks) Replay(ctx context.Context, owner identity.Portal, id string, from int64) (Replay, error) {
	if !owner.May(identity.VerbHooks) {
		return Replay{}, fault.New(fault.Denied, "api.verb")
	}
	x, err := identity.GetHook(ctx, h.DB, id, owner.ID)
	if err != nil {
		return Replay{}, err
	}
	all, err := event.After(ctx, h.DB, from-1, replayMost)
	if err != nil {
		return Replay{}, err
	}
	now := h.Now()
	due, err := h.match(ctx, all, []watcher{{x, owner}})
	if err != nil {
		return Replay{}, err
	}
	out := Replay{Queued: len(due)}
	if len(all) == replayMost {
		out.Next = all[len(all)-1].Pos + 1
	}
	return out, h.DB.Write(ctx, "exchange.Replay", func(ctx context.Context, tx *db.Tx) error {
		x.State, x.Failed, x.Error = identity.HookActive, 0, ""
		if err := identity.SetHook(ctx, tx, x); err != nil {
			return err
		}
		if err := identity.Enqueue(ctx, tx, true, due...); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: subject(owner.ID), Verb: "exchange.Replay", Object: subject(owner.ID), After: audit.Digest(id), At: now}); err != nil {
			return err
		}
		return h.Bus.Publish(ctx, tx, identity.HookDue{Hook: id})
	})
}

// cursor is the name of the one follower.
const cursor = "hooks"

// followMost bounds one step of following.
const followMost = 500

// watcher is a hook with whose eyes it sees.
type watcher struct {
	identity.Hook
	portal identity.Portal
}

// Follow queues what happened since it last looked, and says how many events it went past. Nobody pays for it where there
// is no hook: it follows the journal's order instead of being one more hearer of every event.
func (h *Hooks) Follow(ctx context.Context) (int, error) {
	watchers, err := h.watchers(ctx)
	if err != nil || len(watchers) == 0 {
		return 0, err
	}
	at, err := identity.Cursor(ctx, h.DB, cursor)
	if err != nil {
		return 0, err
	}
	all, err := event.After(ctx, h.DB, at, followMost)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	due, err := h.match(ctx, all, watchers)
	if err != nil {
		return 0, err
	}
	return len(all), h.DB.Write(ctx, "exchange.Follow", func(ctx context.Context, tx *db.Tx) error {
		moved, err := identity.MoveCursor(ctx, tx, cursor, at, all[len(all)-1].Pos)
		if err != nil || !moved { // another process was faster
			return err
		}
		if err := identity.Enqueue(ctx, tx, false, due...); err != nil {
			return err
		}
		told := map[string]bool{}
		for _, d := range due {
			if told[d.Hook] {
				continue
			}
			told[d.Hook] = true
			if err := h.Bus.Publish(ctx, tx, identity.HookDue{Hook: d.Hook}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *Hooks) watchers(ctx context.Context) (out []watcher, err error) {
	hooks, err := identity.Hooks(ctx, h.DB, "")
	if err != nil {
		return nil, err
	}
	portals := map[ref.PortalID]identity.Portal{}
	for _, x := range hooks {
		p, known := portals[x.Portal]
		if !known {
			if p, err = h.owner(ctx, x); err != nil {
				return nil, err
			}
			portals[x.Portal] = p
		}
		if x.State == identity.HookActive && p.May(identity.VerbHooks) {
			out = append(out, watcher{x, p})
		}
	}
	return out, nil
}

// owner reads a hook's portal; the zero one, which may nothing, when there is none to read.
func (h *Hooks) owner(ctx context.Context, x identity.Hook) (identity.Portal, error) {
	p, found, err := record(ctx, h, string(x.Portal), func() (identity.Portal, error) { return identity.GetPortal(ctx, h.DB, x.Portal) })
	if !found {
		return identity.Portal{}, err
	}
	return p, nil
}

// match makes the deliveries of events for those who may hear of them.
func (h *Hooks) match(ctx context.Context, all []event.Sealed, watchers []watcher) (out []identity.HookDelivery, err error) {
	now := h.Now()
	for _, e := range all {
		wants := func(w watcher) bool { return w.Wants(plain(e.Name)) }
		if !strings.HasPrefix(e.Name, prefix) || !slices.ContainsFunc(watchers, wants) {
			continue
		}
		c, found, err := h.about(ctx, e)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		for _, w := range watchers {
			if wants(w) && w.portal.Sees(c.Portal, c.Organ, c.Item) {
				out = append(out, identity.HookDelivery{Hook: w.ID, Event: e.ID, Pos: e.Pos, Body: body(e, c), Run: now})
			}
		}
	}
	return out, nil
}

// about reads the case of an event.
func (h *Hooks) about(ctx context.Context, e event.Sealed) (casefile.Case, bool, error) {
	return record(ctx, h, e.Key, func() (casefile.Case, error) { return casefile.Get(ctx, h.DB, ref.CaseID(e.Key)) })
}

// record reads one record. One that cannot be read while the database answers is logged and not found: a bad record stops
// nobody. Errors: those of a database that does not answer, for which nothing may be passed over.
func record[T any](ctx context.Context, h *Hooks, id string, get func() (T, error)) (x T, found bool, err error) {
	for range 2 { // a connection that broke has no share in the second try
		if x, err = get(); err == nil {
			return x, true, nil
		}
	}
	if fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
		return x, false, err
	}
	if _, gone := identity.Cursor(ctx, h.DB, cursor); gone != nil {
		return x, false, gone
	}
	slog.Error("web-hooks pass over a record that cannot be read", "record", id, "err", err.Error())
	return x, false, nil
}

// body is what a receiver reads: which event of which case, and nothing about a person.
func body(e event.Sealed, c casefile.Case) string {
	type data struct {
		Position int64           `json:"position"`
		Number   ref.ShortNumber `json:"number"`
		Item     ref.ItemID      `json:"item"`
		Organ    ref.OrganID     `json:"organ"`
	}
	b, _ := json.Marshal(struct {
		Type      string `json:"type"`
		Timestamp string `json:"timestamp"`
		Data      data   `json:"data"`
	}{plain(e.Name), e.At.UTC().Format(time.RFC3339Nano), data{e.Pos, c.Number, c.Item, c.Organ}}) // strings and numbers always marshal
	return string(b)
}

// Run follows twice a second until ctx ends.
func (h *Hooks) Run(ctx context.Context) {
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		for {
			n, err := h.Follow(ctx)
			if err != nil && ctx.Err() == nil {
				slog.Error("web-hooks cannot follow", "err", err.Error())
			}
			if err != nil || n < followMost {
				break
			}
		}
	}
}
