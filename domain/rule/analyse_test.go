package rule

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func kindsOf(r Report) (out []string) {
	for _, f := range r.Findings {
		out = append(out, fmt.Sprint(f.Kind, " ", f.Rows, " ", f.Where))
	}
	return out
}

func TestAnalyseShowsGapsAndOverlaps(t *testing.T) {
	table := sample()
	table.Rows[1].Cells[0] = "[17..100]"
	c, r, flaws := Sound(table)
	if len(flaws) > 0 || !r.Full || !r.Flawed() || c.sound {
		t.Fatal(flaws, r)
	}
	want := []string{
		`overlap [R1 R2] [17 "支路", "次干路" false -]`,
		`gap [] [>= 18 "主干路" false >= date("2026-06-01")]`,
		`gap [] [> 100 - false -]`,
	}
	got := kindsOf(r)
	if slices.Sort(got); !slices.Equal(got, sorted(want)) {
		t.Errorf("%q", got)
	}
	for _, f := range r.Findings {
		p, err := c.Decide(f.Example)
		if f.Kind == KindGap && (err != nil || !p.Gap) || f.Kind == KindOverlap && err == nil {
			t.Errorf("the example of %s %v decides: %v %v", f.Kind, f.Where, p, err)
		}
	}
}

func sorted(s []string) []string { slices.Sort(s); return s }

func TestAnalyseFindsMaskedRows(t *testing.T) {
	table := sample()
	table.Policy = First
	table.Rows[3].Cells[0] = "[20..30]"
	table.Rows[0].Cells = []string{"<= 25", "-", "-", "-"}
	table.Rows[1].Cells = []string{"> 24", "-", "-", "-"}
	got := kindsOf(Analyse(compiled(t, table)))
	for _, want := range []string{"masked [R3] [- - true -]", `masked [R4] [[20..30] "主干路" false < date("2026-06-01")]`} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	table.Rows[0].Cells[1] = `"高速路"`
	if got := kindsOf(Analyse(compiled(t, table))); !slices.ContainsFunc(got, func(s string) bool { return s[:10] == "never [R1]" }) {
		t.Errorf("%q", got)
	}
}

func TestAnalyseSaysWhatItCannotCheck(t *testing.T) {
	table := sample()
	table.Rows[1].Cells[0] = "? > 17 and ? <= 100"
	r := Analyse(compiled(t, table))
	if r.Full || len(r.Unchecked) != 1 || r.Unchecked[0] != "面积" {
		t.Errorf("%+v", r)
	}
}

// random makes a table of small domains, so that its whole space can be walked.
func random(rnd *rand.Rand, policy Policy) Table {
	t := Table{ID: "r", Name: "r", Policy: policy, Inputs: []Input{{Name: "n", Type: TypeNumber}, {Name: "i", Type: TypeInteger}, {Name: "s", Type: TypeString}, {Name: "b", Type: TypeBoolean}, {Name: "d", Type: TypeDate}},
		Outputs: []Output{{Name: "outcome", Type: TypeString, Allowed: `"a","b","c"`}}}
	pick := func(s ...string) string { return s[rnd.IntN(len(s))] }
	for i := range 2 + rnd.IntN(7) {
		t.Rows = append(t.Rows, Row{ID: fmt.Sprintf("R%d", i), Says: "s", Basis: Citation{Law: "l", Article: 1}, Outputs: []string{pick(`"a"`, `"b"`, `"c"`)}, Cells: []string{
			pick("-", "-", "< 1", "[1..2)", ">= 2", "not(1.5)", "1,2"), pick("-", "-", "<= 1", "> 1", "2", "(1..3)", "> 0.5"), pick("-", "-", `"x"`, `not("x")`, `"x","y"`),
			pick("-", "-", "true", "false"), pick("-", "-", `< date("2026-01-02")`, `>= date("2026-01-02")`, `[date("2026-01-02")..date("2026-01-03")]`, `> date("2026-01-03")`)}})
	}
	return t
}

// everywhere calls f with values from every part that the cells of random can tell apart.
func everywhere(f func(map[string]Value)) {
	for _, n := range []string{"0", "1", "1.2", "1.5", "1.7", "2", "3"} {
		for i := range int64(5) {
			for _, s := range []string{"x", "y", "z"} {
				for _, b := range []bool{true, false} {
					for _, d := range []string{"2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"} {
						v, _ := Number(n)
						f(map[string]Value{"n": v, "i": Int(i), "s": Text(s), "b": Bool(b), "d": readDate(d)})
					}
				}
			}
		}
	}
}

// The analysis of random tables is held against walking all of their inputs.
func TestAnalyseAgreesWithWalking(t *testing.T) {
	for seed := range uint64(150) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		for _, policy := range []Policy{Unique, First, Priority} {
			c := compiled(t, random(rnd, policy))
			gaps, overlaps, reached := walk(t, c)
			r := Analyse(c)
			found := map[string][]string{}
			for _, f := range r.Findings {
				found[f.Kind] = append(found[f.Kind], fmt.Sprint(f.Rows))
			}
			if !r.Full || (len(found[KindGap]) > 0) != gaps || !slices.Equal(sorted(found[KindOverlap]), sorted(overlaps)) {
				t.Fatalf("seed %d %s: %+v, gaps %v, overlaps %v", seed, policy, r, gaps, overlaps)
			}
			for i, row := range c.table.Rows {
				masked := slices.Contains(found[KindMasked], fmt.Sprint([]string{row.ID}))
				if policy == First && masked == reached[i] || policy == Priority && masked && reached[i] {
					t.Fatalf("seed %d %s: row %s masked %v, reached %v", seed, policy, row.ID, masked, reached[i])
				}
			}
		}
	}
}

func walk(t *testing.T, c *Compiled) (gaps bool, overlaps []string, reached []bool) {
	reached = make([]bool, len(c.rows))
	pairs := map[string]bool{}
	g := *c.grid
	g.policy = RuleOrder // all hits
	everywhere(func(in map[string]Value) {
		w := &work{}
		w.sized(len(c.facts), len(g.inputs))
		if err := c.admit(w, in); err != nil {
			t.Fatal(err)
		}
		hits := g.hits(&w.frame, w.values, nil)
		gaps = gaps || len(hits) == 0
		for i, x := range hits {
			for _, y := range hits[i+1:] {
				pairs[fmt.Sprint([]string{c.table.Rows[x].ID, c.table.Rows[y].ID})] = true
			}
		}
		if p, err := c.Decide(in); err == nil && len(p.Hits) > 0 {
			reached[p.Hits[0].Index] = true
		}
	})
	for p := range pairs {
		overlaps = append(overlaps, p)
	}
	return gaps, overlaps, reached
}

func wide(rows int) Table {
	rnd := rand.New(rand.NewPCG(7, 7))
	t := Table{ID: "w", Name: "w", Policy: First, Outputs: []Output{{Name: "outcome", Type: TypeString}}}
	for j := range 10 {
		t.Inputs = append(t.Inputs, Input{Name: fmt.Sprintf("x%d", j), Type: TypeNumber})
	}
	for i := range rows {
		r := Row{ID: fmt.Sprintf("R%d", i), Says: "s", Basis: Citation{Law: "l", Article: 1}, Outputs: []string{`"a"`}}
		for range 10 {
			lo := rnd.IntN(100)
			r.Cells = append(r.Cells, []string{"-", "-", fmt.Sprintf("[%d..%d)", lo, lo+30), fmt.Sprintf("< %d", lo), fmt.Sprintf(">= %d", lo)}[rnd.IntN(5)])
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func BenchmarkAnalyseTenInputsFiftyRows(b *testing.B) {
	c := compiled(b, wide(50))
	b.ReportAllocs()
	for b.Loop() {
		if r := Analyse(c); len(r.Findings) == 0 {
			b.Fatal(r)
		}
	}
}
