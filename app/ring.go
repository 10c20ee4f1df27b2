package app

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"yimen/foundation/crypto"
	"yimen/foundation/fault"
	"yimen/ref"
)

// Ring holds the organs' signing keys, one file each: keys/organ-<USCC>.pem. In a demo a key
// that is missing is made; elsewhere demo keys are refused.
type Ring struct {
	dir  string
	demo bool
	now  func() time.Time
	ca   *crypto.DemoCA

	mu   sync.Mutex
	keys map[ref.OrganID]crypto.Key
}

func openRing(dir string, demo bool, now func() time.Time) (*Ring, error) {
	r := &Ring{dir: dir, demo: demo, now: now, keys: map[ref.OrganID]crypto.Key{}}
	if !demo {
		return r, nil
	}
	path := filepath.Join(dir, "demo-ca.pem")
	root, err := crypto.ReadKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if r.ca, err = crypto.NewDemoCA(now()); err != nil {
			return nil, err
		}
		return r, r.ca.Root().Save(path)
	}
	if err != nil {
		return nil, err
	}
	r.ca = crypto.DemoCAFrom(root)
	return r, nil
}

// Key is an organ's seal. Unavailable while there is none.
func (r *Ring) Key(organ ref.OrganID) (crypto.Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.keys[organ]; k != nil {
		return k, nil
	}
	k, err := r.read(organ)
	if err != nil {
		return nil, err
	}
	r.keys[organ] = k
	return k, nil
}

func (r *Ring) read(organ ref.OrganID) (crypto.Key, error) {
	if _, err := ref.ParseUSCC(string(organ)); err != nil { // it becomes part of a file's name
		return nil, fmt.Errorf("seal of %q: %w", organ, err)
	}
	path := filepath.Join(r.dir, "organ-"+string(organ)+".pem")
	k, err := crypto.ReadKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if !r.demo {
			return nil, fault.New(fault.Unavailable, "seal.no_key").Wrap(err)
		}
		if k, err = r.ca.Issue(string(organ), string(organ), r.now()); err == nil {
			err = k.Save(path)
		}
	}
	if err != nil {
		return nil, err
	}
	if !r.demo && crypto.IsDemo(append(k.Chain(), k.Certificate())...) {
		return nil, fault.New(fault.Unavailable, "seal.demo_key")
	}
	return k, nil
}

// Name issues the demo keys of organs under their names, so that signatures show who signed.
func (r *Ring) Name(organ ref.OrganID, name string) error {
	path := filepath.Join(r.dir, "organ-"+string(organ)+".pem")
	if _, err := os.Stat(path); err == nil || !r.demo {
		return nil
	}
	k, err := r.ca.Issue(name, string(organ), r.now())
	if err != nil {
		return err
	}
	return k.Save(path)
}

// Roots are the certificates our own verification trusts: the demo's, or keys/roots.pem.
func (r *Ring) Roots() (*x509.CertPool, error) {
	if r.demo {
		return r.ca.Pool(), nil
	}
	pool := x509.NewCertPool()
	b, err := os.ReadFile(filepath.Join(r.dir, "roots.pem"))
	if errors.Is(err, fs.ErrNotExist) {
		return pool, nil
	}
	if err == nil && !pool.AppendCertsFromPEM(b) {
		err = errors.New("keys/roots.pem holds no certificate")
	}
	return pool, err
}

// refuseDemo stops `serve` where the data folder was made by a demo.
func refuseDemo(data string) error {
	for _, name := range []string{"demo.json", filepath.Join("keys", "demo-ca.pem")} {
		if _, err := os.Stat(filepath.Join(data, name)); err == nil {
			return fmt.Errorf("%s holds a demo town (%s): its keys, seals and accounts are public, so serve refuses it", data, name)
		}
	}
	return nil
}
