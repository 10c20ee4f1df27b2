package app_test

import (
	"context"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/catalog"
	"yimen/foundation/db"
	"yimen/ref"
	"yimen/view/standing"
)

func organNotice(t *testing.T, a *apptest.App, organ ref.OrganID) standing.Notice {
	t.Helper()
	n, err := (&standing.View{DB: a.DB}).Notice(ctx, organ, a.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func opening(id string, item ref.ItemID, hall ref.HallID, from string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		return catalog.AddOpening(context.Background(), tx, catalog.Opening{ID: id, Item: item, Hall: hall, Kind: catalog.Every, From: from, By: "test"})
	}
}

// An organ reads which of its items come through the door, which wait for their day, and which are out and why.
func TestAnOrganReadsWhatComesThroughTheDoor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		row, err := catalog.GetRow(ctx, a.DB, "cc-road-dig")
		if err != nil {
			t.Fatal(err)
		}
		n := organNotice(t, a, row.Organ)
		if len(n.Door) != 1 || len(n.Waiting)+len(n.Out) != 0 || n.Windows != 61 || n.Door[0].Whole != 61 {
			t.Fatalf("%+v", n)
		}
		hall := windows(t, a).Windows[0].Hall
		change(t, a, opening("one", "cc-road-dig", hall, "2026-01-01"))
		change(t, a, opening("two", "cc-road-dig", catalog.Every, "2026-06-01"))
		n = organNotice(t, a, row.Organ)
		if d := n.Door[0]; d.Whole == 0 || d.Whole == 61 || len(d.Holes) != 1 || d.Holes[0].Reason != standing.NotYet || d.Holes[0].Detail != "2026-06-01" || len(d.Coming) != 1 || d.Coming[0].ID != "two" {
			t.Fatalf("%+v", d)
		}
		change(t, a, func(tx *db.Tx) error { _, err := catalog.DropOpening(ctx, tx, "one"); return err })
		n = organNotice(t, a, row.Organ)
		if len(n.Waiting) != 1 || n.Waiting[0].Why != standing.NotYet || n.Waiting[0].Detail != "2026-06-01" || len(n.Door) != 0 {
			t.Fatalf("%+v", n)
		}
		change(t, a, func(tx *db.Tx) error {
			turn := catalog.Turn{ID: "turn", Item: "cc-road-dig", State: catalog.Suspended, Reason: "汛期暂停", From: "2026-03-02", By: "test", At: a.Clock.Now()}
			if err := catalog.AddTurn(ctx, tx, turn); err != nil {
				return err
			}
			_, err := catalog.Take(ctx, tx, turn, a.Clock.Now())
			return err
		})
		n = organNotice(t, a, row.Organ)
		if len(n.Out) != 1 || n.Out[0].Why != standing.Paused || n.Out[0].Detail != "汛期暂停" || len(n.Waiting) != 0 {
			t.Fatalf("%+v", n)
		}
		if n = organNotice(t, a, "nobody"); len(n.Door)+len(n.Waiting)+len(n.Out) != 0 {
			t.Errorf("an organ without items: %+v", n)
		}
	})
}

// What never comes to the halls, or only to the organ's own desk, is told apart.
func TestItemsOfNoComprehensiveWindowAreOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v, err := catalog.Current(ctx, a.DB, "cc-road-dig")
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			channels catalog.Channels
			why      standing.Reason
		}{{catalog.Channels{Ways: []string{"2"}}, standing.NotIn}, {catalog.Channels{Ways: []string{"1"}, Hall: true}, standing.OwnDesk}} {
			it, err := v.Doc().Copy()
			if err != nil {
				t.Fatal(err)
			}
			it.Channels = x.channels
			change(t, a, func(tx *db.Tx) error { _, err := catalog.Publish(ctx, tx, it, a.Clock.Now()); return err })
			if n := organNotice(t, a, it.Organ); len(n.Out) != 1 || n.Out[0].Why != x.why || len(n.Door) != 0 {
				t.Errorf("%+v: %+v", x.channels, n)
			}
		}
	})
}
