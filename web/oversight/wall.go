package oversight

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/foundation/calendar"
	"yimen/ref"
	"yimen/view/board"
	"yimen/view/workbench"
	"yimen/web/page"
)

// wallFilter is what the wall or a list behind it is narrowed to.
func wallFilter(q *page.Input) board.Filter {
	return board.Filter{State: board.State(chosen(q, "state")), Organ: ref.OrganID(chosen(q, "organ")), Item: ref.ItemID(chosen(q, "item")),
		Town: ref.DivisionCode(chosen(q, "town")), Clock: casefile.Clock(chosen(q, "clock"))}
}

var clockKinds = []casefile.Clock{casefile.AcceptClock, casefile.DecideClock, casefile.DeliverClock}

// labels resolves what the wall groups by to names.
type labels struct {
	names
	items map[ref.ItemID]string
	towns map[ref.DivisionCode]string
}

func (s *Surface) labels(r *http.Request) (l labels, err error) {
	if l.names, err = s.names(r); err != nil {
		return l, err
	}
	l.items, l.towns = map[ref.ItemID]string{}, map[ref.DivisionCode]string{}
	items, err := catalog.Browse(r.Context(), s.DB, catalog.Wanted{}, mostItems)
	for _, it := range items {
		l.items[it.ID] = it.Name
	}
	for _, o := range l.organs {
		if o.Kind == "street" {
			l.towns[o.Division.Town()] = o.Name
		}
	}
	return l, err
}

// mostItems is more items than a town has.
const mostItems = 100_000

func (l labels) group(p *page.Page, by board.Side, id string) string {
	name := map[board.Side]string{board.ByOrgan: l.organs[ref.OrganID(id)].Name, board.ByItem: l.items[ref.ItemID(id)], board.ByTown: l.towns[ref.DivisionCode(id)]}[by]
	if name == "" {
		return p.T("watch.wall.nameless", "id", id)
	}
	return name
}

func (l labels) townField(p *page.Page, value ref.DivisionCode) page.Field {
	f := page.Field{Name: "town", Label: p.T("watch.town"), Kind: page.Select, Value: string(value), Options: []page.Option{all(p)}}
	if value == "" {
		f.Value = every
	}
	for id, name := range l.towns {
		f.Options = append(f.Options, page.Option{Value: string(id), Text: name})
	}
	slices.SortFunc(f.Options[1:], func(a, b page.Option) int { return strings.Compare(a.Value, b.Value) })
	return f
}

// wall is every open case item by the state of its clock.
func (s *Surface) wall(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	f, by := wallFilter(q), board.Side(q.Text("by"))
	if !slices.Contains(board.Sides(), by) {
		by = board.ByOrgan
	}
	l, err := s.labels(r)
	if err != nil {
		return err
	}
	seen, err := s.Walls.Wall(r.Context())
	if err != nil {
		return err
	}
	groups, sum := seen.Groups(f, by)
	t := page.Table{ID: "wall", Caption: p.T("watch.wall.caption", "at", p.Stamp(seen.At)), Live: true, Topic: board.Topic, Filtered: f != board.Filter{},
		Empty: page.Nothing{Title: p.T("watch.wall.none"), Text: p.T("watch.wall.none.text")}, Columns: []page.Column{{Text: p.T("watch.side." + string(by)), Main: true}}}
	side := page.Field{Name: "by", Label: p.T("watch.side"), Kind: page.Select, Value: string(by)}
	for _, x := range board.Sides() {
		side.Options = append(side.Options, page.Option{Value: string(x), Text: p.T("watch.side." + string(x))})
	}
	t.Filter = []page.Field{side, organField(p, l.organs, f.Organ, all(p)), l.townField(p, f.Town), choices(p, "clock", "clock", clockKinds, f.Clock)}
	for _, x := range board.States() {
		t.Columns = append(t.Columns, page.Column{Text: p.T("watch.state." + string(x)), Number: true})
	}
	t.Columns = append(t.Columns, page.Column{Text: p.T("watch.wall.sum"), Number: true})
	if len(groups) > 0 {
		t.Lines = append(t.Lines, s.wallLine(p, p.T("watch.wall.all"), f, sum))
	}
	for _, g := range groups {
		narrow := f
		switch by {
		case board.ByOrgan:
			narrow.Organ = ref.OrganID(g.ID)
		case board.ByItem:
			narrow.Item, narrow.Organ = ref.ItemID(g.ID), g.Organ
		case board.ByTown:
			narrow.Town = ref.DivisionCode(g.ID)
		}
		t.Lines = append(t.Lines, s.wallLine(p, l.group(p, by, g.ID), narrow, g.Counts))
	}
	return page.Show(w, r, http.StatusOK, listSheet(p, list{Title: p.T("watch.wall"), Lead: p.T("watch.wall.lead"), Here: "/oversight/wall", Stream: "/oversight/wall/stream", Tables: []page.Table{t}}))
}

// wallLine is the figures of a group, each with the way to its list.
func (s *Surface) wallLine(p *page.Page, name string, f board.Filter, n board.Counts) page.Line {
	line := page.Line{Cells: []templ.Component{page.Words(name)}}
	if n.Overdue > 0 {
		line.Tone = page.Danger
	} else if n.Soon > 0 {
		line.Tone = page.Warn
	}
	for _, x := range append(board.States(), "") {
		f.State = x
		count, to := n.Of(x), wallPath(f)
		if x == "" {
			count = n.All()
		}
		if count == 0 {
			to = ""
		}
		line.Cells = append(line.Cells, figure(page.Thousands(count), to, p.T("watch.wall.of", "name", name, "state", stateName(p, x))))
	}
	return line
}

func stateName(p *page.Page, s board.State) string {
	if s == "" {
		return p.T("watch.wall.sum")
	}
	return p.T("watch.state." + string(s))
}

func wallPath(f board.Filter) string {
	q := url.Values{}
	for name, v := range map[string]string{"state": string(f.State), "organ": string(f.Organ), "item": string(f.Item), "town": string(f.Town), "clock": string(f.Clock)} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return "/oversight/wall/list?" + q.Encode()
}

func (s *Surface) wallStream(w http.ResponseWriter, r *http.Request) error {
	s.Walls.Hub.Stream(w, r, board.Topic)
	return nil
}

var stateTones = map[board.State]page.Tone{board.Overdue: page.Danger, board.Soon: page.Warn, board.Running: page.Good, board.Paused: page.Info, board.Waiting: page.Info}

// wallList is the open items behind a figure.
func (s *Surface) wallList(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	at, id, err := after(q)
	if err != nil {
		return err
	}
	l, err := s.labels(r)
	if err != nil {
		return err
	}
	f := wallFilter(q)
	rows, next, err := s.Walls.List(r.Context(), f, p.Now, board.Key{Due: at, ID: ref.CaseItemID(id)}, board.Size)
	if err != nil {
		return err
	}
	item := page.Field{Name: "item", Kind: page.Hidden, Value: string(f.Item)}
	t := page.Table{ID: "open", Caption: p.T("watch.wall.list"), First: page.FirstPage(p), Filtered: f != board.Filter{}, Empty: page.Nothing{Title: p.T("watch.wall.none"), Text: p.T("watch.wall.none.text")},
		Filter: []page.Field{choices(p, "state", "state", board.States(), f.State), organField(p, l.organs, f.Organ, all(p)), l.townField(p, f.Town), choices(p, "clock", "clock", clockKinds, f.Clock), item},
		Columns: []page.Column{{Text: p.T("oversight.column.number"), Main: true}, {Text: p.T("watch.state")}, {Text: p.T("watch.due")}, {Text: p.T("oversight.column.item")}, {Text: p.T("oversight.column.party")},
			{Text: p.T("oversight.column.organ")}, {Text: p.T("watch.town")}, {Text: p.T("oversight.column.stage")}}}
	if next.ID != "" {
		t.Next = page.NextPage(p, cursorOf(next.Due, string(next.ID)))
	}
	for _, x := range rows {
		t.Lines = append(t.Lines, page.Line{Tone: lineTone(stateTones[x.State]), Cells: []templ.Component{page.Linked(page.Link{Text: string(x.Number), Href: "/oversight/case/" + string(x.Case)}), page.Tag(stateTones[x.State], p.T("watch.state."+string(x.State))),
			page.Words(dayWords(x.Due)), page.Words(x.Item), page.Words(x.Party), page.Words(x.Organ), page.Words(l.towns[x.Town]), stage(p, x.Stage)}})
	}
	export := page.Act{Text: p.T("watch.csv"), Href: "/oversight/wall.csv?" + r.URL.RawQuery}
	return page.Show(w, r, http.StatusOK, listSheet(p, list{Title: p.T("watch.wall.list"), Here: "/oversight/wall", Acts: []page.Act{export}, Tables: []page.Table{t}}))
}

// lineTone colours a row only where somebody must do something.
func lineTone(t page.Tone) page.Tone {
	if t == page.Danger || t == page.Warn {
		return t
	}
	return page.Plain
}

// wallCSV is the whole list as a file.
func (s *Surface) wallCSV(w http.ResponseWriter, r *http.Request) error {
	p, f := page.Of(r), wallFilter(page.Query(r))
	l, err := s.labels(r)
	if err != nil {
		return err
	}
	if err := s.Watch.Exporting(r.Context(), supervisor(r), "wall", r.URL.RawQuery); err != nil {
		return err
	}
	head := []string{p.T("oversight.column.number"), p.T("oversight.long_number"), p.T("watch.state"), p.T("watch.due"), p.T("oversight.column.item"), p.T("oversight.column.party"), p.T("oversight.column.organ"), p.T("watch.town"), p.T("oversight.column.stage")}
	return page.CSV(w, p.T("watch.wall.list"), head, func(write func(...string) error) error {
		return s.Walls.Each(r.Context(), f, p.Now, func(x board.Row) error {
			return write(string(x.Number), string(x.Long), p.T("watch.state."+string(x.State)), dayWords(x.Due), x.Item, x.Party, x.Organ, l.towns[x.Town], p.T("case.stage."+string(x.Stage)))
		})
	})
}

// casesCSV is the list of all cases, as it is filtered, as a file.
func (s *Surface) casesCSV(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	f := workbench.Filter{Stage: casefile.Stage(chosen(q, "stage")), Organ: ref.OrganID(chosen(q, "organ")), Name: q.Text("name")}
	if err := s.Watch.Exporting(r.Context(), supervisor(r), "cases", string(f.Stage)+" "+string(f.Organ)); err != nil {
		return err
	}
	head := []string{p.T("oversight.column.number"), p.T("oversight.column.stage"), p.T("oversight.column.due"), p.T("oversight.column.item"), p.T("oversight.column.party"), p.T("oversight.column.organ"), p.T("watch.hall"), p.T("oversight.column.received")}
	return page.CSV(w, p.T("oversight.list.title"), head, func(write func(...string) error) error {
		return s.Work.EachCase(r.Context(), f, func(c workbench.Case) error {
			return write(string(c.Number), p.T("case.stage."+string(c.Stage)), dayWords(c.Due), c.Item, c.Party, c.Organ, c.Hall, calendar.DateOf(c.Received).String())
		})
	})
}
