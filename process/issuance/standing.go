package issuance

import (
	"context"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/clock"
	"yimen/domain/org"
	"yimen/foundation/calendar"
	"yimen/ref"
)

// standing is how the case stands on the paper's day, told by the plan and not by the tasks,
// which other hands are opening meanwhile.
func (p *Press) standing(ctx context.Context, s *sheet) (casefile.Standing, error) {
	switch s.kind {
	case "receipt":
		return p.waits(ctx, s, casefile.Received, catalog.Step{Kind: approval.Accept, Organ: s.item.Acceptor()})
	case "acceptance":
		return p.waits(ctx, s, casefile.Accepted, s.item.FirstSteps()...)
	}
	return casefile.Standing{}, nil
}

func (p *Press) waits(ctx context.Context, s *sheet, stage casefile.Stage, steps ...catalog.Step) (casefile.Standing, error) {
	out := casefile.Standing{Stage: stage}
	for _, step := range steps {
		o, err := p.organOf(ctx, s, step.Organ)
		if err != nil {
			return out, err
		}
		out.Holders = append(out.Holders, casefile.Holder{Organ: o.Name, Phone: o.Phone, Kind: step.Kind, Step: step.Name, Since: s.at()})
	}
	d, err := p.deadline(s, stage)
	out.Due, out.Left, out.Unsure = d.Day, d.Remaining, d.MissingYear
	return out, err
}

func (p *Press) organOf(ctx context.Context, s *sheet, id ref.OrganID) (org.Organ, error) {
	if id == catalog.Street {
		return org.StreetOf(ctx, p.DB, s.c.Place)
	}
	return org.GetOrgan(ctx, p.DB, id)
}

func (p *Press) deadline(s *sheet, stage casefile.Stage) (clock.Deadline, error) {
	in := clock.Input{Calendar: p.Calendar(), Facts: clock.Facts{Received: s.c.ReceivedAt}, Span: clock.Acceptance, Rules: clock.UsualRules, Now: s.at()}
	if stage == casefile.Accepted {
		in.Facts.Accepted, in.Span = s.ci.AcceptedAt, clock.Span{N: s.item.Times.Promised.N, Unit: clock.Unit(s.item.Times.Promised.Unit)}
	}
	return clock.Compute(in)
}

func (p *Press) dayOf(d calendar.Date) string {
	y, m, n := d.Date()
	return p.Text("letter.day", "y", y, "m", int(m), "d", n)
}

func (p *Press) day(t time.Time) string { return p.dayOf(calendar.DateOf(t)) }
