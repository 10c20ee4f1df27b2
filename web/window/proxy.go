package window

import (
	"context"
	"errors"
	"net/http"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/web/page"
)

// proxyRoutes are acting for another, signing together and helping, at the counter.
func (s *Surface) proxyRoutes(get, post func(pattern, title string, h page.Handler) page.Route, files func(page.Route) page.Route) []page.Route {
	return []page.Route{
		get("/window/proxy", "proxy.window.title", s.proxyDoor),
		post("/window/proxy", "proxy.window.title", s.proxyCard),
		post("/window/help", "proxy.help.title", s.help),
		get("/window/proxy/{presence}", "proxy.window.title", s.proxy),
		files(post("/window/proxy/{presence}", "proxy.window.title", s.attest)),
		post("/window/proxy/{presence}/end/{id}", "proxy.end", s.lift),
		get("/window/proxy/{presence}/sign/{id}", "proxy.sign", s.askSign),
		post("/window/proxy/{presence}/sign/{id}", "proxy.sign", s.sign),
		post("/window/draft/{id}/for", "proxy.window.title", s.actFor),
		post("/window/draft/{id}/signers", "proxy.signers", s.changeSigners),
	}
}

// proxyStart asks who stands here, and for the characters of a draft one helped with.
type proxyStart struct {
	Card, Help []page.Field
	Problems   []page.Problem
	Helped     bool
}

func (s *Surface) proxyStart(p *page.Page, in *page.Input, wrong error) proxyStart {
	v := proxyStart{Help: []page.Field{{Name: "code", Label: p.T("window.resume.code"), Hint: p.T("proxy.help.hint"), Auto: "off", Short: true}}}
	if len(s.Cards) > 0 {
		v.Card = []page.Field{{Name: "card", Label: p.T("window.card.which"), Hint: p.T("window.card.which.hint"), Kind: page.Select, Options: s.Cards}}
	}
	v.Help, v.Card = page.Refill(p, v.Help, in, wrong), page.Refill(p, v.Card, in, wrong)
	v.Problems = page.Problems(p, append(v.Help, v.Card...), wrong)
	return v
}

func (s *Surface) proxyDoor(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	v := s.proxyStart(p, nil, nil)
	v.Helped = page.Query(r).Has("helped")
	return page.Show(w, r, http.StatusOK, proxyDoorPage(p, v))
}

// proxyCard reads the card of who stands here.
func (s *Surface) proxyCard(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), readWait)
	defer cancel()
	presence, err := s.Card(ctx, clerk(r), in.Text("card"))
	if errors.Is(err, context.DeadlineExceeded) && fault.KindOf(err) == fault.Internal {
		err = fault.New(fault.Unavailable, "window.card.late").Wrap(err)
	}
	if k := fault.KindOf(err); err != nil && k != fault.Internal && k != fault.Denied {
		p := page.Of(r)
		return page.Show(w, r, http.StatusUnprocessableEntity, proxyDoorPage(p, s.proxyStart(p, in, err)))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/window/proxy/"+presence.ID)
}

// help notes that the clerk helped with a draft on somebody's phone. Repeatable by nature.
func (s *Surface) help(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	err = s.Desk.Help(r.Context(), clerk(r), in.Text("code"))
	if fault.Is(err, fault.Invalid) {
		p := page.Of(r)
		return page.Show(w, r, http.StatusUnprocessableEntity, proxyDoorPage(p, s.proxyStart(p, in, err)))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/window/proxy?helped=1")
}

// proxyView is the person who stands here with their mandates and what they are asked to sign.
type proxyView struct {
	Presence party.Presence
	Who      party.Party
	Mandates []actable
	ToSign   []party.Signature
	Names    map[ref.ItemID]string
	Fields   []page.Field
	Problems []page.Problem
	Done     bool
}

// actable is a mandate with the other side's name.
type actable struct {
	party.Mandate
	Whom  string
	State party.State
	Mine  bool // the person is its principal
}

// here reads the presence of the address; one that is not open to this clerk is not there.
func (s *Surface) here(r *http.Request) (party.Presence, party.Party, error) {
	p, err := party.GetPresence(r.Context(), s.DB, r.PathValue("presence"))
	if err == nil && (!p.Open(page.Of(r).Now, clerk(r).ID) || p.How == party.ByMandate) {
		err = notThere()
	}
	if err != nil {
		return p, party.Party{}, err
	}
	who, err := party.Get(r.Context(), s.DB, p.Party)
	return p, who, err
}

func (s *Surface) proxy(w http.ResponseWriter, r *http.Request) error {
	v, err := s.proxyView(r, nil, nil)
	if err != nil {
		return err
	}
	v.Done = page.Query(r).Has("done")
	return page.Show(w, r, http.StatusOK, proxyPage(page.Of(r), v))
}

func (s *Surface) proxyView(r *http.Request, in *page.Input, wrong error) (v proxyView, err error) {
	p, ctx := page.Of(r), r.Context()
	if v.Presence, v.Who, err = s.here(r); err != nil {
		return v, err
	}
	if err := s.look(r, v.Presence); err != nil {
		return v, err
	}
	given, err := party.Granted(ctx, s.DB, v.Who.ID)
	if err != nil {
		return v, err
	}
	held, err := party.Held(ctx, s.DB, v.Who.ID)
	if err != nil {
		return v, err
	}
	for _, m := range append(given, held...) {
		x, err := s.actable(ctx, m, v.Who.ID, p)
		if err != nil {
			return v, err
		}
		if x.State == party.Live || x.State == party.Later || x.State == party.Offered {
			v.Mandates = append(v.Mandates, x)
		}
	}
	if v.ToSign, err = party.ToSign(ctx, s.DB, v.Who, p.Now); err != nil {
		return v, err
	}
	v.Names = map[ref.ItemID]string{}
	for _, x := range v.ToSign {
		row, err := catalog.GetRow(ctx, s.DB, x.Item)
		if err != nil {
			return v, err
		}
		v.Names[x.Item] = row.Name
	}
	v.Fields = page.Refill(p, s.attestFields(p), in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return v, nil
}

func (s *Surface) actable(ctx context.Context, m party.Mandate, here ref.PartyID, p *page.Page) (actable, error) {
	x := actable{Mandate: m, Whom: m.Name, State: m.StateAt(p.Now), Mine: m.Principal == here}
	if x.Mine {
		return x, nil
	}
	who, err := party.Get(ctx, s.DB, m.Principal)
	x.Whom = who.Name
	return x, err
}

func (s *Surface) attestFields(p *page.Page) []page.Field {
	arose := page.Field{Name: "arose", Label: p.T("proxy.arose"), Kind: page.Select, Value: string(party.AroseWindow), Full: true}
	for _, a := range []party.Arose{party.AroseWindow, party.AroseLetter, party.AroseMinor, party.AroseAdult} {
		arose.Options = append(arose.Options, page.Option{Value: string(a), Text: p.T("proxy.attest." + string(a))})
	}
	acts := page.Field{Name: "acts", Label: p.T("proxy.acts"), Kind: page.Checks, Full: true}
	for _, a := range party.Acts() {
		acts.Options = append(acts.Options, page.Option{Value: string(a), Text: p.T("proxy.act." + string(a))})
		acts.Values = append(acts.Values, string(a))
	}
	until := calendar.DateOf(p.Now.AddDate(1, 0, 0)) - 1
	return []page.Field{
		arose,
		{Name: "kind", Label: p.T("proxy.other.kind"), Kind: page.Select, Value: string(ref.PartyNatural), Options: []page.Option{
			{Value: string(ref.PartyNatural), Text: p.T(ref.PartyNatural.Key())}, {Value: string(ref.PartyLegal), Text: p.T(ref.PartyLegal.Key())}}},
		{Name: "name", Label: p.T("proxy.other.name"), Hint: p.T("proxy.other.hint"), Auto: "off"},
		{Name: "number", Label: p.T("proxy.other.number"), Kind: page.IDNumber},
		{Name: "item", Label: p.T("proxy.window.item"), Hint: p.T("proxy.window.item.hint"), Auto: "off", Optional: true},
		{Name: "until", Label: p.T("proxy.until"), Kind: page.Date, Value: until.String()},
		acts,
		{Name: "shows", Label: p.T("proxy.shows.confirm"), Kind: page.Confirm, Optional: true, Full: true},
		{Name: "file", Label: p.T("proxy.paper"), Hint: p.T("proxy.paper.hint"), Kind: page.Uploads, Accept: accepted, Optional: true, Full: true},
		{Name: "compared", Label: p.T("proxy.compared"), Kind: page.Confirm, Optional: true, Full: true},
	}
}

// attest notes a mandate that arises here.
func (s *Surface) attest(w http.ResponseWriter, r *http.Request) error {
	presence, who, err := s.here(r)
	if err != nil {
		return err
	}
	letter := catalog.MaterialSpec{Kind: "authority-letter", Name: page.Of(r).T("proxy.paper")}
	t := &taken{party: who.ID, spec: "letter", ask: func(string) (catalog.MaterialSpec, bool) { return letter, true }}
	in, err := s.take(r, t)
	if err != nil {
		return err
	}
	if err = s.attested(r, in, t, presence.ID); err == nil {
		return page.Redirect(w, r, "/window/proxy/"+presence.ID+"?done=1")
	}
	if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooMany {
		return err
	}
	v, failed := s.proxyView(r, in, err)
	if failed != nil {
		return failed
	}
	return page.Show(w, r, http.StatusUnprocessableEntity, proxyPage(page.Of(r), v))
}

func (s *Surface) attested(r *http.Request, in *page.Input, t *taken, presence string) error {
	if len(t.bad) > 0 {
		bad := t.bad[0]
		bad.Name = "file"
		return fault.Bad(bad)
	}
	sub, err := submit(r, in, "POST /window/proxy/{presence}", presence, in.Text("arose"), in.Text("name"), in.Compact("number"))
	if err != nil {
		return err
	}
	a := intake.Attested{Submit: sub, By: clerk(r), Presence: presence, Arose: party.Arose(in.Text("arose")), Kind: ref.PartyKind(in.Text("kind")), Name: in.Text("name"),
		Number: in.Compact("number"), Compared: in.Text("compared") == "yes", Scope: intake.Scope{Shows: in.Text("shows") == "yes"}}
	for _, x := range in.All("acts") {
		a.Scope.Acts = append(a.Scope.Acts, party.Act(x))
	}
	a.Scope.Until, _ = calendar.ParseDate(in.Date("until"))
	if ids := t.new["letter"]; len(ids) > 0 {
		a.Evidence = ids[0]
	}
	if words := in.Text("item"); words != "" {
		found, err := catalog.Find(r.Context(), s.DB, catalog.Looking{Words: words, Limit: 2})
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fault.Bad(fault.Field{Name: "item", Key: "proxy.window.item_which", Args: []any{"n", len(found)}})
		}
		a.Scope.Items = []ref.ItemID{found[0].ID}
	}
	_, err = s.Desk.Attest(r.Context(), a)
	return err
}

// lift ends a mandate of the person who stands here. Repeatable by nature.
func (s *Surface) lift(w http.ResponseWriter, r *http.Request) error {
	if _, err := page.Read(r); err != nil {
		return err
	}
	if err := s.Desk.LiftMandate(r.Context(), clerk(r), r.PathValue("presence"), r.PathValue("id")); err != nil {
		return err
	}
	return page.Redirect(w, r, "/window/proxy/"+r.PathValue("presence"))
}

// signView is an application before its co-signer at the counter.
type signView struct {
	intake.ToSign
	Presence, Digest string
	Rows             []page.Row
	Word             page.Field
	Problems         []page.Problem
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
	presence, who, err := s.here(r)
	if err != nil {
		return signView{}, err
	}
	x, err := s.Desk.ToSign(r.Context(), s.DB, who.ID, r.PathValue("id"))
	if err != nil {
		return signView{}, err
	}
	v := signView{ToSign: x, Presence: presence.ID, Digest: x.Content.Digest()}
	m, err := intake.Form(x.Version)
	if err != nil {
		return v, err
	}
	for _, at := range m.Lay(x.Content.Answers) {
		f := x.Version.Doc().Form[at.Index]
		if a := x.Content.Answers[at.Key]; a.Value != "" {
			v.Rows = append(v.Rows, page.Row{Label: page.Asked(p, f, form.Answer{}, typedHere).Label, Value: f.Shown(a.Value)})
		}
	}
	v.Word = page.Refill(p, []page.Field{{Name: "word", Label: p.T("proxy.sign.why"), Kind: page.LongText, Rows: 2, Optional: true}}, in, wrong)[0]
	v.Problems = page.Problems(p, []page.Field{v.Word}, wrong)
	return v, nil
}

// sign signs for who stands here, or notes why not. Repeatable by nature: a signature is settled once.
func (s *Surface) sign(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	refusal := ""
	if in.Text("sign") != "yes" {
		refusal = in.Long("word") + " " // no word at all is refused like too short a one
	}
	presence := r.PathValue("presence")
	err = s.Desk.SignAtWindow(r.Context(), clerk(r), presence, r.PathValue("id"), in.Text("digest"), refusal)
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
	return page.Redirect(w, r, "/window/proxy/"+presence+"?done=1")
}

// others reads for a draft who may act or must sign beside the applicant.
func (s *Surface) others(r *http.Request, v *draftView) error {
	p, ctx := page.Of(r), r.Context()
	if v.Mandate != "" {
		m, err := party.GetMandate(ctx, s.DB, v.Mandate)
		if err != nil {
			return err
		}
		v.Agent = m.Name
	} else if !v.Over && v.Presence.Open(v.Now, clerk(r).ID) {
		held, err := party.Held(ctx, s.DB, v.Party)
		if err != nil {
			return err
		}
		for _, m := range held {
			if party.May(m, party.Deed{Agent: v.Party, For: m.Principal, Act: party.ActApply, Item: v.Item}, v.Now) {
				x, err := s.actable(ctx, m, v.Party, p)
				if err != nil {
					return err
				}
				v.Mandates = append(v.Mandates, x)
			}
		}
	}
	if v.Least = intake.Signers(v.Doc, v.State); len(v.Least) == 0 {
		return nil
	}
	role := page.Field{Name: "role", Label: p.T("proxy.sign.role"), Kind: page.Select}
	for _, x := range v.Doc.CoSign {
		if v.Least[x.Role] > 0 {
			role.Options, role.Value = append(role.Options, page.Option{Value: x.Role, Text: x.Label}), x.Role
		}
	}
	v.Signer = []page.Field{role, {Name: "name", Label: p.T("proxy.sign.name"), Auto: "off"}, {Name: "number", Label: p.T("proxy.sign.number"), Kind: page.IDNumber}}
	var err error
	v.Signed, err = party.SignaturesOf(ctx, s.DB, v.ID)
	return err
}

// actFor turns the draft into one for the principal. Repeatable by nature.
func (s *Surface) actFor(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.Desk.ActAtWindow(r.Context(), clerk(r), id, in.Text("mandate")); err != nil {
		return err
	}
	if err := s.prefill(r, id); err != nil {
		return err
	}
	return page.Redirect(w, r, "/window/draft/"+id)
}

// changeSigners names one more, takes one out, or asks all. Repeatable by nature: nobody is named or asked twice.
func (s *Surface) changeSigners(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id, who, ctx := r.PathValue("id"), clerk(r), r.Context()
	switch {
	case in.Has("drop"):
		err = s.Desk.DropSignerAt(ctx, who, id, in.Text("drop"))
	case in.Has("send"):
		err = s.Desk.AskToSignAt(ctx, who, id)
	default:
		err = s.Desk.NameSignerAt(ctx, who, id, intake.Signer{Role: in.Text("role"), Name: in.Text("name"), Number: in.Compact("number")})
	}
	if fault.Is(err, fault.Invalid) {
		v, failed := s.draftView(r, id)
		if failed != nil {
			return failed
		}
		v.Err, v.Signer = err, page.Refill(page.Of(r), v.Signer, in, err)
		return page.Show(w, r, http.StatusUnprocessableEntity, draftPage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/window/draft/"+id+"#cosign")
}

// signState is how a signature stands for the draft as it is.
func (v *draftView) signState(s party.Signature) party.SignState {
	return s.StateAt(v.Content.Digest(), v.Now)
}
