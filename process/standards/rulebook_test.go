package standards_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/rule"
	"yimen/foundation/fault"
	"yimen/process/standards"
)

func (d *desk) ruling(who string) standards.Ruling {
	d.t.Helper()
	b, err := d.Library.Book(d.t.Context(), d.DB, dig)
	d.ok(err, "book")
	return standards.Ruling{Submit: d.submit(who), By: d.Staff(who), Item: dig, Rev: b.Draft.Rev}
}

// keepRule saves a change of the table as somebody.
func (d *desk) keepRule(who string, change func(*rule.Table)) error {
	b, err := d.Library.Book(d.t.Context(), d.DB, dig)
	d.ok(err, "book")
	t := b.Table.Tidy()
	change(&t)
	_, err = d.Library.KeepRule(d.t.Context(), d.ruling(who), t)
	return err
}

// signed brings a change as far as the second signature.
func (d *desk) signed(change func(*rule.Table)) {
	d.t.Helper()
	d.ok(d.keepRule("rules01", change), "keep")
	d.ok(d.Library.SignRule(d.t.Context(), d.ruling("rules01")), "sign")
}

func (d *desk) release(who, on string) error {
	_, err := d.Library.ReleaseRule(d.t.Context(), standards.Releasing{Ruling: d.ruling(who), On: on, Replay: "digest"})
	return err
}

func says(words string) func(*rule.Table) { return func(t *rule.Table) { t.Rows[0].Says = words } }

func (d *desk) firstRow() string {
	d.t.Helper()
	v, err := catalog.Current(d.t.Context(), d.DB, dig)
	d.ok(err, "current")
	return v.Doc().Rule.Rows[0].Says
}

func (d *desk) standing() standards.RuleStanding {
	d.t.Helper()
	s, err := d.Library.RuleStanding(d.t.Context(), d.DB, dig)
	d.ok(err, "standing")
	return s
}

// TestEveryItemsRuleIsATable: what an item of the town says comes back from its table as it was.
func TestEveryItemsRuleIsATable(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		items, err := a.Library.ItemsOf(t.Context(), "", false)
		if err != nil || len(items) < 5 {
			t.Fatal(len(items), err)
		}
		for _, it := range items {
			back, flaws := standards.RuleOf(standards.TableOf(it), it)
			if len(flaws) > 0 || !reflect.DeepEqual(tidied(back), tidied(it.Rule)) {
				t.Errorf("%s: %v\n%+v\n%+v", it.ID, flaws, back, it.Rule)
			}
		}
	})
}

func tidied(r catalog.Rule) catalog.Rule {
	if r.Hit == "" {
		r.Hit = "F"
	}
	for i := range r.Inputs {
		if len(r.Inputs[i].Values) == 0 {
			r.Inputs[i].Values = nil
		}
	}
	return r
}

// TestATableIsSignedByTwoAndComesIntoForceAtOnce: a release becomes the item's next version, running cases keep theirs.
func TestATableIsSignedByTwoAndComesIntoForceAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx, today := &desk{App: a, t: t}, t.Context(), "2026-03-02"
		running := a.Accept("clerk01", string(dig), "company-01")
		for _, who := range []string{"keeper-build", "standards01", "clerk01", "admin", "supervisor01"} {
			d.is(d.keepRule(who, says("别人")), fault.Denied, who+" keeps a rule")
			d.is(d.Library.SignRule(ctx, d.ruling(who)), fault.Denied, who+" signs")
			d.is(d.release(who, today), fault.Denied, who+" releases")
			d.is(d.Library.TakeUpRule(ctx, d.ruling(who)), fault.Denied, who+" takes up")
		}
		d.is(d.release("rules02", today), fault.Conflict, "a second signature before the first")
		d.ok(d.keepRule("rules01", says("准予挖掘。")), "keep")
		stale := d.ruling("rules01")
		stale.Rev--
		_, err := d.Library.KeepRule(ctx, stale, rule.Table{Name: "旧"})
		d.is(err, fault.Conflict, "an old revision")
		d.ok(d.Library.SignRule(ctx, d.ruling("rules01")), "sign")
		d.is(d.Library.SignRule(ctx, d.ruling("rules02")), fault.Conflict, "a first signature twice")
		d.is(d.release("rules01", today), fault.Denied, "one person twice")
		d.is(d.release("rules02", "2026-03-01"), fault.Invalid, "a day that is over")
		d.is(d.release("rules02", "soon"), fault.Invalid, "no day")
		again := standards.Releasing{Ruling: d.ruling("rules02"), On: today, Replay: "digest"}
		n, err := d.Library.ReleaseRule(ctx, again)
		if err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if n, err := d.Library.ReleaseRule(ctx, again); err != nil || n != 1 {
			t.Error("the same submit again:", n, err)
		}
		if d.version() != 2 || d.firstRow() != "准予挖掘。" || !d.standing().TakenUp {
			t.Errorf("version %d says %s", d.version(), d.firstRow())
		}
		v, _, err := rule.InForce(ctx, d.DB, "cc-road-dig", d.Clock.Now())
		if err != nil || v.Author != d.Staff("rules01").ID || v.SecondSigner != d.Staff("rules02").ID || v.Replay != "digest" {
			t.Errorf("%+v %v", v, err)
		}
		items, err := casefile.Items(ctx, d.DB, running)
		if err != nil || items[0].Version != "cc-road-dig@1" {
			t.Errorf("a running case changed its version: %+v %v", items, err)
		}
		rows, err := audit.History(ctx, d.DB, "item:"+string(dig))
		d.ok(err, "audit")
		var verbs []string
		for _, x := range rows {
			verbs = append(verbs, x.Verb)
		}
		for _, want := range []string{"standards.KeepRule", "standards.SignRule", "standards.ReleaseRule", "standards.Publish"} {
			if !slices.Contains(verbs, want) {
				t.Errorf("no row %s among %v", want, verbs)
			}
		}
	})
}

// TestWhatCannotBeReleased: flaws, contradictions and what the item's publication would refuse.
func TestWhatCannotBeReleased(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &desk{App: a, t: t}, t.Context()
		was := standards.TableOf(apptest.Item(a, string(dig)))
		for what, harm := range map[string]func(*rule.Table){
			"a row without a basis":  func(t *rule.Table) { t.Rows[1].Basis = rule.Citation{} },
			"an id twice":            func(t *rule.Table) { t.Rows[1].ID = "R1" },
			"no id":                  func(t *rule.Table) { t.Rows[1].ID = "" },
			"another outcome":        func(t *rule.Table) { t.Rows[1].Outputs = []string{`"perhaps"`} },
			"no condition in words":  func(t *rule.Table) { t.Rows[1].When = "" },
			"a computed column":      func(t *rule.Table) { t.Inputs[0].Expression = "fresh and honest" },
			"a type of its own":      func(t *rule.Table) { t.Inputs[0].Type = rule.TypeDays },
			"two conclusions":        func(t *rule.Table) { t.Outputs = append(t.Outputs, rule.Output{Name: "x", Type: rule.TypeNumber}) },
			"rows that contradict":   func(t *rule.Table) { t.Policy = rule.Unique },
			"a policy that collects": func(t *rule.Table) { t.Policy = rule.Collect },
			"a cell of another type": func(t *rule.Table) { t.Rows[0].Cells[0] = "> 3" },
			"no row that refuses":    func(t *rule.Table) { t.Rows = t.Rows[:2] },
		} {
			d.ok(d.keepRule("rules01", func(t *rule.Table) { *t = was.Tidy(); harm(t) }), what)
			d.is(d.Library.SignRule(ctx, d.ruling("rules01")), fault.Invalid, what)
		}
		if d.version() != 1 {
			t.Error(d.version())
		}
	})
}

// TestAReleaseWaitsForItsDay: the timer makes it the item's rule, in a draft that waits for its own day too.
func TestAReleaseWaitsForItsDay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &desk{App: a, t: t}, t.Context()
		d.checked(summary("新的说明"))
		d.ok(d.Library.Check(ctx, d.act("standards01", ""), "2026-03-20"), "check")
		d.signed(says("准予挖掘。"))
		d.ok(d.release("rules02", "2026-03-10"), "release")
		d.is(func() error { d.signed(says("又改。")); return d.release("rules02", "2062-03-09") }(), fault.Invalid, "decades away")
		d.Settle()
		if d.version() != 1 || d.standing().Table != nil {
			t.Errorf("in force before its day: version %d", d.version())
		}
		d.Clock.Add(8 * 24 * time.Hour)
		d.Settle()
		if d.version() != 2 || d.firstRow() != "准予挖掘。" || !d.standing().TakenUp {
			t.Errorf("version %d says %s", d.version(), d.firstRow())
		}
		draft, err := catalog.GetDraft(ctx, d.DB, dig)
		d.ok(err, "draft")
		it, err := draft.Doc()
		if err != nil || it.Rule.Rows[0].Says != "准予挖掘。" || draft.State != catalog.DraftPassed {
			t.Errorf("the draft was left behind: %s %v", draft.State, err)
		}
		d.Clock.Add(10 * 24 * time.Hour)
		d.Settle()
		if v, err := catalog.Current(ctx, d.DB, dig); err != nil || d.version() != 3 || v.Doc().Summary != "新的说明" || v.Doc().Rule.Rows[0].Says != "准予挖掘。" {
			t.Errorf("the draft was not published on its day: %d %v", v.Number, err)
		}
	})
}

// TestARuleChangesByAReleaseAlone: once there is one.
func TestARuleChangesByAReleaseAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx, today := &desk{App: a, t: t}, t.Context(), "2026-03-02"
		byHand := func(it *catalog.Item) { it.Rule.Rows[0].Says = "手改的话。" }
		d.checked(byHand)
		d.ok(d.Library.Check(ctx, d.act("standards01", ""), today), "before any release a rule is the item's own")
		d.signed(says("准予挖掘。"))
		d.ok(d.release("rules02", today), "release")
		d.checked(byHand)
		err := d.Library.Check(ctx, d.act("standards01", ""), today)
		d.is(err, fault.Invalid, "a rule changed by hand")
		if all := fault.Fields(err); len(all) != 1 || all[0].Key != "rules.flaw.by_hand" || all[0].Name != "rule" {
			t.Errorf("%+v", all)
		}
		d.ok(d.Library.SendBack(ctx, d.act("standards01", "规则不能手改")), "back")
		d.ok(d.Library.GiveUp(ctx, d.act("keeper-build", "")), "give up")
		d.checked(summary("只改说明"))
		d.ok(d.Library.Check(ctx, d.act("standards01", ""), today), "the rest of an item changes as before")
		if d.firstRow() != "准予挖掘。" {
			t.Error(d.firstRow())
		}
	})
}

// TestAHeldUpReleaseSaysWhy: what the gates refuse on the day is not published; mended, it is taken up.
func TestAHeldUpReleaseSaysWhy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		d, ctx := &desk{App: a, t: t}, t.Context()
		d.signed(says("准予挖掘。"))
		d.ok(d.release("rules02", "2026-03-10"), "release")
		basic, err := catalog.AllBasic(ctx, d.DB)
		d.ok(err, "basic")
		var edition []catalog.Basic
		code := apptest.Item(a, string(dig)).CatalogCode()
		for _, b := range basic {
			if b.Code == code {
				b.Name = "挖掘道路审批（新）"
			}
			edition = append(edition, b)
		}
		_, err = d.Library.ImportBasic(ctx, "test", edition)
		d.ok(err, "a new edition")
		d.Clock.Add(8 * 24 * time.Hour)
		d.Settle()
		s := d.standing()
		if d.version() != 1 || s.TakenUp || len(s.HeldUp) == 0 || s.HeldUp[0].Key != "standards.flaw_name" {
			t.Fatalf("version %d, %+v", d.version(), s.HeldUp)
		}
		d.is(d.Library.TakeUpRule(ctx, d.ruling("rules01")), fault.Invalid, "still held up")
		_, err = d.Library.ImportBasic(ctx, "test", slices.Collect(func(yield func(catalog.Basic) bool) {
			for _, b := range basic {
				if !yield(b) {
					return
				}
			}
		}))
		d.ok(err, "the old names again")
		d.ok(d.Library.TakeUpRule(ctx, d.ruling("rules01")), "take up")
		d.ok(d.Library.TakeUpRule(ctx, d.ruling("rules01")), "again, which changes nothing")
		if d.version() != 2 || d.firstRow() != "准予挖掘。" {
			t.Errorf("version %d says %s", d.version(), d.firstRow())
		}
	})
}

// TestFilesOfATable: both kinds round, and nothing is taken of a file with a wrong cell.
func TestFilesOfATable(t *testing.T) {
	a := apptest.New(t, "sqlite:"+t.TempDir()+"/rules.db")
	b, err := a.Library.Book(t.Context(), a.DB, dig)
	if err != nil {
		t.Fatal(err)
	}
	for _, as := range []string{"dmn", "xlsx"} {
		write := func(t rule.Table) []byte {
			var out bytes.Buffer
			if err := standards.WriteRule(&out, t, as, strings.Clone); err != nil {
				panic(err)
			}
			return out.Bytes()
		}
		back, flaws, err := standards.ReadRule(write(b.Table), dig)
		if err != nil || len(flaws) > 0 || len(rule.Diff(back, b.Table.Tidy())) > 0 || back.Rows[0].When != b.Table.Rows[0].When {
			t.Errorf("%s: %v %+v", as, err, flaws)
		}
		wrong := b.Table.Tidy()
		wrong.Rows[1].Cells[0], wrong.Rows[2].When, wrong.Inputs[1].Type = "maybe", "", rule.TypeDays
		none, flaws, err := standards.ReadRule(write(wrong), dig)
		if err != nil || none.Name != "" {
			t.Errorf("%s: taken with a wrong cell: %v", as, err)
		}
		got := map[string]standards.FileFlaw{}
		for _, f := range flaws {
			got[f.Key] = f
		}
		cell := got["rule.unknown_name"]
		if as == "xlsx" && (cell.Sheet != "Sheet1" || cell.Row != 11 || cell.Column != "B" || got["rules.flaw.when"].Row != 12 || got["rules.flaw.type"].Column != "C") {
			t.Errorf("%+v", flaws)
		}
		if as == "dmn" && (cell.Row != 2 || cell.Column != "fresh" || got["rules.flaw.type"].Column != "gov_ok") {
			t.Errorf("%+v", flaws)
		}
	}
	var other bytes.Buffer
	if err := standards.WriteRule(&other, b.Table, "dmn", strings.Clone); err != nil {
		t.Fatal(err)
	}
	if _, flaws, err := standards.ReadRule(other.Bytes(), "cc-legal-aid"); err != nil || len(flaws) != 1 || flaws[0].Key != "rules.flaw.other_item" {
		t.Errorf("another item's file: %+v %v", flaws, err)
	}
	if _, _, err := standards.ReadRule([]byte("name,value"), dig); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}
