package review

import (
	"context"
	"slices"
	"time"
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

// UsualLease is how long nobody takes over what an officer holds: a day, so that an evening does not end it.
const UsualLease = 24 * time.Hour

// What may be done with who holds a task.
const (
	Claim   = "claim"   // take it, also over from who has held it too long
	Release = "release" // give it back to the organ
	HandTo  = "hand"    // give it to a colleague
	Recuse  = "recuse"  // withdraw from the case item (回避) and give it to a colleague
)

// Holding is what an officer does with who holds a task.
type Holding struct {
	Submit once.Submit
	By     org.Staff
	Task   ref.TaskID
	Do     string      // Claim, Release, HandTo, Recuse
	To     ref.StaffID // of HandTo and Recuse: who must be able to do it
	Ground string      // of Recuse: one of approval.Grounds
	Note   string      // why; needed to hand over, to withdraw and to take over
}

// Digest is what once compares of it.
func (h Holding) Digest() string {
	return once.Hash(string(h.Task), h.Do, string(h.To), h.Ground, h.Note)
}

// Keep changes who holds an open task. Errors: Invalid with fields; Denied to who might not do the task; Conflict when it is
// done, or somebody else holds it and not yet for longer than the lease.
func (b *Board) Keep(ctx context.Context, h Holding) error {
	h.Note = trim(h.Note)
	return b.DB.Write(ctx, "review.Keep", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, h.Submit, func() (string, error) { return string(h.Task), b.keep(ctx, tx, h) })
		return err
	})
}

func (b *Board) keep(ctx context.Context, tx *db.Tx, h Holding) error {
	m, t, err := b.hold(ctx, tx, h.Task)
	if err != nil {
		return err
	}
	if err := b.may(ctx, tx, m, t, h.By); err != nil {
		return err
	}
	if t.State != approval.Open {
		return fault.New(fault.Conflict, "fault.task_done")
	}
	tx.AfterCommit(func() { b.Told(t.Organ) })
	m.name = t.Organ
	switch h.Do {
	case Claim:
		return b.claim(ctx, tx, m, t, h)
	case Release:
		return b.release(ctx, tx, m, t, h)
	case HandTo, Recuse:
		return b.pass(ctx, tx, m, t, h)
	}
	return fault.Bad(fault.Field{Name: "do", Key: "form.choose"})
}

func (b *Board) lease() time.Duration {
	if b.Lease <= 0 {
		return UsualLease
	}
	return b.Lease
}

// Stale says whether who holds a task has held it for longer than the lease, so that a colleague may take it over.
func (b *Board) Stale(t approval.Task) bool {
	return t.Holder != "" && !b.Now().Before(t.HeldUntil(b.lease()))
}

// HeldUntil is until when nobody takes a task over; zero for one that nobody holds.
func (b *Board) HeldUntil(t approval.Task) time.Time { return t.HeldUntil(b.lease()) }

// claim makes the officer the holder. What a colleague has held too long is taken over with a note, as a fact of the case.
func (b *Board) claim(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, h Holding) (err error) {
	over := t.Holder != "" && t.Holder != h.By.ID
	if t.Holder == h.By.ID && !b.Stale(t) {
		return nil
	}
	if over && !b.Stale(t) {
		return b.heldBy(ctx, tx, t)
	}
	if over {
		if bad := short("note", h.Note); bad != nil {
			return fault.Bad(*bad)
		}
		if t.HeldNote, err = b.why(ctx, tx, m, t, h.Note); err != nil {
			return err
		}
	} else {
		t.HeldNote = nil
	}
	if err := approval.Claim(ctx, tx, t, h.By.ID, m.now, m.now.Add(-b.lease())); err != nil {
		return err
	}
	if over {
		return b.note(ctx, tx, m, t, noted{casefile.FactTakeover, h.By.ID, h.Note, casefile.Detail{To: h.By.ID}})
	}
	return b.kept(ctx, tx, m, t, h)
}

func (b *Board) release(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, h Holding) error {
	if t.Holder == "" {
		return nil // it is the organ's already
	}
	if _, err := b.stead(ctx, tx, m, t, h.By); err != nil {
		return err
	}
	if err := approval.Release(ctx, tx, t.ID, t.Holder); err != nil {
		return err
	}
	return b.kept(ctx, tx, m, t, h)
}

// pass gives a task to a named colleague who can do it; of a withdrawal that is a part.
func (b *Board) pass(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, h Holding) error {
	stead, err := b.stead(ctx, tx, m, t, h.By)
	if err != nil {
		return err
	}
	if bad, err := b.unfit(ctx, tx, m, t, h); err != nil || len(bad) > 0 {
		if len(bad) > 0 {
			return fault.Bad(bad...)
		}
		return err
	}
	from, kind := t.Holder, casefile.FactHanded
	if h.Do == Recuse {
		if kind = casefile.FactBarred; stead != "" {
			return fault.New(fault.Conflict, "review.recuse_own") // the absent colleague keeps what is theirs
		}
		words, err := b.Vault.Seal(ctx, tx, string(m.Party), "approval_bar.note."+string(m.ci.ID)+"."+string(h.By.ID), []byte(h.Note))
		if err != nil {
			return err
		}
		if err := approval.Withdraw(ctx, tx, approval.Bar{CaseItem: m.ci.ID, Staff: h.By.ID, At: m.now, Ground: h.Ground, Note: words}); err != nil {
			return err
		}
	}
	t.Holder, t.HeldAt, t.HeldBy = h.To, m.now, h.By.ID
	if t.HeldNote, err = b.why(ctx, tx, m, t, h.Note); err != nil {
		return err
	}
	if err := approval.Hand(ctx, tx, t, from); err != nil {
		return err
	}
	return b.note(ctx, tx, m, t, noted{kind, h.By.ID, h.Note, casefile.Detail{To: h.To, For: stead, Ground: h.Ground}})
}

// unfit says what is wrong with handing a task over: no reason, no ground, or a colleague who could not do it.
func (b *Board) unfit(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, h Holding) (bad []fault.Field, err error) {
	if x := short("note", h.Note); x != nil {
		bad = append(bad, *x)
	}
	if h.Do == Recuse && !slices.Contains(approval.Grounds, h.Ground) {
		bad = append(bad, fault.Field{Name: "ground", Key: "form.choose"})
	}
	if h.To == "" {
		return append(bad, fault.Field{Name: "to", Key: "form.choose"}), nil
	}
	err = b.able(ctx, tx, m, t, h.To)
	if h.To == h.By.ID || fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
		return append(bad, fault.Field{Name: "to", Key: "review.unable"}), nil
	}
	return bad, err
}

// short says that a reason is missing or too long.
func short(field, words string) *fault.Field {
	switch n := utf8.RuneCountInString(words); {
	case n < reasonMin:
		return &fault.Field{Name: field, Key: "review.reasons_needed"}
	case n > noteMax:
		return &fault.Field{Name: field, Key: "form.too_long", Args: []any{"max", noteMax}}
	}
	return nil
}

// why seals the reason for which somebody has a task.
func (b *Board) why(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, words string) ([]byte, error) {
	return b.Vault.Seal(ctx, tx, string(m.Party), approval.HeldPlace(t.ID), []byte(words))
}

func (b *Board) kept(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, h Holding) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(h.By.ID), Verb: "review." + h.Do, Object: "case:" + string(m.ID),
		Before: audit.Digest(string(t.ID), string(t.Holder)), After: audit.Digest(string(t.ID), h.Do), At: m.now})
}

// stead is in whose stead an officer does a task: "" for their own or the organ's, else the absent colleague who holds it.
// Conflict when another holds it.
func (b *Board) stead(ctx context.Context, r db.Reader, m *matter, t approval.Task, by org.Staff) (ref.StaffID, error) {
	if t.Holder == "" || t.Holder == by.ID {
		return "", nil
	}
	absent, err := delegation.StandsFor(ctx, r, m.now, by.ID)
	if err != nil || slices.Contains(absent, t.Holder) {
		return t.Holder, err
	}
	return "", b.heldBy(ctx, r, t)
}

func (b *Board) heldBy(ctx context.Context, r db.Reader, t approval.Task) error {
	s, err := org.GetStaff(ctx, r, t.Holder)
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "review.held", "name", s.Name)
}

// barred refuses with Denied who withdrew from the case item.
func (m *matter) barred(ctx context.Context, r db.Reader, who ref.StaffID) error {
	is, err := approval.Barred(ctx, r, m.ci.ID, who)
	if err == nil && is {
		return fault.New(fault.Denied, "review.barred")
	}
	return err
}
