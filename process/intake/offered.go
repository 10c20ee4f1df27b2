package intake

import (
	"context"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/party"
	"yimen/domain/powerlist"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Offered refuses with Conflict and a sentence what takes no applications: an item that is suspended or
// cancelled, stands in the negative list by now, or is not open yet at the hall (catalog.Online: over no counter) for the party's kind. An
// empty party is asked for nobody in particular: only the state counts.
func Offered(ctx context.Context, r db.Reader, item ref.ItemID, hall ref.HallID, who ref.PartyID, now time.Time) error {
	row, err := catalog.GetRow(ctx, r, item)
	if err != nil {
		return err
	}
	switch row.State {
	case catalog.Suspended:
		return fault.New(fault.Conflict, "standards.item_suspended", "since", row.Since, "reason", row.Reason)
	case catalog.Cancelled:
		return fault.New(fault.Conflict, "standards.item_cancelled", "since", row.Since, "reason", row.Reason)
	}
	if err := powerlist.Barred(ctx, r, row.Name, row.CatalogCode, now); err != nil {
		return err
	}
	lines, err := catalog.OpeningsOf(ctx, r, item, row.Level)
	if err != nil || len(lines) == 0 || who == "" {
		return err
	}
	p, err := party.Get(ctx, r, who)
	if err != nil {
		return err
	}
	open, from := catalog.Open(lines, hall, p.Kind, calendar.DateOf(now).String())
	switch {
	case open:
		return nil
	case from == "":
		return fault.New(fault.Conflict, "standards.item_not_here")
	}
	return fault.New(fault.Conflict, "standards.item_not_yet", "day", from)
}

// counter is where an application is handed in.
func (o opening) counter() ref.HallID {
	if o.outside != nil {
		return catalog.Online
	}
	return o.hall.ID
}
