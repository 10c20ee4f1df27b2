package ref

import (
	"io"
	"strings"
	"time"
)

// crockford leaves out I, L, O and U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ShortNumber is the case number people read, say and type: 18 characters = county division 6
// + yyMMdd + 5 random Crockford base32 + check character (ISO 7064 MOD 37,36 over the 17).
// It is not a secret; uniqueness is the store's, with a retry.
type ShortNumber string

// NewShortNumber draws a number for the day (in China) of at; random is crypto/rand.Reader in
// the running system. Errors are ErrDivision and those of random.
func NewShortNumber(division DivisionCode, at time.Time, random io.Reader) (ShortNumber, error) {
	if len(division) < 6 || !only(string(division[:6]), digits) {
		return "", ErrDivision
	}
	var raw [5]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", err
	}
	for i := range raw {
		raw[i] = crockford[raw[i]%32]
	}
	s := string(division[:6]) + at.In(china).Format("060102") + string(raw[:])
	return ShortNumber(s + string(mod3736(s))), nil
}

// ParseShortNumber reads a number as people type it: any spacing, lower case, and inside the
// random part O for 0, I or L for 1. Anything else that does not check is ErrCheck.
func ParseShortNumber(s string) (ShortNumber, error) {
	s = clean(s)
	if err := sized(s, 18, alphanumeric); err != nil {
		return "", err
	}
	s = s[:12] + strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(s[12:17]) + s[17:]
	if !only(s[:12], digits) || !only(s[12:17], crockford) {
		return "", ErrCharacter
	}
	if _, err := day("20" + s[6:12]); err != nil {
		return "", err
	}
	if mod3736(s[:17]) != s[17] {
		return "", ErrCheck
	}
	return ShortNumber(s), nil
}

// Division is the county the case was taken in.
func (n ShortNumber) Division() DivisionCode { return DivisionCode(part(string(n), 18, 0, 6)) }

// Format writes the number in groups of four.
func (n ShortNumber) Format() string { return groups(string(n), 4) }
