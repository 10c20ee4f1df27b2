package casefile

import (
	"context"

	"yimen/foundation/db"
	"yimen/ref"
)

// SetVersion takes a case item over to another version of its item; the case is locked.
func SetVersion(ctx context.Context, tx *db.Tx, id ref.CaseItemID, version ref.VersionID) error {
	_, err := tx.Exec(ctx, "update casefile_item set version = $1 where id = $2", version, id)
	return err
}
