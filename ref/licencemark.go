package ref

import (
	"fmt"
	"strings"
)

// licenceRoot is the object identifier every 证照标识 begins with.
const licenceRoot = "1.2.156.3005.2"

// LicenceMark is 电子证照标识 (GB/T 36904): root, type code (21 = USCC of the defining body + 3),
// issuer code, serial, version (3 digits) and check character, joined by dots.
type LicenceMark string

// LicenceParts are the parts of a mark that its issuer chooses.
type LicenceParts struct {
	Type    string // 证照类型代码, 21 characters
	Issuer  string // 证照颁发机构代码: USCC, or a division code on older ones
	Serial  string // 流水号: digits and capitals
	Version int    // 1–999; a re-issued file counts up
}

// ComposeLicenceMark builds a mark with its check character.
func ComposeLicenceMark(p LicenceParts) (LicenceMark, error) {
	if p.Version < 1 || p.Version > 999 {
		return "", ErrFormat
	}
	body := fmt.Sprintf("%s.%s.%s.%03d", p.Type, p.Issuer, p.Serial, p.Version)
	return ParseLicenceMark(body + "." + string(mod3736(strings.ReplaceAll(body, ".", ""))))
}

// ParseLicenceMark reads a mark, with the root or without it, and checks its last character.
func ParseLicenceMark(s string) (LicenceMark, error) {
	s = clean(s)
	if s == "" {
		return "", ErrEmpty
	}
	f := strings.Split(strings.TrimPrefix(s, licenceRoot+"."), ".")
	if len(f) != 5 {
		return "", ErrFormat
	}
	for _, x := range f {
		if !only(x, alphanumeric) {
			return "", ErrCharacter
		}
	}
	if len(f[0]) != 21 || len(f[1]) < 6 || len(f[1]) > 18 || len(f[2]) < 1 || len(f[2]) > 32 ||
		len(f[3]) != 3 || !only(f[3], digits) || f[3] == "000" || len(f[4]) != 1 {
		return "", ErrFormat
	}
	if mod3736(strings.Join(f[:4], "")) != f[4][0] {
		return "", ErrCheck
	}
	return LicenceMark(licenceRoot + "." + strings.Join(f, ".")), nil
}

// Parts takes the mark apart; the zero parts when it is not a mark.
func (m LicenceMark) Parts() LicenceParts {
	f := strings.Split(strings.TrimPrefix(string(m), licenceRoot+"."), ".")
	if len(f) != 5 || len(f[3]) != 3 {
		return LicenceParts{}
	}
	version := int(f[3][0]-'0')*100 + int(f[3][1]-'0')*10 + int(f[3][2]-'0')
	return LicenceParts{Type: f[0], Issuer: f[1], Serial: f[2], Version: version}
}
