package issuance

import (
	"context"
	"crypto/rand"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"yimen/domain/audit"
	"yimen/domain/casefile"
	"yimen/domain/licence"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/foundation/pdf"
	"yimen/ref"
)

// CopyOrder asks for a copy of a licence that is good for one purpose at one place only (加注件).
type CopyOrder struct {
	Submit    once.Submit // its Hash is made here
	Party     ref.PartyID // who asks; must hold the licence
	Licence   ref.LicenceID
	Purpose   string        // what for, 2–60 characters
	Recipient string        // where, 2–40 characters
	Until     calendar.Date // the last day: today at the earliest, a year ahead and the licence's end at the latest
	By        string        // "party:…" or "staff:…", for the audit
}

// Lengths of a copy's words in characters.
const (
	copyShortest     = 2
	copyPurposeMost  = 60
	copyRecipientMax = 40
)

// Copy orders a copy; its PDF is made right after (licence.Copy.Ready). Somebody else's licence
// is NotFound, one that is not valid a Conflict; what is wrong with the order is Invalid by the
// fields purpose, recipient and until.
func (p *Press) Copy(ctx context.Context, o CopyOrder) (id ref.CopyID, err error) {
	o.Purpose, o.Recipient = flat(o.Purpose), flat(o.Recipient)
	l, err := licence.Get(ctx, p.DB, o.Licence)
	if err != nil {
		return "", err
	}
	if l.Party != o.Party {
		return "", fault.New(fault.NotFound, "fault.not_found")
	}
	code, err := ref.NewCopyCode(rand.Reader)
	if err != nil {
		return "", err
	}
	o.Submit.Hash = once.Hash(string(o.Party), string(o.Licence), o.Purpose, o.Recipient, o.Until.String())
	c := licence.Copy{ID: ref.CopyID(db.NewID()), Licence: l.ID, Case: l.Case, Party: l.Party, Until: o.Until.End(), Made: p.Now()}
	err = p.DB.Write(ctx, "issuance.Copy", func(ctx context.Context, tx *db.Tx) error {
		if _, err := casefile.Lock(ctx, tx, l.Case); err != nil {
			return err
		}
		answer, err := once.Do(ctx, tx, o.Submit, func() (string, error) {
			return string(c.ID), p.order(ctx, tx, o, c, licence.Words{Code: code, Purpose: o.Purpose, Recipient: o.Recipient})
		})
		id = ref.CopyID(answer)
		return err
	})
	return id, err
}

// order checks an order against the licence as it is now and writes it.
func (p *Press) order(ctx context.Context, tx *db.Tx, o CopyOrder, c licence.Copy, w licence.Words) error {
	l, err := licence.Get(ctx, tx, o.Licence)
	if err != nil {
		return err
	}
	if l.StateAt(c.Made) != ref.LicenceValid {
		return fault.New(fault.Conflict, "copy.licence.not_valid")
	}
	if wrong := o.wrong(l, c.Made); len(wrong) > 0 {
		return fault.Bad(wrong...)
	}
	if err := licence.AddCopy(ctx, tx, p.Vault, c, w); err != nil {
		return err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: o.By, Verb: "issuance.Copy", Object: "licence:" + string(l.ID), After: audit.Digest(string(c.ID), o.Until.String()), At: c.Made}); err != nil {
		return err
	}
	return p.Bus.Publish(ctx, tx, licence.CopyOrdered{Case: l.Case, Copy: c.ID})
}

// wrong lists what is wrong with an order.
func (o CopyOrder) wrong(l licence.Licence, now time.Time) (out []fault.Field) {
	for _, x := range []struct {
		name, value string
		most        int
	}{{"purpose", o.Purpose, copyPurposeMost}, {"recipient", o.Recipient, copyRecipientMax}} {
		switch n := utf8.RuneCountInString(x.value); {
		case n < copyShortest:
			out = append(out, fault.Field{Name: x.name, Key: "copy." + x.name + ".short"})
		case n > x.most:
			out = append(out, fault.Field{Name: x.name, Key: "copy." + x.name + ".long", Args: []any{"n", x.most}})
		case strings.ContainsFunc(x.value, func(r rune) bool { return !unicode.IsPrint(r) && !unicode.Is(unicode.Co, r) }):
			out = append(out, fault.Field{Name: x.name, Key: "copy." + x.name + ".strange"})
		}
	}
	today := calendar.DateOf(now)
	switch {
	case o.Until < today:
		out = append(out, fault.Field{Name: "until", Key: "copy.until.past"})
	case o.Until > calendar.DateOf(today.At(0).AddDate(1, 0, 0)):
		out = append(out, fault.Field{Name: "until", Key: "copy.until.year"})
	case !l.ValidUntil.IsZero() && o.Until > calendar.DateOf(l.ValidUntil):
		out = append(out, fault.Field{Name: "until", Key: "copy.until.licence"})
	}
	return out
}

// BoundCopy makes the paper of an ordered copy.
func (p *Press) BoundCopy(ctx context.Context, d event.Delivery, e licence.CopyOrdered) error {
	c, err := licence.GetCopy(ctx, p.DB, e.Copy)
	if err != nil {
		return err
	}
	o := order{source: copySource + string(c.ID), kind: seal.Copy, fact: casefile.FactDecided, bound: &bound{Copy: c}}
	if o.bound.words, err = licence.OpenCopy(ctx, p.DB, p.Vault, c); err != nil {
		return err
	}
	if o.bound.licence, err = licence.Get(ctx, p.DB, c.Licence); err != nil {
		return err
	}
	o.item = o.bound.licence.CaseItem
	return p.draft(ctx, d, e.Case, o)
}

// copySource begins the source of a copy's document; the copy's id follows.
const copySource = "copied:"

// bound is a copy on its way to paper.
type bound struct {
	licence.Copy
	words   licence.Words
	licence licence.Licence
}

// copyText lays the licence out as it was issued, with what the copy alone is good for. Nothing is
// added among the fields: what fitted its page must fit it again.
func (p *Press) copyText(d *pdf.Document, s *sheet) {
	b := s.bound
	p.licenceText(d, s, issued{b.licence.ValidFrom, string(b.licence.Mark)})
	d.Number, d.Footer = b.licence.Number, p.Text("letter.footer.copy", "number", s.doc.Number, "day", p.day(b.licence.ValidFrom))
	d.Only = &pdf.Only{Purpose: b.words.Purpose, Place: b.words.Recipient, Until: b.LastDay().String(),
		Line: p.Text("letter.copy.only", "purpose", b.words.Purpose, "recipient", b.words.Recipient, "day", p.day(b.LastDay().At(0)))}
	d.QR = &pdf.QR{Text: p.Host + "/verify?m=" + string(b.words.Code), Caption: []string{p.Text("letter.qr.verify"), b.words.Code.Format()}}
}

// means writes what a sealed paper means, for a copy or for its case.
func (p *Press) means(ctx context.Context, tx *db.Tx, c *casefile.Case, doc stamped) error {
	switch doc.Kind {
	case seal.Copy:
		return p.copied(ctx, tx, doc)
	case seal.ActNotice, seal.ActLetter:
		return p.actTold(ctx, tx, c, doc)
	case seal.Reissue:
		return p.renewed(ctx, tx, c, doc)
	}
	return p.sealed(ctx, tx, c, doc)
}

// copied notes that a copy's paper is there. The case it came from is closed and stays as it is.
func (p *Press) copied(ctx context.Context, tx *db.Tx, doc stamped) error {
	id := ref.CopyID(strings.TrimPrefix(doc.Source, copySource))
	if err := licence.SealCopy(ctx, tx, id, doc.ID); err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Entry{Actor: "system:issuance", Verb: "issuance.Seal.copy", Object: "case:" + string(doc.Case), Before: doc.DraftDigest, After: doc.SealedDigest, At: doc.Sealed})
}
