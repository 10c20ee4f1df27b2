package town

import (
	"reflect"

	"yimen/domain/catalog"
)

const inspectionFile = "inspection.json"

// inspection checks the rules by which cards are put: what the desk would refuse, and what they cite.
func (c *checker) inspection() {
	book := c.town.Inspection
	if len(book.Rules) == 0 { // a town may have none
		return
	}
	c.file = inspectionFile
	for _, f := range book.Check() {
		c.want(false, f.Name, "%s", f.Key)
	}
	type rule struct {
		Basis []catalog.Citation `json:"basis"`
	}
	var all struct {
		Rules []rule `json:"rules"`
	}
	for _, r := range book.Rules {
		x := rule{}
		for _, b := range r.Basis {
			x.Basis = append(x.Basis, catalog.Citation(b))
		}
		all.Rules = append(all.Rules, x)
	}
	c.resolve(reflect.ValueOf(all), nil)
	c.texts(book)
}
