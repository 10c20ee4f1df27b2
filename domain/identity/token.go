package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Kinds of bearer.
const (
	TokenStaff  = "staff"
	TokenPortal = "portal"
)

// Everything is the scope of a token that may whatever its subject may.
const Everything = "*"

// Token is a bearer token as the house keeps it: only its SHA-256, so that a stolen table opens no door.
type Token struct {
	Hash    string    `db:"hash"`
	Kind    string    `db:"kind"`
	Subject string    `db:"subject"` // ref.StaffID or ref.PortalID
	Scopes  string    `db:"scopes"`  // verbs, space between; Everything
	Made    time.Time `db:"made_at"`
	Expires time.Time `db:"expires_at"`
	Revoked time.Time `db:"revoked_at"` // zero: not
	Used    time.Time `db:"used_at"`    // to the minute
}

// Good says whether the token opens anything now.
func (t Token) Good(now time.Time) bool { return t.Revoked.IsZero() && now.Before(t.Expires) }

// touchEvery bounds the writes a busy bearer causes.
const touchEvery = time.Minute

// Stale says that the last use noted is so old that a new one is worth a write.
func (t Token) Stale(now time.Time) bool { return now.Sub(t.Used) >= touchEvery }

// newWord makes 256 random bits as text behind a mark, by which scanners of leaked secrets know it.
func newWord(mark string) string {
	b := make([]byte, 32)
	rand.Read(b)
	return mark + base64.RawURLEncoding.EncodeToString(b)
}

// HashWord is how tokens and secrets are kept; they are random, so that one SHA-256 is enough.
func HashWord(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// NewToken writes a token and gives its text, which exists nowhere else from then on.
func NewToken(ctx context.Context, tx *db.Tx, t Token) (string, error) {
	text := newWord("ym" + t.Kind[:1] + "_")
	t.Hash = HashWord(text)
	return text, db.Insert(ctx, tx, "identity_token", t)
}

const tokenCols = "hash, kind, subject, scopes, made_at, expires_at, revoked_at, used_at"

// longestToken is the most a token may be, in bytes; longer ones are not even hashed.
const longestToken = 200

// TokenOf finds a token by its text. Errors: fault.NotFound.
func TokenOf(ctx context.Context, r db.Reader, text string) (Token, error) {
	if len(text) > longestToken {
		return Token{}, fault.New(fault.NotFound, "fault.not_found")
	}
	return db.One[Token](ctx, r, "select "+tokenCols+" from identity_token where hash = $1", HashWord(text))
}

// TouchToken notes that a token is in use.
func TouchToken(ctx context.Context, tx *db.Tx, hash string, now time.Time) error {
	_, err := tx.Exec(ctx, "update identity_token set used_at = $1 where hash = $2", now, hash)
	return err
}

// RevokeTokens ends all tokens of a subject and says how many.
func RevokeTokens(ctx context.Context, tx *db.Tx, kind, subject string, now time.Time) (int64, error) {
	return tx.Exec(ctx, "update identity_token set revoked_at = $1 where kind = $2 and subject = $3 and revoked_at = 0 and expires_at > $1", now, kind, subject)
}

// SweepTokens forgets tokens that ended before a time.
func SweepTokens(ctx context.Context, tx *db.Tx, before time.Time) (int64, error) {
	return tx.Exec(ctx, "delete from identity_token where expires_at < $1 or revoked_at > 0 and revoked_at < $1", before)
}

// Verbs of a portal.
const (
	VerbSubmit = "submit" // hand in applications and follow them
	VerbRead   = "read"   // follow cases of its items and organs that came in elsewhere
	VerbHooks  = "hooks"  // be told by web-hooks
)

// Verbs lists what a portal can be allowed.
func Verbs() []string { return []string{VerbSubmit, VerbRead, VerbHooks} }

// Any stands for every item or every organ.
const Any = "*"

// Portal is another system that speaks for people.
type Portal struct {
	ID        ref.PortalID  `db:"id"`
	Name      string        `db:"name"`
	Secret    string        `db:"secret_hash"`
	Verbs     string        `db:"verbs"`     // space between
	Items     string        `db:"items"`     // ref.ItemIDs, space between, or Any
	Organs    string        `db:"organs"`    // ref.OrganIDs, space between, or Any
	Assurance ref.Assurance `db:"assurance"` // how surely it may vouch for the people it speaks for
	Active    bool          `db:"active"`
	Failed    int           `db:"failed"`
	Locked    time.Time     `db:"locked_until"`
	Made      time.Time     `db:"made_at"`
}

func within(list, one string) bool {
	return list == Any || slices.Contains(strings.Fields(list), one)
}

// May says whether the portal is active and has the verb.
func (p Portal) May(verb string) bool { return p.Active && within(p.Verbs, verb) }

// Covers says whether a matter lies within the portal's items and organs.
func (p Portal) Covers(organ ref.OrganID, item ref.ItemID) bool {
	return within(p.Organs, string(organ)) && within(p.Items, string(item))
}

// Sees says whether the portal may see a case: its own, or with the verb read those of its items and organs.
func (p Portal) Sees(by ref.PortalID, organ ref.OrganID, item ref.ItemID) bool {
	return p.Active && (by == p.ID && by != "" || p.May(VerbRead) && p.Covers(organ, item))
}

// Narrowed is the portal with no more verbs than a token's scopes.
func (p Portal) Narrowed(scopes string) Portal {
	if scopes == Everything {
		return p
	}
	p.Verbs = strings.Join(slices.DeleteFunc(strings.Fields(p.Verbs), func(v string) bool { return !slices.Contains(strings.Fields(scopes), v) }), " ")
	return p
}

const portalCols = "id, name, secret_hash, verbs, items, organs, assurance, active, failed, locked_until, made_at"

// AddPortal writes a portal and gives its secret, which exists nowhere else from then on.
func AddPortal(ctx context.Context, tx *db.Tx, p Portal) (secret string, err error) {
	secret = newWord("ymc_")
	p.Secret = HashWord(secret)
	return secret, db.Insert(ctx, tx, "identity_portal", p)
}

// GetPortal reads one portal.
func GetPortal(ctx context.Context, r db.Reader, id ref.PortalID) (Portal, error) {
	return db.One[Portal](ctx, r, "select "+portalCols+" from identity_portal where id = $1", id)
}

// Portals lists the portals by name, at most limit.
func Portals(ctx context.Context, r db.Reader, limit int) ([]Portal, error) {
	return db.Find[Portal](ctx, r, "select "+portalCols+" from identity_portal order by name, id limit $1", limit)
}

// ClosePortal ends a portal. Errors: fault.NotFound.
func ClosePortal(ctx context.Context, tx *db.Tx, id ref.PortalID) error {
	n, err := tx.Exec(ctx, "update identity_portal set active = 0 where id = $1 and active = 1", id)
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return err
}

// noSecret is compared with where there is no portal, so that the work is the same.
var noSecret = HashWord("")

// Knows says whether a secret is the portal's. A portal that is not there, has been closed or is locked takes as long.
func (p Portal) Knows(secret string, now time.Time) bool {
	want := p.Secret
	if want == "" {
		want = noSecret
	}
	same := subtle.ConstantTimeCompare([]byte(HashWord(secret)), []byte(want)) == 1
	return same && p.Active && !now.Before(p.Locked)
}

// portalTries is how many wrong secrets in a row lock a portal out; its secret is random, so this is against noise in the log.
const portalTries = 10

// PortalFailed counts a wrong secret and locks for fifteen minutes after the tenth.
func PortalFailed(ctx context.Context, tx *db.Tx, id ref.PortalID, now time.Time) error {
	_, err := tx.Exec(ctx, `update identity_portal set failed = case when failed + 1 >= $1 then 0 else failed + 1 end,
		locked_until = case when failed + 1 >= $1 then $2 else locked_until end where id = $3`, portalTries, now.Add(pause), id)
	return err
}

// PortalPassed notes a right secret.
func PortalPassed(ctx context.Context, tx *db.Tx, id ref.PortalID) error {
	_, err := tx.Exec(ctx, "update identity_portal set failed = 0 where id = $1 and failed > 0", id)
	return err
}
