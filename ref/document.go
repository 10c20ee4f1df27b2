package ref

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseDocument checks and normalises the number of a personal document of the kind.
// Passports, officer's cards and household registers have no published check: only their
// characters are looked at.
func ParseDocument(kind DocumentKind, s string) (string, error) {
	switch kind {
	case DocumentIDCard, DocumentTemporaryIDCard:
		n, err := ParseCitizenNumber(s)
		if err == nil && n.residence() {
			return "", ErrKind
		}
		return string(n), err
	case DocumentResidence:
		n, err := ParseResidenceNumber(s)
		return string(n), err
	case DocumentForeignResident:
		return ParseForeignResident(s)
	case DocumentHKMacauPermit:
		return parseHKMacauPermit(clean(s))
	case DocumentTaiwanPermit:
		return parseTaiwanPermit(clean(s))
	case DocumentPassport, DocumentHousehold:
		return plain(clean(s), 5, 20)
	case DocumentOfficer:
		return officer(clean(s))
	}
	return "", ErrKind
}

// parseHKMacauPermit: H (Hong Kong) or M (Macau) and 8 digits, with two more on old papers.
func parseHKMacauPermit(s string) (string, error) {
	switch {
	case s == "":
		return "", ErrEmpty
	case s[0] != 'H' && s[0] != 'M' || !only(s[1:], digits):
		return "", ErrCharacter
	case len(s) != 9 && len(s) != 11:
		return "", ErrLength
	}
	return s, nil
}

// parseTaiwanPermit: 8 digits, 10 on old papers.
func parseTaiwanPermit(s string) (string, error) {
	switch {
	case s == "":
		return "", ErrEmpty
	case !only(s, digits):
		return "", ErrCharacter
	case len(s) != 8 && len(s) != 10:
		return "", ErrLength
	}
	return s, nil
}

func plain(s string, least, most int) (string, error) {
	switch {
	case s == "":
		return "", ErrEmpty
	case !only(s, alphanumeric):
		return "", ErrCharacter
	case len(s) < least || len(s) > most:
		return "", ErrLength
	}
	return s, nil
}

// officer: Chinese characters, digits and letters such as 军字第2001988号.
func officer(s string) (string, error) {
	if s == "" {
		return "", ErrEmpty
	}
	for _, r := range s {
		if !unicode.Is(unicode.Han, r) && !strings.ContainsRune(alphanumeric, r) {
			return "", ErrCharacter
		}
	}
	if n := utf8.RuneCountInString(s); n < 6 || n > 20 {
		return "", ErrLength
	}
	return s, nil
}

// ParsePhone reads a mobile number (11 digits beginning with 1, +86 taken off) or a landline
// with its area code, and gives digits alone.
func ParsePhone(s string) (string, error) {
	s = strings.NewReplacer("(", "", ")", "").Replace(clean(s))
	s = strings.TrimPrefix(s, "+86")
	switch {
	case s == "":
		return "", ErrEmpty
	case !only(s, digits):
		return "", ErrCharacter
	case s[0] == '1' && len(s) == 11, s[0] == '0' && len(s) >= 10 && len(s) <= 12:
		return s, nil
	case s[0] == '0' || s[0] == '1':
		return "", ErrLength
	}
	return "", ErrFormat
}

// MaskNumber hides all of a document number but its last four characters; a number of four
// or fewer is hidden whole.
func MaskNumber(s string) string { return mask(s, 0, 4) }

// MaskPhone keeps the first three and last four digits.
func MaskPhone(s string) string { return mask(s, 3, 4) }

func mask(s string, head, tail int) string {
	r := []rune(s)
	if len(r) <= head+tail {
		head, tail = 0, 0
	}
	for i := head; i < len(r)-tail; i++ {
		r[i] = '*'
	}
	return string(r)
}
