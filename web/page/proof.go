package page

import (
	"net/http"

	"yimen/domain/clock"
	"yimen/view/casepage"
)

// ProofPaper writes out how the dates of a case came about, line by line; the page and the PDF are made from it.
func ProofPaper(p *Page, seen *casepage.Page, proofs []casepage.Proof) Paper {
	x := Paper{Title: p.T("proof.title"), Edition: seen.Case.Number.Format(), Lead: p.T("proof.lead"), Made: p.Now,
		Facts: []Row{{Label: p.T("proof.item"), Value: seen.Doc.Name}, {Label: p.T("proof.organ"), Value: seen.Organ.Name}, {Label: p.T("proof.received"), Value: p.When(seen.Life.Received)}}}
	if !seen.Life.Accepted.IsZero() {
		x.Facts = append(x.Facts, Row{Label: p.T("proof.accepted"), Value: p.When(seen.Life.Accepted)})
	}
	if !seen.Life.Decided.IsZero() {
		x.Facts = append(x.Facts, Row{Label: p.T("proof.decided"), Value: p.When(seen.Life.Decided)}, Row{Label: p.T("proof.saved"), Value: p.T("span.workday", "n", seen.Item.Saved)})
	}
	for _, c := range proofs {
		x.Parts = append(x.Parts, proofPart(p, c))
	}
	return x
}

func proofPart(p *Page, c casepage.Proof) PaperPart {
	part := PaperPart{ID: c.Name, Title: p.T("proof." + c.Name), Facts: []Row{{Label: p.T("proof.span"), Value: p.T("span."+string(c.Span.Unit), "n", c.Span.N)},
		{Label: p.T("proof.due"), Value: p.FullDate(c.Clock.Day)}, {Label: p.T("proof.left"), Value: leftWords(p, c.Clock)}}}
	for _, s := range c.Steps {
		part.Points = append(part.Points, proofLine(p, s))
	}
	return part
}

func leftWords(p *Page, d clock.Deadline) string {
	switch {
	case d.Paused:
		return p.T("proof.left.paused", "n", max(d.Remaining, 0))
	case d.State == clock.Overdue:
		return p.T("proof.left.over", "n", max(-d.Remaining, 0))
	}
	return p.T("proof.left.days", "n", d.Remaining)
}

// proofLine is one line: days in words, and one day instead of a stretch where it is one.
func proofLine(p *Page, s clock.Step) string {
	days := p.FullDate(s.From)
	if s.To > s.From {
		days = p.T("proof.days", "from", days, "to", p.FullDate(s.To))
	}
	span := ""
	if s.Unit != "" {
		span = p.T("span."+string(s.Unit), "n", s.N)
	}
	return p.T(s.Key(), "days", days, "to", p.FullDate(s.To), "count", s.Count, "n", s.N, "name", s.Name, "span", span)
}

// ServeProof answers with the proof as a PDF.
func ServeProof(w http.ResponseWriter, r *http.Request, seen *casepage.Page, proofs []casepage.Proof) error {
	p := InChinese(r)
	return ProofPaper(p, seen, proofs).Serve(w, r, p, p.T("proof.title")+string(seen.Case.Number))
}
