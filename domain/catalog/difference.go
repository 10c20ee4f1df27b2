package catalog

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Difference is one thing that is otherwise in another version of an item.
type Difference struct {
	Path   []Place
	Before any // nil: it was not there
	After  any // nil: it is not there any more
}

// Place is a step on the way to a value: a field of the document, and which row where it is a list.
type Place struct {
	Field string // type and JSON name, e.g. materialspec.name: a key of the catalogues
	Row   string // the row's id or words, empty when the field is no list
}

// Differences tells two versions of an item apart, field by field in the order of the document.
// Rows with an id are the same row wherever they stand; others are matched by what they say.
func Differences(before, after *Item) []Difference {
	return structs(nil, reflect.ValueOf(*before), reflect.ValueOf(*after))
}

// whole are structs that are told apart as one value.
var whole = map[reflect.Type]bool{reflect.TypeFor[Citation](): true, reflect.TypeFor[Span](): true, reflect.TypeFor[Option](): true, reflect.TypeFor[Need](): true, reflect.TypeFor[FAQ](): true}

func structs(at []Place, a, b reflect.Value) (out []Difference) {
	t := a.Type()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		place := Place{Field: strings.ToLower(t.Name()) + "." + name}
		out = append(out, values(at, place, a.Field(i), b.Field(i))...)
	}
	return out
}

func values(at []Place, place Place, a, b reflect.Value) []Difference {
	here := append(slices.Clone(at), place)
	switch t := a.Type(); {
	case t.Kind() == reflect.Pointer:
		return pointers(here, a, b)
	case t.Kind() == reflect.Struct && !whole[t]:
		return structs(here, a, b)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return lists(at, place, a, b)
	case t.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0, reflect.DeepEqual(a.Interface(), b.Interface()):
		return nil
	}
	return []Difference{{here, a.Interface(), b.Interface()}}
}

func pointers(here []Place, a, b reflect.Value) []Difference {
	d := Difference{Path: here}
	if !a.IsNil() {
		d.Before = a.Elem().Interface()
	}
	if !b.IsNil() {
		d.After = b.Elem().Interface()
	}
	if reflect.DeepEqual(d.Before, d.After) {
		return nil
	}
	return []Difference{d}
}

// lists pairs the rows of two lists by id, or where they have none by their words.
func lists(at []Place, place Place, a, b reflect.Value) (out []Difference) {
	used := make([]bool, b.Len())
	for i := range a.Len() {
		row := a.Index(i)
		place.Row = RowName(row.Interface(), i)
		here := append(slices.Clone(at), place)
		j := same(row, i, b, used)
		if j < 0 {
			out = append(out, Difference{Path: here, Before: row.Interface()})
			continue
		}
		used[j] = true
		if whole[row.Type()] {
			if !reflect.DeepEqual(row.Interface(), b.Index(j).Interface()) {
				out = append(out, Difference{here, row.Interface(), b.Index(j).Interface()})
			}
			continue
		}
		out = append(out, structs(here, row, b.Index(j))...)
	}
	for j, u := range used {
		if !u {
			place.Row = RowName(b.Index(j).Interface(), j)
			out = append(out, Difference{Path: append(slices.Clone(at), place), After: b.Index(j).Interface()})
		}
	}
	return out
}

// same finds the row of the other list that is this one, -1 when it is gone.
func same(row reflect.Value, i int, b reflect.Value, used []bool) int {
	name := RowName(row.Interface(), i)
	for j := range b.Len() {
		if !used[j] && RowName(b.Index(j).Interface(), j) == name {
			return j
		}
	}
	return -1
}

// rowNames are the fields by which a row is known, the first that is filled.
var rowNames = []string{"ID", "Element", "Name", "Text", "Label", "Q", "Holds", "Value"}

// RowName says which row of a list this is; n is its place in the list, counted from 0.
func RowName(row any, n int) string {
	v := reflect.ValueOf(row)
	if c, ok := row.(Citation); ok {
		return strings.TrimSpace(inShort([]Citation{c}))
	}
	for _, f := range rowNames {
		if x := v.FieldByName(f); x.IsValid() && x.Kind() == reflect.String && x.String() != "" {
			return x.String()
		}
	}
	return strconv.Itoa(n + 1)
}
