package app_test

import (
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/licence"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/process/issuance"
	"yimen/ref"
)

func contestNote(a *apptest.App, account string, id ref.CaseItemID, do string) issuance.ContestNote {
	by := a.Staff(account)
	return issuance.ContestNote{Submit: a.Submit(by, "test.contest"), By: by, Item: id, Do: do, Kind: casefile.Review, Body: "演示区人民政府", On: calendar.DateOf(a.Clock.Now()), Number: "演示复决〔2026〕1号"}
}

// A stay suspends the licence and an outcome lifts it; an order to decide anew ends the licence, opens a round by its day, refuses
// the same decision on the same facts, and what is then granted is a licence again.
func TestAReviewHasItsEffect(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		note := func(n issuance.ContestNote, want ref.LicenceState) {
			t.Helper()
			if err := a.Press.NoteContest(ctx, n); err != nil {
				t.Fatal(n.Do, n.Outcome, fault.Fields(err), err)
			}
			a.Settle()
			l, err := licence.ByItem(ctx, a.DB, n.Item)
			if err != nil || l.State != want {
				t.Errorf("%s %s: %s, not %s %v", n.Do, n.Outcome, l.State, want, err)
			}
		}
		refused := func(n issuance.ContestNote, kind fault.Kind) {
			t.Helper()
			if err := a.Press.NoteContest(ctx, n); !fault.Is(err, kind) {
				t.Errorf("%s: %v, not %v", n.Do, err, kind)
			}
		}
		l := licensed(t, a)
		refused(contestNote(a, "build-decide", l.CaseItem, issuance.Filed), fault.NotFound)
		refused(contestNote(a, "market-accept", l.CaseItem, issuance.Filed), fault.Denied)
		refused(contestNote(a, "market-decide", l.CaseItem, issuance.Stayed), fault.Conflict)
		note(contestNote(a, "market-decide", l.CaseItem, issuance.Filed), ref.LicenceValid)
		refused(contestNote(a, "market-decide", l.CaseItem, issuance.Filed), fault.Conflict)
		note(contestNote(a, "market-decide", l.CaseItem, issuance.Stayed), ref.LicenceSuspended)
		refused(contestNote(a, "market-decide", l.CaseItem, issuance.Judged), fault.Invalid) // without an outcome
		upheld := contestNote(a, "market-decide", l.CaseItem, issuance.Judged)
		upheld.Outcome = casefile.Upheld
		note(upheld, ref.LicenceValid)

		lawsuit := contestNote(a, "market-decide", l.CaseItem, issuance.Filed)
		lawsuit.Kind = casefile.Court
		note(lawsuit, ref.LicenceValid)
		redo := contestNote(a, "market-decide", l.CaseItem, issuance.Judged)
		redo.Kind, redo.Outcome, redo.Until = casefile.Court, casefile.Redo, redo.On+20
		note(redo, ref.LicenceRescinded)
		task := a.Task(l.Case, approval.Decide, "")
		_, ci := lived(t, a, l.Case)
		last := redo.Until.End().Add(-time.Microsecond)
		if ci.Stage != casefile.Accepted || task.Round != 2 || !task.Due.Equal(last) || !ci.Due.Equal(last) || !ci.EndedAt.IsZero() {
			t.Errorf("%+v %+v", ci, task)
		}
		again := a.Decision("market-decide", task, approval.Grant)
		if err := a.Board.Decide(ctx, again); !fault.Is(err, fault.Invalid) {
			t.Error("the same on the same facts:", err)
		}
		a.Decide(a.Decision("market-decide", task, approval.Refuse))
		facts, err := casefile.Facts(ctx, a.DB, l.Case)
		if all := casefile.Contests(casefile.Holding(facts, l.CaseItem)); err != nil || len(all) != 2 || !all[1].Done {
			t.Error(all, err)
		}
		if got, err := licence.ByItem(ctx, a.DB, l.CaseItem); err != nil || got.State != ref.LicenceRescinded {
			t.Error(got.State, err)
		}
	})
}

// A refusal that did not stand is decided anew, and a licence that was rescinded by it is granted again as a new one.
func TestADecisionIsMadeAnew(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-individual-business", "person-003")
		a.Decide(a.Decision("market-decide", a.Task(id, approval.Decide, ""), approval.Refuse))
		_, ci := lived(t, a, id)
		for _, do := range []string{issuance.Filed, issuance.Judged} {
			n := contestNote(a, "market-decide", ci.ID, do)
			n.Outcome = casefile.Redo
			if err := a.Press.NoteContest(ctx, n); err != nil {
				t.Fatal(do, fault.Fields(err), err)
			}
			a.Settle()
		}
		a.Decide(a.Decision("market-decide", a.Task(id, approval.Decide, ""), approval.Grant))
		l, err := licence.ByItem(ctx, a.DB, ci.ID)
		if err != nil || l.State != ref.LicenceValid {
			t.Fatal(l, err)
		}
		for _, x := range []struct{ do, outcome string }{{issuance.Filed, ""}, {issuance.Judged, casefile.Redo}} {
			n := contestNote(a, "market-decide", ci.ID, x.do)
			if n.Kind, n.Outcome = casefile.Court, x.outcome; a.Press.NoteContest(ctx, n) != nil {
				t.Fatal(x)
			}
			a.Settle()
		}
		task := a.Task(id, approval.Decide, "")
		a.Decide(a.Decision("market-decide", task, approval.Refuse)) // the round before granted
		for _, x := range []struct{ do, outcome string }{{issuance.Filed, ""}, {issuance.Judged, casefile.Redo}} {
			n := contestNote(a, "market-decide", ci.ID, x.do)
			if n.Outcome = x.outcome; a.Press.NoteContest(ctx, n) != nil {
				t.Fatal(x)
			}
			a.Settle()
		}
		a.Decide(a.Decision("market-decide", a.Task(id, approval.Decide, ""), approval.Grant))
		again, err := licence.ByItem(ctx, a.DB, ci.ID)
		if err != nil || again.ID != l.ID || again.State != ref.LicenceValid || again.Mark == l.Mark {
			t.Errorf("%+v %v", again, err)
		}
		if was, err := licence.FormerByMark(ctx, a.DB, l.Mark); err != nil || was.Licence != l.ID {
			t.Error(was, err)
		}
	})
}
