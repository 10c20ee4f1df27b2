package standards

import (
	"context"
	"strconv"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/domain/rule"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// SignRule is the first signature under an item's table as it stands. Errors: Denied; Invalid while anything must be mended
// (a field for what the item's gates find); Conflict when it changed meanwhile or is signed.
func (l *Library) SignRule(ctx context.Context, a Ruling) error {
	b, j, err := l.judged(ctx, a, l.Now())
	if err != nil {
		return err
	}
	return l.DB.Write(ctx, "standards.SignRule", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, a.Submit, func() (string, error) {
			if err := l.begun(ctx, tx, a, b); err != nil {
				return "", err
			}
			if err := rule.SignFirst(ctx, tx, j.sound, a.By.ID, l.Now()); err != nil {
				return "", err
			}
			return "", l.note(ctx, tx, staff(a.By), "standards.SignRule", a.Item, j.sound.Digest())
		})
		return err
	})
}

// begun keeps the item's own rule as a table where nobody kept one yet, and refuses with Conflict what is not as it was shown.
func (l *Library) begun(ctx context.Context, tx *db.Tx, a Ruling, b Book) error {
	if b.Draft.Rev != a.Rev {
		return fault.New(fault.Conflict, "rule.draft_changed")
	}
	if a.Rev > 0 {
		return nil
	}
	_, err := rule.KeepDraft(ctx, tx, b.owned(b.Table), a.By.ID, 0, l.Now())
	return err
}

// judged reads a table that may be signed.
func (l *Library) judged(ctx context.Context, a Ruling, at time.Time) (b Book, j Judgement, err error) {
	if err := MayRule(a.By); err != nil {
		return b, j, err
	}
	if b, err = l.Book(ctx, l.DB, a.Item); err != nil {
		return b, j, err
	}
	j, err = l.Judge(ctx, l.DB, b, at)
	if err == nil {
		err = j.refused()
	}
	return b, j, err
}

// Releasing is the second signature.
type Releasing struct {
	Ruling
	On     string // the day it takes effect, yyyy-mm-dd, today or later
	Replay string // digest of what replaying past cases showed the signer
}

// ReleaseRule is the second signature, by another person than the first: the table becomes a release. From its day on, at once
// when that is today, it is the item's rule. Errors: as SignRule; Denied for the first signer; Invalid on field "on" for a day
// that is over or more than a year away; Conflict when the first signer signs no more.
func (l *Library) ReleaseRule(ctx context.Context, a Releasing) (number int, err error) {
	day, err := l.day(a.On)
	if err != nil {
		return 0, err
	}
	now := l.Now()
	if day > calendar.DateOf(now.AddDate(1, 0, 0)) { // a slip of the hand would hold the rule for decades
		return 0, fault.Bad(fault.Field{Name: "on", Key: "rules.day_far"})
	}
	effective := now
	if day > calendar.DateOf(now) {
		effective = day.At(0)
	}
	b, j, err := l.judged(ctx, a.Ruling, effective)
	if err != nil {
		return 0, err
	}
	err = l.DB.Write(ctx, "standards.ReleaseRule", func(ctx context.Context, tx *db.Tx) error {
		answer, err := once.Do(ctx, tx, a.Submit, func() (string, error) {
			if b.Draft.Rev != a.Rev {
				return "", fault.New(fault.Conflict, "rule.draft_changed")
			}
			return l.signSecond(ctx, tx, a, b, j, effective, now)
		})
		if err == nil {
			number, err = strconv.Atoi(answer)
		}
		return err
	})
	return number, err
}

func (l *Library) signSecond(ctx context.Context, tx *db.Tx, a Releasing, b Book, j Judgement, effective, now time.Time) (string, error) {
	if first := b.Draft.FirstSigner; first != "" {
		if s, err := org.GetStaff(ctx, tx, first); err != nil {
			return "", err
		} else if !s.Active || MayRule(s) != nil {
			return "", fault.New(fault.Conflict, "rules.first_lapsed")
		}
	}
	v, err := rule.SignSecond(ctx, tx, j.sound, a.By.ID, effective, a.Replay, now)
	if err != nil {
		return "", onDay(err)
	}
	if err := l.note(ctx, tx, staff(a.By), "standards.ReleaseRule", a.Item, v.Digest+" "+a.On); err != nil {
		return "", err
	}
	if effective.After(now) {
		err = l.Bus.PublishAt(ctx, tx, effective, rule.ReleaseDue{Rule: v.Rule, Number: v.Number})
	} else {
		err = l.takeUp(ctx, tx, b, *j.sound.Table(), staff(a.By))
	}
	return strconv.Itoa(v.Number), err
}

// onDay names the field as the page asks for it.
func onDay(err error) error {
	if all := fault.Fields(err); fault.Is(err, fault.Invalid) && len(all) == 1 && all[0].Name == "effective" {
		return fault.Bad(fault.Field{Name: "on", Key: all[0].Key})
	}
	return err
}

// takeUp makes a released table the item's rule: a new version of what is in force, and the same in a draft that is being
// written. Errors: Conflict when the version in force changed since b was read.
func (l *Library) takeUp(ctx context.Context, tx *db.Tx, b Book, t rule.Table, by string) error {
	if b.Version != "" && !sameRule(TableOf(b.Item), t) {
		row, err := catalog.GetRow(ctx, tx, b.Item.ID)
		if err != nil {
			return err
		}
		if row.Version != b.Version {
			return fault.New(fault.Conflict, "fault.draft_changed")
		}
		it, err := b.Item.Copy()
		if err != nil {
			return err
		}
		it.Rule, _ = RuleOf(t, it)
		id, err := l.force(ctx, tx, it)
		if err != nil {
			return err
		}
		if err := l.note(ctx, tx, by, "standards.Publish", it.ID, string(id)); err != nil {
			return err
		}
	}
	return l.takeIntoDraft(ctx, tx, b.Item.ID, t, by)
}

// takeIntoDraft gives a draft of the item the released rule; one that waits for its day goes on waiting.
func (l *Library) takeIntoDraft(ctx context.Context, tx *db.Tx, id ref.ItemID, t rule.Table, by string) error {
	d, err := catalog.GetDraft(ctx, tx, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	it, err := d.Doc()
	if err != nil || sameRule(TableOf(it), t) {
		return err
	}
	it.Rule, _ = RuleOf(t, it)
	d.At = l.Now()
	if d.Rev, err = catalog.KeepDraft(ctx, tx, d, it); err != nil {
		return err
	}
	if d.State == catalog.DraftPassed {
		on, err := calendar.ParseDate(d.On)
		if err != nil {
			return err
		}
		if err := l.Bus.PublishAt(ctx, tx, on.At(0), catalog.PublishDue{Item: id, Rev: d.Rev}); err != nil {
			return err
		}
	}
	return l.note(ctx, tx, by, "standards.TakeRule", id, strconv.FormatInt(d.Rev, 10))
}

// RuleStanding is which release binds an item now, and whether the item says so.
type RuleStanding struct {
	InForce rule.Release // zero: none yet
	Table   *rule.Table  // what it says, nil when there is none
	TakenUp bool         // the item's rule says the same
	HeldUp  []catalog.Flaw
	book    Book
}

// RuleStanding reads it; HeldUp is what keeps a release whose day has come from being the item's rule.
func (l *Library) RuleStanding(ctx context.Context, r db.Reader, id ref.ItemID) (s RuleStanding, err error) {
	v, c, err := rule.InForce(ctx, r, ref.RuleID(id), l.Now())
	if fault.Is(err, fault.NotFound) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.InForce, s.Table = v, c.Table()
	if s.book, err = l.Book(ctx, r, id); err != nil {
		return s, err
	}
	if s.TakenUp = sameRule(*s.Table, TableOf(s.book.Item)); s.TakenUp {
		return s, nil
	}
	released := s.book
	released.Table = *s.Table
	j, err := l.Judge(ctx, r, released, l.Now())
	s.HeldUp = catalog.Blocking(j.Gates)
	return s, err
}

// ReleaseDue makes a release the item's rule on its day. What the gates refuse then stays undone, and the rule keepers' page
// says why (RuleStanding); a later release, or an item given up meanwhile, leaves nothing to do.
func (l *Library) ReleaseDue(ctx context.Context, e event.Delivery, due rule.ReleaseDue) error {
	s, err := l.RuleStanding(ctx, l.DB, ref.ItemID(due.Rule))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return l.DB.Write(ctx, "standards.ReleaseDue", func(ctx context.Context, tx *db.Tx) error {
		if err == nil && s.InForce.Number == due.Number {
			if err := l.bringIn(ctx, tx, s); err != nil {
				return err
			}
		}
		return e.Done(ctx, tx)
	})
}

func (l *Library) bringIn(ctx context.Context, tx *db.Tx, s RuleStanding) error {
	if len(s.HeldUp) > 0 {
		return l.note(ctx, tx, "system:timer", "standards.RuleHeldUp", s.book.Item.ID, strconv.Itoa(s.InForce.Number))
	}
	return l.takeUp(ctx, tx, s.book, *s.Table, "system:timer")
}

// TakeUpRule tries again to make the release in force the item's rule. It is repeatable by nature: once taken up it changes
// nothing. Errors: Denied; NotFound when nothing is in force; Invalid with what holds it up.
func (l *Library) TakeUpRule(ctx context.Context, a Ruling) error {
	if err := MayRule(a.By); err != nil {
		return err
	}
	s, err := l.RuleStanding(ctx, l.DB, a.Item)
	if err == nil && s.Table == nil {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return err
	}
	if err := refused(s.HeldUp); err != nil {
		return err
	}
	return l.DB.Write(ctx, "standards.TakeUpRule", func(ctx context.Context, tx *db.Tx) error {
		return l.takeUp(ctx, tx, s.book, *s.Table, staff(a.By))
	})
}
