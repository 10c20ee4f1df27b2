package standards_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/statute"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/standards"
	"yimen/ref"
)

const dig = ref.ItemID("cc-road-dig")

// desk is the library with keys that are never used twice.
type desk struct {
	*apptest.App
	t *testing.T
	n int
}

func (d *desk) submit(who string) once.Submit {
	d.n++
	return once.Submit{Actor: "staff:" + who, Route: "test", Key: fmt.Sprintf("%032d", d.n), At: d.Clock.Now()}
}

func (d *desk) act(who, note string) standards.Act {
	a := standards.Act{Submit: d.submit(who), By: d.Staff(who), Item: dig, Note: note}
	if draft, err := catalog.GetDraft(d.t.Context(), d.DB, dig); err == nil {
		a.Rev = draft.Rev
	}
	return a
}

func (d *desk) is(err error, kind fault.Kind, what string) {
	d.t.Helper()
	if !fault.Is(err, kind) {
		d.t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

func (d *desk) ok(err error, what string) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
}

// write keeps a change of the item as somebody.
func (d *desk) write(who string, change func(*catalog.Item)) error {
	a := d.act(who, "")
	_, err := d.Library.Edit(d.t.Context(), standards.Edit{Submit: a.Submit, By: a.By, Item: dig, Rev: a.Rev}, func(it *catalog.Item) error { change(it); return nil })
	return err
}

func (d *desk) version() int {
	d.t.Helper()
	v, err := catalog.Current(d.t.Context(), d.DB, dig)
	d.ok(err, "current")
	return v.Number
}

// checked brings a draft as far as the standards office.
func (d *desk) checked(change func(*catalog.Item)) {
	d.t.Helper()
	ctx := d.t.Context()
	d.ok(d.write("keeper-build", change), "write")
	d.ok(d.Library.Hand(ctx, d.act("keeper-build", "")), "hand")
	d.ok(d.Library.Review(ctx, d.act("build-check", ""), true), "review")
}

func summary(words string) func(*catalog.Item) { return func(it *catalog.Item) { it.Summary = words } }

// TestWhoWritesNeverPasses: writer, reviewer and checker are three people, each of the right kind.
func TestWhoWritesNeverPasses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx, today := &desk{App: a, t: t}, t.Context(), "2026-03-02"
		d.is(d.write("keeper-market", summary("别家")), fault.Denied, "another organ's keeper writes")
		d.is(d.write("clerk01", summary("窗口")), fault.Denied, "a clerk writes")
		d.is(d.write("admin", summary("管理员")), fault.Denied, "the administrator writes")
		d.is(d.write("keeper-build", func(it *catalog.Item) { it.Main.Name = "别的名字" }), fault.Denied, "the name of the basic catalogue is changed")
		d.is(d.write("keeper-build", func(it *catalog.Item) { it.TaskCode = "1" + it.TaskCode[1:30] + "9" }), fault.Denied, "the code is changed")
		d.ok(d.write("keeper-build", summary("新的说明")), "write")
		d.is(d.Library.Review(ctx, d.act("build-check", ""), true), fault.Conflict, "a review before it is handed in")
		d.is(d.Library.Hand(ctx, d.act("keeper-market", "")), fault.Denied, "another organ hands in")
		d.ok(d.Library.Hand(ctx, d.act("keeper-build", "")), "hand in")
		d.is(d.write("keeper-build", summary("又改")), fault.Denied, "writing under review")
		d.is(d.Library.Review(ctx, d.act("keeper-build", ""), true), fault.Denied, "the writer reviews")
		d.is(d.Library.Review(ctx, d.act("market-check", ""), true), fault.Denied, "another organ reviews")
		d.is(d.Library.Review(ctx, d.act("standards01", ""), true), fault.Denied, "the office reviews")
		d.is(d.Library.Check(ctx, d.act("standards01", ""), today), fault.Conflict, "a check before the review")
		d.is(d.Library.Review(ctx, d.act("build-check", ""), false), fault.Invalid, "back without a word")
		d.ok(d.Library.Review(ctx, d.act("build-check", "写清楚"), false), "back")
		d.ok(d.write("build-check", summary("两个人写")), "the reviewer writes")
		d.ok(d.Library.Hand(ctx, d.act("build-check", "")), "hand in again")
		for _, who := range []string{"keeper-build", "build-check"} {
			d.is(d.Library.Review(ctx, d.act(who, ""), true), fault.Denied, who+" wrote and reviews")
		}
		d.ok(d.write("standards02", summary("办公室改")), "the office writes")
		d.ok(d.Library.GiveUp(ctx, d.act("keeper-build", "")), "give up")
		d.checked(func(it *catalog.Item) {
			it.Summary = "新的说明"
			it.Forbidden = append(it.Forbidden, catalog.Clause{Text: "不得先挖后批。", Basis: &catalog.Citation{Law: "新登记的法", Article: 7, Text: "不得先挖后批"}})
		})
		for _, who := range []string{"keeper-build", "build-check", "rules01", "admin"} {
			d.is(d.Library.Check(ctx, d.act(who, ""), today), fault.Denied, who+" checks")
		}
		d.is(d.Library.Check(ctx, d.act("standards01", ""), "2026-03-01"), fault.Invalid, "a day that is over")
		stale := d.act("standards01", "")
		stale.Rev--
		d.is(d.Library.Check(ctx, stale, today), fault.Conflict, "a page that is old")
		last := d.act("standards01", "")
		d.ok(d.Library.Check(ctx, last, today), "check")
		d.ok(d.Library.Check(ctx, last, today), "the same check again")
		if d.version() != 2 {
			t.Errorf("version %d", d.version())
		}
		if cited, err := statute.CitedBy(ctx, d.DB, "新登记的法", nil); err != nil || len(cited) != 1 {
			t.Errorf("what the new version cites is not registered: %v %v", cited, err)
		}
		if _, err := catalog.GetDraft(ctx, d.DB, dig); !fault.Is(err, fault.NotFound) {
			t.Error("the draft is still there")
		}
		rows, err := audit.History(ctx, d.DB, "item:"+string(dig))
		if err != nil || len(rows) < 10 || rows[len(rows)-1].Actor != "staff:"+string(d.Staff("standards01").ID) {
			t.Errorf("%d audit rows, %v", len(rows), err)
		}
	})
}

// TestAnOfficeWriterDoesNotCheck: who of the standards office wrote at a draft leaves the check to a colleague.
func TestAnOfficeWriterDoesNotCheck(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &desk{App: a, t: t}, t.Context()
		d.ok(d.write("standards01", summary("办公室起草")), "write")
		d.ok(d.Library.Hand(ctx, d.act("standards01", "")), "hand in")
		d.ok(d.Library.Review(ctx, d.act("keeper-build", ""), true), "review")
		d.is(d.Library.Check(ctx, d.act("standards01", ""), "2026-03-02"), fault.Denied, "the writer checks")
		d.ok(d.Library.Check(ctx, d.act("standards02", ""), "2026-03-02"), "check")
	})
}

// TestPublicationOnItsDay: the timer publishes once, a lost try leaves nothing behind, and a draft that was changed, or that
// the gates hold up by then, is not published.
func TestPublicationOnItsDay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &desk{App: a, t: t}, t.Context()
		d.checked(summary("四月起的说明"))
		d.ok(d.Library.Check(ctx, d.act("standards01", ""), "2026-03-05"), "check")
		d.Settle()
		draft, err := catalog.GetDraft(ctx, d.DB, dig)
		if err != nil || draft.State != catalog.DraftPassed || d.version() != 1 {
			t.Fatalf("%+v %v, version %d", draft, err, d.version())
		}
		d.Clock.Add(3 * 24 * time.Hour)
		due := catalog.PublishDue{Item: dig, Rev: draft.Rev}
		lost := event.Delivery{Hearer: "standards.PublishDue", EventID: "killed", Attempt: 1}
		if err := d.Library.PublishDue(ctx, lost, due); !errors.Is(err, event.ErrStale) || d.version() != 1 {
			t.Fatalf("a worker that lost its delivery: %v, version %d", err, d.version())
		}
		d.Settle()
		if d.version() != 2 {
			t.Fatalf("version %d after the day came", d.version())
		}
		if err := d.Library.PublishDue(ctx, lost, due); !errors.Is(err, event.ErrStale) || d.version() != 2 {
			t.Fatalf("a second delivery: %v, version %d", err, d.version())
		}

		d.checked(summary("要退回的说明"))
		d.ok(d.Library.Check(ctx, d.act("standards01", ""), "2026-03-08"), "check")
		d.ok(d.Library.SendBack(ctx, d.act("standards02", "再想想")), "back before its day")
		d.Clock.Add(4 * 24 * time.Hour)
		d.Settle()
		if d.version() != 2 {
			t.Fatal("a draft that went back was published")
		}
		d.ok(d.Library.Hand(ctx, d.act("keeper-build", "")), "hand in")
		d.ok(d.Library.Review(ctx, d.act("build-check", ""), true), "review")
		d.ok(d.Library.Check(ctx, d.act("standards01", ""), "2026-03-20"), "check")
		d.Library.Gates = append(d.Library.Gates, func(context.Context, db.Reader, *catalog.Item, time.Time) ([]catalog.Flaw, error) {
			return []catalog.Flaw{{Path: "basis", Key: "standards.flaw_gone"}, {Path: "faq", Key: "standards.flaw_type", Warn: true}}, nil
		})
		d.Clock.Add(12 * 24 * time.Hour)
		d.Settle()
		draft, err = catalog.GetDraft(ctx, d.DB, dig)
		if err != nil || draft.State != catalog.DraftChecking || draft.Note != "standards.held_up" || d.version() != 2 {
			t.Errorf("%+v %v, version %d", draft, err, d.version())
		}
		err = d.Library.Check(ctx, d.act("standards01", ""), "2026-03-25")
		if f := fault.Fields(err); len(f) != 1 || f[0].Name != "basis" {
			t.Errorf("gates: %v", err)
		}
	})
}

// TestClaims: an organ takes up an entry once, at its own level.
func TestClaims(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &desk{App: a, t: t}, t.Context()
		claim := func(who, code string, level ref.Level) (ref.ItemID, error) {
			return d.Library.Claim(ctx, standards.Claim{Submit: d.submit(who), By: d.Staff(who), Code: code, Level: level})
		}
		for _, who := range []string{"standards01", "admin", "clerk01", "rules01"} {
			_, err := claim(who, "440191004000", ref.LevelCounty)
			d.is(err, fault.Denied, who+" claims")
		}
		_, err := claim("keeper-agri", "440191004000", ref.LevelTown)
		d.is(err, fault.Invalid, "a street's level")
		for _, who := range []string{"keeper-zumiao", "keeper-shiwan"} { // each street for itself
			_, err = claim(who, "440591027000", ref.LevelCounty)
			d.is(err, fault.Invalid, "a district's level")
			_, err = claim(who, "440591027000", ref.LevelTown)
			d.ok(err, who+" claims")
			id, err := claim(who, "440191026000", ref.LevelVillage)
			d.ok(err, who+" claims for its villages")
			draft, err := catalog.GetDraft(ctx, d.DB, id)
			d.ok(err, "draft")
			it, err := draft.Doc()
			d.ok(err, "document")
			if flaws, err := d.Library.Flaws(ctx, d.DB, it, d.Clock.Now()); err != nil || it.Level != ref.LevelVillage || slices.ContainsFunc(flaws, func(f catalog.Flaw) bool { return f.Path == "level" }) {
				t.Errorf("%+v %v", flaws, err)
			}
		}
		_, err = claim("keeper-agri", "449999999999", ref.LevelCounty)
		d.is(err, fault.NotFound, "no such entry")
		id, err := claim("keeper-agri", "440191004000", ref.LevelCounty)
		d.ok(err, "claim")
		_, err = claim("agri-check", "440191004000", ref.LevelCounty)
		d.is(err, fault.Conflict, "claimed already")
		draft, err := catalog.GetDraft(ctx, d.DB, id)
		d.ok(err, "draft")
		it, err := draft.Doc()
		if err != nil || it.Name != "动物诊疗许可" || it.TaskType != "01" || len(it.Basis) != 1 || len(it.TaskCode) != 31 || it.CatalogCode() != "440191004000" || it.Level != 4 {
			t.Errorf("%+v %v", it, err)
		}
		if flaws, err := d.Library.Flaws(ctx, d.DB, it, d.Clock.Now()); err != nil || !slices.ContainsFunc(flaws, func(f catalog.Flaw) bool { return f.Key == "plan.empty" && !f.Warn }) {
			t.Errorf("%v %v", flaws, err)
		}
		it.Name, it.Basis = "动物看病许可", nil
		if flaws, err := standards.Conforms(ctx, d.DB, it, d.Clock.Now()); err != nil || len(flaws) != 2 {
			t.Errorf("%v %v", flaws, err)
		}
	})
}

// TestEditionsMakeWork: what changes above becomes a to-do of each organ it concerns until somebody says what was done.
func TestEditionsMakeWork(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &desk{App: a, t: t}, t.Context()
		organ := d.Staff("keeper-build").Organ
		open, err := catalog.OpenChanges(ctx, d.DB, organ, "", 10)
		if err != nil || len(open) != 1 || open[0].Kind != catalog.Renamed {
			t.Fatalf("%+v %v", open, err)
		}
		all, err := catalog.AllBasic(ctx, d.DB)
		d.ok(err, "all")
		var edition []catalog.Basic
		for code, b := range all {
			switch code {
			case "440117011002":
				b.Levels = append(b.Levels, ref.LevelTown)
			case "440191003000":
				continue
			}
			edition = append(edition, b)
		}
		changes, err := d.Library.ImportBasic(ctx, "system:test", edition)
		d.ok(err, "import")
		kinds := map[catalog.ChangeKind]ref.OrganID{}
		for _, c := range changes {
			kinds[c.Kind] = c.Organ
		}
		if len(changes) != 2 || kinds[catalog.GivenDown] != organ || kinds[catalog.Gone] != "" {
			t.Errorf("%+v", changes)
		}
		if again, err := d.Library.ImportBasic(ctx, "system:test", edition); err != nil || len(again) != 0 {
			t.Errorf("the same edition again: %+v %v", again, err)
		}
		if b, err := catalog.GetBasic(ctx, d.DB, "440191003000"); err != nil || b.State != catalog.Cancelled {
			t.Errorf("%+v %v", b, err)
		}
		_, err = d.Library.ImportBasic(ctx, "system:test", []catalog.Basic{{Code: "short"}, {Code: "440191003000", Name: "x", TaskType: "01", State: catalog.InUse, Levels: []ref.Level{9}}})
		d.is(err, fault.Invalid, "a broken edition")
		end := func(who, done string) error {
			return d.Library.CloseChange(ctx, standards.Closing{Submit: d.submit(who), By: d.Staff(who), Change: open[0].ID, Done: done})
		}
		d.is(end("keeper-market", "改好了"), fault.Denied, "another organ closes")
		d.is(end("keeper-build", " "), fault.Invalid, "closed without a word")
		d.ok(end("keeper-build", "名称已改"), "close")
		d.is(end("standards01", "又一次"), fault.Conflict, "closed twice")
	})
}

// TestMovingACase: a running case keeps its version until the standards office moves it, and only where its process stays.
func TestMovingACase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &desk{App: a, t: t}, t.Context()
		id := d.Accept("clerk01", string(dig), "company-01")
		d.Settle()
		publish := func(change func(*catalog.Item)) ref.VersionID {
			t.Helper()
			d.checked(change)
			d.ok(d.Library.Check(ctx, d.act("standards01", ""), "2026-03-02"), "check")
			v, err := catalog.Current(ctx, d.DB, dig)
			d.ok(err, "current")
			return v.ID
		}
		on := func() ref.VersionID {
			t.Helper()
			seen, err := d.Cases.Of(ctx, id)
			d.ok(err, "case")
			return seen.Item.Version
		}
		move := func(who string, to ref.VersionID) error {
			return d.Library.Move(ctx, standards.Moving{Submit: d.submit(who), By: d.Staff(who), Case: id, To: to, Reason: "按新版说明办理"})
		}
		second := publish(summary("第二版"))
		if on() != "cc-road-dig@1" {
			t.Fatalf("the case went over by itself to %s", on())
		}
		d.is(move("keeper-build", second), fault.Denied, "a keeper moves")
		d.is(move("standards01", "cc-road-dig@1"), fault.Conflict, "to an old version")
		d.ok(move("standards01", second), "move")
		if on() != second {
			t.Errorf("still on %s", on())
		}
		d.is(move("standards01", second), fault.Conflict, "moved already")
		third := publish(func(it *catalog.Item) { it.Plan.Steps[0].Name = "另一个环节" })
		if err := move("standards01", third); fault.As(err).Key != "standards.move_plan" {
			t.Errorf("another plan: %v", err)
		}
	})
}
