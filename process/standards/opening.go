package standards

import (
	"context"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Opening is a line to be added to the plan of what opens where and when.
type Opening struct {
	Submit once.Submit
	By     org.Staff
	Line   catalog.Opening
}

// Open adds a line to the plan. The standards office may. Errors: Invalid with item, level, hall, kind, from_day.
func (l *Library) Open(ctx context.Context, o Opening) error {
	if !o.By.Has("standards") {
		return fault.New(fault.Denied, "standards.office_only")
	}
	if err := l.checkOpening(ctx, o.Line); err != nil {
		return err
	}
	o.Line.ID, o.Line.By, o.Line.At = db.NewID(), o.By.ID, l.Now()
	return l.DB.Write(ctx, "standards.Open", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, o.Submit, func() (string, error) {
			if err := catalog.AddOpening(ctx, tx, o.Line); err != nil {
				return "", err
			}
			return "", l.note(ctx, tx, staff(o.By), "standards.Open", o.Line.Item, o.Line.ID)
		})
		return err
	})
}

func (l *Library) checkOpening(ctx context.Context, o catalog.Opening) error {
	var bad []fault.Field
	wrong := func(name, key string) { bad = append(bad, fault.Field{Name: name, Key: key}) }
	if o.Item != catalog.Every {
		if _, err := catalog.GetRow(ctx, l.DB, o.Item); fault.Is(err, fault.NotFound) {
			wrong("item", "standards.opening_item")
		} else if err != nil {
			return err
		}
	}
	if o.Hall != catalog.Every && o.Hall != catalog.Online {
		if _, err := org.GetHall(ctx, l.DB, o.Hall); fault.Is(err, fault.NotFound) {
			wrong("hall", "form.choose")
		} else if err != nil {
			return err
		}
	}
	if o.Kind != catalog.Every && !ref.PartyKind(o.Kind).Known() {
		wrong("kind", "form.choose")
	}
	if o.Level != 0 && !o.Level.Known() {
		wrong("level", "form.choose")
	}
	if _, err := calendar.ParseDate(o.From); err != nil {
		wrong("from_day", "standards.day_wrong")
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// DropOpening takes a line out of the plan. It is repeatable by nature: a line that is gone is not found.
func (l *Library) DropOpening(ctx context.Context, by org.Staff, id string) error {
	if !by.Has("standards") {
		return fault.New(fault.Denied, "standards.office_only")
	}
	return l.DB.Write(ctx, "standards.DropOpening", func(ctx context.Context, tx *db.Tx) error {
		there, err := catalog.DropOpening(ctx, tx, id)
		if err == nil && !there {
			err = fault.New(fault.NotFound, "fault.not_found")
		}
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: staff(by), Verb: "standards.DropOpening", Object: "opening:" + id, At: l.Now()})
	})
}
