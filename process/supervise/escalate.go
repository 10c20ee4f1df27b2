package supervise

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/inspection"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Pressing is an applicant's escalation (催办). The caller has checked that the case opens to them.
type Pressing struct {
	Submit once.Submit
	Actor  string // "account:…", or "party:…" of who gave number and code
	Case   ref.CaseID
	Words  string // may be empty
}

// usualAnswer is how many working days an escalation may wait where no book says it.
const usualAnswer = 2

// Escalate presses the organ that is late for an answer. While one is open, pressing again is the same one; answer is its id.
// Errors: Invalid, Conflict when the case is not late.
func (w *Watch) Escalate(ctx context.Context, x Pressing) (string, error) {
	x.Words = strings.TrimSpace(x.Words)
	if utf8.RuneCountInString(x.Words) > mostWords {
		return "", fault.Bad(fault.Field{Name: "words", Key: "form.too_long", Args: []any{"max", mostWords}})
	}
	return w.do(ctx, "supervise.Escalate", x.Submit, func(ctx context.Context, tx *db.Tx) (string, error) {
		return w.escalate(ctx, tx, x)
	})
}

func (w *Watch) escalate(ctx context.Context, tx *db.Tx, x Pressing) (string, error) {
	now := w.Now()
	c, err := casefile.Lock(ctx, tx, x.Case)
	if err != nil {
		return "", err
	}
	items, err := casefile.Items(ctx, tx, c.ID)
	if err != nil {
		return "", err
	}
	n := slices.IndexFunc(items, func(it casefile.Item) bool { return it.Late(now) })
	if n < 0 {
		return "", fault.New(fault.Conflict, "inspection.not_late")
	}
	days, err := w.answerDays(ctx, tx)
	if err != nil {
		return "", err
	}
	tasks, err := approval.ByItem(ctx, tx, items[n].ID)
	if err != nil {
		return "", err
	}
	m := held{Case: c, item: items[n], tasks: tasks}
	_, organ := m.addressee(approval.Task{}, items[n].Clock)
	e := inspection.Escalation{ID: db.NewID(), Case: c.ID, Number: c.Number, Party: c.Party, Organ: organ, Actor: x.Actor, Made: now, Answer: w.within(days, now)}
	id, fresh, err := inspection.Escalate(ctx, tx, e)
	if err != nil || !fresh {
		return id, err
	}
	return id, w.noteEscalation(ctx, tx, &c, e, inspection.Act{Kind: inspection.ActEscalate, Actor: x.Actor, At: now, Words: x.Words}, casefile.FactEscalated, inspection.WasEscalated{Case: c.ID, Escalation: id})
}

func (w *Watch) answerDays(ctx context.Context, r db.Reader) (int, error) {
	e, err := inspection.Current(ctx, r)
	if err != nil {
		return 0, err
	}
	book, err := e.Book()
	if err == nil && book.Answer == 0 {
		return usualAnswer, nil
	}
	return book.Answer, err
}

// MayReply says whether a member of staff answers an organ's escalations.
func MayReply(by org.Staff, organ ref.OrganID) bool {
	return by.Active && by.Organ == organ && (by.Has("approver") || by.Has("representative"))
}

// Reply is the organ's answer to an escalation; the applicant is told. Errors: Invalid, NotFound for one of another organ,
// Conflict when it was answered.
func (w *Watch) Reply(ctx context.Context, x Word) error {
	if bad := x.said("words"); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	_, err := w.do(ctx, "supervise.Reply", x.Submit, func(ctx context.Context, tx *db.Tx) (string, error) {
		e, err := inspection.GetEscalation(ctx, tx, x.ID)
		if err == nil && !MayReply(x.By, e.Organ) {
			err = fault.New(fault.NotFound, "fault.not_found")
		}
		if err != nil {
			return "", err
		}
		c, err := casefile.Lock(ctx, tx, e.Case)
		if err != nil {
			return "", err
		}
		now := w.Now()
		if err := inspection.Reply(ctx, tx, e.ID, x.By.ID, now); err != nil {
			return "", err
		}
		return "", w.noteEscalation(ctx, tx, &c, e, inspection.Act{Kind: inspection.ActReply, Actor: x.actor(), At: now, Words: x.Words}, casefile.FactReplied, inspection.WasReplied{Case: c.ID, Escalation: e.ID})
	})
	return err
}

// noteEscalation writes what was done with its words, audit row, fact and event.
func (w *Watch) noteEscalation(ctx context.Context, tx *db.Tx, c *casefile.Case, e inspection.Escalation, a inspection.Act, fact casefile.Kind, told event.Event) error {
	a.Object = e.Object()
	if err := inspection.Note(ctx, tx, w.Vault, string(e.Party), a); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: a.Actor, Verb: "supervise.Escalation." + a.Kind, Object: e.Object(), After: audit.Digest(string(e.Case)), At: a.At}); err != nil {
		return err
	}
	if err := casefile.Apply(ctx, tx, c, nil, casefile.Fact{Kind: fact, At: a.At, Actor: a.Actor, Organ: e.Organ}); err != nil {
		return err
	}
	return w.Bus.Publish(ctx, tx, told)
}
