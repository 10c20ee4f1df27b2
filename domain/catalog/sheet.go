package catalog

import (
	_ "embed"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode"
)

// The workbook is a form in Chinese like those on paper: its titles are what reading goes by, the same for
// every department and in whatever language a person's pages are. All of them stand in sheet.json.

// Kinds of column: how a cell's words become a value.
const (
	kindText   = "text"
	kindNumber = "number" // a whole number, not below 0; empty is 0
	kindYes    = "yes"    // empty is no
	kindCode   = "code"   // of a code table
	kindCodes  = "codes"  // several, one a line
	kindDate   = "date"   // yyyy-mm-dd
	kindLines  = "lines"  // several words, one a line
	kindPairs  = "pairs"  // several pairs of words, one a line, parted by |
	kindCells  = "cells"  // as many columns as there are words
)

// organTable is the code table of organs, which differs from town to town: what is not in it is taken as it
// is, and the linter judges.
const organTable = "organ"

// sheetColumn is one column of a sheet of the workbook.
type sheetColumn struct {
	Title    string  `json:"title"`
	Path     string  `json:"path"` // in the row's value, as JSON names it
	Kind     string  `json:"kind"`
	Table    string  `json:"table"` // of kind code and codes
	Required bool    `json:"required"`
	Width    float64 `json:"width"`
	Help     string  `json:"help"`
	fields   []int
}

// sheetForm is one sheet: its rows are the elements of one list of the item.
type sheetForm struct {
	Name    string        `json:"name"`
	List    string        `json:"list"` // JSON path of the list in the item; empty: the items themselves
	Sub     string        `json:"sub"`  // the list inside that list's elements, which have an id; or empty
	Help    string        `json:"help"`
	Columns []sheetColumn `json:"columns"`
	list    []int
	sub     []int
}

// full is the path of the list without places: questions.options.
func (f *sheetForm) full() string {
	if f.Sub != "" {
		return f.List + "." + f.Sub
	}
	return f.List
}

type bookForm struct {
	Guide        []string    `json:"guide"`
	GuideSheet   string      `json:"guide_sheet"`
	CodeSheet    string      `json:"code_sheet"`
	ItemColumn   string      `json:"item_column"`
	ParentColumn string      `json:"parent_column"`
	Yes          string      `json:"yes"`
	No           string      `json:"no"`
	Required     string      `json:"required"`
	Choose       string      `json:"choose"`
	TableColumn  string      `json:"table_column"`
	TitleColumn  string      `json:"title_column"`
	HelpColumn   string      `json:"help_column"`
	Sheets       []sheetForm `json:"sheets"`
}

//go:embed sheet.json
var sheetJSON []byte

var book = func() (b bookForm) {
	if err := json.Unmarshal(sheetJSON, &b); err != nil {
		panic(err) // the file is built in
	}
	for n := range b.Sheets {
		b.Sheets[n].compile()
	}
	return b
}()

// compile finds the fields that paths name, so that reading and writing a cell searches nothing.
func (f *sheetForm) compile() {
	row := reflect.TypeFor[Item]()
	if f.List != "" {
		f.list = fieldsOf(row, f.List)
		row = row.FieldByIndex(f.list).Type.Elem()
	}
	if f.Sub != "" {
		f.sub = fieldsOf(row, f.Sub)
		row = row.FieldByIndex(f.sub).Type.Elem()
	}
	for n := range f.Columns {
		f.Columns[n].fields = fieldsOf(row, f.Columns[n].Path)
	}
}

func fieldsOf(t reflect.Type, path string) (out []int) {
	for name := range strings.SplitSeq(path, ".") {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		at := -1
		for n := range t.NumField() {
			if tag, _, _ := strings.Cut(t.Field(n).Tag.Get("json"), ","); tag == name {
				at = n
			}
		}
		if at < 0 {
			panic("sheet.json: no " + path + " in " + t.Name()) // the file is built in
		}
		out, t = append(out, at), t.Field(at).Type
	}
	return out
}

// under gives the value a column stands for; not ok behind a pointer to nothing, unless it is to be made.
func under(v reflect.Value, fields []int, make bool) (reflect.Value, bool) {
	for _, n := range fields {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() && !make {
				return v, false
			}
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, true
}

// codesOf is a column's code table; organs are the town's.
func (c sheetColumn) codesOf(organs CodeTable) CodeTable {
	if c.Table == organTable {
		return organs
	}
	return TableOf(c.Table)
}

// organCodes are the organs as a table to choose from.
func organCodes(organs []Code) CodeTable {
	return CodeTable{ID: organTable, Name: book.organTitle(), Codes: append(organs[:len(organs):len(organs)], Code{Code: string(Street)})}
}

// organTitle is what the column of organs is called.
func (b bookForm) organTitle() string {
	for _, c := range b.Sheets[0].Columns {
		if c.Table == organTable {
			return c.Title
		}
	}
	return ""
}

// escape keeps a word on one line and in one part of it.
var escape = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "|", `\|`)

// parts splits what escape made at its bars and gives the words back.
func parts(line string) []string {
	out, b, escaped := []string{}, strings.Builder{}, false
	for _, r := range line {
		switch {
		case escaped && r == 'n':
			b.WriteByte('\n')
			escaped = false
		case escaped:
			b.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '|':
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteRune(r)
		}
	}
	return append(out, b.String())
}

// Tidy is an item in the one form in which equal items are equal documents: words without space around them
// and without characters that cannot be seen, no empty words in lists, empty lists and citations left out.
// The item itself is not changed.
func Tidy(it *Item) (*Item, error) {
	out, err := it.Copy()
	if err != nil {
		return nil, err
	}
	tidy(reflect.ValueOf(out).Elem(), "")
	return out, nil
}

func tidy(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(tidyText(v.String()))
	case reflect.Struct:
		for n := range v.NumField() {
			tidy(v.Field(n), v.Type().Field(n).Tag.Get("json"))
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if tidy(v.Elem(), ""); v.Elem().IsZero() {
			v.SetZero()
		}
	case reflect.Slice:
		tidyList(v, name)
	}
}

// tidyList drops what says nothing; the cells of a rule keep their places.
func tidyList(v reflect.Value, name string) {
	kept := reflect.MakeSlice(v.Type(), 0, v.Len())
	for n := range v.Len() {
		tidy(v.Index(n), "")
		if word := v.Type().Elem().Kind() == reflect.String || isPair(v.Type().Elem()); !word || name == "cells" || !v.Index(n).IsZero() {
			kept = reflect.Append(kept, v.Index(n))
		}
	}
	if v.Set(kept); kept.Len() == 0 {
		v.SetZero()
	}
}

// isPair says that a list of such elements is written in one cell, two words a line.
func isPair(t reflect.Type) bool {
	return t == reflect.TypeFor[Need]() || t == reflect.TypeFor[Option]()
}

func tidyText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\uFEFF', r == '\uFFFE', r == '\uFFFF':
			return -1 // a right-to-left override makes a name read as another
		}
		return r
	}, s))
}

// Equal says that two items say the same.
func Equal(a, b *Item) (bool, error) {
	x, err := Tidy(a)
	if err != nil {
		return false, err
	}
	y, err := Tidy(b)
	return err == nil && reflect.DeepEqual(x, y), err
}

// cellsTitle heads the n-th column of a kind that has several, from 1.
func cellsTitle(title string, n int) string { return title + " " + strconv.Itoa(n) }
