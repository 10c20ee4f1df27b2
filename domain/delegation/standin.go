package delegation

import (
	"context"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// StandIn (代班) shows what an absent officer holds to a colleague, who may do it in their stead for a period. It grants
// nothing: the colleague does only what grants of their own allow.
type StandIn struct {
	ID      string      `db:"id"`
	Absent  ref.StaffID `db:"absent"`
	Stand   ref.StaffID `db:"stand"`
	Organ   ref.OrganID `db:"organ"` // of both
	From    time.Time   `db:"from_at"`
	Until   time.Time   `db:"until_at"`
	Made    time.Time   `db:"made_at"`
	By      ref.StaffID `db:"by_staff"` // the absent officer, or who keeps the organ's affairs
	Revoked time.Time   `db:"revoked_at"`
	Ended   ref.StaffID `db:"revoked_by"`
}

// Holds says whether it is in force at a time.
func (s StandIn) Holds(at time.Time) bool { return holds(s.From, s.Until, s.Revoked, at) }

const standCols = "id, absent, stand, organ, from_at, until_at, made_at, by_staff, revoked_at, revoked_by"

// AddStandIn writes one; Conflict when the same two have one whose period overlaps.
func AddStandIn(ctx context.Context, tx *db.Tx, s StandIn) error {
	same, err := db.Find[int64](ctx, tx, `select 1 from delegation_standin where absent = $1 and stand = $2 and from_at < $3 and until_at > $4
		and (revoked_at = 0 or revoked_at > $4) limit 1`, s.Absent, s.Stand, s.Until, s.From)
	if err != nil {
		return err
	}
	if len(same) > 0 {
		return fault.New(fault.Conflict, "inbox.stand.twice")
	}
	return db.Insert(ctx, tx, "delegation_standin", s)
}

// EndStandIn ends one at a time; Conflict when it was ended before.
func EndStandIn(ctx context.Context, tx *db.Tx, id string, at time.Time, by ref.StaffID) error {
	n, err := tx.Exec(ctx, "update delegation_standin set revoked_at = $1, revoked_by = $2 where id = $3 and revoked_at = 0", at, by, id)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "inbox.stand.over")
	}
	return err
}

// GetStandIn reads one.
func GetStandIn(ctx context.Context, r db.Reader, id string) (StandIn, error) {
	return db.One[StandIn](ctx, r, "select "+standCols+" from delegation_standin where id = $1", id)
}

// StandsFor lists for whom a person stands in at a time.
func StandsFor(ctx context.Context, r db.Reader, now time.Time, who ref.StaffID) ([]ref.StaffID, error) {
	return db.Find[ref.StaffID](ctx, r, "select distinct absent from delegation_standin where "+valid+" and stand = $2 order by absent", now, who)
}

// StandIns lists those of an organ that hold at a time or will, the first to begin first, at most limit.
func StandIns(ctx context.Context, r db.Reader, at time.Time, organ ref.OrganID, limit int) ([]StandIn, error) {
	return db.Find[StandIn](ctx, r, "select "+standCols+" from delegation_standin where "+state(false)+" and organ = $2 order by from_at, id limit $3", at, organ, limit)
}
