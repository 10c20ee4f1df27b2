package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unicode"

	"yimen/domain/statute"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
)

const (
	searchAsks  = 200 // of each kind
	searchLimit = 20  // hits on a page
)

// benchStatute: word search over all real law texts with snippets, on SQLite and, where there is one, on PostgreSQL; and how
// long loading them takes.
func benchStatute(ctx context.Context) ([]figure, error) {
	texts := filepath.Join(os.Getenv("YIMEN_SHARED"), "laws")
	if at, err := os.Stat(texts); os.Getenv("YIMEN_SHARED") == "" || err != nil || !at.IsDir() {
		return []figure{{name: "statute-search", unit: "ms p99", limit: "none", notes: []string{"skipped: YIMEN_SHARED names no folder with laws/ in it"}}}, nil
	}
	own, err := ownPostgres(ctx)
	if err != nil {
		return nil, err
	}
	var out []figure
	for name, address := range map[string]string{"statute-search": "", "statute-pg": own} {
		if name == "statute-pg" && address == "" {
			continue
		}
		f, err := searchFigure(ctx, name, address, texts)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b figure) int { return len(b.name) - len(a.name) })
	return out, nil
}

func searchFigure(ctx context.Context, name, address, texts string) (figure, error) {
	f := figure{name: name, unit: "ms p99"}
	dir, err := os.MkdirTemp("", "yimen-bench-*")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	h, err := Open(ctx, Config{Data: dir, DB: address, Demo: true, Now: newBenchClock().now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return f, err
	}
	defer h.Close()
	start := time.Now()
	rep, err := h.Library.ImportLaws(ctx, "system:import", os.DirFS(texts))
	if err != nil {
		return f, err
	}
	made := time.Since(start)
	f.notes = append(f.notes, fmt.Sprintf("%d laws and %d more versions loaded in %.1f s", len(rep.New), len(rep.Changed), made.Seconds()))
	f.want(made < 2*time.Minute, "loaded in < 120 s")
	a, err := newAsker(ctx, h)
	if err != nil {
		return f, err
	}
	return f, a.measure(ctx, h.DB, &f)
}

// asker asks as people do, with words cut from the texts themselves.
type asker struct {
	rnd   *rand.Rand
	words []string // of articles
	ords  []int64
	day   calendar.Date
}

func newAsker(ctx context.Context, h *House) (*asker, error) {
	a := &asker{rnd: rand.New(rand.NewPCG(1, 2)), day: calendar.DateOf(h.Now())}
	laws, err := statute.List(ctx, h.DB, "", statute.Any, a.day, "", 60)
	if err != nil {
		return nil, err
	}
	for _, l := range laws {
		v, err := statute.GetVersion(ctx, h.DB, l.Newest)
		if err != nil {
			return nil, err
		}
		all, err := statute.Articles(ctx, h.DB, v)
		if err != nil {
			return nil, err
		}
		for i, x := range all {
			if text := x.String(); len(text) > 90 {
				a.words, a.ords = append(a.words, text), append(a.ords, v.Seq<<16+int64(i))
			}
		}
	}
	return a, nil
}

// cut is a run of n Han characters somewhere in the texts.
func (a *asker) cut(n int) string {
	for {
		r := []rune(one(a.rnd, a.words))
		at := a.rnd.IntN(len(r) - n)
		if some := r[at : at+n]; !slices.ContainsFunc(some, func(x rune) bool { return !unicode.Is(unicode.Han, x) }) {
			return string(some)
		}
	}
}

func (a *asker) kinds() map[string]func() statute.Query {
	common := []string{"应当", "规定", "人民政府", "主管部门", "申请", "许可", "处罚", "法律责任"}
	return map[string]func() statute.Query{
		"common":    func() statute.Query { return statute.Query{Words: one(a.rnd, common)} },
		"two":       func() statute.Query { return statute.Query{Words: a.cut(2)} },
		"six":       func() statute.Query { return statute.Query{Words: a.cut(6)} },
		"two words": func() statute.Query { return statute.Query{Words: one(a.rnd, common) + " " + a.cut(2)} },
		"in force":  func() statute.Query { return statute.Query{Words: one(a.rnd, common), State: statute.Current} },
		"by name":   func() statute.Query { return statute.Query{Words: one(a.rnd, common), Name: "条例"} },
	}
}

func (a *asker) measure(ctx context.Context, r db.Reader, f *figure) error {
	var all []time.Duration
	for name, ask := range a.kinds() {
		took := make([]time.Duration, 0, searchAsks)
		for range searchAsks {
			q := ask()
			q.Day, q.Limit = a.day, searchLimit
			at := time.Now()
			if _, _, err := statute.Search(ctx, r, q); err != nil {
				return err
			}
			took = append(took, time.Since(at))
		}
		slices.Sort(took)
		all = append(all, took...)
		f.notes = append(f.notes, fmt.Sprintf("%s %.1f (worst %.1f)", name, ms(percentile(took, 0.99)), ms(took[len(took)-1])))
		f.want(percentile(took, 0.99) < 50*time.Millisecond, "%s p99 < 50 ms", name)
	}
	slices.Sort(all)
	bare, err := a.bare(ctx, r)
	if err != nil {
		return err
	}
	f.value = ms(percentile(all, 0.99))
	f.limit = fmt.Sprintf("%.1f ms p99 for %d articles by primary key alone", bare, searchLimit)
	f.ratio = f.value / bare
	f.notes = append(f.notes, fmt.Sprintf("p50 %.1f", ms(percentile(all, 0.5))))
	slices.Sort(f.notes)
	f.want(f.value < 50, "p99 < 50 ms")
	return nil
}

// bare reads as many articles by primary key as a page of hits has; p99 in ms.
func (a *asker) bare(ctx context.Context, r db.Reader) (float64, error) {
	var took []time.Duration
	for range searchAsks {
		args := make([]any, searchLimit)
		for k := range args {
			args[k] = one(a.rnd, a.ords)
		}
		at := time.Now()
		if _, err := db.Find[string](ctx, r, "select body from statute_article where ord in "+db.In(1, len(args)), args...); err != nil {
			return 0, err
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	return ms(percentile(took, 0.99)), nil
}
