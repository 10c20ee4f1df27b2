package page

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"yimen/foundation/calendar"
	"yimen/web/text"
)

// When is an instant as people say it near to it: 今天 14:32, 昨天 9:05, 3月2日 14:32, and with the year further off.
func (p *Page) When(t time.Time) string {
	if t.IsZero() {
		return p.T("time.never")
	}
	local := t.In(calendar.Zone)
	clock := local.Format("15:04")
	days := int(calendar.DateOf(t) - calendar.DateOf(p.Now))
	switch days {
	case 0:
		return p.T("time.today", "at", clock)
	case -1:
		return p.T("time.yesterday", "at", clock)
	case 1:
		return p.T("time.tomorrow", "at", clock)
	}
	return p.Date(calendar.DateOf(t)) + " " + clock
}

// Date is a day in a sentence: 3月2日 in this year, 2026年3月2日 in others.
func (p *Page) Date(d calendar.Date) string {
	key := "time.date"
	if d.Year() == calendar.DateOf(p.Now).Year() {
		key = "time.day"
	}
	return p.day(key, d)
}

// FullDate is a day with its year, for letters and receipts.
func (p *Page) FullDate(d calendar.Date) string { return p.day("time.date", d) }

func (p *Page) day(key string, d calendar.Date) string {
	y, m, day := d.Date()
	if p.Lang == text.English {
		return p.T(key, "y", y, "m", m, "d", day)
	}
	return p.T(key, "y", y, "m", int(m), "d", day)
}

// Stamp is an instant in a table: 2026-03-02 14:32.
func (p *Page) Stamp(t time.Time) string {
	if t.IsZero() {
		return p.T("time.never")
	}
	return t.In(calendar.Zone).Format("2006-01-02 15:04")
}

// Money is an amount in 分 as 1,234.50 元.
func (p *Page) Money(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return p.T("page.money", "amount", sign+Thousands(fen/100)+fmt.Sprintf(".%02d", fen%100))
}

// Thousands writes 1234567 as 1,234,567.
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Total is how many there are, counted only so far.
type Total struct {
	N    int
	More bool // there are more than N; counting on would cost more than it tells
}

func (t Total) String() string {
	if t.More {
		return Thousands(int64(t.N)) + "+"
	}
	return Thousands(int64(t.N))
}

// fours cuts a number into groups of four characters, the way people read it out.
func fours(s string) (out []string) {
	runes := []rune(s)
	for len(runes) > 4 {
		out = append(out, string(runes[:4]))
		runes = runes[4:]
	}
	return append(out, string(runes))
}
