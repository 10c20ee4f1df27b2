package db

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"runtime"
	"sync"

	"modernc.org/sqlite"

	"yimen/foundation/fault"
)

// batchMax is how many waiting closures share one commit. Measured: 1.6–8× the transactions
// of one commit each with 8–64 callers, none lost with one caller (dependencies.md §1).
const batchMax = 64

func openSQLite(ctx context.Context, path string) (*DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=cache_size(-32000)&_pragma=temp_store(MEMORY)&_pragma=secure_delete(1)"
	w, err := sql.Open("sqlite", dsn+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	conn, err := w.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	r, err := sql.Open("sqlite", dsn+"&_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	n := max(4, runtime.NumCPU())
	r.SetMaxOpenConns(n)
	r.SetMaxIdleConns(n)
	g := &group{db: w, q: &prepared{prep: conn, stmts: map[string]*sql.Stmt{}}, conn: conn,
		jobs: make(chan job, 4*batchMax), stop: make(chan struct{}), gone: make(chan struct{})}
	go g.loop()
	return &DB{engine: SQLite, url: "sqlite:" + path, read: newPool(r, true), w: g}, nil
}

type job struct {
	ctx  context.Context
	op   string
	fn   func(context.Context, *Tx) error
	done chan error
}

// group is the one writer of a SQLite file.
type group struct {
	db   *sql.DB
	conn *sql.Conn
	q    *prepared
	jobs chan job
	stop chan struct{}
	gone chan struct{}
	once sync.Once
}

func (g *group) write(ctx context.Context, op string, fn func(context.Context, *Tx) error) error {
	j := job{ctx, op, fn, make(chan error, 1)}
	select {
	case <-g.stop:
		return fault.New(fault.Unavailable, "fault.unavailable")
	default:
	}
	select {
	case g.jobs <- j:
	case <-g.stop:
		return fault.New(fault.Unavailable, "fault.unavailable")
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "fault.unavailable").Wrap(ctx.Err())
	}
	// Once queued the answer is waited for, so that nobody is told "failed" about what was saved.
	select {
	case err := <-j.done:
		return err
	case <-g.gone:
		select {
		case err := <-j.done:
			return err
		default:
			return fault.New(fault.Unavailable, "fault.unavailable")
		}
	}
}

func (g *group) close() error {
	g.once.Do(func() { close(g.stop) })
	<-g.gone
	return g.db.Close()
}

func (g *group) loop() {
	defer close(g.gone)
	defer g.conn.Close()
	defer g.q.close()
	for {
		select {
		case j := <-g.jobs:
			g.commit(g.fill(j))
		case <-g.stop:
			for {
				select {
				case j := <-g.jobs:
					g.commit(g.fill(j))
				default:
					return
				}
			}
		}
	}
}

func (g *group) fill(first job) []job {
	batch := []job{first}
	for len(batch) < batchMax {
		select {
		case j := <-g.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// commit runs the batch, makes it durable with one fsync, then answers everybody.
func (g *group) commit(batch []job) {
	errs := make([]error, len(batch))
	txs := make([]*Tx, len(batch))
	err := g.do("begin immediate")
	if err == nil {
		for i, j := range batch {
			txs[i], errs[i] = g.one(j)
		}
		err = g.finish(batch, errs)
	}
	for i, j := range batch {
		if err != nil {
			j.done <- fault.New(fault.Unavailable, "fault.unavailable").Wrap(err)
			continue
		}
		if errs[i] == nil {
			for _, f := range txs[i].done {
				f()
			}
		}
		j.done <- errs[i]
	}
}

func (g *group) finish(batch []job, errs []error) error {
	for i, j := range batch {
		if errs[i] == nil {
			before(j.op)
		}
	}
	if err := g.do("commit"); err != nil {
		_ = g.do("rollback")
		return err
	}
	for i, j := range batch {
		if errs[i] == nil {
			after(j.op)
		}
	}
	return nil
}

func (g *group) one(j job) (*Tx, error) {
	tx := &Tx{q: g.q, engine: SQLite}
	if err := j.ctx.Err(); err != nil {
		return tx, fault.New(fault.Unavailable, "fault.unavailable").Wrap(err)
	}
	if err := g.do("savepoint s"); err != nil {
		return tx, err
	}
	err := run(j.ctx, j.op, tx, j.fn)
	if err != nil {
		if e := g.do("rollback to s"); e != nil {
			return tx, e
		}
	}
	if e := g.do("release s"); e != nil && err == nil {
		err = e
	}
	return tx, err
}

func (g *group) do(query string) error {
	_, err := g.q.ExecContext(context.Background(), query)
	return err
}

// isUniqueSQLite: SQLITE_CONSTRAINT_UNIQUE 2067 and _PRIMARYKEY 1555.
func isUniqueSQLite(e *sqlite.Error) bool { return e.Code() == 2067 || e.Code() == 1555 }
