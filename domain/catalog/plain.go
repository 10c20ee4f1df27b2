package catalog

import (
	_ "embed"
	"encoding/json"
	"strings"
	"unicode"
)

// plainWords is what makes a sentence hard to read: its length in Han characters and the words of
// offices, each with what people say instead.
var plainWords = func() (p struct {
	Longest int `json:"longest"`
	Words   []struct {
		Word    string `json:"word"`
		Instead string `json:"instead"`
	} `json:"words"`
}) {
	if err := json.Unmarshal(plainJSON, &p); err != nil {
		panic(err) // the file is built in
	}
	return p
}()

//go:embed plain.json
var plainJSON []byte

// Plain looks over words that people outside read: each sentence no longer than the data says, and no
// word of offices that has a plain one. The flaws warn.
func Plain(path, words string) (out []Flaw) {
	for _, s := range strings.FieldsFunc(words, func(r rune) bool { return strings.ContainsRune("。！？；\n", r) }) {
		if n := han(s); n > plainWords.Longest {
			out = append(out, Flaw{Path: path, Key: "lint.sentence_long", Args: []any{"n", n, "max", plainWords.Longest, "begins", begins(s)}, Warn: true})
		}
	}
	for _, w := range plainWords.Words {
		if strings.Contains(words, w.Word) {
			key := "lint.officialese"
			if w.Instead == "" {
				key = "lint.officialese_needless"
			}
			out = append(out, Flaw{Path: path, Key: key, Args: []any{"word", w.Word, "instead", w.Instead}, Warn: true})
		}
	}
	return out
}

func han(s string) (n int) {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

func begins(s string) string {
	if r := []rune(strings.TrimSpace(s)); len(r) > 12 {
		return string(r[:12]) + "…"
	}
	return strings.TrimSpace(s)
}
