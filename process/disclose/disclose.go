// Package disclose opens a person's data to staff and notes every look.
//
// Invariants: a staff page about a person calls Look before its view reads; repeats by one
// actor on one case within ten minutes are one row; the reason given is sealed like the data.
package disclose

import (
	"context"
	"time"

	"yimen/domain/audit"
	"yimen/domain/org"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Purposes of a look; they are message keys.
const (
	ForIntake    = "purpose.intake"
	ForDecision  = "purpose.decision"
	ForProgress  = "purpose.progress"
	ForOversight = "purpose.oversight"
	ForRules     = "purpose.rules" // what a rule would have decided
)

// Gate notes looks, and what people say against them.
type Gate struct {
	DB    *db.DB
	Bus   *event.Bus
	Vault *crypto.Vault
	Now   func() time.Time
}

// Look is one look at one party.
type Look struct {
	By      org.Staff
	Party   ref.PartyID
	Case    ref.CaseID // empty when no case is open
	Purpose string
	Reason  string // needed where a number was typed
}

// Look notes the look; the caller may read after it returned nil.
func (g *Gate) Look(ctx context.Context, l Look) error {
	if l.By.ID == "" || l.Party == "" || l.Purpose == "" {
		return fault.New(fault.Denied, "fault.denied")
	}
	a := audit.Access{Actor: l.By.ID, Organ: l.By.Organ, Party: l.Party, Case: l.Case, Purpose: l.Purpose, At: g.Now()}
	if seen, err := audit.Looked(ctx, g.DB, a); err != nil || seen {
		return err
	}
	return g.DB.Write(ctx, "disclose.Look", func(ctx context.Context, tx *db.Tx) error {
		if l.Reason != "" {
			box, err := g.Vault.Seal(ctx, tx, string(l.Party), "audit_access.reason", []byte(l.Reason))
			if err != nil {
				return err
			}
			a.Reason = box
		}
		return audit.NoteAccess(ctx, tx, a)
	})
}
