package oversight

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/inspection"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/supervise"
	"yimen/ref"
	"yimen/web/page"
)

// parts of the desk.
var parts = []struct{ href, key string }{{"/oversight", "oversight.list.title"}, {"/oversight/wall", "watch.wall"}, {"/oversight/cards", "watch.cards"}, {"/oversight/orders", "watch.orders"},
	{"/oversight/escalations", "watch.escalations"}, {"/oversight/rules", "watch.rules"}, {"/oversight/objections", "oversight.objections"}}

func watchRoutes(s *Surface) (out []page.Route) {
	desk := []page.Role{page.Supervisor}
	get := func(pattern, title string, h page.Handler) {
		out = append(out, page.Route{Method: "GET", Pattern: pattern, Roles: desk, Handler: h, Title: title})
	}
	post := func(pattern, title string, h page.Handler) {
		out = append(out, page.Route{Method: "POST", Pattern: pattern, Roles: desk, Handler: h, Title: title})
	}
	get("/oversight/cases.csv", "oversight.list.title", s.casesCSV)
	get("/oversight/wall", "watch.wall", s.wall)
	get("/oversight/wall/list", "watch.wall.list", s.wallList)
	get("/oversight/wall/stream", "watch.wall", s.wallStream)
	get("/oversight/wall.csv", "watch.wall.list", s.wallCSV)
	get("/oversight/cards", "watch.cards", s.cards)
	get("/oversight/cards.csv", "watch.cards", s.cardsCSV)
	get("/oversight/cards/new", "watch.card.new", s.newCard)
	post("/oversight/cards", "watch.card.new", s.putCard)
	get("/oversight/cards/{id}", "watch.card", s.card)
	post("/oversight/cards/{id}", "watch.card", s.judge)
	get("/oversight/orders", "watch.orders", s.orders)
	get("/oversight/orders.csv", "watch.orders", s.ordersCSV)
	get("/oversight/orders/new", "watch.order.new", s.newOrder)
	post("/oversight/orders", "watch.order.new", s.makeOrder)
	get("/oversight/orders/{id}", "watch.order", s.order)
	post("/oversight/orders/{id}", "watch.order", s.moveOrder)
	get("/oversight/escalations", "watch.escalations", s.escalations)
	get("/oversight/escalations/{id}", "watch.escalation", s.escalation)
	get("/oversight/rules", "watch.rules", s.rules)
	post("/oversight/rules", "watch.rules", s.keepBook)
	get("/oversight/rules.json", "watch.rules", s.rulesFile)
	get("/oversight/rules/import", "watch.rules.import", s.askImport)
	post("/oversight/rules/import", "watch.rules.import", s.importRules)
	get("/oversight/rules/{id}", "watch.rule", s.rule)
	post("/oversight/rules/{id}", "watch.rule", s.keepRule)
	return out
}

// list is a page of the desk with a list or two.
type list struct {
	Title, Lead, Here, Stream string
	Said                      page.Notify
	Acts                      []page.Act
	Tables                    []page.Table
}

// thing is one card, order, escalation or form.
type thing struct {
	Title, Lead, Action string
	Back                page.Link
	Rows                []page.Row
	Course              []page.Moment
	Forms               []form
	Acts                []page.Act
	Problems            []page.Problem
}

// form is one of a thing's forms.
type form struct {
	Title  string
	Fields []page.Field
	Acts   []page.Act
	Files  bool
}

// size is the rows of one page of a list.
const size = 50

// batch is the rows an export reads at once.
const batch = 1000

// names resolves ids to what people read.
type names struct {
	organs map[ref.OrganID]org.Organ
	staff  func(ref.StaffID) string
}

func (s *Surface) names(r *http.Request) (names, error) {
	organs, err := org.Organs(r.Context(), s.DB)
	seen := map[ref.StaffID]string{}
	return names{organs, func(id ref.StaffID) string {
		if _, known := seen[id]; !known && id != "" {
			who, _ := org.GetStaff(r.Context(), s.DB, id) // one who is not there has no name
			seen[id] = who.Name
		}
		return seen[id]
	}}, err
}

// actor is who did something.
func (n names) actor(p *page.Page, actor string) string {
	kind, id, _ := strings.Cut(actor, ":")
	switch kind {
	case "staff":
		return n.staff(ref.StaffID(id))
	case "system":
		return p.T("oversight.actor.system")
	}
	return p.T("oversight.actor.party")
}

// course is what was done, oldest first.
func (n names) course(p *page.Page, acts []inspection.Act) (out []page.Moment) {
	for _, a := range acts {
		out = append(out, page.Moment{Title: p.T("watch.act." + a.Kind), At: p.Stamp(a.At), Who: n.actor(p, a.Actor), Detail: a.Words, State: page.Done})
	}
	return out
}

// whom is whom something is for: a person of an organ, or the organ.
func (n names) whom(p *page.Page, organ ref.OrganID, who ref.StaffID) string {
	if name := n.staff(who); name != "" {
		return p.T("watch.whom", "organ", n.organs[organ].Name, "name", name)
	}
	return n.organs[organ].Name
}

func organField(p *page.Page, organs map[ref.OrganID]org.Organ, value ref.OrganID, first page.Option) page.Field {
	f := page.Field{Name: "organ", Label: p.T("watch.organ"), Kind: page.Select, Value: cmp.Or(string(value), first.Value)}
	for id, o := range organs {
		f.Options = append(f.Options, page.Option{Value: string(id), Text: o.Name})
	}
	slices.SortFunc(f.Options, func(a, b page.Option) int { return strings.Compare(a.Text, b.Text) })
	f.Options = append([]page.Option{first}, f.Options...)
	return f
}

func all(p *page.Page) page.Option { return page.Option{Value: every, Text: p.T("oversight.every")} }

// choices are a menu of words, "watch.GROUP.VALUE", with all of them first.
func choices[T ~string](p *page.Page, name, group string, of []T, value T) page.Field {
	f := page.Field{Name: name, Label: p.T("watch." + group), Kind: page.Select, Value: cmp.Or(string(value), every), Options: []page.Option{all(p)}}
	for _, x := range of {
		f.Options = append(f.Options, page.Option{Value: string(x), Text: p.T("watch." + group + "." + string(x))})
	}
	return f
}

// behind is where a list goes on.
func behind(q *page.Input) (inspection.After, error) {
	at, id, err := after(q)
	return inspection.After{At: at, ID: id}, err
}

func cursorOf(at time.Time, id string) string {
	return page.Cursor(strconv.FormatInt(db.Micros(at), 10), id)
}

// submit reads a posted form as one act of a supervisor.
func submit(r *http.Request, route string, parts ...string) (*page.Input, supervise.Word, error) {
	in, err := page.Read(r)
	if err != nil {
		return nil, supervise.Word{}, err
	}
	x, err := word(r, in, route, parts...)
	return in, x, err
}

func word(r *http.Request, in *page.Input, route string, parts ...string) (supervise.Word, error) {
	key, err := in.Key()
	if err != nil {
		return supervise.Word{}, err
	}
	who, p := supervisor(r), page.Of(r)
	hash := slices.Clone(parts)
	for _, name := range in.Names() {
		if name != "key" {
			hash = append(hash, name, in.Long(name))
		}
	}
	sub := once.Submit{Actor: "staff:" + string(who.ID), Route: route, Key: key, Hash: once.Hash(hash...), At: p.Now}
	return supervise.Word{Submit: sub, By: who, ID: r.PathValue("id"), Words: in.Long("words")}, nil
}

// told says whether a mistake is the form's to tell: it comes back with what was typed.
func told(err error) bool {
	k := fault.KindOf(err)
	return err != nil && (k == fault.Invalid || k == fault.Conflict || k == fault.Denied)
}

// lastMoment reads a date field as the end of that day; zero for an empty one.
func lastMoment(in *page.Input, name string) (time.Time, error) {
	if in.Date(name) == "" {
		return time.Time{}, nil
	}
	d, err := calendar.ParseDate(in.Date(name))
	if err != nil {
		return time.Time{}, fault.Bad(fault.Field{Name: name, Key: "inspection.date"})
	}
	return d.End().Add(-time.Microsecond), nil
}

func wordsField(p *page.Page, label string) page.Field {
	return page.Field{Name: "words", Label: p.T(label), Kind: page.LongText, Rows: 3}
}

// dayCell is a last day, red when it has passed.
func dayCell(p *page.Page, at time.Time, late bool) templ.Component {
	switch {
	case at.IsZero():
		return page.Words("")
	case late:
		return page.Tag(page.Danger, p.T("watch.late", "day", p.Date(calendar.DateOf(at))))
	}
	return page.Words(p.Date(calendar.DateOf(at)))
}

func dayWords(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return calendar.DateOf(at).String()
}
