package exchange_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/identity"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/exchange"
	"yimen/ref"
)

var ctx = context.Background()

// receiver is another system's address, with what it got.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []delivered
	secret string
	t      *testing.T
}

type delivered struct {
	ID   string
	Body struct {
		Type string
		Data struct {
			Position int64
			Number   string
		}
	}
	signed bool
}

func listen(t *testing.T) *receiver {
	r := &receiver{status: 204, t: t}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	raw, _ := io.ReadAll(q.Body)
	d := delivered{ID: q.Header.Get("webhook-id")}
	if err := json.Unmarshal(raw, &d.Body); err != nil {
		r.t.Error(err)
	}
	at, _ := strconv.ParseInt(q.Header.Get("webhook-timestamp"), 10, 64)
	d.signed = q.Header.Get("webhook-signature") == identity.SignHook(r.secret, d.ID, time.Unix(at, 0), raw)
	if r.status < 300 {
		r.got = append(r.got, d)
	}
	w.WriteHeader(r.status)
}

func (r *receiver) answer(status int) { r.mu.Lock(); defer r.mu.Unlock(); r.status = status }

func (r *receiver) all() []delivered { r.mu.Lock(); defer r.mu.Unlock(); return r.got }

func portal(t *testing.T, a *apptest.App, p identity.Portal) identity.Portal {
	t.Helper()
	p.Name, p.Assurance = "门户", ref.AssuranceCode
	if p.Organs == "" {
		p.Organs = "*"
	}
	p.Items = "*"
	made, _, err := a.Door.AddPortal(ctx, "system:test", p)
	return apptest.Must(a, made, err)
}

func register(t *testing.T, a *apptest.App, p identity.Portal, to *receiver, events ...string) identity.Hook {
	t.Helper()
	h, secret, err := a.Hooks.Register(ctx, exchange.Registration{Submit: once.Submit{Actor: "portal:" + string(p.ID), Route: "test", Key: db.NewID(), At: a.Clock.Now()},
		Portal: p, URL: to.URL + "/in", Events: events})
	apptest.Must(a, h, err)
	to.secret = secret
	return h
}

// follow numbers what happened, queues it and sends it.
func follow(t *testing.T, a *apptest.App) {
	t.Helper()
	if err := a.Watch.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Hooks.Follow(ctx); err != nil {
		t.Fatal(err)
	}
	a.Settle()
}

func states(t *testing.T, a *apptest.App, h identity.Hook) (hook identity.Hook, pending, done int) {
	t.Helper()
	hook, err := identity.GetHook(ctx, a.DB, h.ID, h.Portal)
	apptest.Must(a, hook, err)
	all, err := identity.HookDeliveries(ctx, a.DB, h.ID, 0, 1000)
	for _, d := range apptest.Must(a, all, err) {
		if d.State == identity.Pending {
			pending++
		} else {
			done++
		}
	}
	return hook, pending, done
}

const read = "submit read hooks"

// A dead receiver holds nobody up, is tried ever later, parked, shown, and taken up again by a
// replay; doubles bear the same id.
func TestDeliveries(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Accept("clerk01", "cc-road-dig", "company-01") // before any hook: told only by a replay
		follow(t, a)
		good, bad, narrow := listen(t), listen(t), listen(t)
		bad.answer(500)
		gh := register(t, a, portal(t, a, identity.Portal{Verbs: read}), good)
		bh := register(t, a, portal(t, a, identity.Portal{Verbs: read}), bad)
		food := string(apptest.Item(a, "cc-food-business").Organ)
		register(t, a, portal(t, a, identity.Portal{Verbs: read, Organs: food}), narrow)
		register(t, a, portal(t, a, identity.Portal{Verbs: "submit hooks"}), narrow)
		first := a.Accept("clerk01", "cc-road-dig", "company-02")
		follow(t, a)
		got := good.all()
		if len(got) != 1 || got[0].Body.Type != "casefile.accepted" || !got[0].signed || got[0].Body.Data.Number == "" {
			t.Fatalf("%+v", got)
		}
		if n := len(narrow.all()); n != 0 {
			t.Errorf("a portal heard %d events of cases it may not see", n)
		}
		parkedAfterManyTries(t, a, bh)
		a.Accept("clerk01", "cc-road-dig", "company-03")
		follow(t, a)
		if _, pending, _ := states(t, a, bh); pending != 1 {
			t.Errorf("%d wait at a parked hook", pending)
		}
		if len(good.all()) != 2 {
			t.Errorf("%+v", good.all())
		}
		bad.answer(200)
		owner, err := identity.GetPortal(ctx, a.DB, bh.Portal)
		apptest.Must(a, owner, err)
		r, err := a.Hooks.Replay(ctx, owner, bh.ID, 0)
		if err != nil || r.Queued != 3 || r.Next != 0 {
			t.Fatalf("%+v %v", r, err)
		}
		a.Settle()
		replayed := bad.all()
		if len(replayed) != 3 || replayed[1].ID != got[0].ID || replayed[0].Body.Data.Position >= replayed[2].Body.Data.Position {
			t.Fatalf("%+v", replayed)
		}
		if h, pending, done := states(t, a, bh); h.State != identity.HookActive || h.Failed != 0 || pending != 0 || done != 3 {
			t.Errorf("%+v %d %d", h, pending, done)
		}
		if err := a.Door.ClosePortal(ctx, "system:test", gh.Portal); err != nil {
			t.Fatal(err)
		}
		a.Accept("clerk01", "cc-road-dig", "company-04")
		follow(t, a)
		if len(good.all()) != 2 {
			t.Error("a portal that is shut out still hears")
		}
		_ = first
	})
}

func parkedAfterManyTries(t *testing.T, a *apptest.App, h identity.Hook) {
	t.Helper()
	for try := 1; ; try++ {
		now, pending, done := states(t, a, h)
		if pending != 1 || done != 0 || now.Failed != try || now.Error != "status" {
			t.Fatalf("after %d tries: %+v, %d pending, %d done", try, now, pending, done)
		}
		if now.State == identity.HookParked {
			if try != 10 {
				t.Errorf("parked after %d tries", try)
			}
			return
		}
		a.Clock.Add(time.Second)
		a.Settle() // too early: nothing is tried
		if again, _, _ := states(t, a, h); again.Failed != try {
			t.Fatalf("tried again after a second")
		}
		a.Clock.Add(13 * time.Hour)
		a.Settle()
	}
}

// However many follow at once, each event is queued once.
func TestManyFollowers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		to := listen(t)
		h := register(t, a, portal(t, a, identity.Portal{Verbs: read}), to)
		for _, who := range []string{"company-01", "company-02", "company-03"} {
			a.Accept("clerk01", "cc-road-dig", who)
		}
		if err := a.Watch.Seal(ctx); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if _, err := a.Hooks.Follow(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		a.Settle()
		if _, pending, done := states(t, a, h); pending != 0 || done != 3 || len(to.all()) != 3 {
			t.Errorf("%d pending, %d done, %d received", pending, done, len(to.all()))
		}
	})
}

// A registration leads outside only, is bounded, and belongs to its portal.
func TestRegister(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p, other := portal(t, a, identity.Portal{Verbs: read}), portal(t, a, identity.Portal{Verbs: read})
		for _, address := range []string{"", "ftp://example.org", "http://example.org/", "https://user@example.org/", "https://example.org/#x", "https://10.0.0.1/", "https://[fd00::1]/",
			"https://169.254.169.254/latest", "https:///x", "https://[::7f00:1]/", "https://[::ffff:0:7f00:1]/",
			"https://example.com:99999/", "https://example.com:0/", `https://example.com">/`, "https://a<b>.example/", "https://a..example/", "https://-a.example/", "https://[2400:3200::1%25x]/", "https://" + strings.Repeat("a", 600), "http://0.0.0.0/", "javascript:alert(1)"} {
			_, _, err := a.Hooks.Register(ctx, exchange.Registration{Submit: once.Submit{Actor: "x", Route: "x", Key: db.NewID()}, Portal: p, URL: address})
			if !fault.Is(err, fault.Invalid) || fault.Fields(err)[0].Name != "url" {
				t.Errorf("%q: %v", address, err)
			}
		}
		for _, events := range [][]string{{"*", "casefile.accepted"}, {"*", "*"}, {"casefile.unheard"}, {""}} {
			_, _, err := a.Hooks.Register(ctx, exchange.Registration{Submit: once.Submit{Actor: "x", Route: "x", Key: db.NewID()}, Portal: p, URL: "https://example.org/", Events: events})
			if !fault.Is(err, fault.Invalid) || fault.Fields(err)[0].Name != "events" {
				t.Errorf("%q: %v", events, err)
			}
		}
		to := listen(t)
		h := register(t, a, p, to, "casefile.closed")
		if _, _, err := a.Hooks.Secret(ctx, other.ID, h.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another portal reads the secret: %v", err)
		}
		if err := a.Hooks.Close(ctx, other, h.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another portal closes it: %v", err)
		}
		if _, err := a.Hooks.Replay(ctx, other, h.ID, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("another portal replays it: %v", err)
		}
		for range identity.MostHooks - 1 {
			register(t, a, p, to)
		}
		_, _, err := a.Hooks.Register(ctx, exchange.Registration{Submit: once.Submit{Actor: "x", Route: "x", Key: db.NewID()}, Portal: p, URL: to.URL})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("one more than allowed: %v", err)
		}
		if err := a.Hooks.Close(ctx, p, h.ID); err != nil {
			t.Error(err)
		}
	})
}
