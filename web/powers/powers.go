// Package powers is the desk of the three lists and of delegation: what the government may do, who
// has which power, what bounds each decision, who does what for whom, and at which window each
// item can be taken in.
//
// It holds that the lists are changed by the standards office only; that a keeper sees and grants
// for their own organ and no other; that supervisors and engineers look and change nothing; that
// whatever is changed goes through process/standards and stays on record.
package powers

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/org"
	"yimen/domain/powerlist"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/view/standing"
	"yimen/web/page"
)

// Surface is the desk.
type Surface struct {
	DB       db.Reader
	Library  *standards.Library
	Standing *standing.View
}

// size is the rows of one page of a list.
const size = 50

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	look := []page.Role{page.Standards, page.Keeper, page.Supervisor, page.Admin}
	office, give := []page.Role{page.Standards}, []page.Role{page.Standards, page.Keeper}
	return []page.Route{
		{Method: "GET", Pattern: "/powers", Roles: look, Handler: s.overview, Title: "powers.title"},
		{Method: "GET", Pattern: "/powers/power", Roles: look, Handler: s.powerList, Title: "powers.power.title"},
		{Method: "GET", Pattern: "/powers/power/new", Roles: office, Handler: s.newPower, Title: "powers.power.new"},
		{Method: "POST", Pattern: "/powers/power", Roles: office, Handler: s.addPower, Title: "powers.power.new"},
		{Method: "GET", Pattern: "/powers/power/{id}", Roles: look, Handler: shown(s.powerEntry), Title: "powers.power.title"},
		{Method: "POST", Pattern: "/powers/power/{id}/end", Roles: office, Handler: s.endPower, Title: "powers.end"},
		{Method: "GET", Pattern: "/powers/power/{id}/bounds", Roles: office, Handler: s.newBounds, Title: "powers.supervision.new"},
		{Method: "POST", Pattern: "/powers/power/{id}/bounds", Roles: office, Handler: s.addBounds, Title: "powers.supervision.new"},
		{Method: "GET", Pattern: "/powers/supervision", Roles: look, Handler: s.supervisionList, Title: "powers.supervision.title"},
		{Method: "GET", Pattern: "/powers/supervision/{id}", Roles: look, Handler: shown(s.supervisionEntry), Title: "powers.supervision.title"},
		{Method: "POST", Pattern: "/powers/supervision/{id}/end", Roles: office, Handler: s.endSupervision, Title: "powers.end"},
		{Method: "GET", Pattern: "/powers/negative", Roles: look, Handler: s.negativeList, Title: "powers.negative.title"},
		{Method: "GET", Pattern: "/powers/negative/new", Roles: office, Handler: s.newNegative, Title: "powers.negative.new"},
		{Method: "POST", Pattern: "/powers/negative", Roles: office, Handler: s.addNegative, Title: "powers.negative.new"},
		{Method: "GET", Pattern: "/powers/negative/{id}", Roles: look, Handler: shown(s.negativeEntry), Title: "powers.negative.title"},
		{Method: "POST", Pattern: "/powers/negative/{id}/end", Roles: office, Handler: s.endNegative, Title: "powers.end"},
		{Method: "GET", Pattern: "/powers/grants", Roles: look, Handler: s.grantList, Title: "powers.grant.title"},
		{Method: "GET", Pattern: "/powers/grants/new", Roles: give, Handler: s.newGrant, Title: "powers.grant.new"},
		{Method: "POST", Pattern: "/powers/grants", Roles: give, Handler: s.addGrant, Title: "powers.grant.new"},
		{Method: "GET", Pattern: "/powers/grants/{id}", Roles: look, Handler: shown(s.grantEntry), Title: "powers.grant.title"},
		{Method: "POST", Pattern: "/powers/grants/{id}/revoke", Roles: give, Handler: s.revokeGrant, Title: "powers.revoke"},
		{Method: "GET", Pattern: "/powers/entrusts", Roles: look, Handler: s.entrustList, Title: "powers.entrust.title"},
		{Method: "GET", Pattern: "/powers/entrusts/new", Roles: give, Handler: s.newEntrust, Title: "powers.entrust.new"},
		{Method: "POST", Pattern: "/powers/entrusts", Roles: give, Handler: s.addEntrust, Title: "powers.entrust.new"},
		{Method: "GET", Pattern: "/powers/entrusts/{id}", Roles: look, Handler: shown(s.entrustEntry), Title: "powers.entrust.title"},
		{Method: "POST", Pattern: "/powers/entrusts/{id}/revoke", Roles: give, Handler: s.revokeEntrust, Title: "powers.revoke"},
		{Method: "GET", Pattern: "/powers/windows", Roles: look, Handler: s.windows, Title: "powers.windows.title"},
		{Method: "GET", Pattern: "/powers/windows.csv", Roles: look, Handler: s.windowsCSV, Title: "powers.windows.title"},
	}
}

func me(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

// office says whether the person keeps the lists.
func office(r *http.Request) bool { return page.Of(r).Actor.Is(page.Standards) }

// own is the organ a keeper is held to; "" for whoever looks at all of them.
func own(r *http.Request) ref.OrganID {
	if page.Of(r).Actor.Is(page.Standards, page.Supervisor, page.Admin) {
		return ""
	}
	return me(r).Organ
}

// mine refuses a keeper the page of another organ.
func mine(r *http.Request, organs ...ref.OrganID) error {
	if o := own(r); o != "" && !slices.Contains(organs, o) {
		return fault.New(fault.Denied, "powers.not_yours")
	}
	return nil
}

// gives says whether the person may grant and revoke for an organ.
func gives(r *http.Request, organ ref.OrganID) bool {
	return page.Of(r).Actor.Is(page.Standards, page.Keeper) && standards.MayWrite(me(r), organ) == nil
}

// asked is what a list is narrowed to; a keeper's organ is their own.
func asked(r *http.Request) (powerlist.Filter, error) {
	q := page.Query(r)
	level, _ := strconv.Atoi(chosen(q, "level"))
	f := powerlist.Filter{Query: q.Text("q"), Organ: ref.OrganID(chosen(q, "organ")), Level: ref.Level(level), Kind: chosen(q, "kind"), Ended: q.Text("show") == "ended"}
	if o := own(r); o != "" {
		f.Organ = o
	}
	after, err := page.After(q.Text("after"), 2)
	if after != nil {
		f.Name, f.ID = after[0], after[1]
	}
	return f, err
}

// every is a filter's choice of all there is.
const every = "all"

func chosen(q *page.Input, name string) string {
	if v := q.Text(name); v != every {
		return v
	}
	return ""
}

// narrowed says whether the person's own choice leaves rows out.
func narrowed(r *http.Request, names ...string) bool {
	q := page.Query(r)
	return slices.ContainsFunc(names, func(n string) bool { return chosen(q, n) != "" })
}

func all(p *page.Page) page.Option { return page.Option{Value: every, Text: p.T("powers.every")} }

// organField lets all organs be chosen, a keeper's only their own.
func organField(r *http.Request, organs map[ref.OrganID]org.Organ, value ref.OrganID) page.Field {
	p := page.Of(r)
	f := page.Field{Name: "organ", Label: p.T("powers.organ"), Kind: page.Select, Value: cmp.Or(string(value), every), Options: []page.Option{all(p)}}
	if o := own(r); o != "" {
		f.Value, f.Options = string(o), []page.Option{{Value: string(o), Text: organs[o].Name}}
		return f
	}
	f.Options = append(f.Options, organOptions(organs)...)
	return f
}

func organOptions(organs map[ref.OrganID]org.Organ) (out []page.Option) {
	for id, o := range organs {
		out = append(out, page.Option{Value: string(id), Text: o.Name})
	}
	slices.SortFunc(out, func(a, b page.Option) int { return strings.Compare(a.Text, b.Text) })
	return out
}

func levelOptions(p *page.Page) (out []page.Option) {
	for _, l := range ref.Levels() {
		out = append(out, page.Option{Value: strconv.Itoa(int(l)), Text: p.T(l.Key())})
	}
	return out
}

func searchField(p *page.Page, value string) page.Field {
	return page.Field{Name: "q", Label: p.T("powers.search"), Hint: p.T("powers.search.hint"), Value: value, Auto: "off"}
}

// showField chooses what holds or what has ended.
func showField(p *page.Page, ended bool) page.Field {
	f := page.Field{Name: "show", Label: p.T("powers.show"), Kind: page.Select, Value: every,
		Options: []page.Option{{Value: every, Text: p.T("powers.show.holds")}, {Value: "ended", Text: p.T("powers.show.ended")}}}
	if ended {
		f.Value = "ended"
	}
	return f
}

// state is a word for where a period stands.
func state(p *page.Page, from, until, revoked time.Time) templ.Component {
	switch now := p.Now; {
	case !revoked.IsZero() && !now.Before(revoked):
		return page.Tag(page.Danger, p.T("powers.state.revoked"))
	case !until.IsZero() && !now.Before(until):
		return page.Tag(page.Warn, p.T("powers.state.ended"))
	case now.Before(from):
		return page.Tag(page.Info, p.T("powers.state.later"))
	}
	return page.Tag(page.Good, p.T("powers.state.holds"))
}

// period says from when to when, both days included.
func period(p *page.Page, from, until time.Time) string {
	first := p.FullDate(calendar.DateOf(from))
	if until.IsZero() {
		return p.T("powers.since", "from", first)
	}
	last := calendar.DateOf(until)
	if until.Equal(last.At(0)) {
		last--
	}
	return p.T("powers.between", "from", first, "until", p.FullDate(last))
}

// bases are the rows of citations with their words.
func bases(p *page.Page, all []powerlist.Citation) (out []page.Row) {
	for _, c := range all {
		out = append(out, page.Row{Label: place(p, c), Value: c.Text})
	}
	return out
}

func place(p *page.Page, c powerlist.Citation) string {
	out := p.T("powers.cite", "law", c.Law, "article", c.Article)
	if c.Sub > 0 {
		out += p.T("powers.cite.sub", "n", c.Sub)
	}
	if c.Paragraph > 0 {
		out += p.T("powers.cite.paragraph", "n", c.Paragraph)
	}
	if c.Point > 0 {
		out += p.T("powers.cite.point", "n", c.Point)
	}
	return out
}

// doing reads a posted form as one act of the person.
func doing(r *http.Request, route string) (standards.Doing, *page.Input, error) {
	in, err := page.Read(r)
	if err != nil {
		return standards.Doing{}, nil, err
	}
	key, err := in.Key()
	if err != nil {
		return standards.Doing{}, nil, err
	}
	who, parts := me(r), []string{r.PathValue("id")}
	for _, name := range in.Names() {
		if name != "key" {
			parts = append(parts, name, strings.Join(in.All(name), "\n"))
		}
	}
	sub := once.Submit{Actor: "staff:" + string(who.ID), Route: route, Key: key, Hash: once.Hash(parts...), At: page.Of(r).Now}
	return standards.Doing{Submit: sub, By: who}, in, nil
}

// shows says that an error belongs beside the form.
func shows(err error) bool {
	kind := fault.KindOf(err)
	return err != nil && (kind == fault.Invalid || kind == fault.Denied || kind == fault.Conflict)
}

// from and until read a form's period: its first day and its last, both included. Days that are no
// days are left zero and marked by the process.
func from(in *page.Input, now time.Time) time.Time {
	d, err := calendar.ParseDate(in.Date("from"))
	switch {
	case err != nil:
		return time.Time{}
	case d == calendar.DateOf(now):
		return now
	}
	return d.At(0)
}

func until(in *page.Input) (time.Time, error) {
	typed := in.Date("until")
	if typed == "" {
		return time.Time{}, nil
	}
	d, err := calendar.ParseDate(typed)
	if err != nil {
		return time.Time{}, fault.Bad(fault.Field{Name: "until", Key: "form.wrong_date"})
	}
	return d.End(), nil
}

func periodFields(p *page.Page) []page.Field {
	return []page.Field{{Name: "from", Label: p.T("powers.from"), Kind: page.Date, Value: calendar.DateOf(p.Now).String()},
		{Name: "until", Label: p.T("powers.until"), Hint: p.T("powers.until.hint"), Kind: page.Date, Optional: true}}
}

func citationFields(p *page.Page, c powerlist.Citation) []page.Field {
	return []page.Field{{Name: "law", Label: p.T("powers.law"), Hint: p.T("powers.law.hint"), Value: c.Law, Full: true},
		{Name: "article", Label: p.T("powers.article"), Kind: page.Number, Value: number(c.Article)},
		{Name: "sub", Label: p.T("powers.sub"), Kind: page.Number, Value: number(c.Sub), Optional: true},
		{Name: "paragraph", Label: p.T("powers.paragraph"), Kind: page.Number, Value: number(c.Paragraph), Optional: true},
		{Name: "point", Label: p.T("powers.point"), Kind: page.Number, Value: number(c.Point), Optional: true},
		{Name: "text", Label: p.T("powers.words"), Hint: p.T("powers.words.hint"), Kind: page.LongText, Value: c.Text, Rows: 2}}
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func citation(in *page.Input) powerlist.Citation {
	n := func(name string) int { v, _ := in.Int(name); return int(v) }
	return powerlist.Citation{Law: strings.Trim(in.Text("law"), "《》"), Article: n("article"), Sub: n("sub"), Paragraph: n("paragraph"), Point: n("point"), Text: in.Long("text")}
}

// sheet is a page that is one form.
type sheet struct {
	Title, Lead, Action, Button string
	Fields                      []page.Field
	Problems                    []page.Problem
	Back                        page.Link
}

func (s *Surface) sheet(w http.ResponseWriter, r *http.Request, x sheet) error {
	return page.Show(w, r, http.StatusOK, sheetPage(page.Of(r), x))
}

// again shows a form with what was typed and what is wrong with it; other errors go their way.
func (s *Surface) again(w http.ResponseWriter, r *http.Request, x sheet, in *page.Input, err error) error {
	if !shows(err) {
		return err
	}
	p := page.Of(r)
	x.Fields = page.Refill(p, x.Fields, in, err)
	x.Problems = page.Problems(p, x.Fields, err)
	return page.Show(w, r, page.Status(err), sheetPage(p, x))
}

// ending is the form that ends or revokes what a page shows; the zero value draws none.
type ending struct {
	Action, Title, Lead, Button string
	Fields                      []page.Field
	Problems                    []page.Problem
}

func endingFields(p *page.Page) []page.Field {
	return []page.Field{{Name: "on", Label: p.T("powers.on"), Hint: p.T("powers.on.hint"), Kind: page.Date, Value: calendar.DateOf(p.Now).String()},
		{Name: "why", Label: p.T("powers.why"), Kind: page.LongText, Rows: 2}}
}

// refused puts the answer of an ending that failed back into its form.
func (e ending) refused(p *page.Page, in *page.Input, err error) ending {
	e.Fields = page.Refill(p, e.Fields, in, err)
	e.Problems = page.Problems(p, e.Fields, err)
	return e
}

// entry is a page about one entry of a list, one grant or one entrustment.
type entry struct {
	Title, Lead string
	Back        page.Link
	Facts       []page.Row
	Basis       []page.Row
	Lists       []page.Table
	Acts        []page.Act
	End         ending
}
