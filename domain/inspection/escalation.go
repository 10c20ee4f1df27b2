package inspection

import (
	"context"
	"fmt"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// What may be done to an escalation.
const (
	ActEscalate = "escalate"
	ActReply    = "reply"
)

// Escalation (催办) is an applicant's word that their case is late; the organ answers it.
type Escalation struct {
	ID       string          `db:"id"`
	Case     ref.CaseID      `db:"case_id"`
	Number   ref.ShortNumber `db:"number"`
	Party    ref.PartyID     `db:"party"`
	Organ    ref.OrganID     `db:"organ"`
	Actor    string          `db:"actor"`
	Made     time.Time       `db:"made_at"`
	Answer   time.Time       `db:"answer_by"`
	Answered time.Time       `db:"answered_at"`
	By       ref.StaffID     `db:"answered_by"`
}

const escalationCols = "id, case_id, number, party, organ, actor, made_at, answer_by, answered_at, answered_by"

// Object is the escalation's name in acts and in the audit.
func (e Escalation) Object() string { return "escalation:" + e.ID }

// Late says that the answer is late.
func (e Escalation) Late(now time.Time) bool { return e.Answered.IsZero() && now.After(e.Answer) }

// Escalate writes an escalation; where one of the case is open, that one is it, and fresh is false. The case is locked.
func Escalate(ctx context.Context, tx *db.Tx, e Escalation) (id string, fresh bool, err error) {
	open, err := OpenEscalation(ctx, tx, e.Case)
	if err == nil || !fault.Is(err, fault.NotFound) {
		return open.ID, false, err
	}
	if err := db.Insert(ctx, tx, "inspection_escalation", e); db.IsUnique(err) {
		return "", false, fmt.Errorf("escalation: %w", db.ErrRetry)
	} else if err != nil {
		return "", false, err
	}
	return e.ID, true, nil
}

// OpenEscalation is the case's escalation that waits for an answer; NotFound when none does.
func OpenEscalation(ctx context.Context, r db.Reader, id ref.CaseID) (Escalation, error) {
	return db.One[Escalation](ctx, r, "select "+escalationCols+" from inspection_escalation where case_id = $1 and answered_at = 0", id)
}

// EscalationsOf lists a case's escalations, latest first.
func EscalationsOf(ctx context.Context, r db.Reader, id ref.CaseID) ([]Escalation, error) {
	return db.Find[Escalation](ctx, r, "select "+escalationCols+" from inspection_escalation where case_id = $1 order by made_at desc, id desc limit 20", id)
}

// GetEscalation reads one escalation.
func GetEscalation(ctx context.Context, r db.Reader, id string) (Escalation, error) {
	return db.One[Escalation](ctx, r, "select "+escalationCols+" from inspection_escalation where id = $1", id)
}

// Reply notes that an escalation was answered; Conflict when it was before.
func Reply(ctx context.Context, tx *db.Tx, id string, by ref.StaffID, now time.Time) error {
	return once(tx.Exec(ctx, "update inspection_escalation set answered_at = $1, answered_by = $2 where id = $3 and answered_at = 0", now, by, id))
}

// Escalations lists those that wait, the most urgent first, or those answered, latest first; of one organ unless it is empty.
func Escalations(ctx context.Context, r db.Reader, organ ref.OrganID, answered bool, after After, limit int) ([]Escalation, error) {
	w := where{cond: "answered_at = 0"}
	order := "answer_by, id"
	if answered {
		w.cond, order = "answered_at > 0", "answered_at desc, id desc"
	}
	if organ != "" {
		w.and("organ = $%d", organ)
	}
	if after.ID != "" && answered {
		w.and("(answered_at, id) < ($%d, $%d)", after.At, after.ID)
	} else if after.ID != "" {
		w.and("(answer_by, id) > ($%d, $%d)", after.At, after.ID)
	}
	return db.Find[Escalation](ctx, r, fmt.Sprintf("select "+escalationCols+" from inspection_escalation where %s order by %s limit %d", w.cond, order, limit), w.args...)
}

// WasEscalated: an applicant pressed for an answer. WasReplied: the organ gave it. Bodies carry ids only.
type (
	WasEscalated struct {
		Case       ref.CaseID
		Escalation string
	}
	WasReplied struct {
		Case       ref.CaseID
		Escalation string
	}
)

func (WasEscalated) EventName() string  { return "inspection.escalated/1" }
func (WasReplied) EventName() string    { return "inspection.replied/1" }
func (e WasEscalated) EventKey() string { return string(e.Case) }
func (e WasReplied) EventKey() string   { return string(e.Case) }
