package app

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"yimen/foundation/db"
	"yimen/process/intake"
)

// acceptRounds alternates ours and raw, so that what else the machine does hits both alike.
const acceptRounds = 5

// benchAccept: durable acceptances a second at 64 callers on SQLite with synchronous=FULL,
// against bare group-commit transactions that write the same rows.
func benchAccept(ctx context.Context) ([]figure, error) {
	t, err := openBenchTown(ctx, "", nil)
	if err != nil {
		return nil, err
	}
	defer t.drop()
	rows, err := t.captureAcceptances(ctx)
	if err != nil {
		return nil, err
	}
	raw := func(ctx context.Context, w []statement) error {
		return t.DB.Write(ctx, "bench.Raw", func(ctx context.Context, tx *db.Tx) error {
			for _, s := range w {
				if _, err := tx.Exec(ctx, s.text, s.args...); err != nil {
					return err
				}
			}
			return nil
		})
	}
	f := figure{name: "accept", unit: "accepts/s"}
	if err := t.race(ctx, &f, contest{callers: 64, n: 2500, rows: rows, raw: raw}); err != nil {
		return nil, err
	}
	f.want(f.ratio >= 0.6, "ratio ≥ 0.6")
	return []figure{f}, nil
}

// benchAcceptPG: the same at 16 callers on a durable PostgreSQL, against bare pgx.
func benchAcceptPG(ctx context.Context) ([]figure, error) {
	f := figure{name: "accept-pg", unit: "accepts/s", limit: "none"}
	address, err := ownPostgres(ctx)
	if err != nil {
		return nil, err
	}
	if address == "" {
		f.want(false, "YIMEN_BENCH_PG names no PostgreSQL (scripts/bench.sh makes one)")
		return []figure{f}, nil
	}
	t, err := openBenchTown(ctx, address, nil)
	if err != nil {
		return nil, err
	}
	defer t.drop()
	rows, err := t.captureAcceptances(ctx)
	if err != nil {
		return nil, err
	}
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errors.New("YIMEN_BENCH_PG cannot be read")
	}
	c.MaxConns = 16
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if err := t.race(ctx, &f, contest{callers: 16, n: 1000, rows: rows, raw: pgxWriter(pool)}); err != nil {
		return nil, err
	}
	f.want(f.ratio >= 0.4, "ratio ≥ 0.4")
	return []figure{f}, nil
}

func pgxWriter(pool *pgxpool.Pool) func(context.Context, []statement) error {
	return func(ctx context.Context, w []statement) error {
		tx, err := pool.Begin(ctx)
		if err != nil {
			return err
		}
		for _, s := range w {
			if _, err := tx.Exec(ctx, s.text, s.args...); err != nil {
				return errors.Join(err, tx.Rollback(ctx))
			}
		}
		return tx.Commit(ctx)
	}
}

// statement is one bare insert with its values ready.
type statement struct {
	text string
	args []any
}

// contest is one race between ours and raw.
type contest struct {
	callers, n int
	rows       []*captured
	raw        func(context.Context, []statement) error
}

// race runs both sides in turn; what each writes is made ready before its clock starts.
func (t *benchTown) race(ctx context.Context, f *figure, c contest) error {
	var ours, raw time.Duration
	for range acceptRounds {
		t.clock.days.Add(1)
		all := make([]intake.Acceptance, c.n)
		for i := range all {
			all[i] = t.acceptance()
		}
		runtime.GC()
		took, err := spread(c.callers, c.n, func(i int) error { _, err := t.Desk.Accept(ctx, all[i]); return err })
		if err != nil {
			return err
		}
		ours += took
		bare := make([][]statement, c.n)
		for i := range bare {
			bare[i] = c.rows[i%len(c.rows)].again(t.Now())
		}
		runtime.GC()
		if took, err = spread(c.callers, c.n, func(i int) error { return c.raw(ctx, bare[i]) }); err != nil {
			return err
		}
		raw += took
	}
	n := float64(acceptRounds * c.n)
	f.value, f.ratio = n/ours.Seconds(), raw.Seconds()/ours.Seconds()
	f.limit = fmt.Sprintf("%.1f bare transactions/s of the same %d rows", n/raw.Seconds(), c.rows[0].n)
	f.notes = append(f.notes, fmt.Sprintf("%d callers, %d each side", c.callers, acceptRounds*c.n))
	return nil
}

// captured are the rows one real acceptance left, table by table in the order of writing.
type captured struct {
	tables []capturedTable
	ids    []string // values that must be new in every copy
	number string   // the short number
	serial string   // the 43-character number
	at     int64    // when it was, in microseconds; copies are of their own time
	n      int
}

type capturedTable struct {
	name string
	text string
	rows [][]any
}

// captureAcceptances takes one acceptance of every applicant, so that the copies fall on as
// many places of the indexes as the real ones do.
func (t *benchTown) captureAcceptances(ctx context.Context) ([]*captured, error) {
	out := make([]*captured, len(t.ready))
	for i := range out {
		var err error
		if out[i], err = t.captureAcceptance(ctx); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// captureAcceptance makes one acceptance and reads back everything it wrote.
func (t *benchTown) captureAcceptance(ctx context.Context) (*captured, error) {
	a := t.acceptance()
	before, err := t.everyRow(ctx)
	if err != nil {
		return nil, err
	}
	id, err := t.Desk.Accept(ctx, a)
	if err != nil {
		return nil, err
	}
	after, err := t.everyRow(ctx)
	if err != nil {
		return nil, err
	}
	c := &captured{ids: []string{string(id), a.Submit.Key}}
	for _, q := range []struct{ table, where, arg string }{
		{"once_submit", "key = $1", a.Submit.Key},
		{"form_answer", "case_item in (select id from casefile_item where case_id = $1)", string(id)},
		{"material_use", "case_item in (select id from casefile_item where case_id = $1)", string(id)},
		{"audit_row", "object = $1", "case:" + string(id)},
		{"event_event", "key = $1", string(id)},
		{"event_delivery", "key = $1", string(id)},
		{"casefile_case", "id = $1", string(id)},
		{"casefile_fact", "case_id = $1", string(id)},
		{"casefile_counter", "code <> $1", ""},
		{"casefile_item", "case_id = $1", string(id)},
	} {
		if err := c.read(ctx, t.DB, q.table, q.where, q.arg); err != nil {
			return nil, err
		}
	}
	if made := int64(c.n) - 1; made != after-before { // the counter's row is changed, not made
		return nil, fmt.Errorf("an acceptance left %d rows and %d were found again", after-before, made)
	}
	return c, nil
}

// everyRow counts the rows of every table an acceptance could add to.
func (t *benchTown) everyRow(ctx context.Context) (n int64, err error) {
	for _, table := range []string{"once_submit", "form_answer", "form_draft", "material_material", "material_use", "audit_row", "audit_access", "event_event", "event_delivery",
		"casefile_case", "casefile_fact", "casefile_item", "approval_task", "crypto_key", "party_party", "party_fact", "seal_document", "licence_licence"} {
		var here int64
		if err := t.DB.QueryRow(ctx, "select count(*) from "+table).Scan(&here); err != nil {
			return 0, err
		}
		n += here
	}
	return n, nil
}

// read takes the rows of one table, and what in them must be new in a copy.
func (c *captured) read(ctx context.Context, r db.Reader, table, where, arg string) error {
	rows, err := r.Query(ctx, "select * from "+table+" where "+where, arg)
	if err != nil {
		return err
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return err
	}
	t := capturedTable{name: table}
	for rows.Next() {
		row, to := make([]any, len(cols)), make([]any, len(cols))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return err
		}
		t.rows = append(t.rows, row)
		c.note(table, cols, row)
	}
	c.n += len(t.rows)
	t.text = insertText(table, cols, len(t.rows))
	if table == "casefile_counter" {
		t.text += " on conflict (code, day) do update set last = casefile_counter.last + 1"
	}
	c.tables = append(c.tables, t)
	return rows.Err()
}

// note remembers keys: ids of the case's own rows and its two numbers.
func (c *captured) note(table string, cols []string, row []any) {
	for i, col := range cols {
		s, _ := row[i].(string)
		if at, ok := row[i].(int64); ok && table+"."+col == "casefile_case.received_at" {
			c.at = at
		}
		switch table + "." + col {
		case "audit_row.id", "event_event.id", "casefile_item.id":
			c.ids = append(c.ids, s)
		case "casefile_case.number":
			c.number = s
		case "casefile_item.number":
			c.serial = s
		}
	}
}

func insertText(table string, cols []string, rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "insert into %s (%s) values ", table, strings.Join(cols, ", "))
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for i := range cols {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "$%d", r*len(cols)+i+1)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// again copies the rows under new keys, values of the same size, counted on the day of now.
func (c *captured) again(now time.Time) []statement {
	fresh := db.NewID()
	pairs := make([]string, 0, 2*len(c.ids)+6)
	for _, id := range c.ids {
		pairs = append(pairs, id, db.NewID())
	}
	short := c.number[:len(c.number)-12] + strings.ToUpper(fresh[len(fresh)-12:])
	pairs = append(pairs, c.number, short, c.serial, c.serial[:len(c.serial)-12]+fresh[len(fresh)-12:])
	swap := strings.NewReplacer(pairs...)
	out := make([]statement, len(c.tables))
	for i, t := range c.tables {
		out[i].text = t.text
		for _, row := range t.rows {
			for _, v := range row {
				switch x := v.(type) {
				case string:
					v = swap.Replace(x)
				case int64:
					if x == c.at {
						v = now.UnixMicro()
					}
				}
				out[i].args = append(out[i].args, v)
			}
		}
		if t.name == "casefile_counter" { // a code of its own: the real one's numbers are not to be used up
			out[i].args[0], out[i].args[1] = "bench"+string(out[i].args[0].(string))[5:], now.Format("20060102")
		}
	}
	return out
}
