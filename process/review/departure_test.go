package review_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/form"
	"yimen/domain/rule"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/process/review"
	"yimen/ref"
)

var ctx = context.Background()

// instant is an instant matter as far as its decision.
func instant(a *apptest.App) (ref.CaseID, approval.Task) {
	id := a.Accept("clerk01", "cc-individual-business", "person-001")
	return id, a.Task(id, approval.Decide, "")
}

// departing grants by findings for which the rule refuses, with a reason.
func departing(a *apptest.App, t approval.Task) review.Decision {
	d := a.Decision("market-rep-zumiao", t, approval.Grant)
	d.Findings, d.RuleRow, d.Reason = a.Findings(t, "R5"), "R1", "缺少的租赁合同已由街道书面证明。"
	return d
}

func answer(a *apptest.App, account string, t approval.Task, do string) review.Answer {
	s := a.Staff(account)
	return review.Answer{Submit: a.Submit(s, "test.answer"), By: s, Task: t.ID, Departure: reread(a, t).Departure, Do: do}
}

func reread(a *apptest.App, t approval.Task) approval.Task {
	got, err := approval.Get(ctx, a.DB, t.ID)
	return apptest.Must(a, got, err)
}

// history are the kinds of a case's facts, in order.
func history(a *apptest.App, id ref.CaseID) (out []casefile.Kind) {
	facts, err := casefile.Facts(ctx, a.DB, id)
	for _, f := range apptest.Must(a, facts, err) {
		out = append(out, f.Kind)
	}
	return out
}

func has(kinds []casefile.Kind, want casefile.Kind) (n int) {
	for _, k := range kinds {
		if k == want {
			n++
		}
	}
	return n
}

// refused holds an error against its kind, and its key or its one field.
func refused(t *testing.T, err error, kind fault.Kind, words ...string) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("%v, want %v", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(fault.As(err).Error(), w) {
			t.Fatalf("%v, want %s", err, w)
		}
	}
}

// The table proposes; who follows it decides alone, and the facts are kept sealed.
func TestFollowingTheTableDecidesAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, task := instant(a)
		d := a.Decision("market-rep-zumiao", task, approval.Grant)
		p, err := a.Board.Propose(ctx, task.ID, d.Findings)
		if err != nil || p.Gap || p.Row.ID != "R1" || p.Row.Says == "" || p.Row.Basis.Law == "" || p.Remedy.ReviewDays != 0 {
			t.Fatalf("%+v %v", p, err)
		}
		if got := reread(a, task); got.State != approval.Open || got.Waiting() {
			t.Fatalf("asking wrote: %+v", got)
		}
		d.RuleRow = "" // the table's own
		a.Decide(d)
		done := reread(a, task)
		if done.State != approval.Done || done.RuleRow != "R1" || done.Departed() || done.Second != "" || strings.Contains(string(done.Facts), "papers_true") {
			t.Fatalf("%+v", done)
		}
		c, err := casefile.Get(ctx, a.DB, id)
		plain, err2 := a.Vault.Open(ctx, a.DB, string(c.Party), "approval_task.facts."+string(task.ID), done.Facts)
		facts := map[string]rule.Value{}
		if err := errors.Join(err, err2, json.Unmarshal(plain, &facts)); err != nil || len(facts) != 4 || !facts["papers_true"].True() {
			t.Fatalf("%s %v", plain, err)
		}
		if n := has(history(a, id), casefile.FactDeparting); n != 0 || c.Stage != casefile.Closed {
			t.Fatal(n, c.Stage)
		}
	})
}

// What the form says is read from the case: an officer cannot say it, and what it does not say is not known.
func TestFactsOfTheFormComeFromTheCase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-emergency-plan", "company-01")
		task := decision(a, id)
		found := map[string]string{"assessed": "true", "published": "true", "complete": "true"}
		p, err := a.Board.Propose(ctx, task.ID, found)
		if err != nil || p.Row.ID != "R1" || p.Facts[0].Value.Plain() != "hazard" {
			t.Fatalf("%+v %v", p, err)
		}
		forged := maps.Clone(found)
		forged["emergency.kind"] = "other"
		_, err = a.Board.Propose(ctx, task.ID, forged)
		refused(t, err, fault.Invalid, "finding.emergency.kind=review.finding_unknown")
		answered(t, a, task, "other")
		if p, err = a.Board.Propose(ctx, task.ID, found); err != nil || p.Row.ID != "R5" || p.Remedy != apptest.Item(a, "cc-emergency-plan").Remedy {
			t.Fatalf("%+v %v", p, err)
		}
		answered(t, a, task, "")
		if p, err = a.Board.Propose(ctx, task.ID, found); err != nil || !p.Gap || !p.Facts[0].Value.IsNull() {
			t.Fatalf("not known, and yet %+v %v", p, err)
		}
	})
}

// decision brings a case as far as its decision by whoever may.
func decision(a *apptest.App, id ref.CaseID) approval.Task {
	for range 8 {
		all, err := approval.ByCase(ctx, a.DB, id)
		for _, t := range apptest.Must(a, all, err) {
			if t.State == approval.Open && t.Kind == approval.Decide {
				return t
			}
		}
		for _, t := range all {
			if t.State != approval.Open {
				continue
			}
			short := strings.TrimPrefix(string(t.Organ), "cc-")
			if t.Kind == approval.Accept {
				a.Decide(a.Decision(short+"-accept", t, approval.Take))
				continue
			}
			d := a.Decision(short+"-review-a", t, approval.Agree)
			d.Second = a.Staff(short + "-review-b").ID
			a.Decide(d)
		}
	}
	return approval.Task{}
}

// answered replaces the one answer the table reads.
func answered(t *testing.T, a *apptest.App, task approval.Task, value string) {
	t.Helper()
	c, err := casefile.Get(ctx, a.DB, task.Case)
	if err != nil {
		t.Fatal(err)
	}
	err = a.DB.Write(ctx, "test.Answer", func(ctx context.Context, tx *db.Tx) error {
		return form.Replace(ctx, tx, a.Vault, task.CaseItem, c.Party, []form.Answer{{Element: "emergency.kind", Value: value, Source: "source.window", At: a.Now()}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every finding is asked for, in its kind, and all mistakes come at once.
func TestFindingsAreNeededAndRight(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		_, task := instant(a)
		d := a.Decision("market-rep-zumiao", task, approval.Refuse)
		d.Note = ""
		d.Findings = map[string]string{"papers_complete": "", "lawful": "maybe", "pre_approved": "true"}
		err := a.Board.Decide(ctx, d)
		refused(t, err, fault.Invalid, "finding.papers_complete=form.choose", "finding.lawful=review.finding_wrong", "finding.papers_true=form.choose", "note=review.reasons_needed")
		if len(fault.Fields(err)) != 4 {
			t.Fatal(err)
		}
		if reread(a, task).State != approval.Open {
			t.Fatal("decided without findings")
		}
		review := a.Task(a.Accept("clerk01", "cc-road-dig", "company-01"), approval.Review, "")
		_, err = a.Board.Propose(ctx, review.ID, nil)
		refused(t, err, fault.Conflict, "review.no_table")
	})
}

// Leaving the table needs a reason and waits; meanwhile nothing else completes the task.
func TestDepartureNeedsAReasonAndWaits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, task := instant(a)
		d := departing(a, task)
		d.Reason = "无"
		refused(t, a.Board.Decide(ctx, d), fault.Invalid, "reason=review.departure_reason")
		d.Reason = strings.Repeat("长", 2001)
		refused(t, a.Board.Decide(ctx, d), fault.Invalid, "reason=form.too_long")
		d = departing(a, task)
		d.RuleRow = "R2" // a refusal's
		refused(t, a.Board.Decide(ctx, d), fault.Invalid, "rule_row=review.rule_row")
		d = departing(a, task)
		for range 2 { // the same submit again
			a.Decide(d)
		}
		got := reread(a, task)
		if !got.Waiting() || got.DepartureBy != d.By.ID || got.Outcome != "" || strings.Contains(string(got.DepartureBody), "租赁合同") {
			t.Fatalf("%+v", got)
		}
		if n := has(history(a, id), casefile.FactDeparting); n != 1 {
			t.Fatal(n)
		}
		for _, account := range []string{"market-rep-zumiao", "market-decide"} {
			refused(t, a.Board.Decide(ctx, a.Decision(account, task, approval.Grant)), fault.Conflict, "review.departure_waits")
		}
		err := a.DB.Write(ctx, "test.Complete", func(ctx context.Context, tx *db.Tx) error {
			other := got
			other.Departure, other.DoneAt = "", a.Now()
			return approval.Complete(ctx, tx, other)
		})
		refused(t, err, fault.Conflict)
		if c, _ := casefile.Get(ctx, a.DB, id); c.Stage != casefile.Accepted || !c.ClosedAt.IsZero() {
			t.Fatalf("%+v", c)
		}
	})
}

// A second person who may decide confirms; nobody else does, and the proposer least of all.
func TestConfirmedByASecondPerson(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, task := instant(a)
		a.Decide(departing(a, task))
		for account, key := range map[string]string{"market-rep-zumiao": "review.departure_own", "clerk01": "", "health-decide": "", "market-accept": ""} {
			refused(t, a.Board.Answer(ctx, answer(a, account, task, review.Confirm)), fault.Denied, key)
		}
		refused(t, a.Board.Answer(ctx, answer(a, "market-decide", task, review.Withdraw)), fault.Denied, "review.withdraw_own")
		refused(t, a.Board.Answer(ctx, answer(a, "market-decide", task, "maybe")), fault.Invalid, "do=form.choose")
		old := answer(a, "market-decide", task, review.Confirm)
		old.Departure = "another"
		refused(t, a.Board.Answer(ctx, old), fault.Conflict, "review.departure_gone")
		yes := answer(a, "market-decide", task, review.Confirm)
		for range 2 {
			if err := a.Board.Answer(ctx, yes); err != nil {
				t.Fatal(err)
			}
		}
		a.Settle()
		got := reread(a, task)
		if !got.Departed() || got.DoneBy != a.Staff("market-rep-zumiao").ID || got.Second != yes.By.ID || got.Outcome != approval.Grant || got.RuleRow != "R1" || len(got.Facts) == 0 || len(got.Note) == 0 {
			t.Fatalf("%+v", got)
		}
		c, _ := casefile.Get(ctx, a.DB, id)
		if h := history(a, id); has(h, casefile.FactDepartureConfirmed) != 1 || has(h, casefile.FactDecided) != 1 || c.Stage != casefile.Closed {
			t.Fatal(h, c.Stage)
		}
		refused(t, a.Board.Answer(ctx, answer(a, "market-decide", task, review.Confirm)), fault.Conflict, "review.departure_gone")
		rows, err := audit.History(ctx, a.DB, "case:"+string(id))
		verbs := ""
		for _, r := range rows {
			verbs += r.Verb + " "
		}
		if err != nil || !strings.Contains(verbs, "review.departing") || !strings.Contains(verbs, "review.departure_confirmed") {
			t.Fatal(verbs, err)
		}
	})
}

// Who accepted or reviewed the case does not confirm either.
func TestSeparationHoldsForTheSecondPerson(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-hygiene", "company-02")
		a.Decide(a.Decision("health-accept", a.Task(id, approval.Accept, ""), approval.Take))
		own := a.Decision("health-review-a", a.Task(id, approval.Review, ""), approval.Agree)
		own.Second = a.Staff("health-decide-b").ID
		a.Decide(own)
		task := a.Task(id, approval.Decide, "")
		d := a.Decision("health-decide", task, approval.Refuse)
		d.Findings, d.RuleRow, d.Reason = a.Findings(task, "R1"), "", "现场复查发现申报以外的经营项目。"
		a.Decide(d)
		refused(t, a.Board.Answer(ctx, answer(a, "health-decide-b", task, review.Confirm)), fault.Denied, "review.same_person")
		refused(t, a.Board.Answer(ctx, answer(a, "health-review-a", task, review.Confirm)), fault.Denied)
		if !reread(a, task).Waiting() {
			t.Fatal("confirmed by a reviewer")
		}
	})
}

// Rejected or withdrawn, it is gone, the history shows it, and the task is open as before.
func TestRejectedAndWithdrawn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, task := instant(a)
		a.Decide(departing(a, task))
		no := answer(a, "market-decide", task, review.Reject)
		refused(t, a.Board.Answer(ctx, no), fault.Invalid, "note=review.reasons_needed")
		no.Note, no.Submit = "证明不能代替合同。", a.Submit(no.By, "test.answer")
		for range 2 {
			if err := a.Board.Answer(ctx, no); err != nil {
				t.Fatal(err)
			}
		}
		if got := reread(a, task); got.Waiting() || got.DepartureBy != "" || got.DepartureBody != nil || got.State != approval.Open {
			t.Fatalf("%+v", got)
		}
		a.Decide(departing(a, task))
		back := answer(a, "market-rep-zumiao", task, review.Withdraw)
		if err := a.Board.Answer(ctx, back); err != nil {
			t.Fatal(err)
		}
		if h := history(a, id); has(h, casefile.FactDeparting) != 2 || has(h, casefile.FactDepartureRejected) != 1 || has(h, casefile.FactDepartureWithdrawn) != 1 {
			t.Fatal(h)
		}
		page, err := a.Cases.Of(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		told := ""
		for _, e := range page.History {
			told += e.Note
		}
		if !strings.Contains(told, "租赁合同") || !strings.Contains(told, "证明不能代替合同") {
			t.Fatal(told)
		}
		seen, err := a.Cases.ProgressOf(ctx, id)
		if err != nil || strings.Contains(string(apptest.Must(a, toJSON(seen), nil)), "departure") {
			t.Fatal("the applicant is shown the inside of the decision", err)
		}
		a.Decide(a.Decision("market-rep-zumiao", task, approval.Grant))
		if got := reread(a, task); got.State != approval.Done || got.Departed() {
			t.Fatalf("%+v", got)
		}
	})
}

func toJSON(x any) []byte {
	b, _ := json.Marshal(x)
	return b
}

// Where no row covers the facts only a departure decides, and a refusal's letter says why.
func TestGapLeavesOnlyADeparture(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-emergency-plan", "company-01")
		task := decision(a, id)
		answered(t, a, task, "")
		d := review.Decision{Submit: a.Submit(a.Staff("emergency-decide"), "test"), By: a.Staff("emergency-decide"), Task: task.ID, Outcome: approval.Refuse,
			Note: "单位类型没有填写，无法判断。", Findings: map[string]string{"assessed": "true", "published": "true", "complete": "true"}}
		refused(t, a.Board.Decide(ctx, d), fault.Invalid, "reason=review.departure_reason")
		d.Reason = "基准没有规定类型不明的情形。"
		a.Decide(d)
		if !reread(a, task).Waiting() {
			t.Fatal("decided without a row")
		}
		if err := a.Board.Answer(ctx, answer(a, "emergency-decide-b", task, review.Confirm)); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		if got := reread(a, task); !got.Departed() || got.RuleRow != "" || got.Outcome != approval.Refuse {
			t.Fatalf("%+v", got)
		}
		if c, _ := casefile.Get(ctx, a.DB, id); c.Stage != casefile.Closed {
			t.Fatal(c.Stage)
		}
	})
}

// Twenty confirmations and withdrawals at once: one of them counts.
func TestConcurrentAnswersAreOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id, task := instant(a)
		a.Decide(departing(a, task))
		yes, back := answer(a, "market-decide", task, review.Confirm), answer(a, "market-rep-zumiao", task, review.Withdraw)
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				one := []review.Answer{yes, back}[i%2]
				one.Submit = a.Submit(one.By, "test.crowd")
				if err := a.Board.Answer(ctx, one); err == nil {
					won.Add(1)
				} else if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		a.Settle()
		h := history(a, id)
		if won.Load() != 1 || has(h, casefile.FactDepartureConfirmed)+has(h, casefile.FactDepartureWithdrawn) != 1 {
			t.Fatal(won.Load(), h)
		}
	})
}
