package review

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"yimen/domain/approval"
	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// Convening names the members of the body that meets about a task (专家评审, 集体讨论). All are of the task's organ, and each holds a
// grant by which they see the case; the chair is one of them.
type Convening struct {
	Submit  once.Submit
	By      org.Staff
	Task    ref.TaskID
	Chair   ref.StaffID
	Members []ref.StaffID
	Meets   time.Time
	Place   string
}

// Ballot is a member's vote, with its reason.
type Ballot struct {
	Submit once.Submit
	By     org.Staff
	Task   ref.TaskID
	Choice string
	Reason string
}

// Closing ends a panel: the chair writes the minutes (纪要), and the votes join.
type Closing struct {
	Submit  once.Submit
	By      org.Staff
	Task    ref.TaskID
	Minutes string
}

// Choices are what a member can vote.
var Choices = []string{approval.Agree, approval.Disagree, approval.Abstain}

const placeMax = 100

// MayConvene says whether somebody may name a task's panel: it takes the organ's grant to review.
func (b *Board) MayConvene(ctx context.Context, t approval.Task, by org.Staff) (bool, error) {
	err := delegation.Permit(ctx, b.DB, b.Now(), by.ID, delegation.Review, t.Organ, t.Item)
	if fault.Is(err, fault.Denied) {
		return false, nil
	}
	return err == nil, err
}

// MayMeet lists who may be named to a task's panel.
func (b *Board) MayMeet(ctx context.Context, t approval.Task) (out []org.Staff, err error) {
	m, err := b.peek(ctx, t)
	if err != nil {
		return nil, err
	}
	mates, err := org.Colleagues(ctx, b.DB, t.Organ)
	for _, s := range mates {
		ok, wrong := b.mayBeMember(ctx, b.DB, m, t, s.ID)
		if ok {
			out = append(out, s)
		}
		err = or(err, wrong)
	}
	return out, err
}

// peek reads a task's matter without its lock, to look and not to touch.
func (b *Board) peek(ctx context.Context, t approval.Task) (*matter, error) {
	c, err := casefile.Get(ctx, b.DB, t.Case)
	if err != nil {
		return nil, err
	}
	ci, err := casefile.GetItem(ctx, b.DB, t.CaseItem)
	if err != nil {
		return nil, err
	}
	v, err := catalog.Get(ctx, b.DB, ci.Version)
	return &matter{Case: c, ci: ci, item: v.Doc(), now: b.Now(), cal: b.Calendar(), version: v}, err
}

// Convene names a task's panel, once. Errors: Invalid with the fields chair, members, meets and place, Denied without the organ's grant
// to review, Conflict when it has been convened or is done.
func (b *Board) Convene(ctx context.Context, c Convening) error {
	c.Place = trim(c.Place)
	return b.panel(ctx, "review.Convene", c.Submit, c.Task, func(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
		if err := delegation.Permit(ctx, tx, m.now, c.By.ID, delegation.Review, t.Organ, m.ci.Item); err != nil {
			return err
		}
		step, _ := m.item.Step(t.Step)
		bad, err := b.wrongPanel(ctx, tx, m, t, c)
		if err != nil || len(bad) > 0 {
			return or(err, fault.Bad(bad...))
		}
		p := approval.Panel{Task: t.ID, Case: m.ID, Chair: c.Chair, By: c.By.ID, Made: m.now, Meets: c.Meets, Place: c.Place,
			Policy: approval.Policy{Kind: step.Panel.Policy, Present: step.Panel.Present}}
		if err := approval.Convene(ctx, tx, p, c.Members); err != nil {
			return err
		}
		if err := b.stop(ctx, tx, m, t, c.By); err != nil {
			return err
		}
		return b.noted(ctx, tx, m, t, c.By, "review.Convene", c.Place)
	})
}

// or is the first error there is.
func or(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// panel does something with a panel's open task under the case's lock, once.
func (b *Board) panel(ctx context.Context, name string, s once.Submit, id ref.TaskID, act func(context.Context, *db.Tx, *matter, approval.Task) error) error {
	return b.DB.Write(ctx, name, func(ctx context.Context, tx *db.Tx) error {
		_, err := once.Do(ctx, tx, s, func() (string, error) {
			m, t, err := b.hold(ctx, tx, id)
			if err != nil {
				return "", err
			}
			switch {
			case !catalog.PanelKind(t.Kind):
				return "", fault.New(fault.NotFound, "fault.not_found")
			case t.State != approval.Open:
				return "", fault.New(fault.Conflict, "fault.task_done")
			}
			return string(t.ID), act(ctx, tx, m, t)
		})
		return err
	})
}

func (b *Board) noted(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, by org.Staff, verb string, parts ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(by.ID), Verb: verb + "." + t.Kind, Object: "case:" + string(m.ID),
		After: audit.Digest(append([]string{string(t.ID)}, parts...)...), At: m.now})
}

// wrongPanel says every field of a convening that is wrong.
func (b *Board) wrongPanel(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, c Convening) (bad []fault.Field, err error) {
	step, _ := m.item.Step(t.Step)
	each := slices.Compact(slices.Sorted(slices.Values(c.Members)))
	if len(each) < step.Panel.Present || len(each) != len(c.Members) {
		bad = append(bad, fault.Field{Name: "members", Key: "panel.members_few", Args: []any{"n", step.Panel.Present}})
	}
	for _, id := range each {
		ok, err := b.mayBeMember(ctx, tx, m, t, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			bad = append(bad, fault.Field{Name: "members", Key: "panel.member_other"})
			break
		}
	}
	if !slices.Contains(each, c.Chair) {
		bad = append(bad, fault.Field{Name: "chair", Key: "panel.chair_member"})
	}
	return append(bad, m.wrongMeeting(c.Meets, c.Place)...), nil
}

// mayBeMember: of the organ, active, with a grant of it, and not kept from it by what they did before.
func (b *Board) mayBeMember(ctx context.Context, tx db.Reader, m *matter, t approval.Task, id ref.StaffID) (bool, error) {
	s, err := org.GetStaff(ctx, tx, id)
	if fault.Is(err, fault.NotFound) || err == nil && (s.Organ != t.Organ || !s.Active) {
		return false, nil
	}
	if err == nil {
		err = b.may(ctx, tx, m, t, s)
	}
	if fault.Is(err, fault.Denied) {
		return false, nil
	}
	return err == nil, err
}

// Vote casts a member's vote, once each. Errors: Invalid with the fields choice and reason, Denied for who is no member, Conflict for
// who has voted already, or when the task is done.
func (b *Board) Vote(ctx context.Context, v Ballot) error {
	v.Reason = trim(v.Reason)
	return b.panel(ctx, "review.Vote", v.Submit, v.Task, func(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
		if err := b.member(ctx, tx, t, v.By.ID); err != nil {
			return err
		}
		var bad []fault.Field
		if !slices.Contains(Choices, v.Choice) {
			bad = append(bad, fault.Field{Name: "choice", Key: "form.choose"})
		}
		if bad = append(bad, words("reason", v.Reason)...); len(bad) > 0 {
			return fault.Bad(bad...)
		}
		box, err := b.Vault.Seal(ctx, tx, string(m.Party), approval.ReasonPlace(t.ID, v.By.ID), []byte(v.Reason))
		if err != nil {
			return err
		}
		if err := approval.Cast(ctx, tx, approval.Vote{Task: t.ID, Member: v.By.ID, Choice: v.Choice, Reason: box, At: m.now}); err != nil {
			return err
		}
		return b.noted(ctx, tx, m, t, v.By, "review.Vote", v.Choice)
	})
}

// words says what is wrong with reasons or minutes.
func words(name, text string) []fault.Field {
	switch n := utf8.RuneCountInString(text); {
	case n < reasonMin:
		return []fault.Field{{Name: name, Key: "panel.words_needed"}}
	case n > noteMax:
		return []fault.Field{{Name: name, Key: "form.too_long", Args: []any{"max", noteMax}}}
	}
	return nil
}

// stop pauses the clock while a panel meets, where the item lists its kind as a special procedure whose time is not counted
// (行政许可法 45): an expert review, never a discussion. A clock that stands already is left alone.
func (b *Board) stop(ctx context.Context, tx *db.Tx, m *matter, t approval.Task, by org.Staff) error {
	at := slices.IndexFunc(m.item.Special, func(s catalog.Special) bool { return s.Kind == t.Kind && Pauses(m.item, s) })
	l, err := b.life(ctx, tx, m)
	if err != nil || at < 0 || !l.Paused().IsZero() {
		return err
	}
	return b.pause(ctx, tx, m, "staff:"+string(by.ID), t.Kind, m.item.Special[at].Time)
}

// goOn lets the clock go on that stands since the panel was convened.
func (b *Board) goOn(ctx context.Context, tx *db.Tx, m *matter, p approval.Panel, by org.Staff) error {
	l, err := b.life(ctx, tx, m)
	if err != nil || !l.Paused().Equal(p.Made) {
		return err
	}
	return b.resume(ctx, tx, m, "staff:"+string(by.ID))
}

func (b *Board) member(ctx context.Context, tx *db.Tx, t approval.Task, who ref.StaffID) error {
	votes, err := approval.VotesOf(ctx, tx, t.ID)
	if err == nil && !slices.ContainsFunc(votes, func(v approval.Vote) bool { return v.Member == who }) {
		err = fault.New(fault.Denied, "panel.not_member")
	}
	return err
}

// Close joins the votes and completes the task with the minutes; who has not voted was absent. Errors: Invalid with the field minutes,
// Denied for anybody but the chair, Conflict while too few have voted or when it is done.
func (b *Board) Close(ctx context.Context, c Closing) error {
	c.Minutes = trim(c.Minutes)
	return b.panel(ctx, "review.Close", c.Submit, c.Task, func(ctx context.Context, tx *db.Tx, m *matter, t approval.Task) error {
		p, err := approval.PanelOf(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		if p.Chair != c.By.ID {
			return fault.New(fault.Denied, "panel.not_chair")
		}
		if bad := words("minutes", c.Minutes); len(bad) > 0 {
			return fault.Bad(bad...)
		}
		votes, err := approval.VotesOf(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		cast := approval.Choices(votes)
		result := approval.Join(p.Policy, cast)
		if result == "" {
			return fault.New(fault.Conflict, "panel.too_few", "n", len(cast), "of", p.Present)
		}
		if err := b.goOn(ctx, tx, m, p, c.By); err != nil {
			return err
		}
		if m.name, err = m.inWhoseName(ctx, tx, t); err != nil {
			return err
		}
		return b.finish(ctx, tx, m, t, Decision{By: c.By, Task: t.ID, Outcome: result, Note: c.Minutes}, nil)
	})
}
