package approval

import (
	"context"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Ways in which the members of one body come to a result. Departments are never members of one: they do not outvote each other.
const (
	AnyOf    = "any"    // one yes is enough
	QuorumOf = "quorum" // more than half of those who voted say yes
	VetoOf   = "veto"   // everybody who voted says yes
)

// Abstain is a vote that is neither yes (Agree) nor no (Disagree); who abstains was there.
const Abstain = "abstain"

// Policy is how a body's votes join.
type Policy struct {
	Kind    string `db:"policy"`
	Present int    `db:"present"` // so many members must have voted
}

// Join is the result of a body's votes (Agree, Disagree, Abstain): Agree or Disagree, or "" while too few have voted. It does
// not depend on their order.
func Join(p Policy, votes []string) string {
	yes, no := 0, 0
	for _, v := range votes {
		switch v {
		case Agree:
			yes++
		case Disagree:
			no++
		}
	}
	if len(votes) == 0 || len(votes) < p.Present {
		return ""
	}
	carried := map[string]bool{AnyOf: yes > 0, QuorumOf: 2*yes > len(votes), VetoOf: yes > 0 && no == 0}
	if carried[p.Kind] {
		return Agree
	}
	return Disagree
}

// Panel is a body of one organ that meets about a task (专家评审, 集体讨论).
type Panel struct {
	Task  ref.TaskID  `db:"task"`
	Case  ref.CaseID  `db:"case_id"`
	Chair ref.StaffID `db:"chair"`
	By    ref.StaffID `db:"convened_by"`
	Made  time.Time   `db:"made_at"`
	Meets time.Time   `db:"meets_at"`
	Place string      `db:"place"`
	Policy
}

// Vote is a member of a panel, with the vote once it is given.
type Vote struct {
	Task   ref.TaskID  `db:"task"`
	Member ref.StaffID `db:"member"`
	Choice string      `db:"choice"` // Agree, Disagree or Abstain; empty: not voted; once the task is done, absent
	Reason []byte      `db:"reason"` // sealed under the party's key
	At     time.Time   `db:"at"`
}

// ReasonPlace is where a member's reason is sealed. The minutes are the task's note.
func ReasonPlace(t ref.TaskID, member ref.StaffID) string {
	return "approval_vote.reason." + string(t) + "." + string(member)
}

const (
	panelCols = "task, case_id, chair, convened_by, made_at, meets_at, place, policy, present"
	voteCols  = "task, member, choice, reason, at"
)

// Convene writes a task's panel with its members; Conflict when it has one. The case is locked.
func Convene(ctx context.Context, tx *db.Tx, p Panel, members []ref.StaffID) error {
	n, err := tx.Exec(ctx, `insert into approval_panel (task, case_id, chair, convened_by, made_at, meets_at, place, policy, present)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (task) do nothing`, p.Task, p.Case, p.Chair, p.By, p.Made, p.Meets, p.Place, p.Kind, p.Present)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "panel.convened")
	}
	votes := make([]Vote, len(members))
	for i, m := range members {
		votes[i] = Vote{Task: p.Task, Member: m}
	}
	return db.Insert(ctx, tx, "approval_vote", votes...)
}

// Cast writes a member's vote, once, while the task is open; Conflict otherwise. The case is locked.
func Cast(ctx context.Context, tx *db.Tx, v Vote) error {
	n, err := tx.Exec(ctx, `update approval_vote set choice = $1, reason = $2, at = $3 where task = $4 and member = $5 and choice = ''
		and exists (select 1 from approval_task t where t.id = approval_vote.task and t.state = 'open')`, v.Choice, v.Reason, v.At, v.Task, v.Member)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "panel.voted_already")
	}
	return err
}

// PanelOf reads a task's panel; NotFound while it has none.
func PanelOf(ctx context.Context, r db.Reader, id ref.TaskID) (Panel, error) {
	return db.One[Panel](ctx, r, "select "+panelCols+" from approval_panel where task = $1", id)
}

// VotesOf lists a panel's members with their votes.
func VotesOf(ctx context.Context, r db.Reader, id ref.TaskID) ([]Vote, error) {
	return db.Find[Vote](ctx, r, "select "+voteCols+" from approval_vote where task = $1 order by member", id)
}

// Choices are the votes that were given.
func Choices(all []Vote) (out []string) {
	for _, v := range all {
		if v.Choice != "" {
			out = append(out, v.Choice)
		}
	}
	return out
}
