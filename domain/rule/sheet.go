package rule

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"yimen/foundation/fault"
)

// Limits on a spreadsheet.
const (
	MaxSheet   = 4 << 20  // bytes of the file
	maxUnzip   = 64 << 20 // bytes of what it holds
	maxColumns = 1 + MaxInputs + MaxOutputs + 8
	maxCell    = 32_767 // characters Excel keeps
)

// The lines of a sheet: the table's head, five lines that head the columns, then one line per row.
const (
	lineName = iota
	linePolicy
	lineRole
	lineColumn
	lineExpression
	lineLabel
	lineType
	lineAllowed
	lineDefault
	firstRow
)

// The roles of columns; the first column holds the rows' ids.
const (
	roleIn   = "in"
	roleOut  = "out"
	roleSays = "says"
	roleWhen = "when" // may be left out
)

var citationRoles = []string{"law", "article", "sub", "paragraph", "point", "text"}

// SheetFlaw is a wrong cell of a spreadsheet.
type SheetFlaw struct {
	Sheet string `json:"sheet"`
	Row   int    `json:"row"`  // from 1, as the spreadsheet counts; 0: none in particular
	Cell  string `json:"cell"` // e.g. "C12", empty when it concerns no cell in particular
	Key   string `json:"key"`
	Args  []any  `json:"args,omitempty"`
}

// WriteSheet writes the table as XLSX. say gives the words of the first column by message key:
// they are for people, reading goes by place.
func WriteSheet(w io.Writer, t Table, say func(key string) string) error {
	f := excelize.NewFile()
	defer f.Close()
	s := sheetWriter{f: f, name: f.GetSheetName(0)}
	for line := lineName; line < firstRow; line++ {
		s.put(0, line, say(lineKeys[line]))
	}
	s.put(1, lineName, t.Name)
	s.put(1, linePolicy, string(t.Policy))
	for i, in := range t.Inputs {
		s.head(1+i, roleIn, in.Name, in.Expression, in.Label, string(in.Type), in.Allowed, "")
	}
	for i, o := range t.Outputs {
		s.head(1+len(t.Inputs)+i, roleOut, o.Name, "", o.Label, string(o.Type), o.Allowed, o.Default)
	}
	says := 1 + len(t.Inputs) + len(t.Outputs)
	for i, role := range append(append([]string{roleSays}, citationRoles...), roleWhen) {
		s.head(says+i, role, "", "", say(roleKeys[role]), "", "", "")
	}
	for i, r := range t.Rows {
		s.row(firstRow+i, says, r)
	}
	if s.err == nil {
		s.err = f.SetColWidth(s.name, "A", columnName(maxColumns), 18)
	}
	if s.err == nil {
		s.err = f.Write(w)
	}
	return s.err
}

var lineKeys = [...]string{"rule.sheet_name", "rule.sheet_policy", "rule.sheet_role", "rule.sheet_column", "rule.sheet_expression",
	"rule.sheet_label", "rule.sheet_type", "rule.sheet_allowed", "rule.sheet_default"}

var roleKeys = map[string]string{roleSays: "rule.sheet_says", "law": "rule.sheet_law", "article": "rule.sheet_article", "sub": "rule.sheet_sub",
	"paragraph": "rule.sheet_paragraph", "point": "rule.sheet_point", "text": "rule.sheet_text", roleWhen: "rule.sheet_when"}

type sheetWriter struct {
	f    *excelize.File
	name string
	err  error
}

// put writes text, never a formula: a cell may begin with "=".
func (s *sheetWriter) put(col, line int, text string) {
	if s.err != nil || text == "" {
		return
	}
	if len(text) > maxCell {
		s.err = fault.New(fault.TooLarge, "rule.sheet_large")
		return
	}
	s.err = s.f.SetCellStr(s.name, cellName(col, line), text)
}

func (s *sheetWriter) head(col int, texts ...string) {
	for i, text := range texts {
		s.put(col, lineRole+i, text)
	}
}

func (s *sheetWriter) row(line, says int, r Row) {
	s.put(0, line, r.ID)
	for i, text := range append(append([]string{}, r.Cells...), r.Outputs...) {
		s.put(1+i, line, text)
	}
	s.put(says, line, r.Says)
	s.put(says+1, line, r.Basis.Law)
	for i, n := range []int{r.Basis.Article, r.Basis.Sub, r.Basis.Paragraph, r.Basis.Point} {
		if n > 0 && s.err == nil {
			s.err = s.f.SetCellInt(s.name, cellName(says+2+i, line), int64(n))
		}
	}
	s.put(says+6, line, r.Basis.Text)
	s.put(says+7, line, r.When)
}

func columnName(col int) string {
	name, err := excelize.ColumnNumberToName(col + 1)
	if err != nil {
		return "A" // columns are bounded far below Excel's
	}
	return name
}

func cellName(col, line int) string { return columnName(col) + strconv.Itoa(line+1) }

// ReadSheet reads the first sheet of an XLSX file as WriteSheet lays it out. It is all or
// nothing: with any flaw, also one that compiling or a check finds, there is no table. The table's
// id, organ and item are not in the sheet. Errors: TooLarge, Invalid for a file that is no XLSX.
func ReadSheet(r io.Reader, checks ...func(Table) []Flaw) (Table, []SheetFlaw, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxSheet+1))
	if err != nil {
		return Table{}, nil, err
	}
	if len(raw) > MaxSheet {
		return Table{}, nil, fault.New(fault.TooLarge, "rule.sheet_large")
	}
	s := &sheetReader{}
	if err := s.load(raw); err != nil {
		return Table{}, nil, err
	}
	s.head()
	if len(s.flaws) == 0 {
		s.rows()
	}
	if len(s.flaws) == 0 {
		_, flaws := Compile(s.table)
		for _, check := range checks {
			flaws = append(flaws, check(s.table)...)
		}
		for _, f := range flaws {
			s.flaw(s.columnOf(f), s.lineOf(f), f.Key, f.Args...)
		}
	}
	if len(s.flaws) > 0 {
		return Table{}, s.flaws, nil
	}
	return s.table.Tidy(), nil, nil
}

type sheetReader struct {
	name  string
	cells [][]string
	table Table
	ins   []int // columns of inputs
	outs  []int
	roles map[string]int
	lines []int // of the rows
	flaws []SheetFlaw
}

// load streams the cells: the library's other ways of reading fill rows up to Excel's last
// column, which a small hostile file can make very large.
func (s *sheetReader) load(raw []byte) error {
	f, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: maxUnzip, RawCellValue: true})
	if err != nil {
		return fault.New(fault.Invalid, "rule.sheet_file").Wrap(err)
	}
	defer f.Close()
	s.name = f.GetSheetName(0)
	rows, err := f.Rows(s.name)
	if err != nil {
		return fault.New(fault.Invalid, "rule.sheet_file").Wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		line, err := rows.Columns()
		if err != nil {
			return fault.New(fault.Invalid, "rule.sheet_file").Wrap(err)
		}
		for len(line) > 0 && strings.TrimSpace(line[len(line)-1]) == "" {
			line = line[:len(line)-1]
		}
		if len(line) > maxColumns || len(s.cells) > firstRow+MaxRows {
			return fault.New(fault.TooLarge, "rule.sheet_large")
		}
		s.cells = append(s.cells, line)
	}
	return nil
}

func (s *sheetReader) at(col, line int) string {
	if line < len(s.cells) && col >= 0 && col < len(s.cells[line]) {
		return strings.TrimSpace(s.cells[line][col])
	}
	return ""
}

func (s *sheetReader) flaw(col, line int, key string, args ...any) {
	f := SheetFlaw{Sheet: s.name, Row: line + 1, Key: key, Args: args}
	if col >= 0 && line >= 0 {
		f.Cell = cellName(col, line)
	}
	s.flaws = append(s.flaws, f)
}

func (s *sheetReader) head() {
	s.table.Name, s.table.Policy = s.at(1, lineName), Policy(s.at(1, linePolicy))
	s.roles = map[string]int{}
	width := 0
	if len(s.cells) > lineRole {
		width = len(s.cells[lineRole])
	}
	for col := 1; col < width; col++ {
		s.column(col, s.at(col, lineRole))
	}
	for _, role := range append([]string{roleSays}, citationRoles...) {
		if _, ok := s.roles[role]; !ok {
			s.flaw(-1, lineRole, "rule.sheet_missing", "role", role)
		}
	}
}

func (s *sheetReader) column(col int, role string) {
	name, label, typ, allowed := s.at(col, lineColumn), s.at(col, lineLabel), Type(s.at(col, lineType)), s.at(col, lineAllowed)
	switch role {
	case roleIn:
		s.ins = append(s.ins, col)
		s.table.Inputs = append(s.table.Inputs, Input{name, s.at(col, lineExpression), label, typ, allowed})
	case roleOut:
		s.outs = append(s.outs, col)
		s.table.Outputs = append(s.table.Outputs, Output{name, label, typ, allowed, s.at(col, lineDefault)})
	default:
		if _, twice := s.roles[role]; twice || roleKeys[role] == "" {
			s.flaw(col, lineRole, "rule.sheet_wrong_role", "role", role)
		}
		s.roles[role] = col
	}
}

// rows reads the lines behind the head; an empty line between them is passed over.
func (s *sheetReader) rows() {
	for line := firstRow; line < len(s.cells); line++ {
		if len(s.cells[line]) == 0 {
			continue
		}
		r := Row{ID: s.at(0, line), Says: s.at(s.roles[roleSays], line), Basis: s.citation(line)}
		if when, ok := s.roles[roleWhen]; ok {
			r.When = s.at(when, line)
		}
		for i, col := range s.ins {
			r.Cells = append(r.Cells, asTyped(s.at(col, line), s.table.Inputs[i].Type))
		}
		for i, col := range s.outs {
			r.Outputs = append(r.Outputs, asTyped(s.at(col, line), s.table.Outputs[i].Type))
		}
		s.table.Rows = append(s.table.Rows, r)
		s.lines = append(s.lines, line)
	}
}

func (s *sheetReader) citation(line int) Citation {
	c := Citation{Law: s.at(s.roles["law"], line), Text: s.at(s.roles["text"], line)}
	for role, n := range map[string]*int{"article": &c.Article, "sub": &c.Sub, "paragraph": &c.Paragraph, "point": &c.Point} {
		text := s.at(s.roles[role], line)
		if text == "" {
			continue
		}
		var err error
		if *n, err = strconv.Atoi(text); err != nil || *n < 0 || *n > 9999 {
			s.flaw(s.roles[role], line, "rule.sheet_number", "value", near(text))
		}
	}
	return c
}

// excelEpoch is day 0 of Excel's calendar, as it counts from March 1900 on.
var excelEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// asTyped takes back what a spreadsheet makes of typed truth values and days.
func asTyped(text string, t Type) string {
	switch t {
	case TypeBoolean:
		if s, ok := map[string]string{"1": "true", "0": "false", "TRUE": "true", "FALSE": "false"}[text]; ok {
			return s
		}
	case TypeDate:
		if n, err := strconv.Atoi(text); err == nil && n > 60 && n < 2_958_466 {
			return Day(excelEpoch.AddDate(0, 0, n)).String()
		}
		if d := readDate(text); !d.IsNull() {
			return d.String()
		}
	}
	return text
}

// lineOf and columnOf find the cell a flaw of the table stands in.
func (s *sheetReader) lineOf(f Flaw) int {
	switch {
	case f.Row >= 0:
		return s.lines[f.Row]
	case f.Key == "rule.no_name":
		return lineName
	case f.Key == "rule.wrong_policy":
		return linePolicy
	case f.Column < 0:
		return lineRole
	}
	if line, ok := headLines[f.Key]; ok {
		return line
	}
	return lineAllowed
}

// headLines say in which line of the head a flaw stands; the others are of the allowed values.
var headLines = map[string]int{"rule.wrong_name": lineColumn, "rule.same_name": lineColumn, "rule.unknown_type": lineType, "rule.outcome_text": lineType}

func (s *sheetReader) columnOf(f Flaw) int {
	ins, outs := len(s.ins), len(s.outs)
	switch {
	case f.Column < 0 && f.Row >= 0:
		return 0
	case f.Column < 0:
		return 1
	case f.Column < ins:
		return s.ins[f.Column]
	case f.Column < ins+outs:
		return s.outs[f.Column-ins]
	case f.Column == ins+outs:
		return s.roles[roleSays]
	case f.Column == ins+outs+2:
		return s.roles[roleWhen]
	}
	return s.roles["law"]
}
