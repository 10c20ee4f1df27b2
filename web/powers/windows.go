package powers

import (
	"cmp"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/org"
	"yimen/ref"
	"yimen/view/standing"
	"yimen/web/page"
)

// part is what the matrix is narrowed to.
func part(r *http.Request) standing.Part {
	q := page.Query(r)
	x := standing.Part{Hall: ref.HallID(chosen(q, "hall")), Organ: ref.OrganID(chosen(q, "organ")), Reason: standing.Reason(chosen(q, "reason"))}
	if o := own(r); o != "" {
		x.Organ = o
	}
	return x
}

// windows is “any window, any matter” checked: how much is whole, organ by hall, and every hole
// with its reason.
func (s *Surface) windows(w http.ResponseWriter, r *http.Request) error {
	p, x := page.Of(r), part(r)
	m, err := s.Standing.Windows(r.Context(), p.Now)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	halls, err := org.Halls(r.Context(), s.DB)
	if err != nil {
		return err
	}
	holes, err := holeTable(r, m, x, organs, halls)
	if err != nil {
		return err
	}
	export := page.Act{Text: p.T("powers.windows.csv"), Href: "/powers/windows.csv?" + r.URL.RawQuery}
	return page.Show(w, r, http.StatusOK, listPage(p, list{Title: p.T("powers.windows.title"), Lead: p.T("powers.windows.lead", "windows", len(m.Windows), "items", len(m.Items)), Here: "/powers/windows",
		Acts: []page.Act{export}, Table: holes, More: []page.Table{grid(p, m, x, organs, halls)}}))
}

// grid counts what is whole by organ and hall; the last line is the sum.
func grid(p *page.Page, m *standing.Matrix, x standing.Part, organs map[ref.OrganID]org.Organ, halls []org.Hall) page.Table {
	tally := m.Tally(x)
	t := page.Table{ID: "grid", Caption: p.T("powers.windows.grid"), Empty: page.Nothing{Title: p.T("powers.windows.grid.none")}, Columns: []page.Column{{Text: p.T("powers.organ"), Main: true}}}
	var there []ref.HallID
	for _, h := range halls {
		if tally[h.ID] != nil {
			there = append(there, h.ID)
			t.Columns = append(t.Columns, page.Column{Text: h.Name, Number: true})
		}
	}
	sums := make([]standing.Count, len(there))
	for _, o := range organOptions(organs) {
		line, seen := page.Line{Cells: []templ.Component{page.Words(o.Text)}}, false
		for n, h := range there {
			c := tally[h][ref.OrganID(o.Value)]
			seen = seen || c.Cells > 0
			sums[n].Cells, sums[n].Whole = sums[n].Cells+c.Cells, sums[n].Whole+c.Whole
			line.Cells = append(line.Cells, covered(p, c))
		}
		if seen {
			t.Lines = append(t.Lines, line)
		}
	}
	if len(t.Lines) > 0 {
		last := page.Line{Cells: []templ.Component{page.Words(p.T("powers.windows.sum"))}}
		for _, c := range sums {
			last.Cells = append(last.Cells, covered(p, c))
		}
		t.Lines = append(t.Lines, last)
	}
	return t
}

func covered(p *page.Page, c standing.Count) templ.Component {
	if c.Cells == 0 {
		return page.Words(p.T("powers.windows.nothing"))
	}
	words := p.T("powers.windows.count", "whole", page.Thousands(int64(c.Whole)), "all", page.Thousands(int64(c.Cells)))
	if c.Whole < c.Cells {
		return page.Tag(page.Warn, words)
	}
	return page.Words(words)
}

func holeTable(r *http.Request, m *standing.Matrix, x standing.Part, organs map[ref.OrganID]org.Organ, halls []org.Hall) (page.Table, error) {
	p := page.Of(r)
	hall := page.Field{Name: "hall", Label: p.T("powers.hall"), Kind: page.Select, Value: cmp.Or(string(x.Hall), every), Options: []page.Option{all(p)}}
	for _, h := range halls {
		hall.Options = append(hall.Options, page.Option{Value: string(h.ID), Text: h.Name})
	}
	reason := page.Field{Name: "reason", Label: p.T("powers.why_out"), Kind: page.Select, Value: cmp.Or(string(x.Reason), every), Options: []page.Option{all(p)}}
	for _, y := range standing.Reasons {
		reason.Options = append(reason.Options, page.Option{Value: string(y), Text: p.T(y.Key())})
	}
	t := page.Table{ID: "holes", Caption: p.T("powers.windows.holes"), Filter: []page.Field{hall, organField(r, organs, x.Organ), reason}, Filtered: narrowed(r, "hall", "organ", "reason"), First: page.FirstPage(p),
		Empty: page.Nothing{Title: p.T("powers.windows.holes.none"), Text: p.T("powers.windows.holes.none.text")},
		Columns: []page.Column{{Text: p.T("powers.item"), Main: true}, {Text: p.T("powers.organ")}, {Text: p.T("powers.why_out")}, {Text: p.T("powers.detail")}, {Text: p.T("powers.windows.which")},
			{Text: p.T("powers.windows.many"), Number: true}}}
	holes := m.Holes(x)
	t.Total = page.Total{N: len(holes)}
	rows, err := behind(page.Query(r), holes)
	if err != nil {
		return t, err
	}
	if len(rows) > size {
		rows = rows[:size]
		t.Next = page.NextPage(p, holeCursor(rows[size-1]))
	}
	for _, h := range rows {
		t.Lines = append(t.Lines, page.Line{Cells: []templ.Component{itemLink(h.Item), page.Words(organs[h.Item.Organ].Name), page.Tag(page.Warn, p.T(h.Reason.Key())), page.Words(h.Detail),
			page.Words(which(p, h.Windows)), count(len(h.Windows))}})
	}
	return t, nil
}

func holeCursor(h standing.Hole) string {
	return page.Cursor(string(h.Item.ID), string(h.Reason), h.Detail)
}

// behind are the holes after the cursor; a hole that was mended meanwhile lets the list begin anew.
func behind(q *page.Input, holes []standing.Hole) ([]standing.Hole, error) {
	after, err := page.After(q.Text("after"), 3)
	if err != nil || after == nil {
		return holes, err
	}
	n := slices.IndexFunc(holes, func(h standing.Hole) bool {
		return string(h.Item.ID) == after[0] && string(h.Reason) == after[1] && h.Detail == after[2]
	})
	return holes[n+1:], nil
}

// which names the windows of a hole: one by name, several by where they begin and end.
func which(p *page.Page, w []standing.Window) string {
	first, last := w[0], w[len(w)-1]
	if len(w) == 1 {
		return first.HallName + " " + first.Name
	}
	return p.T("powers.windows.range", "first", first.HallName+" "+first.Name, "last", last.HallName+" "+last.Name)
}

// windowsCSV streams every cell of the part as a table for a spreadsheet (UTF-8 with its mark, RFC 4180).
func (s *Surface) windowsCSV(w http.ResponseWriter, r *http.Request) error {
	p := page.Of(r)
	m, err := s.Standing.Windows(r.Context(), p.Now)
	if err != nil {
		return err
	}
	organs, err := org.Organs(r.Context(), s.DB)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="windows.csv"`)
	if _, err := w.Write([]byte("\uFEFF")); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	head := []string{p.T("powers.hall"), p.T("powers.window"), p.T("powers.windows.number"), p.T("powers.organ"), p.T("powers.item"), p.T("powers.code"), p.T("powers.state"), p.T("powers.detail")}
	if err := out.Write(head); err != nil {
		return err
	}
	for c := range m.Cells(part(r)) {
		said := p.T("powers.windows.whole")
		if c.Reason != standing.Whole {
			said = p.T(c.Reason.Key())
		}
		row := []string{c.Window.HallName, c.Window.Name, strconv.Itoa(c.Window.Number), organs[c.Item.Organ].Name, c.Item.Name, c.Item.Code(), said, c.Detail}
		if err := out.Write(row); err != nil { // the writer hands over every 4 KB
			return err
		}
	}
	out.Flush()
	return out.Error()
}
