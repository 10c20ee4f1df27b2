// Package floors checks that the tree is built as docs/adr/0006 draws it: who may import whom, whose tables a piece of SQL
// may name, which names are refused, where the clock may be read.
//
// Invariants: it reads sources only and runs nothing; every rule has a reason, which is printed with each violation; a rule
// whose subject is no longer there is itself a violation, so that the list cannot rot.
package floors

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// module is the import path of the tree's root.
const module = "yimen"

// Violation is one place that breaks one rule.
type Violation struct {
	Rule   string
	Path   string // file or folder below the root, with slashes
	Line   int    // 0 = the whole file or folder
	What   string
	Reason string
}

func (v Violation) String() string {
	place := v.Path
	if v.Line > 0 {
		place = fmt.Sprintf("%s:%d", v.Path, v.Line)
	}
	return fmt.Sprintf("%s: %s: %s (%s)", place, v.Rule, v.What, v.Reason)
}

// source is one parsed Go file.
type source struct {
	path  string // below the root
	dir   string
	test  bool
	made  bool // written by a generator
	lines int
	file  *ast.File
	fset  *token.FileSet
	// imports by the name under which the file uses them
	imports map[string]string
}

func (s *source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// tree is everything the rules look at.
type tree struct {
	root    string
	sources []*source
	sql     []string // schema files, below the root
	dirs    []string // every folder of ours, below the root
}

// foreign folders hold nothing that we wrote as part of the program.
var foreign = map[string]bool{"node_modules": true, "testdata": true, "dist": true, "bin": true, "var": true}

func load(root string) (*tree, error) {
	t := &tree{root: root}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil || rel == "." {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			return t.enter(path, rel, d.Name())
		}
		return t.take(path, rel)
	})
	return t, err
}

func (t *tree) enter(path, rel, name string) error {
	if foreign[name] || strings.HasPrefix(name, ".") {
		return filepath.SkipDir
	}
	// A folder with its own go.mod (tools) is another program.
	if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	t.dirs = append(t.dirs, rel)
	return nil
}

func (t *tree) take(path, rel string) error {
	switch filepath.Ext(rel) {
	case ".sql":
		t.sql = append(t.sql, rel)
	case ".go":
		s, err := parse(path, rel)
		if err != nil {
			return err
		}
		t.sources = append(t.sources, s)
	}
	return nil
}

func parse(path, rel string) (*source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	s := &source{path: rel, dir: dirOf(rel), test: strings.HasSuffix(rel, "_test.go"),
		made:  strings.HasSuffix(rel, "_templ.go") || ast.IsGenerated(file),
		lines: strings.Count(string(text), "\n"), file: file, fset: fset, imports: map[string]string{}}
	for _, spec := range file.Imports {
		target := strings.Trim(spec.Path.Value, `"`)
		name := target[strings.LastIndex(target, "/")+1:]
		if name == "v2" && strings.HasSuffix(target, "/rand/v2") {
			name = "rand"
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		s.imports[name] = target
	}
	return s, nil
}

func dirOf(rel string) string {
	if i := strings.LastIndex(rel, "/"); i >= 0 {
		return rel[:i]
	}
	return "."
}

// Check returns every violation in the tree under root, sorted by place.
func Check(root string, rules Rules) ([]Violation, error) {
	t, err := load(root)
	if err != nil {
		return nil, err
	}
	var out []Violation
	for _, check := range []func(*tree, Rules) []Violation{
		imports, tables, migrations, names, sizes, docs, clock, chance, writers, engines,
	} {
		out = append(out, check(t, rules)...)
	}
	slices.SortStableFunc(out, func(a, b Violation) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return out, nil
}
