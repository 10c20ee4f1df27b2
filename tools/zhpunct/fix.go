package main

import "unicode"

// wide maps each ASCII mark to its full-width form.
var wide = map[rune]rune{
	',': '\uFF0C', ':': '\uFF1A', ';': '\uFF1B', '(': '\uFF08', ')': '\uFF09', '?': '\uFF1F', '!': '\uFF01', '.': '\u3002',
}

// Fix returns a line with full-width marks beside Han characters, and how many it changed. A mark that a just changed
// mark made stand in Chinese text (")." after Han) is changed too.
func Fix(line string) (string, int) {
	text := []rune(line)
	changed := 0
	for i, r := range text {
		w, mark := wide[r]
		if !mark || !beside(text, i) {
			continue
		}
		text[i] = w
		changed++
	}
	return string(text), changed
}

// beside says that a mark belongs to Chinese text. Brackets of placeholders and code touch Han rarely: "{n}:" has a brace
// between, so that one is looked through.
func beside(text []rune, i int) bool {
	if i > 0 && chinese(text[i-1]) {
		return !separator(text, i)
	}
	if i+1 < len(text) && unicode.Is(unicode.Han, text[i+1]) {
		return !separator(text, i)
	}
	return false
}

func chinese(r rune) bool {
	if unicode.Is(unicode.Han, r) {
		return true
	}
	for _, w := range wide {
		if r == w {
			return true
		}
	}
	return false
}

// separator leaves alone a dot that parts a file name, number or path from what follows, as in 附件.pdf.
func separator(text []rune, i int) bool {
	return text[i] == '.' && i+1 < len(text) && text[i+1] < unicode.MaxASCII && (unicode.IsLetter(text[i+1]) || unicode.IsDigit(text[i+1]))
}
