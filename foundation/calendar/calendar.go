// Package calendar counts working days and legal periods in China.
//
// A working day is Monday to Friday and not off by the State Council's notice, or a weekend day
// the notice makes a working day. Notices are data, one file a year. A year without data counts
// Monday to Friday and makes every deadline that touches it provisional; Missing names the year.
// A Calendar never changes; With makes a new one.
package calendar

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"yimen/foundation/fault"
)

const (
	firstYear = 1950
	lastYear  = 2200
	pad       = 12 // years precomputed on both sides of the data
)

// DayKind says why a day is worked or not.
type DayKind uint8

const (
	Workday DayKind = iota // Monday to Friday
	Weekend
	Holiday // off by the notice
	MakeUp  // weekend day worked by the notice
	Closed  // off by a local override
	Opened  // worked by a local override
)

// Worked says whether a day of the kind is a working day.
func (k DayKind) Worked() bool { return k == Workday || k == MakeUp || k == Opened }

// Key is the message key of the kind's name.
func (k DayKind) Key() string {
	return "calendar.day." + [...]string{"workday", "weekend", "holiday", "make_up", "closed", "opened"}[k]
}

// Override is a local day off (a typhoon, say) or on, over the notice, with its reason.
type Override struct {
	Date   Date   `json:"date"`
	Work   bool   `json:"work"`
	Reason string `json:"reason"`
}

// Calendar answers in constant time for the years around its data.
type Calendar struct {
	years     map[int]Year
	overrides map[Date]Override
	names     map[Date]string // holiday name or reason

	first   Date
	kind    []DayKind
	before  []int32 // working days in [first, first+i)
	unknown []int32 // days of years without data in [first, first+i)
	worked  []Date  // the working days in order
}

// Default is the calendar of the embedded years.
func Default() *Calendar {
	years, err := Embedded()
	if err != nil {
		panic(err) // the files are part of the program and tested
	}
	c, err := New(years, nil)
	if err != nil {
		panic(err)
	}
	return c
}

// New builds a calendar. Of several versions of one year the highest counts; the same version
// twice with other content, data that Year's rules refuse, and an override without a reason
// are errors.
func New(years []Year, overrides []Override) (*Calendar, error) {
	return (&Calendar{}).With(years, overrides)
}

// With is the calendar with more years and overrides.
func (c *Calendar) With(years []Year, overrides []Override) (*Calendar, error) {
	n := &Calendar{years: maps.Clone(c.years), overrides: maps.Clone(c.overrides)}
	if n.years == nil {
		n.years, n.overrides = map[int]Year{}, map[Date]Override{}
	}
	for _, y := range years {
		if err := n.addYear(y); err != nil {
			return nil, err
		}
	}
	for i, o := range overrides {
		if y := o.Date.Year(); o.Reason == "" || y < firstYear || y > lastYear {
			return nil, fault.Bad(fault.Field{Name: "override[" + strconv.Itoa(i) + "]", Key: "calendar.bad_override",
				Args: []any{"date", o.Date.String()}})
		}
		n.overrides[o.Date] = o
	}
	n.build()
	return n, nil
}

func (c *Calendar) addYear(y Year) error {
	if bad := y.check(); len(bad) > 0 {
		return fmt.Errorf("calendar year %d: %w", y.Year, fault.Bad(bad...))
	}
	have, ok := c.years[y.Year]
	if ok && have.Version == y.Version && !have.equal(y) {
		return fmt.Errorf("calendar year %d: %w", y.Year, fault.New(fault.Conflict, "calendar.version_twice",
			"year", y.Year, "version", y.Version))
	}
	if !ok || y.Version > have.Version {
		c.years[y.Year] = y
	}
	return nil
}

func (y Year) equal(o Year) bool {
	return y.Source == o.Source && y.Published == o.Published && slices.Equal(y.Off, o.Off) && slices.Equal(y.Work, o.Work)
}

// build fills the tables from years and overrides.
func (c *Calendar) build() {
	from, to := c.span()
	c.first = On(from, time.January, 1)
	n := int(On(to+1, time.January, 1) - c.first)
	c.kind = make([]DayKind, n)
	c.names = map[Date]string{}
	for i := range c.kind {
		if weekend(c.first + Date(i)) {
			c.kind[i] = Weekend
		}
	}
	c.notices()
	for d, o := range c.overrides {
		c.names[d] = o.Reason
		if c.kind[d-c.first] = Closed; o.Work {
			c.kind[d-c.first] = Opened
		}
	}
	c.count(from, to)
}

// notices lays the years over the week, oldest first, so that a later notice has the last word
// on the days around New Year.
func (c *Calendar) notices() {
	for _, year := range slices.Sorted(maps.Keys(c.years)) {
		y := c.years[year]
		for _, o := range y.Off {
			for d := o.From; d <= o.To; d++ {
				c.kind[d-c.first], c.names[d] = Holiday, o.Name
			}
		}
		for _, d := range y.Work {
			c.kind[d-c.first] = MakeUp
			delete(c.names, d)
		}
	}
}

func (c *Calendar) count(from, to int) {
	n := len(c.kind)
	c.before, c.unknown = make([]int32, n+1), make([]int32, n+1)
	c.worked = make([]Date, 0, n*5/7+1)
	i := 0
	for year := from; year <= to; year++ {
		_, known := c.years[year]
		for end := int(On(year+1, time.January, 1) - c.first); i < end; i++ {
			c.before[i+1], c.unknown[i+1] = c.before[i], c.unknown[i]
			if c.kind[i].Worked() {
				c.before[i+1]++
				c.worked = append(c.worked, c.first+Date(i))
			}
			if !known {
				c.unknown[i+1]++
			}
		}
	}
}

// span is the range of years to precompute.
func (c *Calendar) span() (from, to int) {
	from, to = lastYear, firstYear
	for y := range c.years {
		from, to = min(from, y), max(to, y)
	}
	for d := range c.overrides {
		from, to = min(from, d.Year()), max(to, d.Year())
	}
	if from > to {
		from, to = 2025, 2025
	}
	return from - pad, to + pad
}

// Years are the notices the calendar is made of, oldest first.
func (c *Calendar) Years() []Year {
	var all []Year
	for _, y := range slices.Sorted(maps.Keys(c.years)) {
		all = append(all, c.years[y])
	}
	return all
}

// Overrides are the local days, oldest first.
func (c *Calendar) Overrides() []Override {
	var all []Override
	for _, d := range slices.Sorted(maps.Keys(c.overrides)) {
		all = append(all, c.overrides[d])
	}
	return all
}

func (c *Calendar) inside(d Date) bool { return d >= c.first && d < c.first+Date(len(c.kind)) }

func (c *Calendar) kindOf(d Date) DayKind {
	switch {
	case c.inside(d):
		return c.kind[d-c.first]
	case weekend(d):
		return Weekend
	}
	return Workday
}
