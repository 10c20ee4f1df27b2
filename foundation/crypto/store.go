package crypto

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"yimen/foundation/db"
	"yimen/foundation/fault"
)

// keyRow is one version of a subject's key; wrapped is empty once destroyed.
type keyRow struct {
	Version   int64  `db:"version"`
	Wrapped   []byte `db:"wrapped"`
	Destroyed int64  `db:"destroyed_at"`
}

// sealing is the newest key of a subject, made when there is none.
func (v *Vault) sealing(ctx context.Context, tx *db.Tx, subject string) (*dataKey, error) {
	if k := v.cache.newest(subject, v.now()); k != nil {
		return k, nil
	}
	row, err := newest(ctx, tx, subject)
	if fault.Is(err, fault.NotFound) {
		// Two writers may come here at once; the second one's insert waits for the first
		// one's commit and then does nothing, and both read the same row.
		if err = v.insert(ctx, tx, subject, 1); err == nil {
			row, err = newest(ctx, tx, subject)
		}
	}
	if err != nil {
		return nil, err
	}
	if row.Destroyed != 0 {
		return nil, forgotten(fault.Conflict)
	}
	return v.unwrapThen(row, subject, func(k *dataKey) {
		// The row may be of this very transaction, so it counts only after commit.
		tx.AfterCommit(func() { v.cache.put(subject, k, true, v.now()) })
	})
}

// opening is one version of a subject's key.
func (v *Vault) opening(ctx context.Context, r db.Reader, subject string, version uint16) (*dataKey, error) {
	if k := v.cache.get(subject, version, v.now()); k != nil {
		return k, nil
	}
	row, err := db.One[keyRow](ctx, r, `select version, wrapped, destroyed_at from crypto_key where subject = $1 and version = $2`, subject, int64(version))
	if err != nil {
		return nil, err
	}
	if row.Destroyed != 0 {
		return nil, forgotten(fault.NotFound)
	}
	return v.unwrapThen(row, subject, func(k *dataKey) {
		keep := func() { v.cache.put(subject, k, false, v.now()) }
		if tx, ok := r.(*db.Tx); ok {
			tx.AfterCommit(keep)
			return
		}
		keep()
	})
}

func newest(ctx context.Context, r db.Reader, subject string) (keyRow, error) {
	return db.One[keyRow](ctx, r, `select version, wrapped, destroyed_at from crypto_key where subject = $1 order by version desc limit 1`, subject)
}

func (v *Vault) insert(ctx context.Context, tx *db.Tx, subject string, version uint16) error {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	_, err := tx.Exec(ctx, `insert into crypto_key (subject, version, wrapped, made_at, destroyed_at) values ($1, $2, $3, $4, 0)
		on conflict (subject, version) do nothing`, subject, int64(version), v.wrap(subject, version, key), v.now())
	return err
}

// wrap encrypts a subject key under the newest master key, in the layout of a box whose
// version is the master's.
func (v *Vault) wrap(subject string, version uint16, key []byte) []byte {
	m := newDataKey(v.master.newest, v.master.keys[v.master.newest])
	return m.seal(subject, wrapPlace(version), key)
}

func (v *Vault) unwrapThen(row keyRow, subject string, then func(*dataKey)) (*dataKey, error) {
	w := row.Wrapped
	if len(w) < boxHead+nonceSize || w[0] != boxFormat {
		return nil, fmt.Errorf("wrapped key of %s has an unknown format", subject)
	}
	version := binary.BigEndian.Uint16(w[1:])
	master := v.master.keys[version]
	if master == nil {
		return nil, fault.New(fault.Unavailable, "crypto.master.absent", "version", int(version))
	}
	place := wrapPlace(uint16(row.Version))
	key, err := gcm(master).Open(nil, w[boxHead:boxHead+nonceSize], w[boxHead+nonceSize:], additional(w[:boxHead], subject, place))
	if err != nil {
		return nil, fault.New(fault.Unavailable, "crypto.master.wrong", "version", int(version)).Wrap(err)
	}
	k := newDataKey(uint16(row.Version), key)
	then(k)
	return k, nil
}

func wrapPlace(version uint16) string { return fmt.Sprintf("crypto_key.wrapped.%d", version) }
