package connector

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// InProcess carries requests to a handler of this program as if over the network: a peer that
// lives here, as a demo's simulators do, needs no port. A handler that panics with
// http.ErrAbortHandler breaks the connection off; a request whose time is over gets no answer.
func InProcess(peer http.Handler) http.RoundTripper { return inProcess{peer} }

type inProcess struct{ peer http.Handler }

var errBroken = errors.New("the connection was broken off")

func (l inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	here := r.Clone(r.Context())
	here.RequestURI, here.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:0"
	if here.Host == "" {
		here.Host = r.URL.Host
	}
	if here.Body == nil {
		here.Body = http.NoBody
	}
	answer := make(chan *http.Response, 1)
	go func() { answer <- l.ask(here) }()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case res := <-answer:
		if res == nil {
			return nil, errBroken
		}
		res.Request = r
		return res, nil
	}
}

// ask is the handler's answer, nil if it broke off.
func (l inProcess) ask(r *http.Request) (res *http.Response) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			res = nil
		}
	}()
	w := &written{head: http.Header{}}
	l.peer.ServeHTTP(w, r)
	w.WriteHeader(http.StatusOK)
	return &http.Response{StatusCode: w.status, Status: http.StatusText(w.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.head, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len())}
}

// written collects an answer.
type written struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header { return w.head }

func (w *written) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *written) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
