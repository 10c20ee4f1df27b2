package fulfilment

import (
	"context"
	"time"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/licence"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/publication"
	"yimen/domain/seal"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// public is what is published of a letter and who is told of it.
type public struct {
	decision *publication.Decision // nil: nothing
	hand     bool                  // the supervising department is told
}

// gatherPublic reads what a letter's publication needs. Only what decides on a permit is public (行政许可法 40); refusals
// where the item says so.
func (h *Hand) gatherPublic(ctx context.Context, l letter) (out public, err error) {
	if l.item.TaskType != ref.TaskPermit {
		return out, nil
	}
	out.hand = l.Kind == seal.Licence || l.Kind == seal.Reissue || l.Kind == seal.ActLetter
	granted := l.Kind == seal.Licence || l.Kind == seal.Reissue
	if !granted && (l.Kind != seal.Refusal || !l.item.Afterwards().Refusals) {
		return out, nil
	}
	organ, err := org.GetOrgan(ctx, h.DB, l.Organ)
	if err != nil {
		return out, err
	}
	d := publication.Decision{ID: string(l.ID), CaseItem: l.CaseItem, Organ: l.Organ, OrganName: organ.Name, Item: l.item.ID, ItemName: l.item.Name, Outcome: "refuse", Title: l.Title, Number: l.Number,
		Basis: foundation(l.item), Decided: l.Drafted, State: publication.Valid}
	if granted {
		d.Outcome, d.Permit, d.Mark = "grant", l.item.Result.Name, l.Mark
		if d.From, d.Until, err = h.validity(ctx, l); err != nil {
			return out, err
		}
	}
	d.Holder, d.HolderKind, d.HolderCode, err = h.holder(ctx, l.Party)
	out.decision = &d
	return out, err
}

// validity is a licence's, which a new version keeps; a result without a mark is good from its day on.
func (h *Hand) validity(ctx context.Context, l letter) (from, until time.Time, err error) {
	x, err := licence.ByItem(ctx, h.DB, l.CaseItem)
	if fault.Is(err, fault.NotFound) {
		return l.Drafted, time.Time{}, nil
	}
	return x.ValidFrom, x.ValidUntil, err
}

// holder is who a decision is about as everybody may read it: a natural person's name but for its end is hidden, and of numbers
// only a legal person's own code is shown.
func (h *Hand) holder(ctx context.Context, id ref.PartyID) (name, kind, code string, err error) {
	who, err := party.Get(ctx, h.DB, id)
	if err != nil {
		return "", "", "", err
	}
	if who.Kind == ref.PartyNatural {
		return publication.Hide(who.Name), "person", "", nil
	}
	facts, err := party.Facts(ctx, h.DB, h.Vault, id, party.Number)
	if err != nil {
		return "", "", "", err
	}
	if uscc, bad := ref.ParseUSCC(facts[party.Number].Value); bad == nil {
		code = string(uscc)
	}
	return who.Name, "legal", code, nil
}

func foundation(it *catalog.Item) string {
	if len(it.Basis) == 0 {
		return ""
	}
	return "《" + it.Basis[0].Law + "》"
}

// publish writes what is public and the hand-over, in the transaction that opens the letter's delivery.
func (h *Hand) publish(ctx context.Context, tx *db.Tx, l letter, p public) error {
	now, after := h.Now(), l.item.Afterwards()
	if d := p.decision; d != nil {
		if l.Kind == seal.Reissue { // the former version's row stands, as no longer valid
			if err := publication.Restate(ctx, tx, l.CaseItem, publication.Ended); err != nil {
				return err
			}
		}
		d.Published, d.Down = now, now.AddDate(0, 0, after.PublicDays)
		if err := publication.Publish(ctx, tx, *d); err != nil {
			return err
		}
	}
	if !p.hand {
		return nil
	}
	fresh, err := publication.HandOver(ctx, tx, publication.Handover{ID: db.NewID(), Case: l.Case, Document: l.ID, Organ: l.Organ, Supervisor: after.Supervisor, Item: l.item.ID, ItemName: l.item.Name,
		Number: l.Number, Title: l.Title, At: now})
	if err != nil || !fresh {
		return err
	}
	return h.Bus.Publish(ctx, tx, publication.HandedOver{Case: l.Case, Document: l.ID, To: after.Supervisor})
}

// Acknowledge notes that the supervising organ has what it was handed. Errors: NotFound for another organ's, Conflict the second time.
func (h *Hand) Acknowledge(ctx context.Context, sub once.Submit, by org.Staff, id string) error {
	x, err := publication.GetHandover(ctx, h.DB, id)
	if err != nil {
		return err
	}
	if x.Supervisor != by.Organ {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	return h.DB.Write(ctx, "fulfilment.Acknowledge", func(ctx context.Context, tx *db.Tx) error {
		if _, err := casefile.Lock(ctx, tx, x.Case); err != nil {
			return err
		}
		_, err := once.Do(ctx, tx, sub, func() (string, error) {
			if err := publication.Acknowledge(ctx, tx, id, by.ID, h.Now()); err != nil {
				return "", err
			}
			return id, audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(by.ID), Verb: "fulfilment.Acknowledge", Object: "case:" + string(x.Case), After: audit.Digest(id), At: h.Now()})
		})
		return err
	})
}
