package issuance_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
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

var ctx = context.Background()

// granted is person-001's licence of an item decided on the spot, without end.
func granted(t *testing.T, a *apptest.App) licence.Licence {
	t.Helper()
	id := a.Accept("clerk01", "cc-individual-business", "person-001")
	a.Decide(a.Decision("market-decide", a.Task(id, approval.Decide, ""), approval.Grant))
	all, err := licence.ByCase(ctx, a.DB, id)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return all[0]
}

func order(a *apptest.App, l licence.Licence) issuance.CopyOrder {
	actor := "party:" + string(l.Party)
	return issuance.CopyOrder{Submit: once.Submit{Actor: actor, Route: "test.copy", Key: db.NewID(), At: a.Clock.Now()}, Party: l.Party, Licence: l.ID,
		Purpose: "开立对公账户", Recipient: "演示银行禅城支行", Until: calendar.DateOf(a.Clock.Now()) + 30, By: actor}
}

func made(t *testing.T, a *apptest.App, o issuance.CopyOrder) licence.Copy {
	t.Helper()
	id, err := a.Press.Copy(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	a.Settle()
	c, err := licence.GetCopy(ctx, a.DB, id)
	if err != nil || !c.Ready() {
		t.Fatal(c, err)
	}
	return c
}

// paperText is all that is written on a file, without spaces.
func paperText(t *testing.T, file []byte) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-", "-")
	cmd.Stdin = bytes.NewReader(file)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), "")
}

func tool(t *testing.T, file []byte, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(name, append(args, path)...).CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(out)
}

func TestACopyIsSealedForOnePurpose(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := granted(t, a)
		before, err := casefile.Get(ctx, a.DB, l.Case)
		if err != nil {
			t.Fatal(err)
		}
		a.Clock.Add(48 * time.Hour)
		c := made(t, a, order(a, l))
		doc, file, err := a.Press.Fetch(ctx, c.Document)
		if err != nil || doc.Kind != seal.Copy || doc.Party != l.Party || doc.Organ != l.Organ || doc.Number == l.Number {
			t.Fatalf("%+v %v", doc, err)
		}
		words, err := licence.OpenCopy(ctx, a.DB, a.Vault, c)
		if err != nil || words.Purpose != "开立对公账户" || words.Recipient != "演示银行禅城支行" {
			t.Fatal(words, err)
		}
		paper := paperText(t, file)
		for _, want := range []string{"仅供开立对公账户在演示银行禅城支行使用，有效期至2026年4月3日，他用无效", l.Name, l.Number, string(l.Mark), words.Code.Format(), "原证照发证日期：2026年3月2日", "2026年3月4日"} {
			if !strings.Contains(paper, strings.ReplaceAll(want, " ", "")) {
				t.Errorf("the paper does not say %q:\n%s", want, paper)
			}
		}
		roots, err := a.Ring.Roots()
		if err != nil {
			t.Fatal(err)
		}
		r, err := pdf.Verify(file, roots)
		if err != nil || !r.Good() || r.Only == nil || r.Only.Purpose != words.Purpose || r.Only.Place != words.Recipient || r.Only.Until != "2026-04-03" {
			t.Fatalf("%+v %+v %v", r, r.Only, err)
		}
		if out := tool(t, file, "pdfsig", "-nocert"); !strings.Contains(out, "Signature is Valid") || !strings.Contains(out, "Total document signed") {
			t.Error(out)
		}
		after, err := casefile.Get(ctx, a.DB, l.Case)
		if err != nil || after.Stage != before.Stage || !after.ClosedAt.Equal(before.ClosedAt) {
			t.Error("the case was changed by a copy of its licence")
		}
		if docs, err := seal.ByCase(ctx, a.DB, l.Case); err != nil || len(docs) != 2 {
			t.Error("a copy is among the papers of the case", len(docs), err)
		}
		kinds := []string{apptest.Item(a, "cc-individual-business").Result.MaterialKind}
		if held, err := material.Reusable(ctx, a.DB, l.Party, kinds, a.Clock.Now()); err != nil || len(held[kinds[0]]) != 1 {
			t.Error("a copy became a material", held, err)
		}
		if _, gaps, err := audit.Verify(ctx, a.DB); err != nil || len(gaps) > 0 {
			t.Error(gaps, err)
		}
	})
}

func TestACopyIsRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := granted(t, a)
		today := calendar.DateOf(a.Clock.Now())
		for name, x := range map[string]struct {
			change func(*issuance.CopyOrder)
			kind   fault.Kind
			fields []string
		}{
			"somebody else's":      {func(o *issuance.CopyOrder) { o.Party = a.Person("person-002").ID }, fault.NotFound, nil},
			"nobody's":             {func(o *issuance.CopyOrder) { o.Licence = "none" }, fault.NotFound, nil},
			"no purpose":           {func(o *issuance.CopyOrder) { o.Purpose = " \n " }, fault.Invalid, []string{"purpose"}},
			"a purpose too long":   {func(o *issuance.CopyOrder) { o.Purpose = strings.Repeat("长", 61) }, fault.Invalid, []string{"purpose"}},
			"a recipient too long": {func(o *issuance.CopyOrder) { o.Recipient = strings.Repeat("长", 41) }, fault.Invalid, []string{"recipient"}},
			"unprintable":          {func(o *issuance.CopyOrder) { o.Recipient = "银行\u202E分行" }, fault.Invalid, []string{"recipient"}},
			"yesterday":            {func(o *issuance.CopyOrder) { o.Until = today - 1 }, fault.Invalid, []string{"until"}},
			"more than a year":     {func(o *issuance.CopyOrder) { o.Until = today + 366 }, fault.Invalid, []string{"until"}},
			"all of it":            {func(o *issuance.CopyOrder) { o.Purpose, o.Recipient, o.Until = "", "", 0 }, fault.Invalid, []string{"purpose", "recipient", "until"}},
		} {
			o := order(a, l)
			x.change(&o)
			_, err := a.Press.Copy(ctx, o)
			var got []string
			for _, f := range fault.Fields(err) {
				got = append(got, f.Name)
			}
			if !fault.Is(err, x.kind) || strings.Join(got, " ") != strings.Join(x.fields, " ") {
				t.Errorf("%s: %v %v", name, err, got)
			}
		}
		for _, last := range []calendar.Date{today, today + 365} {
			o := order(a, l)
			if o.Until = last; made(t, a, o).LastDay() != last {
				t.Error(last)
			}
		}
		if err := a.Press.Restate(ctx, "staff:x", l.ID, ref.LicenceSuspended, "复查期间"); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Press.Copy(ctx, order(a, l)); !fault.Is(err, fault.Conflict) {
			t.Error("a copy of a suspended licence", err)
		}
	})
}

func TestTwentySubmitsAreOneCopy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := granted(t, a)
		o := order(a, l)
		ids := make([]ref.CopyID, 20)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				id, err := a.Press.Copy(ctx, o)
				if err != nil {
					t.Error(err)
				}
				ids[i] = id
			})
		}
		all.Wait()
		a.Settle()
		for _, id := range ids {
			if id != ids[0] {
				t.Error("two answers", id, ids[0])
			}
		}
		copies, err := licence.Copies(ctx, a.DB, l.ID)
		if err != nil || len(copies) != 1 || !copies[0].Ready() {
			t.Fatal(copies, err)
		}
		o.Purpose = "另一个用途"
		if _, err := a.Press.Copy(ctx, o); !fault.Is(err, fault.Conflict) {
			t.Error("the same key with another body", err)
		}
	})
}

// A delivery that comes again after the paper was drafted or sealed makes no second paper.
func TestADeliveryComesTwice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := granted(t, a)
		c := made(t, a, order(a, l))
		first, file, err := a.Press.Fetch(ctx, c.Document)
		if err != nil {
			t.Fatal(err)
		}
		err = a.DB.Write(ctx, "again", func(ctx context.Context, tx *db.Tx) error {
			return a.Bus.Publish(ctx, tx, licence.CopyOrdered{Case: c.Case, Copy: c.ID})
		})
		if err != nil {
			t.Fatal(err)
		}
		a.Settle()
		again, err := licence.GetCopy(ctx, a.DB, c.ID)
		if err != nil || again.Document != c.Document {
			t.Fatal(again, err)
		}
		second, same, err := a.Press.Fetch(ctx, again.Document)
		if err != nil || second.Number != first.Number || !bytes.Equal(file, same) {
			t.Error("another paper", err)
		}
	})
}

func TestAStateChangesWithItsReason(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := granted(t, a)
		kinds := []string{apptest.Item(a, "cc-individual-business").Result.MaterialKind}
		reusable := func() int {
			held, err := material.Reusable(ctx, a.DB, l.Party, kinds, a.Clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			return len(held[kinds[0]])
		}
		const reason = "住址核查中，电话打不通"
		for _, x := range []struct {
			to   ref.LicenceState
			may  bool
			held int
		}{
			{ref.LicenceValid, false, 1}, {ref.LicenceExpired, false, 1}, {"xx", false, 1},
			{ref.LicenceSuspended, true, 0}, {ref.LicenceSuspended, false, 0}, {ref.LicenceValid, true, 1},
			{ref.LicenceRevoked, true, 0}, {ref.LicenceValid, false, 0},
		} {
			a.Clock.Add(time.Minute)
			err := a.Press.Restate(ctx, "staff:supervisor", l.ID, x.to, reason)
			if (err == nil) != x.may || err != nil && !fault.Is(err, fault.Conflict) {
				t.Errorf("to %s: %v", x.to, err)
			}
			if n := reusable(); n != x.held {
				t.Errorf("after %s the paper may be reused %d times", x.to, n)
			}
		}
		if err := a.Press.Restate(ctx, "staff:supervisor", l.ID, ref.LicenceOther, " "); !fault.Is(err, fault.Invalid) {
			t.Error("no reason", err)
		}
		changes, err := licence.Changes(ctx, a.DB, l.ID)
		if err != nil || len(changes) != 3 || changes[2].Before != ref.LicenceValid || changes[2].After != ref.LicenceRevoked {
			t.Fatalf("%+v %v", changes, err)
		}
		if got, err := licence.ReasonOf(ctx, a.DB, a.Vault, l.Party, changes[0]); err != nil || got != reason || bytes.Contains(changes[0].Reason, []byte("住址")) {
			t.Error(got, err)
		}
	})
}
