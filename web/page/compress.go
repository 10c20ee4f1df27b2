package page

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"yimen/web/asset"
)

// smallest is the answer from which compressing pays: below it everything fits one packet anyway.
const smallest = 1024

// pageQuality is brotli's level for pages made on the fly: nearly the best size at a twentieth of its time.
const pageQuality = 5

type squeezer interface {
	io.WriteCloser
	Reset(io.Writer)
	Flush() error
}

var squeezers = map[string]*sync.Pool{
	"br": {New: func() any { return brotli.NewWriterLevel(nil, pageQuality) }},
	"gzip": {New: func() any {
		z, _ := gzip.NewWriterLevel(nil, gzip.DefaultCompression) // the level is valid
		return z
	}},
}

// compress packs text answers. Pages hold no secret that a reflected value could reveal by length: CSRF needs no token here.
func compress(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		encoding := ""
		for _, e := range []string{"br", "gzip"} {
			if asset.Accepts(r.Header.Get("Accept-Encoding"), e) {
				encoding = e
				break
			}
		}
		if encoding == "" || r.Method == http.MethodHead {
			inner.ServeHTTP(w, r)
			return
		}
		packing := &packWriter{ResponseWriter: w, encoding: encoding}
		defer packing.close()
		inner.ServeHTTP(packing, r)
	})
}

// packWriter decides at the first write, when type, length and status are known.
type packWriter struct {
	http.ResponseWriter
	encoding string
	status   int
	decided  bool
	out      squeezer // nil: plain
}

func (w *packWriter) WriteHeader(status int) {
	if status < 200 {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if w.status == 0 {
		w.status = status
	}
}

func (w *packWriter) Write(b []byte) (int, error) {
	w.decide(len(b))
	if w.out != nil {
		return w.out.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

func (w *packWriter) decide(first int) {
	if w.decided {
		return
	}
	w.decided = true
	head := w.Header()
	if first >= smallest && head.Get("Content-Encoding") == "" && packable(head.Get("Content-Type")) {
		head.Set("Content-Encoding", w.encoding)
		head.Del("Content-Length")
		w.out = squeezers[w.encoding].Get().(squeezer)
		w.out.Reset(w.ResponseWriter)
	}
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
}

func packable(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	return strings.HasPrefix(kind, "text/") && kind != "text/event-stream" || strings.HasSuffix(kind, "json") || kind == "image/svg+xml"
}

// FlushError lets http.ResponseController flush through the packing.
func (w *packWriter) FlushError() error {
	w.decide(0)
	if w.out != nil {
		if err := w.out.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach deadlines; writes never go that way.
func (w *packWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *packWriter) close() {
	w.decide(0)
	if w.out != nil {
		_ = w.out.Close() // the browser left; nobody to tell
		squeezers[w.encoding].Put(w.out)
	}
}
