package admin

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/domain/statute"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

// lawRoles may read and load law texts.
var lawRoles = []page.Role{page.Keeper, page.Standards, page.Admin}

const (
	lawRows    = 50
	hitRows    = 20
	lawsAtOnce = 1500 // files of one upload
	lawsBody   = 20 << 20
	lawFile    = 1 << 20
)

func (s *Surface) lawRoutes() []page.Route {
	return []page.Route{
		{Method: "GET", Pattern: "/admin/laws", Roles: lawRoles, Handler: s.laws, Title: "statute.title"},
		{Method: "POST", Pattern: "/admin/laws", Roles: lawRoles, Handler: s.importLaws, Title: "statute.title", Body: lawsBody},
		{Method: "GET", Pattern: "/admin/laws/check", Roles: lawRoles, Handler: s.checkLaws, Title: "statute.check.title"},
		{Method: "GET", Pattern: "/admin/laws/{id}", Roles: lawRoles, Handler: s.law, Title: "statute.title"},
		{Method: "POST", Pattern: "/admin/laws/{id}", Roles: lawRoles, Handler: s.confirmLaw, Title: "statute.title"},
		{Method: "GET", Pattern: "/admin/laws/{id}/diff", Roles: lawRoles, Handler: s.lawDiff, Title: "statute.diff.title"},
	}
}

// today is the day in China on which a page is shown.
func today(p *page.Page) calendar.Date { return calendar.DateOf(p.Now) }

// deskOf is where a page of laws leads back to: the engineer has a desk of their own.
func deskOf(p *page.Page) page.Link {
	if p.Actor.Is(page.Admin) {
		return page.Link{Text: p.T("admin.title"), Href: "/admin"}
	}
	return page.Link{Text: p.T("staff.home.title"), Href: "/staff"}
}

// lawList is the list of laws, or of articles that have the words; with what an upload did.
type lawList struct {
	Table    page.Table
	Lead     string
	Doubtful int
	Bad      []page.Problem
	Upload   page.Field
	Report   *lawReport
}

func (s *Surface) laws(w http.ResponseWriter, r *http.Request) error {
	return s.showLaws(w, r, http.StatusOK, nil, nil)
}

func (s *Surface) showLaws(w http.ResponseWriter, r *http.Request, status int, rep *standards.Report, wrong error) error {
	p, q := page.Of(r), page.Query(r)
	v := lawList{Upload: page.Field{Name: "files", Label: p.T("statute.import.files"), Hint: p.T("statute.import.hint"), Kind: page.Uploads, Accept: ".md", Many: true, Full: true}}
	n, doubtful, err := statute.Count(r.Context(), s.DB, today(p))
	if err != nil {
		return err
	}
	v.Lead, v.Doubtful = p.T("statute.lead", "n", page.Thousands(int64(n))), doubtful
	fields := lawFilter(p, q)
	if q.Text("words") != "" {
		v.Table, err = s.hits(r.Context(), p, q)
	} else {
		v.Table, err = s.lawTable(r.Context(), p, q)
	}
	if fault.Is(err, fault.Invalid) { // words too short: beside the field, and nothing found
		status, v.Table = http.StatusUnprocessableEntity, page.Table{ID: "laws", Caption: p.T("statute.hits")}
		fields, v.Bad = page.Refill(p, fields, q, err), page.Problems(p, fields, err)
	} else if err != nil {
		return err
	}
	v.Table.Filter, v.Table.Filtered = fields, q.Text("name")+q.Text("words")+string(stateOf(q)) != ""
	if wrong != nil {
		refilled := page.Refill(p, []page.Field{v.Upload}, q, wrong)
		v.Upload, v.Bad = refilled[0], page.Problems(p, refilled, wrong)
	}
	if rep != nil {
		v.Report = reportOf(p, *rep)
	}
	return page.Show(w, r, status, lawsPage(p, v))
}

// every is the filter's value for all: a select with an empty first option would ask to choose.
const every = "every"

func stateOf(q *page.Input) statute.State {
	return statute.State(strings.TrimPrefix(q.Text("state"), every))
}

func lawFilter(p *page.Page, q *page.Input) []page.Field {
	state := page.Field{Name: "state", Label: p.T("statute.filter.state"), Kind: page.Select, Value: cmp.Or(q.Text("state"), every), Options: []page.Option{{Value: every, Text: p.T("statute.state.every")}}}
	for _, x := range []statute.State{statute.Current, statute.Doubtful, statute.Gone} {
		state.Options = append(state.Options, page.Option{Value: string(x), Text: p.T("statute.state." + string(x))})
	}
	return []page.Field{{Name: "name", Label: p.T("statute.filter.name"), Value: q.Text("name"), Auto: "off"},
		{Name: "words", Label: p.T("statute.filter.words"), Hint: p.T("statute.filter.words.hint"), Value: q.Text("words"), Auto: "off"}, state}
}

func (s *Surface) lawTable(ctx context.Context, p *page.Page, q *page.Input) (page.Table, error) {
	t := page.Table{ID: "laws", Caption: p.T("statute.caption"), First: page.FirstPage(p), Empty: page.Nothing{Title: p.T("statute.none"), Text: p.T("statute.none.text")},
		Columns: []page.Column{{Text: p.T("statute.column.name"), Main: true}, {Text: p.T("statute.column.kind")}, {Text: p.T("statute.column.published")},
			{Text: p.T("statute.column.effective")}, {Text: p.T("statute.column.versions"), Number: true}, {Text: p.T("statute.column.state")}}}
	after, err := page.After(q.Text("after"), 1)
	if err != nil {
		return t, err
	}
	list, err := statute.List(ctx, s.DB, q.Text("name"), stateOf(q), today(p), strings.Join(after, ""), lawRows+1)
	if err != nil {
		return t, err
	}
	if len(list) > lawRows {
		list = list[:lawRows]
		t.Next = page.NextPage(p, page.Cursor(list[lawRows-1].Name))
	}
	for _, x := range list {
		tone, words := standing(p, x.Until, x.Currency)
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: x.Name, Href: "/admin/laws/" + x.ID}), page.Words(p.T("statute.rank." + string(x.Kind))),
			page.Words(p.FullDate(x.Published)), page.Words(p.FullDate(x.Effective)), page.Words(strconv.Itoa(x.Versions)), page.Tag(tone, words)}})
	}
	return t, nil
}

// standing says in words what is known of a version.
func standing(p *page.Page, until calendar.Date, c statute.Currency) (page.Tone, string) {
	switch {
	case until > 0 && until <= today(p):
		return page.Plain, p.T("statute.state.gone")
	case c == statute.Unknown:
		return page.Warn, p.T("statute.state.doubtful")
	}
	return page.Good, p.T("statute.state.current")
}

func (s *Surface) hits(ctx context.Context, p *page.Page, q *page.Input) (page.Table, error) {
	t := page.Table{ID: "laws", Caption: p.T("statute.hits"), First: page.FirstPage(p), Empty: page.Nothing{Title: p.T("statute.none"), Text: p.T("statute.none.text")},
		Columns: []page.Column{{Text: p.T("statute.column.place"), Main: true}, {Text: p.T("statute.column.words")}, {Text: p.T("statute.column.published")}, {Text: p.T("statute.column.state")}}}
	hits, next, err := statute.Search(ctx, s.DB, statute.Query{Words: q.Text("words"), Name: q.Text("name"), State: stateOf(q), Day: today(p), After: q.Text("after"), Limit: hitRows})
	if err != nil {
		return t, err
	}
	t.Next = page.NextPage(p, next)
	for _, h := range hits {
		tone, words := standing(p, h.Version.Until, h.Version.Currency)
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{page.Linked(page.Link{Text: h.Version.Name + " " + h.Label, Href: placeOf(h.Version, h.Number, h.Sub)}),
			snippet(h), page.Words(p.FullDate(h.Version.Published)), page.Tag(tone, words)}})
	}
	return t, nil
}

// placeOf is the address of an article in its version.
func placeOf(v statute.Version, number, sub int) string {
	return "/admin/laws/" + v.Law + "?version=" + url.QueryEscape(v.ID) + "#" + anchor(number, sub)
}

func anchor(number, sub int) string { return "a" + strconv.Itoa(number) + "-" + strconv.Itoa(sub) }

// importLaws is repeatable by nature: texts that are there stay as they are.
func (s *Surface) importLaws(w http.ResponseWriter, r *http.Request) error {
	var files []standards.LawFile
	var early []standards.Refusal
	_, err := page.ReadUpload(r, page.Upload{MaxFile: lawFile, MaxFiles: lawsAtOnce, Save: func(f page.File) error {
		raw, err := io.ReadAll(f.Body)
		switch {
		case fault.Is(err, fault.TooLarge) && fault.As(err).Key == "fault.file_large":
			early = append(early, standards.Refusal{File: f.Name, Flaw: statute.Flaw{Key: "statute.flaw.large"}})
		case err != nil:
			return err
		case path.Ext(f.Name) != ".md":
			early = append(early, standards.Refusal{File: f.Name, Flaw: statute.Flaw{Key: "statute.flaw.kind"}})
		default:
			files = append(files, standards.LawFile{Name: f.Name, Body: string(raw)})
		}
		return nil
	}})
	if err == nil && len(files)+len(early) == 0 {
		err = fault.Bad(fault.Field{Name: "files", Key: "statute.import.none"})
	}
	if fault.Is(err, fault.Invalid) && len(fault.Fields(err)) > 0 {
		return s.showLaws(w, r, http.StatusUnprocessableEntity, nil, err)
	}
	if err != nil {
		return err
	}
	rep, err := s.Library.ImportTexts(r.Context(), by(r), files)
	if err != nil {
		return err
	}
	rep.Refused = append(early, rep.Refused...)
	status := http.StatusOK
	if len(rep.New)+len(rep.Changed)+rep.Same == 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.showLaws(w, r, status, &rep, nil)
}

// lawReport is what an import did, in words.
type lawReport struct {
	Text    string
	Changes []changeView
	Refused []string
}

type changeView struct {
	Title string
	Href  string // the two versions side by side
	Cited []string
}

func reportOf(p *page.Page, rep standards.Report) *lawReport {
	v := &lawReport{Text: p.T("statute.import.done", "new", len(rep.New), "changed", len(rep.Changed), "same", rep.Same, "refused", len(rep.Refused))}
	for _, c := range rep.Changed {
		x := changeView{Title: p.T("statute.import.changed", "law", c.Law, "day", p.FullDate(c.To.Published), "n", len(c.Articles))}
		if c.From.ID == "" {
			x.Title = p.T("statute.import.older", "law", c.Law, "day", p.FullDate(c.To.Published))
		} else {
			x.Href = "/admin/laws/" + c.To.Law + "/diff?from=" + url.QueryEscape(c.From.ID) + "&to=" + url.QueryEscape(c.To.ID)
		}
		for _, by := range c.CitedBy {
			x.Cited = append(x.Cited, p.T("statute.import.cites", "object", by.By.ID, "path", page.ItemPlace(p, by.Path), "article", by.Article))
		}
		v.Changes = append(v.Changes, x)
	}
	for _, x := range rep.Refused {
		v.Refused = append(v.Refused, p.T("statute.import.refused.line", "file", x.File, "line", x.Line, "why", p.T(x.Key, x.Args...)))
	}
	return v
}

// lawView is one law in one of its versions.
type lawView struct {
	Entry    statute.Entry
	Shown    statute.Version
	Facts    []page.Row
	Versions page.Table
	Articles []statute.Article
	Cited    []citedView
	Ended    string // by what, "" = in force
	Several  bool
	Source   []page.Field
	Bad      []page.Problem
	Done     bool
}

type citedView struct {
	Text string
	Href string
}

func (s *Surface) law(w http.ResponseWriter, r *http.Request) error {
	return s.showLaw(w, r, http.StatusOK, page.Query(r).Text("version"), nil, nil)
}

func (s *Surface) showLaw(w http.ResponseWriter, r *http.Request, status int, version string, in *page.Input, wrong error) error {
	p, ctx := page.Of(r), r.Context()
	entry, err := statute.GetLaw(ctx, s.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	all, err := statute.Versions(ctx, s.DB, entry.ID)
	if err != nil {
		return err
	}
	shown, err := pickVersion(all, version, entry.Newest)
	if err != nil {
		return err
	}
	v := lawView{Entry: entry, Shown: shown, Several: len(all) > 1, Versions: versionTable(p, all, shown.ID), Done: page.Query(r).Has("confirmed")}
	if v.Articles, err = statute.Articles(ctx, s.DB, shown); err != nil {
		return err
	}
	if v.Cited, err = s.citedBy(ctx, p, entry.Name); err != nil {
		return err
	}
	if err := s.lawFacts(ctx, p, &v); err != nil {
		return err
	}
	source := page.Field{Name: "source", Label: p.T("statute.confirm.source"), Hint: p.T("statute.confirm.hint"), Auto: "off", Full: true}
	v.Source = page.Refill(p, []page.Field{source}, in, wrong)
	v.Bad = page.Problems(p, v.Source, wrong)
	return page.Show(w, r, status, lawPage(p, v))
}

// pickVersion finds the version asked for, the newest when none is.
func pickVersion(all []statute.Version, id, newest string) (statute.Version, error) {
	if id == "" {
		id = newest
	}
	i := slices.IndexFunc(all, func(v statute.Version) bool { return v.ID == id })
	if i < 0 {
		return statute.Version{}, fault.New(fault.NotFound, "fault.not_found")
	}
	return all[i], nil
}

func (s *Surface) lawFacts(ctx context.Context, p *page.Page, v *lawView) error {
	x := v.Shown
	effective := page.Row{Label: p.T("statute.column.effective"), Value: p.FullDate(x.Effective)}
	if !x.EffectiveStated {
		effective.Note = p.T("statute.effective.taken")
	}
	v.Facts = []page.Row{{Label: p.T("statute.column.kind"), Value: p.T("statute.rank." + string(v.Entry.Kind))}, {Label: p.T("statute.column.issuer"), Value: v.Entry.Issuer},
		{Label: p.T("statute.column.published"), Value: p.FullDate(x.Published)}, effective, {Label: p.T("statute.column.history"), Part: lines(x.History)}, {Label: p.T("statute.column.file"), Value: x.File}}
	if x.Currency == statute.Confirmed {
		who := x.CheckedBy
		if staff, err := org.GetStaff(ctx, s.DB, ref.StaffID(strings.TrimPrefix(who, "staff:"))); err == nil {
			who = staff.Name
		}
		v.Facts = append(v.Facts, page.Row{Label: p.T("statute.column.checked"), Value: x.Source, Note: p.T("statute.checked.by", "who", who, "at", p.When(x.CheckedAt))})
	}
	if !x.Ended(today(p)) {
		return nil
	}
	next, err := statute.GetVersion(ctx, s.DB, x.SupersededBy)
	if err != nil {
		return err
	}
	key := "statute.ended.version"
	if next.Law != x.Law {
		key = "statute.ended.law"
	}
	v.Ended = p.T(key, "day", p.FullDate(x.Until), "law", next.Name, "published", p.FullDate(next.Published))
	return nil
}

// sameHeads says that two articles stand under the same headings down to a depth.
func sameHeads(a, b []string, depth int) bool { return slices.Equal(a[:depth+1], b[:depth+1]) }

func versionTable(p *page.Page, all []statute.Version, shown string) page.Table {
	t := page.Table{ID: "versions", Caption: p.T("statute.versions"),
		Columns: []page.Column{{Text: p.T("statute.column.published"), Main: true}, {Text: p.T("statute.column.effective")}, {Text: p.T("statute.column.until")},
			{Text: p.T("statute.column.articles"), Number: true}, {Text: p.T("statute.column.state")}}}
	for _, v := range slices.Backward(all) {
		name := page.Linked(page.Link{Text: p.FullDate(v.Published), Href: "/admin/laws/" + v.Law + "?version=" + url.QueryEscape(v.ID)})
		if v.ID == shown {
			name = page.Words(p.T("statute.shown", "day", p.FullDate(v.Published)))
		}
		until := p.T("statute.until.none")
		if v.Until > 0 {
			until = p.FullDate(v.Until)
		}
		tone, words := standing(p, v.Until, v.Currency)
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{name, page.Words(p.FullDate(v.Effective)), page.Words(until), page.Words(strconv.Itoa(v.Articles)), page.Tag(tone, words)}})
	}
	return t
}

// citedBy lists what in the town rests on a law.
func (s *Surface) citedBy(ctx context.Context, p *page.Page, law string) (out []citedView, err error) {
	all, err := statute.CitedBy(ctx, s.DB, law, nil)
	if err != nil {
		return nil, err
	}
	names, err := s.objectNames(ctx, all)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		out = append(out, citedView{p.T("statute.cited.line", "object", names[c.By], "path", page.ItemPlace(p, c.Path), "place", placeWords(p, c.Citation)), objectHref(c.By)})
	}
	return out, nil
}

// placeWords is 第N条第N款第N项 in figures.
func placeWords(p *page.Page, c statute.Citation) string {
	out := p.T("statute.place.article", "n", c.Article)
	if c.Sub > 0 {
		out += p.T("statute.place.sub", "n", c.Sub)
	}
	if c.Paragraph > 0 {
		out += p.T("statute.place.paragraph", "n", c.Paragraph)
	}
	if c.Point > 0 {
		out += p.T("statute.place.point", "n", c.Point)
	}
	return out
}

// objectNames are what people call the things that cite, items by their names.
func (s *Surface) objectNames(ctx context.Context, all []statute.Cited) (map[statute.Object]string, error) {
	names := map[statute.Object]string{}
	for _, c := range all {
		if names[c.By] != "" {
			continue
		}
		names[c.By] = c.By.Kind + " " + c.By.ID
		if c.By.Kind != "item" {
			continue
		}
		row, err := catalog.GetRow(ctx, s.DB, ref.ItemID(c.By.ID))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err == nil {
			names[c.By] = row.Name
		}
	}
	return names, nil
}

func objectHref(o statute.Object) string {
	if o.Kind == "item" {
		return "/item/" + url.PathEscape(o.ID)
	}
	return ""
}

// confirmLaw is repeatable by nature: the newest word on where somebody looked counts.
func (s *Surface) confirmLaw(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	version := in.Text("version")
	wrong := s.Library.ConfirmLaw(r.Context(), by(r), version, in.Text("source"))
	if fault.Is(wrong, fault.Invalid) {
		return s.showLaw(w, r, http.StatusUnprocessableEntity, version, in, wrong)
	}
	if wrong != nil {
		return wrong
	}
	return page.Redirect(w, r, "/admin/laws/"+url.PathEscape(r.PathValue("id"))+"?confirmed=1&version="+url.QueryEscape(version))
}

// diffView is two versions of a law, article by article.
type diffView struct {
	Entry    statute.Entry
	Pick     []page.Field
	From, To statute.Version
	Changes  []changedView
}

// changedView is an article with what both versions share at its ends, and what differs between.
type changedView struct {
	Label                       string
	Head, Tail, Removed, Stands string
	New, Gone                   bool
}

func (s *Surface) lawDiff(w http.ResponseWriter, r *http.Request) error {
	p, q, ctx := page.Of(r), page.Query(r), r.Context()
	entry, err := statute.GetLaw(ctx, s.DB, r.PathValue("id"))
	if err != nil {
		return err
	}
	all, err := statute.Versions(ctx, s.DB, entry.ID)
	if err != nil {
		return err
	}
	v := diffView{Entry: entry}
	last := len(all) - 1
	from, errFrom := pickVersion(all, q.Text("from"), all[max(0, last-1)].ID)
	to, errTo := pickVersion(all, q.Text("to"), all[last].ID)
	if err := errors.Join(errFrom, errTo); err != nil {
		return err
	}
	v.From, v.To, v.Pick = from, to, []page.Field{versionField(p, "from", all, from), versionField(p, "to", all, to)}
	before, err := statute.Articles(ctx, s.DB, from)
	if err != nil {
		return err
	}
	after, err := statute.Articles(ctx, s.DB, to)
	if err != nil {
		return err
	}
	for _, c := range statute.Changed(before, after) {
		v.Changes = append(v.Changes, changed(c))
	}
	return page.Show(w, r, http.StatusOK, diffPage(p, v))
}

func versionField(p *page.Page, name string, all []statute.Version, chosen statute.Version) page.Field {
	f := page.Field{Name: name, Label: p.T("statute.diff." + name), Kind: page.Select, Value: chosen.ID}
	for _, v := range all {
		f.Options = append(f.Options, page.Option{Value: v.ID, Text: p.FullDate(v.Published)})
	}
	return f
}

func changed(c statute.ArticleChange) changedView {
	v := changedView{Label: c.Label, New: c.Before == "", Gone: c.After == ""}
	a, b := []rune(c.Before), []rune(c.After)
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	v.Head, a, b = string(a[:n]), a[n:], b[n:]
	n = 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	v.Tail, v.Removed, v.Stands = string(a[len(a)-n:]), string(a[:len(a)-n]), string(b[:len(b)-n])
	return v
}

// checkView is the check of every citation of the town on today's date.
type checkView struct {
	Lead  string
	Table page.Table
}

func (s *Surface) checkLaws(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	rep, err := s.Library.CheckCitations(r.Context(), today(p))
	if err != nil {
		return err
	}
	names, err := s.objectNames(r.Context(), citedOf(rep.Troubles))
	if err != nil {
		return err
	}
	v := checkView{Lead: p.T("statute.check.lead", "n", rep.Total, "wrong", len(rep.Troubles), "doubtful", rep.Doubtful)}
	v.Table = page.Table{ID: "troubles", Caption: p.T("statute.check.troubles"), Empty: page.Nothing{Title: p.T("statute.check.none"), Text: p.T("statute.check.none.text")},
		Columns: []page.Column{{Text: p.T("statute.column.object"), Main: true}, {Text: p.T("statute.column.path")}, {Text: p.T("statute.column.cites")}, {Text: p.T("statute.column.trouble")}}}
	if len(rep.Troubles) > most {
		v.Lead += p.T("statute.check.first", "n", most)
	}
	for _, x := range rep.Troubles[:min(len(rep.Troubles), most)] {
		tone := page.Danger
		if x.Trouble.Kind == statute.UnknownLaw || x.Trouble.Kind == statute.NoVersion {
			tone = page.Warn
		}
		name := page.Words(names[x.By])
		if href := objectHref(x.By); href != "" {
			name = page.Linked(page.Link{Text: names[x.By], Href: href})
		}
		v.Table.Lines = append(v.Table.Lines, page.Line{Tone: tone, Cells: []templ.Component{name, page.Words(page.ItemPlace(p, x.Path)),
			page.Words(p.T("statute.cites", "law", x.Law, "place", placeWords(p, x.Citation))), page.Tag(tone, p.T(x.Trouble.Key()))}})
	}
	return page.Show(w, r, http.StatusOK, checkPage(p, v))
}

func citedOf(all []standards.CitationTrouble) (out []statute.Cited) {
	for _, x := range all {
		out = append(out, x.Cited)
	}
	return out
}
