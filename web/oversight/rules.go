package oversight

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/inspection"
	"yimen/foundation/fault"
	"yimen/process/supervise"
	"yimen/web/page"
)

// mostEditions is how many editions the page lists.
const mostEditions = 30

// edition reads the edition asked for, or the one in force.
func (s *Surface) edition(r *http.Request) (inspection.Edition, inspection.Book, error) {
	var e inspection.Edition
	n, err := strconv.ParseInt(cmp.Or(page.Query(r).Text("version"), "0"), 10, 64)
	switch {
	case err != nil:
		return e, inspection.Book{}, fault.New(fault.NotFound, "fault.not_found")
	case n > 0:
		e, err = inspection.Get(r.Context(), s.DB, n)
	default:
		e, err = inspection.Current(r.Context(), s.DB)
	}
	if err != nil {
		return e, inspection.Book{}, err
	}
	book, err := e.Book()
	return e, book, err
}

// rules lists the rules of an edition, with the times they share and the editions before.
func (s *Surface) rules(w http.ResponseWriter, r *http.Request) error {
	return s.rulesPage(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) rulesPage(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p := page.Of(r)
	e, book, err := s.edition(r)
	if err != nil {
		return err
	}
	all, err := inspection.Editions(r.Context(), s.DB, mostEditions)
	if err != nil {
		return err
	}
	who, err := s.names(r)
	if err != nil {
		return err
	}
	now := len(all) == 0 || e.Version == all[0].Version
	fields := page.Refill(p, bookFields(p, e, book), in, wrong)
	v := thing{Title: p.T("watch.rules"), Action: "/oversight/rules", Problems: page.Problems(p, fields, wrong),
		Acts: []page.Act{{Text: p.T("watch.rules.file"), Href: "/oversight/rules.json?version=" + strconv.FormatInt(e.Version, 10)}, {Text: p.T("watch.rules.import"), Href: "/oversight/rules/import"}}}
	if now {
		v.Forms = []form{{Title: p.T("watch.rules.times"), Fields: fields, Acts: []page.Act{{Text: p.T("watch.keep"), Look: page.Main}}}}
	}
	return page.Show(w, r, status, rulesSheet(p, v, ruleTable(p, e, book, now), editionTable(p, who, all)))
}

func ruleTable(p *page.Page, e inspection.Edition, book inspection.Book, now bool) page.Table {
	t := page.Table{ID: "rules", Caption: p.T("watch.rules.of", "n", e.Version), Empty: page.Nothing{Title: p.T("watch.rules.none"), Text: p.T("watch.rules.none.text")},
		Columns: []page.Column{{Text: p.T("watch.rule"), Main: true}, {Text: p.T("watch.trigger")}, {Text: p.T("watch.watch")}, {Text: p.T("watch.rule.when")}, {Text: p.T("watch.basis")}, {Text: p.T("watch.rule.on")}}}
	for _, x := range book.Rules {
		name := page.Words(x.Name)
		if now {
			name = page.Linked(page.Link{Text: x.Name, Href: "/oversight/rules/" + url.PathEscape(x.ID)})
		}
		used := page.Tag(page.Good, p.T("watch.rule.used"))
		if !x.On {
			used = page.Tag(page.Plain, p.T("watch.rule.unused"))
		}
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{name, page.Words(p.T("watch.trigger." + string(x.Trigger))), page.Words(p.T("watch.watch." + string(x.Watch))), page.Words(threshold(p, x)), page.Words(basis(p, x)), used}})
	}
	return t
}

// threshold says in a sentence when a rule calls for which card.
func threshold(p *page.Page, x inspection.Rule) string {
	switch {
	case x.Watch.Timed() && x.Days == 0 && x.Percent == 0:
		return p.T("watch.when.over", "yellow", x.Yellow)
	case x.Watch.Timed() && x.Percent == 0:
		return p.T("watch.when.days", "days", x.Days, "yellow", x.Yellow)
	case x.Watch.Timed():
		return p.T("watch.when", "days", x.Days, "percent", x.Percent, "yellow", x.Yellow)
	}
	return p.T("watch.when."+string(x.Watch), "n", x.Least, "level", p.T("watch.level."+string(x.Level)))
}

// basis is what a rule rests on.
func basis(p *page.Page, x inspection.Rule) string {
	out := x.Ground
	for _, c := range x.Basis {
		if out != "" {
			out += p.T("watch.basis.and")
		}
		out += p.T("watch.basis.article", "law", c.Law, "article", c.Article)
	}
	return out
}

func editionTable(p *page.Page, who names, all []inspection.Edition) page.Table {
	t := page.Table{ID: "editions", Caption: p.T("watch.editions"), Empty: page.Nothing{Title: p.T("watch.editions.none")}, Columns: []page.Column{{Text: p.T("watch.edition"), Main: true}, {Text: p.T("watch.edition.by")}, {Text: p.T("watch.edition.at")}}}
	for _, e := range all {
		n := strconv.FormatInt(e.Version, 10)
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: p.T("watch.edition.n", "n", e.Version), Href: "/oversight/rules?version=" + n}), page.Words(who.actor(p, e.By)), page.Words(p.Stamp(e.Made))}})
	}
	return t
}

// some is a number, "" for none.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func numberField(name, label string, n int) page.Field {
	return page.Field{Name: name, Label: label, Kind: page.Number, Value: strconv.Itoa(n)}
}

func bookFields(p *page.Page, e inspection.Edition, b inspection.Book) []page.Field {
	return []page.Field{numberField("explain.warning", p.T("watch.explain.warning"), b.Explain.Warning), numberField("explain.yellow", p.T("watch.explain.yellow"), b.Explain.Yellow), numberField("explain.red", p.T("watch.explain.red"), b.Explain.Red),
		numberField("twice", p.T("watch.twice"), b.Twice), numberField("answer", p.T("watch.answer_days"), b.Answer), {Name: "read", Kind: page.Hidden, Value: strconv.FormatInt(e.Version, 10)}}
}

// whole reads whole numbers of a form into their places.
func whole(in *page.Input, into map[string]*int) (bad []fault.Field) {
	for name, to := range into {
		n, ok := in.Int(name)
		if !ok {
			bad = append(bad, fault.Field{Name: name, Key: "field.number"})
		}
		*to = int(n)
	}
	return bad
}

// keeping reads a posted change of the book in force.
func (s *Surface) keeping(r *http.Request, in *page.Input, route string) (supervise.Keeping, error) {
	x, err := word(r, in, route, r.PathValue("id"))
	if err != nil {
		return supervise.Keeping{}, err
	}
	e, err := inspection.Current(r.Context(), s.DB)
	if err != nil {
		return supervise.Keeping{}, err
	}
	k := supervise.Keeping{Submit: x.Submit, By: x.By}
	k.Read, _ = in.Int("read")
	k.Book, err = e.Book()
	return k, err
}

// keepBook changes the times that all rules share.
func (s *Surface) keepBook(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	k, err := s.keeping(r, in, "POST /oversight/rules")
	if err != nil {
		return err
	}
	b := &k.Book
	if bad := whole(in, map[string]*int{"explain.warning": &b.Explain.Warning, "explain.yellow": &b.Explain.Yellow, "explain.red": &b.Explain.Red, "twice": &b.Twice, "answer": &b.Answer}); len(bad) > 0 {
		err = fault.Bad(bad...)
	} else {
		err = s.Watch.KeepRules(r.Context(), k)
	}
	if told(err) {
		return s.rulesPage(w, r, page.Status(err), in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/oversight/rules")
}

// rule asks for one rule's thresholds and basis.
func (s *Surface) rule(w http.ResponseWriter, r *http.Request) error {
	return s.rulePage(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) rulePage(w http.ResponseWriter, r *http.Request, status int, in *page.Input, wrong error) error {
	p := page.Of(r)
	e, book, err := s.edition(r)
	if err != nil {
		return err
	}
	x, known := book.Find(r.PathValue("id"))
	if !known {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	fields := page.Refill(p, ruleFields(p, e, x), in, wrong)
	return page.Show(w, r, status, askPage(p, thing{Title: x.Name, Lead: p.T("watch.watch." + string(x.Watch)), Action: "/oversight/rules/" + url.PathEscape(x.ID), Back: page.Link{Text: p.T("watch.rules"), Href: "/oversight/rules"},
		Problems: page.Problems(p, fields, wrong), Forms: []form{{Fields: fields, Acts: []page.Act{{Text: p.T("watch.keep"), Look: page.Main}}}}}))
}

func ruleFields(p *page.Page, e inspection.Edition, x inspection.Rule) []page.Field {
	on := page.Field{Name: "on", Label: p.T("watch.rule.on"), Kind: page.Radio, Value: "yes", Options: []page.Option{{Value: "yes", Text: p.T("watch.rule.used")}, {Value: "no", Text: p.T("watch.rule.unused")}}}
	if !x.On {
		on.Value = "no"
	}
	out := []page.Field{{Name: "name", Label: p.T("watch.rule"), Value: x.Name, Auto: "off", Full: true}, on}
	if x.Watch.Timed() {
		out = append(out, numberField("days", p.T("watch.rule.days"), x.Days), numberField("percent", p.T("watch.rule.percent"), x.Percent), numberField("yellow", p.T("watch.rule.yellow"), x.Yellow))
	} else {
		level := page.Field{Name: "level", Label: p.T("watch.level"), Kind: page.Select, Value: string(x.Level)}
		for _, l := range inspection.Levels() {
			level.Options = append(level.Options, page.Option{Value: string(l), Text: p.T("watch.level." + string(l))})
		}
		out = append(out, level)
	}
	if x.Watch == inspection.Reasons || x.Watch == inspection.Keyed {
		out = append(out, numberField("least", p.T("watch.least."+string(x.Watch)), x.Least))
	}
	out = append(out, page.Field{Name: "ground", Label: p.T("watch.ground"), Hint: p.T("watch.ground.hint"), Value: x.Ground, Optional: true, Auto: "off", Full: true})
	for i, c := range append(slices.Clone(x.Basis), inspection.Citation{}) {
		n := strconv.Itoa(i)
		out = append(out, page.Field{Name: "law." + n, Label: p.T("watch.law"), Value: c.Law, Optional: true, Auto: "off"}, page.Field{Name: "article." + n, Label: p.T("watch.article"), Kind: page.Number, Value: some(c.Article), Optional: true},
			page.Field{Name: "paragraph." + n, Label: p.T("watch.paragraph"), Kind: page.Number, Value: some(c.Paragraph), Optional: true}, page.Field{Name: "point." + n, Label: p.T("watch.point"), Kind: page.Number, Value: some(c.Point), Optional: true},
			page.Field{Name: "text." + n, Label: p.T("watch.quote"), Value: c.Text, Optional: true, Auto: "off", Full: true})
	}
	return append(out, page.Field{Name: "read", Kind: page.Hidden, Value: strconv.FormatInt(e.Version, 10)})
}

// changed is the rule as the form says it.
func changed(in *page.Input, x inspection.Rule) (inspection.Rule, []fault.Field) {
	x.Name, x.On, x.Ground = in.Text("name"), in.Text("on") == "yes", in.Text("ground")
	numbers := map[string]*int{}
	if x.Watch.Timed() {
		numbers["days"], numbers["percent"], numbers["yellow"] = &x.Days, &x.Percent, &x.Yellow
	} else {
		x.Level = inspection.Level(in.Text("level"))
	}
	if in.Has("least") {
		numbers["least"] = &x.Least
	}
	bad := whole(in, numbers)
	old := x.Basis
	x.Basis = nil
	for i := 0; in.Has("law." + strconv.Itoa(i)); i++ {
		n := strconv.Itoa(i)
		c := inspection.Citation{Law: in.Text("law." + n), Text: in.Text("text." + n)}
		if c.Law == "" {
			continue
		}
		if i < len(old) {
			c.Sub = old[i].Sub
		}
		for name, to := range map[string]*int{"article." + n: &c.Article, "paragraph." + n: &c.Paragraph, "point." + n: &c.Point} {
			if in.Text(name) != "" {
				bad = append(bad, whole(in, map[string]*int{name: to})...)
			}
		}
		x.Basis = append(x.Basis, c)
	}
	return x, bad
}

// keepRule changes one rule.
func (s *Surface) keepRule(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	k, err := s.keeping(r, in, "POST /oversight/rules/{id}")
	if err != nil {
		return err
	}
	at := slices.IndexFunc(k.Book.Rules, func(x inspection.Rule) bool { return x.ID == r.PathValue("id") })
	if at < 0 {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	var bad []fault.Field
	if k.Book.Rules[at], bad = changed(in, k.Book.Rules[at]); len(bad) > 0 {
		err = fault.Bad(bad...)
	} else {
		err = own(s.Watch.KeepRules(r.Context(), k), "rules."+strconv.Itoa(at)+".")
	}
	if told(err) {
		return s.rulePage(w, r, page.Status(err), in, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/oversight/rules")
}

// own names the fields of a mistake as the form of one rule does.
func own(err error, prefix string) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	fields := slices.Clone(fault.Fields(err))
	for i, f := range fields {
		if len(f.Name) > len(prefix) && f.Name[:len(prefix)] == prefix {
			fields[i].Name = f.Name[len(prefix):]
		}
	}
	return fault.Bad(fields...)
}

// rulesFile is an edition as a file that the import reads.
func (s *Surface) rulesFile(w http.ResponseWriter, r *http.Request) error {
	e, book, err := s.edition(r)
	if err != nil {
		return err
	}
	page.AsDownload(w.Header(), page.Of(r).T("watch.rules.name", "n", e.Version)+".json")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(book.Write()) // the browser left; nobody to tell
	return nil
}

func (s *Surface) askImport(w http.ResponseWriter, r *http.Request) error {
	return s.importPage(w, r, http.StatusOK, nil)
}

func (s *Surface) importPage(w http.ResponseWriter, r *http.Request, status int, wrong error) error {
	p := page.Of(r)
	e, err := inspection.Current(r.Context(), s.DB)
	if err != nil {
		return err
	}
	fields := page.Refill(p, []page.Field{{Name: "file", Label: p.T("watch.rules.pick"), Hint: p.T("watch.rules.pick.hint"), Kind: page.Uploads, Accept: ".json"}, {Name: "read", Kind: page.Hidden, Value: strconv.FormatInt(e.Version, 10)}}, nil, wrong)
	return page.Show(w, r, status, askPage(p, thing{Title: p.T("watch.rules.import"), Lead: p.T("watch.rules.import.lead"), Action: "/oversight/rules/import", Back: page.Link{Text: p.T("watch.rules"), Href: "/oversight/rules"},
		Problems: page.Problems(p, fields, wrong), Forms: []form{{Fields: fields, Files: true, Acts: []page.Act{{Text: p.T("watch.rules.import"), Look: page.Main}}}}}))
}

// mostFile bounds a file of rules.
const mostFile = 1 << 20

// importRules makes a file's rules the next edition.
func (s *Surface) importRules(w http.ResponseWriter, r *http.Request) error {
	var raw []byte
	in, err := page.ReadUpload(r, page.Upload{MaxFile: mostFile, MaxFiles: 1, Save: func(f page.File) (err error) {
		raw, err = io.ReadAll(f.Body)
		return err
	}})
	if err != nil {
		return err
	}
	book, err := inspection.ReadBook(raw)
	if err == nil {
		x, failed := word(r, in, "POST /oversight/rules/import", string(raw))
		if failed != nil {
			return failed
		}
		read, _ := in.Int("read")
		err = s.Watch.KeepRules(r.Context(), supervise.Keeping{Submit: x.Submit, By: x.By, Read: read, Book: book})
	}
	if told(err) {
		return s.importPage(w, r, page.Status(err), err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/oversight/rules")
}
