package app

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/clock"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/process/standards"
	"yimen/ref"
)

// benchDue: due dates computed a second on one core, with a pause and an extension among the facts; beside it counting
// working days in the calendar alone.
func benchDue(context.Context) ([]figure, error) {
	const runs = 2_000_000
	cal, at := calendar.Default(), calendar.On(2026, 2, 5).At(10*time.Hour)
	in := clock.Input{Calendar: cal, Facts: clock.Facts{Accepted: at}, Span: clock.Span{N: 20, Unit: clock.Workday}, Rules: clock.UsualRules, Now: at}
	plain, err := dues(in, runs)
	if err != nil {
		return nil, err
	}
	in.Facts.Pauses = []clock.Pause{{From: at.Add(48 * time.Hour), To: at.Add(200 * time.Hour)}}
	in.Facts.Extensions = []clock.Extension{{At: at.Add(300 * time.Hour), Span: clock.Span{N: 10, Unit: clock.Workday}}}
	moved, err := dues(in, runs/4)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	day := calendar.DateOf(at)
	for range runs {
		end, _ := cal.AddWorkdays(day, 20)
		runtime.KeepAlive(end)
	}
	bare := runs / time.Since(began).Seconds()
	f := figure{name: "due", value: plain / 1e6, unit: "M/s", limit: fmt.Sprintf("%.1f M/s counting alone", bare/1e6), ratio: plain / bare}
	f.notes = append(f.notes, fmt.Sprintf("with a pause and an extension %.2f M/s", moved/1e6))
	f.want(plain >= 1e6, "≥ 1 M/s")
	return []figure{f}, nil
}

func dues(in clock.Input, n int) (float64, error) {
	began := time.Now()
	for range n {
		if _, err := clock.Compute(in); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// recomputed is how many open cases a change of the calendar finds.
const recomputed = 100_000

func benchRecompute(ctx context.Context) ([]figure, error) { return recomputeOn(ctx, "recompute", "") }

func benchRecomputePG(ctx context.Context) ([]figure, error) {
	address, err := ownPostgres(ctx)
	if err != nil {
		return nil, err
	}
	if address == "" {
		f := figure{name: "recompute-pg", unit: "s", limit: "none"}
		f.want(false, "YIMEN_BENCH_PG names no PostgreSQL (scripts/bench.sh makes one)")
		return []figure{f}, nil
	}
	return recomputeOn(ctx, "recompute-pg", address)
}

// recomputeOn: a day is closed that moves every one of 100,000 open cases and its open task; beside it, reading them.
func recomputeOn(ctx context.Context, name, address string) ([]figure, error) {
	t, err := openBenchTown(ctx, address, nil)
	if err != nil {
		return nil, err
	}
	defer t.drop()
	if err := t.openCases(ctx, recomputed); err != nil {
		return nil, err
	}
	admin, err := org.StaffByAccount(ctx, t.DB, "admin")
	if err != nil {
		return nil, err
	}
	began := time.Now()
	for after, more := ref.CaseItemID(""), true; more; {
		rows, err := casefile.Running(ctx, t.DB, after, 400)
		if err != nil {
			return nil, err
		}
		if more = len(rows) == 400; more {
			after = rows[399].ID
		}
	}
	reading := time.Since(began)
	a := standards.Doing{By: admin}
	a.Submit.Actor, a.Submit.Route, a.Submit.Key, a.Submit.At = "staff:"+string(admin.ID), "bench", db.NewID(), t.Now()
	if err := t.Library.EnterDay(ctx, a, (calendar.DateOf(t.Now()) + 1).String(), false, "台风停办一天"); err != nil {
		return nil, err
	}
	began = time.Now()
	err = t.Board.Recompute(ctx, event.Delivery{}, clock.Changed{ID: "bench"})
	if err != nil && !errors.Is(err, event.ErrStale) { // called by hand, there is no delivery to acknowledge
		return nil, err
	}
	took := time.Since(began)
	f := figure{name: name, value: took.Seconds(), unit: "s", limit: fmt.Sprintf("%.2f s reading them", reading.Seconds()), ratio: took.Seconds() / reading.Seconds()}
	left, err := db.One[int64](ctx, t.DB, "select count(*) from casefile_item where clock <> '' and due_at = $1", t.clockDue())
	if err != nil {
		return nil, err
	}
	f.notes = append(f.notes, fmt.Sprintf("%d cases with a task each", recomputed))
	f.want(left == 0, "every case moved; %d did not", left)
	f.want(took < 30*time.Second, "< 30 s")
	return []figure{f}, nil
}

// clockDue is when a case of the bench's item accepted now is due.
func (t *benchTown) clockDue() time.Time {
	s := t.doc.Times.Promised
	d, _ := clock.Compute(clock.Input{Calendar: calendar.Default(), Facts: clock.Facts{Accepted: t.Now()}, Span: clock.Span{N: s.N, Unit: clock.Unit(s.Unit)}, Rules: clock.UsualRules, Now: t.Now()})
	return d.Due
}

// openCases writes cases under review past every process, each with an open task.
func (t *benchTown) openCases(ctx context.Context, n int) error {
	due, now := t.clockDue(), t.Now()
	cases, items, facts, tasks := make([]casefile.Case, n), make([]casefile.Item, n), make([]casefile.Fact, 0, 2*n), make([]approval.Task, n)
	for i := range n {
		id := ref.CaseID(fmt.Sprintf("bench-%08d", i))
		item := ref.CaseItemID("item-" + string(id))
		cases[i] = casefile.Case{ID: id, Number: ref.ShortNumber(fmt.Sprintf("4406042603%08d", i)), Party: "bench", Organ: t.doc.Organ, Item: t.doc.ID, Place: "440604012", Channel: ref.ChannelWindow,
			Rev: 1, Stage: casefile.Accepted, ReceivedAt: now, AcceptedAt: now, Due: due, Parts: 1}
		items[i] = casefile.Item{ID: item, Case: id, Item: t.doc.ID, Version: t.item.ID, Number: ref.CaseNumber(fmt.Sprintf("bench%038d", i)), Organ: t.doc.Organ, Town: "440604012",
			Stage: casefile.Accepted, Clock: casefile.DecideClock, AcceptedAt: now, Due: due, LegalDue: due, SoonAt: due}
		facts = append(facts, casefile.Fact{Case: id, Seq: 1, Kind: casefile.FactReceived, At: now, Data: "{}"}, casefile.Fact{Case: id, Seq: 2, Item: item, Kind: casefile.FactAccepted, At: now, Data: "{}"})
		tasks[i] = approval.Task{ID: ref.TaskID("task-" + string(id)), Case: id, CaseItem: item, Step: "review", Round: 1, Kind: approval.Review, Organ: t.doc.Organ, Item: t.doc.ID,
			Number: cases[i].Number, State: approval.Open, Due: due, Made: now}
	}
	if err := pour(ctx, t.DB, cases, func(ctx context.Context, tx *db.Tx, some []casefile.Case) error {
		return db.Insert(ctx, tx, "casefile_case", some...)
	}); err != nil {
		return err
	}
	if err := pour(ctx, t.DB, items, func(ctx context.Context, tx *db.Tx, some []casefile.Item) error {
		return db.Insert(ctx, tx, "casefile_item", some...)
	}); err != nil {
		return err
	}
	if err := pour(ctx, t.DB, facts, func(ctx context.Context, tx *db.Tx, some []casefile.Fact) error {
		return db.Insert(ctx, tx, "casefile_fact", some...)
	}); err != nil {
		return err
	}
	return pour(ctx, t.DB, tasks, func(ctx context.Context, tx *db.Tx, some []approval.Task) error {
		return db.Insert(ctx, tx, "approval_task", some...)
	})
}
