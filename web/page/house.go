package page

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"yimen/foundation/fault"
	"yimen/foundation/telemetry"
	"yimen/web/asset"
)

// Handler answers a request or returns a fault, which becomes a page. It must return a fault before writing.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one line of a surface's table.
type Route struct {
	Method  string // AnyMethod: those that no other line names
	Pattern string // http.ServeMux path pattern, e.g. /cases/{id}
	Roles   []Role
	Handler Handler
	Title   string // message key: what the page is, for lists of pages
	Body    int64  // largest request body in bytes; 0 = Limits.Body
	Rate    Rate   // own bucket per address, for sign-in and the like; zero = none
	CSP     string // added to the policy's directives, e.g. "connect-src wss: ws://127.0.0.1:9321"
	API     bool   // answers machines: faults are JSON problem documents (RFC 9457)
}

// AnyMethod takes what no other line of the same pattern takes; only a refusal should be mounted so.
const AnyMethod = "*"

// House is what all routes share.
type House struct {
	Actor   func(*http.Request) (Actor, error) // fault.Unauthenticated when nobody is signed in
	Now     func() time.Time
	Log     *slog.Logger
	SignIn  func(r *http.Request, need []Role) string // where one signs in for a route; the address to return to is added as ?next=
	Nav     func(*Page) []Link                        // main navigation of the actor
	Site    Site
	Limits  Limits // zero parts are Usual
	TLS     bool   // people reach us over https (also when a proxy speaks it)
	Proxies int    // how many proxies of ours stand in front and write X-Forwarded-For
	Demo    bool   // pages say 演示系统·无法律效力
}

// Site is what the footer must say (政府网站发展指引, 国办发〔2017〕47号, 附件 1): who runs it and how it is registered.
type Site struct {
	Host, Operator string // 主办 · 承办
	Code           string // 网站标识码
	ICP, Police    string // ICP 备案 · 公安备案
	Phone          string // defaults to 12345
	Feedback       string // address of 我为政府网站找错
	Accessibility  string // address of the accessibility statement
}

// Handler mounts the routes, and beside them the assets, the preferences and the CSP sink. Every mistake in the table is an error.
func (h *House) Handler(routes ...Route) (http.Handler, error) {
	if h.Now == nil || h.Actor == nil || h.Log == nil {
		return nil, errors.New("page.House needs Now, Actor and Log")
	}
	h.Limits = h.Limits.filled()
	mux := http.NewServeMux()
	mux.Handle("GET "+asset.Prefix, asset.Handler())
	all := append([]Route{
		{Method: "POST", Pattern: "/prefs", Roles: []Role{Anyone}, Handler: setPreferences, Title: "page.prefs"},
		{Method: "POST", Pattern: cspPath, Roles: []Role{Anyone}, Handler: h.cspReport, Title: "page.prefs", Body: 64 << 10},
	}, routes...)
	for _, t := range all {
		if err := mount(mux, t, h.door(t)); err != nil {
			return nil, err
		}
	}
	mux.Handle("/", h.door(Route{Method: "GET", Pattern: "/", Roles: []Role{Anyone}, Handler: notThere}))
	return h.guard(telemetry.Routed(mux)), nil
}

// mount turns the mux's panics about patterns into errors.
func mount(mux *http.ServeMux, t Route, door http.Handler) (err error) {
	if err := t.check(); err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("route %s %s: %v", t.Method, t.Pattern, p)
		}
	}()
	pattern := t.Method + " " + t.Pattern
	if t.Method == AnyMethod {
		pattern = t.Pattern
	}
	mux.Handle(pattern, door)
	return nil
}

func notThere(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.NotFound, "fault.not_found")
}

// guard is what stands around everything, outermost first.
func (h *House) guard(inner http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.AddInsecureBypassPattern("POST " + cspPath) // browsers send reports without our origin
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Fault(w, r, fault.New(fault.Denied, "fault.cross_origin"))
	}))
	addresses := newBuckets(h.Limits.Address)
	limited := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !addresses.take(h.address(r), Of(r).Now) {
			Fault(w, r, tooMany())
			return
		}
		cross.Handler(inner).ServeHTTP(w, r)
	})
	return h.open(compress(recovered(limited)))
}

func tooMany() error { return fault.New(fault.TooMany, "fault.too_many") }

// open gives the request its page and its headers.
func (h *House) open(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &Page{Lang: langOf(r), Size: sizeOf(r), Path: r.URL.RequestURI(), Now: h.Now(), Call: newCall(), Demo: h.Demo, house: h}
		h.headers(w.Header(), "")
		w.Header().Set("X-Request-Id", p.Call)
		inner.ServeHTTP(w, with(r, p))
	})
}

// recovered turns a panic into a fault page; what was begun cannot be repaired and is cut off.
func recovered(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &wroteWriter{ResponseWriter: w}
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			Fault(seen, r, fault.New(fault.Internal, "fault.internal").Wrap(newPanic(p)))
		}()
		inner.ServeHTTP(seen, r)
	})
}

// wroteWriter knows whether an answer has begun.
type wroteWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *wroteWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *wroteWriter) WriteHeader(status int) {
	w.begun = w.begun || status >= 200
	w.ResponseWriter.WriteHeader(status)
}

func (w *wroteWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// door is what stands before one route: size, policy, who, whether, how often.
func (h *House) door(t Route) http.Handler {
	actors, own, strangers := newBuckets(h.Limits.Actor), newBuckets(t.Rate), newBuckets(h.Limits.Stranger)
	body := t.Body
	if body == 0 {
		body = h.Limits.Body
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := Of(r)
		p.route = &t
		if t.CSP != "" {
			h.headers(w.Header(), t.CSP)
		}
		r.Body = http.MaxBytesReader(w, r.Body, body)
		if err := h.admit(p, r, t); err != nil {
			Fault(w, r, err)
			return
		}
		posted := r.Method != http.MethodGet && r.Method != http.MethodHead
		switch {
		case t.Rate != (Rate{}) && !own.take(h.address(r), p.Now),
			p.Actor.SignedIn() && !actors.take(p.Actor.ID, p.Now),
			!p.Actor.SignedIn() && posted && !strangers.take(h.address(r), p.Now):
			Fault(w, r, tooMany())
			return
		}
		if err := t.Handler(w, r); err != nil {
			Fault(w, r, err)
		}
	})
}

// admit finds who asks, and refuses who may not.
func (h *House) admit(p *Page, r *http.Request, t Route) error {
	actor, err := h.Actor(r)
	open := t.open()
	if err != nil && (fault.KindOf(err) != fault.Unauthenticated || !open) {
		return err
	}
	p.Actor = actor
	if open || actor.Is(t.Roles...) {
		return nil
	}
	if !actor.SignedIn() {
		return fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	return fault.New(fault.Denied, "fault.role")
}

func (t Route) open() bool { return Actor{}.Is(t.Roles...) }

// newCall is a request's number: 40 random bits, which two people can read to each other.
func newCall() string {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	for i := range b {
		b[i] = letters[b[i]&31]
	}
	return string(b[:4]) + "-" + string(b[4:])
}

// NewKey is a fresh idempotency key: 128 random bits, hex. Form prints one by itself.
func NewKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return hex.EncodeToString(b[:])
}
