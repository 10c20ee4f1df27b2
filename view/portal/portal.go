// Package portal is what another system sees of the house's cases.
//
// Invariants: read-only; a list is filtered in SQL by the rule of identity.Portal.Sees and nothing is taken off it afterwards;
// pages follow a key, never an offset; a row carries no person's name or number.
package portal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"yimen/domain/casefile"
	"yimen/domain/identity"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// View reads what portals see.
type View struct{ DB db.Reader }

// Case is one row of a list.
type Case struct {
	ID       ref.CaseID      `db:"id"`
	Number   ref.ShortNumber `db:"number"`
	Item     ref.ItemID      `db:"item"`
	ItemName string          `db:"item_name"`
	Organ    ref.OrganID     `db:"organ"`
	Stage    casefile.Stage  `db:"stage"`
	Own      bool            `db:"own"` // handed in by this portal
	Received time.Time       `db:"received_at"`
	Due      time.Time       `db:"due_at"`
	Closed   time.Time       `db:"closed_at"`
}

// Filter narrows a list; empty parts do not. Limit bounds the rows.
type Filter struct {
	Stage casefile.Stage
	After Key
	Limit int
}

// Key is where the next page begins, "" at the end.
type Key string

func (k Key) parts() (at int64, id string, err error) {
	head, id, ok := strings.Cut(string(k), ".")
	if _, err := fmt.Sscanf(head, "%d", &at); err != nil || !ok || len(id) > 64 {
		return 0, "", fault.Bad(fault.Field{Name: "after", Key: "fault.page_key"})
	}
	return at, id, nil
}

// Cases lists cases a portal sees, latest first.
func (v *View) Cases(ctx context.Context, p identity.Portal, f Filter) ([]Case, Key, error) {
	q := &query{p: p, f: f}
	q.args = append(q.args, p.ID)
	if f.After != "" {
		at, id, err := f.After.parts()
		if err != nil {
			return nil, "", err
		}
		q.more = append(q.more, fmt.Sprintf("(received_at, id) < (%s, %s)", q.arg(at), q.arg(id)))
	}
	if f.Stage != "" {
		q.more = append(q.more, "stage = "+q.arg(f.Stage))
	}
	rows, err := db.Find[Case](ctx, v.DB, q.text(), q.args...)
	if err != nil || len(rows) <= f.Limit {
		return rows, "", err
	}
	rows = rows[:f.Limit]
	last := rows[f.Limit-1]
	return rows, Key(fmt.Sprintf("%d.%s", last.Received.UnixMicro(), last.ID)), nil
}

// query is one list in the making.
type query struct {
	p    identity.Portal
	f    Filter
	more []string
	args []any
}

func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

// mostOrgans is how many organs are looked up each by its index; a portal for more sees the whole list filtered.
const mostOrgans = 20

// text joins the branches of the rule, each of which an index serves: the portal's own cases, and those of its organs and items.
func (q *query) text() string {
	limit := q.arg(q.f.Limit + 1)
	branch := func(cond ...string) string {
		return "select * from (select id, number, item, organ, stage, portal, received_at, due_at, closed_at from casefile_case where " +
			strings.Join(append(cond, q.more...), " and ") + " order by received_at desc, id desc limit " + limit + ") x"
	}
	branches := []string{branch("portal = $1")}
	if q.p.May(identity.VerbRead) {
		var item []string
		if q.p.Items != identity.Any {
			item = append(item, q.in("item", strings.Fields(q.p.Items)))
		}
		organs := strings.Fields(q.p.Organs)
		switch {
		case q.p.Organs == identity.Any && len(item) == 0:
			branches = append(branches, branch("1 = 1"))
		case q.p.Organs == identity.Any:
			branches = append(branches, branch(item...))
		case len(organs) > mostOrgans:
			branches = append(branches, branch(append(item, q.in("organ", organs))...))
		default:
			for _, o := range organs {
				branches = append(branches, branch(append([]string{"organ = " + q.arg(o)}, item...)...))
			}
		}
	}
	return "select c.id, c.number, c.item, i.name as item_name, c.organ, c.stage, case when c.portal = $1 then 1 else 0 end as own, c.received_at, c.due_at, c.closed_at from (" +
		strings.Join(branches, " union ") + ") c join catalog_item i on i.id = c.item order by c.received_at desc, c.id desc limit " + limit
}

func (q *query) in(column string, values []string) string {
	if len(values) == 0 {
		return "1 = 0"
	}
	from := len(q.args) + 1
	q.args = append(q.args, db.Any(values)...)
	return column + " in " + db.In(from, len(values))
}

// Case reads one case a portal sees. Errors: fault.NotFound for a wrong number and for somebody else's case alike.
func (v *View) Case(ctx context.Context, p identity.Portal, number string) (casefile.Case, error) {
	n, err := ref.ParseShortNumber(number)
	if err != nil {
		return casefile.Case{}, fault.New(fault.NotFound, "fault.not_found")
	}
	c, err := casefile.ByNumber(ctx, v.DB, n)
	if err == nil && !p.Sees(c.Portal, c.Organ, c.Item) {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	return c, err
}
