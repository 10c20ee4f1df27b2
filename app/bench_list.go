package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/search"
	"yimen/ref"
	"yimen/view/workbench"
)

const listAsks = 200 // of each kind

// benchList: any page of a list over 1,000,000 cases on SQLite: the first, deep ones by key, and
// filtered by stage, organ, clerk and the applicant's name, whole or in part.
func benchList(ctx context.Context) ([]figure, error) {
	t, err := openBenchTown(ctx, "", nil)
	if err != nil {
		return nil, err
	}
	defer t.drop()
	start := time.Now()
	g, err := t.flood(ctx)
	if err != nil {
		return nil, err
	}
	made := time.Since(start)
	f := figure{name: "list", unit: "ms p95"}
	var all []time.Duration
	for _, kind := range g.kinds() {
		took := make([]time.Duration, 0, listAsks)
		for range listAsks {
			filter := kind.ask()
			at := time.Now()
			if _, _, err := t.Work.Cases(ctx, filter); err != nil {
				return nil, err
			}
			if _, err := t.Work.Count(ctx, filter); err != nil { // a page says how many there are, up to 1,000
				return nil, err
			}
			took = append(took, time.Since(at))
		}
		slices.Sort(took)
		all = append(all, took...)
		p95 := ms(percentile(took, 0.95))
		f.notes = append(f.notes, fmt.Sprintf("%s %.1f (worst %.1f)", kind.name, p95, ms(took[len(took)-1])))
		f.want(p95 < 20, "%s p95 < 20 ms", kind.name)
	}
	slices.Sort(all)
	bare, err := g.bare(ctx, t.DB)
	if err != nil {
		return nil, err
	}
	f.value = ms(percentile(all, 0.95))
	f.ratio = f.value / bare
	f.limit = fmt.Sprintf("%.1f ms p95 for %d rows by primary key alone", bare, workbench.Size)
	f.notes = append(f.notes, fmt.Sprintf("%d cases of %d parties made in %.0f s", floodCases, floodParties, made.Seconds()))
	f.want(f.value < 20, "p95 < 20 ms")
	return []figure{f}, nil
}

type listKind struct {
	name string
	ask  func() workbench.Filter
}

// kinds are the ways people turn pages.
func (g *flood) kinds() []listKind {
	name := func(cut func([]rune) []rune) func() workbench.Filter {
		return func() workbench.Filter {
			return workbench.Filter{Name: string(cut([]rune(g.names[g.rnd.IntN(floodParties)])))}
		}
	}
	company := func(cut func([]rune) []rune) func() workbench.Filter {
		return func() workbench.Filter {
			return workbench.Filter{Name: string(cut([]rune(g.names[floodPersons+g.rnd.IntN(floodParties-floodPersons)])))}
		}
	}
	return []listKind{
		{"first", func() workbench.Filter { return workbench.Filter{} }},
		{"deep", func() workbench.Filter { return workbench.Filter{After: g.somewhere()} }},
		{"stage", func() workbench.Filter {
			return workbench.Filter{Stage: one(g.rnd, casefile.Stages()), After: g.somewhere()}
		}},
		{"organ", func() workbench.Filter { return workbench.Filter{Organ: one(g.rnd, g.organs), After: g.somewhere()} }},
		{"clerk", func() workbench.Filter { return workbench.Filter{Clerk: one(g.rnd, g.clerks).ID} }},
		{"stage+organ", func() workbench.Filter {
			return workbench.Filter{Stage: one(g.rnd, casefile.Stages()), Organ: one(g.rnd, g.organs)}
		}},
		{"name", name(func(r []rune) []rune { return r })},
		{"brand", company(func(r []rune) []rune { return r[6:9] })},
		{"trade", company(func(r []rune) []rune { return r[9:11] })},
		{"district", company(func(r []rune) []rune { return r[:5] })},
		{"name+stage", func() workbench.Filter {
			return workbench.Filter{Name: g.names[g.rnd.IntN(floodParties)], Stage: casefile.Closed}
		}},
	}
}

const (
	floodCases   = 1_000_000
	floodPersons = 200_000
	floodParties = 220_000 // the rest are companies
	floodDays    = 700
)

// flood is two years of a busy town, written past every rule; for measuring only.
type flood struct {
	rnd    *rand.Rand
	names  []string
	organs []ref.OrganID
	clerks []org.Staff
	items  []floodItem
	halls  []org.Hall
	begin  time.Time
}

type floodItem struct {
	ID    ref.ItemID  `db:"id"`
	Organ ref.OrganID `db:"organ"`
}

func one[T any](rnd *rand.Rand, of []T) T { return of[rnd.IntN(len(of))] }

// flood fills the tables that lists read, indexes last.
func (t *benchTown) flood(ctx context.Context) (*flood, error) {
	g := &flood{rnd: rand.New(rand.NewPCG(1, 2)), begin: t.Now().AddDate(0, 0, -floodDays)}
	if err := g.know(ctx, t); err != nil {
		return nil, err
	}
	indexes, err := t.withoutIndexes(ctx)
	if err != nil {
		return nil, err
	}
	if err := g.parties(ctx, t); err != nil {
		return nil, err
	}
	if err := g.cases(ctx, t); err != nil {
		return nil, err
	}
	for _, text := range indexes {
		if err := t.run(ctx, text); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (t *benchTown) run(ctx context.Context, text string) error {
	return t.DB.Write(ctx, "bench.Flood", func(ctx context.Context, tx *db.Tx) error { _, err := tx.Exec(ctx, text); return err })
}

// withoutIndexes drops the case table's indexes and gives the statements that make them again.
func (t *benchTown) withoutIndexes(ctx context.Context) ([]string, error) {
	type index struct {
		Name string `db:"name"`
		Text string `db:"sql"`
	}
	all, err := db.Find[index](ctx, t.DB, "select name, sql from sqlite_master where type = 'index' and tbl_name = 'casefile_case' and sql is not null")
	var out []string
	for _, x := range all {
		out = append(out, x.Text)
		if err == nil {
			err = t.run(ctx, "drop index "+x.Name)
		}
	}
	return out, err
}

// know reads the town's organs, items and people, whose names are mixed anew.
func (g *flood) know(ctx context.Context, t *benchTown) (err error) {
	if g.items, err = db.Find[floodItem](ctx, t.DB, "select id, organ from catalog_item order by id"); err != nil {
		return err
	}
	for _, x := range g.items {
		if !slices.Contains(g.organs, x.Organ) {
			g.organs = append(g.organs, x.Organ)
		}
	}
	if g.halls, err = org.Halls(ctx, t.DB); err != nil {
		return err
	}
	staff, err := org.AllStaff(ctx, t.DB, "", 1000)
	for _, s := range staff {
		if s.Has("clerk") {
			g.clerks = append(g.clerks, s)
		}
	}
	if err != nil {
		return err
	}
	known, err := db.Find[party.Party](ctx, t.DB, "select id, kind, name, number_blind, made_at from party_party order by id")
	var persons, companies [][]rune
	for _, p := range known {
		if p.Kind == ref.PartyNatural {
			persons = append(persons, []rune(p.Name))
		} else if r := []rune(p.Name); len(r) > 10 {
			companies = append(companies, r)
		}
	}
	g.names = make([]string, floodParties)
	for i := range g.names {
		if i < floodPersons {
			g.names[i] = string(one(g.rnd, persons)[:1]) + string(one(g.rnd, persons)[1:])
			continue
		}
		c := one(g.rnd, companies) // district, a brand of three characters, trade
		g.names[i] = string(c[:6]) + string(one(g.rnd, companies)[6]) + string(one(g.rnd, companies)[7]) + string(one(g.rnd, persons)[:1]) + string(c[8:])
	}
	return err
}

func floodParty(i int) ref.PartyID {
	return ref.PartyID(fmt.Sprintf("01900000-0000-7000-8000-%012d", i))
}

type floodTerm struct {
	Term  string      `db:"term"`
	Party ref.PartyID `db:"party"`
}

func (g *flood) parties(ctx context.Context, t *benchTown) error {
	rows, terms := make([]party.Party, len(g.names)), []floodTerm{}
	for i, name := range g.names {
		rows[i] = party.Party{ID: floodParty(i), Kind: ref.PartyNatural, Name: name, Blind: fmt.Sprintf("bench:%012d", i), Made: g.begin}
		if i >= floodPersons {
			rows[i].Kind = ref.PartyLegal
		}
		for _, term := range search.Terms(name) {
			terms = append(terms, floodTerm{term, rows[i].ID})
		}
	}
	slices.SortFunc(terms, func(a, b floodTerm) int { // in the index's order, which is fastest
		if c := strings.Compare(a.Term, b.Term); c != 0 {
			return c
		}
		return strings.Compare(string(a.Party), string(b.Party))
	})
	if err := pour(ctx, t.DB, rows, func(ctx context.Context, tx *db.Tx, some []party.Party) error {
		return db.Insert(ctx, tx, "party_party", some...)
	}); err != nil {
		return err
	}
	return pour(ctx, t.DB, terms, func(ctx context.Context, tx *db.Tx, some []floodTerm) error {
		return db.Insert(ctx, tx, "party_term", some...)
	})
}

// pour inserts rows, 20 a statement (finding a numbered parameter takes the driver longer the
// more there are), 50,000 a transaction.
func pour[T any](ctx context.Context, d *db.DB, rows []T, insert func(context.Context, *db.Tx, []T) error) error {
	for lot := range slices.Chunk(rows, 50_000) {
		err := d.Write(ctx, "bench.Flood", func(ctx context.Context, tx *db.Tx) error {
			for some := range slices.Chunk(lot, 20) {
				if err := insert(ctx, tx, some); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *flood) cases(ctx context.Context, t *benchTown) error {
	lot := make([]casefile.Case, 0, 50_000)
	for i := range floodCases {
		lot = append(lot, g.oneCase(i))
		if len(lot) < cap(lot) && i < floodCases-1 {
			continue
		}
		if err := pour(ctx, t.DB, lot, func(ctx context.Context, tx *db.Tx, some []casefile.Case) error {
			return db.Insert(ctx, tx, "casefile_case", some...)
		}); err != nil {
			return err
		}
		lot = lot[:0]
	}
	return nil
}

// at is when the i-th case was received: evenly over the days.
func (g *flood) at(i int) time.Time {
	return g.begin.Add(time.Duration(i) * (floodDays * 24 * time.Hour / floodCases))
}

func floodCase(at time.Time, i int) string {
	return fmt.Sprintf("%08x-%04x-7000-8000-%012d", at.UnixMilli()>>16, at.UnixMilli()&0xffff, i)
}

// oneCase: most are closed long ago, some are under way; few items make most of the work; two
// in five come from companies; one applicant in a thousand comes all the time.
func (g *flood) oneCase(i int) casefile.Case {
	at := g.at(i)
	item, who, clerk := g.items[min(g.rnd.IntN(len(g.items)), g.rnd.IntN(len(g.items)))], g.rnd.IntN(floodPersons), one(g.rnd, g.clerks)
	switch n := g.rnd.IntN(1000); {
	case n < 50:
		who = floodPersons + g.rnd.IntN(100)
	case n < 400:
		who = floodPersons + g.rnd.IntN(floodParties-floodPersons)
	}
	c := casefile.Case{ID: ref.CaseID(floodCase(at, i)), Number: ref.ShortNumber(fmt.Sprintf("440604%s%06X", at.Format("060102"), i&0xffffff)), Party: floodParty(who), Organ: item.Organ, Item: item.ID,
		Place: one(g.rnd, g.halls).Division, Channel: ref.ChannelWindow, Hall: one(g.rnd, g.halls).ID, Clerk: clerk.ID, Rev: 9, Stage: casefile.Closed,
		ReceivedAt: at, AcceptedAt: at, Due: at.AddDate(0, 0, 20), ClosedAt: at.AddDate(0, 0, 9)}
	if n := g.rnd.IntN(100); n < 4 || i > floodCases-20_000 && n < 60 {
		c.Stage, c.ClosedAt = one(g.rnd, casefile.Stages()), time.Time{}
	}
	return c
}

// somewhere is a page's key anywhere in the list.
func (g *flood) somewhere() workbench.Key {
	i := g.rnd.IntN(floodCases)
	return workbench.Key(fmt.Sprintf("%d.%s", g.at(i).UnixMicro(), floodCase(g.at(i), i)))
}

// bare reads as many rows by primary key as a page has; p95 in ms.
func (g *flood) bare(ctx context.Context, r db.Reader) (float64, error) {
	var took []time.Duration
	for range listAsks {
		args := make([]any, workbench.Size)
		for k := range args {
			i := g.rnd.IntN(floodCases)
			args[k] = floodCase(g.at(i), i)
		}
		at := time.Now()
		if _, err := db.Find[string](ctx, r, "select number from casefile_case where id in "+db.In(1, len(args)), args...); err != nil {
			return 0, err
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	return ms(percentile(took, 0.95)), nil
}
