package inform

import (
	"context"

	"yimen/domain/casefile"
	"yimen/domain/notice"
	"yimen/foundation/event"
)

// Paused, Extended, Asked, Withdrawn and Terminated tell the party what became of the time, or of the matter.
func (p *Post) Paused(ctx context.Context, d event.Delivery, e casefile.WasPaused) error {
	return p.tell(ctx, d, e.Case, notice.Paused)
}

// Extended: see Paused.
func (p *Post) Extended(ctx context.Context, d event.Delivery, e casefile.WasExtended) error {
	return p.tell(ctx, d, e.Case, notice.Extended)
}

// Retimed: see Paused.
func (p *Post) Retimed(ctx context.Context, d event.Delivery, e casefile.WasRetimed) error {
	return p.tell(ctx, d, e.Case, notice.Retimed)
}

// Asked: see Paused.
func (p *Post) Asked(ctx context.Context, d event.Delivery, e casefile.WasAsked) error {
	return p.tell(ctx, d, e.Case, notice.Asked)
}

// Withdrawn: see Paused.
func (p *Post) Withdrawn(ctx context.Context, d event.Delivery, e casefile.WasWithdrawn) error {
	return p.tell(ctx, d, e.Case, notice.Withdrawn)
}

// Terminated: see Paused.
func (p *Post) Terminated(ctx context.Context, d event.Delivery, e casefile.WasTerminated) error {
	return p.tell(ctx, d, e.Case, notice.Terminated)
}
