package exchange_test

import (
	"context"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/casefile"
	"yimen/domain/identity"
	"yimen/foundation/db"
)

// queue numbers what happened and queues it, without sending.
func queue(t *testing.T, a *apptest.App) {
	t.Helper()
	a.Settle()
	if err := a.Watch.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Hooks.Follow(ctx); err != nil {
		t.Fatal(err)
	}
}

// write changes the tables behind the processes' back.
func write(t *testing.T, a *apptest.App, query string, args ...any) {
	t.Helper()
	err := a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error { _, err := tx.Exec(ctx, query, args...); return err })
	if err != nil {
		t.Fatal(err)
	}
}

// stand is how a hook and its deliveries stand, the closed hooks' too.
func stand(t *testing.T, a *apptest.App, h identity.Hook) (string, []string) {
	t.Helper()
	x, err := identity.HookByID(ctx, a.DB, h.ID)
	apptest.Must(a, x, err)
	all, err := identity.HookDeliveries(ctx, a.DB, h.ID, 0, 100)
	var out []string
	for _, d := range apptest.Must(a, all, err) {
		out = append(out, d.State)
	}
	return x.State, out
}

// What was queued while a portal was let in is not sent once it is shut out, and waits for nothing.
func TestClosedPortalHearsNothingMore(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		queued, retried := listen(t), listen(t)
		retried.answer(500)
		p := portal(t, a, identity.Portal{Verbs: read})
		qh, rh := register(t, a, p, queued, "casefile.accepted"), register(t, a, p, retried, "casefile.accepted")
		a.Accept("clerk01", "cc-road-dig", "company-01")
		follow(t, a)
		if len(queued.all()) != 1 {
			t.Fatalf("%+v", queued.all())
		}
		a.Accept("clerk01", "cc-road-dig", "company-02")
		queue(t, a)
		if err := a.Door.ClosePortal(ctx, "system:test", p.ID); err != nil {
			t.Fatal(err)
		}
		retried.answer(200)
		a.Clock.Add(24 * time.Hour)
		a.Settle()
		if len(queued.all()) != 1 || len(retried.all()) != 0 {
			t.Errorf("a portal that is shut out heard %d and %d", len(queued.all()), len(retried.all()))
		}
		for name, h := range map[string]identity.Hook{"queued": qh, "retried": rh} {
			state, all := stand(t, a, h)
			if state != identity.HookClosed || len(all) != 2 || all[0] != identity.GivenUp || name == "retried" && all[1] != identity.GivenUp {
				t.Errorf("%s: %s %v", name, state, all)
			}
		}
		if n, err := sweep(a, a.Clock.Now().Add(time.Hour)); err != nil || n != 4 {
			t.Errorf("%d swept, %v", n, err)
		}
	})
}

func sweep(a *apptest.App, before time.Time) (n int64, err error) {
	err = a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
		n, err = identity.SweepDeliveries(ctx, tx, before)
		return err
	})
	return n, err
}

// Between queueing and sending, a portal may lose its verb, its scope, or be closed with its hooks left open.
func TestWhatMayNoLongerGoIsGivenUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		for name, change := range map[string]string{
			"closed":         "update identity_portal set active = 0 where id = $1",
			"without hooks":  "update identity_portal set verbs = 'submit read' where id = $1",
			"without read":   "update identity_portal set verbs = 'submit hooks' where id = $1",
			"another scope":  "update identity_portal set items = 'cc-food-business' where id = $1",
			"gone":           "delete from identity_portal where id = $1",
			"hook is closed": "update identity_hook set state = 'closed' where portal = $1",
		} {
			to := listen(t)
			p := portal(t, a, identity.Portal{Verbs: read})
			h := register(t, a, p, to, "casefile.accepted")
			a.Accept("clerk01", "cc-road-dig", "company-01")
			a.Accept("clerk01", "cc-road-dig", "company-02")
			queue(t, a)
			write(t, a, change, p.ID)
			a.Settle()
			state, all := stand(t, a, h)
			if len(to.all()) != 0 || state == identity.HookParked || len(all) != 2 || all[0] != identity.GivenUp || all[1] != identity.GivenUp {
				t.Errorf("%s: heard %d, %s %v", name, len(to.all()), state, all)
			}
		}
	})
}

// A record that cannot be read is passed over: what came before and after it is told.
func TestBadRecordStopsNobody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		to := listen(t)
		p, orphan := portal(t, a, identity.Portal{Verbs: read}), portal(t, a, identity.Portal{Verbs: read})
		h := register(t, a, p, to, "casefile.accepted")
		register(t, a, orphan, to)
		write(t, a, "delete from identity_portal where id = $1", orphan.ID)
		a.Accept("clerk01", "cc-road-dig", "company-01")
		err := a.DB.Write(ctx, "test", func(ctx context.Context, tx *db.Tx) error {
			return a.Bus.Publish(ctx, tx, casefile.WasAccepted{Case: "no-such-case"})
		})
		if err != nil {
			t.Fatal(err)
		}
		a.Accept("clerk01", "cc-road-dig", "company-02")
		queue(t, a)
		if _, pending, _ := states(t, a, h); pending != 2 {
			t.Fatalf("%d queued", pending)
		}
		owner, err := identity.GetPortal(ctx, a.DB, p.ID)
		apptest.Must(a, owner, err)
		if r, err := a.Hooks.Replay(ctx, owner, h.ID, 0); err != nil || r.Queued != 2 {
			t.Errorf("%+v %v", r, err)
		}
	})
}
