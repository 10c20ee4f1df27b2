package form_test

import (
	"reflect"
	"testing"

	"yimen/domain/form"
)

func TestOneFormForSeveralItems(t *testing.T) {
	a := form.Spec{Fields: []form.Field{
		{Element: "name", Kind: "text", Section: "who", Max: 100},
		{Element: "area", Kind: "number", Section: "where", Min: "1", MaxValue: "500", Optional: true, When: "name > 1"},
		{Element: "kind", Kind: "choice", Options: []string{"x", "y", "z"}, Section: "what"},
		{Element: "from", Kind: "date", Section: "when", Min: "2026-01-01"},
	}, Groups: []form.Group{{ID: "g", Min: 1, Max: 9}}, Checks: []form.Demand{{Holds: "area > 1", Element: "area"}}}
	b := form.Spec{Fields: []form.Field{
		{Element: "kind", Kind: "choice", Options: []string{"z", "y", "q"}, Section: "sort"},
		{Element: "phone", Kind: "phone", Section: "who"},
		{Element: "area", Kind: "number", Section: "shop", Min: "10", MaxValue: "100", When: "phone > 1"},
		{Element: "name", Kind: "text", Max: 50, Section: "who", Optional: true},
		{Element: "from", Kind: "date", Min: "2026-02-01", MaxValue: "today"},
	}, Groups: []form.Group{{ID: "g", Min: 2}}, Checks: []form.Demand{{Holds: "area > 1", Element: "area"}}}
	got, flaws := form.Merge(a, b)
	want := form.Spec{Fields: []form.Field{
		{Element: "name", Kind: "text", Section: "who", Max: 50},
		{Element: "phone", Kind: "phone", Section: "who"},
		{Element: "area", Kind: "number", Section: "where", Min: "10", MaxValue: "100", When: "(name > 1) or (phone > 1)"},
		{Element: "kind", Kind: "choice", Options: []string{"y", "z"}, Section: "what"},
		{Element: "from", Kind: "date", Section: "when", Min: "2026-02-01", MaxValue: "today"},
	}, Groups: []form.Group{{ID: "g", Min: 2, Max: 9}}, Checks: a.Checks}
	if len(flaws) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\n%+v", got, flaws)
	}
	if a.Fields[2].Options[0] != "x" {
		t.Error("an item's own form was changed")
	}
}

func TestItemsThatCannotBeAskedAsOne(t *testing.T) {
	for key, pair := range map[string][2]form.Field{
		"form.merge.kind":    {{Kind: "text"}, {Kind: "number"}},
		"form.merge.compute": {{Kind: "number", Compute: "1 + 1"}, {Kind: "number", Compute: "2 + 2"}},
		"form.merge.group":   {{Kind: "text", Group: "g"}, {Kind: "text"}},
		"form.merge.options": {{Kind: "choice", Options: []string{"a"}}, {Kind: "choice", Options: []string{"b"}}},
		"form.merge.bounds":  {{Kind: "number", Min: "5"}, {Kind: "number", MaxValue: "4"}},
	} {
		pair[0].Element, pair[1].Element = "e", "e"
		got, flaws := form.Merge(form.Spec{Fields: pair[:1]}, form.Spec{Fields: pair[1:]}, form.Spec{Fields: pair[1:]})
		if len(flaws) != 1 || flaws[0].Key != key || flaws[0].Path[:8] != "form[0]." || len(got.Fields) != 1 {
			t.Errorf("%s: %+v %+v", key, flaws, got)
		}
	}
	for _, pair := range [][]form.Field{{{Element: "e", Kind: "number", Compute: "1 + 1"}, {Element: "e", Kind: "number"}}, {{Element: "e", Kind: "number"}, {Element: "e", Kind: "number", Compute: "1 + 1"}}} {
		if got, flaws := form.Merge(form.Spec{Fields: pair[:1]}, form.Spec{Fields: pair[1:]}); len(flaws) > 0 || len(got.Fields) != 1 || got.Fields[0].Compute != "1 + 1" {
			t.Errorf("worked out by one, asked by the other: %+v %+v", got, flaws)
		}
	}
	today := form.Field{Element: "e", Kind: "date", Min: "today"}
	fixed := form.Field{Element: "e", Kind: "date", Min: "2026-01-01"}
	if _, flaws := form.Merge(form.Spec{Fields: []form.Field{today}}, form.Spec{Fields: []form.Field{fixed}}); len(flaws) != 1 || flaws[0].Key != "form.merge.bounds" {
		t.Error(flaws)
	}
}
