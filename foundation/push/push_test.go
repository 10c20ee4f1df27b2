package push

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestSlowReaderFindsNewestOfEachTopic(t *testing.T) {
	h := New()
	s := h.Subscribe("case:1", "inbox:9")
	defer s.Cancel()
	for i := range 1000 {
		h.Send("case:1", strconv.Itoa(i))
		if i == 3 {
			h.Send("inbox:9", "x")
		}
		h.Send("case:2", "not ours")
	}
	<-s.Ready
	got := s.Take()
	want := []Message{{"case:1", "999"}, {"inbox:9", "x"}}
	if !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if more := s.Take(); len(more) != 0 {
		t.Fatalf("taken twice: %v", more)
	}
}

func TestCancelLeavesNothingBehind(t *testing.T) {
	h := New()
	s := h.Subscribe("a", "b")
	if h.Listeners("a") != 1 {
		t.Fatal("not subscribed")
	}
	s.Cancel()
	s.Cancel()
	if len(h.topics) != 0 {
		t.Fatalf("topics left: %v", h.topics)
	}
	h.Send("a", "nobody hears")
}

func TestManySendersManyReaders(t *testing.T) {
	h := New()
	var wg sync.WaitGroup
	last := strconv.Itoa(500)
	for range 8 {
		s := h.Subscribe("t")
		wg.Go(func() {
			defer s.Cancel()
			for range s.Ready {
				for _, m := range s.Take() {
					if m.Data == last {
						return
					}
				}
			}
		})
	}
	for i := range 501 {
		h.Send("t", strconv.Itoa(i))
	}
	wg.Wait()
}

func TestStream(t *testing.T) {
	h := New()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.Stream(w, r, "case:1")
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		t.Fatalf("content type %q", got)
	}
	// The first line is sent after subscribing, so nothing sent from here on can be lost.
	lines := bufio.NewScanner(answer.Body)
	next := func() string {
		for lines.Scan() {
			if lines.Text() != "" {
				return lines.Text()
			}
		}
		t.Fatalf("stream ended: %v", lines.Err())
		return ""
	}
	if got := next(); got != "retry: 2000" {
		t.Fatalf("first line %q", got)
	}
	h.Send("case:1", "moved\r\nevent: forged")
	for _, want := range []string{"event: case:1", "data: moved", "data: event: forged"} {
		if got := next(); got != want {
			t.Fatalf("line %q, want %q", got, want)
		}
	}
	h.Close()
	for lines.Scan() {
	}
}

func TestStreamEndsWithTheBrowser(t *testing.T) {
	h := New()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h.Stream(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil), "x")
	if h.Listeners("x") != 0 {
		t.Fatal("subscription left behind")
	}
}
