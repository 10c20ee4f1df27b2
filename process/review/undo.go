package review

import (
	"context"
	"slices"
	"time"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/notice"
	"yimen/domain/org"
	"yimen/domain/seal"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// MostBack is the longest time in which a completion can be taken back.
const MostBack = 10 * time.Minute

// Undoing takes a completion back.
type Undoing struct {
	Submit once.Submit
	By     org.Staff
	Task   ref.TaskID
}

// Digest is what once compares of it.
func (u Undoing) Digest() string { return once.Hash(string(u.Task)) }

// Undo opens a task again for who did it, as a fact that names the one it takes back; what was opened by it and is untouched
// goes, to be opened again in another round. Errors: Denied to others; Conflict, with why, when it is too late, when something
// followed, when somebody was told, or for a decision, which goes to be sealed in the moment it is made.
func (b *Board) Undo(ctx context.Context, u Undoing) error {
	return b.DB.Write(ctx, "review.Undo", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, u.Submit, func() (string, error) { return string(u.Task), b.undo(ctx, tx, u) })
		return err
	})
}

func (b *Board) undo(ctx context.Context, tx *db.Tx, u Undoing) error {
	m, t, err := b.hold(ctx, tx, u.Task)
	if err != nil {
		return err
	}
	own, opened, err := b.undoable(ctx, tx, m.Party, t, u.By)
	if err != nil {
		return err
	}
	if err := m.barred(ctx, tx, u.By.ID); err != nil {
		return err
	}
	for _, id := range opened {
		if err := approval.Retract(ctx, tx, id, m.now); err != nil {
			return err
		}
	}
	fact := casefile.Fact{Kind: casefile.FactUndone, At: m.now, Actor: "staff:" + string(u.By.ID), Organ: t.Organ}.With(
		casefile.Detail{Step: t.Step, Task: t.ID, Kind: t.Kind, Outcome: t.Outcome, For: t.For, Undoes: own})
	if fact.Note, err = b.said(ctx, tx, m, t); err != nil {
		return err
	}
	holder := u.By.ID
	if t.For != "" {
		holder = t.For // it was theirs, and is again
	}
	if err := approval.Reopen(ctx, tx, t.ID, holder, m.now); err != nil {
		return err
	}
	if err := casefile.Apply(ctx, tx, &m.Case, &m.ci, fact); err != nil {
		return err
	}
	if err := b.await(ctx, tx, m, t); err != nil { // the timer may have passed while it was done
		return err
	}
	tx.AfterCommit(func() { b.Told(t.Organ) })
	return audit.Record(ctx, tx, audit.Entry{Actor: fact.Actor, Verb: "review.Undo", Object: "case:" + string(m.ID),
		Before: audit.Digest(string(t.ID), t.Outcome, t.RuleRow), After: audit.Digest(string(t.ID), approval.Open), At: m.now})
}

// said keeps in the history what was written with a completion that is taken back.
func (b *Board) said(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) ([]byte, error) {
	if len(t.Note) == 0 {
		return nil, nil
	}
	words, err := b.Vault.Open(ctx, tx, string(m.Party), "approval_task.note."+string(t.ID), t.Note)
	if err != nil {
		return nil, err
	}
	return b.Vault.Seal(ctx, tx, string(m.Party), "casefile_fact.note."+string(m.ID), words)
}

// MayUndo says why an officer cannot take a completion back, nil when they can. The caller has checked who may see it.
func (b *Board) MayUndo(ctx context.Context, party ref.PartyID, t approval.Task, by org.Staff) error {
	_, _, err := b.undoable(ctx, b.DB, party, t, by)
	return err
}

func (b *Board) back() time.Duration {
	if b.Back <= 0 || b.Back > MostBack {
		return MostBack
	}
	return b.Back
}

// undoable finds the number of the completion's fact, and the tasks it opened.
func (b *Board) undoable(ctx context.Context, r db.Reader, party ref.PartyID, t approval.Task, by org.Staff) (own int64, opened []ref.TaskID, err error) {
	switch {
	case t.State != approval.Done || t.DoneBy != by.ID:
		return 0, nil, fault.New(fault.Denied, "inbox.undo.not_yours")
	case t.Kind == approval.Decide:
		return 0, nil, fault.New(fault.Conflict, "inbox.undo.decided")
	case t.Kind == approval.End: // it ends the case or sets a new time
		return 0, nil, fault.New(fault.Conflict, "inbox.undo.followed")
	case b.Now().After(t.DoneAt.Add(b.back())):
		return 0, nil, fault.New(fault.Conflict, "inbox.undo.late", "minutes", int(b.back().Minutes()))
	}
	facts, err := casefile.Facts(ctx, r, t.Case)
	if err != nil {
		return 0, nil, err
	}
	own, opened, alone := follows(facts, t)
	if !alone {
		return 0, nil, fault.New(fault.Conflict, "inbox.undo.followed")
	}
	for _, id := range opened {
		o, err := approval.Get(ctx, r, id)
		if err != nil {
			return 0, nil, err
		}
		if o.State != approval.Open || o.Holder != "" || o.Waiting() {
			return 0, nil, fault.New(fault.Conflict, "inbox.undo.begun")
		}
	}
	told, err := b.told(ctx, r, party, t)
	if err == nil && told {
		err = fault.New(fault.Conflict, "inbox.undo.told")
	}
	return own, opened, err
}

// follows finds a completion's fact among those of its case item, and the tasks opened with it; alone says that nothing else came after. What
// other systems hear by web-hook is the case's own events, and each of those comes with a fact.
func follows(facts []casefile.Fact, t approval.Task) (own int64, opened []ref.TaskID, alone bool) {
	for _, f := range slices.Backward(facts) {
		d := f.Detail()
		if f.Item != "" && f.Item != t.CaseItem {
			continue
		}
		if d.Task == t.ID && f.Kind == factOf[t.Kind] {
			return f.Seq, opened, true
		}
		if f.Kind != casefile.FactOpened || !f.At.Equal(t.DoneAt) {
			return 0, nil, false
		}
		opened = append(opened, d.Task)
	}
	return 0, nil, false
}

// told says whether a letter was drafted or the party heard anything of the case since.
func (b *Board) told(ctx context.Context, r db.Reader, party ref.PartyID, t approval.Task) (bool, error) {
	letters, err := seal.ByCase(ctx, r, t.Case)
	if err != nil || slices.ContainsFunc(letters, func(d seal.Document) bool { return d.Drafted.After(t.DoneAt) }) {
		return true, err
	}
	return notice.Told(ctx, r, party, t.Case, t.DoneAt)
}
