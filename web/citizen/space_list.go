package citizen

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/foundation/calendar"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/view/space"
	"yimen/web/page"
)

// spaceItem is an item's name in the page's language where there is one.
func spaceItem(p *page.Page, it *catalog.Item) string {
	return cmp.Or(english(p, it.NameEn), it.Name)
}

type spaceLicencesView struct {
	Held   []held
	Turn   spaceTurn
	Verify string // the address a mark is added to
}

func (s *Surface) spaceLicences(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	after, err := spaceKey(r)
	if err != nil {
		return err
	}
	rows, next, err := s.Space.Licences(r.Context(), me(r), after)
	if err != nil {
		return err
	}
	v := spaceLicencesView{Turn: spaceTurnOf(p, next)}
	if s.Press.Host != "" {
		v.Verify = s.Press.Host + "/verify?m="
	}
	for _, l := range rows {
		v.Held = append(v.Held, heldOf(p, l))
	}
	return page.Show(w, r, http.StatusOK, spaceLicencesPage(p, v))
}

// spaceLicence gives a licence's sealed paper.
func (s *Surface) spaceLicence(w http.ResponseWriter, r *http.Request) error {
	l, err := s.Space.Licence(r.Context(), me(r), ref.LicenceID(r.PathValue("id")))
	if err != nil {
		return err
	}
	doc, content, err := s.Press.Fetch(r.Context(), l.Document)
	if err != nil {
		return err
	}
	return givePDF(w, doc.Title, content)
}

// spacePaper is a material in words.
type spacePaper struct {
	space.Material
	Trust, Source, Valid string
	Over                 bool // its time has ended
	Uses                 []spaceUse
	More                 int // uses not shown
}

type spaceUse struct {
	Case ref.CaseID
	What string
}

type spacePapersView struct {
	Lines []spacePaper
	Turn  spaceTurn
}

func (s *Surface) spaceMaterials(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	after, err := spaceKey(r)
	if err != nil {
		return err
	}
	rows, next, err := s.Space.Materials(r.Context(), me(r), after)
	if err != nil {
		return err
	}
	v := spacePapersView{Turn: spaceTurnOf(p, next)}
	for _, m := range rows {
		v.Lines = append(v.Lines, spacePaperOf(p, m))
	}
	return page.Show(w, r, http.StatusOK, spaceMaterialsPage(p, v))
}

func spacePaperOf(p *page.Page, m space.Material) spacePaper {
	l := spacePaper{Material: m, Trust: p.T("me.trust." + strings.ToLower(m.Trust)), Source: sourceWords(p, m.Origin), Valid: spaceValid(p, m.ValidUntil),
		Over: !m.ValidUntil.IsZero() && !p.Now.Before(m.ValidUntil), More: max(m.Used-len(m.Uses), 0)}
	for _, u := range m.Uses {
		key := "me.used.first"
		if u.Reused {
			key = "me.used.again"
		}
		l.Uses = append(l.Uses, spaceUse{u.Case, p.T(key, "day", day(p, u.At), "item", spaceItem(p, u.Item))})
	}
	return l
}

func spaceValid(p *page.Page, until time.Time) string {
	last := until.Add(-time.Microsecond) // until is the first moment that is too late
	switch {
	case until.IsZero():
		return p.T("citizen.valid.none")
	case !p.Now.Before(until):
		return p.T("me.valid.over", "day", day(p, last))
	}
	return p.T("me.valid.until", "day", day(p, last))
}

// spaceMaterial gives a paper, always to be saved and never run.
func (s *Surface) spaceMaterial(w http.ResponseWriter, r *http.Request) error {
	m, err := s.Space.Material(r.Context(), me(r), ref.MaterialID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return s.givePaper(w, r, m)
}

type spaceCasesView struct {
	Phase space.Phase
	Lines []page.Task
	Turn  spaceTurn
	Real  string // where one proves who one is, "" when that is known
}

func (s *Surface) spaceCases(w http.ResponseWriter, r *http.Request) error {
	p, who := page.Of(r), me(r)
	after, err := spaceKey(r)
	if err != nil {
		return err
	}
	v := spaceCasesView{}
	if f := space.Phase(page.Query(r).Text("show")); f == space.Going || f == space.Over {
		v.Phase = f
	}
	rows, next, err := s.Space.Cases(r.Context(), who, v.Phase, after)
	if err != nil {
		return err
	}
	v.Turn = spaceTurnOf(p, next)
	for _, c := range rows {
		v.Lines = append(v.Lines, spaceCase(p, c))
	}
	if !who.Real() {
		v.Real = realAt("/me/cases")
	}
	return page.Show(w, r, http.StatusOK, spaceCasesPage(p, v))
}

// spaceDraft is a draft as a line of a list.
func spaceDraft(p *page.Page, d space.Draft) page.Task {
	t := page.Task{Title: spaceItem(p, d.Item), Href: spaceDraftAt(d), Hint: p.T("me.draft.saved", "at", p.When(d.At), "day", day(p, d.At.Add(form.DraftLife))), Status: p.T("me.draft.open"), Tone: page.Info}
	if !d.Open {
		t.Href, t.Status = realAt("/me/drafts"), p.T("me.draft.unsure")
	}
	return t
}

func spaceDraftAt(d space.Draft) string { return "/draft/" + d.ID }

// spaceDraftLine is a draft with the characters by which a window finds it, "" where this session
// does not open it.
type spaceDraftLine struct {
	space.Draft
	Name, Code, Saved, Until string
}

func (s *Surface) spaceDrafts(w http.ResponseWriter, r *http.Request) error {
	p, who := page.Of(r), me(r)
	all, err := s.Space.Drafts(r.Context(), who)
	if err != nil {
		return err
	}
	var lines []spaceDraftLine
	for _, d := range all {
		l := spaceDraftLine{Draft: d, Name: spaceItem(p, d.Item), Saved: p.When(d.At), Until: p.FullDate(calendar.DateOf(d.At.Add(form.DraftLife)))}
		if d.Open {
			l.Code = intake.DraftCode(s.Vault, d.ID)
		}
		lines = append(lines, l)
	}
	return page.Show(w, r, http.StatusOK, spaceDraftsPage(p, lines, realAt("/me/drafts")))
}

func spaceCasesAt(show string) string {
	if show == "" {
		return "/me/cases"
	}
	return "/me/cases?show=" + show
}

// spaceShown is the last part of a filter's message key.
func spaceShown(show string) string { return cmp.Or(show, "all") }

// spaceWordsOf is the field of a look's words: many looks stand on a page.
func spaceWordsOf(look string) string { return "words-" + look }

// spaceWords asks why somebody objects to a look.
func spaceWords(p *page.Page, l spaceLook) page.Field {
	return page.Field{Name: spaceWordsOf(l.ID), Label: p.T("me.object.words"), Kind: page.LongText, Optional: true, Rows: 3, Value: l.Words, Error: l.Error}
}
