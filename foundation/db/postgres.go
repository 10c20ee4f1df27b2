package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"yimen/foundation/fault"
)

// pgConns bounds each of the two pools; 16 writers are what the acceptance figure is taken with.
const pgConns = 16

func openPostgres(ctx context.Context, raw string) (*DB, error) {
	w, err := openPG(raw, false)
	if err != nil {
		return nil, err
	}
	r, err := openPG(raw, true)
	if err != nil {
		return nil, err
	}
	if err := w.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	return &DB{engine: Postgres, url: raw, read: newPool(r, false), w: &plain{w}}, nil
}

func openPG(raw string, readOnly bool) (*sql.DB, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("open postgres: the address cannot be read") // the text may hold a password
	}
	q := u.Query()
	if readOnly {
		q.Set("default_transaction_read_only", "on")
	}
	u.RawQuery = q.Encode()
	d, err := sql.Open("pgx", u.String())
	if err != nil {
		return nil, errors.New("open postgres: the address cannot be read")
	}
	d.SetMaxOpenConns(pgConns)
	d.SetMaxIdleConns(pgConns)
	return d, nil
}

// plain gives every closure its own transaction.
type plain struct{ db *sql.DB }

func (p *plain) close() error { return p.db.Close() }

func (p *plain) write(ctx context.Context, op string, fn func(context.Context, *Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	t, err := p.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return fault.New(fault.Unavailable, "fault.unavailable").Wrap(err)
	}
	tx := &Tx{q: t, engine: Postgres}
	if err := run(ctx, op, tx, fn); err != nil {
		_ = t.Rollback()
		return err
	}
	before(op)
	if err := t.Commit(); err != nil {
		return fmt.Errorf("commit %s: %w", op, err)
	}
	after(op)
	for _, f := range tx.done {
		f()
	}
	return nil
}

// retryable: serialization failure, deadlock, or a closure that asked for it.
func retryable(err error) bool {
	if errors.Is(err, ErrRetry) {
		return true
	}
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

// IsUnique says whether err is a violated unique constraint.
func IsUnique(err error) bool {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return p.Code == "23505"
	}
	var s *sqlite.Error
	return errors.As(err, &s) && isUniqueSQLite(s)
}
