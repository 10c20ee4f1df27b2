package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Account is a person's sign-in from outside. It begins with a phone; only meeting at a window
// or a real-name provider ties it to a party. A phone alone never does: numbers change hands.
type Account struct {
	ID    ref.AccountID `db:"id"`
	Phone []byte        `db:"phone"` // sealed under the account
	Blind string        `db:"phone_blind"`
	Party ref.PartyID   `db:"party"` // whose it is, empty until that is known
	How   string        `db:"how"`   // by what that is known: "window:STAFF" or "provider:NAME"
	Made  time.Time     `db:"made_at"`
	Seen  time.Time     `db:"seen_at"`
	Bound time.Time     `db:"bound_at"`
}

// Idle is after how long unused a phone's account is no longer opened by the phone: operators
// give numbers to others after about 90 days.
const Idle = 90 * 24 * time.Hour

const accountCols = "id, phone, phone_blind, party, how, made_at, seen_at, bound_at"

// Subject is under what an account's own values are sealed, and its name as an actor.
func Subject(id ref.AccountID) string { return "account:" + string(id) }

// BlindPhone is the look-up value of a phone.
func BlindPhone(v *crypto.Vault, phone string) string { return v.Blind("identity.phone", phone) }

func phonePlace(id ref.AccountID) string { return "identity_account.phone." + string(id) }

// GetAccount reads an account.
func GetAccount(ctx context.Context, r db.Reader, id ref.AccountID) (Account, error) {
	return db.One[Account](ctx, r, "select "+accountCols+" from identity_account where id = $1", id)
}

// AccountsOf lists the accounts of a party, the one used last first.
func AccountsOf(ctx context.Context, r db.Reader, p ref.PartyID) ([]Account, error) {
	return db.Find[Account](ctx, r, "select "+accountCols+" from identity_account where party = $1 and party <> '' order by seen_at desc", p)
}

// Left says that the account's number may be somebody else's by now: it was given to another account,
// or has not been used for Idle.
func (a Account) Left(now time.Time) bool {
	return strings.HasPrefix(a.Blind, left) || now.Sub(a.Seen) >= Idle
}

// left begins the blind of an account whose number went to another.
const left = "left:"

// Phone opens an account's phone number.
func Phone(ctx context.Context, r db.Reader, v *crypto.Vault, id ref.AccountID) (string, error) {
	a, err := GetAccount(ctx, r, id)
	if err != nil {
		return "", err
	}
	b, err := v.Open(ctx, r, Subject(id), phonePlace(id), a.Phone)
	return string(b), err
}

// EnsureAccount opens the account of a phone. One not used for Idle is left to whoever had the
// number before, and a new one begun.
func EnsureAccount(ctx context.Context, tx *db.Tx, v *crypto.Vault, phone string, now time.Time) (Account, error) {
	blind := BlindPhone(v, phone)
	a, err := db.One[Account](ctx, tx, "select "+accountCols+" from identity_account where phone_blind = $1", blind)
	if err == nil && !a.Left(now) {
		a.Seen = now
		_, err = tx.Exec(ctx, "update identity_account set seen_at = $1 where id = $2", now, a.ID)
		return a, err
	}
	if err == nil {
		if _, err = tx.Exec(ctx, "update identity_account set phone_blind = $1 where id = $2", left+string(a.ID), a.ID); err != nil {
			return a, err
		}
	} else if !fault.Is(err, fault.NotFound) {
		return a, err
	}
	a = Account{ID: ref.AccountID(db.NewID()), Blind: blind, Made: now, Seen: now}
	if a.Phone, err = v.Seal(ctx, tx, Subject(a.ID), phonePlace(a.ID), []byte(phone)); err != nil {
		return a, err
	}
	return a, db.Insert(ctx, tx, "identity_account", a)
}

// Bind ties an account to a party; Conflict when it is tied to another.
func Bind(ctx context.Context, tx *db.Tx, id ref.AccountID, p ref.PartyID, how string, now time.Time) error {
	n, err := tx.Exec(ctx, "update identity_account set party = $1, how = $2, bound_at = $3 where id = $4 and (party = '' or party = $1)", p, how, now, id)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "signin.other_person")
	}
	return err
}

// OneTime is a one-time code on its way to a phone.
type OneTime struct {
	ID    string    `db:"id"`
	Blind string    `db:"phone_blind"`
	Phone []byte    `db:"phone"` // sealed under "code:ID"
	Hash  string    `db:"hash"`
	Made  time.Time `db:"made_at"`
	Until time.Time `db:"until_at"`
	Tries int       `db:"tries"`
	Used  time.Time `db:"used_at"`
	Known bool      `db:"known"` // asked for by a browser that the phone's account knows
}

// Limits of one-time codes, by phone.
const (
	codeLife   = 5 * time.Minute
	codePause  = time.Minute // between two
	codesHour  = 5
	codesDay   = 10
	codeTries  = 5  // wrong ones, then the code is dead
	wrongADay  = 15 // wrong ones of all codes of a day, then the phone waits
	oneTimeLen = 6
)

// NewCode draws a code and writes it down; TooMany when the phone asked too often, with the minutes to
// wait. A browser that the phone's account knows has limits of its own, so that strangers who ask in
// the phone's name keep nobody out.
func NewCode(ctx context.Context, tx *db.Tx, v *crypto.Vault, phone string, known bool, now time.Time) (id, code string, err error) {
	blind := BlindPhone(v, phone)
	// The phone's row is locked first: what is counted below must not change meanwhile.
	if _, err := tx.Exec(ctx, "insert into identity_phone (phone_blind, asked) values ($1, 1) on conflict (phone_blind) do update set asked = identity_phone.asked + 1", blind); err != nil {
		return "", "", err
	}
	past, err := db.Find[OneTime](ctx, tx, "select "+codeCols+" from identity_code where phone_blind = $1 and known = $2 and made_at > $3 order by made_at desc", blind, known, now.Add(-24*time.Hour))
	if err != nil {
		return "", "", err
	}
	if wait := mustWait(past, now); wait > 0 {
		return "", "", fault.New(fault.TooMany, "signin.code_wait", "minutes", int(wait.Minutes())+1)
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", "", err
	}
	c := OneTime{ID: db.NewID(), Blind: blind, Made: now, Until: now.Add(codeLife), Known: known}
	code = fmt.Sprintf("%0*d", oneTimeLen, n)
	c.Hash = codeHash(v, c.ID, code)
	if c.Phone, err = v.Seal(ctx, tx, "code:"+c.ID, "identity_code.phone", []byte(phone)); err != nil {
		return "", "", err
	}
	return c.ID, code, db.Insert(ctx, tx, "identity_code", c)
}

// mustWait says how long a phone waits before its next code; past codes come latest first.
func mustWait(past []OneTime, now time.Time) time.Duration {
	wrong := 0
	for _, c := range past {
		wrong += c.Tries
	}
	until := func(i int, span time.Duration) time.Duration {
		if len(past) <= i {
			return 0
		}
		return max(0, past[i].Made.Add(span).Sub(now))
	}
	wait := max(until(0, codePause), until(codesHour-1, time.Hour), until(codesDay-1, 24*time.Hour))
	if wrong >= wrongADay {
		wait = max(wait, until(0, time.Hour))
	}
	return wait
}

const codeCols = "id, phone_blind, phone, hash, made_at, until_at, tries, used_at, known"

// A keyed hash: six digits would be found at once from a plain one.
func codeHash(v *crypto.Vault, id, code string) string { return v.Blind("identity.code", id+":"+code) }

// GetCode reads a code that was sent.
func GetCode(ctx context.Context, r db.Reader, id string) (OneTime, error) {
	return db.One[OneTime](ctx, r, "select "+codeCols+" from identity_code where id = $1", id)
}

// Open gives the phone a code was sent to.
func (c OneTime) Open(ctx context.Context, r db.Reader, v *crypto.Vault) (string, error) {
	b, err := v.Open(ctx, r, "code:"+c.ID, "identity_code.phone", c.Phone)
	return string(b), err
}

// TryCode spends a code if it is the right one. A wrong one is counted, and the answer is false.
func TryCode(ctx context.Context, tx *db.Tx, v *crypto.Vault, id, code string, now time.Time) (bool, error) {
	// The try is counted before it is judged, under the row's lock: guesses at once are counted one by one.
	var hash string
	err := tx.QueryRow(ctx, "update identity_code set tries = tries + 1 where id = $1 and tries < $2 and used_at = 0 and until_at > $3 returning hash", id, codeTries, now).Scan(&hash)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil || subtle.ConstantTimeCompare([]byte(codeHash(v, id, code)), []byte(hash)) != 1 {
		return false, err
	}
	_, err = tx.Exec(ctx, "update identity_code set used_at = $1, tries = tries - 1 where id = $2", now, id)
	return err == nil, err
}

// ForgetCodes removes codes older than a day; their phones' keys go with them.
func ForgetCodes(ctx context.Context, tx *db.Tx, v *crypto.Vault, now time.Time) error {
	old, err := db.Find[string](ctx, tx, "select id from identity_code where made_at < $1 limit 500", now.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	for _, id := range old {
		if err := v.Forget(ctx, tx, "code:"+id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "delete from identity_code where id = $1", id); err != nil {
			return err
		}
	}
	return nil
}

// Device is a browser that signed in to an account; its cookie proves that it is the same one.
type Device struct {
	ID        string        `db:"id"`
	Account   ref.AccountID `db:"account"`
	TokenHash string        `db:"token_hash"`
	Label     string        `db:"label"` // the kind of browser, as far as it says
	Made      time.Time     `db:"made_at"`
	Seen      time.Time     `db:"seen_at"`
	RealUntil time.Time     `db:"real_until"` // until then a code on this device is enough for the real-name level
	Removed   time.Time     `db:"removed_at"`
}

// Trust is how long a proof of who one is lasts on the device where it was given.
const Trust = 90 * 24 * time.Hour

const deviceCols = "id, account, token_hash, label, made_at, seen_at, real_until, removed_at"

// GetDevice reads a device.
func GetDevice(ctx context.Context, r db.Reader, id string) (Device, error) {
	return db.One[Device](ctx, r, "select "+deviceCols+" from identity_device where id = $1", id)
}

// Devices lists an account's devices in use, the latest first.
func Devices(ctx context.Context, r db.Reader, id ref.AccountID) ([]Device, error) {
	return db.Find[Device](ctx, r, "select "+deviceCols+" from identity_device where account = $1 and removed_at = 0 order by seen_at desc", id)
}

// Knows says whether a browser's token is that of a device in use of the phone's account.
func Knows(ctx context.Context, r db.Reader, v *crypto.Vault, phone, token string) (bool, error) {
	if token == "" {
		return false, nil
	}
	n, err := db.Find[int64](ctx, r, "select 1 from identity_device d join identity_account a on a.id = d.account where a.phone_blind = $1 and d.token_hash = $2 and d.removed_at = 0",
		BlindPhone(v, phone), hashToken(token))
	return len(n) > 0, err
}

// KnowDevice finds the account's device of a token, or makes one and gives its new token.
func KnowDevice(ctx context.Context, tx *db.Tx, id ref.AccountID, token, label string, now time.Time) (d Device, fresh string, err error) {
	if token != "" {
		d, err = db.One[Device](ctx, tx, "select "+deviceCols+" from identity_device where account = $1 and token_hash = $2 and removed_at = 0", id, hashToken(token))
		if err == nil {
			_, err = tx.Exec(ctx, "update identity_device set seen_at = $1 where id = $2", now, d.ID)
			return d, "", err
		}
		if !fault.Is(err, fault.NotFound) {
			return d, "", err
		}
	}
	b := make([]byte, 32)
	rand.Read(b)
	fresh = base64.RawURLEncoding.EncodeToString(b)
	d = Device{ID: db.NewID(), Account: id, TokenHash: hashToken(fresh), Label: label, Made: now, Seen: now}
	return d, fresh, db.Insert(ctx, tx, "identity_device", d)
}

// SeeDevice notes that a device was used, at most every ten minutes.
func SeeDevice(ctx context.Context, tx *db.Tx, d Device, now time.Time) error {
	_, err := tx.Exec(ctx, "update identity_device set seen_at = $1 where id = $2", now, d.ID)
	if err == nil {
		_, err = tx.Exec(ctx, "update identity_account set seen_at = $1 where id = $2", now, d.Account)
	}
	return err
}

// Stale says whether a device's use should be noted now.
func (d Device) Stale(now time.Time) bool { return now.Sub(d.Seen) >= 10*time.Minute }

// TrustDevice notes that on this device somebody proved who they are.
func TrustDevice(ctx context.Context, tx *db.Tx, device string, now time.Time) error {
	_, err := tx.Exec(ctx, "update identity_device set real_until = $1 where id = $2 and removed_at = 0", now.Add(Trust), device)
	return err
}

// RemoveDevice takes a device's access away; fault.NotFound unless it is the account's.
func RemoveDevice(ctx context.Context, tx *db.Tx, id ref.AccountID, device string, now time.Time) error {
	n, err := tx.Exec(ctx, "update identity_device set removed_at = $1, real_until = 0 where id = $2 and account = $3 and removed_at = 0", now, device, id)
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return err
}

// NewLink draws the eight characters that a person shows at a window, so that the clerk who
// sees the person can say: this phone is theirs. Good for half an hour.
func NewLink(ctx context.Context, tx *db.Tx, v *crypto.Vault, id ref.AccountID, device string, now time.Time) (string, error) {
	if _, err := tx.Exec(ctx, "delete from identity_link where account = $1 or until_at < $2", id, now); err != nil {
		return "", err
	}
	code, err := crypto.NewCode()
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, "insert into identity_link (code_blind, account, device, until_at, used_at) values ($1, $2, $3, $4, 0)",
		v.Blind("identity.link", code), id, device, now.Add(30*time.Minute))
	return code, err
}

// UseLink spends a link's characters and says whose they were; fault.NotFound for others.
func UseLink(ctx context.Context, tx *db.Tx, v *crypto.Vault, code string, now time.Time) (id ref.AccountID, device string, err error) {
	err = tx.QueryRow(ctx, "update identity_link set used_at = $1 where code_blind = $2 and used_at = 0 and until_at > $1 returning account, device",
		now, v.Blind("identity.link", crypto.ReadCode(code))).Scan(&id, &device)
	return id, device, err
}

// Me is a person signed in from outside, as far as this session proves it.
type Me struct {
	Account ref.AccountID
	Device  string
	Level   ref.Assurance
	Person  ref.PartyID // empty below the real-name level
	For     ref.PartyID // the person, or a company they speak for

	Mandate   string      // under which the person acts for another now, empty for none
	Principal ref.PartyID // for whom; nothing of theirs opens by it but what is done under the mandate
}

// Actor is the person's name in audit rows and facts.
func (m Me) Actor() string { return Subject(m.Account) }

// Real says that the session knows who the person is.
func (m Me) Real() bool { return m.Level == ref.AssuranceReal && m.Person != "" }

// Thing is what a case or draft tells of whose it is.
type Thing struct {
	Account    ref.AccountID // the phone it was begun on
	Party      ref.PartyID
	Same       ref.PartyID // the party that Party turned out to be, empty when it is its own
	DeclaredBy string      // the actor on whose word alone Party rests, else empty
}

// Sight is how far a session opens a thing.
type Sight int

const (
	Nothing  Sight = iota
	HandedIn       // what an agent whose mandate has ended handed in themselves, and nothing later
	Progress       // how far it has come, and what the applicant must do
	All            // answers, papers and results too
)

// Sees is the one rule of who sees what from outside: the real-name level opens what is one's
// own or one's company's; a code opens only what was begun on that phone, and of that only the
// progress where it holds what the government knew before.
func (m Me) Sees(t Thing) Sight {
	party := t.Party
	if t.Same != "" {
		party = t.Same
	}
	switch {
	case m.Account == "":
		return Nothing
	case m.Real() && (party == m.Person || party == m.For):
		return All
	case t.Account != m.Account:
		return Nothing
	case t.DeclaredBy == m.Actor() && t.Same == "":
		return All
	}
	return Progress
}

type (
	// DeviceAdded: somebody signed in on a browser that the account did not know.
	DeviceAdded struct {
		Account ref.AccountID
		Device  string
	}
	// WasProven: it is known now whose an account is.
	WasProven struct {
		Account ref.AccountID
		Party   ref.PartyID
	}
)

func (DeviceAdded) EventName() string  { return "identity.device/1" }
func (e DeviceAdded) EventKey() string { return Subject(e.Account) }
func (WasProven) EventName() string    { return "identity.proven/1" }
func (e WasProven) EventKey() string   { return Subject(e.Account) }
