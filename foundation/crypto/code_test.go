package crypto

import "testing"

func TestTypedCodes(t *testing.T) {
	for in, want := range map[string]string{"abcd 2345": "ABCD2345", "ＡＢＣＤ－２３４５": "ABCD2345", "AB.CD\u00a023/45": "ABCD2345", "查询码": ""} {
		if got := ReadCode(in); got != want {
			t.Errorf("%q reads as %q", in, got)
		}
	}
}
