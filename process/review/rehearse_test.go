package review_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/process/review"
	"yimen/ref"
)

// of are an item's rehearsals, begun on Monday 2 March 2026.
func of(it *catalog.Item, choices ...review.Choice) review.Rehearsal {
	return review.Rehearsal{Item: it, Calendar: calendar.Default(), Received: apptest.Day, Street: "cc-zumiao", Choices: choices}
}

// state is what a rehearsal and a real case must agree on.
func state(tasks []approval.Task) string {
	var out []string
	for _, x := range tasks {
		if x.Kind == review.Supply {
			continue // the applicant's, which is no task of an organ
		}
		out = append(out, fmt.Sprint(x.Step, " ", x.Round, " ", x.Kind, " ", x.Organ, " ", x.State, " ", x.Outcome, " ", x.Due.UnixMicro()))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestARehearsalGoesTheWayOfARealCase does the same with both and compares them after each decision.
func TestARehearsalGoesTheWayOfARealCase(t *testing.T) {
	type act struct{ account, kind, step, outcome, second string }
	who := map[string]string{"cc-road-dig": "company-01", "cc-subsistence": "person-002", "cc-hygiene": "company-02"}
	for item, acts := range map[string][]act{
		"cc-road-dig": {{"police-review-a", approval.Opinion, "traffic", approval.Disagree, ""}, {"build-review-a", approval.Review, "review", approval.Agree, "build-review-b"},
			{"land-review-a", approval.Opinion, "planning", approval.Agree, ""}, {"build-decide", approval.Decide, "decide", approval.Refuse, ""}},
		"cc-subsistence": {{"zumiao-accept", approval.Accept, "accept", approval.Take, ""},
			{"zumiao-review-a", approval.Forward, "visit", approval.Agree, "zumiao-review-b"}, {"civil-decide", approval.Decide, "decide", approval.Grant, ""}},
		"cc-hygiene": {{"health-accept", approval.Accept, "accept", approval.Points, ""}, {"clerk01", review.Supply, review.Supply, review.Supplied, ""},
			{"health-accept", approval.Accept, "accept", approval.Take, ""}},
	} {
		t.Run(item, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				id := a.Accept("clerk01", item, who[item])
				r := of(apptest.Item(a, item))
				r.Street = a.Staff("zumiao-accept").Organ
				compare := func() {
					t.Helper()
					real, err := approval.ByCase(t.Context(), a.DB, id)
					if got := state(r.Run().Tasks); err != nil || got != state(real) {
						t.Fatalf("rehearsed\n%s\nreal\n%s\n%v", got, state(real), err)
					}
				}
				compare()
				for _, x := range acts {
					a.Clock.Add(24 * time.Hour)
					if x.kind == review.Supply {
						supply(t, a, id, x.account)
						r.Choices = append(r.Choices, review.Choice{Step: review.Supply, Round: 1, Outcome: x.outcome, Days: 1})
						compare()
						continue
					}
					task := a.Task(id, x.kind, x.step)
					d := a.Decision(x.account, task, x.outcome)
					if x.second != "" {
						d.Second = a.Staff(x.second).ID
					}
					a.Decide(d)
					days, _ := calendar.Default().WorkdaysBetween(calendar.DateOf(task.Made), calendar.DateOf(a.Clock.Now()))
					r.Choices = append(r.Choices, review.Choice{Step: task.Step, Round: task.Round, Outcome: x.outcome, Days: days})
					compare()
				}
				papers, err := seal.ByCase(t.Context(), a.DB, id)
				if err != nil {
					t.Fatal(err)
				}
				var real, rehearsed []string
				for _, x := range papers {
					real = append(real, x.Kind)
				}
				for _, x := range r.Run().Papers {
					rehearsed = append(rehearsed, x.Kind)
				}
				if slices.Sort(real); !slices.Equal(real, slices.Sorted(slices.Values(rehearsed))) {
					t.Errorf("papers: rehearsed %v, real %v", rehearsed, real)
				}
			})
		})
	}
}

// supply brings what the notice of correction asks for.
func supply(t *testing.T, a *apptest.App, id ref.CaseID, clerk string) {
	t.Helper()
	c, err := casefile.Get(t.Context(), a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Desk.Supply(t.Context(), apptest.Supply(a, id, clerk, a.Papers(c.Party, apptest.Item(a, string(c.Item))))); err != nil {
		t.Fatal(err)
	}
	a.Settle()
}

func step(id, kind string, organ ref.OrganID, n int, join string, after ...string) catalog.Step {
	return catalog.Step{ID: id, Name: id, Kind: kind, Organ: organ, After: after, Join: join, Limit: catalog.Span{N: n, Unit: "workday"}}
}

// TestWhatHappensFirstComesFirst joins by any: the way that is done earlier opens the next, however the choices are ordered.
func TestWhatHappensFirstComesFirst(t *testing.T) {
	it := &catalog.Item{Organ: "ours", Accept: catalog.AcceptAtWindow, Times: catalog.Times{Promised: catalog.Span{N: 8, Unit: "workday"}, Legal: catalog.Span{N: 20, Unit: "workday"}},
		Plan: catalog.Plan{Steps: []catalog.Step{step("slow", approval.Review, "ours", 4, ""), step("fast", approval.Review, "ours", 4, ""),
			step("either", approval.Review, "ours", 1, "any", "slow", "fast"), step("decide", approval.Decide, "ours", 1, "all", "either", "slow")}}}
	choices := []review.Choice{{"slow", 1, approval.Agree, 4}, {"fast", 1, approval.Disagree, 1}, {"either", 1, approval.Agree, 1}, {"decide", 1, approval.Grant, -1}, {"nothing", 1, approval.Agree, 0}}
	for range 2 {
		x := of(it, choices...).Run()
		var path []string
		for _, s := range x.Path {
			path = append(path, s.Step+" "+calendar.DateOf(s.DoneAt).String())
		}
		if got := strings.Join(path, ", "); got != "fast 2026-03-03, either 2026-03-04, slow 2026-03-06, decide 2026-03-09" {
			t.Error(got)
		}
		if x.End != approval.Grant || x.Took != 5 || x.Promised.Day.String() != "2026-03-12" || x.Promised.Total != 8 || x.Legal.Total != 20 {
			t.Errorf("%+v", x)
		}
		slices.Reverse(choices)
	}
	x := of(it, review.Choice{Step: "slow", Round: 1, Outcome: approval.Grant}).Run()
	if len(x.Path) != 0 || len(x.Open()) != 2 {
		t.Errorf("a review was granted: %+v", x)
	}
	it.Plan.Steps = it.Plan.Steps[:3]
	x = of(it, choices...).Run()
	if !x.Stuck() || x.End != "" {
		t.Errorf("a plan without a decision: %+v", x)
	}
}

// TestPointsAreToldOnce goes through a correction: one notice, then the acceptor takes the case or declines it.
func TestPointsAreToldOnce(t *testing.T) {
	it := &catalog.Item{Organ: "ours", Accept: catalog.AcceptByOrgan, Times: catalog.Times{Promised: catalog.Span{N: 3, Unit: "workday"}},
		Plan: catalog.Plan{Steps: []catalog.Step{step("asked", approval.Opinion, "theirs", 1, ""), step("decide", approval.Decide, "ours", 1, "all", "asked")}}}
	r := of(it, review.Choice{"accept", 1, approval.Take, 1}, review.Choice{"precheck:theirs", 1, approval.Points, 2}, review.Choice{review.Supply, 1, review.Supplied, 3})
	x := r.Run()
	open := x.Open()
	if len(open) != 1 || open[0].Kind != approval.Accept || open[0].Round != 2 || slices.Contains(x.Can(open[0]), approval.Points) || !x.Accepted.IsZero() {
		t.Fatalf("%+v", open)
	}
	if got := fmt.Sprint(x.Papers[0].Kind, x.Papers[1].Kind, len(x.Papers)); got != seal.Receipt+seal.Correction+"2" {
		t.Error(got)
	}
	r.Choices = append(r.Choices, review.Choice{"accept", 2, approval.Decline, -1})
	if x = r.Run(); x.End != approval.Decline || x.Papers[2].Kind != seal.Declining || x.Took != 0 {
		t.Errorf("%+v", x)
	}
}
