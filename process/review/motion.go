package review

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Motion is what an officer asks the organ's head for.
type Motion struct {
	Submit  once.Submit
	By      org.Staff
	Case    ref.CaseID
	Item    ref.CaseItemID // empty: the case's only one
	Kind    string         // approval.Pause, Extend, Ask
	Special string         // of a pause: the kind of special procedure, as the item lists it
	N       int            // of a pause how long it is expected to take, of an extension how much is added; in the units of its basis
	Reason  string
	Points  string // of an ask: what the applicant is asked for, one a line
}

// Digest is what once compares of a motion.
func (q Motion) Digest() string {
	return once.Hash(string(q.Case), string(q.Item), q.Kind, q.Special, strconv.Itoa(q.N), q.Reason, q.Points)
}

// Move brings a motion before the organ's head. Errors: Invalid with fields; Denied to who has nothing to do with the case; Conflict
// where the case is not under review, one of the kind waits already, or the law does not allow it any more.
func (b *Board) Move(ctx context.Context, q Motion) (id string, err error) {
	q.Reason, q.Points = trim(q.Reason), trim(q.Points)
	err = b.DB.Write(ctx, "review.Move", func(ctx context.Context, tx *db.Tx) error {
		id, err = once.Do(ctx, tx, q.Submit, func() (string, error) { return b.move(ctx, tx, q) })
		return err
	})
	return id, err
}

func (b *Board) move(ctx context.Context, tx *db.Tx, q Motion) (string, error) {
	m, err := b.take(ctx, tx, q.Case, q.Item)
	if err != nil {
		return "", err
	}
	if err := b.works(ctx, tx, m, q.By); err != nil {
		return "", err
	}
	l, err := b.life(ctx, tx, m)
	if err != nil {
		return "", err
	}
	if err := m.movable(l, q.Kind); err != nil {
		return "", err
	}
	unit, bad := m.wrongMotion(q)
	if len(bad) > 0 {
		return "", fault.Bad(bad...)
	}
	row := approval.Motion{ID: db.NewID(), Case: m.ID, CaseItem: m.ci.ID, Organ: m.ci.Organ, Item: m.ci.Item, Number: m.Number, Kind: q.Kind, Special: q.Special,
		N: q.N, Unit: unit, By: q.By.ID, Made: m.now}
	if err := approval.Put(ctx, tx, b.Vault, m.Party, row, approval.MotionBody{Reason: q.Reason, Points: lines(q.Points)}); err != nil {
		return "", err
	}
	tx.AfterCommit(func() { b.Told(m.ci.Organ) })
	return row.ID, audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(q.By.ID), Verb: "review.Move." + q.Kind, Object: "case:" + string(m.ID),
		After: audit.Digest(row.ID, q.Special, unit), At: m.now})
}

// works: who may do an open task of the item, or reviews or decides for its organ.
func (b *Board) works(ctx context.Context, tx *db.Tx, m *matter, by org.Staff) error {
	for _, kind := range []delegation.Kind{delegation.Review, delegation.Decide} {
		if err := delegation.Permit(ctx, tx, m.now, by.ID, kind, m.ci.Organ, m.ci.Item); err == nil || !fault.Is(err, fault.Denied) {
			return err
		}
	}
	return fault.New(fault.Denied, "review.not_yours")
}

// life reads the life of the item from its facts.
func (b *Board) life(ctx context.Context, tx *db.Tx, m *matter) (casefile.Life, error) {
	facts, err := casefile.Facts(ctx, tx, m.ID)
	return casefile.LifeOf(casefile.Holding(facts, m.ci.ID)), err
}

// movable refuses with Conflict what the case's state or the law does not allow.
func (m *matter) movable(l casefile.Life, kind string) error {
	no := func(why string) error { return fault.New(fault.Conflict, "review.motion_"+why) }
	switch {
	case m.ci.Stage != casefile.Accepted:
		return no("stage")
	case kind == approval.Pause && !l.Paused().IsZero():
		return no("paused")
	case kind == approval.Extend && len(l.Extensions) > 0:
		return no("extended")
	case kind == approval.Extend && m.now.After(m.ci.LegalDue):
		return no("over")
	case kind == approval.Extend && m.extension().N == 0:
		return no("no_basis")
	}
	return nil
}

// wrongMotion says every field that is wrong, and the unit the motion counts in.
func (m *matter) wrongMotion(q Motion) (unit string, bad []fault.Field) {
	if n := utf8.RuneCountInString(q.Reason); n < reasonMin {
		bad = append(bad, fault.Field{Name: "reason", Key: "review.reasons_needed"})
	} else if n > noteMax {
		bad = append(bad, fault.Field{Name: "reason", Key: "form.too_long", Args: []any{"max", noteMax}})
	}
	switch q.Kind {
	case approval.Pause:
		return m.wrongPause(q, bad)
	case approval.Extend:
		most := m.extension()
		return most.Unit, append(bad, wrongLength(q.N, most.N)...)
	case approval.Ask:
		if len(lines(q.Points)) == 0 {
			bad = append(bad, fault.Field{Name: "points", Key: "review.points_needed"})
		} else if utf8.RuneCountInString(q.Points) > noteMax {
			bad = append(bad, fault.Field{Name: "points", Key: "form.too_long", Args: []any{"max", noteMax}})
		}
		return "", bad
	}
	return "", append(bad, fault.Field{Name: "kind", Key: "form.choose"})
}

func (m *matter) wrongPause(q Motion, bad []fault.Field) (string, []fault.Field) {
	at := slices.IndexFunc(m.item.Special, func(s catalog.Special) bool { return s.Kind == q.Special })
	if at < 0 || !Pauses(m.item, m.item.Special[at]) {
		return "", append(bad, fault.Field{Name: "special", Key: "review.special_unlisted"})
	}
	most := m.item.Special[at].Time
	return most.Unit, append(bad, wrongLength(q.N, most.N)...)
}

func wrongLength(n, most int) []fault.Field {
	if n < 1 || n > most {
		return []fault.Field{{Name: "n", Key: "review.length", Args: []any{"max", most}}}
	}
	return nil
}

// stops are the kinds of special procedure whose time 行政许可法 45 itself does not count into that of a permit: hearing, tender and
// auction, inspection and test, appraisal, expert review.
var stops = []string{"hearing", "tender", "test", "appraisal", "experts"}

// Pauses says whether a special procedure of an item stops its clock: one of article 45 that of a permit, any other only where the
// words the item cites say that its time is not counted.
func Pauses(it *catalog.Item, s catalog.Special) bool {
	if it.TaskType == ref.TaskPermit && slices.Contains(stops, s.Kind) {
		return true
	}
	return s.Basis != nil && strings.Contains(s.Basis.Text, "不计")
}

// Extension is how much time an organ's head may add, once: ten working days of a permit, fifteen where organs decide together in
// forty-five (行政许可法 42); nothing where the item's own basis gives nothing.
func Extension(it *catalog.Item) catalog.Span {
	switch {
	case it.ProjectType == ref.ProjectInstant || it.Times.Extension.N > 0:
		return it.Times.Extension
	case it.TaskType != ref.TaskPermit || it.Times.Legal.Unit != string(clock.Workday):
		return catalog.Span{}
	case it.Times.Legal.N >= 45:
		return catalog.Span{N: 15, Unit: string(clock.Workday)}
	}
	return catalog.Span{N: 10, Unit: string(clock.Workday)}
}

func (m *matter) extension() catalog.Span { return Extension(m.item) }

// lines splits what is written one a line.
func lines(s string) (out []string) {
	for line := range strings.Lines(s) {
		if line = trim(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// Ruling is a head's answer to a motion, or its mover's taking it back.
type Ruling struct {
	Submit once.Submit
	By     org.Staff
	Motion string
	Do     string // Confirm, Reject, Withdraw
	Note   string // why it is rejected
}

// Digest is what once compares of a ruling.
func (q Ruling) Digest() string { return once.Hash(q.Motion, q.Do, q.Note) }

// Rule answers a motion; approved, it takes effect at once. Errors: Invalid with fields; Denied to who is not the organ's head, and to
// the mover of the motion, who may only take it back; Conflict when it waits no more, or the case has gone on.
func (b *Board) Rule(ctx context.Context, q Ruling) error {
	q.Note = trim(q.Note)
	return b.DB.Write(ctx, "review.Rule", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, q.Submit, func() (string, error) { return q.Motion, b.ruled(ctx, tx, q) })
		return err
	})
}

func (b *Board) ruled(ctx context.Context, tx *db.Tx, q Ruling) error {
	row, err := approval.GetMotion(ctx, tx, q.Motion)
	if err != nil {
		return err
	}
	m, err := b.take(ctx, tx, row.Case, row.CaseItem)
	if err != nil {
		return err
	}
	if row, err = approval.GetMotion(ctx, tx, q.Motion); err != nil {
		return err
	}
	if err := b.mayRule(ctx, tx, m, row, q); err != nil {
		return err
	}
	if bad := wrongAnswer(Answer{Do: q.Do, Note: q.Note}); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	row.State, row.AnsweredBy, row.AnsweredAt = ruling[q.Do], q.By.ID, m.now
	if err := approval.Settle(ctx, tx, b.Vault, m.Party, row, q.Note); err != nil {
		return err
	}
	if q.Do == Confirm {
		if err := b.carry(ctx, tx, m, row); err != nil {
			return err
		}
	}
	tx.AfterCommit(func() { b.Told(m.ci.Organ) })
	return audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(q.By.ID), Verb: "review.Rule." + q.Do, Object: "case:" + string(m.ID),
		After: audit.Digest(row.ID, row.Kind), At: m.now})
}

var ruling = map[string]string{Confirm: approval.Approved, Reject: approval.Rejected, Withdraw: approval.Retracted}

func (b *Board) mayRule(ctx context.Context, tx *db.Tx, m *matter, row approval.Motion, q Ruling) error {
	mover := row.By == q.By.ID
	switch {
	case q.Do == Withdraw && mover:
		return nil
	case q.Do == Withdraw:
		return fault.New(fault.Denied, "review.motion_withdraw")
	case mover:
		return fault.New(fault.Denied, "review.motion_own")
	}
	return delegation.Permit(ctx, tx, m.now, q.By.ID, delegation.Head, row.Organ, row.Item)
}

// carry lets an approved motion take effect.
func (b *Board) carry(ctx context.Context, tx *db.Tx, m *matter, row approval.Motion) error {
	l, err := b.life(ctx, tx, m)
	if err != nil {
		return err
	}
	if err := m.movable(l, row.Kind); err != nil {
		return err
	}
	actor := "staff:" + string(row.AnsweredBy)
	switch row.Kind {
	case approval.Pause:
		return b.pause(ctx, tx, m, actor, row.Special, catalog.Span{N: row.N, Unit: row.Unit})
	case approval.Extend:
		return b.extend(ctx, tx, m, l, actor, row)
	}
	return b.ask(ctx, tx, m, actor, row)
}
