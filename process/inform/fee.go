package inform

import (
	"context"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/fee"
	"yimen/domain/notice"
	"yimen/foundation/db"
	"yimen/foundation/event"
)

// Billed, FeeLate, FeePaid and Refunded tell the party what became of a fee.
func (p *Post) Billed(ctx context.Context, d event.Delivery, e fee.WasBilled) error {
	return p.tell(ctx, d, e.Case, notice.Billed)
}

// FeeLate: see Billed.
func (p *Post) FeeLate(ctx context.Context, d event.Delivery, e fee.WasReminded) error {
	return p.tell(ctx, d, e.Case, notice.FeeLate)
}

// FeePaid: see Billed.
func (p *Post) FeePaid(ctx context.Context, d event.Delivery, e fee.WasPaid) error {
	return p.tell(ctx, d, e.Case, notice.FeePaid)
}

// Refunded: see Billed.
func (p *Post) Refunded(ctx context.Context, d event.Delivery, e fee.WasRefunded) error {
	return p.tell(ctx, d, e.Case, notice.Refunded)
}

// payUntil is the last day to pay of a case's bill that waits, as microseconds.
func payUntil(ctx context.Context, r db.Reader, c casefile.Case) (until int64, err error) {
	all, err := fee.ByCase(ctx, r, c.ID)
	for _, b := range all {
		if b.State.Waits() {
			until = db.Micros(b.Due.Add(-time.Microsecond))
		}
	}
	return until, err
}
