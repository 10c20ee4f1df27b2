package app_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/licence"
	"yimen/domain/material"
	"yimen/domain/seal"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/pdf"
	"yimen/process/review"
	"yimen/ref"
)

var ctx = context.Background()

func stage(t *testing.T, a *apptest.App, id ref.CaseID, want casefile.Stage) casefile.Case {
	t.Helper()
	c, err := casefile.Get(ctx, a.DB, id)
	if err != nil || c.Stage != want {
		t.Fatalf("stage %q, want %q (%v)", c.Stage, want, err)
	}
	return c
}

func documents(t *testing.T, a *apptest.App, id ref.CaseID) map[string]seal.Document {
	t.Helper()
	all, err := seal.ByCase(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]seal.Document{}
	for _, d := range all {
		if d.State != "sealed" {
			t.Fatalf("%s is %s", d.Kind, d.State)
		}
		if _, twice := out[d.Kind]; twice {
			t.Fatalf("two documents of kind %s", d.Kind)
		}
		out[d.Kind] = d
	}
	return out
}

// grantRoadDig takes a road case from the window to the sealed licence.
func grantRoadDig(t *testing.T, a *apptest.App) ref.CaseID {
	t.Helper()
	id := a.Accept("clerk01", "cc-road-dig", "company-01")
	stage(t, a, id, casefile.Accepted)
	for _, account := range []string{"police-review-a", "land-review-a"} {
		a.Decide(a.Decision(account, taskOf(t, a, id, approval.Opinion, account), approval.Agree))
	}
	mine := a.Task(id, approval.Review, "")
	if err := a.Board.Keep(ctx, review.Holding{Submit: a.Submit(a.Staff("build-review-a"), "test.claim"), By: a.Staff("build-review-a"), Task: mine.ID, Do: review.Claim}); err != nil {
		t.Fatal(err)
	}
	own := a.Decision("build-review-a", mine, approval.Agree)
	own.Second = a.Staff("build-review-b").ID
	a.Decide(own)
	a.Decide(a.Decision("build-decide", a.Task(id, approval.Decide, ""), approval.Grant))
	return id
}

func taskOf(t *testing.T, a *apptest.App, id ref.CaseID, kind, account string) approval.Task {
	t.Helper()
	all, err := approval.ByCase(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		if x.State == approval.Open && x.Kind == kind && x.Organ == a.Staff(account).Organ {
			return x
		}
	}
	t.Fatalf("no open %s for %s", kind, account)
	return approval.Task{}
}

func TestThreeDepartmentsAtOnceToASealedLicence(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := grantRoadDig(t, a)
		c := stage(t, a, id, casefile.Closed)
		docs := documents(t, a, id)
		if len(docs) != 2 || docs[seal.Acceptance].Number == "" {
			t.Fatalf("%+v", docs)
		}
		ls, err := licence.ByCase(ctx, a.DB, id)
		if err != nil || len(ls) != 1 || ls[0].State != ref.LicenceValid {
			t.Fatal(ls, err)
		}
		if _, err := ref.ParseLicenceMark(string(ls[0].Mark)); err != nil {
			t.Fatal(err)
		}
		item, err := casefile.Items(ctx, a.DB, id)
		if err != nil || item[0].Outcome != approval.Grant {
			t.Fatal(item, err)
		}
		if _, err := ref.ParseCaseNumber(string(item[0].Number)); err != nil {
			t.Fatal(err)
		}
		held, err := material.Reusable(ctx, a.DB, c.Party, []string{kindOf(t, a, "cc-road-dig")}, a.Clock.Now())
		if err != nil || len(held) != 1 {
			t.Fatal("the licence was not deposited for reuse", held, err)
		}
		verifyEverywhere(t, a, docs[seal.Licence].ID)
	})
}

func kindOf(t *testing.T, a *apptest.App, item string) string {
	t.Helper()
	return apptest.Item(a, item).Result.MaterialKind
}

// verifyEverywhere asks our own verification and pdfsig about a document, whole and with one
// byte flipped.
func verifyEverywhere(t *testing.T, a *apptest.App, id ref.DocumentID) {
	t.Helper()
	_, b, err := a.Press.Fetch(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := a.Ring.Roots()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := pdf.Verify(b, roots); err != nil || !r.Good() || !r.Demo {
		t.Fatalf("%+v %v", r, err)
	}
	path := filepath.Join(t.TempDir(), "licence.pdf")
	check := func(b []byte) string {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command("pdfsig", path).CombinedOutput()
		return string(out)
	}
	if out := check(b); !strings.Contains(out, "Signature is Valid") || !strings.Contains(out, "Total document signed") {
		t.Fatal(out)
	}
	b[len(b)/3] ^= 1
	if r, err := pdf.Verify(b, roots); err == nil && r.Good() {
		t.Fatal("a flipped byte went unseen")
	}
	if out := check(b); strings.Contains(out, "Signature is Valid") {
		t.Fatal(out)
	}
}

func TestInstantItemIsDecidedOnTheSpot(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-individual-business", "person-001")
		a.Decide(a.Decision("market-rep-zumiao", a.Task(id, approval.Decide, ""), approval.Grant))
		stage(t, a, id, casefile.Closed)
		if len(documents(t, a, id)) != 2 {
			t.Fatal("acceptance and licence expected")
		}
	})
}

func TestStreetAndDistrictBothHaveAPart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := a.Acceptance("clerk01", "cc-subsistence", "person-002")
		p.Place = "440604011" // 张槎
		id, err := a.Desk.Accept(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		a.Settle()
		stage(t, a, id, casefile.Received)
		accept := a.Task(id, approval.Accept, "")
		if accept.Organ != a.Staff("zhangcha-accept").Organ {
			t.Fatal("the street does not accept")
		}
		a.Decide(a.Decision("civil-review-a", a.Task(id, approval.Precheck, ""), approval.Clear))
		stage(t, a, id, casefile.Received)
		a.Decide(a.Decision("zhangcha-accept", accept, approval.Take))
		c := stage(t, a, id, casefile.Accepted)
		if c.AcceptedAt.IsZero() {
			t.Fatal("no acceptance time")
		}
		d := a.Decision("zhangcha-review-a", a.Task(id, approval.Review, ""), approval.Agree)
		d.Second = a.Staff("zhangcha-review-b").ID
		a.Decide(d)
		a.Decide(a.Decision("civil-decide", a.Task(id, approval.Decide, ""), approval.Grant))
		stage(t, a, id, casefile.Closed)
		docs := documents(t, a, id)
		if docs[seal.Receipt].ID == "" || docs[seal.Acceptance].Organ != accept.Organ || docs[seal.Licence].ID == "" {
			t.Fatalf("%+v", docs)
		}
	})
}

func TestPointsGoIntoOneNoticeAndOnlyOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-hygiene", "company-02")
		stage(t, a, id, casefile.Received)
		d := a.Decision("health-accept", a.Task(id, approval.Accept, ""), approval.Points)
		d.Note = "检测报告缺第二页。\n平面图未标比例。"
		a.Decide(d)
		stage(t, a, id, casefile.Returned)
		if docs := documents(t, a, id); docs[seal.Correction].ID == "" {
			t.Fatal("no correction notice")
		}
		v := apptest.Item(a, "cc-hygiene")
		c, _ := casefile.Get(ctx, a.DB, id)
		s := apptest.Supply(a, id, "clerk01", a.Papers(c.Party, v))
		if err := a.Desk.Supply(ctx, s); err != nil {
			t.Fatal(err)
		}
		a.Settle()
		stage(t, a, id, casefile.Supplied)
		again := a.Task(id, approval.Accept, "")
		if err := a.Board.Decide(ctx, a.Decision("health-accept", again, approval.Points)); !fault.Is(err, fault.Invalid) {
			t.Fatal("a second notice was let out", err)
		}
		a.Decide(a.Decision("health-accept", again, approval.Take))
		stage(t, a, id, casefile.Accepted)
	})
}

func TestRefusalNeedsReasonsAndRow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-individual-business", "person-001")
		task := a.Task(id, approval.Decide, "")
		d := a.Decision("market-rep-zumiao", task, approval.Refuse)
		row := d.RuleRow
		d.Note, d.RuleRow = "", "R1" // a grant's row
		err := a.Board.Decide(ctx, d)
		var wrong []string
		for _, f := range fault.Fields(err) {
			wrong = append(wrong, f.Name)
		}
		if strings.Join(wrong, " ") != "note rule_row reason" {
			t.Fatal(err)
		}
		d.Note, d.RuleRow, d.Submit = "经营场所不符合条件。", row, a.Submit(d.By, "test")
		a.Decide(d)
		stage(t, a, id, casefile.Closed)
		if docs := documents(t, a, id); docs[seal.Refusal].ID == "" || docs[seal.Licence].ID != "" {
			t.Fatalf("%+v", docs)
		}
		if ls, _ := licence.ByCase(ctx, a.DB, id); len(ls) != 0 {
			t.Fatal("a refusal left a licence")
		}
	})
}

func TestSeparationOfDuties(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		review := a.Decision("build-review-a", a.Task(id, approval.Review, ""), approval.Agree)
		if err := a.Board.Decide(ctx, review); !fault.Is(err, fault.Invalid) {
			t.Fatal("a substantive check with one officer", err)
		}
		for _, account := range []string{"clerk01", "civil-decide", "police-review-a"} {
			if err := a.Board.Decide(ctx, a.Decision(account, a.Task(id, approval.Review, ""), approval.Agree)); !fault.Is(err, fault.Denied) {
				t.Fatalf("%s reviewed: %v", account, err)
			}
		}
	})
}

// The same submit twenty times at once leaves one case.
func TestTwentySubmitsOneCase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := a.Acceptance("clerk01", "cc-road-dig", "company-01")
		ids := make([]ref.CaseID, 20)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				q := p
				q.Answers = a.Filled(apptest.Item(a, "cc-road-dig"))
				var err error
				if ids[i], err = a.Desk.Accept(ctx, q); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] || id == "" {
				t.Fatal(ids)
			}
		}
		var n int64
		if err := a.DB.QueryRow(ctx, "select count(*) from casefile_case").Scan(&n); err != nil || n != 1 {
			t.Fatal(n, err)
		}
	})
}

// Fifty deciders of one join: one issuance.
func TestConcurrentFiftyDecidersOneIssuance(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		id := a.Accept("clerk01", "cc-road-dig", "company-01")
		for _, account := range []string{"police-review-a", "land-review-a"} {
			crowd(t, a, a.Decision(account, taskOf(t, a, id, approval.Opinion, account), approval.Agree))
		}
		own := a.Decision("build-review-a", a.Task(id, approval.Review, ""), approval.Agree)
		own.Second = a.Staff("build-review-b").ID
		crowd(t, a, own)
		crowd(t, a, a.Decision("build-decide", a.Task(id, approval.Decide, ""), approval.Grant))
		stage(t, a, id, casefile.Closed)
		if ls, _ := licence.ByCase(ctx, a.DB, id); len(ls) != 1 {
			t.Fatal(len(ls))
		}
		tasks, _ := approval.ByCase(ctx, a.DB, id)
		if len(tasks) != 4 {
			t.Fatal(len(tasks))
		}
	})
}

// crowd decides fifty times at once, each with a key of its own: one wins, the others are told.
func crowd(t *testing.T, a *apptest.App, d review.Decision) {
	t.Helper()
	var wg sync.WaitGroup
	var won atomic.Int64
	for range 50 {
		wg.Go(func() {
			one := d
			one.Submit = a.Submit(d.By, "test.crowd")
			err := a.Board.Decide(ctx, one)
			if err == nil {
				won.Add(1)
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d of fifty won", won.Load())
	}
	a.Settle()
}

func TestAuditChainsHoldAndShowAChange(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		grantRoadDig(t, a)
		if err := a.Watch.Seal(ctx); err != nil {
			t.Fatal(err)
		}
		n, gaps, err := audit.Verify(ctx, a.DB)
		if err != nil || len(gaps) != 0 || n == 0 {
			t.Fatal(n, gaps, err)
		}
		if open, err := audit.Unsealed(ctx, a.DB); open || err != nil {
			t.Fatal(open, err)
		}
		err = a.DB.Write(ctx, "tamper", func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "update audit_row set actor = 'staff:somebody' where pos = 5")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, gaps, _ := audit.Verify(ctx, a.DB); len(gaps) == 0 {
			t.Fatal("a changed row went unseen")
		}
	})
}
