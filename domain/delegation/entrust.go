package delegation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Entrustment (委托实施) lets one organ exercise another's power. What it does then is done in the
// entrusting organ's name, under its seal and at its risk, and may not be passed on to a third
// (行政许可法 24).
type Entrustment struct {
	ID       string      `db:"id"`
	From     ref.OrganID `db:"from_organ"` // whose power it is
	To       ref.OrganID `db:"to_organ"`   // who exercises it
	Power    string      `db:"power"`      // the power's word in the power list
	Basis    string      `db:"basis"`      // JSON of one citation: the law, regulation or rule that allows it
	NoticeOn string      `db:"notice_on"`  // when the public was told, yyyy-mm-dd
	NoticeAt string      `db:"notice_at"`  // and where
	Begins   time.Time   `db:"from_at"`
	Until    time.Time   `db:"until_at"` // zero: open
	Revoked  time.Time   `db:"revoked_at"`
	Why      string      `db:"revoked_why"`
	By       ref.StaffID `db:"by_staff"`
}

// Holds says whether the entrustment is in force at a time.
func (e Entrustment) Holds(at time.Time) bool { return holds(e.Begins, e.Until, e.Revoked, at) }

func holds(from, until, revoked, at time.Time) bool {
	return !at.Before(from) && (until.IsZero() || at.Before(until)) && (revoked.IsZero() || at.Before(revoked))
}

const entrustCols = "id, from_organ, to_organ, power, basis, notice_on, notice_at, from_at, until_at, revoked_at, revoked_why, by_staff"

// AddEntrustment writes one.
func AddEntrustment(ctx context.Context, tx *db.Tx, e Entrustment) error {
	return db.Insert(ctx, tx, "delegation_entrust", e)
}

// RevokeEntrustment ends one at a time; Conflict when it was revoked before.
func RevokeEntrustment(ctx context.Context, tx *db.Tx, id string, at time.Time, why string) error {
	n, err := tx.Exec(ctx, "update delegation_entrust set revoked_at = $1, revoked_why = $2 where id = $3 and revoked_at = 0", at, why, id)
	return revoked(n, err)
}

// GetEntrustment reads one.
func GetEntrustment(ctx context.Context, r db.Reader, id string) (Entrustment, error) {
	return db.One[Entrustment](ctx, r, "select "+entrustCols+" from delegation_entrust where id = $1", id)
}

// Entrusted lists what is entrusted to an organ at a time, of the powers named.
func Entrusted(ctx context.Context, r db.Reader, at time.Time, to ref.OrganID, powers ...string) ([]Entrustment, error) {
	if len(powers) == 0 {
		return nil, nil
	}
	return db.Find[Entrustment](ctx, r, "select "+entrustCols+" from delegation_entrust where "+valid+" and to_organ = $2 and power in "+db.In(3, len(powers))+" order by id",
		append([]any{at, to}, db.Any(powers)...)...)
}

// Entrustments lists those that an organ gave or got, or all for an empty organ, behind an id, at
// most limit rows; ended picks those that no longer hold.
func Entrustments(ctx context.Context, r db.Reader, at time.Time, organ ref.OrganID, ended bool, after string, limit int) ([]Entrustment, error) {
	where, args := state(ended), []any{at, after}
	if organ != "" {
		args = append(args, organ)
		where += " and $3 in (from_organ, to_organ)"
	}
	return db.Find[Entrustment](ctx, r, fmt.Sprintf("select "+entrustCols+" from delegation_entrust where %s and id > $2 order by id limit $%d", where, len(args)+1), append(args, limit)...)
}

// state is the condition of what holds or will hold at $1, or of what no longer does.
func state(ended bool) string {
	if ended {
		return "((until_at > 0 and until_at <= $1) or (revoked_at > 0 and revoked_at <= $1))"
	}
	return "(until_at = 0 or until_at > $1) and (revoked_at = 0 or revoked_at > $1)"
}

func revoked(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "delegation.revoked_already")
	}
	return err
}

// Holds says whether the grant is in force at a time.
func (g Grant) Holds(at time.Time) bool { return holds(g.From, g.Until, g.Revoked, at) }

const grantCols = "id, staff, organ, item, kind, from_at, until_at, basis, revoked_at, revoked_why, by_staff"

// GetGrant reads one.
func GetGrant(ctx context.Context, r db.Reader, id string) (Grant, error) {
	return db.One[Grant](ctx, r, "select "+grantCols+" from delegation_grant where id = $1", id)
}

// Revoke ends a grant at a time; Conflict when it was revoked before.
func Revoke(ctx context.Context, tx *db.Tx, id string, at time.Time, why string) error {
	n, err := tx.Exec(ctx, "update delegation_grant set revoked_at = $1, revoked_why = $2 where id = $3 and revoked_at = 0", at, why, id)
	return revoked(n, err)
}

// Filter narrows a list of grants; empty fields do not. The page begins behind After.
type Filter struct {
	Organ ref.OrganID
	Staff []ref.StaffID
	Kind  Kind
	Item  ref.ItemID
	Ended bool // those that no longer hold, instead of those that do or will
	After string
}

// Find lists grants by id, at most limit rows.
func Find(ctx context.Context, r db.Reader, at time.Time, f Filter, limit int) ([]Grant, error) {
	cond, args := []string{state(f.Ended), "id > $2"}, []any{at, f.After}
	for _, c := range []struct{ col, value string }{{"organ", string(f.Organ)}, {"kind", string(f.Kind)}, {"item", string(f.Item)}} {
		if c.value != "" {
			args = append(args, c.value)
			cond = append(cond, fmt.Sprintf("%s = $%d", c.col, len(args)))
		}
	}
	if len(f.Staff) > 0 {
		cond = append(cond, "staff in "+db.In(len(args)+1, len(f.Staff)))
		args = append(args, db.Any(f.Staff)...)
	}
	return db.Find[Grant](ctx, r, fmt.Sprintf("select "+grantCols+" from delegation_grant where %s order by id limit $%d", strings.Join(cond, " and "), len(args)+1), append(args, limit)...)
}
