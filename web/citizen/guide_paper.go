package citizen

import (
	"net/http"
	"net/url"
	"strings"

	"yimen/domain/catalog"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
)

// file is the guide as a file in the page's language.
func (g guideView) file(p *page.Page) string {
	to := "/item/" + url.PathEscape(string(g.Item.ID)) + "/pdf"
	if p.Lang == "en" {
		to += "?lang=en"
	}
	return to
}

// samples are the pictures of good papers, of the materials and then of what one gets.
func (g *guideView) samples(p *page.Page) {
	for _, m := range g.Item.Materials {
		if m.Sample.Title != "" {
			g.Samples = append(g.Samples, page.PaperSample{Name: m.Name, Sample: m.Sample, File: "/item/" + url.PathEscape(string(g.Item.ID)) + "/sample/" + url.PathEscape(m.ID)})
		}
	}
	if r := g.Item.Result; r.Sample.Title != "" {
		g.Samples = append(g.Samples, page.PaperSample{Name: p.T("card.sample.result", "name", r.Name), Sample: r.Sample})
	}
}

// fees are what is charged, line by line.
func (g guideView) fees() (out []string) {
	for _, l := range g.Item.Fee.Lines {
		words := chinese("card.fee.line", "name", l.Name, "standard", l.Standard)
		if l.Reduced != "" {
			words += "；" + l.Reduced
		}
		out = append(out, words)
	}
	return out
}

// guidePDF is the guide to take along or to hand on.
func (s *Surface) guidePDF(w http.ResponseWriter, r *http.Request) error {
	p := page.InChinese(r)
	g, err := s.guideOf(r, p)
	if err != nil {
		return err
	}
	return g.paper(p).Serve(w, r, p, g.Name)
}

// sample is one material's sample as a file, with what the window looks at.
func (s *Surface) sample(w http.ResponseWriter, r *http.Request) error {
	p := page.InChinese(r)
	v, err := catalog.Current(r.Context(), s.DB, ref.ItemID(r.PathValue("id")))
	if err != nil {
		return err
	}
	m, known := v.Doc().Material(r.PathValue("material"))
	if !known || m.Sample.Title == "" {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	x := page.Paper{Title: p.T("card.sample.of", "name", m.Name), Edition: v.Doc().Name, Made: v.Published, Parts: []page.PaperPart{
		{Samples: []page.PaperSample{{Name: m.Name, Sample: m.Sample}}}, {Title: p.T("card.column.check"), Points: m.Check}, {Title: p.T("card.column.mistakes"), Points: m.Mistakes}}}
	return x.Serve(w, r, p, x.Title)
}

// paper is the guide as it is printed: the page's parts in the page's order.
func (g guideView) paper(p *page.Page) page.Paper {
	x := page.Paper{Title: g.Name, Edition: g.Edition, Lead: g.Item.Summary, Link: g.Link, Made: g.Made, Facts: g.facts(p)}
	if g.Chinese != "" {
		x.Edition = g.Chinese + "\n" + x.Edition
	}
	if g.Shut != "" {
		x.Parts = append(x.Parts, page.PaperPart{Text: []string{g.Shut}})
	}
	if len(g.Open) > 0 {
		x.Parts = append(x.Parts, page.PaperPart{Title: p.T("standards.open_where"), Points: g.Open})
	}
	x.Parts = append(x.Parts, g.mayPart(p))
	x.Parts = append(x.Parts, g.bringParts(p)...)
	x.Parts = append(x.Parts, page.PaperPart{Title: p.T("citizen.guide.flow"), Text: filled(g.Item.Service.Process), Stages: g.Stages}, page.PaperPart{Title: p.T("citizen.guide.time"), Facts: g.Times})
	x.Parts = append(x.Parts, g.whereParts(p)...)
	x.Parts = append(x.Parts, g.resultPart(p), g.lawPart(p), g.remedyPart(p))
	if len(g.Item.FAQ) > 0 {
		part := page.PaperPart{Title: p.T("card.faq")}
		for _, f := range g.Item.FAQ {
			part.Text = append(part.Text, p.T("card.guide.ask", "q", f.Q), f.A)
		}
		x.Parts = append(x.Parts, part)
	}
	if p.Demo && g.Assumed > 0 {
		x.Parts = append(x.Parts, page.PaperPart{Text: []string{p.T("citizen.guide.assumed", "n", g.Assumed)}})
	}
	return x
}

// filled are the words that are there.
func filled(words ...string) (out []string) {
	for _, w := range words {
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}

// facts are the page's short answers in words.
func (g guideView) facts(p *page.Page) (out []page.Row) {
	for _, row := range g.Top {
		if row.Part != nil {
			row = page.Row{Label: row.Label, Value: g.Organ}
		}
		out = append(out, row)
	}
	return out
}

// see names the law a sentence rests on by its number in the guide.
func see(p *page.Page, words string, law int) string {
	if law == 0 {
		return words
	}
	return p.T("card.cited_no", "words", strings.TrimRight(words, "。"), "n", law)
}

func (g guideView) mayPart(p *page.Page) page.PaperPart {
	part := page.PaperPart{Title: p.T("citizen.guide.may")}
	for _, n := range g.Needs {
		part.Points = append(part.Points, see(p, n.Text, n.Law))
	}
	if g.Permit {
		part.Points = append(part.Points, p.T("citizen.guide.quantity"))
	}
	return part
}

// bringParts are the papers, how the form is filled in, and the samples.
func (g guideView) bringParts(p *page.Page) []page.PaperPart {
	out := []page.PaperPart{{Title: p.T("citizen.guide.bring"), Text: []string{p.T("citizen.bring.count", "n", len(g.Given), "held", len(g.Held))}}}
	for _, x := range []struct {
		title string
		all   []paper
	}{{"citizen.bring.given", g.Given}, {"citizen.bring.later", g.Later}, {"citizen.bring.perhaps", g.Perhaps}} {
		if len(x.all) == 0 {
			continue
		}
		t := &page.PaperTable{Widths: []float64{3, 2.4, 4, 3.6}, Head: []string{p.T("card.column.material"), p.T("card.column.given"), p.T("card.column.check"), p.T("card.column.mistakes")}}
		for _, m := range x.all {
			t.Rows = append(t.Rows, []string{see(p, m.Name, m.Law), m.How, m.Check, m.Mistakes})
		}
		out = append(out, page.PaperPart{Title: p.T(x.title), Table: t})
	}
	if len(g.Held) > 0 {
		held := page.PaperPart{Title: p.T("citizen.bring.held")}
		for _, m := range g.Held {
			words := m.Name
			if m.Issuer != "" {
				words += " " + p.T("citizen.bring.issuer") + m.Issuer
			}
			held.Points = append(held.Points, see(p, words, m.Law))
		}
		out = append(out, held)
	}
	if len(g.Questions) > 0 {
		t := &page.PaperTable{Widths: []float64{1, 2}, Head: []string{p.T("card.column.question"), p.T("card.column.answer")}}
		for _, q := range g.Questions {
			t.Rows = append(t.Rows, []string{q.Label, q.How})
		}
		out = append(out, page.PaperPart{Title: p.T("citizen.form"), Text: []string{p.T("citizen.form.how")}, Table: t})
	}
	if len(g.Samples) > 0 {
		out = append(out, page.PaperPart{Title: p.T("card.samples"), Samples: g.Samples})
	}
	return out
}

// whereParts are where and when, and what it costs.
func (g guideView) whereParts(p *page.Page) []page.PaperPart {
	s := g.Item.Service
	where := page.PaperPart{Title: p.T("citizen.guide.where"), Text: append(filled(s.Where, s.Hours, s.Way), p.T("citizen.where.ask")+s.Ask)}
	if len(g.Halls) > 0 {
		where.Table = &page.PaperTable{Widths: []float64{3, 4, 4, 2}, Head: []string{p.T("card.guide.hall"), p.T("card.guide.address"), p.T("card.guide.hours"), p.T("card.guide.phone")}}
		for _, h := range g.Halls {
			where.Table.Rows = append(where.Table.Rows, []string{h.Name, h.Address, h.Hours, h.Phone})
		}
	}
	fee := page.PaperPart{Title: p.T("citizen.fee"), Text: []string{p.T("citizen.fee.none")}}
	if g.Item.Fee.Charged {
		fee.Text, fee.Points = []string{p.T("citizen.fee.charged") + g.Item.Fee.Note}, g.fees()
	}
	return []page.PaperPart{where, fee}
}

func (g guideView) resultPart(p *page.Page) page.PaperPart {
	part := page.PaperPart{Title: p.T("citizen.guide.result"), Points: g.Item.Result.Conditions}
	for _, row := range g.Results {
		if row.Part != nil {
			row = page.Row{Label: row.Label, Value: g.Item.Result.Name}
		}
		part.Text = append(part.Text, p.T("card.guide.row", "label", row.Label, "value", row.Value))
	}
	if len(g.Results) == 0 {
		part.Text = []string{p.T("citizen.result.none")}
	}
	if len(part.Points) > 0 {
		part.Text = append(part.Text, p.T("card.guide.row", "label", p.T("citizen.result.duties"), "value", ""))
	}
	return part
}

func (g guideView) lawPart(p *page.Page) page.PaperPart {
	part := page.PaperPart{Title: p.T("citizen.guide.law")}
	for _, l := range g.Laws {
		part.Points = append(part.Points, l.Title+"\n"+l.Words)
	}
	return part
}

func (g guideView) remedyPart(p *page.Page) page.PaperPart {
	r := g.Remedy
	return page.PaperPart{Title: p.T("citizen.guide.remedy"), Points: []string{p.T("citizen.remedy.complain") + g.Item.Service.Complain, p.T("citizen.remedy.review", "days", r.ReviewDays) + r.Review,
		p.T("citizen.remedy.court", "months", r.CourtMonths) + r.Court}}
}
