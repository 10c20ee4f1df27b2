package catalog

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
)

// Code is one value of a code table.
type Code struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	NameEn   string `json:"name_en"`
	National string `json:"national"` // the value of the national exchange where it is another one, or empty
}

// Shown is a code as a menu shows it: the code and its name.
func (c Code) Shown() string { return c.Code + " " + c.Name }

// CodeTable is a list of codes, in the order of a menu.
type CodeTable struct {
	ID    string `json:"id"`   // its column's name where the national exchange has one: task_type
	Name  string `json:"name"` // e.g. 事项类型
	Note  string `json:"note"` // what is not certain about it, for people; [GK] = general knowledge, no source read
	Codes []Code `json:"codes"`
}

//go:embed codes.json
var codesJSON []byte

var codeTables = func() map[string]CodeTable {
	var doc struct {
		Tables []CodeTable `json:"tables"`
	}
	if err := json.Unmarshal(codesJSON, &doc); err != nil {
		panic(err) // the file is built in
	}
	out := map[string]CodeTable{}
	for _, t := range doc.Tables {
		out[t.ID] = t
		codeOrder = append(codeOrder, t.ID)
	}
	return out
}()

var codeOrder []string

// CodeTables are all code tables of an item's elements.
func CodeTables() (out []CodeTable) {
	for _, id := range codeOrder {
		out = append(out, codeTables[id])
	}
	return out
}

// TableOf finds a code table by id; one that is not there has no codes.
func TableOf(id string) CodeTable { return codeTables[id] }

// Of finds a code.
func (t CodeTable) Of(code string) (Code, bool) {
	i := slices.IndexFunc(t.Codes, func(c Code) bool { return c.Code == code })
	if i < 0 {
		return Code{}, false
	}
	return t.Codes[i], true
}

// NameOf is a code's name, the code itself where the table does not have it.
func (t CodeTable) NameOf(code string) string {
	if c, ok := t.Of(code); ok {
		return c.Name
	}
	return code
}

// Read takes what a person wrote for a code: the code, its name, or both as Shown puts them.
func (t CodeTable) Read(written string) (string, bool) {
	first, _, _ := strings.Cut(written, " ")
	for _, fits := range []func(Code) bool{
		func(c Code) bool { return c.Code == written || c.Shown() == written || c.Name == written },
		func(c Code) bool { return c.Code == first },
	} {
		if i := slices.IndexFunc(t.Codes, fits); i >= 0 {
			return t.Codes[i].Code, true
		}
	}
	return "", false
}

// padded takes a code that a spreadsheet made a number of: 1 for 01.
func (t CodeTable) padded(number string) (string, bool) {
	for _, c := range t.Codes {
		if strings.TrimLeft(c.Code, "0") == number {
			return c.Code, true
		}
	}
	return "", false
}
