package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yimen/app/floors"
)

// root is the top of the tree, seen from this package.
const root = ".."

func TestFloors(t *testing.T) {
	violations, err := floors.Check(root, floors.House())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		t.Error(v)
	}
}

// planted is the house's table without its exceptions and without the question whether every folder is there.
func planted() floors.Rules {
	rules := floors.House()
	rules.Clock, rules.Chance, rules.Engine = nil, nil, nil
	return rules
}

func check(t *testing.T, dir string, rules floors.Rules) (found []string) {
	t.Helper()
	violations, err := floors.Check(dir, rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		if v.Reason == "" || v.What == "" {
			t.Errorf("no reason: %v", v)
		}
		if v.Rule != "subjects" {
			found = append(found, v.Rule+" "+v.Path)
		}
	}
	slices.Sort(found)
	return found
}

func TestFloorsRefusePlantedViolations(t *testing.T) {
	cases, err := filepath.Glob("testdata/floors/*/want.txt")
	if err != nil || len(cases) < 8 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, want := range cases {
		dir := filepath.Dir(want)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			text, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(check(t, dir, planted()), "\n")
			if got != strings.TrimSpace(string(text)) {
				t.Errorf("found\n%s\nwant\n%s", got, text)
			}
		})
	}
}

func TestFloorsRefuseLongFiles(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "ref/long.go", "// Package ref is long.\npackage ref\n"+strings.Repeat("//\n", 799))
	plant(t, dir, "ref/made_templ.go", "package ref\n"+strings.Repeat("//\n", 900))
	plant(t, dir, "ref/fits.go", "package ref\n"+strings.Repeat("//\n", 799))
	if got := check(t, dir, planted()); !slices.Equal(got, []string{"size ref/long.go"}) {
		t.Errorf("found %v", got)
	}
}

func TestFloorsRefuseRulesWithoutSubject(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "ledger/ledger.go", "// Package ledger is planned and there.\npackage ledger\n")
	violations, err := floors.Check(dir, floors.Rules{
		Floors: []floors.Floor{{Folder: "ledger", Planned: true}, {Folder: "gone"}, {Folder: "later", Planned: true}},
		Clock:  []floors.Allowed{{Package: "foundation/none", Reason: "once"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range violations {
		got = append(got, v.Rule+" "+v.Path)
	}
	if want := []string{"subjects foundation/none", "subjects gone", "subjects ledger"}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

func plant(t *testing.T, dir, path, text string) {
	t.Helper()
	path = filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
