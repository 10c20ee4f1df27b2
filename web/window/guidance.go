package window

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/ref"
	"yimen/web/page"
)

// A clerk's instruction card: what one must know of an item at the counter, on a sheet or two (三个一目了然 for the window).

// deskKeys are the keys of the window's pages, with what each does.
var deskKeys = []struct{ key, says string }{
	{"F1", "card.open"}, {"F2", "window.another"}, {"F3", "window.search.title"}, {"F4", "window.card.go"}, {"F6", "window.typed.title"}, {"F7", "window.typed.number"},
	{"F8", "window.counter.open"}, {"F9", "window.resume.code"}, {"Ctrl+S", "window.save"}, {"Ctrl+Enter", "desk.key.main"}, {"Alt+1…9", "desk.key.section"}, {"?", "desk.key.help"},
}

func cardPath(id ref.ItemID, rest ...string) string {
	return "/window/card/" + strings.Join(append([]string{url.PathEscape(string(id))}, rest...), "/")
}

// openCard is the button that opens an item's card beside what is being done.
func openCard(p *page.Page, id ref.ItemID) page.Act {
	return page.Act{Text: p.T("card.open"), Href: cardPath(id), Look: page.Second, Key: "F1", Extra: templ.Attributes{"target": "_blank"}}
}

// pageful is how many items one page of cards lists.
const pageful = 50

// cards lists all items in use with their cards.
func (s *Surface) cards(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	after, err := page.After(q.Text("after"), 2)
	if err != nil {
		return err
	}
	want := catalog.Wanted{Query: q.Text("q"), State: catalog.InUse}
	if after != nil {
		want.Name, want.ID = after[0], ref.ItemID(after[1])
	}
	found, err := catalog.Browse(r.Context(), s.DB, want, pageful+1)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "cards", Caption: p.T("card.cards"), Live: true, First: page.FirstPage(p), Filtered: want.Query != "",
		Filter:  []page.Field{{Name: "q", Label: p.T("window.search.label"), Value: want.Query, Auto: "off", Key: "F3"}},
		Empty:   page.Nothing{Title: p.T("card.cards.none"), Text: p.T("card.cards.none.text")},
		Columns: []page.Column{{Text: p.T("card.column.item"), Main: true}, {Text: p.T("window.fact.organ")}, {Text: p.T("card.column.kind")}, {Text: p.T("card.file")}}}
	if len(found) > pageful {
		found = found[:pageful]
		t.Next = page.NextPage(p, page.Cursor(found[pageful-1].Name, string(found[pageful-1].ID)))
	}
	for _, x := range found {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Name, Href: cardPath(x.ID)}), page.Words(organs[x.Organ].Name), page.Words(p.T(x.ProjectType.Key())),
			cardFile(p, cardPath(x.ID, "pdf"), x.Name)}})
	}
	return page.Show(w, r, http.StatusOK, cardsPage(p, t))
}

func (s *Surface) guidance(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	x, err := s.guidanceOf(r, p)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, guidancePage(p, x, cardPath(ref.ItemID(r.PathValue("item")), "pdf")))
}

func (s *Surface) guidancePDF(w http.ResponseWriter, r *http.Request) error {
	p := page.InChinese(r)
	x, err := s.guidanceOf(r, p)
	if err != nil {
		return err
	}
	return x.Serve(w, r, p, x.Title)
}

// guidanceOf makes the card of an item from its version in force; it is the same for every clerk.
func (s *Surface) guidanceOf(r *http.Request, p *page.Page) (page.Paper, error) {
	v, err := catalog.Current(r.Context(), s.DB, ref.ItemID(r.PathValue("item")))
	if err != nil {
		return page.Paper{}, err
	}
	it := v.Doc()
	organ, err := org.GetOrgan(r.Context(), s.DB, it.Organ)
	if err != nil {
		return page.Paper{}, err
	}
	g := guide{p: p, it: it, organ: organ, article: s.citation}
	return page.Paper{Title: p.T("card.clerk.title", "item", it.Name), Edition: p.T("card.clerk.edition", "n", v.Number, "day", p.FullDate(calendar.DateOf(v.Published))), Made: v.Published, Sheets: 2,
		Facts: g.facts(), Parts: g.parts()}, nil
}

// guide puts an item into a clerk's words.
type guide struct {
	p       *page.Page
	it      *catalog.Item
	organ   org.Organ
	article func(catalog.Citation) string
}

func (g guide) facts() []page.Row {
	p, it := g.p, g.it
	return []page.Row{
		{Label: p.T("window.fact.organ"), Value: g.organ.Name, Note: g.organ.Phone},
		{Label: p.T("window.fact.promised"), Value: span(p, it.Times.Promised), Note: p.T("window.fact.legal", "span", span(p, it.Times.Legal))},
		{Label: p.T("window.fact.fee"), Value: g.fee()},
		{Label: p.T("window.fact.result"), Value: cmp.Or(it.Result.Name, p.T("card.result.none"))},
		{Label: p.T("card.column.kind"), Value: p.T(it.TaskType.Key()) + p.T("card.list_mark") + p.T(it.ProjectType.Key())},
		{Label: p.T("card.code"), Value: it.TaskCode},
	}
}

// fee is what is charged, line by line.
func (g guide) fee() string {
	if !g.it.Fee.Charged {
		return g.p.T("window.fee.none")
	}
	words := []string{g.it.Fee.Note}
	for _, l := range g.it.Fee.Lines {
		words = append(words, g.p.T("card.fee.line", "name", l.Name, "standard", l.Standard))
	}
	return strings.Trim(strings.Join(words, "\n"), "\n")
}

// parts are the card's, without those the item has nothing for.
func (g guide) parts() (out []page.PaperPart) {
	for _, x := range []page.PaperPart{g.may(), g.materials(), g.accepting(), g.deciding(), g.asked(), g.keys()} {
		if len(x.Points)+len(x.Text) > 0 || x.Table != nil && len(x.Table.Rows) > 0 {
			out = append(out, x)
		}
	}
	return out
}

// cited is a sentence with its law.
func (g guide) cited(words string, c *catalog.Citation) string {
	if c == nil || c.Law == "" {
		return words
	}
	return g.p.T("card.cited", "words", strings.TrimRight(words, "。"), "law", c.Law, "article", g.article(*c))
}

// may is who may apply and what must not be.
func (g guide) may() page.PaperPart {
	var who []string
	for _, a := range g.it.Audience {
		who = append(who, g.p.T(a.Key()))
	}
	part := page.PaperPart{ID: "may", Title: g.p.T("card.may"), Points: []string{g.p.T("card.may.who", "who", strings.Join(who, g.p.T("card.list_mark")))}}
	for _, c := range g.it.Conditions {
		part.Points = append(part.Points, g.cited(c.Text, c.Basis))
	}
	for _, c := range g.it.Forbidden {
		part.Points = append(part.Points, g.p.T("card.may.not", "words", g.cited(c.Text, c.Basis)))
	}
	for _, q := range g.it.Questions {
		for _, o := range q.Options {
			if o.Stop != "" {
				part.Points = append(part.Points, g.p.T("card.may.ask", "question", q.Text, "answer", o.Label, "stop", o.Stop))
			}
		}
	}
	return part
}

// materials is what to look at on each paper, with pictures of good ones where the item has them.
func (g guide) materials() page.PaperPart {
	p := g.p
	part := page.PaperPart{ID: "materials", Title: p.T("card.materials"), Table: &page.PaperTable{Widths: []float64{2.8, 2.2, 5, 3.6},
		Head: []string{p.T("card.column.material"), p.T("card.column.given"), p.T("card.column.check"), p.T("card.column.mistakes")}}}
	for _, m := range g.it.Materials {
		name := m.Name
		if m.When != "" || m.Need == ref.NeedOptional {
			name += "\n" + p.T("card.sometimes")
		}
		part.Table.Rows = append(part.Table.Rows, []string{name, g.given(m), numbered(m.Check), numbered(m.Mistakes)})
		if m.Sample.Title != "" {
			part.Samples = append(part.Samples, page.PaperSample{Name: m.Name, Sample: m.Sample})
		}
	}
	return part
}

// given is whether and how a material is handed in.
func (g guide) given(m catalog.MaterialSpec) string {
	if !m.HandedIn() {
		return need(g.p, m)
	}
	return strings.Join([]string{need(g.p, m), g.p.T("citizen.paper.original."+m.Original, "n", max(m.Copies, 1)), g.p.T("citizen.paper.form." + m.Form)}, g.p.T("citizen.comma"))
}

// numbered are points of a cell, each on its line; one alone has no number.
func numbered(points []string) string {
	if len(points) == 1 {
		return points[0]
	}
	out := make([]string, len(points))
	for i, x := range points {
		out[i] = strconv.Itoa(i+1) + ". " + x
	}
	return strings.Join(out, "\n")
}

// accepting is in whose name it is taken in, what is done then, and what the window prints.
func (g guide) accepting() page.PaperPart {
	p, atWindow := g.p, g.it.Accept == catalog.AcceptAtWindow
	part := page.PaperPart{ID: "accept", Title: p.T("card.accept")}
	first, paper := p.T("window.accepts.organ", "organ", g.organ.Name), p.T("letter.title.receipt")
	if atWindow {
		first, paper = p.T("window.accepts.here", "organ", g.organ.Name), p.T("letter.title.acceptance")
	}
	part.Points = []string{p.T("card.accept.first", "how", first), p.T("card.accept.print", "paper", paper)}
	if atWindow {
		part.Points = append(part.Points, p.T("card.accept.no_right", "paper", p.T("letter.title.receipt")))
	}
	part.Points = append(part.Points, p.T("card.accept.points", "paper", p.T("letter.title.correction")))
	if g.it.NeedsPlace() {
		part.Points = append(part.Points, p.T("card.accept.place"))
	}
	return part
}

// deciding is the decision table, one line a row.
func (g guide) deciding() page.PaperPart {
	p := g.p
	part := page.PaperPart{ID: "rule", Title: p.T("card.rule"), Table: &page.PaperTable{Widths: []float64{0.7, 4, 1.1, 4}, Head: []string{p.T("card.column.row"), p.T("card.column.when"), p.T("card.column.outcome"), p.T("card.column.basis")}}}
	for _, row := range g.it.Rule.Rows {
		part.Table.Rows = append(part.Table.Rows, []string{row.ID, row.When, p.T("item.value.outcome." + row.Outcome), p.T("card.law", "law", row.Basis.Law, "article", g.article(row.Basis))})
	}
	return part
}

// asked is what people ask and get wrong in the form.
func (g guide) asked() page.PaperPart {
	part := page.PaperPart{ID: "asked", Title: g.p.T("card.asked")}
	for _, c := range g.it.Checks {
		part.Points = append(part.Points, g.p.T("card.asked.form", "says", c.Says))
	}
	for _, f := range g.it.FAQ {
		part.Points = append(part.Points, g.p.T("card.asked.answer", "q", f.Q, "a", f.A))
	}
	return part
}

func (g guide) keys() page.PaperPart {
	var said []string
	for _, k := range deskKeys {
		said = append(said, g.p.T("card.key", "key", k.key, "says", g.p.T(k.says)))
	}
	return page.PaperPart{ID: "keys-of-desk", Title: g.p.T("card.keys"), Text: []string{strings.Join(said, g.p.T("card.key_mark"))}}
}

// cardsBack is the way back to the desk of who reads.
func cardsBack(p *page.Page) page.Link {
	if p.Actor.Is(page.Clerk, page.Representative) {
		return page.Link{Text: p.T("window.start.title"), Href: "/window"}
	}
	return page.Link{Text: p.T("standards.title"), Href: "/standards"}
}
