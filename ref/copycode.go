package ref

import (
	"io"
	"strings"
)

// CopyCode is the code printed on a copy of a licence for one purpose (加注件): "JZ", 19 random
// Crockford characters (95 bits, nobody guesses one) and a check character (ISO 7064 MOD 37,36).
// Who holds it holds the paper.
type CopyCode string

const copyHead, copyRandom = "JZ", 19

// NewCopyCode draws a code; random is crypto/rand.Reader in the running system.
func NewCopyCode(random io.Reader) (CopyCode, error) {
	var raw [copyRandom]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", err
	}
	for i := range raw {
		raw[i] = crockford[raw[i]%32]
	}
	s := copyHead + string(raw[:])
	return CopyCode(s + string(mod3736(s))), nil
}

// ParseCopyCode reads a code as people type it: any spacing, lower case, O for 0, I or L for 1.
func ParseCopyCode(s string) (CopyCode, error) {
	s = clean(s)
	if err := sized(s, len(copyHead)+copyRandom+1, alphanumeric); err != nil {
		return "", err
	}
	last := len(s) - 1
	s = s[:2] + strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(s[2:last]) + s[last:]
	if s[:2] != copyHead || !only(s[2:last], crockford) {
		return "", ErrFormat
	}
	if mod3736(s[:last]) != s[last] {
		return "", ErrCheck
	}
	return CopyCode(s), nil
}

// Format writes the code in groups: JZ and five of four.
func (c CopyCode) Format() string {
	if len(c) < len(copyHead) {
		return string(c)
	}
	return string(c[:2]) + " " + groups(string(c[2:]), 4)
}
