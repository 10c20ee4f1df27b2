package supervise

import (
	"context"
	"fmt"

	"yimen/domain/audit"
	"yimen/domain/inspection"
	"yimen/domain/org"
	"yimen/domain/statute"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
)

// Keeping is a new edition of the rules after the one a supervisor has read.
type Keeping struct {
	Submit once.Submit
	By     org.Staff
	Read   int64 // the version it changes
	Book   inspection.Book
}

// KeepRules makes a book the one in force; cards that are there keep the rule they were put under. Errors: Invalid with the
// fields, Denied for anybody but a supervisor, Conflict when another edition came between.
func (w *Watch) KeepRules(ctx context.Context, k Keeping) error {
	if err := supervisor(k.By); err != nil {
		return err
	}
	if bad := k.Book.Check(); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	_, err := w.do(ctx, "supervise.KeepRules", k.Submit, func(ctx context.Context, tx *db.Tx) (string, error) {
		return "", w.keep(ctx, tx, "staff:"+string(k.By.ID), k.Read, k.Book)
	})
	return err
}

// ImportRules loads a town's rules; a book that is in force already is left as it is.
func (w *Watch) ImportRules(ctx context.Context, by string, book inspection.Book) error {
	if bad := book.Check(); len(bad) > 0 {
		return fmt.Errorf("rules of inspection: %w", fault.Bad(bad...))
	}
	return w.DB.Write(ctx, "supervise.ImportRules", func(ctx context.Context, tx *db.Tx) error {
		e, err := inspection.Current(ctx, tx)
		if err != nil || e.Body == string(book.Write()) {
			return err
		}
		return w.keep(ctx, tx, by, e.Version, book)
	})
}

func (w *Watch) keep(ctx context.Context, tx *db.Tx, by string, read int64, book inspection.Book) error {
	now, body := w.Now(), string(book.Write())
	e, err := inspection.Current(ctx, tx)
	if err == nil && e.Version != read {
		err = fault.New(fault.Conflict, "inspection.newer")
	}
	if err != nil {
		return err
	}
	if err := inspection.Save(ctx, tx, inspection.Edition{Version: read + 1, Body: body, By: by, Made: now}); err != nil {
		return err
	}
	var cited []statute.Located
	for i, r := range book.Rules {
		for j, c := range r.Basis {
			cited = append(cited, statute.Located{Path: fmt.Sprintf("rules[%d].basis[%d]", i, j), Citation: statute.Citation(c)})
		}
	}
	if err := statute.Cite(ctx, tx, statute.Object{Kind: "inspection", ID: "rules"}, cited); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: "supervise.KeepRules", Object: "inspection:rules", Before: audit.Digest(e.Body), After: audit.Digest(body), At: now})
}
