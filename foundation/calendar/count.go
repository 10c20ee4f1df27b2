package calendar

import "time"

// IsWorkday says whether the day is worked; known is false when its year has no data and no
// override settles it.
func (c *Calendar) IsWorkday(d Date) (worked, known bool) {
	_, settled := c.overrides[d]
	return c.kindOf(d).Worked(), settled || !c.touches(d, d)
}

// Roll is the day itself when it is worked, else the next that is (民法典 203).
func (c *Calendar) Roll(d Date) (end Date, provisional bool) {
	end = d
	for !c.kindOf(end).Worked() {
		end++
	}
	return end, c.touches(d, end)
}

// AddWorkdays is the n-th working day after d; d itself is not counted (民法典 201). For n = 0
// it is Roll; for n < 0 the |n|-th working day before d. provisional means a year on the way
// has no data.
func (c *Calendar) AddWorkdays(d Date, n int) (end Date, provisional bool) {
	switch {
	case n == 0:
		return c.Roll(d)
	case n > 0:
		end = c.ahead(d, n)
		return end, c.touches(d+1, end)
	}
	end = c.back(d, -n)
	return end, c.touches(end, d-1)
}

func (c *Calendar) ahead(d Date, n int) Date {
	if c.inside(d) {
		if i := int(c.before[d-c.first+1]) + n - 1; i < len(c.worked) {
			return c.worked[i]
		}
	}
	for n > 0 {
		if d++; c.kindOf(d).Worked() {
			n--
		}
	}
	return d
}

func (c *Calendar) back(d Date, n int) Date {
	if c.inside(d) {
		if i := int(c.before[d-c.first]) - n; i >= 0 {
			return c.worked[i]
		}
	}
	for n > 0 {
		if d--; c.kindOf(d).Worked() {
			n--
		}
	}
	return d
}

// WorkdaysBetween counts the working days after a up to and including b; for b before a it is
// minus the count after b up to a. It undoes AddWorkdays from a working day's result.
func (c *Calendar) WorkdaysBetween(a, b Date) (n int, provisional bool) {
	if b < a {
		n, provisional = c.WorkdaysBetween(b, a)
		return -n, provisional
	}
	if a == b {
		return 0, false
	}
	if c.inside(a) && c.inside(b) {
		n = int(c.before[b-c.first+1] - c.before[a-c.first+1])
	} else {
		for d := a + 1; d <= b; d++ {
			if c.kindOf(d).Worked() {
				n++
			}
		}
	}
	return n, c.touches(a+1, b)
}

// AddDays is the end of a period of n calendar days begun on d, not counting d (民法典 201),
// moved to a working day when it falls on none (203).
func (c *Calendar) AddDays(d Date, n int) (end Date, provisional bool) { return c.Roll(d + Date(n)) }

// AddMonths is the end of a period of n months: the same day of the month, or the month's last
// when it has none (民法典 202), moved to a working day (203).
func (c *Calendar) AddMonths(d Date, n int) (end Date, provisional bool) {
	return c.Roll(SameDay(d, n))
}

// SameDay is the day n months on, or that month's last day when it has none (民法典 202).
func SameDay(d Date, n int) Date {
	y, m, day := d.Date()
	last := On(y, m+time.Month(n)+1, 0)
	return min(On(y, m+time.Month(n), 1)+Date(day-1), last)
}

// Missing is the first year without data among the days from–to, 0 when all are known.
func (c *Calendar) Missing(from, to Date) int {
	for y := from.Year(); y <= to.Year(); y++ {
		if _, ok := c.years[y]; !ok {
			return y
		}
	}
	return 0
}

// touches says whether a day among from–to lies in a year without data.
func (c *Calendar) touches(from, to Date) bool {
	switch {
	case from > to:
		return false
	case !c.inside(from) || !c.inside(to):
		return true
	}
	return c.unknown[to-c.first+1] > c.unknown[from-c.first]
}

// Day is one day of a written-out count.
type Day struct {
	Date  Date
	Kind  DayKind
	Name  string // holiday name or override reason, as the data has it
	Count int    // the running number of working days; unchanged on days off
	Known bool
}

// Explain writes out the days after from up to and including to, with their running count.
func (c *Calendar) Explain(from, to Date) []Day {
	var days []Day
	n := 0
	for d := from + 1; d <= to; d++ {
		worked, known := c.IsWorkday(d)
		if worked {
			n++
		}
		days = append(days, Day{Date: d, Kind: c.kindOf(d), Name: c.names[d], Count: n, Known: known})
	}
	return days
}
