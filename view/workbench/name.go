package workbench

import (
	"context"
	"fmt"
	"slices"

	"yimen/foundation/db"
	"yimen/foundation/search"
)

// name is how a list is narrowed to applicants of a name: where few parties can match, their
// cases are looked up one party after the other; where many do, the list is walked in its own
// order, which soon meets enough of them. Either way alone takes seconds at the other's end.
type name struct {
	terms  []string // the rarest first
	few    bool
	nobody bool // a term that nobody's name has
}

// fewParties is about where the two ways cost the same; an estimate, `yimen bench list` shows both sides of it.
var fewParties = int64(1500)

// named counts each term of a name, no further than fewParties.
func (v *View) named(ctx context.Context, text string) (name, error) {
	terms := search.QueryTerms(text)
	held := map[string]int64{}
	for _, t := range terms {
		n, err := db.One[int64](ctx, v.DB, fmt.Sprintf("select count(*) from (select 1 from party_term where term = $1 limit %d) x", fewParties+1), t)
		if err != nil {
			return name{}, err
		}
		held[t] = n
	}
	slices.SortFunc(terms, func(a, b string) int { return int(held[a] - held[b]) })
	if len(terms) == 0 {
		return name{}, nil
	}
	return name{terms, held[terms[0]] <= fewParties, held[terms[0]] == 0}, nil
}

// from is where the cases come from; listed goes from the parties to their cases. A cross join
// is one whose order SQLite's planner keeps.
func (m name) from(listed bool) string {
	if listed && len(m.terms) > 0 {
		return "party_term t cross join casefile_case c"
	}
	return "casefile_case c"
}

// where are the conditions on the case's party, their arguments numbered from n.
func (m name) where(n int, listed bool) (cond []string, args []any) {
	for i, t := range m.terms {
		args = append(args, t)
		if listed && i == 0 {
			cond = append(cond, fmt.Sprintf("t.term = $%d and c.party = t.party", n))
			continue
		}
		party := "c.party"
		if listed {
			party = "t.party"
		}
		cond = append(cond, fmt.Sprintf("exists (select 1 from party_term x where x.term = $%d and x.party = %s)", n+i, party))
	}
	return cond, args
}

// column keeps SQLite's planner from another index than the party's where parties are listed.
func (m name) column(col string, listed bool) string {
	if listed && len(m.terms) > 0 {
		return "(" + col + " || '')"
	}
	return col
}
