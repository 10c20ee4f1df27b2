// Package impact shows what a change to items touches: the cases that are running on them.
//
// It holds that a case counts as running until it is decided, declined or closed, and that what is
// read is bounded by the running cases and not by all there ever were.
package impact

import (
	"context"
	"fmt"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// View reads across cases and items.
type View struct{ DB db.Reader }

const running = "k.outcome = '' and c.stage not in ('declined', 'granted', 'refused', 'closed')"

type count struct {
	Item ref.ItemID `db:"item"`
	N    int64      `db:"n"`
}

// Running counts the running cases of items; those without any are left out.
func (v *View) Running(ctx context.Context, items ...ref.ItemID) (map[ref.ItemID]int64, error) {
	out := map[ref.ItemID]int64{}
	if len(items) == 0 {
		return out, nil
	}
	rows, err := db.Find[count](ctx, v.DB, fmt.Sprintf(`select k.item, count(*) as n from casefile_item k join casefile_case c on c.id = k.case_id
		where k.item in %s and %s group by k.item`, db.In(1, len(items)), running), db.Any(items)...)
	for _, r := range rows {
		out[r.Item] = r.N
	}
	return out, err
}

// Case is a running case with the version it is on.
type Case struct {
	ID       ref.CaseID      `db:"id"`
	Number   ref.ShortNumber `db:"number"`
	Stage    string          `db:"stage"`
	Version  ref.VersionID   `db:"version"`
	Received time.Time       `db:"received_at"`
}

// Cases lists the running cases of an item by id, behind one.
func (v *View) Cases(ctx context.Context, item ref.ItemID, after ref.CaseID, limit int) ([]Case, error) {
	return db.Find[Case](ctx, v.DB, `select c.id, c.number, c.stage, k.version, c.received_at from casefile_item k join casefile_case c on c.id = k.case_id
		where k.item = $1 and k.case_id > $2 and `+running+` order by k.case_id limit $3`, item, after, limit)
}

// Touched are the items that carry out an entry of the basic catalogue with how many running cases each has.
type Touched struct {
	Item ref.ItemID `db:"id"`
	Name string     `db:"name"`
	N    int64      `db:"n"`
}

// OfCode lists the items of one organ (empty: of all) that carry out an entry of the basic catalogue.
func (v *View) OfCode(ctx context.Context, code string, organ ref.OrganID) ([]Touched, error) {
	rows, err := db.Find[Touched](ctx, v.DB, "select id, name, 0 as n from catalog_item where catalog_code = $1 and ($2 = '' or organ = $2) order by id", code, organ)
	if err != nil {
		return nil, err
	}
	var ids []ref.ItemID
	for _, r := range rows {
		ids = append(ids, r.Item)
	}
	counts, err := v.Running(ctx, ids...)
	for i := range rows {
		rows[i].N = counts[rows[i].Item]
	}
	return rows, err
}
