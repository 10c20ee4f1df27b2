package issuance

import (
	"context"
	"strings"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/org"
	"yimen/domain/seal"
	"yimen/foundation/pdf"
	"yimen/ref"
)

func (p *Press) title(s *sheet) string {
	switch s.kind {
	case seal.Copy:
		return p.Text("letter.title.copy", "name", s.bound.licence.Name)
	case seal.ActNotice, seal.ActLetter:
		return p.Text("letter.title." + s.kind + "." + s.acting.Kind)
	}
	return Title(p.Text, s.item, s.kind)
}

// Title is what a paper of an item's case is called, by its kind (of domain/seal, copies apart).
func Title(say func(key string, args ...any) string, it *catalog.Item, kind string) string {
	if kind == seal.Licence || kind == seal.Reissue {
		return it.Result.Name
	}
	if kind == seal.Refusal && it.TaskType == ref.TaskPermit {
		return say("letter.title.refusal_permit") // 行政许可法 38
	}
	return say("letter.title." + kind)
}

// render draws a paper. Everything printed comes from the record, so the same record gives the
// same bytes.
func (p *Press) render(ctx context.Context, s *sheet) ([]byte, error) {
	doc := pdf.Document{Layout: pdf.Letter, Title: s.doc.Title, Number: s.doc.Number, Organ: s.organ.Name, Date: p.day(s.doc.Drafted), Made: s.doc.Drafted,
		Seal: &pdf.SealPicture{Organ: s.organ.Name, Legend: p.Text("letter.seal." + s.kind)}, Watermark: p.Text("letter.watermark"), Footer: p.Text("letter.footer", "number", s.c.Number.Format())}
	if p.Demo {
		doc.Seal.Legend = p.Text("letter.seal.demo")
	}
	doc.To = p.Text("letter.to", "name", s.party.Name)
	doc.Fields = p.caseFields(s)
	doc.QR = &pdf.QR{Text: p.Host + "/progress?n=" + string(s.c.Number), Caption: []string{p.Text("letter.qr.progress")}}
	var err error
	switch s.kind {
	case seal.Receipt, seal.Acceptance:
		p.receiptText(&doc, s)
	case seal.Undertaking, seal.Promise, seal.Tolerance:
		err = p.vowText(ctx, &doc, s)
	case seal.Correction:
		err = p.correctionText(ctx, &doc, s)
	case seal.Declining:
		err = p.decliningText(ctx, &doc, s)
	case seal.Refusal:
		err = p.refusalText(ctx, &doc, s)
	case seal.Licence:
		p.licenceText(&doc, s, issued{s.doc.Drafted, s.doc.Mark})
	case seal.Copy:
		p.copyText(&doc, s)
	case seal.FeeNotice:
		err = p.feeNoticeText(ctx, &doc, s)
	case seal.FeeReceipt:
		err = p.feeReceiptText(ctx, &doc, s)
	case seal.ActNotice:
		p.actNoticeText(&doc, s)
	case seal.ActLetter:
		p.actLetterText(&doc, s)
	case seal.Reissue:
		p.reissueText(&doc, s)
	case seal.Service:
		p.proofText(&doc, s)
	case seal.Special, seal.Extension, seal.ReviewCorrection, seal.Withdrawal, seal.Termination:
		err = p.clockText(ctx, &doc, s)
	}
	if err != nil {
		return nil, err
	}
	return pdf.Render(doc)
}

func (p *Press) caseFields(s *sheet) []pdf.Field {
	return []pdf.Field{
		{Label: p.Text("letter.field.item"), Value: s.item.Name},
		{Label: p.Text("letter.field.applicant"), Value: s.party.Name},
		{Label: p.Text("letter.field.number"), Value: ref.MaskNumber(s.number)},
		{Label: p.Text("letter.field.case"), Value: s.c.Number.Format()},
		{Label: p.Text("letter.field.serial"), Value: string(s.ci.Number)},
	}
}

// receiptText tells what happens next, until when, and what silence means.
func (p *Press) receiptText(d *pdf.Document, s *sheet) {
	body := "letter." + s.kind + ".body"
	if s.kind == seal.Acceptance && casefile.LifeOf(casefile.Holding(s.facts, s.ci.ID)).Tolerant {
		body = "letter.acceptance.tolerant"
	}
	d.Paragraphs = []string{p.Text(body, "day", p.day(s.at()), "item", s.item.Name)}
	if f, ok := s.told(); ok && f.Detail().Deemed {
		d.Paragraphs = []string{p.Text("letter.acceptance.deemed", "item", s.item.Name, "day", p.day(s.c.ReceivedAt))}
	}
	d.Closing = append(s.standing.Tell(p.Text, p.dayOf), p.Text("letter."+s.kind+".once"), p.Text("letter.silence."+s.item.Times.Silence),
		p.codeText(s), p.Text("letter.ask", "phone", s.item.Service.Ask))
}

// codeText is the query code. An agent holds the paper of a case they handed in, and with the code they would follow it
// after their mandate has ended, so theirs has none.
func (p *Press) codeText(s *sheet) string {
	if s.c.Agent != "" {
		return p.Text("letter.code.agent")
	}
	return p.Text("letter.code", "code", p.Code(s.c.ID))
}

// correctionText lists every organ's points, once and completely (行政许可法 32(4)).
func (p *Press) correctionText(ctx context.Context, d *pdf.Document, s *sheet) error {
	d.Paragraphs = []string{p.Text("letter.correction.body", "item", s.item.Name)}
	d.Table = &pdf.Table{Head: []string{p.Text("letter.correction.no"), p.Text("letter.correction.organ"), p.Text("letter.correction.point")}, Widths: []float64{1, 4, 9}}
	for _, t := range s.tasks {
		if t.Outcome != approval.Points {
			continue
		}
		o, err := org.GetOrgan(ctx, p.DB, t.Organ)
		if err != nil {
			return err
		}
		note, err := p.note(ctx, t)
		if err != nil {
			return err
		}
		for _, line := range strings.Split(note, "\n") {
			if line = strings.TrimSpace(line); line != "" {
				d.Table.Rows = append(d.Table.Rows, []string{p.Text("letter.ordinal", "n", len(d.Table.Rows)+1), o.Name, line})
			}
		}
	}
	d.Closing = []string{p.Text("letter.correction.once")}
	if f, _ := s.told(); f.Detail().Until != 0 {
		d.Closing = append(d.Closing, p.Text("letter.correction.until", "day", p.day(time.UnixMicro(f.Detail().Until))))
	}
	d.Closing = append(d.Closing, p.Text("letter.ask", "phone", s.item.Service.Ask))
	return nil
}

func (p *Press) note(ctx context.Context, t approval.Task) (string, error) {
	if len(t.Note) == 0 {
		return "", nil
	}
	c, err := casefile.Get(ctx, p.DB, t.Case)
	if err != nil {
		return "", err
	}
	b, err := p.Vault.Open(ctx, p.DB, string(c.Party), "approval_task.note."+string(t.ID), t.Note)
	return string(b), err
}

func (p *Press) decliningText(ctx context.Context, d *pdf.Document, s *sheet) error {
	var reasons string
	for _, t := range s.tasks {
		if t.Outcome == approval.Decline {
			var err error
			if reasons, err = p.note(ctx, t); err != nil {
				return err
			}
		}
	}
	d.Paragraphs = []string{p.Text("letter.declining.body", "item", s.item.Name)}
	if err := p.groundText(ctx, d, s); err != nil {
		return err
	}
	d.Paragraphs = append(d.Paragraphs, p.Text("letter.reasons", "reasons", flat(reasons)))
	p.remedyText(d, s)
	return nil
}

// groundText says by which rule it is not accepted, and which organ is competent instead (行政许可法 32(1), (2)).
func (p *Press) groundText(ctx context.Context, d *pdf.Document, s *sheet) error {
	f, _ := s.told()
	detail := f.Detail()
	if detail.Ground == "" {
		return nil
	}
	args := []any{"organ", ""}
	if detail.Right != "" {
		o, err := org.GetOrgan(ctx, p.DB, detail.Right)
		if err != nil {
			return err
		}
		args[1] = o.Name
	}
	d.Paragraphs = append(d.Paragraphs, p.Text("letter.ground."+detail.Ground, args...))
	return nil
}

func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// refusalText gives the reasons, the rule's row and law, and the remedy (行政许可法 38); a decision that left the rule says so
// and why.
func (p *Press) refusalText(ctx context.Context, d *pdf.Document, s *sheet) error {
	reasons, err := p.note(ctx, s.task)
	if err != nil {
		return err
	}
	d.Paragraphs = []string{p.Text("letter.refusal.body", "item", s.item.Name), p.Text("letter.reasons", "reasons", flat(reasons))}
	row, rested := s.item.Rule.Row(s.task.RuleRow)
	if s.task.Departed() {
		left, err := s.task.OpenDeparture(ctx, p.DB, p.Vault, s.c.Party)
		if err != nil {
			return err
		}
		d.Paragraphs = append(d.Paragraphs, p.departedText(s, left))
	}
	switch {
	case rested:
		d.Paragraphs = append(d.Paragraphs, p.Text("letter.rule", "row", row.ID, "says", row.Says, "law", row.Basis.Law, "article", p.article(row.Basis)),
			p.Text("letter.rule.words", "text", flat(row.Basis.Text)))
	case len(s.item.Basis) > 0:
		basis := s.item.Basis[0]
		d.Paragraphs = append(d.Paragraphs, p.Text("letter.basis", "law", basis.Law, "article", p.article(basis)), p.Text("letter.rule.words", "text", flat(basis.Text)))
	}
	p.remedyText(d, s)
	return nil
}

// departedText tells what the rule proposed and why it was not followed.
func (p *Press) departedText(s *sheet, left approval.Departure) string {
	row, ok := s.item.Rule.Row(left.Proposed)
	if !ok {
		return p.Text("letter.departed.gap", "reason", flat(left.Reason))
	}
	return p.Text("letter.departed", "row", row.ID, "says", row.Says, "reason", flat(left.Reason))
}

func (p *Press) article(c catalog.Citation) string {
	return p.Article(c.Article, c.Sub, c.Paragraph, c.Point)
}

// Article writes 第三十八条第二款 from its numbers.
func (p *Press) Article(article, sub, paragraph, point int) string {
	s := p.Text("letter.article", "n", han(article))
	if sub > 0 {
		s += p.Text("letter.article.sub", "n", han(sub))
	}
	if paragraph > 0 {
		s += p.Text("letter.article.paragraph", "n", han(paragraph))
	}
	if point > 0 {
		s += p.Text("letter.article.point", "n", han(point))
	}
	return s
}

// han writes 1–9999 as Chinese numerals, as laws number their articles.
func han(n int) string {
	digits, units := []rune("零一二三四五六七八九"), []string{"", "十", "百", "千"}
	if n <= 0 || n > 9999 {
		return ""
	}
	var out string
	zero := false
	for place := 3; place >= 0; place-- {
		unit := [...]int{1, 10, 100, 1000}[place]
		d := n / unit % 10
		if d == 0 {
			zero = out != ""
			continue
		}
		if zero {
			out += "零"
			zero = false
		}
		if !(d == 1 && place == 1 && out == "") { // 十五, not 一十五
			out += string(digits[d])
		}
		out += units[place]
	}
	return out
}

func (p *Press) remedyText(d *pdf.Document, s *sheet) {
	r := s.item.Remedy.Against(p.Text("letter.government"))
	d.Closing = []string{p.Text("letter.remedy", "body", r.Review, "days", r.ReviewDays, "months", r.CourtMonths, "court", r.Court)}
}

// issued is from when a licence is good, and its mark.
type issued struct {
	from time.Time
	mark string
}

// licenceText lays the licence out: holder, what it allows, validity, conditions, mark, QR.
func (p *Press) licenceText(d *pdf.Document, s *sheet, l issued) {
	d.Layout = pdf.Licence
	d.To = ""
	d.Fields = []pdf.Field{{Label: p.Text("letter.field.holder"), Value: s.party.Name}, {Label: p.Text("letter.field.number"), Value: ref.MaskNumber(s.number)}}
	for _, f := range s.item.Form {
		for _, want := range s.item.Result.Fields {
			if want == f.Element && s.answers[want].Value != "" {
				d.Fields = append(d.Fields, pdf.Field{Label: f.Label, Value: f.Shown(s.answers[want].Value)})
			}
		}
	}
	end := p.Text("letter.no_end")
	if t := until(s.item, l.from); !t.IsZero() {
		end = p.Text("letter.until", "from", p.day(l.from), "to", p.day(t))
	}
	d.Fields = append(d.Fields, pdf.Field{Label: p.Text("letter.field.valid"), Value: end})
	d.Paragraphs = s.item.Result.Conditions
	if l.mark != "" {
		d.Fields = append(d.Fields, pdf.Field{Label: p.Text("letter.field.mark"), Value: l.mark})
		d.QR = &pdf.QR{Text: p.Host + "/verify?m=" + l.mark, Caption: []string{p.Text("letter.qr.verify")}}
	}
}
