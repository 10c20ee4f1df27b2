package town

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"reflect"
	"sort"
	"strings"
	"sync"

	"yimen/ref"
)

// Flaw is one thing wrong with a data file.
type Flaw struct {
	File   string
	Line   int    // 0 when the whole file is meant
	Path   string // e.g. plan.steps[2].after
	Reason string
}

func (f Flaw) Error() string {
	where := f.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	if f.Path != "" {
		where += ": " + f.Path
	}
	return where + ": " + f.Reason
}

// Flaws is what a check found, by file and line.
type Flaws []Flaw

func (f Flaws) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// places gives the line of each JSON path of a file.
type places map[string]int

// Load reads the town that is built into the program, once; nobody changes what it gives.
var Load = sync.OnceValues(func() (*Town, error) {
	sub, err := fs.Sub(data, "data")
	if err != nil {
		return nil, err
	}
	return Read(sub)
})

// Read reads org.json, staff.json, basic.json, materials/*.json, elements/*.json, items/*.json, powers/*.json and
// negative.json. The error is a Flaw.
func Read(fsys fs.FS) (*Town, error) {
	t := &Town{places: map[string]places{}, files: map[ref.ItemID]string{}}
	if err := t.file(fsys, "org.json", &t.Org); err != nil {
		return nil, err
	}
	var staff struct {
		Staff []Staff `json:"staff"`
	}
	if err := t.file(fsys, "staff.json", &staff); err != nil {
		return nil, err
	}
	t.Staff = staff.Staff
	lib, err := t.libraries(fsys)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(fsys, "items/*.json")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	for _, name := range names {
		if err := t.family(fsys, name, lib); err != nil {
			return nil, err
		}
	}
	t.grant()
	if err := t.readBasic(fsys); err != nil {
		return nil, err
	}
	return t, t.lists(fsys)
}

func (t *Town) file(fsys fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Flaw{File: name, Reason: err.Error()}
	}
	t.places[name], err = Decode(name, raw, into)
	return err
}

// Decode reads one JSON document strictly: unknown keys, doubled keys, keys in another case
// and anything after the document are refused. It returns the line of every path; the
// error is a Flaw.
func Decode(file string, raw []byte, into any) (map[string]int, error) {
	w := &walker{file: file, raw: raw, dec: json.NewDecoder(bytes.NewReader(raw)), lines: places{}}
	if err := w.value("", reflect.TypeOf(into).Elem()); err != nil {
		return nil, err
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, w.flaw("", "something follows the document")
	}
	if err := json.Unmarshal(raw, into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return nil, Flaw{file, lineAt(raw, wrong.Offset), wrong.Field, "a " + wrong.Value + " where " + wrong.Type.String() + " belongs"}
		}
		return nil, Flaw{File: file, Reason: err.Error()}
	}
	return w.lines, nil
}

// walker goes over the tokens beside the Go type they will fill.
type walker struct {
	file  string
	raw   []byte
	dec   *json.Decoder
	lines places
}

func lineAt(raw []byte, offset int64) int {
	return 1 + bytes.Count(raw[:min(int(offset), len(raw))], []byte("\n"))
}

func (w *walker) flaw(at, reason string) error {
	return Flaw{w.file, lineAt(w.raw, w.dec.InputOffset()), at, reason}
}

func (w *walker) token(at string) (json.Token, error) {
	tok, err := w.dec.Token()
	var wrong *json.SyntaxError
	switch {
	case errors.As(err, &wrong):
		return nil, Flaw{w.file, lineAt(w.raw, wrong.Offset), at, wrong.Error()}
	case err != nil:
		return nil, w.flaw(at, "the document ends too early")
	}
	return tok, nil
}

// value reads one value; a shape that does not fit t is left for json.Unmarshal to name.
func (w *walker) value(at string, t reflect.Type) error {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	tok, err := w.token(at)
	if err != nil {
		return err
	}
	w.lines[at] = lineAt(w.raw, w.dec.InputOffset())
	switch tok {
	case json.Delim('{'):
		err = w.object(at, t)
	case json.Delim('['):
		err = w.list(at, t)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	_, err = w.token(at)
	return err
}

func (w *walker) object(at string, t reflect.Type) error {
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
			return w.flaw(join(at, key), "unknown key")
		case seen[key]:
			return w.flaw(join(at, key), "the key is there twice")
		}
		seen[key] = true
		if err := w.value(join(at, key), below); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) list(at string, t reflect.Type) error {
	var below reflect.Type
	if t != nil && t.Kind() == reflect.Slice {
		below = t.Elem()
	}
	for i := 0; w.dec.More(); i++ {
		if err := w.value(fmt.Sprintf("%s[%d]", at, i), below); err != nil {
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
