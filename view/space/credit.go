package space

import (
	"context"

	"yimen/domain/casefile"
	"yimen/domain/credit"
	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/ref"
)

// Credit is one event on a person's or company's record, as they see it themselves.
type Credit struct {
	credit.Entry
	Organ  string
	Number ref.ShortNumber // of the case it follows from
	Said   []Act
}

// Act is what happened to an event, in its words; no officer's name is among them.
type Act struct {
	credit.Act
	Words string
}

// Credit opens the record of whom the session speaks for, latest first; Denied below the real-name level.
func (v *View) Credit(ctx context.Context, me identity.Me) ([]Credit, error) {
	selves, err := v.selves(ctx, me)
	if err != nil {
		return nil, err
	}
	entries, err := credit.OfParties(ctx, v.DB, selves)
	if err != nil {
		return nil, err
	}
	var out []Credit
	for _, e := range entries {
		c := Credit{Entry: e}
		if err := v.aboutCredit(ctx, &c); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (v *View) aboutCredit(ctx context.Context, c *Credit) error {
	organ, err := org.GetOrgan(ctx, v.DB, c.Event.Organ)
	if err != nil {
		return err
	}
	k, err := casefile.Get(ctx, v.DB, c.Case)
	if err != nil {
		return err
	}
	c.Organ, c.Number = organ.Name, k.Number
	acts, err := credit.Acts(ctx, v.DB, c.ID)
	if err != nil {
		return err
	}
	for _, a := range acts {
		words, err := c.Words(ctx, v.DB, v.Vault, a)
		if err != nil {
			return err
		}
		c.Said = append(c.Said, Act{a, words})
	}
	return nil
}
