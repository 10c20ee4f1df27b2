// Package casefile holds cases.
package casefile

import (
	"yimen/foundation/db"
	"yimen/ref"
)

const byID = `with open_rows as (select id from casefile_case where closed_at is distinct from other_col)
	select id from open_rows join casefile_item on true`

// Open takes a case in from a person; the update is told later.
func Open(tx *db.Tx, id ref.CaseID) error { return db.Insert(nil, tx, "casefile_case", byID) }
