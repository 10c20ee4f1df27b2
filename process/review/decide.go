package review

import (
	"context"
	"maps"
	"slices"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/undertaking"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Decision is what an officer did with a task.
type Decision struct {
	Submit  once.Submit
	By      org.Staff
	Task    ref.TaskID
	Outcome string
	Note    string      // opinion, reasons, or points of correction (one a line)
	RuleRow string      // the row of the item's rule a decision rests on; empty: the one the rule proposes
	Second  ref.StaffID // the second named officer of a substantive check

	Findings map[string]string // what the officer found, by the names of the rule's inputs; see Propose
	Reason   string            // why it leaves what the rule proposes

	Ground string      // of a decline: NotApplicable, NotCompetent or Deficient
	Right  ref.OrganID // of NotCompetent: the organ that is

	alike bool        // one of many: it must not leave the proposal
	stead ref.StaffID // the absent colleague in whose stead it is done
}

// Grounds of not accepting.
const (
	NotApplicable = "not_applicable" // no permit is needed (行政许可法 32(1))
	NotCompetent  = "not_competent"  // another organ's matter (32(2))
	Deficient     = "deficient"      // corrected, and still not in order
)

// Grounds in the order of a menu.
var Grounds = []string{NotApplicable, NotCompetent, Deficient}

// Digest is what once compares of a decision.
func (d Decision) Digest() string {
	parts := []string{string(d.Task), d.Outcome, d.Note, d.RuleRow, string(d.Second), d.Reason, d.Ground, string(d.Right)}
	for _, name := range slices.Sorted(maps.Keys(d.Findings)) {
		parts = append(parts, name, d.Findings[name])
	}
	return once.Hash(parts...)
}

// outcomes are what each kind of task can end in.
var outcomes = map[string][]string{
	approval.Precheck: {approval.Clear, approval.Points},
	approval.Accept:   {approval.Take, approval.Points, approval.Decline},
	approval.Review:   {approval.Agree, approval.Disagree},
	approval.Opinion:  {approval.Agree, approval.Disagree},
	approval.Decide:   {approval.Grant, approval.Refuse},
	approval.End:      {approval.Wait, approval.Terminate},

	approval.Visit:      {approval.Agree, approval.Disagree},
	approval.Forward:    {approval.Agree, approval.Disagree},
	approval.Experts:    {approval.Agree, approval.Disagree},
	approval.Collective: {approval.Agree, approval.Disagree},
}

// Outcomes lists what a task can end in now: after a correction no new points may be raised.
func Outcomes(t approval.Task) []string {
	if t.Kind == approval.Accept && t.Round > 1 {
		return []string{approval.Take, approval.Decline}
	}
	return outcomes[t.Kind]
}

// Bounds of reasons and notes, in characters.
const (
	reasonMin = 4
	noteMax   = 2000
)

// Decide completes a task and lets the plan go on. A decision that leaves what the item's rule proposes, or that no row
// covers, completes nothing yet: it waits for a second officer (Answer). Errors: Invalid with fields, Denied without
// the organ's grant or against the separation of duties, Conflict when it is done already or a departure waits.
func (b *Board) Decide(ctx context.Context, d Decision) error {
	d.Note, d.Reason = trim(d.Note), trim(d.Reason)
	return b.DB.Write(ctx, "review.Decide", func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, d.Submit, func() (string, error) { return string(d.Task), b.decide(ctx, tx, d) })
		return err
	})
}

func (b *Board) decide(ctx context.Context, tx *db.Tx, d Decision) error {
	m, t, err := b.hold(ctx, tx, d.Task)
	if err != nil {
		return err
	}
	if err := b.may(ctx, tx, m, t, d.By); err != nil {
		return err
	}
	if t.ByDefault {
		return fault.New(fault.Conflict, "review.answered_by_default")
	}
	if t.State != approval.Open {
		return fault.New(fault.Conflict, "fault.task_done")
	}
	if t.Waiting() {
		return fault.New(fault.Conflict, "review.departure_waits")
	}
	if catalog.PanelKind(t.Kind) {
		return fault.New(fault.Conflict, "panel.votes")
	}
	if err := m.been(ctx, tx, t); err != nil {
		return err
	}
	if d.stead, err = b.stead(ctx, tx, m, t, d.By); err != nil {
		return err
	}
	if m.name, err = m.inWhoseName(ctx, tx, t); err != nil {
		return err
	}
	if d.Outcome == approval.Decline {
		if err := known(ctx, tx, d); err != nil {
			return err
		}
		m.ground, m.right = d.Ground, d.Right
	}
	if Proposes(m.item, t) {
		return b.byTable(ctx, tx, m, t, d)
	}
	if bad := append(m.wrong(t, d), m.wrongRow(t, d)...); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	if err := b.second(ctx, tx, m, t, d); err != nil {
		return err
	}
	return b.finish(ctx, tx, m, t, d, nil)
}

// byTable decides as the item's table proposes, or notes a departure from it.
func (b *Board) byTable(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, d Decision) error {
	p, err := b.propose(ctx, tx, m.version, t.CaseItem, d.Findings)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	bad := append(slices.Clone(fault.Fields(err)), m.wrong(t, d)...)
	if d.RuleRow == "" && d.Outcome == p.Row.Outcome {
		d.RuleRow = p.Row.ID
	}
	if d.RuleRow != "" {
		bad = append(bad, m.wrongRow(t, d)...)
	}
	departs := p.departs(d)
	if err == nil && departs && d.alike {
		return fault.New(fault.Conflict, "review.alike_departs")
	}
	if n := utf8.RuneCountInString(d.Reason); err == nil && departs && n < reasonMin {
		bad = append(bad, fault.Field{Name: "reason", Key: "review.departure_reason"})
	} else if n > noteMax {
		bad = append(bad, fault.Field{Name: "reason", Key: "form.too_long", Args: []any{"max", noteMax}})
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	if err := b.second(ctx, tx, m, t, d); err != nil {
		return err
	}
	if departs {
		return b.depart(ctx, tx, m, t, d, &p)
	}
	facts, err := p.plain()
	if err != nil {
		return err
	}
	return b.finish(ctx, tx, m, t, d, facts)
}

func (b *Board) finish(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, d Decision, facts []byte) error {
	if err := b.complete(ctx, tx, m, &t, d, facts); err != nil {
		return err
	}
	err := audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(d.By.ID), Verb: "review.Decide." + t.Kind, Object: "case:" + string(m.ID),
		After: audit.Digest(string(t.ID), t.Outcome, t.RuleRow, string(t.Second), string(t.For)), At: m.now})
	if err != nil {
		return err
	}
	return b.after(ctx, tx, m, t)
}

// hold locks a task's case and reads the task now that the case is ours.
func (b *Board) hold(ctx context.Context, tx *db.Tx, id ref.TaskID) (*matter, approval.Task, error) {
	t, err := approval.Get(ctx, tx, id)
	if err != nil {
		return nil, t, err
	}
	m, err := b.take(ctx, tx, t.Case, t.CaseItem)
	if err != nil {
		return nil, t, err
	}
	t, err = approval.Get(ctx, tx, id)
	return m, t, err
}

// grants that open each kind of task.
var grants = map[string][]delegation.Kind{
	approval.Precheck: {delegation.Opinion, delegation.Review},
	approval.Accept:   {delegation.Accept},
	approval.Review:   {delegation.Review},
	approval.Opinion:  {delegation.Opinion},
	approval.Decide:   {delegation.Decide, delegation.DecideOnSpot},
	approval.End:      {delegation.Accept},

	approval.Visit:      {delegation.Review, delegation.Opinion},
	approval.Forward:    {delegation.Review},
	approval.Experts:    bodies,
	approval.Collective: bodies,
}

// bodies: who works on an organ's cases may be a member of its panels, and sees what they judge.
var bodies = []delegation.Kind{delegation.Review, delegation.Opinion, delegation.Decide}

// Grants lists which grants open a kind of task, for lists made from the same rule.
func Grants(kind string) []delegation.Kind { return grants[kind] }

// may checks the grant for the task's organ, a withdrawal and the separation of duties.
func (b *Board) may(ctx context.Context, tx db.Reader, m *matter, t approval.Task, by org.Staff) error {
	err := m.barred(ctx, tx, by.ID)
	if err != nil {
		return err
	}
	for _, kind := range grants[t.Kind] {
		if kind == delegation.DecideOnSpot && m.item.ProjectType != ref.ProjectInstant {
			continue // a representative decides on the spot, nothing else
		}
		if kind == delegation.DecideOnSpot && by.Organ != t.Organ {
			continue // and for no organ but their own
		}
		if err = delegation.Permit(ctx, tx, m.now, by.ID, kind, t.Organ, m.ci.Item); err == nil || !fault.Is(err, fault.Denied) {
			break
		}
	}
	if err != nil || m.item.ProjectType == ref.ProjectInstant {
		return err
	}
	return separate(ctx, tx, m, t, by)
}

// separate: who accepted does not review, who accepted or reviewed does not decide.
func separate(ctx context.Context, tx db.Reader, m *matter, t approval.Task, by org.Staff) error {
	if t.Kind == approval.Precheck || t.Kind == approval.Accept || t.Kind == approval.Opinion || t.Kind == approval.Collective {
		return nil
	}
	tasks, err := approval.ByItem(ctx, tx, m.ci.ID)
	if err != nil {
		return err
	}
	if m.Clerk == by.ID || !approval.Apart(t, tasks, by.ID) {
		return fault.New(fault.Denied, "review.same_person")
	}
	return nil
}

// wrong says every field that is wrong for this kind of task.
func (m *matter) wrong(t approval.Task, d Decision) (bad []fault.Field) {
	if !slices.Contains(Outcomes(t), d.Outcome) {
		return []fault.Field{{Name: "outcome", Key: "form.choose"}}
	}
	needs := map[string]string{approval.Points: "review.points_needed", approval.Decline: "review.reasons_needed",
		approval.Disagree: "review.reasons_needed", approval.Refuse: "review.reasons_needed", approval.Terminate: "review.reasons_needed"}
	if t.Kind == approval.Visit {
		needs[d.Outcome] = "site.findings_needed"
	}
	if key := needs[d.Outcome]; key != "" && utf8.RuneCountInString(d.Note) < reasonMin {
		bad = append(bad, fault.Field{Name: "note", Key: key})
	}
	if utf8.RuneCountInString(d.Note) > noteMax {
		bad = append(bad, fault.Field{Name: "note", Key: "form.too_long", Args: []any{"max", noteMax}})
	}
	if d.Outcome == approval.Decline {
		bad = append(bad, wrongGround(m.ci.Organ, d)...)
	}
	if step, _ := m.item.Step(t.Step); step.Officers > 1 && (d.Second == "" || d.Second == d.By.ID) {
		bad = append(bad, fault.Field{Name: "second", Key: "review.second_needed"})
	}
	return bad
}

// known refuses a competent organ that there is not.
func known(ctx context.Context, tx *db.Tx, d Decision) error {
	if d.Right == "" {
		return nil
	}
	_, err := org.GetOrgan(ctx, tx, d.Right)
	if fault.Is(err, fault.NotFound) {
		return fault.Bad(fault.Field{Name: "right", Key: "review.right_organ"})
	}
	return err
}

// wrongGround: who is not competent names the organ that is.
func wrongGround(own ref.OrganID, d Decision) []fault.Field {
	switch {
	case !slices.Contains(Grounds, d.Ground):
		return []fault.Field{{Name: "ground", Key: "form.choose"}}
	case d.Ground == NotCompetent && (d.Right == "" || d.Right == own):
		return []fault.Field{{Name: "right", Key: "review.right_organ"}}
	}
	return nil
}

// wrongRow says that a decision rests on no row, or on one that concludes something else.
func (m *matter) wrongRow(t approval.Task, d Decision) []fault.Field {
	if row, ok := m.item.Rule.Row(d.RuleRow); t.Kind == approval.Decide && (!ok || row.Outcome != d.Outcome) {
		return []fault.Field{{Name: "rule_row", Key: "review.rule_row"}}
	}
	return nil
}

// second holds the second named officer against the organ and the case.
func (b *Board) second(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, d Decision) error {
	if d.Second == "" {
		return nil
	}
	s, err := org.GetStaff(ctx, tx, d.Second)
	if err != nil || s.Organ != t.Organ || !s.Active || s.ID == m.Clerk || s.ID == d.By.ID || s.ID == d.stead {
		return fault.Bad(fault.Field{Name: "second", Key: "review.second_needed"})
	}
	if err := m.barred(ctx, tx, s.ID); fault.Is(err, fault.Denied) {
		return fault.Bad(fault.Field{Name: "second", Key: "review.second_needed"})
	} else if err != nil {
		return err
	}
	if m.item.ProjectType == ref.ProjectInstant {
		return nil
	}
	if err := separate(ctx, tx, m, t, s); fault.Is(err, fault.Denied) {
		return fault.Bad(fault.Field{Name: "second", Key: "review.second_needed"})
	} else if err != nil {
		return err
	}
	return nil
}

func (b *Board) complete(ctx context.Context, tx *db.Tx, m *matter, t *approval.Task, d Decision, facts []byte) (err error) {
	if d.Note != "" {
		if t.Note, err = b.Vault.Seal(ctx, tx, string(m.Party), "approval_task.note."+string(t.ID), []byte(d.Note)); err != nil {
			return err
		}
	}
	if facts != nil {
		if t.Facts, err = b.Vault.Seal(ctx, tx, string(m.Party), "approval_task.facts."+string(t.ID), facts); err != nil {
			return err
		}
	}
	t.DoneAt, t.DoneBy, t.Second, t.Outcome, t.RuleRow, t.State = m.now, d.By.ID, d.Second, d.Outcome, d.RuleRow, approval.Done
	t.For = d.stead
	if err := b.notTheSame(ctx, tx, m, *t, facts); err != nil {
		return err
	}
	return approval.Complete(ctx, tx, *t)
}

var factOf = map[string]casefile.Kind{approval.Precheck: casefile.FactPoints, approval.Accept: casefile.FactPoints,
	approval.Review: casefile.FactReviewed, approval.Opinion: casefile.FactOpinion, approval.Decide: casefile.FactDecided, approval.End: casefile.FactOverstayed,
	approval.Visit: casefile.FactReviewed, approval.Forward: casefile.FactReviewed, approval.Experts: casefile.FactReviewed, approval.Collective: casefile.FactReviewed}

// actor is who did a task: an officer, or this program where nobody answered in time.
func actor(t approval.Task) string {
	if t.ByDefault {
		return "system:review"
	}
	return "staff:" + string(t.DoneBy)
}

// after writes the fact and what follows from it.
func (b *Board) after(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
	fact := casefile.Fact{Kind: factOf[t.Kind], At: m.now, Actor: actor(t), Organ: m.name}.With(
		casefile.Detail{Step: t.Step, Task: t.ID, Outcome: t.Outcome, RuleRow: t.RuleRow, Second: t.Second, Kind: t.Kind, Departure: t.Departure, For: t.For, ByDefault: t.ByDefault})
	if t.Kind == approval.Decide {
		if err := m.ends(); err != nil {
			return err
		}
	}
	if err := casefile.Apply(ctx, tx, &m.Case, &m.ci, fact); err != nil {
		return err
	}
	switch t.Kind {
	case approval.Precheck, approval.Accept:
		return b.gather(ctx, tx, m, t)
	case approval.Decide:
		return b.decided(ctx, tx, m, t)
	case approval.End:
		return b.ending(ctx, tx, m, t)
	}
	return b.dispatch(ctx, tx, m)
}

func (b *Board) decided(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
	if err := approval.Drop(ctx, tx, m.ci.ID, m.now); err != nil {
		return err
	}
	return b.Bus.Publish(ctx, tx, approval.Decided{Case: m.ID, CaseItem: m.ci.ID, Task: t.ID, Outcome: t.Outcome})
}

// gather joins the looks before acceptance: a refusal to accept ends at once; otherwise, when
// every organ has answered, either one notice carries all points or the case is accepted.
func (b *Board) gather(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
	if t.Outcome == approval.Decline {
		return b.turn(ctx, tx, m, t, casefile.FactDeclined, casefile.WasDeclined{Case: m.ID, Item: m.ci.ID})
	}
	tasks, err := approval.ByItem(ctx, tx, m.ci.ID)
	if err != nil {
		return err
	}
	taker, points, all := looked(tasks, t.Round)
	if !all {
		return nil // somebody has not answered yet
	}
	if points > 0 {
		m.until = supplyBy(m.cal, m.item, m.now)
		if err := b.Bus.PublishAt(ctx, tx, m.until.Add(moment), casefile.SupplyDue{Case: m.ID, Item: m.ci.ID, Round: 1}); err != nil {
			return err
		}
		return b.turn(ctx, tx, m, taker, casefile.FactReturned, casefile.WasReturned{Case: m.ID, Item: m.ci.ID})
	}
	return b.accept(ctx, tx, m, taker)
}

// turn writes the outcome before acceptance and tells it.
func (b *Board) turn(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, kind casefile.Kind, e event.Event) error {
	if err := approval.Drop(ctx, tx, m.ci.ID, m.now); err != nil {
		return err
	}
	detail := casefile.Detail{Task: t.ID, Ground: m.ground, Right: m.right, Until: db.Micros(m.until)}
	if kind == casefile.FactAccepted {
		var err error
		if detail.Tolerant, err = m.tolerant(ctx, tx); err != nil {
			return err
		}
	}
	fact := casefile.Fact{Kind: kind, At: m.now, Actor: "staff:" + string(t.DoneBy), Organ: m.name}.With(detail)
	if err := casefile.Apply(ctx, tx, &m.Case, &m.ci, fact); err != nil {
		return err
	}
	return b.Bus.Publish(ctx, tx, e)
}

// tolerant says that the item is accepted with papers that follow, as was promised (容缺受理).
func (m *matter) tolerant(ctx context.Context, tx *db.Tx) (bool, error) {
	_, found, err := undertaking.Of(ctx, tx, m.ci.ID, undertaking.Tolerance)
	return found, err
}

// accept starts the promised time in the organ's name.
func (b *Board) accept(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
	if err := m.retime(casefile.Life{Received: m.ReceivedAt, Accepted: m.now}); err != nil {
		return err
	}
	return b.turn(ctx, tx, m, t, casefile.FactAccepted, casefile.WasAccepted{Case: m.ID, Item: m.ci.ID})
}
