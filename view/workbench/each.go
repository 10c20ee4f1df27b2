package workbench

import (
	"context"

	"yimen/domain/org"
)

// batch is the rows read at once where all are wanted.
const batch = 1000

// EachCase hands over every case of a filter, latest first, by pages of the same query that lists them, so that memory does not
// grow with their number.
func (v *View) EachCase(ctx context.Context, f Filter, hand func(Case) error) error {
	return each(func(after Key) ([]Case, Key, error) {
		f.After = after
		return v.cases(ctx, f, batch)
	}, hand)
}

// EachTask hands over every open task the person may do, as Inbox lists them.
func (v *View) EachTask(ctx context.Context, who org.Staff, grants Grants, hand func(Row) error) error {
	return each(func(after Key) ([]Row, Key, error) { return v.Inbox(ctx, who, grants, "", after) }, hand)
}

func each[T any](list func(Key) ([]T, Key, error), hand func(T) error) error {
	for after := Key(""); ; {
		rows, next, err := list(after)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := hand(r); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		after = next
	}
}
