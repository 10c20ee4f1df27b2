package standards

import (
	"context"
	"strconv"
	"strings"
	"time"

	"yimen/domain/audit"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Act is one step of a draft on its way to being published.
type Act struct {
	Submit once.Submit
	By     org.Staff
	Item   ref.ItemID
	Rev    int64  // the revision the page showed
	Note   string // why it goes back
}

// Hand gives a draft to the organ's reviewer.
func (l *Library) Hand(ctx context.Context, a Act) error {
	return l.act(ctx, "standards.Hand", a, func(_ context.Context, _ *db.Tx, d *catalog.Draft) error {
		if err := MayWrite(a.By, d.Organ); err != nil {
			return err
		}
		if d.State != catalog.DraftWriting {
			return elsewhere()
		}
		d.State, d.Note = catalog.DraftReview, ""
		return nil
	})
}

// Review is 审核 by another keeper of the organ: never by anybody who wrote at the draft. Sent back, it
// needs a note.
func (l *Library) Review(ctx context.Context, a Act, pass bool) error {
	return l.act(ctx, "standards.Review", a, func(_ context.Context, _ *db.Tx, d *catalog.Draft) error {
		if err := MayReview(a.By, *d); err != nil {
			return err
		}
		if d.State != catalog.DraftReview {
			return elsewhere()
		}
		if !pass {
			return back(d, a.Note)
		}
		d.State, d.Reviewed, d.Note = catalog.DraftChecking, a.By.ID, ""
		return nil
	})
}

// MayReview refuses with Denied who is no keeper of the draft's organ or wrote at it.
func MayReview(s org.Staff, d catalog.Draft) error {
	if !s.Has("keeper") || s.Organ != d.Organ {
		return fault.New(fault.Denied, "standards.not_yours")
	}
	if d.Wrote(s.ID) {
		return fault.New(fault.Denied, "standards.own_draft")
	}
	return nil
}

// MayCheck refuses with Denied who is not of the standards office, wrote at the draft or reviewed it.
func MayCheck(s org.Staff, d catalog.Draft) error {
	if !s.Has("standards") {
		return fault.New(fault.Denied, "standards.office_only")
	}
	if d.Wrote(s.ID) || d.Reviewed == s.ID {
		return fault.New(fault.Denied, "standards.own_draft")
	}
	return nil
}

// Check is 核定 by the standards office, never by who wrote or reviewed: the draft is published on
// the day (yyyy-mm-dd), at once when it is today. Errors: Invalid with a field for every flaw the gates find
// ("on" for the day), Denied.
func (l *Library) Check(ctx context.Context, a Act, on string) error {
	day, err := l.day(on)
	if err != nil {
		return err
	}
	if err := l.gated(ctx, a.Item, day.At(0)); err != nil {
		return err
	}
	return l.act(ctx, "standards.Check", a, func(ctx context.Context, tx *db.Tx, d *catalog.Draft) error {
		if err := MayCheck(a.By, *d); err != nil {
			return err
		}
		if d.State != catalog.DraftChecking {
			return elsewhere()
		}
		d.State, d.Checked, d.On, d.Note = catalog.DraftPassed, a.By.ID, day.String(), ""
		if day <= calendar.DateOf(l.Now()) {
			return nil // act publishes it
		}
		return l.Bus.PublishAt(ctx, tx, day.At(0), catalog.PublishDue{Item: d.Item, Rev: d.Rev + 1})
	})
}

// SendBack returns a draft from the standards office to its keeper, even one that waits for its day.
func (l *Library) SendBack(ctx context.Context, a Act) error {
	return l.act(ctx, "standards.SendBack", a, func(_ context.Context, _ *db.Tx, d *catalog.Draft) error {
		if !a.By.Has("standards") {
			return fault.New(fault.Denied, "standards.office_only")
		}
		if d.State != catalog.DraftChecking && d.State != catalog.DraftPassed {
			return elsewhere()
		}
		return back(d, a.Note)
	})
}

// GiveUp throws a draft away that is with its keeper.
func (l *Library) GiveUp(ctx context.Context, a Act) error {
	return l.DB.Write(ctx, "standards.GiveUp", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, a.Submit, func() (string, error) {
			d, err := current(ctx, tx, a)
			if err != nil {
				return "", err
			}
			if err := MayWrite(a.By, d.Organ); err != nil {
				return "", err
			}
			if d.State != catalog.DraftWriting {
				return "", elsewhere()
			}
			if err := catalog.DropDraft(ctx, tx, a.Item); err != nil {
				return "", err
			}
			return "", l.note(ctx, tx, staff(a.By), "standards.GiveUp", a.Item, "")
		})
		return err
	})
}

// act changes a draft at the revision shown, once, and publishes it when its day has come.
func (l *Library) act(ctx context.Context, verb string, a Act, change func(context.Context, *db.Tx, *catalog.Draft) error) error {
	return l.DB.Write(ctx, verb, func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, a.Submit, func() (string, error) {
			d, err := current(ctx, tx, a)
			if err != nil {
				return "", err
			}
			if err := change(ctx, tx, &d); err != nil {
				return "", err
			}
			d.At = l.Now()
			it, err := d.Doc()
			if err != nil {
				return "", err
			}
			if d.State == catalog.DraftPassed && d.On <= calendar.DateOf(l.Now()).String() {
				return "", l.release(ctx, tx, d, it, staff(a.By))
			}
			if d.Rev, err = catalog.KeepDraft(ctx, tx, d, it); err != nil {
				return "", err
			}
			return "", l.note(ctx, tx, staff(a.By), verb, a.Item, strconv.FormatInt(d.Rev, 10))
		})
		return err
	})
}

// current is the draft, as the page showed it.
func current(ctx context.Context, tx *db.Tx, a Act) (catalog.Draft, error) {
	d, err := catalog.GetDraft(ctx, tx, a.Item)
	if err == nil && d.Rev != a.Rev {
		err = fault.New(fault.Conflict, "fault.draft_changed")
	}
	return d, err
}

func back(d *catalog.Draft, note string) error {
	if err := reasoned("note", note); err != nil {
		return err
	}
	d.State, d.Note, d.Reviewed, d.Checked, d.On = catalog.DraftWriting, note, "", "", ""
	return nil
}

// mostReason is how many characters a reason or note may have.
const mostReason = 500

func reasoned(field, words string) error {
	if strings.TrimSpace(words) == "" {
		return fault.Bad(fault.Field{Name: field, Key: "standards.reason_missing"})
	}
	if len([]rune(words)) > mostReason {
		return fault.Bad(fault.Field{Name: field, Key: "form.too_long", Args: []any{"max", mostReason}})
	}
	return nil
}

func elsewhere() error { return fault.New(fault.Conflict, "standards.draft_elsewhere") }

// day reads a day that is today or later.
func (l *Library) day(s string) (calendar.Date, error) {
	day, err := calendar.ParseDate(s)
	if err != nil {
		return 0, fault.Bad(fault.Field{Name: "on", Key: "standards.day_wrong"})
	}
	if day < calendar.DateOf(l.Now()) {
		return 0, fault.Bad(fault.Field{Name: "on", Key: "standards.day_past"})
	}
	return day, nil
}

// gated refuses a draft with every flaw that holds it up.
func (l *Library) gated(ctx context.Context, item ref.ItemID, at time.Time) error {
	d, err := catalog.GetDraft(ctx, l.DB, item)
	if fault.Is(err, fault.NotFound) {
		return nil // a repeat of a check that published it
	}
	if err != nil {
		return err
	}
	it, err := d.Doc()
	if err != nil {
		return err
	}
	flaws, err := l.Flaws(ctx, l.DB, it, at)
	if err != nil {
		return err
	}
	return refused(flaws)
}

// release makes a passed draft the version in force.
func (l *Library) release(ctx context.Context, tx *db.Tx, d catalog.Draft, it *catalog.Item, by string) error {
	id, err := l.force(ctx, tx, it)
	if err != nil {
		return err
	}
	if err := catalog.DropDraft(ctx, tx, d.Item); err != nil {
		return err
	}
	return l.note(ctx, tx, by, "standards.Publish", d.Item, string(id))
}

// PublishDue publishes a draft on its day. A draft that was changed meanwhile has a timer of its own or none; one
// that the gates no longer let through goes back to the standards office.
func (l *Library) PublishDue(ctx context.Context, e event.Delivery, due catalog.PublishDue) error {
	bad := l.gated(ctx, due.Item, l.Now())
	if bad != nil && !fault.Is(bad, fault.Invalid) {
		return bad
	}
	return l.DB.Write(ctx, "standards.PublishDue", func(ctx context.Context, tx *db.Tx) error {
		d, err := catalog.GetDraft(ctx, tx, due.Item)
		if fault.Is(err, fault.NotFound) || err == nil && (d.Rev != due.Rev || d.State != catalog.DraftPassed) {
			return e.Done(ctx, tx)
		}
		if err != nil {
			return err
		}
		it, err := d.Doc()
		if err != nil {
			return err
		}
		if bad == nil {
			err = l.release(ctx, tx, d, it, "system:timer")
		} else {
			d.State, d.Checked, d.On, d.Note, d.At = catalog.DraftChecking, "", "", "standards.held_up", l.Now()
			_, err = catalog.KeepDraft(ctx, tx, d, it)
		}
		if err != nil {
			return err
		}
		return e.Done(ctx, tx)
	})
}

// Turning is a decision of the standards office about a published item.
type Turning struct {
	Submit once.Submit
	By     org.Staff
	Item   ref.ItemID
	To     catalog.State
	Reason string
	On     string // yyyy-mm-dd, today or later
}

// Turn suspends, resumes or cancels an item from a day on. Cases already begun go on.
func (l *Library) Turn(ctx context.Context, t Turning) error {
	if !t.By.Has("standards") {
		return fault.New(fault.Denied, "standards.office_only")
	}
	if err := reasoned("reason", t.Reason); err != nil {
		return err
	}
	day, err := l.day(t.On)
	if err != nil {
		return err
	}
	return l.DB.Write(ctx, "standards.Turn", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, t.Submit, func() (string, error) { return "", l.turn(ctx, tx, t, day) })
		return err
	})
}

func (l *Library) turn(ctx context.Context, tx *db.Tx, t Turning, day calendar.Date) error {
	now := l.Now()
	row, err := catalog.GetRow(ctx, tx, t.Item)
	if err != nil {
		return err
	}
	if !row.State.Follows(t.To) {
		return fault.New(fault.Conflict, "standards.turn_wrong")
	}
	turn := catalog.Turn{ID: db.NewID(), Item: t.Item, State: t.To, Reason: t.Reason, From: day.String(), By: t.By.ID, At: now}
	if err := catalog.AddTurn(ctx, tx, turn); err != nil {
		return err
	}
	if day > calendar.DateOf(now) {
		err = l.Bus.PublishAt(ctx, tx, day.At(0), catalog.TurnDue{Item: t.Item, Turn: turn.ID})
	} else {
		_, err = catalog.Take(ctx, tx, turn, now)
	}
	if err != nil {
		return err
	}
	return l.note(ctx, tx, staff(t.By), "standards.Turn", t.Item, string(t.To)+" "+turn.From)
}

// TurnDue brings a turn into effect on its day.
func (l *Library) TurnDue(ctx context.Context, e event.Delivery, due catalog.TurnDue) error {
	return l.DB.Write(ctx, "standards.TurnDue", func(ctx context.Context, tx *db.Tx) error {
		turn, err := catalog.GetTurn(ctx, tx, due.Turn)
		if err != nil {
			return err
		}
		took, err := catalog.Take(ctx, tx, turn, l.Now())
		if err != nil {
			return err
		}
		if took {
			if err := l.note(ctx, tx, "system:timer", "standards.TurnDue", due.Item, string(turn.State)); err != nil {
				return err
			}
		}
		return e.Done(ctx, tx)
	})
}

func staff(s org.Staff) string { return "staff:" + string(s.ID) }

// note leaves the audit row of an act on an item.
func (l *Library) note(ctx context.Context, tx *db.Tx, by, verb string, item ref.ItemID, after string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: by, Verb: verb, Object: "item:" + string(item), After: audit.Digest(string(item), after), At: l.Now()})
}
