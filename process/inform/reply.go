package inform

import (
	"context"

	"yimen/domain/inspection"
	"yimen/domain/notice"
	"yimen/foundation/event"
)

// Replied tells the party that the organ it pressed has answered; the answer stands on the case's page.
func (p *Post) Replied(ctx context.Context, d event.Delivery, e inspection.WasReplied) error {
	return p.tell(ctx, d, e.Case, notice.Replied)
}
