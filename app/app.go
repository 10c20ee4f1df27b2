// Package app is the composition root: it opens the stores, builds the processes and views,
// says who hears what, and mounts the surfaces.
//
// Invariants: the only package that knows everybody; nothing here decides anything about a
// case; a House that is open has its tables up to date and its keys at hand.
package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"yimen/domain/approval"
	"yimen/domain/archive"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/credit"
	"yimen/domain/delegation"
	"yimen/domain/delivery"
	"yimen/domain/fee"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/inspection"
	"yimen/domain/licence"
	"yimen/domain/material"
	"yimen/domain/notice"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/powerlist"
	"yimen/domain/publication"
	"yimen/domain/rule"
	"yimen/domain/seal"
	"yimen/domain/statute"
	"yimen/domain/undertaking"
	"yimen/foundation/blob"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/once"
	"yimen/foundation/push"
	"yimen/foundation/session"
	"yimen/foundation/telemetry"
	"yimen/process/disclose"
	"yimen/process/exchange"
	"yimen/process/fulfilment"
	"yimen/process/inform"
	"yimen/process/intake"
	"yimen/process/issuance"
	"yimen/process/review"
	"yimen/process/signin"
	"yimen/process/standards"
	"yimen/process/supervise"
	"yimen/process/trust"
	"yimen/ref"
	"yimen/view/board"
	"yimen/view/casepage"
	"yimen/view/prefill"
	"yimen/view/space"
	"yimen/view/standing"
	"yimen/view/workbench"
	"yimen/web/page"
	"yimen/web/text"
)

// Config is how a house is opened.
type Config struct {
	Data string // folder of blobs, keys and, by default, the database
	DB   string // "sqlite:PATH" or "postgres://…"; empty: sqlite in Data
	Host string // address people reach us at, "http://127.0.0.1:8080"
	Demo bool   // demo keys are made and allowed, pages say so
	TLS  bool   // people reach us over https
	// Proxies is how many proxies of ours stand in front and set X-Forwarded-For.
	Proxies int
	Items   []ref.ItemID // which of the demo town's items to load, with their departments; empty: all
	Limits  page.Limits  // of requests; zero parts are the usual ones
	Now     func() time.Time
	Log     *slog.Logger

	ClaimLease time.Duration // how long no colleague takes over what an officer has claimed; 0: a day
	UndoWithin time.Duration // how long a completion can be taken back; 0: ten minutes, which is also the most
}

// House is everything that runs in one process.
type House struct {
	Config
	DB    *db.DB
	Bus   *event.Bus
	Vault *crypto.Vault
	Blobs *blob.Store
	Ring  *Ring
	Hub   *push.Hub
	Meter *telemetry.Metrics

	Gate     *disclose.Gate
	Desk     *intake.Desk
	Board    *review.Board
	Press    *issuance.Press
	Till     *fulfilment.Till
	Door     *signin.Door
	Outside  *signin.Outside
	Post     *inform.Post
	Library  *standards.Library
	Watch    *supervise.Watch
	Trust    *trust.Keeper
	Hooks    *exchange.Hooks
	Hand     *fulfilment.Hand
	Cases    *casepage.View
	Work     *workbench.View
	Prefill  *prefill.View
	Standing *standing.View
	Walls    *board.View
	Space    *space.View
	Sessions session.Keeper // of staff
	Visits   session.Keeper // of people from outside

	calendar atomic.Pointer[calendar.Calendar]
	outside  outsiders
}

// Schemas are the tables of the whole house.
func Schemas() []fs.FS {
	return []fs.FS{
		event.Schema,
		once.Schema,
		session.Schema,
		crypto.Schema,
		audit.Schema,
		org.Schema,
		delegation.Schema,
		party.Schema,
		catalog.Schema,
		powerlist.Schema,
		form.Schema,
		material.Schema,
		casefile.Schema,
		clock.Schema,
		approval.Schema,
		licence.Schema,
		seal.Schema,
		identity.Schema,
		notice.Schema,
		rule.Schema,
		statute.Schema,
		inspection.Schema,
		fee.Schema,
		undertaking.Schema,
		credit.Schema,
		delivery.Schema,
		publication.Schema,
		archive.Schema,
	}
}

// Open opens the stores, brings the tables up to date and builds the processes.
func Open(ctx context.Context, c Config) (*House, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, err
	}
	if c.DB == "" {
		c.DB = "sqlite:" + filepath.Join(c.Data, "yimen.db")
	}
	h := &House{Config: c, Hub: push.New(), Meter: telemetry.NewMetrics(c.Log)}
	err := h.stores(ctx)
	if err != nil {
		return nil, err
	}
	if err := h.readCalendar(ctx); err != nil {
		return nil, errors.Join(err, h.DB.Close())
	}
	if h.outside, err = h.connect(); err != nil {
		return nil, errors.Join(err, h.DB.Close())
	}
	h.processes()
	h.subscribe()
	h.gauges()
	return h, nil
}

func (h *House) stores(ctx context.Context) (err error) {
	if h.DB, err = db.Open(ctx, h.Config.DB); err != nil {
		return err
	}
	if err := h.DB.Migrate(ctx, Schemas()...); err != nil {
		return errors.Join(err, h.DB.Close())
	}
	master, err := masterKey(filepath.Join(h.Data, "keys", "master.key"))
	if err != nil {
		return errors.Join(err, h.DB.Close())
	}
	h.Vault = crypto.OpenVault(master, h.Now)
	if h.Ring, err = openRing(filepath.Join(h.Data, "keys"), h.Demo, h.Now); err != nil {
		return errors.Join(err, h.DB.Close())
	}
	if h.Blobs, err = blob.Open(filepath.Join(h.Data, "blobs")); err != nil {
		return errors.Join(err, h.DB.Close())
	}
	h.Bus = event.New(h.DB, h.Now)
	return nil
}

// masterKey reads the master key, or makes it where there is none yet.
func masterKey(path string) (crypto.Master, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return crypto.Master{}, err
		}
		return crypto.MakeMaster(path)
	}
	return crypto.ReadMaster(path)
}

func (h *House) processes() {
	cal := h.calendar.Load
	h.Gate = &disclose.Gate{DB: h.DB, Bus: h.Bus, Vault: h.Vault, Now: h.Now}
	h.Desk = &intake.Desk{DB: h.DB, Bus: h.Bus, Vault: h.Vault, Blobs: h.Blobs, Calendar: cal, Now: h.Now}
	h.Board = &review.Board{DB: h.DB, Bus: h.Bus, Vault: h.Vault, Calendar: cal, Told: h.tell, Now: h.Now, Lease: h.ClaimLease, Back: h.UndoWithin}
	h.Press = &issuance.Press{DB: h.DB, Bus: h.Bus, Vault: h.Vault, Blobs: h.Blobs, Key: h.Ring.Key, Text: letterText, Code: h.QueryCode, Host: h.Host, Calendar: cal, Demo: h.Demo, Now: h.Now}
	h.Till = &fulfilment.Till{DB: h.DB, Bus: h.Bus, Vault: h.Vault, Payer: h.outside.payer, Calendar: cal, Text: letterText, Host: h.Host, Told: h.tell, Now: h.Now}
	h.Door = &signin.Door{DB: h.DB, Vault: h.Vault, Now: h.Now}
	h.Outside = &signin.Outside{Door: h.Door, Bus: h.Bus, Text: letterText, Texter: h.outside.texter, Providers: h.outside.providers}
	h.Post = inform.New(inform.Post{DB: h.DB, Bus: h.Bus, Vault: h.Vault, Texter: h.outside.texter, Text: letterText, Told: h.tell, Now: h.Now})
	h.Library = &standards.Library{DB: h.DB, Bus: h.Bus, Gates: []standards.Gate{standards.Linted, standards.Formed, standards.Ruled, standards.Released, standards.Cited, standards.Conforms, standards.InsideLists}, Vault: h.Vault, Blobs: h.Blobs, Now: h.Now, Recalendared: h.recalendar}
	h.Trust = &trust.Keeper{DB: h.DB, Bus: h.Bus, Vault: h.Vault, Calendar: cal, Now: h.Now}
	h.Watch = &supervise.Watch{DB: h.DB, Bus: h.Bus, Vault: h.Vault, Blobs: h.Blobs, Now: h.Now, Calendar: cal}
	h.Hooks = exchange.New(exchange.Hooks{DB: h.DB, Bus: h.Bus, Vault: h.Vault, Client: exchange.NewClient(h.Demo), Plain: h.Demo, Now: h.Now}, hookCalls)
	h.Hand = &fulfilment.Hand{DB: h.DB, Bus: h.Bus, Vault: h.Vault, Blobs: h.Blobs, Key: h.Ring.Key, Calendar: cal, Text: letterText, Now: h.Now}
	h.Cases = &casepage.View{DB: h.DB, Vault: h.Vault, Blobs: h.Blobs, Calendar: cal, Now: h.Now}
	h.Work = &workbench.View{DB: h.DB, Now: h.Now}
	h.Prefill = &prefill.View{DB: h.DB, Vault: h.Vault, Now: h.Now}
	h.Standing = &standing.View{DB: h.DB}
	h.Walls = &board.View{DB: h.DB, Hub: h.Hub, Now: h.Now}
	h.Space = &space.View{DB: h.DB, Vault: h.Vault, Calendar: cal, Now: h.Now}
	h.Sessions = session.Keeper{DB: h.DB, Cookie: session.Cookie{Name: "yimen", TLS: h.Config.TLS}}
	h.Visits = session.Keeper{DB: h.DB, Cookie: session.Cookie{Name: "yimen-me", TLS: h.Config.TLS}}
}

// hookCalls is how many web-hook calls may be under way at once: half of the bus's workers, so
// that slow receivers never take them all.
const hookCalls = 8

// letterText gives the sentences of letters, which are Chinese by law whoever reads the page.
func letterText(key string, args ...any) string { return text.T(text.Chinese, key, args...) }

// QueryCode is the eight characters printed on a case's receipt, with which its applicant
// looks the case up. It is derived, so that it is stored nowhere.
func (h *House) QueryCode(id ref.CaseID) string { return h.Vault.Code("case.code", string(id)) }

// counted makes a gauge of a count; -1 when it cannot be read.
func counted(count func(context.Context) (int64, error)) func() float64 {
	return func() float64 {
		n, err := count(context.Background())
		if err != nil {
			return -1
		}
		return float64(n)
	}
}

func (h *House) gauges() {
	read := func(pick func(due, parked int64) int64) func() float64 {
		return func() float64 {
			due, parked, err := h.Bus.Backlog(context.Background())
			if err != nil {
				return -1
			}
			return float64(pick(due, parked))
		}
	}
	h.Meter.Gauge("yimen_hooks_parked", "Web-hooks given up until their portal asks for a replay.", func() float64 {
		all, err := identity.Hooks(context.Background(), h.DB, "")
		if err != nil {
			return -1
		}
		n := 0.0
		for _, x := range all {
			if x.State == identity.HookParked {
				n++
			}
		}
		return n
	})
	h.Meter.Gauge("yimen_archive_failed", "Cases that could not be archived and are tried again.", counted(func(ctx context.Context) (int64, error) { return archive.CountFailed(ctx, h.DB) }))
	h.Meter.Gauge("yimen_letters_overdue", "Letters not delivered within ten working days of their decision.", counted(func(ctx context.Context) (int64, error) { return delivery.CountDue(ctx, h.DB, "", h.Now()) }))
	h.Meter.Gauge("yimen_deliveries_due", "Event deliveries whose time has come.", read(func(d, _ int64) int64 { return d }))
	h.Meter.Gauge("yimen_texts_undelivered", "Text messages that failed or may not have gone out.", func() float64 {
		n, err := notice.CountFailed(context.Background(), h.DB)
		if err != nil {
			return -1
		}
		return float64(n)
	})
	h.Meter.Gauge("yimen_deliveries_parked", "Event deliveries given up until a person looks.", read(func(_, p int64) int64 { return p }))
}

// Run delivers events and seals chains until ctx ends.
func (h *House) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { h.Bus.Run(ctx) })
	wg.Go(func() { h.Watch.Run(ctx) })
	wg.Go(func() { h.watchCalendar(ctx) })
	wg.Go(func() { h.Hooks.Run(ctx) })
	wg.Go(func() { h.Walls.Run(ctx) })
	wg.Wait()
}

// Close closes the stores; Run has ended.
func (h *House) Close() error {
	h.Hub.Close()
	return h.DB.Close()
}
