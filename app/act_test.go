package app_test

import (
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/delivery"
	"yimen/domain/licence"
	"yimen/domain/material"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/foundation/pdf"
	"yimen/process/issuance"
	"yimen/ref"
)

// licensed is person-001's licence of an item decided on the spot.
func licensed(t *testing.T, a *apptest.App) licence.Licence {
	t.Helper()
	id := a.Accept("clerk01", "cc-individual-business", "person-001")
	a.Decide(a.Decision("market-decide", a.Task(id, approval.Decide, ""), approval.Grant))
	all, err := licence.ByCase(ctx, a.DB, id)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return all[0]
}

func proposal(a *apptest.App, account string, l licence.Licence, kind, ground string) issuance.ActOrder {
	by := a.Staff(account)
	return issuance.ActOrder{Submit: a.Submit(by, "test.act"), By: by, Licence: l.ID, Kind: kind, Ground: ground,
		Words: licence.ActWords{Reason: "经查，申请时提交的经营场所证明是假的。", Interests: "不保护以欺骗取得的利益，对公共利益没有损害。"}}
}

func proposed(t *testing.T, a *apptest.App, o issuance.ActOrder) licence.Act {
	t.Helper()
	id, err := a.Press.Propose(ctx, o)
	if err != nil {
		t.Fatal(o.Kind, fault.Fields(err), err)
	}
	a.Settle()
	act, err := licence.GetAct(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	if act.Hear == 0 {
		return act
	}
	if act.Ripe(a.Clock.Now().AddDate(1, 0, 0)) {
		t.Error("ripe while nobody was told")
	}
	deliver(t, a, step(a, "market-decide", delivery.WasLeft, undelivered(t, a, act.Case), delivery.Words{Witness: "演示见证人", Place: "住所", Reason: "本人拒收"}))
	if act, err = licence.GetAct(ctx, a.DB, id); err != nil {
		t.Fatal(err)
	}
	return act
}

func settle(a *apptest.App, account string, act licence.Act, carry bool, note string) error {
	by := a.Staff(account)
	err := a.Press.Settle(ctx, issuance.Verdict{Submit: a.Submit(by, "test.settle"), By: by, Act: act.ID, Carry: carry, Note: note})
	a.Settle()
	return err
}

func carried(t *testing.T, a *apptest.App, o issuance.ActOrder) licence.Licence {
	t.Helper()
	act := proposed(t, a, o)
	if err := settle(a, "market-decide-b", act, true, "同意。"); err != nil {
		t.Fatal(o.Kind, err)
	}
	l, err := licence.Get(ctx, a.DB, o.Licence)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Nobody is unheard: a licence is rescinded only after its holder stated or let the days pass, by two people of its organ, with a
// letter that answers; and what is undone is as it was.
func TestALicenceIsRescindedAfterItsHolderWasHeard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := licensed(t, a)
		act := proposed(t, a, proposal(a, "market-decide", l, licence.Rescind, "69-2"))
		if act.Told == "" || calendar.DateOf(act.Until.Add(-time.Second)).String() != "2026-03-09" {
			t.Fatalf("the holder was not told: %+v", act)
		}
		_, file, err := a.Press.Fetch(ctx, act.Told)
		if err != nil || !strings.Contains(letterText(t, file), "从收到本告知书那天起5个工作日内，你（单位）有权陈述、申辩") {
			t.Error(letterText(t, file), err)
		}
		for account, kind := range map[string]fault.Kind{"market-decide": fault.Denied, "build-decide": fault.NotFound, "market-accept": fault.Denied, "market-decide-b": fault.Conflict} {
			if err := settle(a, account, act, true, "同意。"); !fault.Is(err, kind) {
				t.Errorf("%s: %v", account, err)
			}
		}
		say := issuance.Statement{Submit: once.Submit{Actor: "party:x", Route: "test.state", Key: db.NewID(), At: a.Clock.Now()}, Act: act.ID, Party: a.Person("person-002").ID, Words: "我有意见", By: "party:x"}
		if err := a.Press.State(ctx, say); !fault.Is(err, fault.NotFound) {
			t.Error("somebody else stated", err)
		}
		if say.Party = l.Party; a.Press.State(ctx, say) != nil {
			t.Error("the holder could not state")
		}
		if err := settle(a, "market-decide-b", act, true, ""); !fault.Is(err, fault.Invalid) {
			t.Error("a statement without an answer", err)
		}
		if err := settle(a, "market-decide-b", act, true, "意见没有证据，不采纳。"); err != nil {
			t.Fatal(err)
		}
		act, err = licence.GetAct(ctx, a.DB, act.ID)
		if err != nil {
			t.Fatal(err)
		}
		doc, file, err := a.Press.Fetch(ctx, act.Letter)
		if err != nil || doc.Kind != seal.ActLetter || doc.Organ != l.Organ {
			t.Fatal(doc, err)
		}
		for _, want := range []string{"撤销决定书", "经营场所证明是假的", "第六十九条第二款", "我有意见", "不采纳", "行政复议", "行政诉讼"} {
			if !strings.Contains(letterText(t, file), want) {
				t.Errorf("no %q in %s", want, letterText(t, file))
			}
		}
		if got, _ := licence.Get(ctx, a.DB, l.ID); got.State != ref.LicenceRescinded {
			t.Error(got.State)
		}
		kind := apptest.Item(a, "cc-individual-business").Result.MaterialKind
		if held, err := material.Reusable(ctx, a.DB, l.Party, []string{kind}, a.Clock.Now()); err != nil || len(held[kind]) != 0 {
			t.Error("a rescinded licence is reused", held, err)
		}
		if back := carried(t, a, proposal(a, "market-decide", l, licence.Reverse, "reverse-court")); back.State != ref.LicenceValid {
			t.Error("what was undone is not as it was:", back.State)
		}
		if held, err := material.Reusable(ctx, a.DB, l.Party, []string{kind}, a.Clock.Now()); err != nil || len(held[kind]) != 1 {
			t.Error("a restored licence is not reused", held, err)
		}
	})
}

// Each of the six has its own effect.
func TestSixActsAreSix(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		wait := func(days int) { a.Clock.Add(time.Duration(days) * 24 * time.Hour); a.Settle() }
		for _, x := range []struct {
			kind, ground string
			want         ref.LicenceState
		}{{licence.Withdraw, "8-2-law", ref.LicenceOther}, {licence.Revoke, "penalty-9-3", ref.LicenceRevoked}, {licence.Cancel, "70-3", ref.LicenceCancelled}} {
			l := licensed(t, a)
			o := proposal(a, "market-decide", l, x.kind, x.ground)
			if x.kind != licence.Cancel {
				if _, err := a.Press.Propose(ctx, o); !fault.Is(err, fault.Invalid) { // compensation, or whose penalty
					t.Errorf("%s: %v", x.kind, err)
				}
			}
			o.Submit = a.Submit(o.By, "test.act")
			o.Words.Pays, o.Words.Body, o.Words.Decision = "没有财产损失。", "演示市市场监督管理局", "演市监处〔2026〕1号"
			act := proposed(t, a, o)
			if x.kind != licence.Cancel {
				wait(8) // the days pass without a word
			}
			if err := settle(a, "market-decide-b", act, true, ""); err != nil {
				t.Fatal(x.kind, err)
			}
			got, err := licence.Get(ctx, a.DB, l.ID)
			if err != nil || got.State != x.want || got.Mark != l.Mark {
				t.Errorf("%s: %s, not %s %v", x.kind, got.State, x.want, err)
			}
			if x.kind == licence.Revoke { // what has ended is cancelled, on that ground alone
				if _, err := a.Press.Propose(ctx, proposal(a, "market-decide", l, licence.Cancel, "70-3")); !fault.Is(err, fault.Invalid) {
					t.Error(err)
				}
				if got := carried(t, a, proposal(a, "market-decide", l, licence.Cancel, "70-4")); got.State != ref.LicenceCancelled {
					t.Error(got.State)
				}
			}
		}
		l := licensed(t, a)
		element := apptest.Item(a, "cc-individual-business").Result.Fields[0]
		o := proposal(a, "market-decide", l, licence.Correct, "clerical")
		if o.Words.Changes = map[string]string{"no.such": "x"}; !refused(a, o, fault.Invalid) {
			t.Error("what is not on the licence was changed")
		}
		o.Submit, o.Words.Changes = a.Submit(o.By, "test.act"), map[string]string{element: "更正后的写法"}
		corrected := carried(t, a, o)
		if corrected.Number != l.Number || corrected.Mark.Parts().Version != 2 || corrected.State != ref.LicenceValid || corrected.Document == l.Document {
			t.Errorf("%+v", corrected)
		}
		_, file, err := a.Press.Fetch(ctx, corrected.Document)
		if err != nil || !strings.Contains(letterText(t, file), "更正后的写法") || !strings.Contains(letterText(t, file), string(corrected.Mark)) {
			t.Error(letterText(t, file), err)
		}
		roots, err := a.Ring.Roots()
		if r, failed := pdf.Verify(file, roots); err != nil || failed != nil || !r.Good() {
			t.Error(r, err, failed)
		}
		o = proposal(a, "market-decide", l, licence.Alter, "49")
		o.Words.Changes = map[string]string{element: "变更后的内容"}
		altered := carried(t, a, o)
		if altered.Number == l.Number || altered.Mark.Parts().Version != 3 {
			t.Errorf("%+v", altered)
		}
		was, err := licence.FormerByMark(ctx, a.DB, l.Mark)
		if versions, failed := licence.Versions(ctx, a.DB, l.ID); err != nil || failed != nil || was.Licence != l.ID || len(versions) != 2 {
			t.Error(was, versions, err, failed)
		}
		kind := apptest.Item(a, "cc-individual-business").Result.MaterialKind
		held, err := material.Reusable(ctx, a.DB, l.Party, []string{kind}, a.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range held[kind] {
			if m.Licence == l.ID && m.Made.Before(altered.Issued) {
				t.Error("a former version's paper is reused")
			}
		}
	})
}

func refused(a *apptest.App, o issuance.ActOrder, kind fault.Kind) bool {
	_, err := a.Press.Propose(ctx, o)
	return fault.Is(err, kind)
}

// An act is proposed by who has the licence's item, once at a time.
func TestWhoMayPropose(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := licensed(t, a)
		for account, kind := range map[string]fault.Kind{"build-decide": fault.NotFound, "market-accept": fault.Denied} {
			if !refused(a, proposal(a, account, l, licence.Cancel, "70-3"), kind) {
				t.Error(account)
			}
		}
		if !refused(a, proposal(a, "market-decide", l, licence.Cancel, "70-1"), fault.Invalid) {
			t.Error("expired without being so")
		}
		act := proposed(t, a, proposal(a, "market-decide", l, licence.Cancel, "70-3"))
		if !refused(a, proposal(a, "market-decide", l, licence.Rescind, "69-2"), fault.Conflict) {
			t.Error("two acts at once")
		}
		if err := settle(a, "market-decide-b", act, false, "登记没有终止，不同意。"); err != nil {
			t.Error(err)
		}
		if got, _ := licence.Get(ctx, a.DB, l.ID); got.State != ref.LicenceValid {
			t.Error(got.State)
		}
	})
}
