package town

import (
	"cmp"
	"fmt"
	"slices"

	"yimen/domain/catalog"
	"yimen/domain/form"
)

// elements are the town's data elements: those of elements/*.json, and those that only an item asks.
func elements(t *Town) (out []form.Element) {
	seen := map[string]bool{}
	add := func(f catalog.Field) {
		if seen[f.Element] {
			return
		}
		seen[f.Element] = true
		e := form.Element{ID: f.Element, Name: f.Label, NameEn: f.LabelEn, Kind: f.Kind, Format: format(f), Source: sources[f.Prefill], Sensitivity: sensitivities[f.Kind]}
		e.Sensitivity = cmp.Or(e.Sensitivity, form.Public)
		var options []form.Option
		for _, o := range f.Options {
			options = append(options, form.Option{Value: o.Value, Label: o.Label})
		}
		out = append(out, e.WithOptions(options))
	}
	for _, f := range t.Elements {
		add(f)
	}
	for _, it := range t.Items {
		for _, f := range it.Form {
			add(f)
		}
	}
	slices.SortFunc(out, func(a, b form.Element) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// sources are where the facts that forms are prefilled from come from; what people say comes from them.
var sources = map[string]string{"": "申请人填写", "answer": "申请人填写", "name": "人口库、市场主体登记", "number": "人口库、市场主体登记", "phone": "人口库、市场主体登记", "address": "人口库、市场主体登记",
	"representative": "市场主体登记"}

// sensitivities above public, by kind.
var sensitivities = map[string]form.Sensitivity{"idnumber": form.Sensitive, "phone": form.Personal, "address": form.Personal}

// format is the notation of GB/T 18391.3 for a field.
func format(f catalog.Field) string {
	switch f.Kind {
	case "number":
		return "N..20"
	case "money":
		return "N..20,2"
	case "date":
		return "YYYYMMDD"
	case "choice":
		return "C..20"
	case "idnumber", "uscc":
		return "C18"
	case "phone":
		return "C..20"
	}
	return fmt.Sprintf("C..%d", cmp.Or(f.Max, map[string]int{"text": 100, "longtext": 2000, "address": 120}[f.Kind]))
}
