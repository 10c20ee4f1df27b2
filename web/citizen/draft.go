package citizen

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/blob"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/page"
)

// Kinds of step of an application: one thing a page.
const (
	askStep   = "q"
	entryStep = "e" // one of several things, with its few questions
	groupStep = "g" // all of them, and whether there are more
	placeStep = "place"
	paperStep = "m"
	checkStep = "check"
)

// onePage is one step.
type onePage struct {
	Slug  string // in the address: q-3, place, m-lease
	Kind  string
	Field catalog.Field // its Element is the key of the answer
	Group catalog.Group
	Entry int
	Spec  catalog.MaterialSpec
	Done  bool
}

// draftView is an application as it lies before the applicant.
type draftView struct {
	form.Draft
	form.Content
	Doc      *catalog.Item
	Model    *form.Model
	State    *form.State
	Name     string
	Who      party.Party
	Number   string // masked
	Attached map[ref.MaterialID]material.Material
	Streets  []org.Organ
	Steps    []onePage
	At       int // which step this page is, from 1; 0 for none
	Fields   []page.Field
	Problems []page.Problem
	Saved    bool
	FromEnd  bool // came from the check page, and goes back there

	Shows  bool              // an agent may read what is held
	Least  map[string]int    // how many must sign beside the applicant, by role
	Signed []party.Signature // who was named to
}

// most files of one material in one go.
const mostFiles = 10

const filesBody = mostFiles*intake.MaxPaper + 1<<20

// load reads a draft that this session sees whole.
func (s *Surface) load(r *http.Request) (*draftView, error) {
	ctx, p := r.Context(), page.Of(r)
	d, err := s.Desk.Mine(ctx, me(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	v := &draftView{Draft: d, Saved: page.Query(r).Has("saved"), FromEnd: page.Query(r).Text("from") == checkStep}
	current, err := catalog.Get(ctx, s.DB, d.Version)
	if err != nil {
		return nil, err
	}
	v.Doc, v.Name = current.Doc(), current.Doc().Name
	if v.Model, err = intake.Form(current); err != nil {
		return nil, err
	}
	if name := english(p, v.Doc.NameEn); name != "" {
		v.Name = name
	}
	if v.Content, err = d.Open(ctx, s.DB, s.Vault); err != nil {
		return nil, err
	}
	if v.Attached, err = s.attached(ctx, v.Content); err != nil {
		return nil, err
	}
	if err := s.loadPeople(r, v); err != nil {
		return nil, err
	}
	v.lay(p.Now)
	if v.Least = intake.Signers(v.Doc, v.State); len(v.Least) > 0 {
		if v.Signed, err = party.SignaturesOf(ctx, s.DB, v.ID); err != nil {
			return nil, err
		}
	}
	return v, s.mandateOf(r, v)
}

func (s *Surface) loadPeople(r *http.Request, v *draftView) (err error) {
	ctx := r.Context()
	if v.Who, err = party.Get(ctx, s.DB, v.Party); err != nil {
		return err
	}
	facts, err := party.Facts(ctx, s.DB, s.Vault, v.Party, party.Number)
	if err != nil {
		return err
	}
	v.Number = ref.MaskNumber(facts[party.Number].Value)
	organs, err := org.Organs(ctx, s.DB)
	for _, o := range organs {
		if o.Kind == "street" {
			v.Streets = append(v.Streets, o)
		}
	}
	slices.SortFunc(v.Streets, func(a, b org.Organ) int { return strings.Compare(string(a.Division), string(b.Division)) })
	return err
}

// lay works the form out under the answers and makes its pages: what is not known yet, then the
// papers. What is not asked has no page.
func (v *draftView) lay(now time.Time) {
	v.State = v.Model.Work(v.Answers, now)
	v.Steps = v.questions()
	if v.Doc.NeedsPlace() {
		v.Steps = append(v.Steps, onePage{Slug: placeStep, Kind: placeStep, Done: v.Place != ""})
	}
	for _, m := range v.Doc.Materials {
		if m.HandedIn() && v.State.Wants(m.ID) {
			_, seen := v.Materials[m.ID]
			v.Steps = append(v.Steps, onePage{Slug: paperStep + "-" + m.ID, Kind: paperStep, Spec: m, Done: len(v.Materials[m.ID]) > 0 || seen && m.Need != ref.NeedRequired})
		}
	}
}

func (v *draftView) questions() (out []onePage) {
	wrong := map[string]bool{}
	for _, f := range v.State.Wrong() {
		wrong[f.Name] = true
	}
	seen := map[string]bool{}
	asked := page.Questions(v.Doc, v.State.Places)
	for i, at := range v.State.Places {
		f := asked[i]
		_, answered := v.State.Answers[at.Key]
		switch {
		case f.Group != "" && at.Entry > 0:
			if !seen[f.Group] {
				seen[f.Group] = true
				out = append(out, v.groupSteps(f.Group, wrong)...)
			}
		case v.masked(at.Key) && answered && !wrong[at.Key]: // filled in unseen
		case !at.Computed:
			out = append(out, onePage{Slug: askStep + "-" + strconv.Itoa(at.Index+1), Kind: askStep, Field: f, Done: answered && !wrong[at.Key]})
		}
	}
	return v.emptyGroups(out, seen)
}

// next is where one goes on: the first step not done after the given one, then before it, then the check.
func (v *draftView) next(after int) string {
	for i := range v.Steps {
		if x := v.Steps[(after+i)%len(v.Steps)]; !x.Done {
			return v.address(x.Slug)
		}
	}
	return v.address(checkStep)
}

func (v *draftView) address(slug string) string { return "/draft/" + v.ID + "/" + slug }

// resume leads to where one left off.
func (s *Surface) resume(w http.ResponseWriter, r *http.Request) error {
	v, err := s.load(r)
	if err != nil {
		return err
	}
	return page.Redirect(w, r, v.next(0))
}

// step is the page of the address, fault.NotFound if there is none.
func (v *draftView) step(slug string) (onePage, error) {
	i := slices.IndexFunc(v.Steps, func(x onePage) bool { return x.Slug == slug })
	if x, ok := v.nextEntry(slug); i < 0 && ok {
		return x, nil
	}
	if i < 0 {
		return onePage{}, fault.New(fault.NotFound, "fault.not_found")
	}
	v.At = i + 1
	return v.Steps[i], nil
}

// loadStep reads a draft and which of its pages is asked for.
func (s *Surface) loadStep(r *http.Request) (*draftView, onePage, error) {
	v, err := s.load(r)
	if err != nil {
		return nil, onePage{}, err
	}
	x, err := v.step(r.PathValue("step"))
	return v, x, err
}

func (s *Surface) showStep(w http.ResponseWriter, r *http.Request) error {
	v, x, err := s.loadStep(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	v.Fields = v.ask(p, x)
	return page.Show(w, r, http.StatusOK, stepPage(p, v, x))
}

// ask is the one question of a step.
func (v *draftView) ask(p *page.Page, x onePage) []page.Field {
	switch x.Kind {
	case askStep:
		a := v.Answers[x.Field.Element]
		if v.masked(x.Field.Element) {
			a = form.Answer{} // what is wrong with it the agent asks the principal
		}
		f := page.Asked(p, x.Field, a, typedHere)
		f.Heading, f.Auto = true, autofill[x.Field.Prefill]
		if f.Auto == "" {
			f.Auto = "off"
		}
		return []page.Field{f}
	case entryStep:
		return v.entryFields(p, x)
	case groupStep:
		return nil
	case placeStep:
		f := page.Field{Name: "place", Label: p.T("apply.place"), Hint: p.T("apply.place.hint"), Kind: page.Radio, Value: string(v.Place), Heading: true}
		for _, o := range v.Streets {
			f.Options = append(f.Options, page.Option{Value: string(o.Division), Text: o.Name})
		}
		return []page.Field{f}
	}
	return []page.Field{{Name: "file", Label: p.T("apply.paper.choose"), Hint: p.T("apply.paper.hint"), Kind: page.Uploads, Accept: accepted, Many: true}}
}

const accepted = ".pdf,.jpg,.jpeg,.png,.ofd"

// autofill are the browser's own words for what people type of themselves (HTML autocomplete).
var autofill = map[string]string{"name": "name", "phone": "tel-national", "address": "street-address"}

// keepStep saves one page and goes on.
func (s *Surface) keepStep(w http.ResponseWriter, r *http.Request) error {
	v, x, err := s.loadStep(r)
	if err != nil {
		return err
	}
	got, in, err := s.receive(r, v, x)
	if err != nil {
		return err
	}
	p := page.Of(r)
	if x.Kind == askStep && in.Has("wrong") {
		return s.dispute(w, r, v, x, in)
	}
	wrong := v.keeps(p, x, in, got)
	if wrong == nil || got.any() {
		if err := s.Desk.KeepOnline(r.Context(), me(r), v.ID, func(c *form.Content) { v.change(p, c, x, in, got) }); err != nil {
			return err
		}
	}
	if wrong != nil {
		return s.again(w, r, in, wrong)
	}
	to, err := s.onward(r, v, x, in)
	if err != nil {
		return err
	}
	return page.Redirect(w, r, to)
}

// dispute opens a prefilled question for the applicant's own words. Repeatable by nature.
func (s *Surface) dispute(w http.ResponseWriter, r *http.Request, v *draftView, x onePage, in *page.Input) error {
	if err := s.Desk.KeepOnline(r.Context(), me(r), v.ID, func(c *form.Content) { intake.Dispute(c, x.Field) }); err != nil {
		return err
	}
	return page.Redirect(w, r, v.address(x.Slug)+v.fromEnd(in))
}

// doubt is what the page of a prefilled question says of being wrong: that it can be, or that it was
// called so and what follows.
func (v *draftView) doubt(p *page.Page, x onePage) (may bool, was string) {
	if held, called := v.Disputed[x.Field.Element]; called {
		return false, p.T("apply.wrong.was", "value", x.Field.Shown(held.Value), "source", p.Source(held.Source, held.At))
	}
	return x.Kind == askStep && intake.Disputable(x.Field, v.Answers[x.Field.Element]), ""
}

// again shows the page once more with what is wrong; what was typed and uploaded stays.
func (s *Surface) again(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	v, x, err := s.loadStep(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	if x.Kind == entryStep { // what was just typed may ask for more
		v.Answers = v.typed(p, x, in)
		v.lay(p.Now)
	}
	v.FromEnd = in.Text("from") == checkStep
	v.Fields = page.Refill(p, v.ask(p, x), in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return page.Show(w, r, http.StatusUnprocessableEntity, stepPage(p, v, x))
}

// onward is the page after this one.
func (s *Surface) onward(r *http.Request, v *draftView, x onePage, in *page.Input) (string, error) {
	switch {
	case x.Kind == groupStep && in.Has("add"):
		return v.address(entrySlug(x.Group.ID, v.filled(x.Group.ID)+1)) + v.fromEnd(in), nil
	case x.Kind == entryStep:
		fresh, err := s.load(r)
		if err != nil || v.asksMore(x, fresh.Answers, page.Of(r).Now) {
			return v.address(x.Slug) + v.fromEnd(in), err
		}
		return v.address(groupStep+"-"+x.Group.ID) + "?saved=1" + strings.Replace(v.fromEnd(in), "?", "&", 1), nil
	case in.Has("remove") || in.Has("add"):
		to := v.address(x.Slug) + "?saved=1"
		if in.Text("from") == checkStep {
			to += "&from=" + checkStep
		}
		return to, nil
	case in.Text("from") == checkStep:
		return v.address(checkStep) + "?saved=1", nil
	}
	fresh, err := s.load(r)
	if err != nil {
		return "", err
	}
	return fresh.next(v.At) + "?saved=1", nil
}

// received are the files of one post.
type received struct {
	papers []ref.MaterialID
	bad    error
}

func (g received) any() bool { return len(g.papers) > 0 }

// receive reads a page's post and stores its files while they come in.
func (s *Surface) receive(r *http.Request, v *draftView, x onePage) (received, *page.Input, error) {
	var got received
	in, err := page.ReadUpload(r, page.Upload{MaxFile: intake.MaxPaper, MaxFiles: mostFiles, Save: func(f page.File) error {
		if x.Kind != paperStep {
			return fault.New(fault.Invalid, "fault.form_broken")
		}
		id, err := s.takeFile(r, intake.Paper{Party: v.Party, Kind: x.Spec.Kind, Name: x.Spec.Name}, f)
		if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.TooLarge) {
			e := fault.As(err)
			got.bad = fault.Bad(fault.Field{Name: "file", Key: e.Key, Args: e.Args})
			return nil
		}
		if err == nil {
			got.papers = append(got.papers, id)
		}
		return err
	}})
	if fault.Is(err, fault.Invalid) && in == nil && len(fault.Fields(err)) > 0 { // an empty or a surplus file
		got.bad, in, err = err, page.Query(r), nil
	}
	return got, in, err
}

// takeFile stores an applicant's file; it is called what the item calls it, since a file's own
// name often carries a person's.
func (s *Surface) takeFile(r *http.Request, paper intake.Paper, f page.File) (ref.MaterialID, error) {
	if !slices.Contains([]string{blob.TypePDF, blob.TypeJPEG, blob.TypePNG, blob.TypeZIP}, f.Type) {
		_, _ = io.Copy(io.Discard, f.Body)
		return "", fault.New(fault.Invalid, "apply.paper.type")
	}
	paper.Origin, paper.Trust, paper.Body = "source.phone_upload", material.Uploaded, f.Body
	kept, err := s.Desk.Upload(r.Context(), me(r).Actor(), paper)
	if fault.Is(err, fault.Invalid) { // a zip that is no OFD shows only when it is read
		return "", fault.New(fault.Invalid, "apply.paper.type")
	}
	return kept.ID, err
}

// keeps says what is wrong with a page's post, nil when it can be kept.
func (v *draftView) keeps(p *page.Page, x onePage, in *page.Input, got received) error {
	switch x.Kind {
	case askStep, entryStep:
		return v.mistakes(p, x, in)
	case groupStep:
		return v.complete(x, in)
	case placeStep:
		if !v.knownPlace(ref.DivisionCode(in.Text("place"))) {
			return fault.Bad(fault.Field{Name: "place", Key: "form.choose"})
		}
		return nil
	}
	if got.bad != nil {
		return got.bad
	}
	left := len(v.Materials[x.Spec.ID]) + len(got.papers)
	if left == 0 && x.Spec.Need == ref.NeedRequired && !in.Has("remove") {
		return fault.Bad(fault.Field{Name: "file", Key: "apply.paper.needed"})
	}
	return nil
}

// typed are the answers as they would be with this page's.
func (v *draftView) typed(p *page.Page, x onePage, in *page.Input) map[string]form.Answer {
	answers := maps.Clone(v.Answers)
	if answers == nil {
		answers = map[string]form.Answer{}
	}
	page.FillAnswers(v.asks(p, x, answers), in, answers, typedHere, p.Now)
	return answers
}

// asks are the questions of a page of the form.
func (v *draftView) asks(p *page.Page, x onePage, answers map[string]form.Answer) []catalog.Field {
	if x.Kind == askStep {
		return []catalog.Field{x.Field}
	}
	return v.entryAsks(x, answers, p.Now)
}

// mistakes are what is wrong with this page's answers, as the whole form sees them.
func (v *draftView) mistakes(p *page.Page, x onePage, in *page.Input) error {
	answers := v.typed(p, x, in)
	var bad []fault.Field
	for _, f := range v.working(x, answers, p.Now).Wrong() {
		if slices.ContainsFunc(v.asks(p, x, answers), func(q catalog.Field) bool { return q.Element == f.Name }) {
			bad = append(bad, f)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return fault.Bad(bad...)
}

func (v *draftView) knownPlace(place ref.DivisionCode) bool {
	return slices.ContainsFunc(v.Streets, func(o org.Organ) bool { return o.Division == place })
}

// change is what a page's post does to the draft. It may run again, so it only sets.
func (v *draftView) change(p *page.Page, c *form.Content, x onePage, in *page.Input, got received) {
	switch x.Kind {
	case askStep, entryStep:
		v.keepAnswers(p, c, x, in)
	case groupStep:
		v.keepGroup(c, x, in)
	case placeStep:
		c.Place = ref.DivisionCode(in.Text("place"))
	case paperStep:
		if c.Materials == nil {
			c.Materials = map[string][]ref.MaterialID{}
		}
		kept := slices.DeleteFunc(slices.Clone(c.Materials[x.Spec.ID]), func(id ref.MaterialID) bool {
			return string(id) == in.Text("remove") || slices.Contains(got.papers, id)
		})
		c.Materials[x.Spec.ID] = append(kept, got.papers...)
	}
}

// file gives a paper that lies in the draft.
func (s *Surface) file(w http.ResponseWriter, r *http.Request) error {
	d, err := s.Desk.Mine(r.Context(), me(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	c, err := d.Open(r.Context(), s.DB, s.Vault)
	if err != nil {
		return err
	}
	attached, err := s.attached(r.Context(), c)
	if err != nil {
		return err
	}
	m, there := attached[ref.MaterialID(r.PathValue("material"))]
	v := &draftView{Draft: d}
	if err := s.mandateOf(r, v); err != nil {
		return err
	}
	if !there || !v.opens(m) {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return s.givePaper(w, r, m)
}

// givePaper sends a material as a file that a browser saves and never runs.
func (s *Surface) givePaper(w http.ResponseWriter, r *http.Request, m material.Material) error {
	content, err := s.Cases.Open(r.Context(), m)
	if err != nil {
		return err
	}
	defer content.Close()
	page.AsDownload(w.Header(), m.Name+blob.Extension(m.ContentType))
	w.Header().Set("Content-Type", m.ContentType)
	w.Header().Set("Content-Length", strconv.FormatInt(m.Size, 10))
	_, _ = io.Copy(w, content) // the browser left; nobody to tell
	return nil
}

// askDrop asks before a draft is deleted, since nothing brings it back.
func (s *Surface) askDrop(w http.ResponseWriter, r *http.Request) error {
	v, err := s.load(r)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, dropPage(page.Of(r), v))
}

func (s *Surface) dropDraft(w http.ResponseWriter, r *http.Request) error {
	if _, err := page.Read(r); err != nil {
		return err
	}
	if err := s.Desk.DiscardOnline(r.Context(), me(r), r.PathValue("id")); err != nil {
		return err
	}
	return page.Redirect(w, r, "/me")
}

// title is the step's question, as the browser's title.
func (v *draftView) title(p *page.Page, x onePage) string {
	switch x.Kind {
	case askStep:
		return v.Fields[0].Label
	case entryStep:
		return p.T("apply.group.entry", "label", p.GroupName(x.Group), "n", x.Entry)
	case groupStep:
		return p.GroupName(x.Group)
	case placeStep:
		return p.T("apply.place")
	}
	return x.Spec.Name
}

// back is the page before: the step before this one, or where everything is checked.
func (v *draftView) back(p *page.Page) page.Link {
	switch {
	case v.FromEnd:
		return page.Link{Text: p.T("apply.check"), Href: v.address(checkStep)}
	case v.At > 1:
		return page.Link{Text: p.T("apply.back"), Href: v.address(v.Steps[v.At-2].Slug)}
	}
	return page.Link{Text: p.T("nav.space"), Href: "/me"}
}

// alreadyHere says that a paper was here before and needs nothing more.
func alreadyHere(m material.Material) bool {
	return m.Trust == material.Issued || m.Trust == material.Compared
}
