package standards

import (
	"context"
	"fmt"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/foundation/db"
	"yimen/foundation/fault"
)

// ImportBundles writes bundles in their order, each checked against the items in force; one that does not
// stand holds back all of them. The error names the bundle and each thing that is wrong with it.
func (l *Library) ImportBundles(ctx context.Context, by string, all []catalog.Bundle) error {
	now := l.Now()
	return l.DB.Write(ctx, "standards.ImportBundles", func(ctx context.Context, tx *db.Tx) error {
		for place, b := range all {
			items, err := b.Items(ctx, tx)
			if err != nil {
				return err
			}
			if _, flaws := b.Compose(items); len(flaws) > 0 {
				return fmt.Errorf("bundle %s: %s: %w", b.ID, flaws[0].Path, fault.New(fault.Invalid, flaws[0].Key, flaws[0].Args...))
			}
			if err := catalog.KeepBundle(ctx, tx, b, place, now); err != nil {
				return err
			}
			if err := audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "standards.ImportBundle", Object: "bundle:" + b.ID, After: audit.Digest(fmt.Sprint(b)), At: now}); err != nil {
				return err
			}
		}
		return nil
	})
}
