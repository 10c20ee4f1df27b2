package standards

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"yimen/domain/catalog"
	"yimen/foundation/fault"
	"yimen/web/page"
)

// Bounds of what is typed into an item, in characters.
const (
	mostLine  = 200
	mostLong  = 2000
	mostLines = 100
)

// bar stands between the parts of a line.
const bar = " | "

// lines is a list of words, needs or answers as lines, or as boxes where there are codes to choose from.
func lines(p *page.Page, f page.Field, a ask, v reflect.Value) page.Field {
	var all []string
	for i := range v.Len() {
		switch x := v.Index(i).Interface().(type) {
		case catalog.Need:
			all = append(all, trimmed(x.Name, x.NameEn))
		case catalog.Choice:
			all = append(all, trimmed(x.Value, x.Label, x.Stop))
		default:
			all = append(all, v.Index(i).String())
		}
	}
	if len(a.Options) > 0 {
		f.Kind, f.Values = page.Checks, all
		return f
	}
	f.Kind, f.Rows, f.Value = page.LongText, 3, strings.Join(all, "\n")
	switch v.Type() {
	case reflect.TypeFor[[]catalog.Need]():
		f.Hint = p.T("standards.edit.needs")
	case reflect.TypeFor[[]catalog.Choice]():
		f.Hint = p.T("standards.edit.choices")
	default:
		f.Hint = p.T("standards.edit.lines")
	}
	return f
}

func trimmed(parts ...string) string { return strings.TrimRight(strings.Join(parts, bar), " |") }

// set writes what was typed for an ask; the answer is what is wrong with it.
func (a ask) set(doc reflect.Value, in *page.Input) []fault.Field {
	v, _ := at(doc, a.Path)
	wrong := func(key string, args ...any) []fault.Field {
		return []fault.Field{{Name: a.Path, Key: key, Args: args}}
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(in.Text(a.Path) == "yes")
		return nil
	case reflect.Int:
		n, ok := in.Int(a.Path)
		if in.Text(a.Path) != "" && (!ok || n < 0 || n > 1_000_000) {
			return wrong("field.number")
		}
		v.SetInt(n)
		return nil
	case reflect.Slice:
		return a.setLines(v, in)
	}
	typed := in.Text(a.Path)
	if a.Long {
		typed = in.Long(a.Path)
	}
	if most := a.most(); len([]rune(typed)) > most {
		return wrong("form.too_long", "max", most)
	}
	if a.Need && typed == "" {
		return wrong("standards.need_filled")
	}
	if len(a.Options) > 0 && typed != "" && !slices.Contains(a.Options, typed) {
		return wrong("form.choose")
	}
	if a.ID && !idForm.MatchString(typed) {
		return wrong("standards.id_wrong")
	}
	v.SetString(typed)
	return nil
}

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func (a ask) most() int {
	switch {
	case a.Max > 0:
		return a.Max
	case a.Long:
		return mostLong
	}
	return mostLine
}

func (a ask) setLines(v reflect.Value, in *page.Input) []fault.Field {
	var all []string
	if len(a.Options) > 0 {
		all = in.All(a.Path)
	} else {
		for line := range strings.Lines(in.Long(a.Path)) {
			if line = strings.TrimSpace(line); line != "" {
				all = append(all, line)
			}
		}
	}
	bad := func(key string, args ...any) []fault.Field {
		return []fault.Field{{Name: a.Path, Key: key, Args: args}}
	}
	switch {
	case len(all) > mostLines || slices.ContainsFunc(all, func(s string) bool { return len([]rune(s)) > mostLong }):
		return bad("form.too_long", "max", mostLong)
	case a.Need && len(all) == 0:
		return bad("standards.need_filled")
	case len(a.Options) > 0 && slices.ContainsFunc(all, func(s string) bool { return !slices.Contains(a.Options, s) }):
		return bad("form.choose")
	}
	out := reflect.MakeSlice(v.Type(), len(all), len(all))
	for i, s := range all {
		parse(out.Index(i), s, old(v, s))
	}
	v.Set(out)
	return nil
}

// old is the row of the list that a line is about, so that what a line does not show is kept.
func old(v reflect.Value, line string) reflect.Value {
	word, _, _ := strings.Cut(strings.ReplaceAll(line, "\uFF5C", "|"), "|")
	for i := range v.Len() {
		if catalog.RowName(rowOf(v.Index(i)), -1) == strings.TrimSpace(word) {
			return v.Index(i)
		}
	}
	return reflect.Zero(v.Type().Elem())
}

// rowOf lets a list of plain words be named like one of rows.
func rowOf(v reflect.Value) any {
	if v.Kind() == reflect.Struct {
		if c, ok := v.Interface().(catalog.Choice); ok {
			return struct{ Value string }{c.Value}
		}
		return v.Interface()
	}
	return struct{ Value string }{v.String()}
}

// parse reads a line into a row.
func parse(row reflect.Value, line string, was reflect.Value) {
	if row.Kind() == reflect.String {
		row.SetString(line)
		return
	}
	parts := append(strings.Split(strings.ReplaceAll(line, "\uFF5C", "|"), "|"), "", "")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	row.Set(was)
	switch x := row.Addr().Interface().(type) {
	case *catalog.Need:
		x.Name, x.NameEn = parts[0], parts[1]
	case *catalog.Choice:
		x.Value, x.Label, x.Stop = parts[0], parts[1], parts[2]
	}
}

// fill writes all asks of a form and drops citations that are empty. What is wrong is said at once.
func fill(doc reflect.Value, asks []ask, in *page.Input) error {
	var bad []fault.Field
	for _, a := range asks {
		bad = append(bad, a.set(doc, in)...)
	}
	for _, a := range asks {
		if above, name, _ := cutLast(a.Path); name == "law" {
			bad = append(bad, settle(doc, above)...)
		}
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// settle takes away a citation that says nothing; one that names no law is not finished.
func settle(doc reflect.Value, path string) []fault.Field {
	v, _ := at(doc, path)
	c, ok := v.Interface().(*catalog.Citation)
	switch {
	case !ok || c == nil:
		return nil
	case *c == catalog.Citation{}:
		v.SetZero()
	case c.Law == "":
		return []fault.Field{{Name: path + ".law", Key: "standards.need_filled"}}
	case c.Article == 0:
		return []fault.Field{{Name: path + ".article", Key: "standards.need_filled"}}
	}
	return nil
}
