// Package exchange is where keepers take their items out and hand them in, in bulk: as a workbook, as a JSON
// document, and in the names of the national exchange.
//
// It holds that a keeper sees and changes the items of their own organ only; that a file is looked over
// before anything of it is taken, and taken whole or not at all; that between the two it opens for who
// handed it in alone.
package exchange

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

// Surface is the pages of items in and out.
type Surface struct {
	DB      db.Reader
	Library *standards.Library
}

const (
	wrongRows  = 100     // of one page
	changeRows = 200     // shown of a summary
	formBody   = 1 << 20 // bytes of a form beside its file
)

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	desk := []page.Role{page.Keeper, page.Standards}
	get := func(pattern string, h page.Handler) page.Route {
		return page.Route{Method: "GET", Pattern: pattern, Roles: desk, Handler: h, Title: "exchange.title"}
	}
	post := func(pattern string, h page.Handler) page.Route {
		return page.Route{Method: "POST", Pattern: pattern, Roles: desk, Handler: h, Title: "exchange.title", Body: catalog.MaxBook + formBody}
	}
	return []page.Route{
		get("/exchange", s.home),
		post("/exchange", s.handIn),
		get("/exchange/file/{token}", s.check),
		post("/exchange/file/{token}", s.take),
		get("/exchange/items.xlsx", s.book),
		get("/exchange/empty.xlsx", s.empty),
		get("/exchange/items.json", s.document),
		get("/exchange/national.csv", s.nationalCSV),
		get("/exchange/national.jsonl", s.nationalLines),
	}
}

// keeper is who asks.
func keeper(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

// organ is whose items somebody keeps, empty: everybody's.
func organ(s org.Staff) ref.OrganID {
	if s.Has(string(page.Standards)) {
		return ""
	}
	return s.Organ
}

func (s *Surface) items(r *http.Request, drafts bool) ([]*catalog.Item, error) {
	who := keeper(r)
	if organ(who) == "" && !who.Has(string(page.Standards)) {
		return nil, nil // a keeper of no organ keeps nothing
	}
	return s.Library.ItemsOf(r.Context(), organ(who), drafts)
}

type homeView struct {
	Lead string
	Out  []download
	File page.Field
	Bad  []page.Problem
	Done string
}

type download struct{ Href, Text, Hint string }

func (s *Surface) home(w http.ResponseWriter, r *http.Request) error {
	return s.showHome(w, r, http.StatusOK, nil)
}

func (s *Surface) showHome(w http.ResponseWriter, r *http.Request, status int, wrong error) error {
	p, q := page.Of(r), page.Query(r)
	items, err := s.items(r, true)
	if err != nil {
		return err
	}
	v := homeView{Lead: p.T("exchange.lead"), Out: []download{
		{"/exchange/items.xlsx", p.T("exchange.out.book", "n", len(items)), p.T("exchange.out.book.hint")},
		{"/exchange/empty.xlsx", p.T("exchange.out.empty"), p.T("exchange.out.empty.hint")},
		{"/exchange/items.json", p.T("exchange.out.json"), p.T("exchange.out.json.hint")},
		{"/exchange/national.csv", p.T("exchange.out.csv"), p.T("exchange.out.csv.hint")},
		{"/exchange/national.jsonl", p.T("exchange.out.lines"), p.T("exchange.out.lines.hint")},
	}}
	if organ(keeper(r)) == "" {
		v.Lead = p.T("exchange.lead_office")
	}
	fresh, _ := q.Int("new")
	changed, _ := q.Int("changed")
	if q.Has("new") {
		v.Done = p.T("exchange.done", "new", fresh, "changed", changed)
	}
	fields := []page.Field{{Name: "file", Label: p.T("exchange.in.file"), Hint: p.T("exchange.in.hint"), Kind: page.Uploads, Accept: ".xlsx,.json", Full: true}}
	if wrong != nil {
		fields = page.Refill(p, fields, q, wrong)
		v.Bad = page.Problems(p, fields, wrong)
	}
	v.File = fields[0]
	return page.Show(w, r, status, homePage(p, v))
}

// handIn keeps a file and goes on to what was found in it. It is repeatable by nature: nothing is written but
// a file that is swept away when it is not imported.
func (s *Surface) handIn(w http.ResponseWriter, r *http.Request) error {
	token, came := "", false
	_, err := page.ReadUpload(r, page.Upload{MaxFile: catalog.MaxBook, MaxFiles: 1, Save: func(f page.File) error {
		came = true
		raw, err := io.ReadAll(f.Body)
		if err == nil {
			_, err = catalog.ReadItems(raw, nil)
		}
		if fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) {
			return fault.Bad(fault.Field{Name: "file", Key: fault.As(err).Key})
		}
		if err == nil {
			token, err = s.Library.KeepFile(r.Context(), keeper(r), f.Name, raw)
		}
		return err
	}})
	if err == nil && !came {
		err = fault.Bad(fault.Field{Name: "file", Key: "exchange.in.none"})
	}
	if fault.Is(err, fault.Invalid) && len(fault.Fields(err)) > 0 {
		return s.showHome(w, r, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/exchange/file/"+token)
}

type checkView struct {
	Name    string
	Bad     int // what holds it up
	Warn    int
	More    bool
	Empty   bool
	Wrong   page.Table
	Changes page.Table
	Counts  map[standards.ItemState]int
	Refused int
}

// ready says that the file can be imported.
func (v checkView) ready() bool {
	return v.Bad == 0 && !v.Empty && v.Refused == 0 && v.Counts[standards.ItemNew]+v.Counts[standards.ItemChanged] > 0
}

func (s *Surface) check(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	name, im, err := s.read(r)
	if err != nil {
		return err
	}
	v := checkView{Name: name, More: im.More, Empty: len(im.Items) == 0, Counts: map[standards.ItemState]int{}}
	for _, x := range im.Wrong {
		if x.Warn {
			v.Warn++
		} else {
			v.Bad++
		}
	}
	if v.Wrong, err = wrongTable(p, page.Query(r), im); err != nil {
		return err
	}
	if !im.Bad() {
		changes, err := s.Library.CompareItems(r.Context(), standards.Importer{Staff: keeper(r)}, im.Items, standards.ImportDrafts)
		if err != nil {
			return err
		}
		v.summarise(p, changes)
	}
	return page.Show(w, r, http.StatusOK, checkPage(p, v))
}

// read opens the kept file and looks it over.
func (s *Surface) read(r *http.Request) (string, *catalog.Import, error) {
	name, raw, err := s.Library.KeptFile(r.Context(), keeper(r), r.PathValue("token"))
	if err != nil {
		return "", nil, err
	}
	im, err := s.Library.ReadItems(r.Context(), raw, standards.ImportDrafts)
	return name, im, err
}

// wrongTable lists what is wrong, what holds the file up before what only warns. The file never changes, so
// that a place in the list is a place to go on from.
func wrongTable(p *page.Page, q *page.Input, im *catalog.Import) (page.Table, error) {
	t := page.Table{ID: "wrong", Caption: p.T("exchange.check.table"), First: page.FirstPage(p), Total: page.Total{N: len(im.Wrong), More: im.More},
		Columns: []page.Column{{Text: p.T("exchange.check.sheet")}, {Text: p.T("exchange.check.row"), Number: true}, {Text: p.T("exchange.check.column")},
			{Text: p.T("exchange.check.item")}, {Text: p.T("exchange.check.why"), Main: true}, {Text: p.T("exchange.check.kind")}}, Empty: page.Nothing{Title: p.T("exchange.check.none")}}
	from, err := page.After(q.Text("after"), 1)
	if err != nil {
		return t, err
	}
	begin := 0
	if from != nil {
		if begin, err = strconv.Atoi(from[0]); err != nil || begin < 0 || begin > len(im.Wrong) {
			return t, fault.New(fault.NotFound, "fault.not_found")
		}
	}
	all := heaviest(im.Wrong)[begin:]
	if len(all) > wrongRows {
		all = all[:wrongRows]
		t.Next = page.NextPage(p, page.Cursor(strconv.Itoa(begin+wrongRows)))
	}
	for _, x := range all {
		t.Lines = append(t.Lines, wrongLine(p, x))
	}
	return t, nil
}

func heaviest(all []catalog.Wrong) []catalog.Wrong {
	var bad, warn []catalog.Wrong
	for _, x := range all {
		if x.Warn {
			warn = append(warn, x)
		} else {
			bad = append(bad, x)
		}
	}
	return append(bad, warn...)
}

func wrongLine(p *page.Page, x catalog.Wrong) page.Line {
	tone, kind, row, sheet := page.Danger, "exchange.check.kind.bad", "", x.Sheet
	if x.Warn {
		tone, kind = page.Warn, "exchange.check.kind.warn"
	}
	if x.Row > 0 {
		row = strconv.Itoa(x.Row)
	}
	if sheet == "" {
		sheet = p.T("exchange.check.document")
	}
	return page.Line{Cells: []templ.Component{page.Words(sheet), page.Words(row), page.Words(strings.TrimSpace(x.Column + " " + x.Title)), page.Words(string(x.Item)),
		page.Words(p.T(x.Key, x.Args...)), page.Tag(tone, p.T(kind))}}
}

func (v *checkView) summarise(p *page.Page, changes []standards.ItemChange) {
	v.Changes = page.Table{ID: "changes", Caption: p.T("exchange.sum.table"), Total: page.Total{N: len(changes)}, Empty: page.Nothing{Title: p.T("exchange.sum.none")},
		Columns: []page.Column{{Text: p.T("exchange.sum.name"), Main: true}, {Text: p.T("exchange.check.item")}, {Text: p.T("exchange.sum.state")}, {Text: p.T("exchange.check.why")}}}
	var first, rest []page.Line
	for _, c := range changes {
		v.Counts[c.State]++
		tone, why := map[standards.ItemState]page.Tone{standards.ItemNew: page.Good, standards.ItemChanged: page.Info}[c.State], ""
		if c.Refused != "" {
			v.Refused++
			why = p.T(c.Refused)
		}
		line := page.Line{Cells: []templ.Component{page.Words(c.Name), page.Words(string(c.Item)), page.Tag(tone, p.T("exchange.sum.state."+string(c.State))), page.Words(why)}}
		if c.Refused != "" || c.State != standards.ItemSame && len(first) < changeRows {
			first = append(first, line)
		} else {
			rest = append(rest, line)
		}
	}
	lines := append(first, rest...)
	v.Changes.Lines = lines[:min(len(lines), changeRows)]
}

// take imports the kept file as drafts.
func (s *Surface) take(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	key, err := in.Key()
	if err != nil {
		return err
	}
	_, im, err := s.read(r)
	if err != nil {
		return err
	}
	if im.Bad() { // it was looked over before; what is wrong now is shown again
		return page.Redirect(w, r, "/exchange/file/"+r.PathValue("token"))
	}
	who := keeper(r)
	by := standards.Importer{Staff: who, Submit: once.Submit{Actor: "staff:" + string(who.ID), Route: "POST /exchange/file/{token}", Key: key, At: page.Of(r).Now, Hash: once.Hash(r.PathValue("token"))}}
	changes, err := s.Library.ImportItems(r.Context(), by, im.Items, standards.ImportDrafts)
	if err != nil {
		return err
	}
	counts := map[standards.ItemState]int{}
	for _, c := range changes {
		counts[c.State]++
	}
	return page.Redirect(w, r, "/exchange?new="+strconv.Itoa(counts[standards.ItemNew])+"&changed="+strconv.Itoa(counts[standards.ItemChanged]))
}

func (s *Surface) book(w http.ResponseWriter, r *http.Request) error {
	items, err := s.items(r, true)
	if err != nil {
		return err
	}
	return s.writeBook(w, r, items, "items.xlsx")
}

func (s *Surface) empty(w http.ResponseWriter, r *http.Request) error {
	return s.writeBook(w, r, nil, "empty.xlsx")
}

func (s *Surface) writeBook(w http.ResponseWriter, r *http.Request, items []*catalog.Item, name string) error {
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := catalog.WriteBook(&out, items, standards.OrganCodes(organs)); err != nil {
		return err
	}
	return send(w, out.Bytes(), name, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
}

func (s *Surface) document(w http.ResponseWriter, r *http.Request) error {
	items, err := s.items(r, true)
	if err != nil {
		return err
	}
	raw, err := catalog.WriteJSON(items)
	if err != nil {
		return err
	}
	return send(w, raw, "items.json", "application/json")
}

func (s *Surface) nationalCSV(w http.ResponseWriter, r *http.Request) error {
	return s.national(w, r, "national.csv", "text/csv; charset=utf-8", catalog.WriteNationalCSV)
}

func (s *Surface) nationalLines(w http.ResponseWriter, r *http.Request) error {
	return s.national(w, r, "national.jsonl", "application/jsonl", catalog.WriteNationalJSON)
}

func (s *Surface) national(w http.ResponseWriter, r *http.Request, name, kind string, write func(io.Writer, []catalog.NationalRow) error) error {
	items, err := s.items(r, false)
	if err != nil {
		return err
	}
	rows, err := s.Library.NationalRows(r.Context(), items)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := write(&out, rows); err != nil {
		return err
	}
	return send(w, out.Bytes(), name, kind)
}

func send(w http.ResponseWriter, raw []byte, name, kind string) error {
	page.AsDownload(w.Header(), name)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	_, _ = w.Write(raw) // the browser left; nobody to tell
	return nil
}
