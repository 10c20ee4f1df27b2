package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/process/review"
	"yimen/ref"
	"yimen/view/workbench"
)

const (
	heapTasks = 1_000_000
	heapCases = 100_000
	heapAsks  = 40 // of each box by each officer
)

// benchInbox: any page of any box of an inbox beside 1,000,000 tasks of a whole town, of which four in ten are open and a third of
// those are held; on SQLite and, where there is one, on PostgreSQL.
func benchInbox(ctx context.Context) ([]figure, error) {
	f, err := inboxFigure(ctx, "inbox", "")
	if err != nil {
		return nil, err
	}
	address, err := ownPostgres(ctx)
	if err != nil || address == "" {
		return []figure{f}, err
	}
	pg, err := inboxFigure(ctx, "inbox-pg", address)
	return []figure{f, pg}, err
}

func inboxFigure(ctx context.Context, name, address string) (figure, error) {
	f := figure{name: name, unit: "ms p95"}
	t, err := openBenchTown(ctx, address, nil)
	if err != nil {
		return f, err
	}
	defer t.drop()
	start := time.Now()
	who, err := t.heap(ctx)
	if err != nil {
		return f, err
	}
	f.notes = append(f.notes, fmt.Sprintf("%d tasks made in %.0f s, asked by %d officers", heapTasks, time.Since(start).Seconds(), len(who)))
	rnd := rand.New(rand.NewPCG(1, 2))
	var all []time.Duration
	for _, box := range []workbench.Box{workbench.Mine, workbench.Group, workbench.Others, ""} {
		took, rows, err := t.turn(ctx, rnd, who, box)
		if err != nil {
			return f, err
		}
		p95, shown := ms(percentile(took, 0.95)), string(box)
		if box == "" {
			shown = "all"
		}
		f.notes = append(f.notes, fmt.Sprintf("%s %.1f (worst %.1f, %d rows a page)", shown, p95, ms(took[len(took)-1]), rows/len(took)))
		f.want(p95 < 20, "%s p95 < 20 ms", shown)
		f.want(rows > 0, "%s shows something", shown)
		all = append(all, took...)
	}
	slices.Sort(all)
	bare, err := t.bareTasks(ctx, rnd)
	if err != nil {
		return f, err
	}
	f.value = ms(percentile(all, 0.95))
	f.ratio, f.limit = f.value/bare, fmt.Sprintf("%.1f ms p95 for %d rows by primary key alone", bare, workbench.Size)
	f.want(f.value < 20, "p95 < 20 ms")
	return f, nil
}

// turn asks for pages of a box, the first and deep ones, and says how many rows came in all.
func (t *benchTown) turn(ctx context.Context, rnd *rand.Rand, who []org.Staff, box workbench.Box) (took []time.Duration, rows int, err error) {
	for range heapAsks {
		for _, s := range who {
			var after workbench.Key
			if rnd.IntN(2) == 0 {
				after = workbench.Key(fmt.Sprintf("%d.", t.Now().AddDate(0, 0, rnd.IntN(40)-20).UnixMicro()))
			}
			at := time.Now()
			page, _, err := t.Work.Inbox(ctx, s, review.Grants, box, after)
			if err != nil {
				return nil, 0, err
			}
			took, rows = append(took, time.Since(at)), rows+len(page)
		}
	}
	slices.Sort(took)
	return took, rows, nil
}

// bareTasks reads as many rows by primary key as a page has; p95 in ms.
func (t *benchTown) bareTasks(ctx context.Context, rnd *rand.Rand) (float64, error) {
	var took []time.Duration
	for range 200 {
		ids := make([]any, workbench.Size)
		for i := range ids {
			ids[i] = fmt.Sprintf("task-%d", rnd.IntN(heapTasks)+1)
		}
		at := time.Now()
		if _, err := db.Find[string](ctx, t.DB, "select number from approval_task where id in "+db.In(1, len(ids)), ids...); err != nil {
			return 0, err
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	return ms(percentile(took, 0.95)), nil
}

// heap fills the tables that inboxes read, from one real case and past every rule, and gives the officers who decide, review
// and give opinions. Few items make most of the work; who holds a task is of its organ.
func (t *benchTown) heap(ctx context.Context) ([]org.Staff, error) {
	if _, err := t.Desk.Accept(ctx, t.acceptance()); err != nil {
		return nil, err
	}
	now := t.Now().UnixMicro()
	day := int64(24 * time.Hour / time.Microsecond)
	for _, text := range []string{
		fmt.Sprintf(`insert into casefile_case (id, number, party, organ, item, place, channel, hall, window_id, clerk, ticket_id, on_behalf_of, rev, stage, received_at, accepted_at, due_at, provisional, closed_at)
			with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < %d)
			select 'case-' || n.i, 'bench-' || n.i, p.id, c.organ, c.item, c.place, c.channel, c.hall, c.window_id, c.clerk, c.ticket_id, '', 1, c.stage, c.received_at + n.i, c.accepted_at, c.due_at, 0, 0
			from n join (select id, row_number() over (order by id) - 1 as k, count(*) over () as all_of from party_party) p on p.k = n.i %% p.all_of
			cross join (select * from casefile_case limit 1) c`, heapCases),
		fmt.Sprintf(`insert into approval_task (id, case_id, case_item, step, round, kind, name, organ, item, number, state, due_at, made_at, done_at, done_by, second, outcome, rule_row, holder, held_at)
			with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n where i < %d)
			select 'task-' || n.i, 'case-' || (n.i %% %d + 1), 'item-' || n.i, 's', 1,
				case n.i %% 7 when 0 then 'accept' when 1 then 'opinion' when 2 then 'opinion' when 3 then 'decide' when 4 then 'precheck' else 'review' end,
				'', x.organ, x.id, 'bench', case when n.i %% 10 < 4 then 'open' else 'done' end, %d + (n.i * 7919 %% 400 - 200) * %d, %d, 0, '', '', '', '',
				case when n.i %% 3 = 0 then coalesce(s.id, '') else '' end, %d
			from n join (select id, organ, row_number() over (order by id) - 1 as k, count(*) over () as all_of from catalog_item) x
				on x.k = (case when n.i %% 4 = 0 then n.i * 31 %% x.all_of else n.i * 31 %% 40 end)
			left join (select id, organ, row_number() over (partition by organ order by id) - 1 as k from org_staff) s on s.organ = x.organ and s.k = n.i / 3 %% 4`,
			heapTasks, heapCases, now, day/10, now, now),
	} {
		if err := t.run(ctx, text); err != nil {
			return nil, err
		}
	}
	return t.officers(ctx)
}

// officers are those with the most open tasks in their organs.
func (t *benchTown) officers(ctx context.Context) (out []org.Staff, err error) {
	ids, err := db.Find[ref.StaffID](ctx, t.DB, `select s.id from org_staff s join (select organ, count(*) as n from approval_task where state = 'open' group by organ) o on o.organ = s.organ
		where exists (select 1 from delegation_grant g where g.staff = s.id and g.kind in ('opinion', 'review', 'decide')) order by o.n desc, s.id limit 10`)
	for _, id := range ids {
		s, err := org.GetStaff(ctx, t.DB, id)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, err
}
