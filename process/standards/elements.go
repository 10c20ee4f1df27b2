package standards

import (
	"context"
	"fmt"
	"strconv"

	"yimen/domain/audit"
	"yimen/domain/form"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
)

// ImportElements writes data elements from a file, in id's order or any; one that says what is held
// already makes no new version. Invalid names the first element that is wrong.
func (l *Library) ImportElements(ctx context.Context, by string, all []form.Element) error {
	for _, e := range all {
		if err := e.Check(); err != nil {
			return fmt.Errorf("data element %s: %w", e.ID, err)
		}
	}
	now := l.Now()
	return l.DB.Write(ctx, "standards.ImportElements", func(ctx context.Context, tx *db.Tx) error {
		n := 0
		for _, e := range all {
			held, err := form.GetElement(ctx, tx, e.ID)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if err == nil && held.Says(e) {
				continue
			}
			e.Version, e.By, e.At = held.Version, by, now
			if err := form.PutElement(ctx, tx, e); err != nil {
				return err
			}
			n++
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "standards.ImportElements", Object: "elements", After: audit.Digest(strconv.Itoa(n)), At: now})
	})
}

// EditElement writes the next version of a data element; e.Version is the one the page showed, 0 for
// a new element. Only the standards office may: an element means the same in every organ's items.
func (l *Library) EditElement(ctx context.Context, s once.Submit, by org.Staff, e form.Element) error {
	if !by.Has("standards") {
		return fault.New(fault.Denied, "form.element.office")
	}
	if err := e.Check(); err != nil {
		return err
	}
	now := l.Now()
	e.By, e.At = "staff:"+string(by.ID), now
	return l.DB.Write(ctx, "standards.EditElement", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, s, func() (string, error) {
			if err := form.PutElement(ctx, tx, e); err != nil {
				return "", err
			}
			return e.ID, audit.Record(ctx, tx, audit.Entry{Actor: e.By, Verb: "standards.EditElement", Object: "element:" + e.ID, After: audit.Digest(e.ID, e.Kind, e.Codes, strconv.FormatInt(e.Version+1, 10)), At: now})
		})
		return err
	})
}
