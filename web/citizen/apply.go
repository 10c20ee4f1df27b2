package citizen

import (
	"context"
	"net/http"
	"slices"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/identity"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/view/prefill"
	"yimen/web/page"
)

// typedHere is the source of an answer that the applicant wrote or changed.
const typedHere = "source.phone"

// applyView is the page before an application: who applies, what is asked, what is held already.
type applyView struct {
	Item      *catalog.Item
	Name      string
	Chinese   string
	SignedIn  bool
	Real      bool
	ActsFor   string // for whom the person acts, "" for themselves
	Barred    bool   // they may not, here
	Guide     guideView
	Person    string        // who applies, known
	Companies []party.Party // whom the person speaks for, where companies apply
	Person1   bool          // a natural person may apply
	Bring     []toBring
	Here      int         // of them: already here
	Again     page.Notify // a draft of the same item that is not finished; no title: none
	Fields    []page.Field
	Problems  []page.Problem
}

// toBring is a material as this applicant stands to it.
type toBring struct {
	Name, How string
	Here      string // where it is held and since when, "" when it must be handed in
}

// apply shows the page before an application.
func (s *Surface) apply(w http.ResponseWriter, r *http.Request) error {
	v, err := s.applyView(r, nil, nil)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, applyPage(page.Of(r), v))
}

func (s *Surface) applyView(r *http.Request, in *page.Input, wrong error) (applyView, error) {
	p, ctx, who := page.Of(r), r.Context(), me(r)
	current, err := catalog.Current(ctx, s.DB, ref.ItemID(r.PathValue("item")))
	if err != nil {
		return applyView{}, err
	}
	if err := intake.Offered(ctx, s.DB, current.Item, catalog.Online, "", p.Now); err != nil {
		return applyView{}, err
	}
	organs, err := org.Organs(ctx, s.DB)
	if err != nil {
		return applyView{}, err
	}
	it := current.Doc()
	v := applyView{Item: it, SignedIn: who.Account != "", Real: who.Real(), Guide: makeGuide(p, current, organs), Person1: suits(audiences(it), "person")}
	v.Name, v.Chinese = v.Guide.Name, v.Guide.Chinese
	if v.Real {
		if err := s.applicants(ctx, &v, who); err != nil {
			return v, err
		}
	}
	if err := s.bring(ctx, p, &v, who); err != nil {
		return v, err
	}
	if err := s.unfinished(r, &v); err != nil {
		return v, err
	}
	v.Fields = page.Refill(p, v.fields(p, who), in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return v, nil
}

// unfinished offers a draft of the same item that this session opens.
func (s *Surface) unfinished(r *http.Request, v *applyView) error {
	all, err := form.DraftsOn(r.Context(), s.DB, me(r).Account, mostDrafts)
	for _, d := range all {
		if d.Item != v.Item.ID || d.Mandate != me(r).Mandate {
			continue
		}
		switch _, closed := s.Desk.Mine(r.Context(), me(r), d.ID); {
		case closed == nil:
			p := page.Of(r)
			v.Again = page.Notify{Tone: page.Info, Title: p.T("apply.again"), Text: p.T("apply.again.text", "at", p.When(d.At)), Action: page.Link{Text: p.T("apply.again.go"), Href: "/draft/" + d.ID}}
			return nil
		case !fault.Is(closed, fault.NotFound):
			return closed
		}
	}
	return err
}

// mostDrafts is how many drafts are looked through for one of the same item.
const mostDrafts = 20

// bring lists what must be handed in, and for a known person what of it is here already.
func (s *Surface) bring(ctx context.Context, p *page.Page, v *applyView, who identity.Me) error {
	var known *prefill.Known
	if v.Real && v.ActsFor == "" {
		var err error
		if known, err = s.Prefill.Own(ctx, who.For, v.Item); err != nil {
			return err
		}
	}
	for _, m := range v.Item.Materials {
		if !m.HandedIn() || m.Need != ref.NeedRequired {
			continue
		}
		x := toBring{Name: m.Name, How: howGiven(p, m)}
		if known != nil && len(known.Materials[m.ID]) > 0 {
			held := known.Materials[m.ID][0]
			x.Here = p.T("apply.paper.here", "source", p.Source(held.Origin, held.Made))
			v.Here++
		}
		v.Bring = append(v.Bring, x)
	}
	return nil
}

func audiences(it *catalog.Item) (out string) {
	for i, a := range it.Audience {
		if i > 0 {
			out += ","
		}
		out += string(a)
	}
	return out
}

// applicants reads in whose name a known person may apply here.
func (s *Surface) applicants(ctx context.Context, v *applyView, who identity.Me) error {
	if who.Mandate != "" {
		return s.actsFor(ctx, v, who)
	}
	p, err := party.Get(ctx, s.DB, who.Person)
	if err != nil {
		return err
	}
	v.Person = p.Name
	if suits(audiences(v.Item), "company") {
		v.Companies, err = party.Companies(ctx, s.DB, who.Person)
	}
	return err
}

// fields ask what is not known yet: in whose name, or below the real-name level who it is.
func (v applyView) fields(p *page.Page, who identity.Me) []page.Field {
	if !v.SignedIn {
		return nil
	}
	if !v.Real {
		if !v.Person1 {
			return nil
		}
		return []page.Field{
			{Name: "name", Label: p.T("apply.name"), Hint: p.T("apply.name.hint"), Auto: "name"},
			{Name: "number", Label: p.T("apply.number"), Hint: p.T("apply.number.hint"), Kind: page.IDNumber},
		}
	}
	if v.ActsFor != "" {
		return []page.Field{{Name: "for", Kind: page.Hidden, Value: string(who.Principal)}}
	}
	var options []page.Option
	if v.Person1 {
		options = append(options, page.Option{Value: string(who.Person), Text: p.T("apply.myself", "name", v.Person)})
	}
	for _, c := range v.Companies {
		options = append(options, page.Option{Value: string(c.ID), Text: c.Name})
	}
	if len(options) == 0 {
		return nil
	}
	f := page.Field{Name: "for", Label: p.T("apply.for"), Kind: page.Radio, Options: options}
	if len(options) == 1 || slices.ContainsFunc(options, func(o page.Option) bool { return o.Value == string(who.For) }) {
		f.Value = string(who.For)
		if len(options) == 1 {
			f.Value = options[0].Value
		}
	}
	return []page.Field{f}
}

// begin opens the draft and leads to its first question.
func (s *Surface) begin(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id, err := s.beginDraft(r, in)
	if fault.Is(err, fault.Invalid) {
		v, failed := s.applyView(r, in, err)
		if failed != nil {
			return failed
		}
		return page.Show(w, r, http.StatusUnprocessableEntity, applyPage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	carry(w, page.Of(r), "", -1) // the next person at this browser begins with nobody's answers
	return page.Redirect(w, r, "/draft/"+id)
}

func (s *Surface) beginDraft(r *http.Request, in *page.Input) (string, error) {
	who, ctx := me(r), r.Context()
	current, err := catalog.Current(ctx, s.DB, ref.ItemID(r.PathValue("item")))
	if err != nil {
		return "", err
	}
	applicant, err := s.applicant(r, in, current.Doc())
	if err != nil {
		return "", err
	}
	content := form.Content{Answers: map[string]form.Answer{}, Materials: map[string][]ref.MaterialID{}}
	fillCarried(r, &content, current.Doc())
	if who.Real() {
		known, err := s.Prefill.Own(ctx, applicant, current.Doc())
		if err != nil {
			return "", err
		}
		fillKnown(&content, current.Doc(), known)
		if who.Mandate != "" {
			if err := s.unseen(r, &content, current.Doc()); err != nil {
				return "", err
			}
		}
	} else {
		s.fillDeclared(r, &content, applicant, current.Doc())
	}
	sub, err := submitOf(r, in, "POST /apply/{item}", string(current.Item), string(applicant))
	if err != nil {
		return "", err
	}
	return s.Desk.BeginOnline(ctx, sub, who, current.Item, applicant, content)
}

// submitOf names a post for foundation/once.
func submitOf(r *http.Request, in *page.Input, route string, body ...string) (once.Submit, error) {
	key, err := in.Key()
	return once.Submit{Actor: me(r).Actor(), Route: route, Key: key, Hash: once.Hash(body...), At: page.Of(r).Now}, err
}

// applicant is in whose name the draft is begun.
func (s *Surface) applicant(r *http.Request, in *page.Input, it *catalog.Item) (ref.PartyID, error) {
	who, ctx := me(r), r.Context()
	natural := suits(audiences(it), "person")
	if !who.Real() {
		if !natural {
			return "", fault.New(fault.Denied, "apply.company_real")
		}
		return s.Desk.Declare(ctx, who.Actor(), ref.PartyNatural, in.Text("name"), in.Compact("number"))
	}
	if who.Mandate != "" {
		return who.Principal, nil // the process looks whether the mandate goes so far
	}
	chosen := ref.PartyID(in.Text("for"))
	if chosen == who.Person && natural {
		return chosen, nil
	}
	speaks, err := party.SpeaksFor(ctx, s.DB, who.Person, chosen)
	if err == nil && (!speaks || !suits(audiences(it), "company")) {
		err = fault.Bad(fault.Field{Name: "for", Key: "form.choose"})
	}
	return chosen, err
}

// fillKnown writes what is held into a new draft: answers with source and day, and the papers
// that are here already.
func fillKnown(c *form.Content, it *catalog.Item, known *prefill.Known) {
	for element, a := range known.Answers {
		c.Answers[element] = a
	}
	for _, m := range it.Materials {
		if held := known.Materials[m.ID]; m.HandedIn() && len(held) > 0 {
			c.Materials[m.ID] = []ref.MaterialID{held[0].ID}
		}
	}
}

// fillDeclared writes what the applicant just said of themselves, so that it is not asked twice.
func (s *Surface) fillDeclared(r *http.Request, c *form.Content, applicant ref.PartyID, it *catalog.Item) {
	ctx, p := r.Context(), page.Of(r)
	who, err := party.Get(ctx, s.DB, applicant)
	if err != nil {
		return // asked again then, no harm
	}
	facts, err := party.Facts(ctx, s.DB, s.Vault, applicant, party.Number)
	if err != nil {
		return
	}
	phone, err := identity.Phone(ctx, s.DB, s.Vault, me(r).Account)
	if err != nil {
		return
	}
	for _, f := range it.Form {
		value := map[string]string{"name": who.Name, "number": facts[party.Number].Value, "phone": phone}[f.Prefill]
		if value != "" {
			c.Answers[f.Element] = form.Answer{Element: f.Element, Value: value, Source: "source.declared", At: p.Now}
		}
	}
}

// attached reads the papers of a draft.
func (s *Surface) attached(ctx context.Context, c form.Content) (map[ref.MaterialID]material.Material, error) {
	var ids []ref.MaterialID
	for _, list := range c.Materials {
		ids = append(ids, list...)
	}
	return material.GetMany(ctx, s.DB, ids)
}
