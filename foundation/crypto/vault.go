// Package crypto keeps personal values sealed and signs what the house issues.
//
// A Vault seals values with a key of their subject (a party); destroying that key erases the
// subject. Invariants: a key is cached only once the row that holds it is committed; the
// additional data of a sealed value is its subject and its place, so that a value moved to
// another row does not open; nothing that was erased is sealed again under the same subject.
// A Key signs; SignCMS and VerifyCMS write and read CAdES-BES (ETSI EN 319 122-1) signatures.
package crypto

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
)

// Schema is the table of wrapped subject keys.
//
//go:embed schema/*.sql
var Schema embed.FS

// Box layout: format (1 byte), key version (2, big endian), nonce (12), ciphertext and tag.
const (
	boxFormat = 1
	boxHead   = 3
	nonceSize = 12
)

// Vault seals and opens values by subject. It is safe for concurrent use.
type Vault struct {
	master Master
	now    func() time.Time
	cache  *cache
	blind  sync.Map // field → its HMAC key
}

// OpenVault makes a vault over the master keys; now dates the keys it makes.
func OpenVault(master Master, now func() time.Time) *Vault {
	return &Vault{master: master, now: now, cache: newCache(cacheSize)}
}

// Value is one of several plain values of a subject; Where is "table.column.id".
type Value struct {
	Where string
	Plain []byte
}

// Seal encrypts a value of a subject, making the subject's first key if it has none.
// A forgotten subject is Conflict.
func (v *Vault) Seal(ctx context.Context, tx *db.Tx, subject, where string, plain []byte) ([]byte, error) {
	boxes, err := v.SealMany(ctx, tx, subject, Value{where, plain})
	if err != nil {
		return nil, err
	}
	return boxes[0], nil
}

// SealMany is Seal for several values of one subject with one look-up of its key.
func (v *Vault) SealMany(ctx context.Context, tx *db.Tx, subject string, values ...Value) ([][]byte, error) {
	k, err := v.sealing(ctx, tx, subject)
	if err != nil {
		return nil, fmt.Errorf("key to seal with: %w", err)
	}
	boxes := make([][]byte, len(values))
	for i, x := range values {
		boxes[i] = k.seal(subject, x.Where, x.Plain)
	}
	return boxes, nil
}

// Open decrypts what Seal made for the same subject and place. A destroyed key is NotFound
// ("crypto.forgotten"); a box of another place, or a changed one, is Internal.
func (v *Vault) Open(ctx context.Context, r db.Reader, subject, where string, box []byte) ([]byte, error) {
	if len(box) < boxHead+nonceSize || box[0] != boxFormat {
		return nil, fmt.Errorf("open %s: not a sealed value", where)
	}
	k, err := v.opening(ctx, r, subject, binary.BigEndian.Uint16(box[1:]))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", where, err)
	}
	nonce := box[boxHead : boxHead+nonceSize]
	plain, err := k.aead.Open(nil, nonce, box[boxHead+nonceSize:], additional(box[:boxHead], subject, where))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", where, err)
	}
	return plain, nil
}

// Blind is a value's look-up index in a field: "<master version>:" and the hexadecimal
// HMAC-SHA-256 under the field's own key. The caller normalises the value first.
func (v *Vault) Blind(field, value string) string {
	key, ok := v.blind.Load(field)
	if !ok {
		key, _ = v.blind.LoadOrStore(field, v.master.derive("yimen blind index "+field))
	}
	mac := hmac.New(sha256.New, key.([]byte))
	mac.Write([]byte(value))
	return strconv.Itoa(int(v.master.oldest)) + ":" + hex.EncodeToString(mac.Sum(nil))
}

// Renew gives a subject a further key for what is sealed from now on; older boxes still open.
func (v *Vault) Renew(ctx context.Context, tx *db.Tx, subject string) error {
	row, err := newest(ctx, tx, subject)
	if err != nil {
		return err
	}
	if row.Destroyed != 0 {
		return forgotten(fault.Conflict)
	}
	tx.AfterCommit(func() { v.cache.drop(subject) })
	return v.insert(ctx, tx, subject, uint16(row.Version)+1)
}

// Forget destroys every key of a subject: nothing sealed for it opens again. Other machines
// stop opening within cacheAge. A subject that never had a key gets a destroyed one.
func (v *Vault) Forget(ctx context.Context, tx *db.Tx, subject string) error {
	at := v.now()
	tx.AfterCommit(func() { v.cache.bury(subject, v.now()) })
	n, err := tx.Exec(ctx, `update crypto_key set wrapped = $1, destroyed_at = $2 where subject = $3 and destroyed_at = 0`, []byte{}, at, subject)
	if err != nil || n > 0 {
		return err
	}
	_, err = tx.Exec(ctx, `insert into crypto_key (subject, version, wrapped, made_at, destroyed_at) values ($1, 1, $2, $3, $3)
		on conflict (subject, version) do nothing`, subject, []byte{}, at)
	return err
}

// dataKey is an unwrapped key of a subject.
type dataKey struct {
	version uint16
	aead    cipher.AEAD
}

func newDataKey(version uint16, key []byte) *dataKey { return &dataKey{version, gcm(key)} }

func (k *dataKey) seal(subject, where string, plain []byte) []byte {
	box := make([]byte, boxHead+nonceSize, boxHead+nonceSize+len(plain)+k.aead.Overhead())
	box[0] = boxFormat
	binary.BigEndian.PutUint16(box[1:], k.version)
	nonce := box[boxHead:]
	_, _ = rand.Read(nonce)
	return k.aead.Seal(box, nonce, plain, additional(box[:boxHead], subject, where))
}

// additional binds head, subject and place; the length keeps "a"+"bc" and "ab"+"c" apart.
func additional(head []byte, subject, where string) []byte {
	out := binary.BigEndian.AppendUint32(append([]byte{}, head...), uint32(len(subject)))
	return append(append(out, subject...), where...)
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // keys are 32 bytes by construction
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func forgotten(kind fault.Kind) error { return fault.New(kind, "crypto.forgotten") }
