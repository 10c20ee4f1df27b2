package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
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

// quoted is what somebody else wrote: the name of a law, words between quotation marks. A law keeps its own words.
var quoted = regexp.MustCompile(`《[^》]*》|“[^”]*”`)

// Plain looks over words that people read: each sentence no longer than the data says, and no word of
// offices that has a plain one, except in what is quoted. The flaws warn.
func Plain(path, words string) (out []Flaw) {
	for _, s := range strings.FieldsFunc(words, func(r rune) bool { return strings.ContainsRune("。！？；\n", r) }) {
		if n := han(s); n > plainWords.Longest {
			out = append(out, Flaw{Path: path, Key: "lint.sentence_long", Args: []any{"n", n, "max", plainWords.Longest, "begins", begins(s)}, Warn: true})
		}
	}
	own := words
	if strings.ContainsAny(words, "《“") {
		own = quoted.ReplaceAllString(words, "")
	}
	for _, w := range plainWords.Words {
		if strings.Contains(own, w.Word) {
			key := "lint.officialese"
			if w.Instead == "" {
				key = "lint.officialese_needless"
			}
			out = append(out, Flaw{Path: path, Key: key, Args: []any{"word", w.Word, "instead", w.Instead}, Warn: true})
		}
	}
	return out
}

// Plain looks over everything of the item that the three notices show: to its organ, to the clerk, and
// to people outside.
func (it *Item) Plain() (out []Flaw) {
	add := func(path, words string) {
		if words != "" {
			out = append(out, Plain(path, words)...)
		}
	}
	every := func(path string, all []string) {
		for n, words := range all {
			add(fmt.Sprintf("%s[%d]", path, n), words)
		}
	}
	add("summary", it.Summary)
	for n, c := range it.Conditions {
		add(fmt.Sprintf("conditions[%d].text", n), c.Text)
	}
	for n, c := range it.Forbidden {
		add(fmt.Sprintf("forbidden[%d].text", n), c.Text)
	}
	for n, m := range it.Materials {
		at := fmt.Sprintf("materials[%d]", n)
		add(at+".note", m.Note)
		every(at+".check", m.Check)
		every(at+".mistakes", m.Mistakes)
		every(at+".sample.marks", m.Sample.Marks)
	}
	for n, f := range it.Form {
		add(fmt.Sprintf("form[%d].hint", n), f.Hint)
	}
	for n, c := range it.Checks {
		add(fmt.Sprintf("checks[%d].says", n), c.Says)
	}
	for n, r := range it.Rule.Rows {
		add(fmt.Sprintf("rule.rows[%d].when", n), r.When)
		add(fmt.Sprintf("rule.rows[%d].says", n), r.Says)
	}
	for n, q := range it.Questions {
		add(fmt.Sprintf("questions[%d].text", n), q.Text)
		for k, o := range q.Options {
			add(fmt.Sprintf("questions[%d].options[%d].stop", n, k), o.Stop)
		}
	}
	for n, f := range it.FAQ {
		add(fmt.Sprintf("faq[%d].q", n), f.Q)
		add(fmt.Sprintf("faq[%d].a", n), f.A)
	}
	add("times.visit_why", it.Times.VisitWhy)
	every("result.conditions", it.Result.Conditions)
	add("result.renewal", it.Result.Renewal)
	add("fee.note", it.Fee.Note)
	for n, l := range it.Fee.Lines {
		add(fmt.Sprintf("fee.lines[%d].standard", n), l.Standard)
		add(fmt.Sprintf("fee.lines[%d].reduced", n), l.Reduced)
	}
	add("promise.text", it.Promise.Text)
	add("service.where", it.Service.Where)
	add("service.hours", it.Service.Hours)
	add("service.process", it.Service.Process)
	add("service.way", it.Service.Way)
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
