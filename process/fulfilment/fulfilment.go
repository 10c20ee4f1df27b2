// Package fulfilment brings a decision to its end: what is paid for it, how its papers reach the person, and where the case is
// kept afterwards.
//
// Invariants: nothing here decides; what happens outside (a payment, a parcel) becomes a fact only by a confirmation that can be
// repeated; every transaction begins with the case's lock.
package fulfilment

import (
	"time"

	"yimen/foundation/blob"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/event"
)

// Hand is what fulfilling needs.
type Hand struct {
	DB       *db.DB
	Bus      *event.Bus
	Vault    *crypto.Vault
	Blobs    *blob.Store
	Key      KeyOf // the organ's seal, which signs the archive
	Calendar func() *calendar.Calendar
	Text     func(key string, args ...any) string
	Now      func() time.Time
}
