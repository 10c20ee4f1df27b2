package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"yimen/domain/casefile"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/ref"
	"yimen/view/board"
)

const (
	wallBase  = 10_000 // cases made one by one
	wallTimes = 100    // and as often each is copied
	wallAsks  = 100    // of each kind
	wallOpen  = 10     // in a hundred are open
)

// benchWall: the wall over 1,000,000 case items of which 100,000 are open, on both engines: its page with each grouping, any page
// of the lists behind it, and how long counting anew takes, which a page in five seconds waits for.
func benchWall(ctx context.Context) ([]figure, error) {
	lite, err := wallOn(ctx, "wall", "")
	if err != nil {
		return nil, err
	}
	address, err := ownPostgres(ctx)
	if err != nil {
		return nil, err
	}
	if address == "" {
		none := figure{name: "wall-pg", unit: "ms p95", limit: "none"}
		none.want(false, "YIMEN_BENCH_PG names no PostgreSQL (scripts/bench.sh makes one)")
		return []figure{lite, none}, nil
	}
	pg, err := wallOn(ctx, "wall-pg", address)
	return []figure{lite, pg}, err
}

// countAnew is the figure without a page.
const countAnew = "counted anew"

func wallOn(ctx context.Context, name, address string) (figure, error) {
	f := figure{name: name, unit: "ms p95"}
	t, err := openBenchTown(ctx, address, nil)
	if err != nil {
		return f, err
	}
	defer t.drop()
	g, err := t.heap(ctx, address)
	if err != nil {
		return f, err
	}
	bare, err := g.scan(ctx, t.DB)
	if err != nil {
		return f, err
	}
	v, stop, err := t.visit(ctx, "supervisor01")
	if err != nil {
		return f, err
	}
	defer stop()
	page := func(path func() string) func() error {
		return func() error { _, err := v.ask(ctx, path()); return err }
	}
	for _, kind := range []struct {
		name string
		ask  func() error
	}{
		{countAnew, func() error { _, err := t.Walls.Count(ctx); return err }},
		{"page by organ", page(func() string { return "/oversight/wall?by=organ" })},
		{"page by item", page(func() string { return "/oversight/wall?by=item" })},
		{"page of an organ by street", page(func() string { return "/oversight/wall?by=town&organ=" + string(one(g.rnd, g.organs)) })},
		{"list of a state", page(func() string { return "/oversight/wall/list?state=" + string(one(g.rnd, board.States())) })},
		{"list of an organ and state", page(func() string {
			return "/oversight/wall/list?organ=" + string(one(g.rnd, g.organs)) + "&state=" + string(one(g.rnd, board.States()))
		})},
		{"list of a street", page(func() string { return "/oversight/wall/list?town=" + string(one(g.rnd, wallTowns)) })},
	} {
		took := make([]time.Duration, 0, wallAsks)
		for range wallAsks {
			at := time.Now()
			if err := kind.ask(); err != nil {
				return f, fmt.Errorf("%s: %w", kind.name, err)
			}
			took = append(took, time.Since(at))
		}
		slices.Sort(took)
		p95 := ms(percentile(took, 0.95))
		f.notes = append(f.notes, fmt.Sprintf("%s %.1f (worst %.1f)", kind.name, p95, ms(took[len(took)-1])))
		if kind.name == countAnew { // a page that comes within five seconds of another is given the same figures
			f.limit = fmt.Sprintf("%.1f ms to count the same open rows alone", bare)
			continue
		}
		f.value = max(f.value, p95)
		f.want(p95 < 100, "%s p95 < 100 ms", kind.name)
	}
	f.ratio = f.value / bare
	f.notes = append(f.notes, fmt.Sprintf("%d case items, %d open, made in %.0f s", wallBase*wallTimes, wallBase*wallTimes*wallOpen/100, g.made.Seconds()))
	return f, nil
}

// benchExport: all 1,000,000 cases as a file through the page that gives it, and the memory that grows meanwhile.
func benchExport(ctx context.Context) ([]figure, error) {
	f := figure{name: "export", unit: "rows/s"}
	t, err := openBenchTown(ctx, "", nil)
	if err != nil {
		return nil, err
	}
	defer t.drop()
	g, err := t.heap(ctx, "")
	if err != nil {
		return nil, err
	}
	bare, err := g.drain(ctx, t.DB)
	if err != nil {
		return nil, err
	}
	handler, err := t.Handler()
	if err != nil {
		return nil, err
	}
	v, stop, err := t.visit(ctx, "supervisor01")
	if err != nil {
		return nil, err
	}
	defer stop()
	r := httptest.NewRequest(http.MethodGet, "/oversight/cases.csv", nil).WithContext(ctx)
	r.AddCookie(v.cookie)
	out := &lineCounter{head: http.Header{}}
	runtime.GC()
	before, peak, done := heapNow(), atomic.Uint64{}, make(chan struct{})
	go func() {
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				peak.Store(max(peak.Load(), heapNow()))
			}
		}
	}()
	begun := time.Now()
	handler.ServeHTTP(out, r)
	took := time.Since(begun)
	close(done)
	if want := wallBase*wallTimes + 1; out.status != 0 && out.status != http.StatusOK || out.lines < want {
		return nil, fmt.Errorf("the export has %d lines of %d, status %d", out.lines, want, out.status)
	}
	grown := float64(peak.Load()-min(before, peak.Load())) / (1 << 20)
	f.value = float64(out.lines) / took.Seconds()
	f.ratio = f.value / bare
	f.limit = fmt.Sprintf("%.0f rows/s read in one query and thrown away", bare)
	f.notes = append(f.notes, fmt.Sprintf("%d rows, %.0f MB in %.1f s", out.lines-1, float64(out.size)/1e6, took.Seconds()), fmt.Sprintf("heap grew by at most %.1f MB (from %.1f)", grown, float64(before)/(1<<20)))
	f.want(grown < 64, "peak memory < 64 MB")
	return []figure{f}, nil
}

func heapNow() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// lineCounter is a browser that throws away what it gets.
type lineCounter struct {
	head   http.Header
	status int
	lines  int
	size   int64
}

func (c *lineCounter) Header() http.Header    { return c.head }
func (c *lineCounter) WriteHeader(status int) { c.status = status }
func (c *lineCounter) Write(b []byte) (int, error) {
	for _, x := range b {
		if x == '\n' {
			c.lines++
		}
	}
	c.size += int64(len(b))
	return len(b), nil
}

var wallTowns = []ref.DivisionCode{"440604010", "440604011", "440604012", "440604100"}

// heap is a town with a million case items, written past every rule; for measuring only.
type heap struct {
	*flood
	made time.Duration
}

// heap makes the base by hand and copies it by the database.
func (t *benchTown) heap(ctx context.Context, address string) (*heap, error) {
	begun := time.Now()
	g := &heap{flood: &flood{rnd: rand.New(rand.NewPCG(3, 4)), begin: t.Now().AddDate(0, 0, -floodDays)}}
	if err := g.know(ctx, t); err != nil {
		return nil, err
	}
	if err := g.base(ctx, t); err != nil {
		return nil, err
	}
	for _, text := range []string{
		fmt.Sprintf(`insert into casefile_case (id, number, party, organ, item, place, channel, hall, window_id, clerk, ticket_id, on_behalf_of, rev, stage, received_at, accepted_at, due_at, provisional, closed_at, account, portal, assured, parts)
			with recursive n (x) as (select 1 union all select x + 1 from n where x < %d)
			select c.id || '.' || n.x, c.number || '.' || n.x, party, organ, item, place, channel, hall, window_id, clerk, ticket_id, on_behalf_of, rev, stage, received_at + n.x, accepted_at, due_at + n.x * 977, provisional, closed_at, account, portal, assured, parts
			from casefile_case c cross join n`, wallTimes-1),
		fmt.Sprintf(`insert into casefile_item (id, case_id, item, version, number, organ, outcome, town, stage, clock, accepted_at, due_at, legal_due_at, soon_at, paused_at, provisional, decided_at, ended_at, delivered_at, archived_at, saved)
			with recursive n (x) as (select 1 union all select x + 1 from n where x < %d)
			select i.id || '.' || n.x, i.case_id || '.' || n.x, item, version, i.number || '.' || n.x, organ, outcome, town, stage, clock, accepted_at, due_at + n.x * 977, legal_due_at, soon_at, paused_at, provisional, decided_at, ended_at, delivered_at, archived_at, saved
			from casefile_item i cross join n`, wallTimes-1),
	} {
		if err := t.run(ctx, text); err != nil {
			return nil, err
		}
	}
	g.made = time.Since(begun)
	return g, t.tidy(ctx, address)
}

// tidy does what each engine does by itself sooner or later: it learns how the values lie.
func (t *benchTown) tidy(ctx context.Context, address string) error {
	if address == "" {
		return t.run(ctx, "analyze")
	}
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return errors.New("YIMEN_BENCH_PG cannot be reached")
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, "vacuum analyze")
	return err
}

// base writes the parties and the first cases with their items, one in ten of them open.
func (g *heap) base(ctx context.Context, t *benchTown) error {
	parties := make([]party.Party, wallBase/10)
	for i := range parties {
		parties[i] = party.Party{ID: floodParty(i), Kind: ref.PartyNatural, Name: g.names[i], Blind: fmt.Sprintf("wall:%012d", i), Made: g.begin}
	}
	if err := pour(ctx, t.DB, parties, func(ctx context.Context, tx *db.Tx, some []party.Party) error {
		return db.Insert(ctx, tx, "party_party", some...)
	}); err != nil {
		return err
	}
	cases, items := make([]casefile.Case, wallBase), make([]casefile.Item, wallBase)
	for i := range cases {
		cases[i], items[i] = g.pair(i, t.item.ID)
	}
	if err := pour(ctx, t.DB, cases, func(ctx context.Context, tx *db.Tx, some []casefile.Case) error {
		return db.Insert(ctx, tx, "casefile_case", some...)
	}); err != nil {
		return err
	}
	return pour(ctx, t.DB, items, func(ctx context.Context, tx *db.Tx, some []casefile.Item) error {
		return db.Insert(ctx, tx, "casefile_item", some...)
	})
}

// pair is a case with its item: most ended long ago; the open ones in every state.
func (g *heap) pair(i int, version ref.VersionID) (casefile.Case, casefile.Item) {
	c := g.oneCase(i * (floodCases / wallBase))
	c.Party, c.Stage, c.Parts = floodParty(i%(wallBase/10)), casefile.Closed, 1
	it := casefile.Item{ID: ref.CaseItemID(c.ID), Case: c.ID, Item: c.Item, Version: version, Number: ref.CaseNumber("wall" + string(c.Number)), Organ: c.Organ, Town: one(g.rnd, wallTowns), Stage: c.Stage,
		AcceptedAt: c.AcceptedAt, Due: c.Due, LegalDue: c.Due, SoonAt: c.Due, EndedAt: c.ReceivedAt.AddDate(0, 0, 9), DecidedAt: c.ReceivedAt.AddDate(0, 0, 8), DeliveredAt: c.ReceivedAt.AddDate(0, 0, 9)}
	if i%100 >= wallOpen {
		return c, it
	}
	now := benchMorning
	it.Stage, it.Clock, it.EndedAt, it.DecidedAt, it.DeliveredAt = casefile.Accepted, casefile.DecideClock, time.Time{}, time.Time{}, time.Time{}
	it.Due = now.Add(time.Duration(g.rnd.IntN(30*24*60)-5*24*60) * time.Minute) // one in six is over
	it.SoonAt = it.Due.AddDate(0, 0, -2)
	switch g.rnd.IntN(20) {
	case 0:
		it.Stage, it.Clock = casefile.Returned, casefile.NoClock
	case 1:
		it.PausedAt = now.AddDate(0, 0, -1)
	case 2:
		it.Stage, it.Clock = casefile.Received, casefile.AcceptClock
	}
	c.Stage, c.Due, c.ClosedAt = it.Stage, it.Due, time.Time{}
	return c, it
}

// scan counts the open rows and nothing else; p95 in ms.
func (g *heap) scan(ctx context.Context, r db.Reader) (float64, error) {
	var took []time.Duration
	for range 20 {
		at := time.Now()
		n, err := db.One[int64](ctx, r, "select count(*) from casefile_item i where (i.ended_at = 0 or i.clock <> '')")
		if err != nil || n < wallBase*wallTimes*wallOpen/100 {
			return 0, fmt.Errorf("%d open: %w", n, err)
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	return ms(percentile(took, 0.95)), nil
}

// drain reads what the export shows in one query; rows a second.
func (g *heap) drain(ctx context.Context, r db.Reader) (float64, error) {
	at, n := time.Now(), 0
	rows, err := r.Query(ctx, `select c.number, c.stage, c.due_at, i.name, p.name, o.name, c.received_at from casefile_case c
		join catalog_item i on i.id = c.item join party_party p on p.id = c.party join org_organ o on o.id = c.organ`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		var number, stage, item, who, organ string
		var due, received time.Time
		if err := rows.Scan(&number, &stage, &due, &item, &who, &organ, &received); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(at).Seconds(), rows.Err()
}
