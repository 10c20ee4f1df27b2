package text

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// use is a message key that the code names; prefix when a variable part follows ("status."+x).
type use struct {
	key    string
	prefix bool
	at     string
}

// TestMessageKeys finds keys that the code names and no catalogue has.
func TestMessageKeys(t *testing.T) {
	for _, u := range usesBelow(t, "../..") {
		if !known(u) {
			t.Errorf("%s: no sentence for %q", u.at, u.key)
		}
	}
}

func known(u use) bool {
	if !u.prefix {
		return Has(u.key)
	}
	for _, key := range Keys() {
		if strings.HasPrefix(key, u.key) {
			return true
		}
	}
	return false
}

func TestPlantedKeysAreFound(t *testing.T) {
	source := `package x
		var a = fault.New(fault.Denied, "p.one")
		var b = fault.Field{Name: "x", Key: "p.two"}
		var c = fault.Field{"x", "p.three", nil}
		var d = text.T(lang(), "p.four", "n", 1) + p.T("p.five."+state)
		var e = page.Route{Title: "p.six"}
		var f = text.Key("p.seven")
		var g = other.T(1, 2)`
	got := map[string]bool{}
	for _, u := range goUses(t, "x.go", source) {
		got[u.key] = true
	}
	for _, u := range templUses("x.templ", "{ p.T(\"p.eight\", \"n\", 1) } @page.X(p, text.T(p.Lang, \"p.nine\"))") {
		got[u.key] = true
	}
	for _, key := range []string{"p.one", "p.two", "p.three", "p.four", "p.five.", "p.six", "p.seven", "p.eight", "p.nine"} {
		if !got[key] {
			t.Errorf("planted key %s was not found", key)
		}
	}
}

func usesBelow(t *testing.T, root string) (out []use) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == "node_modules" || n == "testdata" || n == "var" || n == "dist" || len(n) > 2 && n[0] == '.' {
				return filepath.SkipDir
			}
			return nil
		}
		isGo := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, "_templ.go")
		if !isGo && !strings.HasSuffix(path, ".templ") {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if isGo {
			out = append(out, goUses(t, path, string(raw))...)
		} else {
			out = append(out, templUses(path, string(raw))...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func goUses(t *testing.T, path, source string) (out []use) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Errorf("%v", err)
		return nil
	}
	take := func(e ast.Expr) {
		if u, ok := literal(e); ok {
			u.at = set.Position(e.Pos()).String()
			out = append(out, u)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if i := keyArgument(n); i >= 0 && i < len(n.Args) {
				take(n.Args[i])
			}
		case *ast.CompositeLit:
			for _, e := range keysOf(n) {
				take(e)
			}
		}
		return true
	})
	return out
}

// keyArgument is the place of the key among a call's arguments, -1 for other calls.
func keyArgument(call *ast.CallExpr) int {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return -1
	}
	owner, _ := sel.X.(*ast.Ident)
	inText := owner != nil && owner.Name == "text"
	switch {
	case owner != nil && owner.Name == "fault" && sel.Sel.Name == "New", inText && sel.Sel.Name == "T":
		return 1
	case inText && sel.Sel.Name == "Key", sel.Sel.Name == "T" && !inText:
		return 0
	}
	return -1
}

// keysOf are the keys in fault.Field{…} and page.Route{…}, the latter also in lists of routes.
func keysOf(lit *ast.CompositeLit) (out []ast.Expr) {
	name := typeName(lit.Type)
	if name == "fault.Field" && len(lit.Elts) > 1 {
		if _, named := lit.Elts[0].(*ast.KeyValueExpr); !named {
			return lit.Elts[1:2]
		}
	}
	field := map[string]string{"fault.Field": "Key", "page.Route": "Title", "Route": "Title"}[name]
	if array, ok := lit.Type.(*ast.ArrayType); ok && strings.HasSuffix(typeName(array.Elt), "Route") {
		for _, e := range lit.Elts {
			if inner, ok := e.(*ast.CompositeLit); ok && inner.Type == nil {
				out = append(out, valueOf(inner, "Title")...)
			}
		}
	}
	if field != "" {
		out = append(out, valueOf(lit, field)...)
	}
	return out
}

func valueOf(lit *ast.CompositeLit, field string) (out []ast.Expr) {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == field {
				out = append(out, kv.Value)
			}
		}
	}
	return out
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

// literal reads "a.b" or "a."+x.
func literal(e ast.Expr) (use, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING && s != "" {
			return use{key: s, prefix: strings.HasSuffix(s, ".")}, true
		}
	case *ast.BinaryExpr:
		u, ok := literal(e.X)
		u.prefix = true
		return u, ok
	}
	return use{}, false
}

var templKey = regexp.MustCompile(`(?:\btext\.T\([\w.()]+,\s*|\btext\.Key\(|\.T\(|\bfault\.New\([\w.]+,\s*)"([^"]+)"(\s*\+)?`)

func templUses(path, source string) (out []use) {
	for _, m := range templKey.FindAllStringSubmatchIndex(source, -1) {
		key := source[m[2]:m[3]]
		line := 1 + strings.Count(source[:m[0]], "\n")
		out = append(out, use{key: key, prefix: m[4] >= 0 || strings.HasSuffix(key, "."), at: path + ":" + strconv.Itoa(line)})
	}
	return out
}
