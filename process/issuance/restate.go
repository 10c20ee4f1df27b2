package issuance

import (
	"context"
	"time"
	"unicode/utf8"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/licence"
	"yimen/domain/material"
	"yimen/domain/publication"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// reasonMost is the longest reason of a change in characters.
const reasonMost = 2000

// Restate changes a licence's state (暂扣、撤销、注销、吊销 and back from the first) and keeps the
// reason sealed. The paper deposited with it is reused only while the licence is valid. A state that may not follow is a Conflict, so a repeated call changes nothing;
// a reason is demanded.
func (p *Press) Restate(ctx context.Context, by string, id ref.LicenceID, state ref.LicenceState, reason string) error {
	if reason = flat(reason); reason == "" || utf8.RuneCountInString(reason) > reasonMost {
		return fault.Bad(fault.Field{Name: "reason", Key: "copy.state.reason", Args: []any{"n", reasonMost}})
	}
	found, err := licence.Get(ctx, p.DB, id)
	if err != nil {
		return err
	}
	at := p.Now()
	return p.DB.Write(ctx, "issuance.Restate", func(ctx context.Context, tx *db.Tx) error {
		if _, err := casefile.Lock(ctx, tx, found.Case); err != nil {
			return err
		}
		l, err := licence.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := licence.SetState(ctx, tx, id, state, at); err != nil {
			return err
		}
		return p.restated(ctx, tx, l, licence.Change{Licence: id, Before: l.State, After: state, Actor: by, At: at}, reason)
	})
}

// restated writes what follows from a changed state: how long the paper is reused, the change with its reason, whether the
// public list still says valid.
func (p *Press) restated(ctx context.Context, tx *db.Tx, l licence.Licence, change licence.Change, reason string) error {
	if err := material.EndIssued(ctx, tx, l.Party, l.ID, reusableUntil(l, change.After, change.At)); err != nil {
		return err
	}
	shown := publication.Ended
	if change.After == ref.LicenceValid {
		shown = publication.Valid
	}
	if err := publication.Restate(ctx, tx, l.CaseItem, shown); err != nil {
		return err
	}
	change.ID = db.NewID()
	if err := licence.NoteChange(ctx, tx, p.Vault, l.Party, change, reason); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: change.Actor, Verb: "issuance.Restate", Object: "licence:" + string(l.ID), Before: audit.Digest(string(change.Before)), After: audit.Digest(string(change.After)), At: change.At})
}

// reusableUntil is the end of reuse of a licence's paper in a state: the licence's own while valid.
func reusableUntil(l licence.Licence, state ref.LicenceState, at time.Time) time.Time {
	if state == ref.LicenceValid {
		return l.ValidUntil
	}
	return at
}
