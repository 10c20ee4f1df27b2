package crypto

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"golang.org/x/text/width"
)

// codeAlphabet leaves out what is easily misread or misheard.
const codeAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// Code is eight characters for people to copy and to read out. They are derived from a value
// under the field's own key, so that they are stored nowhere.
func (v *Vault) Code(field, value string) string {
	sum := v.Blind(field, value)
	out := make([]byte, 8)
	for i := range out {
		var n int
		fmt.Sscanf(sum[len(sum)-4*(i+1):][:4], "%x", &n)
		out[i] = codeAlphabet[n%len(codeAlphabet)]
	}
	return string(out)
}

// NewCode draws eight such characters at random.
func NewCode() (string, error) {
	out := make([]byte, 8)
	for i := range out {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(codeAlphabet))))
		if err != nil {
			return "", err
		}
		out[i] = codeAlphabet[n.Int64()]
	}
	return string(out), nil
}

// ReadCode repairs the spelling of a typed code: case, spaces, signs between, full-width forms.
func ReadCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToUpper(width.Narrow.String(typed)))
}
