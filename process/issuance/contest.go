package issuance

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/licence"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/ref"
)

// What an officer writes down of a contest.
const (
	Filed  = "file"
	Stayed = "stay"
	Judged = "judge"
)

// ContestNote is what an officer writes down of a review or lawsuit about a decision of their organ.
type ContestNote struct {
	Submit  once.Submit
	By      org.Staff
	Item    ref.CaseItemID
	Do      string // Filed, Stayed or Judged
	Kind    string // casefile.Review or Court
	Body    string // Filed: which authority or court
	On      calendar.Date
	Outcome string        // Judged: of casefile
	Number  string        // Judged: of its decision
	Until   calendar.Date // Judged, Redo: by when; zero: in the item's own time
}

// Digest is what once compares of a note.
func (n ContestNote) Digest() string {
	return once.Hash(string(n.Item), n.Do, n.Kind, n.Body, n.On.String(), n.Outcome, n.Number, n.Until.String())
}

// NoteContest writes down what a review authority or court did, and gives it its effect: a stay suspends the licence, a
// revocation ends it, an order to decide anew puts the item under review again. Errors: NotFound for another organ's case, Denied
// without a grant to decide, Conflict when it does not follow from what is on record, Invalid by fields.
func (p *Press) NoteContest(ctx context.Context, n ContestNote) error {
	found, err := casefile.GetItem(ctx, p.DB, n.Item)
	if err != nil {
		return err
	}
	n.Body, n.Number = flat(n.Body), flat(n.Number)
	return p.DB.Write(ctx, "issuance.NoteContest", func(ctx context.Context, tx *db.Tx) error {
		c, err := casefile.Lock(ctx, tx, found.Case)
		if err != nil {
			return err
		}
		_, err = once.Do(ctx, tx, n.Submit, func() (string, error) { return string(n.Item), p.noteContest(ctx, tx, &c, n) })
		return err
	})
}

func (p *Press) noteContest(ctx context.Context, tx *db.Tx, c *casefile.Case, n ContestNote) error {
	ci, err := casefile.GetItem(ctx, tx, n.Item)
	if err != nil {
		return err
	}
	now := p.Now()
	if err := mayAct(ctx, tx, now, n.By, licence.Licence{Organ: ci.Organ, Item: ci.Item}, deciders...); err != nil {
		return err
	}
	facts, err := casefile.Facts(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if !n.follows(ci, casefile.Contests(casefile.Holding(facts, ci.ID))) {
		return fault.New(fault.Conflict, "after.contest.does_not_follow")
	}
	if bad := n.wrong(ci, calendar.DateOf(now)); len(bad) > 0 {
		return fault.Bad(bad...)
	}
	if err := p.contestEffect(ctx, tx, c, ci, n); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: "staff:" + string(n.By.ID), Verb: "issuance.NoteContest." + n.Do, Object: "case:" + string(c.ID), After: audit.Digest(n.Digest()), At: now}); err != nil {
		return err
	}
	return casefile.Apply(ctx, tx, c, &ci, n.facts(ci, now)...)
}

// follows: a contest is filed once at a time before each body, stayed once, and judged once; what was not decided is not contested.
func (n ContestNote) follows(ci casefile.Item, all []casefile.Contest) bool {
	i := slices.IndexFunc(all, func(x casefile.Contest) bool { return x.Kind == n.Kind && x.Open() })
	switch n.Do {
	case Filed:
		return i < 0 && (ci.Stage == casefile.Closed || ci.Stage == casefile.Declined)
	case Stayed:
		return i >= 0 && all[i].Stayed.IsZero()
	}
	return i >= 0 && (n.Outcome != casefile.Redo || ci.Stage == casefile.Closed)
}

func (n ContestNote) wrong(ci casefile.Item, today calendar.Date) (out []fault.Field) {
	short := func(s string) bool { k := utf8.RuneCountInString(s); return k < 2 || k > actLine }
	if n.Kind != casefile.Review && n.Kind != casefile.Court {
		out = append(out, fault.Field{Name: "kind", Key: "after.contest.kind.choose"})
	}
	if n.Do == Filed && short(n.Body) {
		out = append(out, fault.Field{Name: "body", Key: "after.contest.body.say"})
	}
	if n.On > today || n.On < calendar.DateOf(ci.AcceptedAt) || n.On == 0 {
		out = append(out, fault.Field{Name: "on", Key: "after.contest.on.wrong"})
	}
	if n.Do != Judged {
		return out
	}
	if !slices.Contains(casefile.ContestOutcomes(), n.Outcome) {
		out = append(out, fault.Field{Name: "outcome", Key: "after.contest.outcome.choose"})
	}
	if short(n.Number) {
		out = append(out, fault.Field{Name: "number", Key: "after.contest.number.say"})
	}
	if n.Outcome == casefile.Redo && n.Until != 0 && n.Until <= today {
		out = append(out, fault.Field{Name: "until", Key: "after.contest.until.wrong"})
	}
	return out
}

func (n ContestNote) facts(ci casefile.Item, now time.Time) []casefile.Fact {
	kind := map[string]casefile.Kind{Filed: casefile.FactContested, Stayed: casefile.FactStayed, Judged: casefile.FactJudged}[n.Do]
	actor := "staff:" + string(n.By.ID)
	out := []casefile.Fact{casefile.Fact{Item: ci.ID, Kind: kind, At: now, Actor: actor, Organ: ci.Organ}.With(casefile.Detail{Kind: n.Kind, Body: n.Body, Number: n.Number, Outcome: n.Outcome, On: n.On.At(0)})}
	if n.Do == Judged && n.Outcome == casefile.Redo {
		out = append(out, casefile.Fact{Item: ci.ID, Kind: casefile.FactRemitted, At: now, Actor: actor, Organ: ci.Organ}.With(casefile.Detail{Kind: n.Kind, Anew: n.until()}))
	}
	return out
}

// until is the end of the last day for deciding anew; zero when none was set.
func (n ContestNote) until() time.Time {
	if n.Until == 0 {
		return time.Time{}
	}
	return n.Until.End().Add(-time.Microsecond) // the last moment of the day
}

// contestEffect is what a stay or an outcome does to the licence, and the order to decide anew.
func (p *Press) contestEffect(ctx context.Context, tx *db.Tx, c *casefile.Case, ci casefile.Item, n ContestNote) error {
	all, err := licence.ByCase(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.CaseItem != ci.ID {
			continue
		}
		if to := n.state(l.State); to != "" {
			if err := licence.SetState(ctx, tx, l.ID, to, p.Now()); err != nil {
				return err
			}
			why := strings.TrimSpace(p.Text("after.contest.kind."+n.Kind) + " " + n.Number)
			if err := p.restated(ctx, tx, l, licence.Change{Licence: l.ID, Before: l.State, After: to, Actor: "staff:" + string(n.By.ID), At: p.Now()}, why); err != nil {
				return err
			}
		}
	}
	if n.Do != Judged || n.Outcome != casefile.Redo {
		return nil
	}
	return p.Bus.Publish(ctx, tx, casefile.WasRemitted{Case: c.ID, Item: ci.ID})
}

// state is what a licence becomes by the note, "" when it stays as it is.
func (n ContestNote) state(now ref.LicenceState) ref.LicenceState {
	switch {
	case n.Do == Stayed && now == ref.LicenceValid:
		return ref.LicenceSuspended
	case n.Do != Judged:
		return ""
	case n.Outcome == casefile.Revoked || n.Outcome == casefile.Redo:
		if licence.MayBecome(now, ref.LicenceRescinded) {
			return ref.LicenceRescinded
		}
	case now == ref.LicenceSuspended: // the stay ends with the contest
		return ref.LicenceValid
	}
	return ""
}
