// Package prefill is what a form already knows about a person: held facts, earlier answers and
// papers once given, each with its source and date.
//
// Invariants: read-only; opens only what the presence allows — a typed number shows this item's
// fields, the card, the person's confirmation or the person's own real-name session opens held
// papers too.
package prefill

import (
	"context"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/material"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/ref"
)

// View reads what is held.
type View struct {
	DB    *db.DB
	Vault *crypto.Vault
	Now   func() time.Time
}

// Known is what is known for one form.
type Known struct {
	Party     party.Party
	Masked    string // identity number, all but the last four hidden
	Open      bool   // held papers may be shown
	Answers   map[string]form.Answer
	Materials map[string][]material.Material // by material spec id, best first
}

// For reads what is known of the party of a presence for an item. The caller noted the look.
func (v *View) For(ctx context.Context, who org.Staff, presence party.Presence, it *catalog.Item) (*Known, error) {
	return v.known(ctx, presence.Party, presence.Open(v.Now(), who.ID), it)
}

// Own reads what is known of a party that asks itself, having proved who it is.
func (v *View) Own(ctx context.Context, id ref.PartyID, it *catalog.Item) (*Known, error) {
	return v.known(ctx, id, true, it)
}

func (v *View) known(ctx context.Context, id ref.PartyID, open bool, it *catalog.Item) (*Known, error) {
	p, err := party.Get(ctx, v.DB, id)
	if err != nil {
		return nil, err
	}
	facts, err := party.Facts(ctx, v.DB, v.Vault, p.ID)
	if err != nil {
		return nil, err
	}
	k := &Known{Party: p, Masked: ref.MaskNumber(facts[party.Number].Value), Open: open, Answers: map[string]form.Answer{}}
	if err := v.answers(ctx, k, facts, it); err != nil {
		return nil, err
	}
	if k.Open {
		k.Materials, err = v.materials(ctx, p.ID, it)
	}
	return k, err
}

func (v *View) answers(ctx context.Context, k *Known, facts map[string]party.Fact, it *catalog.Item) error {
	var earlier []string
	for _, f := range it.Form {
		if f.Compute != "" || f.Group != "" { // worked out, or of one of several things
			continue
		}
		if f.Prefill == "name" {
			k.Answers[f.Element] = form.Answer{Element: f.Element, Value: k.Party.Name, Source: "source.identity", At: k.Party.Made}
		} else if fact, ok := facts[f.Prefill]; ok && f.Prefill != "" {
			k.Answers[f.Element] = form.Answer{Element: f.Element, Value: fact.Value, Source: fact.Source, At: fact.At}
		} else if f.Prefill != "" {
			earlier = append(earlier, f.Element)
		}
	}
	given, err := form.Earlier(ctx, v.DB, v.Vault, k.Party.ID, earlier)
	if err != nil {
		return err
	}
	k.earlier(given)
	for _, g := range it.Groups {
		var asked []string
		for _, f := range it.Form {
			if f.Group == g.ID && f.Prefill == "answer" {
				asked = append(asked, f.Element)
			}
		}
		if given, err = form.EarlierEntries(ctx, v.DB, v.Vault, k.Party.ID, asked, g.Max); err != nil {
			return err
		}
		k.earlier(given)
	}
	return nil
}

func (k *Known) earlier(given map[string]form.Answer) {
	for key, a := range given {
		a.Source = "source.earlier"
		k.Answers[key] = a
	}
}

func (v *View) materials(ctx context.Context, id ref.PartyID, it *catalog.Item) (map[string][]material.Material, error) {
	var kinds []string
	for _, m := range it.Materials {
		kinds = append(kinds, m.Kind)
	}
	held, err := material.Reusable(ctx, v.DB, id, kinds, v.Now())
	out := map[string][]material.Material{}
	for _, m := range it.Materials {
		out[m.ID] = held[m.Kind]
	}
	return out, err
}
