package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yimen/app/apptest"
	"yimen/domain/approval"
	"yimen/domain/archive"
	"yimen/domain/casefile"
	"yimen/domain/delivery"
	"yimen/domain/publication"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/fulfilment"
	"yimen/ref"
)

// undelivered is the one delivery of a case.
func undelivered(t *testing.T, a *apptest.App, id ref.CaseID) delivery.Delivery {
	t.Helper()
	all, err := delivery.ByCase(ctx, a.DB, id)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all[len(all)-1]
}

func step(a *apptest.App, account, do string, dl delivery.Delivery, w delivery.Words) fulfilment.Step {
	by := a.Staff(account)
	return fulfilment.Step{Submit: a.Submit(by, "test.deliver"), By: by, Delivery: dl.ID, Do: do, On: calendar.DateOf(a.Clock.Now()), Words: w}
}

func choice(a *apptest.App, id ref.CaseID, way delivery.Way) fulfilment.Choice {
	return fulfilment.Choice{Submit: once.Submit{Actor: "party:x", Route: "test.choose", Key: db.NewID(), At: a.Clock.Now()}, Case: id, Way: way, Address: "演示市示例路1号", Agreed: true, By: "party:x"}
}

func deliver(t *testing.T, a *apptest.App, s fulfilment.Step) delivery.Delivery {
	t.Helper()
	if err := a.Hand.Deliver(ctx, s); err != nil {
		t.Fatal(s.Do, fault.Fields(err), err)
	}
	a.Settle()
	dl, err := delivery.Get(ctx, a.DB, s.Delivery)
	if err != nil {
		t.Fatal(err)
	}
	return dl
}

// lived is what the facts say of the case's only item, and its row.
func lived(t *testing.T, a *apptest.App, id ref.CaseID) (casefile.Life, casefile.Item) {
	t.Helper()
	items, err := casefile.Items(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := casefile.Facts(ctx, a.DB, id)
	if err != nil {
		t.Fatal(err)
	}
	return casefile.LifeOf(casefile.Holding(facts, items[0].ID)), items[0]
}

func proof(t *testing.T, a *apptest.App, dl delivery.Delivery) string {
	t.Helper()
	doc, file, err := a.Press.Fetch(ctx, dl.Proof)
	if err != nil || doc.Kind != seal.Service || doc.Organ != dl.Organ {
		t.Fatal(doc, err)
	}
	return letterText(t, file)
}

// A letter waits to be collected at the hall it was asked for in, counts from the day it is signed for, and its proof says so.
func TestALetterIsHandedOverAtItsHall(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := licensed(t, a)
		dl := undelivered(t, a, l.Case)
		if dl.State != delivery.Waiting || dl.Document != l.Document || calendar.DateOf(dl.Due.Add(-time.Second)).String() != "2026-03-16" {
			t.Fatalf("%+v", dl)
		}
		for account, kind := range map[string]fault.Kind{"clerk19": fault.NotFound, "build-decide": fault.NotFound} {
			if other := a.Staff(account); other.Hall == dl.Hall {
				t.Fatal(account, "sits in the same hall")
			}
			if err := a.Hand.Deliver(ctx, step(a, account, delivery.Handed, dl, delivery.Words{Receiver: "范安俊", Relation: "self"})); !fault.Is(err, kind) {
				t.Errorf("%s: %v", account, err)
			}
		}
		if err := a.Hand.Deliver(ctx, step(a, "clerk01", delivery.WasSent, dl, delivery.Words{})); !fault.Is(err, fault.NotFound) {
			t.Error("a clerk posted", err)
		}
		if err := a.Hand.Deliver(ctx, step(a, "clerk01", delivery.Handed, dl, delivery.Words{Receiver: "演示代理人", Relation: "agent"})); len(fault.Fields(err)) != 1 || fault.Fields(err)[0].Name != "paper" {
			t.Error("an agent without authority", err)
		}
		early := step(a, "clerk01", delivery.Handed, dl, delivery.Words{Receiver: "演示代理人", Relation: "agent", Paper: "授权委托书原件"})
		if early.On--; !fault.Is(a.Hand.Deliver(ctx, early), fault.Invalid) {
			t.Error("signed for before it was decided")
		}
		a.Clock.Add(24 * time.Hour)
		s := step(a, "clerk01", delivery.Handed, dl, delivery.Words{Receiver: "演示代理人", Relation: "agent", Paper: "授权委托书原件"})
		dl = deliver(t, a, s)
		if err := a.Hand.Deliver(ctx, s); err != nil {
			t.Error("the same submit again:", err)
		}
		if dl.Way != delivery.Direct || calendar.DateOf(dl.Effect).String() != "2026-03-03" {
			t.Errorf("%+v", dl)
		}
		for _, want := range []string{"送达回证", "演示代理人", "授权委托书原件", "2026年3月3日"} {
			if text := proof(t, a, dl); !strings.Contains(text, want) {
				t.Errorf("no %q in %s", want, text)
			}
		}
		l2, ci := lived(t, a, l.Case)
		if l2.Delivered.IsZero() || ci.DeliveredAt.IsZero() || ci.Clock != casefile.NoClock || ci.Stage != casefile.Closed {
			t.Errorf("%+v %+v", l2, ci)
		}
		if err := a.Hand.Deliver(ctx, step(a, "market-decide", delivery.WasLeft, dl, delivery.Words{Witness: "演示见证人", Place: "门口", Reason: "拒收"})); !fault.Is(err, fault.Conflict) {
			t.Error("delivered twice", err)
		}
	})
}

// The post may come back; then a public notice counts after its days, and a consent makes all that needless.
func TestPostNoticeLeftAndElectronic(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := licensed(t, a)
		dl := undelivered(t, a, l.Case)
		sent := step(a, "market-decide", delivery.WasSent, dl, delivery.Words{Address: "演示市示例路1号"})
		if err := a.Hand.Deliver(ctx, sent); !fault.Is(err, fault.Invalid) {
			t.Error("posted without a number", err)
		}
		sent.Submit, sent.Tracking = a.Submit(sent.By, "test.deliver"), "DEMO0001"
		deliver(t, a, sent)
		dl = deliver(t, a, step(a, "market-decide", delivery.Returned, dl, delivery.Words{Reason: "查无此人"}))
		dl = deliver(t, a, step(a, "market-decide", delivery.Announced, dl, delivery.Words{Reason: "邮寄退回，下落不明"}))
		if running, err := delivery.Notices(ctx, a.DB, 10); err != nil || len(running) != 1 || calendar.DateOf(dl.Ends.Add(-time.Second)).String() != "2026-04-01" {
			t.Error(running, dl.Ends, err)
		}
		a.Clock.Add(30 * 24 * time.Hour)
		a.Settle()
		if dl = undelivered(t, a, l.Case); dl.State != delivery.Noticed {
			t.Error("before its days have passed", dl.State)
		}
		a.Clock.Add(24 * time.Hour)
		a.Settle()
		dl = undelivered(t, a, l.Case)
		if text := proof(t, a, dl); dl.State != delivery.Served || calendar.DateOf(dl.Effect).String() != "2026-04-01" || !strings.Contains(text, "邮件退回") {
			t.Error(dl, text)
		}

		left := licensed(t, a)
		dl = deliver(t, a, step(a, "market-decide", delivery.WasLeft, undelivered(t, a, left.Case), delivery.Words{Witness: "演示居委会　演示见证人", Place: "住所门口", Reason: "本人拒收"}))
		if dl.Way != delivery.Left || !strings.Contains(proof(t, a, dl), "演示见证人") {
			t.Error(dl)
		}

		id := a.Accept("clerk01", "cc-individual-business", "person-001")
		refused := choice(a, id, delivery.Electronic)
		if refused.Agreed = false; !fault.Is(a.Hand.Choose(ctx, refused), fault.Invalid) {
			t.Error("electronic without consent")
		}
		if err := a.Hand.Choose(ctx, choice(a, id, delivery.Electronic)); err != nil {
			t.Fatal(err)
		}
		a.Decide(a.Decision("market-decide", a.Task(id, approval.Decide, ""), approval.Grant))
		if dl = undelivered(t, a, id); dl.State != delivery.Served || dl.Way != delivery.Electronic || !strings.Contains(proof(t, a, dl), "同意电子送达") {
			t.Errorf("%+v", dl)
		}

		id = a.Accept("clerk01", "cc-individual-business", "person-002")
		for _, way := range []delivery.Way{delivery.Electronic, delivery.Post} { // a consent, and its withdrawal
			if err := a.Hand.Choose(ctx, choice(a, id, way)); err != nil {
				t.Fatal(err)
			}
		}
		a.Decide(a.Decision("market-decide", a.Task(id, approval.Decide, ""), approval.Grant))
		if dl = undelivered(t, a, id); dl.State != delivery.Waiting {
			t.Error("delivered on a withdrawn consent", dl.State)
		}
		if err := a.Hand.Choose(ctx, choice(a, id, delivery.Electronic)); err != nil { // and given again, later
			t.Fatal(err)
		}
		if dl = undelivered(t, a, id); dl.State != delivery.Served {
			t.Error(dl.State)
		}
		all, err := delivery.Choices(ctx, a.DB, id)
		if err != nil || len(all) != 3 {
			t.Error(all, err)
		}
	})
}

// Nothing closes without its archive: a package is made once the letter was delivered, verifies offline, and says the same as
// the record; a later act is one more part.
func TestACaseIsArchivedOnceItIsDelivered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := licensed(t, a)
		if parts, err := archive.Parts(ctx, a.DB, l.CaseItem); err != nil || len(parts) != 0 {
			t.Fatal("archived before it was delivered", parts, err)
		}
		deliver(t, a, step(a, "clerk01", delivery.Handed, undelivered(t, a, l.Case), delivery.Words{Receiver: "范安俊", Relation: "self"}))
		parts, err := archive.Parts(ctx, a.DB, l.CaseItem)
		if err != nil || len(parts) != 1 || parts[0].State != archive.Made || !strings.HasSuffix(parts[0].Number, "-ZW·2026-D30-000001") || archive.UntilDay(parts[0].KeepUntil) != "2057-01-01" {
			t.Fatalf("%+v %v", parts, err)
		}
		if _, ci := lived(t, a, l.Case); ci.ArchivedAt.IsZero() {
			t.Error("the item does not say so")
		}
		_, file, err := a.Hand.Fetch(ctx, a.Staff("admin"), parts[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		roots, err := a.Ring.Roots()
		if err != nil {
			t.Fatal(err)
		}
		r, err := archive.Check(file, roots)
		if err != nil || !r.Good() || !r.Signature.Trusted {
			t.Fatalf("%+v %v", r, err)
		}
		var paths []string
		for _, f := range r.Manifest.Files {
			paths = append(paths, f.Path)
		}
		all := strings.Join(paths, " ")
		for _, want := range []string{"form/form.json", "form/form.pdf", "materials/001-", "letters/", "-licence.pdf", "-service.pdf", "log/facts.json", "log/audit.json"} {
			if !strings.Contains(all, want) {
				t.Errorf("no %s in %s", want, all)
			}
		}
		path := filepath.Join(t.TempDir(), "case.zip")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if said, code := offline(t, path, "--data", a.Data); code != 0 || !strings.Contains(said, parts[0].Number) || !strings.Contains(said, "whole       yes") || !strings.Contains(said, "trust       yes") {
			t.Error(said, code)
		}
		if err := os.WriteFile(path, bytes.Replace(file, []byte("log/facts.json"), []byte("log/facta.json"), 2), 0o600); err != nil {
			t.Fatal(err)
		}
		if said, code := offline(t, path, "--data", a.Data); code == 0 || !strings.Contains(said, "missing: log/facts.json") {
			t.Error("a changed package is good", said)
		}
		o := proposal(a, "market-decide", l, "cancel", "70-3")
		carried(t, a, o)
		deliver(t, a, step(a, "market-decide", delivery.WasLeft, undelivered(t, a, l.Case), delivery.Words{Witness: "演示见证人", Place: "门口", Reason: "拒收"}))
		if parts, err = archive.Parts(ctx, a.DB, l.CaseItem); err != nil || len(parts) != 2 || parts[1].Number != parts[0].Number || parts[1].Part != 2 {
			t.Errorf("%+v %v", parts, err)
		}
	})
}

// What cannot be archived is open work that is seen, and is made again.
func TestAnArchiveThatFailsIsOpenWork(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := licensed(t, a)
		key := a.Hand.Key
		a.Hand.Key = func(ref.OrganID) (crypto.Key, error) { return nil, fault.New(fault.Unavailable, "seal.no_key") }
		deliver(t, a, step(a, "clerk01", delivery.Handed, undelivered(t, a, l.Case), delivery.Words{Receiver: "范安俊", Relation: "self"}))
		parts, err := archive.Parts(ctx, a.DB, l.CaseItem)
		if n, failed := archive.CountFailed(ctx, a.DB); err != nil || failed != nil || n != 1 || len(parts) != 1 || parts[0].Why != "seal.no_key" {
			t.Fatal(parts, n, err, failed)
		}
		if _, ci := lived(t, a, l.Case); !ci.ArchivedAt.IsZero() {
			t.Error("archived without an archive")
		}
		a.Hand.Key = key
		a.Clock.Add(time.Hour)
		a.Settle()
		again, err := archive.Parts(ctx, a.DB, l.CaseItem)
		if err != nil || len(again) != 1 || again[0].State != archive.Made || again[0].Number != parts[0].Number {
			t.Error(again, err)
		}
	})
}

// What was granted is public at once, without anything personal, and the supervising department has it in its inbox.
func TestADecisionIsPublicWithoutPersonalFields(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		l := licensed(t, a)
		all, err := publication.List(ctx, a.DB, a.Clock.Now(), publication.Filter{Number: l.Number}, time.Time{}, "", 10)
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		d, person := all[0], a.Person("person-001")
		if d.Holder == person.Name || !strings.HasPrefix(d.Holder, "*") || d.HolderCode != "" || d.State != publication.Valid {
			t.Errorf("%+v", d)
		}
		standard, err := publication.Columns()
		if err != nil {
			t.Fatal(err)
		}
		row := strings.Join(standard.Row(d), ",")
		if strings.Contains(row, person.Name) || !strings.Contains(row, l.Number) || len(standard.Row(d)) != len(standard.Columns) {
			t.Error(row)
		}
		carried(t, a, proposal(a, "market-decide", l, "cancel", "70-3"))
		if all, err = publication.List(ctx, a.DB, a.Clock.Now(), publication.Filter{Organ: l.Organ}, time.Time{}, "", 10); err != nil || all[0].State != publication.Ended {
			t.Error(all, err)
		}
		if all, err = publication.List(ctx, a.DB, d.Down, publication.Filter{}, time.Time{}, "", 10); err != nil || len(all) != 0 {
			t.Error("still there after its time", all, err)
		}
		inbox, err := publication.Handovers(ctx, a.DB, l.Organ, true, a.Clock.Now().Add(time.Hour), "", 10)
		if err != nil || len(inbox) != 2 { // what was granted, and that it was cancelled
			t.Fatal(inbox, err)
		}
		by := a.Staff("build-decide")
		if err := a.Hand.Acknowledge(ctx, a.Submit(by, "test.ack"), by, inbox[0].ID); !fault.Is(err, fault.NotFound) {
			t.Error("another organ acknowledged", err)
		}
		by = a.Staff("market-decide")
		if err := a.Hand.Acknowledge(ctx, a.Submit(by, "test.ack"), by, inbox[0].ID); err != nil {
			t.Error(err)
		}
		if err := a.Hand.Acknowledge(ctx, a.Submit(by, "test.ack"), by, inbox[0].ID); !fault.Is(err, fault.Conflict) {
			t.Error("acknowledged twice", err)
		}
	})
}
