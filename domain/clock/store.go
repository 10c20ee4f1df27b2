package clock

import (
	"context"
	"embed"
	"encoding/json"
	"time"

	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Schema is this package's tables: the years and local days that the town's engineers entered, beside those the program brings along.
//
//go:embed schema/*.sql
var Schema embed.FS

// Entered is a year's notice as it was entered.
type Entered struct {
	ID      string      `db:"id"`
	Year    int         `db:"year"`
	Version int         `db:"version"`
	Body    string      `db:"body"` // JSON of calendar.Year
	By      ref.StaffID `db:"by_staff"`
	Made    time.Time   `db:"made_at"`
}

// Local is a day off or on of the town's own.
type Local struct {
	ID       string      `db:"id"`
	Day      string      `db:"day"` // yyyy-mm-dd
	Work     bool        `db:"work"`
	Reason   string      `db:"reason"`
	By       ref.StaffID `db:"by_staff"`
	Made     time.Time   `db:"made_at"`
	Lifted   time.Time   `db:"lifted_at"` // zero while it holds
	LiftedBy ref.StaffID `db:"lifted_by"`
}

const localCols = "id, day, work, reason, by_staff, made_at, lifted_at, lifted_by"

// Load is the calendar with what was entered.
func Load(ctx context.Context, r db.Reader, base *calendar.Calendar) (*calendar.Calendar, error) {
	entered, err := db.Find[Entered](ctx, r, "select id, year, version, body, by_staff, made_at from clock_year order by year, version")
	if err != nil {
		return nil, err
	}
	var years []calendar.Year
	for _, e := range entered {
		var y calendar.Year
		if err := json.Unmarshal([]byte(e.Body), &y); err != nil {
			return nil, err
		}
		years = append(years, y)
	}
	locals, err := Locals(ctx, r)
	if err != nil {
		return nil, err
	}
	var days []calendar.Override
	for _, l := range locals {
		if !l.Lifted.IsZero() {
			continue
		}
		d, err := calendar.ParseDate(l.Day)
		if err != nil {
			return nil, err
		}
		days = append(days, calendar.Override{Date: d, Work: l.Work, Reason: l.Reason})
	}
	return base.With(years, days)
}

// Locals lists the town's own days, the latest entered first.
func Locals(ctx context.Context, r db.Reader) ([]Local, error) {
	return db.Find[Local](ctx, r, "select "+localCols+" from clock_override order by made_at desc, id desc limit 500")
}

// EnterYear writes a year's notice; Conflict when that version was entered already.
func EnterYear(ctx context.Context, tx *db.Tx, y calendar.Year, by ref.StaffID, now time.Time) error {
	body, err := json.Marshal(y)
	if err != nil {
		return err
	}
	err = db.Insert(ctx, tx, "clock_year", Entered{db.NewID(), y.Year, y.Version, string(body), by, now})
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "calendar.version_twice", "year", y.Year, "version", y.Version).Wrap(err)
	}
	return err
}

// EnterDay writes a local day; Conflict when one holds for it already.
func EnterDay(ctx context.Context, tx *db.Tx, l Local) error {
	err := db.Insert(ctx, tx, "clock_override", l)
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "calendar.day_twice", "day", l.Day).Wrap(err)
	}
	return err
}

// LiftDay ends a local day; Conflict when it is over already.
func LiftDay(ctx context.Context, tx *db.Tx, id string, by ref.StaffID, now time.Time) error {
	n, err := tx.Exec(ctx, "update clock_override set lifted_at = $1, lifted_by = $2 where id = $3 and lifted_at = 0", now, by, id)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "calendar.day_lifted")
	}
	return err
}

// Changed: the calendar is another; open cases are computed anew.
type Changed struct{ ID string }

func (Changed) EventName() string  { return "clock.calendar_changed/1" }
func (e Changed) EventKey() string { return "calendar" }
