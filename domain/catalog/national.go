package catalog

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"yimen/ref"
)

// NationalFacts are what the national exchange asks of an item and its document does not say.
type NationalFacts struct {
	Organ   string   // 实施主体: its name
	Code    ref.USCC // 实施主体编码
	Version int      // 事项版本: number of the version in force; 0: a draft
	State   State    // 事项状态
}

// nationalState is 事项状态 of the exchange: 1 在用 · 2 暂停 · 3 取消 [GK].
var nationalState = map[State]string{InUse: "1", Suspended: "2", Cancelled: "3"}

// nationalField is a column of up_task_general_basic or up_task_general_extend. Its name is the column's
// where it is known, else what the table calls it in Chinese: a connector renames (per-connector map).
type nationalField struct {
	name  string
	value func(it *Item, f NationalFacts) any
}

func said(get func(*Item) string) func(*Item, NationalFacts) any {
	return func(it *Item, _ NationalFacts) any { return get(it) }
}

func counted(get func(*Item) int) func(*Item, NationalFacts) any {
	return func(it *Item, _ NationalFacts) any { return get(it) }
}

// flag is 是 or 否: the exchange's codes for them are not published.
func flag(get func(*Item) bool) func(*Item, NationalFacts) any {
	return func(it *Item, _ NationalFacts) any {
		if get(it) {
			return book.Yes
		}
		return book.No
	}
}

// named is a code's name, for columns whose national codes are not published.
func named(table string, get func(*Item) string) func(*Item, NationalFacts) any {
	return func(it *Item, _ NationalFacts) any { return TableOf(table).NameOf(get(it)) }
}

// nationalBasic is up_task_general_basic without what the item does not know: batch, kind, time and source
// of the transfer, the record's own key, and whether and where a portal signs people in.
var nationalBasic = []nationalField{
	{"基本编码", said((*Item).CatalogCode)},
	{"实施编码", said(func(it *Item) string { return it.TaskCode })},
	{"业务办理项编码", said(func(it *Item) string { return it.HandleCode })},
	{"地方实施编码", said(func(it *Item) string { return it.Owner.LocalCode })},
	{"事项名称", said(func(it *Item) string { return it.Name })},
	{"事项状态", func(_ *Item, f NationalFacts) any { return nationalState[f.State] }},
	{"事项版本", func(_ *Item, f NationalFacts) any { return f.Version }},
	{"task_type", said(func(it *Item) string { return string(it.TaskType) })},
	{"project_type", said(func(it *Item) string { return string(it.ProjectType) })},
	{"行使层级", said(func(it *Item) string { return strconv.Itoa(int(it.Level)) })},
	{"power_source", said(func(it *Item) string { return it.PowerSource })},
	{"实施主体", func(_ *Item, f NationalFacts) any { return f.Organ }},
	{"实施主体编码", func(_ *Item, f NationalFacts) any { return string(f.Code) }},
	{"dept_type", said(func(it *Item) string { return it.Owner.Nature })},
	{"委托部门", said(func(it *Item) string { return it.Owner.Entrusting })},
	{"server_type", said(func(it *Item) string { return joined(it.Audience) })},
	{"设定依据", said(func(it *Item) string { return citedInWords(it.Basis) })},
	{"受理条件", said(func(it *Item) string { return numbered(it.Conditions) })},
	{"法定办结时限", counted(func(it *Item) int { return it.Times.Legal.N })},
	{"anticipate_type", named("time_unit", func(it *Item) string { return it.Times.Legal.Unit })},
	{"法定办结时限说明", said(func(it *Item) string { return citedInWords(one(it.Times.LegalBasis)) })},
	{"承诺办结时限", counted(func(it *Item) int { return it.Times.Promised.N })},
	{"promise_type", named("time_unit", func(it *Item) string { return it.Times.Promised.Unit })},
	{"承诺办结时限说明", said(func(it *Item) string { return it.Times.Promised.inWords() })},
	{"特别程序", said(func(it *Item) string { return specials(it.Special) })},
	{"到办事现场次数", counted(func(it *Item) int { return it.Times.Visits })},
	{"办理流程", said(func(it *Item) string { return it.Service.Process })},
	{"handle_type", said(func(it *Item) string { return joined(it.Channels.Ways) })},
	{"是否收费", flag(func(it *Item) bool { return it.Fee.Charged })},
	{"收费依据", said(func(it *Item) string { return citedInWords(one(it.Fee.Basis)) })},
	{"办理地点", said(func(it *Item) string { return it.Service.Where })},
	{"办理时间", said(func(it *Item) string { return it.Service.Hours })},
	{"咨询方式", said(func(it *Item) string { return it.Service.Ask })},
	{"监督投诉方式", said(func(it *Item) string { return it.Service.Complain })},
	{"计划生效日期", said(func(it *Item) string { return it.Owner.Starts })},
	{"计划取消日期", said(func(it *Item) string { return it.Owner.Ends })},
}

// nationalExtend is dn/up_task_general_extend without addresses of other sites and what only some places know.
var nationalExtend = []nationalField{
	{"是否进驻政务大厅", flag(func(it *Item) bool { return it.Channels.Hall })},
	{"handle_area", named("handle_area", func(it *Item) string { return it.Channels.Area })},
	{"联办机构", said(func(it *Item) string { return joined(it.Owner.Joint) })},
	{"中介服务", said(func(it *Item) string { return middlemen(it.Middlemen) })},
	{"数量限制", said(func(it *Item) string { return it.Quota.inWords() })},
	{"审批结果类型", said(func(it *Item) string { return national("result_type", it.Result.Kind) })},
	{"审批结果名称", said(func(it *Item) string { return it.Result.Name })},
	{"审批结果样本", said(func(it *Item) string { return it.Result.Sample.Title })},
	{"是否支持预约办理", flag(func(it *Item) bool { return it.Channels.Booking })},
	{"是否支持网上支付", flag(func(it *Item) bool { return it.Channels.Payment })},
	{"是否支持物流快递", flag(func(it *Item) bool { return it.Channels.Courier })},
	{"是否支持自助终端办理", flag(func(it *Item) bool { return it.Channels.Terminal })},
	{"面向自然人事项主题分类", said(func(it *Item) string { return themes(it.Channels.Themes, "p") })},
	{"面向法人主题分类", said(func(it *Item) string { return themes(it.Channels.Themes, "c") })},
	{"是否网办", flag(func(it *Item) bool { return it.Channels.Online })},
	{"网上办理深度", said(func(it *Item) string { return plainNumber(it.Channels.Depth) })},
	{"必须现场办理原因说明", said(func(it *Item) string { return it.Times.VisitWhy })},
}

// National is an item in the names of the national exchange table, basic and extension (up_task_general_basic,
// up_task_general_extend). Values are texts, and numbers where the table has numbers; several codes have
// commas between. What is only known by the transfer is left to the connector.
func National(it *Item, f NationalFacts) map[string]any {
	out := map[string]any{}
	for _, x := range nationalFields() {
		out[x.name] = x.value(it, f)
	}
	return out
}

func nationalFields() []nationalField {
	return append(nationalBasic[:len(nationalBasic):len(nationalBasic)], nationalExtend...)
}

// NationalRow is an item with what its document does not say.
type NationalRow struct {
	Item *Item
	NationalFacts
}

// WriteNationalJSON writes one JSON object a line.
func WriteNationalJSON(w io.Writer, rows []NationalRow) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, r := range rows {
		if err := e.Encode(National(r.Item, r.NationalFacts)); err != nil {
			return err
		}
	}
	return nil
}

// byteOrder begins a CSV file, so that spreadsheets take it for UTF-8.
const byteOrder = "\uFEFF"

// WriteNationalCSV writes a head and one line an item (RFC 4180, UTF-8), columns in the order of the table.
func WriteNationalCSV(w io.Writer, rows []NationalRow) error {
	if _, err := io.WriteString(w, byteOrder); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	fields := nationalFields()
	line := make([]string, len(fields))
	for n, x := range fields {
		line[n] = x.name
	}
	err := out.Write(line)
	for _, r := range rows {
		for n, x := range fields {
			line[n] = fmt.Sprint(x.value(r.Item, r.NationalFacts))
		}
		if err == nil {
			err = out.Write(line)
		}
	}
	if out.Flush(); err == nil {
		err = out.Error()
	}
	return err
}

func joined[T ~string](words []T) string {
	var out []string
	for _, w := range words {
		out = append(out, string(w))
	}
	return strings.Join(out, ",")
}

func one(c *Citation) []Citation {
	if c == nil {
		return nil
	}
	return []Citation{*c}
}

// citedInWords is legal basis as the exchange takes it, one a line: 《…》第三十条第一款：….
func citedInWords(all []Citation) string {
	var out []string
	for _, c := range all {
		at := fmt.Sprintf("《%s》第%d条", c.Law, c.Article)
		if c.Sub > 0 {
			at += fmt.Sprintf("之%d", c.Sub)
		}
		if c.Paragraph > 0 {
			at += fmt.Sprintf("第%d款", c.Paragraph)
		}
		if c.Point > 0 {
			at += fmt.Sprintf("第%d项", c.Point)
		}
		out = append(out, at+"："+c.Text)
	}
	return strings.Join(out, "\n")
}

func numbered(all []Clause) string {
	var out []string
	for n, c := range all {
		out = append(out, fmt.Sprintf("%d. %s", n+1, c.Text))
	}
	return strings.Join(out, "\n")
}

func (s Span) inWords() string {
	unit := TableOf("time_unit").NameOf(s.Unit)
	if s.N == 0 {
		return unit
	}
	return strconv.Itoa(s.N) + unit
}

func specials(all []Special) string {
	var out []string
	for _, s := range all {
		out = append(out, fmt.Sprintf("%s（%s，%s）", s.Name, TableOf("special").NameOf(s.Kind), s.Time.inWords()))
	}
	return strings.Join(out, "\n")
}

func middlemen(all []Middleman) string {
	var out []string
	for _, m := range all {
		out = append(out, m.Name)
	}
	return strings.Join(out, ",")
}

func (q Quota) inWords() string {
	switch {
	case !q.Limited:
		return ""
	case q.Number == 0:
		return q.How
	}
	return TableOf("quota_period").NameOf(q.Period) + strconv.Itoa(q.Number)
}

func national(table, code string) string {
	if c, ok := TableOf(table).Of(code); ok && c.National != "" {
		return c.National
	}
	return code
}

func themes(all []string, kind string) string {
	var out []string
	for _, th := range all {
		if strings.HasPrefix(th, kind) {
			out = append(out, th)
		}
	}
	return joined(out)
}

func plainNumber(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
