package floors

import (
	"os"
	"path/filepath"
	"strings"
)

// imports holds every import of ours against the table.
func imports(t *tree, rules Rules) []Violation {
	var out []Violation
	for _, s := range t.sources {
		floor, ok := floorOf(rules, s.dir)
		if !ok {
			out = append(out, Violation{"imports", s.path, 0, "stands on no floor", "every package has its place in the table"})
			continue
		}
		for _, spec := range s.file.Imports {
			target, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module+"/")
			if ours && !floor.allows(s, target) {
				out = append(out, Violation{"imports", s.path, s.line(spec), s.dir + " may not import " + target, floor.Reason})
			}
		}
	}
	return append(out, subjects(t, rules)...)
}

func floorOf(rules Rules, dir string) (Floor, bool) {
	top, _, _ := strings.Cut(dir, "/")
	for _, f := range rules.Floors {
		if f.Folder == top {
			return f, true
		}
	}
	return Floor{}, false
}

func (f Floor) allows(s *source, target string) bool {
	return f.own(s.dir, target) || matches(f.May, target) || s.test && matches(f.InTests, target)
}

// own says that two packages belong together: below domain/x, or on a floor without units.
func (f Floor) own(dir, target string) bool {
	unit := f.Folder
	if f.Units {
		parts := strings.Split(dir, "/")
		if len(parts) == 1 {
			return target == dir
		}
		unit = parts[0] + "/" + parts[1]
	}
	return target == unit || strings.HasPrefix(target, unit+"/")
}

func matches(patterns []string, target string) bool {
	for _, p := range patterns {
		if folder, all := strings.CutSuffix(p, "/*"); all && strings.HasPrefix(target, folder+"/") || p == target {
			return true
		}
	}
	return false
}

// subjects refuses rows of the table that speak of a folder which is not there, and marks that are out of date.
func subjects(t *tree, rules Rules) []Violation {
	var out []Violation
	for _, f := range rules.Floors {
		_, err := os.Stat(filepath.Join(t.root, f.Folder))
		switch there := err == nil; {
		case !there && !f.Planned:
			out = append(out, Violation{"subjects", f.Folder, 0, "the imports table speaks of a folder that is not there", "rules follow the tree"})
		case there && f.Planned:
			out = append(out, Violation{"subjects", f.Folder, 0, "is marked as planned and is there", "rules follow the tree"})
		}
	}
	return out
}
