package page

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"yimen/domain/catalog"
)

var rowNumber = regexp.MustCompile(`^(\w+)\[(\d+)\]$`)

// ItemPlace is a JSON path of an item in words: materials[2].name as 申请材料 3 › 材料名称; a path that leads nowhere stays as it is.
func ItemPlace(p *Page, path string) string {
	var out []string
	t := reflect.TypeFor[catalog.Item]()
	for part := range strings.SplitSeq(path, ".") {
		name, row := part, ""
		if m := rowNumber.FindStringSubmatch(part); m != nil {
			n, _ := strconv.Atoi(m[2])
			name, row = m[1], " "+strconv.Itoa(n+1)
		}
		i := -1
		if t.Kind() == reflect.Struct {
			i = slices.IndexFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { n, _, _ := strings.Cut(f.Tag.Get("json"), ","); return n == name })
		}
		if i < 0 {
			return path
		}
		out = append(out, p.T("item.field."+strings.ToLower(t.Name())+"."+name)+row)
		for t = t.Field(i).Type; t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice; {
			t = t.Elem()
		}
	}
	return strings.Join(out, " "+p.T("standards.diff.join")+" ")
}
