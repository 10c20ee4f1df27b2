package approval

import (
	"context"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Appointment is when and where officers come to the site (踏勘). One that is moved gets a new row; the latest counts.
type Appointment struct {
	ID       string         `db:"id"`
	Case     ref.CaseID     `db:"case_id"`
	CaseItem ref.CaseItemID `db:"case_item"`
	About    string         `db:"about"` // the visit's name in the plan, or the step's id where an organ goes alone
	Organ    ref.OrganID    `db:"organ"`
	By       ref.StaffID    `db:"made_by"`
	Made     time.Time      `db:"made_at"`
	Meets    time.Time      `db:"meets_at"`
	Place    string         `db:"place"`
}

const appointmentCols = "id, case_id, case_item, about, organ, made_by, made_at, meets_at, place"

// Appoint writes an appointment. The case is locked.
func Appoint(ctx context.Context, tx *db.Tx, a Appointment) error {
	return db.Insert(ctx, tx, "approval_appointment", a)
}

// Appointments lists a case's appointments that count: of each visit of an item the latest, in the order they were made.
func Appointments(ctx context.Context, r db.Reader, id ref.CaseID) ([]Appointment, error) {
	return db.Find[Appointment](ctx, r, "select "+appointmentCols+` from approval_appointment a where case_id = $1 and not exists (select 1 from approval_appointment b
		where b.case_item = a.case_item and b.about = a.about and (b.made_at > a.made_at or b.made_at = a.made_at and b.id > a.id)) order by made_at, id`, id)
}

// Appointed: the applicant is to be told when officers come.
type Appointed struct {
	Case        ref.CaseID
	Appointment string
	Meets       int64 // unix microseconds
}

func (Appointed) EventName() string  { return "approval.appointed/1" }
func (e Appointed) EventKey() string { return string(e.Case) }
