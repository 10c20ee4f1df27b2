package catalog

import (
	"fmt"
	"slices"

	"yimen/foundation/search"
	"yimen/ref"
)

// Bundle is one matter of life made of several items (一件事): told once, one form, one set of papers.
type Bundle struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"` // as people say it: 我要开餐饮店
	NameEn  string   `json:"name_en"`
	Summary string   `json:"summary"`
	Side    Side     `json:"side"`
	Aliases []string `json:"aliases"`
	Parts   []Part   `json:"parts"`
}

// Answers says that a bundle is what a query looks for: at least a third of its pairs of characters stand in a name.
func (b Bundle) Answers(query string) bool {
	terms := search.QueryTerms(query)
	for _, name := range append([]string{b.Name, b.NameEn}, b.Aliases...) {
		hits, have := 0, search.Terms(name)
		for _, t := range terms {
			if slices.Contains(have, t) {
				hits++
			}
		}
		if hits > 0 && hits*3 >= len(terms) {
			return true
		}
	}
	return false
}

// Part is an item's place in a bundle.
type Part struct {
	Item     ref.ItemID   `json:"item"`
	When     string       `json:"when"`     // for whom, in plain words; empty: for everybody
	After    []ref.ItemID `json:"after"`    // whose results must be there first
	Optional bool         `json:"optional"` // only in the cases of When
}

// Composed is a bundle put together: what is brought once for all its parts, in what order they go, how long it takes.
type Composed struct {
	Bundle
	Stages [][]Member // what stands side by side runs at the same time
	Papers []SharedPaper
	Visits int    // the most any part needs; they are made together
	Times  []Span // the longest way, one entry a unit
}

// Member is a part with its item.
type Member struct {
	Part
	Doc *Item
}

// SharedPaper is one paper for all parts that ask for it.
type SharedPaper struct {
	Spec MaterialSpec
	For  []ref.ItemID
	From ref.ItemID // the part whose result it is: nothing to bring; empty: it is brought or held
}

// Compose puts a bundle together and says what is wrong with it: a part that is not there or there twice, an order
// that turns back on itself. Whether its forms make one is domain/form's to say (Merge).
func (b Bundle) Compose(items map[ref.ItemID]*Item) (Composed, []Flaw) {
	c := composer{Composed: Composed{Bundle: b}, items: items}
	c.members()
	if len(c.flaws) > 0 {
		return c.Composed, c.flaws
	}
	c.stages()
	for _, stage := range c.Stages {
		for _, m := range stage {
			c.papers(m)
			c.Visits = max(c.Visits, m.Doc.Times.Visits)
		}
	}
	c.times()
	return c.Composed, c.flaws
}

type composer struct {
	Composed
	items map[ref.ItemID]*Item
	flaws []Flaw
}

func (c *composer) bad(path, key string, args ...any) {
	c.flaws = append(c.flaws, Flaw{Path: path, Key: key, Args: args})
}

func (c *composer) members() {
	if c.Name == "" || c.Summary == "" || c.Side != Person && c.Side != Company {
		c.bad("name", "bundle.head")
	}
	if len(c.Parts) < 2 {
		c.bad("parts", "bundle.single")
	}
	seen := map[ref.ItemID]bool{}
	for n, p := range c.Parts {
		at := fmt.Sprintf("parts[%d]", n)
		if c.items[p.Item] == nil {
			c.bad(at+".item", "bundle.unknown", "id", string(p.Item))
		}
		if seen[p.Item] {
			c.bad(at+".item", "bundle.twice", "id", string(p.Item))
		}
		for _, a := range p.After {
			if !seen[a] { // parts stand in order, so nothing turns back on itself
				c.bad(at+".after", "bundle.after", "id", string(a))
			}
		}
		if p.Optional && p.When == "" {
			c.bad(at+".when", "bundle.when")
		}
		seen[p.Item] = true
	}
}

func (c *composer) stages() {
	depth := map[ref.ItemID]int{}
	for _, p := range c.Parts {
		for _, a := range p.After {
			depth[p.Item] = max(depth[p.Item], depth[a]+1)
		}
		for len(c.Stages) <= depth[p.Item] {
			c.Stages = append(c.Stages, nil)
		}
		c.Stages[depth[p.Item]] = append(c.Stages[depth[p.Item]], Member{p, c.items[p.Item]})
	}
}

// papers lays a part's papers to those asked for already; one that an earlier part issues is not brought.
func (c *composer) papers(m Member) {
	for _, spec := range m.Doc.Materials {
		i := slices.IndexFunc(c.Papers, func(s SharedPaper) bool { return s.Spec.Kind == spec.Kind })
		if i < 0 {
			i = len(c.Papers)
			c.Papers = append(c.Papers, SharedPaper{Spec: spec, From: c.issuer(m, spec)})
		}
		p := &c.Papers[i]
		p.For = append(p.For, m.Item)
		if spec.Need == ref.NeedRequired {
			p.Spec.Need = ref.NeedRequired
		}
		p.Spec.Copies = max(p.Spec.Copies, spec.Copies)
	}
}

// issuer is the part before this one whose result serves as the paper.
func (c *composer) issuer(m Member, spec MaterialSpec) ref.ItemID {
	for _, id := range c.before(m.Item) {
		if k := c.items[id].Result.MaterialKind; k != "" && (k == spec.Kind || slices.Contains(spec.Satisfy, k)) {
			return id
		}
	}
	return ""
}

// before lists the parts that come before one, directly or through others.
func (c *composer) before(id ref.ItemID) (out []ref.ItemID) {
	for _, p := range c.Parts {
		if p.Item == id {
			for _, a := range p.After {
				out = append(append(out, a), c.before(a)...)
			}
		}
	}
	return out
}

// times adds up the longest way, each unit for itself: working days and days are not the same.
func (c *composer) times() {
	ends := map[ref.ItemID]map[string]int{}
	most := map[string]int{}
	for _, stage := range c.Stages {
		for _, m := range stage {
			end := map[string]int{}
			for _, a := range m.After {
				for unit, n := range ends[a] {
					end[unit] = max(end[unit], n)
				}
			}
			end[m.Doc.Times.Promised.Unit] += m.Doc.Times.Promised.N
			ends[m.Item] = end
			for unit, n := range end {
				most[unit] = max(most[unit], n)
			}
		}
	}
	for _, unit := range []string{"month", "workday", "day"} {
		if most[unit] > 0 {
			c.Times = append(c.Times, Span{most[unit], unit})
		}
	}
}

// Brought counts the papers somebody hands in: together, and for the parts one by one.
func (c Composed) Brought() (together, alone int) {
	for _, p := range c.Papers {
		if !p.Spec.HandedIn() {
			continue
		}
		alone += len(p.For)
		if p.From == "" {
			together++
		}
	}
	return together, alone
}
