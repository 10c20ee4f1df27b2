package window

import (
	"net/http"
	"slices"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/credit"
	"yimen/domain/delegation"
	"yimen/domain/form"
	"yimen/domain/party"
	"yimen/domain/undertaking"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/intake"
	promises "yimen/process/trust"
	"yimen/ref"
	"yimen/web/page"
)

// vowing is what a draft promises in place of papers, and how far its signature has come.
type vowing struct {
	intake.Vow
	Bars    map[string][]credit.Reason
	Signing undertaking.Signing
}

func (s *Surface) vowing(r *http.Request, v *draftView) (err error) {
	ctx := r.Context()
	v.Vowing = vowing{Vow: intake.VowOf(v.Doc, v.State, v.Content), Bars: map[string][]credit.Reason{}}
	for _, effect := range credit.Effects() {
		if v.Vowing.Bars[effect], err = s.Desk.Bars(ctx, s.DB, v.Party, effect, v.Now); err != nil {
			return err
		}
	}
	v.Vowing.Signing, err = undertaking.SigningOf(ctx, s.DB, v.ID)
	return err
}

// signed says that the person confirmed exactly what the draft promises.
func (v *draftView) signed() bool {
	return v.Vowing.Signing.Covers(v.Party, v.Vowing.Later, v.Vowing.Promised)
}

// asking says that the promise is on the counter's screen and waits for the person.
func (v *draftView) asking() bool {
	s := v.Vowing.Signing
	return s.Draft != "" && s.Signed.IsZero() && v.Now.Before(s.Until) && s.Later == undertaking.Joined(v.Vowing.Later) && s.Promised == undertaking.Joined(v.Vowing.Promised)
}

// wayAct is a button of a paper that need not be handed in now.
type wayAct struct{ Value, Text string }

// ways are the choices of a paper that lies not in the draft; shut says why there is none though the item allows one.
func (v *draftView) ways(p *page.Page, m catalog.MaterialSpec) (out []wayAct, shut string) {
	if len(v.Materials[m.ID]) > 0 || v.Vowing.Covered(m.ID) {
		return nil, ""
	}
	for _, x := range []struct {
		may                bool
		way, effect, words string
	}{{v.Doc.Tolerates(m), "later", credit.NoTolerance, "window.vow.later"}, {v.Doc.Replaces(m), "promise", credit.NoPromise, "window.vow.promise"}} {
		bars := v.Vowing.Bars[x.effect]
		switch {
		case x.may && len(bars) > 0:
			shut = p.T("window.vow.barred", "name", bars[0].Name, "day", p.Date(calendar.DateOf(bars[0].Until)))
		case x.may:
			out = append(out, wayAct{m.ID + ":" + x.way, p.T(x.words)})
		}
	}
	return out, shut
}

// covered says in words how a paper that is not there is given, "" when it is not promised.
func (v *draftView) covered(p *page.Page, spec string) string {
	switch {
	case slices.Contains(v.Vowing.Later, spec):
		return p.T("window.vow.is_later")
	case slices.Contains(v.Vowing.Promised, spec):
		return p.T("window.vow.is_promised")
	}
	return ""
}

// chooseWay notes in a draft how a paper is given: "SPEC:later", "SPEC:promise", "SPEC:none".
func (v *draftView) chooseWay(c *form.Content, in *page.Input) {
	if spec, way, ok := strings.Cut(in.Text("way"), ":"); ok {
		if _, asked := v.Doc.Material(spec); asked {
			intake.Choose(c, spec, way)
		}
	}
}

// names of what is promised.
func (v *draftView) named(specs []string) (out []string) {
	for _, id := range specs {
		m, _ := v.Doc.Material(id)
		out = append(out, m.Name)
	}
	return out
}

// tolerance is how long after acceptance the papers must follow.
func (v *draftView) tolerance(p *page.Page) string {
	t := v.Doc.ToleranceTime()
	return p.T("span."+t.Unit, "n", t.N)
}

// askVow keeps the page and puts its promise on the counter's screen.
func (s *Surface) askVow(w http.ResponseWriter, r *http.Request) error {
	v, _, err := s.kept(r)
	if err != nil {
		return err
	}
	if v.Err == nil {
		v.Err = s.Desk.AskSigning(r.Context(), clerk(r), v.ID)
	}
	if fault.Is(v.Err, fault.Invalid) {
		return page.Show(w, r, http.StatusUnprocessableEntity, draftPage(page.Of(r), v))
	}
	if v.Err != nil {
		return v.Err
	}
	return page.Redirect(w, r, v.address("")+"#vow")
}

// vowView is what the person at the counter reads before promising.
type vowView struct {
	undertaking.Signing
	Name, Item, Span, Text string
	LaterNames, Promises   []string
}

// toSign reads what waits on this clerk's counter; no draft: nothing does.
func (s *Surface) toSign(r *http.Request) (v vowView, err error) {
	ctx, p := r.Context(), page.Of(r)
	if v.Signing, err = undertaking.ToSign(ctx, s.DB, clerk(r).ID, p.Now); err != nil || v.Draft == "" {
		return v, err
	}
	d, err := form.GetDraft(ctx, s.DB, v.Draft)
	if fault.Is(err, fault.NotFound) { // handed in or given up meanwhile
		return vowView{}, nil
	}
	if err != nil {
		return v, err
	}
	who, err := party.Get(ctx, s.DB, v.Party)
	if err != nil {
		return v, err
	}
	version, err := catalog.Get(ctx, s.DB, d.Version)
	if err != nil {
		return v, err
	}
	it := version.Doc()
	t := it.ToleranceTime()
	v.Name, v.Item, v.Span, v.Text = who.Name, it.Name, p.T("span."+t.Unit, "n", t.N), it.Promise.Text
	for _, spec := range undertaking.Split(v.Later) {
		m, _ := it.Material(spec)
		v.LaterNames = append(v.LaterNames, m.Name)
	}
	for _, spec := range undertaking.Split(v.Promised) {
		m, _ := it.Material(spec)
		v.Promises = append(v.Promises, m.Name)
	}
	return v, nil
}

// signVow takes the person's confirmation of what the screen showed.
func (s *Surface) signVow(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	asked := undertaking.Signing{Draft: in.Text("draft"), Staff: clerk(r).ID, Later: in.Text("later"), Promised: in.Text("promised")}
	there, err := undertaking.SigningOf(r.Context(), s.DB, asked.Draft)
	if err != nil {
		return err
	}
	asked.Party = there.Party
	err = s.Desk.SignAtCounter(r.Context(), asked)
	pressedTwice := fault.Is(err, fault.Conflict) && there.Covers(there.Party, undertaking.Split(asked.Later), undertaking.Split(asked.Promised))
	if err != nil && !pressedTwice {
		return err
	}
	return page.Redirect(w, r, "/window/counter?thanks=1")
}

// owedCase is what a case of the window's owes.
type owedCase struct {
	undertaking.Undertaking
	Papers []owedPaper
	Until  string
	Fields []page.Field
	Checks bool // this clerk says whether a paper is good
}

type owedPaper struct {
	undertaking.Paper
	Name, Reason string
}

func (s *Surface) owedOf(r *http.Request, v *caseView) error {
	ctx, p := r.Context(), page.Of(r)
	all, err := undertaking.ByCase(ctx, s.DB, v.Case.ID)
	if err != nil {
		return err
	}
	for _, u := range all {
		o := owedCase{Undertaking: u}
		if !u.Due.IsZero() {
			o.Until = p.FullDate(calendar.DateOf(u.Due))
		}
		papers, err := undertaking.Papers(ctx, s.DB, u.ID)
		if err != nil {
			return err
		}
		for _, x := range papers {
			m, _ := v.Doc.Material(x.Spec)
			line := owedPaper{Paper: x, Name: m.Name}
			if line.Reason, err = u.Reason(ctx, s.DB, s.Vault, x); err != nil {
				return err
			}
			o.Papers = append(o.Papers, line)
			if u.Open() && x.State == undertaking.PaperOwed {
				o.Fields = append(o.Fields, page.Field{Name: "material." + x.Spec, Label: m.Name, Kind: page.Uploads, Accept: accepted, Optional: true})
			}
		}
		err = delegation.Permit(ctx, s.DB, p.Now, clerk(r).ID, delegation.Accept, v.Case.Organ, v.Case.Item)
		if err != nil && !fault.Is(err, fault.Denied) {
			return err
		}
		o.Checks = err == nil
		v.Owed = append(v.Owed, o)
	}
	return nil
}

// vowTones are the colours of a paper's state.
var vowTones = map[string]page.Tone{undertaking.PaperOwed: page.Warn, undertaking.PaperHanded: page.Info, undertaking.PaperGood: page.Good}

// handOwed takes owed papers over the counter.
func (s *Surface) handOwed(w http.ResponseWriter, r *http.Request) error {
	v, u, err := s.owedCase(r)
	if err != nil {
		return err
	}
	t := &taken{party: v.Case.Party, ask: v.Doc.Material}
	in, err := s.take(r, t)
	if err != nil {
		return err
	}
	sub, err := submit(r, in, "POST /window/case/{id}/owed", u.ID)
	if err != nil {
		return err
	}
	if v.Err = fault.Bad(t.bad...); len(t.bad) == 0 {
		v.Err = s.Trust.HandIn(r.Context(), promises.HandedIn{Submit: sub, By: clerk(r), Undertaking: u.ID, Materials: t.new})
	}
	return s.owedAnswer(w, r, v)
}

// checkOwed says of a handed-in paper that it is good, or sends it back.
func (s *Surface) checkOwed(w http.ResponseWriter, r *http.Request) error {
	v, u, err := s.owedCase(r)
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	spec, good, reason := in.Text("spec"), in.Text("good") == "yes", in.Long("reason."+in.Text("spec"))
	sub, err := submit(r, in, "POST /window/case/{id}/check", u.ID, spec, reason)
	if err != nil {
		return err
	}
	v.Err = s.Trust.Check(r.Context(), promises.Checking{Submit: sub, By: clerk(r), Undertaking: u.ID, Spec: spec, Good: good, Reason: reason})
	return s.owedAnswer(w, r, v)
}

func (s *Surface) owedAnswer(w http.ResponseWriter, r *http.Request, v *caseView) error {
	if v.Err == nil {
		return page.Redirect(w, r, v.address(""))
	}
	if !fault.Is(v.Err, fault.Invalid) {
		return v.Err
	}
	return page.Show(w, r, http.StatusUnprocessableEntity, casePage(page.Of(r), v))
}

// owedCase is a case of this hall and its promise of papers; NotFound where it has none.
func (s *Surface) owedCase(r *http.Request) (*caseView, undertaking.Undertaking, error) {
	v, err := s.caseView(r, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return nil, undertaking.Undertaking{}, err
	}
	for _, o := range v.Owed {
		if o.Kind == undertaking.Tolerance {
			return v, o.Undertaking, nil
		}
	}
	return nil, undertaking.Undertaking{}, notThere()
}
