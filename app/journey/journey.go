// Package journey checks docs/journeys/*.txt, the calls of each journey as data, against the code.
//
// Invariants: it reads sources only. A line that names a function which is not there, a call that the caller's package does
// not make, an event that nobody declares or the next line does not hear, is a fault.
//
// The lines: "== title", "-- remark", "~ package.Event" (saved in the transaction above, delivered after commit to the
// function on the next line), and "folder/package.Func" or "folder/package.Type.Method", two spaces deeper than its caller.
// What follows a name in parentheses is a remark.
package journey

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Fault is one wrong line.
type Fault struct {
	Line int
	What string
}

func (f Fault) String() string { return fmt.Sprintf("line %d: %s", f.Line, f.What) }

// Check reads a journey and compares it with the tree under root.
func Check(root, text string) []Fault {
	c := &checker{root: root, packages: map[string]*pkg{}}
	for n, line := range strings.Split(text, "\n") {
		c.line = n + 1
		c.read(strings.TrimRight(line, " "))
	}
	if c.calls == 0 {
		c.refuse("no journey: there is no call in it")
	}
	return c.faults
}

type checker struct {
	root     string
	packages map[string]*pkg
	stack    []call // callers of the line being read
	event    string // pkg.Event waiting for its hearer
	line     int
	calls    int
	faults   []Fault
}

type call struct{ dir, name string }

func (c *checker) refuse(format string, args ...any) {
	c.faults = append(c.faults, Fault{c.line, fmt.Sprintf(format, args...)})
}

func (c *checker) read(line string) {
	text := strings.TrimLeft(line, " ")
	switch {
	case text == "" || strings.HasPrefix(text, "== ") || strings.HasPrefix(text, "-- "):
		c.stack = nil
	case strings.HasPrefix(text, "~ "):
		c.stack = nil
		c.event = name(text[2:])
		c.checkEvent()
	default:
		c.checkCall(name(text), len(line)-len(text))
	}
}

// name cuts the remark off.
func name(text string) string {
	text, _, _ = strings.Cut(text, " (")
	return strings.TrimSpace(text)
}

func (c *checker) checkEvent() {
	noun, kind, ok := strings.Cut(c.event, ".")
	if !ok {
		c.refuse("%q is no package.Event", c.event)
		return
	}
	if !c.at("domain/" + noun).has(kind + ".EventName") {
		c.refuse("domain/%s declares no event %s", noun, kind)
	}
}

func (c *checker) checkCall(text string, indent int) {
	c.calls++
	base := path.Base(text)
	short, fn, ok := strings.Cut(base, ".")
	dir := path.Join(path.Dir(text), short)
	if !ok || !c.at(dir).has(fn) {
		c.refuse("%s is not an exported function or method", text)
	}
	depth := indent / 2
	if indent%2 != 0 || depth > len(c.stack) {
		c.refuse("%s is indented %d spaces", text, indent)
		depth = min(depth, len(c.stack))
	}
	last := fn[strings.LastIndex(fn, ".")+1:]
	if depth > 0 {
		if caller := c.stack[depth-1]; !c.at(caller.dir).names[last] {
			c.refuse("%s.%s does not call %s", caller.dir, caller.name, text)
		}
	}
	if c.event != "" {
		c.checkHearer(dir, last)
	}
	c.stack = append(c.stack[:depth], call{dir, fn})
}

// checkHearer wants the function after an event to take that event, or app to hand it over.
func (c *checker) checkHearer(dir, fn string) {
	if !slices.Contains(c.at(dir).takes[fn], c.event) && !c.at("app").events[c.event] {
		c.refuse("%s.%s does not hear %s", dir, fn, c.event)
	}
	if !c.at("app").names[fn] {
		c.refuse("app subscribes nobody called %s", fn)
	}
	c.event = ""
}

// pkg is what the checker knows of one package.
type pkg struct {
	exported map[string]bool     // Func, Type.Method, Method
	takes    map[string][]string // function or method: pkg.Type of its parameters
	names    map[string]bool     // every identifier in the sources
	events   map[string]bool     // every pkg.Name in the sources
}

func (p *pkg) has(name string) bool { return p.exported[name] }

// at reads a package once; one that is not there knows nothing.
func (c *checker) at(dir string) *pkg {
	if p, known := c.packages[dir]; known {
		return p
	}
	p := &pkg{map[string]bool{}, map[string][]string{}, map[string]bool{}, map[string]bool{}}
	c.packages[dir] = p
	files, _ := filepath.Glob(filepath.Join(c.root, filepath.FromSlash(dir), "*.go"))
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		if err != nil {
			c.refuse("%v", err)
			continue
		}
		p.learn(parsed)
	}
	return p
}

func (p *pkg) learn(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			p.declare(n)
		case *ast.TypeSpec:
			p.declareInterface(n)
		case *ast.SelectorExpr:
			p.names[n.Sel.Name] = true
			if x, ok := n.X.(*ast.Ident); ok {
				p.events[x.Name+"."+n.Sel.Name] = true
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok {
				p.names[f.Name] = true
			}
		}
		return true
	})
}

func (p *pkg) declare(f *ast.FuncDecl) {
	if !f.Name.IsExported() {
		return
	}
	p.exported[f.Name.Name] = true
	if f.Recv != nil {
		p.exported[bare(f.Recv.List[0].Type)+"."+f.Name.Name] = true
	}
	for _, param := range f.Type.Params.List {
		if sel, ok := param.Type.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok {
				p.takes[f.Name.Name] = append(p.takes[f.Name.Name], x.Name+"."+sel.Sel.Name)
			}
		}
	}
}

func (p *pkg) declareInterface(t *ast.TypeSpec) {
	i, ok := t.Type.(*ast.InterfaceType)
	if !ok {
		return
	}
	for _, m := range i.Methods.List {
		for _, n := range m.Names {
			p.exported[n.Name], p.exported[t.Name.Name+"."+n.Name] = true, true
		}
	}
}

// bare is the receiver's type without star and type parameters.
func bare(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return bare(e.X)
	case *ast.IndexExpr:
		return bare(e.X)
	case *ast.IndexListExpr:
		return bare(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
