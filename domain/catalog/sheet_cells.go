package catalog

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"yimen/foundation/fault"
)

// A workbook from outside is read here and not by excelize: its streaming reader says neither which cells
// are formulas nor which are numbers or dates, and its other reader fills rows up to Excel's last column,
// which a small hostile file can make very large. What is read here is bounded by MaxBook, maxUnzip,
// maxWords and maxRows.

// MaxBook is the most bytes of a workbook, or of a JSON document, that is read.
const MaxBook = 16 << 20

const (
	maxUnzip   = 128 << 20 // bytes of all parts together
	maxWords   = 1_000_000 // shared strings
	maxRows    = 50_000    // of one sheet
	maxColumns = 500
)

// cellKind is what a spreadsheet takes a cell for.
type cellKind int

const (
	cellText cellKind = iota
	cellNumber
	cellDate
	cellYes
	cellFormula
	cellError
)

// sheetCell is a cell that is not empty.
type sheetCell struct {
	col  int // from 1
	kind cellKind
	text string // numbers as they are said: 5, 0.5; days as yyyy-mm-dd; truth as 1 or 0
}

type bookReader struct {
	zip    *zip.Reader
	left   int64 // bytes that may still be unpacked
	words  []string
	dates  []bool // by style: numbers of it are days
	epoch  time.Time
	sheets []bookSheet
}

type bookSheet struct{ name, part string }

func noBook(err error) error { return fault.New(fault.Invalid, "exchange.no_workbook").Wrap(err) }

func bookLarge() error { return fault.New(fault.TooLarge, "exchange.too_large") }

// openBook reads what stands around the sheets. Errors: TooLarge; Invalid for a file that is no workbook.
func openBook(raw []byte) (*bookReader, error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, noBook(err)
	}
	b := &bookReader{zip: z, left: maxUnzip}
	for _, read := range []func() error{b.readSheets, b.readWords, b.readStyles} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// unpacking counts what comes out of the archive, whatever its directory says.
type unpacking struct {
	b    *bookReader
	from io.ReadCloser
}

func (u unpacking) Read(p []byte) (int, error) {
	n, err := u.from.Read(p)
	if u.b.left -= int64(n); u.b.left < 0 {
		return 0, bookLarge()
	}
	return n, err
}

// part gives the XML of a part; absent parts are empty documents.
func (b *bookReader) part(name string, visit func(*xml.Decoder) error) error {
	f, err := b.zip.Open(strings.TrimPrefix(name, "/"))
	if err != nil {
		return nil
	}
	defer f.Close()
	err = visit(xml.NewDecoder(unpacking{b, f}))
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	if f := new(fault.Error); errors.As(err, &f) {
		return err
	}
	return noBook(err)
}

// elements visits the start of every element of a part.
func (b *bookReader) elements(name string, visit func(d *xml.Decoder, e xml.StartElement) error) error {
	return b.part(name, func(d *xml.Decoder) error {
		for {
			tok, err := d.Token()
			if err != nil {
				return err
			}
			if e, ok := tok.(xml.StartElement); ok {
				if err := visit(d, e); err != nil {
					return err
				}
			}
		}
	})
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

const bookPart = "xl/workbook.xml"

func (b *bookReader) readSheets() error {
	parts := map[string]string{}
	err := b.elements("xl/_rels/workbook.xml.rels", func(_ *xml.Decoder, e xml.StartElement) error {
		if target := attribute(e, "Target"); e.Name.Local == "Relationship" && strings.HasPrefix(target, "/") {
			parts[attribute(e, "Id")] = target
		} else if e.Name.Local == "Relationship" {
			parts[attribute(e, "Id")] = path.Join("xl", target)
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC) // as Excel counts from March 1900 on
	err = b.elements(bookPart, func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			if v := attribute(e, "date1904"); v == "1" || v == "true" {
				b.epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
			}
		case "sheet":
			for _, a := range e.Attr {
				if a.Name.Local == "id" {
					b.sheets = append(b.sheets, bookSheet{attribute(e, "name"), parts[a.Value]})
				}
			}
		}
		return nil
	})
	if err == nil && len(b.sheets) == 0 {
		return noBook(errors.New("no sheets"))
	}
	return err
}

// readWords reads the strings that cells share.
func (b *bookReader) readWords() error {
	return b.elements("xl/sharedStrings.xml", func(d *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		if len(b.words) == maxWords {
			return bookLarge()
		}
		words, err := runs(d)
		b.words = append(b.words, words)
		return err
	})
}

// runs is the text inside an element up to its end: all its runs, without what says how to pronounce it.
func runs(d *xml.Decoder) (string, error) {
	var out strings.Builder
	depth, inText := 1, false
	for depth > 0 {
		tok, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if t.Name.Local == "rPh" {
				if err := d.Skip(); err != nil {
					return "", err
				}
				continue
			}
			depth++
			inText = t.Name.Local == "t"
		case xml.EndElement:
			depth--
			inText = false
		case xml.CharData:
			if inText {
				out.Write(t)
			}
		}
	}
	return unescaped(out.String()), nil
}

var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescaped takes back how workbooks write characters that XML cannot hold: _x000D_.
func unescaped(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escaped.ReplaceAllStringFunc(s, func(m string) string {
		n, err := strconv.ParseUint(m[2:6], 16, 32)
		if err != nil {
			return m
		}
		return string(rune(n))
	})
}

// readStyles finds the styles under which a number is a day.
func (b *bookReader) readStyles() error {
	own, inXfs := map[int]bool{}, false
	return b.elements("xl/styles.xml", func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			id, _ := strconv.Atoi(attribute(e, "numFmtId"))
			own[id] = isDateFormat(attribute(e, "formatCode"))
		case "cellXfs":
			inXfs = true
		case "cellStyles":
			inXfs = false
		case "xf":
			if id, _ := strconv.Atoi(attribute(e, "numFmtId")); inXfs {
				b.dates = append(b.dates, own[id] || id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58)
			}
		}
		return nil
	})
}

var formatWords = regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|\\.`)

func isDateFormat(format string) bool {
	return strings.ContainsAny(strings.ToLower(formatWords.ReplaceAllString(format, "")), "ymdh")
}

// rows visits the rows of a sheet that have anything in them, by their numbers.
func (b *bookReader) rows(part string, visit func(row int, cells []sheetCell)) error {
	row, last, cells := 0, 0, []sheetCell{}
	flush := func() {
		if len(cells) > 0 {
			visit(row, cells)
		}
		cells, last = cells[:0], 0
	}
	err := b.elements(part, func(d *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "row":
			flush()
			row++
			if n, err := strconv.Atoi(attribute(e, "r")); err == nil && n >= row {
				row = n
			}
			if row > maxRows {
				return bookLarge()
			}
		case "c":
			last++
			if at := attribute(e, "r"); at != "" {
				last = columnOf(at)
			}
			if last < 1 || last > maxColumns {
				return bookLarge()
			}
			cell, err := b.cell(d, e)
			if cell.col = last; err == nil && (cell.text != "" || cell.kind == cellFormula) {
				cells = append(cells, cell)
			}
			return err
		}
		return nil
	})
	flush()
	return err
}

// columnOf is the column of a cell's name, 0 for none: 28 of AB12.
func columnOf(name string) (n int) {
	for _, r := range name {
		if r < 'A' || r > 'Z' || n > maxColumns {
			break
		}
		n = n*26 + int(r-'A') + 1
	}
	return n
}

// cell reads one cell to its end.
func (b *bookReader) cell(d *xml.Decoder, e xml.StartElement) (c sheetCell, err error) {
	var value string
	formula := false
	for {
		tok, err := d.Token()
		if err != nil {
			return c, err
		}
		switch t := tok.(type) {
		case xml.EndElement:
			if c = b.typed(e, value); formula {
				c.kind = cellFormula
			}
			return c, nil
		case xml.StartElement:
			words, err := "", error(nil)
			switch t.Name.Local {
			case "is":
				value, err = runs(d)
			case "v":
				words, err = content(d)
				value += words
			default:
				formula = formula || t.Name.Local == "f"
				err = d.Skip()
			}
			if err != nil {
				return c, err
			}
		}
	}
}

// content is the text of an element without children.
func content(d *xml.Decoder) (string, error) {
	var out strings.Builder
	for {
		tok, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := tok.(type) {
		case xml.CharData:
			out.Write(t)
		case xml.StartElement:
			if err := d.Skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return out.String(), nil
		}
	}
}

func (b *bookReader) typed(e xml.StartElement, value string) sheetCell {
	switch attribute(e, "t") {
	case "s":
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n >= 0 && n < len(b.words) {
			return sheetCell{text: tidyText(b.words[n])}
		}
		return sheetCell{kind: cellError, text: value}
	case "inlineStr":
		return sheetCell{text: tidyText(value)}
	case "str":
		return sheetCell{text: tidyText(unescaped(value))}
	case "b":
		return sheetCell{kind: cellYes, text: strings.TrimSpace(value)}
	case "e":
		return sheetCell{kind: cellError, text: value}
	case "d":
		return sheetCell{kind: cellDate, text: value[:min(len(value), len(time.DateOnly))]}
	}
	return b.number(attribute(e, "s"), strings.TrimSpace(value))
}

func (b *bookReader) number(style, value string) sheetCell {
	f, err := strconv.ParseFloat(value, 64)
	switch {
	case value == "":
		return sheetCell{}
	case err != nil:
		return sheetCell{kind: cellError, text: value}
	}
	if s, err := strconv.Atoi(style); err == nil && s >= 0 && s < len(b.dates) && b.dates[s] {
		return sheetCell{kind: cellDate, text: b.day(f)}
	}
	if math.Abs(f) >= 1e15 { // a spreadsheet has lost its last digits
		return sheetCell{kind: cellError, text: value}
	}
	return sheetCell{kind: cellNumber, text: strconv.FormatFloat(f, 'f', -1, 64)}
}

// day is the day a spreadsheet's number stands for, as yyyy-mm-dd; the number itself where it is none.
func (b *bookReader) day(f float64) string {
	if f < 61 || f > 2_958_465 { // before March 1900 Excel counts a day that never was
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return b.epoch.AddDate(0, 0, int(f)).Format(time.DateOnly)
}
