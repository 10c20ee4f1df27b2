// Package realname is a simulator of a real-name provider (模拟实名认证平台): a small OpenID Connect
// provider over made-up people, which misbehaves on command.
//
// Invariants: it vouches only for people it was given; a code is good once, for a minute, for the
// client and the address it was made for; every page about it says that it is a simulator. Its
// page is the house's (web/simulator): Ask checks a request, Agree and Refuse answer it.
package realname

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"yimen/foundation/fault"
)

// Manner is how the provider behaves.
type Manner string

const (
	Honest   Manner = ""
	Down     Manner = "down"     // answers 503
	Nonce    Manner = "nonce"    // puts another nonce into the token
	LowLevel Manner = "low"      // vouches at the lowest level only
	Another  Manner = "another"  // vouches for another person than who signed in
	Expired  Manner = "expired"  // its token is over when it comes
	Forged   Manner = "forged"   // signs with a key it does not publish
	Says     Manner = "says_no"  // the person says no, whoever is chosen
	Stranger Manner = "stranger" // its token is for another client
)

// Manners lists them all, for a page of commands.
func Manners() []Manner {
	return []Manner{Honest, Down, Nonce, LowLevel, Another, Expired, Forged, Says, Stranger}
}

// Levels the provider knows.
const (
	High = "face" // checked face to face or by a live picture
	Low  = "sms"  // a code by text message
)

// Person is somebody the provider knows.
type Person struct {
	Subject string
	Name    string
	Number  string
	Level   string
}

// Provider is the simulator. Make it with New.
type Provider struct {
	Settings
	people func() []Person
	key    func() *rsa.PrivateKey
	wrong  func() *rsa.PrivateKey

	mu     sync.Mutex
	manner Manner
	codes  map[string]grant // by code, then by access token
}

// Settings are what a provider is made from.
type Settings struct {
	Issuer   string // where its machine ends stand, "https://realname.invalid"
	ClientID string
	Secret   string
	Page     func() string   // the address of the page on which people choose
	Back     func() string   // the address it may send people back to
	People   func() []Person // asked once, when needed
	Now      func() time.Time
}

// grant is what a code or an access token stands for.
type grant struct {
	Request
	person Person
	until  time.Time
	redeem bool // a code; else an access token
}

// New makes a provider with keys of its own, which are made when they are first needed.
func New(s Settings) *Provider {
	return &Provider{Settings: s, people: sync.OnceValue(s.People), key: sync.OnceValue(newKey), wrong: sync.OnceValue(newKey), codes: map[string]grant{}}
}

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // never fails (crypto/rand, Go 1.24)
	}
	return k
}

// Behave changes the provider's manner.
func (p *Provider) Behave(m Manner) { p.mu.Lock(); defer p.mu.Unlock(); p.manner = m }

// Manner is how it behaves now.
func (p *Provider) Manner() Manner { p.mu.Lock(); defer p.mu.Unlock(); return p.manner }

// Shown is how many people a search gives.
const Shown = 20

// Find lists people whose name holds the words; the first ones for none.
func (p *Provider) Find(name string) []Person {
	var out []Person
	for _, x := range p.people() {
		if len(out) < Shown && strings.Contains(x.Name, strings.TrimSpace(name)) {
			out = append(out, x)
		}
	}
	return out
}

// Request is a sign-in that a client asks for.
type Request struct {
	Back      string
	State     string
	nonce     string
	challenge string
}

// Ask reads the query of the authorize address. A request of a stranger is Denied: nobody is sent
// anywhere for it.
func (p *Provider) Ask(q url.Values) (Request, error) {
	r := Request{Back: q.Get("redirect_uri"), State: q.Get("state"), nonce: q.Get("nonce"), challenge: q.Get("code_challenge")}
	known := q.Get("client_id") == p.ClientID && r.Back == p.Back()
	if !known || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || r.challenge == "" ||
		!slices.Contains(strings.Fields(q.Get("scope")), "openid") {
		return Request{}, fault.New(fault.Denied, "connector.stranger")
	}
	return r, nil
}

// Agree is where the browser goes once a person signed in.
func (p *Provider) Agree(r Request, subject string) (string, error) {
	people := p.people()
	i := slices.IndexFunc(people, func(x Person) bool { return x.Subject == subject })
	if i < 0 {
		return "", fault.New(fault.NotFound, "fault.not_found")
	}
	switch p.Manner() {
	case Says:
		return p.Refuse(r), nil
	case Another:
		i = (i + 1) % len(people)
	}
	return r.to(url.Values{"code": {p.grant(grant{r, people[i], p.Now().Add(time.Minute), true})}}), nil
}

// Refuse is where the browser goes when the person says no.
func (p *Provider) Refuse(r Request) string { return r.to(url.Values{"error": {"access_denied"}}) }

func (r Request) to(q url.Values) string {
	q.Set("state", r.State)
	sign := "?"
	if strings.Contains(r.Back, "?") {
		sign = "&"
	}
	return r.Back + sign + q.Encode()
}

func (p *Provider) grant(g grant) string {
	b := make([]byte, 24)
	_, _ = rand.Read(b)
	id := base64.RawURLEncoding.EncodeToString(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, old := range p.codes {
		if !p.Now().Before(old.until) {
			delete(p.codes, k)
		}
	}
	p.codes[id] = g
	return id
}

// spend gives a grant once.
func (p *Provider) spend(id string, code bool) (grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.codes[id]
	delete(p.codes, id)
	return g, ok && g.redeem == code && p.Now().Before(g.until)
}

// ServeHTTP answers what machines ask: description, keys, token, userinfo.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.Manner() == Down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	doors := map[string]http.HandlerFunc{"/.well-known/openid-configuration": p.describe, "/jwks": p.keys, "/token": p.token, "/userinfo": p.userinfo}
	door := doors[r.URL.Path]
	if door == nil {
		http.NotFound(w, r)
		return
	}
	door(w, r)
}

func (p *Provider) describe(w http.ResponseWriter, _ *http.Request) {
	tell(w, http.StatusOK, map[string]any{"issuer": p.Issuer, "authorization_endpoint": p.Page(), "token_endpoint": p.Issuer + "/token",
		"jwks_uri": p.Issuer + "/jwks", "userinfo_endpoint": p.Issuer + "/userinfo", "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic"}})
}

const keyID = "simulator-1"

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	tell(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key().Public(), KeyID: keyID, Algorithm: "RS256", Use: "sig"}}})
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, coded, _ := r.BasicAuth()
	secret, _ := url.QueryUnescape(coded) // form-encoded first (RFC 6749 §2.3.1)
	if r.Method != http.MethodPost || id != p.ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(p.Secret)) != 1 {
		tell(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	g, ok := p.spend(r.PostFormValue("code"), true)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || g.Back != r.PostFormValue("redirect_uri") || g.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		tell(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	raw, err := p.sign(g)
	if err != nil {
		http.Error(w, "cannot sign", http.StatusInternalServerError)
		return
	}
	g.redeem, g.until = false, p.Now().Add(time.Minute)
	tell(w, http.StatusOK, map[string]any{"access_token": p.grant(g), "token_type": "Bearer", "expires_in": 60, "id_token": raw})
}

// sign makes the ID token; who it is comes by userinfo alone, as with providers that keep tokens
// free of personal values.
func (p *Provider) sign(g grant) (string, error) {
	manner, now := p.Manner(), p.Now()
	claims := map[string]any{"iss": p.Issuer, "sub": g.person.Subject, "aud": p.ClientID, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		"nonce": g.nonce, "acr": g.person.Level}
	key := p.key()
	switch manner {
	case Nonce:
		claims["nonce"] = "another"
	case LowLevel:
		claims["acr"] = Low
	case Expired:
		claims["exp"] = now.Add(-time.Hour).Unix()
	case Forged:
		key = p.wrong()
	case Stranger:
		claims["aud"] = "another"
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", keyID))
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(body)
	if err != nil {
		return "", errors.New("the token cannot be signed")
	}
	return signed.CompactSerialize()
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	g, ok := p.spend(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), false)
	if !ok {
		tell(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	tell(w, http.StatusOK, map[string]any{"sub": g.person.Subject, "name": g.person.Name, "id_number": g.person.Number})
}

func tell(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the other side is gone, or reads it
}
