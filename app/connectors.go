package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"yimen/connector"
	"yimen/connector/kannel"
	"yimen/connector/nontax"
	"yimen/connector/oidc"
	"yimen/foundation/fault"
	"yimen/process/signin"
	"yimen/ref"
)

// outsiders are the systems outside that this house speaks with.
type outsiders struct {
	texter    connector.Texter // nil: no texts
	receipts  connector.Receipts
	providers []signin.Provider
	payer     connector.Payer // nil: fees wait
	payments  connector.PayCalls
	simulated *simulators // a demo's
}

// connectorsFile is connectors.json in the data folder (docs/operate.md, "Connectors"). Secrets
// stand in files of their own, named by an absolute path or one in the data folder.
type connectorsFile struct {
	Texts *struct {
		Kind         string `json:"kind"` // kannel
		URL          string `json:"url"`
		Username     string `json:"username"`
		PasswordFile string `json:"password_file"`
		From         string `json:"from"`
	} `json:"texts"`
	Pay *struct {
		Kind     string `json:"kind"` // nontax
		URL      string `json:"url"`
		Merchant string `json:"merchant"`
		KeyFile  string `json:"key_file"`
	} `json:"pay"`
	RealName []struct {
		Kind       string                   `json:"kind"` // oidc
		ID         string                   `json:"id"`
		Name       string                   `json:"name"`
		Issuer     string                   `json:"issuer"`
		ClientID   string                   `json:"client_id"`
		SecretFile string                   `json:"secret_file"`
		Scopes     []string                 `json:"scopes"`
		Claims     oidc.Claims              `json:"claims"`
		Levels     map[string]ref.Assurance `json:"levels"`
	} `json:"real_name"`
}

// heardPath is where the payment gateway tells what was paid.
const heardPath = "/fees/heard"

// receiptPath is where gateways tell what became of a text.
const receiptPath = "/texts/receipt"

// signReceipt makes the part of a receipt's address that only we can make.
func (h *House) signReceipt(id string) string { return h.Vault.Blind("texts.receipt", id) }

// connect reads the file of connectors; a demo has its simulators instead.
func (h *House) connect() (outsiders, error) {
	if h.Demo {
		return h.simulate(), nil
	}
	var f connectorsFile
	raw, err := os.ReadFile(filepath.Join(h.Data, "connectors.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return outsiders{}, nil
	}
	if err != nil {
		return outsiders{}, err
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return outsiders{}, fmt.Errorf("connectors.json: %w", err)
	}
	return h.connected(f)
}

func (h *House) connected(f connectorsFile) (out outsiders, err error) {
	if t := f.Texts; t != nil {
		if t.Kind != "kannel" {
			return out, fmt.Errorf("connectors.json: texts speak %q, not kannel", t.Kind)
		}
		g := &kannel.Gateway{URL: t.URL, Username: t.Username, From: t.From, Report: h.Host + receiptPath, Sign: h.signReceipt}
		if g.Password, err = h.secret(t.PasswordFile); err != nil {
			return out, err
		}
		out.texter, out.receipts = g, g
	}
	if x := f.Pay; x != nil {
		if x.Kind != "nontax" || !strings.HasPrefix(x.URL, "https://") || x.Merchant == "" {
			return out, fmt.Errorf("connectors.json: pay speaks %q; the kind is nontax, the url begins with https:// and a merchant is named", x.Kind)
		}
		g := &nontax.Gateway{URL: strings.TrimRight(x.URL, "/"), Merchant: x.Merchant, Notify: h.Host + heardPath, Now: h.Now}
		if g.Key, err = h.secret(x.KeyFile); err != nil {
			return out, err
		}
		out.payer, out.payments = g, g
	}
	for _, r := range f.RealName {
		if r.Kind != "oidc" || r.ID == "" || strings.Trim(r.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return out, fmt.Errorf("connectors.json: real_name %q speaks %q; the kind is oidc and the id of small letters, digits and hyphens", r.ID, r.Kind)
		}
		for word, level := range r.Levels {
			if !level.Known() {
				return out, fmt.Errorf("connectors.json: real_name %s maps %q to %q, which is no level", r.ID, word, level)
			}
		}
		way := &oidc.Provider{Issuer: r.Issuer, ClientID: r.ClientID, Scopes: r.Scopes, Claims: r.Claims, Now: h.Now}
		if way.Secret, err = h.secret(r.SecretFile); err != nil {
			return out, err
		}
		out.providers = append(out.providers, signin.Provider{ID: r.ID, Name: r.Name, Way: way, Levels: r.Levels})
	}
	return out, nil
}

// secret reads a file that only its owner may read.
func (h *House) secret(path string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(h.Data, path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("connectors.json: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("connectors.json: others may read %s; chmod 600 it", path)
	}
	b, err := os.ReadFile(path)
	return strings.TrimSpace(string(b)), err
}

// receipt takes a gateway's call. It answers machines only, so it is no page.
func (h *House) receipt(w http.ResponseWriter, r *http.Request) {
	if h.outside.receipts == nil {
		http.NotFound(w, r)
		return
	}
	got, err := h.outside.receipts.Receive(r.URL.Query())
	if err == nil {
		err = h.Post.Receipt(r.Context(), got)
	}
	switch {
	case fault.Is(err, fault.Denied):
		http.Error(w, "denied", http.StatusForbidden)
	case err != nil: // the gateway may call again
		h.Log.Error("a receipt was not noted", "err", err.Error())
		http.Error(w, "not now", http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// heard takes the payment gateway's call. It answers machines only, so it is no page.
func (h *House) heard(w http.ResponseWriter, r *http.Request) {
	if h.outside.payments == nil {
		http.NotFound(w, r)
		return
	}
	got, err := h.outside.payments.Hear(r)
	if err == nil {
		err = h.Till.Heard(r.Context(), got)
	}
	switch {
	case fault.Is(err, fault.Denied), fault.Is(err, fault.Conflict):
		h.Log.Warn("a call about a payment was refused", "err", err.Error())
		http.Error(w, "denied", http.StatusForbidden)
	case err != nil: // the gateway may call again
		h.Log.Error("a payment was not noted", "err", err.Error())
		http.Error(w, "not now", http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
