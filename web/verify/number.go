package verify

import (
	"context"

	"yimen/domain/licence"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
)

// ofMark says what a licence's paper says, the holder masked.
func (s *Surface) ofMark(ctx context.Context, p *page.Page, mark ref.LicenceMark) ([]found, error) {
	l, err := licence.ByMark(ctx, s.DB, mark)
	if fault.Is(err, fault.NotFound) {
		return s.ofFormer(ctx, p, mark)
	}
	if err != nil {
		return nil, err
	}
	rows, err := s.holder(ctx, p, l)
	if err != nil {
		return nil, err
	}
	more, err := s.bare(ctx, p, l)
	if err != nil {
		return nil, err
	}
	rows = append(append(rows, more...), plain(p, "mark", string(l.Mark)))
	acts, err := licence.Acts(ctx, s.DB, l.ID)
	if last, ok := licence.Last(acts); ok {
		rows = append(rows, plain(p, "act", p.T("verify.act", "act", p.T("after.act."+last.Kind), "day", day(p, last.Settled))))
	}
	return []found{{state(p, l), rows}}, err
}

// ofFormer says of a mark that it is a former version's, and nothing of whom.
func (s *Surface) ofFormer(ctx context.Context, p *page.Page, mark ref.LicenceMark) ([]found, error) {
	was, err := licence.FormerByMark(ctx, s.DB, mark)
	if err != nil {
		return nil, err
	}
	return []found{former(p, was)}, nil
}

func former(p *page.Page, was licence.Version) found {
	return found{page.Notify{Tone: page.Warn, Title: p.T("verify.former"), Text: p.T("verify.former.how")},
		[]page.Row{chinese(p, "number", was.Number), plain(p, "mark", string(was.Mark)), plain(p, "ended", day(p, was.Ended))}}
}

func (s *Surface) holder(ctx context.Context, p *page.Page, l licence.Licence) ([]page.Row, error) {
	holder, err := party.Get(ctx, s.DB, l.Party)
	return []page.Row{chinese(p, "holder", masked(holder.Name))}, err
}

// bare are a licence's rows that say nothing of its holder.
func (s *Surface) bare(ctx context.Context, p *page.Page, l licence.Licence) ([]page.Row, error) {
	organ, err := org.GetOrgan(ctx, s.DB, l.Organ)
	return []page.Row{
		chinese(p, "name", l.Name), chinese(p, "organ", organ.Name), chinese(p, "number", l.Number),
		plain(p, "issued", day(p, l.Issued)), plain(p, "from", day(p, l.ValidFrom)), plain(p, "until", until(p, l)),
	}, err
}

// ofNumber says of each paper with a document number what kind it is and how it stands. Numbers run in sequence, so anybody
// can count through them: no holder, no mark, no case and no purpose.
func (s *Surface) ofNumber(ctx context.Context, p *page.Page, number string) (out []found, err error) {
	docs, err := seal.ByNumber(ctx, s.DB, number)
	for _, d := range docs {
		var f found
		switch {
		case d.Kind == seal.Copy:
			f, err = s.numberedCopy(ctx, p, d)
		case d.Mark != "":
			f, err = s.numberedLicence(ctx, p, d)
		default:
			f.Notify = page.Notify{Tone: page.Info, Title: p.T("verify.paper"), Text: p.T("verify.paper.how")}
			f.Rows, err = s.paper(ctx, p, d)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, err
}

func (s *Surface) numberedLicence(ctx context.Context, p *page.Page, d seal.Document) (f found, err error) {
	l, err := licence.ByMark(ctx, s.DB, ref.LicenceMark(d.Mark))
	if fault.Is(err, fault.NotFound) {
		was, err := licence.FormerByMark(ctx, s.DB, ref.LicenceMark(d.Mark))
		return former(p, was), err
	}
	if err != nil {
		return f, err
	}
	f.Notify = state(p, l)
	f.Text += p.T("verify.number.note")
	f.Rows, err = s.bare(ctx, p, l)
	return f, err
}

func (s *Surface) numberedCopy(ctx context.Context, p *page.Page, d seal.Document) (f found, err error) {
	c, err := licence.CopyByDocument(ctx, s.DB, d.ID)
	if err != nil {
		return f, err
	}
	l, err := licence.Get(ctx, s.DB, c.Licence)
	if err != nil {
		return f, err
	}
	f.Notify = standing(p, c, l)
	f.Text = p.T("verify.copy.number")
	f.Rows, err = s.paper(ctx, p, d)
	return found{f.Notify, append(f.Rows, plain(p, "last_day", p.FullDate(c.LastDay())), plain(p, "state", state(p, l).Title))}, err
}

// paper are the rows of any sealed document.
func (s *Surface) paper(ctx context.Context, p *page.Page, d seal.Document) ([]page.Row, error) {
	organ, err := org.GetOrgan(ctx, s.DB, d.Organ)
	return []page.Row{chinese(p, "title", d.Title), chinese(p, "organ_of", organ.Name), chinese(p, "number", d.Number), plain(p, "sealed", day(p, d.Sealed))}, err
}

// ofCode says what a copy's paper says: for what and where, the licence as it stands, the holder masked.
func (s *Surface) ofCode(ctx context.Context, p *page.Page, code ref.CopyCode) ([]found, error) {
	c, err := licence.CopyByCode(ctx, s.DB, s.Vault, code)
	if err != nil {
		return nil, err
	}
	l, err := licence.Get(ctx, s.DB, c.Licence)
	if err != nil {
		return nil, err
	}
	words, err := licence.OpenCopy(ctx, s.DB, s.Vault, c)
	if err != nil {
		return nil, err
	}
	holder, err := s.holder(ctx, p, l)
	if err != nil {
		return nil, err
	}
	bare, err := s.bare(ctx, p, l)
	rows := append(only(p, words, p.FullDate(c.LastDay())), plain(p, "state", state(p, l).Title))
	return []found{{standing(p, c, l), append(append(rows, holder...), bare...)}}, err
}

// only are the rows that say for what alone a copy is good.
func only(p *page.Page, w licence.Words, last string) []page.Row {
	return []page.Row{chinese(p, "purpose", w.Purpose), chinese(p, "recipient", w.Recipient), plain(p, "last_day", last)}
}

// standing says in a sentence whether a copy is good: it is no better than the licence behind it.
func standing(p *page.Page, c licence.Copy, l licence.Licence) page.Notify {
	behind := state(p, l)
	switch {
	case l.StateAt(p.Now) != ref.LicenceValid:
		return page.Notify{Tone: behind.Tone, Title: p.T("verify.copy.behind", "state", behind.Title), Text: p.T("verify.copy.behind.how")}
	case c.Past(p.Now):
		return page.Notify{Tone: page.Warn, Title: p.T("verify.copy.past"), Text: p.T("verify.copy.past.how")}
	}
	return page.Notify{Tone: page.Good, Title: p.T("verify.copy"), Text: p.T("verify.copy.how")}
}
