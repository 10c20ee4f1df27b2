package citizen

import (
	"context"
	"maps"
	"net/http"
	"strings"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/material"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/web/page"
)

// signersView are the people who sign an application beside the applicant.
type signersView struct {
	*draftView
	Lines  []signerLine
	Fields []page.Field
	Whole  bool // enough are named, so that it can be sent
	Unsent bool // to somebody it was not, as it is now
	Sent   bool
	Few    string // what is still missing
}

type signerLine struct {
	party.Signature
	Role, Status, Why string
	Tone              page.Tone
}

func (s *Surface) signers(w http.ResponseWriter, r *http.Request) error {
	v, err := s.signersView(r, nil, nil)
	if err != nil {
		return err
	}
	v.Sent = page.Query(r).Has("sent")
	return page.Show(w, r, http.StatusOK, signersPage(page.Of(r), v))
}

func (s *Surface) signersView(r *http.Request, in *page.Input, wrong error) (signersView, error) {
	p := page.Of(r)
	d, err := s.load(r)
	if err != nil {
		return signersView{}, err
	}
	v := signersView{draftView: d, Whole: true}
	if len(d.Least) == 0 {
		return v, fault.New(fault.NotFound, "fault.not_found")
	}
	named := map[string]int{}
	for _, x := range d.Signed {
		named[x.Role]++
		line := signerLine{Signature: x, Role: signRole(p, d.Doc, x.Role)}
		state := x.StateAt(d.Content.Digest(), p.Now)
		v.Unsent = v.Unsent || state != party.SignAsked && state != party.SignGiven
		line.Status, line.Tone = p.T("proxy.sign.state."+string(state)), signTones[state]
		if line.Why, err = x.Why(r.Context(), s.DB, s.Vault); err != nil {
			return v, err
		}
		v.Lines = append(v.Lines, line)
	}
	role := page.Field{Name: "role", Label: p.T("proxy.sign.role"), Kind: page.Radio}
	for _, x := range d.Doc.CoSign {
		least, asked := d.Least[x.Role]
		if !asked {
			continue
		}
		role.Options = append(role.Options, page.Option{Value: x.Role, Text: signRole(p, d.Doc, x.Role)})
		role.Value = x.Role
		if named[x.Role] < least {
			v.Whole, v.Few = false, p.T("proxy.sign.least", "role", signRole(p, d.Doc, x.Role), "n", least)
		}
	}
	v.Fields = []page.Field{role, {Name: "name", Label: p.T("proxy.sign.name")}, {Name: "number", Label: p.T("proxy.sign.number"), Kind: page.IDNumber}}
	v.Fields = page.Refill(p, v.Fields, in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return v, nil
}

var signTones = map[party.SignState]page.Tone{party.SignGiven: page.Good, party.SignAsked: page.Info, party.SignNamed: page.Plain,
	party.SignVoid: page.Warn, party.SignRefused: page.Danger, party.SignOver: page.Danger}

func signRole(p *page.Page, it *catalog.Item, role string) string {
	x, _ := it.CoSigner(role)
	if name := english(p, x.LabelEn); name != "" {
		return name
	}
	return x.Label
}

// changeSigners names one more, takes one out, or sends the application to all. Repeatable by nature: nobody is
// named or asked twice.
func (s *Surface) changeSigners(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id, who, ctx := r.PathValue("id"), me(r), r.Context()
	to := "/draft/" + id + "/signers"
	switch {
	case in.Has("drop"):
		err = s.Desk.DropSigner(ctx, who, id, in.Text("drop"))
	case in.Has("send"):
		to += "?sent=1"
		err = s.Desk.AskToSign(ctx, who, id)
	default:
		err = s.Desk.NameSigner(ctx, who, id, intake.Signer{Role: in.Text("role"), Name: in.Text("name"), Number: in.Compact("number")})
	}
	if fault.Is(err, fault.Invalid) {
		if in.Has("send") { // what is wrong stands where everything is checked
			return page.Redirect(w, r, "/draft/"+id+"/"+checkStep)
		}
		v, failed := s.signersView(r, in, err)
		if failed != nil {
			return failed
		}
		return page.Show(w, r, http.StatusUnprocessableEntity, signersPage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, to)
}

// signView is an application before its co-signer.
type signView struct {
	intake.ToSign
	Item     string
	Role     string
	Rows     []page.Row
	Digest   string
	Word     page.Field
	Problems []page.Problem
}

func (s *Surface) askSign(w http.ResponseWriter, r *http.Request) error {
	v, err := s.signView(r, nil, nil)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, signPage(page.Of(r), v))
}

func (s *Surface) signView(r *http.Request, in *page.Input, wrong error) (signView, error) {
	p := page.Of(r)
	p.Actor.For = "" // everybody signs for themselves
	x, err := s.Desk.ToSign(r.Context(), s.DB, me(r).Person, r.PathValue("id"))
	if err != nil {
		return signView{}, err
	}
	it := x.Version.Doc()
	v := signView{ToSign: x, Item: spaceItem(p, it), Role: signRole(p, it, x.Signature.Role), Digest: x.Content.Digest()}
	m, err := intake.Form(x.Version)
	if err != nil {
		return v, err
	}
	for _, at := range m.Lay(x.Content.Answers) {
		f, a := it.Form[at.Index], x.Content.Answers[at.Key]
		if a.Value != "" {
			v.Rows = append(v.Rows, page.Row{Label: page.Asked(p, f, form.Answer{}, typedHere).Label, Value: f.Shown(a.Value)})
		}
	}
	papers, err := s.attached(r.Context(), x.Content)
	for _, spec := range it.Materials {
		for _, id := range x.Content.Materials[spec.ID] {
			v.Rows = append(v.Rows, page.Row{Label: spec.Name, Value: p.Source(papers[id].Origin, papers[id].Made)})
		}
	}
	v.Word = page.Refill(p, []page.Field{{Name: "word", Label: p.T("proxy.sign.why"), Hint: p.T("proxy.sign.why.hint"), Kind: page.LongText, Rows: 2, Optional: true}}, in, wrong)[0]
	v.Problems = page.Problems(p, []page.Field{v.Word}, wrong)
	return v, err
}

// sign signs, or says why not. Repeatable by nature: a signature is settled once.
func (s *Surface) sign(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	refusal := ""
	if in.Text("sign") != "yes" {
		if refusal = in.Long("word"); refusal == "" {
			refusal = " " // no word at all is refused like too short a one
		}
	}
	err = s.Desk.Sign(r.Context(), me(r), r.PathValue("id"), in.Text("digest"), refusal)
	if fault.Is(err, fault.Invalid) {
		v, failed := s.signView(r, in, err)
		if failed != nil {
			return failed
		}
		return page.Show(w, r, http.StatusUnprocessableEntity, signPage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/me/mandates")
}

// masked hides from an agent what is held of the principal and goes into the form unseen.
func (v *draftView) masked(key string) bool { return v.Mandate != "" && v.Content.Masked[key] }

// opens says whether whoever fills in may read a paper of the draft: an agent only what they brought
// themselves, unless the mandate shows what is held.
func (v *draftView) opens(m material.Material) bool {
	return v.Mandate == "" || v.Shows || !alreadyHere(m)
}

// handedView is what an agent keeps of a case after their mandate has ended.
type handedView struct {
	Name, Number, At, Whom string
	Rows                   []page.Row
}

// handed shows an agent whose mandate has ended what they handed in, and nothing that came later.
func (s *Surface) handed(w http.ResponseWriter, r *http.Request, c ownCase) error {
	p := page.Of(r)
	g, err := s.givenOf(r, c)
	if err != nil {
		return err
	}
	v := handedView{Name: spaceItem(p, g.Doc), Number: string(c.Number), At: p.When(c.ReceivedAt), Whom: c.Party.Name}
	for _, at := range g.Model.Lay(g.Answers) {
		f, a := g.Doc.Form[at.Index], g.Answers[at.Key]
		if a.Source == typedHere && !a.At.After(c.ReceivedAt) {
			v.Rows = append(v.Rows, page.Row{Label: page.Asked(p, f, form.Answer{}, typedHere).Label, Value: f.Shown(a.Value)})
		}
	}
	for _, u := range g.Uses {
		if !u.At.After(c.ReceivedAt) {
			v.Rows = append(v.Rows, page.Row{Label: g.Papers[u.Material].Name, Value: p.When(u.At)})
		}
	}
	return page.Show(w, r, http.StatusOK, handedPage(p, v))
}

// shownTo hides from an agent, of what was given in a case, what went in unseen: neither shown nor asked again.
func (g given) shownTo(agent *party.Mandate) given {
	if agent == nil || agent.Shows {
		return g
	}
	g.Unseen = map[string]bool{}
	for _, at := range g.Model.Lay(g.Answers) {
		f, a := g.Doc.Form[at.Index], g.Answers[at.Key]
		sum := f.Kind == "number" || f.Kind == "money"
		if a.Source == form.Computed && !sum || a.Source != form.Computed && a.Source != typedHere && a.Value != "" {
			g.Unseen[at.Key] = true
		}
	}
	return g
}

// fillUnseen marks what is held of the principal, so that the form takes it and the agent does not read it: all
// but the name. Entries of repeating groups the agent fills in themselves.
func fillUnseen(c *form.Content, it *catalog.Item) {
	c.Masked = map[string]bool{}
	maps.DeleteFunc(c.Answers, func(key string, _ form.Answer) bool { return strings.Contains(key, "#") })
	for _, f := range it.Form {
		if a, there := c.Answers[f.Element]; there && f.Prefill != "name" && a.Source != typedHere {
			c.Masked[f.Element] = true
		}
	}
}

// mandateOf reads under which mandate a draft is filled in, and says on the page for whom.
func (s *Surface) mandateOf(r *http.Request, v *draftView) error {
	if v.Mandate == "" {
		return nil
	}
	m, err := party.GetMandate(r.Context(), s.DB, v.Mandate)
	if err != nil {
		return err
	}
	v.Shows = m.Shows
	return s.actFor(r, v.Draft.Party)
}

// unseen masks what is held of the principal unless the mandate shows it.
func (s *Surface) unseen(r *http.Request, c *form.Content, it *catalog.Item) error {
	m, err := party.GetMandate(r.Context(), s.DB, me(r).Mandate)
	if err == nil && !m.Shows {
		fillUnseen(c, it)
	}
	return err
}

// actsFor reads for whom an agent applies here, and whether their mandate goes so far.
func (s *Surface) actsFor(ctx context.Context, v *applyView, who identity.Me) error {
	x, err := party.Get(ctx, s.DB, who.Principal)
	if err != nil {
		return err
	}
	m, err := party.GetMandate(ctx, s.DB, who.Mandate)
	v.ActsFor = x.Name
	v.Barred = !party.May(m, party.Deed{Agent: who.Person, For: x.ID, Act: party.ActApply, Item: v.Item.ID}, s.Desk.Now())
	return err
}
