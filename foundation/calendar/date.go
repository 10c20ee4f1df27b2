package calendar

import (
	"time"
	_ "time/tzdata" // the zone must be there on a machine without zone files
)

// Zone is the one time zone of the house, Asia/Shanghai.
var Zone = mustZone()

func mustZone() *time.Location {
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err) // the zone is embedded
	}
	return z
}

// Date is a day in China, counted from 1970-01-01. Days subtract and compare as integers.
type Date int32

// On is the day of a year, month and day of month; overflowing parts carry as in time.Date.
func On(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

const secondsPerDay = 24 * 60 * 60

// DateOf is the day in China of an instant.
func DateOf(t time.Time) Date { return On(t.In(Zone).Date()) }

// ParseDate reads yyyy-mm-dd.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, err
	}
	return On(t.Date()), nil
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// Date is the year, month and day of month.
func (d Date) Date() (int, time.Month, int) { return d.utc().Date() }

// Year is the calendar year.
func (d Date) Year() int { return d.utc().Year() }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Weekday(((int(d)+4)%7 + 7) % 7) // 1970-01-01 was a Thursday
}

// At is the instant so long after the day's midnight in China.
func (d Date) At(sinceMidnight time.Duration) time.Time {
	y, m, day := d.Date()
	return time.Date(y, m, day, 0, 0, 0, 0, Zone).Add(sinceMidnight)
}

// End is the instant the day ends: midnight at the start of the next. A deadline on the day is
// kept by anything before it (民法典 203: 期间的最后一日的截止时间为二十四时).
func (d Date) End() time.Time { return (d + 1).At(0) }

// String is yyyy-mm-dd.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// MarshalText writes yyyy-mm-dd.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads yyyy-mm-dd.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	if err == nil {
		*d = v
	}
	return err
}
