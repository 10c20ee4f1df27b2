package oidc_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"yimen/connector"
	"yimen/connector/conformance"
	"yimen/connector/oidc"
	"yimen/connector/simulator/realname"
	"yimen/foundation/fault"
)

const (
	client = "yimen-town"
	secret = "a secret of the provider"
	back   = "http://127.0.0.1:8080/signin/back"
)

var person = realname.Person{Subject: "subject-1", Name: "演示甲", Number: "449901199001010015", Level: realname.High}

func simulated(t *testing.T) (*realname.Provider, conformance.Vouching) {
	const issuer = "https://provider.invalid"
	other := realname.Person{Subject: "subject-2", Name: "演示乙", Number: "449901199001010023", Level: realname.High}
	p := realname.New(realname.Settings{Issuer: issuer, ClientID: client, Secret: secret, Now: time.Now, People: func() []realname.Person { return []realname.Person{person, other} },
		Page: func() string { return issuer + "/authorize" }, Back: func() string { return back }})
	return p, conformance.Vouching{Line: connector.InProcess(p), Back: back, Secrets: []string{secret},
		Want: connector.Identity{Subject: person.Subject, Name: person.Name, Number: person.Number, Level: person.Level},
		Open: func(line http.RoundTripper, ahead time.Duration) connector.RealName {
			return &oidc.Provider{Issuer: issuer, ClientID: client, Secret: secret, Line: line, Now: func() time.Time { return time.Now().Add(ahead) }}
		},
		Walk: func(t *testing.T, address string) url.Values {
			r, err := p.Ask(parsed(t, address).Query())
			if err != nil {
				t.Fatal(err)
			}
			to, err := p.Agree(r, person.Subject)
			if err != nil {
				t.Fatal(err)
			}
			return parsed(t, to).Query()
		}}
}

func parsed(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAgainstTheSimulator(t *testing.T) {
	_, p := simulated(t)
	conformance.RealName(t, p)
}

func TestMisbehaviour(t *testing.T) {
	sim, p := simulated(t)
	finish := func(m realname.Manner) (connector.Identity, error) {
		sim.Behave(realname.Honest)
		c := p.Open(p.Line, 0)
		address, kept, err := c.Begin(t.Context(), back)
		if err != nil {
			t.Fatal(err)
		}
		sim.Behave(m)
		return c.Finish(t.Context(), kept, p.Walk(t, address))
	}
	for _, m := range []realname.Manner{realname.Nonce, realname.Expired, realname.Forged, realname.Says, realname.Stranger} {
		if who, err := finish(m); !fault.Is(err, fault.Denied) {
			t.Errorf("%s: %+v, %v", m, who, err)
		}
	}
	if who, err := finish(realname.Down); !fault.Is(err, fault.Unavailable) {
		t.Errorf("down: %+v, %v", who, err)
	}
	if who, err := finish(realname.LowLevel); err != nil || who.Level != realname.Low {
		t.Errorf("low: %+v, %v", who, err)
	}
	if who, err := finish(realname.Another); err != nil || who.Number == person.Number {
		t.Errorf("another: %+v, %v", who, err)
	}
}

func TestStrangersAreSentNowhere(t *testing.T) {
	sim, p := simulated(t)
	address, _, err := p.Open(p.Line, 0).Begin(t.Context(), back)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"redirect_uri": "http://elsewhere.example/", "client_id": "another", "response_type": "token",
		"code_challenge_method": "plain", "code_challenge": "", "scope": "profile"} {
		q := parsed(t, address).Query()
		q.Set(name, value)
		if _, err := sim.Ask(q); !fault.Is(err, fault.Denied) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

// TestAgainstAnotherProvider runs a provider that is not ours: zitadel's example server. It has
// no identity numbers, so the user's login name stands for one.
func TestAgainstAnotherProvider(t *testing.T) {
	type user struct{ ID, Username, Password, FirstName, LastName string }
	file := filepath.Join(t.TempDir(), "users.json")
	raw, _ := json.Marshal(map[string]user{"id1": {"id1", person.Number, "a long password", "演示", "甲"}})
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	users, err := storage.StoreFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	storage.RegisterClients(storage.WebClient(client, secret, back))
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	handler = exampleop.SetupServer(server.URL+"/", storage.NewStorage(users), nil, false)
	conformance.RealName(t, conformance.Vouching{Line: http.DefaultTransport, Back: back, Secrets: []string{secret},
		Want: connector.Identity{Subject: "id1", Name: "演示 甲", Number: person.Number},
		Open: func(line http.RoundTripper, ahead time.Duration) connector.RealName {
			return &oidc.Provider{Issuer: server.URL + "/", ClientID: client, Secret: secret, Claims: oidc.Claims{Number: "preferred_username"}, Line: line,
				Now: func() time.Time { return time.Now().Add(ahead) }}
		},
		Walk: signsIn})
}

// signsIn is a person with a browser at the example server's form.
func signsIn(t *testing.T, address string) url.Values {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	var returned *url.URL
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == parsed(t, back).Path {
			returned = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	form := url.Values{"username": {person.Number}, "password": {"a long password"}, "id": {res.Request.URL.Query().Get("authRequestID")}}
	if res, err = browser.PostForm(res.Request.URL.Scheme+"://"+res.Request.URL.Host+"/login/username", form); err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if returned == nil {
		t.Fatal("the provider sent nobody back")
	}
	return returned.Query()
}
