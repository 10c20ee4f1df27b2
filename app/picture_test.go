package app_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yimen/app"
	"yimen/app/apptest"
	"yimen/device"
	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/fault"
	"yimen/process/disclose"
	"yimen/process/intake"
	"yimen/process/review"
	"yimen/ref"
	"yimen/town"
	"yimen/view/workbench"
)

// An inbox holds exactly the open tasks its owner's grants allow; nobody sees another's.
func TestInboxHoldsExactlyWhatTheGrantsAllow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Accept("clerk01", "cc-road-dig", "company-01")
		a.Accept("clerk01", "cc-individual-business", "person-001")
		a.Accept("clerk01", "cc-hygiene", "company-02")
		a.Accept("clerk01", "cc-subsistence", "person-002")
		staff, err := org.AllStaff(ctx, a.DB, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, s := range staff {
			rows, _, err := a.Work.Inbox(ctx, s, review.Grants, "", "")
			if err != nil {
				t.Fatal(err)
			}
			total += len(rows)
			for _, r := range rows {
				task, _ := approval.Get(ctx, a.DB, r.Task)
				if !allowed(a, s, task) {
					t.Errorf("%s sees %s of %s", s.Account, task.Kind, task.Organ)
				}
			}
			if (s.Has("clerk") || s.Has("supervisor") || s.Has("admin")) && !s.Has("representative") && len(rows) > 0 {
				t.Errorf("%s has an inbox", s.Account)
			}
		}
		if total == 0 {
			t.Fatal("no inbox holds anything")
		}
	})
}

func allowed(a *apptest.App, s org.Staff, task approval.Task) bool {
	for _, k := range review.Grants(task.Kind) {
		if delegation.Permit(ctx, a.DB, a.Clock.Now(), s.ID, k, task.Organ, task.Item) == nil {
			return true
		}
	}
	return false
}

// Held data opens with the card or the person's confirmation; a typed number gives the masked
// identity and this item's fields; another clerk's card opens nothing.
func TestHeldDataOpensOnlyWithThePerson(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tw, _ := town.Load()
		persons, _ := town.People(tw, town.Seed)
		clerk, other := a.Staff("clerk01"), a.Staff("clerk02")
		it := apptest.Item(a, "cc-individual-business")
		typed, err := a.Desk.TypeNumber(ctx, intake.Typed{By: clerk, Kind: ref.PartyNatural, Number: string(persons[0].Number), Reason: "忘带身份证"})
		if err != nil {
			t.Fatal(err)
		}
		k, err := a.Prefill.For(ctx, clerk, typed, it)
		if err != nil || k.Open || len(k.Materials) > 0 || strings.Contains(k.Masked, string(persons[0].Number)[:10]) {
			t.Fatalf("%+v %v", k, err)
		}
		if err := a.Desk.Confirm(ctx, other, typed.ID); !fault.Is(err, fault.Conflict) {
			t.Fatal("another window confirmed", err)
		}
		if err := a.Desk.Confirm(ctx, clerk, typed.ID); err != nil {
			t.Fatal(err)
		}
		confirmed, err := party.GetPresence(ctx, a.DB, typed.ID)
		if err != nil || !confirmed.Open(a.Clock.Now(), clerk.ID) || confirmed.Open(a.Clock.Now(), other.ID) {
			t.Fatal(confirmed, err)
		}
		if confirmed.Open(a.Clock.Now().Add(31*time.Minute), clerk.ID) {
			t.Fatal("a presence outlived its half hour")
		}
		if k, err := a.Prefill.For(ctx, clerk, confirmed, it); err != nil || !k.Open || len(k.Answers) == 0 {
			t.Fatalf("%+v %v", k, err)
		}
		reader, end, _ := app.CardReader(persons)("nobody")
		defer end()
		soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		if _, err := a.Desk.ReadCard(soon, clerk, reader); !fault.Is(err, fault.KindOf(device.ErrNoCard)) {
			t.Fatal("an empty reader gave", err)
		}
	})
}

func TestTypingANumberNeedsAReasonAndANumber(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		clerk := a.Staff("clerk01")
		for _, x := range []struct {
			typed intake.Typed
			field string
		}{
			{intake.Typed{Kind: ref.PartyNatural, Number: "123", Reason: "忘带身份证"}, "number"},
			{intake.Typed{Kind: "other", Number: "123", Reason: "忘带身份证"}, "kind"},
			{intake.Typed{Kind: ref.PartyNatural, Number: "11010519491231002X"}, "reason"},
			{intake.Typed{Kind: ref.PartyNatural, Number: "11010519491231002X", Reason: "忘带身份证"}, "name"},
		} {
			x.typed.By = clerk
			_, err := a.Desk.TypeNumber(ctx, x.typed)
			if f := fault.Fields(err); len(f) == 0 || f[0].Name != x.field {
				t.Errorf("%+v: %v", x.typed, err)
			}
		}
	})
}

// Rare names come out unchanged in lists, in search and in the sealed PDF.
func TestRareNamesComeOutUnchanged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		tw, _ := town.Load()
		persons, _ := town.People(tw, town.Seed)
		for i := 20; i < 28; i++ {
			p := persons[i]
			id := a.Accept("clerk01", "cc-individual-business", p.Key)
			rows, _, err := a.Work.Cases(ctx, workbench.Filter{Name: p.Name})
			if err != nil || len(rows) != 1 || rows[0].Party != p.Name || rows[0].ID != id {
				t.Errorf("%q is not found by its name: %+v %v", p.Name, rows, err)
			}
			text := printed(t, a, id)
			if !strings.Contains(text, p.Name) {
				t.Errorf("%q (%U) is not in its letter", p.Name, []rune(p.Name))
			}
		}
	})
}

func printed(t *testing.T, a *apptest.App, id ref.CaseID) string {
	t.Helper()
	docs, err := seal.ByCase(ctx, a.DB, id)
	if err != nil || len(docs) == 0 {
		t.Fatal(docs, err)
	}
	_, b, err := a.Press.Fetch(ctx, docs[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestALookIsNotedOncePerTenMinutes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := a.Person("person-001")
		look := disclose.Look{By: a.Staff("clerk01"), Party: p.ID, Purpose: disclose.ForIntake}
		for _, wait := range []time.Duration{0, time.Minute, 10 * time.Minute} {
			a.Clock.Add(wait)
			if err := a.Gate.Look(ctx, look); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := audit.Accesses(ctx, a.DB, p.ID, 10)
		if err != nil || len(rows) != 2 {
			t.Fatal(len(rows), err)
		}
		if err := a.Gate.Look(ctx, disclose.Look{Party: p.ID}); !fault.Is(err, fault.Denied) {
			t.Fatal("a look by nobody", err)
		}
	})
}

// Keyset pages of cases neither lose nor repeat a row, and a broken key is a clear error.
func TestPagesOfCases(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		p := a.Acceptance("clerk01", "cc-road-dig", "company-01")
		for range 2*workbench.Size + 3 {
			p.Submit = a.Submit(p.Clerk, "test")
			if _, err := a.Desk.Accept(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[ref.CaseID]bool{}
		var after workbench.Key
		for range 4 {
			rows, next, err := a.Work.Cases(ctx, workbench.Filter{After: after})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if seen[r.ID] {
					t.Fatal("a row came twice")
				}
				seen[r.ID] = true
			}
			if after = next; next == "" {
				break
			}
		}
		if len(seen) != 2*workbench.Size+3 {
			t.Fatal(len(seen))
		}
		if n, err := a.Work.Count(ctx, workbench.Filter{}); n != int64(len(seen)) || err != nil {
			t.Fatal(n, err)
		}
		if _, _, err := a.Work.Cases(ctx, workbench.Filter{After: "1' or '1'='1"}); !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}
