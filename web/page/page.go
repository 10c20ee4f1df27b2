// Package page is what every web surface is made of: the route table with its guards, form reading, faults as pages, and
// the components.
//
// It holds that a route without roles cannot be mounted; that every page works with scripts off, carries no inline script
// or style, and answers in the person's language and type size; that nothing typed is lost when a form comes back; that no
// error text reaches a person except through the catalogues.
//
// # What there is
//
//	House.Handler(routes)                     guards around a table of Route: roles, CSP, CSRF, limits, compression, faults
//	Of(r)                                     *Page: language, size, Actor, Now; p.T(key, …), p.When(t), p.Money(fen) …
//	Show / Redirect / Fault                   answers; handlers are func(w, r) error and simply return faults
//	Read / Bind / Query → *Input              what was typed, cleaned; Upload streams files
//	Layout, DeskLayout                        whole pages around { children }; both take a Head
//	Form, Key                                 a form with its idempotency key and double-submit guard
//	Ask(p, One|Dense, Field), AskAll          the one field component; Refill puts answers and faults back into fields
//	ErrorSummary                              printed by the layouts from Head.Problems
//	Summary, Tasks, Timeline, Tag, Panel,     reading components
//	Notice, Table, Card, Facts, PrintSheet,
//	QR, Button, Buttons, Dialog
//
// Classes for laying out desk pages: "split" (main and aside), "columns" (equal columns), "stack", "row", "muted", "number".
// Desk scripts read attributes: data-key="F4" (a shortcut that clicks or focuses), data-section (a target of Alt+1…9),
// data-dialog="id" (opens a Dialog), data-stream on DeskLayout's Head (server-sent events become "push:TOPIC" on body).
package page

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"yimen/web/text"
)

// Page is one request as its page sees it.
type Page struct {
	Lang  text.Lang
	Size  int // root type size in CSS pixels: one of Sizes
	Actor Actor
	Path  string    // path and query asked for, to come back to
	Now   time.Time // when the request came
	Call  string    // the request's number, as in the log; shown to people only beside a 500
	Demo  bool

	house *House
	route *Route
}

// Needs are the roles of the route asked for: by them the house tells which door's session counts.
func (p *Page) Needs() []Role {
	if p.route == nil {
		return nil
	}
	return p.route.Roles
}

// Machine says that the route answers machines, which bring a token and no cookie.
func (p *Page) Machine() bool { return p.route != nil && p.route.API }

// Sizes are the type sizes a person may choose (适老化: 16 usual, 22 large, 30 largest).
var Sizes = []int{16, 22, 30}

// Large says that targets must be 60 px.
func (p *Page) Large() bool { return p.Size > Sizes[0] }

func (p *Page) size() string { return strconv.Itoa(p.Size) }

// T is a sentence in the person's language.
func (p *Page) T(key string, args ...any) string { return text.T(p.Lang, key, args...) }

type pageKey struct{}

// Of is the page of a request that came through a House.
func Of(r *http.Request) *Page {
	if p, ok := r.Context().Value(pageKey{}).(*Page); ok {
		return p
	}
	panic("page.Of: the request did not come through page.House") // a wiring mistake, found by the first test
}

func with(r *http.Request, p *Page) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), pageKey{}, p))
}

// Link is an address with its words.
type Link struct {
	Text string
	Href string
	Key  string // shortcut on desks
}

// Head is what a layout needs beside its children.
type Head struct {
	Title    string
	Lead     string    // a sentence below the heading
	Problems []Problem // what is wrong with the form, from Problems
	Back     Link      // zero: none
	Bare     bool      // the children bring their own h1
	Wide     bool      // citizen: the broad column, for tables
	Stream   string    // desk: address of server-sent events
	Keys     []KeyHint // desk: shortcuts of this page that no element carries
}

// KeyHint is a line in the key list.
type KeyHint struct{ Combo, Text string }

// docTitle is the browser's title: mistakes first, so that a screen reader hears them first.
func (p *Page) docTitle(h Head) string {
	title := h.Title + " - " + p.T("page.name")
	if n := len(h.Problems); n > 0 {
		return p.T("page.problems", "n", n) + " - " + title
	}
	return title
}
