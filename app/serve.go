package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"yimen/domain/org"
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

// passed are the fields by which a proxy shows that the request came from elsewhere.
var passed = []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"}

// loopback answers this machine only; figures are for its own collector.
func loopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() || slices.ContainsFunc(passed, func(name string) bool { return len(r.Header.Values(name)) > 0 }) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
