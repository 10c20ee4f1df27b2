package ref

import (
	"fmt"
	"time"
)

// CatalogCode is 基本编码 (GB/T 39554.1): 12 digits = 2 region + 2 事项类型 + 5 main item + 3
// sub-item (000 none).
type CatalogCode string

// ParseCatalogCode reads 12 digits; types outside the national list (21 in Guangdong) pass.
func ParseCatalogCode(s string) (CatalogCode, error) {
	s = clean(s)
	if err := sized(s, 12, digits); err != nil {
		return "", err
	}
	return CatalogCode(s), nil
}

// ComposeCatalogCode builds a code from its four parts.
func ComposeCatalogCode(region string, t TaskType, main, sub int) (CatalogCode, error) {
	if len(region) != 2 || len(t) != 2 || main < 0 || main > 99999 || sub < 0 || sub > 999 {
		return "", ErrFormat
	}
	return ParseCatalogCode(fmt.Sprintf("%s%s%05d%03d", region, t, main, sub))
}

// Region is the two-digit province, 00 for the state.
func (c CatalogCode) Region() string { return part(string(c), 12, 0, 2) }

// Type is the 事项类型.
func (c CatalogCode) Type() TaskType { return TaskType(part(string(c), 12, 2, 4)) }

// Main is the 5-digit main item.
func (c CatalogCode) Main() string { return part(string(c), 12, 4, 9) }

// Sub is the 3-digit sub-item, 000 for none.
func (c CatalogCode) Sub() string { return part(string(c), 12, 9, 12) }

// TaskCode is 实施编码: 31 characters = USCC of the organ + level + 基本编码.
type TaskCode string

// ParseTaskCode reads 31 characters, checking the organ's USCC and the level.
func ParseTaskCode(s string) (TaskCode, error) {
	s = clean(s)
	if err := sized(s, 31, alphanumeric); err != nil {
		return "", err
	}
	if _, err := ParseUSCC(s[:18]); err != nil {
		return "", err
	}
	if !Level(s[18] - '0').Known() {
		return "", ErrLevel
	}
	if !only(s[19:], digits) {
		return "", ErrCharacter
	}
	return TaskCode(s), nil
}

// ComposeTaskCode joins the three parts.
func ComposeTaskCode(organ USCC, level Level, catalog CatalogCode) (TaskCode, error) {
	if !level.Known() {
		return "", ErrLevel
	}
	return ParseTaskCode(fmt.Sprintf("%s%d%s", organ, level, catalog))
}

// Organ is the implementing organ's USCC.
func (t TaskCode) Organ() USCC { return USCC(part(string(t), 31, 0, 18)) }

// Level is the 行使层级; 0 when the code is not 31 characters.
func (t TaskCode) Level() Level {
	if len(t) != 31 {
		return 0
	}
	return Level(t[18] - '0')
}

// Catalog is the 基本编码.
func (t TaskCode) Catalog() CatalogCode { return CatalogCode(part(string(t), 31, 19, 31)) }

// Type is the 事项类型, characters 22 and 23.
func (t TaskCode) Type() TaskType { return t.Catalog().Type() }

// Format writes organ, level and catalogue code apart.
func (t TaskCode) Format() string {
	if len(t) != 31 {
		return string(t)
	}
	return string(t[:18] + " " + t[18:19] + " " + t[19:])
}

// HandleCode is 业务办理项编码: 33 characters = 实施编码 + 2-digit sequence; empty when the item
// has no 业务办理项.
type HandleCode string

// ParseHandleCode reads 33 characters.
func ParseHandleCode(s string) (HandleCode, error) {
	s = clean(s)
	if err := sized(s, 33, alphanumeric); err != nil {
		return "", err
	}
	if _, err := ParseTaskCode(s[:31]); err != nil {
		return "", err
	}
	if !only(s[31:], digits) {
		return "", ErrCharacter
	}
	return HandleCode(s), nil
}

// ComposeHandleCode appends a sequence of 1–99.
func ComposeHandleCode(task TaskCode, seq int) (HandleCode, error) {
	if seq < 1 || seq > 99 {
		return "", ErrFormat
	}
	return ParseHandleCode(string(task) + twoDigits(seq))
}

// Task is the 实施编码 inside.
func (h HandleCode) Task() TaskCode { return TaskCode(part(string(h), 33, 0, 31)) }

// CaseNumber is 办件编号 as Guangdong exchanges it: 43 characters = 实施编码 + yyyyMMdd + 4-digit
// sequence of that item and day.
type CaseNumber string

// ParseCaseNumber reads 43 characters.
func ParseCaseNumber(s string) (CaseNumber, error) {
	s = clean(s)
	if err := sized(s, 43, alphanumeric); err != nil {
		return "", err
	}
	if _, err := ParseTaskCode(s[:31]); err != nil {
		return "", err
	}
	if !only(s[31:], digits) {
		return "", ErrCharacter
	}
	if _, err := day(s[31:39]); err != nil {
		return "", err
	}
	if s[39:] == "0000" {
		return "", ErrSequence
	}
	return CaseNumber(s), nil
}

// ComposeCaseNumber builds the number for the day (in China) of at; past 9999 on one day it
// is ErrSequence and the caller must raise the alarm.
func ComposeCaseNumber(task TaskCode, at time.Time, seq int) (CaseNumber, error) {
	if seq < 1 || seq > 9999 {
		return "", ErrSequence
	}
	return ParseCaseNumber(fmt.Sprintf("%s%s%04d", task, at.In(china).Format("20060102"), seq))
}

// Task is the 实施编码 inside.
func (c CaseNumber) Task() TaskCode { return TaskCode(part(string(c), 43, 0, 31)) }

// Day is the day of the number as yyyyMMdd.
func (c CaseNumber) Day() string { return part(string(c), 43, 31, 39) }

// Sequence is the day's sequence, 1–9999.
func (c CaseNumber) Sequence() int {
	n := 0
	for _, r := range part(string(c), 43, 39, 43) {
		n = n*10 + int(r-'0')
	}
	return n
}

// Format writes task code, day and sequence apart.
func (c CaseNumber) Format() string {
	if len(c) != 43 {
		return string(c)
	}
	return string(c[:31] + " " + c[31:39] + " " + c[39:])
}

// part is s[from:to] of a code of n characters; "" when it is another length.
func part(s string, n, from, to int) string {
	if len(s) != n {
		return ""
	}
	return s[from:to]
}
