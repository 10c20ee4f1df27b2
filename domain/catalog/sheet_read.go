package catalog

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"yimen/ref"
)

// maxWrong is how many wrong cells are named; who has more begins with these.
const maxWrong = 2000

// ReadBook reads a workbook as WriteBook makes it. Every wrong cell is named; with any that holds it up
// nothing of it may be taken (see Import.Bad). Organs are those of the town. What the linter says is added by
// Import.Check. Errors: fault.TooLarge; fault.Invalid for a file that is no workbook.
func ReadBook(raw []byte, organs []Code) (*Import, error) {
	if len(raw) > MaxBook {
		return nil, bookLarge()
	}
	b, err := openBook(raw)
	if err != nil {
		return nil, err
	}
	r := &sheetReader{book: b, organs: organCodes(organs), items: map[ref.ItemID]int{}, rows: map[string]int{}, heads: map[string]map[string]string{}}
	found := r.sheets()
	for n := range book.Sheets {
		f := &book.Sheets[n]
		if part, there := found[f.Name]; there {
			if err := r.sheet(f, part); err != nil {
				return nil, err
			}
		}
	}
	r.cells()
	return &Import{Items: r.out, Wrong: r.wrong, More: r.more, place: r.place}, nil
}

type sheetReader struct {
	book   *bookReader
	organs CodeTable
	out    []*Item
	items  map[ref.ItemID]int           // places in out
	rows   map[string]int               // rows by the item's place and the JSON path of what stands there: 3 materials[2]
	heads  map[string]map[string]string // by sheet: letters by JSON path
	broken bool                         // the sheet of items cannot be read, so that other sheets' ids mean nothing
	wrong  []Wrong
	more   bool
}

func (r *sheetReader) bad(at Spot, item ref.ItemID, key string, args ...any) {
	if len(r.wrong) == maxWrong {
		r.more = true
		return
	}
	r.wrong = append(r.wrong, Wrong{Spot: at, Item: item, Key: key, Args: args})
}

// sheets says which parts of the file hold which sheets, and names those that do not belong here.
func (r *sheetReader) sheets() map[string]string {
	found := map[string]string{}
	for _, s := range r.book.sheets {
		own := slices.ContainsFunc(book.Sheets, func(f sheetForm) bool { return f.Name == s.name })
		if !own && s.name != book.GuideSheet && s.name != book.CodeSheet {
			r.bad(Spot{Sheet: s.name}, "", "exchange.sheet_unknown")
		}
		found[s.name] = s.part
	}
	for _, f := range book.Sheets {
		if _, there := found[f.Name]; !there {
			r.bad(Spot{Sheet: f.Name}, "", "exchange.sheet_missing")
			r.broken = r.broken || f.List == ""
		}
	}
	return found
}

// headed is a column as the file has it.
type headed struct {
	sheetColumn
	key  int // 1: the item's id, 2: the id of the element it belongs to
	nth  int // of a kind that has several columns, from 0
	name string
}

type sheetRows struct {
	r       *sheetReader
	f       *sheetForm
	columns map[int]headed
	counts  map[string]int // elements so far, by the place of their list
	whole   bool           // every column is there
}

func (r *sheetReader) sheet(f *sheetForm, part string) error {
	s := &sheetRows{r: r, f: f, counts: map[string]int{}}
	err := r.book.rows(part, func(row int, cells []sheetCell) {
		switch {
		case row == 1:
			s.head(cells)
		case s.whole:
			s.row(row, cells)
		}
	})
	if s.columns == nil && err == nil {
		s.head(nil)
	}
	return err
}

var cellsHead = regexp.MustCompile(`^(.*\S) *([1-9]\d?)$`)

// head finds the columns by their titles, in any order.
func (s *sheetRows) head(cells []sheetCell) {
	s.columns, s.whole = map[int]headed{}, true
	letters := map[string]string{}
	known := s.titles()
	for _, cell := range cells {
		at := Spot{Sheet: s.f.Name, Row: 1, Column: columnAt(cell.col), Title: cell.text}
		h, ok := known[cell.text]
		if m := cellsHead.FindStringSubmatch(cell.text); !ok && m != nil {
			if h, ok = known[m[1]]; ok && h.Kind == kindCells {
				h.nth, _ = strconv.Atoi(m[2])
				h.nth--
			} else {
				ok = false
			}
		} else if ok && h.Kind == kindCells {
			ok = false
		}
		if h.name = cell.text; !ok {
			s.r.bad(at, "", "exchange.column_unknown", "title", cell.text)
			continue
		}
		if slices.ContainsFunc(mapValues(s.columns), func(x headed) bool { return x.name == h.name }) {
			s.r.bad(at, "", "exchange.column_twice", "title", cell.text)
			continue
		}
		s.columns[cell.col] = h
		if h.key == 0 && h.nth == 0 {
			letters[h.Path] = at.Column
		}
	}
	s.missing(known)
	s.r.heads[s.f.Name] = letters
}

func mapValues(m map[int]headed) (out []headed) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func (s *sheetRows) titles() map[string]headed {
	out := map[string]headed{}
	for n, c := range s.f.keys() {
		out[c.Title] = headed{sheetColumn: c, key: n + 1}
	}
	for _, c := range s.f.Columns {
		out[c.Title] = headed{sheetColumn: c}
	}
	return out
}

// missing names the columns that are not there: to take them as empty would wipe out what an item has.
func (s *sheetRows) missing(known map[string]headed) {
	there := mapValues(s.columns)
	for _, c := range append(s.f.keys(), s.f.Columns...) {
		if c.Kind != kindCells && !slices.ContainsFunc(there, func(h headed) bool { return h.Title == c.Title }) {
			s.whole = false
			s.r.bad(Spot{Sheet: s.f.Name, Row: 1, Title: c.Title}, "", "exchange.column_missing", "title", c.Title)
		}
	}
	s.r.broken = s.r.broken || !s.whole && s.f.List == ""
}

// row reads one line: to which item it belongs, then cell by cell.
func (s *sheetRows) row(row int, cells []sheetCell) {
	var keys [3]sheetCell
	at := func(cell sheetCell) Spot {
		return Spot{Sheet: s.f.Name, Row: row, Column: columnAt(cell.col), Title: s.columns[cell.col].name}
	}
	for _, cell := range cells {
		if key := s.columns[cell.col].key; key > 0 {
			keys[key] = cell
		} else if s.f.List == "" && s.columns[cell.col].Path == "id" {
			keys[1] = cell
		}
	}
	item := ref.ItemID(keys[1].text)
	for n, key := range s.keyColumns() {
		if cell := keys[n+1]; cell.kind == cellFormula || cell.kind == cellError {
			wrong, args := headed{}.take(reflect.Value{}, cell, s.r.organs)
			s.r.bad(at(cell), item, wrong, args...)
			return
		}
		if keys[n+1].text == "" {
			s.r.bad(Spot{Sheet: s.f.Name, Row: row, Column: s.letter(key), Title: key}, item, "exchange.required", "title", key)
			return
		}
	}
	value, ok := s.element(row, item, keys, at)
	if !ok {
		return
	}
	filled := map[int]bool{}
	for _, cell := range cells {
		h, known := s.columns[cell.col]
		switch {
		case !known:
			s.r.bad(at(cell), item, "exchange.outside")
		case h.key == 0:
			if key, args := h.take(value, cell, s.r.organs); key != "" {
				s.r.bad(at(cell), item, key, args...)
			}
		}
		filled[cell.col] = true
	}
	for col, h := range s.columns {
		if h.Required && !filled[col] && h.Kind != kindCells {
			s.r.bad(Spot{Sheet: s.f.Name, Row: row, Column: columnAt(col), Title: h.name}, item, "exchange.required", "title", h.name)
		}
	}
}

// keyColumns are the titles of the columns that say what a row belongs to.
func (s *sheetRows) keyColumns() (out []string) {
	if s.f.List == "" {
		return []string{book.ItemColumn}
	}
	for _, c := range s.f.keys() {
		out = append(out, c.Title)
	}
	return out
}

func (s *sheetRows) letter(title string) string {
	for col, h := range s.columns {
		if h.name == title {
			return columnAt(col)
		}
	}
	return ""
}

// element makes room for a row: a new item, or one more element of an item's list.
func (s *sheetRows) element(row int, item ref.ItemID, keys [3]sheetCell, at func(sheetCell) Spot) (reflect.Value, bool) {
	n, there := s.r.items[item]
	if s.f.List == "" {
		if there {
			s.r.bad(at(keys[1]), item, "exchange.item_twice", "id", string(item))
			return reflect.Value{}, false
		}
		it := &Item{}
		n = len(s.r.out)
		s.r.items[item], s.r.out = n, append(s.r.out, it)
		s.r.rows[fmt.Sprint(n, " ")] = row
		return reflect.ValueOf(it).Elem(), true
	}
	if !there {
		if !s.r.broken {
			s.r.bad(at(keys[1]), item, "exchange.item_unknown", "id", string(item))
		}
		return reflect.Value{}, false
	}
	list, path := reflect.ValueOf(s.r.out[n]).Elem().FieldByIndex(s.f.list), s.f.List
	if s.f.Sub != "" {
		k := s.parent(list, keys[2].text)
		if k < 0 {
			s.r.bad(at(keys[2]), item, "exchange.parent_unknown", "id", keys[2].text)
			return reflect.Value{}, false
		}
		list, path = list.Index(k).FieldByIndex(s.f.sub), fmt.Sprintf("%s[%d].%s", path, k, s.f.Sub)
	}
	list.Set(reflect.Append(list, reflect.Zero(list.Type().Elem())))
	s.r.rows[fmt.Sprintf("%d %s[%d]", n, path, list.Len()-1)] = row
	return list.Index(list.Len() - 1), true
}

func (s *sheetRows) parent(list reflect.Value, id string) int {
	for n := range list.Len() {
		if list.Index(n).FieldByName("ID").String() == id {
			return n
		}
	}
	return -1
}

// take puts what a cell says into the row's value; the answer is what is wrong with it.
func (h headed) take(row reflect.Value, cell sheetCell, organs CodeTable) (key string, args []any) {
	switch cell.kind {
	case cellFormula:
		return "exchange.formula", nil
	case cellError:
		return "exchange.cell_error", []any{"value", near(cell.text)}
	}
	if h.Kind != kindDate && cell.kind == cellDate {
		return "exchange.date_unasked", []any{"value", cell.text}
	}
	v, _ := under(row, h.fields, true)
	wrong := []any{"value", near(cell.text)}
	switch h.Kind {
	case kindNumber:
		n, err := strconv.Atoi(strings.TrimSuffix(cell.text, ".0"))
		if err != nil || n < 0 || n > 1_000_000 {
			return "exchange.number", wrong
		}
		v.SetInt(int64(n))
	case kindYes:
		yes, ok := readYes(cell.text)
		if !ok {
			return "exchange.yes_no", wrong
		}
		v.SetBool(yes)
	case kindDate:
		day, ok := readDay(cell.text)
		if !ok {
			return "exchange.date", wrong
		}
		v.SetString(day)
	case kindCode:
		return h.takeCode(v, cell, organs)
	case kindCodes, kindLines, kindPairs:
		return h.takeLines(v, cell, organs)
	case kindCells:
		for v.Len() <= h.nth {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		}
		v.Index(h.nth).SetString(ruleCell(cell))
	default:
		v.SetString(cell.text)
	}
	return "", nil
}

// ruleCell takes a truth that a spreadsheet made of the word.
func ruleCell(cell sheetCell) string {
	if cell.kind == cellYes {
		return map[string]string{"1": "true"}[cell.text] + map[string]string{"0": "false"}[cell.text]
	}
	return cell.text
}

func (h headed) code(written string, kind cellKind, organs CodeTable) (string, bool) {
	t := h.codesOf(organs)
	code, ok := t.Read(written)
	if !ok && kind == cellNumber {
		code, ok = t.padded(written)
	}
	if !ok && h.Table == organTable {
		code, _, _ = strings.Cut(written, " ")
		return code, true
	}
	return code, ok
}

func (h headed) takeCode(v reflect.Value, cell sheetCell, organs CodeTable) (string, []any) {
	code, ok := h.code(cell.text, cell.kind, organs)
	if !ok {
		return "exchange.code", []any{"value", near(cell.text), "table", h.codesOf(organs).Name}
	}
	if v.Kind() == reflect.String {
		v.SetString(code)
		return "", nil
	}
	n, err := strconv.Atoi(code)
	if err != nil {
		return "exchange.number", []any{"value", near(cell.text)}
	}
	v.SetInt(int64(n))
	return "", nil
}

func (h headed) takeLines(v reflect.Value, cell sheetCell, organs CodeTable) (string, []any) {
	for line := range strings.SplitSeq(cell.text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		one := reflect.New(v.Type().Elem()).Elem()
		words := parts(line)
		switch h.Kind {
		case kindCodes:
			code, ok := h.code(line, cell.kind, organs)
			if !ok {
				return "exchange.code", []any{"value", near(line), "table", h.codesOf(organs).Name}
			}
			one.SetString(code)
		case kindPairs:
			if len(words) > 2 {
				return "exchange.pair", []any{"value", near(line)}
			}
			for n, word := range words {
				one.Field(n).SetString(strings.TrimSpace(word))
			}
		default:
			one.SetString(strings.TrimSpace(strings.Join(words, "|")))
		}
		v.Set(reflect.Append(v, one))
	}
	return "", nil
}

// near is enough of a text to know it by.
func near(s string) string { return begins(strings.ReplaceAll(s, "\n", " ")) }

func readYes(s string) (yes, ok bool) {
	switch strings.ToLower(s) {
	case book.Yes, "1", "true", "yes", "y", "√":
		return true, true
	case book.No, "0", "false", "no", "n", "×":
		return false, true
	}
	return false, false
}

var dayParts = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$`)

// readDay takes a day as people write it.
func readDay(s string) (string, bool) {
	m := dayParts.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	day := fmt.Sprintf("%s-%02s-%02s", m[1], m[2], m[3])
	_, err := time.Parse(time.DateOnly, day)
	return day, err == nil
}

// cells gives every row of a rule as many cells as there are inputs, and names those that are empty: what
// holds in any case is written down as such.
func (r *sheetReader) cells() {
	at := slices.IndexFunc(book.Sheets, func(f sheetForm) bool { return f.List == "rule.rows" })
	f := &book.Sheets[at]
	title := f.Columns[slices.IndexFunc(f.Columns, func(c sheetColumn) bool { return c.Kind == kindCells })].Title
	for n, it := range r.out {
		for k := range it.Rule.Rows {
			row := &it.Rule.Rows[k]
			for len(row.Cells) < len(it.Rule.Inputs) {
				row.Cells = append(row.Cells, "")
			}
			for c, cell := range row.Cells {
				if cell == "" {
					head := cellsTitle(title, c+1)
					r.bad(Spot{Sheet: f.Name, Row: r.rows[fmt.Sprintf("%d rule.rows[%d]", n, k)], Title: head}, it.ID, "exchange.required", "title", head)
				}
			}
		}
	}
}

var placeOf = regexp.MustCompile(`\[\d+\]`)

// place is the cell a JSON path of an item came from: of its nearest row, the column of the path itself, of
// what it belongs to, or the first of what belongs to it.
func (r *sheetReader) place(n int, path string) Spot {
	row, rest := path, ""
	for {
		if at, there := r.rows[fmt.Sprintf("%d %s", n, row)]; there {
			return r.cell(placeOf.ReplaceAllString(row, ""), at, rest)
		}
		if f := formOf(row); f != nil && row != "" {
			return Spot{Sheet: f.Name}
		}
		cut := strings.LastIndexByte(row, '.')
		if cut < 0 {
			return r.cell("", r.rows[fmt.Sprintf("%d ", n)], path)
		}
		row = row[:cut]
		rest = path[cut+1:]
	}
}

func formOf(list string) *sheetForm {
	for n := range book.Sheets {
		if book.Sheets[n].full() == list {
			return &book.Sheets[n]
		}
	}
	return nil
}

func (r *sheetReader) cell(list string, row int, path string) Spot {
	f := formOf(list)
	path = placeOf.ReplaceAllString(path, "")
	at := Spot{Sheet: f.Name, Row: row}
	for _, fits := range []func(c string) bool{
		func(c string) bool { return c == path },
		func(c string) bool { return path == "" || strings.HasPrefix(c, path+".") },
		func(c string) bool { return strings.HasPrefix(path, c+".") },
	} {
		if n := slices.IndexFunc(f.Columns, func(c sheetColumn) bool { return fits(c.Path) }); n >= 0 {
			at.Column, at.Title = r.heads[f.Name][f.Columns[n].Path], f.Columns[n].Title
			return at
		}
	}
	return at
}
