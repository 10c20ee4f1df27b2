package catalog

import (
	"context"
	"fmt"
	"strings"

	"yimen/foundation/db"
	"yimen/foundation/search"
	"yimen/ref"
)

// List is Search for machines: the same items, in use, in the order of their ids, so that a list can go on behind a row.
func List(ctx context.Context, r db.Reader, query string, after ref.ItemID, limit int) ([]Row, error) {
	where, args := found(query)
	n := len(args)
	return db.Find[Row](ctx, r, fmt.Sprintf("select "+rowCols+" from catalog_item where %s and state = 'in_use' and id > $%d order by id limit $%d", where, n+1, n+2), append(args, after, limit)...)
}

// Wanted is what a desk's list of items is narrowed by; empty fields take all.
type Wanted struct {
	Query    string // as Search
	Organ    ref.OrganID
	State    State
	Level    ref.Level
	TaskType ref.TaskType
	Name     string     // the list goes on behind the row of this name
	ID       ref.ItemID // and id
}

// Browse lists items whatever their state, by name and then id.
func Browse(ctx context.Context, r db.Reader, w Wanted, limit int) ([]Row, error) {
	query, args := w.query(limit)
	return db.Find[Row](ctx, r, query, args...)
}

func (w Wanted) query(limit int) (query string, args []any) {
	where, args := found(w.Query)
	conditions := []string{where}
	also := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprint("$", len(args)), 1)
		}
		conditions = append(conditions, condition)
	}
	if w.Organ != "" {
		also("organ = ?", w.Organ)
	}
	if w.State != "" {
		also("state = ?", w.State)
	}
	if w.Level != 0 {
		also("level = ?", w.Level)
	}
	if w.TaskType != "" {
		also("task_type = ?", w.TaskType)
	}
	if w.ID != "" {
		also("(name, id) > (?, ?)", w.Name, w.ID)
	}
	args = append(args, limit)
	return fmt.Sprintf("select "+rowCols+" from catalog_item where %s order by name, id limit $%d", strings.Join(conditions, " and "), len(args)), args
}

// found is the condition under which an item answers a query.
func found(query string) (where string, args []any) {
	folded := search.Fold(query)
	if folded == "" {
		return "1 = 1", nil
	}
	if search.Latin(folded) {
		end := folded + "\U0010FFFF"
		return "id in (select item from catalog_term where (term >= $1 and term < $2) or (term >= $3 and term < $4))", []any{"p:" + folded, "p:" + end, "c:" + folded, "c:" + end}
	}
	terms := search.QueryTerms(query)
	for i := range terms {
		terms[i] = "t:" + terms[i]
	}
	n := len(terms)
	if n == 0 {
		return "1 = 0", nil
	}
	return fmt.Sprintf("id in (select item from catalog_term where term in %s group by item having count(*) >= $%d)", db.In(1, n), n+1), append(db.Any(terms), (n+1)/2)
}
