// Package material holds papers (材料) once given or made, so that nobody brings them twice.
//
// Invariants: a material belongs to one party and its bytes are sealed under that party's key;
// its trust (A issued by an organ · B checked against the original · C uploaded · D declared,
// 国办函〔2016〕108号) says what a clerk must still do; each reuse leaves a row.
package material

import (
	"context"
	"embed"
	"fmt"
	"time"

	"yimen/foundation/db"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Trust levels.
const (
	Issued   = "A"
	Compared = "B"
	Uploaded = "C"
	Declared = "D"
)

// Material is one paper of a party.
type Material struct {
	ID          ref.MaterialID `db:"id"`
	Party       ref.PartyID    `db:"party"`
	Kind        string         `db:"kind"`
	Name        string         `db:"name"`
	Blob        ref.BlobID     `db:"blob"`     // the file's name
	BlobKey     []byte         `db:"blob_key"` // its key, sealed under the party's (BlobPlace)
	Digest      string         `db:"digest"`   // SHA-256 of the content, hex
	ContentType string         `db:"content_type"`
	Size        int64          `db:"size"`
	Trust       string         `db:"trust"`
	Origin      string         `db:"origin"`  // message key: window · camera · licence · held
	Licence     ref.LicenceID  `db:"licence"` // when it is a licence we issued
	Made        time.Time      `db:"made_at"`
	ValidUntil  time.Time      `db:"valid_until"` // zero: no end
}

// Use ties a material to what a case item asked for.
type Use struct {
	CaseItem ref.CaseItemID `db:"case_item"`
	Spec     string         `db:"spec"`
	Material ref.MaterialID `db:"material"`
	Checked  ref.StaffID    `db:"checked_by"` // who compared the original; empty: nobody
	At       time.Time      `db:"at"`
	Reused   bool           `db:"reused"` // it was held before this case
}

const cols = "id, party, kind, name, blob, blob_key, digest, content_type, size, trust, origin, licence, made_at, valid_until"

// BlobPlace is where a material's blob key is sealed.
func BlobPlace(id ref.MaterialID) string { return "material_material.blob_key." + string(id) }

// Deposit keeps a material.
func Deposit(ctx context.Context, tx *db.Tx, m ...Material) error {
	return db.Insert(ctx, tx, "material_material", m...)
}

// Get reads one material.
func Get(ctx context.Context, r db.Reader, id ref.MaterialID) (Material, error) {
	return db.One[Material](ctx, r, "select "+cols+" from material_material where id = $1", id)
}

// GetMany reads several.
func GetMany(ctx context.Context, r db.Reader, ids []ref.MaterialID) (map[ref.MaterialID]Material, error) {
	out := map[ref.MaterialID]Material{}
	if len(ids) == 0 {
		return out, nil
	}
	all, err := db.Find[Material](ctx, r, "select "+cols+" from material_material where id in "+db.In(1, len(ids)), db.Any(ids)...)
	for _, m := range all {
		out[m.ID] = m
	}
	return out, err
}

// Reusable finds a party's still valid materials of the kinds, the best first: issued before
// compared before uploaded, later before earlier.
func Reusable(ctx context.Context, r db.Reader, party ref.PartyID, kinds []string, now time.Time) (map[string][]Material, error) {
	out := map[string][]Material{}
	if len(kinds) == 0 {
		return out, nil
	}
	all, err := db.Find[Material](ctx, r, "select "+cols+" from material_material where party = $1 and (valid_until = 0 or valid_until > $2) and trust in ('A', 'B') and kind in "+
		db.In(3, len(kinds))+" order by trust, made_at desc", append([]any{party, now}, db.Any(kinds)...)...)
	for _, m := range all {
		out[m.Kind] = append(out[m.Kind], m)
	}
	return out, err
}

// EndIssued sets until when the paper of a party's licence may be reused; zero: no end.
func EndIssued(ctx context.Context, tx *db.Tx, party ref.PartyID, licence ref.LicenceID, until time.Time) error {
	_, err := tx.Exec(ctx, "update material_material set valid_until = $1 where party = $2 and licence = $3", until, party, licence)
	return err
}

// EndVersion ends the reuse of a licence's paper for good: the licence has a newer one, and what becomes of the licence later
// is that one's business.
func EndVersion(ctx context.Context, tx *db.Tx, party ref.PartyID, licence ref.LicenceID, at time.Time) error {
	_, err := tx.Exec(ctx, "update material_material set valid_until = $1, licence = '' where party = $2 and licence = $3", at, party, licence)
	return err
}

// Attach notes what a case item uses.
func Attach(ctx context.Context, tx *db.Tx, u ...Use) error {
	return db.Insert(ctx, tx, "material_use", u...)
}

// Own gives a material to another row of the same person; key is its blob's key, sealed for it.
func Own(ctx context.Context, tx *db.Tx, id ref.MaterialID, party ref.PartyID, key []byte) error {
	_, err := tx.Exec(ctx, "update material_material set party = $1, blob_key = $2 where id = $3", party, key, id)
	return err
}

// ByParty lists a party's materials, latest first, at most limit.
func ByParty(ctx context.Context, r db.Reader, parties []ref.PartyID, limit int) ([]Material, error) {
	n := len(parties)
	return db.Find[Material](ctx, r, fmt.Sprintf("select "+cols+" from material_material where party in %s order by made_at desc, id limit $%d", db.In(1, n), n+1), append(db.Any(parties), limit)...)
}

// Raise lifts an uploaded material to "compared with the original by a clerk".
func Raise(ctx context.Context, tx *db.Tx, id ref.MaterialID) error {
	_, err := tx.Exec(ctx, "update material_material set trust = 'B' where id = $1 and trust = 'C'", id)
	return err
}

// UsesOf lists what a case item uses, in the order of attaching.
func UsesOf(ctx context.Context, r db.Reader, ci ref.CaseItemID) ([]Use, error) {
	return db.Find[Use](ctx, r, "select case_item, spec, material, checked_by, at, reused from material_use where case_item = $1 order by spec, at, material", ci)
}

// Named says whether a material points to the blob, for the sweep of orphans.
func Named(ctx context.Context, r db.Reader, id ref.BlobID) (bool, error) {
	n, err := db.Find[int64](ctx, r, "select 1 from material_material where blob = $1 limit 1", id)
	return len(n) > 0, err
}

// Missing lists the required specs for which nothing is attached.
func Missing(required []string, attached map[string][]ref.MaterialID) []string {
	var out []string
	for _, s := range required {
		if len(attached[s]) == 0 {
			out = append(out, s)
		}
	}
	return out
}
