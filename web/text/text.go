// Package text holds every sentence a person can read, by language and key.
//
// A key stands in one file of zh-CN exactly once; English may lack one, and the Chinese sentence is shown then; values are
// named ({n}) and the same in both languages. A catalogue with a mistake stops the program at its start, with file and line.
package text

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Lang is the language of a page.
type Lang string

const (
	Chinese Lang = "zh-CN"
	English Lang = "en"
)

// Langs are the languages there are, the first being the one every key has.
var Langs = []Lang{Chinese, English}

//go:embed zh-CN/*.json en/*.json
var files embed.FS

var house = must(files)

func must(source fs.FS) *Catalogue {
	c, err := Load(source)
	if err != nil {
		panic(err) // the catalogues are embedded; tests find this before anybody else does
	}
	return c
}

// T is the sentence of a key; args are name, value pairs for its {name} places. A key nobody knows is shown itself, in
// brackets, so that a page still says something; the tests find it.
func T(lang Lang, key string, args ...any) string { return house.T(lang, key, args...) }

// Has says whether a key exists.
func Has(key string) bool { return house.Has(key) }

// Keys are all keys, sorted.
func Keys() []string { return house.Keys() }

// Key marks a message key that stands in data or a table, so that the test for missing keys sees it.
func Key(key string) string { return key }

// Catalogue is the sentences of all languages.
type Catalogue struct {
	says  map[Lang]map[string]string
	where map[Lang]map[string]string // file:line, for mistakes
}

// T is as the function T.
func (c *Catalogue) T(lang Lang, key string, args ...any) string {
	sentence, ok := c.says[lang][key]
	if !ok {
		sentence, ok = c.says[Chinese][key]
	}
	if !ok {
		return "[" + key + "]"
	}
	return fill(sentence, args)
}

// Has is as the function Has.
func (c *Catalogue) Has(key string) bool {
	_, ok := c.says[Chinese][key]
	return ok
}

// Keys is as the function Keys.
func (c *Catalogue) Keys() []string {
	out := make([]string, 0, len(c.says[Chinese]))
	for key := range c.says[Chinese] {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// fill puts values in the {name} places; a place without a value stays, visibly.
func fill(sentence string, args []any) string {
	if len(args) < 2 || !strings.Contains(sentence, "{") {
		return sentence
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, "{"+fmt.Sprint(args[i])+"}", fmt.Sprint(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}
