package signin

import (
	"context"
	"net/url"
	"slices"

	"yimen/connector"
	"yimen/domain/identity"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Provider is one real-name provider as this town uses it.
type Provider struct {
	ID     string // in addresses and audit rows
	Name   string // as people know it
	Way    connector.RealName
	Levels map[string]ref.Assurance // the provider's word for a level → ours; a word that is not here counts for nothing
}

func (o *Outside) provider(id string) (Provider, error) {
	i := slices.IndexFunc(o.Providers, func(p Provider) bool { return p.ID == id })
	if i < 0 {
		return Provider{}, fault.New(fault.NotFound, "fault.not_found")
	}
	return o.Providers[i], nil
}

// Leave gives the provider's address to send a person to, and what to keep until they are back.
func (o *Outside) Leave(ctx context.Context, id, back string) (address string, kept map[string]string, err error) {
	p, err := o.provider(id)
	if err != nil {
		return "", nil, err
	}
	return p.Way.Begin(ctx, back)
}

// Come redeems what a person brought back from a provider. Denied when the provider is not sure
// enough who it is, or is sure that it is somebody else.
func (o *Outside) Come(ctx context.Context, me identity.Me, id string, kept map[string]string, brought url.Values) (ref.PartyID, error) {
	p, err := o.provider(id)
	if err != nil {
		return "", err
	}
	who, err := p.Way.Finish(ctx, kept, brought)
	if err != nil {
		return "", err
	}
	if p.Levels[who.Level] != ref.AssuranceReal {
		return "", fault.New(fault.Denied, "signin.level_low", "provider", p.Name)
	}
	return o.Prove(ctx, Proven{Account: me.Account, Device: me.Device, By: "provider:" + p.ID, Name: who.Name, Number: who.Number})
}
