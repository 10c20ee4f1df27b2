package catalog

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"yimen/ref"
)

// Lint looks for everything its keepers could have written wrongly in an item: the rules of consistency
// between its elements (codes, times, visits, fees, telephones, themes, samples), its plan and its
// rule, and words that people outside cannot read. What only warns does not hold it up. Organs are those
// there are, by id.
func Lint(it *Item, organs map[ref.OrganID]Body) []Flaw {
	l := &linter{it: it, organs: organs}
	for _, part := range []func(){l.head, l.tables, l.codes, l.materials, l.form, l.coSign, l.rule, l.times, l.special, l.result, l.fee, l.channels, l.service, l.questions} {
		part()
	}
	return append(append(l.flaws, it.Plain()...), CheckPlan(it, organs)...)
}

type linter struct {
	it     *Item
	organs map[ref.OrganID]Body
	flaws  []Flaw
}

func (l *linter) want(ok bool, path, key string, args ...any) {
	if !ok {
		l.flaws = append(l.flaws, Flaw{Path: path, Key: "lint." + key, Args: args})
	}
}

var (
	elementWord = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$`)
	kindWord    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	telephone   = regexp.MustCompile(`^0\d{2,3}-\d{4} ?\d{3,4}$`)
	catchAll    = regexp.MustCompile(`其他(有关|相关)?(材料|资料|文件)`)
)

func (l *linter) head() {
	i := l.it
	l.want(i.Name != "", "name", "name")
	l.want(i.Summary != "", "summary", "summary")
	l.want(len(i.Aliases) > 0, "aliases", "aliases")
	l.want(i.TaskType.Known() && i.TaskType.OnApplication(), "task_type", "task_type")
	l.want(i.PowerSource != "", "power_source", "code_missing")
	l.want(i.Owner.Nature != "", "owner.nature", "code_missing")
	l.want(i.Times.Silence != "", "times.silence", "code_missing")
	l.want(i.Result.Kind != "", "result.kind", "code_missing")
	l.want(i.Owner.Nature != "3" || i.Owner.Entrusting != "", "owner.entrusting", "entrusting")
	l.want(len(i.Audience) > 0, "audience", "audience")
	l.want(len(i.Basis) > 0, "basis", "basis")
	l.want(i.Accept != "", "accept", "accept")
	l.want(len(i.Conditions) > 0, "conditions", "conditions") // 行政许可法 30
	for _, c := range i.Citations() {
		l.want(c.Article > 0 && c.Text != "", c.Path, "citation")
	}
}

// tables holds each coded element against its code table (codes.json), as the workbook's columns name them; organs, which
// differ from town to town, are looked at where they stand.
func (l *linter) tables() {
	it := reflect.ValueOf(l.it).Elem()
	for _, f := range book.Sheets {
		for _, c := range f.Columns {
			if (c.Kind == kindCode || c.Kind == kindCodes) && c.Table != organTable {
				l.column(f, c, it)
			}
		}
	}
}

func (l *linter) column(f sheetForm, c sheetColumn, it reflect.Value) {
	if f.List == "" {
		l.coded(c, it, c.Path)
		return
	}
	rows, ok := under(it, f.list, false)
	for n := 0; ok && n < rows.Len(); n++ {
		l.coded(c, rows.Index(n), fmt.Sprintf("%s[%d].%s", f.List, n, c.Path))
	}
}

func (l *linter) coded(c sheetColumn, row reflect.Value, path string) {
	v, ok := under(row, c.fields, false)
	if !ok {
		return
	}
	if c.Kind == kindCodes {
		for n := range v.Len() {
			_, known := TableOf(c.Table).Of(v.Index(n).String())
			l.want(known, fmt.Sprintf("%s[%d]", path, n), "code_unknown")
		}
		return
	}
	word := plainWord(v)
	_, known := TableOf(c.Table).Of(word)
	l.want(known || word == "" && !c.Required, path, "code_unknown")
}

// codes: 实施编码 is the organ's code, the level and the 12-character 基本编码, whose type is the item's;
// the 办理项编码 begins with it (GB/T 39554.1).
func (l *linter) codes() {
	i := l.it
	body, known := l.organs[i.Organ]
	l.want(known, "organ", "organ_unknown")
	l.want(!known || body.Level == i.Level || body.Level == ref.LevelTown && i.Level == ref.LevelVillage, "level", "level") // a village's work is written down by its town
	task, err := ref.ParseTaskCode(i.TaskCode)
	if err != nil || string(task) != i.TaskCode {
		l.want(false, "task_code", "task_code")
		return
	}
	l.want(body.Code == "" || task.Organ() == body.Code, "task_code", "task_organ")
	l.want(task.Level() == i.Level, "task_code", "task_level")
	l.want(task.Type() == i.TaskType, "task_code", "task_type_digits")
	if i.HandleCode != "" {
		handle, err := ref.ParseHandleCode(i.HandleCode)
		l.want(err == nil && handle.Task() == task, "handle_code", "handle_code")
	}
	l.want(i.Main.Kind == "" || i.HandleCode != "", "handle_code", "handle_missing")
}

func (l *linter) materials() {
	seen := map[string]bool{}
	for n, m := range l.it.Materials {
		at := fmt.Sprintf("materials[%d]", n)
		l.want(!seen[m.ID], at+".id", "twice", "id", m.ID)
		seen[m.ID] = true
		l.want(kindWord.MatchString(m.ID) && kindWord.MatchString(m.Kind), at+".kind", "word")
		l.want(m.Name != "", at+".name", "name")
		l.want(!catchAll.MatchString(m.Name), at+".name", "catch_all") // 广东省优化营商环境条例 29
		l.want(m.Source != "20" || m.Issuer != "", at+".issuer", "issuer")
		l.want(len(m.Check) > 0, at+".check", "check")
		l.want(len(m.Mistakes) > 0, at+".mistakes", "mistakes")
		l.want(m.Need != ref.NeedLater || l.it.Channels.Tolerant, at+".need", "need_tolerant")
		l.want(m.Need != ref.NeedLater || !m.Prior, at+".need", "need_prior")
	}
	for n, id := range l.it.Promise.Materials {
		l.want(seen[id], fmt.Sprintf("promise.materials[%d]", n), "material_unknown", "id", id)
	}
	l.want(!l.it.Promise.Offered || l.it.Promise.Text != "" && l.it.Promise.Basis != nil, "promise", "promise")
	l.tolerance()
}

// tolerance: only where something main is there to accept on, never longer than the promised time, and a check of
// promises has a time.
func (l *linter) tolerance() {
	later, main := false, false
	for _, m := range l.it.Materials {
		later = later || m.Need == ref.NeedLater
		main = main || m.Need == ref.NeedRequired
	}
	l.want(!later || main, "materials", "need_main")
	l.want(!later || l.it.Times.Promised.Unit != "now", "materials", "need_instant")
	if t := l.it.Times.Tolerance; t != (Span{}) {
		l.want(t.N > 0 && t.Unit == l.it.Times.Promised.Unit && t.N <= l.it.Times.Promised.N, "times.tolerance", "tolerance_longer")
	}
	if c := l.it.Promise.Check; c != (Span{}) {
		l.want(c.Unit != "now" && c.N > 0, "promise.check", "span")
	}
}

func (l *linter) form() {
	seen, groups := map[string]bool{}, map[string]bool{"": true}
	for n, g := range l.it.Groups {
		at := fmt.Sprintf("groups[%d]", n)
		l.want(kindWord.MatchString(g.ID) && !groups[g.ID], at+".id", "word")
		l.want(g.Label != "" && g.Min >= 0 && g.Max >= max(g.Min, 1) && g.Max <= 50, at, "group")
		groups[g.ID] = true
	}
	for n, f := range l.it.Form {
		at := fmt.Sprintf("form[%d]", n)
		l.want(elementWord.MatchString(f.Element), at+".element", "element")
		l.want(!seen[f.Element], at+".element", "twice", "id", f.Element)
		seen[f.Element] = true
		l.want(f.Label != "" && f.Section != "", at+".label", "label")
		l.want((f.Kind == "choice") == (len(f.Options) > 1), at+".options", "options")
		l.want(groups[f.Group], at+".group", "group_unknown", "id", f.Group)
	}
	for n, c := range l.it.Checks {
		at := fmt.Sprintf("checks[%d]", n)
		l.want(c.Holds != "" && c.Says != "", at, "check_says")
		l.want(seen[c.Element], at+".element", "element_unknown", "id", c.Element)
	}
}

// coSign: each role once, named, with a basis: nobody else is made to sign.
func (l *linter) coSign() {
	seen := map[string]bool{}
	for n, x := range l.it.CoSign {
		at := fmt.Sprintf("co_sign[%d]", n)
		l.want(kindWord.MatchString(x.Role) && !seen[x.Role], at+".role", "word")
		seen[x.Role] = true
		l.want(x.Label != "" && x.Least > 0 && x.Least <= 20, at, "co_sign")
		l.want(x.Basis != nil, at+".basis", "co_sign_basis")
	}
}

func (l *linter) rule() {
	seen, outcomes := map[string]bool{}, map[string]bool{}
	for n, row := range l.it.Rule.Rows {
		at := fmt.Sprintf("rule.rows[%d]", n)
		l.want(row.ID != "" && !seen[row.ID], at+".id", "twice", "id", row.ID)
		l.want(row.When != "" && row.Says != "", at, "row_says")
		l.want(len(row.Cells) == len(l.it.Rule.Inputs), at+".cells", "cells", "n", len(l.it.Rule.Inputs))
		seen[row.ID], outcomes[row.Outcome] = true, true
	}
	l.want(outcomes["grant"] && outcomes["refuse"], "rule.rows", "outcomes")
	asked := map[string]bool{}
	for _, f := range l.it.Form {
		asked[f.Element] = true
	}
	for n, in := range l.it.Rule.Inputs {
		at := fmt.Sprintf("rule.inputs[%d]", n)
		l.want(in.Name != "" && in.Label != "", at, "input_label")
		l.want(in.From == "officer" && !asked[in.Name] || in.From == "form" && asked[in.Name], at+".from", "input_from", "id", in.Name)
	}
}

// Units are the units of time an item's own basis can count in.
var Units = []string{"now", "workday", "day", "month"}

func (l *linter) span(path string, s Span) {
	l.want(slices.Contains(Units, s.Unit) && s.N >= 0 && (s.N == 0) == (s.Unit == "now"), path, "span")
}

// times: promised is not longer than legal and in its units, and the working days of 行政许可法 82 are
// used for permits only.
func (l *linter) times() {
	i, t := l.it, l.it.Times
	permit := i.TaskType == ref.TaskPermit
	l.span("times.legal", t.Legal)
	l.span("times.promised", t.Promised)
	l.want((i.ProjectType == ref.ProjectInstant) == (t.Promised.Unit == "now"), "times.promised", "instant")
	if t.Promised.Unit != "now" {
		l.want(t.Promised.Unit == t.Legal.Unit, "times.promised", "promised_unit")
		l.want(t.Promised.N <= t.Legal.N, "times.promised", "promised_longer")
	}
	l.want(!permit || t.Legal.Unit == "workday", "times.legal", "permit_workdays")
	l.want(t.LegalBasis != nil || !permit && slices.Contains(i.Assumed, "times.legal"), "times.legal_basis", "legal_basis")
	l.want(permit || t.LegalBasis == nil || t.LegalBasis.Law != "中华人民共和国行政许可法", "times.legal_basis", "permit_law")
	l.want(t.Silence != "granted" || t.LegalBasis != nil, "times.silence", "silence")
	l.want((t.Visits == 0) == (t.VisitWhy == "无"), "times.visit_why", "visit_why")
}

func (l *linter) special() {
	for n, s := range l.it.Special {
		at := fmt.Sprintf("special[%d]", n)
		l.want(s.Name != "" && s.When != "", at, "special")
		l.span(at+".time", s.Time)
	}
}

func (l *linter) result() {
	r := l.it.Result
	if r.Kind == "none" {
		return
	}
	l.want(!strings.HasSuffix(r.Name, "证") || r.Kind == "licence", "result.kind", "result_licence")
	l.want(!strings.HasSuffix(r.Name, "批复") || r.Kind == "approval", "result.kind", "result_approval")
	l.want(r.Name != "" && r.Sample.Title != "" && len(r.Sample.Lines) > 0, "result.sample", "result_sample")
	_, err := ref.ParseUSCC(r.CertType[:min(18, len(r.CertType))])
	l.want(err == nil && len(r.CertType) == 21, "result.cert_type", "cert_type")
	l.want(r.Prefix != "", "result.prefix", "prefix")
	l.want(kindWord.MatchString(r.MaterialKind), "result.material_kind", "word")
	for n, e := range r.Fields {
		asked := slices.ContainsFunc(l.it.Form, func(f Field) bool { return f.Element == e })
		l.want(asked, fmt.Sprintf("result.fields[%d]", n), "element_unknown", "id", e)
	}
}

// Bounds of a fee line, so that no sum of them overflows: 分 for a unit, and units.
const (
	mostFen   = 100_000_000
	mostUnits = 1_000_000
)

// fee: only with a basis (行政许可法 58), with what is charged written out, and payable online.
func (l *linter) fee() {
	f := l.it.Fee
	if !f.Charged {
		l.want(!l.it.Channels.Payment, "channels.payment", "payment_free")
		return
	}
	l.want(f.Basis != nil, "fee.basis", "fee_basis")
	l.want(l.it.Channels.Payment, "channels.payment", "payment")
	l.want(len(f.Lines) > 0, "fee.lines", "fee_lines")
	for n, line := range f.Lines {
		at := fmt.Sprintf("fee.lines[%d]", n)
		l.want(line.Name != "" && line.Standard != "", at, "fee_line")
		l.want(line.Amount > 0 && line.Amount <= mostFen && line.Unit != "", at+".amount", "fee_amount")
		l.want(line.Most >= 0 && line.Most <= mostUnits && (line.Count == "" || line.Most == 0), at+".most", "fee_most")
	}
}

func (l *linter) channels() {
	c, t := l.it.Channels, l.it.Times
	l.want(len(c.Ways) > 0, "channels.ways", "ways")
	l.want(c.Depth < 4 || t.Visits == 0, "channels.depth", "depth_visits")
	l.want(c.Online == slices.Contains(c.Ways, "2"), "channels.online", "online_way")
	l.want(t.Visits > 0 || c.Online || slices.Contains(c.Ways, "3"), "channels.ways", "visits_mail")
	natural := slices.Contains(l.it.Audience, ref.AudienceNatural)
	legal := slices.ContainsFunc(l.it.Audience, func(a ref.Audience) bool { return a != ref.AudienceNatural })
	for n, th := range c.Themes {
		at := fmt.Sprintf("channels.themes[%d]", n)
		l.want(!strings.HasPrefix(th, "p") || natural, at, "theme_person")
		l.want(!strings.HasPrefix(th, "c") || legal, at, "theme_company")
	}
	l.want(len(c.Themes) > 0, "channels.themes", "themes")
}

// service is what the guide owes people: where, when, two telephone numbers, remedies, and for permits
// a common question and the five links of the process (受理、审核、审批、办结、送达).
func (l *linter) service() {
	i, s := l.it, l.it.Service
	l.want(telephone.MatchString(s.Ask), "service.ask", "telephone")
	l.want(telephone.MatchString(s.Complain), "service.complain", "telephone")
	l.want(s.Ask != s.Complain, "service.complain", "telephone_same")
	l.want(s.Where != "" && s.Hours != "" && s.Process != "", "service", "service")
	l.want(i.Remedy.Review != "" && i.Remedy.Court != "", "remedy", "remedy")
	l.want(i.After.Keep == "" || slices.Contains(keeps, i.After.Keep), "after.keep", "code_missing")
	l.want(i.After.NoticeDays >= 0 && i.After.PublicDays >= 0, "after.notice_days", "code_missing")
	l.want(i.Remedy.ReviewDays >= 60, "remedy.review_days", "review_days")   // 行政复议法 20
	l.want(i.Remedy.CourtMonths == 6, "remedy.court_months", "court_months") // 行政诉讼法 46
	if i.TaskType == ref.TaskPermit {
		l.want(len(i.FAQ) > 0, "faq", "faq")
		l.want(i.ProjectType == ref.ProjectInstant || len(i.Plan.Steps) > 1, "plan.steps", "five_links")
	}
	for n, f := range i.FAQ {
		l.want(f.Q != "" && f.A != "", fmt.Sprintf("faq[%d]", n), "faq")
	}
}

func (l *linter) questions() {
	n := len(l.it.Questions)
	l.want(n >= 3 && n <= 6, "questions", "questions")
	seen := map[string]bool{}
	for n, q := range l.it.Questions {
		at := fmt.Sprintf("questions[%d]", n)
		l.want(kindWord.MatchString(strings.ReplaceAll(q.ID, "_", "-")) && !seen[q.ID], at+".id", "twice", "id", q.ID)
		seen[q.ID] = true
		l.want(q.Text != "" && len(q.Options) > 1, at, "question")
		l.carried(at, q)
		for k, o := range q.Options {
			l.want(o.Value != "" && o.Label != "", fmt.Sprintf("%s.options[%d]", at, k), "question")
		}
	}
}

// carried: an answer that goes into the form is one the form takes.
func (l *linter) carried(at string, q Question) {
	if q.Element == "" {
		return
	}
	i := slices.IndexFunc(l.it.Form, func(f Field) bool { return f.Element == q.Element })
	l.want(i >= 0, at+".element", "element_unknown", "id", q.Element)
	if i < 0 || l.it.Form[i].Kind != "choice" {
		return
	}
	for k, o := range q.Options {
		known := slices.ContainsFunc(l.it.Form[i].Options, func(x Option) bool { return x.Value == o.Value })
		l.want(known || o.Stop != "", fmt.Sprintf("%s.options[%d].value", at, k), "answer_unknown", "value", o.Value)
	}
}
