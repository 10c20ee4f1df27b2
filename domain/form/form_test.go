package form_test

import (
	"strings"
	"testing"
	"time"

	"yimen/domain/form"
	"yimen/foundation/fault"
)

var now = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

func check(f form.Field, v string) (string, string) {
	f.Element = "e"
	a := map[string]form.Answer{"e": {Element: "e", Value: v}}
	if err := form.Check([]form.Field{f}, a, now); err != nil {
		fs := fault.Fields(err)
		if len(fs) == 0 {
			return "", "error without a field"
		}
		return a["e"].Value, fs[0].Key
	}
	return a["e"].Value, ""
}

// Every kind of field tried empty, too long, wrong, with script, right-to-left marks and emoji.
func TestEveryKindOfBadInput(t *testing.T) {
	long := strings.Repeat("长", 5000)
	for _, c := range []struct {
		f            form.Field
		in, out, bad string
	}{
		{form.Field{Kind: "text"}, "", "", "form.empty"},
		{form.Field{Kind: "text", Optional: true}, "  ", "", ""},
		{form.Field{Kind: "choice"}, "", "", "form.choose"},
		{form.Field{Kind: "text"}, long, long, "form.too_long"},
		{form.Field{Kind: "text", Max: 2}, "𬭎𠅤", "𬭎𠅤", ""}, // code points, not UTF-16 units
		{form.Field{Kind: "text"}, "<script>alert(1)</script>", "<script>alert(1)</script>", ""},
		{form.Field{Kind: "text"}, "a\u202Eb\u2066c\u200F", "abc", ""},
		{form.Field{Kind: "text"}, "a\x07b\tc", "abc", ""},
		{form.Field{Kind: "text"}, "李😀", "李😀", ""},
		{form.Field{Kind: "text"}, "\uE863", "\uE863", ""},
		{form.Field{Kind: "longtext"}, "a\r\nb", "a\nb", ""},
		{form.Field{Kind: "number"}, "１２", "12", ""},
		{form.Field{Kind: "number"}, "1,200", "1200", ""},
		{form.Field{Kind: "number"}, "1e9", "1e9", "form.wrong_number"},
		{form.Field{Kind: "number"}, "1/3", "1/3", "form.wrong_number"},
		{form.Field{Kind: "number", Min: "1"}, "0.5", "0.5", "form.too_small"},
		{form.Field{Kind: "number", MaxValue: "10"}, "10.01", "10.01", "form.too_big"},
		{form.Field{Kind: "money"}, "12.345", "12.345", "form.wrong_money"},
		{form.Field{Kind: "date"}, "2026-2-3", "2026-02-03", ""},
		{form.Field{Kind: "date"}, "2026-02-30", "2026-02-30", "form.wrong_date"},
		{form.Field{Kind: "date", Min: "today"}, "2026-03-01", "2026-03-01", "form.too_early"},
		{form.Field{Kind: "date", MaxValue: "today"}, "2026-03-03", "2026-03-03", "form.too_late"},
		{form.Field{Kind: "choice", Options: []string{"1"}}, "2", "2", "form.choose"},
		{form.Field{Kind: "idnumber"}, "110105 19491231 002x", "11010519491231002X", ""},
		{form.Field{Kind: "idnumber"}, "110105194912310021", "110105194912310021", "form.wrong_idnumber"},
		{form.Field{Kind: "uscc"}, "11440000006939801M", "11440000006939801M", "form.wrong_uscc"},
		{form.Field{Kind: "phone"}, "电话", "电话", "form.wrong_phone"},
		{form.Field{Kind: "phone"}, "١٢٣", "١٢٣", "form.wrong_phone"},
	} {
		out, bad := check(c.f, c.in)
		if out != c.out || bad != c.bad {
			t.Errorf("%+v %.20q: %.20q %q, want %.20q %q", c.f, c.in, out, bad, c.out, c.bad)
		}
	}
}

func FuzzCheckKeepsItsPromises(f *testing.F) {
	for _, s := range []string{"", "a", "２０２６－０３－０２", "\u202e", "１", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range []string{"text", "longtext", "number", "money", "date", "choice", "idnumber", "uscc", "phone", "address"} {
			first, bad := check(form.Field{Kind: kind}, s)
			again, bad2 := check(form.Field{Kind: kind}, first)
			if again != first || bad != bad2 {
				t.Fatalf("%s %q: %q %q, then %q %q", kind, s, first, bad, again, bad2)
			}
		}
	})
}
