package citizen

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/domain/statute"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/process/issuance"
	"yimen/ref"
	"yimen/web/page"
	"yimen/web/text"
)

// guideView is an item's guide (办事指南) with all that must be made public (行政许可法 30).
type guideView struct {
	Item      *catalog.Item
	Name      string
	Chinese   string
	Organ     string
	Permit    bool // 行政许可: its law says more about time and remedy
	Top       []page.Row
	Given     []paper // must be handed in
	Perhaps   []paper // only in some cases
	Later     []paper // may follow
	Held      []paper // the government has them
	Questions []question
	Needs     []need
	Stages    []page.Stage
	Times     []page.Row
	Results   []page.Row
	Laws      []law
	Remedy    catalog.Remedy
	Halls     []org.Hall
	Samples   []page.PaperSample // of materials and of what one gets
	Link      string
	Made      time.Time
	Edition   string
	Shut      string   // why it takes no applications; empty: it does
	Open      []string // where and from when it is open; none: everywhere
	Assumed   int      // places that are assumed for the demonstration and not known
}

// paper is one material in words.
type paper struct {
	Name, How, Issuer string
	Check, Mistakes   string
	Law               int // number in Laws, 0 = none
}

// question is one line of the form with how it is answered: the sample of the application (申请书示范文本).
type question struct{ Label, How string }

// need is a condition with its law.
type need struct {
	Text string
	Law  int
}

// law is a citation with the article's words.
type law struct {
	N       int
	Title   string
	Words   string
	Cited   statute.Citation
	Article []string // the whole article in the version in force, where its text is loaded
	Version string   // which version that is
}

// guide shows an item's guide.
func (s *Surface) guide(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	g, err := s.guideOf(r, p)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, guidePage(p, g))
}

// guideOf makes the guide of the item asked for, in the language of p.
func (s *Surface) guideOf(r *http.Request, p *page.Page) (guideView, error) {
	ctx := r.Context()
	v, err := catalog.Current(ctx, s.DB, ref.ItemID(r.PathValue("id")))
	if err != nil {
		return guideView{}, err
	}
	organs, err := org.Organs(ctx, s.DB)
	if err != nil {
		return guideView{}, err
	}
	halls, err := org.Halls(ctx, s.DB)
	if err != nil {
		return guideView{}, err
	}
	g := makeGuide(p, v, organs)
	g.Halls = halls
	if err := s.articles(ctx, p, g.Laws); err != nil {
		return g, err
	}
	if err := s.offered(r, p, &g, v.Item); err != nil {
		return g, err
	}
	if s.Press != nil && s.Press.Host != "" {
		g.Link = s.Press.Host + "/item/" + string(v.Item)
	}
	return g, nil
}

// articles puts beside each citation the article it leads to today, all in one query; laws whose texts are not loaded keep
// the words cited alone.
func (s *Surface) articles(ctx context.Context, p *page.Page, laws []law) error {
	cited := make([]statute.Citation, len(laws))
	for i, l := range laws {
		cited[i] = l.Cited
	}
	answers, err := statute.ResolveAll(ctx, s.DB, cited, calendar.DateOf(p.Now))
	if err != nil {
		return err
	}
	for i, a := range answers {
		if a.Trouble.Warning() && len(a.Found.Article.Paragraphs) > 0 {
			laws[i].Article = strings.Split(a.Found.Article.String(), "\n")
			laws[i].Version = p.T("statute.guide.version", "day", p.FullDate(a.Found.Version.Published))
		}
	}
	return nil
}

// offered says why an item takes no applications, and where and when it is open.
func (s *Surface) offered(r *http.Request, p *page.Page, g *guideView, item ref.ItemID) error {
	err := intake.Offered(r.Context(), s.DB, item, catalog.Online, "", p.Now)
	if fault.Is(err, fault.Conflict) {
		g.Shut = p.T(fault.As(err).Key, fault.As(err).Args...)
		return nil
	}
	if err != nil {
		return err
	}
	lines, err := catalog.OpeningsOf(r.Context(), s.DB, item, g.Item.Level)
	for _, o := range lines {
		g.Open = append(g.Open, p.T("standards.open_line", "hall", hallName(p, g.Halls, o.Hall), "kind", p.T("standards.kind."+cmp.Or(strings.Trim(o.Kind, catalog.Every), "all")), "day", o.From))
	}
	return err
}

// hallName is where a line of the opening plan counts.
func hallName(p *page.Page, halls []org.Hall, id ref.HallID) string {
	switch id {
	case catalog.Every:
		return p.T("standards.hall.all")
	case catalog.Online:
		return p.T("standards.hall.online")
	}
	i := slices.IndexFunc(halls, func(h org.Hall) bool { return h.ID == id })
	if i < 0 {
		return string(id)
	}
	return halls[i].Name
}

func makeGuide(p *page.Page, v catalog.Version, organs map[ref.OrganID]org.Organ) guideView {
	it := v.Doc()
	g := guideView{Item: it, Name: it.Name, Organ: organs[it.Organ].Name, Permit: it.TaskType == ref.TaskPermit, Assumed: len(it.Assumed), Remedy: it.Remedy.Against(chinese("letter.government")),
		Edition: p.T("citizen.guide.edition", "n", v.Number, "day", day(p, v.Published)), Made: v.Published}
	if name := english(p, it.NameEn); name != "" {
		g.Name, g.Chinese = name, it.Name
	}
	laws := &lawBook{}
	for _, c := range it.Basis {
		laws.number(&c)
	}
	for _, c := range it.Conditions {
		g.Needs = append(g.Needs, need{c.Text, laws.number(c.Basis)})
	}
	g.papers(p, laws)
	g.samples(p)
	for _, f := range it.Form {
		if f.Compute != "" {
			continue
		}
		g.Questions = append(g.Questions, question{f.Label, howTo(p, f)})
	}
	g.Stages = page.PlanStages(p, it, func(id ref.OrganID) string { return organs[id].Name }, nil)
	g.words(p, organs[it.Organ])
	g.timing(p, laws)
	g.Laws = laws.all
	return g
}

// words are the short answers at the top and about the result.
func (g *guideView) words(p *page.Page, organ org.Organ) {
	it := g.Item
	var who []string
	for _, a := range it.Audience {
		who = append(who, p.T(a.Key()))
	}
	fee := p.T("citizen.fee.none")
	if it.Fee.Charged {
		fee = p.T("citizen.fee.some")
	}
	g.Top = []page.Row{
		{Label: p.T("citizen.top.organ"), Part: zh(p, organ.Name)},
		{Label: p.T("citizen.top.time"), Value: span(p, it.Times.Promised)},
		{Label: p.T("citizen.top.fee"), Value: fee},
		{Label: p.T("citizen.top.visits"), Value: p.T("citizen.visits", "n", it.Times.Visits)},
		{Label: p.T("citizen.top.for"), Value: strings.Join(who, p.T("citizen.comma"))},
		{Label: p.T("citizen.top.kind"), Value: p.T(it.TaskType.Key()) + p.T("citizen.comma") + p.T(it.ProjectType.Key())},
	}
	valid := p.T("citizen.valid.none")
	if n := it.Result.ValidFor; n.N > 0 {
		valid = p.T("citizen.valid."+n.Unit, "n", n.N)
	}
	if it.Result.Kind != "none" {
		g.Results = []page.Row{{Label: p.T("citizen.result.name"), Part: zh(p, it.Result.Name)}, {Label: p.T("citizen.result.valid"), Value: valid},
			{Label: p.T("citizen.result.how"), Value: p.T("citizen.result.electronic")}}
	}
}

// timing says the legal and the promised time, what comes before, and what silence means.
func (g *guideView) timing(p *page.Page, laws *lawBook) {
	it := g.Item
	accept := p.T("citizen.accept." + string(it.Accept))
	if g.Permit {
		accept += p.T("citizen.accept.deemed")
	}
	g.Times = []page.Row{
		{Label: p.T("citizen.time.accept"), Value: accept},
		{Label: p.T("citizen.time.promised"), Value: span(p, it.Times.Promised)},
		{Label: p.T("citizen.time.legal"), Value: span(p, it.Times.Legal)},
		{Label: p.T("citizen.time.silence"), Value: p.T("citizen.silence." + it.Times.Silence)},
	}
	if n := laws.number(it.Times.LegalBasis); n > 0 {
		g.Times[2].Note = p.T("citizen.law.see", "n", n)
	}
}

// papers sorts the materials by whether and when the applicant hands them in.
func (g *guideView) papers(p *page.Page, laws *lawBook) {
	for _, m := range g.Item.Materials {
		x := paper{Name: m.Name, How: howGiven(p, m), Issuer: m.Issuer, Check: strings.Join(m.Check, "；"), Mistakes: strings.Join(m.Mistakes, "；"), Law: laws.number(m.Basis)}
		switch {
		case !m.HandedIn():
			g.Held = append(g.Held, x)
		case m.Need == ref.NeedOptional:
			g.Perhaps = append(g.Perhaps, x)
		case m.Need == ref.NeedLater:
			g.Later = append(g.Later, x)
		default:
			g.Given = append(g.Given, x)
		}
	}
}

func howGiven(p *page.Page, m catalog.MaterialSpec) string {
	if !m.HandedIn() {
		return ""
	}
	return p.T("citizen.paper.original."+m.Original, "n", max(m.Copies, 1)) + p.T("citizen.comma") + p.T("citizen.paper.form."+m.Form)
}

// howTo says how a question of the form is answered.
func howTo(p *page.Page, f catalog.Field) string {
	how := f.Hint
	if how == "" && len(f.Options) > 0 {
		var all []string
		for _, o := range f.Options {
			all = append(all, o.Label)
		}
		how = p.T("citizen.ask.choice", "options", strings.Join(all, "、"))
	}
	if how == "" {
		how = p.T("citizen.ask." + f.Kind)
	}
	if f.Optional {
		how += p.T("field.optional")
	}
	return how
}

// chinese gives a sentence of the Chinese catalogue: items and the drawings made from them are in Chinese on every page.
func chinese(key string, args ...any) string { return text.T(text.Chinese, key, args...) }

// lawTitle names a law and its article.
func lawTitle(c catalog.Citation) string {
	return chinese("citizen.law", "law", c.Law, "article", (&issuance.Press{Text: chinese}).Article(c.Article, c.Sub, c.Paragraph, c.Point))
}

// lawBook numbers the citations of a guide, each article once.
type lawBook struct{ all []law }

func (b *lawBook) number(c *catalog.Citation) int {
	if c == nil || c.Law == "" {
		return 0
	}
	title := lawTitle(*c)
	for i, l := range b.all {
		if l.Title == title {
			if len(c.Text) > len(l.Words) && strings.Contains(c.Text, l.Words) {
				b.all[i].Words = c.Text
			}
			return l.N
		}
	}
	b.all = append(b.all, law{N: len(b.all) + 1, Title: title, Words: c.Text, Cited: statute.Citation(*c)})
	return len(b.all)
}
