package forms

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/form"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/page"
)

// scope is whose corrections a person settles: all, or those of their organ's cases.
func scope(s org.Staff) ref.OrganID {
	if s.Has("supervisor") {
		return ""
	}
	return s.Organ
}

func (s *Surface) corrections(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	after, err := page.After(q.Text("after"), 2)
	if err != nil {
		return err
	}
	at, id := int64(0), ""
	if after != nil {
		if at, err = strconv.ParseInt(after[0], 10, 64); err != nil {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		id = after[1]
	}
	state := q.Text("state")
	if state == "" {
		state = form.CorrectionOpen
	}
	rows, err := form.Corrections(r.Context(), s.DB, scope(staff(r)), state, db.Time(at), id, onePage+1)
	if err != nil {
		return err
	}
	t := page.Table{ID: "corrections", Caption: p.T("forms.corrections.title"), Live: true, First: page.FirstPage(p), Filter: []page.Field{states(p, state)}, Filtered: state != form.CorrectionOpen,
		Empty:   page.Nothing{Title: p.T("forms.corrections.none"), Text: p.T("forms.corrections.none.text")},
		Columns: []page.Column{{Text: p.T("forms.correction.element"), Main: true}, {Text: p.T("forms.correction.source")}, {Text: p.T("forms.correction.at")}, {Text: p.T("forms.correction.state")}}}
	if len(rows) > onePage {
		rows = rows[:onePage]
		last := rows[onePage-1]
		t.Next = page.NextPage(p, page.Cursor(strconv.FormatInt(last.At.UnixMicro(), 10), last.ID))
	}
	for _, c := range rows {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: s.elementName(r, c.Element), Href: "/forms/corrections/" + c.ID}), page.Words(p.Source(c.Source, c.HeldAt)), page.Words(p.When(c.At)),
			page.Words(p.T("forms.correction.state." + c.State))}})
	}
	return page.Show(w, r, http.StatusOK, correctionsPage(p, t))
}

func states(p *page.Page, state string) page.Field {
	f := page.Field{Name: "state", Label: p.T("forms.correction.state"), Kind: page.Select, Value: state}
	for _, x := range []string{form.CorrectionOpen, form.CorrectionConfirmed, form.CorrectionRefused} {
		f.Options = append(f.Options, page.Option{Value: x, Text: p.T("forms.correction.state." + x)})
	}
	return f
}

// elementName is what an element is called, its id where nobody wrote it down.
func (s *Surface) elementName(r *http.Request, id string) string {
	if e, err := form.GetElement(r.Context(), s.DB, id); err == nil {
		return e.Name
	}
	return id
}

// correctionView is one correction with both values.
type correctionView struct {
	form.Correction
	Name     string
	Party    party.Party
	Held     string
	Changed  bool
	Proposed string
	Fields   []page.Field
	Problems []page.Problem
	Saved    bool
}

func (s *Surface) correction(w http.ResponseWriter, r *http.Request) error {
	v, err := s.correctionView(r, nil, nil)
	if err != nil {
		return err
	}
	v.Saved = page.Query(r).Has("saved")
	return page.Show(w, r, http.StatusOK, correctionPage(page.Of(r), v))
}

func (s *Surface) correctionView(r *http.Request, in *page.Input, wrong error) (*correctionView, error) {
	p, ctx, who := page.Of(r), r.Context(), staff(r)
	c, err := form.GetCorrection(ctx, s.DB, r.PathValue("id"))
	if err == nil && intake.MaySettle(who, c.Organ) != nil {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return nil, err
	}
	if err := s.Gate.Look(ctx, disclose.Look{By: who, Party: c.Party, Case: c.Case, Purpose: disclose.ForOversight}); err != nil {
		return nil, err
	}
	v := &correctionView{Correction: c, Name: s.elementName(r, c.Element)}
	if v.Party, err = party.Get(ctx, s.DB, c.Party); err != nil {
		return nil, err
	}
	facts, err := party.Facts(ctx, s.DB, s.Vault, c.Party, c.Fact)
	if err != nil {
		return nil, err
	}
	v.Held = facts[c.Fact].Value
	if c.Fact == "name" {
		v.Held = v.Party.Name
	}
	v.Changed = c.State == form.CorrectionOpen && !c.StillHeld(s.Vault, v.Held)
	if v.Proposed, err = c.Proposed(ctx, s.DB, s.Vault); err != nil {
		return nil, err
	}
	if c.Fact == party.Number {
		v.Held, v.Proposed = ref.MaskNumber(v.Held), ref.MaskNumber(v.Proposed)
	}
	v.Fields = page.Refill(p, []page.Field{
		{Name: "how", Label: p.T("forms.correction.settle"), Kind: page.Radio, Options: []page.Option{{Value: "confirm", Text: p.T("forms.correction.confirm")}, {Value: "refuse", Text: p.T("forms.correction.refuse")}}},
		{Name: "reason", Label: p.T("forms.correction.why"), Hint: p.T("forms.correction.why.hint"), Kind: page.LongText, Rows: 3, Optional: true}}, in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return v, nil
}

func (s *Surface) settle(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	sub, err := submitOf(r, in, "POST /forms/corrections/{id}")
	if err != nil {
		return err
	}
	how := in.Text("how")
	if how != "confirm" && how != "refuse" {
		err = fault.Bad(fault.Field{Name: "how", Key: "form.choose"})
	} else {
		err = s.Desk.SettleCorrection(r.Context(), intake.Settlement{Submit: sub, By: staff(r), Correction: r.PathValue("id"), Confirm: how == "confirm", Reason: in.Long("reason")})
	}
	if fault.Is(err, fault.Invalid) {
		v, failed := s.correctionView(r, in, err)
		if failed != nil {
			return failed
		}
		return page.Show(w, r, http.StatusUnprocessableEntity, correctionPage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/forms/corrections/"+r.PathValue("id")+"?saved=1")
}

func (v *correctionView) facts(p *page.Page) []page.Row {
	rows := []page.Row{{Label: p.T("forms.correction.party"), Value: v.Party.Name}, {Label: p.T("forms.correction.element"), Value: v.Name}, {Label: p.T("forms.correction.source"), Value: p.Source(v.Source, v.HeldAt)},
		{Label: p.T("forms.correction.held"), Value: v.Held}, {Label: p.T("forms.correction.given"), Value: v.Proposed}, {Label: p.T("forms.correction.at"), Value: p.When(v.At)},
		{Label: p.T("forms.correction.state"), Value: p.T("forms.correction.state." + v.State), Note: v.Reason}}
	if v.Changed {
		rows[3].Note = p.T("forms.correction.changed")
	}
	return rows
}
