package undertaking

import (
	"context"
	"slices"
	"strings"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Signing is what a clerk asks the person at the counter to promise, until it is signed or asked anew. It
// names exactly the papers, so that a signature never covers others.
type Signing struct {
	Draft    string      `db:"draft"`
	Staff    ref.StaffID `db:"staff"`
	Party    ref.PartyID `db:"party"`
	Later    string      `db:"later"`    // specs that follow, joined by commas
	Promised string      `db:"promised"` // specs that the promise replaces
	Made     time.Time   `db:"made_at"`
	Until    time.Time   `db:"until_at"`
	Signed   time.Time   `db:"signed_at"`
}

const signingCols = "draft, staff, party, later, promised, made_at, until_at, signed_at"

// Joined writes specs as a Signing keeps them: sorted, joined by commas.
func Joined(specs []string) string { return strings.Join(slices.Sorted(slices.Values(specs)), ",") }

// Split reads what Joined wrote.
func Split(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, ",")
}

// Covers says that the signature is there and is for exactly these papers of this party.
func (s Signing) Covers(who ref.PartyID, later, promised []string) bool {
	return !s.Signed.IsZero() && s.Party == who && s.Later == Joined(later) && s.Promised == Joined(promised)
}

// AskSigning puts a promise before the person; what was asked on the same draft before is gone.
func AskSigning(ctx context.Context, tx *db.Tx, s Signing) error {
	if _, err := tx.Exec(ctx, "delete from undertaking_signing where draft = $1", s.Draft); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "undertaking_signing", s)
}

// SigningOf reads what was asked on a draft; the zero Signing where nothing was.
func SigningOf(ctx context.Context, r db.Reader, draft string) (Signing, error) {
	all, err := db.Find[Signing](ctx, r, "select "+signingCols+" from undertaking_signing where draft = $1", draft)
	if err != nil || len(all) == 0 {
		return Signing{}, err
	}
	return all[0], nil
}

// ToSign is what waits on a clerk's counter, the latest; the zero Signing where nothing does.
func ToSign(ctx context.Context, r db.Reader, who ref.StaffID, now time.Time) (Signing, error) {
	all, err := db.Find[Signing](ctx, r, "select "+signingCols+" from undertaking_signing where staff = $1 and signed_at = 0 and until_at > $2 order by made_at desc limit 1", who, now)
	if err != nil || len(all) == 0 {
		return Signing{}, err
	}
	return all[0], nil
}

// SignAtCounter notes that the person signed what this clerk put before them; Conflict when it is signed, over or
// was asked anew with other papers.
func SignAtCounter(ctx context.Context, tx *db.Tx, s Signing, now time.Time) error {
	n, err := tx.Exec(ctx, "update undertaking_signing set signed_at = $1 where draft = $2 and staff = $3 and later = $4 and promised = $5 and signed_at = 0 and until_at > $1",
		now, s.Draft, s.Staff, s.Later, s.Promised)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "trust.sign.gone")
	}
	return err
}

// SweepSignings forgets what was asked and is over.
func SweepSignings(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, "delete from undertaking_signing where until_at < $1", before)
	return err
}
