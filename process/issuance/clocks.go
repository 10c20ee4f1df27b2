package issuance

import (
	"context"
	"strconv"
	"strings"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/seal"
	"yimen/foundation/event"
	"yimen/foundation/pdf"
	"yimen/ref"
)

// The papers that tell a change of a case's time or its end without a decision.

// Special tells that a special procedure begins and how long it takes (行政许可法 45).
func (p *Press) Special(ctx context.Context, d event.Delivery, e casefile.WasPaused) error {
	return p.draft(ctx, d, e.Case, again("paused", e.Case, e.Item, e.Seq, seal.Special, casefile.FactPaused))
}

// Extension tells that the organ's head has added time, and why (42).
func (p *Press) Extension(ctx context.Context, d event.Delivery, e casefile.WasExtended) error {
	return p.draft(ctx, d, e.Case, again("extended", e.Case, e.Item, e.Seq, seal.Extension, casefile.FactExtended))
}

// Asking tells what is asked for during review.
func (p *Press) Asking(ctx context.Context, d event.Delivery, e casefile.WasAsked) error {
	return p.draft(ctx, d, e.Case, again("asked", e.Case, e.Item, e.Seq, seal.ReviewCorrection, casefile.FactAsked))
}

// Withdrawal confirms that the applicant took the matter back.
func (p *Press) Withdrawal(ctx context.Context, d event.Delivery, e casefile.WasWithdrawn) error {
	return p.draft(ctx, d, e.Case, order{source: cause("withdrawn", e.Case, e.Item), kind: seal.Withdrawal, item: e.Item, fact: casefile.FactWithdrawn})
}

// Termination tells that a matter ended without a decision, why, and what can be done against it.
func (p *Press) Termination(ctx context.Context, d event.Delivery, e casefile.WasTerminated) error {
	return p.draft(ctx, d, e.Case, order{source: cause("terminated", e.Case, e.Item), kind: seal.Termination, item: e.Item, fact: casefile.FactTerminated})
}

// again is the order of a paper that a case may get more than once: one for each fact.
func again(what string, id ref.CaseID, item ref.CaseItemID, seq int64, kind string, fact casefile.Kind) order {
	return order{source: cause(what, id, item) + ":" + strconv.FormatInt(seq, 10), kind: kind, item: item, fact: fact, seq: seq}
}

// clockText writes the papers of this file.
func (p *Press) clockText(ctx context.Context, d *pdf.Document, s *sheet) error {
	fact, _ := s.told()
	words, err := p.factNote(ctx, s, fact)
	if err != nil {
		return err
	}
	detail := fact.Detail()
	length := p.Text("letter.span."+detail.Unit, "n", detail.N)
	switch s.kind {
	case seal.Special:
		d.Paragraphs = []string{p.Text("letter.special.body", "item", s.item.Name, "what", p.specialName(s.item, detail.Special), "day", p.day(s.at()), "span", length), p.specialBasis(s.item, detail.Special)}
		d.Closing = []string{p.Text("letter.special.after")}
	case seal.Extension:
		d.Paragraphs = []string{p.Text("letter.extension.body", "item", s.item.Name, "span", length, "due", p.day(s.ci.Due)), p.Text("letter.reasons", "reasons", flat(words))}
	case seal.ReviewCorrection:
		d.Paragraphs = []string{p.Text("letter.asked.body", "item", s.item.Name)}
		d.Table = &pdf.Table{Head: []string{p.Text("letter.correction.no"), p.Text("letter.correction.point")}, Widths: []float64{1, 13}}
		for line := range strings.Lines(words) {
			d.Table.Rows = append(d.Table.Rows, []string{p.Text("letter.ordinal", "n", len(d.Table.Rows)+1), flat(line)})
		}
		d.Closing = []string{p.Text("letter.asked.runs")}
	case seal.Withdrawal:
		d.Paragraphs = []string{p.Text("letter.withdrawal.body", "item", s.item.Name, "day", p.day(s.at()))}
	case seal.Termination:
		return p.terminationText(ctx, d, s, detail)
	}
	d.Closing = append(d.Closing, p.Text("letter.ask", "phone", s.item.Service.Ask))
	return nil
}

func (p *Press) terminationText(ctx context.Context, d *pdf.Document, s *sheet, detail casefile.Detail) error {
	d.Paragraphs = []string{p.Text("letter.termination.body", "item", s.item.Name, "day", p.day(s.at())), p.Text("letter.termination." + detail.Ground)}
	for _, t := range s.tasks {
		if t.ID != detail.Task || t.Kind != approval.End {
			continue
		}
		words, err := p.note(ctx, t)
		if err != nil {
			return err
		}
		d.Paragraphs = append(d.Paragraphs, p.Text("letter.reasons", "reasons", flat(words)))
	}
	p.remedyText(d, s)
	return nil
}

// factNote opens the words of a fact.
func (p *Press) factNote(ctx context.Context, s *sheet, f casefile.Fact) (string, error) {
	if len(f.Note) == 0 {
		return "", nil
	}
	b, err := p.Vault.Open(ctx, p.DB, string(s.c.Party), "casefile_fact.note."+string(s.c.ID), f.Note)
	return string(b), err
}

func special(it *catalog.Item, kind string) (out catalog.Special) {
	for _, x := range it.Special {
		if x.Kind == kind {
			return x
		}
	}
	return out
}

func (p *Press) specialName(it *catalog.Item, kind string) string {
	if name := special(it, kind).Name; name != "" {
		return name
	}
	return p.Text("letter.special.kind." + kind)
}

// specialBasis is the law by which the time is not counted: the item's own, else that of permits.
func (p *Press) specialBasis(it *catalog.Item, kind string) string {
	if b := special(it, kind).Basis; b != nil {
		return p.Text("letter.basis", "law", b.Law, "article", p.article(*b))
	}
	return p.Text("letter.special.law")
}
