package api

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"yimen/foundation/fault"
	"yimen/web/page"
)

// begin makes the huma API over the house's route table.
func (s *Surface) begin() {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	s.routes = nil
	s.api = huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{OpenAPI: "3.1.0", Info: &huma.Info{Title: "api.title", Version: "1", Description: "api.title.how"},
			Servers: []*huma.Server{{URL: s.Host}},
			Components: &huma.Components{Schemas: schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "api.doc.bearer"},
				"client": {Type: "oauth2", Flows: &huma.OAuthFlows{ClientCredentials: &huma.OAuthFlow{TokenURL: s.Host + Prefix + "/token", Scopes: map[string]string{
					"submit": "api.verb.submit", "read": "api.verb.read", "hooks": "api.verb.hooks"}}}},
			}}},
		Formats: map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}, DefaultFormat: "application/json",
		RejectUnknownQueryParameters: true,
	}, (*table)(s))
}

// table is huma's adapter to the house: an operation becomes a line of the route table, so that guards, limits and faults are the
// house's own.
type table Surface

func (t *table) Handle(op *huma.Operation, serve func(huma.Context)) {
	t.routes = append(t.routes, page.Route{Method: op.Method, Pattern: op.Path, Title: op.Summary, API: true, Handler: func(w http.ResponseWriter, r *http.Request) error {
		c := &call{op: op, w: w, page: page.Of(r)}
		c.r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
		w.Header().Set("Cache-Control", "no-store")
		if op.MaxBodyBytes > small && (r.ContentLength > small || r.ContentLength < 0) {
			leave, err := enter(r.Context())
			if err != nil {
				return err
			}
			defer leave()
		}
		serve(c)
		return c.failed
	}})
}

// small is a body that may be in memory without asking; most applications are.
const small = 1 << 20

// large bounds how many bigger bodies are in memory at once: each is there several times over while it is read.
var large = make(chan struct{}, 6)

// enter waits for a place among the large.
func enter(ctx context.Context) (leave func(), err error) {
	select {
	case large <- struct{}{}:
		return func() { <-large }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (t *table) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) } // requests come through the house

type callKey struct{}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// call is one request as huma sees it. What huma would write about an error is dropped and the
// fault is kept for the house to answer.
type call struct {
	op     *huma.Operation
	r      *http.Request
	w      http.ResponseWriter
	page   *page.Page
	status int
	failed error
}

func (c *call) Operation() *huma.Operation { return c.op }
func (c *call) Context() context.Context   { return c.r.Context() }
func (c *call) TLS() *tls.ConnectionState  { return c.r.TLS }
func (c *call) Version() huma.ProtoVersion {
	return huma.ProtoVersion{Proto: c.r.Proto, ProtoMajor: c.r.ProtoMajor, ProtoMinor: c.r.ProtoMinor}
}
func (c *call) Method() string            { return c.r.Method }
func (c *call) Host() string              { return c.r.Host }
func (c *call) RemoteAddr() string        { return c.r.RemoteAddr }
func (c *call) URL() url.URL              { return *c.r.URL }
func (c *call) Param(name string) string  { return c.r.PathValue(name) }
func (c *call) Query(name string) string  { return c.r.URL.Query().Get(name) }
func (c *call) Header(name string) string { return c.r.Header.Get(name) }
func (c *call) BodyReader() io.Reader     { return c.r.Body }
func (c *call) Status() int               { return c.status }
func (c *call) EachHeader(f func(name, value string)) {
	for name, values := range c.r.Header {
		for _, v := range values {
			f(name, v)
		}
	}
}

// GetMultipartForm: no operation reads one.
func (c *call) GetMultipartForm() (*multipart.Form, error) { return nil, http.ErrNotMultipart }

func (c *call) SetReadDeadline(at time.Time) error { return huma.SetReadDeadline(c.w, at) }

func (c *call) SetStatus(code int) {
	c.status = code
	if c.failed == nil {
		c.w.WriteHeader(code)
	}
}

func (c *call) SetHeader(name, value string) {
	if c.failed == nil {
		c.w.Header().Set(name, value)
	}
}

func (c *call) AppendHeader(name, value string) {
	if c.failed == nil {
		c.w.Header().Add(name, value)
	}
}

func (c *call) BodyWriter() io.Writer {
	if c.failed != nil {
		return io.Discard
	}
	return c.w
}

// huma makes every error by these two; ours go to the call.
func init() {
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		if c, ok := ctx.(*call); ok && c.failed == nil {
			c.failed = faultOf(status, errs)
		}
		return problem(status)
	}
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError { return problem(status) }
}

// problem gives the document's schema of errors, and carries a status through huma.
func problem(status int) *Problem { return &Problem{Status: status} }

// Problem is the shape of every error (RFC 9457), as page writes it.
type Problem struct {
	Type   string  `json:"type" doc:"api.doc.problem.type" example:"about:blank"`
	Status int     `json:"status" doc:"api.doc.problem.status"`
	Title  string  `json:"title" doc:"api.doc.problem.title"`
	Detail string  `json:"detail" doc:"api.doc.problem.detail"`
	Code   string  `json:"code" doc:"api.doc.problem.code"`
	Call   string  `json:"call" doc:"api.doc.problem.call"`
	Fields []Wrong `json:"fields" nullable:"false" doc:"api.doc.problem.fields"`
}

// Wrong is one wrong field.
type Wrong struct {
	Name   string `json:"name" doc:"api.doc.wrong.name"`
	Code   string `json:"code" doc:"api.doc.wrong.code"`
	Detail string `json:"detail" doc:"api.doc.wrong.detail"`
}

func (p *Problem) Error() string  { return http.StatusText(p.Status) }
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is RFC 9457's.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// faultOf turns what huma found wrong into the house's words; its own texts are dropped.
func faultOf(status int, errs []error) error {
	for _, err := range errs { // a handler's own fault, or a body over its limit
		var ours *fault.Error
		var large *http.MaxBytesError
		if errors.As(err, &ours) || errors.As(err, &large) {
			return err
		}
	}
	switch status {
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.TooLarge, "fault.too_large")
	case http.StatusUnsupportedMediaType:
		return fault.New(fault.Unsupported, "api.media_type")
	case http.StatusRequestTimeout:
		return fault.New(fault.Unavailable, "fault.unavailable")
	case http.StatusInternalServerError:
		return fault.New(fault.Internal, "fault.internal").Wrap(errors.Join(errs...))
	}
	var bad []fault.Field
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			bad = append(bad, wrongOf(d.ErrorDetail()))
		}
	}
	if len(bad) == 0 {
		bad = []fault.Field{{Name: "body", Key: "api.wrong.body"}}
	}
	return fault.Bad(bad...)
}
