package form

import (
	"context"
	"fmt"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// States of a correction.
const (
	CorrectionOpen      = "open"
	CorrectionConfirmed = "confirmed" // what is held was changed
	CorrectionRefused   = "refused"   // what is held was right
)

// Correction is an applicant's word that what is held of them is wrong: the application went on with
// their own answer, and whoever holds the fact looks into it (个人信息保护法 46).
type Correction struct {
	ID        string      `db:"id"`
	Party     ref.PartyID `db:"party"`
	Element   string      `db:"element"`
	Fact      string      `db:"fact"` // of the party
	Source    string      `db:"source"`
	HeldAt    time.Time   `db:"held_at"`
	Held      string      `db:"held"`  // look-up value of what was held, never the value
	Given     []byte      `db:"given"` // sealed
	Case      ref.CaseID  `db:"case_id"`
	Item      ref.ItemID  `db:"item"`
	Organ     ref.OrganID `db:"organ"` // whose case it is
	At        time.Time   `db:"at"`
	State     string      `db:"state"`
	SettledBy ref.StaffID `db:"settled_by"`
	SettledAt time.Time   `db:"settled_at"`
	Reason    string      `db:"reason"` // of a refusal
}

const correctionCols = "id, party, element, fact, source, held_at, held, given, case_id, item, organ, at, state, settled_by, settled_at, reason"

// WasSettled: a correction was confirmed or refused; the applicant is told.
type WasSettled struct {
	Correction string
	Party      ref.PartyID
	Case       ref.CaseID
}

func (WasSettled) EventName() string  { return "form.settled/1" }
func (e WasSettled) EventKey() string { return "correction:" + e.Correction }

func givenPlace(id string) string { return "form_correction.given." + id }

// AskCorrection writes an open correction; held and given are the values themselves.
func AskCorrection(ctx context.Context, tx *db.Tx, v *crypto.Vault, c Correction, held, given string) error {
	var err error
	if c.Given, err = v.Seal(ctx, tx, string(c.Party), givenPlace(c.ID), []byte(given)); err != nil {
		return err
	}
	c.Held, c.State = v.Blind("form.correction", held), CorrectionOpen
	return db.Insert(ctx, tx, "form_correction", c)
}

// Proposed opens what the applicant says is right. The caller noted the look.
func (c Correction) Proposed(ctx context.Context, r db.Reader, v *crypto.Vault) (string, error) {
	b, err := v.Open(ctx, r, string(c.Party), givenPlace(c.ID), c.Given)
	return string(b), err
}

// StillHeld says whether a value is the one that was called wrong.
func (c Correction) StillHeld(v *crypto.Vault, value string) bool {
	return c.Held == v.Blind("form.correction", value)
}

// GetCorrection reads one.
func GetCorrection(ctx context.Context, r db.Reader, id string) (Correction, error) {
	return db.One[Correction](ctx, r, "select "+correctionCols+" from form_correction where id = $1", id)
}

// Corrections lists those of a state, of an organ's cases or all (""), oldest first behind (after, afterID).
func Corrections(ctx context.Context, r db.Reader, organ ref.OrganID, state string, after time.Time, afterID string, limit int) ([]Correction, error) {
	args := []any{state, after, afterID, limit}
	where := "state = $1 and (at > $2 or at = $2 and id > $3)"
	if organ != "" {
		args = append(args, organ)
		where += " and organ = $5"
	}
	return db.Find[Correction](ctx, r, fmt.Sprintf("select "+correctionCols+" from form_correction where %s order by at, id limit $4", where), args...)
}

// CorrectionsOf lists those that came with a case.
func CorrectionsOf(ctx context.Context, r db.Reader, id ref.CaseID) ([]Correction, error) {
	return db.Find[Correction](ctx, r, "select "+correctionCols+" from form_correction where case_id = $1 order by at, id", id)
}

// SettleCorrection closes an open one; Conflict when it is settled already.
func SettleCorrection(ctx context.Context, tx *db.Tx, c Correction) error {
	n, err := tx.Exec(ctx, "update form_correction set state = $1, settled_by = $2, settled_at = $3, reason = $4 where id = $5 and state = $6", c.State, c.SettledBy, c.SettledAt, c.Reason, c.ID, CorrectionOpen)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "form.correction.settled")
	}
	return err
}
