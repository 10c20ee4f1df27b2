package town

import (
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"sync"

	"yimen/domain/catalog"
	"yimen/foundation/strictjson"
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

// Ground is Load without items, powers and grants: what people are made from, there in a hundredth of the time.
var Ground = sync.OnceValues(func() (*Town, error) {
	sub, err := fs.Sub(data, "data")
	if err != nil {
		return nil, err
	}
	return ground(sub)
})

func ground(fsys fs.FS) (*Town, error) {
	t := &Town{places: map[string]places{}, files: map[ref.ItemID]member{}}
	if err := t.file(fsys, "org.json", &t.Org); err != nil {
		return nil, err
	}
	var staff struct {
		Staff []Staff `json:"staff"`
	}
	err := t.file(fsys, "staff.json", &staff)
	t.Staff = staff.Staff
	return t, err
}

// Read reads org.json, staff.json, basic.json, materials/*.json, elements/*.json, items/*.json, powers/*.json and
// negative.json. The error is a Flaw.
func Read(fsys fs.FS) (*Town, error) {
	t, err := ground(fsys)
	if err != nil {
		return nil, err
	}
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
	var bundles struct {
		Bundles []catalog.Bundle `json:"bundles"`
	}
	if _, err := fs.Stat(fsys, "bundles.json"); err == nil {
		if err := t.file(fsys, "bundles.json", &bundles); err != nil {
			return nil, err
		}
	}
	t.Bundles = bundles.Bundles
	if _, err := fs.Stat(fsys, inspectionFile); err == nil {
		if err := t.file(fsys, inspectionFile, &t.Inspection); err != nil {
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
	t.places[name], err = strictjson.Decode(raw, into)
	var wrong strictjson.Flaw
	if errors.As(err, &wrong) {
		return Flaw{name, wrong.Line, wrong.Path, wrong.Reason}
	}
	return err
}
