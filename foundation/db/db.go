// Package db is one SQL over two engines: SQLite for one machine, PostgreSQL for more.
//
// Invariants:
//   - A Reader cannot write; only the Tx inside Write can.
//   - Write answers nil only after the engine has made the transaction durable.
//   - On SQLite one writer goroutine commits up to 64 waiting closures together, each in its
//     own savepoint: a closure that fails or panics rolls back alone.
//   - A closure may run again (serialization failures), holds others up, and may not nest.
//   - Times are unix microseconds, booleans 0 or 1; NUL and invalid UTF-8 are refused at the bind.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"yimen/foundation/failpoint"
	"yimen/foundation/fault"
)

// Engine is the database behind a DB. Only this package and foundation/search may branch on it.
type Engine int

const (
	SQLite Engine = iota
	Postgres
)

func (e Engine) String() string { return [...]string{"sqlite", "postgres"}[e] }

// Reader can ask and cannot change. *DB (read pool) and *Tx satisfy it.
type Reader interface {
	Query(ctx context.Context, query string, args ...any) (*Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *Row
	Engine() Engine
	// Memo is for what was read and can never change, for as long as the database is open; each package keys it with a
	// type of its own. What is seen inside a transaction may yet be rolled back and has no place in it.
	Memo() *sync.Map
}

// ErrRetry marks an error after which the whole closure may simply run again.
var ErrRetry = errors.New("db: run again")

// slow is how long a closure may hold others up before it is logged.
const slow = 20 * time.Millisecond

// DB is an open database: a read pool and the one way to write.
type DB struct {
	engine Engine
	url    string
	read   *pool
	w      writer
	memo   sync.Map
}

// writer runs one closure durably; SQLite groups them, PostgreSQL gives each its transaction.
type writer interface {
	write(ctx context.Context, op string, fn func(context.Context, *Tx) error) error
	close() error
}

// Open opens "sqlite:PATH" or "postgres://…". The file or database is made ready by Migrate.
func Open(ctx context.Context, url string) (*DB, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return openSQLite(ctx, path)
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return openPostgres(ctx, url)
	}
	return nil, fmt.Errorf("db: %q is neither sqlite:PATH nor postgres://…", url)
}

// Engine says which database this is.
func (d *DB) Engine() Engine { return d.engine }

// Memo is this database's.
func (d *DB) Memo() *sync.Map { return &d.memo }

// Query reads outside any transaction.
func (d *DB) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	return d.read.query(ctx, query, args)
}

// QueryRow reads at most one row.
func (d *DB) QueryRow(ctx context.Context, query string, args ...any) *Row {
	rows, err := d.Query(ctx, query, args...)
	return &Row{rows: rows, err: err}
}

// Close waits for the writer and closes the pools.
func (d *DB) Close() error { return errors.Join(d.w.close(), d.read.db.Close()) }

// Ping says whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.read.db.PingContext(ctx) }

type nested struct{}

// Write runs fn in a transaction named op and returns after it is durable. The ctx handed to
// fn no longer carries the caller's cancellation: an interrupt would roll back the neighbours.
func (d *DB) Write(ctx context.Context, op string, fn func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(nested{}) != nil {
		return fmt.Errorf("db: nested write %s", op)
	}
	if err := ctx.Err(); err != nil {
		return fault.New(fault.Unavailable, "fault.unavailable").Wrap(err)
	}
	known := func(ctx context.Context, tx *Tx) error {
		tx.memo = &d.memo
		return fn(ctx, tx)
	}
	for try := 0; ; try++ {
		err := d.w.write(ctx, op, known)
		if err == nil || !retryable(err) || try == 12 {
			return err
		}
		if err := wait(ctx, try); err != nil {
			return err
		}
	}
}

// wait backs off before a closure runs again.
func wait(ctx context.Context, try int) error {
	t := time.NewTimer(time.Duration(1<<min(try, 7)) * time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// run calls fn and turns a panic into an error, so that one bad closure harms only itself.
func run(ctx context.Context, op string, tx *Tx, fn func(context.Context, *Tx) error) (err error) {
	start := time.Now()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("db: %s panicked: %v", op, p)
			slog.Error("panic in a write", "op", op, "panic", fmt.Sprint(p))
		}
		if d := time.Since(start); d > slow && tx.engine == SQLite { // there it holds everybody up
			slog.Warn("slow write", "op", op, "ms", d.Milliseconds())
		}
	}()
	return fn(context.WithValue(context.WithoutCancel(ctx), nested{}, true), tx)
}

func before(op string) { failpoint.Hit(op + ".before") }
func after(op string)  { failpoint.Hit(op + ".after") }

// querier is what *sql.Conn, *sql.Tx and a pool have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Tx is an open transaction.
type Tx struct {
	q      querier
	engine Engine
	memo   *sync.Map
	done   []func()
}

// Engine says which database this is.
func (t *Tx) Engine() Engine { return t.engine }

// Memo is the database's.
func (t *Tx) Memo() *sync.Map { return t.memo }

// Query reads inside the transaction.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	in, err := bind(args)
	if err != nil {
		return nil, err
	}
	rows, err := t.q.QueryContext(context.WithoutCancel(ctx), query, in...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", brief(query), err)
	}
	return &Rows{rows}, nil
}

// QueryRow reads at most one row inside the transaction.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	rows, err := t.Query(ctx, query, args...)
	return &Row{rows: rows, err: err}
}

// Exec changes rows and says how many.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	in, err := bind(args)
	if err != nil {
		return 0, err
	}
	res, err := t.q.ExecContext(context.WithoutCancel(ctx), query, in...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", brief(query), err)
	}
	return res.RowsAffected()
}

// AfterCommit calls f once the transaction is durable, before Write answers. For waking and
// for caches; it must be quick and cannot fail.
func (t *Tx) AfterCommit(f func()) { t.done = append(t.done, f) }

// SkipLocked is the clause by which PostgreSQL hands different rows to different takers;
// SQLite has one writer and needs none.
func SkipLocked(r Reader) string {
	if r.Engine() == Postgres {
		return " for update skip locked"
	}
	return ""
}

func brief(query string) string {
	q := strings.Join(strings.Fields(query), " ")
	if len(q) > 90 {
		q = q[:90] + "…"
	}
	return q
}
