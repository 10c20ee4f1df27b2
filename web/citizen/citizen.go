// Package citizen is what people see: what can be done here, how, and how far their own case has come.
//
// It holds that every page works with scripts off and prints whole; that a case is shown only to a browser that gave its
// number and its query code, which is remembered on the server and never stands in an address; that a wrong number and a
// wrong code get the same answer.
package citizen

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/once"
	"yimen/foundation/session"
	"yimen/process/disclose"
	"yimen/process/inform"
	"yimen/process/intake"
	"yimen/process/issuance"
	"yimen/process/signin"
	"yimen/ref"
	"yimen/view/casepage"
	"yimen/view/prefill"
	"yimen/view/space"
	"yimen/web/page"
)

// Surface is what the citizens' pages need.
type Surface struct {
	DB       db.Reader
	Cases    *casepage.View
	Press    *issuance.Press         // fetches sealed papers; its Host stands in QR codes
	Code     func(ref.CaseID) string // the query code printed on a case's receipt
	Desk     *intake.Desk
	Outside  *signin.Outside
	Vault    *crypto.Vault
	Prefill  *prefill.View
	Answered func(ctx context.Context, s once.Submit) (string, error) // the answer of a submit done before, "" if there is none
	Visits   session.Keeper                                           // of people signed in from outside
	Sessions session.Keeper                                           // its cookie's name gets "-query" added, so that looking up a case signs no clerk out
	Gate     *disclose.Gate
	Space    *space.View
	Post     *inform.Post // messages on a case, nil: none
}

// Routes are the citizens' pages.
func (s *Surface) Routes() []page.Route {
	anyone, party := []page.Role{page.Anyone}, []page.Role{page.Party}
	return slices.Concat(s.spaceRoutes(), s.proxyRoutes(), []page.Route{
		{Method: "GET", Pattern: "/{$}", Roles: anyone, Handler: s.home, Title: "citizen.home"},
		{Method: "GET", Pattern: "/signin", Roles: anyone, Handler: s.askPhone, Title: "visit.title"},
		// A hall's people share an address, so the phone's own limits are the sharper ones (domain/identity).
		{Method: "POST", Pattern: "/signin", Roles: anyone, Handler: s.sendCode, Title: "visit.title", Rate: page.Rate{PerSecond: 0.2, Burst: 20}},
		{Method: "GET", Pattern: "/signin/code", Roles: anyone, Handler: s.askCode, Title: "visit.code"},
		{Method: "POST", Pattern: "/signin/code", Roles: anyone, Handler: s.enterCode, Title: "visit.code", Rate: page.Rate{PerSecond: 0.5, Burst: 30}},
		{Method: "POST", Pattern: "/signout", Roles: anyone, Handler: s.signOut, Title: "page.sign_out"},
		{Method: "POST", Pattern: "/signin/stay", Roles: party, Handler: s.stay, Title: "visit.title"},
		{Method: "GET", Pattern: "/signin/real", Roles: party, Handler: s.askReal, Title: "visit.real"},
		{Method: "POST", Pattern: "/signin/link", Roles: party, Handler: s.link, Title: "visit.real", Rate: page.Rate{PerSecond: 0.1, Burst: 10}},
		{Method: "POST", Pattern: "/signin/linked", Roles: party, Handler: s.linked, Title: "visit.real"},
		{Method: "POST", Pattern: "/signin/provider/{provider}", Roles: party, Handler: s.leaveForProvider, Title: "visit.real", Rate: page.Rate{PerSecond: 0.2, Burst: 10}},
		{Method: "GET", Pattern: "/signin/back", Roles: party, Handler: s.back, Title: "visit.real"},
		{Method: "GET", Pattern: "/items", Roles: anyone, Handler: s.items, Title: "citizen.items"},
		{Method: "GET", Pattern: "/life/{id}", Roles: anyone, Handler: s.life, Title: "life.title"},
		{Method: "GET", Pattern: "/item/{id}/can", Roles: anyone, Handler: s.can, Title: "can.title"},
		{Method: "POST", Pattern: "/item/{id}/can", Roles: anyone, Handler: s.answerCan, Title: "can.title"},
		{Method: "GET", Pattern: "/item/{id}", Roles: anyone, Handler: s.guide, Title: "citizen.guide"},
		{Method: "GET", Pattern: "/item/{id}/pdf", Roles: anyone, Handler: s.guidePDF, Title: "citizen.guide", Rate: page.Rate{PerSecond: 5, Burst: 60}},
		{Method: "GET", Pattern: "/item/{id}/sample/{material}", Roles: anyone, Handler: s.sample, Title: "card.samples", Rate: page.Rate{PerSecond: 5, Burst: 60}},
		{Method: "GET", Pattern: "/apply/{item}", Roles: anyone, Handler: s.apply, Title: "apply.begin"},
		{Method: "POST", Pattern: "/apply/{item}", Roles: party, Handler: s.begin, Title: "apply.begin", Rate: page.Rate{PerSecond: 0.5, Burst: 30}},
		{Method: "GET", Pattern: "/draft/{id}", Roles: party, Handler: s.resume, Title: "apply.begin"},
		{Method: "GET", Pattern: "/draft/{id}/check", Roles: party, Handler: s.check, Title: "apply.check"},
		{Method: "POST", Pattern: "/draft/{id}/submit", Roles: party, Handler: s.submit, Title: "apply.check"},
		{Method: "GET", Pattern: "/draft/{id}/drop", Roles: party, Handler: s.askDrop, Title: "apply.drop"},
		{Method: "POST", Pattern: "/draft/{id}/drop", Roles: party, Handler: s.dropDraft, Title: "apply.drop"},
		{Method: "GET", Pattern: "/draft/{id}/file/{material}", Roles: party, Handler: s.file, Title: "apply.papers"},
		{Method: "GET", Pattern: "/draft/{id}/{step}", Roles: party, Handler: s.showStep, Title: "apply.begin"},
		{Method: "POST", Pattern: "/draft/{id}/{step}", Roles: party, Handler: s.keepStep, Title: "apply.begin", Body: filesBody},
		{Method: "GET", Pattern: "/me/case/{id}", Roles: party, Handler: s.myCase, Title: "citizen.case"},
		{Method: "GET", Pattern: "/me/case/{id}/done", Roles: party, Handler: s.done, Title: "apply.done"},
		{Method: "GET", Pattern: "/me/case/{id}/document/{document}", Roles: party, Handler: s.myDocument, Title: "citizen.document"},
		{Method: "POST", Pattern: "/me/case/{id}/message", Roles: party, Handler: s.say, Title: "case.talk"},
		{Method: "GET", Pattern: "/me/case/{id}/clock", Roles: party, Handler: s.myClock, Title: "proof.title"},
		{Method: "GET", Pattern: "/me/case/{id}/clock.pdf", Roles: party, Handler: s.myClockPDF, Title: "proof.title"},
		{Method: "GET", Pattern: "/me/case/{id}/withdraw", Roles: party, Handler: s.askWithdraw, Title: "withdraw.title"},
		{Method: "POST", Pattern: "/me/case/{id}/withdraw", Roles: party, Handler: s.withdraw, Title: "withdraw.title"},
		{Method: "GET", Pattern: "/me/case/{id}/fix", Roles: party, Handler: s.askFix, Title: "fix.title"},
		{Method: "POST", Pattern: "/me/case/{id}/fix", Roles: party, Handler: s.fix, Title: "fix.title", Body: filesBody},
		{Method: "GET", Pattern: "/progress", Roles: anyone, Handler: s.askProgress, Title: "citizen.progress"},
		// Ten at once and then one in five seconds, by address: people mistype, and 31^8 codes stay out of reach.
		{Method: "POST", Pattern: "/progress", Roles: anyone, Handler: s.findProgress, Title: "citizen.progress", Rate: page.Rate{PerSecond: 0.2, Burst: 10}},
		{Method: "GET", Pattern: "/progress/case", Roles: anyone, Handler: s.showCase, Title: "citizen.case"},
		{Method: "GET", Pattern: "/progress/document/{id}", Roles: anyone, Handler: s.document, Title: "citizen.document"},
		{Method: "POST", Pattern: "/progress/leave", Roles: anyone, Handler: s.leave, Title: "citizen.leave"},
	})
}

// entry is an item in a list.
type entry struct {
	ID      ref.ItemID
	Name    string // in the page's language where there is one
	Chinese string // the Chinese name, when Name is another
	Summary string
	Organ   string
	Time    string
	Other   string // everyday words
}

// pageful is how many items one page lists.
const pageful = 30

// side is for whom items are shown: person, company, or "" for all.
func side(in *page.Input) catalog.Side {
	if v := catalog.Side(in.Text("for")); v == catalog.Person || v == catalog.Company {
		return v
	}
	return ""
}

// suits says whether an item is for this side.
func suits(audience string, side catalog.Side) bool {
	return slices.ContainsFunc(strings.Split(audience, ","), func(a string) bool {
		return (ref.Audience(a) == ref.AudienceNatural) == (side == catalog.Person)
	})
}

// found reads items for a list, and whether there are more.
func (s *Surface) found(ctx context.Context, p *page.Page, q catalog.Looking) (out []entry, more bool, err error) {
	most := q.Limit
	q.Limit++
	rows, err := catalog.Find(ctx, s.DB, q)
	if err != nil {
		return nil, false, err
	}
	out, err = s.entries(ctx, p, rows[:min(len(rows), most)])
	return out, len(rows) > most, err
}

func (s *Surface) entries(ctx context.Context, p *page.Page, rows []catalog.Row) (out []entry, err error) {
	organs, err := org.Organs(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		v, err := catalog.Get(ctx, s.DB, row.Version)
		if err != nil {
			return nil, err
		}
		out = append(out, entryOf(p, v.Doc(), organs))
	}
	return out, nil
}

func entryOf(p *page.Page, it *catalog.Item, organs map[ref.OrganID]org.Organ) entry {
	e := entry{ID: it.ID, Name: it.Name, Summary: it.Summary, Organ: organs[it.Organ].Name, Time: span(p, it.Times.Promised), Other: strings.Join(it.Aliases[:min(len(it.Aliases), 4)], "、")}
	if name := english(p, it.NameEn); name != "" {
		e.Name, e.Chinese = name, it.Name
	}
	return e
}

// often is how many items the front door names itself.
const often = 8

// home is the front door.
func (s *Surface) home(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	v := homeView{For: side(page.Query(r))}
	if v.For == "" {
		v.For = catalog.Person
	}
	var err error
	if v.Lives, err = catalog.Bundles(r.Context(), s.DB, v.For); err != nil {
		return err
	}
	if v.Needs, err = catalog.Needs(r.Context(), s.DB, v.For); err != nil {
		return err
	}
	if v.Items, _, err = s.found(r.Context(), p, catalog.Looking{Side: v.For, Limit: often}); err != nil {
		return err
	}
	if v.Halls, err = org.Halls(r.Context(), s.DB); err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, homePage(p, v))
}

type homeView struct {
	For   catalog.Side
	Lives []catalog.Bundle
	Needs []catalog.Facet
	Items []entry
	Halls []org.Hall
}

// longestQuery is the most characters of a question that are looked at.
const longestQuery = 60

// elder are the words by which people look for the large type (适老化通用设计规范: 长辈版, 关怀版, 亲情版).
var elder = []string{"长辈", "关怀", "亲情", "老年", "老人版", "大字", "字体", "字号", "large type", "bigger text"}

type itemsView struct {
	Query, Need string
	NeedEn      string
	For         catalog.Side
	Lives       []catalog.Bundle // whose words were looked for
	Items       []entry
	From        int
	Next        string
	Elder       bool
	Near        []entry         // when nothing was found: what is alike
	Needs       []catalog.Facet // and what people come for
	Halls       []org.Hall
}

// items is the answer to a search, and the list of all.
func (s *Surface) items(w http.ResponseWriter, r *http.Request) error {
	p, in := page.Of(r), page.Query(r)
	v := itemsView{Query: cut(in.Text("q"), longestQuery), Need: cut(in.Text("need"), longestQuery), For: side(in)}
	v.From, _ = strconv.Atoi(in.Text("from"))
	v.From = min(max(v.From, 0), catalog.Deepest)
	v.Elder = slices.ContainsFunc(elder, func(word string) bool { return strings.Contains(strings.ToLower(v.Query), word) })
	more := false
	var err error
	if v.Items, more, err = s.found(r.Context(), p, catalog.Looking{Words: v.Query, Need: v.Need, Side: v.For, From: v.From, Limit: pageful}); err != nil {
		return err
	}
	if more {
		v.Next = v.address(v.From + pageful)
	}
	if v.Query != "" && v.From == 0 {
		if v.Lives, err = s.lives(r.Context(), v.Query); err != nil {
			return err
		}
	}
	if len(v.Items) == 0 {
		if err := s.nothing(r.Context(), p, &v); err != nil {
			return err
		}
	}
	if p.Lang == "en" && v.Need != "" {
		if v.NeedEn, err = catalog.NeedEn(r.Context(), s.DB, v.Need); err != nil {
			return err
		}
	}
	return page.Show(w, r, http.StatusOK, itemsPage(p, v))
}

// mostNear is how many items are offered to who found nothing.
const mostNear = 5

// nothing is what helps who found nothing.
func (s *Surface) nothing(ctx context.Context, p *page.Page, v *itemsView) error {
	rows, err := catalog.Near(ctx, s.DB, catalog.Looking{Words: v.Query, Limit: mostNear})
	if err != nil {
		return err
	}
	if v.Near, err = s.entries(ctx, p, rows); err != nil {
		return err
	}
	if v.Needs, err = catalog.Needs(ctx, s.DB, cmp.Or(v.For, catalog.Person)); err != nil {
		return err
	}
	v.Halls, err = org.Halls(ctx, s.DB)
	return err
}

// address is the list's, from so many on.
func (v itemsView) address(from int) string {
	q := url.Values{}
	for k, x := range map[string]string{"q": v.Query, "need": v.Need, "for": string(v.For)} {
		if x != "" {
			q.Set(k, x)
		}
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	return "/items?" + q.Encode()
}

// lives are the matters of life that answer a query.
func (s *Surface) lives(ctx context.Context, query string) (out []catalog.Bundle, err error) {
	all, err := catalog.Bundles(ctx, s.DB, "")
	for _, b := range all {
		if b.Answers(query) {
			out = append(out, b)
		}
	}
	return out, err
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// english is the English words on an English page, "" on others and where there are none.
func english(p *page.Page, words string) string {
	if p.Lang == "en" {
		return words
	}
	return ""
}

// span is a length of time in words.
func span(p *page.Page, x catalog.Span) string { return page.SpanWords(p, x) }

// day is an instant's day in words.
func day(p *page.Page, t time.Time) string { return p.FullDate(calendar.DateOf(t)) }

// tel is a phone number as an address.
func tel(phone string) string { return "tel:" + strings.NewReplacer(" ", "", "-", "").Replace(phone) }

func itemsTitle(p *page.Page, v itemsView) string {
	switch {
	case v.Query != "":
		return p.T("citizen.items.of", "query", v.Query)
	case v.Need != "":
		return cmp.Or(v.NeedEn, v.Need)
	}
	return p.T("citizen.items")
}
