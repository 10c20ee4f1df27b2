package standards_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/powerlist"
	"yimen/foundation/fault"
	"yimen/process/standards"
	"yimen/ref"
)

var ctx = context.Background()

const theDay = "2026-03-02"

func act(a *apptest.App, account string) standards.Doing {
	s := a.Staff(account)
	return standards.Doing{Submit: a.Submit(s, "test"), By: s}
}

func cite() powerlist.Citation {
	return powerlist.Citation{Law: "优化营商环境条例", Article: 40, Text: "清单之外不得违法实施行政许可"}
}

// fields are the names of what was wrong.
func fields(err error) (out []string) {
	for _, f := range fault.Fields(err) {
		out = append(out, f.Name+" "+f.Key)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func republish(a *apptest.App, id string, change func(*catalog.Item)) error {
	it := *apptest.Item(a, id)
	it.Plan.Steps = slices.Clone(it.Plan.Steps)
	change(&it)
	_, err := a.Library.Publish(ctx, "test", &it)
	return err
}

func TestNothingOutsideTheListsIsPublished(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		code := func(it *catalog.Item, catalogCode string) { it.TaskCode = it.TaskCode[:19] + catalogCode }
		for _, c := range []struct {
			name   string
			change func(*catalog.Item)
			want   []string
		}{
			{"as it is", func(*catalog.Item) {}, nil},
			{"another code", func(it *catalog.Item) { code(it, "440199999000") }, []string{"organ powerlist.no_power"}},
			{"another organ", func(it *catalog.Item) { it.Organ = a.Staff("health-decide").Organ }, []string{"organ powerlist.no_power"}},
			{"the street's level", func(it *catalog.Item) { it.Level = ref.LevelTown }, []string{"level powerlist.not_at_level"}},
			{"the city's level", func(it *catalog.Item) { it.Level = ref.LevelCity }, []string{"level powerlist.not_at_level"}},
			{"a decision nobody bounds", func(it *catalog.Item) { it.Plan.Steps[len(it.Plan.Steps)-1].ID = "other" }, []string{"plan.steps[3] powerlist.unbound"}},
			{"on the negative list", func(it *catalog.Item) { it.Name = "店铺装修审批" }, []string{"name powerlist.barred"}},
		} {
			err := republish(a, "cc-road-dig", c.change)
			if got := fields(err); !slices.Equal(got, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%s: %v, %v", c.name, got, err)
			}
		}
		flaws, err := a.Library.Flaws(ctx, a.DB, barredPaper(a), a.Clock.Now())
		if err != nil || len(flaws) != 1 || !flaws[0].Warn || flaws[0].Path != "materials[0].name" || !slices.Contains(flaws[0].Args, any("国务院关于在线政务服务的若干规定")) {
			t.Errorf("%+v %v", flaws, err)
		}
	})
}

// barredPaper asks for a copy nobody may be asked for.
func barredPaper(a *apptest.App) *catalog.Item {
	it := *apptest.Item(a, "cc-road-dig")
	it.Materials = []catalog.MaterialSpec{{ID: "copy", Name: "身份证复印件", Source: "10"}}
	return &it
}

func TestAPowerThatEndsTakesItsItemsWithIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		end := standards.End{List: powerlist.Powers, ID: "cc-road-dig@1", On: "2026-03-10", Why: "权力下放"}
		if err := a.Library.EndEntry(ctx, act(a, "standards01"), end); err != nil {
			t.Fatal(err)
		}
		same := func(*catalog.Item) {}
		if err := republish(a, "cc-road-dig", same); err != nil {
			t.Error("before its end:", err)
		}
		a.Clock.Add(10 * 24 * time.Hour)
		if got := fields(republish(a, "cc-road-dig", same)); !slices.Equal(got, []string{"organ powerlist.no_power"}) {
			t.Errorf("after its end: %v", got)
		}
		if err := a.Library.EndEntry(ctx, act(a, "standards01"), standards.End{List: powerlist.Powers, ID: end.ID, On: "2026-03-20", Why: "再一次"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("ended twice: %v", err)
		}
		p, err := powerlist.GetPower(ctx, a.DB, end.ID)
		if err != nil || p.Why != end.Why || p.Holds(a.Clock.Now()) || !p.Holds(a.Clock.Now().AddDate(0, 0, -8)) {
			t.Errorf("%+v %v", p, err)
		}
		again := standards.Given{Power: powerlist.Power{Word: p.Word, Name: p.Name, Code: p.Code, Organ: p.Organ, Level: p.Level, Basis: p.Basis, Delegable: "receive", Period: powerlist.Period{From: a.Clock.Now()}}}
		id, err := a.Library.AddPower(ctx, act(a, "standards01"), again)
		if err != nil || id != "cc-road-dig@2" {
			t.Fatal(id, err)
		}
		if err := republish(a, "cc-road-dig", same); err != nil {
			t.Error("given again:", err)
		}
		rows, err := audit.History(ctx, a.DB, "power:cc-road-dig")
		if err != nil || len(rows) != 3 || rows[1].Verb != "standards.EndEntry" || rows[2].Actor != "staff:"+string(a.Staff("standards01").ID) {
			t.Errorf("%+v %v", rows, err)
		}
	})
}

func TestOnlyTheStandardsOfficeKeepsTheLists(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		n := powerlist.Negative{Kind: powerlist.NoItem, Name: "某项审批", Keywords: "某项审批", Reason: "已经取消", Basis: powerlist.Cite(cite()), Period: powerlist.Period{From: a.Clock.Now()}}
		for _, account := range []string{"keeper-build", "supervisor01", "admin", "clerk01", "build-decide", "rules01"} {
			_, err := a.Library.AddNegative(ctx, act(a, account), n)
			if !fault.Is(err, fault.Denied) {
				t.Errorf("%s adds: %v", account, err)
			}
			_, err = a.Library.AddPower(ctx, act(a, account), standards.Given{})
			if !fault.Is(err, fault.Denied) {
				t.Errorf("%s adds a power: %v", account, err)
			}
			_, err = a.Library.AddSupervision(ctx, act(a, account), powerlist.Supervision{})
			if !fault.Is(err, fault.Denied) {
				t.Errorf("%s bounds: %v", account, err)
			}
			if err := a.Library.EndEntry(ctx, act(a, account), standards.End{List: powerlist.Negatives, ID: "negative-01", On: theDay, Why: "不再"}); !fault.Is(err, fault.Denied) {
				t.Errorf("%s ends: %v", account, err)
			}
		}
		who := act(a, "standards01")
		id, err := a.Library.AddNegative(ctx, who, n)
		again, err2 := a.Library.AddNegative(ctx, who, n)
		if err != nil || err2 != nil || id != again {
			t.Fatal(id, again, err, err2)
		}
		all, err := powerlist.FindNegative(ctx, a.DB, a.Clock.Now(), powerlist.Filter{Query: "某项"}, 10)
		if err != nil || len(all) != 1 || all[0].ID != id {
			t.Errorf("%+v %v", all, err)
		}
	})
}

func TestAWrongEntryIsMarkedField(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		yesterday := powerlist.Period{From: a.Clock.Now().AddDate(0, 0, -1), Until: a.Clock.Now().AddDate(0, 0, -2)}
		_, err := a.Library.AddNegative(ctx, act(a, "standards01"), powerlist.Negative{Basis: "[]", Period: yesterday, Code: "12"})
		want := []string{"code powers.bad_code", "from powers.past", "kind form.choose", "law form.empty", "name form.empty", "reason form.empty", "until powers.ends_first"}
		if got := fields(err); !slices.Equal(got, want) {
			t.Errorf("%v", got)
		}
		_, err = a.Library.AddNegative(ctx, act(a, "standards01"), powerlist.Negative{Kind: powerlist.NoItem, Name: "一字", Keywords: "证", Reason: "理由", Basis: powerlist.Cite(cite()), Period: powerlist.Period{From: a.Clock.Now()}})
		if got := fields(err); !slices.Equal(got, []string{"keywords powers.short_word"}) {
			t.Errorf("%v", got)
		}
		twice := standards.Given{Power: powerlist.Power{Name: "又一项", Code: "440117011002", Organ: a.Staff("build-decide").Organ, Level: 4, Basis: powerlist.Cite(cite()), Period: powerlist.Period{From: a.Clock.Now()}}}
		_, err = a.Library.AddPower(ctx, act(a, "standards01"), twice)
		if got := fields(err); !slices.Equal(got, []string{"code powers.there_already"}) {
			t.Errorf("%v", got)
		}
		g := standards.Given{Power: powerlist.Power{Name: strings.Repeat("长", 2001), Code: "44", Organ: "none", Basis: powerlist.Cite(powerlist.Citation{}), Delegable: "decide", Period: powerlist.Period{From: a.Clock.Now()}}}
		_, err = a.Library.AddPower(ctx, act(a, "standards01"), g)
		want = []string{"article form.empty", "code powers.bad_code", "delegable form.choose", "law form.empty", "name form.too_long", "organ form.choose", "text form.empty"}
		if got := fields(err); !slices.Equal(got, want) {
			t.Errorf("%v", got)
		}
		err = a.Library.EndEntry(ctx, act(a, "standards01"), standards.End{List: powerlist.Negatives, ID: "negative-01", On: "2026-03-01"})
		if got := fields(err); !slices.Equal(got, []string{"on powers.past", "why form.empty"}) {
			t.Errorf("%v", got)
		}
	})
}
