package catalog

import (
	"maps"
	"slices"
	"testing"

	"yimen/ref"
)

// sentUp is a plan in which a lower organ's review goes up, while another organ gives its opinion beside it.
func sentUp() (*Item, map[ref.OrganID]Body) {
	it := sound()
	it.Times.Promised.N = 20
	it.Plan.Steps[0].Kind, it.Plan.Steps[0].Organ, it.Plan.Steps[0].Level, it.Plan.Steps[0].ID = StepForward, Street, ref.LevelTown, "check"
	it.Plan.Steps[0].Basis = &Citation{Law: "中华人民共和国行政许可法", Article: 35}
	it.Plan.Steps[2].After = []string{"check"}
	it.Plan.Steps[1].Ends = true
	return it, bodies
}

func TestWhoGetsAMatterFromBelowSeesItsBranchAndAsksForNothing(t *testing.T) {
	it, organs := sentUp()
	if f := CheckPlan(it, organs); len(f) > 0 {
		t.Fatal(f)
	}
	if by, upper := it.Upper(ours); !upper || by.ID != "check" {
		t.Error("the deciding organ is not the upper one:", by.ID, upper)
	}
	for _, o := range []ref.OrganID{Street, theirs, "nobody"} {
		if _, upper := it.Upper(o); upper {
			t.Error(o, "is an upper organ")
		}
	}
	if got := slices.Sorted(maps.Keys(it.Branch(ours))); !slices.Equal(got, []string{"check", "decide"}) {
		t.Error("its branch:", got)
	}
	if got := it.Lookers(); !slices.Equal(got, []ref.OrganID{Street, theirs}) {
		t.Error("before acceptance look:", got)
	}
	it.Plan.Steps[1].Ends, it.Plan.Steps[1].Organ, it.Plan.Steps[1].Kind = true, ours, StepReview // it also works on it from the start
	if _, upper := it.Upper(ours); upper {
		t.Error("who works on a matter from the start may ask")
	}
}

// visits makes two organs go to the site together.
func visits(i *Item) {
	for n := range 2 {
		i.Plan.Steps[n].Kind, i.Plan.Steps[n].Together, i.Plan.Steps[n].Officers = StepVisit, "site", 2
	}
}

func TestWhoGoesTogetherHasOneAppointment(t *testing.T) {
	it := sound()
	visits(it)
	if f := CheckPlan(it, bodies); len(f) > 0 {
		t.Fatal(f)
	}
	first, second := it.Plan.Steps[0], it.Plan.Steps[1]
	if first.About() != second.About() || !it.Leads(first) || it.Leads(second) || len(it.Together(second)) != 2 {
		t.Error(first.About(), second.About(), it.Leads(first), it.Leads(second))
	}
	it.Plan.Steps[1].Together = ""
	if s := it.Plan.Steps[1]; s.About() != "asked" || !it.Leads(s) || len(it.Together(s)) != 1 {
		t.Error("alone:", s.About())
	}
}

func TestWhatIsWrongWithTheNewKindsIsFound(t *testing.T) {
	panel := func(i *Item) *Step {
		i.Plan.Steps[0].Kind, i.Plan.Steps[0].Panel = StepExperts, Panel{"quorum", 3}
		return &i.Plan.Steps[0]
	}
	good := sound()
	panel(good)
	if f := CheckPlan(good, bodies); len(f) > 0 {
		t.Error(f)
	}
	for key, spoil := range map[string]func(*Item){
		"plan.panel_policy":   func(i *Item) { panel(i).Panel.Policy = "loudest" },
		"plan.panel_present":  func(i *Item) { panel(i).Panel.Present = 1 },
		"plan.panel_needless": func(i *Item) { i.Plan.Steps[0].Panel.Present = 2 },
		"plan.join_across": func(i *Item) {
			i.Plan.Steps = append(i.Plan.Steps, i.Plan.Steps[0])
			i.Plan.Steps[3].ID, i.Plan.Steps[3].After, i.Plan.Steps[3].Join, i.Plan.Steps[2].After = "vote", []string{"review", "asked"}, "any", []string{"vote"}
		},
		"plan.together_needless": func(i *Item) { i.Plan.Steps[0].Together = "site" },
		"plan.visit_officers":    func(i *Item) { i.Plan.Steps[0].Kind = StepVisit },
		"plan.visit_apart":       func(i *Item) { visits(i); i.Plan.Steps[1].After = []string{"review"} },
		"plan.visit_twice":       func(i *Item) { visits(i); i.Plan.Steps[1].Organ = ours },
		"plan.forward_up":        func(i *Item) { i.Plan.Steps[1].Kind = StepForward },
		"plan.forward_basis":     func(i *Item) { i.Plan.Steps[1].Kind = StepForward },
		"plan.forward_nobody":    func(i *Item) { i.Plan.Steps[0].Kind = StepForward },
		"plan.forward_time": func(i *Item) {
			i.TaskType, i.Plan.Steps[1].Kind, i.Plan.Steps[1].Limit.N = ref.TaskPermit, StepForward, ForwardDays+1
		},
	} {
		it := sound()
		spoil(it)
		found := CheckPlan(it, bodies)
		if !slices.ContainsFunc(found, func(f Flaw) bool { return f.Key == key && f.Path != "" && !f.Warn }) {
			t.Errorf("%s: not among %v", key, found)
		}
	}
	benefit := sound() // the twenty days bind permits only
	benefit.TaskType, benefit.Plan.Steps[1].Kind, benefit.Plan.Steps[1].Limit.N = ref.TaskBenefit, StepForward, ForwardDays+1
	if f := CheckPlan(benefit, bodies); slices.ContainsFunc(f, func(f Flaw) bool { return f.Key == "plan.forward_time" }) {
		t.Error(f)
	}
}
