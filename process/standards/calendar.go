package standards

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"yimen/domain/clock"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
)

// The calendar is the engineers' to keep: the notice of a year as it is published, and days on which the town alone is closed or open.
// Every change is an event after which open cases are computed anew.

// EnterYear takes a year's notice in, given as the JSON of calendar.Year. Errors: Invalid with a field for each mistake, Denied,
// Conflict when that version is known.
func (l *Library) EnterYear(ctx context.Context, a Doing, raw []byte) error {
	y, err := calendar.ParseYear("notice", raw)
	if err != nil {
		return under("year", err)
	}
	return l.recalendar(ctx, "standards.EnterYear", a, []string{strconv.Itoa(y.Year), strconv.Itoa(y.Version), y.Source}, func(ctx context.Context, tx *db.Tx) error {
		cal, err := clock.Load(ctx, tx, calendar.Default())
		if err != nil {
			return err
		}
		if _, err := cal.With([]calendar.Year{y}, nil); err != nil {
			return under("year", err)
		}
		return clock.EnterYear(ctx, tx, y, a.By.ID, l.Now())
	})
}

// under puts what is wrong with a file's content under the one field it came in.
func under(name string, err error) error {
	if bad := fault.Fields(err); len(bad) > 0 {
		return fault.Bad(fault.Field{Name: name, Key: bad[0].Key, Args: bad[0].Args})
	}
	if e := fault.As(err); e != nil && (e.Kind == fault.Invalid || e.Kind == fault.Conflict) {
		return fault.Bad(fault.Field{Name: name, Key: e.Key, Args: e.Args})
	}
	return err
}

// Bounds of a local day's reason, in characters.
const (
	dayReasonMin = 4
	dayReasonMax = 200
)

// EnterDay closes the town on a day, or opens it, with the reason that stands in the proof of each date it moves.
func (l *Library) EnterDay(ctx context.Context, a Doing, day string, work bool, reason string) error {
	reason = strings.TrimSpace(reason)
	var bad []fault.Field
	if _, err := calendar.ParseDate(day); err != nil {
		bad = append(bad, fault.Field{Name: "day", Key: "calendar.bad_date", Args: []any{"value", day}})
	}
	if n := utf8.RuneCountInString(reason); n < dayReasonMin || n > dayReasonMax {
		bad = append(bad, fault.Field{Name: "reason", Key: "calendar.day_reason", Args: []any{"min", dayReasonMin, "max", dayReasonMax}})
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return l.recalendar(ctx, "standards.EnterDay", a, []string{day, strconv.FormatBool(work)}, func(ctx context.Context, tx *db.Tx) error {
		return clock.EnterDay(ctx, tx, clock.Local{ID: db.NewID(), Day: day, Work: work, Reason: reason, By: a.By.ID, Made: l.Now()})
	})
}

// LiftDay takes a local day back.
func (l *Library) LiftDay(ctx context.Context, a Doing, id string) error {
	return l.recalendar(ctx, "standards.LiftDay", a, []string{id}, func(ctx context.Context, tx *db.Tx) error {
		return clock.LiftDay(ctx, tx, id, a.By.ID, l.Now())
	})
}

// recalendar changes the calendar once, for those who may, and has open cases computed anew.
func (l *Library) recalendar(ctx context.Context, op string, a Doing, digest []string, change func(context.Context, *db.Tx) error) error {
	if !a.By.Has("admin") {
		return fault.New(fault.Denied, "calendar.admin_only")
	}
	_, err := l.do(ctx, op, a, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := change(ctx, tx); err != nil {
			return "", err
		}
		if err := l.record(ctx, tx, staff(a.By), op, "calendar", digest...); err != nil {
			return "", err
		}
		tx.AfterCommit(l.Recalendared)
		return "", l.Bus.Publish(ctx, tx, clock.Changed{ID: db.NewID()})
	})
	return err
}
