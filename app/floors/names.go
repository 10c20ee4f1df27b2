package floors

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// longest is the most lines a Go file may have.
const longest = 800

const vague = "a name that fits everything says nothing; name the noun"

var refused = map[string]bool{}

func init() {
	for _, n := range []string{"util", "utils", "common", "helper", "helpers", "model", "models", "service", "services",
		"misc", "shared", "types", "base", "manager", "managers"} {
		refused[n] = true
	}
}

// names refuses folders, Go files and packages whose name is a drawer.
func names(t *tree, _ Rules) []Violation {
	var out []Violation
	for _, dir := range t.dirs {
		if refused[path.Base(dir)] {
			out = append(out, Violation{"names", dir, 0, "folder " + path.Base(dir), vague})
		}
	}
	for _, s := range t.sources {
		stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(s.path), ".go"), "_test")
		if slices.ContainsFunc(strings.Split(stem, "_"), func(part string) bool { return refused[part] }) {
			out = append(out, Violation{"names", s.path, 0, "file " + stem, vague})
		}
		if name := strings.TrimSuffix(s.file.Name.Name, "_test"); refused[name] {
			out = append(out, Violation{"names", s.path, s.line(s.file.Name), "package " + name, vague})
		}
	}
	return out
}

// sizes refuses files that nobody reads to the end.
func sizes(t *tree, _ Rules) []Violation {
	var out []Violation
	for _, s := range t.sources {
		if !s.made && s.lines > longest {
			out = append(out, Violation{"size", s.path, 0, fmt.Sprintf("%d lines, at most %d", s.lines, longest),
				"a file is read as a whole"})
		}
	}
	return out
}

// docs asks for one sentence per package.
func docs(t *tree, _ Rules) []Violation {
	type pkg struct{ said, any bool }
	found := map[string]*pkg{}
	var order []string
	for _, s := range t.sources {
		if s.test || s.made {
			continue
		}
		if found[s.dir] == nil {
			found[s.dir] = &pkg{}
			order = append(order, s.dir)
		}
		found[s.dir].any = true
		found[s.dir].said = found[s.dir].said || describes(s.file)
	}
	var out []Violation
	for _, dir := range order {
		if !found[dir].said {
			out = append(out, Violation{"docs", dir, 0, "no package comment", "a package says in a sentence what it is and what always holds"})
		}
	}
	return out
}

func describes(f *ast.File) bool {
	if f.Doc == nil {
		return false
	}
	text := f.Doc.Text()
	if f.Name.Name == "main" {
		return strings.TrimSpace(text) != ""
	}
	return strings.HasPrefix(text, "Package "+f.Name.Name+" ")
}
