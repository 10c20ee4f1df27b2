package identity_test

import (
	"context"
	"testing"
	"time"

	"yimen/domain/identity"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

// The vector of Standard Webhooks' own libraries.
func TestSignHook(t *testing.T) {
	got := identity.SignHook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got)
	}
}

func TestWhatAPortalSees(t *testing.T) {
	p := identity.Portal{ID: "p", Active: true, Verbs: "submit read", Items: "a b", Organs: "o"}
	for _, c := range []struct {
		name   string
		p      identity.Portal
		by     ref.PortalID
		organ  ref.OrganID
		item   ref.ItemID
		expect bool
	}{
		{"its own, outside its scope", p, "p", "x", "x", true},
		{"within its scope", p, "", "o", "b", true},
		{"another item", p, "", "o", "c", false},
		{"another organ", p, "q", "x", "a", false},
		{"without the verb", p.Narrowed("submit"), "q", "o", "a", false},
		{"nobody's, with no id", identity.Portal{Active: true}, "", "o", "a", false},
		{"closed", identity.Portal{ID: "p", Verbs: "submit read", Items: "*", Organs: "*"}, "p", "o", "a", false},
	} {
		if got := c.p.Sees(c.by, c.organ, c.item); got != c.expect {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if got := p.Narrowed("read hooks").Verbs; got != "read" {
		t.Errorf("a token has more than its portal: %q", got)
	}
}

func TestTokensAndPortals(t *testing.T) {
	ctx, now := context.Background(), time.Unix(1772400000, 0)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var text, secret string
		p := identity.Portal{ID: "p1", Name: "门户", Verbs: "submit", Items: "*", Organs: "*", Assurance: "1", Active: true, Made: now}
		err := d.Write(ctx, "t", func(ctx context.Context, tx *db.Tx) (err error) {
			if secret, err = identity.AddPortal(ctx, tx, p); err != nil {
				return err
			}
			text, err = identity.NewToken(ctx, tx, identity.Token{Kind: identity.TokenPortal, Subject: "p1", Scopes: "submit", Made: now, Expires: now.Add(time.Hour)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		tok, err := identity.TokenOf(ctx, d, text)
		if err != nil || !tok.Good(now) || tok.Good(now.Add(time.Hour)) || tok.Hash == text {
			t.Fatalf("%+v %v", tok, err)
		}
		if _, err := identity.TokenOf(ctx, d, text+"x"); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		got, err := identity.GetPortal(ctx, d, "p1")
		if err != nil || !got.Knows(secret, now) || got.Knows("", now) || got.Knows(got.Secret, now) || (identity.Portal{}).Knows("", now) {
			t.Errorf("%+v %v", got, err)
		}
		for range 10 {
			if err := d.Write(ctx, "t", func(ctx context.Context, tx *db.Tx) error { return identity.PortalFailed(ctx, tx, "p1", now) }); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ = identity.GetPortal(ctx, d, "p1"); got.Knows(secret, now) || !got.Knows(secret, now.Add(16*time.Minute)) {
			t.Errorf("ten wrong secrets: %+v", got)
		}
		err = d.Write(ctx, "t", func(ctx context.Context, tx *db.Tx) error {
			if _, err := identity.RevokeTokens(ctx, tx, identity.TokenPortal, "p1", now); err != nil {
				return err
			}
			return identity.ClosePortal(ctx, tx, "p1")
		})
		if err != nil {
			t.Fatal(err)
		}
		if tok, _ = identity.TokenOf(ctx, d, text); tok.Good(now) {
			t.Error("a revoked token is good")
		}
		if got, _ = identity.GetPortal(ctx, d, "p1"); got.Active || got.Knows(secret, now.Add(time.Hour)) {
			t.Error("a closed portal is open")
		}
	}, identity.Schema)
}
