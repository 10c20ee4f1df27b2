package rule

import (
	"math"
	"strconv"

	"github.com/cockroachdb/apd/v3"
)

// decimal128 is FEEL's arithmetic (DMN 1.5, 10.3.2.3.1): 34 digits, half to even.
var decimal128 = apd.Context{Precision: 34, MaxExponent: 6144, MinExponent: -6143, Rounding: apd.RoundHalfEven, Traps: apd.DefaultTraps}

// maxDigits bounds a number as it is written.
const maxDigits = 100

// Number reads a decimal number such as "12.50" or "1e3"; false for anything else.
func Number(s string) (Value, bool) {
	if len(s) == 0 || len(s) > maxDigits {
		return Null, false
	}
	for i := range len(s) { // no "Infinity", no "NaN"
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return Null, false
		}
	}
	var d apd.Decimal
	if _, _, err := decimal128.SetString(&d, s); err != nil {
		return Null, false
	}
	v := number(&d)
	return v, !v.IsNull()
}

// number takes over d: whole numbers of up to 18 digits become small, so that comparing them
// costs nothing. What is not finite is null.
func number(d *apd.Decimal) Value {
	if d.Form != apd.Finite {
		return Null
	}
	d.Reduce(d)
	if d.Exponent >= 0 && d.NumDigits()+int64(d.Exponent) <= 18 {
		if i, err := d.Int64(); err == nil {
			return Int(i)
		}
	}
	return Value{kind: KindNumber, dec: d}
}

// decimal is the number as a decimal; room is used when it is small.
func (v Value) decimal(room *apd.Decimal) *apd.Decimal {
	if v.dec != nil {
		return v.dec
	}
	return room.SetInt64(v.i)
}

func (v Value) digits() string {
	if v.dec == nil {
		return strconv.FormatInt(v.i, 10)
	}
	return v.dec.Text('f')
}

// Int64 is the number when it is whole and fits.
func (v Value) Int64() (int64, bool) { return v.i, v.kind == KindNumber && v.dec == nil }

// calculate applies + - * / ^ to two numbers; null when the result is not a finite number.
func calculate(op byte, a, b Value) Value {
	if a.dec == nil && b.dec == nil {
		if v, ok := small(op, a.i, b.i); ok {
			return v
		}
	}
	var x, y apd.Decimal
	p, q, d := a.decimal(&x), b.decimal(&y), new(apd.Decimal)
	var err error
	switch op {
	case '+':
		_, err = decimal128.Add(d, p, q)
	case '-':
		_, err = decimal128.Sub(d, p, q)
	case '*':
		_, err = decimal128.Mul(d, p, q)
	case '/':
		_, err = decimal128.Quo(d, p, q)
	case '^':
		return power(d, p, q)
	}
	if err != nil {
		return Null
	}
	return number(d)
}

// small calculates within 64 bits where nothing can overflow.
func small(op byte, a, b int64) (Value, bool) {
	const safe = math.MaxInt32
	if a > safe || a < -safe || b > safe || b < -safe {
		return Null, false
	}
	switch op {
	case '+':
		return Int(a + b), true
	case '-':
		return Int(a - b), true
	case '*':
		return Int(a * b), true
	case '/':
		if b != 0 && a%b == 0 {
			return Int(a / b), true
		}
	}
	return Null, false
}

// maxPower bounds an exponent, because the cost of a power grows with it.
const maxPower = 100_000

// power works with guard digits, then rounds to 34.
func power(d, x, y *apd.Decimal) Value {
	var limit apd.Decimal
	if y.Cmp(limit.SetInt64(maxPower)) > 0 || y.Cmp(limit.SetInt64(-maxPower)) < 0 {
		return Null
	}
	wide := decimal128
	wide.Precision = 50
	if _, err := wide.Pow(d, x, y); err != nil {
		return Null
	}
	if _, err := decimal128.Round(d, d); err != nil {
		return Null
	}
	return number(d)
}

func negate(v Value) Value {
	switch v.kind {
	case KindNumber:
		return calculate('-', Int(0), v)
	case KindMonths:
		return Value{kind: KindMonths, i: -v.i}
	case KindDays:
		return days(-v.i, -v.n)
	}
	return Null
}
