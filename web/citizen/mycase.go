package citizen

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/material"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/page"
)

// ownCase is a case as far as this session opens it; one it does not is not there.
type ownCase struct {
	casefile.Case
	Party party.Party
	Sight identity.Sight
	Agent *party.Mandate // the session sees it as the party's agent, under this; nil: as the party
}

// collects says whether results open to this session: to the party, and to an agent who may take them.
func (c ownCase) collects(who identity.Me, now time.Time) bool {
	deed := party.Deed{Agent: who.Person, For: c.Case.Party, Act: party.ActCollect, Item: c.Item, Case: c.ID}
	return c.Agent == nil || party.May(*c.Agent, deed, now)
}

// ownCase is a case that this session follows.
func (s *Surface) ownCase(r *http.Request) (ownCase, error) {
	c, err := s.seenCase(r)
	if err == nil && c.Sight == identity.HandedIn {
		return ownCase{}, fault.New(fault.NotFound, "fault.not_found")
	}
	return c, err
}

// seenCase is as ownCase, also for an agent whose mandate has ended: what they may still see is on one page (handed).
func (s *Surface) seenCase(r *http.Request) (ownCase, error) {
	ctx := r.Context()
	c, err := casefile.Get(ctx, s.DB, ref.CaseID(r.PathValue("id")))
	if err != nil {
		return ownCase{}, err
	}
	who, err := party.Get(ctx, s.DB, c.Party)
	if err != nil {
		return ownCase{}, err
	}
	sight := me(r).Sees(intake.CaseThing(c, who))
	if sight != identity.Nothing {
		return ownCase{c, who, sight, nil}, nil
	}
	sight, m, err := intake.AgentSight(ctx, s.DB, me(r), c, page.Of(r).Now)
	if err == nil && sight == identity.Nothing {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return ownCase{}, err
	}
	return ownCase{c, who, sight, &m}, s.actFor(r, c.Party)
}

func (c ownCase) address(tail string) string { return "/me/case/" + string(c.ID) + tail }

// myCase shows how far the person's own case has come.
func (s *Surface) myCase(w http.ResponseWriter, r *http.Request) error {
	if c, err := s.seenCase(r); err != nil || c.Sight == identity.HandedIn {
		if err == nil {
			err = s.handed(w, r, c)
		}
		return err
	}
	v, c, err := s.myCaseView(r)
	if err != nil {
		return err
	}
	if v.Talk, err = s.talkOf(r, c, nil, nil); err != nil {
		return err
	}
	if c.Sight == identity.All {
		g, err := s.givenOf(r, c)
		if err != nil {
			return err
		}
		v.Given = g.rows(page.Of(r))
	}
	return page.Show(w, r, http.StatusOK, casePage(page.Of(r), v))
}

func (s *Surface) myCaseView(r *http.Request) (caseView, ownCase, error) {
	c, err := s.ownCase(r)
	if err != nil {
		return caseView{}, c, err
	}
	pr, err := s.Cases.ProgressOf(r.Context(), c.ID)
	if err != nil {
		return caseView{}, c, err
	}
	if c.Sight != identity.All {
		pr.Documents, pr.Licences = nil, nil
	} else if !me(r).Real() || !c.collects(me(r), page.Of(r).Now) { // a result is the person's, and a phone is not
		pr.Licences = nil
		pr.Documents = withoutLicences(pr.Documents)
	}
	v := makeCase(page.Of(r), pr)
	v.Base, v.Mine, v.Whole = c.address(""), true, c.Sight == identity.All && c.Agent == nil
	v.Hidden = !me(r).Real() && (c.Sight != identity.All || pr.Standing.Granted)
	s.links(&v)
	return v, c, nil
}

// head is the page's; a signed-in person has a way back.
func (v caseView) head(p *page.Page) page.Head {
	h := page.Head{Title: v.Name, Bare: true, Problems: v.Wrong}
	if v.Mine {
		h.Back = page.Link{Text: p.T("nav.space"), Href: "/me"}
	}
	return h
}

// real is the way to prove who one is, for somebody who is signed in.
func (v caseView) real(p *page.Page) page.Link {
	if !v.Mine {
		return page.Link{Text: p.T("nav.signin"), Href: "/signin"}
	}
	return page.Link{Text: p.T("apply.code.real"), Href: realAt(v.Base)}
}

// myDocument gives a sealed paper of the person's own case. A licence wants the real-name level.
func (s *Surface) myDocument(w http.ResponseWriter, r *http.Request) error {
	c, err := s.ownCase(r)
	if err != nil {
		return err
	}
	if c.Sight != identity.All {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return s.giveDocument(w, r, c.ID, ref.DocumentID(r.PathValue("document")), me(r).Real() && c.collects(me(r), page.Of(r).Now))
}

// doneView is what one keeps after handing in.
type doneView struct {
	caseView
	Panel   page.Confirmation
	Receipt seal.Document
	Code    string
}

// done confirms that the application is in. It reads the case anew, so a refresh or a bookmark
// shows the same.
func (s *Surface) done(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	v, c, err := s.myCaseView(r)
	if err != nil {
		return err
	}
	d := doneView{caseView: v}
	if c.Sight == identity.All && c.Agent == nil { // with the code anybody opens what the case's page shows
		d.Code = s.Code(c.ID)
	}
	d.Panel = page.Confirmation{Title: p.T("apply.done.title"), Number: string(c.Number), Label: p.T("citizen.case.number"), Text: p.T("apply.done.for", "item", v.Name)}
	for _, doc := range v.Documents {
		if doc.Kind == seal.Receipt {
			d.Receipt = doc
		}
	}
	return page.Show(w, r, http.StatusOK, donePage(p, d))
}

// fixView is the one notice of correction with a place to answer each of its points.
type fixView struct {
	caseView
	Asked    []point
	Form     []page.Field // the application's own answers, to be changed where a point is about one
	Changed  bool         // some of them were changed in a post that had a mistake
	Got      map[string][]ref.MaterialID
	Problems []page.Problem
}

// keptFiles says that files are here already and need not be chosen again.
func keptFiles(p *page.Page, ids []ref.MaterialID) (out []page.Link) {
	for range ids {
		out = append(out, page.Link{Text: p.T("fix.kept")})
	}
	return out
}

// point is one point of the notice.
type point struct {
	N      int
	Text   string
	Answer page.Field
	File   page.Field
}

func (s *Surface) askFix(w http.ResponseWriter, r *http.Request) error {
	v, c, err := s.myCaseView(r)
	if err != nil {
		return err
	}
	if c.Sight != identity.All { // whoever holds the phone answers nothing for the person
		return page.Redirect(w, r, realAt(c.address("/fix")))
	}
	if !v.supplying() {
		return page.Redirect(w, r, c.address(""))
	}
	g, err := s.givenOf(r, c)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, fixPage(page.Of(r), s.makeFix(r, v, g, nil, nil, nil)))
}

// makeFix asks for each point; got are the files that a post brought before something was wrong.
func (s *Surface) makeFix(r *http.Request, v caseView, g given, in *page.Input, got map[string][]ref.MaterialID, wrong error) fixView {
	p := page.Of(r)
	f := fixView{caseView: v, Got: got}
	asked, answers := g.questions(p, in)
	for _, x := range asked {
		f.Form = append(f.Form, page.Asked(p, x, answers[x.Element], typedHere))
	}
	f.Form = page.Refill(p, f.Form, in, wrong)
	f.Changed = in != nil && len(g.changed(p, in)) > 0
	var all []page.Field
	for i, words := range v.Points {
		n := strconv.Itoa(i + 1)
		fields := page.Refill(p, []page.Field{
			{Name: "point." + n, Label: p.T("fix.file", "n", n), Hint: p.T("apply.paper.hint"), Kind: page.Uploads, Accept: accepted, Many: true, Kept: keptFiles(p, got["point."+n])},
			{Name: "answer." + n, Label: p.T("fix.answer", "n", n), Kind: page.LongText, Rows: 2},
		}, in, wrong)
		f.Asked = append(f.Asked, point{i + 1, words, fields[1], fields[0]})
		all = append(all, fields...)
	}
	f.Problems = page.Problems(p, append(all, f.Form...), wrong)
	return f
}

// given is what the applicant handed in.
type given struct {
	Doc     *catalog.Item
	Model   *form.Model
	Answers map[string]form.Answer
	Uses    []material.Use
	Papers  map[ref.MaterialID]material.Material
	Called  []form.Correction // what was called wrong of what is held
	Unseen  map[string]bool   // answers that an agent neither reads nor changes
}

func (s *Surface) givenOf(r *http.Request, c ownCase) (g given, err error) {
	ctx := r.Context()
	items, err := casefile.Items(ctx, s.DB, c.ID)
	if err != nil {
		return g, err
	}
	v, err := catalog.Get(ctx, s.DB, items[0].Version)
	if err != nil {
		return g, err
	}
	g.Doc = v.Doc()
	if g.Model, err = intake.Form(v); err != nil {
		return g, err
	}
	if g.Answers, err = form.Answers(ctx, s.DB, s.Vault, items[0].ID); err != nil {
		return g, err
	}
	if g.Called, err = form.CorrectionsOf(ctx, s.DB, c.ID); err != nil {
		return g, err
	}
	if g.Uses, err = material.UsesOf(ctx, s.DB, items[0].ID); err != nil {
		return g, err
	}
	var ids []ref.MaterialID
	for _, u := range g.Uses {
		ids = append(ids, u.Material)
	}
	g.Papers, err = material.GetMany(ctx, s.DB, ids)
	return g.shownTo(c.Agent), err
}

// questions are what the form asks with what a post changes in it, and the answers so far. Each
// group that has room shows one entry more, to be filled in or left.
func (g given) questions(p *page.Page, in *page.Input) ([]catalog.Field, map[string]form.Answer) {
	all := maps.Clone(g.Answers)
	if all == nil {
		all = map[string]form.Answer{}
	}
	var asked []catalog.Field
	lay := func() *form.State {
		s := g.Model.Work(all, p.Now)
		more := map[string]int{}
		for group, n := range s.Entries {
			more[group] = n + 1
		}
		s = g.Model.WorkFor(all, p.Now, more)
		asked = slices.DeleteFunc(page.Questions(g.Doc, s.Places), func(f catalog.Field) bool { return g.Unseen[f.Element] })
		return s
	}
	s := lay()
	if in != nil {
		page.FillAnswers(asked, in, all, typedHere, p.Now)
		s = lay()
	}
	for key, a := range s.Answers {
		if a.Source == form.Computed {
			all[key] = a
		}
	}
	return asked, all
}

// changed are the answers that a post changes.
func (g given) changed(p *page.Page, in *page.Input) map[string]form.Answer {
	_, all := g.questions(p, in)
	maps.DeleteFunc(all, func(key string, a form.Answer) bool { return a == g.Answers[key] || a.Source == form.Computed })
	return all
}

// rows are the answers and papers to read over.
func (g given) rows(p *page.Page) (out []page.Row) {
	for _, at := range g.Model.Lay(g.Answers) {
		f, a := g.Doc.Form[at.Index], g.Answers[at.Key]
		label := page.Asked(p, f, a, typedHere).Label
		if at.Entry > 0 {
			label += " " + strconv.Itoa(at.Entry)
		}
		if a.Value != "" && !g.Unseen[at.Key] {
			out = append(out, page.Row{Label: label, Value: f.Shown(a.Value)})
		}
	}
	for _, k := range g.Called {
		for _, f := range g.Doc.Form {
			if f.Element == k.Element {
				out = append(out, page.Row{Label: p.T("fix.called", "label", page.Asked(p, f, form.Answer{}, typedHere).Label), Value: p.T("form.called." + k.State), Note: k.Reason})
			}
		}
	}
	for _, u := range g.Uses {
		m := g.Papers[u.Material]
		out = append(out, page.Row{Label: m.Name, Value: p.Source(m.Origin, m.Made)})
	}
	return out
}

// fix takes the corrections and hands the case back to the organ.
func (s *Surface) fix(w http.ResponseWriter, r *http.Request) error {
	v, c, err := s.myCaseView(r)
	if err == nil && c.Sight != identity.All {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return err
	}
	if !v.supplying() { // a second tap: the case's page says what became of the first
		_, err := page.ReadUpload(r, page.Upload{MaxFile: intake.MaxPaper, MaxFiles: mostFiles, Save: func(page.File) error { return nil }})
		if err != nil {
			return err
		}
		return page.Redirect(w, r, c.address(""))
	}
	got, in, err := s.receiveFix(r, v, c)
	if err != nil {
		return err
	}
	sub, err := submitOf(r, in, "POST /me/case/{id}/fix", string(c.ID), got.note(v.Points, in))
	if err != nil {
		return err
	}
	g, err := s.givenOf(r, c)
	if err != nil {
		return err
	}
	changed := g.changed(page.Of(r), in)
	wrong := got.wrong(v.Points, in, len(changed) > 0)
	if wrong == nil {
		wrong = s.Desk.SupplyOnline(r.Context(), intake.Answered{Submit: sub, Me: me(r), Case: c.ID, Materials: got.papers, Note: got.note(v.Points, in), Answers: changed})
	}
	if fault.Is(wrong, fault.Invalid) {
		return page.Show(w, r, http.StatusUnprocessableEntity, fixPage(page.Of(r), s.makeFix(r, v, g, in, got.papers, wrong)))
	}
	if wrong != nil {
		return wrong
	}
	return page.Redirect(w, r, c.address(""))
}

// corrections are what came with one post.
type corrections struct {
	papers map[string][]ref.MaterialID // by "point.N"
	bad    []fault.Field
}

func (s *Surface) receiveFix(r *http.Request, v caseView, c ownCase) (corrections, *page.Input, error) {
	got := corrections{papers: map[string][]ref.MaterialID{}}
	in, err := page.ReadUpload(r, page.Upload{MaxFile: intake.MaxPaper, MaxFiles: mostFiles, Save: func(f page.File) error {
		n, asked := pointOf(v.Points, f.Field)
		if !asked {
			return fault.New(fault.Invalid, "fault.form_broken")
		}
		id, err := s.takeFile(r, intake.Paper{Party: c.Case.Party, Kind: "correction", Name: chinese("fix.paper", "n", n)}, f)
		if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.TooLarge) {
			e := fault.As(err)
			got.bad = append(got.bad, fault.Field{Name: f.Field, Key: e.Key, Args: e.Args})
			return nil
		}
		got.papers[f.Field] = append(got.papers[f.Field], id)
		return err
	}})
	if err == nil {
		got.before(v.Points, in)
	}
	return got, in, err
}

// before adds the files of an earlier try; the process refuses those of other people.
func (g corrections) before(points []string, in *page.Input) {
	for i := range points {
		field := "point." + strconv.Itoa(i+1)
		for _, id := range in.All("kept." + field) {
			g.papers[field] = append(g.papers[field], ref.MaterialID(id))
		}
	}
}

// pointOf is the point that a file answers.
func pointOf(points []string, field string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(field, "point."))
	return n, err == nil && n >= 1 && n <= len(points)
}

// wrong says which points are answered neither in words nor by a file: the notice is answered
// whole, as it was given whole. Where answers of the form were changed, a point may be about one.
func (g corrections) wrong(points []string, in *page.Input, changed bool) error {
	bad := g.bad
	for i := range points {
		if changed {
			break
		}
		n := strconv.Itoa(i + 1)
		if len(g.papers["point."+n]) == 0 && in.Long("answer."+n) == "" {
			bad = append(bad, fault.Field{Name: "answer." + n, Key: "fix.needed"})
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return fault.Bad(bad...)
}

// note is the person's answers, one a line with its point's number.
func (g corrections) note(points []string, in *page.Input) string {
	var lines []string
	for i := range points {
		n := strconv.Itoa(i + 1)
		if words := strings.Join(strings.Fields(in.Long("answer."+n)), " "); words != "" {
			lines = append(lines, n+". "+words)
		}
	}
	return strings.Join(lines, "\n")
}
