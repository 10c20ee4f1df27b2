package casepage

import (
	"context"

	"yimen/domain/approval"
	"yimen/domain/catalog"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Panel is the body that meets about a task, with its members' names.
type Panel struct {
	approval.Panel
	ChairName string
	Members   []Member
}

// Member is a member of a panel. How they voted and why is told once the task is done.
type Member struct {
	approval.Vote
	Name string
	Why  string
}

// Voted counts the votes that were given.
func (p *Panel) Voted() (n int) {
	for _, m := range p.Members {
		if m.Choice != "" {
			n++
		}
	}
	return n
}

func (v *View) panel(ctx context.Context, party ref.PartyID, n nameBook, t approval.Task) (*Panel, error) {
	if !catalog.PanelKind(t.Kind) {
		return nil, nil
	}
	p, err := approval.PanelOf(ctx, v.DB, t.ID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &Panel{Panel: p, ChairName: n.staff(p.Chair)}
	votes, err := approval.VotesOf(ctx, v.DB, t.ID)
	for _, x := range votes {
		m := Member{Vote: x, Name: n.staff(x.Member)}
		if t.State == approval.Done && err == nil {
			m.Why, err = v.note(ctx, party, approval.ReasonPlace(t.ID, x.Member), x.Reason)
		}
		out.Members = append(out.Members, m)
	}
	return out, err
}
