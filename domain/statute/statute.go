// Package statute holds the laws themselves: every text by name, version, article, paragraph and point, what stands
// where on a day, and what in the town rests on which article.
//
// Invariants: a version once loaded is never changed or removed; the newest version that has taken effect is the one in
// force, until another law ends it; a citation is never free text: it resolves on a day, or says which part does not.
package statute

import (
	"path"
	"strings"
)

// IsText says that a file of a folder is a law text: Markdown, but no readme and no index.
func IsText(file string) bool {
	name := path.Base(file)
	return path.Ext(name) == ".md" && !strings.EqualFold(name, "README.md") && !strings.HasPrefix(name, "_")
}
