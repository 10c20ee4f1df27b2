package licence

import (
	"context"
	"slices"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Change is one change of a licence's state, with its reason sealed under the holder's key.
type Change struct {
	ID      string           `db:"id"`
	Licence ref.LicenceID    `db:"licence"`
	Before  ref.LicenceState `db:"before"`
	After   ref.LicenceState `db:"after"`
	Reason  []byte           `db:"reason"`
	Actor   string           `db:"actor"` // "staff:…", "system:…"
	At      time.Time        `db:"at"`
}

// follows are the states a licence may go to from where it is. Suspended ends, and what is
// unusual is cleared up; rescinded and revoked are only cancelled after (行政许可法 70(4)), cancelled
// and moved away are final. Expired is never written: it is the passing of time (StateAt).
var follows = map[ref.LicenceState][]ref.LicenceState{
	ref.LicenceValid:     {ref.LicenceSuspended, ref.LicenceRescinded, ref.LicenceCancelled, ref.LicenceMovedAway, ref.LicenceRevoked, ref.LicenceOther},
	ref.LicenceSuspended: {ref.LicenceValid, ref.LicenceRescinded, ref.LicenceCancelled, ref.LicenceMovedAway, ref.LicenceRevoked, ref.LicenceOther},
	ref.LicenceOther:     {ref.LicenceValid, ref.LicenceSuspended, ref.LicenceRescinded, ref.LicenceCancelled, ref.LicenceMovedAway, ref.LicenceRevoked},
	ref.LicenceRescinded: {ref.LicenceCancelled},
	ref.LicenceRevoked:   {ref.LicenceCancelled},
}

// MayBecome says whether a state may follow another.
func MayBecome(from, to ref.LicenceState) bool {
	return slices.Contains(follows[from], to)
}

// SetState changes a licence's state. One that may not follow is a Conflict.
func SetState(ctx context.Context, tx *db.Tx, id ref.LicenceID, state ref.LicenceState, at time.Time) error {
	l, err := Get(ctx, tx, id)
	if err != nil {
		return err
	}
	if !MayBecome(l.State, state) {
		return fault.New(fault.Conflict, "copy.state.cannot_follow")
	}
	_, err = tx.Exec(ctx, "update licence_licence set state = $1, changed_at = $2 where id = $3", state, at, id)
	return err
}

// NoteChange writes a change down with its reason sealed for the licence's holder.
func NoteChange(ctx context.Context, tx *db.Tx, v *crypto.Vault, party ref.PartyID, c Change, reason string) (err error) {
	if c.Reason, err = v.Seal(ctx, tx, string(party), "licence_change.reason."+c.ID, []byte(reason)); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "licence_change", c)
}

// Changes lists what became of a licence, oldest first.
func Changes(ctx context.Context, r db.Reader, id ref.LicenceID) ([]Change, error) {
	return db.Find[Change](ctx, r, "select id, licence, before, after, reason, actor, at from licence_change where licence = $1 order by at, id", id)
}

// ReasonOf opens the reason of a change of a party's licence.
func ReasonOf(ctx context.Context, r db.Reader, v *crypto.Vault, party ref.PartyID, c Change) (string, error) {
	b, err := v.Open(ctx, r, string(party), "licence_change.reason."+c.ID, c.Reason)
	return string(b), err
}
