// Package approval holds the tasks of the organs and the rule by which they join.
//
// Invariants: a step of a plan has one task per round, made by a unique key, so a join fires
// once; a task is done once (Done fails on the second); which steps come next is a pure
// function (Ready) of plan and tasks; departments are never outvoted — only a decide step ends
// a plan, opinions inform it; while a departure waits its task is completed as that departure or
// not at all; a task that somebody holds is completed as theirs or not at all; who withdrew from a
// case item (Bar) is barred from all its tasks, also of other rounds.
package approval

import (
	"context"
	"embed"
	"fmt"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Schema is this package's table.
//
//go:embed schema/*.sql
var Schema embed.FS

// Kinds of task.
const (
	Precheck = "precheck" // before acceptance: points of correction, or none
	Accept   = "accept"   // 受理 by the organ
	Review   = "review"
	Opinion  = "opinion"
	Decide   = "decide"
	End      = "end" // what had to be brought was not: end the case, or wait
)

// States of a task.
const (
	Open = "open"
	Done = "done"
	Void = "void" // no longer needed

	Undone = "undone" // had been opened by what was taken back; its step may open again, in another round
)

// Outcomes of tasks.
const (
	Grant    = "grant"
	Refuse   = "refuse"
	Agree    = "agree"
	Disagree = "disagree"
	Points   = "points" // precheck: there are points
	Clear    = "clear"  // precheck: nothing to correct
	Take     = "take"   // accept
	Decline  = "decline"

	Terminate = "terminate" // end
	Wait      = "wait"      // end: the applicant gets more time
)

// Task is one organ's piece of work on a case.
type Task struct {
	ID       ref.TaskID      `db:"id"`
	Case     ref.CaseID      `db:"case_id"`
	CaseItem ref.CaseItemID  `db:"case_item"`
	Step     string          `db:"step"`
	Round    int             `db:"round"`
	Kind     string          `db:"kind"`
	Name     string          `db:"name"`
	Organ    ref.OrganID     `db:"organ"`
	Item     ref.ItemID      `db:"item"`
	Number   ref.ShortNumber `db:"number"`
	State    string          `db:"state"`
	Due      time.Time       `db:"due_at"`
	Made     time.Time       `db:"made_at"`
	DoneAt   time.Time       `db:"done_at"`
	DoneBy   ref.StaffID     `db:"done_by"`
	Second   ref.StaffID     `db:"second"` // the second named officer (行政许可法 34)
	Outcome  string          `db:"outcome"`
	RuleRow  string          `db:"rule_row"`
	Note     []byte          `db:"note"`  // opinion, reasons or points, sealed under the party's key
	Facts    []byte          `db:"facts"` // what the rule was asked with, sealed likewise: a JSON object by the facts' names

	Departure     string      `db:"departure"` // id of a departure from the rule: it waits while the task is open, and holds once it is done
	DepartureBy   ref.StaffID `db:"departure_by"`
	DepartureAt   time.Time   `db:"departure_at"`
	DepartureBody []byte      `db:"departure_body"` // a Departure, sealed under the party's key

	Holder   ref.StaffID `db:"holder"`    // who works on it, or did; empty: it is the organ's
	HeldAt   time.Time   `db:"held_at"`   // since when
	HeldBy   ref.StaffID `db:"held_by"`   // who handed it over; empty: the holder took it
	HeldNote []byte      `db:"held_note"` // why it was handed or taken over, sealed under the party's key

	For       ref.StaffID `db:"done_for"`   // the absent colleague for whom it was done
	ByDefault bool        `db:"by_default"` // nobody answered in time, which counts as agreement
}

const cols = "id, case_id, case_item, step, round, kind, name, organ, item, number, state, due_at, made_at, done_at, done_by, second, outcome, rule_row, note, facts, " +
	"departure, departure_by, departure_at, departure_body, holder, held_at, held_by, held_note, done_for, by_default"

// Step is what Ready needs to know of a plan's step.
type Step struct {
	ID    string
	Kind  string
	After []string
	Any   bool // one predecessor is enough
}

// Ready says which steps may open now: their predecessors are done and they have no task, or none but undone ones.
func Ready(plan []Step, tasks []Task) []Step {
	done, made := map[string]bool{}, map[string]bool{}
	for _, t := range tasks {
		made[t.Step] = made[t.Step] || t.State != Undone
		done[t.Step] = done[t.Step] || t.State == Done
	}
	var out []Step
	for _, s := range plan {
		if !made[s.ID] && joined(s, done) {
			out = append(out, s)
		}
	}
	return out
}

func joined(s Step, done map[string]bool) bool {
	n := 0
	for _, p := range s.After {
		if done[p] {
			n++
		}
	}
	if s.Any && len(s.After) > 0 {
		return n > 0
	}
	return n == len(s.After)
}

// Fork makes tasks; a step that already has its task of the round is left alone. It says which
// were made.
func Fork(ctx context.Context, tx *db.Tx, tasks ...Task) ([]Task, error) {
	var made []Task
	for _, t := range tasks {
		n, err := tx.Exec(ctx, `insert into approval_task (id, case_id, case_item, step, round, kind, name, organ, item, number, state, due_at, made_at, done_at, done_by, second, outcome, rule_row)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $12, 0, '', '', '', '') on conflict (case_item, step, round) do nothing`,
			t.ID, t.Case, t.CaseItem, t.Step, t.Round, t.Kind, t.Name, t.Organ, t.Item, t.Number, t.Due, t.Made)
		if err != nil {
			return nil, fmt.Errorf("open step %s: %w", t.Step, err)
		}
		if n == 1 {
			made = append(made, t)
		}
	}
	return made, nil
}

// Complete does a task once, as the departure it names or as none; Conflict if somebody has done it already or another
// departure waits, or somebody else holds it than t says. The case is locked.
func Complete(ctx context.Context, tx *db.Tx, t Task) error {
	n, err := tx.Exec(ctx, `update approval_task set state = 'done', done_at = $1, done_by = $2, second = $3, outcome = $4, rule_row = $5, note = $6, facts = $7,
		done_for = $8, by_default = $9 where id = $10 and state = 'open' and departure = $11 and holder = $12`,
		t.DoneAt, t.DoneBy, t.Second, t.Outcome, t.RuleRow, t.Note, t.Facts, t.For, t.ByDefault, t.ID, t.Departure, t.Holder)
	return taken(n, err)
}

// Drop voids what is still open of a case item, when its plan has ended.
func Drop(ctx context.Context, tx *db.Tx, ci ref.CaseItemID, now time.Time) error {
	if _, err := tx.Exec(ctx, "update approval_task set state = 'void', done_at = $1 where case_item = $2 and state = 'open'", now, ci); err != nil {
		return err
	}
	return dropMotions(ctx, tx, ci, now)
}

// Get reads one task.
func Get(ctx context.Context, r db.Reader, id ref.TaskID) (Task, error) {
	return db.One[Task](ctx, r, "select "+cols+" from approval_task where id = $1", id)
}

// ByCase lists a case's tasks in the order they were made.
func ByCase(ctx context.Context, r db.Reader, id ref.CaseID) ([]Task, error) {
	return db.Find[Task](ctx, r, "select "+cols+" from approval_task where case_id = $1 order by made_at, id", id)
}

// ByItem lists a case item's tasks in the order they were made.
func ByItem(ctx context.Context, r db.Reader, id ref.CaseItemID) ([]Task, error) {
	return db.Find[Task](ctx, r, "select "+cols+" from approval_task where case_item = $1 order by made_at, id", id)
}

type (
	// Assigned: a task waits for an organ.
	Assigned struct {
		Case  ref.CaseID
		Task  ref.TaskID
		Organ ref.OrganID
	}
	// AbsentDue: a task that silence answers has come to its time.
	AbsentDue struct {
		Case ref.CaseID
		Task ref.TaskID
	}
	// Decided: the deciding organ has decided on a case item.
	Decided struct {
		Case     ref.CaseID
		CaseItem ref.CaseItemID
		Task     ref.TaskID
		Outcome  string
	}
)

func (Assigned) EventName() string  { return "approval.assigned/1" }
func (Decided) EventName() string   { return "approval.decided/1" }
func (AbsentDue) EventName() string { return "approval.absent_due/1" }
func (e Assigned) EventKey() string { return string(e.Case) }
func (e Decided) EventKey() string  { return string(e.Case) }

// EventKey is the task: a timer waits for none of its case's other events.
func (e AbsentDue) EventKey() string { return "task:" + string(e.Task) }

// Did says whether somebody did the task, first or second.
func (t Task) Did(who ref.StaffID) bool {
	return t.State == Done && (t.DoneBy == who || t.Second == who)
}

// Apart says whether a person did nothing before in a case that keeps them from a task (审核分离): who accepted does not
// review, who accepted or reviewed does not decide.
func Apart(t Task, all []Task, who ref.StaffID) bool {
	for _, o := range all {
		before := o.Kind == Accept && (t.Kind == Review || t.Kind == Decide) || o.Kind == Review && t.Kind == Decide
		if before && o.Did(who) {
			return false
		}
	}
	return true
}
