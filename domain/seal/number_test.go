package seal

import "testing"

func TestANumberIsReadAsItIsTyped(t *testing.T) {
	const want = "禅路许〔2026〕1号"
	for _, typed := range []string{want, "禅路许(2026)1号", "禅路许（2026）1号", "禅路许[2026]1", "禅路许【２０２６】１号", " 禅路许 〔2026〕 第 001 号 ", "禅路许［2026］1号", "禅路许﹝2026﹞1号", "禅路许\u200b〔2026〕1号"} {
		if got := ReadNumber(typed); got != want {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
	for _, typed := range []string{"", "1", "禅路许", "禅路许20261号", "禅路许〔2026〕号", "禅路许〔2026〕0号", "〔2026〕1号", "1.2.156.3005.2", "禅路许〔26〕1号", "drop table〔2026〕1号", "禅路许〔2026〕9999999999号"} {
		if got := ReadNumber(typed); got != "" {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
}
