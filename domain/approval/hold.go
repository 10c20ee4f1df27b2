package approval

import (
	"context"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// HeldUntil is until when nobody else takes the task over: zero for one that nobody holds.
func (t Task) HeldUntil(lease time.Duration) time.Time {
	if t.Holder == "" {
		return time.Time{}
	}
	return t.HeldAt.Add(lease)
}

// Claim makes somebody the holder of an open task that nobody holds, or has held only since stale or before; t.HeldNote says
// why they take it over. Conflict when it is held, or done. The case is locked.
func Claim(ctx context.Context, tx *db.Tx, t Task, who ref.StaffID, now, stale time.Time) error {
	n, err := tx.Exec(ctx, `update approval_task set holder = $1, held_at = $2, held_by = '', held_note = $3
		where id = $4 and state = 'open' and (holder = '' or held_at <= $5)`, who, now, t.HeldNote, t.ID, stale)
	return held(n, err)
}

// Release gives an open task back to its organ; Conflict unless who is its holder.
func Release(ctx context.Context, tx *db.Tx, id ref.TaskID, who ref.StaffID) error {
	n, err := tx.Exec(ctx, `update approval_task set holder = '', held_at = 0, held_by = '', held_note = null
		where id = $1 and state = 'open' and holder = $2`, id, who)
	return held(n, err)
}

// Hand makes t.Holder the holder, with HeldAt, HeldBy and HeldNote, of an open task that from holds, or nobody; Conflict
// otherwise. The case is locked.
func Hand(ctx context.Context, tx *db.Tx, t Task, from ref.StaffID) error {
	n, err := tx.Exec(ctx, `update approval_task set holder = $1, held_at = $2, held_by = $3, held_note = $4
		where id = $5 and state = 'open' and holder in ('', $6)`, t.Holder, t.HeldAt, t.HeldBy, t.HeldNote, t.ID, from)
	return held(n, err)
}

func held(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "fault.task_held")
	}
	return err
}

// Reopen makes a done task open again, in the hands of who did it; Conflict when it is not done.
func Reopen(ctx context.Context, tx *db.Tx, id ref.TaskID, who ref.StaffID, now time.Time) error {
	n, err := tx.Exec(ctx, `update approval_task set state = 'open', done_at = 0, done_by = '', second = '', outcome = '', rule_row = '', note = null, facts = null,
		done_for = '', holder = $1, held_at = $2, held_by = '', held_note = null where id = $3 and state = 'done'`, who, now, id)
	return taken(n, err)
}

// Retract takes an open task back that nobody has touched; Conflict when somebody has.
func Retract(ctx context.Context, tx *db.Tx, id ref.TaskID, now time.Time) error {
	n, err := tx.Exec(ctx, `update approval_task set state = 'undone', done_at = $1
		where id = $2 and state = 'open' and holder = '' and departure = ''`, now, id)
	return taken(n, err)
}

// Bar is a person who withdrew from a case item (回避).
type Bar struct {
	CaseItem ref.CaseItemID `db:"case_item"`
	Staff    ref.StaffID    `db:"staff"`
	At       time.Time      `db:"at"`
	Ground   string         `db:"ground"` // Kin, Interest, Other
	Note     []byte         `db:"note"`   // in their words, sealed under the party's key
}

// Grounds of a withdrawal.
const (
	Kin      = "kin"      // 近亲属
	Interest = "interest" // 利害关系
	Other    = "other"    // 其他可能影响公正的关系
)

// Grounds lists them in the order of a menu.
var Grounds = []string{Kin, Interest, Other}

// Withdraw bars a person from a case item for good, and gives what they hold of it back to its organs. Conflict when they
// withdrew before.
func Withdraw(ctx context.Context, tx *db.Tx, b Bar) error {
	n, err := tx.Exec(ctx, "insert into approval_bar (case_item, staff, at, ground, note) values ($1, $2, $3, $4, $5) on conflict (case_item, staff) do nothing",
		b.CaseItem, b.Staff, b.At, b.Ground, b.Note)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "review.barred")
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update approval_task set holder = '', held_at = 0, held_by = '', held_note = null
		where case_item = $1 and holder = $2 and state = 'open'`, b.CaseItem, b.Staff)
	return err
}

// Barred says whether a person withdrew from a case item.
func Barred(ctx context.Context, r db.Reader, id ref.CaseItemID, who ref.StaffID) (bool, error) {
	found, err := db.Find[int64](ctx, r, "select 1 from approval_bar where case_item = $1 and staff = $2", id, who)
	return len(found) > 0, err
}

// BarsOf lists who withdrew from a case item.
func BarsOf(ctx context.Context, r db.Reader, id ref.CaseItemID) ([]Bar, error) {
	return db.Find[Bar](ctx, r, "select case_item, staff, at, ground, note from approval_bar where case_item = $1 order by at, staff", id)
}

// HeldPlace is the place under which the reason of a holding is sealed.
func HeldPlace(id ref.TaskID) string { return "approval_task.held_note." + string(id) }
