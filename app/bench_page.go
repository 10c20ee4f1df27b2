package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"yimen/domain/approval"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/event"
	"yimen/foundation/session"
)

const (
	pageConns = 50
	pageRate  = 100 // requests a second
	pageOpen  = 10 * time.Second
	pageFull  = 4 * time.Second
	pageTasks = 1000
)

// benchPage: the guide, an inbox of 1,000 tasks and a case's page over real connections, asked
// for 100 times a second whatever the answers do; beside it what the page can bear.
func benchPage(ctx context.Context) ([]figure, error) {
	t, err := openBenchTown(ctx, "", func(h *House) { event.Hear(h.Bus, "review.Start", h.Board.Start) })
	if err != nil {
		return nil, err
	}
	defer t.drop()
	if _, err := spread(32, pageTasks, func(int) error { _, err := t.Desk.Accept(ctx, t.acceptance()); return err }); err != nil {
		return nil, err
	}
	if _, err := t.Bus.Settle(ctx); err != nil {
		return nil, err
	}
	v, stop, err := t.visit(ctx, "police-review-a")
	if err != nil {
		return nil, err
	}
	defer stop()
	bare, _, err := v.full(ctx, func(int) string { return "/healthz" })
	if err != nil {
		return nil, err
	}
	var out []figure
	for _, p := range []struct {
		name string
		path func(i int) string
	}{
		{"page guide", func(int) string { return "/item/" + benchItem }},
		{"page inbox", func(int) string { return "/approver" }},
		{"page case", func(i int) string { return "/approver/task/" + v.tasks[i%100] }},
	} {
		f, err := v.figure(ctx, p.name, p.path)
		if err != nil {
			return out, err
		}
		f.limit += fmt.Sprintf(", bare answers %.0f/s", bare)
		out = append(out, f)
	}
	return out, nil
}

// visitor is a signed-in browser with so many connections.
type visitor struct {
	client *http.Client
	base   string
	cookie *http.Cookie
	tasks  []string
}

// visit serves the house on the loopback and signs an account in.
func (t *benchTown) visit(ctx context.Context, account string) (*visitor, func(), error) {
	who, err := org.StaffByAccount(ctx, t.DB, account)
	if err != nil {
		return nil, nil, err
	}
	cookie, err := t.cookie(who)
	if err != nil {
		return nil, nil, err
	}
	tasks, err := db.Find[string](ctx, t.DB, "select id from approval_task where organ = $1 and kind = $2 order by id limit 100", who.Organ, approval.Opinion)
	if err != nil {
		return nil, nil, err
	}
	v, stop, err := t.browser(cookie)
	if err == nil {
		v.tasks = tasks
	}
	return v, stop, err
}

// browser serves the house on the loopback to who has the cookie.
func (t *benchTown) browser(cookie *http.Cookie) (*visitor, func(), error) {
	handler, err := t.Handler()
	if err != nil {
		return nil, nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.Serve(l) }()
	transport := &http.Transport{MaxConnsPerHost: pageConns, MaxIdleConnsPerHost: pageConns, DisableCompression: true}
	v := &visitor{client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		base: "http://" + l.Addr().String(), cookie: cookie}
	return v, func() { transport.CloseIdleConnections(); _ = s.Close() }, nil
}

func (t *benchTown) cookie(who org.Staff) (*http.Cookie, error) {
	w := httptest.NewRecorder()
	err := t.Sessions.SignIn(w, httptest.NewRequest(http.MethodPost, t.Host+"/staff/signin", nil), session.Opening{Kind: "staff", Subject: string(who.ID), Now: t.Now()})
	if err != nil {
		return nil, err
	}
	set := w.Result().Cookies()
	if len(set) != 1 {
		return nil, errors.New("signing in set no cookie")
	}
	return set[0], nil
}

// ask gets a page as a browser would, compressed, and wants 200.
func (v *visitor) ask(ctx context.Context, path string) (int64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return 0, err
	}
	r.AddCookie(v.cookie)
	r.Header.Set("Accept-Encoding", "gzip, br")
	a, err := v.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer a.Body.Close()
	n, err := io.Copy(io.Discard, a.Body)
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s answers %d", path, a.StatusCode)
	}
	return n, err
}

func (v *visitor) figure(ctx context.Context, name string, path func(int) string) (figure, error) {
	f := figure{name: name, unit: "ms p99"}
	size, err := v.ask(ctx, path(0))
	if err != nil {
		return f, err
	}
	took, err := v.steady(ctx, path)
	if err != nil {
		return f, err
	}
	most, busy, err := v.full(ctx, path)
	if err != nil {
		return f, err
	}
	f.value = ms(percentile(took, 0.99))
	f.limit = fmt.Sprintf("saturates at %.0f/s (p99 %.1f ms)", most, ms(percentile(busy, 0.99)))
	f.ratio = pageRate / most
	f.notes = append(f.notes, fmt.Sprintf("p50 %.1f ms, worst %.1f ms of %d requests at %d/s over %d connections, %d bytes sent", ms(percentile(took, 0.5)), ms(took[len(took)-1]), len(took), pageRate, pageConns, size))
	f.want(f.value < 50, "p99 < 50 ms")
	return f, nil
}

// steady asks at the given rate; a request's time runs from when it was due, so that waiting
// for a free connection counts.
func (v *visitor) steady(ctx context.Context, path func(int) string) ([]time.Duration, error) {
	n := int(pageOpen/time.Second) * pageRate
	took := make([]time.Duration, n)
	start := time.Now().Add(50 * time.Millisecond)
	_, err := spread(pageConns, n, func(i int) error {
		due := start.Add(time.Duration(i) * time.Second / pageRate)
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return ctx.Err()
		}
		_, err := v.ask(ctx, path(i))
		took[i] = time.Since(due)
		return err
	})
	slices.Sort(took)
	return took, err
}

// full asks over every connection as fast as answers come.
func (v *visitor) full(ctx context.Context, path func(int) string) (float64, []time.Duration, error) {
	var mu sync.Mutex
	var took []time.Duration
	end := time.Now().Add(pageFull)
	start := time.Now()
	_, err := spread(pageConns, 1<<20, func(i int) error {
		at := time.Now()
		if at.After(end) {
			return errEnough
		}
		_, err := v.ask(ctx, path(i))
		mu.Lock()
		defer mu.Unlock()
		took = append(took, time.Since(at))
		return err
	})
	if !errors.Is(err, errEnough) {
		return 0, nil, err
	}
	slices.Sort(took)
	return float64(len(took)) / time.Since(start).Seconds(), took, nil
}

var errEnough = errors.New("enough")
