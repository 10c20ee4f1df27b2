package ref

import (
	"bytes"
	"strings"
	"testing"
)

func TestCopyCodeIsReadAsItIsTyped(t *testing.T) {
	code, err := NewCopyCode(bytes.NewReader([]byte("0123456789abcdefghi")))
	if err != nil || len(code) != 22 {
		t.Fatal(code, err)
	}
	for _, typed := range []string{string(code), code.Format(), strings.ToLower(code.Format()), "　" + strings.ReplaceAll(code.Format(), " ", "－")} {
		if got, err := ParseCopyCode(typed); err != nil || got != code {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	wrong := []byte(code)
	wrong[9] = 'A' + wrong[9]%4
	for _, bad := range []string{"", "JZ", string(code) + "1", "XX" + string(code[2:]), string(wrong)} {
		if got, err := ParseCopyCode(bad); err == nil {
			t.Errorf("%q is read as %q", bad, got)
		}
	}
	if _, err := NewCopyCode(bytes.NewReader(nil)); err == nil {
		t.Error("a code without chance")
	}
}
