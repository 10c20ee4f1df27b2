package standards

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
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

// ImportBundles writes bundles in their order, each checked against the items in use; one that does not
// stand holds back all of them; one that is withdrawn stays so. The fields of the error begin with the bundle's id.
func (l *Library) ImportBundles(ctx context.Context, by string, all []catalog.Bundle) error {
	return l.DB.Write(ctx, "standards.ImportBundles", func(ctx context.Context, tx *db.Tx) error {
		for place, b := range all {
			held, err := catalog.GetKeptBundle(ctx, tx, b.ID)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if _, err := l.keepBundle(ctx, tx, by, catalog.KeptBundle{Bundle: b, Place: place, Version: held.Version, Withdrawn: held.Withdrawn}); err != nil {
				return ofBundle(b.ID, err)
			}
		}
		return nil
	})
}

// ofBundle says of which bundle a mistake is: shop.parts[1].item.
func ofBundle(id string, err error) error {
	bad := slices.Clone(fault.Fields(err))
	if len(bad) == 0 {
		return fmt.Errorf("bundle %s: %w", id, err)
	}
	for i := range bad {
		bad[i].Name = id + "." + bad[i].Name
	}
	return fault.Bad(bad...)
}

// EditBundle writes the next version of a bundle; k.Version is the one the page showed, 0 for a new one. Only the
// standards office may: a bundle joins the items of several organs. Errors: Invalid with a field for each flaw,
// Conflict when somebody else wrote in between.
func (l *Library) EditBundle(ctx context.Context, s once.Submit, by org.Staff, k catalog.KeptBundle) error {
	if !by.Has("standards") {
		return fault.New(fault.Denied, "standards.office_only")
	}
	return l.DB.Write(ctx, "standards.EditBundle", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, s, func() (string, error) { return l.keepBundle(ctx, tx, staff(by), k) })
		return err
	})
}

// bundleID is what stands in a bundle's address; at "new" one is made.
var bundleID = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)

// keepBundle checks a bundle against the items in use and writes it; one that is withdrawn need not hold together.
func (l *Library) keepBundle(ctx context.Context, tx *db.Tx, by string, k catalog.KeptBundle) (string, error) {
	if !bundleID.MatchString(k.ID) || k.ID == "new" {
		return "", fault.Bad(fault.Field{Name: "id", Key: "bundle.id"})
	}
	if !k.Withdrawn {
		items, err := k.Items(ctx, tx)
		if err != nil {
			return "", err
		}
		flaws, err := Together(k.Bundle, items)
		if err != nil {
			return "", err
		}
		if err := refused(flaws); err != nil {
			return "", err
		}
	}
	now := l.Now()
	version, err := catalog.KeepBundle(ctx, tx, k, by, now)
	if err != nil || version == k.Version {
		return k.ID, err
	}
	return k.ID, audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "standards.EditBundle", Object: "bundle:" + k.ID, After: audit.Digest(fmt.Sprint(k)), At: now})
}
