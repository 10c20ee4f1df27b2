package powers

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/org"
	"yimen/domain/powerlist"
	"yimen/view/standing"
	"yimen/web/page"
)

// parts are the parts of the desk in the order of their links.
var parts = []struct{ key, href string }{
	{"powers.overview", "/powers"}, {"powers.power.title", "/powers/power"}, {"powers.negative.title", "/powers/negative"}, {"powers.supervision.title", "/powers/supervision"},
	{"powers.grant.title", "/powers/grants"}, {"powers.entrust.title", "/powers/entrusts"}, {"powers.windows.title", "/powers/windows"},
}

// list is a page with one main list.
type list struct {
	Title, Lead, Here string
	Acts              []page.Act
	Table             page.Table
	More              []page.Table
}

// officeAct is a button of the standards office only.
func officeAct(r *http.Request, key, href string) []page.Act {
	if !office(r) {
		return nil
	}
	return []page.Act{{Text: page.Of(r).T(key), Href: href}}
}

// rest cuts the one row too many off a page and links to what follows.
func rest[T any](p *page.Page, t *page.Table, rows []T, cursor func(T) string) []T {
	t.First = page.FirstPage(p)
	if len(rows) > size {
		rows = rows[:size]
		t.Next = page.NextPage(p, cursor(rows[size-1]))
	}
	return rows
}

func (s *Surface) powerList(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	f, err := asked(r)
	if err != nil {
		return err
	}
	rows, err := powerlist.FindPowers(r.Context(), s.DB, p.Now, f, size+1)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	level := page.Field{Name: "level", Label: p.T("powers.level"), Kind: page.Select, Value: cmp.Or(number(int(f.Level)), every), Options: append([]page.Option{all(p)}, levelOptions(p)...)}
	t := page.Table{ID: "powers", Caption: p.T("powers.power.title"), Live: true, Filtered: narrowed(r, "q", "organ", "level", "show"),
		Filter:  []page.Field{searchField(p, f.Query), organField(r, organs, f.Organ), level, showField(p, f.Ended)},
		Empty:   page.Nothing{Title: p.T("powers.power.none"), Text: p.T("powers.power.none.text")},
		Columns: []page.Column{{Text: p.T("powers.name"), Main: true}, {Text: p.T("powers.code")}, {Text: p.T("powers.organ")}, {Text: p.T("powers.level")}, {Text: p.T("powers.delegable")}, {Text: p.T("powers.state")}}}
	for _, x := range rest(p, &t, rows, func(x powerlist.Power) string { return page.Cursor(x.Name, x.ID) }) {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Name, Href: "/powers/power/" + x.ID}), page.Words(x.Code), page.Words(organs[x.Organ].Name),
			page.Words(p.T(x.Level.Key())), page.Words(acts(p, x)), state(p, x.From, x.Until, time.Time{})}})
	}
	return page.Show(w, r, http.StatusOK, listPage(p, list{Title: p.T("powers.power.title"), Lead: p.T("powers.power.lead"), Here: "/powers/power",
		Acts: officeAct(r, "powers.power.new", "/powers/power/new"), Table: t}))
}

// acts are the words of what a power lets be delegated.
func acts(p *page.Page, x powerlist.Power) string {
	var out []string
	for _, a := range powerlist.Acts {
		if x.May(a) {
			out = append(out, p.T("powers.kind."+a))
		}
	}
	if len(out) == 0 {
		return p.T("powers.delegable.none")
	}
	return strings.Join(out, p.T("powers.comma"))
}

func (s *Surface) supervisionList(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	f, err := asked(r)
	if err != nil {
		return err
	}
	rows, err := powerlist.FindSupervision(r.Context(), s.DB, p.Now, f, size+1)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "supervision", Caption: p.T("powers.supervision.title"), Live: true, Filtered: narrowed(r, "q", "organ", "show"),
		Filter:  []page.Field{searchField(p, f.Query), organField(r, organs, f.Organ), showField(p, f.Ended)},
		Empty:   page.Nothing{Title: p.T("powers.supervision.none"), Text: p.T("powers.supervision.none.text")},
		Columns: []page.Column{{Text: p.T("powers.name"), Main: true}, {Text: p.T("powers.organ")}, {Text: p.T("powers.judged")}, {Text: p.T("powers.bounds")}, {Text: p.T("powers.state")}}}
	for _, x := range rest(p, &t, rows, func(x powerlist.Supervision) string { return page.Cursor(x.Name, x.ID) }) {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Name, Href: "/powers/supervision/" + x.ID}), page.Words(organs[x.Organ].Name),
			page.Words(x.Judged), page.Words(x.Bounds), state(p, x.From, x.Until, time.Time{})}})
	}
	return page.Show(w, r, http.StatusOK, listPage(p, list{Title: p.T("powers.supervision.title"), Lead: p.T("powers.supervision.lead"), Here: "/powers/supervision", Table: t}))
}

func kindOptions(p *page.Page) []page.Option {
	return []page.Option{{Value: powerlist.NoItem, Text: p.T("powers.negative.item")}, {Value: powerlist.NoProof, Text: p.T("powers.negative.proof")}}
}

func (s *Surface) negativeList(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	f, err := asked(r)
	if err != nil {
		return err
	}
	rows, err := powerlist.FindNegative(r.Context(), s.DB, p.Now, f, size+1)
	if err != nil {
		return err
	}
	kind := page.Field{Name: "kind", Label: p.T("powers.kind"), Kind: page.Select, Value: cmp.Or(f.Kind, every), Options: append([]page.Option{all(p)}, kindOptions(p)...)}
	t := page.Table{ID: "negative", Caption: p.T("powers.negative.title"), Live: true, Filtered: narrowed(r, "q", "kind", "show"),
		Filter:  []page.Field{searchField(p, f.Query), kind, showField(p, f.Ended)},
		Empty:   page.Nothing{Title: p.T("powers.negative.none"), Text: p.T("powers.negative.none.text")},
		Columns: []page.Column{{Text: p.T("powers.name"), Main: true}, {Text: p.T("powers.kind")}, {Text: p.T("powers.reason")}, {Text: p.T("powers.period")}, {Text: p.T("powers.state")}}}
	for _, x := range rest(p, &t, rows, func(x powerlist.Negative) string { return page.Cursor(x.Name, x.ID) }) {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Name, Href: "/powers/negative/" + x.ID}), page.Words(p.T("powers.negative." + x.Kind)),
			page.Words(x.Reason), page.Words(period(p, x.From, x.Until)), state(p, x.From, x.Until, time.Time{})}})
	}
	return page.Show(w, r, http.StatusOK, listPage(p, list{Title: p.T("powers.negative.title"), Lead: p.T("powers.negative.lead"), Here: "/powers/negative",
		Acts: officeAct(r, "powers.negative.new", "/powers/negative/new"), Table: t}))
}

// overview says for each organ what is in, what is out and why; with one organ chosen, by name.
func (s *Surface) overview(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	f, err := asked(r)
	if err != nil {
		return err
	}
	found, err := s.Standing.Overview(r.Context(), p.Now)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	if f.Organ != "" {
		found = slices.DeleteFunc(found, func(o standing.Organ) bool { return o.ID != f.Organ })
	}
	t := page.Table{ID: "organs", Caption: p.T("powers.overview"), Filter: []page.Field{organField(r, organs, f.Organ)}, Filtered: narrowed(r, "organ"),
		Empty:   page.Nothing{Title: p.T("powers.overview.none"), Text: p.T("powers.overview.none.text")},
		Columns: []page.Column{{Text: p.T("powers.organ"), Main: true}, {Text: p.T("powers.in"), Number: true}, {Text: p.T("powers.out"), Number: true}, {Text: p.T("powers.idle"), Number: true}}}
	for _, o := range found {
		t.Lines = append(t.Lines, page.Line{Tone: toneOf(len(o.Out)), Cells: []templ.Component{page.Linked(page.Link{Text: o.Name, Href: "/powers?organ=" + string(o.ID)}),
			count(len(o.In)), count(len(o.Out)), count(len(o.Idle))}})
	}
	v := list{Title: p.T("powers.title"), Lead: p.T("powers.lead"), Here: "/powers", Table: t}
	if f.Organ != "" && len(found) == 1 {
		v.More = inAndOut(p, found[0])
	}
	return page.Show(w, r, http.StatusOK, listPage(p, v))
}

func toneOf(wrong int) page.Tone {
	if wrong > 0 {
		return page.Warn
	}
	return page.Plain
}

func count(n int) templ.Component { return page.Words(page.Thousands(int64(n))) }

// inAndOut are an organ's items inside and outside the lists, and its powers that no item exercises.
func inAndOut(p *page.Page, o standing.Organ) []page.Table {
	out := page.Table{ID: "out", Caption: p.T("powers.out"), Empty: page.Nothing{Title: p.T("powers.out.none")},
		Columns: []page.Column{{Text: p.T("powers.item"), Main: true}, {Text: p.T("powers.why_out")}, {Text: p.T("powers.detail")}}}
	for _, i := range o.Out {
		out.Lines = append(out.Lines, page.Line{Cells: []templ.Component{itemLink(i), page.Tag(page.Warn, p.T(i.Out.Key())), page.Words(i.Detail)}})
	}
	in := page.Table{ID: "in", Caption: p.T("powers.in"), Empty: page.Nothing{Title: p.T("powers.in.none")},
		Columns: []page.Column{{Text: p.T("powers.item"), Main: true}, {Text: p.T("powers.code")}}}
	for _, i := range o.In {
		in.Lines = append(in.Lines, page.Line{Cells: []templ.Component{itemLink(i), page.Words(i.Code())}})
	}
	idle := page.Table{ID: "idle", Caption: p.T("powers.idle"), Empty: page.Nothing{Title: p.T("powers.idle.none")},
		Columns: []page.Column{{Text: p.T("powers.name"), Main: true}, {Text: p.T("powers.code")}}}
	for _, x := range o.Idle {
		idle.Lines = append(idle.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Name, Href: "/powers/power/" + x.ID}), page.Words(x.Code)}})
	}
	return []page.Table{out, in, idle}
}

func itemLink(i standing.Item) templ.Component {
	return page.Linked(page.Link{Text: i.Name, Href: "/item/" + string(i.ID)})
}

// itemsUnder are the items that exercise a power.
func itemsUnder(items []standing.Item, x powerlist.Power) (out []standing.Item) {
	for _, i := range items {
		if powerlist.Covers(x.Code, i.Code()) && i.Organ == x.Organ {
			out = append(out, i)
		}
	}
	return out
}
