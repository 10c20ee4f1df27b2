package rules

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"yimen/domain/rule"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/standards"
	"yimen/ref"
	"yimen/web/page"
)

var kinds = map[string]string{"dmn": "application/xml", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

// download gives the table as it is worked on, or with ?n= a release, as a file.
func (s *Surface) download(as string) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		b, err := s.Library.Book(r.Context(), s.DB, itemID(r))
		if err != nil {
			return err
		}
		if n := page.Query(r).Text("n"); n != "" {
			if _, b.Table, err = s.releaseOf(r, n); err != nil {
				return err
			}
		}
		var out bytes.Buffer
		if err := standards.WriteRule(&out, b.Table, as, func(key string) string { return page.Of(r).T(key) }); err != nil {
			return err
		}
		page.AsDownload(w.Header(), string(b.Item.ID)+"."+as)
		w.Header().Set("Content-Type", kinds[as])
		w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
		_, _ = w.Write(out.Bytes()) // the browser left; nobody to tell
		return nil
	}
}

// upload takes a whole file over the table, or nothing of it and says what is wrong where.
func (s *Surface) upload(w http.ResponseWriter, r *http.Request) error {
	var raw []byte
	in, err := page.ReadUpload(r, page.Upload{MaxFile: rule.MaxSheet, MaxFiles: 1, Save: func(f page.File) (err error) {
		raw, err = io.ReadAll(f.Body)
		return err
	}})
	if err == nil && raw == nil {
		err = fault.Bad(fault.Field{Name: "file", Key: "rules.file.none"})
	}
	var flaws []standards.FileFlaw
	var t rule.Table
	if err == nil {
		t, flaws, err = standards.ReadRule(raw, itemID(r))
	}
	if err == nil && len(flaws) == 0 {
		var a standards.Ruling
		if a, err = ruling(r, in, once.Hash(string(raw))); err == nil {
			_, err = s.Library.KeepRule(r.Context(), a, t)
		}
	}
	if err == nil && len(flaws) == 0 {
		return page.Redirect(w, r, path(itemID(r))+"?done=taken")
	}
	return s.notTaken(w, r, flaws, err)
}

// notTaken shows the table as it stands, and why nothing of the file was taken.
func (s *Surface) notTaken(w http.ResponseWriter, r *http.Request, flaws []standards.FileFlaw, wrong error) error {
	if wrong != nil && !fault.Is(wrong, fault.Invalid) && !fault.Is(wrong, fault.TooLarge) && !fault.Is(wrong, fault.Conflict) {
		return wrong
	}
	v, err := s.read(r)
	if err != nil {
		return err
	}
	status := http.StatusUnprocessableEntity
	if wrong != nil {
		status, v.Problems = page.Status(wrong), problems(page.Of(r), wrong)
	}
	v.File = flawTable(page.Of(r), flaws)
	return s.show(w, r, status, v, 0)
}

// mostFlaws bounds a page: who has that many looks at the file first.
const mostFlaws = 200

func flawTable(p *page.Page, flaws []standards.FileFlaw) page.Table {
	out := page.Table{ID: "file-flaws", Caption: p.T("rules.file.flaws"), Total: page.Total{N: len(flaws)},
		Columns: []page.Column{{Text: p.T("rules.file.sheet")}, {Text: p.T("rules.file.row"), Number: true}, {Text: p.T("rules.file.column")}, {Text: p.T("rules.file.why"), Main: true}}}
	for _, f := range flaws[:min(len(flaws), mostFlaws)] {
		sheet, row := f.Sheet, ""
		if sheet == "" {
			sheet = p.T("rules.file.dmn")
		}
		if f.Row > 0 {
			row = number(f.Row)
		}
		out.Lines = append(out.Lines, page.Line{Cells: []templ.Component{page.Words(sheet), page.Words(row), page.Words(f.Column), page.Words(p.T(f.Key, f.Args...))}})
	}
	return out
}

// fileLinks are the files of a table; n is a release, 0 the table as it is worked on.
func fileLinks(p *page.Page, id ref.ItemID, n int) (out []page.Act) {
	for _, as := range []string{"xlsx", "dmn"} {
		href := path(id, "table."+as)
		if n > 0 {
			href += "?n=" + number(n)
		}
		out = append(out, page.Act{Text: p.T("rules.file.as." + as), Href: href})
	}
	return out
}
