// Package archive holds the sealed packages in which cases are kept (归档; DA/T 85-2019, 716号令 12).
//
// Invariants: a package is written once and never changed; what comes later is another part of the same case item; nothing
// here erases one, so it cannot be erased before its time; what could not be made is a row too, so that it is seen.
package archive

import (
	"context"
	"embed"
	"fmt"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Permanent is kept for ever; the other retention periods are years in digits.
const Permanent = "permanent"

// States of a package.
const (
	Made   = "made"
	Failed = "failed" // open work: it is tried again
)

// Package is one sealed package.
type Package struct {
	ID         ref.ArchiveID   `db:"id"`
	Case       ref.CaseID      `db:"case_id"`
	CaseItem   ref.CaseItemID  `db:"case_item"`
	Part       int64           `db:"part"`  // 1, and one more for each later act
	Cause      string          `db:"cause"` // "served:DELIVERY", "ended:CASEITEM", "act:ACT"
	Organ      ref.OrganID     `db:"organ"`
	Item       ref.ItemID      `db:"item"`
	ItemName   string          `db:"item_name"`
	Party      ref.PartyID     `db:"party"`
	CaseNumber ref.ShortNumber `db:"case_number"`
	Number     string          `db:"number"` // 档号, the same in every part
	State      string          `db:"state"`
	Why        string          `db:"why"`        // a message key: what failed
	Keep       string          `db:"keep"`       // 保管期限: permanent, or years
	KeepUntil  time.Time       `db:"keep_until"` // zero: for ever
	Blob       ref.BlobID      `db:"blob"`
	BlobKey    []byte          `db:"blob_key"` // sealed under the organ's archive, so that it outlasts a person's erasure
	Digest     string          `db:"digest"`   // of the ZIP, SHA-256 in hex
	Manifest   string          `db:"manifest"` // digest of the signed manifest
	Signer     string          `db:"signer"`
	Files      int64           `db:"files"`
	Size       int64           `db:"size"`
	MadeAt     time.Time       `db:"made_at"`
}

// Subject is whose key seals the blob keys of an organ's archive.
func Subject(organ ref.OrganID) string { return "archive:" + string(organ) }

// BlobPlace is where a package's blob key is sealed.
func BlobPlace(id ref.ArchiveID) string { return "archive_package.blob_key." + string(id) }

// Until is when a package's retention ends: so many years after the year in which the case ended (DA/T 85: counted from the
// first of January of the next year). Zero: never.
func Until(keep string, ended time.Time) time.Time {
	var years int
	if _, err := fmt.Sscanf(keep, "%d", &years); err != nil || keep == Permanent {
		return time.Time{}
	}
	return calendar.On(calendar.DateOf(ended).Year()+1+years, time.January, 1).At(0)
}

// code writes a retention period as it stands in an archival number (DA/T 13).
func code(keep string) string {
	if keep == Permanent {
		return "Y"
	}
	return "D" + keep
}

// NextNumber draws the next archival number (档号: 全宗号-门类·年度-保管期限-件号) of an organ, year and retention.
func NextNumber(ctx context.Context, tx *db.Tx, organ ref.OrganID, keep string, at time.Time) (string, error) {
	year := calendar.DateOf(at).Year()
	var n int64
	err := tx.QueryRow(ctx, `insert into archive_counter (organ, year, keep, last) values ($1, $2, $3, 1)
		on conflict (organ, year, keep) do update set last = archive_counter.last + 1 returning last`, organ, year, keep).Scan(&n)
	return fmt.Sprintf("%s-ZW·%d-%s-%06d", organ, year, code(keep), n), err
}

const cols = `id, case_id, case_item, part, cause, organ, item, item_name, party, case_number, number, state, why, keep, keep_until, blob, blob_key, digest, manifest,
	signer, files, size, made_at`

// Keep writes a package; of a cause that had failed the row is brought up to date.
func Keep(ctx context.Context, tx *db.Tx, p Package) error {
	if _, err := tx.Exec(ctx, "delete from archive_package where cause = $1 and state = 'failed'", p.Cause); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "archive_package", p)
}

// ByCause finds the package of a cause.
func ByCause(ctx context.Context, r db.Reader, cause string) (Package, error) {
	return db.One[Package](ctx, r, "select "+cols+" from archive_package where cause = $1", cause)
}

// Get reads one package.
func Get(ctx context.Context, r db.Reader, id ref.ArchiveID) (Package, error) {
	return db.One[Package](ctx, r, "select "+cols+" from archive_package where id = $1", id)
}

// Parts lists the packages of a case item in their order.
func Parts(ctx context.Context, r db.Reader, id ref.CaseItemID) ([]Package, error) {
	return db.Find[Package](ctx, r, "select "+cols+" from archive_package where case_item = $1 order by part", id)
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	Number ref.ShortNumber // of the case
	Organ  ref.OrganID
	Failed bool
}

// List gives packages, latest first, after a row.
func List(ctx context.Context, r db.Reader, f Filter, before time.Time, id string, limit int) ([]Package, error) {
	where := ""
	if f.Failed {
		where = " and state = 'failed'"
	}
	return db.Find[Package](ctx, r, "select "+cols+" from archive_package where (made_at, id) < ($1, $2) and ($3 = '' or case_number = $3) and ($4 = '' or organ = $4)"+where+
		" order by made_at desc, id desc limit $5", before, id, f.Number, f.Organ, limit)
}

// CountFailed counts what could not be archived.
func CountFailed(ctx context.Context, r db.Reader) (n int64, err error) {
	err = r.QueryRow(ctx, "select count(*) from archive_package where state = 'failed'").Scan(&n)
	return n, err
}

// Named says whether a package points to the blob, for the sweep of orphans.
func Named(ctx context.Context, r db.Reader, id ref.BlobID) (bool, error) {
	n, err := db.Find[int64](ctx, r, "select 1 from archive_package where blob = $1 limit 1", id)
	return len(n) > 0, err
}

// Due: a case item is to be archived, or a later act added to its archive.
type Due struct {
	Case     ref.CaseID
	CaseItem ref.CaseItemID
	Cause    string
}

func (Due) EventName() string  { return "archive.due/1" }
func (e Due) EventKey() string { return "archive:" + string(e.CaseItem) }
