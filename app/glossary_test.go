package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var glossaryRow = regexp.MustCompile("(?m)^\\| *(.+?) *\\| *(.+?) *\\| *`([a-z]+/[a-z]+)` *\\|")

// TestGlossary holds docs/glossary.md against the packages under domain, process, view and web: one row each.
func TestGlossary(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/glossary.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range glossaryFaults(string(text), packagesBelow(t, root)) {
		t.Error(fault)
	}
}

func TestGlossaryCheckerTellsRightFromWrong(t *testing.T) {
	text := "| 办件 | case | `domain/casefile` |\n| 受理 | intake | `process/intake` |\n| 收件 | intake | `process/intake` |\n| x | y | `view/gone` |\n"
	got := glossaryFaults(text, []string{"domain/casefile", "process/intake", "web/page"})
	want := []string{"process/intake has 2 rows", "web/page has no row", "view/gone is in the glossary and not in the tree",
		"row of view/gone: x is not Chinese"}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func glossaryFaults(text string, packages []string) (faults []string) {
	rows := map[string]int{}
	for _, m := range glossaryRow.FindAllStringSubmatch(text, -1) {
		rows[m[3]]++
		if !regexp.MustCompile(`\p{Han}`).MatchString(m[1]) {
			faults = append(faults, fmt.Sprintf("row of %s: %s is not Chinese", m[3], m[1]))
		}
		if !slices.Contains(packages, m[3]) && rows[m[3]] == 1 {
			faults = append(faults, m[3]+" is in the glossary and not in the tree")
		}
	}
	for _, p := range packages {
		switch n := rows[p]; {
		case n == 0:
			faults = append(faults, p+" has no row")
		case n > 1:
			faults = append(faults, fmt.Sprintf("%s has %d rows", p, n))
		}
	}
	slices.Sort(faults)
	return faults
}

// packagesBelow lists the units of the four floors that have Go or template sources.
func packagesBelow(t *testing.T, root string) (found []string) {
	t.Helper()
	for _, floor := range []string{"domain", "process", "view", "web"} {
		entries, err := os.ReadDir(filepath.Join(root, floor))
		if err != nil {
			t.Errorf("the glossary speaks of a floor that is not there: %v", err)
		}
		for _, e := range entries {
			if e.IsDir() && holdsSources(filepath.Join(root, floor, e.Name())) {
				found = append(found, floor+"/"+e.Name())
			}
		}
	}
	return found
}

func holdsSources(dir string) bool {
	entries, _ := os.ReadDir(dir)
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		name := e.Name()
		return strings.HasSuffix(name, ".templ") || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
	})
}
