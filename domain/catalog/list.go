package catalog

import (
	"context"
	"fmt"

	"yimen/foundation/db"
	"yimen/foundation/search"
	"yimen/ref"
)

// List is Search for machines: the same items, in the order of their ids, so that a list can go on behind a row.
func List(ctx context.Context, r db.Reader, query string, after ref.ItemID, limit int) ([]Row, error) {
	where, args := found(query)
	n := len(args)
	return db.Find[Row](ctx, r, fmt.Sprintf("select "+rowCols+" from catalog_item where %s and id > $%d order by id limit $%d", where, n+1, n+2), append(args, after, limit)...)
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
