package casefile

import (
	"context"
	"fmt"

	"yimen/foundation/db"
	"yimen/ref"
)

// Running lists case items whose clock runs, by id after one, at most limit.
func Running(ctx context.Context, r db.Reader, after ref.CaseItemID, limit int) ([]Item, error) {
	return db.Find[Item](ctx, r, "select "+itemCols+" from casefile_item where clock <> '' and id > $1 order by id limit $2", after, limit)
}

// LockMany takes several cases for this transaction, in the order of their ids so that two such never wait for each other.
func LockMany(ctx context.Context, tx *db.Tx, ids []ref.CaseID) ([]Case, error) {
	return db.Find[Case](ctx, tx, fmt.Sprintf(`update casefile_case set rev = rev + 1 where id in (select id from casefile_case where id in %s order by id) returning %s`,
		db.In(1, len(ids)), caseCols), db.Any(ids)...)
}

// GetMany reads several cases.
func GetMany(ctx context.Context, r db.Reader, ids []ref.CaseID) ([]Case, error) {
	return db.Find[Case](ctx, r, "select "+caseCols+" from casefile_case where id in "+db.In(1, len(ids))+" order by id", db.Any(ids)...)
}

// ItemsOf lists the items of several cases.
func ItemsOf(ctx context.Context, r db.Reader, ids []ref.CaseID) ([]Item, error) {
	return db.Find[Item](ctx, r, "select "+itemCols+" from casefile_item where case_id in "+db.In(1, len(ids))+" order by case_id, id", db.Any(ids)...)
}

// FactsOf lists the facts of several cases, in order.
func FactsOf(ctx context.Context, r db.Reader, ids []ref.CaseID) (map[ref.CaseID][]Fact, error) {
	all, err := db.Find[Fact](ctx, r, "select "+factCols+" from casefile_fact where case_id in "+db.In(1, len(ids))+" order by case_id, seq", db.Any(ids)...)
	out := make(map[ref.CaseID][]Fact, len(ids))
	for _, f := range all {
		out[f.Case] = append(out[f.Case], f)
	}
	return out, err
}

// Retime writes the clocks of many items, and the folded times of their cases. The cases are locked.
func Retime(ctx context.Context, tx *db.Tx, items []Item, cases []Case) error {
	err := db.UpdateMany(ctx, tx, "casefile_item", []string{"due_at", "legal_due_at", "soon_at", "provisional"}, []string{"text", "bigint", "bigint", "bigint", "bigint"}, len(items), func(i int) []any {
		it := items[i]
		return []any{it.ID, it.Due, it.LegalDue, it.SoonAt, it.Provisional}
	})
	if err != nil {
		return err
	}
	return db.UpdateMany(ctx, tx, "casefile_case", []string{"due_at", "provisional"}, []string{"text", "bigint", "bigint"}, len(cases), func(i int) []any {
		return []any{cases[i].ID, cases[i].Due, cases[i].Provisional}
	})
}

// Fold brings the case's times up to date with its items, whose clocks have been set.
func (c *Case) Fold(items []Item) { c.fold(items) }

// WasRetimed: a change of the calendar moved an item's last day.
type WasRetimed struct {
	Case ref.CaseID
	Item ref.CaseItemID
}

func (WasRetimed) EventName() string  { return "casefile.retimed/1" }
func (e WasRetimed) EventKey() string { return string(e.Case) }
