package apptest

import (
	"context"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/foundation/db"
	"yimen/ref"
)

// Pile gives a party so many cases, an hour apart, every other one closed; past every process, for lists.
func (a *App) Pile(who ref.PartyID, n int) error {
	v, err := catalog.Current(ctx, a.DB, "cc-individual-business")
	if err != nil {
		return err
	}
	code, err := ref.ParseTaskCode(v.Doc().TaskCode)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, "test.Pile", func(ctx context.Context, tx *db.Tx) error {
		for i := range n {
			at := a.Now().Add(-time.Duration(i+1) * time.Hour)
			c := casefile.Case{ID: ref.CaseID(db.NewID()), Party: who, Organ: v.Doc().Organ, Item: v.Item, Place: "440604012", Channel: ref.ChannelWindow, ReceivedAt: at, Due: at.AddDate(0, 0, 7)}
			facts := []casefile.Fact{{Kind: casefile.FactReceived, At: at}}
			if i%2 == 1 {
				c.ClosedAt = at.Add(time.Hour)
				facts = append(facts, casefile.Fact{Kind: casefile.FactClosed, At: c.ClosedAt})
			}
			item := casefile.Item{ID: ref.CaseItemID(db.NewID()), Case: c.ID, Item: v.Item, Version: v.ID, Organ: v.Doc().Organ}
			if err := casefile.Open(ctx, tx, &c, []casefile.Item{item}, []ref.TaskCode{code}, facts...); err != nil {
				return err
			}
		}
		return nil
	})
}
