// Package identity holds how people prove who they are (staff by a password and a time-based
// code, people from outside by a code sent to their phone and, once, by their own person), and
// other systems by a secret and tokens.
//
// Invariants: a phone opens only what was begun on it, never a person (Me.Sees); passwords are argon2id, never hashed inside a transaction; a code is good once
// (RFC 6238 §5.2); five wrong tries lock an account for fifteen minutes; a one-time link is
// stored as its hash and good once, for a day; of tokens and secrets of machines only the hash
// is kept, and what a portal sees is one predicate, Portal.Sees, and its twin in view/portal.
package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Login is how one member of staff signs in.
type Login struct {
	Staff    ref.StaffID `db:"staff"`
	Password string      `db:"password"`
	TOTP     []byte      `db:"totp"` // sealed under "staff:ID"
	LastStep int64       `db:"last_step"`
	Failed   int         `db:"failed"`
	Locked   time.Time   `db:"locked_until"`
	Changed  time.Time   `db:"changed_at"`
}

// Lock-out: five wrong tries, fifteen minutes.
const (
	tries = 5
	pause = 15 * time.Minute
)

// argon2id at OWASP's second choice: 19 MiB, two passes, one lane.
const (
	memory = 19 * 1024
	passes = 2
)

// HashPassword makes a PHC string; it takes tens of milliseconds on purpose.
func HashPassword(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	return phc(password, salt)
}

func phc(password string, salt []byte) string {
	key := argon2.IDKey([]byte(password), salt, passes, memory, 1, 32)
	e := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", memory, passes, e.EncodeToString(salt), e.EncodeToString(key))
}

// CheckPassword compares in constant time.
func CheckPassword(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		phc(password, make([]byte, 16)) // unknown accounts take as long as known ones
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	return err == nil && subtle.ConstantTimeCompare([]byte(phc(password, salt)), []byte(hash)) == 1
}

// GoodPassword wants 10 to 200 characters; length beats rules about signs.
func GoodPassword(p string) error {
	if n := utf8.RuneCountInString(p); n < 10 || n > 200 {
		return fault.Bad(fault.Field{Name: "password", Key: "signin.password_length"})
	}
	return nil
}

// NewSecret makes a TOTP secret (160 bits, base32 as authenticator apps read it).
func NewSecret() string {
	b := make([]byte, 20)
	rand.Read(b)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// step is RFC 6238's X of 30 seconds.
func step(now time.Time) int64 { return now.Unix() / 30 }

// Code is the six-digit code of a secret at a time.
func Code(secret string, now time.Time) string { return code(secret, step(now)) }

func code(secret string, at int64) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return ""
	}
	m := hmac.New(sha1.New, key)
	var c [8]byte
	binary.BigEndian.PutUint64(c[:], uint64(at))
	m.Write(c[:])
	sum := m.Sum(nil)
	off := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[off:])&0x7fffffff)%1e6)
}

// CheckCode accepts the code of now and one step either side, newer than the last one used;
// it says which step was used.
func CheckCode(secret, given string, last int64, now time.Time) (int64, bool) {
	for at := step(now) - 1; at <= step(now)+1; at++ {
		want := code(secret, at)
		if at > last && want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(given)) == 1 {
			return at, true
		}
	}
	return 0, false
}

const cols = "staff, password, totp, last_step, failed, locked_until, changed_at"

// Set writes or replaces a login.
func Set(ctx context.Context, tx *db.Tx, l Login) error {
	if _, err := tx.Exec(ctx, "delete from identity_login where staff = $1", l.Staff); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "identity_login", l)
}

// Get reads a login.
func Get(ctx context.Context, r db.Reader, id ref.StaffID) (Login, error) {
	return db.One[Login](ctx, r, "select "+cols+" from identity_login where staff = $1", id)
}

// Failed counts a wrong try and locks after the fifth.
func Failed(ctx context.Context, tx *db.Tx, id ref.StaffID, now time.Time) error {
	_, err := tx.Exec(ctx, `update identity_login set failed = case when failed + 1 >= $1 then 0 else failed + 1 end,
		locked_until = case when failed + 1 >= $1 then $2 else locked_until end where staff = $3`, tries, now.Add(pause), id)
	return err
}

// Passed notes a good sign-in; Conflict when the code was used by another sign-in meanwhile.
func Passed(ctx context.Context, tx *db.Tx, id ref.StaffID, used int64) error {
	n, err := tx.Exec(ctx, "update identity_login set failed = 0, last_step = $1 where staff = $2 and last_step < $1", used, id)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "signin.code_used")
	}
	return err
}

// Invite makes a one-time link's token for a member of staff, good for a day.
func Invite(ctx context.Context, tx *db.Tx, id ref.StaffID, now time.Time) (token string, err error) {
	b := make([]byte, 24)
	rand.Read(b)
	token = base64.RawURLEncoding.EncodeToString(b)
	_, err = tx.Exec(ctx, "insert into identity_invite (token_hash, staff, until_at, used_at) values ($1, $2, $3, 0)", hashToken(token), id, now.Add(24*time.Hour))
	return token, err
}

func hashToken(t string) string {
	s := sha256.Sum256([]byte(t))
	return hex.EncodeToString(s[:])
}

// Invited says whose link this is, if it is still good.
func Invited(ctx context.Context, r db.Reader, token string, now time.Time) (ref.StaffID, error) {
	return db.One[ref.StaffID](ctx, r, "select staff from identity_invite where token_hash = $1 and used_at = 0 and until_at > $2", hashToken(token), now)
}

// UseInvite spends a link.
func UseInvite(ctx context.Context, tx *db.Tx, token string, now time.Time) error {
	n, err := tx.Exec(ctx, "update identity_invite set used_at = $1 where token_hash = $2 and used_at = 0 and until_at > $1", now, hashToken(token))
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "signin.link_used")
	}
	return err
}
