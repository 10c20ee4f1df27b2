// Package inspection (电子监察) holds who is held to the clock: the rules by which cards are put, cards with their
// explanations and contests, supervision orders with their look-backs, and what applicants press for.
//
// Invariants:
//   - Rules are data, in versions that never change; a card names the version it was put under.
//   - A card is put once for its subject, rule and level, however often the sweep comes by.
//   - What may follow what is one table (moves); an act that finds another state is a Conflict, never a second effect.
//   - At most one escalation of a case is open. Words are sealed under the case's party and stand in acts alone.
package inspection

import (
	"context"
	"embed"
	"fmt"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// Act is one thing done to a card, an order or an escalation, with the words said.
type Act struct {
	ID     string    `db:"id"`
	Object string    `db:"object"` // "card:…", "order:…", "escalation:…"
	Kind   string    `db:"kind"`
	Actor  string    `db:"actor"` // "staff:…", "account:…", "system:…"
	At     time.Time `db:"at"`
	Box    []byte    `db:"words"` // sealed, nil when nothing was said
	Words  string    // opened by Acts
}

const actCols = "id, object, kind, actor, at, words"

func wordsOf(id string) string { return "inspection_act.words." + id }

// Note writes an act; its words are sealed under the subject, the case's party or, of an order without a case, the order.
func Note(ctx context.Context, tx *db.Tx, v *crypto.Vault, subject string, a Act) (err error) {
	a.ID = db.NewID()
	if a.Words != "" {
		if a.Box, err = v.Seal(ctx, tx, subject, wordsOf(a.ID), []byte(a.Words)); err != nil {
			return err
		}
	}
	return db.Insert(ctx, tx, "inspection_act", a)
}

// Acts lists what was done to an object, oldest first, with its words; those of an erased party are gone.
func Acts(ctx context.Context, r db.Reader, v *crypto.Vault, subject, object string) ([]Act, error) {
	all, err := db.Find[Act](ctx, r, "select "+actCols+" from inspection_act where object = $1 order by at, id", object)
	for i := range all {
		if len(all[i].Box) == 0 {
			continue
		}
		b, err := v.Open(ctx, r, subject, wordsOf(all[i].ID), all[i].Box)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		all[i].Words = string(b)
	}
	return all, err
}

// After is the last row of a page already shown; zero: from the start.
type After struct {
	At time.Time
	ID string
}

// stale is what an act finds that came too late.
func stale() error { return fault.New(fault.Conflict, "inspection.moved_on") }

// once takes the answer of an update that must hit one row.
func once(n int64, err error) error {
	if err == nil && n != 1 {
		return stale()
	}
	return err
}

// where collects conditions with their arguments.
type where struct {
	cond string
	args []any
}

func (w *where) and(cond string, args ...any) {
	n := make([]any, len(args))
	for i := range args {
		n[i] = len(w.args) + i + 1
	}
	w.args = append(w.args, args...)
	if w.cond != "" {
		w.cond += " and "
	}
	w.cond += fmt.Sprintf(cond, n...)
}

// Of is who a card or an order concerns: a member of staff, with the cards of their organ that name nobody. Zero: everybody,
// which is for supervisors.
type Of struct {
	Staff ref.StaffID
	Organ ref.OrganID
}
