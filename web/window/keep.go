package window

import (
	"net/http"
	"slices"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/foundation/blob"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/page"
)

// taken are the papers of one post as they came in, by material spec.
type taken struct {
	party ref.PartyID
	ask   func(spec string) (m catalog.MaterialSpec, asked bool)
	spec  string // of a field that is only called "file"
	new   map[string][]ref.MaterialID
	bad   []fault.Field
}

// take stores files while they come in. One that cannot be taken is noted and the others go on.
func (s *Surface) take(r *http.Request, t *taken) (*page.Input, error) {
	t.new = map[string][]ref.MaterialID{}
	return page.ReadUpload(r, page.Upload{MaxFile: intake.MaxPaper, MaxFiles: mostFiles, Save: func(f page.File) error {
		err := s.store(r, t, f)
		if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.TooLarge) {
			e := fault.As(err)
			t.bad = append(t.bad, fault.Field{Name: t.name(f), Key: e.Key, Args: e.Args})
			return nil
		}
		return err
	}})
}

func (t *taken) name(f page.File) string {
	if f.Field == "file" {
		return "material." + t.spec
	}
	return f.Field
}

func (s *Surface) store(r *http.Request, t *taken, f page.File) error {
	spec, _ := strings.CutPrefix(t.name(f), "material.")
	m, asked := t.ask(spec)
	if !asked {
		return fault.New(fault.Invalid, "window.material.strange")
	}
	if !slices.Contains([]string{blob.TypePDF, blob.TypeJPEG, blob.TypePNG, blob.TypeZIP}, f.Type) {
		return fault.New(fault.Invalid, "window.material.wrong_type")
	}
	// The paper is called what the item calls it: a file's own name often carries a person's.
	kept, err := s.Desk.Upload(r.Context(), "staff:"+string(clerk(r).ID), intake.Paper{Party: t.party, Kind: m.Kind, Name: m.Name, Origin: "source.upload", Trust: material.Uploaded, Body: f.Body})
	if fault.Is(err, fault.Invalid) { // a zip that is no OFD shows only when it is read
		return fault.New(fault.Invalid, "window.material.wrong_type")
	}
	if err != nil {
		return err
	}
	t.new[spec] = append(t.new[spec], kept.ID)
	return nil
}

// keep stores everything on the page, whichever button sent it: save, upload, reuse, remove.
func (s *Surface) keep(w http.ResponseWriter, r *http.Request) error {
	v, in, err := s.kept(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	if v.Err != nil {
		return page.Show(w, r, http.StatusUnprocessableEntity, draftPage(p, v))
	}
	if page.Partial(r) {
		return page.Show(w, r, http.StatusOK, draftPage(p, v))
	}
	return page.Redirect(w, r, v.address(v.whereTo(in, spot(r, in))))
}

// spot is the material the button belonged to, to come back to its place.
func spot(r *http.Request, in *page.Input) string {
	if spec := r.PathValue("spec"); spec != "" {
		return spec
	}
	spec, _, _ := strings.Cut(in.Text("reuse")+in.Text("remove")+in.Text("way"), ":")
	return spec
}

// kept reads a draft's post, keeps it, and gives the draft as it stands after that. Papers that could not be taken are in
// its Err.
func (s *Surface) kept(r *http.Request) (*draftView, *page.Input, error) {
	v, err := s.draftView(r, r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	t := &taken{party: v.Party, spec: r.PathValue("spec"), ask: v.Doc.Material}
	in, err := s.take(r, t)
	if err != nil {
		return nil, nil, err
	}
	err = s.Desk.Keep(r.Context(), clerk(r), v.ID, func(c *form.Content) { v.change(c, in, t) })
	if err != nil {
		return nil, nil, err
	}
	before := v.asks()
	if v, err = s.draftView(r, v.ID); err == nil && len(t.bad) > 0 {
		v.Err = fault.Bad(t.bad...)
	}
	if err == nil {
		v.Still = page.Partial(r) && v.asks() == before
	}
	return v, in, err
}

// change is what a post does to the content. It may run again, so it only sets what it computes.
func (v *draftView) change(c *form.Content, in *page.Input, t *taken) {
	if c.Answers == nil {
		c.Answers = map[string]form.Answer{}
	}
	if c.Materials == nil {
		c.Materials = map[string][]ref.MaterialID{}
	}
	if c.Checked == nil {
		c.Checked = map[string]bool{}
	}
	v.fill(c, in)
	if place := ref.DivisionCode(in.Text("place")); v.knownPlace(place) {
		c.Place = place
	}
	for spec, ids := range t.new {
		c.Materials[spec] = with(c.Materials[spec], ids...)
	}
	if spec, id, ok := strings.Cut(in.Text("reuse"), ":"); ok && v.holdable(spec, ref.MaterialID(id)) {
		c.Materials[spec] = with(c.Materials[spec], ref.MaterialID(id))
	}
	if spec, id, ok := strings.Cut(in.Text("remove"), ":"); ok {
		c.Materials[spec] = slices.DeleteFunc(slices.Clone(c.Materials[spec]), func(m ref.MaterialID) bool { return string(m) == id })
	}
	v.chooseWay(c, in)
	if in.Text("whole") == "yes" { // unticked boxes are not sent, so a part of the page must not untick
		for _, m := range v.Doc.Materials {
			c.Checked[m.ID] = in.Text("checked."+m.ID) == "yes" && len(c.Materials[m.ID]) > 0
		}
	}
}

// with adds what is not there yet.
func with(list []ref.MaterialID, more ...ref.MaterialID) []ref.MaterialID {
	out := slices.Clone(list)
	for _, m := range more {
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

const acceptRoute = "POST /window/draft/{id}/accept"

// accept keeps the page and makes the case of it. When the draft has become a case already, the same submit leads there.
func (s *Surface) accept(w http.ResponseWriter, r *http.Request) error {
	v, in, err := s.kept(r)
	if fault.Is(err, fault.NotFound) {
		return s.accepted(w, r, err)
	}
	if err != nil {
		return err
	}
	id := ref.CaseID("")
	if v.Err == nil {
		id, v.Err = s.makeCase(r, v, in)
	}
	if fault.Is(v.Err, fault.Invalid) {
		return page.Show(w, r, http.StatusUnprocessableEntity, draftPage(page.Of(r), v))
	}
	if v.Err != nil {
		return v.Err
	}
	return page.Redirect(w, r, "/window/case/"+string(id))
}

func (s *Surface) makeCase(r *http.Request, v *draftView, in *page.Input) (ref.CaseID, error) {
	sub, err := submit(r, in, acceptRoute, v.ID)
	if err != nil {
		return "", err
	}
	if in.Has("window") {
		if err := s.sitAt(r, ref.WindowID(in.Text("window"))); err != nil {
			return "", err
		}
		v.Seat = ref.WindowID(in.Text("window"))
	}
	if v.Seat == "" && len(v.Windows) > 0 {
		return "", fault.Bad(fault.Field{Name: "window", Key: "window.seat.choose"})
	}
	return s.Desk.Accept(r.Context(), intake.Acceptance{Submit: sub, Clerk: clerk(r), Window: v.Seat, Draft: v.ID, Rev: v.Draft.Rev, Account: v.Draft.Account, Version: v.Version, Party: v.Party,
		Place: v.Content.Place, Channel: ref.ChannelWindow, Answers: v.Answers, Materials: v.Materials, Checked: v.Checked, Disputed: v.Disputed, Vow: v.Vowing.Vow})
}

// accepted answers a submit whose draft is gone: the first one's case, if it was this submit.
func (s *Surface) accepted(w http.ResponseWriter, r *http.Request, gone error) error {
	in, err := page.ReadUpload(r, page.Upload{MaxFile: intake.MaxPaper, MaxFiles: mostFiles, Save: func(page.File) error { return nil }})
	if err != nil {
		return err
	}
	sub, err := submit(r, in, acceptRoute, r.PathValue("id"))
	if err != nil || s.Answered == nil {
		return gone
	}
	id, err := s.Answered(r.Context(), sub)
	if err != nil || id == "" {
		return gone
	}
	return page.Redirect(w, r, "/window/case/"+id)
}
