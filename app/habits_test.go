package app_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	namedTest   = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	writtenTest = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`)
)

// TestHabits holds docs/habits.md against the tests it names.
func TestHabits(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/habits.md"))
	if err != nil {
		t.Fatal(err)
	}
	there := testsBelow(t, root)
	named := namedTest.FindAllStringSubmatch(string(page), -1)
	if len(named) < 20 || len(there) < 100 {
		t.Fatalf("%d names, %d tests", len(named), len(there))
	}
	for _, m := range named {
		if !slices.Contains(there, m[1]) {
			t.Errorf("docs/habits.md names %s, which is nowhere", m[1])
		}
	}
	if n := strings.Count(string(page), "\n| "); n != 31 { // the head and thirty rows
		t.Errorf("%d rows", n)
	}
}

func testsBelow(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "var" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		for _, m := range writtenTest.FindAllStringSubmatch(string(source), -1) {
			out = append(out, m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
