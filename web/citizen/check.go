package citizen

import (
	"net/http"
	"slices"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/page"
)

// checkView is everything once more before it is handed in.
type checkView struct {
	*draftView
	Sections []answered
	Papers   []page.Row
	Sure     page.Field
	Link     string
	Deemed   bool // a permit: the law says what silence after five days means
}

// answered are the answers under one heading of the form.
type answered struct {
	Title string
	More  string // where entries are added and removed, "" outside groups
	Rows  []page.Row
}

const submitRoute = "POST /draft/{id}/submit"

func (s *Surface) check(w http.ResponseWriter, r *http.Request) error {
	v, err := s.load(r)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, checkPage(page.Of(r), s.checked(r, v, nil)))
}

// checked puts a draft into lines to check; wrong are the mistakes found when it was handed in.
func (s *Surface) checked(r *http.Request, v *draftView, wrong error) checkView {
	p := page.Of(r)
	c := checkView{draftView: v, Deemed: v.Doc.TaskType == ref.TaskPermit}
	c.Sections = v.sections(p)
	for _, x := range v.Steps {
		change := v.address(x.Slug) + "?from=" + checkStep
		switch x.Kind {
		case placeStep:
			c.Sections = append(c.Sections, answered{Title: p.T("apply.place"), Rows: []page.Row{{Label: p.T("apply.place"), Value: v.placeName(), Change: change}}})
		case paperStep:
			c.Papers = append(c.Papers, v.paperRow(p, x.Spec, change))
		}
	}
	for _, m := range v.Doc.Materials {
		if !m.HandedIn() && v.State.Wants(m.ID) {
			c.Papers = append(c.Papers, page.Row{Label: m.Name, Value: p.T("apply.paper.looked_up")})
		}
	}
	c.Sure = page.Refill(p, []page.Field{sureField(p)}, nil, wrong)[0]
	c.Problems = v.problems(p, wrong)
	return c
}

func sureField(p *page.Page) page.Field {
	return page.Field{Name: "sure", Kind: page.Confirm, Label: p.T("apply.sure")}
}

// sections are the answers in the order of the form, computed ones among them; each entry of a
// group stands under its own heading.
func (v *draftView) sections(p *page.Page) (out []answered) {
	pages := map[string]string{}
	for _, x := range v.Steps {
		if x.Kind == askStep {
			pages[x.Field.Element] = v.address(x.Slug) + "?from=" + checkStep
		}
	}
	under := func(title, more string) *answered {
		if len(out) == 0 || out[len(out)-1].Title != title {
			out = append(out, answered{Title: title, More: more})
		}
		return &out[len(out)-1]
	}
	for _, at := range v.State.Places {
		f := v.Doc.Form[at.Index]
		title, change, more := f.Section, pages[at.Key], ""
		if at.Entry > 0 {
			g, _ := v.Doc.Group(at.Group)
			title = p.T("apply.group.entry", "label", p.GroupName(g), "n", at.Entry)
			more = v.address(groupStep+"-"+at.Group) + "?from=" + checkStep
			if !at.Computed {
				change = v.address(entrySlug(at.Group, at.Entry)) + "?from=" + checkStep
			}
		}
		last := under(title, more)
		last.Rows = append(last.Rows, v.answerRow(p, at, change))
	}
	for _, x := range v.Steps { // groups that were left empty
		if x.Kind == groupStep && v.State.Entries[x.Group.ID] == 0 {
			out = append(out, answered{Title: p.GroupName(x.Group), Rows: []page.Row{{Label: p.GroupName(x.Group), Value: p.T("apply.group.none"), Change: v.address(x.Slug) + "?from=" + checkStep}}})
		}
	}
	return out
}

func (v *draftView) answerRow(p *page.Page, at form.Place, change string) page.Row {
	f, a := v.Doc.Form[at.Index], v.State.Answers[at.Key]
	row := page.Row{Label: page.Asked(p, f, a, typedHere).Label, Value: f.Shown(a.Value), Change: change}
	if a.Value != "" && (v.masked(at.Key) || at.Computed && v.derived(f)) {
		row.Value, row.Change = p.T("proxy.masked"), ""
	}
	if a.Source == form.Computed {
		row.Note = p.T(form.Computed)
	} else if a.Value != "" && a.Source != typedHere {
		row.Note = p.Source(a.Source, a.At)
	}
	return row
}

// derived says that a computed value may tell what an agent is not shown: words and days, which come from the
// principal's own particulars, unlike sums.
func (v *draftView) derived(f catalog.Field) bool {
	return v.Mandate != "" && len(v.Content.Masked) > 0 && f.Kind != "number" && f.Kind != "money"
}

func (v *draftView) placeName() string {
	for _, o := range v.Streets {
		if o.Division == v.Place {
			return o.Name
		}
	}
	return ""
}

func (v *draftView) paperRow(p *page.Page, m catalog.MaterialSpec, change string) page.Row {
	row := page.Row{Label: m.Name, Change: change}
	for _, id := range v.Materials[m.ID] {
		if row.Value != "" {
			row.Value += "\n"
		}
		row.Value += v.paperWords(p, v.Attached[id])
	}
	if row.Value == "" && m.Need != ref.NeedRequired {
		row.Value = p.T("apply.paper.none." + string(m.Need))
	}
	return row
}

// paperWords says what lies in the draft: a held paper needs nothing more from anybody.
func (v *draftView) paperWords(p *page.Page, m material.Material) string {
	if alreadyHere(m) {
		return p.T("apply.paper.here", "source", p.Source(m.Origin, m.Made))
	}
	return p.T("apply.paper.given", "at", p.When(m.Made))
}

// problems name each mistake and lead to its page.
func (v *draftView) problems(p *page.Page, wrong error) (out []page.Problem) {
	for _, f := range fault.Fields(wrong) {
		said := page.Problem{Text: p.Said(f)}
		for _, x := range v.Steps {
			if label := v.about(p, x, f.Name); label != "" {
				said = page.Problem{Text: p.T("page.problem", "label", label, "text", said.Text), Href: v.address(x.Slug) + "?from=" + checkStep}
				break
			}
		}
		if f.Name == "sure" {
			said.Href = "#f-sure"
		}
		out = append(out, said)
	}
	return out
}

// about is the name of what is wrong, when its page is this one.
func (v *draftView) about(p *page.Page, x onePage, name string) string {
	element, entry, _ := form.CutKey(name)
	i := slices.IndexFunc(v.Doc.Form, func(f catalog.Field) bool { return f.Element == element })
	switch {
	case x.Kind == paperStep && name == "material."+x.Spec.ID:
		return x.Spec.Name
	case x.Kind == placeStep && name == "place":
		return p.T("apply.place")
	case x.Kind == askStep && name == x.Field.Element, x.Kind == entryStep && i >= 0 && entry == x.Entry && v.Doc.Form[i].Group == x.Group.ID:
		return page.Asked(p, v.Doc.Form[i], form.Answer{}, typedHere).Label
	}
	return ""
}

// submit hands the application in. When the draft has become a case already, the same submit
// leads there.
func (s *Surface) submit(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	sub, err := submitOf(r, in, submitRoute, r.PathValue("id"))
	if err != nil {
		return err
	}
	v, err := s.load(r)
	if fault.Is(err, fault.NotFound) && s.Answered != nil {
		id, failed := s.Answered(r.Context(), sub)
		if failed != nil || id == "" {
			return err
		}
		return page.Redirect(w, r, "/me/case/"+id+"/done")
	}
	if err != nil {
		return err
	}
	wrong := v.unsure(in)
	if wrong == nil && v.toSign(page.Of(r).Now) {
		if wrong = s.Desk.AskToSign(r.Context(), me(r), v.ID); wrong == nil {
			return page.Redirect(w, r, v.address("signers")+"?sent=1")
		}
	} else if wrong == nil {
		var id ref.CaseID
		if id, wrong = s.handIn(r, v, intake.Application{Submit: sub}); wrong == nil {
			return page.Redirect(w, r, "/me/case/"+string(id)+"/done")
		}
	}
	if !fault.Is(wrong, fault.Invalid) {
		return wrong
	}
	return page.Show(w, r, http.StatusUnprocessableEntity, checkPage(page.Of(r), s.checked(r, v, wrong)))
}

// toSign says that others must sign before it is handed in.
func (v *draftView) toSign(now time.Time) bool {
	return len(v.Least) > 0 && !party.AllSigned(v.Signed, v.Least, v.Content.Digest(), now)
}

// unsure says what still stands between the draft and its submit, all of it at once.
func (v *draftView) unsure(in *page.Input) error {
	bad := v.State.Wrong()
	for _, x := range v.Steps {
		if x.Kind == placeStep && v.Place == "" {
			bad = append(bad, fault.Field{Name: "place", Key: "form.choose"})
		}
		if x.Kind == paperStep && x.Spec.Need == ref.NeedRequired && len(v.Materials[x.Spec.ID]) == 0 {
			bad = append(bad, fault.Field{Name: "material." + x.Spec.ID, Key: "intake.material_missing"})
		}
	}
	if in.Text("sure") != "yes" {
		bad = append(bad, fault.Field{Name: "sure", Key: "apply.sure.needed"})
	}
	if len(bad) == 0 {
		return nil
	}
	return fault.Bad(bad...)
}

func (s *Surface) handIn(r *http.Request, v *draftView, a intake.Application) (ref.CaseID, error) {
	who := me(r)
	a.By, a.Account, a.Assured, a.Channel = who.Actor(), who.Account, ref.AssuranceCode, ref.ChannelPhone
	if v.Who.DeclaredBy == "" {
		a.Assured = ref.AssuranceReal
	}
	a.Draft, a.Rev, a.Version, a.Party, a.Place, a.Answers, a.Materials, a.Disputed = v.ID, v.Draft.Rev, v.Version, v.Party, v.Place, v.Answers, v.Materials, v.Disputed
	if v.Mandate != "" { // the agent proved who they are
		a.Assured = ref.AssuranceReal
	}
	if a.Place == "" { // nowhere in particular: where the organ is
		organ, err := org.GetOrgan(r.Context(), s.DB, v.Doc.Organ)
		if err != nil {
			return "", err
		}
		a.Place = organ.Division
	}
	return s.Desk.Apply(r.Context(), a)
}
