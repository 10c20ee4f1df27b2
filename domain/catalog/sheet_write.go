package catalog

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"yimen/foundation/fault"
)

const (
	maxCell    = 32_767 // UTF-16 units Excel keeps in a cell
	fewInputs  = 6      // columns of a rule's cells in an empty workbook
	lastRow    = 5000   // to which menus reach
	maxOptions = 400    // rows of a column of codes
)

// WriteBook writes items as an XLSX workbook that a department can fill in: one sheet for the items and one
// for each of their lists, with menus from the code tables and an explanation of every column. Without items
// it is the empty form. Organs are those to choose from. ReadBook reads it back to equal items (see Tidy).
// Errors: fault.TooLarge with the item and the column where a text is longer than a cell.
func WriteBook(w io.Writer, items []*Item, organs []Code) error {
	f := excelize.NewFile()
	defer f.Close()
	b := &bookWriter{f: f, organs: organCodes(organs), menus: map[string]string{}}
	b.styles()
	for _, step := range []func(){b.sheets, b.guide, b.codes} {
		step()
	}
	for n := range book.Sheets {
		b.form(&book.Sheets[n], items)
	}
	if b.err == nil {
		b.err = f.Write(w)
	}
	return b.err
}

type bookWriter struct {
	f      *excelize.File
	organs CodeTable
	menus  map[string]string // code table → where its codes stand
	text   int               // styles
	number int
	head   int
	needed int // head of a required column
	err    error
}

// do runs one step unless an earlier one failed.
func (b *bookWriter) do(step func() error) {
	if b.err == nil {
		b.err = step()
	}
}

func (b *bookWriter) styles() {
	style := func(into *int, s excelize.Style) {
		b.do(func() (err error) { *into, err = b.f.NewStyle(&s); return err })
	}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	fill := func(colour string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
	}
	const asText = 49 // the format @: what is typed stays as it is typed
	style(&b.text, excelize.Style{NumFmt: asText, Alignment: wrap})
	style(&b.number, excelize.Style{NumFmt: 1, Alignment: wrap})
	style(&b.head, excelize.Style{NumFmt: asText, Alignment: wrap, Font: &excelize.Font{Bold: true}, Fill: fill("E7EEF7")})
	style(&b.needed, excelize.Style{NumFmt: asText, Alignment: wrap, Font: &excelize.Font{Bold: true}, Fill: fill("FCE8C8")})
}

func (b *bookWriter) sheets() {
	b.do(func() error { return b.f.SetSheetName(b.f.GetSheetName(0), book.GuideSheet) })
	names := []string{book.CodeSheet}
	for _, f := range book.Sheets {
		names = append(names, f.Name)
	}
	for _, name := range append(names[1:], names[0]) {
		b.do(func() error { _, err := b.f.NewSheet(name); return err })
	}
}

func (b *bookWriter) put(sheet string, col, row int, words string) {
	if words == "" {
		return
	}
	words = escaped.ReplaceAllString(words, "_x005F$0") // or _x0041_ would be read as A
	b.do(func() error { return b.f.SetCellStr(sheet, cellAt(col, row), words) })
}

// guide says how to fill the workbook in, and explains every column once more, for printing.
func (b *bookWriter) guide() {
	name, row := book.GuideSheet, 1
	for _, line := range book.Guide {
		b.put(name, 1, row, line)
		row++
	}
	row++
	for n, words := range []string{book.TableColumn, book.TitleColumn, book.HelpColumn} {
		b.put(name, 2+n, row, words)
	}
	for _, f := range book.Sheets {
		row++
		b.put(name, 2, row, f.Name)
		b.put(name, 4, row, f.Help)
		for _, c := range f.Columns {
			row++
			b.put(name, 2, row, f.Name)
			b.put(name, 3, row, c.Title)
			b.put(name, 4, row, c.explained())
		}
	}
	for n, width := range []float64{90, 18, 22, 70} {
		b.do(func() error { return b.f.SetColWidth(name, columnAt(n+1), columnAt(n+1), width) })
	}
}

// explained is a column's help with what follows from its kind.
func (c sheetColumn) explained() string {
	var out strings.Builder
	if c.Required {
		out.WriteString(book.Required)
	}
	if c.Kind == kindCode {
		out.WriteString(book.Choose)
	}
	out.WriteString(c.Help)
	return out.String()
}

// codes writes the code tables, one a column, and notes where each stands.
func (b *bookWriter) codes() {
	tables := append([]CodeTable{b.organs}, CodeTables()...)
	for n, t := range tables {
		col := n + 1
		b.put(book.CodeSheet, col, 1, t.Name)
		for k, c := range t.Codes[:min(len(t.Codes), maxOptions)] {
			b.put(book.CodeSheet, col, k+2, strings.TrimSpace(c.Shown()))
		}
		b.menus[t.ID] = fmt.Sprintf("%s!$%s$2:$%s$%d", book.CodeSheet, columnAt(col), columnAt(col), min(len(t.Codes), maxOptions)+1)
		b.note(book.CodeSheet, col, t.Note)
	}
	b.do(func() error { return b.f.SetColStyle(book.CodeSheet, "A:"+columnAt(len(tables)), b.text) })
	b.do(func() error { return b.f.SetColWidth(book.CodeSheet, "A", columnAt(len(tables)), 26) })
	b.freeze(book.CodeSheet, 0)
}

func (b *bookWriter) note(sheet string, col int, words string) {
	if words == "" {
		return
	}
	b.do(func() error {
		return b.f.AddComment(sheet, excelize.Comment{Cell: cellAt(col, 1), Author: " ", Paragraph: []excelize.RichTextRun{{Text: words}}, Width: 260, Height: 90})
	})
}

func (b *bookWriter) freeze(sheet string, columns int) {
	b.do(func() error {
		return b.f.SetPanes(sheet, &excelize.Panes{Freeze: true, XSplit: columns, YSplit: 1, TopLeftCell: cellAt(columns+1, 2), ActivePane: "bottomRight"})
	})
}

// form writes one sheet: its head, then a row for each element of its list in each item.
func (b *bookWriter) form(f *sheetForm, items []*Item) {
	columns := f.keys()
	for _, c := range f.Columns {
		if c.Kind != kindCells {
			columns = append(columns, c)
			continue
		}
		for n := range max(fewInputs, mostInputs(items)) {
			one := c
			one.Title = cellsTitle(c.Title, n+1)
			columns = append(columns, one)
		}
	}
	for n, c := range columns {
		b.column(f.Name, n+1, c)
	}
	b.freeze(f.Name, len(f.keys())+1)
	row := 2
	for _, it := range items {
		f.each(it, func(keys []string, v reflect.Value) {
			for n, key := range keys {
				b.put(f.Name, n+1, row, key)
			}
			b.row(f, it, row, len(keys)+1, v)
			row++
		})
	}
}

// keys are the columns that say to which item, and to which element of it, a row belongs.
func (f *sheetForm) keys() (out []sheetColumn) {
	if f.List != "" {
		out = append(out, sheetColumn{Title: book.ItemColumn, Kind: kindText, Required: true, Width: 22})
	}
	if f.Sub != "" {
		out = append(out, sheetColumn{Title: book.ParentColumn, Kind: kindText, Required: true, Width: 16})
	}
	return out
}

func mostInputs(items []*Item) (most int) {
	for _, it := range items {
		for _, r := range it.Rule.Rows {
			most = max(most, len(r.Cells))
		}
		most = max(most, len(it.Rule.Inputs))
	}
	return most
}

// each visits the rows of an item on a sheet.
func (f *sheetForm) each(it *Item, visit func(keys []string, v reflect.Value)) {
	item := reflect.ValueOf(it).Elem()
	if f.List == "" {
		visit(nil, item)
		return
	}
	list := item.FieldByIndex(f.list)
	for n := range list.Len() {
		if f.Sub == "" {
			visit([]string{string(it.ID)}, list.Index(n))
			continue
		}
		sub := list.Index(n).FieldByIndex(f.sub)
		for k := range sub.Len() {
			visit([]string{string(it.ID), list.Index(n).FieldByName("ID").String()}, sub.Index(k))
		}
	}
}

func (b *bookWriter) column(sheet string, col int, c sheetColumn) {
	letter, style := columnAt(col), b.text
	if c.Kind == kindNumber {
		style = b.number
	}
	b.do(func() error { return b.f.SetColStyle(sheet, letter, style) })
	b.do(func() error { return b.f.SetColWidth(sheet, letter, letter, cmp.Or(c.Width, 14)) })
	b.put(sheet, col, 1, c.Title)
	head := b.head
	if c.Required {
		head = b.needed
	}
	b.do(func() error { return b.f.SetCellStyle(sheet, cellAt(col, 1), cellAt(col, 1), head) })
	b.note(sheet, col, c.explained())
	b.menu(sheet, letter, c)
}

// menu lets choose; a code or a name alone may still be typed, since reading takes them too.
func (b *bookWriter) menu(sheet, letter string, c sheetColumn) {
	v := excelize.NewDataValidation(true)
	v.SetSqref(fmt.Sprintf("%s2:%s%d", letter, letter, lastRow))
	switch c.Kind {
	case kindCode:
		v.SetSqrefDropList(b.menus[c.Table])
		v.SetError(excelize.DataValidationErrorStyleWarning, c.Title, book.Choose)
	case kindYes:
		b.do(func() error { return v.SetDropList([]string{book.Yes, book.No}) })
	case kindNumber:
		b.do(func() error {
			return v.SetRange(0, 1_000_000, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween)
		})
	default:
		return
	}
	b.do(func() error { return b.f.AddDataValidation(sheet, v) })
}

func (b *bookWriter) row(f *sheetForm, it *Item, row, col int, v reflect.Value) {
	for _, c := range f.Columns {
		value, ok := under(v, c.fields, false)
		if !ok {
			col++
			continue
		}
		if c.Kind == kindCells {
			for n := range value.Len() {
				b.words(f, it, c, col+n, row, value.Index(n).String())
			}
			continue
		}
		if c.Kind == kindNumber {
			if n := value.Int(); n != 0 || c.Required {
				b.do(func() error { return b.f.SetCellInt(f.Name, cellAt(col, row), n) })
			}
		} else {
			b.words(f, it, c, col, row, c.written(value, b.organs))
		}
		col++
	}
}

func (b *bookWriter) words(f *sheetForm, it *Item, c sheetColumn, col, row int, words string) {
	if len(words) > maxCell && utf16Length(words) > maxCell {
		b.do(func() error {
			return fault.New(fault.TooLarge, "exchange.cell_large", "item", it.Name, "sheet", f.Name, "title", c.Title)
		})
	}
	b.put(f.Name, col, row, words)
}

func utf16Length(s string) (n int) {
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// written is a value in the words of its cell.
func (c sheetColumn) written(v reflect.Value, organs CodeTable) string {
	switch c.Kind {
	case kindYes:
		if v.Bool() {
			return book.Yes
		}
		return ""
	case kindCode:
		return shown(c.codesOf(organs), plainWord(v))
	case kindCodes, kindLines, kindPairs:
		var lines []string
		for n := range v.Len() {
			lines = append(lines, c.line(v.Index(n), organs))
		}
		return strings.Join(lines, "\n")
	}
	return v.String()
}

func (c sheetColumn) line(v reflect.Value, organs CodeTable) string {
	switch c.Kind {
	case kindCodes:
		return shown(c.codesOf(organs), v.String())
	case kindPairs:
		words := escape.Replace(v.Field(0).String())
		if second := v.Field(1).String(); second != "" {
			words += "|" + escape.Replace(second)
		}
		return words
	}
	return escape.Replace(v.String())
}

// plainWord is a code as text, "" for a number that is not set.
func plainWord(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return v.String()
	}
	if v.Int() == 0 {
		return ""
	}
	return strconv.FormatInt(v.Int(), 10)
}

func shown(t CodeTable, code string) string {
	if c, ok := t.Of(code); ok {
		return strings.TrimSpace(c.Shown())
	}
	return code
}

func columnAt(col int) string {
	name, err := excelize.ColumnNumberToName(col)
	if err != nil {
		return "A" // columns are bounded far below Excel's
	}
	return name
}

func cellAt(col, row int) string { return columnAt(col) + strconv.Itoa(row) }
