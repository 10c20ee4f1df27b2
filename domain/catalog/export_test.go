package catalog

import (
	"strings"
	"testing"

	"yimen/foundation/db"
)

// PlanOf is how SQLite reads a page of the list; empty on other engines.
func PlanOf(t *testing.T, d *db.DB, w Wanted) string {
	t.Helper()
	if d.Engine() != db.SQLite {
		return ""
	}
	query, args := w.query(100)
	rows, err := d.Query(t.Context(), "explain query plan "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int64
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, detail)
	}
	return strings.Join(lines, "; ")
}
