package approval

import (
	"context"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Running lists open tasks of all organs that are due before a time, the most urgent first, after a row's time and id.
func Running(ctx context.Context, r db.Reader, before, at time.Time, id ref.TaskID, limit int) ([]Task, error) {
	return db.Find[Task](ctx, r, "select "+cols+" from approval_task where state = 'open' and due_at < $1 and (due_at, id) > ($2, $3) order by due_at, id limit $4", before, at, id, limit)
}

// Settled lists the acceptances and decisions done, or needed no more, in their order after a row's time and id.
func Settled(ctx context.Context, r db.Reader, at time.Time, id ref.TaskID, limit int) ([]Task, error) {
	return db.Find[Task](ctx, r, "select "+cols+" from approval_task where state <> 'open' and kind in ('accept', 'decide') and (done_at, id) > ($1, $2) order by done_at, id limit $3", at, id, limit)
}

// Last is who of an organ last did a task among a case item's, "" when nobody did.
func Last(tasks []Task, organ ref.OrganID) (who ref.StaffID) {
	var at time.Time
	for _, t := range tasks {
		if t.State == Done && t.Organ == organ && t.DoneBy != "" && !t.DoneAt.Before(at) {
			who, at = t.DoneBy, t.DoneAt
		}
	}
	return who
}
