// Package board is the live wall of supervision: every open case item by the state of its clock, by organ, item and street, and
// the lists behind each figure.
//
// Invariants: read-only; a figure counts exactly what its list shows, both made from one set of conditions; figures are at most
// a few seconds old and say of when they are; lists follow a key and show names, never a number of a person.
package board

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"yimen/domain/casefile"
	"yimen/foundation/db"
	"yimen/foundation/fault"
	"yimen/foundation/push"
	"yimen/ref"
)

// State is the state of a case item's clock.
type State string

const (
	Running State = "running"
	Soon    State = "soon"    // little time is left
	Overdue State = "overdue" // none is
	Paused  State = "paused"  // 特别程序: it stands
	Waiting State = "waiting" // for the applicant to bring what is missing
)

// States in the order of the wall.
func States() []State { return []State{Overdue, Soon, Running, Paused, Waiting} }

// open is true of what the wall shows: what has not ended, and what ended and is not delivered. It is worded as the partial
// indexes are.
const open = "(i.ended_at = 0 or i.clock <> '')"

// conditions of each state; $1 is now. They exclude one another, and one of them holds of every open item.
var conditions = map[State]string{
	Waiting: "i.stage = 'returned'",
	Paused:  "i.stage <> 'returned' and i.paused_at > 0",
	Overdue: "i.stage <> 'returned' and i.paused_at = 0 and i.due_at < $1",
	Soon:    "i.stage <> 'returned' and i.paused_at = 0 and i.due_at >= $1 and i.soon_at <= $1",
	Running: "i.stage <> 'returned' and i.paused_at = 0 and i.due_at >= $1 and i.soon_at > $1",
}

// Cell is how many open items of one item, organ, street and clock are in each state.
type Cell struct {
	Organ ref.OrganID      `db:"organ"`
	Item  ref.ItemID       `db:"item"`
	Town  ref.DivisionCode `db:"town"`
	Clock casefile.Clock   `db:"clock"`
	Counts
}

// Counts are figures by state.
type Counts struct {
	Running int64 `db:"running"`
	Soon    int64 `db:"soon"`
	Overdue int64 `db:"overdue"`
	Paused  int64 `db:"paused"`
	Waiting int64 `db:"waiting"`
}

// Of is a state's figure.
func (c Counts) Of(s State) int64 {
	return map[State]int64{Running: c.Running, Soon: c.Soon, Overdue: c.Overdue, Paused: c.Paused, Waiting: c.Waiting}[s]
}

// All is their sum.
func (c Counts) All() int64 { return c.Running + c.Soon + c.Overdue + c.Paused + c.Waiting }

func (c *Counts) add(o Counts) {
	c.Running, c.Soon, c.Overdue, c.Paused, c.Waiting = c.Running+o.Running, c.Soon+o.Soon, c.Overdue+o.Overdue, c.Paused+o.Paused, c.Waiting+o.Waiting
}

// Wall is all figures as of a moment.
type Wall struct {
	At    time.Time
	Took  time.Duration // how long counting took
	Cells []Cell
}

// Topic is what moves when the wall's figures do.
const Topic = "wall"

// View reads the wall. Counting a million open items takes longer than a page may, so that one count serves everybody for a
// few seconds; it is made anew when somebody asks, and while somebody looks.
type View struct {
	DB  db.Reader
	Hub *push.Hub
	Now func() time.Time

	mu   sync.Mutex // held while counting: who comes meanwhile waits for the same count
	last *Wall
}

// fresh is for how long a count serves.
const fresh = 5 * time.Second

// Wall gives the figures, counted at most a few seconds ago.
func (v *View) Wall(ctx context.Context) (*Wall, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last != nil {
		if age := v.Now().Sub(v.last.At); age > 0 && age < max(fresh, 10*v.last.Took) {
			return v.last, nil
		}
	}
	w, err := v.Count(ctx)
	if err == nil {
		v.last = w
	}
	return w, err
}

// Run counts anew while an open page listens, and tells it when a figure moved, until ctx ends.
func (v *View) Run(ctx context.Context) {
	tick := time.NewTicker(fresh)
	defer tick.Stop()
	var shown *Wall
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if v.Hub.Listeners(Topic) == 0 {
			continue
		}
		w, err := v.Wall(ctx)
		if err != nil {
			continue // the page that asks says so
		}
		if shown != nil && !slices.Equal(shown.Cells, w.Cells) {
			v.Hub.Send(Topic, "changed")
		}
		shown = w
	}
}

// Count counts now.
func (v *View) Count(ctx context.Context) (*Wall, error) {
	now := v.Now()
	var counts []string
	for _, s := range States() {
		cond := conditions[s]
		if s == Running { // counted as all, for the others to be taken off: one condition less a row
			cond = "1 = 1"
		}
		counts = append(counts, fmt.Sprintf("count(*) filter (where %s) as %s", cond, s))
	}
	cells, err := db.Find[Cell](ctx, v.DB, "select i.organ, i.item, i.town, i.clock, "+strings.Join(counts, ", ")+" from casefile_item i where "+open+
		" group by i.organ, i.item, i.town, i.clock order by i.organ, i.item, i.town, i.clock", now)
	for n := range cells {
		c := &cells[n].Counts
		c.Running -= c.Soon + c.Overdue + c.Paused + c.Waiting
	}
	return &Wall{At: now, Took: v.Now().Sub(now), Cells: cells}, err
}

// Filter narrows the wall; empty fields do not.
type Filter struct {
	State State
	Organ ref.OrganID
	Item  ref.ItemID
	Town  ref.DivisionCode
	Clock casefile.Clock
}

func (f Filter) holds(c Cell) bool {
	return (f.Organ == "" || f.Organ == c.Organ) && (f.Item == "" || f.Item == c.Item) && (f.Town == "" || f.Town == c.Town) && (f.Clock == "" || f.Clock == c.Clock)
}

// Side is by what the figures are grouped.
type Side string

const (
	ByOrgan Side = "organ"
	ByItem  Side = "item"
	ByTown  Side = "town"
)

// Sides in the order of a menu.
func Sides() []Side { return []Side{ByOrgan, ByItem, ByTown} }

// Group is the figures of one organ, item or street.
type Group struct {
	ID    string
	Organ ref.OrganID // of an item
	Counts
}

// Groups sums the cells of a filter up, those with the most overdue first, and all together.
func (w *Wall) Groups(f Filter, by Side) (groups []Group, all Counts) {
	at := map[string]int{}
	for _, c := range w.Cells {
		if !f.holds(c) {
			continue
		}
		id := map[Side]string{ByOrgan: string(c.Organ), ByItem: string(c.Item), ByTown: string(c.Town)}[by]
		n, there := at[id]
		if !there {
			n = len(groups)
			at[id] = n
			groups = append(groups, Group{ID: id, Organ: c.Organ})
		}
		groups[n].add(c.Counts)
		all.add(c.Counts)
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Overdue, a.Overdue), cmp.Compare(b.Soon, a.Soon), cmp.Compare(b.All(), a.All()), cmp.Compare(a.ID, b.ID))
	})
	return groups, all
}

// Row is one open case item behind a figure.
type Row struct {
	ID     ref.CaseItemID   `db:"id"`
	Case   ref.CaseID       `db:"case_id"`
	Number ref.ShortNumber  `db:"number"`
	Long   ref.CaseNumber   `db:"long_number"`
	Item   string           `db:"item_name"`
	Organ  string           `db:"organ_name"`
	Party  string           `db:"party_name"`
	Town   ref.DivisionCode `db:"town"`
	Stage  casefile.Stage   `db:"stage"`
	Clock  casefile.Clock   `db:"clock"`
	State  State            `db:"state"`
	Due    time.Time        `db:"due_at"`
}

// Key is where a list goes on, zero: from the start.
type Key struct {
	Due time.Time
	ID  ref.CaseItemID
}

// Size is the rows of one page.
const Size = 50

// List lists the open items of a filter, the most urgent first, as of a moment; next is where the following page begins, zero at
// the end.
func (v *View) List(ctx context.Context, f Filter, at time.Time, after Key, limit int) (rows []Row, next Key, err error) {
	where, args, err := f.where(at, after)
	if err != nil {
		return nil, Key{}, err
	}
	state := "case"
	for _, s := range States() {
		state += fmt.Sprintf(" when %s then '%s'", conditions[s], s)
	}
	order := "i.due_at"
	if f.Organ != "" { // few: they are sorted, and the index of all by time is not walked
		order = "+i.due_at"
	}
	rows, err = db.Find[Row](ctx, v.DB, fmt.Sprintf(`select i.id, i.case_id, c.number, i.number as long_number, t.name as item_name, o.name as organ_name, p.name as party_name, i.town, i.stage, i.clock, i.due_at,
		%s end as state from (select i.* from casefile_item i where %s order by %s, i.id limit $%d) i
		join casefile_case c on c.id = i.case_id join catalog_item t on t.id = i.item join org_organ o on o.id = i.organ join party_party p on p.id = c.party
		order by i.due_at, i.id`, state, where, order, len(args)+1), append(args, limit+1)...)
	if err != nil || len(rows) <= limit {
		return rows, Key{}, err
	}
	rows = rows[:limit]
	return rows, Key{rows[limit-1].Due, rows[limit-1].ID}, nil
}

// where are the filter's conditions; $1 is the moment.
func (f Filter) where(at time.Time, after Key) (string, []any, error) {
	args := []any{at}
	where := []string{open, "cast($1 as bigint) > 0"} // every page has the same first argument, whether its state needs it or not
	if f.State != "" {
		cond, known := conditions[f.State]
		if !known {
			return "", nil, fault.New(fault.NotFound, "fault.not_found")
		}
		where = append(where, cond)
	}
	for _, p := range []struct{ col, value string }{{"organ", string(f.Organ)}, {"item", string(f.Item)}, {"town", string(f.Town)}, {"clock", string(f.Clock)}} {
		if p.value == "" {
			continue
		}
		args = append(args, p.value)
		col := "i." + p.col
		if f.Organ == "" { // the list is walked by time; SQLite would rather skip through the wall's index and sort
			col = "(" + col + " || '')"
		}
		where = append(where, fmt.Sprintf("%s = $%d", col, len(args)))
	}
	if after.ID != "" {
		where = append(where, fmt.Sprintf("(i.due_at, i.id) > ($%d, $%d)", len(args)+1, len(args)+2))
		args = append(args, after.Due, after.ID)
	}
	return strings.Join(where, " and "), args, nil
}

// batch is the rows read at once where all are wanted.
const batch = 1000

// Each hands over every open item of a filter as of a moment, by pages, so that memory does not grow with them.
func (v *View) Each(ctx context.Context, f Filter, at time.Time, hand func(Row) error) error {
	for after := (Key{}); ; {
		rows, next, err := v.List(ctx, f, at, after, batch)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := hand(r); err != nil {
				return err
			}
		}
		if next.ID == "" {
			return nil
		}
		after = next
	}
}
