package catalog

import (
	"slices"
	"testing"
)

func TestEveryCodedElementIsHeldAgainstItsTable(t *testing.T) {
	for path, spoil := range map[string]func(*Item){
		"power_source":        func(i *Item) { i.PowerSource = "7" },
		"channels.themes[0]":  func(i *Item) { i.Channels.Themes = []string{"p99"} },
		"channels.area":       func(i *Item) { i.Channels.Area = "moon" },
		"result.delivery[0]":  func(i *Item) { i.Result.Delivery = []string{"pigeon"} },
		"materials[0].source": func(i *Item) { i.Materials = []MaterialSpec{{Need: "1", Form: "1", Original: "1", Source: "11"}} },
		"plan.steps[0].join": func(i *Item) {
			i.Plan.Steps = []Step{{Kind: StepDecide, Level: 4, Join: "some", Limit: Span{1, "day"}}}
		},
		"rule.rows[0].outcome":  func(i *Item) { i.Rule.Rows = []RuleRow{{Outcome: "maybe"}} },
		"special[0].time.unit":  func(i *Item) { i.Special = []Special{{Kind: "hearing", Time: Span{1, "week"}}} },
		"result.valid_for.unit": func(i *Item) { i.Result.ValidFor = Span{1, "year"} },
	} {
		it := &Item{}
		spoil(it)
		found := slices.ContainsFunc(Lint(it, nil), func(f Flaw) bool { return f.Path == path && f.Key == "lint.code_unknown" })
		if !found {
			t.Errorf("%s: a code of no table passed", path)
		}
	}
}
