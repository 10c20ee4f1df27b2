package catalog

import (
	"context"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// State says whether an item takes applications. Cases already begun go on whatever it is.
type State string

// The states of a published item (事项状态).
const (
	InUse     State = "in_use"    // 在用
	Suspended State = "suspended" // 暂停
	Cancelled State = "cancelled" // 取消
)

// States lists them in the order of a menu.
var States = []State{InUse, Suspended, Cancelled}

// Follows says whether an item in state s may go into next: what is cancelled never comes back.
func (s State) Follows(next State) bool {
	return s != Cancelled && s != next && (next == InUse || next == Suspended || next == Cancelled)
}

// Turn is one decision about an item's state, from a day on.
type Turn struct {
	ID     string      `db:"id"`
	Item   ref.ItemID  `db:"item"`
	State  State       `db:"state"`
	Reason string      `db:"reason"`
	From   string      `db:"from_day"` // yyyy-mm-dd
	By     ref.StaffID `db:"by_staff"`
	At     time.Time   `db:"at"`
	Done   time.Time   `db:"done_at"` // zero until its day
}

const turnCols = "id, item, state, reason, from_day, by_staff, at, done_at"

// TurnDue is the timer of a turn.
type TurnDue struct {
	Item ref.ItemID
	Turn string
}

func (TurnDue) EventName() string  { return "catalog.turn_due/1" }
func (e TurnDue) EventKey() string { return "item:" + string(e.Item) }

// AddTurn notes a turn.
func AddTurn(ctx context.Context, tx *db.Tx, t Turn) error {
	return db.Insert(ctx, tx, "catalog_turn", t)
}

// GetTurn reads one turn.
func GetTurn(ctx context.Context, r db.Reader, id string) (Turn, error) {
	return db.One[Turn](ctx, r, "select "+turnCols+" from catalog_turn where id = $1", id)
}

// mostTurns bounds what is read of an item's history; nothing is turned that often.
const mostTurns = 200

// Turns lists an item's turns, latest first.
func Turns(ctx context.Context, r db.Reader, item ref.ItemID) ([]Turn, error) {
	return db.Find[Turn](ctx, r, "select "+turnCols+" from catalog_turn where item = $1 order by at desc, id desc limit $2", item, mostTurns)
}

// Take brings a turn into effect, or only marks it done when the item cannot go there any more.
func Take(ctx context.Context, tx *db.Tx, t Turn, now time.Time) (took bool, err error) {
	row, err := GetRow(ctx, tx, t.Item)
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, "update catalog_turn set done_at = $1 where id = $2", now, t.ID); err != nil || !row.State.Follows(t.State) {
		return false, err
	}
	reason := t.Reason
	if t.State == InUse {
		reason = ""
	}
	_, err = tx.Exec(ctx, "update catalog_item set state = $1, reason = $2, since = $3 where id = $4", t.State, reason, t.From, t.Item)
	return true, err
}

// mostVersions bounds a list of versions; an item gets a few a year.
const mostVersions = 200

// Versions lists the versions of an item without their documents, latest first.
func Versions(ctx context.Context, r db.Reader, item ref.ItemID) ([]Version, error) {
	return db.Find[Version](ctx, r, "select id, item, number, '' as body, digest, published_at from catalog_version where item = $1 order by number desc limit $2", item, mostVersions)
}
