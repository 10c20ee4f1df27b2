// Package standards writes down how the town works before it serves: organs, halls, windows,
// staff with their grants, and published items.
//
// Invariants: everything enters through here with the name of who entered it; an item is
// published as a new version, never changed.
package standards

import (
	"context"
	"fmt"
	"time"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/statute"
	"yimen/foundation/blob"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Gate finds what is wrong with an item at a time; what does not only warn keeps it from being
// checked and published.
type Gate func(ctx context.Context, r db.Reader, it *catalog.Item, at time.Time) ([]catalog.Flaw, error)

// Library is what keeping standards needs.
type Library struct {
	DB    *db.DB
	Bus   *event.Bus
	Gates []Gate // in the order in which their flaws are shown
	Vault *crypto.Vault
	Blobs *blob.Store // of files on their way in
	Now   func() time.Time

	Recalendared func() // the calendar has changed: who holds one reads it again, after commit
}

// Flaws are what the gates find wrong with an item.
func (l *Library) Flaws(ctx context.Context, r db.Reader, it *catalog.Item, at time.Time) (out []catalog.Flaw, err error) {
	for _, gate := range l.Gates {
		found, err := gate(ctx, r, it, at)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// Town is a whole town's structure.
type Town struct {
	Organs  []org.Organ
	Halls   []org.Hall
	Windows []org.Window
	Points  []org.Point
	Staff   []org.Staff
	Grants  []delegation.Grant
}

// Found writes a town's structure into an empty database, all or nothing.
func (l *Library) Found(ctx context.Context, by string, t Town) error {
	now := l.Now()
	return l.DB.Write(ctx, "standards.Found", func(ctx context.Context, tx *db.Tx) error {
		for _, add := range []func() error{
			func() error { return org.AddOrgans(ctx, tx, t.Organs...) },
			func() error { return org.AddHalls(ctx, tx, t.Halls...) },
			func() error { return org.AddWindows(ctx, tx, t.Windows...) },
			func() error { return org.AddPoints(ctx, tx, t.Points...) },
			func() error { return org.AddStaff(ctx, tx, t.Staff...) },
			func() error { return addGrants(ctx, tx, t.Grants) },
		} {
			if err := add(); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "standards.Found", Object: "town", After: audit.Digest(fmt.Sprint(len(t.Organs), len(t.Windows), len(t.Staff))), At: now})
	})
}

// addGrants keeps each statement below the engines' limit of arguments.
func addGrants(ctx context.Context, tx *db.Tx, grants []delegation.Grant) error {
	for len(grants) > 0 {
		n := min(len(grants), 500)
		if err := delegation.Add(ctx, tx, grants[:n]...); err != nil {
			return err
		}
		grants = grants[n:]
	}
	return nil
}

// Founded says whether the database holds a town.
func (l *Library) Founded(ctx context.Context) (bool, error) {
	halls, err := org.Halls(ctx, l.DB)
	return len(halls) > 0, err
}

// force makes a document the version in force and registers what it cites; every way of publishing ends here.
func (l *Library) force(ctx context.Context, tx *db.Tx, it *catalog.Item) (ref.VersionID, error) {
	id, err := catalog.Publish(ctx, tx, it, l.Now())
	if err != nil {
		return "", err
	}
	return id, statute.Cite(ctx, tx, statute.Object{Kind: "item", ID: string(it.ID)}, citations(it))
}

// Publish makes an item's document the version in force. Errors: Invalid with what the gates found.
func (l *Library) Publish(ctx context.Context, by string, it *catalog.Item) (id ref.VersionID, err error) {
	now := l.Now()
	flaws, err := l.Flaws(ctx, l.DB, it, now) // not inside the write: a decision table takes milliseconds to look through
	if err != nil {
		return "", err
	}
	if err := refused(flaws); err != nil {
		return "", err
	}
	err = l.DB.Write(ctx, "standards.Publish", func(ctx context.Context, tx *db.Tx) error {
		if id, err = l.force(ctx, tx, it); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "standards.Publish", Object: "item:" + string(it.ID), After: audit.Digest(string(id)), At: now})
	})
	return id, err
}

// AddAccount makes a member of staff with one role; the caller invites them.
func (l *Library) AddAccount(ctx context.Context, by string, s org.Staff) (ref.StaffID, error) {
	if _, err := org.StaffByAccount(ctx, l.DB, s.Account); !fault.Is(err, fault.NotFound) {
		if err != nil {
			return "", err
		}
		return "", fault.New(fault.Conflict, "standards.account_taken", "account", s.Account)
	}
	s.ID, s.Active = ref.StaffID(db.NewID()), true
	now := l.Now()
	return s.ID, l.DB.Write(ctx, "standards.AddAccount", func(ctx context.Context, tx *db.Tx) error {
		if err := org.AddStaff(ctx, tx, s); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "standards.AddAccount", Object: "staff:" + string(s.ID), At: now})
	})
}
