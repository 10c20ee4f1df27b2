package review

import (
	"context"

	"yimen/domain/approval"
	"yimen/domain/delegation"
	"yimen/domain/powerlist"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// standing (主体资格) is in whose name an organ decides the case: its own, when the power is its own
// today, or that of the organ which entrusts it. Denied when it is neither: what an organ without
// standing decides is void (行政许可法 22, 24).
func (m *matter) standing(ctx context.Context, r db.Reader, organ ref.OrganID) (ref.OrganID, error) {
	code := m.item.CatalogCode()
	own, err := powerlist.Owned(ctx, r, m.now, organ, code)
	if own || err != nil {
		return organ, err
	}
	owners, err := powerlist.Owners(ctx, r, m.now, code)
	if err != nil {
		return "", err
	}
	of, words := map[string]ref.OrganID{}, []string(nil)
	for _, p := range owners {
		of[p.Word], words = p.Organ, append(words, p.Word)
	}
	given, err := delegation.Entrusted(ctx, r, m.now, organ, words...)
	if err != nil {
		return "", err
	}
	for _, e := range given {
		if e.From == of[e.Power] {
			return e.From, nil
		}
	}
	return "", fault.New(fault.Denied, "review.no_standing")
}

// inWhoseName is the organ in whose name a task is done: the one that has it, except that what is
// entrusted is decided in the entrusting organ's name.
func (m *matter) inWhoseName(ctx context.Context, r db.Reader, t approval.Task) (ref.OrganID, error) {
	if t.Kind != approval.Decide {
		return t.Organ, nil
	}
	return m.standing(ctx, r, t.Organ)
}
