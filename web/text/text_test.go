package text

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestSentences(t *testing.T) {
	c, err := Load(fstest.MapFS{
		"zh-CN/a.json": {Data: []byte(`{"a.n": "有 {n} 处，再说 {n}", "a.only": "只有中文"}`)},
		"en/a.json":    {Data: []byte(`{"a.n": "{n} to correct"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		lang Lang
		key  string
		args []any
		want string
	}{
		{Chinese, "a.n", []any{"n", 3}, "有 3 处，再说 3"},
		{English, "a.n", []any{"n", 3}, "3 to correct"},
		{English, "a.n", nil, "{n} to correct"},
		{English, "a.n", []any{"n", "{n}"}, "{n} to correct"},
		{English, "a.only", nil, "只有中文"},
		{English, "a.none", nil, "[a.none]"},
	} {
		if got := c.T(x.lang, x.key, x.args...); got != x.want {
			t.Errorf("T(%s, %s) = %q, want %q", x.lang, x.key, got, x.want)
		}
	}
	if !c.Has("a.only") || c.Has("a.none") || len(c.Keys()) != 2 {
		t.Error("Has or Keys is wrong")
	}
}

func TestMistakesAreNamedByFileAndLine(t *testing.T) {
	for name, x := range map[string]struct{ zh, en, want string }{
		"twice":   {"{\n\"a.b\": \"x\",\n\"a.b\": \"y\"}", "{}", "zh-CN/a.json:3: a.b: stands already in zh-CN/a.json:2"},
		"nested":  {"{\n\"a.b\": {}}", "{}", "zh-CN/a.json:2: a.b: the value is not a sentence"},
		"empty":   {"{\n\n\"a.b\": \"\"}", "{}", "zh-CN/a.json:3: a.b: the sentence is empty"},
		"key":     {"{\"AB\": \"x\"}", "{}", "zh-CN/a.json:1: AB: a key is"},
		"broken":  {"{\"a.b\": \"x\"", "{}", "zh-CN/a.json:1: "},
		"list":    {"[]", "{}", "zh-CN/a.json:1: not an object"},
		"unknown": {"{}", "{\"a.b\": \"x\"}", "en/a.json:1: a.b is not in zh-CN"},
		"places":  {"{\"a.b\": \"{n}\"}", "{\"a.b\": \"{m}\"}", "en/a.json:1: a.b has the places [m]"},
	} {
		_, err := Load(fstest.MapFS{"zh-CN/a.json": {Data: []byte(x.zh)}, "en/a.json": {Data: []byte(x.en)}})
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
	}
}

// TestNoBlamingWords holds the sentences people get to habit 9: they say what to do and never blame. A law's own word inside a
// paper's name or fixed formula is listed here.
func TestNoBlamingWords(t *testing.T) {
	formula := map[string]bool{"ref.audience.5": true, "letter.copy.only": true}
	for _, key := range Keys() {
		if formula[key] {
			continue
		}
		for _, word := range []string{"非法", "无效", "您必须", "禁止输入", "错误的"} {
			if sentence := T(Chinese, key); strings.Contains(sentence, word) {
				t.Errorf("%s blames: %s", key, sentence)
			}
		}
	}
}
