package telemetry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, h http.Handler, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, nil))
	return w
}

func TestRequestsAreCountedByPattern(t *testing.T) {
	var logged bytes.Buffer
	m := NewMetrics(NewLogger(&logged, slog.LevelInfo))
	m.Gauge("yimen_test_waiting", "Waiting.", func() float64 { return 7 })
	m.Counter("yimen_test_total", "Things.", "kind").WithLabelValues("a").Inc()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /case/{id}", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "no")
		if http.NewResponseController(w).Flush() != nil {
			t.Error("a measured answer cannot be flushed")
		}
	})
	mux.HandleFunc("POST /quiet", func(http.ResponseWriter, *http.Request) {})
	// A layer in between that gives the mux another request, as a session layer does.
	type mark struct{}
	between := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Routed(mux).ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), mark{}, 1)))
	})
	h := m.Requests(between)
	get(t, h, "GET", "/case/449901199003071230?phone=19900000001")
	get(t, h, "POST", "/quiet")
	get(t, h, "GET", "/wp-login.php")
	get(t, h, "BREW", "/case/1")

	text := get(t, m.Handler(), "GET", "/metrics").Body.String()
	for _, want := range []string{
		`yimen_request_seconds_count{method="GET",route="/case/{id}",status="404"} 1`,
		`yimen_request_seconds_count{method="POST",route="/quiet",status="200"} 1`,
		`yimen_request_seconds_count{method="GET",route="unmatched",status="404"} 1`,
		`method="other"`, "yimen_test_waiting 7", `yimen_test_total{kind="a"} 1`, "go_goroutines",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	for _, leak := range []string{"wp-login", "449901", "199000"} {
		if strings.Contains(text+logged.String(), leak) {
			t.Errorf("%s reached metrics or log", leak)
		}
	}
	if got := strings.Count(logged.String(), `"msg":"request"`); got != 4 {
		t.Errorf("%d request lines, want 4", got)
	}
}

func TestPanicIsCountedAndPassedOn(t *testing.T) {
	m := NewMetrics(nil)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /boom", func(http.ResponseWriter, *http.Request) { panic("boom") })
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		get(t, m.Requests(Routed(mux)), "GET", "/boom")
	}()
	if text := get(t, m.Handler(), "GET", "/metrics").Body.String(); !strings.Contains(text, `route="/boom",status="500"`) {
		t.Error("not counted as 500")
	}
}

func TestHealthAndReady(t *testing.T) {
	if w := get(t, Health(), "GET", "/healthz"); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("healthz: %d %q", w.Code, w.Body.String())
	}
	var logged bytes.Buffer
	log := NewLogger(&logged, slog.LevelInfo)
	fine := Check{"database", func(context.Context) error { return nil }}
	broken := Check{"blobs", func(context.Context) error { return errors.New("disk of 19900000001 full") }}
	if w := get(t, Ready(log, fine), "GET", "/readyz"); w.Code != 200 {
		t.Errorf("readyz: %d", w.Code)
	}
	w := get(t, Ready(log, fine, broken), "GET", "/readyz")
	if w.Code != 503 || strings.TrimSpace(w.Body.String()) != `{"blobs":"failed","database":"ok"}` {
		t.Errorf("readyz: %d %s", w.Code, w.Body.String())
	}
	if !strings.Contains(logged.String(), "full") || strings.Contains(logged.String(), "19900000001") {
		t.Errorf("log: %s", logged.String())
	}
}
