package window

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/view/prefill"
	"yimen/web/page"
)

// typedHere is the source of a value that the clerk wrote or changed.
const typedHere = "source.window"

// draftView is an application as it lies before the clerk.
type draftView struct {
	form.Draft
	form.Content
	Doc      *catalog.Item
	Model    *form.Model
	State    *form.State
	More     string // the group that gets an empty entry to fill in
	Still    bool   // a post by script that changed nothing of what is asked: the page need not be drawn again
	Organ    org.Organ
	Presence party.Presence
	Known    *prefill.Known
	Attached map[ref.MaterialID]material.Material
	Streets  []org.Organ
	Hall     org.Hall
	Seat     ref.WindowID
	Windows  []org.Window
	Accepts  bool
	Over     bool // the presence has ended: what was filled in stays, what is held is closed
	Saved    bool
	Now      time.Time
	Err      error

	Mandates []actable         // under which the person who stands here may do this for another
	Agent    string            // who stands here for the party, "" for nobody
	Least    map[string]int    // how many must sign beside the applicant, by role
	Signed   []party.Signature // who was named to
	Signer   []page.Field
}

func (s *Surface) draft(w http.ResponseWriter, r *http.Request) error {
	v, err := s.draftView(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	v.Saved = page.Query(r).Has("saved")
	return page.Show(w, r, http.StatusOK, draftPage(page.Of(r), v))
}

// draftView reads a draft of this clerk's; anybody else's is not there.
func (s *Surface) draftView(r *http.Request, id string) (*draftView, error) {
	ctx := r.Context()
	v := &draftView{Now: page.Of(r).Now}
	var err error
	if v.Draft, err = form.GetDraft(ctx, s.DB, id); err != nil {
		return nil, err
	}
	if v.Staff != clerk(r).ID {
		return nil, notThere()
	}
	current, err := catalog.Get(ctx, s.DB, v.Version)
	if err != nil {
		return nil, err
	}
	v.Doc, v.More = current.Doc(), page.Query(r).Text("more")
	if v.Model, err = intake.Form(current); err != nil {
		return nil, err
	}
	for _, part := range []func(*http.Request, *draftView) error{s.person, s.content, s.place, s.others} {
		if err := part(r, v); err != nil {
			return nil, err
		}
	}
	v.Accepts, err = s.accepts(r, v.Doc)
	return v, err
}

// person reads who the draft is for, and what is held on them as far as the presence opens it.
func (s *Surface) person(r *http.Request, v *draftView) error {
	ctx := r.Context()
	var err error
	if v.Presence, err = party.GetPresence(ctx, s.DB, v.Draft.Presence); err != nil {
		return err
	}
	if err := s.look(r, v.Presence); err != nil {
		return err
	}
	if v.Over = !v.Now.Before(v.Presence.Until); v.Over {
		v.Known = &prefill.Known{}
		v.Known.Party, err = party.Get(ctx, s.DB, v.Party)
		return err
	}
	v.Known, err = s.Prefill.For(ctx, clerk(r), v.Presence, v.Doc)
	return err
}

func (s *Surface) content(r *http.Request, v *draftView) error {
	var err error
	if v.Content, err = v.Draft.Open(r.Context(), s.DB, s.Vault); err != nil {
		return err
	}
	v.State = v.Model.Work(v.Answers, v.Now)
	var ids []ref.MaterialID
	for _, list := range v.Materials {
		ids = append(ids, list...)
	}
	v.Attached, err = material.GetMany(r.Context(), s.DB, ids)
	return err
}

// place reads where things are: the windows of the hall, the streets and towns of the district.
func (s *Surface) place(r *http.Request, v *draftView) error {
	ctx := r.Context()
	organs, err := org.Organs(ctx, s.DB)
	if err != nil {
		return err
	}
	v.Organ = organs[v.Doc.Organ]
	for _, o := range organs {
		if o.Kind == "street" {
			v.Streets = append(v.Streets, o)
		}
	}
	slices.SortFunc(v.Streets, func(a, b org.Organ) int { return strings.Compare(string(a.Division), string(b.Division)) })
	if v.Hall, err = org.GetHall(ctx, s.DB, clerk(r).Hall); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if v.Content.Place == "" {
		v.Content.Place = v.Hall.Division
	}
	v.Seat, v.Windows, err = s.seat(r)
	return err
}

// prefill writes what is held into a new draft, so that each value keeps its source and day from then on.
func (s *Surface) prefill(r *http.Request, id string) error {
	v, err := s.draftView(r, id)
	if err != nil {
		return err
	}
	return s.Desk.Keep(r.Context(), clerk(r), id, func(c *form.Content) {
		for element, a := range v.Known.Answers {
			if _, there := c.Answers[element]; !there {
				c.Answers[element] = a
			}
		}
	})
}

func (s *Surface) discard(w http.ResponseWriter, r *http.Request) error {
	if _, err := page.Read(r); err != nil {
		return err
	}
	if err := s.Desk.Discard(r.Context(), clerk(r), r.PathValue("id")); err != nil {
		return err
	}
	return page.Redirect(w, r, "/window")
}

// every lists all fields of the page in order, for the error summary's links.
func (v *draftView) every(p *page.Page) (out []page.Field) {
	for _, s := range v.sections(p) {
		out = append(out, s.Fields...)
	}
	for _, m := range v.wanted() {
		out = append(out, page.Field{Name: "material." + m.ID, Label: m.Name, Kind: page.Uploads})
	}
	return append(out, seatField(p, v.Seat, v.Windows))
}

// problems says each mistake with the name of what it is about.
func (v *draftView) problems(p *page.Page, err error) []page.Problem {
	return page.Problems(p, v.every(p), err)
}

// missing is what still stands between the draft and its submit.
func (v *draftView) missing(p *page.Page) []page.Problem {
	bad := v.State.Wrong()
	for _, m := range v.wanted() {
		if m.HandedIn() && m.Need == ref.NeedRequired && len(v.Materials[m.ID]) == 0 {
			bad = append(bad, fault.Field{Name: "material." + m.ID, Key: "intake.material_missing"})
		}
	}
	if v.Seat == "" && len(v.Windows) > 0 {
		bad = append(bad, fault.Field{Name: "window", Key: "window.seat.choose"})
	}
	if len(bad) == 0 {
		return nil
	}
	return v.problems(p, fault.Bad(bad...))
}

// paper is one asked-for material with what lies in it and what could.
type paper struct {
	Spec    catalog.MaterialSpec
	Error   string
	In      []material.Material
	Held    []material.Material // could be reused
	Checked bool
}

func (v *draftView) papers(p *page.Page) []paper {
	wrong := map[string]string{}
	for _, f := range fault.Fields(v.Err) {
		wrong[f.Name] = p.T(f.Key, f.Args...)
	}
	var out []paper
	for _, m := range v.wanted() {
		x := paper{Spec: m, Error: wrong["material."+m.ID], Checked: v.Checked[m.ID]}
		for _, id := range v.Materials[m.ID] {
			x.In = append(x.In, v.Attached[id])
		}
		for _, h := range v.Known.Materials[m.ID] {
			if !slices.Contains(v.Materials[m.ID], h.ID) {
				x.Held = append(x.Held, h)
			}
		}
		out = append(out, x)
	}
	return out
}

// needsPlace says that a street or town has a part in the matter.
func (v *draftView) needsPlace() bool {
	return v.Doc.NeedsPlace()
}

func (v *draftView) placeField(p *page.Page) page.Field {
	f := page.Field{Name: "place", Label: p.T("window.place"), Hint: p.T("window.place.hint"), Kind: page.Select, Value: string(v.Content.Place), Full: true}
	for _, o := range v.Streets {
		f.Options = append(f.Options, page.Option{Value: string(o.Division), Text: o.Name})
	}
	return f
}

// knownPlace says that a division is one of the district's streets or towns.
func (v *draftView) knownPlace(place ref.DivisionCode) bool {
	return slices.ContainsFunc(v.Streets, func(o org.Organ) bool { return o.Division == place })
}

// does is what the submit's button says it does.
func (v *draftView) does(p *page.Page) string {
	if v.Accepts {
		return p.T("window.accept", "organ", v.Organ.Name)
	}
	return p.T("window.take_in", "organ", v.Organ.Name)
}

func (v *draftView) head(p *page.Page) page.Head {
	return page.Head{Title: v.Doc.Name, Back: page.Link{Text: p.T("window.start.title"), Href: "/window"}, Problems: v.problems(p, v.Err),
		Keys: []page.KeyHint{{Combo: "Enter", Text: p.T("window.key.enter")}}}
}

// address is a page of this draft.
func (v *draftView) address(tail string) string { return "/window/draft/" + v.ID + tail }

// holdable says that the material is held on the draft's party and open to this clerk now.
func (v *draftView) holdable(spec string, id ref.MaterialID) bool {
	return v.Known.Open && slices.ContainsFunc(v.Known.Materials[spec], func(m material.Material) bool { return m.ID == id })
}

// waits says that the person has not confirmed yet on the counter's screen.
func (v *draftView) waits() bool { return !v.Over && !v.Known.Open && v.Presence.How != party.ByMandate }

// who is the applicant in a few lines: name, masked number, by what right, until when.
func (v *draftView) who(p *page.Page) []page.Row {
	rows := []page.Row{{Label: p.T("window.applicant.name"), Value: v.Known.Party.Name}}
	if v.Known.Masked != "" {
		rows = append(rows, page.Row{Label: p.T("window.applicant.number"), Value: v.Known.Masked})
	}
	opened := p.T("window.opened.some")
	if v.Known.Open {
		opened = p.T("window.opened.all")
	}
	if v.Over {
		opened = p.T("window.opened.none")
	}
	if v.Agent != "" {
		rows = append(rows, page.Row{Label: p.T("proxy.agent"), Value: v.Agent})
	}
	return append(rows,
		page.Row{Label: p.T("window.applicant.how"), Value: p.T("window.how." + string(v.Presence.How)), Note: p.When(v.Presence.At)},
		page.Row{Label: p.T("window.applicant.opened"), Value: opened, Note: p.T("window.applicant.until", "at", p.When(v.Presence.Until))})
}

// doesMore says what follows the submit.
func (v *draftView) doesMore(p *page.Page) string {
	if v.Accepts {
		return p.T("window.accept.more")
	}
	return p.T("window.take_in.more", "organ", v.Organ.Name)
}

func ticked(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}
