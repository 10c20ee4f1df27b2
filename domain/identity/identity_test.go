package identity_test

import (
	"context"
	"encoding/base32"
	"testing"
	"time"

	"yimen/domain/identity"
	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
)

// RFC 6238 appendix B, SHA-1, cut to six digits.
func TestCodeVectors(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := identity.Code(secret, time.Unix(at, 0)); got != want {
			t.Errorf("%d: %s, want %s", at, got, want)
		}
	}
}

func TestCodeIsGoodOnceAndOneStepEitherSide(t *testing.T) {
	now, secret := time.Unix(1772400000, 0), identity.NewSecret()
	for _, off := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
		if _, ok := identity.CheckCode(secret, identity.Code(secret, now.Add(off)), 0, now); !ok {
			t.Errorf("the code of %v was refused", off)
		}
	}
	if _, ok := identity.CheckCode(secret, identity.Code(secret, now.Add(-2*time.Minute)), 0, now); ok {
		t.Error("an old code was taken")
	}
	used, _ := identity.CheckCode(secret, identity.Code(secret, now), 0, now)
	if _, ok := identity.CheckCode(secret, identity.Code(secret, now), used, now); ok {
		t.Error("a code was taken twice")
	}
	if _, ok := identity.CheckCode("not base32!", "", 0, now); ok {
		t.Error("no secret, and yet a code")
	}
}

func TestPassword(t *testing.T) {
	h := identity.HashPassword("正确的马电池订书钉")
	if !identity.CheckPassword(h, "正确的马电池订书钉") || identity.CheckPassword(h, "错误的马电池订书钉") || identity.CheckPassword("", "x") {
		t.Error("password check is wrong")
	}
	if first, second := identity.HashPassword("a"), identity.HashPassword("a"); first == second {
		t.Error("no salt")
	}
	if identity.GoodPassword("太短了") == nil || identity.GoodPassword("一二三四五六七八九十") != nil {
		t.Error("lengths are counted in characters")
	}
}

func TestLockAndInvite(t *testing.T) {
	ctx, now := context.Background(), time.Unix(1772400000, 0)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		write := func(f func(ctx context.Context, tx *db.Tx) error) error { return d.Write(ctx, "t", f) }
		err := write(func(ctx context.Context, tx *db.Tx) error {
			return identity.Set(ctx, tx, identity.Login{Staff: "s", Password: "x", TOTP: []byte{1}, Changed: now})
		})
		for range 5 {
			if err == nil {
				err = write(func(ctx context.Context, tx *db.Tx) error { return identity.Failed(ctx, tx, "s", now) })
			}
		}
		l, e := identity.Get(ctx, d, "s")
		if err != nil || e != nil || !l.Locked.Equal(now.Add(15*time.Minute)) {
			t.Fatal(l, err, e)
		}
		pass := func(step int64) error {
			return write(func(ctx context.Context, tx *db.Tx) error { return identity.Passed(ctx, tx, "s", step) })
		}
		if err := pass(7); err != nil {
			t.Fatal(err)
		}
		if err := pass(7); !fault.Is(err, fault.Conflict) {
			t.Fatal("one code, two sign-ins", err)
		}
		var token string
		_ = write(func(ctx context.Context, tx *db.Tx) (err error) {
			token, err = identity.Invite(ctx, tx, "s", now)
			return err
		})
		if id, err := identity.Invited(ctx, d, token, now); id != "s" || err != nil {
			t.Fatal(id, err)
		}
		if _, err := identity.Invited(ctx, d, token, now.Add(25*time.Hour)); !fault.Is(err, fault.NotFound) {
			t.Fatal("a link outlived its day", err)
		}
		use := func() error {
			return write(func(ctx context.Context, tx *db.Tx) error { return identity.UseInvite(ctx, tx, token, now) })
		}
		if err := use(); err != nil {
			t.Fatal(err)
		}
		if err := use(); !fault.Is(err, fault.Conflict) {
			t.Fatal("a link was used twice", err)
		}
	}, identity.Schema)
}
