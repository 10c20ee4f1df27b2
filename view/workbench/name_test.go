package workbench_test

import (
	"context"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/casefile"
	"yimen/view/workbench"
)

// Both ways of narrowing to a name find the same cases, alone and beside other filters.
func TestNameNarrowsBothWays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		first := a.Accept("clerk01", "cc-road-dig", "company-01")
		second := a.Accept("clerk01", "cc-road-dig", "company-01")
		a.Accept("clerk01", "cc-road-dig", "company-02")
		whole := a.Person("company-01").Name
		usual := *workbench.FewParties
		t.Cleanup(func() { *workbench.FewParties = usual })
		for _, few := range []int64{usual, 0} {
			*workbench.FewParties = few
			for _, c := range []struct {
				filter workbench.Filter
				want   int
			}{
				{workbench.Filter{Name: whole}, 2},
				{workbench.Filter{Name: string([]rune(whole)[:3])}, 3},
				{workbench.Filter{Name: whole, Stage: casefile.Accepted}, 2},
				{workbench.Filter{Name: whole, Stage: casefile.Closed}, 0},
				{workbench.Filter{Name: "𪚥𪚥"}, 0},
				{workbench.Filter{}, 3},
			} {
				rows, next, err := a.Work.Cases(context.Background(), c.filter)
				if err != nil || next != "" || len(rows) != c.want {
					t.Fatalf("few %d, %+v: %d cases, %v", few, c.filter, len(rows), err)
				}
				n, err := a.Work.Count(context.Background(), c.filter)
				if err != nil || int(n) != c.want {
					t.Fatalf("few %d, %+v: counted %d, %v", few, c.filter, n, err)
				}
				if c.want == 2 && (rows[0].ID != second || rows[1].ID != first) {
					t.Fatal("not the latest first", rows)
				}
			}
		}
	})
}
