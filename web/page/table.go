package page

import (
	"context"
	"io"
	"net/url"

	"github.com/a-h/templ"
)

// Table is a list of things: filter, rows, empty state, and the way on by keyset.
type Table struct {
	ID       string // unique on the page; the place htmx refreshes
	Caption  string
	Columns  []Column
	Lines    []Line
	Total    Total  // zero: not counted
	Next     string // address of the rows after these, "" = none; see NextPage
	First    string // address of the first page, "" = this is it
	Empty    Nothing
	Filter   []Field // drawn dense above the rows; sent by GET to this page
	Filtered bool    // rows are left out by the filter: the empty state then offers all
	Live     bool    // desk: filter and paging without leaving the page
	Topic    string  // desk, Live: refreshed when this push topic moves
}

// Column is a column's head.
type Column struct {
	Text   string
	Number bool // right-aligned
	Main   bool // what the line is called: its cell is the row's heading
}

// Line is a row. The Main cell carries the link.
type Line struct {
	Cells []templ.Component // as many as columns; see Words, Linked, Tag
	Tone  Tone
}

// Nothing is what an empty list says: what it is, and what to do.
type Nothing struct {
	Title, Text string
	Action      Link
}

// Words is a cell of plain words.
func Words(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(s))
		return err
	})
}

// NextPage is the address of the page after a cursor: the request's own, with its filter.
func NextPage(p *Page, cursor string) string {
	if cursor == "" {
		return ""
	}
	return p.replaced("after", cursor)
}

// FirstPage is the address without a cursor, "" when the request had none.
func FirstPage(p *Page) string {
	u, err := url.ParseRequestURI(p.Path)
	if err != nil || u.Query().Get("after") == "" {
		return ""
	}
	return p.replaced("after", "")
}

func (p *Page) replaced(name, value string) string {
	u, err := url.ParseRequestURI(p.Path)
	if err != nil {
		return p.Path
	}
	q := u.Query()
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	return u.RequestURI()
}

// pathOnly is the address without its parameters: where the filter is sent, and everything shown again.
func (p *Page) pathOnly() string {
	u, err := url.ParseRequestURI(p.Path)
	if err != nil {
		return p.Path
	}
	return u.Path
}

// live are the attributes that let htmx take a part of the answer's page in place of the same part here.
func (t Table) live(p *Page, address string) templ.Attributes {
	if !t.Live {
		return nil
	}
	return templ.Attributes{"hx-get": address, "hx-target": "#" + t.ID, "hx-select": "#" + t.ID, "hx-swap": "outerMorph", "hx-push-url": "true"}
}

// heard lets the list look again when its topic moves, without touching the address.
func (t Table) heard(p *Page) templ.Attributes {
	if !t.Live || t.Topic == "" {
		return nil
	}
	return templ.Attributes{"hx-get": p.Path, "hx-target": "this", "hx-select": "#" + t.ID, "hx-swap": "outerMorph", "hx-trigger": "push:" + t.Topic + " from:body"}
}
