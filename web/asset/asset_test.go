package asset

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func fetch(t *testing.T, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestEveryBundleInEveryForm(t *testing.T) {
	if !Built() {
		t.Fatal("the bundles are not built: make generate")
	}
	for _, name := range Names() {
		plain := fetch(t, URL(name), "").Body.Bytes()
		for _, accept := range []string{"gzip, deflate, br", "gzip", "identity"} {
			w := fetch(t, URL(name), accept)
			if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
				t.Fatalf("%s as %q: %d %v", name, accept, w.Code, w.Header())
			}
			if got := unpack(t, w); !bytes.Equal(got, plain) {
				t.Errorf("%s as %q differs from the plain file", name, accept)
			}
		}
	}
}

func unpack(t *testing.T, w *httptest.ResponseRecorder) []byte {
	t.Helper()
	var body io.Reader = w.Body
	switch w.Header().Get("Content-Encoding") {
	case "br":
		body = brotli.NewReader(w.Body)
	case "gzip":
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		body = z
	}
	out, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNothingElseIsServed(t *testing.T) {
	for _, path := range []string{"/a/", "/a/manifest.json", "/a/.keep", "/a/../asset.go", "/a/absent/app.css", URL("nothing.css")} {
		if w := fetch(t, path, "br"); w.Code != 404 {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
}

func TestAccepts(t *testing.T) {
	for header, want := range map[string]bool{"br": true, "gzip, BR;q=0.5": true, "br;q=0": false, "brotli": false, "": false, "br; q=0.0": false} {
		if Accepts(header, "br") != want {
			t.Errorf("Accepts(%q) = %v", header, !want)
		}
	}
}
