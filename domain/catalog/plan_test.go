package catalog

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yimen/ref"
)

const ours, theirs ref.OrganID = "ours", "theirs"

var bodies = map[ref.OrganID]Body{ours: {Level: 4, Power: true}, theirs: {Level: 4}}

// sound is a plan with nothing wrong: a review and an opinion side by side, then the decision.
func sound() *Item {
	step := func(id, kind string, organ ref.OrganID, n int, after ...string) Step {
		return Step{ID: id, Name: "环节" + id, Kind: kind, Organ: organ, Level: 4, After: after, Limit: Span{n, "workday"}, Points: []string{"要点"}, Officers: 1}
	}
	return &Item{Name: "事项", Organ: ours, Times: Times{Promised: Span{8, "workday"}}, Plan: Plan{Mode: "lead", Steps: []Step{
		step("review", StepReview, ours, 4), step("asked", StepOpinion, theirs, 3), step("decide", StepDecide, ours, 2, "review", "asked")}}}
}

func TestASoundPlanHasNoFlaw(t *testing.T) {
	if f := CheckPlan(sound(), bodies); len(f) > 0 {
		t.Error(f)
	}
	told := sound()
	told.Plan.Steps = append(told.Plan.Steps, Step{ID: "told", Name: "抄告", Kind: StepOpinion, Organ: theirs, Level: 4, Ends: true, Limit: Span{1, "workday"}, Points: []string{"知悉"}, Officers: 1})
	if f := CheckPlan(told, bodies); len(f) > 0 {
		t.Error("a path with an explicit end:", f)
	}
}

// silent makes a step's silence an agreement.
func silent(i *Item, n int) {
	i.Plan.Steps[n].Default, i.Plan.Steps[n].DefaultBasis = DefaultAgree, &Citation{Law: "区并联审批办法", Article: 9, Text: "逾期未回复的，视为同意"}
}

func TestWhatIsWrongWithAPlanIsFound(t *testing.T) {
	for key, spoil := range map[string]func(*Item){
		"plan.mode_unknown":   func(i *Item) { i.Plan.Mode = "both" },
		"plan.empty":          func(i *Item) { i.Plan.Steps = nil },
		"plan.id_twice":       func(i *Item) { i.Plan.Steps[1].ID = "review" },
		"plan.id_word":        func(i *Item) { i.Plan.Steps[2].ID = "决定" },
		"plan.after_unknown":  func(i *Item) { i.Plan.Steps[2].After = []string{"review", "nobody"} },
		"plan.circle":         func(i *Item) { i.Plan.Steps[0].After = []string{"decide"} },
		"plan.join_unknown":   func(i *Item) { i.Plan.Steps[2].Join = "some" },
		"plan.join_single":    func(i *Item) { i.Plan.Steps[1].Join, i.Plan.Steps[1].After = "any", []string{"review"} },
		"plan.join_outvotes":  func(i *Item) { i.Plan.Steps[2].Join = "any" },
		"plan.name_empty":     func(i *Item) { i.Plan.Steps[0].Name = "" },
		"plan.kind_unknown":   func(i *Item) { i.Plan.Steps[0].Kind = "vote" },
		"plan.officers":       func(i *Item) { i.Plan.Steps[0].Officers = 3 },
		"plan.points_empty":   func(i *Item) { i.Plan.Steps[0].Points = nil },
		"plan.street_decides": func(i *Item) { i.Plan.Steps[2].Organ, i.Plan.Steps[2].Level = Street, ref.LevelTown },
		"plan.organ_unknown":  func(i *Item) { i.Plan.Steps[1].Organ = "nobody" },
		"plan.level":          func(i *Item) { i.Plan.Steps[1].Level = 5 },
		"plan.decides_other":  func(i *Item) { i.Plan.Steps[2].Organ = theirs },
		"plan.no_power":       func(i *Item) { i.Plan.Mode, i.Plan.Steps[2].Organ = "own", theirs },
		"plan.own_opinion":    func(i *Item) { i.Plan.Steps[1].Organ = ours },
		"plan.dead_end":       func(i *Item) { i.Plan.Steps[2].After = []string{"review"} },
		"plan.ends_waited":    func(i *Item) { i.Plan.Steps[1].Ends = true },
		"plan.decision_ends":  func(i *Item) { i.Plan.Steps[2].Ends = true },
		"plan.no_decision":    func(i *Item) { i.Plan.Steps[2].Kind = StepReview },
		"plan.two_decisions":  func(i *Item) { i.Plan.Steps[0].Kind = StepDecide },
		"plan.after_decision": func(i *Item) {
			i.Plan.Steps[1].After, i.Plan.Steps[2].After = []string{"decide"}, []string{"review"}
		},
		"plan.unit":     func(i *Item) { i.Plan.Steps[0].Limit.Unit = "day" },
		"plan.limit":    func(i *Item) { i.Plan.Steps[0].Limit.N = 0 },
		"plan.too_long": func(i *Item) { i.Plan.Steps[0].Limit.N = 7 },

		"plan.default_unknown":  func(i *Item) { silent(i, 1); i.Plan.Steps[1].Default = "refuse" },
		"plan.default_kind":     func(i *Item) { silent(i, 0) },
		"plan.default_basis":    func(i *Item) { silent(i, 1); i.Plan.Steps[1].DefaultBasis = nil },
		"plan.default_needless": func(i *Item) { silent(i, 1); i.Plan.Steps[1].Default = "" },
		"plan.default_limit":    func(i *Item) { silent(i, 1); i.Plan.Steps[1].Limit.N = 0 },
	} {
		it := sound()
		spoil(it)
		found := CheckPlan(it, bodies)
		if !slices.ContainsFunc(found, func(f Flaw) bool { return f.Key == key && f.Path != "" && !f.Warn }) {
			t.Errorf("%s: not among %v", key, found)
		}
	}
	decided := sound()
	if silent(decided, 2); !slices.ContainsFunc(CheckPlan(decided, bodies), func(f Flaw) bool { return f.Key == "plan.default_kind" }) || decided.Plan.Steps[2].Silent() {
		t.Error("silence decides")
	}
	quiet := sound()
	if silent(quiet, 1); len(CheckPlan(quiet, bodies)) > 0 || !quiet.Plan.Steps[1].Silent() {
		t.Error("silence of an opinion:", CheckPlan(quiet, bodies))
	}
	chain := sound()
	chain.Plan.Steps[1].After = []string{"review"}
	chain.Plan.Steps[1].Limit.N = 1
	if f := CheckPlan(chain, bodies); len(f) != 1 || f[0].Key != "plan.after_needless" || !f[0].Warn {
		t.Errorf("a needless wait: %v", f)
	}
}

// TestAPlanWithoutFlawAlwaysEnds runs random plans: whatever the checker lets pass reaches its decision when every open
// step is done in any order.
func TestAPlanWithoutFlawAlwaysEnds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		it := sound()
		it.Times.Promised.N = 100
		n := rapid.IntRange(1, 7).Draw(r, "steps")
		it.Plan.Steps = nil
		for i := range n {
			s := Step{ID: fmt.Sprint("s", i), Name: "环节", Kind: StepReview, Organ: ours, Level: 4, Limit: Span{1, "workday"}, Points: []string{"要点"}, Officers: 1}
			s.Kind = rapid.SampledFrom([]string{StepReview, StepReview, StepDecide}).Draw(r, "kind")
			s.Join = rapid.SampledFrom([]string{"", "all", "any"}).Draw(r, "join")
			s.Ends = rapid.IntRange(0, 5).Draw(r, "ends") == 0
			for a := range n {
				if a != i && rapid.IntRange(0, 2).Draw(r, "edge") == 0 {
					s.After = append(s.After, fmt.Sprint("s", a))
				}
			}
			it.Plan.Steps = append(it.Plan.Steps, s)
		}
		if len(Blocking(CheckPlan(it, bodies))) > 0 {
			return
		}
		done := map[string]bool{}
		for range n {
			var open []Step
			for _, s := range it.Plan.Steps {
				if !done[s.ID] && opens(s, done) {
					open = append(open, s)
				}
			}
			if len(open) == 0 {
				r.Fatalf("stuck after %v: %+v", done, it.Plan.Steps)
			}
			s := rapid.SampledFrom(open).Draw(r, "next")
			done[s.ID] = true
			if s.Kind == StepDecide {
				return
			}
		}
		r.Fatalf("no decision in %+v", it.Plan.Steps)
	})
}

func opens(s Step, done map[string]bool) bool {
	n := 0
	for _, a := range s.After {
		if done[a] {
			n++
		}
	}
	return n == len(s.After) || s.Join == "any" && n > 0
}

func TestAStepStandsBelowAllItWaitsFor(t *testing.T) {
	plan := Plan{Steps: []Step{
		{ID: "end", After: []string{"b", "c"}}, {ID: "a"}, {ID: "b", After: []string{"a"}}, {ID: "c"}, {ID: "loop", After: []string{"loop"}},
	}}
	var got []string
	for _, level := range plan.Stages() {
		var ids []string
		for _, s := range level {
			ids = append(ids, s.ID)
		}
		got = append(got, strings.Join(ids, "+"))
	}
	if len(got) < 3 || got[0] != "a+c" || got[1] != "b" || !strings.Contains(got[2], "end") {
		t.Fatal(got)
	}
}

// TestBPMNNamesNothingThatIsNotThere reads the file back: every flow joins two nodes, every node lies in a lane and is drawn.
func TestBPMNNamesNothingThatIsNotThere(t *testing.T) {
	it := sound()
	it.Name = `占用 <道路> & "挖掘"`
	it.Plan.Steps[2].Join = "any"
	raw := it.BPMN(func(id ref.OrganID) string { return "机关" + string(id) }, func(key string, args ...any) string { return key })
	ids, refs, tags := map[string]bool{}, []string{}, map[string]int{}
	d := xml.NewDecoder(strings.NewReader(string(raw)))
	for {
		tok, err := d.Token()
		if tok == nil {
			if err != nil && err.Error() != "EOF" {
				t.Fatal(err, string(raw))
			}
			break
		}
		if e, ok := tok.(xml.StartElement); ok {
			tags[e.Name.Local]++
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "id":
					if ids[a.Value] {
						t.Errorf("%s is there twice", a.Value)
					}
					ids[a.Value] = true
				case "sourceRef", "targetRef", "bpmnElement", "processRef":
					refs = append(refs, a.Value)
				}
			}
		}
	}
	for _, r := range refs {
		if !ids[r] {
			t.Errorf("%s is named and not there", r)
		}
	}
	if tags["userTask"] != 3 || tags["lane"] != 2 || tags["complexGateway"] != 1 || tags["startEvent"] != 1 || tags["endEvent"] != 1 || tags["BPMNEdge"] != tags["sequenceFlow"] {
		t.Error(tags)
	}
}
