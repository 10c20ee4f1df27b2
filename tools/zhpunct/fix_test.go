package main

import "testing"

func TestFix(t *testing.T) {
	for _, c := range []struct {
		in, want string
		n        int
	}{
		{"请填写姓名,再继续.", "请填写姓名\uFF0C再继续\u3002", 2},
		{"可以吗?可以!", "可以吗\uFF1F可以\uFF01", 2},
		{"附件(选填)", "附件\uFF08选填\uFF09", 2},
		{"附件.pdf 和 1,024 以及 14:32", "附件.pdf 和 1,024 以及 14:32", 0},
		{"Hello, world. (ok)", "Hello, world. (ok)", 0},
		{`  "key.one": "电话:12345;找他",`, "  \"key.one\": \"电话\uFF1A12345\uFF1B找他\",", 2},
		{"(甲).", "\uFF08甲\uFF09\u3002", 3},
	} {
		if got, n := Fix(c.in); got != c.want || n != c.n {
			t.Errorf("Fix(%q) = %q, %d; want %q, %d", c.in, got, n, c.want, c.n)
		}
	}
}

func FuzzFixIsStable(f *testing.F) {
	f.Add("甲,乙.(丙)")
	f.Fuzz(func(t *testing.T, line string) {
		once, _ := Fix(line)
		if twice, n := Fix(once); twice != once || n != 0 {
			t.Errorf("Fix is not stable on %q: %q then %q", line, once, twice)
		}
	})
}
