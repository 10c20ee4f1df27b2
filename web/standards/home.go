package standards

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/ref"
	"yimen/web/page"
)

// few is how many of each kind the desk's first page shows.
const few = 5

func (s *Surface) home(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	changes, err := catalog.OpenChanges(r.Context(), s.DB, mine(r), "", few)
	if err != nil {
		return err
	}
	todo, err := s.changeTable(r, changes, nil)
	if err != nil {
		return err
	}
	drafts, err := catalog.Drafts(r.Context(), s.DB, "", mine(r), "", few)
	if err != nil {
		return err
	}
	queue, err := s.draftTable(r, drafts)
	if err != nil {
		return err
	}
	if len(changes) == few {
		todo.Next = "/standards/changes"
	}
	if len(drafts) == few {
		queue.Next = "/standards/queue"
	}
	return page.Show(w, r, http.StatusOK, homePage(p, done(p, page.Query(r)), todo, queue))
}

// every is a filter's choice of all there is.
const every = "all"

func chosen(q *page.Input, name string) string {
	if v := q.Text(name); v != every {
		return v
	}
	return ""
}

func (s *Surface) items(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	want := catalog.Wanted{Query: q.Text("q"), Organ: ref.OrganID(chosen(q, "organ")), State: catalog.State(chosen(q, "state")), TaskType: ref.TaskType(chosen(q, "type"))}
	if n, ok := q.Int("level"); ok {
		want.Level = ref.Level(n)
	}
	after, err := page.After(q.Text("after"), 2)
	if err != nil {
		return err
	}
	if after != nil {
		want.Name, want.ID = after[0], ref.ItemID(after[1])
	}
	found, err := catalog.Browse(r.Context(), s.DB, want, rows+1)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := itemTable(p, organs)
	t.First = page.FirstPage(p)
	if len(found) > rows {
		found = found[:rows]
		t.Next = page.NextPage(p, page.Cursor(found[rows-1].Name, string(found[rows-1].ID)))
	}
	for _, x := range found {
		t.Lines = append(t.Lines, itemLine(p, x, organs))
	}
	t.Filter = itemFilter(p, want, organs)
	t.Filtered = want != (catalog.Wanted{Name: want.Name, ID: want.ID})
	return page.Show(w, r, http.StatusOK, listPage(p, p.T("standards.items"), p.T("standards.items.lead"), "", t))
}

func itemTable(p *page.Page, organs map[ref.OrganID]org.Organ) page.Table {
	return page.Table{ID: "items", Caption: p.T("standards.items"), Live: true,
		Empty: page.Nothing{Title: p.T("standards.items.none"), Text: p.T("standards.items.none.text"), Action: page.Link{Text: p.T("standards.basic"), Href: "/standards/basic"}},
		Columns: []page.Column{{Text: p.T("standards.column.name"), Main: true}, {Text: p.T("standards.column.state")}, {Text: p.T("standards.column.organ")},
			{Text: p.T("standards.column.level")}, {Text: p.T("standards.column.type")}, {Text: p.T("standards.column.code")}}}
}

func itemLine(p *page.Page, x catalog.Row, organs map[ref.OrganID]org.Organ) page.Line {
	return page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Name, Href: itemPath(x.ID)}), stateTag(p, string(x.State)), page.Words(organs[x.Organ].Name),
		page.Words(levelName(p, x.Level)), page.Words(typeName(p, x.TaskType)), page.Words(x.TaskCode)}}
}

var stateTones = map[string]page.Tone{"in_use": page.Good, "suspended": page.Warn, "cancelled": page.Danger, "draft": page.Info}

func stateTag(p *page.Page, state string) templ.Component {
	return page.Tag(stateTones[state], p.T("standards.state."+state))
}

func levelName(p *page.Page, l ref.Level) string {
	if !l.Known() {
		return ""
	}
	return p.T(l.Key())
}

func typeName(p *page.Page, t ref.TaskType) string {
	if !t.Known() {
		return string(t) // provinces add their own
	}
	return p.T(t.Key())
}

func itemFilter(p *page.Page, want catalog.Wanted, organs map[ref.OrganID]org.Organ) []page.Field {
	all := page.Option{Value: every, Text: p.T("standards.every")}
	state := page.Field{Name: "state", Label: p.T("standards.column.state"), Kind: page.Select, Value: cmp.Or(string(want.State), every), Options: []page.Option{all}}
	for _, x := range catalog.States {
		state.Options = append(state.Options, page.Option{Value: string(x), Text: p.T("standards.state." + string(x))})
	}
	level := page.Field{Name: "level", Label: p.T("standards.column.level"), Kind: page.Select, Value: every, Options: append([]page.Option{all}, levelOptions(p)...)}
	if want.Level != 0 {
		level.Value = number(int(want.Level))
	}
	kind := page.Field{Name: "type", Label: p.T("standards.column.type"), Kind: page.Select, Value: cmp.Or(string(want.TaskType), every), Options: []page.Option{all}}
	for _, x := range ref.TaskTypes() {
		kind.Options = append(kind.Options, page.Option{Value: string(x), Text: p.T(x.Key())})
	}
	organ := page.Field{Name: "organ", Label: p.T("standards.column.organ"), Kind: page.Select, Value: cmp.Or(string(want.Organ), every)}
	for id, o := range organs {
		organ.Options = append(organ.Options, page.Option{Value: string(id), Text: o.Name})
	}
	slices.SortFunc(organ.Options, func(a, b page.Option) int { return strings.Compare(a.Text, b.Text) })
	organ.Options = append([]page.Option{all}, organ.Options...)
	return []page.Field{{Name: "q", Label: p.T("standards.filter.q"), Value: want.Query, Auto: "off"}, organ, state, level, kind}
}

func levelOptions(p *page.Page) (out []page.Option) {
	for _, l := range ref.Levels() {
		out = append(out, page.Option{Value: number(int(l)), Text: p.T(l.Key())})
	}
	return out
}

func (s *Surface) queue(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	found, err := catalog.Drafts(r.Context(), s.DB, "", mine(r), ref.ItemID(page.Query(r).Text("after")), rows+1)
	if err != nil {
		return err
	}
	next := ""
	if len(found) > rows {
		found = found[:rows]
		next = page.NextPage(p, string(found[rows-1].Item))
	}
	t, err := s.draftTable(r, found)
	if err != nil {
		return err
	}
	t.Next, t.First = next, page.FirstPage(p)
	return page.Show(w, r, http.StatusOK, listPage(p, p.T("standards.queue"), p.T("standards.queue.lead"), "", t))
}

var draftTones = map[catalog.DraftState]page.Tone{catalog.DraftReview: page.Warn, catalog.DraftChecking: page.Warn, catalog.DraftPassed: page.Good, catalog.DraftWriting: page.Info}

func (s *Surface) draftTable(r *http.Request, found []catalog.Draft) (page.Table, error) {
	p := page.Of(r)
	t := page.Table{ID: "drafts", Caption: p.T("standards.queue"), Empty: page.Nothing{Title: p.T("standards.queue.none"), Text: p.T("standards.queue.none.text")},
		Columns: []page.Column{{Text: p.T("standards.column.name"), Main: true}, {Text: p.T("standards.queue.state")}, {Text: p.T("standards.column.organ")},
			{Text: p.T("standards.queue.by")}, {Text: p.T("standards.queue.at")}}}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return t, err
	}
	for _, d := range found {
		who, err := s.staffName(r, d.By)
		if err != nil {
			return t, err
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: d.Name, Href: itemPath(d.Item)}), page.Tag(draftTones[d.State], p.T("standards.draft."+string(d.State))),
			page.Words(organs[d.Organ].Name), page.Words(who), page.Words(p.When(d.At))}})
	}
	return t, nil
}

func (s *Surface) staffName(r *http.Request, id ref.StaffID) (string, error) {
	if id == "" {
		return "", nil
	}
	who, err := org.GetStaff(r.Context(), s.DB, id)
	return who.Name, err
}
