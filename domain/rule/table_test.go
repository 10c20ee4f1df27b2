package rule

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"yimen/foundation/fault"
)

func sample() Table {
	basis := Citation{Law: "中华人民共和国行政许可法", Article: 38, Paragraph: 1, Text: "申请人的申请符合法定条件、标准的"}
	row := func(id, outcome string, cells ...string) Row {
		return Row{ID: id, When: "符合" + id + "的情形", Cells: cells, Outputs: []string{outcome, "0"}, Says: "根据" + id + "决定。", Basis: basis}
	}
	return Table{ID: "dig", Name: "道路挖掘裁量表", Organ: "cc-zj", Item: "cc-road-dig", Policy: Unique,
		Inputs: []Input{
			{Name: "面积", Label: "挖掘面积（平方米）", Type: TypeInteger, Allowed: ">= 0"},
			{Name: "道路等级", Label: "道路等级", Type: TypeString, Allowed: `"主干路","次干路","支路"`},
			{Name: "五年内新建", Label: "是否新建未满五年", Type: TypeBoolean},
			{Name: "road.start date", Label: "开工日期", Type: TypeDate},
		},
		Outputs: []Output{{Name: "outcome", Label: "结论", Type: TypeString, Allowed: `"refuse","grant"`}, {Name: "押金", Label: "押金", Type: TypeNumber}},
		Rows: []Row{
			row("R1", `"grant"`, "< 18", "-", "false", "-"),
			row("R2", `"grant"`, "[18..100]", `"次干路","支路"`, "false", "-"),
			row("R3", `"refuse"`, "-", "-", "true", "-"),
			row("R4", `"refuse"`, "[18..100]", `"主干路"`, "false", `< date("2026-06-01")`),
		}}
}

func facts(area int64, grade string, fresh bool, day string) map[string]Value {
	return map[string]Value{"面积": Int(area), "道路等级": Text(grade), "五年内新建": Bool(fresh), "road.start date": readDate(day)}
}

func compiled(t testing.TB, table Table) *Compiled {
	t.Helper()
	c, flaws := Compile(table)
	if len(flaws) > 0 {
		t.Fatal(flaws)
	}
	return c
}

func TestDecide(t *testing.T) {
	c := compiled(t, sample())
	for _, x := range []struct {
		facts        map[string]Value
		row, outcome string
		gap          bool
	}{
		{facts(17, "主干路", false, "2026-03-02"), "R1", "grant", false},
		{facts(18, "支路", false, "2026-03-02"), "R2", "grant", false},
		{facts(50, "主干路", false, "2026-05-31"), "R4", "refuse", false},
		{facts(50, "主干路", false, "2026-06-01"), "", "", true},
		{facts(500, "支路", true, "2026-06-01"), "R3", "refuse", false},
	} {
		p, err := c.Decide(x.facts)
		if err != nil || p.Row != x.row || p.Outcome != x.outcome || p.Gap != x.gap {
			t.Errorf("%v: %+v %v", x.facts, p, err)
		}
		if x.row != "" && (p.Says != "根据"+x.row+"决定。" || p.Basis.Article != 38 || len(p.Hits) != 1 || !p.Outputs[1].Equal(Int(0))) {
			t.Errorf("%+v", p)
		}
	}
}

func TestDecideNamesWrongFacts(t *testing.T) {
	c := compiled(t, sample())
	bad := facts(1, "支路", false, "2026-01-01")
	bad["面积"], _ = Number("17.5")
	bad["道路等级"] = Int(3)
	delete(bad, "五年内新建")
	_, err := c.Decide(bad)
	got := map[string]string{}
	for _, f := range fault.Fields(err) {
		got[f.Name] = f.Key
	}
	want := map[string]string{"面积": "rule.input_type", "道路等级": "rule.input_type", "五年内新建": "rule.input_missing"}
	if !reflect.DeepEqual(got, want) {
		t.Error(got)
	}
	_, err = c.Decide(facts(1, "高速路", false, "2026-01-01"))
	if f := fault.Fields(err); len(f) != 1 || f[0].Key != "rule.input_not_allowed" || f[0].Name != "道路等级" {
		t.Error(err)
	}
	if p, err := c.Decide(map[string]Value{"面积": Null, "道路等级": Null, "五年内新建": Null, "road.start date": Null}); err != nil || !p.Gap {
		t.Error("what is not known matches nothing but -", p, err)
	}
}

func TestHitPolicies(t *testing.T) {
	for policy, want := range map[Policy]string{
		Unique: "fault rule.several_hits", Any: "fault rule.any_differs", Priority: "R2", First: "R1", RuleOrder: "R1 R2 R3", OutputOrder: "R2 R1 R3",
		Collect: "R1 R2 R3", Count: "3",
	} {
		table := Table{ID: "p", Name: "p", Policy: policy, Inputs: []Input{{Name: "x", Type: TypeNumber}},
			Outputs: []Output{{Name: "outcome", Type: TypeString, Allowed: `"refuse","grant","ask"`}}}
		for i, o := range []string{`"grant"`, `"refuse"`, `"grant"`} {
			table.Rows = append(table.Rows, Row{ID: fmt.Sprintf("R%d", i+1), Cells: []string{"> 1"}, Outputs: []string{o}, Says: "s", Basis: Citation{Law: "l", Article: 1}})
		}
		p, err := compiled(t, table).Decide(map[string]Value{"x": Int(2)})
		got := p.Row
		switch {
		case err != nil:
			got = "fault " + fault.As(err).Key
		case policy == Count:
			got = p.Result.String()
		case !policy.Single():
			var rows []string
			for _, h := range p.Hits {
				rows = append(rows, h.Row)
			}
			got = strings.Join(rows, " ")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", policy, got, want)
		}
	}
}

func TestFlawsNameTheirCell(t *testing.T) {
	for _, c := range []struct {
		harm     func(*Table)
		row, col int
		key      string
	}{
		{func(t *Table) { t.Rows[1].Cells[0] = "[18..100" }, 1, 0, "rule.ends_early"},
		{func(t *Table) { t.Rows[1].Cells[0] = "（18）" }, 1, 0, "rule.syntax"},
		{func(t *Table) { t.Rows[1].Cells[1] = "次干路" }, 1, 1, "rule.unknown_name"},
		{func(t *Table) { t.Rows[2].Cells[0] = `"十八"` }, 2, 0, "rule.wrong_type"},
		{func(t *Table) { t.Rows[3].Cells[3] = `date("2026-02-30")` }, 3, 3, "rule.wrong_moment"},
		{func(t *Table) { t.Rows[0].Outputs[0] = `"maybe"` }, 0, 4, "rule.not_allowed"},
		{func(t *Table) { t.Rows[0].Outputs[0] = `面积` }, 0, 4, "rule.outcome_text"},
		{func(t *Table) { t.Rows[0].Says = " " }, 0, 6, "rule.no_says"},
		{func(t *Table) { t.Rows[0].Basis.Article = 0 }, 0, 7, "rule.no_basis"},
		{func(t *Table) { t.Rows[1].ID = "R1" }, 1, -1, "rule.same_row_id"},
		{func(t *Table) { t.Rows[1].Cells = t.Rows[1].Cells[1:] }, 1, -1, "rule.row_length"},
		{func(t *Table) { t.Inputs[1].Name = "面积" }, -1, 1, "rule.same_name"},
		{func(t *Table) { t.Inputs[1].Name = `a"b` }, -1, 1, "rule.wrong_name"},
		{func(t *Table) { t.Policy = "X" }, -1, -1, "rule.wrong_policy"},
		{func(t *Table) { t.Rows[0].Cells[0] = strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100) }, 0, 0, "rule.too_deep"},
		{func(t *Table) {
			t.Rows[0].Cells[0] = "1" + strings.Repeat("**.9", 900)
			t.Rows[1].Cells[0] = "2" + strings.Repeat("**.9", 900)
		}, 1, 0, "rule.too_costly"},
		{func(t *Table) { t.Rows[0].Cells[0] = strings.Repeat("1,", 3000) + "1" }, 0, 0, "rule.too_long"},
	} {
		table := sample()
		c.harm(&table)
		_, flaws := Compile(table)
		found := false
		for _, f := range flaws {
			found = found || f.Row == c.row && f.Column == c.col && f.Key == c.key
		}
		if !found {
			t.Errorf("want %s at %d,%d, got %+v", c.key, c.row, c.col, flaws)
		}
	}
}

func TestDMNRoundTrip(t *testing.T) {
	table := sample().Tidy()
	table.Inputs[0].Expression, table.Inputs[0].Name = "road.length * 2", "双倍长度"
	table.Inputs = append(table.Inputs, Input{Name: "road.length", Type: TypeNumber})
	for i := range table.Rows {
		table.Rows[i].Cells = append(table.Rows[i].Cells, "-")
	}
	table.Rows[0].Says = "第一行\n“引号” & <尖括号>"
	table.Outputs[1].Default = "0"
	compiled(t, table)
	model := table.Model()
	var file bytes.Buffer
	if err := WriteDMN(&file, model); err != nil {
		t.Fatal(err)
	}
	again, err := ReadDMN(bytes.NewReader(file.Bytes()))
	if err != nil || !reflect.DeepEqual(again, model) {
		t.Fatalf("%v\n%+v\n%+v\n%s", err, again, model, file.String())
	}
	back, flaws := TableOf(again, "")
	if len(flaws) > 0 || !reflect.DeepEqual(back, table) || back.Rows[3].When != "符合R4的情形" {
		t.Errorf("%v\n%+v\n%+v", flaws, back, table)
	}
	if _, flaws := again.Compile(); len(flaws) > 0 {
		t.Error(flaws)
	}
}

func TestHostileDMN(t *testing.T) {
	head := `<definitions xmlns="` + Namespace + `" name="x" namespace="y">`
	for file, key := range map[string]string{
		`<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + head + `&e;</definitions>`: "rule.dmn_doctype",
		head + `&e;</definitions>`: "rule.dmn_xml",
		head + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + `</definitions>`: "rule.dmn_deep",
		`<definitions xmlns="urn:other"/>`:                                                 "rule.dmn_namespace",
		head + strings.Repeat(" ", MaxDMN) + `</definitions>`:                              "rule.dmn_large",
		``: "rule.dmn_xml",
	} {
		if _, err := ReadDMN(strings.NewReader(file)); err == nil || fault.As(err).Key != key {
			t.Errorf("%.60s: %v, want %s", file, err, key)
		}
	}
}

func TestModelFindsCycles(t *testing.T) {
	d := func(id, on string) Decision {
		return Decision{ID: id, Name: id, Requires: []Requirement{{Decision: &Href{"#" + on}}}, Expression: Expression{Literal: &Literal{Text: on}}}
	}
	_, flaws := (&Model{Decisions: []Decision{d("a", "b"), d("b", "a")}}).Compile()
	if len(flaws) != 1 || flaws[0].Key != "rule.cycle" {
		t.Error(flaws)
	}
}

// Functions that each call the one before twice would take 2^40 calls.
func TestModelRefusesCallsWithoutEnd(t *testing.T) {
	m := &Model{}
	for i := range 40 {
		k := Knowledge{ID: fmt.Sprint("f", i), Name: fmt.Sprint("f", i), Logic: Encapsulated{Parameters: []Variable{{Name: "x"}}, Expression: Expression{Literal: &Literal{Text: "x"}}}}
		if i > 0 {
			k.Requires = []Requirement{{Know: &Href{fmt.Sprint("#f", i-1)}}}
			k.Logic.Literal.Text = fmt.Sprintf("f%d(x) + f%d(x)", i-1, i-1)
		}
		m.Knowledge = append(m.Knowledge, k)
	}
	m.Decisions = []Decision{{ID: "d", Name: "d", Knowledge: []Requirement{{Know: &Href{"#f39"}}}, Expression: Expression{Literal: &Literal{Text: "f39(1)"}}}}
	_, flaws := m.Compile()
	if len(flaws) == 0 || flaws[0].Key != "rule.too_costly" {
		t.Error(flaws)
	}
}

func asKey(key string) string { return key }

func TestSheetRoundTrip(t *testing.T) {
	table := sample().Tidy()
	table.Outputs[1].Default = "5"
	var file bytes.Buffer
	if err := WriteSheet(&file, table, asKey); err != nil {
		t.Fatal(err)
	}
	back, flaws, err := ReadSheet(bytes.NewReader(file.Bytes()))
	back.ID, back.Organ, back.Item = table.ID, table.Organ, table.Item
	if err != nil || len(flaws) > 0 || !reflect.DeepEqual(back, table) {
		t.Errorf("%v %v\n%+v\n%+v", err, flaws, back, table)
	}
}

func TestSheetNamesWrongCells(t *testing.T) {
	table := sample().Tidy()
	table.Rows[1].Cells[1] = "次干路"
	table.Rows[2].Says = ""
	var file bytes.Buffer
	if err := WriteSheet(&file, table, asKey); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.SetCellStr("Sheet1", "J10", "三十八"); err != nil {
		t.Fatal(err)
	}
	var harmed bytes.Buffer
	if err := f.Write(&harmed); err != nil {
		t.Fatal(err)
	}
	none, flaws, err := ReadSheet(bytes.NewReader(harmed.Bytes()))
	if err != nil || len(flaws) != 1 || flaws[0].Cell != "J10" || flaws[0].Key != "rule.sheet_number" || none.Name != "" {
		t.Errorf("%+v %v", flaws, err)
	}
	file.Reset()
	if err := WriteSheet(&file, table, asKey); err != nil {
		t.Fatal(err)
	}
	_, flaws, _ = ReadSheet(&file)
	got := ""
	for _, x := range flaws {
		got += x.Cell + " " + x.Key + " "
	}
	if got != "C11 rule.unknown_name H12 rule.no_says " {
		t.Error(got)
	}
	if _, _, err := ReadSheet(strings.NewReader("PK\x03\x04 no zip")); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// TestSheetChecksAndLeavesOut: the column may be left out, and a check's flaws are told by their cell.
func TestSheetChecksAndLeavesOut(t *testing.T) {
	table := sample().Tidy()
	var file bytes.Buffer
	if err := WriteSheet(&file, table, asKey); err != nil {
		t.Fatal(err)
	}
	wrong := func(Table) []Flaw {
		return []Flaw{{Row: 1, Column: 8, Key: "rule.says_long"}, {Row: -1, Column: 2, Key: "rule.unknown_type"}}
	}
	_, flaws, err := ReadSheet(bytes.NewReader(file.Bytes()), wrong)
	if err != nil || len(flaws) != 2 || flaws[0].Cell != "O11" || flaws[1].Cell != "D7" {
		t.Errorf("%+v %v", flaws, err)
	}
	f, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.RemoveCol("Sheet1", "O"); err != nil {
		t.Fatal(err)
	}
	var older bytes.Buffer
	if err := f.Write(&older); err != nil {
		t.Fatal(err)
	}
	back, flaws, err := ReadSheet(&older)
	if err != nil || len(flaws) > 0 || back.Rows[1].When != "" || back.Rows[1].Says != table.Rows[1].Says {
		t.Errorf("%+v %v %v", back, flaws, err)
	}
}

func TestListed(t *testing.T) {
	for text, want := range map[string][]string{"": nil, `"高","低"`: {"高", "低"}, `"a, b", "c"`: {"a, b", "c"}} {
		if got, ok := Listed(text); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q %v", text, got, ok)
		}
	}
	for _, text := range []string{`not("高")`, "[1..2]", "-", `"高",1`, `> "a"`, `"高`, "高"} {
		if got, ok := Listed(text); ok {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestDiffAndReplay(t *testing.T) {
	old, next := sample(), sample()
	next.Rows[0].Cells[0] = "< 20"
	next.Rows[1].Cells[0] = "[20..100]"
	next.Rows = append(next.Rows[:2], next.Rows[3], Row{ID: "R5", Cells: []string{"-", "-", "true", "-"}, Outputs: []string{`"refuse"`, "0"}, Says: "新", Basis: next.Rows[0].Basis})
	next.Name = "新表"
	var got []string
	for _, c := range Diff(old, next) {
		got = append(got, strings.TrimSpace(c.Kind+" "+c.Row+" "+c.Column))
	}
	want := []string{"head  name", "cell R1 面积", "cell R2 面积", "row_added R5", "row_removed R3"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	past := []Past{
		{Case: "1", Inputs: facts(19, "主干路", false, "2026-07-01"), Outcome: "refuse"},
		{Case: "2", Inputs: facts(1, "支路", false, "2026-07-01"), Outcome: "grant"},
		{Case: "3", Inputs: map[string]Value{}, Outcome: "grant"},
	}
	out := Replay(compiled(t, next), past)
	if len(out) != 2 || out[0].Past.Case != "1" || out[0].Proposal.Outcome != "grant" || out[1].Fault == nil {
		t.Errorf("%+v", out)
	}
}

func TestExpressions(t *testing.T) {
	for text, want := range map[string]string{
		"1/3": "0.3333333333333333333333333333333333", "0.1+0.2": "0.3", "-2**2": "4", "2**0.5": "1.414213562373095048801688724209698",
		"9**99999": "null", "2**2**3": "64", "1/0": "null", `"a"+"b"`: `"ab"`, `"a"+1`: "null", "null = null": "true", `"a" = 1`: "null", "not(null)": "null",
		"false and null": "false", "true or null": "true", `date("2026-01-31") + duration("P1M")`: `date("2026-02-28")`,
		`date("2026-03-02") - date("2026-03-01")`: `duration("P1D")`, `duration("P1Y2M") * 2`: `duration("P2Y4M")`,
		`@"2026-03-02T09:00:00+08:00" = @"2026-03-02T01:00:00Z"`: "true", `time("09:30:00") < time("10:00:00")`: "true",
		`duration("P1D") / 2`: `duration("PT12H")`, `years and months duration(date("2025-12-31"), date("2026-12-30"))`: `duration("P11M")`,
		`date and time("2026-03-02T23:00:00") + duration("PT2H")`: `date and time("2026-03-03T01:00:00")`, `1 < 2 and "a" <= "b"`: "true",
		`date(date and time("2026-03-02T09:00:00"))`: `date("2026-03-02")`, `-duration("P1D")`: `duration("-P1D")`,
		`date("9999-12-31") + duration("P1D")`: "null", "1e6143*1e6143": "null", `duration("P3D") > duration("PT71H")`: "true",
	} {
		v, err := readLiteral(text)
		if err != nil || v.String() != want {
			t.Errorf("%s = %s %v, want %s", text, v, err, want)
			continue
		}
		if again, err := readLiteral(v.String()); err != nil || again.String() != want {
			t.Errorf("%s does not read back: %s %v", want, again, err)
		}
	}
}

func TestNamesEndWhereTheScopeSays(t *testing.T) {
	s := newScope(map[string]int{"a": 0, "a-b": 1, "a - b c": 2, "Monthly Salary": 3, "person.age": 4, "b": 5}, nil, nil)
	f := &frame{slots: []Value{Int(1), Int(2), Int(3), Int(4), Int(5), Int(6)}}
	for text, want := range map[string]int64{"a-b": 2, "a -b": -5, "a  -  b  c": 3, "Monthly \n Salary*2": 8, "person.age+a": 6} {
		n, err := parseExpression(text, s)
		if err != nil {
			t.Error(text, err)
			continue
		}
		if v := n.eval(f); !v.Equal(Int(want)) {
			t.Errorf("%s = %s, want %d", text, v, want)
		}
	}
}

func TestCells(t *testing.T) {
	s := newScope(map[string]int{"limit": 0}, nil, nil)
	for _, c := range []struct {
		cell, value string
		want        bool
	}{
		{"-", "null", true}, {"", "1", true}, {"1,2", "2", true}, {"not(1,2)", "3", true}, {"not(1,2)", "null", true}, {"not(< 5)", "null", false},
		{"(1..2]", "1", false}, {"(1..2]", "2", true}, {"]1..2[", "2", false}, {"[1..2]", "1", true}, {"(1)", "1", true}, {"< limit", "9", true}, {"<= limit*2", "20", true},
		{"-5", "-5", true}, {"-1,-2", "-2", true}, {"? > 3 and ? < 5", "4", true}, {"null", "null", true}, {"null", "1", false}, {"!= 1", "2", true},
		{`"a"`, "1", false}, {`[date("2026-01-01")..date("2026-12-31")]`, `date("2026-03-02")`, true}, {"[limit..20]", "10", true}, {"[1..2]", `"x"`, false},
	} {
		u, err := parseCell(c.cell, s)
		if err != nil {
			t.Error(c.cell, err)
			continue
		}
		v, _ := readLiteral(c.value)
		if got := u.matches(&frame{slots: []Value{Int(10)}, input: v}); got != c.want {
			t.Errorf("%s on %s: %v", c.cell, c.value, got)
		}
	}
}

func FuzzExpressions(f *testing.F) {
	for _, s := range []string{"1+2", `not("a",[1..2))`, `date("2026-01-01")-@"P1D"`, "a b.c*-1**2e5", "((((", "\xff", "(1..2", "? >", "9**9**9", `"\u`} {
		f.Add(s)
	}
	s := newScope(map[string]int{"a b": 0, "x": 1}, nil, []string{"c d", "c"})
	f.Fuzz(func(t *testing.T, text string) {
		fr := &frame{slots: []Value{Int(3), Text("t")}, input: Int(2)}
		if n, err := parseExpression(text, s); err == nil {
			v := n.eval(fr)
			if again, err := readLiteral(v.String()); err != nil || !again.Equal(v) {
				t.Fatalf("%q gives %s, which does not read back: %v", text, v, err)
			}
		}
		if c, err := parseCell(text, s); err == nil {
			c.matches(fr)
		}
	})
}

func TestValuesReadBack(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 30, 0, 500, time.FixedZone("", 8*3600))
	for _, v := range []Value{Null, yes, Int(-3), Text("引\"号\n\\"), Day(at), Moment(at), months(-14), days(-90061, 0), days(-1, 500_000_000)} {
		raw, err := v.MarshalJSON()
		var again Value
		if err != nil || again.UnmarshalJSON(raw) != nil || !again.Equal(v) {
			t.Errorf("%s: %s %v", v, again, err)
		}
	}
}

func BenchmarkDecideTenRows(b *testing.B) {
	t := sample()
	t.Policy = First
	for i := len(t.Rows); i < 10; i++ {
		r := t.Rows[3]
		r.ID = fmt.Sprintf("R%d", i+1)
		r.Cells = []string{fmt.Sprintf("[%d..%d)", 100+10*i, 110+10*i), `"主干路"`, "false", "-"}
		t.Rows = append(t.Rows, r)
	}
	c := compiled(b, t)
	in := facts(195, "主干路", false, "2026-07-01")
	if p, err := c.Decide(in); err != nil || p.Row != "R10" {
		b.Fatal(p, err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Decide(in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}
