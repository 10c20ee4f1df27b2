// Package after is what comes after a decision, for everybody it concerns: letters on their way, what is done to a licence
// later, what is public, what the supervising departments are handed, and the archive.
//
// It holds that a desk sees its own organ's (or hall's) and nothing of others, who get 404; that a page about a person is shown
// after the look was noted; that a public page says nothing of a natural person but the end of their name.
package after

import (
	"crypto/x509"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"yimen/domain/identity"
	"yimen/domain/org"
	"yimen/foundation/crypto"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/once"
	"yimen/process/disclose"
	"yimen/process/fulfilment"
	"yimen/process/issuance"
	"yimen/ref"
	"yimen/web/page"
)

// Surface is everything after the decision.
type Surface struct {
	DB    db.Reader
	Vault *crypto.Vault
	Gate  *disclose.Gate
	Press *issuance.Press
	Hand  *fulfilment.Hand
	Roots *x509.CertPool
}

// Routes is the surface's table.
func (s *Surface) Routes() []page.Route {
	return slices.Concat(s.deliveryRoutes(), s.licenceRoutes(), s.contestRoutes(), s.mineRoutes(), s.publicRoutes(), s.archiveRoutes())
}

// doors are the desk pages the actor's roles open.
func doors(p *page.Page) (out []page.Link) {
	for _, d := range []struct {
		key, href string
		roles     []page.Role
	}{
		{"after.deliveries.hall", "/window/deliveries", clerks},
		{"after.deliveries", "/approver/deliveries", approvers},
		{"after.licences", "/approver/licences", approvers},
		{"after.handovers", "/approver/handovers", approvers},
		{"after.archive", "/archive", archivists},
	} {
		if p.Actor.Is(d.roles...) {
			out = append(out, page.Link{Text: p.T(d.key), Href: d.href})
		}
	}
	return out
}

var approvers = []page.Role{page.Approver, page.Representative}

func pathOf(p *page.Page) string {
	path, _, _ := strings.Cut(p.Path, "?")
	return path
}

// form is a form as data: where it goes, what it asks, what may be done.
type form struct {
	To, Label string
	Get       bool
	View      page.View
	Fields    []page.Field
	Acts      []page.Act
}

// ask draws a form.
func ask(p *page.Page, f form) templ.Component {
	if f.View == "" {
		f.View = page.Dense
	}
	return asked(p, f)
}

func staff(r *http.Request) org.Staff {
	who, _ := page.Of(r).Actor.Data.(org.Staff)
	return who
}

func visitor(r *http.Request) identity.Me {
	me, _ := page.Of(r).Actor.Data.(identity.Me)
	return me
}

func notThere() error { return fault.New(fault.NotFound, "fault.not_found") }

// submit names a post for foundation/once.
func submit(r *http.Request, in *page.Input, actor string, body ...string) (once.Submit, error) {
	key, err := in.Key()
	return once.Submit{Actor: actor, Route: r.Pattern, Key: key, Hash: once.Hash(append(body, r.URL.Path)...), At: page.Of(r).Now}, err
}

// again says that a mistake is shown beside what was typed.
func again(err error) bool {
	k := fault.KindOf(err)
	return err != nil && (k == fault.Invalid || k == fault.Conflict || k == fault.Denied)
}

// size is the rows of one page of a list.
const size = 50

// far is before every id and after every time, where a list of the latest begins.
var far = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// place reads a list's cursor: a time and an id; the given start on the first page.
func place(q *page.Input, start time.Time) (time.Time, string, error) {
	parts, err := page.After(q.Text("after"), 2)
	if err != nil || parts == nil {
		return start, "", err
	}
	n, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || n < 0 {
		return start, "", notThere()
	}
	return db.Time(n), parts[1], nil
}

// paged cuts the one row too many off a page and sets the list's way on.
func paged[T any](p *page.Page, t *page.Table, rows []T, key func(T) (time.Time, string)) []T {
	t.First = page.FirstPage(p)
	if len(rows) <= size {
		return rows
	}
	at, id := key(rows[size-1])
	t.Next = page.NextPage(p, page.Cursor(strconv.FormatInt(db.Micros(at), 10), id))
	return rows[:size]
}

// columns are a list's heads by their keys; the first names the line.
func columns(p *page.Page, keys ...string) (out []page.Column) {
	for i, k := range keys {
		out = append(out, page.Column{Text: p.T(k), Main: i == 0})
	}
	return out
}

// names are the organs' names by id.
func (s *Surface) names(r *http.Request) (map[ref.OrganID]org.Organ, error) {
	return org.Organs(r.Context(), s.DB)
}

// who is a member of staff by name, or the id of one who is gone.
func (s *Surface) who(r *http.Request, id ref.StaffID) (string, error) {
	if id == "" {
		return "", nil
	}
	x, err := org.GetStaff(r.Context(), s.DB, id)
	if fault.Is(err, fault.NotFound) {
		return string(id), nil
	}
	return x.Name, err
}
