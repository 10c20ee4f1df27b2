package api

import (
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"yimen/foundation/fault"
	"yimen/process/signin"
	"yimen/web/page"
)

func (s *Surface) token() {
	// Ten at once and then one in two seconds, by address; a client asks once an hour.
	operation(s, mount{id: "token", method: http.MethodPost, path: Prefix + "/token", roles: anyone, rate: page.Rate{PerSecond: 0.5, Burst: 10}, body: 8 << 10,
		errors: []int{400, 401, 413, 415}}, s.grant)
	answers := s.api.OpenAPI().Paths[Prefix+"/token"].Post.Responses
	for _, refused := range []string{"400", "401"} { // RFC 6749 §5.2 has a shape of its own
		answers[refused].Content = answers["200"].Content
	}
}

type tokenInput struct {
	Authorization string `header:"Authorization" hidden:"true" maxLength:"1000"`
	Type          string `header:"Content-Type" hidden:"true" maxLength:"200"`
	RawBody       []byte `contentType:"application/x-www-form-urlencoded"`
}

// tokenAnswer is RFC 6749 §5.1 and §5.2; a refusal carries the members of a problem document as well.
type tokenAnswer struct {
	Token   string `json:"access_token,omitempty" doc:"api.doc.token"`
	Type    string `json:"token_type,omitempty" example:"Bearer" doc:"api.doc.token.type"`
	Expires int    `json:"expires_in,omitempty" doc:"api.doc.token.expires"`
	Scope   string `json:"scope,omitempty" doc:"api.doc.token.scope"`
	Error   string `json:"error,omitempty" doc:"api.doc.token.error"`
	Says    string `json:"error_description,omitempty" doc:"api.doc.problem.detail"`
	Title   string `json:"title,omitempty" doc:"api.doc.problem.title"`
	Status  int    `json:"status,omitempty" doc:"api.doc.problem.status"`
	Detail  string `json:"detail,omitempty" doc:"api.doc.problem.detail"`
	Code    string `json:"code,omitempty" doc:"api.doc.problem.code"`
}

type tokenOutput struct {
	Status    int
	Challenge string `header:"WWW-Authenticate"`
	Pragma    string `header:"Pragma"`
	Body      tokenAnswer
}

// grant is client credentials (RFC 6749 §4.4) by client_secret_basic or client_secret_post.
func (s *Surface) grant(c *call, in *tokenInput) (*tokenOutput, error) {
	if kind, _, err := mime.ParseMediaType(in.Type); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, fault.New(fault.Unsupported, "api.media_type")
	}
	form, err := url.ParseQuery(string(in.RawBody))
	if err != nil {
		return c.refuse(400, "invalid_request", "api.token.request"), nil
	}
	for _, values := range form {
		if len(values) > 1 { // RFC 6749 §3.2
			return c.refuse(400, "invalid_request", "api.token.request"), nil
		}
	}
	cred, ok := credentials(in.Authorization, form)
	switch {
	case !ok:
		return c.refuse(400, "invalid_request", "api.token.request"), nil
	case form.Get("grant_type") == "":
		return c.refuse(400, "invalid_request", "api.token.grant"), nil
	case form.Get("grant_type") != "client_credentials":
		return c.refuse(400, "unsupported_grant_type", "api.token.grant"), nil
	}
	got, err := s.Door.Grant(c.Context(), cred)
	switch {
	case fault.Is(err, fault.Unauthenticated):
		return c.refuse(401, "invalid_client", "api.token.client"), nil
	case fault.Is(err, fault.Invalid):
		return c.refuse(400, "invalid_scope", "api.token.scope"), nil
	case err != nil:
		return nil, err
	}
	return &tokenOutput{Status: 200, Pragma: "no-cache", Body: tokenAnswer{Token: got.Token, Type: "Bearer", Expires: int(got.Expiry.Seconds()), Scope: got.Scope}}, nil
}

// refuse answers as RFC 6749 §5.2 wants it.
func (c *call) refuse(status int, code, key string) *tokenOutput {
	out := &tokenOutput{Status: status, Pragma: "no-cache", Body: tokenAnswer{Error: code, Says: oauthText(c.page.T(key)), Title: c.page.T("api.token.title"), Status: status, Detail: c.page.T(key), Code: key}}
	if status == http.StatusUnauthorized {
		out.Challenge = `Basic realm="yimen"`
	}
	return out
}

// oauthText keeps the characters RFC 6749 §5.2 allows in error_description; Chinese stands in detail.
func oauthText(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e || r == '"' || r == '\\' }) {
		return ""
	}
	return s
}

// credentials are the client's by either way, never by both (RFC 6749 §2.3).
func credentials(header string, form url.Values) (cred signin.Credentials, ok bool) {
	cred.Scope = form.Get("scope")
	posted := form.Has("client_id") || form.Has("client_secret")
	raw, basic := strings.CutPrefix(header, "Basic ")
	if basic == posted {
		return cred, !basic && !posted // neither: an unknown client, answered as one
	}
	if posted {
		cred.ID, cred.Secret = form.Get("client_id"), form.Get("client_secret")
		return cred, true
	}
	pair, err := base64.StdEncoding.DecodeString(raw)
	id, secret, found := strings.Cut(string(pair), ":")
	if err != nil || !found {
		return cred, false
	}
	var wrong error
	if cred.ID, err = url.QueryUnescape(id); err == nil {
		cred.Secret, wrong = url.QueryUnescape(secret)
	}
	return cred, err == nil && wrong == nil
}
