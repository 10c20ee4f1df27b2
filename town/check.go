package town

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/rule"
	"yimen/ref"
)

// checker gathers flaws of one file.
type checker struct {
	town  *Town
	laws  *Laws
	day   string
	file  string
	flaws Flaws
}

// Check looks for everything a keeper could have written wrongly. With laws it also resolves
// every citation against the versions in force on the day (yyyy-mm-dd); laws may be nil.
func (t *Town) Check(laws *Laws, day string) Flaws {
	c := &checker{town: t, laws: laws, day: day}
	c.file = "org.json"
	c.org()
	c.texts("", reflect.ValueOf(t.Org))
	c.assumed(t.Org.Assumed)
	c.file = "staff.json"
	c.staff()
	c.texts("", reflect.ValueOf(t.Staff))
	labels := map[string]catalog.Field{}
	for _, item := range t.Items {
		c.file = string(item.ID)
		c.item(item)
		c.fields(item.Form, labels)
		c.form(item)
		c.staffed(item)
		c.texts("", reflect.ValueOf(item))
		c.assumed(item.Assumed)
	}
	return c.flaws
}

// bad notes a flaw at the line of the path, or of the nearest path around it.
func (c *checker) bad(at, format string, args ...any) {
	line, near := 0, at
	for line == 0 && near != "" {
		line = c.town.places[c.file][near]
		cut := strings.LastIndexAny(near, ".[")
		if cut < 0 {
			break
		}
		near = near[:cut]
	}
	file := c.file
	if f := c.town.files[ref.ItemID(file)]; f != "" {
		file = f
	}
	c.flaws = append(c.flaws, Flaw{file, line, at, fmt.Sprintf(format, args...)})
}

func (c *checker) want(ok bool, at, format string, args ...any) {
	if !ok {
		c.bad(at, format, args...)
	}
}

var (
	itemWord    = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$`)
	elementWord = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$`)
	kindWord    = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	landline    = regexp.MustCompile(`^0757-0000 \d{4}$`)
	catchAll    = regexp.MustCompile(`其他(有关)?(材料|资料|文件)`)
)

func (c *checker) item(i catalog.Item) {
	c.want(itemWord.MatchString(string(i.ID)), "id", "not an item word")
	c.want(i.Name != "" && i.Summary != "", "name", "name and summary must be written")
	c.want(len(i.Aliases) > 0, "aliases", "no everyday word to find it by")
	c.want(i.ProjectType.Known(), "project_type", "unknown code")
	c.want(len(i.PowerSource) == 1 && strings.Contains("123456", i.PowerSource), "power_source", "not 1 to 6")
	c.want(len(i.Audience) > 0, "audience", "for nobody")
	for n, a := range i.Audience {
		c.want(a.Known(), fmt.Sprintf("audience[%d]", n), "unknown code")
	}
	c.want(len(i.Basis) > 0, "basis", "no legal basis")
	c.want(i.Accept == catalog.AcceptAtWindow || i.Accept == catalog.AcceptByOrgan, "accept", "neither window nor organ")
	c.want(!i.WalkThrough || i.NameEn != "" && len(i.Conditions) > 2 && len(i.Materials) > 2, "walk_through", "not whole: English name, three conditions and materials")
	c.codes(i)
	c.citations(i)
	c.materials(i.Materials)
	c.plan(i)
	c.rule(i.Rule)
	c.times(i)
	c.result(i)
	c.outward(i)
}

// codes: 实施编码 is the organ's code, the level and the 12-character 基本编码, whose type is
// the item's; the 办理项编码 begins with it.
func (c *checker) codes(i catalog.Item) {
	organ, known := c.town.Organ(i.Organ)
	c.want(known, "organ", "unknown organ %s", i.Organ)
	c.want(organ.Level == i.Level, "level", "the organ's level is %d", organ.Level)
	c.want(i.TaskType.Known() && i.TaskType.OnApplication(), "task_type", "not a type people apply for")
	task, err := ref.ParseTaskCode(i.TaskCode)
	if err != nil {
		c.bad("task_code", "%v", err)
		return
	}
	c.want(string(task) == i.TaskCode, "task_code", "not in its canonical form")
	c.want(task.Organ() == organ.USCC, "task_code", "begins with another organ's code")
	c.want(task.Level() == i.Level, "task_code", "character 19 is not the level")
	c.want(task.Type() == i.TaskType, "task_code", "characters 22 and 23 are not the task type")
	if i.HandleCode != "" {
		handle, err := ref.ParseHandleCode(i.HandleCode)
		c.want(err == nil && handle.Task() == task, "handle_code", "not the task code and two digits")
	}
}

// citations finds every Citation in the item and resolves it.
func (c *checker) citations(i catalog.Item) {
	c.each("", reflect.ValueOf(i), func(at string, v reflect.Value) {
		cited, ok := v.Interface().(catalog.Citation)
		if !ok {
			return
		}
		c.want(cited.Law != "" && cited.Article > 0 && cited.Text != "", at, "a citation needs law, article and words")
		if c.laws == nil {
			return
		}
		if err := c.laws.Resolve(cited, c.day); errors.Is(err, ErrNoLaw) {
			c.want(slices.Contains(i.Assumed, at), at, "%v, and it is not marked assumed", err)
		} else if err != nil {
			c.bad(at, "%v", err)
		}
	})
}

func (c *checker) materials(list []catalog.MaterialSpec) {
	seen := map[string]bool{}
	for n, m := range list {
		at := fmt.Sprintf("materials[%d]", n)
		c.want(!seen[m.ID], at+".id", "there twice")
		seen[m.ID] = true
		c.want(kindWord.MatchString(m.ID) && kindWord.MatchString(m.Kind), at+".kind", "not a word")
		c.want(m.Name != "" && !catchAll.MatchString(m.Name), at+".name", "a material must be named, without a catch-all") // 广东省优化营商环境条例 29
		c.want(m.Need.Known(), at+".need", "unknown code")
		c.want(m.Form == "1" || m.Form == "2" || m.Form == "3", at+".form", "not 1 to 3")
		c.want(m.Original == "1" || m.Original == "2" || m.Original == "3", at+".original", "not 1 to 3")
		c.want(m.Source == "10" || m.Source == "20" || m.Source == "99", at+".source", "not 10, 20 or 99")
		c.want(m.Source != "20" || m.Issuer != "", at+".issuer", "issued by government, but by whom")
		c.want(len(m.Check) > 0 && len(m.Mistakes) > 0, at, "what to check and the common mistakes must be written")
	}
}

var (
	fieldKinds = []string{"text", "longtext", "number", "money", "date", "choice", "idnumber", "uscc", "phone", "address"}
	prefills   = []string{"", "answer", "name", "number", "phone", "address", "representative"}
)

// fields: an element means the same thing in every item, or prefilling would lie.
func (c *checker) fields(asked []catalog.Field, known map[string]catalog.Field) {
	seen := map[string]bool{}
	for n, f := range asked {
		at := fmt.Sprintf("form[%d]", n)
		c.want(elementWord.MatchString(f.Element), at+".element", "not a data element id")
		c.want(!seen[f.Element], at+".element", "asked twice")
		seen[f.Element] = true
		c.want(f.Label != "" && f.LabelEn != "" && f.Section != "", at, "label, English label and section must be written")
		c.want(slices.Contains(fieldKinds, f.Kind), at+".kind", "unknown kind %q", f.Kind)
		c.want(slices.Contains(prefills, f.Prefill), at+".prefill", "no such fact %q", f.Prefill)
		c.want((f.Kind == "choice") == (len(f.Options) > 1), at+".options", "a choice has two options or more, nothing else has any")
		if before, ok := known[f.Element]; ok {
			c.want(before.Kind == f.Kind && before.Label == f.Label, at, "%s is %s %q in another item", f.Element, before.Kind, before.Label)
		}
		known[f.Element] = f
	}
}

// form: what an item asks and when must be readable.
func (c *checker) form(i catalog.Item) {
	raw, err := json.Marshal(i)
	if err != nil {
		c.bad("form", "%v", err)
		return
	}
	spec, err := form.ReadSpec(raw)
	if err != nil {
		c.bad("form", "%v", err)
		return
	}
	for _, f := range form.MakeModel(spec, rule.Plain).Flaws() {
		c.bad(f.Path, "%s %v", f.Key, f.Args)
	}
}

func (c *checker) rule(r catalog.Rule) {
	seen, outcomes := map[string]bool{}, map[string]bool{}
	for n, row := range r.Rows {
		at := fmt.Sprintf("rule.rows[%d]", n)
		c.want(row.ID != "" && !seen[row.ID], at+".id", "empty or there twice")
		c.want(row.When != "" && row.Says != "", at, "when and says must be written")
		c.want(row.Outcome == "grant" || row.Outcome == "refuse", at+".outcome", "neither grant nor refuse")
		seen[row.ID], outcomes[row.Outcome] = true, true
	}
	c.want(outcomes["grant"] && outcomes["refuse"], "rule.rows", "the deciding step needs rows that grant and rows that refuse")
}

func (c *checker) result(i catalog.Item) {
	r := i.Result
	c.want(slices.Contains([]string{"licence", "document", "approval", "none"}, r.Kind), "result.kind", "unknown kind %q", r.Kind)
	c.want(!strings.HasSuffix(r.Name, "证") || r.Kind == "licence", "result.kind", "a …证 is a licence")
	c.want(!strings.HasSuffix(r.Name, "批复") || r.Kind == "approval", "result.kind", "a …批复 is an approval")
	if r.Kind == "none" {
		return
	}
	organ, _ := c.town.Organ(i.Organ)
	c.want(len(r.CertType) == 21, "result.cert_type", "not 21 characters")
	_, err := ref.ParseUSCC(r.CertType[:min(18, len(r.CertType))])
	c.want(err == nil, "result.cert_type", "does not begin with a 统一社会信用代码")
	c.want(strings.HasPrefix(r.Prefix, firstRune(organ.Doc)), "result.prefix", "does not begin as the organ's documents do")
	c.want(kindWord.MatchString(r.MaterialKind), "result.material_kind", "not a kind of material")
	for n, e := range r.Fields {
		asked := slices.ContainsFunc(i.Form, func(f catalog.Field) bool { return f.Element == e })
		c.want(asked, fmt.Sprintf("result.fields[%d]", n), "the form does not ask for %s", e)
	}
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return "?"
}

// outward is what the guide owes people: fees with a basis, remedies, two telephone numbers.
func (c *checker) outward(i catalog.Item) {
	c.want(!i.Fee.Charged || i.Fee.Basis != nil, "fee.basis", "charged without a basis") // 行政许可法 58
	c.want(i.Remedy.Review != "" && i.Remedy.Court != "", "remedy", "review organ and court must be written")
	c.want(i.Remedy.ReviewDays == 60, "remedy.review_days", "行政复议法 20 says 60")
	c.want(i.Remedy.CourtMonths == 6, "remedy.court_months", "行政诉讼法 46 says 6")
	c.want(landline.MatchString(i.Service.Ask) && landline.MatchString(i.Service.Complain), "service", "telephone numbers are 0757-0000 and four digits")
	c.want(i.Service.Ask != i.Service.Complain, "service.complain", "the same number as for questions")
	c.want(i.Service.Where != "" && i.Service.Hours != "" && i.Service.Process != "", "service", "where, hours and process must be written")
}

// assumed: a marked path that is not in the file marks nothing.
func (c *checker) assumed(marks []string) {
	for n, at := range marks {
		_, found := c.town.places[c.file][strings.ReplaceAll(at, "[*]", "[0]")]
		c.want(found, fmt.Sprintf("assumed[%d]", n), "no such path %s", at)
	}
}

// texts refuses half-width punctuation beside a Han character in everything people read.
func (c *checker) texts(at string, v reflect.Value) {
	c.each(at, v, func(at string, v reflect.Value) {
		if v.Kind() == reflect.String && halfWidth(v.String()) {
			c.bad(at, "half-width punctuation beside a Han character: %s", v.String())
		}
	})
}

func halfWidth(s string) bool {
	before := rune(0)
	for _, r := range s {
		if mark(r) && unicode.Is(unicode.Han, before) || mark(before) && unicode.Is(unicode.Han, r) {
			return true
		}
		before = r
	}
	return false
}

func mark(r rune) bool { return r != 0 && strings.ContainsRune(",.:;?!()\"'<>", r) }

// each visits every value below v with its JSON path, pointers followed.
func (c *checker) each(at string, v reflect.Value, visit func(string, reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.each(at, v.Elem(), visit)
		}
		return
	case reflect.Struct:
		for n := range v.NumField() {
			if name, _, _ := strings.Cut(v.Type().Field(n).Tag.Get("json"), ","); name != "" {
				c.each(join(at, name), v.Field(n), visit)
			}
		}
	case reflect.Slice:
		for n := range v.Len() {
			c.each(fmt.Sprintf("%s[%d]", at, n), v.Index(n), visit)
		}
	}
	visit(at, v)
}
