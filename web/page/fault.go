package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"

	"yimen/foundation/fault"
	"yimen/web/text"
)

var statuses = map[fault.Kind]int{
	fault.NotFound: http.StatusNotFound, fault.Denied: http.StatusForbidden, fault.Unauthenticated: http.StatusUnauthorized,
	fault.Conflict: http.StatusConflict, fault.Invalid: http.StatusUnprocessableEntity, fault.TooMany: http.StatusTooManyRequests,
	fault.TooLarge: http.StatusRequestEntityTooLarge, fault.Unavailable: http.StatusServiceUnavailable,
	fault.Internal: http.StatusInternalServerError, fault.NotAllowed: http.StatusMethodNotAllowed, fault.Unsupported: http.StatusUnsupportedMediaType,
}

// Status is the HTTP status of a fault.
func Status(err error) int { return statuses[kindOf(err)] }

func kindOf(err error) fault.Kind {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return fault.TooLarge
	}
	return fault.KindOf(err)
}

// panicked is a recovered panic with its stack, for the log alone.
type panicked struct {
	value any
	stack []byte
}

func newPanic(value any) error { return &panicked{value, debug.Stack()} }

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

// Fault answers a request with what went wrong, in the person's language: a page, a notice for htmx, or a problem document.
// People see the fault's own sentence; an Internal one shows the call's number and nothing else.
func Fault(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the browser left
	}
	p := Of(r)
	kind := kindOf(err)
	p.log(r, kind, err)
	if seen, ok := w.(*wroteWriter); ok && seen.begun {
		panic(http.ErrAbortHandler) // half an answer is out; cutting it off is the only honest end
	}
	if kind == fault.Unauthenticated && p.sendToSignIn(w, r) {
		return
	}
	if kind == fault.TooMany || kind == fault.Unavailable {
		w.Header().Set("Retry-After", "30")
	}
	if p.route != nil && p.route.API {
		p.problem(w, kind, err)
		return
	}
	said := p.sayFault(kind, err)
	if kind == fault.Unauthenticated {
		said.Door = p.signInPath(r)
	}
	if failed := Show(w, r, statuses[kind], faultAnswer(p, r, said)); failed != nil {
		p.house.Log.ErrorContext(r.Context(), "fault page", slog.Any("error", failed))
		http.Error(w, "500 "+p.Call, http.StatusInternalServerError)
	}
}

// log writes one line: our own mistakes as errors, everything else as it is, a caller's.
func (p *Page) log(r *http.Request, kind fault.Kind, err error) {
	level := slog.LevelInfo
	switch kind {
	case fault.Internal:
		level = slog.LevelError
	case fault.Unavailable:
		level = slog.LevelWarn
	}
	pattern := "unmatched"
	if p.route != nil {
		pattern = p.route.Pattern
	}
	p.house.Log.LogAttrs(r.Context(), level, "fault", slog.String("call", p.Call), slog.String("kind", kind.String()),
		slog.String("route", pattern), slog.String("method", r.Method), slog.String("error", err.Error()))
}

// sendToSignIn leads a reader to the door; a form that was posted is not thrown away by a redirect, its page says what to do.
func (p *Page) sendToSignIn(w http.ResponseWriter, r *http.Request) bool {
	api := p.route != nil && p.route.API
	if p.signInPath(r) == "" || api || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	to := p.signInPath(r)
	if Partial(r) {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return true
}

func (p *Page) signInPath(r *http.Request) string {
	if p.house.SignIn == nil {
		return ""
	}
	var need []Role
	if p.route != nil {
		need = p.route.Roles
	}
	door := p.house.SignIn(r, need)
	if door == "" {
		return ""
	}
	next := p.Path
	if r.Method != http.MethodGet || Partial(r) {
		next = "/"
	}
	return door + "?next=" + url.QueryEscape(Local(next))
}

// saidFault is a fault in words.
type saidFault struct {
	Title, Text, Next string
	Fields            []string
	Call              string // only for our own mistakes
	Door              string // where to sign in, for a form posted after the session ended
}

func (p *Page) sayFault(kind fault.Kind, err error) saidFault {
	e := fault.As(err)
	s := saidFault{Title: p.T("fault.title." + kind.String()), Next: p.T("fault.next." + kind.String())}
	if kind != fault.Internal && e.Kind == kind && text.Has(e.Key) {
		s.Text = p.T(e.Key, e.Args...)
	} else {
		s.Text = p.T("fault." + kind.String())
	}
	for _, f := range e.Fields {
		s.Fields = append(s.Fields, p.T(f.Key, f.Args...))
	}
	if kind == fault.Internal {
		s.Call = p.Call
	}
	return s
}

// problem answers a machine (RFC 9457).
func (p *Page) problem(w http.ResponseWriter, kind fault.Kind, err error) {
	type field struct {
		Name   string `json:"name"`
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	said := p.sayFault(kind, err)
	e := fault.As(err)
	fields := []field{}
	for _, f := range e.Fields {
		fields = append(fields, field{f.Name, f.Key, p.T(f.Key, f.Args...)})
	}
	code := e.Key
	if kind == fault.Internal || e.Kind != kind {
		code = "fault." + kind.String()
	}
	body, _ := json.Marshal(map[string]any{"type": "about:blank", "status": statuses[kind], "title": said.Title, "detail": said.Text,
		"code": code, "call": p.Call, "fields": fields}) // strings and numbers only: cannot fail
	if kind == fault.Unauthenticated && w.Header().Get("WWW-Authenticate") == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="yimen"`) // RFC 6750 §3
	}
	w.Header().Add("Vary", "Accept-Language")
	w.Header().Set("Content-Language", string(p.Lang))
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(statuses[kind])
	_, _ = w.Write(body)
}
