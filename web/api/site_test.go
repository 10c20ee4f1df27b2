package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"yimen/app/apptest"
	"yimen/domain/identity"
	"yimen/domain/party"
	"yimen/foundation/db"
	"yimen/foundation/pdf"
	"yimen/ref"
	"yimen/web/page"
)

var ctx = context.Background()

// site is a whole house's door, with its own description to hold every answer against.
type site struct {
	*apptest.App
	t       *testing.T
	handler http.Handler
	router  routers.Router
}

func newSite(t *testing.T, a *apptest.App) *site {
	t.Helper()
	a.House.Limits = page.Limits{Address: page.Unlimited, Actor: page.Unlimited, Stranger: page.Unlimited}
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{App: a, t: t, handler: h}
	w := s.raw(httptest.NewRequest("GET", "/api/openapi.json", nil))
	doc, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(ctx); err != nil {
		t.Fatalf("the document is not valid: %v", err)
	}
	if s.router, err = legacy.NewRouter(doc); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) raw(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// say is one request.
type say struct {
	method, path, token, lang, key, kind string
	body                                 any // string and []byte as they are, else JSON
	basic                                [2]string
}

func (s *site) request(q say) *http.Request {
	var body io.Reader
	switch b := q.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	case []byte:
		body = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	r := httptest.NewRequest(q.method, "http://127.0.0.1:8080"+q.path, body)
	r.RemoteAddr = "192.0.2.7:1"
	if q.kind == "" && body != nil {
		q.kind = "application/json"
	}
	for name, v := range map[string]string{"Content-Type": q.kind, "Accept-Language": q.lang, "Idempotency-Key": q.key} {
		if v != "" {
			r.Header.Set(name, v)
		}
	}
	if q.token != "" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	if q.basic[0] != "" {
		r.SetBasicAuth(url.QueryEscape(q.basic[0]), url.QueryEscape(q.basic[1]))
	}
	return r
}

// ask sends a request, wants a status, and holds the answer against the document.
func (s *site) ask(status int, q say) *httptest.ResponseRecorder {
	s.t.Helper()
	r := s.request(q)
	w := s.raw(r)
	if w.Code != status {
		s.t.Fatalf("%s %s: %d, want %d: %s", q.method, q.path, w.Code, status, w.Body)
	}
	if w.Header().Get("X-Content-Type-Options") != "nosniff" {
		s.t.Errorf("%s %s may be sniffed", q.method, q.path)
	}
	s.fits(r, w)
	return w
}

// fits holds an answer against the document; addresses it does not have are not its matter.
func (s *site) fits(r *http.Request, w *httptest.ResponseRecorder) {
	s.t.Helper()
	route, params, err := s.router.FindRoute(r)
	if err != nil {
		return
	}
	in := &openapi3filter.ResponseValidationInput{RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status: w.Code, Header: w.Result().Header, Options: &openapi3filter.Options{IncludeResponseStatus: true}}
	in.SetBodyBytes(w.Body.Bytes())
	if err := openapi3filter.ValidateResponse(ctx, in); err != nil {
		s.t.Errorf("%s %s %d does not fit the document: %v\n%s", r.Method, r.URL, w.Code, err, w.Body)
	}
}

func init() {
	openapi3filter.RegisterBodyDecoder("application/problem+json", openapi3filter.RegisteredBodyDecoder("application/json"))
	openapi3filter.RegisterBodyDecoder("application/pdf", openapi3filter.FileBodyDecoder)
}

// read decodes an answer.
func read[T any](t *testing.T, w *httptest.ResponseRecorder) (out T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return out
}

type problem struct {
	Status              int
	Title, Detail, Code string
	Fields              []struct{ Name, Code, Detail string }
}

func (p problem) names() (out []string) {
	for _, f := range p.Fields {
		out = append(out, f.Name)
	}
	return out
}

// client is a registered system with a token.
type client struct {
	id, secret, token string
}

// portal registers a system and gets it a token.
func (s *site) portal(p identity.Portal) client {
	s.t.Helper()
	if p.Name == "" {
		p.Name = "甲门户"
	}
	if p.Items == "" {
		p.Items = "*"
	}
	if p.Organs == "" {
		p.Organs = "*"
	}
	if p.Assurance == "" {
		p.Assurance = ref.AssuranceReal
	}
	made, secret, err := s.Door.AddPortal(ctx, "system:test", p)
	if err != nil {
		s.t.Fatal(err)
	}
	c := client{id: string(made.ID), secret: secret}
	c.token = s.token(c)
	return c
}

func (s *site) token(c client) string {
	s.t.Helper()
	w := s.ask(200, say{method: "POST", path: "/api/v1/token", kind: form, basic: [2]string{c.id, c.secret}, body: "grant_type=client_credentials"})
	return read[struct {
		Token string `json:"access_token"`
	}](s.t, w).Token
}

const form = "application/x-www-form-urlencoded"

func (s *site) staff(account string) string {
	s.t.Helper()
	text, _, err := s.Door.StaffToken(ctx, "system:test", account, 1)
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// application is a whole application for an item by a made-up company.
func (s *site) application(item string) map[string]any {
	s.t.Helper()
	company := s.Person("company-01")
	facts, err := party.Facts(ctx, s.DB, s.Vault, company.ID, party.Number)
	if err != nil {
		s.t.Fatal(err)
	}
	it := apptest.Item(s.App, item)
	answers, materials := map[string]string{}, map[string]any{}
	for element, a := range s.Filled(it) {
		answers[element] = a.Value
	}
	sheet, err := pdf.Render(pdf.Document{Title: "材料", Organ: "演示", Made: apptest.Day})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range it.Materials {
		if m.HandedIn() {
			materials[m.ID] = []map[string]string{{"content": base64.StdEncoding.EncodeToString(sheet)}}
		}
	}
	hall := apptest.Must(s.App, s.Staff("clerk01"), nil).Hall
	return map[string]any{"applicant": map[string]string{"kind": "legal", "name": company.Name, "number": facts[party.Number].Value},
		"item": item, "place": string(hall)[:9], "answers": answers, "materials": materials}
}

// submit hands an application in and gives its number.
func (s *site) submit(c client, item string) string {
	s.t.Helper()
	w := s.ask(201, say{method: "POST", path: "/api/v1/cases", token: c.token, key: db.NewID(), body: s.application(item)})
	s.Settle()
	return read[struct{ Number string }](s.t, w).Number
}
