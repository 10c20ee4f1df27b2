package workbench

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"yimen/domain/approval"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/foundation/db"
	"yimen/ref"
)

// Box is a part of an inbox.
type Box string

// The parts. None is every task the person may do.
const (
	Mine   Box = "mine"   // what the person holds, and what those hold for whom they stand in
	Group  Box = "group"  // what nobody holds
	Others Box = "others" // what colleagues hold
)

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

	Holder ref.StaffID `db:"holder"`
	Held   time.Time   `db:"held_at"`
	Holds  string      `db:"holder_name"`
	Gave   string      `db:"giver_name"` // who handed it over, or empty
	Of     ref.OrganID `db:"organ"`
	What   ref.ItemID  `db:"item"`
	Why    Why         `db:"-"`
}

// Why says why a task is shown to somebody: by which grant, and by what else.
type Why struct {
	How   string          // Claimed, Handed, Stands, or Granted
	Name  string          // who handed it over; for whom they stand in
	Grant delegation.Kind // that opens it
}

// What shows a task to somebody, besides the grant.
const (
	Granted = "grant"
	Claimed = "claim"
	Handed  = "hand"
	Stands  = "stand"
)

// Grants says which grants open a kind of task; the composition root hands in review.Grants.
type Grants func(kind string) []delegation.Kind

// kinds of task an inbox can hold.
var kinds = []string{approval.Precheck, approval.Accept, approval.Review, approval.Opinion, approval.Decide, approval.End}

// reach is what somebody may do: their grants in force, and for whom they stand in.
type reach struct {
	who    org.Staff
	held   []delegation.Grant
	absent []ref.StaffID
	grants Grants
}

func (v *View) reach(ctx context.Context, who org.Staff, grants Grants) (reach, error) {
	held, err := delegation.Of(ctx, v.DB, v.Now(), who.ID)
	if err != nil {
		return reach{}, err
	}
	absent, err := delegation.StandsFor(ctx, v.DB, v.Now(), who.ID)
	return reach{who, held, absent, grants}, err
}

// own are the person and those for whom they stand in.
func (x reach) own() []ref.StaffID { return append([]ref.StaffID{x.who.ID}, x.absent...) }

// Inbox lists open tasks the person may do, least time left first: of one box, or of all. Whom a task is held by hides it from
// nobody who may do it; who withdrew from its case item does not see it.
func (v *View) Inbox(ctx context.Context, who org.Staff, grants Grants, box Box, after Key) ([]Row, Key, error) {
	at, id, err := after.parts()
	if err != nil {
		return nil, "", err
	}
	x, err := v.reach(ctx, who, grants)
	if err != nil {
		return nil, "", err
	}
	q := &asking{at: at, id: id}
	if err := v.ask(ctx, q, x, box); err != nil || len(q.parts) == 0 {
		return nil, "", err
	}
	rows, err := db.Find[Row](ctx, v.DB, fmt.Sprintf(`select t.id, t.case_id, t.kind, t.name as step_name, t.number, i.name as item_name, p.name as party_name,
		o.name as organ_name, t.made_at, t.due_at, t.departure_by, t.holder, t.held_at, coalesce(h.name, '') as holder_name, coalesce(g.name, '') as giver_name, t.organ, t.item
		from (select id from (%s) u order by due_at, id limit %d) x join approval_task t on t.id = x.id
		join catalog_item i on i.id = t.item join casefile_case c on c.id = t.case_id
		join party_party p on p.id = c.party join org_organ o on o.id = t.organ
		left join org_staff h on h.id = t.holder left join org_staff g on g.id = t.held_by order by t.due_at, t.id`,
		strings.Join(q.parts, " union all "), Size+1), q.args...)
	if err != nil {
		return nil, "", err
	}
	for i, r := range rows {
		rows[i].Why = x.why(r)
	}
	return cut(rows, func(r Row) Key { return key(r.Due, string(r.Task)) })
}

// why says what shows a task to the person.
func (x reach) why(r Row) Why {
	out := Why{How: Granted}
	for _, g := range x.held {
		here := (g.Organ == delegation.Any || g.Organ == string(r.Of)) && (g.Item == delegation.Any || g.Item == string(r.What))
		if here && slices.Contains(x.grants(r.Kind), g.Kind) {
			out.Grant = g.Kind
			break
		}
	}
	switch {
	case r.Holder == "":
	case slices.Contains(x.absent, r.Holder):
		out.How, out.Name = Stands, r.Holds
	case r.Holder == x.who.ID && r.Gave != "":
		out.How, out.Name = Handed, r.Gave
	case r.Holder == x.who.ID:
		out.How = Claimed
	}
	return out
}

// Why says why a task is shown to somebody.
func (v *View) Why(ctx context.Context, who org.Staff, grants Grants, t approval.Task) (Why, error) {
	x, err := v.reach(ctx, who, grants)
	if err != nil {
		return Why{}, err
	}
	r := Row{Kind: t.Kind, Of: t.Organ, What: t.Item, Holder: t.Holder}
	for id, name := range map[ref.StaffID]*string{t.Holder: &r.Holds, t.HeldBy: &r.Gave} {
		if id == "" {
			continue
		}
		s, err := org.GetStaff(ctx, v.DB, id)
		if err != nil {
			return Why{}, err
		}
		*name = s.Name
	}
	return x.why(r), nil
}

// After is where the part of an inbox begins that follows a task.
func After(t approval.Task) Key { return key(t.Due, string(t.ID)) }

// asking is a query put together from parts, each of which reads one stretch of one index and no more than a page of it.
type asking struct {
	at    int64
	id    string
	parts []string
	args  []any
}

func (q *asking) arg(a any) string {
	q.args = append(q.args, a)
	return fmt.Sprintf("$%d", len(q.args))
}

func (q *asking) in(list []any) string {
	n := len(q.args)
	q.args = append(q.args, list...)
	return db.In(n+1, len(list))
}

// stretch adds the open tasks of a condition, in their order, that the person has not withdrawn from.
func (q *asking) stretch(who ref.StaffID, cond string) {
	q.parts = append(q.parts, fmt.Sprintf(`select * from (select t.id, t.due_at from approval_task t where t.state = 'open' and %s and (t.due_at, t.id) > (%s, %s)
		and not exists (select 1 from approval_bar b where b.case_item = t.case_item and b.staff = %s) order by t.due_at, t.id limit %d) s`,
		cond, q.arg(q.at), q.arg(q.id), q.arg(who), Size+1))
}

func (v *View) ask(ctx context.Context, q *asking, x reach, box Box) error {
	lanes, err := v.lanes(ctx, x)
	if err != nil || len(lanes) == 0 {
		return err
	}
	if box == Mine {
		for _, h := range x.own() {
			q.stretch(x.who.ID, "t.holder <> '' and t.holder = "+q.arg(h)+" and "+q.any(lanes))
		}
		return nil
	}
	for _, l := range lanes {
		if box == Group || box == "" {
			q.stretch(x.who.ID, "t.holder = '' and "+q.of(l))
		}
		if box == Others {
			q.stretch(x.who.ID, "t.holder <> '' and t.holder not in "+q.in(db.Any(x.own()))+" and "+q.of(l))
		}
		if box == "" {
			q.stretch(x.who.ID, "t.holder <> '' and "+q.of(l))
		}
	}
	return nil
}

// Mine says whether the person may do a task, open or done: the inbox's rule for one row.
func (v *View) Mine(ctx context.Context, who org.Staff, grants Grants, task ref.TaskID) (bool, error) {
	x, err := v.reach(ctx, who, grants)
	if err != nil {
		return false, err
	}
	lanes, err := v.lanes(ctx, x)
	if err != nil || len(lanes) == 0 {
		return false, err
	}
	q := &asking{}
	found, err := db.Find[int64](ctx, v.DB, fmt.Sprintf(`select 1 from approval_task t where t.id = %s and %s
		and not exists (select 1 from approval_bar b where b.case_item = t.case_item and b.staff = %s)`, q.arg(task), q.any(lanes), q.arg(who.ID)), q.args...)
	return len(found) > 0, err
}

// lane is one kind of task of one organ that grants open: all its items, or some.
type lane struct {
	organ, kind string
	all         bool
	items       []string
	spot        []string // items decided on the spot, where they are instant
}

// lanes are the person's grants by organ and kind, in a fixed order.
func (v *View) lanes(ctx context.Context, x reach) ([]lane, error) {
	of := map[[2]string]*lane{}
	for _, g := range x.held {
		organs, err := v.over(ctx, g)
		if err != nil {
			return nil, err
		}
		for _, k := range kinds {
			for _, o := range organs {
				if at := [2]string{o, k}; slices.Contains(x.grants(k), g.Kind) {
					if of[at] == nil {
						of[at] = &lane{organ: o, kind: k}
					}
					of[at].add(g)
				}
			}
		}
	}
	var out []lane
	for _, at := range slices.SortedFunc(maps.Keys(of), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		out = append(out, *of[at])
	}
	return out, nil
}

// over are the organs a grant is for.
func (v *View) over(ctx context.Context, g delegation.Grant) ([]string, error) {
	if g.Organ != delegation.Any {
		return []string{g.Organ}, nil
	}
	all, err := org.Organs(ctx, v.DB)
	out := make([]string, 0, len(all))
	for id := range all {
		out = append(out, string(id))
	}
	return out, err
}

func (l *lane) add(g delegation.Grant) {
	switch {
	case g.Kind == delegation.DecideOnSpot: // a representative decides instant items only
		l.spot = append(l.spot, g.Item)
	case g.Item == delegation.Any:
		l.all = true
	default:
		l.items = append(l.items, g.Item)
	}
}

// of is the condition of a lane.
func (q *asking) of(l lane) string {
	cond := "t.organ = " + q.arg(l.organ) + " and t.kind = " + q.arg(l.kind)
	if l.all {
		return cond
	}
	var or []string
	if len(l.items) > 0 {
		or = append(or, "t.item in "+q.in(db.Any(l.items)))
	}
	if len(l.spot) > 0 {
		spot := "t.item in (select id from catalog_item where project_type = '1')"
		if !slices.Contains(l.spot, delegation.Any) {
			spot += " and t.item in " + q.in(db.Any(l.spot))
		}
		or = append(or, spot)
	}
	return cond + " and (" + strings.Join(or, " or ") + ")"
}

// any is the condition of being in one of the lanes.
func (q *asking) any(lanes []lane) string {
	or := make([]string, len(lanes))
	for i, l := range lanes {
		or[i] = q.of(l)
	}
	return "(" + strings.Join(or, " or ") + ")"
}
