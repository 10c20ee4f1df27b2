package window

import (
	"context"
	"errors"
	"net/http"

	"yimen/domain/casefile"
	"yimen/domain/form"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/web/page"
)

// resume looks for the draft of the eight characters that a person shows on the phone, and asks
// who stands here: the draft opens only to its own person.
func (s *Surface) resume(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	d, err := form.DraftByCode(r.Context(), s.DB, s.Desk.BlindCode(in.Text("code")))
	if fault.Is(err, fault.NotFound) {
		err = fault.Bad(fault.Field{Name: "code", Key: "intake.draft_unknown"})
		return s.startAgain(w, r, in, err)
	}
	if err != nil {
		return err
	}
	v, err := s.itemView(r, d.Item)
	if err != nil {
		return err
	}
	v.Resume = in.Text("code")
	return page.Show(w, r, http.StatusOK, itemPage(page.Of(r), v))
}

// takeOver goes on with the person's draft from the phone.
func (s *Surface) takeOver(w http.ResponseWriter, r *http.Request, in *page.Input, presence string) error {
	id, err := s.Desk.TakeOver(r.Context(), clerk(r), presence, in.Text("resume"))
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/window/draft/"+id)
}

// phoneView is the page on which a person's phone is confirmed as theirs.
type phoneView struct {
	Fields   []page.Field
	Problems []page.Problem
	Done     bool
}

func (s *Surface) phoneView(p *page.Page, in *page.Input, wrong error) phoneView {
	fields := []page.Field{
		{Name: "link", Label: p.T("window.phone.link"), Hint: p.T("window.phone.link.hint"), Auto: "off", Short: true},
	}
	if len(s.Cards) > 0 {
		fields = append(fields, page.Field{Name: "card", Label: p.T("window.card.which"), Hint: p.T("window.card.which.hint"), Kind: page.Select, Options: s.Cards})
	}
	fields = page.Refill(p, fields, in, wrong)
	return phoneView{Fields: fields, Problems: page.Problems(p, fields, wrong)}
}

func (s *Surface) phone(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	v := s.phoneView(p, nil, nil)
	v.Done = page.Query(r).Has("done")
	return page.Show(w, r, http.StatusOK, phonePage(p, v))
}

// confirmPhone reads the card of the person who stands here and ties the phone to them.
func (s *Surface) confirmPhone(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	if in.Text("link") == "" {
		err = fault.Bad(fault.Field{Name: "link", Key: "window.phone.empty"})
	} else {
		err = s.bindPhone(r, in)
	}
	if kind := fault.KindOf(err); err != nil && (kind == fault.Internal || kind == fault.Denied) {
		return err
	}
	if err != nil {
		return page.Show(w, r, http.StatusUnprocessableEntity, phonePage(p, s.phoneView(p, in, err)))
	}
	return page.Redirect(w, r, "/window/phone?done=1")
}

func (s *Surface) bindPhone(r *http.Request, in *page.Input) error {
	ctx, cancel := context.WithTimeout(r.Context(), readWait)
	defer cancel()
	presence, err := s.Card(ctx, clerk(r), in.Text("card"))
	if errors.Is(err, context.DeadlineExceeded) && fault.KindOf(err) == fault.Internal {
		return fault.New(fault.Unavailable, "window.card.late").Wrap(err)
	}
	if err != nil {
		return err
	}
	return s.Outside.BindAtWindow(r.Context(), clerk(r), presence.ID, in.Text("link"))
}

// hotlineView is what somebody at the telephone may say of a case, and nothing else.
type hotlineView struct {
	Fields   []page.Field
	Problems []page.Problem
	Found    *casepage.Progress
	Tells    []string
}

func hotlineFields(p *page.Page) []page.Field {
	return []page.Field{
		{Name: "number", Label: p.T("window.column.number"), Hint: p.T("window.hotline.number.hint"), Auto: "off"},
		{Name: "reason", Label: p.T("window.hotline.reason"), Hint: p.T("window.hotline.reason.hint"), Auto: "off", Full: true},
	}
}

func (s *Surface) askHotline(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	return page.Show(w, r, http.StatusOK, hotlinePage(p, hotlineView{Fields: hotlineFields(p)}))
}

// hotline finds a case by its number and says where it stands in the applicant's own words. The
// look is noted with its reason, and the person sees it.
func (s *Surface) hotline(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	v := hotlineView{}
	v.Found, err = s.standing(r, in)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	v.Fields = page.Refill(p, hotlineFields(p), in, err)
	v.Problems = page.Problems(p, v.Fields, err)
	status := http.StatusOK
	if err != nil {
		status = http.StatusUnprocessableEntity
	} else {
		v.Tells = v.Found.Standing.Tell(p.T, p.FullDate)
	}
	return page.Show(w, r, status, hotlinePage(p, v))
}

func (s *Surface) standing(r *http.Request, in *page.Input) (*casepage.Progress, error) {
	var bad []fault.Field
	if len([]rune(in.Text("reason"))) < 2 {
		bad = append(bad, fault.Field{Name: "reason", Key: "window.hotline.reason_needed"})
	}
	var c casefile.Case
	number, err := ref.ParseShortNumber(in.Text("number"))
	if err == nil {
		c, err = casefile.ByNumber(r.Context(), s.DB, number)
	}
	if err != nil && fault.KindOf(err) != fault.Internal || c.ID == "" {
		bad = append(bad, fault.Field{Name: "number", Key: "window.hotline.unknown"})
	} else if err != nil {
		return nil, err
	}
	if len(bad) > 0 {
		return nil, fault.Bad(bad...)
	}
	look := disclose.Look{By: clerk(r), Party: c.Party, Case: c.ID, Purpose: disclose.ForProgress, Reason: in.Text("reason")}
	if err := s.Gate.Look(r.Context(), look); err != nil {
		return nil, err
	}
	return s.Cases.ProgressOf(r.Context(), c.ID)
}

// closing is the key of what is said of a case no clock runs for.
func closing(v hotlineView) string {
	if v.Found.Stage == casefile.Closed && !v.Found.Standing.Granted {
		return "closed_refused"
	}
	return string(v.Found.Stage)
}

// resumeFields ask for a draft's characters.
func resumeFields(p *page.Page, in *page.Input, wrong error) []page.Field {
	fields := []page.Field{{Name: "code", Label: p.T("window.resume.code"), Hint: p.T("window.resume.hint"), Auto: "off", Short: true, Key: "F9"}}
	return page.Refill(p, fields, in, wrong)
}
