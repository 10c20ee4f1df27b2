package page

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/foundation/pdf"
	"yimen/web/text"
)

// Paper is a notice as a page, in print and as a PDF: the three say the same because they are made from it.
type Paper struct {
	Title   string
	Edition string // which version, from when
	Lead    string
	Facts   []Row // Label, Value and Note only: a Part cannot be printed
	Parts   []PaperPart
	Sheets  int       // the PDF is set smaller to stay on so many pages; 0: as it comes
	Link    string    // address of the living page, as a QR code; empty: none
	Made    time.Time // of what it says, not of the print: the same content gives the same file
}

// PaperPart is a headed part of a Paper; it shows what it has, in the order of its fields.
type PaperPart struct {
	ID      string // anchor, and id of its table
	Title   string
	Text    []string
	Points  []string // numbered
	Facts   []Row
	Table   *PaperTable
	Stages  []Stage
	Samples []PaperSample
}

// PaperTable is a table whose first column says what the row is. A cell may have several lines.
type PaperTable struct {
	Head   []string
	Rows   [][]string
	Widths []float64 // on paper, relative; nil: equal
	Links  []string  // on the page: where the row's first cell leads; nil: nowhere
}

// PaperSample is the picture of a good paper.
type PaperSample struct {
	Name string
	File string // on the page: address of the picture as a file; empty: none
	catalog.Sample
}

// InChinese is the page as a Chinese reader sees it, English when the address asks for it: a PDF is handed on to others, so the
// language of whoever fetched it does not count.
func InChinese(r *http.Request) *Page {
	p := *Of(r)
	p.Lang = text.Chinese
	if Query(r).Text("lang") == string(text.English) {
		p.Lang = text.English
	}
	return &p
}

// document is the paper as it is printed by foundation/pdf.
func (x Paper) document(p *Page) pdf.Document {
	d := pdf.Document{Layout: pdf.Notice, Title: x.Title, Number: x.Edition, Organ: p.publisher(), Fields: printedRows(p, x.Facts), Lang: string(p.Lang), Made: x.Made, Sheets: x.Sheets,
		Paging: func(n, of int) string { return p.T("card.paging", "n", n, "of", of) }}
	if x.Lead != "" {
		d.Paragraphs = []string{x.Lead}
	}
	if x.Link != "" {
		d.QR = &pdf.QR{Text: x.Link, Caption: []string{p.T("card.scan")}}
	}
	if p.Demo {
		d.Footer = p.T("page.demo")
	}
	for _, part := range x.Parts {
		d.Parts = append(d.Parts, part.document(p))
	}
	return d
}

// publisher is whose notice it is: who runs the site.
func (p *Page) publisher() string {
	if p.house != nil && p.house.Site.Operator != "" {
		return p.house.Site.Operator
	}
	return p.T("page.name")
}

func printedRows(p *Page, rows []Row) (out []pdf.Field) {
	for _, r := range rows {
		value := r.Value
		if value == "" {
			value = p.T("page.not_given")
		}
		if r.Note != "" {
			value += "\n" + r.Note
		}
		out = append(out, pdf.Field{Label: r.Label, Value: value})
	}
	return out
}

func (part PaperPart) document(p *Page) pdf.Part {
	out := pdf.Part{Heading: part.Title, Paragraphs: part.Text, Points: part.Points, Fields: printedRows(p, part.Facts)}
	if t := part.Table; t != nil {
		out.Table = &pdf.Table{Head: t.Head, Rows: t.Rows, Widths: t.Widths}
	}
	for _, st := range part.Stages {
		var stops []pdf.Stop
		for _, s := range st {
			stops = append(stops, pdf.Stop{What: s.What, Who: strings.TrimSuffix(s.Who+"\n"+s.Limit, "\n")})
		}
		out.Stages = append(out.Stages, stops)
	}
	for _, s := range part.Samples {
		out.Samples = append(out.Samples, pdf.Sample{Caption: p.T("card.sample.of", "name", s.Name), Across: chinese("card.sample.across"), Title: s.Title, Issuer: s.Issuer, Lines: s.Lines, Marks: s.Marks})
	}
	return out
}

// Serve answers with the PDF, or with 304 when the browser's copy says the same: the tag is a digest of all that is printed.
// p decides the language; name is the file's, without its ending.
func (x Paper) Serve(w http.ResponseWriter, r *http.Request, p *Page, name string) error {
	doc := x.document(p)
	raw, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(raw)
	head := w.Header()
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	head.Set("ETag", tag)
	head.Set("Cache-Control", "private, no-cache")
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body, err := pdf.Render(doc)
	if err != nil {
		head.Del("ETag")
		return err
	}
	head.Set("Content-Type", "application/pdf")
	head.Set("Content-Disposition", `inline; filename="notice.pdf"; filename*=UTF-8''`+url.PathEscape(name)+".pdf")
	head.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the browser left; nobody to tell
	return nil
}

// list is the table as a list component.
func (part PaperPart) list() Table {
	t := Table{ID: part.ID + "-rows", Caption: part.Title}
	for i, h := range part.Table.Head {
		t.Columns = append(t.Columns, Column{Text: h, Main: i == 0})
	}
	for n, row := range part.Table.Rows {
		line := Line{}
		for i, cell := range row {
			href := ""
			if i == 0 && n < len(part.Table.Links) {
				href = part.Table.Links[n]
			}
			line.Cells = append(line.Cells, lines(cell, href))
		}
		t.Lines = append(t.Lines, line)
	}
	return t
}

// drawnSample is a sample as a picture, in the units of its view box.
type drawnSample struct {
	W, H   int
	Title  []sampleLine
	Body   []sampleLine
	Issuer sampleLine
}

type sampleLine struct {
	Y    int
	Text string
}

// drawSample lays the words of a sample out on a sheet.
func drawSample(s catalog.Sample) drawnSample {
	const full = 15 // full-width characters of a line
	d := drawnSample{W: 300}
	y := 18
	for _, line := range inLines(s.Title, 13) {
		y += 22
		d.Title = append(d.Title, sampleLine{y, line})
	}
	y += 10
	for _, words := range s.Lines {
		for _, line := range inLines(words, full+2) {
			y += 20
			d.Body = append(d.Body, sampleLine{y, line})
		}
	}
	y += 28
	d.Issuer = sampleLine{y, s.Issuer}
	d.H = y + 18
	return d
}
