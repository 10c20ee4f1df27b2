package rule

import (
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on what is written in one cell or expression.
const (
	maxText  = 4000 // bytes
	maxDepth = 60   // of nesting

	maxCost   = 100_000 // calls, so that functions that call each other twice over end
	powerCost = 100     // a power of 34 digits takes about half a millisecond
)

// problem is why an expression cannot be read: a message key with its values.
type problem struct {
	key  string
	args []any
}

func (p *problem) Error() string { return p.key }

func wrong(key string, args ...any) *problem { return &problem{key, args} }

// scope is what an expression may name. Names may hold spaces and the signs . / - ' + *
// (DMN 1.5, 10.3.1.4), so only the scope can tell where a name ends: the longest one wins.
type scope struct {
	slots     map[string]int
	functions map[string]*function
	sorted    []string     // slots and functions, longest first
	parts     []string     // names of components, longest first
	used      map[int]bool // slots that were named; nil when nobody asks
	cost      int          // of evaluating all that was read in this scope: calls, and powers as powerCost calls
}

// function is a business knowledge model seen from a caller.
type function struct {
	parameters []string
	call       func(args []Value) Value
	cost       int // calls that one call makes, itself included
}

// newScope makes a scope of tidy names.
func newScope(slots map[string]int, functions map[string]*function, parts []string) *scope {
	s := &scope{slots: slots, functions: functions, parts: longestFirst(parts)}
	for n := range s.slots {
		s.sorted = append(s.sorted, n)
	}
	for n := range functions {
		s.sorted = append(s.sorted, n)
	}
	for n := range builtin {
		s.sorted = append(s.sorted, n)
	}
	s.sorted = longestFirst(s.sorted)
	return s
}

func longestFirst(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = tidy(n)
	}
	sort.Slice(out, func(i, j int) bool { return len(out[i]) > len(out[j]) || len(out[i]) == len(out[j]) && out[i] < out[j] })
	return out
}

// tidy makes every run of white space in a name one space.
func tidy(name string) string { return strings.Join(strings.Fields(name), " ") }

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokSign
	tokNumber
	tokString
	tokName
)

type token struct {
	kind tokenKind
	text string // sign, string's content or name
	at   int
	num  Value
}

// lexer cuts a text into tokens one at a time, so that a parser can go back.
type lexer struct {
	text  string
	pos   int
	scope *scope
}

func (l *lexer) space() {
	for l.pos < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.pos:])
		if !unicode.IsSpace(r) && r != '\uFEFF' {
			return
		}
		l.pos += n
	}
}

var signs = []string{"..", "**", "<=", ">=", "!=", "(", ")", "[", "]", "<", ">", "=", "+", "-", "*", "/", ",", ".", "?", "@"}

// next is the token at hand, and moves behind it.
func (l *lexer) next() (token, error) {
	l.space()
	at := l.pos
	if at >= len(l.text) {
		return token{kind: tokEnd, at: at}, nil
	}
	c := l.text[at]
	switch {
	case c >= '0' && c <= '9', c == '.' && at+1 < len(l.text) && l.text[at+1] >= '0' && l.text[at+1] <= '9':
		return l.number()
	case c == '"':
		return l.quoted()
	}
	if name, ok := l.known(l.scope.sorted); ok {
		return token{kind: tokName, text: name, at: at}, nil
	}
	for _, s := range signs {
		if strings.HasPrefix(l.text[at:], s) {
			l.pos += len(s)
			return token{kind: tokSign, text: s, at: at}, nil
		}
	}
	return l.word()
}

// known takes the longest of the names that stands here.
func (l *lexer) known(names []string) (string, bool) {
	for _, name := range names {
		if end, ok := stands(l.text[l.pos:], name); ok {
			l.pos += end
			return name, true
		}
	}
	return "", false
}

// stands says whether the text begins with the name, any white space for a space, and the name
// does not go on as a longer word.
func stands(text, name string) (int, bool) {
	i := 0
	for _, r := range name {
		if r == ' ' {
			rest := strings.TrimLeftFunc(text[i:], unicode.IsSpace)
			if len(rest) == len(text)-i {
				return 0, false
			}
			i = len(text) - len(rest)
			continue
		}
		got, n := utf8.DecodeRuneInString(text[i:])
		if got != r || n == 0 || got == utf8.RuneError && n == 1 {
			return 0, false
		}
		i += n
	}
	next, _ := utf8.DecodeRuneInString(text[i:])
	last, _ := utf8.DecodeLastRuneInString(name)
	return i, i > 0 && !(i < len(text) && wordRune(next) && wordRune(last))
}

func wordRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r)
}

// word takes letters and digits that are no known name.
func (l *lexer) word() (token, error) {
	at := l.pos
	for l.pos < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.pos:])
		if !wordRune(r) {
			break
		}
		l.pos += n
	}
	if l.pos == at {
		return token{}, wrong("rule.syntax", "at", 1+utf8.RuneCountInString(l.text[:at]), "near", near(l.text[at:]))
	}
	return token{kind: tokName, text: l.text[at:l.pos], at: at}, nil
}

func near(s string) string {
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	return string(r[:min(len(r), 12)])
}

func (l *lexer) number() (token, error) {
	at, dots, t := l.pos, 0, l.text
	for l.pos < len(t) {
		c := t[l.pos]
		if c == '.' && (dots > 0 || l.pos+1 >= len(t) || t[l.pos+1] < '0' || t[l.pos+1] > '9') || c != '.' && (c < '0' || c > '9') {
			break
		}
		if c == '.' {
			dots++
		}
		l.pos++
	}
	if e := exponent(t[l.pos:]); e > 0 {
		l.pos += e
	}
	v, ok := Number(t[at:l.pos])
	if !ok {
		return token{}, wrong("rule.wrong_number", "text", near(t[at:l.pos]))
	}
	return token{kind: tokNumber, num: v, at: at}, nil
}

// exponent is the length of "e-10" at the head of s, 0 when there is none.
func exponent(s string) int {
	if len(s) < 2 || s[0] != 'e' && s[0] != 'E' {
		return 0
	}
	i := 1
	if s[i] == '+' || s[i] == '-' {
		i++
	}
	from := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == from {
		return 0
	}
	return i
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', '"': '"', '\\': '\\', '\'': '\''}

func (l *lexer) quoted() (token, error) {
	at := l.pos
	var b strings.Builder
	for i := at + 1; i < len(l.text); i++ {
		switch c := l.text[i]; c {
		case '"':
			l.pos = i + 1
			return token{kind: tokString, text: b.String(), at: at}, nil
		case '\\':
			n := l.escaped(&b, l.text[i+1:])
			if n == 0 {
				return token{}, wrong("rule.wrong_escape", "near", near(l.text[i:]))
			}
			i += n
		default:
			b.WriteByte(c)
		}
	}
	return token{}, wrong("rule.open_string", "near", near(l.text[at:]))
}

// escaped writes what stands behind a backslash and says how long it was; 0 when it is nothing.
func (l *lexer) escaped(b *strings.Builder, s string) int {
	if s == "" {
		return 0
	}
	if c, ok := escapes[s[0]]; ok {
		b.WriteByte(c)
		return 1
	}
	size := map[byte]int{'u': 5, 'U': 7}[s[0]]
	if size == 0 || len(s) < size {
		return 0
	}
	r, err := strconv.ParseUint(s[1:size], 16, 32)
	if err != nil || !utf8.ValidRune(rune(r)) {
		return 0
	}
	b.WriteRune(rune(r))
	return size
}
