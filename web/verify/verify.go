// Package verify lets anyone check a licence, a copy of one or another paper by its number, or a sealed file by itself.
//
// It holds that a page says no more than the paper shows, with the holder's name hidden but for its last character; that by a
// document number, which can be counted through, nothing about the holder is said at all; that a file is looked at in memory
// and kept nowhere; and that what cannot be known is said to be unknown.
package verify

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yimen/domain/licence"
	"yimen/domain/seal"
	"yimen/foundation/calendar"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
	"yimen/web/page"
)

// Surface is what checking needs.
type Surface struct {
	DB    db.Reader
	Vault *crypto.Vault
	Roots *x509.CertPool // whose signatures are trusted
	Host  string         // address people reach us at, for the code on a printed result
	// Recorded finds the document whose sealed bytes have this SHA-256 in hex, or fault.NotFound; nil: not looked for.
	Recorded func(ctx context.Context, digest string) (seal.Document, error)
}

// largest is the most bytes of a file to check; a form around it needs little more.
const largest = 32 << 20

// Routes are the checking pages. Their rates keep numbers from being tried through and files from filling the memory.
func (s *Surface) Routes() []page.Route {
	anyone := []page.Role{page.Anyone}
	return []page.Route{
		{Method: "GET", Pattern: "/verify", Roles: anyone, Handler: s.byNumber, Title: "verify.title", Rate: page.Rate{PerSecond: 1, Burst: 40}},
		{Method: "POST", Pattern: "/verify", Roles: anyone, Handler: s.byFile, Title: "verify.title", Rate: page.Rate{PerSecond: 0.2, Burst: 10}, Body: largest + 64<<10},
	}
}

// view is the page: both questions, and above them what was found. Two organs may use one number, so there may be several.
type view struct {
	Found []found
	Mark  page.Field
	File  page.Field
	Wrong []page.Problem
	Link  string // address of the living page of what was found
}

// found is one answer.
type found struct {
	page.Notify
	Rows []page.Row
}

func newView(p *page.Page) view {
	return view{
		Mark: page.Field{Name: "m", Label: p.T("verify.mark.label"), Hint: p.T("verify.mark.hint"), Auto: "off"},
		File: page.Field{Name: "file", Label: p.T("verify.file.label"), Hint: p.T("verify.file.hint"), Kind: page.Uploads, Accept: ".pdf,application/pdf"},
	}
}

// head is the page's title: the answer when there is one, so that a tab and a print say it.
func (v view) head(p *page.Page) page.Head {
	h := page.Head{Title: p.T("verify.title"), Lead: p.T("verify.lead"), Problems: v.Wrong, Back: page.Link{Text: p.T("page.home"), Href: "/"}}
	if len(v.Found) > 0 {
		h.Title, h.Lead = p.T("verify.result", "state", v.Found[0].Title), ""
	}
	return h
}

// byNumber asks for what is printed on the paper, or answers it.
func (s *Surface) byNumber(w http.ResponseWriter, r *http.Request) error {
	p, in := page.Of(r), page.Query(r)
	v, status := newView(p), http.StatusOK
	if typed := in.Text("m"); typed != "" {
		v.Mark.Value = typed
		err := s.answer(r.Context(), p, &v, typed)
		if fault.Is(err, fault.Invalid) {
			fields := page.Refill(p, []page.Field{v.Mark}, in, err)
			v.Mark, v.Wrong, status = fields[0], page.Problems(p, fields, err), http.StatusUnprocessableEntity
		} else if err != nil {
			return err
		}
	}
	return page.Show(w, r, status, verifyPage(p, v))
}

// answer says what is known of a mark, a copy's code or a document number, whichever it is.
func (s *Surface) answer(ctx context.Context, p *page.Page, v *view, typed string) (err error) {
	mark, badMark := ref.ParseLicenceMark(typed)
	code, badCode := ref.ParseCopyCode(typed)
	number := seal.ReadNumber(typed)
	switch {
	case badMark == nil:
		v.Mark.Value = string(mark)
		v.Found, err = s.ofMark(ctx, p, mark)
	case badCode == nil:
		v.Mark.Value = code.Format()
		v.Found, err = s.ofCode(ctx, p, code)
	case number != "":
		v.Mark.Value = number
		v.Found, err = s.ofNumber(ctx, p, number)
	default:
		return fault.Bad(fault.Field{Name: "m", Key: "verify.mark.wrong"})
	}
	if fault.Is(err, fault.NotFound) || err == nil && len(v.Found) == 0 {
		v.Found = []found{{Notify: page.Notify{Tone: page.Danger, Title: p.T("verify.unknown"), Text: p.T("verify.unknown.how")}}}
		return nil
	}
	v.Link = s.link(v.Mark.Value)
	return err
}

func (s *Surface) link(number string) string { return s.Host + "/verify?m=" + url.QueryEscape(number) }

// state says in a sentence how a licence stands now.
func state(p *page.Page, l licence.Licence) page.Notify {
	now := l.StateAt(p.Now)
	key := "verify.state." + string(now)
	return page.Notify{Tone: tones[now], Title: p.T(key), Text: p.T(key + ".how")}
}

// tones: red is what never comes back, orange what may.
var tones = map[ref.LicenceState]page.Tone{
	ref.LicenceValid: page.Good, ref.LicenceSuspended: page.Warn, ref.LicenceExpired: page.Warn, ref.LicenceMovedAway: page.Warn, ref.LicenceOther: page.Warn,
	ref.LicenceRescinded: page.Danger, ref.LicenceCancelled: page.Danger, ref.LicenceRevoked: page.Danger,
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

// plain and chinese are rows of a value in the page's words and of one that is Chinese on every page.
func plain(p *page.Page, key, value string) page.Row {
	return page.Row{Label: p.T("verify.row." + key), Value: value}
}

func chinese(p *page.Page, key, value string) page.Row {
	return page.Row{Label: p.T("verify.row." + key), Part: zh(p, value)}
}
