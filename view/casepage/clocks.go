package casepage

import (
	"context"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/clock"
	"yimen/ref"
)

// Motion is what an officer asked the organ's head for, with its words and names.
type Motion struct {
	approval.Motion
	Words    approval.MotionBody
	Answered string // what the head said
	ByName   string
	Head     string // who answered
}

// motions opens the motions of the case.
func (v *View) motions(ctx context.Context, p *Page, n nameBook) error {
	rows, err := approval.Motions(ctx, v.DB, p.Case.ID)
	for _, row := range rows {
		m := Motion{Motion: row, ByName: n.staff(row.By), Head: n.staff(row.AnsweredBy)}
		if m.Words, m.Answered, err = row.Open(ctx, v.DB, v.Vault, p.Case.Party); err != nil {
			return err
		}
		p.Motions = append(p.Motions, m)
	}
	return err
}

// Proof is one clock of a case, worked out line by line.
type Proof struct {
	Name  string // accept, promised, legal, anew or deliver; texts proof.NAME
	Span  clock.Span
	Clock clock.Deadline
	Steps []clock.Step
}

// Proofs work out the clocks of a case: the five days before it is accepted; after that what is promised, and what the law gives where
// that is longer; after the decision the days of delivery.
func (v *View) Proofs(ctx context.Context, id ref.CaseID) (p *Page, out []Proof, err error) {
	p = &Page{}
	if p.Case, err = casefile.Get(ctx, v.DB, id); err != nil {
		return nil, nil, err
	}
	if err := v.nouns(ctx, p); err != nil {
		return nil, nil, err
	}
	facts, err := casefile.Facts(ctx, v.DB, id)
	if err != nil {
		return nil, nil, err
	}
	p.Life = casefile.LifeOf(casefile.Holding(facts, p.Item.ID))
	for _, c := range v.clocks(p) {
		one := Proof{Name: c.name, Span: c.in.Span}
		if one.Clock, one.Steps, err = clock.Prove(c.in); err != nil {
			return nil, nil, err
		}
		out = append(out, one)
	}
	return p, out, nil
}

type namedClock struct {
	name string
	in   clock.Input
}

func (v *View) clocks(p *Page) (out []namedClock) {
	in := v.input(p)
	if p.Life.Accepted.IsZero() {
		return []namedClock{{"accept", in}}
	}
	if p.Life.Ordered() > 0 {
		out = append(out, namedClock{"anew", in})
	} else {
		out = append(out, namedClock{"promised", in})
		if legal := (clock.Span{N: p.Doc.Times.Legal.N, Unit: clock.Unit(p.Doc.Times.Legal.Unit)}); legal.Unit != "" && legal != in.Span {
			out = append(out, namedClock{"legal", v.clockOf(p, casefile.DecideClock, legal)})
		}
	}
	if !p.Life.Decided.IsZero() {
		out = append(out, namedClock{"deliver", v.clockOf(p, casefile.DeliverClock, clock.Delivery)})
	}
	return out
}

// asked are the points that are asked for during review and not brought yet.
func (v *View) asked(ctx context.Context, p *Page) ([]string, error) {
	words, err := v.note(ctx, p.Case.Party, "casefile_fact.note."+string(p.Case.ID), p.Life.Asked.Note)
	return Lines(words), err
}
