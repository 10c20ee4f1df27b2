package db

import (
	"context"
	"fmt"
	"strings"
)

// bulkRows keeps a statement's arguments below what an engine takes.
const bulkRows = 400

// UpdateMany sets columns of many rows of a table by their id, a few hundred in one statement. Types are the columns' SQL types, the
// id's first; row gives the i-th row's values in the same order.
func UpdateMany(ctx context.Context, tx *Tx, table string, columns, types []string, n int, row func(i int) []any) error {
	sets := make([]string, len(columns))
	for i, c := range columns {
		sets[i] = c + " = v." + c
	}
	for from := 0; from < n; from += bulkRows {
		var args []any
		for i := from; i < min(from+bulkRows, n); i++ {
			args = append(args, row(i)...)
		}
		text := fmt.Sprintf("with v(id, %s) as (values %s) update %s set %s from v where %s.id = v.id",
			strings.Join(columns, ", "), casts(types, len(args)/len(types)), table, strings.Join(sets, ", "), table)
		if _, err := tx.Exec(ctx, text, args...); err != nil {
			return err
		}
	}
	return nil
}

// casts are n rows of typed arguments: PostgreSQL takes untyped ones of a VALUES list for text.
func casts(types []string, n int) string {
	rows := make([]string, n)
	for i := range rows {
		cells := make([]string, len(types))
		for k, t := range types {
			cells[k] = fmt.Sprintf("cast($%d as %s)", i*len(types)+k+1, t)
		}
		rows[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	return strings.Join(rows, ", ")
}
