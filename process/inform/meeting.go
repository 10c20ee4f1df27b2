package inform

import (
	"context"

	"yimen/domain/approval"
	"yimen/domain/notice"
	"yimen/foundation/db"
	"yimen/foundation/event"
)

// Appointed tells the party when officers come to the site; the place stands on the case's page.
func (p *Post) Appointed(ctx context.Context, d event.Delivery, e approval.Appointed) error {
	return p.tellUntil(ctx, d, e.Case, notice.Visit, db.Time(e.Meets))
}
