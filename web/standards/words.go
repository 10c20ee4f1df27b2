package standards

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"yimen/domain/catalog"
	"yimen/process/issuance"
	"yimen/web/page"
	"yimen/web/text"
)

func number(n int) string { return strconv.Itoa(n) }

// keyed is a code of ref's lists, which knows its own sentence.
type keyed interface{ Key() string }

// shown is a value of an item in words; name is its JSON name, by which codes find theirs.
func shown(p *page.Page, name string, value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		return p.T("standards." + map[bool]string{true: "yes", false: "no"}[v])
	case catalog.Span:
		return span(p, v)
	case catalog.Citation:
		return citation(p, v)
	case catalog.FAQ:
		return v.Q + "\n" + v.A
	case keyed:
		if s := fmt.Sprint(reflect.ValueOf(v).Interface()); s == "" || s == "0" || !text.Has(v.Key()) {
			return s
		}
		return p.T(v.Key())
	}
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Slice:
		return listed(p, name, v)
	case reflect.Struct:
		return catalog.RowName(value, 0)
	case reflect.Int, reflect.Int64:
		if v.Int() == 0 {
			return ""
		}
	}
	s := fmt.Sprint(value)
	if key := "item.value." + name + "." + s; s != "" && text.Has(key) {
		return p.T(key)
	}
	return s
}

func listed(p *page.Page, name string, v reflect.Value) string {
	var out []string
	for i := range v.Len() {
		out = append(out, shown(p, name, v.Index(i).Interface()))
	}
	sep := p.T("standards.mark")
	for _, s := range out {
		if len([]rune(s)) > 20 {
			sep = "\n"
		}
	}
	return strings.Join(out, sep)
}

func span(p *page.Page, s catalog.Span) string {
	switch s.Unit {
	case "":
		return ""
	case "now":
		return p.T("item.value.unit.now")
	}
	return p.T("standards.span", "n", s.N, "unit", p.T("item.value.unit."+s.Unit))
}

func citation(p *page.Page, c catalog.Citation) string {
	if c.Law == "" {
		return ""
	}
	in := func(key string, args ...any) string { return text.T(text.Chinese, key, args...) } // laws are cited in Chinese on every page
	said := p.T("standards.citation", "law", c.Law, "article", (&issuance.Press{Text: in}).Article(c.Article, c.Sub, c.Paragraph, c.Point))
	if c.Text != "" {
		said += "\n" + c.Text
	}
	return said
}

// place is where in an item something stands, in words: 申请材料 id-card › 份数.
func place(p *page.Page, path []catalog.Place) string {
	var out []string
	for _, x := range path {
		s := p.T("item.field." + x.Field)
		if x.Row != "" {
			s += " " + x.Row
		}
		out = append(out, s)
	}
	return strings.Join(out, " "+p.T("standards.diff.join")+" ")
}

// last is the JSON name a path ends in.
func last(path []catalog.Place) string {
	_, name, _ := strings.Cut(path[len(path)-1].Field, ".")
	return name
}
