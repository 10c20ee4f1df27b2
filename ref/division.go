package ref

import "strings"

// DivisionCode is an administrative division (GB/T 2260 and the 12-digit statistical codes):
// 6 digits down to county, 9 down to town, 12 down to village. ParseDivision gives the
// shortest of the three, so that equal places are equal strings; methods take any of them.
type DivisionCode string

// ParseDivision reads 6, 9 or 12 digits.
func ParseDivision(s string) (DivisionCode, error) {
	s = clean(s)
	switch {
	case s == "":
		return "", ErrEmpty
	case !only(s, digits):
		return "", ErrCharacter
	case len(s) != 6 && len(s) != 9 && len(s) != 12:
		return "", ErrLength
	}
	d := DivisionCode(s).Short()
	if !d.wellFormed() {
		return "", ErrDivision
	}
	return d, nil
}

// wellFormed refuses a gap: a lower part under a missing upper one.
func (d DivisionCode) wellFormed() bool {
	s := d.Full()
	if s[0] == '0' {
		return s == "000000000000"
	}
	// A prefecture without counties (东莞) has towns right under it, so a town needs no county.
	return (s[2:4] != "00" || s[4:] == "00000000") && (s[6:9] != "000" || s[9:] == "000")
}

// Short drops the trailing groups that are all zero, down to 6 digits.
func (d DivisionCode) Short() DivisionCode {
	s := string(d)
	for len(s) > 6 && strings.HasSuffix(s, "000") {
		s = s[:len(s)-3]
	}
	return DivisionCode(s)
}

// Full is the 12-digit form.
func (d DivisionCode) Full() string {
	if len(d) >= 12 {
		return string(d)
	}
	return string(d) + "000000000000"[len(d):]
}

// Level is the place's level, 0 when the code is not 6, 9 or 12 digits long.
func (d DivisionCode) Level() Level {
	s := d.Full()
	switch {
	case len(d) != 6 && len(d) != 9 && len(d) != 12:
		return 0
	case s[9:] != "000":
		return LevelVillage
	case s[6:9] != "000":
		return LevelTown
	case s[4:6] != "00":
		return LevelCounty
	case s[2:4] != "00":
		return LevelCity
	case s[:2] != "00":
		return LevelProvince
	}
	return LevelNation
}

// Parent is the place one level up; a province's is the nation 000000, which has none.
func (d DivisionCode) Parent() (DivisionCode, bool) {
	s := d.Full()
	switch d.Level() {
	case LevelVillage:
		return DivisionCode(s[:9]), true
	case LevelTown:
		return DivisionCode(s[:6]), true
	case LevelCounty:
		return DivisionCode(s[:4] + "00"), true
	case LevelCity:
		return DivisionCode(s[:2] + "0000"), true
	case LevelProvince:
		return "000000", true
	}
	return "", false
}

// Parents are all places above, nearest first, without the nation.
func (d DivisionCode) Parents() []DivisionCode {
	var up []DivisionCode
	for p, ok := d.Parent(); ok && p != "000000"; p, ok = p.Parent() {
		up = append(up, p)
	}
	return up
}

// County is the 6-digit code of the county or district the place lies in; "" above county level.
func (d DivisionCode) County() DivisionCode {
	if d.Level() < LevelCounty {
		return ""
	}
	return d[:6]
}

// Town is the 9-digit code of the street or town the place lies in, or the place itself above that level.
func (d DivisionCode) Town() DivisionCode {
	if len(d) > 9 {
		return d[:9]
	}
	return d
}

// Contains says whether other is this place or lies in it.
func (d DivisionCode) Contains(other DivisionCode) bool {
	n := [...]int{0, 0, 2, 4, 6, 9, 12}[d.Level()]
	if d.Level() == 0 || other.Level() == 0 {
		return false
	}
	return strings.HasPrefix(other.Full(), d.Full()[:n])
}

// Key is the message key of the kind of place: street (001–099), town (100–199), township
// (200–399), community (001–199), village (200–399), or the level above.
func (d DivisionCode) Key() string {
	s, kind := d.Full(), ""
	switch d.Level() {
	case LevelTown:
		switch {
		case s[6:9] < "100":
			kind = "street"
		case s[6:9] < "200":
			kind = "town"
		default:
			kind = "township"
		}
	case LevelVillage:
		if kind = "village"; s[9:] < "200" {
			kind = "community"
		}
	case LevelCounty:
		kind = "county"
	case LevelCity:
		kind = "city"
	case LevelProvince:
		kind = "province"
	default:
		kind = "nation"
	}
	return "ref.division." + kind
}
