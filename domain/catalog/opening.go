package catalog

import (
	"context"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Every stands in an opening for all items, halls or kinds of person.
const Every = "*"

// Online stands in an opening's hall for applications that come over no counter.
const Online ref.HallID = "online"

// Opening is a line of the plan by which items are opened step by step (分批开放).
type Opening struct {
	ID    string      `db:"id"`
	Item  ref.ItemID  `db:"item"`     // or Every
	Level ref.Level   `db:"level"`    // of the items meant; 0: of any level
	Hall  ref.HallID  `db:"hall"`     // or Online, or Every
	Kind  string      `db:"kind"`     // a ref.PartyKind, or Every
	From  string      `db:"from_day"` // yyyy-mm-dd
	By    ref.StaffID `db:"by_staff"`
	At    time.Time   `db:"at"`
}

const openingCols = "id, item, level, hall, kind, from_day, by_staff, at"

// AddOpening writes a line of the plan.
func AddOpening(ctx context.Context, tx *db.Tx, o Opening) error {
	return db.Insert(ctx, tx, "catalog_opening", o)
}

// DropOpening takes a line away; false when it was gone.
func DropOpening(ctx context.Context, tx *db.Tx, id string) (bool, error) {
	n, err := tx.Exec(ctx, "delete from catalog_opening where id = $1", id)
	return n > 0, err
}

// Openings lists the plan by item and day, behind a line; the first lines are those for every item.
func Openings(ctx context.Context, r db.Reader, after Opening, limit int) ([]Opening, error) {
	return db.Find[Opening](ctx, r, "select "+openingCols+" from catalog_opening where (item, from_day, id) > ($1, $2, $3) order by item, from_day, id limit $4", after.Item, after.From, after.ID, limit)
}

// mostOpenings bounds the lines that concern one item: halls times kinds times dates.
const mostOpenings = 1000

// OpeningsOf are the lines by which it is judged where and when an item is open: its own if it has
// any, else those for every item that mean its level. None: it is open everywhere.
func OpeningsOf(ctx context.Context, r db.Reader, item ref.ItemID, level ref.Level) ([]Opening, error) {
	all, err := db.Find[Opening](ctx, r, "select "+openingCols+" from catalog_opening where item in ($1, $2) and level in (0, $3) order by from_day, id limit $4", item, Every, level, mostOpenings)
	var own, general []Opening
	for _, o := range all {
		if o.Item == item {
			own = append(own, o)
		} else {
			general = append(general, o)
		}
	}
	if len(own) > 0 {
		return own, err
	}
	return general, err
}

// Open says whether an item with these lines is open at a hall for a kind of person on a day
// (yyyy-mm-dd), and if not, from which day it will be; "" when no day is planned.
func Open(lines []Opening, hall ref.HallID, kind ref.PartyKind, day string) (open bool, from string) {
	if len(lines) == 0 {
		return true, ""
	}
	for _, o := range lines {
		if o.Hall != Every && o.Hall != hall || o.Kind != Every && o.Kind != string(kind) {
			continue
		}
		if o.From <= day {
			return true, ""
		}
		if from == "" || o.From < from {
			from = o.From
		}
	}
	return false, from
}
