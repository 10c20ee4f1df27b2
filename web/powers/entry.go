package powers

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/org"
	"yimen/domain/powerlist"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

// endsAt is the form that ends an entry; none for who may not, or where the end is known.
func endsAt(r *http.Request, x powerlist.Period, action, lead string) ending {
	if !office(r) || !x.Until.IsZero() {
		return ending{}
	}
	p := page.Of(r)
	return ending{Action: action, Title: p.T("powers.end"), Lead: p.T(lead), Button: p.T("powers.end"), Fields: endingFields(p)}
}

// periodRows say when an entry holds and why it ended.
func periodRows(p *page.Page, x powerlist.Period) []page.Row {
	rows := []page.Row{{Label: p.T("powers.state"), Part: state(p, x.From, x.Until, time.Time{})}, {Label: p.T("powers.period"), Value: period(p, x.From, x.Until)}}
	if x.Why != "" {
		rows = append(rows, page.Row{Label: p.T("powers.why"), Value: x.Why})
	}
	return rows
}

// shown is the page of an entry.
func shown(read func(*http.Request) (entry, error)) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := read(r)
		if err != nil {
			return err
		}
		return page.Show(w, r, http.StatusOK, entryPage(page.Of(r), v))
	}
}

func (s *Surface) powerEntry(r *http.Request) (entry, error) {
	p := page.Of(r)
	x, err := powerlist.GetPower(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return entry{}, err
	}
	if err := mine(r, x.Organ); err != nil {
		return entry{}, err
	}
	organ, err := org.GetOrgan(r.Context(), s.DB, x.Organ)
	if err != nil {
		return entry{}, err
	}
	words, err := x.Bases()
	if err != nil {
		return entry{}, err
	}
	rows := []page.Row{{Label: p.T("powers.code"), Value: x.Code}, {Label: p.T("powers.type"), Value: p.T(x.Type.Key())}, {Label: p.T("powers.organ"), Value: organ.Name},
		{Label: p.T("powers.level"), Value: p.T(x.Level.Key())}, {Label: p.T("powers.delegable"), Value: acts(p, x)}}
	v := entry{Title: x.Name, Back: page.Link{Text: p.T("powers.power.title"), Href: "/powers/power"}, Facts: append(rows, periodRows(p, x.Period)...), Basis: bases(p, words),
		End: endsAt(r, x.Period, "/powers/power/"+x.ID+"/end", "powers.power.end.lead")}
	if office(r) {
		v.Acts = []page.Act{{Text: p.T("powers.supervision.new"), Href: "/powers/power/" + x.ID + "/bounds"}, {Text: p.T("powers.power.next"), Href: "/powers/power/new?of=" + x.ID}}
	}
	v.Lists, err = s.powerTables(r, x)
	return v, err
}

// powerTables are what bounds a power, the items under it, and its versions.
func (s *Surface) powerTables(r *http.Request, x powerlist.Power) ([]page.Table, error) {
	p := page.Of(r)
	bound, err := powerlist.Bounds(r.Context(), s.DB, x.Word)
	if err != nil {
		return nil, err
	}
	items, err := s.Standing.Items(r.Context(), p.Now)
	if err != nil {
		return nil, err
	}
	versions, err := powerlist.Versions(r.Context(), s.DB, x.Word)
	if err != nil {
		return nil, err
	}
	a := page.Table{ID: "bounds", Caption: p.T("powers.supervision.title"), Empty: page.Nothing{Title: p.T("powers.supervision.none"), Text: p.T("powers.supervision.none.text")},
		Columns: []page.Column{{Text: p.T("powers.judged"), Main: true}, {Text: p.T("powers.step")}, {Text: p.T("powers.bounds")}, {Text: p.T("powers.after")}, {Text: p.T("powers.state")}}}
	for _, b := range bound {
		a.Lines = append(a.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: b.Judged, Href: "/powers/supervision/" + b.ID}), page.Words(b.Step), page.Words(b.Bounds), page.Words(b.After),
			state(p, b.From, b.Until, time.Time{})}})
	}
	b := page.Table{ID: "items", Caption: p.T("powers.items"), Empty: page.Nothing{Title: p.T("powers.items.none")},
		Columns: []page.Column{{Text: p.T("powers.item"), Main: true}, {Text: p.T("powers.state")}}}
	for _, i := range itemsUnder(items, x) {
		tag := page.Tag(page.Good, p.T("powers.in"))
		if i.Out != "" {
			tag = page.Tag(page.Warn, p.T(i.Out.Key()))
		}
		b.Lines = append(b.Lines, page.Line{Cells: []templ.Component{itemLink(i), tag}})
	}
	c := page.Table{ID: "versions", Caption: p.T("powers.versions"),
		Columns: []page.Column{{Text: p.T("powers.version"), Main: true}, {Text: p.T("powers.period")}, {Text: p.T("powers.state")}}}
	for _, y := range versions {
		c.Lines = append(c.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: p.T("powers.version.n", "n", y.Number), Href: "/powers/power/" + y.ID}),
			page.Words(period(p, y.From, y.Until)), state(p, y.From, y.Until, time.Time{})}})
	}
	return []page.Table{a, b, c}, nil
}

// end ends an entry and shows its page again when that was refused.
func (s *Surface) end(w http.ResponseWriter, r *http.Request, l powerlist.List, show func(*http.Request) (entry, error)) error {
	a, in, err := doing(r, "POST /powers/"+string(l)+"/{id}/end")
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	err = s.Library.EndEntry(r.Context(), a, standards.End{List: l, ID: id, On: in.Date("on"), Why: in.Long("why")})
	if err == nil {
		return page.Redirect(w, r, "/powers/"+string(l)+"/"+id)
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

func (s *Surface) endPower(w http.ResponseWriter, r *http.Request) error {
	return s.end(w, r, powerlist.Powers, s.powerEntry)
}

func (s *Surface) endSupervision(w http.ResponseWriter, r *http.Request) error {
	return s.end(w, r, powerlist.Supervisions, s.supervisionEntry)
}

func (s *Surface) endNegative(w http.ResponseWriter, r *http.Request) error {
	return s.end(w, r, powerlist.Negatives, s.negativeEntry)
}

func (s *Surface) supervisionEntry(r *http.Request) (entry, error) {
	p := page.Of(r)
	x, err := powerlist.GetSupervision(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return entry{}, err
	}
	if err := mine(r, x.Organ); err != nil {
		return entry{}, err
	}
	organ, err := org.GetOrgan(r.Context(), s.DB, x.Organ)
	if err != nil {
		return entry{}, err
	}
	words, err := x.Bases()
	if err != nil {
		return entry{}, err
	}
	of, err := powerlist.Versions(r.Context(), s.DB, x.Power)
	if err != nil {
		return entry{}, err
	}
	rows := []page.Row{{Label: p.T("powers.name"), Value: x.Name}, {Label: p.T("powers.organ"), Value: organ.Name}, {Label: p.T("powers.step"), Value: x.Step}, {Label: p.T("powers.judged"), Value: x.Judged},
		{Label: p.T("powers.bounds"), Value: x.Bounds}, {Label: p.T("powers.after"), Value: x.After}, {Label: p.T("powers.rule"), Value: cmp.Or(x.Rule, p.T("powers.rule.own"))}}
	if len(of) > 0 {
		rows[0] = page.Row{Label: p.T("powers.name"), Part: page.Linked(page.Link{Text: x.Name, Href: "/powers/power/" + of[0].ID})}
	}
	return entry{Title: p.T("powers.supervision.of", "power", x.Name), Back: page.Link{Text: p.T("powers.supervision.title"), Href: "/powers/supervision"},
		Facts: append(rows, periodRows(p, x.Period)...), Basis: bases(p, words), End: endsAt(r, x.Period, "/powers/supervision/"+x.ID+"/end", "powers.supervision.end.lead")}, nil
}

func (s *Surface) negativeEntry(r *http.Request) (entry, error) {
	p := page.Of(r)
	x, err := powerlist.GetNegative(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return entry{}, err
	}
	words, err := x.Bases()
	if err != nil {
		return entry{}, err
	}
	items, err := s.Standing.Items(r.Context(), p.Now)
	if err != nil {
		return entry{}, err
	}
	rows := []page.Row{{Label: p.T("powers.kind"), Value: p.T("powers.negative." + x.Kind)}, {Label: p.T("powers.reason"), Value: x.Reason},
		{Label: p.T("powers.keywords"), Value: strings.Join(x.Words(), p.T("powers.comma"))}}
	if x.Code != "" {
		rows = append(rows, page.Row{Label: p.T("powers.code"), Value: x.Code})
	}
	t := page.Table{ID: "hit", Caption: p.T("powers.negative.hit"), Empty: page.Nothing{Title: p.T("powers.negative.hit.none")}, Columns: []page.Column{{Text: p.T("powers.item"), Main: true}, {Text: p.T("powers.code")}}}
	for _, i := range items {
		if x.Kind == powerlist.NoItem && x.Hits(i.Name, i.Code()) {
			t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{itemLink(i), page.Words(i.Code())}})
		}
	}
	return entry{Title: x.Name, Back: page.Link{Text: p.T("powers.negative.title"), Href: "/powers/negative"}, Facts: append(rows, periodRows(p, x.Period)...), Basis: bases(p, words),
		Lists: []page.Table{t}, End: endsAt(r, x.Period, "/powers/negative/"+x.ID+"/end", "powers.negative.end.lead")}, nil
}

// powerSheet is the form of a power; of is the version it goes on from, or empty.
func (s *Surface) powerSheet(r *http.Request, of string) (sheet, error) {
	p := page.Of(r)
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return sheet{}, err
	}
	x, words := powerlist.Power{}, []powerlist.Citation{{}}
	title := p.T("powers.power.new")
	if of != "" {
		if x, err = powerlist.GetPower(r.Context(), s.DB, of); err != nil {
			return sheet{}, err
		}
		if words, err = x.Bases(); err != nil {
			return sheet{}, err
		}
		title = p.T("powers.power.next")
	}
	var may []page.Option
	for _, a := range powerlist.Acts {
		may = append(may, page.Option{Value: a, Text: p.T("powers.kind." + a)})
	}
	fields := []page.Field{{Name: "of", Kind: page.Hidden, Value: of}, {Name: "name", Label: p.T("powers.name"), Value: x.Name, Full: true},
		{Name: "code", Label: p.T("powers.code"), Hint: p.T("powers.code.hint"), Value: x.Code},
		{Name: "organ", Label: p.T("powers.organ"), Kind: page.Select, Value: string(x.Organ), Options: organOptions(organs)},
		{Name: "level", Label: p.T("powers.level"), Kind: page.Select, Value: number(int(x.Level)), Options: levelOptions(p)},
		{Name: "delegable", Label: p.T("powers.delegable"), Hint: p.T("powers.delegable.hint"), Kind: page.Checks, Values: strings.Split(x.Delegable, ","), Options: may, Optional: true}}
	fields = append(append(fields, citationFields(p, words[0])...), periodFields(p)...)
	return sheet{Title: title, Lead: p.T("powers.power.new.lead"), Action: "/powers/power", Button: p.T("powers.add"), Fields: fields, Back: page.Link{Text: p.T("powers.power.title"), Href: "/powers/power"}}, nil
}

func (s *Surface) newPower(w http.ResponseWriter, r *http.Request) error {
	x, err := s.powerSheet(r, page.Query(r).Text("of"))
	if err != nil {
		return err
	}
	return s.sheet(w, r, x)
}

func (s *Surface) addPower(w http.ResponseWriter, r *http.Request) error {
	a, in, err := doing(r, "POST /powers/power")
	if err != nil {
		return err
	}
	x, err := s.powerSheet(r, in.Text("of"))
	if err != nil {
		return err
	}
	g, err := s.givenPower(r, in)
	if err == nil {
		var id string
		if id, err = s.Library.AddPower(r.Context(), a, g); err == nil {
			return page.Redirect(w, r, "/powers/power/"+id)
		}
	}
	return s.again(w, r, x, in, err)
}

func (s *Surface) givenPower(r *http.Request, in *page.Input) (standards.Given, error) {
	level, _ := in.Int("level")
	last, err := until(in)
	if err != nil {
		return standards.Given{}, err
	}
	x := powerlist.Power{Name: in.Text("name"), Code: in.Compact("code"), Organ: ref.OrganID(in.Text("organ")), Level: ref.Level(level), Basis: powerlist.Cite(citation(in)),
		Delegable: strings.Join(in.All("delegable"), ","), Period: powerlist.Period{From: from(in, page.Of(r).Now), Until: last}}
	if of := in.Text("of"); of != "" {
		before, err := powerlist.GetPower(r.Context(), s.DB, of)
		if err != nil {
			return standards.Given{}, err
		}
		x.Word = before.Word
	}
	return standards.Given{Power: x}, nil
}

func (s *Surface) boundsSheet(r *http.Request) (sheet, powerlist.Power, error) {
	p := page.Of(r)
	x, err := powerlist.GetPower(r.Context(), s.DB, r.PathValue("id"))
	if err != nil {
		return sheet{}, x, err
	}
	fields := []page.Field{{Name: "step", Label: p.T("powers.step"), Hint: p.T("powers.step.hint"), Value: "decide"}, {Name: "rule", Label: p.T("powers.rule"), Hint: p.T("powers.rule.hint"), Optional: true},
		{Name: "judged", Label: p.T("powers.judged"), Kind: page.LongText, Rows: 2}, {Name: "bounds", Label: p.T("powers.bounds"), Kind: page.LongText, Rows: 2},
		{Name: "after", Label: p.T("powers.after"), Kind: page.LongText, Rows: 2}}
	fields = append(append(fields, citationFields(p, powerlist.Citation{})...), periodFields(p)...)
	return sheet{Title: p.T("powers.supervision.new"), Lead: p.T("powers.supervision.new.lead", "power", x.Name), Action: "/powers/power/" + x.ID + "/bounds", Button: p.T("powers.add"), Fields: fields,
		Back: page.Link{Text: x.Name, Href: "/powers/power/" + x.ID}}, x, nil
}

func (s *Surface) newBounds(w http.ResponseWriter, r *http.Request) error {
	x, _, err := s.boundsSheet(r)
	if err != nil {
		return err
	}
	return s.sheet(w, r, x)
}

func (s *Surface) addBounds(w http.ResponseWriter, r *http.Request) error {
	a, in, err := doing(r, "POST /powers/power/{id}/bounds")
	if err != nil {
		return err
	}
	x, of, err := s.boundsSheet(r)
	if err != nil {
		return err
	}
	last, err := until(in)
	if err == nil {
		_, err = s.Library.AddSupervision(r.Context(), a, powerlist.Supervision{Power: of.Word, Step: in.Text("step"), Judged: in.Long("judged"), Bounds: in.Long("bounds"), After: in.Long("after"), Rule: in.Text("rule"),
			Basis: powerlist.Cite(citation(in)), Period: powerlist.Period{From: from(in, page.Of(r).Now), Until: last}})
	}
	if err == nil {
		return page.Redirect(w, r, "/powers/power/"+of.ID)
	}
	return s.again(w, r, x, in, err)
}

func negativeSheet(p *page.Page) sheet {
	fields := []page.Field{{Name: "name", Label: p.T("powers.name"), Full: true}, {Name: "kind", Label: p.T("powers.kind"), Kind: page.Radio, Options: kindOptions(p)},
		{Name: "code", Label: p.T("powers.code"), Hint: p.T("powers.code.hint"), Optional: true},
		{Name: "keywords", Label: p.T("powers.keywords"), Hint: p.T("powers.keywords.hint"), Kind: page.LongText, Rows: 3, Optional: true}, {Name: "reason", Label: p.T("powers.reason"), Kind: page.LongText, Rows: 2}}
	fields = append(append(fields, citationFields(p, powerlist.Citation{})...), periodFields(p)...)
	return sheet{Title: p.T("powers.negative.new"), Lead: p.T("powers.negative.new.lead"), Action: "/powers/negative", Button: p.T("powers.add"), Fields: fields,
		Back: page.Link{Text: p.T("powers.negative.title"), Href: "/powers/negative"}}
}

func (s *Surface) newNegative(w http.ResponseWriter, r *http.Request) error {
	return s.sheet(w, r, negativeSheet(page.Of(r)))
}

func (s *Surface) addNegative(w http.ResponseWriter, r *http.Request) error {
	a, in, err := doing(r, "POST /powers/negative")
	if err != nil {
		return err
	}
	last, err := until(in)
	if err == nil {
		var id string
		n := powerlist.Negative{Kind: in.Text("kind"), Name: in.Text("name"), Keywords: in.Long("keywords"), Code: in.Compact("code"), Reason: in.Long("reason"), Basis: powerlist.Cite(citation(in)),
			Period: powerlist.Period{From: from(in, page.Of(r).Now), Until: last}}
		if id, err = s.Library.AddNegative(r.Context(), a, n); err == nil {
			return page.Redirect(w, r, "/powers/negative/"+id)
		}
	}
	return s.again(w, r, negativeSheet(page.Of(r)), in, err)
}
