package approval

import (
	"context"
	"encoding/json"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Departure is a decision that leaves what the item's rule proposes. It waits for a second officer;
// confirmed, it stays with the task as the reason why.
type Departure struct {
	Outcome  string          `json:"outcome"`
	RuleRow  string          `json:"rule_row"` // the row relied on instead, or empty
	Proposed string          `json:"proposed"` // the row the rule proposed, empty where none covers the case
	Reason   string          `json:"reason"`   // why the rule is left
	Note     string          `json:"note"`     // the decision's own reasons
	Second   ref.StaffID     `json:"second"`   // the officer named for a substantive check, who alone may confirm; or empty
	Facts    json.RawMessage `json:"facts"`    // what becomes the task's facts
	For      ref.StaffID     `json:"for"`      // the absent colleague for whom it was proposed; or empty
}

// Waiting says that a departure waits for a second officer.
func (t Task) Waiting() bool { return t.State == Open && t.Departure != "" }

// Departed says that the task was decided by a confirmed departure.
func (t Task) Departed() bool { return t.State == Done && t.Departure != "" }

func departurePlace(id ref.TaskID) string { return "approval_task.departure_body." + string(id) }

// Depart notes a departure on an open task that has none; Conflict otherwise. t names it: Departure, DepartureBy,
// DepartureAt. The case is locked.
func Depart(ctx context.Context, tx *db.Tx, v *crypto.Vault, party ref.PartyID, t Task, d Departure) error {
	plain, err := json.Marshal(d)
	if err != nil {
		return err
	}
	box, err := v.Seal(ctx, tx, string(party), departurePlace(t.ID), plain)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `update approval_task set departure = $1, departure_by = $2, departure_at = $3, departure_body = $4
		where id = $5 and state = 'open' and departure = ''`, t.Departure, t.DepartureBy, t.DepartureAt, box, t.ID)
	return taken(n, err)
}

// Recall takes a waiting departure off its task; Conflict when it does not wait. The case is locked.
func Recall(ctx context.Context, tx *db.Tx, id ref.TaskID, departure string) error {
	n, err := tx.Exec(ctx, `update approval_task set departure = '', departure_by = '', departure_at = 0, departure_body = null
		where id = $1 and state = 'open' and departure = $2 and departure <> ''`, id, departure)
	return taken(n, err)
}

func taken(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "fault.task_done")
	}
	return err
}

// OpenDeparture opens a task's departure; NotFound when it has none.
func (t Task) OpenDeparture(ctx context.Context, r db.Reader, v *crypto.Vault, party ref.PartyID) (d Departure, err error) {
	if t.Departure == "" {
		return d, fault.New(fault.NotFound, "fault.not_found")
	}
	plain, err := v.Open(ctx, r, string(party), departurePlace(t.ID), t.DepartureBody)
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(plain, &d)
}
