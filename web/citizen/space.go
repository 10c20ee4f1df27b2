package citizen

import (
	"net/http"
	"net/url"

	"yimen/domain/casefile"
	"yimen/domain/identity"
	"yimen/domain/party"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/view/space"
	"yimen/web/page"
	"yimen/web/text"
)

// spaceRoutes are the pages of 我的空间. What is held on a person opens at the real-name level
// only; drafts and cases begun on the phone are listed without it.
func (s *Surface) spaceRoutes() []page.Route {
	party := []page.Role{page.Party}
	routes := []page.Route{
		{Method: "GET", Pattern: "/me", Roles: party, Handler: s.space, Title: "me.title"},
		{Method: "POST", Pattern: "/me/for", Roles: party, Handler: s.spaceFor, Title: "me.whose"},
		{Method: "GET", Pattern: "/me/data", Roles: party, Handler: spaceKnown(s.spaceData), Title: "me.data"},
		{Method: "POST", Pattern: "/me/data/show", Roles: party, Handler: spaceKnown(s.spaceShow), Title: "me.data", Rate: page.Rate{PerSecond: 0.5, Burst: 10}},
		{Method: "POST", Pattern: "/me/data/wrong", Roles: party, Handler: spaceKnown(s.spaceWrong), Title: "me.data", Rate: page.Rate{PerSecond: 0.1, Burst: 10}},
		{Method: "GET", Pattern: "/me/licences", Roles: party, Handler: spaceKnown(s.spaceLicences), Title: "me.licences"},
		{Method: "GET", Pattern: "/me/licences/{id}/pdf", Roles: party, Handler: spaceKnown(s.spaceLicence), Title: "me.licences"},
		{Method: "GET", Pattern: "/me/licences/{id}/copy", Roles: party, Handler: spaceKnown(s.askCopy), Title: "copy.order"},
		{Method: "POST", Pattern: "/me/licences/{id}/copy", Roles: party, Handler: spaceKnown(s.orderCopy), Title: "copy.order", Rate: page.Rate{PerSecond: 0.05, Burst: 10}},
		{Method: "GET", Pattern: "/me/copies/{id}/pdf", Roles: party, Handler: spaceKnown(s.copyPaper), Title: "copy.order"},
		{Method: "GET", Pattern: "/me/notices", Roles: party, Handler: s.notices, Title: "me.notices"},
		{Method: "GET", Pattern: "/me/materials", Roles: party, Handler: spaceKnown(s.spaceMaterials), Title: "me.materials"},
		{Method: "GET", Pattern: "/me/materials/{id}", Roles: party, Handler: spaceKnown(s.spaceMaterial), Title: "me.materials"},
		{Method: "GET", Pattern: "/me/cases", Roles: party, Handler: s.spaceCases, Title: "me.cases"},
		{Method: "GET", Pattern: "/me/drafts", Roles: party, Handler: s.spaceDrafts, Title: "me.drafts"},
		{Method: "GET", Pattern: "/me/looks", Roles: party, Handler: spaceKnown(s.spaceLooks), Title: "me.looks"},
		{Method: "POST", Pattern: "/me/looks/{id}/object", Roles: party, Handler: spaceKnown(s.spaceObject), Title: "me.looks", Rate: page.Rate{PerSecond: 0.2, Burst: 20}},
		{Method: "GET", Pattern: "/me/credit", Roles: party, Handler: spaceKnown(s.spaceCredit), Title: "me.credit"},
		{Method: "POST", Pattern: "/me/credit/{id}", Roles: party, Handler: spaceKnown(s.plead), Title: "me.credit", Rate: page.Rate{PerSecond: 0.1, Burst: 10}},
		{Method: "GET", Pattern: "/me/devices", Roles: party, Handler: s.spaceDevices, Title: "me.devices"},
		{Method: "POST", Pattern: "/me/devices/{id}/remove", Roles: party, Handler: s.spaceRemove, Title: "me.devices"},
		{Method: "GET", Pattern: "/me/download", Roles: party, Handler: spaceKnown(s.spaceAskTake), Title: "me.download"},
		{Method: "POST", Pattern: "/me/download", Roles: party, Handler: spaceKnown(s.spaceTake), Title: "me.download", Rate: page.Rate{PerSecond: 0.05, Burst: 5}},
	}
	for i, t := range routes {
		if t.Method == http.MethodGet { // while somebody acts for another, their own space stays shut
			routes[i].Handler = own(t.Handler)
		}
	}
	return routes
}

// known lets through who proved who they are; others read that this comes first.
func spaceKnown(inner page.Handler) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if me(r).Real() {
			return inner(w, r)
		}
		p := page.Of(r)
		if r.Method != http.MethodGet {
			return page.Redirect(w, r, realAt("/me"))
		}
		return page.Show(w, r, http.StatusOK, spaceUnsurePage(p, realAt(p.Path)))
	}
}

// realAt is where one proves who one is, to come back after it.
func realAt(next string) string { return "/signin/real?next=" + url.QueryEscape(next) }

// spaceBack leads from a page of the space to its front page.
func spaceBack(p *page.Page) page.Link { return page.Link{Text: p.T("me.title"), Href: "/me"} }

// spaceKey reads where a list goes on.
func spaceKey(r *http.Request) (space.Key, error) {
	parts, err := page.After(page.Query(r).Text("after"), 2)
	if err != nil {
		return space.Key{}, err
	}
	return space.ReadKey(parts)
}

// turn is a list's way on.
type spaceTurn struct{ Next, First string }

func spaceTurnOf(p *page.Page, next space.Key) spaceTurn {
	t := spaceTurn{First: page.FirstPage(p)}
	if parts := next.Parts(); parts != nil {
		t.Next = page.NextPage(p, page.Cursor(parts...))
	}
	return t
}

// sameSpace refuses a form that was opened in another space than the session is in now: two
// windows of one browser share a session.
func sameSpace(in *page.Input, who identity.Me) error {
	if in.Text("for") != string(who.For) {
		return fault.New(fault.Conflict, "me.other_space")
	}
	return nil
}

// spaceView is the front page.
type spaceView struct {
	*space.Overview
	Waits, Going []page.Task
	Doors        []spaceDoor
	Real         string // where one proves who one is
}

// spaceDoor leads to a page of the space.
type spaceDoor struct{ Href, Title, Text string }

func (s *Surface) space(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	o, err := s.Space.Overview(r.Context(), me(r))
	if err != nil {
		return err
	}
	v := spaceView{Overview: o, Real: realAt("/me")}
	for _, c := range o.Returned {
		v.Waits = append(v.Waits, page.Task{Title: spaceItem(p, c.Item), Href: spaceCaseAt(c), Hint: p.T("me.returned", "number", c.Number.Format()), Status: p.T("citizen.stage.returned"), Tone: page.Warn})
	}
	for _, d := range o.Drafts {
		v.Waits = append(v.Waits, spaceDraft(p, d))
	}
	for _, c := range o.Going {
		v.Going = append(v.Going, spaceCase(p, c))
	}
	unread, err := s.unread(r)
	if err != nil {
		return err
	}
	v.Doors = spaceDoors(p, o, unread)
	return page.Show(w, r, http.StatusOK, spacePage(p, v))
}

func spaceDoors(p *page.Page, o *space.Overview, unread int) []spaceDoor {
	count := func(key string, n int64) string {
		if o.Unsure {
			return p.T("me.door.unsure")
		}
		return p.T(key, "n", page.Thousands(n))
	}
	return []spaceDoor{
		{"/me/notices", p.T("me.notices"), p.T("me.door.notices", "n", unread)},
		{"/me/data", p.T("me.data"), p.T("me.door.data")},
		{"/me/licences", p.T("me.licences"), count("me.door.licences", o.Licences)},
		{"/me/after", p.T("me.after"), p.T("after.mine.lead")},
		{"/me/materials", p.T("me.materials"), count("me.door.materials", o.Materials)},
		{"/me/cases", p.T("me.cases"), p.T("me.door.cases", "n", page.Thousands(o.Open))},
		{"/me/drafts", p.T("me.drafts"), p.T("me.door.drafts", "n", len(o.Drafts))},
		{"/me/mandates", p.T("proxy.title"), p.T("proxy.door")},
		{"/me/looks", p.T("me.looks"), p.T("me.door.looks")},
		{"/me/credit", p.T("me.credit"), p.T("me.door.credit")},
		{"/me/download", p.T("me.download"), p.T("me.door.download")},
		{"/me/devices", p.T("me.devices"), p.T("me.door.devices")},
	}
}

// spaceFor goes over to a company's space, or back to one's own.
func (s *Surface) spaceFor(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	who := me(r)
	if !who.Real() {
		return page.Redirect(w, r, realAt("/me"))
	}
	who.For = who.Person
	if id := ref.PartyID(in.Text("company")); id != "" {
		speaks, err := party.SpeaksFor(r.Context(), s.DB, who.Person, id)
		if err != nil {
			return err
		}
		if !speaks {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		who.For = id
	}
	if err := s.visit(w, r, who); err != nil {
		return err
	}
	return page.Redirect(w, r, "/me")
}

func spaceCaseAt(c space.Case) string { return "/me/case/" + string(c.ID) }

// spaceCase is a case as a line of a list: its stage, and until when there is an answer.
func spaceCase(p *page.Page, c space.Case) page.Task {
	t := page.Task{Title: spaceItem(p, c.Item), Href: spaceCaseAt(c), Status: p.T("citizen.stage." + string(c.Stage)), Tone: spaceTone(c.Stage)}
	t.Hint = p.T("me.case.hint", "number", c.Number.Format(), "at", p.When(c.Received)) + " " + spaceClock(p, c)
	if c.Late(p.Now) {
		t.Tone = page.Danger
	}
	return t
}

func spaceTone(s casefile.Stage) page.Tone {
	if t := tones[s]; t != page.Plain {
		return t
	}
	return page.Info
}

// spaceClock says until when, and how many working days that leaves.
func spaceClock(p *page.Page, c space.Case) string {
	switch {
	case !c.Closed.IsZero():
		return p.T("me.case.closed", "day", day(p, c.Closed))
	case c.Late(p.Now):
		return p.T("me.case.late", "day", day(p, c.Due), "n", max(-c.Left, 1))
	case c.Clock && c.Provisional:
		return p.T("me.case.due_provisional", "day", day(p, c.Due), "n", max(c.Left, 0))
	case c.Clock:
		return p.T("me.case.due", "day", day(p, c.Due), "n", max(c.Left, 0))
	case c.Stage == casefile.Returned:
		return p.T("me.case.paused")
	}
	return ""
}

// sourceWords says where something comes from: a message key or an organ's name.
func sourceWords(p *page.Page, source string) string {
	if text.Has(source) {
		return p.T(source)
	}
	return source
}

// describedBy ties a button that stands on a page many times to what it is about.
func describedBy(id string) map[string]any { return map[string]any{"aria-describedby": id} }
