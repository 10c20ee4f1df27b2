package ref

import (
	"errors"
	"strings"
	"time"
	"unicode"
)

// The ways a written number can be wrong. Errors from this package are one of these.
var (
	ErrEmpty     = errors.New("ref: nothing was written")
	ErrLength    = errors.New("ref: wrong number of characters")
	ErrCharacter = errors.New("ref: a character that cannot stand there")
	ErrCheck     = errors.New("ref: the check character does not match")
	ErrDate      = errors.New("ref: no such date")
	ErrDivision  = errors.New("ref: no administrative division can have this code")
	ErrLevel     = errors.New("ref: level is not 1 to 6")
	ErrSequence  = errors.New("ref: the day's sequence is used up (1 to 9999)")
	ErrKind      = errors.New("ref: the number is not of this kind of document")
	ErrFormat    = errors.New("ref: the parts are not in the expected form")
)

const (
	digits       = "0123456789"
	alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// china is UTC+8 without summer time: the day of a number is the day in China.
var china = time.FixedZone("UTC+8", 8*3600)

// clean repairs what fingers and input methods do to a number: full-width forms become
// plain, letters upper case, and spaces, hyphens and dashes go.
func clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		switch {
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == '−', r == 0x200b, r == 0xfeff:
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// only says whether s is made of the alphabet alone.
func only(s, alphabet string) bool {
	for _, r := range s {
		if !strings.ContainsRune(alphabet, r) {
			return false
		}
	}
	return true
}

// sized checks a cleaned number's length and alphabet.
func sized(s string, n int, alphabet string) error {
	switch {
	case s == "":
		return ErrEmpty
	case !only(s, alphabet):
		return ErrCharacter
	case len(s) != n:
		return ErrLength
	}
	return nil
}

// day reads yyyyMMdd; a day that does not exist is ErrDate.
func day(s string) (time.Time, error) {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return time.Time{}, ErrDate
	}
	return t, nil
}

// groups writes s in blocks of n separated by one space.
func groups(s string, n int) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%n == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// mod3736 is the check character of ISO 7064 MOD 37,36 over digits and capitals.
func mod3736(s string) byte {
	p := 36
	for i := range len(s) {
		t := (p + strings.IndexByte(alphanumeric, s[i])) % 36
		if t == 0 {
			t = 36
		}
		p = t * 2 % 37
	}
	return alphanumeric[(37-p)%36]
}
