package catalog

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"yimen/foundation/fault"
)

var organs = []Code{{Code: "cc-market", Name: "市场监督管理局"}, {Code: "cc-build", Name: "住房城乡建设局"}}

// leaves are the JSON paths of everything an item can say, lists without places.
func leaves(t reflect.Type, at string) (out []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || isPair(t) {
		return []string{at}
	}
	for n := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(n).Tag.Get("json"), ",")
		out = append(out, leaves(t.Field(n).Type, join(at, name))...)
	}
	return out
}

// TestEverythingOfAnItemHasItsColumn: what an item can say can be filled in, once.
func TestEverythingOfAnItemHasItsColumn(t *testing.T) {
	var columns []string
	for _, f := range book.Sheets {
		for _, c := range f.Columns {
			columns = append(columns, strings.TrimPrefix(f.full()+"."+c.Path, "."))
		}
	}
	want := leaves(reflect.TypeFor[Item](), "")
	slices.Sort(columns)
	slices.Sort(want)
	if !slices.Equal(columns, want) {
		t.Errorf("columns\n%q\nelements\n%q", columns, want)
	}
	for _, f := range book.Sheets {
		for _, c := range f.Columns {
			if c.Kind == kindCode || c.Kind == kindCodes {
				if c.Table != organTable && len(TableOf(c.Table).Codes) == 0 {
					t.Errorf("%s %s: no table %q", f.Name, c.Title, c.Table)
				}
			}
		}
	}
}

var nasty = []string{"甲", "a|b", `c\d`, "第一行\n第二行", "=1+1", "'x", "0012", "true", "1e5", "2026-03-02", "_x0041_", "<b>&amp;", "𬭎㛃", "-", "行 尾", "\"引\",\"号\"", "a\tb", "@street", "\\n"}

// anyItem is an item with something in every column.
func anyItem(rnd *rand.Rand, n int) *Item {
	it := &Item{}
	for _, f := range book.Sheets {
		rows := []reflect.Value{reflect.ValueOf(it).Elem()}
		if f.List != "" {
			rows = grown(rows[0].FieldByIndex(f.list), f.Sub == "", rnd)
		}
		if f.Sub != "" {
			var below []reflect.Value
			for _, r := range rows {
				below = append(below, grown(r.FieldByIndex(f.sub), true, rnd)...)
			}
			rows = below
		}
		for k, row := range rows {
			for _, c := range f.Columns {
				v, _ := under(row, c.fields, true)
				fillAny(v, c, rnd)
				if c.Path == "id" {
					v.SetString(fmt.Sprintf("id-%d-%d", n, k))
				}
			}
		}
	}
	for k := range it.Rule.Rows {
		it.Rule.Rows[k].Cells = nil
		for range it.Rule.Inputs {
			it.Rule.Rows[k].Cells = append(it.Rule.Rows[k].Cells, nasty[rnd.IntN(len(nasty))])
		}
	}
	return it
}

func grown(list reflect.Value, fresh bool, rnd *rand.Rand) (out []reflect.Value) {
	if fresh {
		n := rnd.IntN(4)
		list.Set(reflect.MakeSlice(list.Type(), n, n))
	}
	for k := range list.Len() {
		out = append(out, list.Index(k))
	}
	return out
}

func fillAny(v reflect.Value, c sheetColumn, rnd *rand.Rand) {
	codes := c.codesOf(organCodes(organs)).Codes
	code := func() string { return codes[rnd.IntN(len(codes))].Code }
	switch c.Kind {
	case kindText:
		v.SetString(nasty[rnd.IntN(len(nasty))])
	case kindNumber:
		v.SetInt(int64(rnd.IntN(400)))
	case kindYes:
		v.SetBool(rnd.IntN(2) == 1)
	case kindDate:
		v.SetString("2026-03-02")
	case kindCode:
		if v.Kind() == reflect.Int {
			v.SetInt(int64(codes[rnd.IntN(len(codes))].Code[0] - '0'))
		} else {
			v.SetString(code())
		}
	case kindCodes, kindLines, kindPairs:
		for range rnd.IntN(3) {
			one := reflect.New(v.Type().Elem()).Elem()
			switch c.Kind {
			case kindCodes:
				one.SetString(code())
			case kindLines:
				one.SetString(nasty[rnd.IntN(len(nasty))])
			default:
				one.Field(0).SetString(nasty[rnd.IntN(len(nasty))])
				one.Field(1).SetString(append(nasty, "")[rnd.IntN(len(nasty)+1)])
			}
			v.Set(reflect.Append(v, one))
		}
	}
}

func written(t *testing.T, items ...*Item) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteBook(&out, items, organs); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func mustRead(t *testing.T, raw []byte) *Import {
	t.Helper()
	im, err := ReadItems(raw, organs)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

func TestWhatIsExportedIsImportedEqual(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var items []*Item
	for n := range 60 {
		items = append(items, anyItem(rnd, n))
	}
	doc, err := WriteJSON(items)
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{"workbook": written(t, items...), "document": doc} {
		im := mustRead(t, raw)
		if im.Bad() || len(im.Items) != len(items) {
			t.Fatalf("%s: %d items, wrong %+v", name, len(im.Items), im.Wrong)
		}
		for n, it := range items {
			want, err := Tidy(it)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(im.Items[n], want) {
				t.Fatalf("%s:\n%+v\nwant\n%+v", name, im.Items[n], want)
			}
		}
	}
}

// changed gives the workbook of one item after a change to its cells.
func changed(t *testing.T, it *Item, change func(f *excelize.File) error) *Import {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(written(t, it)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := change(f); err != nil {
		t.Fatal(err)
	}
	out, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return mustRead(t, out.Bytes())
}

// at is the name of a cell by its column's title.
func at(t *testing.T, f *excelize.File, sheet, title string, row int) string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	col := slices.Index(rows[0], title)
	if col < 0 {
		t.Fatalf("no column %s in %q", title, rows[0])
	}
	return cellAt(col+1, row)
}

func plainItem() *Item {
	return &Item{ID: "cc-x", Name: "甲", TaskType: "01", ProjectType: "2", Organ: "cc-market", Level: 4, Times: Times{Legal: Span{20, "workday"}, Promised: Span{5, "workday"}},
		Conditions: []Clause{{Text: "一"}, {Text: "二"}}, Questions: []Question{{ID: "q1", Text: "问", Options: []Choice{{Value: "y", Label: "是"}, {Value: "n", Label: "否", Stop: "不行"}}}},
		Materials: []MaterialSpec{{ID: "card", Kind: "id-card", Name: "身份证", Need: "1", Form: "1", Original: "1", Source: "10", Copies: 1}}}
}

func TestEveryWrongCellIsNamed(t *testing.T) {
	for _, c := range []struct {
		sheet, title string
		row          int
		value        any
		key          string
	}{
		{"事项", "事项类型", 2, "77 没有", "exchange.code"},
		{"事项", "法定时限", 2, "二十", "exchange.number"},
		{"事项", "法定时限", 2, -1, "exchange.number"},
		{"事项", "法定时限", 2, 1.5, "exchange.number"},
		{"事项", "事项名称", 2, "", "exchange.required"},
		{"事项", "是否收费", 2, "也许", "exchange.yes_no"},
		{"事项", "计划生效日期", 2, "明天", "exchange.date"},
		{"事项", "计划生效日期", 2, "2026-02-30", "exchange.date"},
		{"事项", "服务对象", 2, "1 自然人\n8", "exchange.code"},
		{"事项", "办事需求", 2, "a|b|c", "exchange.pair"},
		{"受理条件", "事项编号", 3, "cc-none", "exchange.item_unknown"},
		{"受理条件", "条件", 3, "", "exchange.required"},
		{"我能办吗选项", "问题编号", 2, "q9", "exchange.parent_unknown"},
		{"材料", "材料必要性", 2, "9", "exchange.code"},
		{"材料", "材料名称", 1, "名字", "exchange.column_unknown"},
	} {
		t.Run(c.title+c.key, func(t *testing.T) {
			var cell string
			im := changed(t, plainItem(), func(f *excelize.File) error {
				cell = at(t, f, c.sheet, c.title, c.row)
				return f.SetCellValue(c.sheet, cell, c.value)
			})
			n := slices.IndexFunc(im.Wrong, func(w Wrong) bool {
				return w.Key == c.key && w.Sheet == c.sheet && fmt.Sprint(w.Column, w.Row) == cell && (w.Title == c.title || c.row == 1)
			})
			if n < 0 || !im.Bad() {
				t.Errorf("want %s at %s %s, found %+v", c.key, c.sheet, cell, im.Wrong)
			}
		})
	}
}

func TestFormulasAndWhatDoesNotBelongAreRefused(t *testing.T) {
	im := changed(t, plainItem(), func(f *excelize.File) error {
		if _, err := f.NewSheet("备注"); err != nil {
			return err
		}
		if err := f.DeleteSheet("特别程序"); err != nil {
			return err
		}
		if err := f.SetCellFormula("事项", at(t, f, "事项", "一句话说明", 2), `HYPERLINK("http://x")`); err != nil {
			return err
		}
		if err := f.SetCellFormula("受理条件", at(t, f, "受理条件", "事项编号", 2), `事项!A2`); err != nil {
			return err
		}
		return f.SetCellValue("常见问题", "J1", "备注")
	})
	var got []string
	for _, w := range im.Wrong {
		got = append(got, w.Sheet+" "+w.Column+" "+w.Key)
	}
	for _, want := range []string{"备注  exchange.sheet_unknown", "特别程序  exchange.sheet_missing", "事项 N exchange.formula", "受理条件 A exchange.formula", "常见问题 J exchange.column_unknown"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}

func TestNumbersAndDaysMeanTheSameAsTheirWords(t *testing.T) {
	im := changed(t, plainItem(), func(f *excelize.File) error {
		style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		if err != nil {
			return err
		}
		day := at(t, f, "事项", "计划生效日期", 2)
		for cell, v := range map[string]any{day: 46083, at(t, f, "事项", "计划取消日期", 2): "2027年3月2日", at(t, f, "事项", "事项类型", 2): 1, at(t, f, "事项", "办件类型", 2): "承诺件",
			at(t, f, "事项", "实施主体", 2): "cc-build", at(t, f, "事项", "法定时限", 2): "20", at(t, f, "事项", "是否收费", 2): true, at(t, f, "事项", "咨询电话", 2): 12345} {
			if err := f.SetCellValue("事项", cell, v); err != nil {
				return err
			}
		}
		return f.SetCellStyle("事项", day, day, style)
	})
	it := im.Items[0]
	if im.Bad() || it.Owner.Starts != "2026-03-02" || it.Owner.Ends != "2027-03-02" || it.TaskType != "01" || it.ProjectType != "2" || it.Organ != "cc-build" || it.Times.Legal.N != 20 || !it.Fee.Charged || it.Service.Ask != "12345" {
		t.Errorf("%+v\n%+v", im.Wrong, it)
	}
	im = changed(t, plainItem(), func(f *excelize.File) error {
		style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		cell := at(t, f, "事项", "主办处室", 2)
		if err == nil {
			err = f.SetCellValue("事项", cell, 46083)
		}
		if err == nil {
			err = f.SetCellStyle("事项", cell, cell, style)
		}
		return err
	})
	if len(im.Wrong) != 1 || im.Wrong[0].Key != "exchange.date_unasked" {
		t.Errorf("%+v", im.Wrong)
	}
}

func TestFlawsOfTheLinterStandAtTheirCells(t *testing.T) {
	it := plainItem()
	it.Materials[0].Source, it.Service.Ask = "20", "x"
	check := func(raw []byte) (*Import, []string) {
		im := mustRead(t, raw)
		if im.Bad() {
			t.Fatal(im.Wrong)
		}
		if err := im.Check(func(it *Item) ([]Flaw, error) { return Lint(it, nil), nil }); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range im.Wrong {
			got = append(got, fmt.Sprintf("%s %s%d %s %s", w.Sheet, w.Column, w.Row, w.Title, w.Key))
		}
		return im, got
	}
	im, got := check(written(t, it))
	for _, want := range []string{"材料 J2 核发部门 lint.issuer", "设定依据 0  lint.basis", "事项 BS2 咨询电话 lint.telephone"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	for path, want := range map[string]Spot{
		"promise":                      {Sheet: "事项", Row: 2, Title: "告知承诺"},
		"questions[0].options[1].stop": {Sheet: "我能办吗选项", Row: 3, Title: "不能办的原因"},
		"questions[0].options":         {Sheet: "我能办吗", Row: 2},
		"materials[0].basis":           {Sheet: "材料", Row: 2, Title: "依据法律"},
		"conditions[1].text":           {Sheet: "受理条件", Row: 3, Title: "条件"},
		"times.promised":               {Sheet: "事项", Row: 2, Title: "承诺时限"},
		"channels.ways[1]":             {Sheet: "事项", Row: 2, Title: "办理形式"},
		"plan.steps":                   {Sheet: "流程环节"},
		"":                             {Sheet: "事项", Row: 2, Title: "事项编号"},
	} {
		at := im.place(0, path)
		if (at.Column != "") != (at.Title != "") {
			t.Errorf("%q: %+v", path, at)
		}
		if at.Column = ""; at != want {
			t.Errorf("%q: %+v, want %+v", path, at, want)
		}
	}
	raw, err := WriteJSON([]*Item{it})
	if err != nil {
		t.Fatal(err)
	}
	im, got = check(raw)
	if at := im.place(0, "materials[0].issuer"); !strings.Contains(strings.Split(string(raw), "\n")[at.Row-1], `"issuer"`) {
		t.Error(at)
	}
	if want := fmt.Sprintf(" %d items[0].materials[0].issuer lint.issuer", im.place(0, "materials[0].issuer").Row); !slices.Contains(got, want) {
		t.Errorf("no %q in %q", want, got)
	}
}

func TestDocumentsAreReadStrictly(t *testing.T) {
	for raw, key := range map[string]string{
		`{"items": [{"id": "a", "nam": "x"}]}`:  "exchange.json.unknown_key",
		`{"id": "a", "id": "b"}`:                "exchange.json.doubled_key",
		`{"items": [{"id": "a"}, {"id": "a"}]}`: "exchange.item_twice",
		`{"items": [null]}`:                     "exchange.required",
		`{"items": [{"level": "x"}]}`:           "exchange.json.wrong_type",
		`[`:                                     "exchange.json.early",
		`{"id": "a"} x`:                         "exchange.json.trailing",
		"{\"id\": \"a\", \"id\":" + strings.Repeat("[", 5): "exchange.json.doubled_key",
	} {
		im := mustRead(t, []byte(raw))
		if !im.Bad() || len(im.Wrong) != 1 || im.Wrong[0].Key != key {
			t.Errorf("%s: %+v, want %s", raw, im.Wrong, key)
		}
	}
	if im := mustRead(t, []byte(`{"id": "a", "name": "甲"}`)); im.Bad() || im.Items[0].Name != "甲" {
		t.Errorf("%+v", im)
	}
	for _, raw := range []string{"\xff", "a\x00b", "PK\x03\x04zip"} {
		if _, err := ReadItems([]byte(raw), organs); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", raw, err)
		}
	}
	if _, err := ReadItems(make([]byte, MaxBook+1), organs); !fault.Is(err, fault.TooLarge) {
		t.Error(err)
	}
}
