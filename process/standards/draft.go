package standards

import (
	"context"
	"slices"
	"strconv"
	"time"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Edit is one change a keeper makes to the next version of an item.
type Edit struct {
	Submit once.Submit
	By     org.Staff
	Item   ref.ItemID
	Rev    int64 // the revision the page showed; 0 when no draft was there yet
}

// Edit changes the draft of an item, begun from the version in force when there is none. Only a
// keeper of the item's organ may, or the standards office; a draft under review is Denied
// to its keeper until it comes back. The revision after the change is given.
func (l *Library) Edit(ctx context.Context, e Edit, change func(*catalog.Item) error) (rev int64, err error) {
	now := l.Now()
	err = l.DB.Write(ctx, "standards.Edit", func(ctx context.Context, tx *db.Tx) error {
		answer, err := once.Do(ctx, tx, e.Submit, func() (string, error) {
			d, it, err := l.next(ctx, tx, e)
			if err != nil {
				return "", err
			}
			was, err := it.Copy()
			if err != nil {
				return "", err
			}
			if err := change(it); err != nil {
				return "", err
			}
			if it.ID != e.Item || it.Organ != d.Organ {
				return "", fault.New(fault.Denied, "standards.not_yours")
			}
			if err := locked(ctx, tx, was, it, now); err != nil {
				return "", err
			}
			d = d.Touched(e.By.ID)
			d.At, d.State, d.Reviewed, d.Checked, d.On = now, catalog.DraftWriting, "", "", ""
			n, err := catalog.KeepDraft(ctx, tx, d, it)
			if err != nil {
				return "", err
			}
			return strconv.FormatInt(n, 10), audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(e.By.ID), Verb: "standards.Edit", Object: "item:" + string(e.Item), After: audit.Digest(string(e.Item), strconv.FormatInt(n, 10)), At: now})
		})
		if err == nil {
			rev, err = strconv.ParseInt(answer, 10, 64)
		}
		return err
	})
	return rev, err
}

// next is the draft as it stands, or a new one of the version in force.
func (l *Library) next(ctx context.Context, tx *db.Tx, e Edit) (catalog.Draft, *catalog.Item, error) {
	d, err := catalog.GetDraft(ctx, tx, e.Item)
	if fault.Is(err, fault.NotFound) && e.Rev == 0 {
		return l.begin(ctx, tx, e)
	}
	if err != nil {
		return d, nil, err
	}
	if d.Rev != e.Rev {
		return d, nil, fault.New(fault.Conflict, "fault.draft_changed")
	}
	if err := MayWrite(e.By, d.Organ); err != nil {
		return d, nil, err
	}
	if d.State != catalog.DraftWriting && !e.By.Has("standards") {
		return d, nil, fault.New(fault.Denied, "standards.under_review")
	}
	it, err := d.Doc()
	return d, it, err
}

func (l *Library) begin(ctx context.Context, tx *db.Tx, e Edit) (catalog.Draft, *catalog.Item, error) {
	v, err := catalog.Current(ctx, tx, e.Item)
	if err != nil {
		return catalog.Draft{}, nil, err
	}
	d := catalog.Draft{Item: e.Item, Organ: v.Doc().Organ, Base: v.ID, Body: v.Body}
	if err := MayWrite(e.By, d.Organ); err != nil {
		return d, nil, err
	}
	it, err := d.Doc() // a copy: versions never change
	return d, it, err
}

// locked refuses with Denied a change of what the basic catalogue says, unless it comes to say the same.
func locked(ctx context.Context, r db.Reader, was, is *catalog.Item, at time.Time) error {
	if was.TaskCode != is.TaskCode || was.Level != is.Level {
		return fault.New(fault.Denied, "standards.locked")
	}
	if was.Name == is.Name && was.Main.Name == is.Main.Name && was.TaskType == is.TaskType && slices.Equal(was.Basis, is.Basis) {
		return nil
	}
	flaws, err := Conforms(ctx, r, is, at)
	if err == nil && len(catalog.Blocking(flaws)) > 0 {
		err = fault.New(fault.Denied, "standards.locked")
	}
	return err
}

// MayWrite refuses with Denied unless the person keeps the items of the organ: its own keeper, or
// the standards office.
func MayWrite(s org.Staff, organ ref.OrganID) error {
	if s.Has("standards") || s.Has("keeper") && s.Organ == organ {
		return nil
	}
	return fault.New(fault.Denied, "standards.not_yours")
}
