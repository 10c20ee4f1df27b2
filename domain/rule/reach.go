package rule

import "maps"

// mostTries bounds the search of Reach.
const mostTries = 10_000

// Reach finds facts for which the table decides by a row, keeping those that are known; false when it finds none. It looks
// at one value of each part of an input on which the column's cells all answer alike.
func (c *Compiled) Reach(row string, known map[string]Value) (map[string]Value, bool) {
	a := &analysis{c: c, report: Report{Full: true}}
	a.partition()
	for i, r := range c.table.Rows {
		if r.ID == row && a.rows[i] != nil {
			s := reach{c, a, i, maps.Clone(known), 0}
			if s.facts == nil {
				s.facts = map[string]Value{}
			}
			return s.facts, s.from(0)
		}
	}
	return nil, false
}

// reach walks the parts of a row's box, one input after the other.
type reach struct {
	c     *Compiled
	a     *analysis
	row   int
	facts map[string]Value
	tries int
}

func (s *reach) from(axis int) bool {
	if axis == len(s.a.axes) {
		s.tries++
		p, err := s.c.Decide(s.facts)
		return err == nil && p.Row == s.c.table.Rows[s.row].ID
	}
	name := s.c.table.Inputs[axis].Name
	if _, known := s.facts[name]; known {
		return s.from(axis + 1)
	}
	for i, x := range s.a.axes[axis].atoms {
		if s.a.rows[s.row][axis].has(i) && s.tries < mostTries {
			if s.facts[name] = x.sample; s.from(axis + 1) {
				return true
			}
		}
	}
	delete(s.facts, name)
	return false
}
