package staff

import (
	"net/http"
	"net/url"
	"strings"

	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/foundation/fault"
	"yimen/web/page"
)

// enrolling is one of the three steps: Who is known from the second on, Done says that it is over.
type enrolling struct {
	Token  string
	Secret string
	Who    org.Staff
	Done   bool
	In     *page.Input
	Err    error
}

// The address carries no secret: the one-time code is typed or pasted, and later goes along in the form.
func (s *Surface) enrol(w http.ResponseWriter, r *http.Request) error {
	return page.Show(w, r, http.StatusOK, enrolPage(page.Of(r), enrolling{}))
}

func (s *Surface) enrolNow(w http.ResponseWriter, r *http.Request) error {
	in, err := page.Read(r)
	if err != nil {
		return err
	}
	e := enrolling{Token: strings.TrimSpace(in.Text("token")), Secret: in.Compact("secret"), In: in}
	if e.Err = complete(in, "token"); e.Err == nil {
		e.Who, e.Err = s.invited(r, e.Token)
	}
	if e.Err != nil {
		e.In = nil // a spent code is not worth keeping
		return s.again(w, r, e)
	}
	if e.Secret == "" { // first step: the code is good
		e.Secret, e.In = identity.NewSecret(), nil
		return page.Show(w, r, http.StatusOK, enrolPage(page.Of(r), e))
	}
	if e.Err = s.settle(r, e); e.Err != nil {
		return s.again(w, r, e)
	}
	e.Done = true
	return page.Show(w, r, http.StatusOK, enrolPage(page.Of(r), e))
}

// invited says whose code it is; every way it can be wrong is one sentence.
func (s *Surface) invited(r *http.Request, token string) (org.Staff, error) {
	who, err := s.Door.Invited(r.Context(), token)
	if fault.Is(err, fault.NotFound) {
		return who, fault.Bad(fault.Field{Name: "token", Key: "staff.enrol.spent"})
	}
	return who, err
}

func (s *Surface) settle(r *http.Request, e enrolling) error {
	if err := complete(e.In, "password", "again", "code"); err != nil {
		return err
	}
	password := e.In.Long("password")
	if password != e.In.Long("again") {
		return fault.Bad(fault.Field{Name: "again", Key: "staff.enrol.differ"})
	}
	_, err := s.Door.Enrol(r.Context(), e.Token, password, e.Secret, e.In.Compact("code"))
	return err
}

func (s *Surface) again(w http.ResponseWriter, r *http.Request, e enrolling) error {
	if !fault.Is(e.Err, fault.Invalid) && !fault.Is(e.Err, fault.Conflict) {
		return e.Err
	}
	return page.Show(w, r, page.Status(e.Err), enrolPage(page.Of(r), e))
}

func (e enrolling) fields(p *page.Page) []page.Field {
	fields := []page.Field{{Name: "token", Label: p.T("staff.enrol.token"), Hint: p.T("staff.enrol.token.hint"), Auto: "off"}}
	if e.Who.ID != "" {
		fields = []page.Field{
			{Name: "password", Label: p.T("staff.enrol.password"), Hint: p.T("staff.enrol.password.hint"), Kind: page.Password, Auto: "new-password"},
			{Name: "again", Label: p.T("staff.enrol.again"), Kind: page.Password, Auto: "new-password"},
			{Name: "code", Label: p.T("staff.code"), Hint: p.T("staff.enrol.code.hint"), Kind: page.Number, Auto: "one-time-code"},
		}
	}
	return page.Refill(p, fields, e.In, e.Err)
}

func (e enrolling) head(p *page.Page) page.Head {
	h := page.Head{Title: p.T("staff.enrol.title"), Lead: p.T("staff.enrol.lead"), Problems: page.Problems(p, e.fields(p), e.Err)}
	switch {
	case e.Done:
		h.Title, h.Lead = p.T("staff.enrol.done"), ""
	case e.Who.ID != "":
		h.Lead = p.T("staff.enrol.for", "name", e.Who.Name, "account", e.Who.Account)
	}
	return h
}

// address is what an authenticator app reads from the QR code (Key URI Format of Google Authenticator).
func (e enrolling) address(p *page.Page) string {
	issuer := p.T("page.name")
	q := url.Values{"secret": {e.Secret}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+e.Who.Account) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}
