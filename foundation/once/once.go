// Package once makes every submit happen once: a double click, a retry or a replay gets the
// first answer again.
//
// Invariants: the key and the answer commit with the submit's own rows; the same key with
// another body is a Conflict; keys are kept 30 days.
package once

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
)

// Schema is this package's table.
//
//go:embed schema/*.sql
var Schema embed.FS

// Keep is how long an answer is remembered.
const Keep = 30 * 24 * time.Hour

// Submit names one intent of one actor: the key is made when the form is shown.
type Submit struct {
	Actor string
	Route string
	Key   string // 128 random bits as text
	Hash  string // Hash of the body
	At    time.Time
}

// Hash digests a request body in a fixed order of its parts.
func Hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		for i, l := 0, len(p); i < 8; i++ {
			n[i] = byte(l >> (8 * i))
		}
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Do runs act if this submit is new, and gives back the first answer if it is not.
func Do(ctx context.Context, tx *db.Tx, s Submit, act func() (answer string, err error)) (string, error) {
	if len(s.Key) < 16 || len(s.Key) > 200 {
		return "", fault.New(fault.Invalid, "fault.key")
	}
	n, err := tx.Exec(ctx, `insert into once_submit (actor, route, key, hash, answer, at) values ($1, $2, $3, $4, '', $5)
		on conflict (actor, route, key) do nothing`, s.Actor, s.Route, s.Key, s.Hash, s.At)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return seen(ctx, tx, s)
	}
	answer, err := act()
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, "update once_submit set answer = $1 where actor = $2 and route = $3 and key = $4", answer, s.Actor, s.Route, s.Key)
	return answer, err
}

// Answer is the answer of a submit that was done before; fault.NotFound for a new one.
func Answer(ctx context.Context, r db.Reader, s Submit) (string, error) { return seen(ctx, r, s) }

func seen(ctx context.Context, r db.Reader, s Submit) (string, error) {
	var hash, answer string
	err := r.QueryRow(ctx, "select hash, answer from once_submit where actor = $1 and route = $2 and key = $3", s.Actor, s.Route, s.Key).Scan(&hash, &answer)
	if err != nil {
		return "", err
	}
	if hash != s.Hash {
		return "", fault.New(fault.Conflict, "fault.key_reused")
	}
	return answer, nil
}

// Sweep forgets what is older than Keep.
func Sweep(ctx context.Context, tx *db.Tx, now time.Time) (int64, error) {
	return tx.Exec(ctx, "delete from once_submit where at < $1", now.Add(-Keep))
}
