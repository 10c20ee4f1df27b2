package supervise

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/inspection"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Bounds of what is said, in characters.
const (
	leastWords = 4
	mostWords  = 1000
)

// Word is what a member of staff says on a card, an order or an escalation.
type Word struct {
	Submit once.Submit
	By     org.Staff
	ID     string
	Words  string
}

func (x Word) actor() string { return "staff:" + string(x.By.ID) }

func (x Word) of() inspection.Of { return inspection.Of{Staff: x.By.ID, Organ: x.By.Organ} }

// said checks what was said.
func (x *Word) said(name string) []fault.Field {
	x.Words = strings.TrimSpace(x.Words)
	switch n := utf8.RuneCountInString(x.Words); {
	case n < leastWords:
		return []fault.Field{{Name: name, Key: "inspection.words"}}
	case n > mostWords:
		return []fault.Field{{Name: name, Key: "form.too_long", Args: []any{"max", mostWords}}}
	}
	return nil
}

func supervisor(by org.Staff) error {
	if !by.Active || !by.Has("supervisor") {
		return fault.New(fault.Denied, "fault.denied")
	}
	return nil
}

// do runs an act once, in its own transaction.
func (w *Watch) do(ctx context.Context, name string, s once.Submit, act func(context.Context, *db.Tx) (string, error)) (answer string, err error) {
	err = w.DB.Write(ctx, name, func(ctx context.Context, tx *db.Tx) (err error) {
		answer, err = once.Do(ctx, tx, s, func() (string, error) { return act(ctx, tx) })
		return err
	})
	return answer, err
}

// Explain is the explanation of who got a card, which the applicant of a late case reads (优化营商环境条例 36). Errors: Invalid,
// NotFound for a card of others, Conflict when it moved on.
func (w *Watch) Explain(ctx context.Context, x Word) error {
	return w.addressed(ctx, x, inspection.ActExplain, casefile.FactExplained)
}

// Contest is the objection of who got a card (申诉); a supervisor judges it. Errors as Explain.
func (w *Watch) Contest(ctx context.Context, x Word) error {
	return w.addressed(ctx, x, inspection.ActContest, "")
}

func (w *Watch) addressed(ctx context.Context, x Word, act string, fact casefile.Kind) error {
	if bad := x.said("words"); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	_, err := w.do(ctx, "supervise.Answer", x.Submit, func(ctx context.Context, tx *db.Tx) (string, error) {
		c, err := inspection.GetCard(ctx, tx, x.ID)
		if err == nil && (!x.By.Active || !c.Mine(x.of())) {
			err = fault.New(fault.NotFound, "fault.not_found")
		}
		if err != nil {
			return "", err
		}
		return "", w.step(ctx, tx, c, act, x, fact)
	})
	return err
}

// step does an act on a card under its case's lock.
func (w *Watch) step(ctx context.Context, tx *db.Tx, c inspection.Card, act string, x Word, fact casefile.Kind) error {
	now := w.Now()
	m, err := w.hold(ctx, tx, c.CaseItem)
	if err != nil {
		return err
	}
	answer := c.Answer
	if to, _ := c.After(act); to == inspection.Owed { // upheld, and not explained yet: the time begins anew
		if answer, err = w.owedAgain(ctx, tx, c, now); err != nil {
			return err
		}
	}
	if err := c.Step(ctx, tx, act, answer, now); err != nil {
		return err
	}
	if err := w.note(ctx, tx, c, inspection.Act{Kind: act, Actor: x.actor(), At: now, Words: x.Words}); err != nil || fact == "" {
		return err
	}
	f := casefile.Fact{Kind: fact, At: now, Actor: x.actor(), Organ: c.Organ}.With(casefile.Detail{Step: c.Rule, Kind: string(c.Level), Task: c.Task, Card: c.ID})
	return casefile.Apply(ctx, tx, &m.Case, &m.item, f)
}

// owedAgain is until when an upheld card is to be explained, by the book in force.
func (w *Watch) owedAgain(ctx context.Context, r db.Reader, c inspection.Card, now time.Time) (time.Time, error) {
	e, err := inspection.Current(ctx, r)
	if err != nil {
		return now, err
	}
	book, err := e.Book()
	return w.within(max(book.Explain.Of(c.Level), 1), now), err
}

// Judge is a supervisor's word on a card: lifted, at any time and also without a contest, or upheld after one. Errors: Invalid,
// Denied for anybody but a supervisor and for whom the card concerns, Conflict when it moved on.
func (w *Watch) Judge(ctx context.Context, x Word, lift bool) error {
	if err := supervisor(x.By); err != nil {
		return err
	}
	if bad := x.said("words"); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	act, fact := inspection.ActUphold, casefile.Kind("")
	if lift {
		act, fact = inspection.ActLift, casefile.FactLifted
	}
	_, err := w.do(ctx, "supervise.Judge", x.Submit, func(ctx context.Context, tx *db.Tx) (string, error) {
		c, err := inspection.GetCard(ctx, tx, x.ID)
		if err == nil && (c.Handler == x.By.ID || c.Head == x.By.ID) { // nobody judges their own
			err = fault.New(fault.Denied, "inspection.own")
		}
		if err != nil {
			return "", err
		}
		return "", w.step(ctx, tx, c, act, x, fact)
	})
	return err
}

// ByHand is a card that a supervisor puts: on a case, by a rule in use.
type ByHand struct {
	Word   // ID is not read
	Number ref.ShortNumber
	Rule   string
	Level  inspection.Level
}

// Put puts a card by hand. Answer is its id. Errors: Invalid, Denied for anybody but a supervisor, Conflict when the case has a
// card of that rule and level.
func (w *Watch) Put(ctx context.Context, h ByHand) (id string, err error) {
	if err := supervisor(h.By); err != nil {
		return "", err
	}
	e, err := inspection.Current(ctx, w.DB)
	if err != nil {
		return "", err
	}
	book, err := e.Book()
	if err != nil {
		return "", err
	}
	rule, known := book.Find(h.Rule)
	c, err := casefile.ByNumber(ctx, w.DB, h.Number)
	if bad := h.wrong(rule, known, err); len(bad) > 0 {
		return "", fault.Bad(bad...)
	}
	if err != nil {
		return "", err
	}
	return w.do(ctx, "supervise.Put", h.Submit, func(ctx context.Context, tx *db.Tx) (string, error) {
		items, err := casefile.Items(ctx, tx, c.ID)
		if err != nil {
			return "", err
		}
		m, err := w.hold(ctx, tx, items[0].ID)
		if err != nil {
			return "", err
		}
		card := inspection.Card{Subject: "item:" + string(m.item.ID), Rule: rule.ID, Level: h.Level, Trigger: rule.Trigger, Name: rule.Name, Edition: e.Version, Cause: inspection.ByHand}
		card.Handler, card.Organ = m.addressee(approval.Task{}, m.item.Clock)
		there, err := inspection.Has(ctx, tx, []string{card.Subject})
		if err == nil && there[inspection.Key(card.Subject, card.Rule, card.Level)] {
			err = fault.New(fault.Conflict, "inspection.there")
		}
		if err != nil {
			return "", err
		}
		return string(c.ID), w.issue(ctx, tx, m, book, card, h.actor(), h.Words)
	})
}

func (h *ByHand) wrong(rule inspection.Rule, known bool, found error) (bad []fault.Field) {
	if fault.Is(found, fault.NotFound) {
		bad = append(bad, fault.Field{Name: "number", Key: "inspection.no_case"})
	}
	if !known || !rule.On {
		bad = append(bad, fault.Field{Name: "rule", Key: "form.choose"})
	}
	if h.Level != inspection.Warning && h.Level != inspection.Yellow && h.Level != inspection.Red {
		bad = append(bad, fault.Field{Name: "level", Key: "form.choose"})
	}
	return append(bad, h.said("words")...)
}

// Exporting notes that a list leaves the house as a file: what was asked for and by whom, before its first row does. Taking it
// twice is two rows: twice a copy left the house.
func (w *Watch) Exporting(ctx context.Context, by org.Staff, list, filter string) error {
	return w.DB.Write(ctx, "supervise.Export", func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(by.ID), Verb: "supervise.Export", Object: "export:" + list, After: audit.Digest(filter), At: w.Now()})
	})
}
