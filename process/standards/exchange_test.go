package standards_test

import (
	"bytes"
	"context"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/process/standards"
	"yimen/ref"
)

func importer(a *apptest.App, account string) standards.Importer {
	s := a.Staff(account)
	return standards.Importer{Submit: a.Submit(s, "import"), Staff: s}
}

// copied is an item in force, changed.
func copied(t *testing.T, a *apptest.App, id string, change func(*catalog.Item)) *catalog.Item {
	t.Helper()
	it, err := apptest.Item(a, id).Copy()
	if err != nil {
		t.Fatal(err)
	}
	change(it)
	return it
}

func drafted(t *testing.T, r db.Reader, id ref.ItemID) (catalog.Draft, bool) {
	t.Helper()
	d, err := catalog.GetDraft(t.Context(), r, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	return d, err == nil
}

func summed(c *catalog.Item, words string) { c.Summary = words }

func TestImportedItemsBecomeDraftsOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		keeper := "keeper-health"
		organ := a.Staff(keeper).Organ
		mine, err := a.Library.ItemsOf(t.Context(), organ, true)
		if err != nil || len(mine) < 1 {
			t.Fatal(len(mine), err)
		}
		first, err := mine[0].Copy()
		if err != nil {
			t.Fatal(err)
		}
		summed(first, "一句新的话。")
		items := append([]*catalog.Item{first}, mine[1:]...)
		for n, want := range []standards.ItemState{standards.ItemChanged, standards.ItemSame} {
			got, err := a.Library.ImportItems(t.Context(), importer(a, keeper), items, standards.ImportDrafts)
			if err != nil || got[0].State != want {
				t.Fatal(n, got, fault.Fields(err), err)
			}
			for _, c := range got[1:] {
				if c.State != standards.ItemSame {
					t.Errorf("%d: %s is %s", n, c.Item, c.State)
				}
			}
		}
		d, ok := drafted(t, a.DB, first.ID)
		if !ok || d.Rev != 1 || d.State != catalog.DraftWriting || d.By != a.Staff(keeper).ID || d.Base == "" {
			t.Errorf("%+v", d)
		}
		if all, err := catalog.Drafts(t.Context(), a.DB, "", organ, "", 100); err != nil || len(all) != 1 {
			t.Error(len(all), err)
		}
		if rows, err := audit.History(t.Context(), a.DB, "item:"+string(first.ID)); err != nil || len(rows) == 0 || rows[0].Verb != "standards.ImportItem" && rows[len(rows)-1].Verb != "standards.ImportItem" {
			t.Error(rows, err)
		}
	})
}

func TestAnImportIsAllOrNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		hygiene := copied(t, a, "cc-hygiene", func(it *catalog.Item) { summed(it, "一句新的话。") })
		road := copied(t, a, "cc-road-dig", func(it *catalog.Item) { summed(it, "一句新的话。") })
		wrong := copied(t, a, "cc-hygiene", func(it *catalog.Item) { it.ProjectType = "7" })
		renamed := copied(t, a, "cc-hygiene", func(it *catalog.Item) { it.Level = ref.LevelTown })
		for _, c := range []struct {
			name, account string
			mode          standards.ImportMode
			items         []*catalog.Item
			kind          fault.Kind
		}{
			{"another organ's item", "keeper-health", standards.ImportDrafts, []*catalog.Item{hygiene, road}, fault.Denied},
			{"no keeper", "clerk01", standards.ImportDrafts, []*catalog.Item{hygiene}, fault.Denied},
			{"an approver", "health-decide", standards.ImportDrafts, []*catalog.Item{hygiene}, fault.Denied},
			{"publishing is not staff's", "standards01", standards.ImportPublish, []*catalog.Item{hygiene}, fault.Denied},
			{"a wrong code", "keeper-health", standards.ImportDrafts, []*catalog.Item{wrong}, fault.Invalid},
			{"a wrong code beside a right one", "standards01", standards.ImportDrafts, []*catalog.Item{road, wrong}, fault.Invalid},
			{"another level", "keeper-health", standards.ImportDrafts, []*catalog.Item{renamed}, fault.Invalid},
		} {
			if _, err := a.Library.ImportItems(t.Context(), importer(a, c.account), c.items, c.mode); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", c.name, err)
			}
			for _, it := range []*catalog.Item{hygiene, road} {
				if _, there := drafted(t, a.DB, it.ID); there {
					t.Errorf("%s left a draft of %s", c.name, it.ID)
				}
			}
		}
		if _, err := a.Library.ImportItems(t.Context(), importer(a, "standards01"), []*catalog.Item{hygiene, road}, standards.ImportDrafts); err != nil {
			t.Error(err, fault.Fields(err))
		}
		hand := func() {
			d, _ := drafted(t, a.DB, hygiene.ID)
			if err := a.DB.Write(t.Context(), "test", func(ctx context.Context, tx *db.Tx) error {
				d.State = catalog.DraftReview
				_, err := catalog.KeepDraft(ctx, tx, d, hygiene)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		hand()
		summed(hygiene, "又一句新的话。")
		if _, err := a.Library.ImportItems(t.Context(), importer(a, "keeper-health"), []*catalog.Item{hygiene}, standards.ImportDrafts); !fault.Is(err, fault.Denied) {
			t.Errorf("under review: %v", err)
		}
	})
}

func TestTheSystemPublishesWhatItImports(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		it := copied(t, a, "cc-hygiene", func(it *catalog.Item) { summed(it, "一句新的话。") })
		system := standards.Importer{System: "system:import"}
		for n, want := range []standards.ItemState{standards.ItemChanged, standards.ItemSame} {
			got, err := a.Library.ImportItems(t.Context(), system, []*catalog.Item{it}, standards.ImportPublish)
			if err != nil || got[0].State != want {
				t.Fatal(n, got, fault.Fields(err), err)
			}
		}
		if now := apptest.Item(a, "cc-hygiene"); now.Summary != it.Summary {
			t.Error(now.Summary)
		}
		outside := copied(t, a, "cc-hygiene", func(it *catalog.Item) { it.ID, it.TaskCode = "cc-other", it.TaskCode[:19]+"440199999000" })
		if _, err := a.Library.ImportItems(t.Context(), system, []*catalog.Item{outside}, standards.ImportPublish); !fault.Is(err, fault.Invalid) {
			t.Errorf("outside the lists: %v", err)
		}
	})
}

func TestAKeptFileOpensForWhoKeptItOnly(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		mine, other := a.Staff("keeper-health"), a.Staff("standards01")
		token, err := a.Library.KeepFile(t.Context(), mine, "事项.xlsx", []byte("PK"))
		if err != nil {
			t.Fatal(err)
		}
		name, raw, err := a.Library.KeptFile(t.Context(), mine, token)
		if err != nil || name != "事项.xlsx" || !bytes.Equal(raw, []byte("PK")) {
			t.Error(name, raw, err)
		}
		for who, token := range map[*org.Staff]string{&other: token, &mine: "x" + token, {ID: mine.ID}: ""} {
			if _, _, err := a.Library.KeptFile(t.Context(), *who, token); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s %q: %v", who.Account, token, err)
			}
		}
	})
}
