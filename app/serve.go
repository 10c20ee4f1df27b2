package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"yimen/domain/audit"
	"yimen/domain/org"
	"yimen/foundation/pdf"
	"yimen/ref"
)

// completeStaff fills in what an account may leave out and refuses what it may not.
func completeStaff(s *org.Staff, organ, hall string) error {
	known := map[string]bool{"admin": true, "supervisor": true, "keeper": true, "clerk": true, "approver": true, "representative": true}
	if !known[s.Roles] {
		return usageError("--role is one of admin, supervisor, keeper, clerk, approver, representative")
	}
	if s.Account == "" {
		s.Account = s.Roles
	}
	if s.Name == "" {
		s.Name = s.Account
	}
	s.Account, s.Organ, s.Hall = strings.ToLower(s.Account), ref.OrganID(organ), ref.HallID(hall)
	return nil
}

// Serve answers on addr until ctx ends, then lets what is under way finish.
func (h *House) Serve(ctx context.Context, addr string, ready func()) error {
	handler, err := h.Handler()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	run, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { h.Run(run) })
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	ready()
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = h.shut(s)
	}
	stop()
	wg.Wait()
	return err
}

func (h *House) shut(s *http.Server) error {
	h.Hub.Close() // ends event streams, which would otherwise hold the shutdown up
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return s.Close()
	}
	return nil
}

// loopback answers this machine only; figures are for its own collector.
func loopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() || r.Header.Get("X-Forwarded-For") != "" {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func verifyCommand(ctx context.Context, args []string) error {
	var file string
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		file, args = args[0], args[1:]
	}
	var o house
	f := o.flags("verify", "")
	ca := f.String("ca", "", "PEM file of the certificates to trust")
	if err := f.Parse(args); err != nil {
		return usageError(err.Error())
	}
	if file == "" && f.NArg() > 0 {
		file = f.Arg(0)
	}
	if file != "" {
		return verifyFile(file, *ca, o.data)
	}
	if o.data == "" {
		return usageError("yimen verify FILE, or yimen verify --data DIR")
	}
	return verifyHouse(ctx, o)
}

// verifyFile says integrity, trust and revocation apart; an altered file is an error.
func verifyFile(file, ca, data string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	roots, err := trusted(ca, data)
	if err != nil {
		return err
	}
	r, err := pdf.Verify(b, roots)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	fmt.Printf("signed      %s\n", yes(r.Signed))
	if r.Signed {
		fmt.Printf("integrity   %s\nwhole file  %s\nsigner      %s %s\ntrust       %s\nsigned at   %s (by the signer's clock)\nrevocation  not known offline\n",
			because(r.Intact, r.Broken), because(r.Whole, r.Broken), r.Signer, r.Code, because(r.Trusted, r.Doubt), r.At.Format(time.RFC3339))
	}
	if r.Demo {
		fmt.Println("legal force none: signed with a demo key (演示样张·无法律效力)")
	}
	if !r.Signed || r.Altered() {
		return errors.New("the file is not what was signed")
	}
	return nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "NO"
}

func because(ok bool, why error) string {
	if ok || why == nil {
		return yes(ok)
	}
	return "NO: " + why.Error()
}

// trusted reads the certificates to trust: a file that is named, or a data folder's own.
func trusted(ca, data string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for _, path := range []string{ca, filepath.Join(data, "keys", "demo-ca.pem"), filepath.Join(data, "keys", "roots.pem")} {
		if path == "" || path != ca && data == "" {
			continue
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && path != ca {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(b) {
			return nil, fmt.Errorf("%s holds no certificate", path)
		}
	}
	return pool, nil
}

// verifyHouse walks the audit chains and reports every gap.
func verifyHouse(ctx context.Context, o house) error {
	h, err := Open(ctx, o.config())
	if err != nil {
		return err
	}
	defer h.Close()
	n, gaps, err := audit.Verify(ctx, h.DB)
	if err != nil {
		return err
	}
	fmt.Printf("audit rows %d, gaps %d\n", n, len(gaps))
	for _, g := range gaps {
		fmt.Printf("  %s #%d (place %d): %s\n", g.Object, g.Seq, g.Pos, g.What)
	}
	if len(gaps) > 0 {
		return errors.New("the audit chain does not hold")
	}
	return nil
}
