package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yimen/app"
	"yimen/app/apptest"
	"yimen/connector/kannel"
	"yimen/connector/simulator/realname"
	"yimen/domain/identity"
	"yimen/foundation/db/dbtest"
	"yimen/foundation/fault"
	"yimen/ref"
)

// served opens a house that is no demo, with a file of connectors.
func served(t *testing.T, file string, mode os.FileMode) (*app.House, error) {
	t.Helper()
	data := t.TempDir()
	for name, body := range map[string]string{"connectors.json": file, "gateway.secret": "a password\n"} {
		if body == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(data, name), []byte(body), mode); err != nil {
			t.Fatal(err)
		}
	}
	h, err := app.Open(context.Background(), app.Config{Data: data, Host: "https://town.example", Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		t.Cleanup(func() { _ = h.Close() })
	}
	return h, err
}

const (
	kannelFile = `{"texts": {"kind": "kannel", "url": "http://127.0.0.1:13013/cgi-bin/sendsms", "username": "yimen", "password_file": "gateway.secret"},
		"real_name": [{"kind": "oidc", "id": "province", "name": "省统一身份认证", "issuer": "https://id.example", "client_id": "town", "secret_file": "gateway.secret",
		"claims": {"number": "cid", "level": "loa"}, "levels": {"L3": "2", "L1": "1"}}]}`
)

func TestConnectorsFile(t *testing.T) {
	h, err := served(t, kannelFile, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	g, ok := h.Outside.Texter.(*kannel.Gateway)
	if !ok || g.Password != "a password" || g.Report != "https://town.example/texts/receipt" || h.Post.Texter != h.Outside.Texter {
		t.Errorf("%+v", g)
	}
	if p := h.Outside.Providers; len(p) != 1 || p[0].Levels["L3"] != ref.AssuranceReal {
		t.Errorf("%+v", p)
	}
	if none, err := served(t, "", 0o600); err != nil || none.Outside.Texter != nil || none.Post.Texter != nil || len(none.Outside.Providers) != 0 {
		t.Error("without a file:", err)
	}
	if _, err := served(t, kannelFile, 0o644); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Error("a secret that others may read:", err)
	}
	for what, file := range map[string]string{"another way": strings.Replace(kannelFile, "kannel", "pigeon", 1), "a slip": strings.Replace(kannelFile, "url", "uri", 1),
		"no level": strings.Replace(kannelFile, `"2"`, `"9"`, 1), "no file": strings.Replace(kannelFile, "gateway.secret", "nothing", 1), "no JSON": "{"} {
		if _, err := served(t, file, 0o600); err == nil || !strings.Contains(err.Error(), "connectors.json") || strings.Contains(err.Error(), "a password") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestReceiptsComeInSignedOnly(t *testing.T) {
	a := apptest.New(t, dbtest.SQLite(t))
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	call := func(sig string) int {
		w := httptest.NewRecorder()
		q := url.Values{"id": {"x"}, "sig": {sig}, "state": {"1"}, "at": {"1772400000"}}
		h.ServeHTTP(w, httptest.NewRequest("GET", "/texts/receipt?"+q.Encode(), nil))
		return w.Code
	}
	if code := call("forged"); code != http.StatusForbidden {
		t.Error("a forged receipt:", code)
	}
	if code := call(a.Vault.Blind("texts.receipt", "x")); code != http.StatusNoContent {
		t.Error("a receipt:", code)
	}
	off, err := served(t, "", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if h, err = off.Handler(); err != nil || call("any") != http.StatusNotFound {
		t.Error("there is no gateway, and receipts are taken", err)
	}
}

// visitor signs in with a phone and gives their session.
func visitor(t *testing.T, a *apptest.App, phone string) identity.Me {
	t.Helper()
	id, err := a.Outside.SendCode(t.Context(), phone, "")
	if err != nil {
		t.Fatal(err)
	}
	gateway, _ := a.Simulators()
	body := gateway.Received(phone)[0].Body
	code := strings.Trim(strings.SplitN(strings.SplitN(body, "验证码", 2)[1], "，", 2)[0], " ")
	v, err := a.Outside.EnterCode(t.Context(), id, code, "", "test")
	if err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	return v.Me
}

// TestRealNameThroughTheSimulator walks the real connector against the demo's provider, whatever
// it does.
func TestRealNameThroughTheSimulator(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		_, provider := a.Simulators()
		me := visitor(t, a, "19900007777")
		back := a.Press.Host + "/signin/back"
		come := func(m realname.Manner) error {
			provider.Behave(realname.Honest)
			address, kept, err := a.Outside.Leave(t.Context(), "simulator", back)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			r, err := provider.Ask(u.Query())
			if err != nil {
				t.Fatal(err)
			}
			provider.Behave(m)
			to, err := provider.Agree(r, "person-001")
			if err != nil {
				t.Fatal(err)
			}
			brought, err := url.Parse(to)
			if err != nil || !strings.HasPrefix(to, back+"?") {
				t.Fatal(to, err)
			}
			_, err = a.Outside.Come(t.Context(), me, "simulator", kept, brought.Query())
			return err
		}
		for _, m := range realname.Manners() {
			want := fault.Denied
			switch m {
			case realname.Honest, realname.Another:
				continue
			case realname.Down:
				want = fault.Unavailable
			}
			if err := come(m); !fault.Is(err, want) {
				t.Errorf("%s: %v", m, err)
			}
		}
		if acc, err := identity.GetAccount(t.Context(), a.DB, me.Account); err != nil || acc.Party != "" {
			t.Fatal("somebody was bound:", err)
		}
		if err := come(realname.Honest); err != nil {
			t.Fatal(err)
		}
		if acc, err := identity.GetAccount(t.Context(), a.DB, me.Account); err != nil || acc.Party != a.Person("person-001").ID {
			t.Error("not bound:", acc.Party, err)
		}
		if err := come(realname.Another); !fault.Is(err, fault.Conflict) {
			t.Error("bound to another:", err)
		}
	})
}
