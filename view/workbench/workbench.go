// Package workbench is what staff see when they sit down: inboxes, drafts and lists of cases.
//
// Invariants: read-only; every list is filtered in SQL by the same grants that permit the act,
// so nothing is listed that the viewer may not open; pages follow a key, never an offset; a
// list shows names (masked numbers never) and opens no sealed value.
package workbench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/ref"
)

// View reads lists.
type View struct {
	DB  *db.DB
	Now func() time.Time
}

// Row is one open task in an inbox.
type Row struct {
	Task   ref.TaskID      `db:"id"`
	Case   ref.CaseID      `db:"case_id"`
	Kind   string          `db:"kind"`
	Step   string          `db:"step_name"`
	Number ref.ShortNumber `db:"number"`
	Item   string          `db:"item_name"`
	Party  string          `db:"party_name"`
	Organ  string          `db:"organ_name"`
	Made   time.Time       `db:"made_at"`
	Due    time.Time       `db:"due_at"`
	Waits  ref.StaffID     `db:"departure_by"` // whose departure from the rule waits for a second officer, or empty
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

// kinds of task an inbox can hold.
var kinds = []string{approval.Precheck, approval.Accept, approval.Review, approval.Opinion, approval.Decide}

// Grants says which grants open a kind of task; the composition root hands in review.Grants.
type Grants func(kind string) []delegation.Kind

// Inbox lists open tasks the person may do, least time left first.
func (v *View) Inbox(ctx context.Context, who org.Staff, grants Grants, after Key) ([]Row, Key, error) {
	at, id, err := after.parts()
	if err != nil {
		return nil, "", err
	}
	pred, args, err := v.mine(ctx, who, grants)
	if err != nil || pred == "" {
		return nil, "", err
	}
	n := len(args)
	rows, err := db.Find[Row](ctx, v.DB, fmt.Sprintf(`select t.id, t.case_id, t.kind, t.name as step_name, t.number, i.name as item_name, p.name as party_name,
		o.name as organ_name, t.made_at, t.due_at, t.departure_by
		from (select t.* from approval_task t where t.state = 'open' and %s and (t.due_at, t.id) > ($%d, $%d) order by t.due_at, t.id limit $%d) t
		join catalog_item i on i.id = t.item join casefile_case c on c.id = t.case_id
		join party_party p on p.id = c.party join org_organ o on o.id = t.organ order by t.due_at, t.id`,
		pred, n+1, n+2, n+3), append(args, at, id, Size+1)...)
	if err != nil {
		return nil, "", err
	}
	return cut(rows, func(r Row) Key { return key(r.Due, string(r.Task)) })
}

// Mine says whether the person holds the grant for a task, open or done: the inbox's rule for one row.
func (v *View) Mine(ctx context.Context, who org.Staff, grants Grants, task ref.TaskID) (bool, error) {
	pred, args, err := v.mine(ctx, who, grants)
	if err != nil || pred == "" {
		return false, err
	}
	found, err := db.Find[int64](ctx, v.DB, fmt.Sprintf("select 1 from approval_task t where t.id = $%d and %s limit 1", len(args)+1, pred), append(args, task)...)
	return len(found) > 0, err
}

// mine makes the predicate of the person's grants, "" when there are none: for each organ the
// kinds they may do. The organs alone are said once more in front, where the index begins.
func (v *View) mine(ctx context.Context, who org.Staff, grants Grants) (pred string, args []any, err error) {
	held, err := delegation.Of(ctx, v.DB, v.Now(), who.ID)
	if err != nil {
		return "", nil, err
	}
	var pairs, organs []string
	everywhere := false
	for _, g := range held {
		everywhere = everywhere || g.Organ == delegation.Any
		if !slices.Contains(organs, g.Organ) {
			organs = append(organs, g.Organ)
		}
		for _, k := range kinds {
			if contains(grants(k), g.Kind) {
				var cond string
				cond, args = openedBy(g, k, args)
				pairs = append(pairs, cond)
			}
		}
	}
	if len(pairs) == 0 {
		return "", nil, nil
	}
	pred = "(" + strings.Join(pairs, " or ") + ")"
	if !everywhere {
		pred = "t.organ in " + db.In(len(args)+1, len(organs)) + " and " + pred
		args = append(args, db.Any(organs)...)
	}
	return pred, args, nil
}

// openedBy is what a grant opens among the tasks of a kind.
func openedBy(g delegation.Grant, kind string, args []any) (string, []any) {
	args = append(args, kind)
	cond := fmt.Sprintf("(t.kind = $%d", len(args))
	if g.Organ != delegation.Any {
		args = append(args, g.Organ)
		cond += fmt.Sprintf(" and t.organ = $%d", len(args))
	}
	if g.Item != delegation.Any {
		args = append(args, g.Item)
		cond += fmt.Sprintf(" and t.item = $%d", len(args))
	}
	if g.Kind == delegation.DecideOnSpot { // a representative decides instant items only
		cond += " and t.item in (select id from catalog_item where project_type = '1')"
	}
	return cond + ")", args
}

func contains(list []delegation.Kind, k delegation.Kind) bool {
	for _, x := range list {
		if x == k {
			return true
		}
	}
	return false
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
	return v.cases(ctx, f, Size)
}

func (v *View) cases(ctx context.Context, f Filter, size int) ([]Case, Key, error) {
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
		order by c.received_at desc, c.id desc`, by.from(by.few), strings.Join(where, " and "), len(args)+1), append(args, size+1)...)
	if err != nil {
		return nil, "", err
	}
	return cutAt(rows, size, func(c Case) Key { return key(c.Received, string(c.ID)) })
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
func cut[T any](rows []T, k func(T) Key) ([]T, Key, error) { return cutAt(rows, Size, k) }

func cutAt[T any](rows []T, size int, k func(T) Key) ([]T, Key, error) {
	if len(rows) <= size {
		return rows, "", nil
	}
	return rows[:size], k(rows[size-1]), nil
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
