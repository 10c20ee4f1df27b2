// Package rule holds decision tables that bound discretion (裁量规则), after DMN 1.5 at conformance level 2.
//
// Invariants: a table decides the same way everywhere, because its numbers are decimals and its
// expressions name nothing outside the table; a release is signed by two different persons and
// never changed; a draft that is changed loses its signatures; what is not known is null and
// never true.
package rule

import (
	"embed"

	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Table is a decision table as its keeper works with it.
type Table struct {
	ID      ref.RuleID  `json:"id"`
	Name    string      `json:"name"`
	Organ   ref.OrganID `json:"organ"` // whose discretion it bounds
	Item    ref.ItemID  `json:"item"`  // the item it belongs to, or empty
	Policy  Policy      `json:"policy"`
	Inputs  []Input     `json:"inputs"`
	Outputs []Output    `json:"outputs"` // the first is the outcome: grant · refuse · …
	Rows    []Row       `json:"rows"`
}

// Input is a column of conditions over one fact.
type Input struct {
	Name       string `json:"name"`       // the fact, as expressions name it: may be Chinese, hold spaces or be a data element's id
	Expression string `json:"expression"` // what is tested; empty: the fact itself. A column with one has no fact of its own
	Label      string `json:"label"`      // its heading
	Type       Type   `json:"type"`
	Allowed    string `json:"allowed"` // S-FEEL unary tests, e.g. "高","中","低" or [0..100]; empty: anything
}

// Output is a column of conclusions.
type Output struct {
	Name    string `json:"name"`
	Label   string `json:"label"`
	Type    Type   `json:"type"`
	Allowed string `json:"allowed"` // in the order of priority
	Default string `json:"default"` // when no row is hit
}

// Row is one rule: its cells stand beside the inputs, its outputs beside the outputs.
type Row struct {
	ID      string   `json:"id"`             // stable, e.g. "R3": what a decision cites
	When    string   `json:"when,omitempty"` // what must hold, in plain words, for who has to judge it
	Cells   []string `json:"cells"`
	Outputs []string `json:"outputs"`
	Says    string   `json:"says"` // sentence for the letter
	Basis   Citation `json:"basis"`
}

// Type is a column's type by FEEL's name.
type Type string

// The types of columns.
const (
	TypeString   Type = "string"
	TypeNumber   Type = "number"
	TypeInteger  Type = "integer" // ours: a number without a fraction, which leaves no gap between 17 and 18
	TypeBoolean  Type = "boolean"
	TypeDate     Type = "date"
	TypeTime     Type = "time"
	TypeDateTime Type = "date and time"
	TypeDays     Type = "days and time duration"
	TypeMonths   Type = "years and months duration"
)

// Types are all of them, in the order people choose from.
var Types = []Type{TypeString, TypeNumber, TypeInteger, TypeBoolean, TypeDate, TypeTime, TypeDateTime, TypeDays, TypeMonths}

// Kind is the kind of values the type has; KindNull for a type that is not known.
func (t Type) Kind() Kind {
	if t == TypeInteger {
		return KindNumber
	}
	return kinds[string(t)]
}

// Citation names a legal basis by law, article and paragraph; the same as domain/catalog's.
type Citation struct {
	Law       string `json:"law" xml:"law,attr"`                       // full name without 《》
	Article   int    `json:"article" xml:"article,attr"`               // 条
	Sub       int    `json:"sub" xml:"sub,attr,omitempty"`             // 条之N, 0 when none
	Paragraph int    `json:"paragraph" xml:"paragraph,attr,omitempty"` // 款, 0 when the whole article
	Point     int    `json:"point" xml:"point,attr,omitempty"`         // 项, 0 when none
	Text      string `json:"text" xml:",chardata"`                     // the words relied on, copied from the law
}

// Row finds a row.
func (t *Table) Row(id string) (Row, bool) {
	for _, r := range t.Rows {
		if r.ID == id {
			return r, true
		}
	}
	return Row{}, false
}
