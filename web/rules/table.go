package rules

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/domain/rule"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
	"yimen/web/text"
)

// tableView is the page of one table.
type tableView struct {
	standards.Book
	Organ     string
	May       bool // change it
	Last      rule.Release
	Standing  standards.RuleStanding
	Names     []string // of the columns as they were last kept
	Span      span
	Found     standards.Judgement
	Flaws     map[[2]int][]string // words by row and column; -1 is the whole row or table
	Problems  []page.Problem
	Stale     bool
	Meanwhile page.Table // how what is kept now differs from what was typed
	Said      string
	At        int               // the row to go on at, -1: none
	Raw       map[string]string // what should be a number and is none, by its place in the form
	File      page.Table        // what is wrong with a file
}

// read is the page as the table stands.
func (s *Surface) read(r *http.Request) (v tableView, err error) {
	v.At, v.May = -1, page.Of(r).Actor.Is(page.Rules)
	if v.Book, err = s.Library.Book(r.Context(), s.DB, itemID(r)); err != nil {
		return v, err
	}
	for _, in := range v.Table.Inputs {
		v.Names = append(v.Names, in.Name)
	}
	organ, err := org.GetOrgan(r.Context(), s.DB, v.Item.Organ)
	if err != nil {
		return v, err
	}
	v.Organ = organ.Name
	id := ref.RuleID(v.Item.ID)
	lasts, err := rule.Lasts(r.Context(), s.DB, id)
	if err != nil {
		return v, err
	}
	v.Last = lasts[id]
	v.Standing, err = s.Library.RuleStanding(r.Context(), s.DB, v.Item.ID)
	return v, err
}

func (s *Surface) table(w http.ResponseWriter, r *http.Request) error {
	v, err := s.read(r)
	if err != nil {
		return err
	}
	p, q := page.Of(r), page.Query(r)
	from, _ := q.Int("from")
	if at, ok := q.Int("at"); ok && at >= 0 {
		v.At, from = int(at), at
	}
	if key := "rules.done." + q.Text("done"); text.Has(key) {
		v.Said = p.T(key)
	}
	return s.show(w, r, http.StatusOK, v, int(from))
}

// show draws a table: the grid for who may change it, else a list.
func (s *Surface) show(w http.ResponseWriter, r *http.Request, status int, v tableView, from int) error {
	p := page.Of(r)
	v.Span = spanOf(v.Table, from)
	if !v.May {
		return page.Show(w, r, status, readPage(p, v, rowTable(p, v.Table, v.Span)))
	}
	v.Found = v.Examine()
	v.Flaws = map[[2]int][]string{}
	for _, f := range v.Found.Flaws {
		at := [2]int{f.Row, f.Column}
		v.Flaws[at] = append(v.Flaws[at], p.T(f.Key, f.Args...))
	}
	return page.Show(w, r, status, gridPage(p, v))
}

// keep saves the grid with what was done to it.
func (s *Surface) keep(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	v, err := s.read(r)
	if err != nil {
		return err
	}
	rev, _ := in.Int("rev")
	kept := v.Table
	x, at := readGrid(in, kept, rev != v.Draft.Rev), -1
	if err = x.bad(); err == nil {
		at = x.act()
		err = s.save(r, in, x.Table)
	}
	if err == nil {
		return page.Redirect(w, r, path(itemID(r))+fmt.Sprintf("?done=kept&from=%d&at=%d", x.From, at))
	}
	v.Stale = fault.Is(err, fault.Conflict) && fault.As(err).Key == "rule.draft_changed"
	if !v.Stale && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
		return err
	}
	if v.Stale {
		v.Meanwhile = differences(page.Of(r), "meanwhile", page.Of(r).T("rules.meanwhile"), x.Table, kept)
	} else {
		v.Problems = problems(page.Of(r), err)
	}
	v.Table, v.Names, v.At, v.Raw = x.Table, x.Was, at, x.Raw
	return s.show(w, r, page.Status(err), v, x.From)
}

// save keeps what was typed.
func (s *Surface) save(r *http.Request, in *page.Input, t rule.Table) error {
	var body []string
	for _, name := range in.Names() {
		body = append(body, name, in.Long(name))
	}
	a, err := ruling(r, in, once.Hash(body...))
	if err != nil {
		return err
	}
	_, err = s.Library.KeepRule(r.Context(), a, t)
	return err
}

// problems are what is wrong with a posted form, each with the place it is about.
func problems(p *page.Page, err error) (out []page.Problem) {
	for _, f := range fault.Fields(err) {
		out = append(out, page.Problem{Text: p.Said(f), Href: "#" + page.Field{Name: f.Name}.ID()})
	}
	if e := fault.As(err); len(out) == 0 {
		out = append(out, page.Problem{Text: p.T(e.Key, e.Args...)})
	}
	return out
}

// rowTable is a part of a table to read.
func rowTable(p *page.Page, t rule.Table, x span) page.Table {
	out := page.Table{ID: "rows", Caption: p.T("rules.rows"), Empty: page.Nothing{Title: p.T("rules.rows.none")},
		Columns: []page.Column{{Text: p.T("rules.column.id"), Main: true}}}
	for _, in := range t.Inputs {
		out.Columns = append(out.Columns, page.Column{Text: labelOf(in)})
	}
	for _, key := range []string{"outcome", "when", "says", "basis"} {
		out.Columns = append(out.Columns, page.Column{Text: p.T("rules.column." + key)})
	}
	for _, r := range t.Rows[x.From:x.To] {
		cells := []templ.Component{page.Words(r.ID)}
		for j, in := range t.Inputs {
			cells = append(cells, page.Words(cellWords(p, in, r, j)))
		}
		out.Lines = append(out.Lines, page.Line{Cells: append(cells, page.Words(outcomeWords(p, outcomeOf(r))), page.Words(r.When), page.Words(r.Says), lined(cited(p, r.Basis)))})
	}
	return out
}

// cellWords is a cell to read: truth values in words, anything for "-".
func cellWords(p *page.Page, in rule.Input, r rule.Row, j int) string {
	if j >= len(r.Cells) || r.Cells[j] == "" || r.Cells[j] == "-" {
		return p.T("rules.any")
	}
	if c := r.Cells[j]; in.Type == rule.TypeBoolean && (c == "true" || c == "false") {
		return p.T("rules.value." + c)
	}
	return r.Cells[j]
}

// outcomeOf is what a row concludes, without quotes.
func outcomeOf(r rule.Row) string {
	if len(r.Outputs) == 0 {
		return ""
	}
	if all, ok := rule.Listed(r.Outputs[0]); ok && len(all) == 1 {
		return all[0]
	}
	return r.Outputs[0]
}

// fromForm says that a fact is an answer of the item's form.
func (v tableView) fromForm(name string) bool {
	return slices.ContainsFunc(v.Item.Form, func(f catalog.Field) bool { return f.Element == name })
}

// values are the allowed values of a column, one a line.
func values(in rule.Input) string {
	all, _ := rule.Listed(in.Allowed)
	return strings.Join(all, "\n")
}
