package ref

import (
	"strings"
	"time"
)

// CitizenNumber is 公民身份号码 (GB 11643): 18 characters, upper case X. 港澳台居民居住证 and the
// 2023 外国人永久居留身份证 have numbers of the same build.
type CitizenNumber string

// ParseCitizenNumber reads a citizen's number: 18 characters, or the old 15, which become 18.
// Division codes out of use are accepted; the birth date must exist and the check character match.
func ParseCitizenNumber(s string) (CitizenNumber, error) {
	s = clean(s)
	if len(s) == 15 && only(s, digits) {
		s = s[:6] + "19" + s[6:]
		s += string(citizenCheck(s))
	}
	if len(s) == 18 && (s[0] == '0' || s[0] == '9') && only(s, digits+"X") {
		return "", ErrDivision
	}
	return citizen(s)
}

// ParseResidenceNumber reads the number of a 港澳台居民居住证: first six 810000, 820000 or 830000.
func ParseResidenceNumber(s string) (CitizenNumber, error) {
	n, err := citizen(clean(s))
	if err == nil && !n.residence() {
		return "", ErrKind
	}
	return n, err
}

// ParseForeignResident reads the number of a 外国人永久居留身份证: the 2017 card's three letters
// and twelve digits, or the 2023 card's 18 digits beginning with 9.
func ParseForeignResident(s string) (string, error) {
	s = clean(s)
	if len(s) == 15 && only(s[:3], alphanumeric[10:]) && only(s[3:], digits) {
		return s, nil
	}
	n, err := citizen(s)
	if err == nil && n[0] != '9' {
		return "", ErrKind
	}
	return string(n), err
}

func citizen(s string) (CitizenNumber, error) {
	if err := sized(s, 18, digits+"X"); err != nil {
		return "", err
	}
	if !only(s[:17], digits) {
		return "", ErrCharacter
	}
	if born, err := day(s[6:14]); err != nil || born.Year() < 1800 {
		return "", ErrDate
	}
	if citizenCheck(s[:17]) != s[17] {
		return "", ErrCheck
	}
	return CitizenNumber(s), nil
}

// citizenCheck is the check character over the first 17 digits (ISO 7064 MOD 11-2).
func citizenCheck(s string) byte {
	sum := 0
	for i, w := range [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(s[i]-'0')
	}
	return "10X98765432"[sum%11]
}

// ComposeCitizenNumber builds a number with its check character: for made-up persons of a
// division never assigned. seq is 0–999; an odd one is male.
func ComposeCitizenNumber(division DivisionCode, born time.Time, seq int) (CitizenNumber, error) {
	if len(division) < 6 || !only(string(division), digits) {
		return "", ErrDivision
	}
	if seq < 0 || seq > 999 {
		return "", ErrSequence
	}
	s := string(division[:6]) + born.Format("20060102") + string(rune('0'+seq/100)) + twoDigits(seq%100)
	if len(s) != 17 {
		return "", ErrDate
	}
	return citizen(s + string(citizenCheck(s)))
}

// Born is the birth date, at midnight UTC: a day, not an instant.
func (c CitizenNumber) Born() time.Time {
	if len(c) != 18 {
		return time.Time{}
	}
	t, _ := day(string(c[6:14]))
	return t
}

// Age is the number of birthdays had on the day (in China) of now (民法典 13, 17: full years).
func (c CitizenNumber) Age(now time.Time) int {
	b := c.Born()
	y, m, d := now.In(china).Date()
	age := y - b.Year()
	if m < b.Month() || m == b.Month() && d < b.Day() {
		age--
	}
	return age
}

// Sex is written in the 17th digit: odd is male.
func (c CitizenNumber) Sex() Sex {
	switch {
	case len(c) != 18:
		return SexUnknown
	case (c[16]-'0')%2 == 1:
		return SexMale
	}
	return SexFemale
}

// Division is the division code the number was given under, perhaps out of use today.
func (c CitizenNumber) Division() DivisionCode {
	if len(c) != 18 {
		return ""
	}
	return DivisionCode(c[:6])
}

// Format writes division, birth date and the rest apart, as people read it out.
func (c CitizenNumber) Format() string {
	if len(c) != 18 {
		return string(c)
	}
	return string(c[:6] + " " + c[6:14] + " " + c[14:])
}

// Masked hides all but the last four characters.
func (c CitizenNumber) Masked() string { return MaskNumber(string(c)) }

func (c CitizenNumber) residence() bool {
	return strings.HasPrefix(string(c), "810000") || strings.HasPrefix(string(c), "820000") ||
		strings.HasPrefix(string(c), "830000")
}
