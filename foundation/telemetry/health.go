package telemetry

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Health answers /healthz: the process runs and can answer. It looks at nothing else, so that a database in trouble
// does not get the program restarted for it.
func Health() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte("ok\n"))
	})
}

// Check is one thing that must be in order before requests are sent here.
type Check struct {
	Name string
	Run  func(context.Context) error
}

// checkLimit bounds one check; a hanging check is a failed one.
const checkLimit = 2 * time.Second

// Ready answers /readyz: 200 when every check passes, else 503, with each check's state by name. What went wrong goes to
// the log only, because the page is open to anybody.
func Ready(log *slog.Logger, checks ...Check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		states, status := runChecks(r.Context(), log, checks)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(states)
	})
}

func runChecks(ctx context.Context, log *slog.Logger, checks []Check) (map[string]string, int) {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	faults := make([]error, len(checks))
	var wg sync.WaitGroup
	for i, c := range checks {
		wg.Go(func() { faults[i] = c.Run(ctx) })
	}
	wg.Wait()
	states, status := map[string]string{}, http.StatusOK
	for i, c := range checks {
		states[c.Name] = "ok"
		if faults[i] != nil {
			states[c.Name], status = "failed", http.StatusServiceUnavailable
			log.Warn("not ready", "check", c.Name, "fault", faults[i])
		}
	}
	return states, status
}
