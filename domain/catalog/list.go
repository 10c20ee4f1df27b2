package catalog

import (
	"context"
	"fmt"
	"strings"

	"yimen/foundation/db"
	"yimen/ref"
)

// List is Find for machines: the same items, in use, in the order of their ids, so that a list can go on behind a row.
func List(ctx context.Context, r db.Reader, query string, after ref.ItemID, limit int) ([]Row, error) {
	w := &words{}
	sql := fmt.Sprintf("select "+rowCols+" from catalog_item where %s and state = 'in_use' and id > %s order by id limit %s", w.among(query), w.arg(after), w.arg(limit))
	return db.Find[Row](ctx, r, sql, w.args...)
}

// Wanted is what a desk's list of items is narrowed by; empty fields take all.
type Wanted struct {
	Query    string // as Find
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
	v := &words{}
	conditions := []string{v.among(w.Query)}
	if w.Organ != "" {
		conditions = append(conditions, "organ = "+v.arg(w.Organ))
	}
	if w.State != "" {
		conditions = append(conditions, "state = "+v.arg(w.State))
	}
	if w.Level != 0 {
		conditions = append(conditions, "level = "+v.arg(w.Level))
	}
	if w.TaskType != "" {
		conditions = append(conditions, "task_type = "+v.arg(w.TaskType))
	}
	if w.ID != "" {
		conditions = append(conditions, fmt.Sprintf("(name, id) > (%s, %s)", v.arg(w.Name), v.arg(w.ID)))
	}
	return fmt.Sprintf("select "+rowCols+" from catalog_item where %s order by name, id limit %s", strings.Join(conditions, " and "), v.arg(limit)), v.args
}
