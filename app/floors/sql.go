package floors

import (
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const (
	ownTables = "a table is written and read by the package whose name it bears"
	onlyLook  = "business tables are written only by a process through their domain"
	noSQL     = "only domain, view and foundation speak SQL; here it would go around their rules"
)

var (
	// A table of ours always has an underscore; words of prose after "from" or "update" have none.
	tableName = regexp.MustCompile(`(?i)\b(distinct\s+from|from|join|into|update|table|references)\s+(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?"?([a-z][a-z0-9]*_[a-z0-9_]+)"?`)
	withName  = regexp.MustCompile(`(?i)\b([a-z][a-z0-9_]*)\s*(?:\([^()]*\)\s*)?as\s+(?:not\s+materialized\s+|materialized\s+)?\(`)
	indexOn   = regexp.MustCompile(`(?i)\bcreate\s+(?:unique\s+)?index\s+(?:if\s+not\s+exists\s+)?([a-z0-9_]+)\s+on\s+([a-z0-9_]+)`)
	created   = regexp.MustCompile(`(?i)\bcreate\s+(?:table|view)\s+(?:if\s+not\s+exists\s+)?([a-z0-9_]+)`)
	deletes   = regexp.MustCompile(`(?i)\bdelete\s+from\s+$`)
	comment   = regexp.MustCompile(`(?m)--[^\n]*$`)
)

// mention is one table named in a piece of SQL.
type mention struct {
	verb, table string
}

func (m mention) writes() bool {
	return m.verb == "into" || m.verb == "update" || m.verb == "table" || m.verb == "delete"
}

// mentions finds the tables that a text names, leaving out names that its own WITH made.
func mentions(text string) []mention {
	made := map[string]bool{}
	for _, m := range withName.FindAllStringSubmatch(text, -1) {
		made[strings.ToLower(m[1])] = true
	}
	var out []mention
	for _, at := range tableName.FindAllStringSubmatchIndex(text, -1) {
		verb, table := strings.ToLower(text[at[2]:at[3]]), strings.ToLower(text[at[4]:at[5]])
		if strings.HasPrefix(verb, "distinct") || made[table] {
			continue
		}
		if deletes.MatchString(text[:at[4]]) {
			verb = "delete"
		}
		out = append(out, mention{verb, table})
	}
	return out
}

// tables holds the SQL in string literals against the owner's prefix.
func tables(t *tree, _ Rules) []Violation {
	var out []Violation
	for _, s := range t.sources {
		judge := judgeOf(s)
		if judge == nil {
			continue
		}
		for _, l := range literals(s.file) {
			for _, m := range l.mentions() {
				if reason := judge(m); reason != "" {
					out = append(out, Violation{"sql", s.path, s.line(l.node), m.verb + " " + m.table, reason})
				}
			}
		}
	}
	return out
}

// judgeOf gives the rule for one file's SQL, nil where there is none.
func judgeOf(s *source) func(mention) string {
	parts := strings.Split(s.dir, "/")
	if s.made || len(parts) < 2 && parts[0] != "town" {
		return nil
	}
	switch parts[0] {
	case "domain":
		return ownerOf(parts[1])
	case "foundation":
		if s.test || parts[1] == "db" || parts[1] == "search" {
			return nil
		}
		return ownerOf(parts[1])
	case "view":
		if s.test {
			return nil
		}
		return func(m mention) string {
			if m.writes() {
				return onlyLook
			}
			return ""
		}
	case "process", "web", "town", "device", "connector":
		if s.test {
			return nil
		}
		return func(mention) string { return noSQL }
	}
	return nil
}

func ownerOf(name string) func(mention) string {
	return func(m mention) string {
		if strings.HasPrefix(m.table, name+"_") {
			return ""
		}
		return ownTables
	}
}

// literal is a string constant, with concatenated parts put together.
type literal struct {
	node   ast.Node
	text   string
	insert bool // the table argument of db.Insert
}

func (l literal) mentions() []mention {
	if l.insert {
		return []mention{{"into", l.text}}
	}
	return mentions(l.text)
}

func literals(file *ast.File) []literal {
	var out []literal
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.CallExpr:
			if table, ok := insertTable(n); ok {
				out = append(out, literal{n, table, true})
			}
		case *ast.BinaryExpr, *ast.BasicLit:
			if text, ok := joined(n.(ast.Expr)); ok {
				out = append(out, literal{n, text, false})
				return false
			}
		}
		return true
	})
	return out
}

// insertTable recognises db.Insert(ctx, tx, "table", …). A table named by anything but a literal bears no prefix that a
// reader of the line could see, and is refused.
func insertTable(call *ast.CallExpr) (string, bool) {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "Insert" || len(call.Args) < 3 {
		return "", false
	}
	if x, ok := f.X.(*ast.Ident); !ok || x.Name != "db" {
		return "", false
	}
	text, ok := joined(call.Args[2])
	if !ok {
		text = "(not a literal)"
	}
	return text, true
}

// joined puts "a" + x + "b" together; what is not a literal becomes a space.
func joined(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		left, okLeft := joined(e.X)
		right, okRight := joined(e.Y)
		return left + blank(okLeft) + right + blank(okRight), okLeft || okRight
	case *ast.ParenExpr:
		return joined(e.X)
	}
	return "", false
}

func blank(literal bool) string {
	if literal {
		return ""
	}
	return " "
}

var migrationName = regexp.MustCompile(`^[0-9]{14}_[a-z0-9_]+\.sql$`)

// migrations holds schema files against the owner's prefix, and their versions against each other.
func migrations(t *tree, _ Rules) []Violation {
	var out []Violation
	seen := map[string]string{}
	for _, path := range t.sql {
		refuse := func(what, reason string) {
			out = append(out, Violation{"migrations", path, 0, what, reason})
		}
		parts := strings.Split(path, "/")
		if len(parts) != 4 || parts[2] != "schema" {
			refuse("is no schema/*.sql of a package", "migrations stand beside the store that owns the tables")
			continue
		}
		if !migrationName.MatchString(parts[3]) {
			refuse("is not named YYYYMMDDhhmmss_what.sql", "versions are UTC timestamps")
			continue
		}
		if other, twice := seen[parts[3][:14]]; twice {
			refuse("has the version of "+other, "one provider runs all migrations in one order")
		}
		seen[parts[3][:14]] = path
		text, err := os.ReadFile(filepath.Join(t.root, path))
		if err != nil {
			refuse(err.Error(), "must be readable")
			continue
		}
		if !strings.HasPrefix(string(text), "-- +goose Up") {
			refuse("does not begin with -- +goose Up", "goose runs nothing else")
		}
		for _, what := range schemaFaults(comment.ReplaceAllString(string(text), ""), parts[1]) {
			refuse(what, ownTables)
		}
	}
	return out
}

func schemaFaults(text, owner string) []string {
	var out []string
	own := ownerOf(owner)
	for _, m := range mentions(text) {
		if own(m) != "" {
			out = append(out, m.verb+" "+m.table)
		}
	}
	for _, m := range created.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(m[1], "_") {
			out = append(out, "create "+m[1]+": no prefix")
		}
	}
	for _, m := range indexOn.FindAllStringSubmatch(text, -1) {
		for _, name := range m[1:] {
			if own(mention{"index", name}) != "" {
				out = append(out, fmt.Sprintf("index %s on %s", m[1], m[2]))
				break
			}
		}
	}
	return out
}
