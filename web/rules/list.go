package rules

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/domain/rule"
	"yimen/ref"
	"yimen/web/page"
)

// every is a filter's choice of all there is; unpublished are items that are only being written.
const (
	every       = "all"
	unpublished = "unpublished"
)

// line is an item with what became of its table.
type line struct {
	ID    ref.ItemID
	Name  string
	Organ ref.OrganID
	Draft rule.Draft
	Last  rule.Release
}

// listed is what a list is narrowed to.
type listed struct {
	Wanted catalog.Wanted
	State  string
}

func asked(q *page.Input) (listed, error) {
	out := listed{Wanted: catalog.Wanted{Query: q.Text("q")}}
	if v := q.Text("organ"); v != every {
		out.Wanted.Organ = ref.OrganID(v)
	}
	if v := q.Text("state"); v != every {
		out.State = v
	}
	after, err := page.After(q.Text("after"), 2)
	if after != nil {
		out.Wanted.Name, out.Wanted.ID = after[0], ref.ItemID(after[1])
	}
	return out, err
}

func (s *Surface) list(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	a, err := asked(page.Query(r))
	if err != nil {
		return err
	}
	found, err := s.find(r, a)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "rules", Caption: p.T("rules.title"), Live: true, First: page.FirstPage(p), Filter: filter(p, a, organs),
		Filtered: a.Wanted.Query != "" || a.Wanted.Organ != "" || a.State != "", Empty: page.Nothing{Title: p.T("rules.none"), Text: p.T("rules.none.text")},
		Columns: []page.Column{{Text: p.T("rules.column.item"), Main: true}, {Text: p.T("rules.column.state")}, {Text: p.T("rules.column.organ")}, {Text: p.T("rules.column.release")}, {Text: p.T("rules.column.changed")}}}
	if len(found) > size {
		found = found[:size]
		t.Next = page.NextPage(p, page.Cursor(found[size-1].Name, string(found[size-1].ID)))
	}
	for _, x := range found {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Name, Href: path(x.ID)}), stateTag(p, x.Draft, x.Last), page.Words(organs[x.Organ].Name),
			page.Words(releaseWords(p, x.Last)), page.Words(changedWords(p, x.Draft))}})
	}
	return page.Show(w, r, http.StatusOK, listPage(p, t))
}

var tones = map[string]page.Tone{string(rule.Written): page.Info, string(rule.Signed): page.Warn, string(rule.IsRelease): page.Good}

func stateTag(p *page.Page, d rule.Draft, last rule.Release) templ.Component {
	state := "own" // the item's own rule, which nobody works on
	if d.Rev > 0 {
		state = string(d.State(last))
	}
	return page.Tag(tones[state], p.T("rules.state."+state))
}

func releaseWords(p *page.Page, v rule.Release) string {
	if v.Number == 0 {
		return ""
	}
	return p.T("rules.release.n_on", "n", v.Number, "day", since(p, v.Effective))
}

func changedWords(p *page.Page, d rule.Draft) string {
	if d.Rev == 0 {
		return ""
	}
	return p.When(d.Changed)
}

func filter(p *page.Page, a listed, organs map[ref.OrganID]org.Organ) []page.Field {
	all := page.Option{Value: every, Text: p.T("rules.every")}
	state := page.Field{Name: "state", Label: p.T("rules.column.state"), Kind: page.Select, Value: cmp.Or(a.State, every), Options: []page.Option{all}}
	for _, x := range []string{string(rule.Written), string(rule.Signed), string(rule.IsRelease), unpublished} {
		state.Options = append(state.Options, page.Option{Value: x, Text: p.T("rules.state." + x)})
	}
	organ := page.Field{Name: "organ", Label: p.T("rules.column.organ"), Kind: page.Select, Value: cmp.Or(string(a.Wanted.Organ), every)}
	for id, o := range organs {
		organ.Options = append(organ.Options, page.Option{Value: string(id), Text: o.Name})
	}
	slices.SortFunc(organ.Options, func(a, b page.Option) int { return strings.Compare(a.Text, b.Text) })
	organ.Options = append([]page.Option{all}, organ.Options...)
	return []page.Field{{Name: "q", Label: p.T("rules.filter.q"), Value: a.Wanted.Query, Auto: "off"}, organ, state}
}

// find is one page of items and one more, with their tables.
func (s *Surface) find(r *http.Request, a listed) ([]line, error) {
	var out []line
	var err error
	switch a.State {
	case "":
		out, err = s.browse(r, a.Wanted, size+1)
	case unpublished:
		out, err = s.unpublished(r, a.Wanted)
	default:
		out, err = s.inState(r, a)
	}
	if err != nil {
		return nil, err
	}
	return out, s.lay(r, out)
}

func (s *Surface) browse(r *http.Request, want catalog.Wanted, most int) ([]line, error) {
	rows, err := catalog.Browse(r.Context(), s.DB, want, most)
	out := make([]line, len(rows))
	for i, x := range rows {
		out[i] = line{ID: x.ID, Name: x.Name, Organ: x.Organ}
	}
	return out, err
}

// unpublished are items of which there is a draft only.
func (s *Surface) unpublished(r *http.Request, want catalog.Wanted) (out []line, err error) {
	after := want.ID
	for len(out) <= size {
		drafts, err := catalog.Drafts(r.Context(), s.DB, "", want.Organ, after, size)
		if err != nil {
			return nil, err
		}
		for _, d := range drafts {
			if after = d.Item; d.Base == "" && strings.Contains(d.Name, want.Query) {
				out = append(out, line{ID: d.Item, Name: d.Name, Organ: d.Organ})
			}
		}
		if len(drafts) < size {
			break
		}
	}
	return out[:min(len(out), size+1)], nil
}

// atOnce is how many items are looked through at once for those in a state: heads only, which are short.
const atOnce = 400

// inState walks the items in the list's order and keeps those whose table is in the state.
func (s *Surface) inState(r *http.Request, a listed) (out []line, err error) {
	for {
		some, err := s.browse(r, a.Wanted, atOnce)
		if err != nil {
			return nil, err
		}
		if err := s.lay(r, some); err != nil {
			return nil, err
		}
		for _, x := range some {
			if x.Draft.Rev > 0 && string(x.Draft.State(x.Last)) == a.State {
				out = append(out, x)
			}
		}
		if len(out) > size || len(some) < atOnce {
			return out[:min(len(out), size+1)], nil
		}
		last := some[len(some)-1]
		a.Wanted.Name, a.Wanted.ID = last.Name, last.ID
	}
}

// lay puts the tables beside their items.
func (s *Surface) lay(r *http.Request, lines []line) error {
	ids := make([]ref.RuleID, len(lines))
	for i, x := range lines {
		ids[i] = ref.RuleID(x.ID)
	}
	drafts, err := rule.Heads(r.Context(), s.DB, ids...)
	if err != nil {
		return err
	}
	lasts, err := rule.Lasts(r.Context(), s.DB, ids...)
	for i, id := range ids {
		lines[i].Draft, lines[i].Last = drafts[id], lasts[id]
	}
	return err
}
