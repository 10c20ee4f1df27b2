package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"

	"yimen/domain/licence"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/fault"
	"yimen/foundation/pdf"
	"yimen/ref"
	"yimen/web/page"
)

// looking bounds how many files are in memory at once.
var looking = make(chan struct{}, 4)

// byFile checks an uploaded file.
func (s *Surface) byFile(w http.ResponseWriter, r *http.Request) error {
	select {
	case looking <- struct{}{}:
		defer func() { <-looking }()
	default:
		return fault.New(fault.TooMany, "verify.busy")
	}
	p := page.Of(r)
	v := newView(p)
	content, err := received(r)
	var report pdf.Report
	if err == nil {
		report, err = pdf.Verify(content, s.Roots)
		if fault.Is(err, fault.Invalid) {
			err = fault.Bad(fault.Field{Name: "file", Key: "pdf.not_pdf"})
		}
	}
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.TooLarge) {
		fields := page.Refill(p, []page.Field{v.File}, nil, err)
		v.File, v.Wrong = fields[0], page.Problems(p, fields, err)
		return page.Show(w, r, page.Status(err), verifyPage(p, v))
	}
	if err == nil {
		err = s.judge(r.Context(), p, &v, &checked{Report: report}, content)
	}
	if err != nil {
		return err
	}
	return page.Show(w, r, http.StatusOK, verifyPage(p, v))
}

// received reads the one file of the form into memory.
func received(r *http.Request) ([]byte, error) {
	var content bytes.Buffer
	_, err := page.ReadUpload(r, page.Upload{MaxFile: largest, MaxFiles: 1, Save: func(f page.File) error {
		_, err := io.Copy(&content, f.Body)
		return err
	}})
	switch {
	case fault.Is(err, fault.TooLarge):
		return nil, fault.New(fault.TooLarge, "verify.file.large")
	case err == nil && content.Len() == 0, len(fault.Fields(err)) > 0:
		return nil, fault.Bad(fault.Field{Name: "file", Key: "verify.file.needed"})
	}
	return content.Bytes(), err
}

// checked is what a file's signature says and what is on record about these very bytes.
type checked struct {
	pdf.Report
	known   string // yes, no, unknown
	doc     seal.Document
	licence *licence.Licence // that the file is, or is a copy of
	copy    *licence.Copy
	former  *licence.Version // that the file was until the licence was altered or corrected
	code    ref.CopyCode     // the copy's; "" when its holder was erased
}

// judge puts all that is known of a file into words.
func (s *Surface) judge(ctx context.Context, p *page.Page, v *view, c *checked, content []byte) error {
	if err := s.record(ctx, c, content); err != nil {
		return err
	}
	f := found{verdict(p, c), signed(p, c.Report)}
	said := p.T("verify.check.record.yes", "title", c.doc.Title, "number", c.doc.Number)
	if c.known != "yes" {
		said = p.T("verify.check.record." + c.known)
	}
	f.Rows = append(f.Rows, page.Row{Label: p.T("verify.check.record"), Part: zh(p, said)})
	if c.licence != nil {
		f.Rows = append(f.Rows, page.Row{Label: p.T("verify.check.licence"), Value: state(p, *c.licence).Title})
		v.Link = s.link(string(c.licence.Mark))
	}
	if c.code != "" {
		v.Link = s.link(string(c.code))
	}
	v.Found = []found{{f.Notify, append(limits(p, c), f.Rows...)}}
	return nil
}

// limits are for what alone the file is good, by its own words, which are the signer's as long as it is unaltered.
func limits(p *page.Page, c *checked) []page.Row {
	if c.Only == nil {
		return nil
	}
	last := c.Only.Until
	if d, err := calendar.ParseDate(last); err == nil {
		last = p.FullDate(d)
	}
	return only(p, licence.Words{Purpose: c.Only.Purpose, Recipient: c.Only.Place}, last)
}

// record looks for the sealed document that these bytes are, and the licence it is or is a copy of.
func (s *Surface) record(ctx context.Context, c *checked, content []byte) (err error) {
	c.known = "unknown"
	if s.Recorded == nil {
		return nil
	}
	sum := sha256.Sum256(content)
	if c.doc, err = s.Recorded(ctx, hex.EncodeToString(sum[:])); err != nil {
		if c.known = "no"; fault.Is(err, fault.NotFound) {
			c.doc, err = seal.Document{}, nil
		}
		return err
	}
	c.known = "yes"
	var l licence.Licence
	switch {
	case c.doc.Kind == seal.Copy:
		l, err = s.behind(ctx, c)
	case c.doc.Mark != "":
		if l, err = licence.ByMark(ctx, s.DB, ref.LicenceMark(c.doc.Mark)); fault.Is(err, fault.NotFound) {
			return s.formerly(ctx, c)
		}
	default:
		return nil
	}
	c.licence = &l
	return err
}

// formerly reads the former version that a document was.
func (s *Surface) formerly(ctx context.Context, c *checked) error {
	was, err := licence.FormerByMark(ctx, s.DB, ref.LicenceMark(c.doc.Mark))
	c.former = &was
	return err
}

// behind reads the copy that a document is, and the licence behind it.
func (s *Surface) behind(ctx context.Context, c *checked) (licence.Licence, error) {
	found, err := licence.CopyByDocument(ctx, s.DB, c.doc.ID)
	if err != nil {
		return licence.Licence{}, err
	}
	c.copy = &found
	words, err := licence.OpenCopy(ctx, s.DB, s.Vault, found)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return licence.Licence{}, err
	}
	c.code = words.Code
	return licence.Get(ctx, s.DB, found.Licence)
}

// verdict is the whole in a sentence.
func verdict(p *page.Page, c *checked) page.Notify {
	key, tone, args := "", page.Warn, []any(nil)
	switch {
	case c.Altered():
		key, tone = "altered", page.Danger
	case c.Foreign:
		key = "foreign"
	case !c.Signed:
		key = "unsigned"
	case !c.Trusted:
		key = "stranger"
	case c.known == "yes":
		key, tone, args = genuine(p, c)
	default:
		key, tone = "signed", page.Info
	}
	n := page.Notify{Tone: tone, Title: p.T("verify.file."+key, args...), Text: p.T("verify.file." + key + ".how")}
	if c.Demo {
		n.Text += p.T("verify.file.demo")
	}
	return n
}

// genuine says how a file of ours stands: unaltered is not yet good.
func genuine(p *page.Page, c *checked) (key string, tone page.Tone, args []any) {
	switch {
	case c.licence != nil && c.licence.StateAt(p.Now) != ref.LicenceValid:
		behind := state(p, *c.licence)
		return "true_but", behind.Tone, []any{"state", behind.Title}
	case c.former != nil:
		return "true_but", page.Warn, []any{"state", p.T("verify.former")}
	case c.copy != nil && c.copy.Past(p.Now):
		return "copy_past", page.Warn, nil
	case c.copy != nil:
		return "copy", page.Good, nil
	}
	return "good", page.Good, nil
}

// signed are the single answers about a signature.
func signed(p *page.Page, r pdf.Report) []page.Row {
	if !r.Signed {
		return nil
	}
	yes := func(key string, good bool) page.Row {
		end := map[bool]string{true: ".yes", false: ".no"}[good]
		return page.Row{Label: p.T("verify.check." + key), Value: p.T("verify.check." + key + end)}
	}
	intact := yes("intact", r.Intact)
	if r.Foreign {
		intact.Value = p.T("verify.check.intact.unknown")
	}
	trust := yes("trusted", r.Trusted).Value
	signer := page.Row{Label: p.T("verify.check.signer"), Value: trust}
	if r.Signer != "" {
		signer = page.Row{Label: signer.Label, Part: zh(p, r.Signer), Note: trust}
	}
	rows := []page.Row{intact, yes("whole", r.Whole), signer}
	if !r.At.IsZero() {
		rows = append(rows, page.Row{Label: p.T("verify.check.at"), Value: p.Stamp(r.At)})
	}
	return append(rows, page.Row{Label: p.T("verify.check.revoked"), Value: p.T("verify.check.revoked.unknown")})
}
