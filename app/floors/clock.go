package floors

import (
	"go/ast"
	"strings"
)

// upstairs are the folders that hand the time down; everything else gets it as a parameter.
var upstairs = map[string]bool{"app": true, "town": true, "cmd": true}

var reads = map[string]bool{"Now": true, "Since": true, "Until": true, "Sleep": true}

// clock refuses reading the computer's clock below app, and sleeping anywhere, tests included.
func clock(t *tree, rules Rules) []Violation {
	var out []Violation
	used := map[string]bool{}
	for _, s := range t.sources {
		top, _, _ := strings.Cut(s.dir, "/")
		for _, c := range calls(s, "time") {
			name := c.Sel.Name
			free := (upstairs[top] || s.test) && name != "Sleep"
			if !reads[name] || free {
				continue
			}
			if !s.test && permitted(rules.Clock, s.dir) && name != "Sleep" {
				used[s.dir] = true
				continue
			}
			out = append(out, Violation{"clock", s.path, s.line(c), "time." + name,
				"time is a parameter, and waiting is for an event, never for a while"})
		}
	}
	return append(out, unused("clock", rules.Clock, used)...)
}

// chance refuses math/rand where secrets are made.
func chance(t *tree, rules Rules) []Violation {
	var out []Violation
	used := map[string]bool{}
	for _, s := range t.sources {
		top, _, _ := strings.Cut(s.dir, "/")
		if s.test || upstairs[top] {
			continue
		}
		for _, spec := range s.file.Imports {
			target := strings.Trim(spec.Path.Value, `"`)
			if target != "math/rand" && target != "math/rand/v2" {
				continue
			}
			if permitted(rules.Chance, s.dir) {
				used[s.dir] = true
				continue
			}
			out = append(out, Violation{"chance", s.path, s.line(spec), target, "a number that can be guessed is no secret; crypto/rand costs nothing"})
		}
	}
	return append(out, unused("chance", rules.Chance, used)...)
}

// writers refuses transactions where things are shown: a page handed a Reader cannot write.
func writers(t *tree, _ Rules) []Violation {
	var out []Violation
	for _, s := range t.sources {
		top, _, _ := strings.Cut(s.dir, "/")
		if s.test || top != "web" && top != "view" {
			continue
		}
		for _, use := range calls(s, module+"/foundation/db") {
			if use.Sel.Name == "Tx" || use.Sel.Name == "Insert" {
				out = append(out, Violation{"writers", s.path, s.line(use), "db." + use.Sel.Name, "writes pass one floor, the processes"})
			}
		}
	}
	return out
}

// engines refuses SQL that forks by database: what runs on one only is tested on one only.
func engines(t *tree, rules Rules) []Violation {
	var out []Violation
	used := map[string]bool{}
	for _, s := range t.sources {
		top, _, _ := strings.Cut(s.dir, "/")
		if s.test || upstairs[top] {
			continue
		}
		for _, use := range calls(s, "") {
			if use.Sel.Name != "Engine" || isType(s, use) {
				continue
			}
			if permitted(rules.Engine, s.dir) {
				used[s.dir] = true
				continue
			}
			out = append(out, Violation{"engines", s.path, s.line(use), "branches by engine", "one SQL for two engines"})
		}
	}
	return append(out, unused("engines", rules.Engine, used)...)
}

// isType tells the name db.Engine from a call of the method.
func isType(s *source, use *ast.SelectorExpr) bool {
	name, ok := use.X.(*ast.Ident)
	return ok && strings.HasSuffix(s.imports[name.Name], "/foundation/db")
}

// calls finds every pkg.Name of an imported package; "" finds every selector.
func calls(s *source, target string) []*ast.SelectorExpr {
	var out []*ast.SelectorExpr
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		name, plain := sel.X.(*ast.Ident)
		if target == "" || plain && s.imports[name.Name] == target {
			out = append(out, sel)
		}
		return true
	})
	return out
}

func permitted(list []Allowed, dir string) bool {
	for _, a := range list {
		if a.Package == dir {
			return true
		}
	}
	return false
}

func unused(rule string, list []Allowed, used map[string]bool) []Violation {
	var out []Violation
	for _, a := range list {
		if !used[a.Package] {
			out = append(out, Violation{"subjects", a.Package, 0, "needs its exception from " + rule + " no longer", "an exception lives as long as its cause"})
		}
	}
	return out
}
