package app

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// figure is what one bench found: one line.
type figure struct {
	name   string
	value  float64
	unit   string
	limit  string  // what was measured beside it in the same run, in words with its figure
	ratio  float64 // value against that limit; 0: not meant to be compared
	notes  []string
	misses []string // bounds of the issue that were missed
}

// want notes a miss unless the bound holds.
func (f *figure) want(holds bool, format string, args ...any) {
	if !holds {
		f.misses = append(f.misses, fmt.Sprintf(format, args...))
	}
}

func (f figure) print(w io.Writer) {
	fmt.Fprintf(w, "%-14s %9.1f %-11s limit: %s", f.name, f.value, f.unit, f.limit)
	if f.ratio > 0 {
		fmt.Fprintf(w, "  ratio %.2f", f.ratio)
	}
	fmt.Fprintf(w, "  load %s", load())
	for _, n := range f.notes {
		fmt.Fprintf(w, "  | %s", n)
	}
	for _, m := range f.misses {
		fmt.Fprintf(w, "  | MISSED: %s", m)
	}
	fmt.Fprintln(w)
}

// load is the machine's load average of the last minute: figures taken beside other work say so.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(b), " ")
	return first
}

// measure is one bench; it may give several figures.
type measure struct {
	name string
	run  func(context.Context) ([]figure, error)
}

// measures are the benches in the order they run.
var measures = []measure{
	{"accept", benchAccept},
	{"accept-pg", benchAcceptPG},
	{"journey", benchJourney},
	{"journey-pg", benchJourneyPG},
	{"due", benchDue},
	{"recompute", benchRecompute},
	{"recompute-pg", benchRecomputePG},
	{"seal", benchSeal},
	{"page", benchPage},
	{"list", benchList},
	{"inbox", benchInbox},
	{"api", benchAPI},
	{"space", benchSpace},
	{"statute-search", benchStatute},
	{"find-10000", benchFind},
	{"rule-10", benchRule},
	{"import-268", benchImport},
	{"lint-268", benchLint},
	{"windows", benchWindows},
	{"form", benchForm},
	{"start", benchStart},
}

// bench measures and prints one line a figure; with --check a missed bound is an error.
func bench(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("yimen bench", flag.ContinueOnError)
	check := f.Bool("check", false, "judge the bounds and fail where one is missed")
	profile := f.String("profile", "", "write a CPU profile to this file (go tool pprof)")
	if err := f.Parse(args); err != nil {
		return usageError(err.Error())
	}
	for _, name := range f.Args() {
		if !slices.ContainsFunc(measures, func(m measure) bool { return m.name == name }) {
			return usageError("no bench is called " + name)
		}
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if *profile != "" {
		out, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer out.Close()
		if err := pprof.StartCPUProfile(out); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	missed, err := take(ctx, f.Args())
	if err == nil && *check && len(missed) > 0 {
		err = fmt.Errorf("bounds missed: %s", strings.Join(missed, ", "))
	}
	return err
}

// take runs the named benches, all when none is named, and says which missed a bound.
func take(ctx context.Context, names []string) ([]string, error) {
	var missed []string
	for _, m := range measures {
		if len(names) > 0 && !slices.Contains(names, m.name) {
			continue
		}
		found, err := m.run(ctx)
		if err != nil {
			return missed, fmt.Errorf("bench %s: %w", m.name, err)
		}
		for _, x := range found {
			x.print(os.Stdout)
			if len(x.misses) > 0 {
				missed = append(missed, x.name)
			}
		}
	}
	return missed, nil
}

// benchClock runs on from the README's morning and can be moved a day on, since a matter has
// 9,999 numbers a day.
type benchClock struct {
	began time.Time
	days  atomic.Int64
}

var benchMorning = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC) // 09:30 in China

func newBenchClock() *benchClock { return &benchClock{began: time.Now()} }

func (c *benchClock) now() time.Time {
	return benchMorning.Add(time.Since(c.began)).AddDate(0, 0, int(c.days.Load()))
}

// percentile of sorted durations, p in 0–1.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
