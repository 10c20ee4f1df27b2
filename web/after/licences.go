package after

import (
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/licence"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/process/issuance"
	"yimen/ref"
	"yimen/web/page"
)

func (s *Surface) licenceRoutes() []page.Route {
	return []page.Route{
		{Method: "GET", Pattern: "/approver/licences", Roles: approvers, Handler: s.licences, Title: "after.licences"},
		{Method: "GET", Pattern: "/approver/licences/{id}", Roles: approvers, Handler: s.showLicence, Title: "after.licence"},
		{Method: "GET", Pattern: "/approver/licences/{id}/act/{kind}", Roles: approvers, Handler: s.askAct, Title: "after.act"},
		{Method: "POST", Pattern: "/approver/licences/{id}/act/{kind}", Roles: approvers, Handler: s.propose, Title: "after.act"},
		{Method: "POST", Pattern: "/approver/licences/{id}/settle", Roles: approvers, Handler: s.settle, Title: "after.act"},
		{Method: "POST", Pattern: "/approver/licences/{id}/said", Roles: approvers, Handler: s.noteStatement, Title: "after.act"},
		{Method: "GET", Pattern: "/me/act/{id}", Roles: []page.Role{page.Party}, Handler: s.askStatement, Title: "after.state.title"},
		{Method: "POST", Pattern: "/me/act/{id}", Roles: []page.Role{page.Party}, Handler: s.state, Title: "after.state.title"},
	}
}

// licences lists the organ's licences, above them what waits for a decision.
func (s *Surface) licences(w http.ResponseWriter, r *http.Request) error {
	p, q, who := page.Of(r), page.Query(r), staff(r)
	before, id, err := place(q, far)
	if err != nil {
		return err
	}
	typed := q.Text("q")
	rows, err := s.found(r, typed, before, id)
	if err != nil {
		return err
	}
	t := page.Table{ID: "licences", Caption: p.T("after.licences"), Filtered: typed != "", Filter: []page.Field{{Name: "q", Label: p.T("after.licences.find"), Hint: p.T("after.licences.find.hint"), Value: typed, Auto: "off"}},
		Empty: page.Nothing{Title: p.T("after.licences.none"), Text: p.T("after.licences.none.text")}, Columns: columns(p, "after.column.licence", "after.column.name", "after.column.state", "after.column.issued")}
	for _, l := range paged(p, &t, rows, func(l licence.Licence) (time.Time, string) { return l.Issued, string(l.ID) }) {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: l.Number, Href: "/approver/licences/" + string(l.ID)}), page.Words(l.Name), stateTag(p, l), page.Words(p.When(l.Issued))}})
	}
	waiting, err := s.waitingActs(r, who.Organ)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, desk(p, page.Head{Title: p.T("after.licences"), Lead: p.T("after.licences.lead")}, card(p.T("after.acts.waiting"), page.List(p, waiting)), card(p.T("after.licences.all"), page.List(p, t))))
}

// found are the organ's licences that a mark or document number names, or all of them.
func (s *Surface) found(r *http.Request, typed string, before time.Time, id string) ([]licence.Licence, error) {
	organ := staff(r).Organ
	if mark, err := ref.ParseLicenceMark(typed); err == nil {
		l, err := licence.ByMark(r.Context(), s.DB, mark)
		if fault.Is(err, fault.NotFound) || err == nil && l.Organ != organ {
			return nil, nil
		}
		return []licence.Licence{l}, err
	}
	number := ""
	if typed != "" {
		if number = seal.ReadNumber(typed); number == "" {
			return nil, nil
		}
	}
	return licence.OfOrgan(r.Context(), s.DB, organ, number, before, id, size+1)
}

func stateTag(p *page.Page, l licence.Licence) templ.Component {
	now := l.StateAt(p.Now)
	tone := page.Good
	if now != ref.LicenceValid {
		tone = page.Warn
	}
	return page.Tag(tone, p.T(now.Key()))
}

func (s *Surface) waitingActs(r *http.Request, organ ref.OrganID) (page.Table, error) {
	p := page.Of(r)
	t := page.Table{ID: "acts", Caption: p.T("after.acts.waiting"), Empty: page.Nothing{Title: p.T("after.acts.none")}, Columns: columns(p, "after.column.act", "after.column.proposed", "after.column.ripe")}
	all, err := licence.WaitingActs(r.Context(), s.DB, organ, size)
	for _, a := range all {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: p.T("after.act." + a.Kind), Href: "/approver/licences/" + string(a.Licence)}), page.Words(p.When(a.At)), ripeness(p, a)}})
	}
	return t, err
}

func ripeness(p *page.Page, a licence.Act) templ.Component {
	switch {
	case !a.Stated.IsZero():
		return page.Tag(page.Info, p.T("after.ripe.stated"))
	case a.Ripe(p.Now):
		return page.Tag(page.Info, p.T("after.ripe"))
	}
	if a.Until.IsZero() {
		return page.Tag(page.Warn, p.T("after.untold"))
	}
	return tagged(page.Warn, p.T("after.unripe"), p.Date(lastDay(a)))
}

// lastDay is the last on which a holder may state.
func lastDay(a licence.Act) calendar.Date { return calendar.DateOf(a.Until.Add(-time.Microsecond)) }

// licenceView is one licence with all that was done to it.
type licenceView struct {
	licence.Licence
	Holder   party.Party
	Doc      *catalog.Item
	Acts     []licence.Act
	Versions []licence.Version
	Open     *licence.Act // that waits
	Words    licence.ActWords
	Said     string
}

// licenceOf reads a licence of the officer's own organ after noting the look.
func (s *Surface) licenceOf(r *http.Request) (v licenceView, err error) {
	ctx := r.Context()
	if v.Licence, err = licence.Get(ctx, s.DB, ref.LicenceID(r.PathValue("id"))); err != nil {
		return v, err
	}
	if v.Organ != staff(r).Organ {
		return v, notThere()
	}
	if err = s.Gate.Look(ctx, disclose.Look{By: staff(r), Party: v.Party, Case: v.Case, Purpose: disclose.ForDecision}); err != nil {
		return v, err
	}
	if v.Holder, err = party.Get(ctx, s.DB, v.Party); err != nil {
		return v, err
	}
	if v.Doc, err = s.itemOf(r, v.Licence); err != nil {
		return v, err
	}
	if v.Versions, err = licence.Versions(ctx, s.DB, v.ID); err != nil {
		return v, err
	}
	if v.Acts, err = licence.Acts(ctx, s.DB, v.ID); err != nil {
		return v, err
	}
	i := slices.IndexFunc(v.Acts, func(a licence.Act) bool { return a.State == licence.Proposed })
	if i < 0 {
		return v, nil
	}
	v.Open = &v.Acts[i]
	if v.Words, err = v.Open.Open(ctx, s.DB, s.Vault); err == nil {
		v.Said, _, err = v.Open.OpenSaid(ctx, s.DB, s.Vault)
	}
	return v, err
}

func (s *Surface) itemOf(r *http.Request, l licence.Licence) (*catalog.Item, error) {
	ci, err := casefile.GetItem(r.Context(), s.DB, l.CaseItem)
	if err != nil {
		return nil, err
	}
	v, err := catalog.Get(r.Context(), s.DB, ci.Version)
	return v.Doc(), err
}

func (s *Surface) showLicence(w http.ResponseWriter, r *http.Request) error {
	v, err := s.licenceOf(r)
	if err != nil {
		return err
	}
	return s.licencePage(w, r, v, nil, nil)
}

// licencePage shows a licence; in and wrong are what was typed below and what is wrong with it.
func (s *Surface) licencePage(w http.ResponseWriter, r *http.Request, v licenceView, in *page.Input, wrong error) error {
	p := page.Of(r)
	history, err := s.history(r, v)
	if err != nil {
		return err
	}
	fields := page.Refill(p, append(settleFields(p), saidField(p)), in, wrong)
	parts := []templ.Component{page.Summary(p, v.rows(p))}
	if v.Open != nil {
		parts = append(parts, s.waitingPart(p, v, fields)...)
	} else {
		parts = append(parts, card(p.T("after.acts.offered"), links(v.offered(p))))
	}
	parts = append(parts, links([]page.Link{{Text: p.T("after.contests"), Href: "/approver/contests/" + string(v.CaseItem)}}), card(p.T("after.history"), history))
	h := page.Head{Title: p.T("after.licence.of", "name", v.Name), Back: page.Link{Text: p.T("after.licences"), Href: "/approver/licences"}, Problems: page.Problems(p, fields, wrong)}
	return page.Show(w, r, statusOf(wrong), desk(p, h, parts...))
}

func statusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return page.Status(err)
}

func (v licenceView) rows(p *page.Page) []page.Row {
	until := p.T("after.no_end")
	if !v.ValidUntil.IsZero() {
		until = p.FullDate(calendar.DateOf(v.ValidUntil))
	}
	return []page.Row{{Label: p.T("after.column.licence"), Value: v.Number}, {Label: p.T("after.mark"), Value: string(v.Mark)}, {Label: p.T("after.holder"), Value: v.Holder.Name},
		{Label: p.T("after.column.state"), Part: stateTag(p, v.Licence)}, {Label: p.T("after.column.issued"), Value: p.When(v.Issued)}, {Label: p.T("after.until"), Value: until}}
}

// offered are the acts that fit the licence as it stands.
func (v licenceView) offered(p *page.Page) (out []page.Link) {
	for _, rule := range licence.Rules() {
		fits := slices.ContainsFunc(rule.Grounds, func(g licence.Ground) bool { return g.Applies(v.Licence, p.Now) })
		if rule.Fits(v.Licence, p.Now) && fits && (len(v.Doc.Result.Fields) > 0 || rule.Kind != licence.Alter && rule.Kind != licence.Correct) {
			out = append(out, page.Link{Text: p.T("after.act.offer", "act", p.T("after.act."+rule.Kind), "what", p.T("after.act.what."+rule.Kind)), Href: "/approver/licences/" + string(v.ID) + "/act/" + rule.Kind})
		}
	}
	return out
}

// history is what was done to the licence, and its former versions.
func (s *Surface) history(r *http.Request, v licenceView) (templ.Component, error) {
	p := page.Of(r)
	all := []page.Moment{{Title: p.T("after.issued"), At: p.When(v.Issued), State: page.Done}}
	for _, a := range v.Acts {
		by, err := s.who(r, a.By)
		if err != nil {
			return nil, err
		}
		second, err := s.who(r, a.Second)
		if err != nil {
			return nil, err
		}
		m := page.Moment{Title: p.T("after.act.state."+a.State, "act", p.T("after.act."+a.Kind)), At: p.When(a.At), Who: p.T("after.act.by", "first", by), Detail: groundWords(a), State: page.Now}
		if a.State != licence.Proposed {
			m.State, m.At, m.Who = page.Done, p.When(a.Settled), p.T("after.act.both", "first", by, "second", second)
		}
		all = append(all, m)
	}
	for _, x := range v.Versions {
		all = append(all, page.Moment{Title: p.T("after.version", "mark", string(x.Mark)), At: p.When(x.Ended), State: page.Done})
	}
	return page.Timeline(p, all), nil
}

func groundWords(a licence.Act) string {
	rule, _ := licence.RuleOf(a.Kind)
	g, _ := rule.Ground(a.Ground)
	return g.Words
}

// waitingPart is the act that waits: its words, what the holder said, and the second officer's decision.
func (s *Surface) waitingPart(p *page.Page, v licenceView, fields []page.Field) []templ.Component {
	a, base := v.Open, "/approver/licences/"+string(v.ID)
	rows := []page.Row{{Label: p.T("after.column.act"), Value: p.T("after.act." + a.Kind)}, {Label: p.T("after.act.ground"), Value: s.ground(p, *a)}, {Label: p.T("after.act.reason"), Value: v.Words.Reason}}
	for _, x := range []struct{ key, value string }{{"interests", v.Words.Interests}, {"pays", v.Words.Pays}, {"body", v.Words.Body}, {"decision", v.Words.Decision}, {"said", v.Said}} {
		if x.value != "" {
			rows = append(rows, page.Row{Label: p.T("after.act." + x.key), Value: x.value})
		}
	}
	for _, f := range v.Doc.Form {
		if value, ok := v.Words.Changes[f.Element]; ok {
			rows = append(rows, page.Row{Label: p.T("after.act.change.of", "field", f.Label), Value: f.Shown(value)})
		}
	}
	rows = append(rows, page.Row{Label: p.T("after.column.ripe"), Part: ripeness(p, *a)})
	parts := []templ.Component{card(p.T("after.acts.one"), page.Summary(p, rows))}
	if a.Hear > 0 {
		parts = append(parts, card(p.T("after.act.said"), ask(p, form{To: base + "/said", Label: p.T("after.act.said"), Fields: fields[1:],
			Acts: []page.Act{{Text: p.T("after.act.said.keep"), Look: page.Second}}})))
	}
	parts = append(parts, card(p.T("after.act.settle"), ask(p, form{To: base + "/settle", Label: p.T("after.act.settle"), Fields: []page.Field{fields[0], {Name: "act", Kind: page.Hidden, Value: string(a.ID)}},
		Acts: []page.Act{{Text: p.T("after.act.carry"), Name: "do", Value: "carry", Look: page.Main}, {Text: p.T("after.act.drop"), Name: "do", Value: "drop", Look: page.Second}}})))
	return parts
}

// ground cites what an act rests on.
func (s *Surface) ground(p *page.Page, a licence.Act) string {
	rule, _ := licence.RuleOf(a.Kind)
	g, _ := rule.Ground(a.Ground)
	return s.cite(p, g)
}

func (s *Surface) cite(p *page.Page, g licence.Ground) string {
	if g.Law == "" {
		return g.Words
	}
	return p.T("after.act.cite", "law", g.Law, "article", s.Press.Article(g.Article, 0, g.Paragraph, g.Point), "words", g.Words)
}

func settleFields(p *page.Page) []page.Field {
	return []page.Field{{Name: "note", Label: p.T("after.act.note"), Hint: p.T("after.act.note.hint"), Kind: page.LongText, Rows: 3, Optional: true}}
}

func saidField(p *page.Page) page.Field {
	return page.Field{Name: "words", Label: p.T("after.act.said.note"), Hint: p.T("after.act.said.hint"), Kind: page.LongText, Rows: 3, Optional: true}
}

// actFields are what a proposal asks.
func (s *Surface) actFields(p *page.Page, v licenceView, rule licence.Rule) []page.Field {
	ground := page.Field{Name: "ground", Label: p.T("after.act.ground"), Kind: page.Radio, Full: true}
	for _, g := range rule.Grounds {
		if g.Applies(v.Licence, p.Now) {
			ground.Options = append(ground.Options, page.Option{Value: g.ID, Text: s.cite(p, g), Hint: paysHint(p, g)})
		}
	}
	long := func(name string, optional bool) page.Field {
		return page.Field{Name: name, Label: p.T("after.act." + name), Hint: p.T("after.act." + name + ".hint"), Kind: page.LongText, Rows: 3, Optional: optional, Full: true}
	}
	out := []page.Field{ground, long("reason", false)}
	switch rule.Kind {
	case licence.Rescind, licence.Withdraw:
		out = append(out, long("interests", false), long("pays", true))
	case licence.Alter, licence.Correct:
		for _, f := range v.Doc.Form {
			if slices.Contains(v.Doc.Result.Fields, f.Element) {
				out = append(out, page.Field{Name: "change." + f.Element, Label: p.T("after.act.change.of", "field", f.Label), Optional: true})
			}
		}
	}
	if rule.Outside || rule.Kind == licence.Reverse || rule.Kind == licence.Rescind {
		for _, name := range []string{"body", "decision"} {
			out = append(out, page.Field{Name: name, Label: p.T("after.act." + name), Hint: p.T("after.act." + name + ".hint." + rule.Kind), Optional: !rule.Outside})
		}
	}
	return out
}

func paysHint(p *page.Page, g licence.Ground) string {
	if g.Pays == "" {
		return ""
	}
	return p.T("after.pays." + g.Pays)
}

func (s *Surface) askAct(w http.ResponseWriter, r *http.Request) error {
	return s.actPage(w, r, nil, nil)
}

func (s *Surface) actPage(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	v, err := s.licenceOf(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	rule, ok := licence.RuleOf(r.PathValue("kind"))
	if !ok || !rule.Fits(v.Licence, p.Now) && wrong == nil {
		return notThere()
	}
	fields := page.Refill(p, s.actFields(p, v, rule), in, wrong)
	base := "/approver/licences/" + string(v.ID)
	lead := p.T("after.act.lead." + rule.Kind)
	if rule.Hear > 0 {
		lead += p.T("after.act.heard", "n", rule.Hear)
	}
	h := page.Head{Title: p.T("after.act.of", "act", p.T("after.act."+rule.Kind), "name", v.Name), Lead: lead, Problems: page.Problems(p, fields, wrong), Back: page.Link{Text: v.Number, Href: base}}
	return page.Show(w, r, statusOf(wrong), desk(p, h, page.Summary(p, v.rows(p)), ask(p, form{To: base + "/act/" + rule.Kind, Label: p.T("after.act"), Fields: fields, Acts: []page.Act{{Text: p.T("after.act.propose"), Look: page.Main}}})))
}

func (s *Surface) propose(w http.ResponseWriter, r *http.Request) error {
	v, err := s.licenceOf(r)
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	changes := in.Under("change.")
	for k, x := range changes {
		if x == "" {
			delete(changes, k)
		}
	}
	o := issuance.ActOrder{By: staff(r), Licence: v.ID, Kind: r.PathValue("kind"), Ground: in.Text("ground"),
		Words: licence.ActWords{Reason: in.Long("reason"), Interests: in.Long("interests"), Pays: in.Long("pays"), Body: in.Text("body"), Decision: in.Text("decision"), Changes: changes}}
	if o.Submit, err = submit(r, in, "staff:"+string(o.By.ID), o.Digest()); err != nil {
		return err
	}
	if _, err = s.Press.Propose(r.Context(), o); again(err) {
		return s.actPage(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/approver/licences/"+string(v.ID))
}

func (s *Surface) settle(w http.ResponseWriter, r *http.Request) error {
	v, err := s.licenceOf(r)
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	x := issuance.Verdict{By: staff(r), Act: ref.ActID(in.Text("act")), Carry: in.Text("do") == "carry", Note: in.Long("note")}
	if x.Submit, err = submit(r, in, "staff:"+string(x.By.ID), string(x.Act), in.Text("do"), x.Note); err != nil {
		return err
	}
	if err = s.Press.Settle(r.Context(), x); again(err) {
		return s.licencePage(w, r, v, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/approver/licences/"+string(v.ID))
}

// noteStatement writes down what the holder said at the desk or by letter.
func (s *Surface) noteStatement(w http.ResponseWriter, r *http.Request) error {
	v, err := s.licenceOf(r)
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	if v.Open == nil {
		return fault.New(fault.Conflict, "after.act.settled")
	}
	actor := "staff:" + string(staff(r).ID)
	sub, err := submit(r, in, actor, string(v.Open.ID), in.Long("words"))
	if err != nil {
		return err
	}
	if err = s.Press.State(r.Context(), issuance.Statement{Submit: sub, Act: v.Open.ID, Party: v.Party, Words: in.Long("words"), By: actor}); again(err) {
		return s.licencePage(w, r, v, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/approver/licences/"+string(v.ID))
}

// myAct reads an act on a licence of the person's own; only the real-name level opens it.
func (s *Surface) myAct(r *http.Request) (a licence.Act, l licence.Licence, err error) {
	me := visitor(r)
	if a, err = licence.GetAct(r.Context(), s.DB, ref.ActID(r.PathValue("id"))); err != nil {
		return a, l, err
	}
	if !me.Real() || a.Party != me.Person && a.Party != me.For {
		return a, l, notThere()
	}
	l, err = licence.Get(r.Context(), s.DB, a.Licence)
	return a, l, err
}

func (s *Surface) askStatement(w http.ResponseWriter, r *http.Request) error {
	return s.statementPage(w, r, nil, nil)
}

// statementPage tells a holder what is going to be done, and takes what they say to it.
func (s *Surface) statementPage(w http.ResponseWriter, r *http.Request, in *page.Input, wrong error) error {
	a, l, err := s.myAct(r)
	if err != nil {
		return err
	}
	p := page.Of(r)
	words, err := a.Open(r.Context(), s.DB, s.Vault)
	if err != nil {
		return err
	}
	said, note, err := a.OpenSaid(r.Context(), s.DB, s.Vault)
	if err != nil {
		return err
	}
	rows := []page.Row{{Label: p.T("after.column.name"), Value: l.Name}, {Label: p.T("after.column.licence"), Value: l.Number}, {Label: p.T("after.act.reason"), Value: words.Reason}, {Label: p.T("after.act.ground"), Value: s.ground(p, a)}}
	for _, x := range []struct{ key, value string }{{"after.act.said", said}, {"after.act.answer", note}} {
		if x.value != "" {
			rows = append(rows, page.Row{Label: p.T(x.key), Value: x.value})
		}
	}
	parts := []templ.Component{page.Summary(p, rows)}
	fields := page.Refill(p, []page.Field{{Name: "words", Label: p.T("after.state.words"), Hint: p.T("after.state.hint"), Kind: page.LongText, Rows: 6}}, in, wrong)
	lead := p.T("after.state.ended."+a.State, "act", p.T("after.act."+a.Kind))
	if a.State == licence.Proposed && a.Hear > 0 {
		lead = p.T("after.state.lead", "act", p.T("after.act."+a.Kind), "n", a.Hear)
		if !a.Until.IsZero() {
			lead += p.T("after.state.until", "day", p.FullDate(lastDay(a)))
		}
		parts = append(parts, ask(p, form{To: "/me/act/" + string(a.ID), Label: p.T("after.state.title"), View: page.One, Fields: fields, Acts: []page.Act{{Text: p.T("after.state.send"), Look: page.Main}}}))
	}
	h := page.Head{Title: p.T("after.state.of", "act", p.T("after.act."+a.Kind)), Lead: lead, Problems: page.Problems(p, fields, wrong), Back: page.Link{Text: p.T("nav.space"), Href: "/me"}}
	return page.Show(w, r, statusOf(wrong), open(p, h, parts...))
}

func (s *Surface) state(w http.ResponseWriter, r *http.Request) error {
	a, _, err := s.myAct(r)
	if err != nil {
		return err
	}
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	actor := visitor(r).Actor()
	sub, err := submit(r, in, actor, in.Long("words"))
	if err != nil {
		return err
	}
	if err = s.Press.State(r.Context(), issuance.Statement{Submit: sub, Act: a.ID, Party: a.Party, Words: in.Long("words"), By: actor}); again(err) {
		return s.statementPage(w, r, in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/me/act/"+string(a.ID))
}
