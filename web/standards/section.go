package standards

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"yimen/domain/catalog"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
)

// section is a part of an item that is written on one page.
type section struct {
	Name  string
	Asks  []ask
	Lists []list
}

// ask is one value of the document, by its JSON path from the item or from a list's row.
type ask struct {
	Path    string
	Long    bool
	Need    bool     // may not be left empty
	Options []string // codes to choose from
	Max     int      // characters, 0 = the kind's
	ID      bool     // small letters, digits, hyphens, once in its list
}

// list is a list of the document, written row by row.
type list struct {
	Path string
	Asks []ask
}

// holds says that a path of the item is written on the section's page.
func (s section) holds(path string) bool {
	return slices.ContainsFunc(s.Asks, func(a ask) bool { return path == a.Path || strings.HasPrefix(path, a.Path+"[") }) ||
		slices.ContainsFunc(s.Lists, func(l list) bool { return strings.HasPrefix(path, l.Path+"[") })
}

// cited are the values of a citation below a path.
func cited(path string) []ask {
	return []ask{{Path: path + ".law"}, {Path: path + ".article"}, {Path: path + ".sub"}, {Path: path + ".paragraph"}, {Path: path + ".point"}, {Path: path + ".text", Long: true}}
}

// spanned are the two values of a length of time.
func spanned(path string) []ask {
	return []ask{{Path: path + ".n"}, {Path: path + ".unit", Options: []string{"workday", "day", "month", "now"}}}
}

func coded[T ~string](all []T) (out []string) {
	for _, x := range all {
		out = append(out, string(x))
	}
	return out
}

func join(parts ...[]ask) []ask { return slices.Concat(parts...) }

// sections are the parts of an item in the order in which they are written. What the basic catalogue says,
// and the form, the plan and the rule, which have editors of their own, are not among them.
var sections = []section{
	{Name: "basic", Asks: []ask{{Path: "name_en"}, {Path: "summary", Long: true, Need: true, Max: 300}, {Path: "aliases", Long: true}, {Path: "needs", Long: true}, {Path: "handle_code"},
		{Path: "project_type", Need: true, Options: coded(ref.ProjectTypes())}, {Path: "power_source", Need: true, Options: []string{"1", "2", "3", "4", "5", "6"}},
		{Path: "audience", Need: true, Options: coded(ref.Audiences())}, {Path: "accept", Need: true, Options: []string{"window", "organ"}}, {Path: "main.id"}, {Path: "main.kind", Options: catalog.HandleKinds},
		{Path: "owner.nature", Options: []string{"1", "2", "3"}}, {Path: "owner.entrusting"}, {Path: "owner.office"}, {Path: "owner.joining", Long: true}, {Path: "owner.joint", Long: true},
		{Path: "owner.local_code"}, {Path: "owner.forward"}}},
	{Name: "conditions", Lists: []list{{"conditions", join([]ask{{Path: "text", Long: true, Need: true}}, cited("basis"))}, {"forbidden", join([]ask{{Path: "text", Long: true, Need: true}}, cited("basis"))},
		{"co_sign", join([]ask{{Path: "role", Need: true}, {Path: "label", Need: true}, {Path: "label_en"}, {Path: "least", Need: true}, {Path: "when"}}, cited("basis"))}}},
	{Name: "materials", Lists: []list{{"materials", join([]ask{{Path: "id", Need: true, ID: true}, {Path: "kind", Need: true}, {Path: "name", Need: true}, {Path: "need", Need: true, Options: coded(ref.Needs())},
		{Path: "form", Need: true, Options: []string{"1", "2", "3"}}, {Path: "original", Need: true, Options: []string{"1", "2", "3"}}, {Path: "copies"}, {Path: "source", Need: true, Options: []string{"10", "20", "99"}},
		{Path: "issuer"}, {Path: "code"}, {Path: "when"}, {Path: "licence"}, {Path: "max_mb"}, {Path: "blank"}, {Path: "check", Long: true}, {Path: "mistakes", Long: true}, {Path: "satisfies", Long: true},
		{Path: "types", Long: true}, {Path: "note", Long: true}, {Path: "prior"}, {Path: "sample.title"}, {Path: "sample.issuer"}, {Path: "sample.lines", Long: true}, {Path: "sample.marks", Long: true}}, cited("basis"))}}},
	{Name: "time", Asks: join(spanned("times.legal"), spanned("times.promised"), spanned("times.tolerance"), spanned("times.extension"), []ask{{Path: "times.supply"}, {Path: "times.silence", Need: true, Options: []string{"none", "refused", "granted"}}, {Path: "times.visits"},
		{Path: "times.visit_why", Long: true}}, cited("times.legal_basis"))},
	{Name: "result", Asks: join([]ask{{Path: "result.kind", Need: true, Options: []string{"licence", "document", "approval", "none"}}, {Path: "result.name"}, {Path: "result.cert_type"}, {Path: "result.prefix"}},
		spanned("result.valid_for"), []ask{{Path: "result.material_kind"}, {Path: "result.area"}, {Path: "result.renewal", Long: true}, {Path: "result.fields", Long: true}, {Path: "result.conditions", Long: true},
			{Path: "result.delivery", Options: []string{"window", "post", "electronic"}}, {Path: "result.sample.title"}, {Path: "result.sample.issuer"}, {Path: "result.sample.lines", Long: true}, {Path: "result.sample.marks", Long: true},
			{Path: "after.supervisor"}, {Path: "after.refusals"}, {Path: "after.public_days"}, {Path: "after.notice_days"}, {Path: "after.keep", Options: []string{"permanent", "30", "10"}}})},
	{Name: "fee", Asks: join([]ask{{Path: "fee.charged"}, {Path: "fee.note", Long: true}}, cited("fee.basis")),
		Lists: []list{{"fee.lines", join([]ask{{Path: "name", Need: true}, {Path: "standard", Long: true, Need: true}, {Path: "amount", Need: true}, {Path: "unit", Need: true}, {Path: "count"}, {Path: "most"}, {Path: "reduced", Long: true}}, cited("basis"))}}},
	{Name: "service", Asks: []ask{{Path: "service.where", Long: true}, {Path: "service.hours", Long: true}, {Path: "service.ask"}, {Path: "service.complain"}, {Path: "service.process", Long: true}, {Path: "service.area"}, {Path: "service.way", Long: true}}},
	{Name: "channels", Asks: []ask{{Path: "channels.area", Options: []string{"country", "provinces", "province", "city", "district"}}, {Path: "channels.depth", Options: []string{"1", "2", "3", "4"}},
		{Path: "channels.ways", Options: []string{"1", "2", "3"}}, {Path: "channels.themes", Long: true}, {Path: "channels.hall"}, {Path: "channels.one_window"}, {Path: "channels.online"}, {Path: "channels.booking"},
		{Path: "channels.payment"}, {Path: "channels.courier"}, {Path: "channels.terminal"}, {Path: "channels.agent"}, {Path: "channels.cross_region"}, {Path: "channels.collect"}, {Path: "channels.tolerant"}}},
	{Name: "special", Asks: join([]ask{{Path: "quota.limited"}, {Path: "quota.number"}, {Path: "quota.period", Options: []string{"year", "batch"}}, {Path: "quota.how"}}, cited("quota.basis"),
		[]ask{{Path: "promise.offered"}, {Path: "promise.materials", Long: true}, {Path: "promise.text", Long: true}}, spanned("promise.check"), cited("promise.basis")),
		Lists: []list{{"special", join([]ask{{Path: "kind", Need: true, Options: catalog.SpecialKinds}, {Path: "name", Need: true}}, spanned("time"), []ask{{Path: "when", Long: true}}, cited("basis"))},
			{"middlemen", join([]ask{{Path: "name", Need: true}, {Path: "paid"}}, cited("basis"))}}},
	{Name: "questions", Lists: []list{{"questions", []ask{{Path: "id", Need: true, ID: true}, {Path: "text", Need: true, Long: true}, {Path: "text_en", Long: true}, {Path: "element"}, {Path: "when"}, {Path: "options", Long: true, Need: true}}},
		{"faq", []ask{{Path: "q", Need: true}, {Path: "a", Need: true, Long: true}}}}},
	{Name: "remedy", Asks: []ask{{Path: "remedy.review"}, {Path: "remedy.review_days"}, {Path: "remedy.court"}, {Path: "remedy.court_months"}}},
}

func sectionOf(name string) (section, error) {
	i := slices.IndexFunc(sections, func(x section) bool { return x.Name == name })
	if i < 0 {
		return section{}, fault.New(fault.NotFound, "fault.not_found")
	}
	return sections[i], nil
}

func (s section) list(path string) (list, error) {
	i := slices.IndexFunc(s.Lists, func(x list) bool { return x.Path == path })
	if i < 0 {
		return list{}, fault.New(fault.NotFound, "fault.not_found")
	}
	return s.Lists[i], nil
}

// at finds the value of a JSON path below v, which is addressable when it is to be written: pointers on
// the way are then made. The label is the message key of its name. An unknown path is a mistake in the table above.
func at(v reflect.Value, path string) (value reflect.Value, label string) {
	for name := range strings.SplitSeq(path, ".") {
		if v.Kind() == reflect.Pointer {
			switch {
			case !v.IsNil():
				v = v.Elem()
			case v.CanSet():
				v.Set(reflect.New(v.Type().Elem()))
				v = v.Elem()
			default:
				v = reflect.Zero(v.Type().Elem())
			}
		}
		t := v.Type()
		i := slices.IndexFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { n, _, _ := strings.Cut(f.Tag.Get("json"), ","); return n == name })
		if i < 0 {
			panic("standards: no " + name + " in " + t.Name()) // found by the first test
		}
		label, v = "item.field."+strings.ToLower(t.Name())+"."+name, v.Field(i)
	}
	return v, label
}

// leaf is the JSON name a path ends in.
func leaf(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// field is an ask with its value, as it is asked.
func (a ask) field(p *page.Page, doc reflect.Value) page.Field {
	v, label := at(doc, a.Path)
	f := page.Field{Name: a.Path, Label: p.T(label), Optional: !a.Need, Auto: "off"}
	if above, _, nested := cutLast(a.Path); nested {
		if _, of := at(doc, above); strings.HasSuffix(above, "basis") || strings.HasSuffix(leaf(above), "legal") || v.Type() == reflect.TypeFor[int]() && leaf(a.Path) == "n" || leaf(a.Path) == "unit" || leaf(above) == "sample" {
			f.Label = p.T(of) + " " + f.Label
		}
	}
	for _, o := range a.Options {
		f.Options = append(f.Options, page.Option{Value: o, Text: optionText(p, v.Type(), leaf(a.Path), o)})
	}
	switch v.Kind() {
	case reflect.Bool:
		f.Kind, f.Value = page.Confirm, map[bool]string{true: "yes"}[v.Bool()]
	case reflect.Int:
		f.Kind, f.Value = page.Number, strconv.FormatInt(v.Int(), 10)
		if v.Int() == 0 {
			f.Value = ""
		}
	case reflect.Slice:
		f = lines(p, f, a, v)
	default:
		f.Value = v.String()
	}
	if a.Long && f.Kind == "" {
		f.Kind, f.Rows = page.LongText, 3
	}
	if len(a.Options) > 0 && f.Kind != page.Checks {
		f.Kind = page.Select
	}
	return f
}

func cutLast(path string) (above, name string, nested bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

func optionText(p *page.Page, t reflect.Type, name, code string) string {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.String {
		return shown(p, name, reflect.ValueOf(code).Convert(t).Interface())
	}
	return shown(p, name, code)
}
