package app_test

import (
	"fmt"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/catalog"
	"yimen/domain/powerlist"
	"yimen/foundation/fault"
	"yimen/process/intake"
	"yimen/process/standards"
	"yimen/ref"
)

// office is a house before the standards office.
type office struct {
	*apptest.App
	t *testing.T
}

func (d *office) is(err error, kind fault.Kind, what string) {
	d.t.Helper()
	if !fault.Is(err, kind) {
		d.t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

func (d *office) ok(err error, what string) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
}

// TestSuspendedItemsTakeNothing: from its day on a suspended item is refused with the reason, running cases go on, and it comes back.
func TestSuspendedItemsTakeNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &office{App: a, t: t}, t.Context()
		item := ref.ItemID("cc-individual-business")
		turn := func(who string, to catalog.State, on string) error {
			return d.Library.Turn(ctx, standards.Turning{Submit: d.Submit(d.Staff(who), "test"), By: d.Staff(who), Item: item, To: to, Reason: "系统切换", On: on})
		}
		d.is(turn("keeper-market", catalog.Suspended, "2026-03-02"), fault.Denied, "a keeper suspends")
		d.is(turn("standards01", catalog.InUse, "2026-03-02"), fault.Conflict, "what is in use is resumed")
		prepared := d.Acceptance("clerk01", string(item), "person-001")
		running := d.Accept("clerk01", string(item), "person-002")
		d.ok(turn("standards01", catalog.Suspended, "2026-03-04"), "suspend from Wednesday")
		if row, err := catalog.GetRow(ctx, d.DB, item); err != nil || row.State != catalog.InUse {
			t.Fatalf("%+v %v: suspended before its day", row, err)
		}
		d.Clock.Add(2 * 24 * time.Hour)
		d.Settle()
		_, err := d.Desk.Accept(ctx, prepared)
		d.is(err, fault.Conflict, "an application to a suspended item")
		if e := fault.As(err); e.Key != "standards.item_suspended" || fmt.Sprint(e.Args) != "[since 2026-03-04 reason 系统切换]" {
			t.Errorf("said %s %v", e.Key, e.Args)
		}
		d.is(intake.Offered(ctx, d.DB, item, catalog.Online, "", d.Clock.Now()), fault.Conflict, "the online page")
		if found, err := catalog.Find(ctx, d.DB, catalog.Looking{Words: "个体工商户", Limit: 10}); err != nil || len(found) != 0 {
			t.Errorf("a suspended item is offered: %v %v", found, err)
		}
		if _, err := d.Cases.Of(ctx, running); err != nil {
			t.Errorf("the running case: %v", err)
		}
		d.ok(turn("standards02", catalog.InUse, "2026-03-04"), "resume")
		if _, err := d.Desk.Accept(ctx, prepared); err != nil {
			t.Errorf("after it was resumed: %v", err)
		}
		d.ok(turn("standards02", catalog.Cancelled, "2026-03-04"), "cancel")
		d.is(turn("standards02", catalog.InUse, "2026-03-04"), fault.Conflict, "what is cancelled is resumed")
	})
}

// TestOpenedStepByStep: where lines stand, only they open the item, and the refusal names the day.
func TestOpenedStepByStep(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &office{App: a, t: t}, t.Context()
		item := ref.ItemID("cc-individual-business")
		at := d.Acceptance("clerk01", string(item), "person-001")
		line := func(who string, o catalog.Opening) error {
			return d.Library.Open(ctx, standards.Opening{Submit: d.Submit(d.Staff(who), "test"), By: d.Staff(who), Line: o})
		}
		d.is(line("keeper-market", catalog.Opening{Item: item, Hall: catalog.Every, Kind: catalog.Every, From: "2026-03-02"}), fault.Denied, "a keeper opens")
		err := line("standards01", catalog.Opening{Item: "none", Hall: "none", Kind: "none", Level: 9, From: "none"})
		if n := len(fault.Fields(err)); n != 5 {
			t.Errorf("%d fields wrong: %v", n, err)
		}
		d.ok(line("standards01", catalog.Opening{Item: catalog.Every, Level: 5, Hall: at.Clerk.Hall, Kind: catalog.Every, From: "2027-01-01"}), "a line for items of streets")
		d.ok(line("standards01", catalog.Opening{Item: item, Hall: at.Clerk.Hall, Kind: string(ref.PartyNatural), From: "2026-03-04"}), "a line")
		_, err = d.Desk.Accept(ctx, at)
		if e := fault.As(err); e.Key != "standards.item_not_yet" || fmt.Sprint(e.Args) != "[day 2026-03-04]" {
			t.Errorf("before its day: %v", err)
		}
		who := at.Party
		d.is(intake.Offered(ctx, d.DB, item, catalog.Online, who, d.Clock.Now().AddDate(1, 0, 0)), fault.Conflict, "online, where no line is")
		d.is(intake.Offered(ctx, d.DB, item, at.Clerk.Hall, d.Person("company-01").ID, d.Clock.Now().AddDate(1, 0, 0)), fault.Conflict, "a company, for which no line is")
		d.Clock.Add(2 * 24 * time.Hour)
		if _, err := d.Desk.Accept(ctx, at); err != nil {
			t.Errorf("on its day: %v", err)
		}
	})
}

// TestABarredItemTakesNothing: what comes to stand in the negative list takes no applications from that day on, and the refusal says why.
func TestABarredItemTakesNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &office{App: a, t: t}, t.Context()
		prepared := d.Acceptance("clerk01", "cc-individual-business", "person-001")
		office := d.Staff("standards01")
		tomorrow := d.Clock.Now().AddDate(0, 0, 1)
		_, err := d.Library.AddNegative(ctx, standards.Doing{Submit: d.Submit(office, "bar"), By: office}, powerlist.Negative{Kind: powerlist.NoItem, Name: "小本经营登记", Keywords: "个体工商户设立", Reason: "改为不用登记。",
			Basis: powerlist.Cite(powerlist.Citation{Law: "中华人民共和国行政许可法", Article: 13, Text: "可以不设行政许可"}), Period: powerlist.Period{From: tomorrow}})
		d.ok(err, "bar")
		d.ok(intake.Offered(ctx, d.DB, "cc-individual-business", catalog.Online, "", d.Clock.Now()), "before its day")
		d.Clock.Add(25 * time.Hour)
		_, err = d.Desk.Accept(ctx, prepared)
		d.is(err, fault.Conflict, "an application to a barred item")
		if e := fault.As(err); e.Key != "powerlist.barred" || fmt.Sprint(e.Args) != "[entry 小本经营登记 reason 改为不用登记。 law 中华人民共和国行政许可法 article 13]" {
			t.Errorf("said %s %v", e.Key, e.Args)
		}
		d.ok(intake.Offered(ctx, d.DB, "cc-road-dig", catalog.Online, "", d.Clock.Now()), "another item")
	})
}
