package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
)

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_-]+)+$`)

var place = regexp.MustCompile(`\{([a-z_]+)\}`)

// Load reads LANG/*.json of all languages. Its error names every mistake with file and line.
func Load(source fs.FS) (*Catalogue, error) {
	c := &Catalogue{says: map[Lang]map[string]string{}, where: map[Lang]map[string]string{}}
	var wrong []error
	for _, lang := range Langs {
		c.says[lang], c.where[lang] = map[string]string{}, map[string]string{}
		names, err := fs.Glob(source, string(lang)+"/*.json")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			wrong = append(wrong, c.loadFile(source, lang, name)...)
		}
	}
	wrong = append(wrong, c.compare()...)
	return c, errors.Join(wrong...)
}

// loadFile reads one flat object of strings, token by token, because a map would hide a key given twice.
func (c *Catalogue) loadFile(source fs.FS, lang Lang, name string) (wrong []error) {
	raw, err := fs.ReadFile(source, name)
	if err != nil {
		return []error{err}
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	at := func() string {
		return fmt.Sprintf("%s:%d", name, 1+bytes.Count(raw[:dec.InputOffset()], []byte("\n")))
	}
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return []error{fmt.Errorf("%s: not an object of sentences", at())}
	}
	for dec.More() {
		key, sentence, err := pair(dec)
		if err != nil {
			return append(wrong, fmt.Errorf("%s: %w", at(), err))
		}
		if why := c.put(lang, key, sentence, at()); why != "" {
			wrong = append(wrong, fmt.Errorf("%s: %s: %s", at(), key, why))
		}
	}
	if _, err := dec.Token(); err != nil {
		wrong = append(wrong, fmt.Errorf("%s: %w", at(), err))
	}
	return wrong
}

func pair(dec *json.Decoder) (key, sentence string, err error) {
	k, err := dec.Token()
	if err != nil {
		return "", "", err
	}
	v, err := dec.Token()
	if err != nil {
		return "", "", err
	}
	sentence, ok := v.(string)
	if !ok {
		return "", "", fmt.Errorf("%v: the value is not a sentence", k)
	}
	return fmt.Sprint(k), sentence, nil
}

func (c *Catalogue) put(lang Lang, key, sentence, at string) (why string) {
	switch {
	case c.where[lang][key] != "":
		return "stands already in " + c.where[lang][key]
	case !keyForm.MatchString(key):
		return "a key is area.word in lower case"
	case sentence == "":
		return "the sentence is empty"
	}
	c.says[lang][key], c.where[lang][key] = sentence, at
	return ""
}

// compare holds the other languages against the first.
func (c *Catalogue) compare() (wrong []error) {
	for _, lang := range Langs[1:] {
		for key, sentence := range c.says[lang] {
			first, ok := c.says[Chinese][key]
			if !ok {
				wrong = append(wrong, fmt.Errorf("%s: %s is not in %s", c.where[lang][key], key, Chinese))
			} else if !slices.Equal(places(first), places(sentence)) {
				wrong = append(wrong, fmt.Errorf("%s: %s has the places %v, %s has %v in %s", c.where[lang][key], key,
					places(sentence), path.Base(string(Chinese)), places(first), c.where[Chinese][key]))
			}
		}
	}
	slices.SortFunc(wrong, func(a, b error) int { return bytes.Compare([]byte(a.Error()), []byte(b.Error())) })
	return wrong
}

// places are the names in a sentence's {name} places, sorted, each once.
func places(sentence string) []string {
	var out []string
	for _, m := range place.FindAllStringSubmatch(sentence, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}
