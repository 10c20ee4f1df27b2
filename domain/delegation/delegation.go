// Package delegation holds who may do what in which organ's name.
//
// Invariants: the kinds are kept apart — being allowed to take in never allows to accept, to
// accept never allows to decide; a grant has a period and can be revoked, never deleted; so has an
// entrustment from organ to organ, which is kept apart from what people are granted.
package delegation

import (
	"context"
	"embed"
	"time"

	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's table.
//
//go:embed schema/*.sql
var Schema embed.FS

// Kind is what a grant allows.
type Kind string

const (
	Receive      Kind = "receive"        // 收件: take papers in
	Accept       Kind = "accept"         // 受理 in the organ's name
	DecideOnSpot Kind = "decide_on_spot" // 当场决定: the organ's own representative (首席代表)
	Review       Kind = "review"         // 审查
	Opinion      Kind = "opinion"        // 会办意见
	Decide       Kind = "decide"         // 决定
	UseSeal      Kind = "seal"           // 用章
	Head         Kind = "head"           // 机关负责人: approves what changes a case's time (行政许可法 42)
)

// Kinds lists them in the order of a menu.
var Kinds = []Kind{Receive, Accept, DecideOnSpot, Review, Opinion, Decide, UseSeal, Head}

// Any stands for every organ or every item.
const Any = "*"

// Grant allows one person one kind of act for an organ and an item, or for all of them.
type Grant struct {
	ID      string      `db:"id"`
	Staff   ref.StaffID `db:"staff"`
	Organ   string      `db:"organ"` // ref.OrganID or Any
	Item    string      `db:"item"`  // ref.ItemID or Any
	Kind    Kind        `db:"kind"`
	From    time.Time   `db:"from_at"`
	Until   time.Time   `db:"until_at"` // zero: open
	Basis   string      `db:"basis"`    // the authorising document
	Revoked time.Time   `db:"revoked_at"`
	Why     string      `db:"revoked_why"` // why it was revoked
	By      ref.StaffID `db:"by_staff"`    // who gave it; empty: loaded
}

// Add writes grants.
func Add(ctx context.Context, tx *db.Tx, g ...Grant) error {
	return db.Insert(ctx, tx, "delegation_grant", g...)
}

// valid is true of a grant in force at $1.
const valid = "from_at <= $1 and (until_at = 0 or until_at > $1) and (revoked_at = 0 or revoked_at > $1)"

// Permit refuses with Denied unless the person may do this for the organ and item now.
func Permit(ctx context.Context, r db.Reader, now time.Time, who ref.StaffID, kind Kind, organ ref.OrganID, item ref.ItemID) error {
	found, err := db.Find[int64](ctx, r, "select 1 from delegation_grant where "+valid+
		" and staff = $2 and kind = $3 and organ in ($4, '*') and item in ($5, '*') limit 1", now, who, kind, organ, item)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fault.New(fault.Denied, "fault.no_grant."+string(kind))
	}
	return nil
}

// Of lists a person's grants in force.
func Of(ctx context.Context, r db.Reader, now time.Time, who ref.StaffID) ([]Grant, error) {
	return db.Find[Grant](ctx, r, "select "+grantCols+" from delegation_grant where "+valid+" and staff = $2 order by kind, organ", now, who)
}

// Organs lists for which organs the person may do one of the kinds; lists are filtered by it.
func Organs(ctx context.Context, r db.Reader, now time.Time, who ref.StaffID, kinds ...Kind) ([]ref.OrganID, error) {
	return db.Find[ref.OrganID](ctx, r, "select distinct organ from delegation_grant where "+valid+" and staff = $2 and organ <> '*' and kind in "+
		db.In(3, len(kinds)), append([]any{now, who}, db.Any(kinds)...)...)
}
