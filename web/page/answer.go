package page

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"

	"github.com/a-h/templ"
)

var sheets = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Show writes a page. It is rendered whole first, so that a mistake in it becomes a fault page and not half a page.
func Show(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	sheet := sheets.Get().(*bytes.Buffer)
	defer sheets.Put(sheet)
	sheet.Reset()
	if err := c.Render(r.Context(), sheet); err != nil {
		return err
	}
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Length", strconv.Itoa(sheet.Len()))
	head.Add("Vary", "Cookie")
	head.Add("Vary", "Accept-Language")
	if head.Get("Cache-Control") == "" {
		head.Set("Cache-Control", "private, no-store")
	}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, _ = w.Write(sheet.Bytes()) // the browser left; nobody to tell
	return nil
}

// Redirect sends the browser on after a form was done (303), a script-made request by htmx's own header.
func Redirect(w http.ResponseWriter, r *http.Request, to string) error {
	if Partial(r) {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// Partial says that htmx asked and wants a piece of a page.
func Partial(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Boosted") != "true"
}
