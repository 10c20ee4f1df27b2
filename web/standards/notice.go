package standards

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/view/standing"
	"yimen/web/page"
)

func noticePath(id ref.OrganID, rest ...string) string {
	return "/standards/notice/organ/" + strings.Join(append([]string{url.PathEscape(string(id))}, rest...), "/")
}

// notices lists the organs, each with what its notice says in figures; a keeper's is their own organ's.
func (s *Surface) notices(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	after, err := page.After(q.Text("after"), 2)
	if err != nil {
		return err
	}
	items, err := s.Standing.Items(r.Context(), p.Now)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	lines := counted(items, organs, mine(r), strings.TrimSpace(q.Text("q")))
	if after != nil {
		n, there := slices.BinarySearchFunc(lines, noticeLine{Organ: org.Organ{Name: after[0], ID: ref.OrganID(after[1])}}, noticeLine.compare)
		if there {
			n++
		}
		lines = lines[n:]
	}
	return page.Show(w, r, http.StatusOK, listPage(p, p.T("card.organs"), p.T("card.organs.lead"), deskOf(p), noticeTable(p, q, lines)))
}

// deskOf is where who reads came from: this desk, or the supervisor's.
func deskOf(p *page.Page) string {
	if p.Actor.Is(page.Keeper, page.Standards, page.Admin) {
		return "/standards"
	}
	return "/oversight"
}

// noticeLine is an organ with how many of its items are inside and outside the lists.
type noticeLine struct {
	Organ   org.Organ
	In, Out int
}

func (a noticeLine) compare(b noticeLine) int {
	return cmp.Or(strings.Compare(a.Organ.Name, b.Organ.Name), strings.Compare(string(a.Organ.ID), string(b.Organ.ID)))
}

// counted are the organs that have items, by name, narrowed to one or to a part of a name.
func counted(items []standing.Item, organs map[ref.OrganID]org.Organ, only ref.OrganID, query string) (out []noticeLine) {
	by := map[ref.OrganID]*noticeLine{}
	for _, i := range items {
		o, known := organs[i.Organ]
		if !known || only != "" && o.ID != only || !strings.Contains(o.Name, query) && !strings.Contains(o.Short, query) {
			continue
		}
		if by[o.ID] == nil {
			by[o.ID] = &noticeLine{Organ: o}
		}
		if i.Out == standing.Whole {
			by[o.ID].In++
		} else {
			by[o.ID].Out++
		}
	}
	for _, l := range by {
		out = append(out, *l)
	}
	slices.SortFunc(out, noticeLine.compare)
	return out
}

func noticeTable(p *page.Page, q *page.Input, lines []noticeLine) page.Table {
	t := page.Table{ID: "organs", Caption: p.T("card.organs"), Live: true, First: page.FirstPage(p), Filtered: q.Text("q") != "",
		Filter: []page.Field{{Name: "q", Label: p.T("card.organs.q"), Value: q.Text("q"), Auto: "off"}},
		Empty:  page.Nothing{Title: p.T("card.organs.none"), Text: p.T("card.organs.none.text")},
		Columns: []page.Column{{Text: p.T("standards.column.organ"), Main: true}, {Text: p.T("card.organs.in"), Number: true}, {Text: p.T("card.organs.out"), Number: true},
			{Text: p.T("card.file")}}}
	if len(lines) > rows {
		lines = lines[:rows]
		last := lines[rows-1].Organ
		t.Next = page.NextPage(p, page.Cursor(last.Name, string(last.ID)))
	}
	for _, l := range lines {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: l.Organ.Name, Href: noticePath(l.Organ.ID)}), page.Words(number(l.In)), page.Words(number(l.Out)),
			fileLink(p, noticePath(l.Organ.ID, "pdf"), l.Organ.Name)}})
	}
	return t
}

func (s *Surface) organNotice(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	x, err := s.notice(r, p)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, noticePage(p, x, noticePath(ref.OrganID(r.PathValue("id")), "pdf")))
}

func (s *Surface) organPDF(w http.ResponseWriter, r *http.Request) error {
	p := page.InChinese(r)
	x, err := s.notice(r, p)
	if err != nil {
		return err
	}
	return x.Serve(w, r, p, x.Title)
}

// notice makes an organ's notice; another organ's is not there for a keeper.
func (s *Surface) notice(r *http.Request, p *page.Page) (page.Paper, error) {
	ctx, id := r.Context(), ref.OrganID(r.PathValue("id"))
	if only := mine(r); only != "" && only != id {
		return page.Paper{}, fault.New(fault.NotFound, "fault.not_found")
	}
	organ, err := org.GetOrgan(ctx, s.DB, id)
	if err != nil {
		return page.Paper{}, err
	}
	n, err := s.Standing.Notice(ctx, id, p.Now)
	if err != nil {
		return page.Paper{}, err
	}
	halls, err := org.Halls(ctx, s.DB)
	if err != nil {
		return page.Paper{}, err
	}
	today := calendar.DateOf(p.Now)
	x := page.Paper{Title: p.T("card.organ.title", "organ", organ.Name), Edition: p.T("card.organ.edition", "day", p.FullDate(today)), Lead: p.T("card.organ.lead"), Made: today.At(0),
		Facts: []page.Row{{Label: p.T("card.organ.door"), Value: p.T("card.items", "n", len(n.Door))}, {Label: p.T("card.organ.waiting"), Value: p.T("card.items", "n", len(n.Waiting))},
			{Label: p.T("card.organ.out"), Value: p.T("card.items", "n", len(n.Out))}, {Label: p.T("card.organ.windows"), Value: p.T("card.windows", "n", n.Windows)}}}
	teller := teller{s: s, r: r, p: p, halls: halls, windows: n.Windows}
	for _, part := range []func(standing.Notice) (page.PaperPart, error){teller.door, teller.waiting, teller.out} {
		made, err := part(n)
		if err != nil {
			return page.Paper{}, err
		}
		x.Parts = append(x.Parts, made)
	}
	return x, nil
}

// teller puts an organ's notice into words.
type teller struct {
	s       *Surface
	r       *http.Request
	p       *page.Page
	halls   []org.Hall
	windows int
}

// links lead to the items of a part, for those whose pages they are.
func (t teller) links(all []standing.Told) (out []string) {
	for _, x := range all {
		if t.p.Actor.Is(page.Keeper, page.Standards, page.Admin) {
			out = append(out, itemPath(x.Item.ID))
		}
	}
	return out
}

// door is what every comprehensive window takes in.
func (t teller) door(n standing.Notice) (page.PaperPart, error) {
	part := page.PaperPart{ID: "door", Title: t.p.T("card.organ.door")}
	if len(n.Door) == 0 {
		part.Text = []string{t.p.T("card.organ.door.none")}
		return part, nil
	}
	part.Table = &page.PaperTable{Widths: []float64{3.8, 1.7, 2.9, 2.2, 2.6, 3.4}, Links: t.links(n.Door),
		Head: []string{t.p.T("card.column.item"), t.p.T("card.column.kind"), t.p.T("card.column.ways"), t.p.T("card.column.accept"), t.p.T("card.column.time"), t.p.T("card.column.where")}}
	for _, x := range n.Door {
		v, err := catalog.Get(t.r.Context(), t.s.DB, x.Item.Version)
		if err != nil {
			return part, err
		}
		it := v.Doc()
		kind := typeName(t.p, it.TaskType) + "\n" + shown(t.p, "project_type", it.ProjectType)
		time := t.p.T("card.time.promised", "span", span(t.p, it.Times.Promised)) + "\n" + t.p.T("card.time.legal", "span", span(t.p, it.Times.Legal))
		part.Table.Rows = append(part.Table.Rows, []string{it.Name + "\n" + cmp.Or(it.HandleCode, it.TaskCode), kind, t.ways(it.Channels), shown(t.p, "accept", string(it.Accept)), time, t.where(x)})
	}
	return part, nil
}

// ways are the channels an item can be applied for over.
func (t teller) ways(c catalog.Channels) string {
	out := make([]string, 0, 6)
	for _, w := range c.Ways {
		out = append(out, shown(t.p, "ways", w))
	}
	for _, x := range []struct {
		there bool
		name  string
	}{{c.Online && !slices.Contains(c.Ways, "2"), "online"}, {c.Terminal, "terminal"}, {c.Agent, "agent"}, {c.Booking, "booking"}, {c.Tolerant, "tolerant"}} {
		if x.there {
			out = append(out, t.p.T("item.field.channels."+x.name))
		}
	}
	if len(out) == 0 {
		return t.p.T("card.ways.all")
	}
	return strings.Join(out, t.p.T("standards.mark"))
}

// where says how many windows do it, which do not and why, and what opens later.
func (t teller) where(x standing.Told) string {
	lines := []string{t.p.T("card.where.all", "n", t.windows)}
	if x.Whole < t.windows {
		lines[0] = t.p.T("card.where.some", "n", x.Whole, "all", t.windows)
	}
	for _, h := range x.Holes {
		why := t.p.T(h.Reason.Key())
		if h.Detail != "" {
			why = t.p.T("card.where.detail", "why", why, "detail", h.Detail)
		}
		lines = append(lines, t.p.T("card.where.hole", "which", which(t.p, h.Windows), "why", why))
	}
	if x.Item.Out == standing.Unbound {
		lines = append(lines, t.p.T(standing.Unbound.Key()))
	}
	return strings.Join(append(lines, t.coming(x)...), "\n")
}

// coming are the openings whose day is ahead.
func (t teller) coming(x standing.Told) (out []string) {
	for _, o := range x.Coming {
		out = append(out, t.p.T("standards.open_line", "hall", hallName(t.p, t.halls, o.Hall), "kind", kindName(t.p, o.Kind), "day", o.From))
	}
	return out
}

// which names windows: one by name, several by how many and where they begin and end.
func which(p *page.Page, w []standing.Window) string {
	first, last := w[0], w[len(w)-1]
	if len(w) == 1 {
		return first.HallName + " " + first.Name
	}
	return p.T("card.where.range", "n", len(w), "first", first.HallName+" "+first.Name, "last", last.HallName+" "+last.Name)
}

func (t teller) waiting(n standing.Notice) (page.PaperPart, error) {
	part := page.PaperPart{ID: "waiting", Title: t.p.T("card.organ.waiting")}
	if len(n.Waiting) == 0 {
		part.Text = []string{t.p.T("card.organ.waiting.none")}
		return part, nil
	}
	part.Table = &page.PaperTable{Widths: []float64{4, 4, 5}, Links: t.links(n.Waiting), Head: []string{t.p.T("card.column.item"), t.p.T("card.column.from"), t.p.T("card.column.why")}}
	for _, x := range n.Waiting {
		why, days := t.p.T("card.waiting.plan"), strings.Join(t.coming(x), "\n")
		switch {
		case x.Item.Out == standing.NotYet:
			why, days = t.p.T("card.waiting.start"), x.Detail
		case days == "":
			days = t.p.T("card.waiting.no_day")
		}
		part.Table.Rows = append(part.Table.Rows, []string{x.Item.Name + "\n" + x.Item.Task, days, why})
	}
	return part, nil
}

func (t teller) out(n standing.Notice) (page.PaperPart, error) {
	part := page.PaperPart{ID: "out", Title: t.p.T("card.organ.out")}
	if len(n.Out) == 0 {
		part.Text = []string{t.p.T("card.organ.out.none")}
		return part, nil
	}
	part.Table = &page.PaperTable{Widths: []float64{4, 4, 5}, Links: t.links(n.Out), Head: []string{t.p.T("card.column.item"), t.p.T("card.column.why"), t.p.T("card.column.detail")}}
	for _, x := range n.Out {
		part.Table.Rows = append(part.Table.Rows, []string{x.Item.Name + "\n" + x.Item.Task, t.p.T(x.Why.Key()), x.Detail})
	}
	return part, nil
}
