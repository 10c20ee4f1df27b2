package app

import (
	"context"
	"log/slog"
	"time"

	"yimen/domain/clock"
	"yimen/foundation/calendar"
)

// The calendar is read when the house opens, at once when it is changed here, and every minute for what another machine of the town
// changed.

func (h *House) readCalendar(ctx context.Context) error {
	c, err := clock.Load(ctx, h.DB, calendar.Default())
	if err == nil {
		h.calendar.Store(c)
	}
	return err
}

func (h *House) recalendar() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.readCalendar(ctx); err != nil { // the one that is held serves on until the next minute
		slog.Error("calendar", "err", err.Error())
	}
}

// watchCalendar reads the calendar again until ctx ends.
func (h *House) watchCalendar(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.recalendar()
		}
	}
}
