package casepage

import (
	"context"
	"slices"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/inspection"
	"yimen/domain/org"
	"yimen/ref"
)

// Lateness is what an applicant is told of a case that is, or was, over its time: what the organs said about it (优化营商环境条例
// 36), and what became of pressing them.
type Lateness struct {
	Now     bool      // a clock of the case is over now
	Owed    time.Time // until when an explanation is owed that is not there yet
	Said    []Said    // explanations
	Pressed []Pressed // latest first
}

// Said is an organ's words.
type Said struct {
	Organ string
	At    time.Time
	Words string
}

// Pressed is one escalation and its answer.
type Pressed struct {
	At     time.Time
	Answer time.Time // until when it is to be answered
	Reply  Said      // zero while it waits
}

// Open says that an escalation waits for its answer.
func (l Lateness) Open() bool {
	return slices.ContainsFunc(l.Pressed, func(x Pressed) bool { return x.Reply.At.IsZero() })
}

// Any says that there is something to tell.
func (l Lateness) Any() bool { return l.Now || len(l.Said)+len(l.Pressed) > 0 }

// LateOf reads what an applicant is told of their case's lateness. Who wrote the words is not told, only for which organ.
func (v *View) LateOf(ctx context.Context, id ref.CaseID) (l Lateness, err error) {
	items, err := casefile.Items(ctx, v.DB, id)
	if err != nil {
		return l, err
	}
	l.Now = slices.ContainsFunc(items, func(it casefile.Item) bool { return it.Late(v.Now()) })
	organs, err := org.Organs(ctx, v.DB)
	if err != nil {
		return l, err
	}
	cards, err := inspection.OfCase(ctx, v.DB, id)
	if err != nil {
		return l, err
	}
	for _, c := range inspection.Public(cards) {
		if c.Answered.IsZero() {
			if c.State == inspection.Owed && (l.Owed.IsZero() || c.Answer.Before(l.Owed)) {
				l.Owed = c.Answer
			}
			continue
		}
		said, err := v.words(ctx, string(c.Party), c.Object(), inspection.ActExplain)
		if err != nil {
			return l, err
		}
		said.Organ = organs[c.Organ].Name
		l.Said = append(l.Said, said)
	}
	pressed, err := inspection.EscalationsOf(ctx, v.DB, id)
	for _, e := range pressed {
		x := Pressed{At: e.Made, Answer: e.Answer}
		if !e.Answered.IsZero() {
			if x.Reply, err = v.words(ctx, string(e.Party), e.Object(), inspection.ActReply); err != nil {
				return l, err
			}
			x.Reply.Organ = organs[e.Organ].Name
		}
		l.Pressed = append(l.Pressed, x)
	}
	return l, err
}

// words are what was said last by an act on an object.
func (v *View) words(ctx context.Context, subject, object, kind string) (out Said, err error) {
	acts, err := inspection.Acts(ctx, v.DB, v.Vault, subject, object)
	for _, a := range acts {
		if a.Kind == kind {
			out = Said{At: a.At, Words: a.Words}
		}
	}
	return out, err
}
