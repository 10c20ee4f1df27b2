// Package session remembers on the server who has signed in at a browser.
//
// Invariants: the browser holds a random 256-bit token, the table only its SHA-256, so that a stolen table opens no door;
// a session ends after Limits.Idle without a request and after Limits.Absolute whatever happens; signing in always makes a
// new token (against session fixation); data holds ids and choices, never a personal value.
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
)

// Schema is this package's table.
//
//go:embed schema/*.sql
var Schema embed.FS

// Limits say when a session ends.
type Limits struct {
	Idle     time.Duration // without a request
	Absolute time.Duration // since signing in
}

// Usual are the limits of a working day at a window.
var Usual = Limits{Idle: 30 * time.Minute, Absolute: 12 * time.Hour}

// touchEvery bounds the writes a busy reader causes; Idle must be a good deal longer.
const touchEvery = time.Minute

// maxData is the most a session may carry, in bytes of JSON.
const maxData = 4096

// Session is one sign-in at one browser.
type Session struct {
	Hash      string // SHA-256 of the token, hex; may stand in a log
	Kind      string // staff, party …: which door was used
	Subject   string // id of who signed in
	Data      map[string]string
	MadeAt    time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// Opening is what a new session begins with.
type Opening struct {
	Kind     string
	Subject  string
	Data     map[string]string
	Limits   Limits // zero = Usual
	Replaces string // token that the browser held until now; its session ends
	Now      time.Time
}

type row struct {
	TokenHash string    `db:"token_hash"`
	Kind      string    `db:"kind"`
	Subject   string    `db:"subject"`
	Data      string    `db:"data"`
	MadeAt    time.Time `db:"made_at"`
	SeenAt    time.Time `db:"seen_at"`
	ExpiresAt time.Time `db:"expires_at"`
}

// Start opens a session and returns its token, which exists nowhere else from then on.
func Start(ctx context.Context, tx *db.Tx, o Opening) (token string, err error) {
	if o.Limits == (Limits{}) {
		o.Limits = Usual
	}
	data, err := encode(o.Data)
	if err != nil {
		return "", err
	}
	if o.Replaces != "" {
		if err := End(ctx, tx, o.Replaces); err != nil {
			return "", err
		}
	}
	token = newToken()
	return token, db.Insert(ctx, tx, "session_session", row{
		TokenHash: digest(token), Kind: o.Kind, Subject: o.Subject, Data: data,
		MadeAt: o.Now, SeenAt: o.Now, ExpiresAt: o.Now.Add(o.Limits.Absolute),
	})
}

// Find gives the living session of a token, or fault.Unauthenticated. Zero limits are Usual.
func Find(ctx context.Context, r db.Reader, token string, now time.Time, limits Limits) (Session, error) {
	if limits == (Limits{}) {
		limits = Usual
	}
	gone := fault.New(fault.Unauthenticated, "fault.unauthenticated")
	if !wellFormed(token) {
		return Session{}, gone
	}
	found, err := db.One[row](ctx, r, `select token_hash, kind, subject, data, made_at, seen_at, expires_at
		from session_session where token_hash = $1`, digest(token))
	if fault.KindOf(err) == fault.NotFound {
		return Session{}, gone
	}
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", err)
	}
	if !now.Before(found.ExpiresAt) || !now.Before(found.SeenAt.Add(limits.Idle)) {
		return Session{}, gone
	}
	return found.session()
}

func (r row) session() (Session, error) {
	s := Session{Hash: r.TokenHash, Kind: r.Kind, Subject: r.Subject,
		MadeAt: r.MadeAt, SeenAt: r.SeenAt, ExpiresAt: r.ExpiresAt}
	if err := json.Unmarshal([]byte(r.Data), &s.Data); err != nil {
		return Session{}, fmt.Errorf("session data: %w", err)
	}
	return s, nil
}

// Stale says whether a request at now should Touch the session: at most once a minute.
func (s Session) Stale(now time.Time) bool { return now.Sub(s.SeenAt) >= touchEvery }

// Touch notes that the session was used. A clock that went back changes nothing.
func Touch(ctx context.Context, tx *db.Tx, s Session, now time.Time) error {
	_, err := tx.Exec(ctx, "update session_session set seen_at = $1 where token_hash = $2 and seen_at < $1", now, s.Hash)
	return err
}

// Keep replaces the data of a living session.
func Keep(ctx context.Context, tx *db.Tx, s Session, data map[string]string) error {
	text, err := encode(data)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "update session_session set data = $1 where token_hash = $2", text, s.Hash)
	return err
}

// End closes the session of a token; an unknown token is no error.
func End(ctx context.Context, tx *db.Tx, token string) error {
	_, err := tx.Exec(ctx, "delete from session_session where token_hash = $1", digest(token))
	return err
}

// EndAll closes every session of one subject: password changed, account closed, device lost.
func EndAll(ctx context.Context, tx *db.Tx, kind, subject string) (int64, error) {
	return tx.Exec(ctx, "delete from session_session where kind = $1 and subject = $2", kind, subject)
}

// Sweep removes sessions that can never be found again and says how many. Zero limits are Usual.
func Sweep(ctx context.Context, tx *db.Tx, now time.Time, limits Limits) (int64, error) {
	if limits == (Limits{}) {
		limits = Usual
	}
	return tx.Exec(ctx, "delete from session_session where expires_at <= $1 or seen_at <= $2", now, now.Add(-limits.Idle))
}

func encode(data map[string]string) (string, error) {
	if data == nil {
		data = map[string]string{}
	}
	text, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	if len(text) > maxData {
		return "", fmt.Errorf("session data of %d bytes, at most %d", len(text), maxData)
	}
	return string(text), nil
}

func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the program ends first (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// wellFormed keeps rubbish away from the database.
func wellFormed(token string) bool {
	if len(token) != 43 {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	return err == nil && len(b) == 32
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
