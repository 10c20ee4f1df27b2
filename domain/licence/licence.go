// Package licence holds results that can be shown and reused (证照).
//
// Invariants: one licence per case item; its mark (证照标识) is unique and drawn from its
// organ's counter; it exists only with a sealed document. A change of its state is written down
// with its reason; a copy for one purpose (加注件) never changes the licence. Of the acts on a licence
// (Rules) at most one waits at a time; a new version keeps the row and writes the former one down.
package licence

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

// Licence is one issued result.
type Licence struct {
	ID         ref.LicenceID    `db:"id"`
	Mark       ref.LicenceMark  `db:"mark"`
	Case       ref.CaseID       `db:"case_id"`
	CaseItem   ref.CaseItemID   `db:"case_item"`
	Item       ref.ItemID       `db:"item"`
	Party      ref.PartyID      `db:"party"`
	Organ      ref.OrganID      `db:"organ"`
	Number     string           `db:"number"` // 文号
	Name       string           `db:"name"`
	State      ref.LicenceState `db:"state"`
	ValidFrom  time.Time        `db:"valid_from"`
	ValidUntil time.Time        `db:"valid_until"` // zero: no end
	Issued     time.Time        `db:"issued_at"`
	Document   ref.DocumentID   `db:"document"`
}

// NextMark draws the next mark of a certificate type from its organ's counter of the year.
func NextMark(ctx context.Context, tx *db.Tx, certType string, organ ref.OrganID, now time.Time) (ref.LicenceMark, error) {
	var n int64
	err := tx.QueryRow(ctx, `insert into licence_counter (organ, year, last) values ($1, $2, 1)
		on conflict (organ, year) do update set last = licence_counter.last + 1 returning last`, organ, now.Year()).Scan(&n)
	if err != nil {
		return "", err
	}
	return ref.ComposeLicenceMark(ref.LicenceParts{Type: certType, Issuer: string(organ), Serial: fmt.Sprintf("%d%07d", now.Year(), n), Version: 1})
}

// Issue writes a licence.
func Issue(ctx context.Context, tx *db.Tx, l Licence) error {
	return db.Insert(ctx, tx, "licence_licence", l)
}

const cols = "id, mark, case_id, case_item, item, party, organ, number, name, state, valid_from, valid_until, issued_at, document"

// Get reads one licence.
func Get(ctx context.Context, r db.Reader, id ref.LicenceID) (Licence, error) {
	return db.One[Licence](ctx, r, "select "+cols+" from licence_licence where id = $1", id)
}

// ByMark finds a licence by its mark.
func ByMark(ctx context.Context, r db.Reader, mark ref.LicenceMark) (Licence, error) {
	return db.One[Licence](ctx, r, "select "+cols+" from licence_licence where mark = $1", mark)
}

// ByCase lists what a case resulted in.
func ByCase(ctx context.Context, r db.Reader, id ref.CaseID) ([]Licence, error) {
	return db.Find[Licence](ctx, r, "select "+cols+" from licence_licence where case_id = $1 order by issued_at", id)
}

// ByParty lists a party's licences, latest first.
func ByParty(ctx context.Context, r db.Reader, party ref.PartyID) ([]Licence, error) {
	return db.Find[Licence](ctx, r, "select "+cols+" from licence_licence where party = $1 order by issued_at desc", party)
}

// StateAt is the state shown on a day: a valid licence past its end has expired.
func (l Licence) StateAt(now time.Time) ref.LicenceState {
	if l.State == ref.LicenceValid && !l.ValidUntil.IsZero() && !now.Before(l.ValidUntil) {
		return ref.LicenceExpired
	}
	return l.State
}
