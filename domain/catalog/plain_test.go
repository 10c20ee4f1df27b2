package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"yimen/domain/catalog"
)

func TestPlainWords(t *testing.T) {
	long := strings.Repeat("长", 41)
	for _, x := range []struct{ words, want string }{
		{"材料齐全的，当场受理。", ""},
		{strings.Repeat("短", 40) + "。", ""},
		{long, "lint.sentence_long"},
		{"前面不长。" + long + "。", "lint.sentence_long"},
		{strings.Repeat("短", 30) + "；" + strings.Repeat("短", 30), ""},
		{"逾期不予受理。", "lint.officialese 逾期 过了期限"},
		{"特此通知。", "lint.officialese_needless 特此"},
		{"依照《逾期申报处理办法》办理。", ""},
		{"法律写的是“自收到之日起”。", ""},
		{"务必带上“身份证”。", "lint.officialese 务必 一定要"},
	} {
		var got []string
		for _, f := range catalog.Plain("x", x.words) {
			said := f.Key
			if f.Key != "lint.sentence_long" {
				said = strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Key, f.Args[1], f.Args[3]))
			}
			if !f.Warn || f.Path != "x" {
				t.Errorf("%q: %+v does not only warn", x.words, f)
			}
			got = append(got, said)
		}
		if strings.Join(got, ", ") != x.want {
			t.Errorf("%q: %q, want %q", x.words, got, x.want)
		}
	}
}

// What a notice shows of an item is looked over, with the place where it stands.
func TestPlainLooksOverAllThatNoticesShow(t *testing.T) {
	it := &catalog.Item{Summary: "兹", Conditions: []catalog.Clause{{Text: "兹"}}, Forbidden: []catalog.Clause{{Text: "兹"}},
		Materials: []catalog.MaterialSpec{{Note: "兹", Check: []string{"好", "兹"}, Mistakes: []string{"兹"}, Sample: catalog.Sample{Marks: []string{"兹"}}}},
		Form:      []catalog.Field{{Hint: "兹"}}, Checks: []catalog.Check{{Says: "兹"}}, FAQ: []catalog.FAQ{{Q: "兹", A: "兹"}},
		Rule:      catalog.Rule{Rows: []catalog.RuleRow{{When: "兹", Says: "兹", Basis: catalog.Citation{Law: "法", Text: "兹"}}}},
		Questions: []catalog.Question{{Text: "兹", Options: []catalog.Choice{{Stop: "兹"}}}},
		Result:    catalog.Result{Conditions: []string{"兹"}, Renewal: "兹"}, Fee: catalog.Fee{Note: "兹", Lines: []catalog.FeeLine{{Standard: "兹", Reduced: "兹"}}},
		Times: catalog.Times{VisitWhy: "兹"}, Promise: catalog.Promise{Text: "兹"}, Service: catalog.Service{Where: "兹", Hours: "兹", Process: "兹", Way: "兹"}}
	var got []string
	for _, f := range it.Plain() {
		got = append(got, f.Path)
	}
	want := "summary conditions[0].text forbidden[0].text materials[0].note materials[0].check[1] materials[0].mistakes[0] materials[0].sample.marks[0] form[0].hint checks[0].says rule.rows[0].when rule.rows[0].says " +
		"questions[0].text questions[0].options[0].stop faq[0].q faq[0].a times.visit_why result.conditions[0] result.renewal fee.note fee.lines[0].standard fee.lines[0].reduced promise.text " +
		"service.where service.hours service.process service.way"
	if strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}
