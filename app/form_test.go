package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
)

// stored are the answers of a case as they lie in the tables.
func stored(t *testing.T, a *apptest.App, id ref.CaseID) (map[string]form.Answer, []string) {
	t.Helper()
	items, err := casefile.Items(context.Background(), a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := form.Answers(context.Background(), a.DB, a.Vault, items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	uses, err := material.UsesOf(context.Background(), a.DB, items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var specs []string
	for _, u := range uses {
		specs = append(specs, u.Spec)
	}
	return answers, specs
}

func put(x *intake.Acceptance, key, value string) {
	x.Answers[key] = form.Answer{Element: key, Value: value, Source: "source.window", At: x.Submit.At}
}

func badFields(err error) string {
	var names []string
	for _, f := range fault.Fields(err) {
		names = append(names, f.Name+":"+f.Key)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestWhatIsNotAskedIsNotKept(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		x := a.Acceptance("clerk01", "cc-road-dig", "company-01")
		put(&x, "road.traffic", "no")
		put(&x, "road.length", "12.5")
		put(&x, "road.width", "２")
		put(&x, "road.area", "999") // a hostile browser
		put(&x, "road.nothing", "x")
		put(&x, "road.name#2", "x")
		id, err := a.Desk.Accept(context.Background(), x)
		if err != nil {
			t.Fatal(err)
		}
		answers, specs := stored(t, a, id)
		if got := answers["road.area"]; got.Value != "25" || got.Source != form.Computed {
			t.Errorf("area %+v", got)
		}
		if slices.Contains(specs, "traffic-plan") || !slices.Contains(specs, "drawing") {
			t.Error("papers", specs)
		}
		if _, there := answers["road.nothing"]; there || answers["road.name#2"].Element != "" {
			t.Error("kept what is not asked")
		}
	})
}

func TestChecksBetweenAnswers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		x := a.Acceptance("clerk01", "cc-road-dig", "company-01")
		put(&x, "road.start", "2026-04-20")
		put(&x, "road.end", "2026-04-02")
		delete(x.Materials, "traffic-plan")
		_, err := a.Desk.Accept(context.Background(), x)
		if got := badFields(err); got != "material.traffic-plan:intake.material_missing road.end:form.says" {
			t.Error(got, err)
		}
	})
}

func TestRepeatingGroupIsKeptEntryByEntry(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		x := a.Acceptance("clerk01", "cc-subsistence", "person-002")
		put(&x, "member.age#1", "40")
		put(&x, "member.school#1", "某校") // not asked at forty
		for key, value := range map[string]string{"member.name#4": "小明", "member.relation#4": "child", "member.age#4": "9", "member.school#4": "第一小学"} {
			put(&x, key, value)
		}
		id, err := a.Desk.Accept(context.Background(), x)
		if err != nil {
			t.Fatal(badFields(err), err)
		}
		answers, _ := stored(t, a, id)
		if answers["household.size"].Value != "2" || answers["member.name#2"].Value != "小明" || answers["member.school#2"].Value != "第一小学" || answers["member.school#1"].Value != "" {
			t.Errorf("%+v", answers)
		}
		a.Settle()
		seen, err := a.Cases.Of(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, x := range seen.Answers {
			if strings.HasPrefix(x.Element, "member.") || x.Element == "household.size" {
				order = append(order, x.Element)
			}
		}
		if got := strings.Join(order, " "); got != "member.name#1 member.relation#1 member.age#1 member.name#2 member.relation#2 member.age#2 member.school#2 household.size" {
			t.Error(got)
		}
		known, err := a.Prefill.Own(context.Background(), x.Party, apptest.Item(a, "cc-subsistence"))
		if err != nil {
			t.Fatal(err)
		}
		if k := known.Answers; k["member.name#2"].Value != "小明" || k["member.name#2"].Source != "source.earlier" || k["member.relation#2"].Value != "child" || k["member.age#2"].Value != "" {
			t.Errorf("the family is not known the next time: %+v", k)
		}
	})
}

func TestCorrectionsMoveWhatDependsOnThem(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	v, err := catalog.Current(context.Background(), a.DB, "cc-road-dig")
	if err != nil {
		t.Fatal(err)
	}
	m, err := intake.Form(v)
	if err != nil {
		t.Fatal(err)
	}
	old := m.Work(a.Filled(v.Doc()), a.Clock.Now()).Answers
	change := func(pairs ...string) ([]form.Answer, error) {
		x := intake.Acceptance{Answers: map[string]form.Answer{}}
		for i := 0; i < len(pairs); i += 2 {
			put(&x, pairs[i], pairs[i+1])
		}
		return intake.Corrected(v, old, x.Answers, a.Clock.Now())
	}
	got, err := change("road.length", "10", "road.width", "3")
	if err != nil || len(got) != 3 || got[1].Element != "road.width" || got[2].Value != "30" {
		t.Error(got, err)
	}
	if got, err = change("road.area", "1"); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
	if _, err = change("road.start", "2027-01-01"); badFields(err) != "road.end:form.says" {
		t.Error(err)
	}
}
