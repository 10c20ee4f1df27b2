// Package apptest is a whole app on a temporary folder with a frozen clock, for tests.
//
// Invariant: nothing is faked but the clock and the outside; Settle delivers events until
// nothing is due, so tests never sleep.
package apptest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"yimen/app"
	"yimen/connector/simulator/pay"
	"yimen/foundation/db/dbtest"
	"yimen/ref"
)

// Day is the morning the tests' clock stands at.
var Day = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC) // 09:30 in China

// Core are the items the tests' town has: few, so that each test's town is quickly there. A test of the whole catalogue
// opens a house of its own.
var Core = []ref.ItemID{"cc-emergency-plan", "cc-food-business", "cc-gas", "cc-hard-employment", "cc-hygiene", "cc-individual-business", "cc-legal-aid", "cc-medical-aid",
	"cc-outdoor-ad", "cc-road-dig", "cc-show", "cc-subsistence", "cc-teacher"}

// Clock is a clock that only moves when told.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// Now is the clock's time.
func (c *Clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

// Add moves the clock.
func (c *Clock) Add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

// App is a house under test.
type App struct {
	*app.House
	Clock *Clock
	t     testing.TB
}

// Each runs f as a subtest with the demo town on SQLite and on PostgreSQL, side by side: both are done after the calling test has
// returned.
func Each(t *testing.T, f func(t *testing.T, a *App)) {
	t.Helper()
	for name, address := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Reserved} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, New(t, address(t)))
		})
	}
}

// EachWith is as Each for a town that has more items than Core; it takes longer to be there.
func EachWith(t *testing.T, more []ref.ItemID, f func(t *testing.T, a *App)) {
	t.Helper()
	items := append(slices.Clone(Core), more...)
	t.Run("sqlite", func(t *testing.T) {
		f(t, newWith(t, t.TempDir(), dbtest.SQLite(t), slog.New(slog.DiscardHandler), items))
	})
	t.Run("postgres", func(t *testing.T) {
		f(t, newWith(t, t.TempDir(), dbtest.Postgres(t), slog.New(slog.DiscardHandler), items))
	})
}

// Reopen opens a house on a folder that may hold one already, outside any test; failures of
// the helpers then end the process with their words. more are items beside Core.
func Reopen(data, address string, more ...ref.ItemID) (*App, error) {
	now, err := later(data)
	if err != nil {
		return nil, err
	}
	h, err := app.Open(context.Background(), app.Config{Data: data, DB: address, Host: "http://127.0.0.1:8080", Demo: true, Items: append(slices.Clone(Core), more...), Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return nil, err
	}
	h.Purse().Behave(pay.Prompt)
	return &App{h, &Clock{t: now()}, outside{}}, nil
}

// later is a clock that runs, and stands two minutes further on at each opening of a folder,
// so that the leases of a killed process have ended.
func later(data string) (func() time.Time, error) {
	f, err := os.OpenFile(filepath.Join(data, "openings"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Write([]byte{'.'}); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	began := time.Now()
	return func() time.Time { return Day.Add(time.Duration(info.Size())*2*time.Minute + time.Since(began)) }, err
}

// outside is a testing.TB for a process that is no test.
type outside struct{ testing.TB }

func (outside) Helper() {}
func (outside) Fatal(args ...any) {
	fmt.Println(append([]any{"failed"}, args...)...)
	os.Exit(3)
}
func (o outside) Fatalf(format string, args ...any) { o.Fatal(fmt.Sprintf(format, args...)) }

// New opens a house with the demo town on a database address that holds nothing yet.
func New(t testing.TB, address string) *App {
	t.Helper()
	data := t.TempDir()
	cast(t, data, address)
	return NewIn(t, data, address, slog.New(slog.DiscardHandler))
}

// NewIn opens a house in a folder and with a log of the caller's, and loads the demo town when it is not there.
func NewIn(t testing.TB, data, address string, log *slog.Logger) *App {
	t.Helper()
	return newWith(t, data, address, log, Core)
}

func newWith(t testing.TB, data, address string, log *slog.Logger, items []ref.ItemID) *App {
	t.Helper()
	c := &Clock{t: Day}
	h, err := app.Open(context.Background(), app.Config{Data: data, DB: address, Host: "http://127.0.0.1:8080", Demo: true, Items: items, Now: c.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	h.Purse().Behave(pay.Prompt) // whoever tests fees tells it otherwise
	if err := h.LoadTown(context.Background()); err != nil {
		t.Fatal(err)
	}
	return &App{h, c, t}
}

// Settle delivers every due event; a parked one fails the test.
func (a *App) Settle() {
	a.t.Helper()
	ctx := context.Background()
	if _, err := a.Bus.Settle(ctx); err != nil {
		a.t.Fatal(err)
	}
	due, parked, err := a.Bus.Backlog(ctx)
	if err != nil || due != 0 || parked != 0 {
		ds, _ := a.Bus.Stuck(ctx, 10)
		a.t.Fatalf("not settled: %d due, %d parked, %v: %+v", due, parked, err, ds)
	}
}
