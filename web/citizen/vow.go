package citizen

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/credit"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/undertaking"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/process/trust"
	"yimen/ref"
	"yimen/web/page"
)

// Ways to give a paper instead of handing it in now.
const (
	wayLater   = "later"
	wayPromise = "promise"
)

// way is a choice that a paper's page offers to whoever has it not at hand.
type way struct {
	Value, Title, Text string
	Chosen             bool
	Shut               string // why it may not be chosen, "" when it may
}

// ways are the choices for a paper, none where it must be handed in.
func (v *draftView) ways(p *page.Page, m catalog.MaterialSpec) (out []way) {
	if v.Doc.Tolerates(m) {
		t := v.Doc.ToleranceTime()
		out = append(out, way{Value: wayLater, Title: p.T("vow.later"), Text: p.T("vow.later.how", "span", p.T("span."+t.Unit, "n", t.N)), Chosen: v.Later[m.ID], Shut: v.shut(p, credit.NoTolerance)})
	}
	if v.Doc.Replaces(m) {
		out = append(out, way{Value: wayPromise, Title: p.T("vow.promise"), Text: p.T("vow.promise.how"), Chosen: v.Promised[m.ID], Shut: v.shut(p, credit.NoPromise)})
	}
	return out
}

// shut says why a promise is not taken from this applicant.
func (v *draftView) shut(p *page.Page, effect string) string {
	if v.Who.DeclaredBy != "" {
		return p.T("trust.sign.real")
	}
	if bars := v.Bars[effect]; len(bars) > 0 {
		return p.T("vow.barred", "name", bars[0].Name, "day", day(p, bars[0].Until))
	}
	return ""
}

// vow is what the draft promises as it stands.
func (v *draftView) vow() intake.Vow { return intake.VowOf(v.Doc, v.State, v.Content) }

// given says that a paper is there or is promised, or need not be.
func (v *draftView) given(m catalog.MaterialSpec) bool {
	_, seen := v.Materials[m.ID]
	return len(v.Materials[m.ID]) > 0 || v.vow().Covered(m.ID) || seen && !intake.Needed(v.Doc, m)
}

// signed is the vow with the applicant's word for it.
func (v *draftView) signed(in *page.Input) intake.Vow {
	w := v.vow()
	w.Signed = in.Text("vow") == "yes"
	return w
}

// without says of a paper that is not there why it need not be: it follows, it is promised, or it is not needed.
func (v *draftView) without(p *page.Page, m catalog.MaterialSpec) string {
	w := v.vow()
	switch {
	case slices.Contains(w.Later, m.ID):
		return p.T("vow.row.later")
	case slices.Contains(w.Promised, m.ID):
		return p.T("vow.row.promise")
	case intake.Needed(v.Doc, m):
		return ""
	}
	return p.T("apply.paper.none.2")
}

// vowSheet is what is promised, as the page before handing in says it.
type vowSheet struct {
	Later, Promised []string // names of papers
	Span            string
	Text            string // what is promised in place of proofs
	Field           page.Field
}

// Empty says that nothing is promised.
func (v vowSheet) Empty() bool { return len(v.Later) == 0 && len(v.Promised) == 0 }

func (v *draftView) vowSheet(p *page.Page) vowSheet {
	w, t := v.vow(), v.Doc.ToleranceTime()
	return vowSheet{Later: paperNames(v.Doc, w.Later), Promised: paperNames(v.Doc, w.Promised), Span: p.T("span."+t.Unit, "n", t.N), Text: v.Doc.Promise.Text, Field: vowField(p)}
}

func vowField(p *page.Page) page.Field {
	return page.Field{Name: "vow", Kind: page.Confirm, Label: p.T("vow.agree")}
}

func paperNames(it *catalog.Item, specs []string) (out []string) {
	for _, id := range specs {
		m, _ := it.Material(id)
		out = append(out, m.Name)
	}
	return out
}

// choose notes how a paper is given. It may run again, so it only sets.
func choose(c *form.Content, x onePage, in *page.Input, got received) {
	switch w := in.Text("way"); {
	case got.any():
		intake.Choose(c, x.Spec.ID, "")
	case w == wayLater || w == wayPromise || w == "none":
		intake.Choose(c, x.Spec.ID, w)
	}
}

// needKey is whether a paper is needed: one that could follow may only where it can be promised.
func (v *draftView) needKey(m catalog.MaterialSpec) string {
	if v.Doc.Tolerates(m) {
		return "3"
	}
	if m.Need == ref.NeedLater {
		return string(ref.NeedOptional)
	}
	return string(m.Need)
}

// mayChoose says that a page's post chooses a way that is open to the applicant.
func (v *draftView) mayChoose(p *page.Page, x onePage, in *page.Input) bool {
	return slices.ContainsFunc(v.ways(p, x.Spec), func(w way) bool { return w.Value == in.Text("way") && w.Shut == "" })
}

// bars reads what keeps an applicant from promising.
func (s *Surface) bars(ctx context.Context, p *page.Page, who ref.PartyID) (map[string][]credit.Reason, error) {
	out := map[string][]credit.Reason{}
	for _, effect := range credit.Effects() {
		found, err := s.Desk.Bars(ctx, s.DB, who, effect, p.Now)
		if err != nil {
			return nil, err
		}
		out[effect] = found
	}
	return out, nil
}

// owedView is what is owed on a case, and what of it was sent back.
type owedView struct {
	undertaking.Undertaking
	Papers   []owedPaper
	Until    string
	Left     int
	Fields   []page.Field
	Promised []string // proofs that a promise stands for
}

// notify is what the case's page says first while papers are owed: to bring them, whatever else is under way.
func (o owedView) notify(p *page.Page, stage casefile.Stage, otherwise page.Notify) page.Notify {
	switch {
	case stage == casefile.Granted:
		return page.Notify{Tone: page.Warn, Title: p.T("vow.granted"), Text: p.T("vow.granted.how")}
	case o.Waiting < len(o.Papers) && slices.ContainsFunc(o.Papers, func(x owedPaper) bool { return x.Tone == page.Warn }):
		return page.Notify{Tone: page.Warn, Title: p.T("vow.accepted"), Text: p.T("vow.accepted.how", "day", o.Until)}
	}
	return otherwise
}

// says where the promise of papers stands.
func (o owedView) says(p *page.Page) string {
	if o.State == undertaking.Owed {
		if o.Left <= 0 {
			return p.T("vow.owed.today", "day", o.Until)
		}
		return p.T("vow.owed.until", "day", o.Until, "n", o.Left)
	}
	return p.T("vow.owed." + o.State)
}

type owedPaper struct {
	Name, State, Reason string
	Tone                page.Tone
}

var paperTones = map[string]page.Tone{undertaking.PaperOwed: page.Warn, undertaking.PaperHanded: page.Info, undertaking.PaperGood: page.Good}

// owed reads what was promised on a case. Reasons open with the case's papers only.
func (s *Surface) owed(r *http.Request, id ref.CaseID, v *caseView, all bool) error {
	ctx, p := r.Context(), page.Of(r)
	vows, err := undertaking.ByCase(ctx, s.DB, id)
	if err != nil {
		return err
	}
	for _, u := range vows {
		ci, err := casefile.GetItem(ctx, s.DB, u.Item)
		if err != nil {
			return err
		}
		version, err := catalog.Get(ctx, s.DB, ci.Version)
		if err != nil {
			return err
		}
		o, err := s.owedOf(r, u, version.Doc(), all)
		if err != nil {
			return err
		}
		v.Owed = append(v.Owed, o)
		if u.Kind == undertaking.Tolerance && u.State == undertaking.Owed {
			v.Say = o.notify(p, ci.Stage, v.Say)
		}
	}
	return nil
}

func (s *Surface) owedOf(r *http.Request, u undertaking.Undertaking, it *catalog.Item, all bool) (owedView, error) {
	p := page.Of(r)
	o := owedView{Undertaking: u}
	papers, err := undertaking.Papers(r.Context(), s.DB, u.ID)
	if err != nil {
		return o, err
	}
	if u.Kind == undertaking.Promise {
		o.Promised = paperNames(it, undertaking.Specs(papers))
		return o, nil
	}
	if !u.Due.IsZero() {
		last := calendar.DateOf(u.Due)
		o.Until = p.FullDate(last)
		o.Left, _ = s.Cases.Calendar().WorkdaysBetween(calendar.DateOf(p.Now), last)
	}
	for _, x := range papers {
		m, _ := it.Material(x.Spec)
		line := owedPaper{Name: m.Name, State: p.T("vow.paper." + x.State), Tone: paperTones[x.State]}
		if all {
			if line.Reason, err = u.Reason(r.Context(), s.DB, s.Vault, x); err != nil {
				return o, err
			}
		}
		o.Papers = append(o.Papers, line)
		if u.Open() && x.State == undertaking.PaperOwed && all {
			o.Fields = append(o.Fields, page.Field{Name: "material." + x.Spec, Label: m.Name, Hint: p.T("apply.paper.hint"), Kind: page.Uploads, Accept: accepted, Many: true})
		}
	}
	return o, nil
}

// handOwed takes owed papers from the phone.
func (s *Surface) handOwed(w http.ResponseWriter, r *http.Request) error {
	v, c, err := s.myCaseView(r)
	if err == nil && c.Sight != identity.All {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return err
	}
	u, doc, err := s.tolerance(r, c)
	if err != nil {
		return err
	}
	got, in, err := s.receiveOwed(r, c, doc)
	if err != nil {
		return err
	}
	sub, err := submitOf(r, in, "POST /me/case/{id}/owed", string(c.ID), u.ID)
	if err != nil {
		return err
	}
	wrong := error(nil)
	if len(got.bad) > 0 {
		wrong = fault.Bad(got.bad...)
	} else {
		wrong = s.Trust.HandIn(r.Context(), trust.HandedIn{Submit: sub, Me: me(r), Undertaking: u.ID, Materials: got.papers})
	}
	if fault.Is(wrong, fault.Invalid) {
		return s.owedAgain(w, r, c.ID, v, in, wrong)
	}
	if wrong != nil {
		return wrong
	}
	return page.Redirect(w, r, c.address("")+"?handed=1")
}

// owedAgain shows the case once more with what was wrong.
func (s *Surface) owedAgain(w http.ResponseWriter, r *http.Request, id ref.CaseID, v caseView, in *page.Input, wrong error) error {
	p := page.Of(r)
	if err := s.owed(r, id, &v, true); err != nil {
		return err
	}
	for i := range v.Owed {
		v.Owed[i].Fields = page.Refill(p, v.Owed[i].Fields, in, wrong)
		v.Wrong = append(v.Wrong, page.Problems(p, v.Owed[i].Fields, wrong)...)
	}
	return page.Show(w, r, http.StatusUnprocessableEntity, casePage(p, v))
}

// tolerance is the case's promise of papers, NotFound where there is none.
func (s *Surface) tolerance(r *http.Request, c ownCase) (undertaking.Undertaking, *catalog.Item, error) {
	all, err := undertaking.ByCase(r.Context(), s.DB, c.ID)
	if err != nil {
		return undertaking.Undertaking{}, nil, err
	}
	i := slices.IndexFunc(all, func(u undertaking.Undertaking) bool { return u.Kind == undertaking.Tolerance })
	if i < 0 {
		return undertaking.Undertaking{}, nil, fault.New(fault.NotFound, "fault.not_found")
	}
	ci, err := casefile.GetItem(r.Context(), s.DB, all[i].Item)
	if err != nil {
		return all[i], nil, err
	}
	version, err := catalog.Get(r.Context(), s.DB, ci.Version)
	return all[i], version.Doc(), err
}

func (s *Surface) receiveOwed(r *http.Request, c ownCase, it *catalog.Item) (corrections, *page.Input, error) {
	got := corrections{papers: map[string][]ref.MaterialID{}}
	in, err := page.ReadUpload(r, page.Upload{MaxFile: intake.MaxPaper, MaxFiles: mostFiles, Save: func(f page.File) error {
		spec := strings.TrimPrefix(f.Field, "material.")
		m, asked := it.Material(spec)
		if !asked {
			return fault.New(fault.Invalid, "fault.form_broken")
		}
		id, err := s.takeFile(r, intake.Paper{Party: c.Case.Party, Kind: m.Kind, Name: m.Name}, f)
		if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.TooLarge) {
			e := fault.As(err)
			got.bad = append(got.bad, fault.Field{Name: f.Field, Key: e.Key, Args: e.Args})
			return nil
		}
		got.papers[spec] = append(got.papers[spec], id)
		return err
	}})
	return got, in, err
}
