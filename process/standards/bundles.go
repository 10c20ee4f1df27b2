package standards

import (
	"context"
	"fmt"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Together says what keeps items from being one matter: their order and papers, and questions that cannot be asked as one.
func Together(b catalog.Bundle, items map[ref.ItemID]*catalog.Item) ([]catalog.Flaw, error) {
	if _, flaws := b.Compose(items); len(flaws) > 0 {
		return flaws, nil
	}
	_, flaws, err := OneForm(b, items)
	var out []catalog.Flaw
	for _, f := range flaws {
		out = append(out, catalog.Flaw{Path: f.Path, Key: f.Key, Args: f.Args})
	}
	return out, err
}

// OneForm is the form of all parts of a bundle (一张表).
func OneForm(b catalog.Bundle, items map[ref.ItemID]*catalog.Item) (form.Spec, []form.Flaw, error) {
	var specs []form.Spec
	for _, p := range b.Parts {
		spec, err := SpecOf(items[p.Item])
		if err != nil {
			return form.Spec{}, nil, err
		}
		specs = append(specs, spec)
	}
	one, flaws := form.Merge(specs...)
	return one, flaws, nil
}

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
			flaws, err := Together(b, items)
			if err != nil {
				return err
			}
			if len(flaws) > 0 {
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
