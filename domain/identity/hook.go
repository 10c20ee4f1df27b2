package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// States of a hook.
const (
	HookActive = "active"
	HookParked = "parked" // given up after many tries; a replay takes it up again
	HookClosed = "closed"
)

// Hook is an address at which a portal wants to be told.
type Hook struct {
	ID     string       `db:"id"`
	Portal ref.PortalID `db:"portal"`
	URL    string       `db:"url"`
	Secret []byte       `db:"secret"` // sealed under "portal:ID"
	Events string       `db:"events"` // names without version, space between, or Any
	State  string       `db:"state"`
	Failed int          `db:"failed"` // tries in a row that did not succeed
	Error  string       `db:"error"`  // of the last such try: a word of ours, never the receiver's
	Made   time.Time    `db:"made_at"`
}

// Wants says whether an event of a name ("casefile.accepted") is asked for.
func (h Hook) Wants(name string) bool { return within(h.Events, name) }

// HookSecretPlace is where a hook's secret is sealed.
func HookSecretPlace(id string) string { return "identity_hook.secret." + id }

// NewHookSecret makes a signing secret: 256 bits, written as Standard Webhooks writes it.
func NewHookSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return "whsec_" + base64.StdEncoding.EncodeToString(b)
}

// SignHook signs a delivery: base64 of HMAC-SHA256 over id.timestamp.body (Standard Webhooks 1.0).
// A receiver compares in constant time, and refuses a timestamp more than five minutes off.
func SignHook(secret, id string, at time.Time, body []byte) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return ""
	}
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s.%d.", id, at.Unix())
	m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

const hookCols = "id, portal, url, secret, events, state, failed, error, made_at"

// MostHooks is how many open hooks one portal may have.
const MostHooks = 10

// AddHook writes a hook. Errors: fault.Conflict when the portal has MostHooks already.
func AddHook(ctx context.Context, tx *db.Tx, h Hook) error {
	var n int
	if err := tx.QueryRow(ctx, "select count(*) from identity_hook where portal = $1 and state <> 'closed'", h.Portal).Scan(&n); err != nil {
		return err
	}
	if n >= MostHooks {
		return fault.New(fault.Conflict, "api.hook.most", "max", MostHooks)
	}
	return db.Insert(ctx, tx, "identity_hook", h)
}

// GetHook reads a hook of a portal, nobody else's.
func GetHook(ctx context.Context, r db.Reader, id string, owner ref.PortalID) (Hook, error) {
	return db.One[Hook](ctx, r, "select "+hookCols+" from identity_hook where id = $1 and portal = $2 and state <> 'closed'", id, owner)
}

// HookByID reads a hook, for sending.
func HookByID(ctx context.Context, r db.Reader, id string) (Hook, error) {
	return db.One[Hook](ctx, r, "select "+hookCols+" from identity_hook where id = $1", id)
}

// Hooks lists a portal's hooks; of all portals when owner is empty.
func Hooks(ctx context.Context, r db.Reader, owner ref.PortalID) ([]Hook, error) {
	if owner == "" {
		return db.Find[Hook](ctx, r, "select "+hookCols+" from identity_hook where state <> 'closed' order by id")
	}
	return db.Find[Hook](ctx, r, "select "+hookCols+" from identity_hook where portal = $1 and state <> 'closed' order by id", owner)
}

// SetHook notes how a hook is doing. A closed one stays closed.
func SetHook(ctx context.Context, tx *db.Tx, h Hook) error {
	_, err := tx.Exec(ctx, "update identity_hook set state = $1, failed = $2, error = $3 where id = $4 and state <> 'closed'", h.State, h.Failed, h.Error, h.ID)
	return err
}

// CloseHooks ends all hooks of a portal; what still waited at them is given up.
func CloseHooks(ctx context.Context, tx *db.Tx, owner ref.PortalID, now time.Time) error {
	if _, err := tx.Exec(ctx, "update identity_hook set state = 'closed' where portal = $1 and state <> 'closed'", owner); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "update identity_hook_delivery set state = $1, done_at = $2 where state = 'pending' and hook in (select id from identity_hook where portal = $3)", GivenUp, now, owner)
	return err
}

// States of a delivery.
const (
	Pending   = "pending"
	Delivered = "delivered"
	GivenUp   = "given_up" // the portal may no longer hear of it; only a replay can ask for it again
)

// HookDelivery is one event on its way to one hook.
type HookDelivery struct {
	Hook    string    `db:"hook"`
	Event   string    `db:"event"` // the event's id: the receiver's key against doubles
	Pos     int64     `db:"pos"`
	Body    string    `db:"body"`
	State   string    `db:"state"`
	Attempt int       `db:"attempt"`
	Run     time.Time `db:"run_at"`
	Status  int       `db:"status"` // of the last answer, 0 when there was none
	Error   string    `db:"error"`
	Done    time.Time `db:"done_at"`
}

const hookDeliveryCols = "hook, event, pos, body, state, attempt, run_at, status, error, done_at"

// Enqueue writes deliveries; one that is there becomes pending again when again is true.
func Enqueue(ctx context.Context, tx *db.Tx, again bool, all ...HookDelivery) error {
	do := "nothing"
	if again {
		do = "update set state = 'pending', attempt = 0, run_at = excluded.run_at, error = ''"
	}
	for _, d := range all {
		_, err := tx.Exec(ctx, "insert into identity_hook_delivery ("+hookDeliveryCols+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (hook, event) do "+do,
			d.Hook, d.Event, d.Pos, d.Body, Pending, 0, d.Run, 0, "", int64(0))
		if err != nil {
			return err
		}
	}
	return nil
}

// NextDelivery is the first pending delivery of a hook; fault.NotFound when there is none.
func NextDelivery(ctx context.Context, r db.Reader, hook string) (HookDelivery, error) {
	return db.One[HookDelivery](ctx, r, "select "+hookDeliveryCols+" from identity_hook_delivery where hook = $1 and state = 'pending' order by pos limit 1", hook)
}

// SetDelivery notes what became of a try.
func SetDelivery(ctx context.Context, tx *db.Tx, d HookDelivery) error {
	_, err := tx.Exec(ctx, "update identity_hook_delivery set state = $1, attempt = $2, run_at = $3, status = $4, error = $5, done_at = $6 where hook = $7 and event = $8",
		d.State, d.Attempt, d.Run, d.Status, d.Error, d.Done, d.Hook, d.Event)
	return err
}

// HookDeliveries lists a hook's deliveries, latest first, before a position (0: from the end).
func HookDeliveries(ctx context.Context, r db.Reader, hook string, before int64, limit int) ([]HookDelivery, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	return db.Find[HookDelivery](ctx, r, "select "+hookDeliveryCols+" from identity_hook_delivery where hook = $1 and pos < $2 order by pos desc limit $3", hook, before, limit)
}

// Cursor is how far a follower of the events has come.
func Cursor(ctx context.Context, r db.Reader, name string) (int64, error) {
	at, err := db.Find[int64](ctx, r, "select pos from identity_hook_cursor where name = $1", name)
	if err != nil || len(at) == 0 {
		return 0, err
	}
	return at[0], nil
}

// MoveCursor moves a follower on, or says false when another has done so meanwhile.
func MoveCursor(ctx context.Context, tx *db.Tx, name string, from, to int64) (bool, error) {
	if _, err := tx.Exec(ctx, "insert into identity_hook_cursor (name, pos) values ($1, 0) on conflict (name) do nothing", name); err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, "update identity_hook_cursor set pos = $1 where name = $2 and pos = $3", to, name, from)
	return n == 1, err
}

// SweepDeliveries forgets deliveries done or given up before a time.
func SweepDeliveries(ctx context.Context, tx *db.Tx, before time.Time) (int64, error) {
	return tx.Exec(ctx, "delete from identity_hook_delivery where state in ('delivered', 'given_up') and done_at < $1", before)
}

// HookDue says that a hook has something to send.
type HookDue struct{ Hook string }

func (HookDue) EventName() string  { return "identity.hook_due/1" }
func (e HookDue) EventKey() string { return "hook:" + e.Hook }
