package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/org"
	"yimen/domain/rule"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/failpoint"
	"yimen/foundation/once"
	"yimen/foundation/pdf"
	"yimen/process/review"
	"yimen/ref"
)

const (
	journeyWorkers = 16
	journeyCases   = 96 // a round
	journeyRounds  = 3
)

// benchJourney: whole cases a second, from acceptance through two opinions and a review in
// parallel to the decision and the sealed licence, the background running. Beside it the same
// number of bare transactions, papers and files with nothing between them.
func benchJourney(ctx context.Context) ([]figure, error) { return journeyOn(ctx, "journey", "") }

// benchJourneyPG: the same on PostgreSQL.
func benchJourneyPG(ctx context.Context) ([]figure, error) {
	address, err := ownPostgres(ctx)
	if err != nil {
		return nil, err
	}
	if address == "" {
		f := figure{name: "journey-pg", unit: "cases/s", limit: "none"}
		f.want(false, "YIMEN_BENCH_PG names no PostgreSQL (scripts/bench.sh makes one)")
		return []figure{f}, nil
	}
	return journeyOn(ctx, "journey-pg", address)
}

func journeyOn(ctx context.Context, name, address string) ([]figure, error) {
	t, err := openBenchTown(ctx, address, nil)
	if err != nil {
		return nil, err
	}
	defer t.drop()
	j := &journeys{benchTown: t, parts: newParts(), bare: newParts(), staff: map[string]org.Staff{}}
	for _, account := range []string{"police-review-a", "land-review-a", "build-review-a", "build-review-b", "build-decide"} {
		if j.staff[account], err = org.StaffByAccount(ctx, t.DB, account); err != nil {
			return nil, err
		}
	}
	if j.findings, err = t.findings(); err != nil {
		return nil, err
	}
	t.Bus.Observe = j.observe
	run, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { t.Run(run) })
	defer wg.Wait()
	defer stop()
	f, err := j.race(ctx, name)
	return []figure{f}, err
}

// findings are what an officer finds where the item's table proposes to grant.
func (t *benchTown) findings() (map[string]string, error) {
	table, err := rule.Of(t.item.Digest, t.item.Body)
	if err != nil {
		return nil, err
	}
	for _, row := range t.doc.Rule.Rows {
		if row.Outcome != approval.Grant {
			continue
		}
		if facts, ok := table.Reach(row.ID, nil); ok {
			out := map[string]string{}
			for name, v := range facts {
				out[name] = v.Plain()
			}
			return out, nil
		}
	}
	return nil, fmt.Errorf("no findings lead to a grant of %s", t.doc.ID)
}

type journeys struct {
	*benchTown
	staff       map[string]org.Staff
	findings    map[string]string // what leads the item's table to grant
	parts, bare *parts
	heard       sync.Map // case and hearer → chan struct{}, one token a delivery
	commits     atomic.Int64
}

func (j *journeys) race(ctx context.Context, name string) (figure, error) {
	f := figure{name: name, unit: "cases/s"}
	failpoint.Watch(func(name string) {
		if strings.HasSuffix(name, ".after") && name != "issuance.sign.after" {
			j.commits.Add(1)
		}
	})
	defer failpoint.Watch(nil)
	one := func(int) error { return j.whole(ctx) }
	if _, err := spread(journeyWorkers, journeyWorkers, one); err != nil { // warm caches and statements
		return f, err
	}
	j.parts.reset()
	var ours, raw time.Duration
	var commits int64
	for range journeyRounds {
		j.commits.Store(0)
		took, err := spread(journeyWorkers, journeyCases, one)
		if err != nil {
			return f, err
		}
		ours += took
		per := j.commits.Load() / journeyCases
		commits += per
		if took, err = spread(journeyWorkers, journeyCases, func(int) error { return j.bareCase(ctx, int(per)) }); err != nil {
			return f, err
		}
		raw += took
	}
	n := float64(journeyRounds * journeyCases)
	f.value, f.ratio = n/ours.Seconds(), raw.Seconds()/ours.Seconds()
	f.limit = fmt.Sprintf("%.1f bare cases/s: %d one-row transactions, 2 papers drawn and signed, 4 files", n/raw.Seconds(), commits/journeyRounds)
	f.want(f.ratio >= 0.5, "≥ 0.5 of bare cases")
	f.notes = append(f.notes, fmt.Sprintf("%d workers", journeyWorkers), "time: "+j.parts.shares(n), "bare: "+j.bare.shares(n))
	return f, nil
}

// whole takes one case from the window to the sealed licence.
func (j *journeys) whole(ctx context.Context) error {
	a := j.acceptance()
	start := time.Now()
	id, err := j.Desk.Accept(ctx, a)
	j.parts.add("accept", start)
	if err != nil {
		return err
	}
	if err := j.wait(ctx, id, "review.Start", 1); err != nil {
		return err
	}
	tasks, err := approval.ByCase(ctx, j.DB, id)
	if err != nil {
		return err
	}
	errs := make([]error, len(tasks))
	var wg sync.WaitGroup
	for i, x := range tasks {
		wg.Go(func() { errs[i] = j.decide(ctx, x) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	last, err := approval.ByCase(ctx, j.DB, id)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(last, func(x approval.Task) bool { return x.Kind == approval.Decide })
	if len(tasks) != 3 || at < 0 {
		return fmt.Errorf("case %s went another way: %d first steps", id, len(tasks))
	}
	if err := j.decide(ctx, last[at]); err != nil {
		return err
	}
	if err := j.wait(ctx, id, "issuance.Seal", 2); err != nil { // the acceptance's paper, the licence
		return err
	}
	c, err := casefile.Get(ctx, j.DB, id)
	if err == nil && c.Stage != casefile.Closed {
		err = fmt.Errorf("case %s ended as %s", id, c.Stage)
	}
	return err
}

func (j *journeys) decide(ctx context.Context, x approval.Task) error {
	d := review.Decision{Task: x.ID, Outcome: approval.Agree, Note: j.doc.Name}
	switch {
	case x.Kind == approval.Decide:
		d.By, d.Outcome, d.Findings = j.staff["build-decide"], approval.Grant, j.findings
	case x.Kind == approval.Review:
		d.By, d.Second = j.staff["build-review-a"], j.staff["build-review-b"].ID
	case x.Organ == j.staff["police-review-a"].Organ:
		d.By = j.staff["police-review-a"]
	default:
		d.By = j.staff["land-review-a"]
	}
	now := j.Now()
	d.Submit = j.submit(d.By, now)
	defer j.parts.add("decide", time.Now())
	return j.Board.Decide(ctx, d)
}

// observe books a delivery's time and tells the case's worker.
func (j *journeys) observe(d event.Delivery, took time.Duration) {
	j.parts.book(d.Hearer, took)
	if d.Key != "" {
		j.tokens(ref.CaseID(d.Key), d.Hearer) <- struct{}{}
	}
}

func (j *journeys) tokens(id ref.CaseID, hearer string) chan struct{} {
	c, _ := j.heard.LoadOrStore(string(id)+hearer, make(chan struct{}, 64))
	return c.(chan struct{})
}

func (j *journeys) wait(ctx context.Context, id ref.CaseID, hearer string, n int) error {
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	for range n {
		select {
		case <-j.tokens(id, hearer):
		case <-limit.C:
			return fmt.Errorf("case %s waits for %s", id, hearer)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// bareCase is the work of a case with nothing between: transactions of one row, two papers.
func (j *journeys) bareCase(ctx context.Context, commits int) error {
	for range commits {
		s := j.submit(j.clerk, j.Now())
		start := time.Now()
		err := j.DB.Write(ctx, "bench.Bare", func(ctx context.Context, tx *db.Tx) error {
			_, err := once.Do(ctx, tx, s, func() (string, error) { return "", nil })
			return err
		})
		j.bare.add("transactions", start)
		if err != nil {
			return err
		}
	}
	for _, layout := range []pdf.Layout{pdf.Letter, pdf.Licence} {
		if err := j.barePaper(ctx, layout); err != nil {
			return err
		}
	}
	return nil
}

func (j *journeys) barePaper(ctx context.Context, layout pdf.Layout) error {
	start := time.Now()
	draft, err := pdf.Render(j.paper(layout))
	j.bare.add("draw", start)
	if err != nil {
		return err
	}
	key, err := j.Ring.Key(j.doc.Organ)
	if err != nil {
		return err
	}
	start = time.Now()
	signed, err := pdf.Sign(draft, key, j.Now(), pdf.SignOptions{Reason: j.doc.Name, Location: j.doc.TaskCode})
	j.bare.add("sign", start)
	if err != nil {
		return err
	}
	defer j.bare.add("files", time.Now())
	for _, b := range [][]byte{draft, signed} {
		if _, err := j.Blobs.Put(ctx, bytes.NewReader(b), 1<<20); err != nil {
			return err
		}
	}
	return nil
}

// parts books where the time goes.
type parts struct {
	mu   sync.Mutex
	took map[string]time.Duration
}

func newParts() *parts { return &parts{took: map[string]time.Duration{}} }

func (p *parts) reset() { p.mu.Lock(); clear(p.took); p.mu.Unlock() }

func (p *parts) add(name string, start time.Time) { p.book(name, time.Since(start)) }

func (p *parts) book(name string, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took[name] += took
}

// shares lists the parts, largest first, as a share of all and as ms a case; waiting for the
// one writer and for the processor counts where it happened.
func (p *parts) shares(cases float64) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all time.Duration
	var names []string
	for name, d := range p.took {
		all += d
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return int(p.took[b] - p.took[a]) })
	var out []string
	for _, name := range names {
		out = append(out, fmt.Sprintf("%s %.0f%% (%.1f ms)", name, 100*p.took[name].Seconds()/all.Seconds(), ms(p.took[name])/cases))
	}
	return strings.Join(out, ", ")
}
