package session

import (
	"context"
	"net/http"
	"time"

	"yimen/foundation/db"
)

// Keeper is sessions as a web surface uses them: with its database, its cookie and its limits.
type Keeper struct {
	DB     *db.DB
	Cookie Cookie
	Limits Limits // zero = Usual
}

// SignIn opens a session, ends the one the browser held, and sets the cookie.
func (k Keeper) SignIn(w http.ResponseWriter, r *http.Request, o Opening) error {
	o.Limits, o.Replaces = k.Limits, k.Cookie.Token(r)
	var token string
	err := k.DB.Write(r.Context(), "session.SignIn", func(ctx context.Context, tx *db.Tx) (err error) {
		token, err = Start(ctx, tx, o)
		return err
	})
	if err != nil {
		return err
	}
	k.Cookie.Set(w, r, token)
	return nil
}

// Of finds the request's session, or fault.Unauthenticated, and notes once a minute that it is in use.
func (k Keeper) Of(r *http.Request, now time.Time) (Session, error) {
	s, err := Find(r.Context(), k.DB, k.Cookie.Token(r), now, k.Limits)
	if err != nil || !s.Stale(now) {
		return s, err
	}
	return s, k.DB.Write(r.Context(), "session.Touch", func(ctx context.Context, tx *db.Tx) error {
		return Touch(ctx, tx, s, now)
	})
}

// Keep writes a running session's data.
func (k Keeper) Keep(ctx context.Context, s Session) error {
	return k.DB.Write(ctx, "session.Keep", func(ctx context.Context, tx *db.Tx) error { return Keep(ctx, tx, s, s.Data) })
}

// SignOut ends the request's session and clears the cookie.
func (k Keeper) SignOut(w http.ResponseWriter, r *http.Request) error {
	k.Cookie.Clear(w, r)
	token := k.Cookie.Token(r)
	if token == "" {
		return nil
	}
	return k.DB.Write(r.Context(), "session.SignOut", func(ctx context.Context, tx *db.Tx) error {
		return End(ctx, tx, token)
	})
}
