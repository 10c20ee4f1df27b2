package powers

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/powerlist"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/view/standing"
	"yimen/web/page"
)

// giveAct is a button of who grants.
func giveAct(r *http.Request, key, href string) []page.Act {
	if !page.Of(r).Actor.Is(page.Standards, page.Keeper) {
		return nil
	}
	return []page.Act{{Text: page.Of(r).T(key), Href: href}}
}

// grantsAsked is what the list of grants is narrowed to. None of the people asked for: nothing.
func (s *Surface) grantsAsked(r *http.Request) (f delegation.Filter, none bool, err error) {
	q := page.Query(r)
	f = delegation.Filter{Organ: ref.OrganID(chosen(q, "organ")), Kind: delegation.Kind(chosen(q, "kind")), Ended: q.Text("show") == "ended"}
	if o := own(r); o != "" {
		f.Organ = o
	}
	after, err := page.After(q.Text("after"), 1)
	if err != nil {
		return f, false, err
	}
	if after != nil {
		f.After = after[0]
	}
	people, asked, err := s.Standing.People(r.Context(), q.Text("person"), ref.WindowID(chosen(q, "window")))
	f.Staff = people
	return f, asked && len(people) == 0, err
}

func (s *Surface) grantList(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	f, none, err := s.grantsAsked(r)
	if err != nil {
		return err
	}
	var found []delegation.Grant
	if !none {
		if found, err = delegation.Find(r.Context(), s.DB, p.Now, f, size+1); err != nil {
			return err
		}
	}
	t, err := s.grantFilter(r, f)
	if err != nil {
		return err
	}
	found = rest(p, &t, found, func(g delegation.Grant) string { return page.Cursor(g.ID) })
	rows, err := s.Standing.Named(r.Context(), found)
	if err != nil {
		return err
	}
	for _, g := range rows {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: p.T("powers.grant.of", "person", g.Person, "kind", p.T("powers.kind."+string(g.Kind))), Href: "/powers/grants/" + g.ID}),
			page.Words(g.Account), page.Words(organOf(p, g)), page.Words(itemOf(p, g)), page.Words(period(p, g.From, g.Until)), state(p, g.From, g.Until, g.Revoked)}})
	}
	return page.Show(w, r, http.StatusOK, listPage(p, list{Title: p.T("powers.grant.title"), Lead: p.T("powers.grant.lead"), Here: "/powers/grants", Acts: giveAct(r, "powers.grant.new", "/powers/grants/new"), Table: t}))
}

func organOf(p *page.Page, g standing.Named) string {
	if g.Organ == delegation.Any {
		return p.T("powers.organ.any")
	}
	return g.OrganName
}

func itemOf(p *page.Page, g standing.Named) string {
	switch {
	case g.Item == delegation.Any && g.Organ == delegation.Any:
		return p.T("powers.item.all")
	case g.Item == delegation.Any:
		return p.T("powers.item.any")
	}
	return cmp.Or(g.ItemName, g.Item)
}

func (s *Surface) grantFilter(r *http.Request, f delegation.Filter) (page.Table, error) {
	p, q := page.Of(r), page.Query(r)
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return page.Table{}, err
	}
	windows, err := s.windowOptions(r)
	if err != nil {
		return page.Table{}, err
	}
	kind := page.Field{Name: "kind", Label: p.T("powers.kind"), Kind: page.Select, Value: cmp.Or(string(f.Kind), every), Options: append([]page.Option{all(p)}, grantKinds(p)...)}
	window := page.Field{Name: "window", Label: p.T("powers.window"), Kind: page.Select, Value: cmp.Or(chosen(q, "window"), every), Options: append([]page.Option{all(p)}, windows...)}
	return page.Table{ID: "grants", Caption: p.T("powers.grant.title"), Live: true, Filtered: narrowed(r, "organ", "person", "window", "kind", "show"),
		Filter:  []page.Field{organField(r, organs, f.Organ), {Name: "person", Label: p.T("powers.person"), Hint: p.T("powers.person.hint"), Value: q.Text("person"), Auto: "off"}, window, kind, showField(p, f.Ended)},
		Empty:   page.Nothing{Title: p.T("powers.grant.none"), Text: p.T("powers.grant.none.text")},
		Columns: []page.Column{{Text: p.T("powers.grant.what"), Main: true}, {Text: p.T("powers.account")}, {Text: p.T("powers.organ")}, {Text: p.T("powers.item")}, {Text: p.T("powers.period")}, {Text: p.T("powers.state")}}}, nil
}

func grantKinds(p *page.Page) (out []page.Option) {
	for _, k := range delegation.Kinds {
		out = append(out, page.Option{Value: string(k), Text: p.T("powers.kind." + string(k))})
	}
	return out
}

// windowOptions are all windows, hall by hall.
func (s *Surface) windowOptions(r *http.Request) (out []page.Option, err error) {
	halls, err := org.Halls(r.Context(), s.DB)
	if err != nil {
		return nil, err
	}
	for _, h := range halls {
		windows, err := org.WindowsOf(r.Context(), s.DB, h.ID)
		if err != nil {
			return nil, err
		}
		for _, w := range windows {
			out = append(out, page.Option{Value: string(w.ID), Text: h.Name + " " + w.Name})
		}
	}
	return out, nil
}

func (s *Surface) grantEntry(r *http.Request) (entry, error) {
	p := page.Of(r)
	x, err := delegation.GetGrant(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return entry{}, err
	}
	if err := mine(r, ref.OrganID(x.Organ)); err != nil {
		return entry{}, err
	}
	named, err := s.Standing.Named(r.Context(), []delegation.Grant{x})
	if err != nil {
		return entry{}, err
	}
	g := named[0]
	rows := []page.Row{{Label: p.T("powers.person"), Value: g.Person + " " + g.Account, Note: g.Post}, {Label: p.T("powers.kind"), Value: p.T("powers.kind." + string(g.Kind))},
		{Label: p.T("powers.organ"), Value: organOf(p, g)}, {Label: p.T("powers.item"), Value: itemOf(p, g)},
		{Label: p.T("powers.state"), Part: state(p, x.From, x.Until, x.Revoked)}, {Label: p.T("powers.period"), Value: period(p, x.From, x.Until)}}
	return entry{Title: p.T("powers.grant.of", "person", g.Person, "kind", p.T("powers.kind."+string(g.Kind))), Back: page.Link{Text: p.T("powers.grant.title"), Href: "/powers/grants"},
		Facts: append(rows, revokedRows(p, x.Revoked, x.Why)...), Basis: []page.Row{{Label: p.T("powers.grant.basis"), Value: x.Basis}},
		End: revokes(r, ref.OrganID(x.Organ), x.Revoked, x.Until, "/powers/grants/"+x.ID+"/revoke", "powers.grant.revoke.lead")}, nil
}

func revokedRows(p *page.Page, at time.Time, why string) []page.Row {
	if at.IsZero() {
		return nil
	}
	return []page.Row{{Label: p.T("powers.revoked_on"), Value: p.Stamp(at)}, {Label: p.T("powers.why"), Value: why}}
}

// revokes is the form that takes something back; none where it is over.
func revokes(r *http.Request, organ ref.OrganID, revoked, until time.Time, action, lead string) ending {
	p := page.Of(r)
	if !gives(r, organ) || !revoked.IsZero() || !until.IsZero() && !p.Now.Before(until) {
		return ending{}
	}
	return ending{Action: action, Title: p.T("powers.revoke"), Lead: p.T(lead), Button: p.T("powers.revoke"), Fields: endingFields(p)}
}

// takeBack revokes and shows the page again when that was refused.
func (s *Surface) takeBack(w http.ResponseWriter, r *http.Request, part string, act func(standards.Doing, standards.Revocation) error, show func(*http.Request) (entry, error)) error {
	a, in, err := doing(r, "POST /powers/"+part+"/{id}/revoke")
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err = act(a, standards.Revocation{ID: id, On: in.Date("on"), Why: in.Long("why")}); err == nil {
		return page.Redirect(w, r, "/powers/"+part+"/"+id)
	}
	if !shows(err) {
		return err
	}
	v, seen := show(r)
	if seen != nil {
		return seen
	}
	v.End = v.End.refused(page.Of(r), in, err)
	return page.Show(w, r, page.Status(err), entryPage(page.Of(r), v))
}

func (s *Surface) revokeGrant(w http.ResponseWriter, r *http.Request) error {
	return s.takeBack(w, r, "grants", func(a standards.Doing, x standards.Revocation) error { return s.Library.Revoke(r.Context(), a, x) }, s.grantEntry)
}

func (s *Surface) revokeEntrust(w http.ResponseWriter, r *http.Request) error {
	return s.takeBack(w, r, "entrusts", func(a standards.Doing, x standards.Revocation) error {
		return s.Library.RevokeEntrustment(r.Context(), a, x)
	}, s.entrustEntry)
}

// ownOrgans are the organs a person grants for.
func (s *Surface) ownOrgans(r *http.Request) ([]page.Option, error) {
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return nil, err
	}
	if o := own(r); o != "" {
		return []page.Option{{Value: string(o), Text: organs[o].Name}}, nil
	}
	return organOptions(organs), nil
}

func (s *Surface) grantSheet(r *http.Request) (sheet, error) {
	p := page.Of(r)
	organs, err := s.ownOrgans(r)
	if err != nil {
		return sheet{}, err
	}
	items, err := s.Standing.Items(r.Context(), p.Now)
	if err != nil {
		return sheet{}, err
	}
	what := []page.Option{{Value: delegation.Any, Text: p.T("powers.item.any")}}
	for _, i := range items {
		what = append(what, page.Option{Value: string(i.ID), Text: i.Name})
	}
	fields := []page.Field{{Name: "staff", Label: p.T("powers.account"), Hint: p.T("powers.account.hint"), Auto: "off"},
		{Name: "kind", Label: p.T("powers.kind"), Kind: page.Select, Options: grantKinds(p)},
		{Name: "organ", Label: p.T("powers.grant.organ"), Kind: page.Select, Value: string(own(r)), Options: organs},
		{Name: "item", Label: p.T("powers.item"), Kind: page.Select, Options: what},
		{Name: "basis", Label: p.T("powers.grant.basis"), Hint: p.T("powers.grant.basis.hint"), Full: true}}
	return sheet{Title: p.T("powers.grant.new"), Lead: p.T("powers.grant.new.lead"), Action: "/powers/grants", Button: p.T("powers.grant.give"), Fields: append(fields, periodFields(p)...),
		Back: page.Link{Text: p.T("powers.grant.title"), Href: "/powers/grants"}}, nil
}

func (s *Surface) newGrant(w http.ResponseWriter, r *http.Request) error {
	x, err := s.grantSheet(r)
	if err != nil {
		return err
	}
	return s.sheet(w, r, x)
}

func (s *Surface) addGrant(w http.ResponseWriter, r *http.Request) error {
	a, in, err := doing(r, "POST /powers/grants")
	if err != nil {
		return err
	}
	x, err := s.grantSheet(r)
	if err != nil {
		return err
	}
	who, err := org.StaffByAccount(r.Context(), s.DB, in.Text("staff"))
	if err != nil && !fault.Is(err, fault.NotFound) { // a stranger is marked by the process
		return err
	}
	last, err := until(in)
	if err == nil {
		var id string
		g := delegation.Grant{Staff: who.ID, Organ: in.Text("organ"), Item: in.Text("item"), Kind: delegation.Kind(in.Text("kind")), From: from(in, page.Of(r).Now), Until: last, Basis: in.Text("basis")}
		if id, err = s.Library.Grant(r.Context(), a, g); err == nil {
			return page.Redirect(w, r, "/powers/grants/"+id)
		}
	}
	return s.again(w, r, x, in, err)
}

func (s *Surface) entrustList(w http.ResponseWriter, r *http.Request) error {
	p, q := page.Of(r), page.Query(r)
	f, err := asked1(r)
	if err != nil {
		return err
	}
	rows, err := delegation.Entrustments(r.Context(), s.DB, p.Now, f.Organ, f.Ended, f.ID, size+1)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	t := page.Table{ID: "entrusts", Caption: p.T("powers.entrust.title"), Live: true, Filtered: narrowed(r, "organ", "show"),
		Filter:  []page.Field{organField(r, organs, f.Organ), showField(p, q.Text("show") == "ended")},
		Empty:   page.Nothing{Title: p.T("powers.entrust.none"), Text: p.T("powers.entrust.none.text")},
		Columns: []page.Column{{Text: p.T("powers.name"), Main: true}, {Text: p.T("powers.entrust.from")}, {Text: p.T("powers.entrust.to")}, {Text: p.T("powers.period")}, {Text: p.T("powers.state")}}}
	for _, e := range rest(p, &t, rows, func(e delegation.Entrustment) string { return page.Cursor(e.ID) }) {
		name, err := s.powerName(r, e.Power)
		if err != nil {
			return err
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: name, Href: "/powers/entrusts/" + e.ID}), page.Words(organs[e.From].Name), page.Words(organs[e.To].Name),
			page.Words(period(p, e.Begins, e.Until)), state(p, e.Begins, e.Until, e.Revoked)}})
	}
	return page.Show(w, r, http.StatusOK, listPage(p, list{Title: p.T("powers.entrust.title"), Lead: p.T("powers.entrust.lead"), Here: "/powers/entrusts",
		Acts: giveAct(r, "powers.entrust.new", "/powers/entrusts/new"), Table: t}))
}

// asked1 is asked for a list that goes on behind an id alone.
func asked1(r *http.Request) (powerlist.Filter, error) {
	q := page.Query(r)
	f := powerlist.Filter{Organ: ref.OrganID(chosen(q, "organ")), Ended: q.Text("show") == "ended"}
	if o := own(r); o != "" {
		f.Organ = o
	}
	after, err := page.After(q.Text("after"), 1)
	if after != nil {
		f.ID = after[0]
	}
	return f, err
}

// powerName is a power's name in its latest version.
func (s *Surface) powerName(r *http.Request, word string) (string, error) {
	all, err := powerlist.Versions(r.Context(), s.DB, word)
	if len(all) == 0 {
		return word, err
	}
	return all[0].Name, err
}

func (s *Surface) entrustEntry(r *http.Request) (entry, error) {
	p := page.Of(r)
	x, err := delegation.GetEntrustment(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return entry{}, err
	}
	if err := mine(r, x.From, x.To); err != nil {
		return entry{}, err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return entry{}, err
	}
	name, err := s.powerName(r, x.Power)
	if err != nil {
		return entry{}, err
	}
	words, err := powerlist.Power{Basis: "[" + x.Basis + "]"}.Bases()
	if err != nil {
		return entry{}, err
	}
	told, err := calendar.ParseDate(x.NoticeOn)
	if err != nil {
		return entry{}, err
	}
	rows := []page.Row{{Label: p.T("powers.entrust.from"), Value: organs[x.From].Name, Note: p.T("powers.entrust.name")}, {Label: p.T("powers.entrust.to"), Value: organs[x.To].Name, Note: p.T("powers.entrust.not_on")},
		{Label: p.T("powers.name"), Value: name}, {Label: p.T("powers.notice_on"), Value: p.FullDate(told)}, {Label: p.T("powers.notice_at"), Value: x.NoticeAt},
		{Label: p.T("powers.state"), Part: state(p, x.Begins, x.Until, x.Revoked)}, {Label: p.T("powers.period"), Value: period(p, x.Begins, x.Until)}}
	return entry{Title: p.T("powers.entrust.of", "power", name), Back: page.Link{Text: p.T("powers.entrust.title"), Href: "/powers/entrusts"}, Facts: append(rows, revokedRows(p, x.Revoked, x.Why)...),
		Basis: bases(p, words), End: revokes(r, x.From, x.Revoked, x.Until, "/powers/entrusts/"+x.ID+"/revoke", "powers.entrust.revoke.lead")}, nil
}

func (s *Surface) entrustSheet(r *http.Request) (sheet, error) {
	p := page.Of(r)
	givers, err := s.ownOrgans(r)
	if err != nil {
		return sheet{}, err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return sheet{}, err
	}
	powers, err := powerlist.FindPowers(r.Context(), s.DB, p.Now, powerlist.Filter{Organ: own(r)}, mostPowers)
	if err != nil {
		return sheet{}, err
	}
	var what []page.Option
	for _, x := range powers {
		what = append(what, page.Option{Value: x.Word, Text: x.Name})
	}
	fields := []page.Field{{Name: "organ", Label: p.T("powers.entrust.from"), Kind: page.Select, Value: string(own(r)), Options: givers},
		{Name: "to", Label: p.T("powers.entrust.to"), Kind: page.Select, Options: organOptions(organs)}, {Name: "power", Label: p.T("powers.power"), Kind: page.Select, Options: what}}
	fields = append(fields, citationFields(p, powerlist.Citation{})...)
	fields = append(fields, page.Field{Name: "notice_on", Label: p.T("powers.notice_on"), Kind: page.Date}, page.Field{Name: "notice_at", Label: p.T("powers.notice_at"), Hint: p.T("powers.notice_at.hint")})
	return sheet{Title: p.T("powers.entrust.new"), Lead: p.T("powers.entrust.new.lead"), Action: "/powers/entrusts", Button: p.T("powers.entrust.give"), Fields: append(fields, periodFields(p)...),
		Back: page.Link{Text: p.T("powers.entrust.title"), Href: "/powers/entrusts"}}, nil
}

// mostPowers is how many powers a menu offers.
const mostPowers = 2000

func (s *Surface) newEntrust(w http.ResponseWriter, r *http.Request) error {
	x, err := s.entrustSheet(r)
	if err != nil {
		return err
	}
	return s.sheet(w, r, x)
}

func (s *Surface) addEntrust(w http.ResponseWriter, r *http.Request) error {
	a, in, err := doing(r, "POST /powers/entrusts")
	if err != nil {
		return err
	}
	x, err := s.entrustSheet(r)
	if err != nil {
		return err
	}
	last, err := until(in)
	if err == nil {
		var id string
		basis := strings.TrimSuffix(strings.TrimPrefix(powerlist.Cite(citation(in)), "["), "]")
		e := delegation.Entrustment{From: ref.OrganID(in.Text("organ")), To: ref.OrganID(in.Text("to")), Power: in.Text("power"), Basis: basis, NoticeOn: in.Date("notice_on"), NoticeAt: in.Text("notice_at"),
			Begins: from(in, page.Of(r).Now), Until: last}
		if id, err = s.Library.Entrust(r.Context(), a, e); err == nil {
			return page.Redirect(w, r, "/powers/entrusts/"+id)
		}
	}
	return s.again(w, r, x, in, err)
}
