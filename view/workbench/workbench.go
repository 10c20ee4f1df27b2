// Package workbench is what staff see when they sit down: inboxes, drafts and lists of cases.
//
// Invariants: read-only; every list is filtered in SQL by the same grants that permit the act,
// so nothing is listed that the viewer may not open; pages follow a key, never an offset; a
// list shows names (masked numbers never) and opens no sealed value.
package workbench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"yimen/domain/casefile"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// View reads lists.
type View struct {
	DB  *db.DB
	Now func() time.Time
}

// Size is the rows of one page.
const Size = 50

// Key is where the next page begins, "" at the end.
type Key string

func key(at time.Time, id string) Key { return Key(fmt.Sprintf("%d.%s", at.UnixMicro(), id)) }

func (k Key) parts() (int64, string, error) {
	if k == "" {
		return 0, "", nil
	}
	var at int64
	head, id, ok := strings.Cut(string(k), ".")
	if _, err := fmt.Sscanf(head, "%d", &at); err != nil || !ok || len(id) > 64 {
		return 0, "", fault.New(fault.Invalid, "fault.page_key")
	}
	return at, id, nil
}

// Case is one row of a list of cases.
type Case struct {
	ID       ref.CaseID      `db:"id"`
	Number   ref.ShortNumber `db:"number"`
	Item     string          `db:"item_name"`
	Party    string          `db:"party_name"`
	Organ    string          `db:"organ_name"`
	Hall     string          `db:"hall_name"`
	Stage    casefile.Stage  `db:"stage"`
	Received time.Time       `db:"received_at"`
	Due      time.Time       `db:"due_at"`
}

// Filter narrows a list of cases; empty fields do not.
type Filter struct {
	Stage casefile.Stage
	Organ ref.OrganID
	Clerk ref.StaffID
	Name  string // of the applicant: every pair of characters must occur
	After Key
}

// Cases lists cases, latest first. The caller's role says which filter it may leave open.
func (v *View) Cases(ctx context.Context, f Filter) ([]Case, Key, error) {
	at, id, err := f.After.parts()
	if err != nil {
		return nil, "", err
	}
	by, err := v.named(ctx, f.Name)
	if err != nil || by.nobody {
		return nil, "", err
	}
	where, args := f.where(by, by.few)
	if f.After != "" {
		where = append(where, fmt.Sprintf("(c.received_at, c.id) < ($%d, $%d)", len(args)+1, len(args)+2))
		args = append(args, at, id)
	}
	rows, err := db.Find[Case](ctx, v.DB, fmt.Sprintf(`select c.id, c.number, i.name as item_name, p.name as party_name, o.name as organ_name,
		coalesce(h.name, '') as hall_name, c.stage, c.received_at, c.due_at
		from (select c.* from %s where %s order by c.received_at desc, c.id desc limit $%d) c
		join catalog_item i on i.id = c.item join party_party p on p.id = c.party join org_organ o on o.id = c.organ left join org_hall h on h.id = c.hall
		order by c.received_at desc, c.id desc`, by.from(by.few), strings.Join(where, " and "), len(args)+1), append(args, Size+1)...)
	if err != nil {
		return nil, "", err
	}
	return cut(rows, func(c Case) Key { return key(c.Received, string(c.ID)) })
}

func (f Filter) where(by name, listed bool) (where []string, args []any) {
	where = []string{"1 = 1"}
	for _, p := range []struct{ col, value string }{{"stage", string(f.Stage)}, {"organ", string(f.Organ)}, {"clerk", string(f.Clerk)}} {
		if p.value != "" {
			args = append(args, p.value)
			where = append(where, fmt.Sprintf("%s = $%d", by.column("c."+p.col, listed), len(args)))
		}
	}
	cond, terms := by.where(len(args)+1, listed)
	return append(where, cond...), append(args, terms...)
}

// cut takes the one row too many off a page and makes the key of the next.
func cut[T any](rows []T, k func(T) Key) ([]T, Key, error) {
	if len(rows) <= Size {
		return rows, "", nil
	}
	return rows[:Size], k(rows[Size-1]), nil
}

// CountMax is where counting stops: "1,000+" tells as much and costs no more.
const CountMax = 1000

// Count counts cases of a filter, at most 1,000.
func (v *View) Count(ctx context.Context, f Filter) (n int64, err error) {
	by, err := v.named(ctx, f.Name)
	if err != nil || by.nobody {
		return 0, err
	}
	where, args := f.where(by, true) // any 1,000 will do, in whatever order they come
	err = v.DB.QueryRow(ctx, fmt.Sprintf("select count(*) from (select 1 from %s where %s limit %d) x", by.from(true), strings.Join(where, " and "), CountMax), args...).Scan(&n)
	return n, err
}
