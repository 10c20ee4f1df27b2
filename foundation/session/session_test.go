package session

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func write(t *testing.T, d *db.DB, f func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), "session.test", f); err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, d *db.DB, o Opening) (token string) {
	t.Helper()
	write(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		token, err = Start(ctx, tx, o)
		return err
	})
	return token
}

func alive(t *testing.T, d *db.DB, token string, now time.Time) bool {
	t.Helper()
	_, err := Find(t.Context(), d, token, now, Usual)
	if err != nil && fault.KindOf(err) != fault.Unauthenticated {
		t.Fatal(err)
	}
	return err == nil
}

func TestLife(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		token := start(t, d, Opening{Kind: "staff", Subject: "s1", Data: map[string]string{"window": "w7"}, Now: morning})
		s, err := Find(t.Context(), d, token, morning.Add(time.Minute), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Kind != "staff" || s.Subject != "s1" || s.Data["window"] != "w7" || !s.ExpiresAt.Equal(morning.Add(12*time.Hour)) {
			t.Fatalf("found %+v", s)
		}
		if s.Stale(morning.Add(59*time.Second)) || !s.Stale(morning.Add(time.Minute)) {
			t.Error("touched more or less than each minute")
		}
		if alive(t, d, token, morning.Add(30*time.Minute)) {
			t.Error("alive after the idle limit")
		}
		for at := morning; at.Before(morning.Add(12 * time.Hour)); at = at.Add(20 * time.Minute) {
			if !alive(t, d, token, at) {
				t.Fatalf("gone at %s though in use", at)
			}
			write(t, d, func(ctx context.Context, tx *db.Tx) error { return Touch(ctx, tx, s, at) })
		}
		if alive(t, d, token, morning.Add(12*time.Hour)) {
			t.Error("alive after the absolute limit")
		}
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			return Keep(ctx, tx, s, map[string]string{"window": "w8"})
		})
		if s, _ := Find(t.Context(), d, token, morning.Add(11*time.Hour+50*time.Minute), Usual); s.Data["window"] != "w8" {
			t.Errorf("kept %v", s.Data)
		}
	}, Schema)
}

func TestOnlyTheDigestIsStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		token := start(t, d, Opening{Kind: "party", Subject: "p1", Now: morning})
		var hash string
		if err := d.QueryRow(t.Context(), "select token_hash from session_session").Scan(&hash); err != nil {
			t.Fatal(err)
		}
		if len(hash) != 64 || strings.Contains(hash, token) {
			t.Errorf("stored %q", hash)
		}
		for _, guess := range []string{"", hash, token + "A", strings.Repeat("A", 43), strings.Repeat("=", 43), "\x00"} {
			if alive(t, d, guess, morning) {
				t.Errorf("%q opens the session", guess)
			}
		}
	}, Schema)
}

func TestEndings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		one := start(t, d, Opening{Kind: "staff", Subject: "s1", Now: morning})
		two := start(t, d, Opening{Kind: "staff", Subject: "s1", Now: morning, Replaces: one})
		three := start(t, d, Opening{Kind: "staff", Subject: "s1", Now: morning})
		other := start(t, d, Opening{Kind: "party", Subject: "s1", Now: morning})
		if alive(t, d, one, morning) || !alive(t, d, two, morning) {
			t.Error("signing in again must end the browser's old session and only that")
		}
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			n, err := EndAll(ctx, tx, "staff", "s1")
			if n != 2 {
				t.Errorf("ended %d, want 2", n)
			}
			return err
		})
		if alive(t, d, two, morning) || alive(t, d, three, morning) || !alive(t, d, other, morning) {
			t.Error("EndAll ended the wrong sessions")
		}
		write(t, d, func(ctx context.Context, tx *db.Tx) error {
			if n, err := Sweep(ctx, tx, morning.Add(29*time.Minute), Limits{}); n != 0 || err != nil {
				t.Errorf("swept %d living sessions, %v", n, err)
			}
			n, err := Sweep(ctx, tx, morning.Add(30*time.Minute), Limits{})
			if n != 1 {
				t.Errorf("swept %d, want 1", n)
			}
			return err
		})
	}, Schema)
}

func TestDataIsSmall(t *testing.T) {
	if _, err := encode(map[string]string{"x": strings.Repeat("a", maxData)}); err == nil {
		t.Error("a big session was taken")
	}
}

func TestKeeper(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := Keeper{DB: d, Cookie: Cookie{Name: "yimen"}}
		first := signIn(t, k, nil)
		second := signIn(t, k, first)
		if first.Value == second.Value {
			t.Error("the token did not rotate")
		}
		if _, err := k.Of(with(first), morning); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("old token: %v", err)
		}
		if _, err := k.Of(with(second), morning.Add(29*time.Minute)); err != nil {
			t.Fatal(err)
		}
		s, err := k.Of(with(second), morning.Add(58*time.Minute))
		if err != nil || !s.SeenAt.Equal(morning.Add(29*time.Minute)) {
			t.Errorf("not touched: %v %v", s.SeenAt, err)
		}
		w := httptest.NewRecorder()
		if err := k.SignOut(w, with(second)); err != nil {
			t.Fatal(err)
		}
		if got := w.Result().Cookies()[0]; got.MaxAge >= 0 || got.Value != "" {
			t.Errorf("cookie stays: %v", got)
		}
		if _, err := k.Of(with(second), morning.Add(58*time.Minute)); err == nil {
			t.Error("signed out and still in")
		}
	}, Schema)
}

func signIn(t *testing.T, k Keeper, held *http.Cookie) *http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	if err := k.SignIn(w, with(held), Opening{Kind: "staff", Subject: "s1", Now: morning}); err != nil {
		t.Fatal(err)
	}
	return w.Result().Cookies()[0]
}

func with(c *http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if c != nil {
		r.AddCookie(c)
	}
	return r
}

func TestCookieAttributes(t *testing.T) {
	plain := httptest.NewRequest(http.MethodGet, "/", nil)
	secure := httptest.NewRequest(http.MethodGet, "/", nil)
	secure.TLS = &tls.ConnectionState{}
	cases := map[string]struct {
		cookie Cookie
		r      *http.Request
		want   string
	}{
		"plain":        {Cookie{Name: "yimen"}, plain, "yimen=T; Path=/; HttpOnly; SameSite=Lax"},
		"tls":          {Cookie{Name: "yimen"}, secure, "__Host-yimen=T; Path=/; HttpOnly; Secure; SameSite=Lax"},
		"behind proxy": {Cookie{Name: "yimen", TLS: true}, plain, "__Host-yimen=T; Path=/; HttpOnly; Secure; SameSite=Lax"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			c.cookie.Set(w, c.r, "T")
			if got := w.Header().Get("Set-Cookie"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
