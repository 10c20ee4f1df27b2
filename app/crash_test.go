package app_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/fee"
	"yimen/domain/licence"
	"yimen/domain/seal"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/failpoint"
	"yimen/process/review"
	"yimen/ref"
)

// The child of a crash test is this test binary again: it opens the house that is there, takes
// keys on its standard input, plays the main job for each, and says "done KEY CASE".
func TestMain(m *testing.M) {
	if data := os.Getenv("YIMEN_CRASH_DATA"); data != "" {
		if err := crashChild(data, os.Getenv("YIMEN_CRASH_DB")); err != nil {
			fmt.Println("failed", err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func crashChild(data, address string) error {
	a, err := apptest.Reopen(data, address)
	if err != nil {
		return err
	}
	defer a.Close()
	run, stop := context.WithCancel(ctx)
	defer stop()
	go a.Run(run)
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		id, err := playJob(a, in.Text())
		if err != nil {
			return fmt.Errorf("%s: %w", in.Text(), err)
		}
		fmt.Println("done", in.Text(), id)
	}
	return a.Watch.Seal(ctx)
}

// playJob is the main job under one key: every submit in it has a key made from this one, so
// playing it again after a crash is a retry of each of them.
func playJob(a *apptest.App, key string) (ref.CaseID, error) {
	p := a.Acceptance("clerk01", "cc-road-dig", "company-01")
	p.Submit.Key = key + "-accept"
	id, err := a.Desk.Accept(ctx, p)
	if err != nil {
		return "", err
	}
	deadline := time.Now().Add(2 * time.Minute)
	for time.Now().Before(deadline) {
		c, err := casefile.Get(ctx, a.DB, id)
		if err == nil && c.Stage == casefile.Closed {
			return id, quiet(a, id)
		}
		if err != nil {
			return id, err
		}
		if err := playTasks(a, key, id); err != nil {
			return id, err
		}
		<-time.After(2 * time.Millisecond) // the child is a program of its own and polls
	}
	return id, fmt.Errorf("case %s did not close in time", id)
}

// quiet waits until everything that follows from a case has been done: what comes after its end is a part of the job, and a child
// that left before it would not die there.
func quiet(a *apptest.App, id ref.CaseID) error {
	deadline := time.Now().Add(2 * time.Minute)
	for time.Now().Before(deadline) {
		n, err := db.One[int64](ctx, a.DB, "select count(*) from event_delivery where key = $1 and parked = 0 and run_at <= $2", id, a.Now())
		if err != nil || n == 0 {
			return err
		}
		<-time.After(2 * time.Millisecond)
	}
	return fmt.Errorf("case %s: what follows from it did not come to an end", id)
}

// who does which kind of task, by the organ's account.
var crashCast = map[string][]string{approval.Opinion: {"police-review-a", "land-review-a"}, approval.Review: {"build-review-a"}, approval.Decide: {"build-decide"}}

func playTasks(a *apptest.App, key string, id ref.CaseID) error {
	tasks, err := approval.ByCase(ctx, a.DB, id)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.State != approval.Open {
			continue
		}
		for _, account := range crashCast[t.Kind] {
			s := a.Staff(account)
			if s.Organ != t.Organ {
				continue
			}
			outcome := approval.Agree
			if t.Kind == approval.Decide {
				outcome = approval.Grant
			}
			d := a.Decision(account, t, outcome)
			d.Submit.Key = key + "-" + t.Step + "-" + t.Kind
			if t.Kind == approval.Review {
				d.Second = a.Staff("build-review-b").ID
			}
			h := review.Holding{Submit: d.Submit, By: s, Task: t.ID, Do: review.Claim}
			h.Submit.Route = "test.claim"
			if err := a.Board.Keep(ctx, h); err != nil {
				return err
			}
			if err := a.Board.Decide(ctx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// crashRig drives children over one house.
type crashRig struct {
	t       *testing.T
	data    string
	address string
	done    map[string]ref.CaseID // what children answered
	all     []string              // every key ever sent
}

func newRig(t *testing.T, address string) *crashRig {
	t.Helper()
	data := t.TempDir()
	a, err := apptest.Reopen(data, address)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.LoadTown(ctx); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return &crashRig{t: t, data: data, address: address, done: map[string]ref.CaseID{}}
}

// play sends keys to a fresh child; kill, when positive, ends it by SIGKILL after that time,
// point, when set, makes it die there by itself. It says whether the child died.
func (r *crashRig) play(keys []string, kill time.Duration, point string) bool {
	r.t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), "YIMEN_CRASH_DATA="+r.data, "YIMEN_CRASH_DB="+r.address, "YIMEN_FAILPOINT="+point)
	in, _ := c.StdinPipe()
	out, _ := c.StdoutPipe()
	var errs strings.Builder
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		r.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	ready := make(chan struct{})
	var once sync.Once
	go func() {
		<-ready
		_, _ = io.WriteString(in, strings.Join(keys, "\n")+"\n")
		_ = in.Close()
		if kill > 0 {
			<-time.After(kill) // when the power goes is the experiment itself
			_ = c.Process.Kill()
		}
	}()
	for lines.Scan() {
		r.heard(lines.Text(), func() { once.Do(func() { close(ready) }) })
	}
	err := c.Wait()
	once.Do(func() { close(ready) })
	if err != nil && c.ProcessState.ExitCode() == 3 {
		r.t.Fatalf("child failed at %s: %s", point, errs.String())
	}
	return err != nil
}

func (r *crashRig) heard(line string, ready func()) {
	r.t.Helper()
	var key string
	var id ref.CaseID
	if line == "ready" {
		ready()
	} else if n, _ := fmt.Sscanf(line, "done %s %s", &key, &id); n == 2 {
		r.done[key] = id
	} else {
		r.t.Errorf("child said %q", line)
	}
}

// finish plays what was not answered until everything is, then checks the books.
func (r *crashRig) finish() {
	r.t.Helper()
	for range 3 {
		var open []string
		for _, k := range r.all {
			if r.done[k] == "" {
				open = append(open, k)
			}
		}
		if len(open) == 0 {
			break
		}
		r.play(open, 0, "")
	}
	a, err := apptest.Reopen(r.data, r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	defer a.Close()
	if _, err := a.Bus.Settle(ctx); err != nil {
		r.t.Fatal(err)
	}
	if due, parked, err := a.Bus.Backlog(ctx); due != 0 || parked != 0 || err != nil {
		r.t.Fatalf("the journal did not drain: %d due, %d parked, %v", due, parked, err)
	}
	r.books(a)
}

// books: every key has exactly one case, and each case exactly its tasks, papers and licence.
func (r *crashRig) books(a *apptest.App) {
	r.t.Helper()
	cases, err := db.Find[ref.CaseID](ctx, a.DB, "select id from casefile_case")
	if err != nil || len(cases) != len(r.all) {
		r.t.Fatalf("%d submits left %d cases (%v)", len(r.all), len(cases), err)
	}
	answered := map[ref.CaseID]bool{}
	for _, id := range r.done {
		answered[id] = true
	}
	for _, id := range cases {
		c, _ := casefile.Get(ctx, a.DB, id)
		tasks, _ := approval.ByCase(ctx, a.DB, id)
		papers, _ := seal.ByCase(ctx, a.DB, id)
		licences, _ := licence.ByCase(ctx, a.DB, id)
		if !answered[id] || c.Stage != casefile.Closed || len(tasks) != 4 || len(papers) != 4 || len(licences) != 1 {
			r.t.Errorf("case %s: %s, %d tasks, %d papers, %d licences", id, c.Stage, len(tasks), len(papers), len(licences))
		}
		r.paid(a, id)
		for _, p := range papers {
			if _, _, err := a.Press.Fetch(ctx, p.ID); err != nil {
				r.t.Errorf("paper %s cannot be read: %v", p.ID, err)
			}
		}
	}
	if err := a.Watch.Seal(ctx); err != nil {
		r.t.Fatal(err)
	}
	if _, gaps, err := audit.Verify(ctx, a.DB); err != nil || len(gaps) > 0 {
		r.t.Errorf("audit: %v %v", gaps, err)
	}
}

// paid: a case's fee was taken once and in full, however often its confirmation was cut off.
func (r *crashRig) paid(a *apptest.App, id ref.CaseID) {
	r.t.Helper()
	bills, err := fee.ByCase(ctx, a.DB, id)
	if err != nil || len(bills) != 1 || bills[0].State != fee.Paid || bills[0].Paid != bills[0].Amount() {
		r.t.Errorf("case %s: %+v %v", id, bills, err)
		return
	}
	all, err := fee.Payments(ctx, a.DB, bills[0].ID)
	taken := 0
	for _, p := range all {
		if p.State == fee.Taken {
			taken++
		}
	}
	if err != nil || taken != 1 {
		r.t.Errorf("case %s: %d payments were taken, %v", id, taken, err)
	}
}

func (r *crashRig) keys(n int) []string {
	var out []string
	for range n {
		out = append(out, "key-"+db.NewID())
	}
	r.all = append(r.all, out...)
	return out
}

// points lists every place passed by the main job, by passing it once.
func points(t *testing.T) []string {
	t.Helper()
	var mu sync.Mutex
	seen := map[string]bool{}
	failpoint.Watch(func(name string) { mu.Lock(); seen[name] = true; mu.Unlock() })
	defer failpoint.Watch(nil)
	a := apptest.New(t, dbtest.SQLite(t))
	mu.Lock()
	clear(seen) // loading the town is not the main job
	mu.Unlock()
	grantRoadDig(t, a)
	if err := a.Watch.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	var out []string
	for name := range seen {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func engines(t *testing.T, f func(t *testing.T, address string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, "sqlite:"+filepath.Join(t.TempDir(), "yimen.db")) })
	t.Run("postgres", func(t *testing.T) { f(t, dbtest.Postgres(t)) })
}

// TestCrashAtEveryFailpoint dies once before and after every commit and every outside call.
func TestCrashAtEveryFailpoint(t *testing.T) {
	names := points(t)
	if len(names) < 20 {
		t.Fatalf("only %d failpoints on the way: %v", len(names), names)
	}
	engines(t, func(t *testing.T, address string) {
		r := newRig(t, address)
		for _, name := range names {
			if !r.play(r.keys(1), 0, name) {
				t.Errorf("nothing died at %s", name)
			}
		}
		r.finish()
	})
}

// TestCrashAtRandom kills the process at random times, ten times an engine; 200 under
// YIMEN_SOAK.
func TestCrashAtRandom(t *testing.T) {
	kills := 10
	if os.Getenv("YIMEN_SOAK") != "" {
		kills = 200
	}
	engines(t, func(t *testing.T, address string) {
		r := newRig(t, address)
		for range kills {
			r.play(r.keys(3), time.Duration(rand.IntN(400))*time.Millisecond, "")
		}
		r.finish()
	})
}
