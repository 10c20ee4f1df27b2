// Package search cuts texts into the terms that both engines index alike.
//
// Invariants: a term is one or two code points, lower case, width-folded, so that rare and
// private-use characters are found unchanged; pinyin and initials are made from the same
// text, never typed in; no LIKE is ever needed.
package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/width"
)

// Fold brings a text to the form that is compared: no spaces or punctuation, narrow, lower case.
func Fold(s string) string {
	var b strings.Builder
	for _, r := range width.Narrow.String(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Co, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// Terms are what a text is found by: each code point and each pair of neighbours.
func Terms(s string) []string {
	r := []rune(Fold(s))
	var out []string
	for i := range r {
		out = append(out, string(r[i]))
		if i > 0 {
			out = append(out, string(r[i-1:i+1]))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// QueryTerms are what a query must match: its pairs, or its one code point.
func QueryTerms(s string) []string {
	r := []rune(Fold(s))
	if len(r) == 1 {
		return []string{string(r)}
	}
	var out []string
	for i := 1; i < len(r); i++ {
		out = append(out, string(r[i-1:i+1]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var style = func() pinyin.Args { a := pinyin.NewArgs(); a.Style = pinyin.Normal; return a }()

// Pinyin gives a text's syllables joined ("juzhuzheng") and its initials ("jzz"); what is not
// Han stands for itself.
func Pinyin(s string) (full, initials string) {
	var f, in strings.Builder
	for _, r := range Fold(s) {
		syllable := string(r)
		if p := pinyin.SinglePinyin(r, style); len(p) > 0 {
			syllable = p[0]
		}
		f.WriteString(syllable)
		first, _ := utf8.DecodeRuneInString(syllable)
		in.WriteRune(first)
	}
	return f.String(), in.String()
}

// Latin says whether a folded query is letters and digits only, so that it may be pinyin or a code.
func Latin(folded string) bool {
	return folded != "" && strings.IndexFunc(folded, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}
