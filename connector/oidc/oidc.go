// Package oidc asks an OpenID Connect provider who a person is: the code flow with PKCE (RFC
// 7636), state and nonce (OpenID Connect Core 1.0 §3.1).
//
// Invariants: nothing the browser brings is believed before its state is the one we kept, and
// nothing the provider says before signature, issuer, audience, time and nonce check; neither
// code, token nor claim reaches an error text.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"yimen/connector"
	"yimen/foundation/fault"
)

// Provider is one client at one provider.
type Provider struct {
	Issuer   string
	ClientID string
	Secret   string
	Scopes   []string // beside openid; empty: profile
	Claims   Claims
	Now      func() time.Time
	Line     http.RoundTripper // empty: the network
}

// Claims say which claim holds what; empty parts are the usual ones.
type Claims struct {
	Name   string `json:"name"`   // name
	Number string `json:"number"` // id_number
	Level  string `json:"level"`  // acr
}

// Begin asks the provider's address and makes what binds its answer to this browser.
func (p *Provider) Begin(ctx context.Context, back string) (string, map[string]string, error) {
	c := p.call(ctx)
	conf, _, err := c.discover(back)
	if err != nil {
		return "", nil, err
	}
	kept := map[string]string{"state": random(), "nonce": random(), "verifier": oauth2.GenerateVerifier(), "back": back}
	return conf.AuthCodeURL(kept["state"], oidc.Nonce(kept["nonce"]), oauth2.S256ChallengeOption(kept["verifier"])), kept, nil
}

// Finish redeems the code. Errors: Unavailable when the provider does not answer, Denied when the
// person or the provider said no or the answer does not check.
func (p *Provider) Finish(ctx context.Context, kept map[string]string, brought url.Values) (connector.Identity, error) {
	if kept["state"] == "" || subtle.ConstantTimeCompare([]byte(kept["state"]), []byte(brought.Get("state"))) != 1 {
		return connector.Identity{}, denied("the state is another one")
	}
	if brought.Get("error") != "" || brought.Get("code") == "" {
		return connector.Identity{}, fault.New(fault.Denied, "connector.declined")
	}
	c := p.call(ctx)
	conf, provider, err := c.discover(kept["back"])
	if err != nil {
		return connector.Identity{}, err
	}
	token, err := conf.Exchange(c.ctx, brought.Get("code"), oauth2.VerifierOption(kept["verifier"]))
	if err != nil {
		return connector.Identity{}, c.failed("the code was not redeemed")
	}
	id, claims, err := c.check(provider, token, kept["nonce"])
	if err != nil {
		return connector.Identity{}, err
	}
	return p.identity(id, claims)
}

// call is one conversation with the provider. Its line notes a failure of the network, which the
// libraries' errors do not tell from a refusal; so each call asks for keys and addresses anew.
type call struct {
	p    *Provider
	ctx  context.Context
	down atomic.Bool
	line http.RoundTripper
}

func (p *Provider) call(ctx context.Context) *call {
	c := &call{p: p, line: p.Line}
	if c.line == nil {
		c.line = http.DefaultTransport
	}
	c.ctx = oidc.ClientContext(ctx, &http.Client{Transport: c})
	return c
}

// mostAnswer bounds one answer of the provider.
const mostAnswer = 1 << 20

// RoundTrip notes what the network and the provider's server could not do.
func (c *call) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.line.RoundTrip(r)
	if err != nil || res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests {
		c.down.Store(true)
	}
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, mostAnswer), res.Body}
	}
	return res, err
}

// failed is Unavailable when the line failed during this call, else Denied.
func (c *call) failed(what string) error {
	if c.down.Load() {
		return fault.New(fault.Unavailable, "connector.unavailable").Wrap(errors.New(what))
	}
	return denied(what)
}

func denied(what string) error {
	return fault.New(fault.Denied, "connector.unproven").Wrap(errors.New(what))
}

func (c *call) discover(back string) (*oauth2.Config, *oidc.Provider, error) {
	provider, err := oidc.NewProvider(c.ctx, c.p.Issuer)
	if err != nil {
		return nil, nil, fault.New(fault.Unavailable, "connector.unavailable").Wrap(errors.New("the provider's description cannot be had"))
	}
	scopes := c.p.Scopes
	if len(scopes) == 0 {
		scopes = []string{"profile"}
	}
	return &oauth2.Config{ClientID: c.p.ClientID, ClientSecret: c.p.Secret, Endpoint: endpoint(provider), RedirectURL: back,
		Scopes: append([]string{oidc.ScopeOpenID}, scopes...)}, provider, nil
}

// endpoint says how the secret is shown: in the header unless the provider takes it in the body
// alone (RFC 8414 §2). Trying both ways, as the library would, spends the code at the first.
func endpoint(provider *oidc.Provider) oauth2.Endpoint {
	var more struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	out := provider.Endpoint()
	out.AuthStyle = oauth2.AuthStyleInHeader
	if provider.Claims(&more) == nil && slices.Contains(more.Methods, "client_secret_post") && !slices.Contains(more.Methods, "client_secret_basic") {
		out.AuthStyle = oauth2.AuthStyleInParams
	}
	return out
}

// check holds the ID token to its signature, issuer, audience, time and nonce, and gives its
// claims; those it lacks come from the provider's userinfo of the same subject.
func (c *call) check(provider *oidc.Provider, token *oauth2.Token, nonce string) (*oidc.IDToken, map[string]any, error) {
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.VerifierContext(c.ctx, &oidc.Config{ClientID: c.p.ClientID, Now: c.p.Now}).Verify(c.ctx, raw)
	if err != nil {
		return nil, nil, c.failed("the ID token does not check")
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(nonce), []byte(id.Nonce)) != 1 {
		return nil, nil, denied("the nonce is another one")
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, nil, denied("the claims cannot be read")
	}
	names := c.p.Claims.named()
	if claims[names.Name] != nil && claims[names.Number] != nil || provider.UserInfoEndpoint() == "" {
		return id, claims, nil
	}
	info, err := provider.UserInfo(c.ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, nil, c.failed("the provider does not say who it is")
	}
	more := map[string]any{}
	if info.Subject != id.Subject || info.Claims(&more) != nil {
		return nil, nil, denied("the provider speaks of another person")
	}
	for k, v := range more {
		if _, told := claims[k]; !told {
			claims[k] = v
		}
	}
	return id, claims, nil
}

// named fills in the usual names.
func (c Claims) named() Claims {
	for _, x := range []struct {
		name  *string
		usual string
	}{{&c.Name, "name"}, {&c.Number, "id_number"}, {&c.Level, "acr"}} {
		if *x.name == "" {
			*x.name = x.usual
		}
	}
	return c
}

func (p *Provider) identity(id *oidc.IDToken, claims map[string]any) (connector.Identity, error) {
	names := p.Claims.named()
	word := func(claim string) string { s, _ := claims[claim].(string); return s }
	out := connector.Identity{Subject: id.Subject, Name: word(names.Name), Number: word(names.Number), Level: word(names.Level), At: id.IssuedAt}
	if out.Subject == "" || out.Name == "" || out.Number == "" {
		return connector.Identity{}, denied(fmt.Sprintf("the claims %s and %s do not say who it is", names.Name, names.Number))
	}
	return out, nil
}

// random is 128 bits an address may carry.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b[:])
}
