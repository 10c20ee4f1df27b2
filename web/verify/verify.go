// Package verify lets anyone check a licence by its mark, or a sealed file by itself.
//
// It holds that a page says no more than the paper shows, with the holder's name hidden but for its last character; that a
// file is looked at in memory and kept nowhere; and that what cannot be known is said to be unknown.
package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"yimen/domain/licence"
	"yimen/domain/org"
	"yimen/domain/party"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/pdf"
	"yimen/ref"
	"yimen/web/page"
)

// Surface is what checking needs.
type Surface struct {
	DB    db.Reader
	Roots *x509.CertPool // whose signatures are trusted
	// Recorded finds the document whose sealed bytes have this SHA-256 in hex, or fault.NotFound; nil: not looked for.
	Recorded func(ctx context.Context, digest string) (seal.Document, error)
}

// largest is the most bytes of a file to check; a form around it needs little more.
const largest = 32 << 20

// Routes are the checking pages. Their rates keep marks from being tried through and files from filling the memory.
func (s *Surface) Routes() []page.Route {
	anyone := []page.Role{page.Anyone}
	return []page.Route{
		{Method: "GET", Pattern: "/verify", Roles: anyone, Handler: s.byMark, Title: "verify.title", Rate: page.Rate{PerSecond: 1, Burst: 40}},
		{Method: "POST", Pattern: "/verify", Roles: anyone, Handler: s.byFile, Title: "verify.title", Rate: page.Rate{PerSecond: 0.2, Burst: 10}, Body: largest + 64<<10},
	}
}

// view is the page: both questions, and above them the answer to the one that was asked.
type view struct {
	Answer *page.Notify
	Rows   []page.Row
	Mark   page.Field
	File   page.Field
	Wrong  []page.Problem
}

func newView(p *page.Page) view {
	return view{
		Mark: page.Field{Name: "m", Label: p.T("verify.mark.label"), Hint: p.T("verify.mark.hint"), Auto: "off"},
		File: page.Field{Name: "file", Label: p.T("verify.file.label"), Hint: p.T("verify.file.hint"), Kind: page.Uploads, Accept: ".pdf,application/pdf"},
	}
}

// byMark asks for a mark, or answers one.
func (s *Surface) byMark(w http.ResponseWriter, r *http.Request) error {
	p, in := page.Of(r), page.Query(r)
	v, status := newView(p), http.StatusOK
	if typed := in.Text("m"); typed != "" {
		v.Mark.Value = typed
		mark, err := ref.ParseLicenceMark(typed)
		if err != nil {
			err = fault.Bad(fault.Field{Name: "m", Key: "verify.mark.wrong"})
			fields := page.Refill(p, []page.Field{v.Mark}, in, err)
			v.Mark, v.Wrong, status = fields[0], page.Problems(p, fields, err), http.StatusUnprocessableEntity
		} else if err := s.answer(r.Context(), p, &v, mark); err != nil {
			return err
		}
	}
	return page.Show(w, r, status, verifyPage(p, v))
}

// answer says what is known of a mark.
func (s *Surface) answer(ctx context.Context, p *page.Page, v *view, mark ref.LicenceMark) error {
	v.Mark.Value = string(mark)
	l, err := licence.ByMark(ctx, s.DB, mark)
	if fault.Is(err, fault.NotFound) {
		v.Answer = &page.Notify{Tone: page.Danger, Title: p.T("verify.unknown"), Text: p.T("verify.unknown.how")}
		return nil
	}
	if err != nil {
		return err
	}
	organ, err := org.GetOrgan(ctx, s.DB, l.Organ)
	if err != nil {
		return err
	}
	holder, err := party.Get(ctx, s.DB, l.Party)
	if err != nil {
		return err
	}
	v.Answer = state(p, l)
	v.Rows = []page.Row{
		{Label: p.T("verify.row.name"), Part: zh(p, l.Name)},
		{Label: p.T("verify.row.holder"), Part: zh(p, masked(holder.Name))},
		{Label: p.T("verify.row.organ"), Part: zh(p, organ.Name)},
		{Label: p.T("verify.row.number"), Part: zh(p, l.Number)},
		{Label: p.T("verify.row.issued"), Value: day(p, l.Issued)},
		{Label: p.T("verify.row.from"), Value: day(p, l.ValidFrom)},
		{Label: p.T("verify.row.until"), Value: until(p, l)},
		{Label: p.T("verify.row.mark"), Value: string(l.Mark)},
	}
	return nil
}

func state(p *page.Page, l licence.Licence) *page.Notify {
	key := "verify.state." + string(l.StateAt(p.Now))
	n := &page.Notify{Tone: page.Warn, Title: p.T(key), Text: p.T(key + ".how")}
	if l.StateAt(p.Now) == ref.LicenceValid {
		n.Tone = page.Good
	}
	return n
}

// masked hides all of a name but its last character.
func masked(name string) string {
	r := []rune(name)
	if len(r) < 2 {
		return "*"
	}
	return strings.Repeat("*", len(r)-1) + string(r[len(r)-1])
}

func day(p *page.Page, t time.Time) string { return p.FullDate(calendar.DateOf(t)) }

func until(p *page.Page, l licence.Licence) string {
	if l.ValidUntil.IsZero() {
		return p.T("verify.row.no_end")
	}
	return day(p, l.ValidUntil)
}

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
		err = s.judge(r.Context(), p, &v, checked{report, content})
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

// checked is a file with what its signature says.
type checked struct {
	pdf.Report
	content []byte
}

// judge puts the report into words and looks whether this very file is the one on record.
func (s *Surface) judge(ctx context.Context, p *page.Page, v *view, c checked) error {
	record, known, err := s.record(ctx, c.content)
	if err != nil {
		return err
	}
	v.Answer = verdict(p, c.Report, known == "yes")
	v.Rows = signed(p, c.Report)
	said := p.T("verify.check.record.yes", "title", record.Title, "number", record.Number)
	if known != "yes" {
		said = p.T("verify.check.record." + known)
	}
	v.Rows = append(v.Rows, page.Row{Label: p.T("verify.check.record"), Part: zh(p, said)})
	if record.Mark == "" {
		return nil
	}
	l, err := licence.ByMark(ctx, s.DB, ref.LicenceMark(record.Mark))
	if err != nil {
		return err
	}
	v.Rows = append(v.Rows, page.Row{Label: p.T("verify.check.licence"), Value: state(p, l).Title})
	return nil
}

// record looks for the sealed document that these bytes are: yes, no or unknown.
func (s *Surface) record(ctx context.Context, content []byte) (doc seal.Document, known string, err error) {
	if s.Recorded == nil {
		return doc, "unknown", nil
	}
	sum := sha256.Sum256(content)
	doc, err = s.Recorded(ctx, hex.EncodeToString(sum[:]))
	if fault.Is(err, fault.NotFound) {
		return seal.Document{}, "no", nil
	}
	return doc, "yes", err
}

// verdict is the whole in a sentence.
func verdict(p *page.Page, r pdf.Report, recorded bool) *page.Notify {
	key, tone := "", page.Warn
	switch {
	case r.Altered():
		key, tone = "altered", page.Danger
	case !r.Signed:
		key = "unsigned"
	case !r.Trusted:
		key = "stranger"
	case recorded:
		key, tone = "good", page.Good
	default:
		key, tone = "signed", page.Info
	}
	n := &page.Notify{Tone: tone, Title: p.T("verify.file." + key), Text: p.T("verify.file." + key + ".how")}
	if r.Demo {
		n.Text += p.T("verify.file.demo")
	}
	return n
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
	trust := yes("trusted", r.Trusted).Value
	signer := page.Row{Label: p.T("verify.check.signer"), Value: trust}
	if r.Signer != "" {
		signer = page.Row{Label: signer.Label, Part: zh(p, r.Signer), Note: trust}
	}
	rows := []page.Row{yes("intact", r.Intact), yes("whole", r.Whole), signer}
	if !r.At.IsZero() {
		rows = append(rows, page.Row{Label: p.T("verify.check.at"), Value: p.Stamp(r.At)})
	}
	return append(rows, page.Row{Label: p.T("verify.check.revoked"), Value: p.T("verify.check.revoked.unknown")})
}
