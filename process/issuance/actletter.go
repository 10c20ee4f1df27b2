package issuance

import (
	"context"
	"strings"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/domain/form"
	"yimen/domain/licence"
	"yimen/domain/material"
	"yimen/domain/seal"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/pdf"
	"yimen/ref"
)

// Sources of the papers of an act; the act's id follows.
const (
	toldSource    = "told:"
	actSource     = "act:"
	reissueSource = "reissue:"
)

// acting is an act on its way to paper.
type acting struct {
	licence.Act
	words   licence.ActWords
	note    string
	stated  string
	rule    licence.Rule
	ground  licence.Ground
	licence licence.Licence
}

// day is the date on a paper of an act.
func (a *acting) day(kind string) time.Time {
	if kind == seal.ActNotice {
		return a.At
	}
	return a.Settled
}

// ActNotice makes the letter that tells a holder what is going to be done, and until when they may state.
func (p *Press) ActNotice(ctx context.Context, d event.Delivery, e licence.ActTold) error {
	return p.actPaper(ctx, d, e.Act, toldSource, seal.ActNotice)
}

// ActLetter makes the letter of an act that was decided.
func (p *Press) ActLetter(ctx context.Context, d event.Delivery, e licence.ActCarried) error {
	return p.actPaper(ctx, d, e.Act, actSource, seal.ActLetter)
}

// Reissue makes a licence's new version.
func (p *Press) Reissue(ctx context.Context, d event.Delivery, e licence.VersionDue) error {
	return p.actPaper(ctx, d, e.Act, reissueSource, seal.Reissue)
}

func (p *Press) actPaper(ctx context.Context, d event.Delivery, id ref.ActID, source, kind string) error {
	act, err := licence.GetAct(ctx, p.DB, id)
	if err != nil {
		return err
	}
	x := &acting{Act: act}
	x.rule, _ = licence.RuleOf(act.Kind)
	x.ground, _ = x.rule.Ground(act.Ground)
	if x.words, err = act.Open(ctx, p.DB, p.Vault); err != nil {
		return err
	}
	if x.stated, x.note, err = act.OpenSaid(ctx, p.DB, p.Vault); err != nil {
		return err
	}
	if x.licence, err = licence.Get(ctx, p.DB, act.Licence); err != nil {
		return err
	}
	return p.draft(ctx, d, act.Case, order{source: source + string(id), kind: kind, item: x.licence.CaseItem, fact: casefile.FactDecided, acting: x})
}

// renumber gives a new version its number and the next version of its mark.
func renumber(doc seal.Document, number string, mark ref.LicenceMark) (seal.Document, error) {
	next, err := licence.NextVersion(mark)
	doc.Number, doc.Mark = number, string(next)
	return doc, err
}

// amend lays the changes of a licence that were decided so far over the answers it was granted on.
func (p *Press) amend(ctx context.Context, s *sheet) error {
	var id ref.LicenceID
	switch {
	case s.bound != nil:
		id = s.bound.Licence
	case s.kind == seal.Reissue:
		id = s.acting.Licence
	default:
		return nil
	}
	all, err := licence.Acts(ctx, p.DB, id)
	for _, a := range all {
		if err != nil {
			return err
		}
		if a.State != licence.Carried || a.Kind != licence.Alter && a.Kind != licence.Correct {
			continue
		}
		var words licence.ActWords
		words, err = a.Open(ctx, p.DB, p.Vault)
		for element, value := range words.Changes {
			s.answers[element] = form.Answer{Element: element, Value: value, Source: "source.act", At: a.Settled}
		}
	}
	return err
}

// actNoticeText tells the holder what is going to be done, on what facts and law, and until when they may state.
func (p *Press) actNoticeText(d *pdf.Document, s *sheet) {
	a := s.acting
	d.Fields = p.actFields(s)
	d.Paragraphs = append([]string{p.Text("letter.act_notice.body", "name", a.licence.Name, "number", a.licence.Number, "act", p.Text("letter.act.word."+a.Kind))}, p.groundsText(a)...)
	d.Closing = []string{p.Text("letter.act_notice.may", "n", a.rule.Hear), p.Text("letter.act_notice.how"), p.Text("letter.ask", "phone", s.item.Service.Ask)}
}

// actLetterText tells what was decided, why, what becomes of the licence, and what may be done against it.
func (p *Press) actLetterText(d *pdf.Document, s *sheet) {
	a := s.acting
	d.Fields = p.actFields(s)
	d.Paragraphs = append([]string{p.Text("letter.act.body."+a.Kind, "name", a.licence.Name, "number", a.licence.Number)}, p.groundsText(a)...)
	for _, x := range []struct{ key, words string }{{"interests", a.words.Interests}, {"pays", a.words.Pays}, {"stated", a.stated}, {"note", a.note}} {
		if x.words != "" {
			d.Paragraphs = append(d.Paragraphs, p.Text("letter.act."+x.key, "words", flat(x.words)))
		}
	}
	if len(a.words.Changes) > 0 {
		d.Table = p.changeTable(s.item, a.words.Changes)
	}
	d.Paragraphs = append(d.Paragraphs, p.Text("letter.act.effect."+a.Kind, "day", p.day(a.Settled)))
	p.remedyText(d, s)
}

func (p *Press) actFields(s *sheet) []pdf.Field {
	return []pdf.Field{{Label: p.Text("letter.field.holder"), Value: s.party.Name}, {Label: p.Text("letter.field.number"), Value: ref.MaskNumber(s.number)},
		{Label: p.Text("letter.field.licence"), Value: s.acting.licence.Name}, {Label: p.Text("letter.field.licence_number"), Value: s.acting.licence.Number},
		{Label: p.Text("letter.field.mark"), Value: string(s.acting.licence.Mark)}}
}

// groundsText gives the facts, the law and, for what was decided outside, whose decision it was.
func (p *Press) groundsText(a *acting) []string {
	out := []string{p.Text("letter.act.facts", "reason", flat(a.words.Reason))}
	if a.words.Body != "" {
		out = append(out, p.Text("letter.act.outside", "body", a.words.Body, "number", a.words.Decision))
	}
	if a.ground.Law == "" {
		return append(out, p.Text("letter.act.case", "words", a.ground.Words))
	}
	return append(out, p.Text("letter.act.law", "law", a.ground.Law, "article", p.Article(a.ground.Article, 0, a.ground.Paragraph, a.ground.Point), "words", a.ground.Words))
}

// changeTable lists what a licence says from now on.
func (p *Press) changeTable(it *catalog.Item, changes map[string]string) *pdf.Table {
	t := &pdf.Table{Head: []string{p.Text("letter.change.what"), p.Text("letter.change.new")}, Widths: []float64{1, 2}}
	for _, f := range it.Form {
		if v, ok := changes[f.Element]; ok {
			t.Rows = append(t.Rows, []string{f.Label, f.Shown(v)})
		}
	}
	return t
}

// reissueText lays the licence out as it reads from now on; its validity is the one it was granted with.
func (p *Press) reissueText(d *pdf.Document, s *sheet) {
	p.licenceText(d, s, issued{s.acting.licence.ValidFrom, s.doc.Mark})
	d.Footer = p.Text("letter.footer.reissue."+s.acting.Kind, "day", p.day(s.acting.Settled), "number", s.c.Number.Format())
}

// actTold notes an act's sealed letter on the act and on the case.
func (p *Press) actTold(ctx context.Context, tx *db.Tx, c *casefile.Case, doc stamped) error {
	told := doc.Kind == seal.ActNotice
	id := strings.TrimPrefix(strings.TrimPrefix(doc.Source, toldSource), actSource)
	if err := licence.SetLetter(ctx, tx, ref.ActID(id), told, doc.ID); err != nil {
		return err
	}
	return p.sealed(ctx, tx, c, doc)
}

// renewed makes a sealed new version the licence's, and its paper the one that is reused.
func (p *Press) renewed(ctx context.Context, tx *db.Tx, c *casefile.Case, doc stamped) error {
	act, err := licence.GetAct(ctx, tx, ref.ActID(strings.TrimPrefix(doc.Source, reissueSource)))
	if err != nil {
		return err
	}
	l, err := licence.Get(ctx, tx, act.Licence)
	if err != nil {
		return err
	}
	next := l
	next.Mark, next.Number, next.Document = ref.LicenceMark(doc.Mark), doc.Number, doc.ID
	if err := licence.Supersede(ctx, tx, l, act.ID, next, doc.Sealed); err != nil {
		return err
	}
	if err := material.EndVersion(ctx, tx, l.Party, l.ID, doc.Sealed); err != nil {
		return err
	}
	if err := p.deposit(ctx, tx, next, doc); err != nil {
		return err
	}
	return p.sealed(ctx, tx, c, doc)
}
