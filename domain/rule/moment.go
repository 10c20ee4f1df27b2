package rule

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"
)

// zone is the offset of a time from UTC in seconds; not set for a local time. Named time zones
// are not read: their rules change under a stored table.
type zone struct {
	set    bool
	offset int32
}

const (
	daySeconds = 86400
	nano       = 1_000_000_000
	maxYear    = 9999
	maxMonths  = maxYear * 12
	maxSeconds = int64(maxYear) * 366 * daySeconds
)

// Day makes a date from the day t has in its own location.
func Day(t time.Time) Value {
	y, m, d := t.Date()
	return date(y, m, d)
}

// Moment makes a date and time with the offset t has in its own location.
func Moment(t time.Time) Value {
	_, offset := t.Zone()
	return Value{kind: KindDateTime, i: t.Unix() + int64(offset), n: int64(t.Nanosecond()), zone: zone{true, int32(offset)}}
}

// date is null for a day that is not in the calendar or not in the years 1 to 9999.
func date(y int, m time.Month, d int) Value {
	t := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d || t.Month() != m || y < 1 || y > maxYear {
		return Null
	}
	return Value{kind: KindDate, i: t.Unix() / daySeconds}
}

var (
	dateForm     = regexp.MustCompile(`^(\d{4})-(\d\d)-(\d\d)$`)
	timeForm     = regexp.MustCompile(`^(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$`)
	daysForm     = regexp.MustCompile(`^(-)?P(?:(\d{1,7})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,10})(\.\d{1,9})?S)?)?$`)
	monthsForm   = regexp.MustCompile(`^(-)?P(?:(\d{1,4})Y)?(?:(\d{1,6})M)?$`)
	emptyPeriods = regexp.MustCompile(`^-?P$|T$`)
)

// readDate reads "2026-03-02"; null when it is none.
func readDate(s string) Value {
	m := dateForm.FindStringSubmatch(s)
	if m == nil {
		return Null
	}
	return date(digits(m[1]), time.Month(digits(m[2])), digits(m[3]))
}

// readTime reads "09:30:00", with an offset or without.
func readTime(s string) Value {
	m := timeForm.FindStringSubmatch(s)
	if m == nil || digits(m[1]) > 23 || digits(m[2]) > 59 || digits(m[3]) > 59 {
		return Null
	}
	z, ok := readZone(m[5])
	if !ok {
		return Null
	}
	return Value{kind: KindTime, i: int64(digits(m[1])*3600 + digits(m[2])*60 + digits(m[3])), n: fraction(m[4]), zone: z}
}

func readZone(s string) (zone, bool) {
	switch s {
	case "":
		return zone{}, true
	case "Z":
		return zone{set: true}, true
	}
	h, m := digits(s[1:3]), digits(s[4:6])
	if h > 14 || m > 59 {
		return zone{}, false
	}
	offset := int32(h*3600 + m*60)
	if s[0] == '-' {
		offset = -offset
	}
	return zone{true, offset}, true
}

// readDateTime reads "2026-03-02T09:30:00"; a date alone is its midnight.
func readDateTime(s string) Value {
	day, clock, both := strings.Cut(s, "T")
	d := readDate(day)
	if d.IsNull() || !both {
		return atMidnight(d)
	}
	return join(d, readTime(clock))
}

func atMidnight(d Value) Value {
	if d.kind != KindDate {
		return Null
	}
	return Value{kind: KindDateTime, i: d.i * daySeconds}
}

func join(d, t Value) Value {
	if d.kind != KindDate || t.kind != KindTime {
		return Null
	}
	return Value{kind: KindDateTime, i: d.i*daySeconds + t.i, n: t.n, zone: t.zone}
}

// readDuration reads both kinds: "P2Y6M" of years and months, "P1DT2H" of days and time.
func readDuration(s string) Value {
	if emptyPeriods.MatchString(s) {
		return Null
	}
	if m := monthsForm.FindStringSubmatch(s); m != nil {
		return months(signed(m[1], int64(digits(m[2])*12+digits(m[3]))))
	}
	m := daysForm.FindStringSubmatch(s)
	if m == nil {
		return Null
	}
	seconds := int64(digits(m[2]))*daySeconds + int64(digits(m[3]))*3600 + int64(digits(m[4]))*60 + int64(digits(m[5]))
	return days(signed(m[1], seconds), signed(m[1], fraction(m[6])))
}

func signed(minus string, n int64) int64 {
	if minus != "" {
		return -n
	}
	return n
}

func digits(s string) int {
	n, _ := strconv.Atoi(s) // the forms admit digits only, and none is 0
	return n
}

// fraction is ".5" in nanoseconds.
func fraction(s string) int64 {
	if s == "" {
		return 0
	}
	return int64(digits((s[1:] + "000000000")[:9]))
}

func months(n int64) Value {
	if n > maxMonths || n < -maxMonths {
		return Null
	}
	return Value{kind: KindMonths, i: n}
}

// days keeps 0 ≤ nanoseconds < 1 s; null beyond the length of the calendar.
func days(seconds, nanos int64) Value {
	seconds += nanos / nano
	if nanos %= nano; nanos < 0 {
		seconds, nanos = seconds-1, nanos+nano
	}
	if seconds > maxSeconds || seconds < -maxSeconds {
		return Null
	}
	return Value{kind: KindDays, i: seconds, n: nanos}
}

// moment is a date, time or duration in its lexical form.
func (v Value) moment() string {
	switch v.kind {
	case KindDate:
		return dayText(v.i)
	case KindTime:
		return clockText(v.i, v.n) + v.zone.text()
	case KindDateTime:
		day := floorDiv(v.i, daySeconds)
		return dayText(day) + "T" + clockText(v.i-day*daySeconds, v.n) + v.zone.text()
	case KindMonths:
		return monthsText(v.i)
	}
	return daysText(v.i, v.n)
}

func dayText(day int64) string { return time.Unix(day*daySeconds, 0).UTC().Format("2006-01-02") }

func clockText(seconds, nanos int64) string {
	s := fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	return s + nanosText(nanos)
}

func nanosText(nanos int64) string {
	if nanos == 0 {
		return ""
	}
	return "." + strings.TrimRight(fmt.Sprintf("%09d", nanos), "0")
}

func (z zone) text() string {
	switch {
	case !z.set:
		return ""
	case z.offset == 0:
		return "Z"
	}
	sign, o := "+", z.offset
	if o < 0 {
		sign, o = "-", -o
	}
	return fmt.Sprintf("%s%02d:%02d", sign, o/3600, o/60%60)
}

func monthsText(n int64) string {
	if n == 0 {
		return "P0M"
	}
	s := "P"
	if n < 0 {
		s, n = "-P", -n
	}
	if n >= 12 {
		s += strconv.FormatInt(n/12, 10) + "Y"
	}
	if n%12 > 0 {
		s += strconv.FormatInt(n%12, 10) + "M"
	}
	return s
}

func daysText(seconds, nanos int64) string {
	s := "P"
	if seconds < 0 {
		s, seconds, nanos = "-P", -seconds, -nanos
		if nanos < 0 {
			seconds, nanos = seconds-1, nanos+nano
		}
	}
	if d := seconds / daySeconds; d > 0 {
		s += strconv.FormatInt(d, 10) + "D"
	}
	rest := ""
	if h := seconds / 3600 % 24; h > 0 {
		rest += strconv.FormatInt(h, 10) + "H"
	}
	if m := seconds / 60 % 60; m > 0 {
		rest += strconv.FormatInt(m, 10) + "M"
	}
	if x := seconds % 60; x > 0 || nanos > 0 || rest == "" && seconds < daySeconds {
		rest += strconv.FormatInt(x, 10) + nanosText(nanos) + "S"
	}
	if rest != "" {
		s += "T" + rest
	}
	return s
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// reckon adds and subtracts moments and durations (DMN 1.5, table 56); null for other pairs.
func reckon(op byte, a, b Value) Value {
	switch {
	case op == '-' && a.kind == b.kind:
		return between(a, b)
	case op == '+' && isDuration(a) && !isDuration(b):
		return shift(b, a)
	case isDuration(b) && op == '-':
		return shift(a, negate(b))
	case isDuration(b) && op == '+':
		return shift(a, b)
	}
	return Null
}

func isDuration(v Value) bool { return v.kind == KindDays || v.kind == KindMonths }

// between is a - b of one kind.
func between(a, b Value) Value {
	switch a.kind {
	case KindMonths:
		return months(a.i - b.i)
	case KindDays:
		return days(a.i-b.i, a.n-b.n)
	case KindDate:
		return days((a.i-b.i)*daySeconds, 0)
	case KindTime, KindDateTime:
		if a.zone.set == b.zone.set {
			return days(a.i-int64(a.zone.offset)-b.i+int64(b.zone.offset), a.n-b.n)
		}
	}
	return Null
}

// shift moves a moment, or lengthens a duration of the same kind, by d.
func shift(v, d Value) Value {
	switch {
	case v.kind == KindMonths && d.kind == KindMonths:
		return months(v.i + d.i)
	case v.kind == KindDays && d.kind == KindDays:
		return days(v.i+d.i, v.n+d.n)
	case v.kind == KindDate && d.kind == KindMonths:
		return addMonths(v.i, d.i)
	case v.kind == KindDate && d.kind == KindDays:
		return inCalendar(Value{kind: KindDate, i: floorDiv(v.i*daySeconds+d.i, daySeconds)})
	case v.kind == KindDateTime && d.kind == KindMonths:
		day := floorDiv(v.i, daySeconds)
		return join(addMonths(day, d.i), Value{kind: KindTime, i: v.i - day*daySeconds, n: v.n, zone: v.zone})
	case (v.kind == KindDateTime || v.kind == KindTime) && d.kind == KindDays:
		return move(v, d)
	}
	return Null
}

func move(v, d Value) Value {
	v.i, v.n = v.i+d.i, v.n+d.n
	if v.n >= nano {
		v.i, v.n = v.i+1, v.n-nano
	}
	if v.kind == KindTime { // a time goes round the clock
		v.i -= floorDiv(v.i, daySeconds) * daySeconds
		return v
	}
	return inCalendar(v)
}

// addMonths keeps the day of the month, or takes the month's last: 31 January + 1 month is 28 February.
func addMonths(day, n int64) Value {
	t := time.Unix(day*daySeconds, 0).UTC()
	total := int64(t.Year())*12 + int64(t.Month()) - 1 + n
	y, m := int(floorDiv(total, 12)), time.Month(total-floorDiv(total, 12)*12+1)
	last := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return date(y, m, min(t.Day(), last))
}

func inCalendar(v Value) Value {
	day := v.i
	if v.kind == KindDateTime {
		day = floorDiv(v.i, daySeconds)
	}
	if y := time.Unix(day*daySeconds, 0).UTC().Year(); y < 1 || y > maxYear {
		return Null
	}
	return v
}

// scale multiplies or divides a duration by a number; of two durations it is their ratio.
func scale(op byte, a, b Value) Value {
	switch {
	case op == '*' && a.kind == KindNumber:
		return scale(op, b, a)
	case isDuration(a) && b.kind == KindNumber:
		return lengthOf(a.kind, calculate(op, length(a), b))
	case op == '/' && isDuration(a) && a.kind == b.kind:
		return calculate(op, length(a), length(b))
	}
	return Null
}

// length is a duration in months or nanoseconds, as a number.
func length(v Value) Value {
	if v.kind == KindMonths {
		return Int(v.i)
	}
	return calculate('+', calculate('*', Int(v.i), Int(nano)), Int(v.n))
}

func lengthOf(k Kind, n Value) Value {
	if n.IsNull() {
		return Null
	}
	var whole, room apd.Decimal
	cut := decimal128
	cut.Rounding = apd.RoundDown
	if _, err := cut.RoundToIntegralValue(&whole, n.decimal(&room)); err != nil {
		return Null
	}
	if k == KindMonths {
		return fit(&whole, months)
	}
	seconds, rest := new(apd.Decimal), new(apd.Decimal)
	if _, err := decimal128.QuoInteger(seconds, &whole, apd.New(nano, 0)); err != nil {
		return Null
	}
	if _, err := decimal128.Rem(rest, &whole, apd.New(nano, 0)); err != nil {
		return Null
	}
	nanos, err := rest.Int64()
	if err != nil {
		return Null
	}
	return fit(seconds, func(s int64) Value { return days(s, nanos) })
}

func fit(d *apd.Decimal, made func(int64) Value) Value {
	i, err := d.Int64()
	if err != nil || i > math.MaxInt64/4 || i < math.MinInt64/4 {
		return Null
	}
	return made(i)
}

func monthOf(day int64) int {
	t := time.Unix(day*daySeconds, 0).UTC()
	return t.Year()*12 + int(t.Month())
}

func dayOf(day int64) int { return time.Unix(day*daySeconds, 0).UTC().Day() }
