// Package strictjson reads JSON documents that people write by hand.
//
// Invariants: what is read was said once and in a word the reader knows; every value's line is
// known, so that whatever is found wrong later can be shown where it stands.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"strings"
)

// Kind is what is wrong with a document.
type Kind string

// The kinds of Flaw.
const (
	Syntax     Kind = "syntax"      // no JSON
	Early      Kind = "early"       // it ends too early
	Trailing   Kind = "trailing"    // something follows it
	UnknownKey Kind = "unknown_key" // or one in another case
	DoubledKey Kind = "doubled_key"
	WrongType  Kind = "wrong_type"
	Deep       Kind = "deep" // more levels than any of ours has
)

// Flaw is one thing wrong with a document.
type Flaw struct {
	Line   int    // 0 when the whole document is meant
	Path   string // e.g. plan.steps[2].after
	Kind   Kind
	Reason string // in English, for who writes data files
}

func (f Flaw) Error() string {
	var where string
	if f.Line > 0 {
		where = fmt.Sprintf("line %d: ", f.Line)
	}
	if f.Path != "" {
		where += f.Path + ": "
	}
	return where + f.Reason
}

// Decode reads one JSON document strictly: unknown keys, doubled keys, keys in another case
// and anything after the document are refused. It returns the line of every path; the
// error is a Flaw.
func Decode(raw []byte, into any) (map[string]int, error) {
	w := &walker{raw: raw, dec: json.NewDecoder(bytes.NewReader(raw)), lines: map[string]int{}}
	if err := w.value("", reflect.TypeOf(into).Elem(), 0); err != nil {
		return nil, err
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, w.flaw("", Trailing, "something follows the document")
	}
	if err := json.Unmarshal(raw, into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return nil, Flaw{lineAt(raw, wrong.Offset), wrong.Field, WrongType, "a " + wrong.Value + " where " + wrong.Type.String() + " belongs"}
		}
		return nil, Flaw{Kind: Syntax, Reason: err.Error()}
	}
	return w.lines, nil
}

// deepest is more levels than any document of ours has.
const deepest = 40

// walker goes over the tokens beside the Go type they will fill.
type walker struct {
	raw   []byte
	dec   *json.Decoder
	lines map[string]int
	upTo  int64 // how far line ends are counted
	line  int   // before upTo, from 0
}

// here is the line the decoder has come to. It only goes on, so that line ends are counted once.
func (w *walker) here() int {
	if at := min(w.dec.InputOffset(), int64(len(w.raw))); at > w.upTo {
		w.line += bytes.Count(w.raw[w.upTo:at], []byte("\n"))
		w.upTo = at
	}
	return 1 + w.line
}

func lineAt(raw []byte, offset int64) int {
	return 1 + bytes.Count(raw[:min(int(offset), len(raw))], []byte("\n"))
}

func (w *walker) flaw(at string, kind Kind, reason string) error {
	return Flaw{w.here(), at, kind, reason}
}

func (w *walker) token(at string) (json.Token, error) {
	tok, err := w.dec.Token()
	var wrong *json.SyntaxError
	switch {
	case errors.As(err, &wrong):
		return nil, Flaw{lineAt(w.raw, wrong.Offset), at, Syntax, wrong.Error()}
	case err != nil:
		return nil, w.flaw(at, Early, "the document ends too early")
	}
	return tok, nil
}

// value reads one value; a shape that does not fit t is left for json.Unmarshal to name.
func (w *walker) value(at string, t reflect.Type, depth int) error {
	if depth > deepest {
		return w.flaw(at, Deep, "too many levels")
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	tok, err := w.token(at)
	if err != nil {
		return err
	}
	w.lines[at] = w.here()
	switch tok {
	case json.Delim('{'):
		err = w.object(at, t, depth)
	case json.Delim('['):
		err = w.list(at, t, depth)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	_, err = w.token(at)
	return err
}

func (w *walker) object(at string, t reflect.Type, depth int) error {
	keys, seen := keysOf(t), map[string]bool{}
	for w.dec.More() {
		tok, err := w.token(at)
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		below, known := keys[key]
		switch {
		case keys != nil && !known:
			return w.flaw(join(at, key), UnknownKey, "unknown key")
		case seen[key]:
			return w.flaw(join(at, key), DoubledKey, "the key is there twice")
		}
		seen[key] = true
		if err := w.value(join(at, key), below, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) list(at string, t reflect.Type, depth int) error {
	var below reflect.Type
	if t != nil && t.Kind() == reflect.Slice {
		below = t.Elem()
	}
	for i := 0; w.dec.More(); i++ {
		if err := w.value(fmt.Sprintf("%s[%d]", at, i), below, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

// keysOf gives a struct's JSON names with their types, nil for anything else.
func keysOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	keys := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			maps.Copy(keys, keysOf(f.Type))
		}
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			keys[name] = f.Type
		}
	}
	return keys
}
