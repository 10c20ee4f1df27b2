// Package asset serves the bundles that tools/webbuild made, embedded in the program.
//
// A file's name carries its digest, so what was once fetched under a name never changes and is kept by browsers for a year;
// each text file is sent as it was compressed at build time.
package asset

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Prefix is the path below which Handler stands.
const Prefix = "/a/"

//go:embed all:dist
var dist embed.FS

var names = readManifest()

func readManifest() map[string]string {
	var m struct {
		Files map[string]string `json:"files"`
	}
	raw, err := dist.ReadFile("dist/manifest.json")
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil {
		return nil // compiled before the first build of the bundles; Built says so
	}
	return m.Files
}

// Built says whether the program holds its bundles.
func Built() bool { return len(names) > 0 }

// Names are the plain names of all bundles.
func Names() []string {
	out := make([]string, 0, len(names))
	for name := range names {
		out = append(out, name)
	}
	return out
}

// URL is the address of a bundle by its plain name: "app.css", "desk.js", "icon/favicon.svg". One that does not exist gets
// an address that answers 404.
func URL(name string) string {
	if found, ok := names[name]; ok {
		return Prefix + found
	}
	return Prefix + "absent/" + name
}

var kinds = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8", ".json": "application/json", ".png": "image/png", ".woff2": "font/woff2",
	".wav": "audio/wav", ".mp3": "audio/mpeg", ".wasm": "application/wasm",
}

// Handler serves the bundles; mount it at Prefix.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		kind, known := kinds[path.Ext(name)]
		if strings.Contains(name, "/") || name == "manifest.json" || !known {
			http.NotFound(w, r)
			return
		}
		content, encoding, err := choose(name, r.Header.Get("Accept-Encoding"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		head := w.Header()
		if encoding != "" {
			head.Set("Content-Encoding", encoding)
		}
		head.Set("Content-Type", kind)
		head.Set("Content-Length", strconv.Itoa(len(content)))
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
		head.Set("Vary", "Accept-Encoding")
		if r.Method != http.MethodHead {
			_, _ = w.Write(content) // the browser left; nobody to tell
		}
	})
}

// choose picks the smallest form the browser takes.
func choose(name, accept string) (content []byte, encoding string, err error) {
	for _, form := range []struct{ token, ext string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !Accepts(accept, form.token) {
			continue
		}
		content, err = fs.ReadFile(dist, "dist/"+name+form.ext)
		if err == nil {
			return content, form.token, nil
		}
	}
	content, err = fs.ReadFile(dist, "dist/"+name)
	return content, "", err
}

// Accepts says whether an Accept-Encoding header takes an encoding (RFC 9110 §12.5.3; "q=0" is a refusal).
func Accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q, weighted := strings.CutPrefix(strings.ReplaceAll(rest, " ", ""), "q=")
		if !weighted {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}
