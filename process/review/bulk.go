package review

import (
	"context"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// MostAlike bounds how many cases are decided with one submit.
const MostAlike = 50

// Done is what became of one of many.
type Done struct {
	Task ref.TaskID
	Err  error // nil: done
}

// Alike reads tasks that may be done with one submit: open ones of the same step of the same version of an item, none with a
// departure. Conflict when they are not alike, Invalid when there are none or too many.
func (b *Board) Alike(ctx context.Context, ids []ref.TaskID) ([]approval.Task, error) {
	if len(ids) == 0 || len(ids) > MostAlike {
		return nil, fault.Bad(fault.Field{Name: "task", Key: "inbox.bulk.number", Args: []any{"max", MostAlike}})
	}
	tasks := make([]approval.Task, len(ids))
	var first ref.VersionID
	for i, id := range ids {
		t, err := approval.Get(ctx, b.DB, id)
		if err != nil {
			return nil, err
		}
		ci, err := casefile.GetItem(ctx, b.DB, t.CaseItem)
		if err != nil {
			return nil, err
		}
		if tasks[i] = t; i == 0 {
			first = ci.Version
		}
		if ci.Version != first || t.Step != tasks[0].Step || t.Kind != tasks[0].Kind || t.Waiting() {
			return nil, fault.New(fault.Conflict, "inbox.bulk.unlike")
		}
	}
	return tasks, nil
}

// DecideAlike does many tasks alike, each in a transaction and under a key of its own, so that one that fails stops no other
// and a repeated submit does none twice. What leaves the rule's proposal is not done here: it needs a second officer's eyes.
// d says everything but the task.
func (b *Board) DecideAlike(ctx context.Context, d Decision, ids []ref.TaskID) ([]Done, error) {
	tasks, err := b.Alike(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Done, len(tasks))
	for i, t := range tasks {
		one := d
		one.Task, one.alike = t.ID, true
		one.Submit.Key, one.Submit.Hash = once.Hash(d.Submit.Key, string(t.ID)), one.Digest()
		out[i] = Done{t.ID, b.Decide(ctx, one)}
	}
	return out, nil
}
