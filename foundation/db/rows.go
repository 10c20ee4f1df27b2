package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"yimen/foundation/fault"
)

// preparer is a *sql.Conn or *sql.DB.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// prepared keeps the statements of one connection or pool; the house's SQL texts are a
// finite set, a text too many is simply run unprepared.
type prepared struct {
	prep  preparer
	mu    sync.RWMutex
	stmts map[string]*sql.Stmt
}

const preparedMax = 2000

func (p *prepared) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	p.mu.RLock()
	s := p.stmts[query]
	p.mu.RUnlock()
	if s != nil {
		return s, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.stmts[query]; s != nil {
		return s, nil
	}
	s, err := p.prep.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, err
	}
	if len(p.stmts) >= preparedMax {
		for q, old := range p.stmts {
			_ = old.Close()
			delete(p.stmts, q)
			break
		}
	}
	p.stmts[query] = s
	return s, nil
}

func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := p.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := p.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (p *prepared) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.stmts {
		_ = s.Close()
	}
}

// pool is the read side.
type pool struct {
	db *sql.DB
	q  querier
}

// newPool prepares statements itself for SQLite; pgx already does so on each connection.
func newPool(d *sql.DB, keep bool) *pool {
	if keep {
		return &pool{d, &prepared{prep: d, stmts: map[string]*sql.Stmt{}}}
	}
	return &pool{d, d}
}

func (p *pool) query(ctx context.Context, query string, args []any) (*Rows, error) {
	in, err := bind(args)
	if err != nil {
		return nil, err
	}
	rows, err := p.q.QueryContext(ctx, query, in...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", brief(query), err)
	}
	return &Rows{rows}, nil
}

// bind turns Go values into what both engines store alike.
func bind(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		v, err := value(a)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		out[i] = v
	}
	return out, nil
}

func value(a any) (any, error) {
	switch x := a.(type) {
	case nil:
		return nil, nil
	case string:
		return x, clean(x)
	case []byte:
		return x, nil
	case json.RawMessage:
		return string(x), clean(string(x))
	case int64:
		return x, nil
	case time.Time:
		return Micros(x), nil
	case bool:
		if x {
			return int64(1), nil
		}
		return int64(0), nil
	}
	v := reflect.ValueOf(a)
	switch v.Kind() {
	case reflect.String:
		return v.String(), clean(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Bool:
		return value(v.Bool())
	}
	return nil, fmt.Errorf("a %T cannot be stored", a)
}

func clean(s string) error {
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return fault.New(fault.Invalid, "fault.text")
	}
	return nil
}

// Micros is a time as the tables hold it; the zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time reads what Micros wrote, in UTC.
func Time(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// Rows are the answer of a Query; Close them.
type Rows struct{ *sql.Rows }

// Scan reads the row, times out of microseconds.
func (r *Rows) Scan(dest ...any) error {
	for i, d := range dest {
		if t, ok := d.(*time.Time); ok {
			dest[i] = (*stamp)(t)
		}
	}
	return r.Rows.Scan(dest...)
}

type stamp time.Time

func (s *stamp) Scan(v any) error {
	switch x := v.(type) {
	case nil:
		*s = stamp{}
	case int64:
		*s = stamp(Time(x))
	default:
		return fmt.Errorf("a %T is not a time in microseconds", v)
	}
	return nil
}

// Row is the answer of a QueryRow.
type Row struct {
	rows *Rows
	err  error
}

// Scan reads the one row; fault.NotFound if there is none.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return fault.New(fault.NotFound, "fault.not_found")
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	return r.rows.Err()
}

// columns caches which struct field each `db` tag names.
var columns sync.Map // reflect.Type → map[string][]int

func fieldsOf(t reflect.Type) map[string][]int {
	if m, ok := columns.Load(t); ok {
		return m.(map[string][]int)
	}
	m := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		if tag := f.Tag.Get("db"); tag != "" {
			m[tag] = f.Index
		}
	}
	columns.Store(t, m)
	return m
}

// Find reads every row into a struct by its `db:"column"` tags, or one column into a plain type.
func Find[T any](ctx context.Context, r Reader, query string, args ...any) ([]T, error) {
	rows, err := r.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	dest, set, err := target[T](rows, query)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		var v T
		set(&v)
		if err := rows.Scan(dest()...); err != nil {
			return nil, fmt.Errorf("%s: %w", brief(query), err)
		}
		out = append(out, v)
		// The destinations pointed into v; what was scanned is copied by the append above.
	}
	return out, rows.Err()
}

// target gives, for each row, the pointers into a fresh T.
func target[T any](rows *Rows, query string) (dest func() []any, set func(*T), err error) {
	var cur *T
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return func() []any { return []any{any(cur)} }, func(p *T) { cur = p }, nil
	}
	cols, err := rows.Columns()
	if err != nil {
		return nil, nil, err
	}
	byName := fieldsOf(t)
	index := make([][]int, len(cols))
	for i, c := range cols {
		if index[i] = byName[c]; index[i] == nil {
			return nil, nil, fmt.Errorf("%s: %s has no field for column %q", brief(query), t, c)
		}
	}
	return func() []any {
		v := reflect.ValueOf(cur).Elem()
		out := make([]any, len(index))
		for i, ix := range index {
			out[i] = v.FieldByIndex(ix).Addr().Interface()
		}
		return out
	}, func(p *T) { cur = p }, nil
}

// One reads exactly the first row; fault.NotFound if there is none.
func One[T any](ctx context.Context, r Reader, query string, args ...any) (T, error) {
	all, err := Find[T](ctx, r, query, args...)
	var none T
	if err != nil {
		return none, err
	}
	if len(all) == 0 {
		return none, fault.New(fault.NotFound, "fault.not_found")
	}
	return all[0], nil
}

// Insert adds rows of one struct type in one statement, columns by their `db` tags.
func Insert[T any](ctx context.Context, tx *Tx, table string, rows ...T) error {
	if len(rows) == 0 {
		return nil
	}
	ins := insertOf(reflect.TypeFor[T]())
	args := make([]any, 0, len(rows)*len(ins.index))
	for i := range rows {
		v := reflect.ValueOf(&rows[i]).Elem()
		for _, ix := range ins.index {
			args = append(args, v.FieldByIndex(ix).Interface())
		}
	}
	_, err := tx.Exec(ctx, ins.text(table, len(rows)), args...)
	return err
}

type insert struct {
	cols  []string
	index [][]int
	mu    sync.Mutex
	texts map[string]string
}

var inserts sync.Map // reflect.Type → *insert

func insertOf(t reflect.Type) *insert {
	if v, ok := inserts.Load(t); ok {
		return v.(*insert)
	}
	in := &insert{texts: map[string]string{}}
	for _, f := range reflect.VisibleFields(t) {
		if tag := f.Tag.Get("db"); tag != "" {
			in.cols = append(in.cols, tag)
			in.index = append(in.index, f.Index)
		}
	}
	v, _ := inserts.LoadOrStore(t, in)
	return v.(*insert)
}

func (in *insert) text(table string, n int) string {
	key := fmt.Sprint(table, "/", n)
	in.mu.Lock()
	defer in.mu.Unlock()
	if s := in.texts[key]; s != "" {
		return s
	}
	var b strings.Builder
	fmt.Fprintf(&b, "insert into %s (%s) values ", table, strings.Join(in.cols, ", "))
	for r, arg := 0, 1; r < n; r++ {
		if r > 0 {
			b.WriteString(", ")
		}
		for c := range in.cols {
			b.WriteString([]string{", ", "("}[btoi(c == 0)])
			fmt.Fprintf(&b, "$%d", arg)
			arg++
		}
		b.WriteByte(')')
	}
	in.texts[key] = b.String()
	return b.String()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// In makes the placeholders of "in (…)" for n values, the first being $from.
func In(from, n int) string {
	p := make([]string, n)
	for i := range p {
		p[i] = fmt.Sprintf("$%d", from+i)
	}
	return "(" + strings.Join(p, ", ") + ")"
}

// Any turns typed values into arguments.
func Any[T any](in []T) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}
