package search_test

import (
	"slices"
	"testing"

	"yimen/foundation/search"
)

func TestRareCharactersAreTermsOfTheirOwn(t *testing.T) {
	for _, name := range []string{"欧阳𬭎", "𠅤", "张\uE863", "㛃䶮"} {
		terms := search.Terms(name)
		for _, q := range search.QueryTerms(name) {
			if !slices.Contains(terms, q) {
				t.Errorf("%s is not found by %q", name, q)
			}
		}
		if len(search.QueryTerms(name)) == 0 {
			t.Errorf("%s gives no terms", name)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{"ＡＢ c": "abc", "挖掘（城市）道路": "挖掘城市道路", " \t": "", "%_'": ""} {
		if got := search.Fold(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPinyin(t *testing.T) {
	if full, in := search.Pinyin("居住证"); full != "juzhuzheng" || in != "jzz" {
		t.Error(full, in)
	}
	if _, in := search.Pinyin("𬭎A"); len([]rune(in)) != 2 {
		t.Error(in)
	}
	if !search.Latin("jzz1") || search.Latin("居z") || search.Latin("") {
		t.Error("Latin is wrong")
	}
}
