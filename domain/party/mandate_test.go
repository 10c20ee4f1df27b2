package party_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"yimen/domain/party"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

func live() party.Mandate {
	return party.Mandate{ID: "m1", Principal: "owner", Agent: "agent", Arose: party.AroseOnline, From: now, Until: now.Add(24 * time.Hour), Made: now.Add(-time.Hour), Accepted: now}.
		Scoped([]ref.ItemID{"a", "b"}, []party.Act{party.ActApply, party.ActCollect})
}

// Relation, period and scope, each crossed by one step.
func TestMay(t *testing.T) {
	deed := party.Deed{Agent: "agent", For: "owner", Act: party.ActApply, Item: "a"}
	for _, c := range []struct {
		name   string
		m      func(*party.Mandate)
		d      func(*party.Deed)
		at     time.Time
		expect bool
	}{
		{name: "as granted", expect: true},
		{name: "the last moment", at: now.Add(24*time.Hour - time.Microsecond), expect: true},
		{name: "too late", at: now.Add(24 * time.Hour)},
		{name: "too early", at: now.Add(-time.Microsecond)},
		{name: "another agent", d: func(d *party.Deed) { d.Agent = "x" }},
		{name: "no agent at all", m: func(m *party.Mandate) { m.Agent = "" }, d: func(d *party.Deed) { d.Agent = "" }},
		{name: "another principal", d: func(d *party.Deed) { d.For = "x" }},
		{name: "another item", d: func(d *party.Deed) { d.Item = "c" }},
		{name: "an act not given", d: func(d *party.Deed) { d.Act = party.ActPay }},
		{name: "all items", m: func(m *party.Mandate) { *m = m.Scoped(nil, m.ActList()) }, d: func(d *party.Deed) { d.Item = "z" }, expect: true},
		{name: "no items are none", m: func(m *party.Mandate) { *m = m.Scoped([]ref.ItemID{}, m.ActList()) }},
		{name: "not accepted", m: func(m *party.Mandate) { m.Accepted = time.Time{} }},
		{name: "ended", m: func(m *party.Mandate) { m.Ended = now }},
		{name: "its one case", m: func(m *party.Mandate) { m.Case = "k" }, d: func(d *party.Deed) { d.Case, d.Act, d.Item = "k", party.ActCollect, "z" }, expect: true},
		{name: "another case", m: func(m *party.Mandate) { m.Case = "k" }, d: func(d *party.Deed) { d.Case, d.Act = "l", party.ActCollect }},
		{name: "a new case under a mandate for one", m: func(m *party.Mandate) { m.Case = "k" }},
	} {
		m, d, at := live(), deed, c.at
		if c.m != nil {
			c.m(&m)
		}
		if c.d != nil {
			c.d(&d)
		}
		if at.IsZero() {
			at = now
		}
		if got := party.May(m, d, at); got != c.expect {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestWhatAnAgentFollows(t *testing.T) {
	own := party.Matter{ID: "k", Item: "a", Party: "owner"}
	handed := own
	handed.Agent = "agent"
	one, guardian := live(), live()
	one.Case, guardian.Arose = "k", party.AroseMinor
	for _, c := range []struct {
		name   string
		m      party.Mandate
		c      party.Matter
		at     time.Time
		expect bool
	}{
		{"what they handed in", live(), handed, now, true},
		{"what the principal did alone", live(), own, now, false},
		{"the case the mandate is for", one, own, now, true},
		{"a ward's", guardian, own, now, true},
		{"after the end", live(), handed, now.Add(48 * time.Hour), false},
		{"another item", live(), party.Matter{ID: "k", Item: "z", Party: "owner", Agent: "agent"}, now, false},
	} {
		if got := party.Follows(c.m, "agent", c.c, c.at); got != c.expect {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func write(t *testing.T, d *db.DB, do func(tx *db.Tx) error) error {
	t.Helper()
	return d.Write(ctx, "t", func(_ context.Context, tx *db.Tx) error { return do(tx) })
}

func vault(t *testing.T) *crypto.Vault {
	t.Helper()
	m, err := crypto.MakeMaster(filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	return crypto.OpenVault(m, func() time.Time { return now })
}

func TestMandateLife(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		me := party.Party{ID: "agent", Kind: ref.PartyNatural, Name: "代办人", Blind: "b"}
		m := live()
		m.Agent, m.Accepted, m.Blind, m.Name, m.Made = "", time.Time{}, "b", "代办人", now
		if err := write(t, d, func(tx *db.Tx) error { return party.AddMandate(ctx, tx, m) }); err != nil {
			t.Fatal(err)
		}
		accept := func(who party.Party, at time.Time) error {
			return write(t, d, func(tx *db.Tx) error { _, err := party.Accept(ctx, tx, "m1", who, at); return err })
		}
		other, renamed := me, me
		other.Blind, renamed.Name = "c", "别人"
		for name, who := range map[string]party.Party{"another number": other, "another name": renamed} {
			if err := accept(who, now); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
			if list, err := party.OfferedTo(ctx, d, who, now); err != nil || len(list) != 0 {
				t.Errorf("%s sees %v %v", name, list, err)
			}
		}
		if list, err := party.OfferedTo(ctx, d, me, now); err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		use := func(at time.Time, deed party.Deed) error {
			return write(t, d, func(tx *db.Tx) error { _, err := party.Use(ctx, tx, "m1", deed, "account:x", at); return err })
		}
		deed := party.Deed{Agent: "agent", For: "owner", Act: party.ActApply, Item: "a", Case: "k"}
		if err := use(now, deed); !fault.Is(err, fault.Denied) {
			t.Errorf("used before it was accepted: %v", err)
		}
		if err := accept(me, now.Add(party.OfferLife)); !fault.Is(err, fault.Conflict) {
			t.Errorf("accepted too late: %v", err)
		}
		if err := accept(me, now); err != nil {
			t.Fatal(err)
		}
		if err := accept(me, now); !fault.Is(err, fault.Conflict) {
			t.Errorf("accepted twice: %v", err)
		}
		if err := use(now, deed); err != nil {
			t.Fatal(err)
		}
		if err := write(t, d, func(tx *db.Tx) error { _, err := party.Use(ctx, tx, "forged", deed, "account:x", now); return err }); !fault.Is(err, fault.Denied) {
			t.Errorf("a forged mandate: %v", err)
		}
		if uses, err := db.Find[party.MandateUse](ctx, d, "select mandate, seq, at, act, actor, item, case_id from party_mandate_use"); err != nil || len(uses) != 1 || uses[0].Case != "k" || uses[0].Act != party.ActApply {
			t.Errorf("%+v %v", uses, err)
		}
		if _, err := party.MayCollect(ctx, d, "agent", party.Matter{ID: "k", Item: "a", Party: "owner"}, now); err != nil {
			t.Error(err)
		}
		end := func() error {
			return write(t, d, func(tx *db.Tx) error {
				_, err := party.EndMandate(ctx, tx, "m1", "account:o", "revoked", now)
				return err
			})
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := end(); !fault.Is(err, fault.Conflict) {
			t.Errorf("ended twice: %v", err)
		}
		if err := use(now, deed); !fault.Is(err, fault.Denied) {
			t.Errorf("used after its end: %v", err)
		}
		if _, err := party.MayCollect(ctx, d, "agent", party.Matter{ID: "k", Item: "a", Party: "owner"}, now); !fault.Is(err, fault.Denied) {
			t.Errorf("collects after the end: %v", err)
		}
	}, party.Schema, crypto.Schema)
}

func TestFewAreNamedInADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add := func(n int, at time.Time) error {
			m := live()
			m.ID, m.Made = fmt.Sprintf("n%d", n), at
			return write(t, d, func(tx *db.Tx) error { return party.AddMandate(ctx, tx, m) })
		}
		for n := range 10 {
			if err := add(n, now); err != nil {
				t.Fatal(err)
			}
		}
		if err := add(11, now); !fault.Is(err, fault.TooMany) {
			t.Errorf("an eleventh: %v", err)
		}
		if err := add(12, now.Add(25*time.Hour)); err != nil {
			t.Errorf("the next day: %v", err)
		}
	}, party.Schema, crypto.Schema)
}

func TestCoSigning(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault(t)
		var first, second party.Party
		named := func(p party.Party, id string) party.Signature {
			return party.Signature{ID: id, Draft: "d1", Role: "owner", Applicant: first.ID, Item: "a", Name: p.Name, Blind: p.Blind, Made: now}
		}
		err := write(t, d, func(tx *db.Tx) (err error) {
			if first, err = party.Ensure(ctx, tx, v, party.Party{Kind: ref.PartyNatural, Name: "申请人", Made: now}, "44990119900101001X"); err != nil {
				return err
			}
			if second, err = party.Ensure(ctx, tx, v, party.Party{Kind: ref.PartyNatural, Name: "共有人", Made: now}, "449901199001010028"); err != nil {
				return err
			}
			return party.AddSigner(ctx, tx, named(second, "s1"))
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]party.Signature{"twice": named(second, "s2"), "the applicant": named(first, "s3")} {
			if err := write(t, d, func(tx *db.Tx) error { return party.AddSigner(ctx, tx, s) }); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		asked := 0
		ask := func(digest string) {
			t.Helper()
			err := write(t, d, func(tx *db.Tx) error {
				l, err := party.AskToSign(ctx, tx, "d1", digest, now)
				asked = len(l)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if list, err := party.ToSign(ctx, d, second, now); err != nil || len(list) != 0 {
			t.Fatal("asked before it was sent", list, err)
		}
		ask("one")
		if _, err := party.GetSignature(ctx, d, "s1", first); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else's is there: %v", err)
		}
		sign := func(digest string, at time.Time) error {
			s, err := party.GetSignature(ctx, d, "s1", second)
			if err != nil {
				t.Fatal(err)
			}
			return write(t, d, func(tx *db.Tx) error { return party.Sign(ctx, tx, s, digest, second.ID, "", at) })
		}
		if err := sign("two", now); !fault.Is(err, fault.Conflict) {
			t.Errorf("another content: %v", err)
		}
		if err := sign("one", now.Add(party.SignLife)); !fault.Is(err, fault.Conflict) {
			t.Errorf("too late: %v", err)
		}
		if err := sign("one", now); err != nil {
			t.Fatal(err)
		}
		least := map[string]int{"owner": 1}
		all, err := party.SignaturesOf(ctx, d, "d1")
		if err != nil || !party.AllSigned(all, least, "one", now) || party.AllSigned(all, least, "two", now) || party.AllSigned(all, map[string]int{"owner": 2}, "one", now) {
			t.Errorf("%+v %v", all, err)
		}
		if ask("one"); asked != 0 {
			t.Error("asked again for what is signed")
		}
		if ask("two"); asked != 1 { // the content changed: the signature is void
			t.Error("not asked for the new content")
		}
		s, err := party.GetSignature(ctx, d, "s1", second)
		if err != nil {
			t.Fatal(err)
		}
		refuse := func() error {
			return write(t, d, func(tx *db.Tx) error { return party.Refuse(ctx, tx, v, s, "two", "面积不对", second.ID, now) })
		}
		if err := refuse(); err != nil {
			t.Fatal(err)
		}
		if err := refuse(); !fault.Is(err, fault.Conflict) {
			t.Errorf("refused twice: %v", err)
		}
		if s, _ = party.SignatureByID(ctx, d, "s1"); s.StateAt("two", now) != party.SignRefused {
			t.Errorf("%+v", s)
		}
		if why, err := s.Why(ctx, d, v); err != nil || why != "面积不对" {
			t.Error(why, err)
		}
	}, party.Schema, crypto.Schema)
}
