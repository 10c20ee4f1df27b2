package catalog

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"yimen/ref"
)

func TestNationalNamesSayWhatTheItemSays(t *testing.T) {
	it := plainItem()
	it.TaskCode = "11440604MB2C00001X4440101234000"
	it.Audience, it.Channels.Ways, it.Channels.Themes = []ref.Audience{"1", "2"}, []string{"1", "2"}, []string{"p08", "c02", "p16"}
	it.Times.LegalBasis = &Citation{Law: "中华人民共和国行政许可法", Article: 42, Paragraph: 1, Text: "二十日"}
	it.Result.Kind, it.Fee.Charged = "licence", true
	row := NationalRow{it, NationalFacts{Organ: "市场监督管理局", Code: "11440604MB2C00001X", Version: 3, State: Suspended}}
	got := National(it, row.NationalFacts)
	for name, want := range map[string]any{"基本编码": "440101234000", "事项状态": "2", "事项版本": 3, "server_type": "1,2", "法定办结时限": 20, "anticipate_type": "工作日", "handle_type": "1,2",
		"法定办结时限说明": "《中华人民共和国行政许可法》第42条第1款：二十日", "受理条件": "1. 一\n2. 二", "审批结果类型": "10", "面向自然人事项主题分类": "p08,p16", "面向法人主题分类": "c02", "是否收费": "是", "是否网办": "否"} {
		if !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	var lines, table bytes.Buffer
	if err := WriteNationalJSON(&lines, []NationalRow{row, row}); err != nil {
		t.Fatal(err)
	}
	if err := WriteNationalCSV(&table, []NationalRow{row}); err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal([]byte(strings.Split(lines.String(), "\n")[1]), &back); err != nil || len(back) != len(got) || back["事项名称"] != "甲" {
		t.Errorf("%v %v", back, err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table.String(), byteOrder))).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[0]) != len(got) || rows[0][0] != "基本编码" || rows[1][0] != "440101234000" {
		t.Errorf("%q %v", rows, err)
	}
}

func TestCodesAreReadAsPeopleWriteThem(t *testing.T) {
	table := TableOf("task_type")
	for written, want := range map[string]string{"01": "01", "行政许可": "01", "01 行政许可": "01", "01 许可": "01", "行政许": "", "1": "", "": ""} {
		if got, ok := table.Read(written); got != want || ok != (want != "") {
			t.Errorf("%q is %q", written, got)
		}
	}
	if code, ok := table.padded("1"); !ok || code != "01" {
		t.Error(code, ok)
	}
	for _, tt := range CodeTables() {
		seen := map[string]bool{}
		for _, c := range tt.Codes {
			if c.Code == "" || c.Name == "" || c.NameEn == "" || seen[c.Code] || seen[c.Name] {
				t.Errorf("%s: %+v", tt.ID, c)
			}
			seen[c.Code], seen[c.Name] = true, true
		}
	}
}

func TestCodeTablesAreWhatTheCodeKnows(t *testing.T) {
	codes := func(id string) (out []string) {
		for _, c := range TableOf(id).Codes {
			out = append(out, c.Code)
		}
		return out
	}
	for id, want := range map[string][]string{"time_unit": {"workday", "day", "month", "now"}, "handle_kind": HandleKinds, "special": SpecialKinds, "step_kind": StepKinds} {
		if got := codes(id); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if n := len(codes("theme")); n != 64 {
		t.Error(n)
	}
}
