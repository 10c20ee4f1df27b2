package review

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// What may become of a departure that waits.
const (
	Confirm  = "confirm"  // a second officer agrees: the task is decided
	Reject   = "reject"   // a second officer does not: the task is open again
	Withdraw = "withdraw" // its proposer takes it back
)

// Answer is what an officer does with a departure that waits.
type Answer struct {
	Submit    once.Submit
	By        org.Staff
	Task      ref.TaskID
	Departure string // the one the officer saw, by its id
	Do        string // Confirm, Reject, Withdraw
	Note      string // why it is rejected
}

// Digest is what once compares of an answer.
func (a Answer) Digest() string { return once.Hash(string(a.Task), a.Departure, a.Do, a.Note) }

// Answer ends the waiting of a departure from the rule. Errors: Invalid with fields; Denied to its proposer, except to withdraw
// it, and to everybody else who might not decide the task; Conflict when it does not wait any more, or another one does.
func (b *Board) Answer(ctx context.Context, a Answer) error {
	a.Note = trim(a.Note)
	return b.DB.Write(ctx, "review.Answer", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, a.Submit, func() (string, error) { return string(a.Task), b.answer(ctx, tx, a) })
		return err
	})
}

func (b *Board) answer(ctx context.Context, tx *db.Tx, a Answer) error {
	m, t, err := b.hold(ctx, tx, a.Task)
	if err != nil {
		return err
	}
	if a.Do != Withdraw { // who proposed may take it back even when the grant has ended
		if err := b.may(ctx, tx, m, t, a.By); err != nil {
			return err
		}
		if err := tookNothingIn(ctx, tx, m, a.By); err != nil {
			return err
		}
	}
	if !t.Waiting() || t.Departure != a.Departure {
		return fault.New(fault.Conflict, "review.departure_gone")
	}
	d, err := t.OpenDeparture(ctx, tx, b.Vault, m.Party)
	if err != nil {
		return err
	}
	if err := m.mayAnswer(t, d, a); err != nil {
		return err
	}
	if bad := wrongAnswer(a); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	if m.name = t.Organ; a.Do != Confirm {
		return b.recall(ctx, tx, m, t, a)
	}
	if m.name, err = m.inWhoseName(ctx, tx, t); err != nil { // only a decision needs standing
		return err
	}
	return b.confirm(ctx, tx, m, t, d, a)
}

// tookNothingIn: who took the case in or accepted it is no second officer of its decision, of whatever kind the item is.
func tookNothingIn(ctx context.Context, tx *db.Tx, m *matter, by org.Staff) error {
	tasks, err := approval.ByItem(ctx, tx, m.ci.ID)
	if err != nil {
		return err
	}
	accepted := slices.ContainsFunc(tasks, func(o approval.Task) bool { return o.Kind == approval.Accept && o.Did(by.ID) })
	if accepted || m.Clerk == by.ID {
		return fault.New(fault.Denied, "review.same_person")
	}
	return nil
}

// mayAnswer: its proposer withdraws; another confirms or rejects. Where an officer was named for a substantive check, only that
// one confirms.
func (m *matter) mayAnswer(t approval.Task, d approval.Departure, a Answer) error {
	first := t.DepartureBy == a.By.ID
	switch {
	case a.Do == Withdraw && !first:
		return fault.New(fault.Denied, "review.withdraw_own")
	case a.Do == Withdraw:
		return nil
	case first:
		return fault.New(fault.Denied, "review.departure_own")
	case a.Do == Confirm && d.Second != "" && d.Second != a.By.ID:
		return fault.New(fault.Denied, "review.departure_named")
	}
	return nil
}

func wrongAnswer(a Answer) (bad []fault.Field) {
	n := utf8.RuneCountInString(a.Note)
	switch {
	case a.Do != Confirm && a.Do != Reject && a.Do != Withdraw:
		bad = append(bad, fault.Field{Name: "do", Key: "form.choose"})
	case a.Do == Reject && n < reasonMin:
		bad = append(bad, fault.Field{Name: "note", Key: "review.reasons_needed"})
	case n > noteMax:
		bad = append(bad, fault.Field{Name: "note", Key: "form.too_long", Args: []any{"max", noteMax}})
	}
	return bad
}

// depart notes a decision that leaves the proposal; the task stays open until a second officer has answered.
func (b *Board) depart(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, d Decision, p *Proposal) error {
	if d.Second != "" { // who is named will have to confirm
		if err := b.able(ctx, tx, m, t, d.Second); fault.Is(err, fault.Denied) {
			return fault.Bad(fault.Field{Name: "second", Key: "review.second_needed"})
		} else if err != nil {
			return err
		}
	}
	facts, err := p.plain()
	if err != nil {
		return err
	}
	body := approval.Departure{Outcome: d.Outcome, RuleRow: d.RuleRow, Proposed: p.Row.ID, Reason: d.Reason, Note: d.Note, Second: d.Second, Facts: facts, For: d.stead}
	t.Departure, t.DepartureBy, t.DepartureAt = db.NewID(), d.By.ID, m.now
	if err := approval.Depart(ctx, tx, b.Vault, m.Party, t, body); err != nil {
		return err
	}
	return b.note(ctx, tx, m, t, noted{casefile.FactDeparting, d.By.ID, d.Reason, casefile.Detail{Outcome: d.Outcome, RuleRow: d.RuleRow, Proposed: p.Row.ID}})
}

// recall takes a departure away, by its proposer or by who would have had to confirm it.
func (b *Board) recall(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, a Answer) error {
	if err := approval.Recall(ctx, tx, t.ID, t.Departure); err != nil {
		return err
	}
	kind := casefile.FactDepartureRejected
	if a.Do == Withdraw {
		kind = casefile.FactDepartureWithdrawn
	}
	return b.note(ctx, tx, m, t, noted{kind, a.By.ID, a.Note, casefile.Detail{}})
}

// able refuses with Denied a person who may not decide the task, today.
func (b *Board) able(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, id ref.StaffID) error {
	s, err := org.GetStaff(ctx, tx, id)
	if err != nil {
		return err
	}
	if !s.Active {
		return fault.New(fault.Denied, "fault.no_grant."+string(delegation.Decide))
	}
	return b.may(ctx, tx, m, t, s)
}

// confirm decides the task as its proposer wanted, with the confirmer as the second officer. A proposer who might not decide
// any more decides nothing: the departure can only be rejected.
func (b *Board) confirm(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, d approval.Departure, a Answer) error {
	if err := b.able(ctx, tx, m, t, t.DepartureBy); fault.Is(err, fault.Denied) {
		return fault.New(fault.Conflict, "review.departure_lapsed").Wrap(err)
	} else if err != nil {
		return err
	}
	if err := b.note(ctx, tx, m, t, noted{casefile.FactDepartureConfirmed, a.By.ID, a.Note, casefile.Detail{Outcome: d.Outcome, RuleRow: d.RuleRow, Proposed: d.Proposed}}); err != nil {
		return err
	}
	done := Decision{By: org.Staff{ID: t.DepartureBy}, Outcome: d.Outcome, RuleRow: d.RuleRow, Note: d.Note, Second: a.By.ID, stead: d.For}
	if err := b.complete(ctx, tx, m, &t, done, d.Facts); err != nil {
		return err
	}
	return b.after(ctx, tx, m, t)
}

// noted is what becomes of a departure, for the case's history and the audit.
type noted struct {
	kind   casefile.Kind
	by     ref.StaffID
	words  string
	detail casefile.Detail
}

// note writes the fact and the audit's row, and tells the organ's inboxes.
func (b *Board) note(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, n noted) error {
	n.detail.Step, n.detail.Task, n.detail.Kind, n.detail.Departure = t.Step, t.ID, t.Kind, t.Departure
	fact := casefile.Fact{Kind: n.kind, At: m.now, Actor: "staff:" + string(n.by), Organ: m.name}.With(n.detail)
	if n.words != "" {
		var err error
		if fact.Note, err = b.Vault.Seal(ctx, tx, string(m.Party), "casefile_fact.note."+string(m.ID), []byte(n.words)); err != nil {
			return fmt.Errorf("seal the words of a departure: %w", err)
		}
	}
	if err := casefile.Apply(ctx, tx, &m.Case, &m.ci, fact); err != nil {
		return err
	}
	tx.AfterCommit(func() { b.Told(t.Organ) })
	return audit.Record(ctx, tx, audit.Entry{Actor: fact.Actor, Verb: "review." + string(n.kind), Object: "case:" + string(m.ID),
		After: audit.Digest(string(t.ID), t.Departure, n.detail.Outcome, n.detail.RuleRow, n.detail.Proposed), At: m.now})
}
