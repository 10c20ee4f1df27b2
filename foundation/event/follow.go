package event

import (
	"context"
	"time"

	"yimen/foundation/db"
)

// Sealed is an event with its place in the one order of the house.
type Sealed struct {
	ID   string    `db:"id"`
	Name string    `db:"name"`
	Key  string    `db:"key"`
	Pos  int64     `db:"pos"`
	At   time.Time `db:"at"`
}

// After lists sealed events behind a position, at most limit, in order. It is for projections,
// which follow pos; hearers do not read by cursor.
func After(ctx context.Context, r db.Reader, pos int64, limit int) ([]Sealed, error) {
	return db.Find[Sealed](ctx, r, "select id, name, key, pos, at from event_event where pos > $1 order by pos limit $2", pos, limit)
}

// Last is the highest position given out, 0 when there is none.
func Last(ctx context.Context, r db.Reader) (pos int64, err error) {
	err = r.QueryRow(ctx, "select coalesce(max(pos), 0) from event_event").Scan(&pos)
	return pos, err
}
