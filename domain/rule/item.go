package rule

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"yimen/ref"
)

// ReadItem takes the decision table out of an item's document; its outcome is grant or refuse. The document's own names are the
// contract: id, organ, rule. A rule that is judged in words has no inputs.
func ReadItem(document []byte) (Table, error) {
	var doc struct {
		ID    ref.ItemID  `json:"id"`
		Organ ref.OrganID `json:"organ"`
		Rule  struct {
			Name   string `json:"name"`
			Hit    Policy `json:"hit"`
			Inputs []struct {
				Name   string   `json:"name"`
				Label  string   `json:"label"`
				Type   Type     `json:"type"`
				Values []string `json:"values"`
			} `json:"inputs"`
			Rows []struct {
				ID      string   `json:"id"`
				When    string   `json:"when"`
				Outcome string   `json:"outcome"`
				Says    string   `json:"says"`
				Cells   []string `json:"cells"`
				Basis   Citation `json:"basis"`
			} `json:"rows"`
		} `json:"rule"`
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return Table{}, fmt.Errorf("read a rule: %w", err)
	}
	t := Table{ID: ref.RuleID(doc.ID), Name: doc.Rule.Name, Organ: doc.Organ, Item: doc.ID, Policy: doc.Rule.Hit,
		Outputs: []Output{{Name: "outcome", Label: "outcome", Type: TypeString, Allowed: `"grant","refuse"`}}}
	if t.Policy == "" {
		t.Policy = First
	}
	for _, in := range doc.Rule.Inputs {
		allowed := make([]string, len(in.Values))
		for i, v := range in.Values {
			allowed[i] = Text(v).String()
		}
		t.Inputs = append(t.Inputs, Input{Name: in.Name, Label: in.Label, Type: in.Type, Allowed: strings.Join(allowed, ",")})
	}
	for _, row := range doc.Rule.Rows {
		t.Rows = append(t.Rows, Row{ID: row.ID, When: row.When, Cells: row.Cells, Outputs: []string{Text(row.Outcome).String()}, Says: row.Says, Basis: row.Basis})
	}
	return t, nil
}

// tables by digest of the document they were made from: one document always makes the same table.
var tables sync.Map

// Of is the table of a published version of an item, compiled once; digest is its document's.
func Of(digest, document string) (*Compiled, error) {
	if c, ok := tables.Load(digest); ok {
		return c.(*Compiled), nil
	}
	t, err := ReadItem([]byte(document))
	if err != nil {
		return nil, err
	}
	c, flaws := Compile(t)
	if len(flaws) > 0 {
		return nil, fmt.Errorf("the rule of %s does not compile: row %d, column %d, %s", t.Item, flaws[0].Row, flaws[0].Column, flaws[0].Key)
	}
	tables.Store(digest, c)
	return c, nil
}
