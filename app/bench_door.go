package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/rule"
	"yimen/foundation/db"
	"yimen/foundation/search"
)

// benchFind: the front door's search over 10,000 items, on SQLite and, where there is one, on PostgreSQL.
func benchFind(ctx context.Context) ([]figure, error) {
	f, err := findFigure(ctx, "find-10000", "")
	if err != nil {
		return nil, err
	}
	out := []figure{f}
	address, err := ownPostgres(ctx)
	if err != nil {
		return nil, err
	}
	if address != "" {
		if f, err = findFigure(ctx, "find-pg", address); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

const copiesOfTown = 10_000/manyItems + 1

func findFigure(ctx context.Context, name, address string) (figure, error) {
	f := figure{name: name, unit: "ms p95"}
	t, err := openBenchTown(ctx, address, nil)
	if err != nil {
		return f, err
	}
	defer t.drop()
	asked, err := t.questions(ctx)
	if err != nil {
		return f, err
	}
	if err := t.multiply(ctx); err != nil {
		return f, err
	}
	var took, bare []time.Duration
	found := 0
	for _, q := range asked {
		at := time.Now()
		rows, err := catalog.Find(ctx, t.DB, q)
		if err != nil {
			return f, err
		}
		took = append(took, time.Since(at))
		found += min(len(rows), 1)
		at = time.Now()
		if _, err := db.Find[string](ctx, t.DB, "select name from catalog_item where id >= $1 order by id limit $2", "cc-road", q.Limit); err != nil {
			return f, err
		}
		bare = append(bare, time.Since(at))
	}
	slices.Sort(took)
	slices.Sort(bare)
	f.value, f.ratio = ms(percentile(took, 0.95)), ms(percentile(took, 0.95))/ms(percentile(bare, 0.95))
	f.limit = fmt.Sprintf("%.2f ms p95 for as many rows by primary key alone", ms(percentile(bare, 0.95)))
	f.notes = append(f.notes, fmt.Sprintf("%d items, %d questions, %d with an answer, worst %.1f ms", copiesOfTown*manyItems, len(asked), found, ms(took[len(took)-1])))
	f.want(f.value < 20, "< 20 ms")
	f.want(found*10 >= len(asked)*9, "nine of ten questions find something")
	return f, nil
}

// questions are what people type: each item's first everyday word, its name with a wrong character, its pinyin and
// initials, and the needs of both sides.
func (t *benchTown) questions(ctx context.Context) (out []catalog.Looking, err error) {
	items, err := t.benchItems(ctx)
	if err != nil {
		return nil, err
	}
	add := func(q catalog.Looking) { q.Limit = 31; out = append(out, q) }
	for _, it := range items {
		add(catalog.Looking{Words: it.Aliases[0]})
		if name := []rune(it.Name); len(name) > 4 {
			name[2] = '某'
			add(catalog.Looking{Words: string(name)})
		}
		full, initials := search.Pinyin(it.Aliases[0])
		add(catalog.Looking{Words: full})
		add(catalog.Looking{Words: initials})
		add(catalog.Looking{Need: it.Needs[0].Name, Side: catalog.Person})
		add(catalog.Looking{Words: it.Aliases[0], Side: catalog.Company})
	}
	return out, nil
}

// multiply writes the town's items over until there are 10,000.
func (t *benchTown) multiply(ctx context.Context) error {
	for n := 2; n <= copiesOfTown; n++ {
		of := fmt.Sprintf("-%d", n)
		err := t.DB.Write(ctx, "bench.Multiply", func(ctx context.Context, tx *db.Tx) error {
			for _, sql := range []string{
				`insert into catalog_item (id, version, name, organ, task_code, project_type, audience, walk_through, state, reason, since, level, task_type, catalog_code)
					select id || $1, version, name, organ, task_code, project_type, audience, walk_through, state, reason, since, level, task_type, catalog_code from catalog_item where id not like '%-_' and id not like '%-__'`,
				`insert into catalog_term (term, item) select term, item || $1 from catalog_term where item not like '%-_' and item not like '%-__'`,
				`insert into catalog_facet (item, kind, value, value_en) select item || $1, kind, value, value_en from catalog_facet where item not like '%-_' and item not like '%-__'`,
			} {
				if _, err := tx.Exec(ctx, sql, of); err != nil {
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

// benchRule: one decision of a ten-row table over four facts, on one goroutine, against the same ten rows written out in Go.
func benchRule(context.Context) ([]figure, error) {
	c, flaws := rule.Compile(tenRows())
	if len(flaws) > 0 {
		return nil, fmt.Errorf("the table does not compile: %+v", flaws)
	}
	facts := map[string]rule.Value{"length": rule.Int(195), "road": rule.Text("main"), "urgent": rule.Bool(false), "plan": rule.Text("yes")}
	p, err := c.Decide(facts)
	if err != nil || p.Row != "R10" {
		return nil, fmt.Errorf("row %s: %w", p.Row, err)
	}
	f := figure{name: "rule-10", unit: "decisions/s", value: perSecond(func() { p, _ = c.Decide(facts) })}
	length, road, urgent, row := 195, "main", false, 0
	bare := perSecond(func() {
		for i := range 10 {
			if length >= 100+10*i && length < 110+10*i && road == "main" && !urgent {
				row = i
				break
			}
		}
	})
	f.limit, f.ratio = fmt.Sprintf("%.0f million/s of the same rows written out in Go", bare/1e6), f.value/bare
	f.notes = append(f.notes, fmt.Sprintf("one core, four facts, the last row holds (%d)", row+1))
	f.want(f.value >= 200_000, "≥ 200,000/s")
	return []figure{f}, nil
}

func tenRows() rule.Table {
	t := rule.Table{ID: "bench", Name: "bench", Policy: "F", Outputs: []rule.Output{{Name: "outcome", Label: "outcome", Type: "string"}},
		Inputs: []rule.Input{{Name: "length", Label: "length", Type: "number"}, {Name: "road", Label: "road", Type: "string"}, {Name: "urgent", Label: "urgent", Type: "boolean"}, {Name: "plan", Label: "plan", Type: "string"}}}
	for i := range 10 {
		t.Rows = append(t.Rows, rule.Row{ID: fmt.Sprintf("R%d", i+1), Cells: []string{fmt.Sprintf("[%d..%d)", 100+10*i, 110+10*i), `"main"`, "false", "-"},
			Outputs: []string{`"grant"`}, Says: "says", Basis: rule.Citation{Law: "law", Article: 1, Text: "text"}})
	}
	return t
}

// perSecond repeats an act for half a second.
func perSecond(act func()) float64 {
	n, begun := 0, time.Now()
	for time.Since(begun) < 500*time.Millisecond {
		for range 1000 {
			act()
		}
		n += 1000
	}
	return float64(n) / time.Since(begun).Seconds()
}
