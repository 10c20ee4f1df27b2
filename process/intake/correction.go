package intake

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Disputable says that a prefilled answer comes from what is held of the party, so that calling it
// wrong is a matter for whoever holds it; what people typed themselves they just type anew.
func Disputable(f catalog.Field, a form.Answer) bool {
	typed := []string{"", "source.window", "source.phone", "source.portal", "source.earlier", "source.declared", form.Computed}
	return a.Value != "" && f.Prefill != "" && f.Prefill != "answer" && !slices.Contains(typed, a.Source)
}

// Dispute takes a held value out of a draft's answers, so that the applicant writes their own; it is
// kept beside them to be compared when the application is handed in.
func Dispute(c *form.Content, f catalog.Field) {
	a := c.Answers[f.Element]
	if !Disputable(f, a) {
		return
	}
	if c.Disputed == nil {
		c.Disputed = map[string]form.Answer{}
	}
	c.Disputed[f.Element] = a
	delete(c.Answers, f.Element)
}

// correctHeld asks for the correction of each held value that the applicant called wrong and answered
// otherwise.
func (d *Desk) correctHeld(ctx context.Context, tx *db.Tx, o opening, id ref.CaseID) error {
	for _, f := range o.item.Form {
		held, called := o.Disputed[f.Element]
		given := o.Answers[f.Element]
		if !called || given.Value == "" || given.Value == held.Value || !Disputable(f, held) {
			continue
		}
		c := form.Correction{ID: db.NewID(), Party: o.Party, Element: f.Element, Fact: f.Prefill, Source: held.Source, HeldAt: held.At, Case: id, Item: o.item.ID, Organ: o.item.Organ, At: o.now}
		if err := form.AskCorrection(ctx, tx, d.Vault, c, held.Value, given.Value); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: o.by(), Verb: "intake.Correction", Object: "party:" + string(o.Party), After: audit.Digest(c.ID, c.Element), At: o.now}); err != nil {
			return err
		}
	}
	return nil
}

// Settlement is the answer to a correction.
type Settlement struct {
	Submit     once.Submit
	By         org.Staff
	Correction string
	Confirm    bool   // what is held is changed to what the applicant gave
	Reason     string // of a refusal
}

// MaySettle refuses with Denied unless the person answers corrections of the organ's cases: the
// supervisors, and the organ's own keeper.
func MaySettle(s org.Staff, organ ref.OrganID) error {
	if s.Has("supervisor") || s.Has("keeper") && s.Organ == organ {
		return nil
	}
	return fault.New(fault.Denied, "form.correction.not_yours")
}

// SettleCorrection changes what is held or says why not, and lets the applicant be told. Name and
// identity number are the issuing authority's to correct: confirming them is Denied.
func (d *Desk) SettleCorrection(ctx context.Context, s Settlement) error {
	if s.Reason = strings.TrimSpace(s.Reason); !s.Confirm {
		if n := utf8.RuneCountInString(s.Reason); n < 2 || n > 300 {
			return fault.Bad(fault.Field{Name: "reason", Key: "form.correction.reason"})
		}
	}
	now := d.Now()
	return d.DB.Write(ctx, "intake.SettleCorrection", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, s.Submit, func() (string, error) {
			c, err := form.GetCorrection(ctx, tx, s.Correction)
			if err != nil {
				return "", err
			}
			if err := MaySettle(s.By, c.Organ); err != nil {
				return "", err
			}
			c.State, c.Reason, c.SettledBy, c.SettledAt = form.CorrectionRefused, s.Reason, s.By.ID, now
			if s.Confirm {
				c.State, c.Reason = form.CorrectionConfirmed, ""
				if err := d.learnCorrected(ctx, tx, c); err != nil {
					return "", err
				}
			}
			if err := form.SettleCorrection(ctx, tx, c); err != nil {
				return "", err
			}
			if err := audit.Record(ctx, tx, audit.Entry{Actor: actor(s.By), Verb: "intake.SettleCorrection." + c.State, Object: "party:" + string(c.Party), After: audit.Digest(c.ID), At: now}); err != nil {
				return "", err
			}
			return c.ID, d.Bus.Publish(ctx, tx, form.WasSettled{Correction: c.ID, Party: c.Party, Case: c.Case})
		})
		return err
	})
}

func (d *Desk) learnCorrected(ctx context.Context, tx *db.Tx, c form.Correction) error {
	if c.Fact == "name" || c.Fact == party.Number {
		return fault.New(fault.Denied, "form.correction.identity")
	}
	value, err := c.Proposed(ctx, tx, d.Vault)
	if err != nil {
		return err
	}
	return party.Learn(ctx, tx, d.Vault, c.Party, party.Fact{Name: c.Fact, Value: value, Source: "source.corrected", At: c.SettledAt})
}
