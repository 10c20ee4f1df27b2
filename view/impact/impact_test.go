package impact_test

import (
	"testing"

	"yimen/app/apptest"
	"yimen/domain/catalog"
	"yimen/view/impact"
)

// TestRunningCasesAreCounted: only what is not decided yet counts, and each case is shown with its version.
func TestRunningCasesAreCounted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v, ctx := &impact.View{DB: a.DB}, t.Context()
		if none, err := v.Running(ctx); err != nil || len(none) != 0 {
			t.Errorf("%v %v", none, err)
		}
		first := a.Accept("clerk01", "cc-road-dig", "company-01")
		second := a.Accept("clerk01", "cc-road-dig", "company-02")
		counts, err := v.Running(ctx, "cc-road-dig", "cc-legal-aid")
		if err != nil || len(counts) != 1 || counts["cc-road-dig"] != 2 {
			t.Errorf("%v %v", counts, err)
		}
		all, err := v.Cases(ctx, "cc-road-dig", "", 10)
		if err != nil || len(all) != 2 || all[0].Version != "cc-road-dig@1" || all[0].ID != min(first, second) {
			t.Errorf("%+v %v", all, err)
		}
		if rest, err := v.Cases(ctx, "cc-road-dig", all[0].ID, 10); err != nil || len(rest) != 1 || rest[0].ID != all[1].ID {
			t.Errorf("%+v %v", rest, err)
		}
		row, err := catalog.GetRow(ctx, a.DB, "cc-road-dig")
		if err != nil {
			t.Fatal(err)
		}
		if touched, err := v.OfCode(ctx, row.CatalogCode, row.Organ); err != nil || len(touched) != 1 || touched[0].N != 2 || touched[0].Name != row.Name {
			t.Errorf("%+v %v", touched, err)
		}
		if touched, err := v.OfCode(ctx, row.CatalogCode, "nobody"); err != nil || len(touched) != 0 {
			t.Errorf("%+v %v", touched, err)
		}
	})
}
