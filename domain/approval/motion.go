package approval

import (
	"context"
	"encoding/json"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Motion (报请) is what an officer asks the organ's head for: what changes a case's time, or asks more of its applicant.
type Motion struct {
	ID         string          `db:"id"`
	Case       ref.CaseID      `db:"case_id"`
	CaseItem   ref.CaseItemID  `db:"case_item"`
	Organ      ref.OrganID     `db:"organ"` // whose head answers
	Item       ref.ItemID      `db:"item"`
	Number     ref.ShortNumber `db:"number"`
	Kind       string          `db:"kind"`
	Special    string          `db:"special"` // of a pause: the kind of special procedure
	N          int             `db:"n"`       // how long
	Unit       string          `db:"unit"`
	By         ref.StaffID     `db:"by_staff"`
	Made       time.Time       `db:"made_at"`
	Body       []byte          `db:"body"` // a MotionBody, sealed under the party's key
	State      string          `db:"state"`
	AnsweredBy ref.StaffID     `db:"answered_by"`
	AnsweredAt time.Time       `db:"answered_at"`
	Answer     []byte          `db:"answer"` // in words, sealed likewise
}

// Kinds of motion.
const (
	Pause  = "pause"  // 特别程序 (行政许可法 45)
	Extend = "extend" // 延期 (42)
	Ask    = "ask"    // 审查阶段补正
)

// MotionKinds are in the order of a menu.
var MotionKinds = []string{Pause, Extend, Ask}

// States a motion ends in.
const (
	Approved  = "approved"
	Rejected  = "rejected"
	Retracted = "retracted"
)

// MotionBody is what a motion says in words.
type MotionBody struct {
	Reason string   `json:"reason"`
	Points []string `json:"points,omitempty"` // what the applicant is asked for
}

const motionCols = "id, case_id, case_item, organ, item, number, kind, special, n, unit, by_staff, made_at, body, state, answered_by, answered_at, answer"

func motionPlace(id, part string) string { return "approval_motion." + part + "." + id }

// Put writes a motion; Conflict when one of its kind waits for the item already. The case is locked.
func Put(ctx context.Context, tx *db.Tx, v *crypto.Vault, party ref.PartyID, m Motion, body MotionBody) error {
	plain, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if m.Body, err = v.Seal(ctx, tx, string(party), motionPlace(m.ID, "body"), plain); err != nil {
		return err
	}
	m.State = Open
	err = db.Insert(ctx, tx, "approval_motion", m)
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "review.motion_waits").Wrap(err)
	}
	return err
}

// Settle answers a motion once; Conflict when it waits no more. The case is locked.
func Settle(ctx context.Context, tx *db.Tx, v *crypto.Vault, party ref.PartyID, m Motion, words string) (err error) {
	if words != "" {
		if m.Answer, err = v.Seal(ctx, tx, string(party), motionPlace(m.ID, "answer"), []byte(words)); err != nil {
			return err
		}
	}
	n, err := tx.Exec(ctx, "update approval_motion set state = $1, answered_by = $2, answered_at = $3, answer = $4 where id = $5 and state = 'open'",
		m.State, m.AnsweredBy, m.AnsweredAt, m.Answer, m.ID)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "review.motion_gone")
	}
	return err
}

// GetMotion reads one motion.
func GetMotion(ctx context.Context, r db.Reader, id string) (Motion, error) {
	return db.One[Motion](ctx, r, "select "+motionCols+" from approval_motion where id = $1", id)
}

// Motions lists a case's motions, oldest first.
func Motions(ctx context.Context, r db.Reader, id ref.CaseID) ([]Motion, error) {
	return db.Find[Motion](ctx, r, "select "+motionCols+" from approval_motion where case_id = $1 order by made_at, id", id)
}

// Open opens what a motion and its answer say in words.
func (m Motion) Open(ctx context.Context, r db.Reader, v *crypto.Vault, party ref.PartyID) (body MotionBody, answer string, err error) {
	plain, err := v.Open(ctx, r, string(party), motionPlace(m.ID, "body"), m.Body)
	if err != nil {
		return body, "", err
	}
	if err := json.Unmarshal(plain, &body); err != nil || len(m.Answer) == 0 {
		return body, "", err
	}
	plain, err = v.Open(ctx, r, string(party), motionPlace(m.ID, "answer"), m.Answer)
	return body, string(plain), err
}

// SetDue moves the time of an open task. The case is locked.
func SetDue(ctx context.Context, tx *db.Tx, id ref.TaskID, due time.Time) error {
	_, err := tx.Exec(ctx, "update approval_task set due_at = $1 where id = $2 and state = 'open'", due, id)
	return err
}

// OpenOf lists the open tasks of several cases.
func OpenOf(ctx context.Context, r db.Reader, ids []ref.CaseID) ([]Task, error) {
	return db.Find[Task](ctx, r, "select "+cols+" from approval_task where state = 'open' and case_id in "+db.In(1, len(ids))+" order by id", db.Any(ids)...)
}

// SetDues moves the times of many open tasks. The cases are locked.
func SetDues(ctx context.Context, tx *db.Tx, tasks []Task) error {
	return db.UpdateMany(ctx, tx, "approval_task", []string{"due_at"}, []string{"text", "bigint"}, len(tasks), func(i int) []any { return []any{tasks[i].ID, tasks[i].Due} })
}

// dropMotions ends every open motion of a case item whose review has ended. The case is locked.
func dropMotions(ctx context.Context, tx *db.Tx, ci ref.CaseItemID, now time.Time) error {
	_, err := tx.Exec(ctx, "update approval_motion set state = $1, answered_at = $2 where case_item = $3 and state = 'open'", Retracted, now, ci)
	return err
}
