package citizen

import (
	"cmp"
	"net/http"
	"strings"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/party"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/ref"
	"yimen/view/space"
	"yimen/web/page"
)

// ActKey is where a session's data holds under which mandate the person acts for another.
const ActKey = "mandate"

// proxyRoutes are the pages of acting for another (代办) and of signing together. Everything wants the real-name level.
func (s *Surface) proxyRoutes() []page.Route {
	party := []page.Role{page.Party}
	return []page.Route{
		{Method: "GET", Pattern: "/me/mandates", Roles: party, Handler: spaceKnown(s.mandates), Title: "proxy.title"},
		{Method: "GET", Pattern: "/me/mandates/new", Roles: party, Handler: spaceKnown(s.askMandate), Title: "proxy.new"},
		// Naming people is slow on purpose: nobody tries out numbers here.
		{Method: "POST", Pattern: "/me/mandates/new", Roles: party, Handler: spaceKnown(s.nameAgent), Title: "proxy.new", Rate: page.Rate{PerSecond: 0.05, Burst: 10}},
		{Method: "GET", Pattern: "/me/mandates/{id}", Roles: party, Handler: spaceKnown(s.mandate), Title: "proxy.one"},
		{Method: "POST", Pattern: "/me/mandates/{id}/answer", Roles: party, Handler: spaceKnown(s.answerOffer), Title: "proxy.one"},
		{Method: "POST", Pattern: "/me/mandates/{id}/end", Roles: party, Handler: spaceKnown(s.endMandate), Title: "proxy.one"},
		{Method: "GET", Pattern: "/me/mandates/{id}/pdf", Roles: party, Handler: spaceKnown(s.mandatePDF), Title: "proxy.letter"},
		{Method: "GET", Pattern: "/me/acting", Roles: party, Handler: spaceKnown(s.acting), Title: "proxy.acting"},
		{Method: "POST", Pattern: "/me/acting", Roles: party, Handler: spaceKnown(s.switchActing), Title: "proxy.acting"},
		{Method: "GET", Pattern: "/me/sign/{id}", Roles: party, Handler: spaceKnown(s.askSign), Title: "proxy.sign"},
		{Method: "POST", Pattern: "/me/sign/{id}", Roles: party, Handler: spaceKnown(s.sign), Title: "proxy.sign"},
		{Method: "GET", Pattern: "/draft/{id}/signers", Roles: party, Handler: s.signers, Title: "proxy.signers"},
		{Method: "POST", Pattern: "/draft/{id}/signers", Roles: party, Handler: s.changeSigners, Title: "proxy.signers", Rate: page.Rate{PerSecond: 0.1, Burst: 20}},
	}
}

// own keeps a page of the person's own space apart from acting for another: it says first that one is acting.
func own(inner page.Handler) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if me(r).Mandate == "" {
			return inner(w, r)
		}
		return page.Redirect(w, r, "/me/acting")
	}
}

// mandates lists whom the person lets act, for whom they act, and what waits for them.
func (s *Surface) mandates(w http.ResponseWriter, r *http.Request) error {
	a, err := s.Space.Acting(r.Context(), me(r))
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, mandatesPage(page.Of(r), a))
}

// mandateTask is a mandate as a line of a list.
func mandateTask(p *page.Page, m space.Mandated, name string) page.Task {
	t := page.Task{Title: name, Href: "/me/mandates/" + m.ID, Hint: mandateScope(p, m) + p.T("proxy.stop") + mandateTime(p, m), Status: p.T("proxy.state." + string(m.State)), Tone: page.Info}
	switch m.State {
	case party.Live:
		t.Tone = page.Good
	case party.Offered:
		t.Tone = page.Warn
	case party.Ended:
		t.Status = p.T("proxy.ended." + m.EndedHow)
	}
	return t
}

func mandateScope(p *page.Page, m space.Mandated) string {
	switch {
	case m.Number != "":
		return p.T("proxy.scope.case", "number", m.Number.Format())
	case m.Items == nil:
		return p.T("proxy.scope.all")
	}
	return strings.Join(m.Items, p.T("proxy.comma"))
}

func mandateTime(p *page.Page, m space.Mandated) string {
	return p.T("proxy.time", "from", day(p, m.From), "until", p.FullDate(calendar.DateOf(m.Until)-1))
}

func actWords(p *page.Page, acts []party.Act) string {
	var out []string
	for _, a := range acts {
		out = append(out, p.T("proxy.act."+string(a)))
	}
	return strings.Join(out, p.T("proxy.comma"))
}

// mandateRows are a mandate in full.
func mandateRows(p *page.Page, m space.Mandated) []page.Row {
	shows := "proxy.shows.no"
	if m.Shows {
		shows = "proxy.shows.yes"
	}
	status := p.T("proxy.state." + string(m.State))
	if m.State == party.Ended {
		status = p.T("proxy.ended."+m.EndedHow) + " " + p.When(m.Ended)
	}
	return []page.Row{
		{Label: p.T("proxy.principal"), Value: m.Whom},
		{Label: p.T("proxy.agent"), Value: m.Name},
		{Label: p.T("proxy.scope"), Value: mandateScope(p, m)},
		{Label: p.T("proxy.acts"), Value: actWords(p, m.ActList())},
		{Label: p.T("proxy.shows"), Value: p.T(shows)},
		{Label: p.T("proxy.period"), Value: mandateTime(p, m)},
		{Label: p.T("proxy.arose"), Value: p.T("proxy.arose." + string(m.Arose)), Note: p.When(m.Made)},
		{Label: p.T("proxy.status"), Value: status},
	}
}

// newMandate is the form by which one lets somebody act.
type newMandate struct {
	For      string // whose space it is: a hidden field, since two windows share a session
	Query    string
	Item     string
	Fields   []page.Field
	Problems []page.Problem
}

func (s *Surface) askMandate(w http.ResponseWriter, r *http.Request) error {
	v, err := s.newMandate(r, nil, nil)
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, newMandatePage(page.Of(r), v))
}

// mostOffered is how many items and cases the form offers to choose from.
const mostOffered = 8

func (s *Surface) newMandate(r *http.Request, in *page.Input, wrong error) (newMandate, error) {
	p, q := page.Of(r), page.Query(r)
	v := newMandate{For: string(me(r).For), Query: cut(q.Text("q"), longestQuery), Item: q.Text("item")}
	items, err := s.itemOptions(r, v)
	if err != nil {
		return v, err
	}
	scopes, err := s.scopeOptions(r)
	if err != nil {
		return v, err
	}
	year := calendar.DateOf(p.Now.AddDate(1, 0, 0)) - 1
	v.Fields = []page.Field{
		{Name: "name", Label: p.T("proxy.agent.name"), Hint: p.T("proxy.agent.name.hint")},
		{Name: "number", Label: p.T("proxy.agent.number"), Kind: page.IDNumber, Hint: p.T("proxy.agent.number.hint")},
		{Name: "scope", Label: p.T("proxy.scope"), Kind: page.Radio, Options: scopes, Value: "items"},
		{Name: "items", Label: p.T("proxy.items"), Hint: p.T("proxy.items.hint"), Kind: page.Checks, Options: items, Optional: true},
		{Name: "acts", Label: p.T("proxy.acts"), Kind: page.Checks, Options: actOptions(p)},
		{Name: "until", Label: p.T("proxy.until"), Hint: p.T("proxy.until.hint"), Kind: page.Date, Value: year.String()},
		{Name: "shows", Label: p.T("proxy.shows.confirm"), Kind: page.Confirm, Optional: true},
	}
	if v.Item != "" {
		v.Fields[3].Values = []string{v.Item}
	}
	v.Fields = page.Refill(p, v.Fields, in, wrong)
	v.Problems = page.Problems(p, v.Fields, wrong)
	return v, nil
}

func actOptions(p *page.Page) (out []page.Option) {
	for _, a := range party.Acts() {
		out = append(out, page.Option{Value: string(a), Text: p.T("proxy.act." + string(a))})
	}
	return out
}

// itemOptions are items found by words, with the one that led here first.
func (s *Surface) itemOptions(r *http.Request, v newMandate) (out []page.Option, err error) {
	if v.Item != "" {
		row, err := catalog.GetRow(r.Context(), s.DB, ref.ItemID(v.Item))
		if err != nil {
			return nil, err
		}
		out = append(out, page.Option{Value: v.Item, Text: row.Name})
	}
	found, err := catalog.Find(r.Context(), s.DB, catalog.Looking{Words: v.Query, Limit: mostOffered})
	for _, row := range found {
		if string(row.ID) != v.Item {
			out = append(out, page.Option{Value: string(row.ID), Text: row.Name})
		}
	}
	return out, err
}

const caseScope = "case:"

// scopeOptions are all items, chosen ones, or one of the party's cases under way.
func (s *Surface) scopeOptions(r *http.Request) ([]page.Option, error) {
	p := page.Of(r)
	out := []page.Option{{Value: "items", Text: p.T("proxy.scope.items")}, {Value: "all", Text: p.T("proxy.scope.all")}}
	cases, err := casefile.ByParty(r.Context(), s.DB, me(r).For, mostOffered)
	for _, c := range cases {
		row, failed := catalog.GetRow(r.Context(), s.DB, c.Item)
		if failed != nil {
			return nil, failed
		}
		out = append(out, page.Option{Value: caseScope + string(c.ID), Text: p.T("proxy.scope.case", "number", c.Number.Format()), Hint: row.Name})
	}
	return out, err
}

// scopeOf reads a scope; what cannot be is said by the process.
func scopeOf(in *page.Input) intake.Scope {
	x := intake.Scope{Shows: in.Text("shows") == "yes"}
	for _, a := range in.All("acts") {
		x.Acts = append(x.Acts, party.Act(a))
	}
	x.Until, _ = calendar.ParseDate(in.Date("until"))
	id, one := strings.CutPrefix(in.Text("scope"), caseScope)
	switch {
	case one:
		x.Case = ref.CaseID(id)
	case in.Text("scope") != "all":
		x.Items = []ref.ItemID{}
		for _, id := range in.All("items") {
			x.Items = append(x.Items, ref.ItemID(id))
		}
	}
	return x
}

func (s *Surface) nameAgent(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	if err := sameSpace(in, me(r)); err != nil {
		return err
	}
	sub, err := submitOf(r, in, "POST /me/mandates/new", in.Text("name"), in.Compact("number"), in.Text("scope"), strings.Join(in.All("items"), " "), strings.Join(in.All("acts"), " "))
	if err != nil {
		return err
	}
	id, err := s.Desk.NameAgent(r.Context(), intake.Naming{Submit: sub, Me: me(r), Name: in.Text("name"), Number: in.Compact("number"), Scope: scopeOf(in)})
	if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.TooMany) {
		if k == fault.TooMany { // said beside the field: nothing typed is lost
			e := fault.As(err)
			err = fault.Bad(fault.Field{Name: "name", Key: e.Key, Args: e.Args})
		}
		v, failed := s.newMandate(r, in, err)
		if failed != nil {
			return failed
		}
		return page.Show(w, r, http.StatusUnprocessableEntity, newMandatePage(page.Of(r), v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/me/mandates/"+id+"?sent=1")
}

// oneMandate is a mandate with what this side of it may do.
type oneMandate struct {
	space.Mandated
	Sent    bool
	Offered bool // waits for this person's answer
	Ends    bool // this side may end it
	Acts    bool // the person may act under it now
	Window  bool // the ward's: a window ends it
}

func (s *Surface) mandate(w http.ResponseWriter, r *http.Request) error {
	who := me(r)
	m, err := s.Space.Mandate(r.Context(), who, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := oneMandate{Mandated: m, Sent: page.Query(r).Has("sent")}
	principal, agent := m.Principal == who.For, m.Agent != "" && m.Agent == who.Person
	runs := m.State == party.Live || m.State == party.Later || m.State == party.Offered
	v.Offered = !principal && m.State == party.Offered
	v.Window = principal && m.Arose.Guardian()
	v.Ends = runs && (principal && !v.Window || agent)
	v.Acts = agent && m.State == party.Live && m.Case == ""
	return page.Show(w, r, http.StatusOK, mandatePage(page.Of(r), v))
}

func (s *Surface) answerOffer(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.Desk.AnswerOffer(r.Context(), me(r), id, in.Text("accept") == "yes"); err != nil {
		return err
	}
	return page.Redirect(w, r, "/me/mandates")
}

func (s *Surface) endMandate(w http.ResponseWriter, r *http.Request) error {
	if _, err := page.Read(r); err != nil {
		return err
	}
	if err := s.Desk.EndMandate(r.Context(), me(r), r.PathValue("id")); err != nil {
		return err
	}
	return page.Redirect(w, r, "/me/mandates")
}

// mandatePDF is the letter of authority (授权委托书) to print and sign.
func (s *Surface) mandatePDF(w http.ResponseWriter, r *http.Request) error {
	m, err := s.Space.Mandate(r.Context(), me(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	p := page.InChinese(r)
	return mandateLetter(p, m).Serve(w, r, p, p.T("proxy.letter"))
}

func mandateLetter(p *page.Page, m space.Mandated) page.Paper {
	return page.Paper{Title: p.T("proxy.letter"), Lead: p.T("proxy.letter.lead", "principal", m.Whom, "agent", m.Name), Facts: mandateRows(p, m)[:7], Made: m.Made,
		Parts: []page.PaperPart{
			{ID: "says", Title: p.T("proxy.letter.says"), Points: []string{p.T("proxy.letter.bound"), p.T("proxy.letter.revoke"), p.T("proxy.letter.further")}},
			{ID: "signed", Title: p.T("proxy.letter.signed"), Facts: []page.Row{
				{Label: p.T("proxy.principal"), Value: p.T("proxy.letter.line")}, {Label: p.T("proxy.agent"), Value: p.T("proxy.letter.line")}}},
		}}
}

// actingView is what an agent has before them: for whom they act, what lies in hand, and what they handed in.
type actingView struct {
	Now    *space.Mandated // nil: nobody
	Held   []space.Mandated
	Drafts []page.Task
	Cases  []page.Task
	Turn   spaceTurn
}

func (s *Surface) acting(w http.ResponseWriter, r *http.Request) error {
	p, ctx, who := page.Of(r), r.Context(), me(r)
	after, err := spaceKey(r)
	if err != nil {
		return err
	}
	all, err := s.Space.Acting(ctx, who)
	if err != nil {
		return err
	}
	v := actingView{}
	for _, m := range all.Held {
		if m.ID == who.Mandate {
			v.Now = &m
		} else if m.State == party.Live && m.Case == "" {
			v.Held = append(v.Held, m)
		}
	}
	drafts, err := s.Space.ActedDrafts(ctx, who)
	if err != nil {
		return err
	}
	for _, d := range drafts {
		v.Drafts = append(v.Drafts, spaceDraft(p, d))
	}
	if err := s.actedCases(r, &v, after); err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, actingPage(p, v))
}

func (s *Surface) actedCases(r *http.Request, v *actingView, after space.Key) error {
	p := page.Of(r)
	rows, next, err := s.Space.ActedCases(r.Context(), me(r), after)
	if err != nil {
		return err
	}
	v.Turn = spaceTurnOf(p, next)
	if after.ID == "" {
		more, err := s.Space.Followed(r.Context(), me(r))
		if err != nil {
			return err
		}
		rows = append(more, rows...)
	}
	for _, c := range rows {
		t := page.Task{Title: spaceItem(p, c.Item), Href: "/me/case/" + string(c.ID), Hint: p.T("proxy.acted.hint", "name", c.Name, "number", c.Number.Format(), "at", p.When(c.Received)),
			Status: p.T("proxy.acted.over"), Tone: page.Plain}
		if c.Follows {
			t.Status, t.Tone = p.T("citizen.stage."+string(c.Stage)), spaceTone(c.Stage)
		}
		v.Cases = append(v.Cases, t)
	}
	return nil
}

// switchActing begins to act under a mandate, or stops. One that is not the person's is not there.
func (s *Surface) switchActing(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	who := me(r)
	who.Mandate, who.Principal, who.For = "", "", who.Person
	if id := in.Text("mandate"); id != "" {
		if who, err = intake.Acting(r.Context(), s.DB, who, id, page.Of(r).Now); err != nil {
			return err
		}
		if who.Mandate == "" {
			return fault.New(fault.NotFound, "fault.not_found")
		}
	}
	if err := s.visit(w, r, who); err != nil {
		return err
	}
	if who.Mandate == "" {
		return page.Redirect(w, r, "/me/mandates")
	}
	return page.Redirect(w, r, cmp.Or(page.Local(in.Text("next")), "/me/acting"))
}

// actFor has every page of this answer say for whom the person acts.
func (s *Surface) actFor(r *http.Request, principal ref.PartyID) error {
	x, err := party.Get(r.Context(), s.DB, principal)
	page.Of(r).Actor.For = x.Name
	return err
}
