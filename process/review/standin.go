package review

import (
	"context"
	"time"

	"yimen/domain/audit"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// MostStand is the longest time of one stand-in.
const MostStand = 184 * 24 * time.Hour

// Standing makes one officer stand in for another.
type Standing struct {
	Submit once.Submit
	By     org.Staff
	Absent ref.StaffID
	Stand  ref.StaffID
	From   time.Time
	Until  time.Time
}

// Digest is what once compares of it.
func (s Standing) Digest() string {
	return once.Hash(string(s.Absent), string(s.Stand), s.From.UTC().Format(time.RFC3339), s.Until.UTC().Format(time.RFC3339))
}

// StandIn lets a colleague do what an absent officer holds, for a period (代班). It is made by the absent officer, or by who
// keeps the organ's affairs; it grants nothing. Errors: Invalid with fields, Denied, Conflict for the same again.
func (b *Board) StandIn(ctx context.Context, s Standing) error {
	return b.DB.Write(ctx, "review.StandIn", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, s.Submit, func() (string, error) { return b.standIn(ctx, tx, s) })
		return err
	})
}

func (b *Board) standIn(ctx context.Context, tx *db.Tx, s Standing) (string, error) {
	now := b.Now()
	absent, err := org.GetStaff(ctx, tx, s.Absent)
	if fault.Is(err, fault.NotFound) {
		return "", fault.Bad(fault.Field{Name: "absent", Key: "form.choose"})
	}
	if err != nil {
		return "", err
	}
	if !MayStand(s.By, absent.ID, absent.Organ) {
		return "", fault.New(fault.Denied, "inbox.stand.not_yours")
	}
	stand, err := org.GetStaff(ctx, tx, s.Stand)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	var bad []fault.Field
	if err != nil || !stand.Active || stand.ID == absent.ID || stand.Organ != absent.Organ {
		bad = append(bad, fault.Field{Name: "stand", Key: "inbox.stand.colleague"})
	}
	if s.From.IsZero() || !s.Until.After(s.From) || !s.Until.After(now) || s.Until.Sub(s.From) > MostStand {
		bad = append(bad, fault.Field{Name: "until", Key: "inbox.stand.period", Args: []any{"days", int(MostStand.Hours()) / 24}})
	}
	if len(bad) > 0 {
		return "", fault.Bad(bad...)
	}
	x := delegation.StandIn{ID: db.NewID(), Absent: absent.ID, Stand: stand.ID, Organ: absent.Organ, From: s.From, Until: s.Until, Made: now, By: s.By.ID}
	if err := delegation.AddStandIn(ctx, tx, x); err != nil {
		return "", err
	}
	tx.AfterCommit(func() { b.Told(absent.Organ) })
	return x.ID, audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(s.By.ID), Verb: "review.StandIn", Object: "standin:" + x.ID,
		After: audit.Digest(string(x.Absent), string(x.Stand), s.Digest()), At: now})
}

// MayStand says whether somebody may say who stands in for an officer of an organ.
func MayStand(by org.Staff, absent ref.StaffID, organ ref.OrganID) bool {
	return by.ID == absent || by.Organ == organ && by.Has("keeper") || by.Has("admin")
}

// EndStandIn ends one before its time, by who might have made it. Errors: NotFound, Denied, Conflict when it was ended before.
func (b *Board) EndStandIn(ctx context.Context, s once.Submit, by org.Staff, id string) error {
	return b.DB.Write(ctx, "review.EndStandIn", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, s, func() (string, error) {
			x, err := delegation.GetStandIn(ctx, tx, id)
			if err != nil {
				return "", err
			}
			if !MayStand(by, x.Absent, x.Organ) {
				return "", fault.New(fault.Denied, "inbox.stand.not_yours")
			}
			if err := delegation.EndStandIn(ctx, tx, id, b.Now(), by.ID); err != nil {
				return "", err
			}
			tx.AfterCommit(func() { b.Told(x.Organ) })
			return id, audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(by.ID), Verb: "review.EndStandIn", Object: "standin:" + id, At: b.Now()})
		})
		return err
	})
}
