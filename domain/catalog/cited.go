package catalog

import (
	"fmt"
	"reflect"
	"strings"
)

// Located is a citation and its JSON path in the item, e.g. "materials[2].basis".
type Located struct {
	Path string
	Citation
}

// Citations are all citations of an item, in the order of its document.
func (it *Item) Citations() (out []Located) {
	Walk(it, func(at string, v reflect.Value) {
		if c, ok := v.Interface().(Citation); ok && c.Law != "" {
			out = append(out, Located{at, c})
		}
	})
	return out
}

// Walk visits every value below v with its JSON path, inner ones first, pointers followed; fields without a name in JSON
// are left out.
func Walk(v any, visit func(path string, v reflect.Value)) { walk("", reflect.ValueOf(v), visit) }

func walk(at string, v reflect.Value, visit func(string, reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(at, v.Elem(), visit)
		}
		return
	case reflect.Struct:
		for n := range v.NumField() {
			if name, _, _ := strings.Cut(v.Type().Field(n).Tag.Get("json"), ","); name != "" {
				walk(join(at, name), v.Field(n), visit)
			}
		}
	case reflect.Slice:
		for n := range v.Len() {
			walk(fmt.Sprintf("%s[%d]", at, n), v.Index(n), visit)
		}
	}
	visit(at, v)
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}
