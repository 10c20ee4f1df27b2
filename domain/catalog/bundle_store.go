package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// MostBundles is how many bundles a town may have; they are all read for the front door.
const MostBundles = 500

// KeptBundle is a bundle as it is held.
type KeptBundle struct {
	Bundle
	Place     int // in the list of the front door, from 0
	Version   int // 0: not kept yet
	Withdrawn bool
	At        time.Time
}

type bundleRow struct {
	ID        string    `db:"id"`
	Name      string    `db:"name"`
	Side      Side      `db:"side"`
	Place     int       `db:"place"`
	Version   int       `db:"version"`
	Withdrawn bool      `db:"withdrawn"`
	Body      string    `db:"body"`
	At        time.Time `db:"at"`
}

const bundleCols = "id, name, side, place, version, withdrawn, body, at"

func (row bundleRow) kept() (KeptBundle, error) {
	k := KeptBundle{Place: row.Place, Version: row.Version, Withdrawn: row.Withdrawn, At: row.At}
	if err := json.Unmarshal([]byte(row.Body), &k.Bundle); err != nil {
		return k, fmt.Errorf("bundle %s: %w", row.ID, err)
	}
	return k, nil
}

// BundleVersion is what a bundle once was.
type BundleVersion struct {
	Bundle  string    `db:"bundle"`
	Version int       `db:"version"`
	Body    string    `db:"body"`
	By      string    `db:"by_whom"`
	At      time.Time `db:"at"`
}

// KeepBundle writes a bundle as its next version and gives that; k.Version is the one last seen, 0 for a new bundle.
// One that says what is held already makes none. Errors: Conflict when somebody else wrote in between, or there are
// MostBundles.
func KeepBundle(ctx context.Context, tx *db.Tx, k KeptBundle, by string, now time.Time) (int, error) {
	held, err := GetKeptBundle(ctx, tx, k.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return 0, err
	}
	if held.Version != k.Version {
		return 0, fault.New(fault.Conflict, "fault.draft_changed")
	}
	body, err := json.Marshal(k.Bundle)
	if err != nil {
		return 0, err
	}
	old, err := json.Marshal(held.Bundle)
	if err != nil || k.Version > 0 && string(old) == string(body) && held.Place == k.Place && held.Withdrawn == k.Withdrawn {
		return held.Version, err
	}
	row := bundleRow{k.ID, k.Name, k.Side, k.Place, k.Version + 1, k.Withdrawn, string(body), now}
	if err := putBundle(ctx, tx, row); err != nil {
		return 0, err
	}
	if err := keepParts(ctx, tx, k.Bundle); err != nil {
		return 0, err
	}
	return row.Version, db.Insert(ctx, tx, "catalog_bundle_version", BundleVersion{k.ID, row.Version, row.Body, by, now})
}

func putBundle(ctx context.Context, tx *db.Tx, row bundleRow) error {
	if row.Version > 1 {
		_, err := tx.Exec(ctx, "update catalog_bundle set name = $1, side = $2, place = $3, version = $4, withdrawn = $5, body = $6, at = $7 where id = $8",
			row.Name, row.Side, row.Place, row.Version, row.Withdrawn, row.Body, row.At, row.ID)
		return err
	}
	n, err := db.One[struct {
		N int `db:"n"`
	}](ctx, tx, "select count(*) as n from catalog_bundle")
	if err != nil {
		return err
	}
	if n.N >= MostBundles {
		return fault.New(fault.Conflict, "bundle.most", "n", MostBundles)
	}
	return db.Insert(ctx, tx, "catalog_bundle", row)
}

func keepParts(ctx context.Context, tx *db.Tx, b Bundle) error {
	if _, err := tx.Exec(ctx, "delete from catalog_bundle_part where bundle = $1", b.ID); err != nil {
		return err
	}
	type part struct {
		Bundle string     `db:"bundle"`
		Item   ref.ItemID `db:"item"`
	}
	var all []part
	for _, p := range b.Parts {
		if x := (part{b.ID, p.Item}); !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	return db.Insert(ctx, tx, "catalog_bundle_part", all...)
}

// offered is a bundle people can be sent to: not withdrawn, and every part is in use.
const offered = `withdrawn = 0 and not exists (select 1 from catalog_bundle_part p left join catalog_item i on i.id = p.item and i.state = 'in_use'
	where p.bundle = catalog_bundle.id and i.id is null)`

// Bundles lists the bundles of a side that are offered; an empty side lists all.
func Bundles(ctx context.Context, r db.Reader, side Side) ([]Bundle, error) {
	kept, err := keptBundles(ctx, r, "(side = $1 or $2 = '') and "+offered, side, side)
	out := make([]Bundle, len(kept))
	for i, k := range kept {
		out[i] = k.Bundle
	}
	return out, err
}

// KeptBundles lists all bundles as they are held, and which of them are offered.
func KeptBundles(ctx context.Context, r db.Reader) ([]KeptBundle, map[string]bool, error) {
	all, err := keptBundles(ctx, r, "1 = 1")
	if err != nil {
		return nil, nil, err
	}
	open, err := keptBundles(ctx, r, offered)
	is := map[string]bool{}
	for _, k := range open {
		is[k.ID] = true
	}
	return all, is, err
}

func keptBundles(ctx context.Context, r db.Reader, where string, args ...any) ([]KeptBundle, error) {
	rows, err := db.Find[bundleRow](ctx, r, "select "+bundleCols+" from catalog_bundle where "+where+" order by place, id", args...)
	if err != nil {
		return nil, err
	}
	out := make([]KeptBundle, len(rows))
	for i, row := range rows {
		if out[i], err = row.kept(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// GetKeptBundle reads a bundle as it is held. Errors: NotFound.
func GetKeptBundle(ctx context.Context, r db.Reader, id string) (KeptBundle, error) {
	row, err := db.One[bundleRow](ctx, r, "select "+bundleCols+" from catalog_bundle where id = $1", id)
	if err != nil {
		return KeptBundle{}, err
	}
	return row.kept()
}

// BundleHistory lists a bundle's versions, latest first.
func BundleHistory(ctx context.Context, r db.Reader, id string) ([]BundleVersion, error) {
	return db.Find[BundleVersion](ctx, r, "select bundle, version, body, by_whom, at from catalog_bundle_version where bundle = $1 order by version desc", id)
}

// Items reads the items in use of a bundle's parts; one that is not there is left out, and Compose says so.
func (b Bundle) Items(ctx context.Context, r db.Reader) (map[ref.ItemID]*Item, error) {
	items := map[ref.ItemID]*Item{}
	for _, p := range b.Parts {
		row, err := GetRow(ctx, r, p.Item)
		if fault.Is(err, fault.NotFound) || err == nil && row.State != InUse {
			continue
		}
		if err != nil {
			return nil, err
		}
		v, err := Get(ctx, r, row.Version)
		if err != nil {
			return nil, err
		}
		items[p.Item] = v.Doc()
	}
	return items, nil
}

// GetBundle reads a bundle with its items in use. Errors: NotFound when it is withdrawn, or does not hold together
// since an item changed.
func GetBundle(ctx context.Context, r db.Reader, id string) (Composed, error) {
	k, err := GetKeptBundle(ctx, r, id)
	if err != nil {
		return Composed{}, err
	}
	items, err := k.Items(ctx, r)
	if err != nil {
		return Composed{}, err
	}
	c, flaws := k.Compose(items)
	if k.Withdrawn || len(flaws) > 0 {
		return c, fault.New(fault.NotFound, "bundle.closed")
	}
	return c, nil
}
