package standing

import (
	"context"
	"slices"
	"strings"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/delegation"
	"yimen/domain/org"
	"yimen/domain/powerlist"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/ref"
)

// Window is a window of a hall with who may sit there.
type Window struct {
	ID       ref.WindowID `db:"id"`
	Hall     ref.HallID   `db:"hall"`
	Number   int          `db:"number"`
	Name     string       `db:"name"`
	HallName string       `db:"hall_name"`

	staff []string
}

// Matrix is every window against every item. Its cells are Whole where the window does for the
// item what the item wants of a window: takes it in, and accepts it where acceptance is the
// window's.
type Matrix struct {
	Windows []Window // by hall code and number
	Items   []Item   // by organ and name
	cells   []Reason // window by window
	opens   map[place]string
	lines   []catalog.Opening // the whole plan of openings, by day
}

// place is an item at a hall.
type place struct {
	hall ref.HallID
	item ref.ItemID
}

// At is the cell of the n-th window and the k-th item.
func (m *Matrix) At(n, k int) Reason { return m.cells[n*len(m.Items)+k] }

// may is what a person may do at a window, by keys of organ and item.
type may struct{ receive, accept map[string]bool }

// scope is the key of a grant.
func scope(organ, item string) string { return organ + "\n" + item }

// scopes are the keys of all grants that mean an item.
func (i Item) scopes() [4]string {
	organ, item := string(i.Organ), string(i.ID)
	return [4]string{scope(delegation.Any, delegation.Any), scope(delegation.Any, item), scope(organ, delegation.Any), scope(organ, item)}
}

// covers says whether one of the keys is among the grants.
func covers(in map[string]bool, keys [4]string) bool {
	return in[keys[3]] || in[keys[0]] || in[keys[1]] || in[keys[2]]
}

// Windows computes the matrix at a time: grants of those who sit at each window, how each item is
// accepted, whether it is open, and the power it stands on.
func (v *View) Windows(ctx context.Context, at time.Time) (*Matrix, error) {
	l, err := v.lists(ctx, at)
	if err != nil {
		return nil, err
	}
	m := &Matrix{}
	if m.Items, err = v.items(ctx, at, l); err != nil {
		return nil, err
	}
	if m.Windows, err = v.seats(ctx); err != nil {
		return nil, err
	}
	grants, err := v.grants(ctx, at)
	if err != nil {
		return nil, err
	}
	if err := v.opening(ctx, m, at); err != nil {
		return nil, err
	}
	scopes := make([][4]string, len(m.Items))
	for k, i := range m.Items {
		scopes[k] = i.scopes()
	}
	m.cells = make([]Reason, 0, len(m.Windows)*len(m.Items))
	for _, w := range m.Windows {
		here := w.together(grants)
		for k, i := range m.Items {
			_, shut := m.opens[place{w.Hall, i.ID}]
			m.cells = append(m.cells, cell(w, i, shut, scopes[k], here))
		}
	}
	return m, nil
}

// opening notes which items are not open yet at which halls, with the day on which they will be, ""
// when none is planned. An item is open when it is for everybody it is meant for.
func (v *View) opening(ctx context.Context, m *Matrix, at time.Time) error {
	lines, err := db.Find[catalog.Opening](ctx, v.DB, "select id, item, level, hall, kind, from_day, by_staff, at from catalog_opening order by from_day, id")
	if err != nil {
		return err
	}
	day, halls := calendar.DateOf(at).String(), map[ref.HallID]bool{}
	for _, w := range m.Windows {
		halls[w.Hall] = true
	}
	m.opens, m.lines = map[place]string{}, lines
	for _, i := range m.Items {
		own := ofItem(lines, i)
		for hall := range halls {
			for _, kind := range i.kinds() {
				if open, from := catalog.Open(own, hall, kind, day); !open {
					m.opens[place{hall, i.ID}] = from
				}
			}
		}
	}
	return nil
}

// ofItem picks the lines by which an item is judged, as catalog.OpeningsOf does.
func ofItem(lines []catalog.Opening, i Item) []catalog.Opening {
	var own, general []catalog.Opening
	for _, o := range lines {
		switch {
		case o.Level != 0 && o.Level != i.doc.Level:
		case o.Item == i.ID:
			own = append(own, o)
		case o.Item == catalog.Every:
			general = append(general, o)
		}
	}
	if len(own) > 0 {
		return own
	}
	return general
}

// kinds are the kinds of party an item is for.
func (i Item) kinds() (out []ref.PartyKind) {
	people := strings.Split(i.People, ",")
	if slices.Contains(people, "1") {
		out = append(out, ref.PartyNatural)
	}
	if len(out) == 0 || len(people) > 1 {
		out = append(out, ref.PartyLegal)
	}
	return out
}

// seats lists the windows with the clerks who sit there; who has no seat of their own may sit at
// any window of their hall.
func (v *View) seats(ctx context.Context) ([]Window, error) {
	windows, err := db.Find[Window](ctx, v.DB, `select w.id, w.hall, w.number, w.name, h.name as hall_name from org_window w
		join org_hall h on h.id = w.hall order by h.code, w.number, w.id`)
	if err != nil {
		return nil, err
	}
	staff, err := db.Find[org.Staff](ctx, v.DB, "select id, hall, seat, roles from org_staff where active = 1 and hall <> ''")
	if err != nil {
		return nil, err
	}
	for _, s := range staff {
		for n := range windows {
			if w := &windows[n]; s.Has("clerk") && (w.ID == s.Window || s.Window == "" && w.Hall == s.Hall) {
				w.staff = append(w.staff, string(s.ID))
			}
		}
	}
	return windows, nil
}

// grants reads what everybody may take in and accept: one row a grant, so it is scanned plainly.
func (v *View) grants(ctx context.Context, at time.Time) (map[string]may, error) {
	rows, err := v.DB.Query(ctx, `select staff, organ, item, kind from delegation_grant where from_at <= $1 and (until_at = 0 or until_at > $1)
		and (revoked_at = 0 or revoked_at > $1) and kind in ('receive', 'accept')`, at)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]may{}
	var staff, organ, item, kind string
	for rows.Next() {
		if err := rows.Scan(&staff, &organ, &item, &kind); err != nil {
			return nil, err
		}
		m, ok := out[staff]
		if !ok {
			m = may{map[string]bool{}, map[string]bool{}}
			out[staff] = m
		}
		if kind == string(delegation.Accept) {
			m.accept[scope(organ, item)] = true
		} else {
			m.receive[scope(organ, item)] = true
		}
	}
	return out, rows.Err()
}

// together is what the people of a window may do between them.
func (w Window) together(grants map[string]may) []may {
	var out []may
	for _, s := range w.staff {
		if m, ok := grants[s]; ok {
			out = append(out, m)
		}
	}
	return out
}

// cell says what keeps a window from an item.
func cell(w Window, i Item, shut bool, keys [4]string, here []may) Reason {
	switch c := i.doc.Channels; {
	case i.Out != Whole && i.Out != Unbound: // what bounds the decision is no matter of the window's
		return i.Out
	case shut:
		return NotYet
	case len(c.Ways) > 0 && !c.Hall: // an item that says nothing of its ways is open to all
		return NotIn
	case len(c.Ways) > 0 && !c.OneWindow:
		return OwnDesk
	case len(w.staff) == 0:
		return Nobody
	case !i.power.May(powerlist.Receive):
		return KeptIn
	}
	atWindow := i.doc.Accept == catalog.AcceptAtWindow
	in := slices.ContainsFunc(here, func(m may) bool { return covers(m.receive, keys) })
	accepts := slices.ContainsFunc(here, func(m may) bool { return covers(m.accept, keys) })
	switch {
	case !in && !(atWindow && accepts):
		return Receive
	case atWindow && !i.power.May(powerlist.Accept):
		return KeptAcc
	case atWindow && !accepts:
		return Accept
	}
	return Whole
}

// Part narrows a matrix; empty fields do not.
type Part struct {
	Hall   ref.HallID
	Organ  ref.OrganID
	Reason Reason
}

func (p Part) has(w Window, i Item) bool {
	return (p.Hall == "" || w.Hall == p.Hall) && (p.Organ == "" || i.Organ == p.Organ)
}

// Count is how much of a part of the matrix is whole.
type Count struct{ Cells, Whole int }

// Tally counts the part by hall and organ.
func (m *Matrix) Tally(p Part) map[ref.HallID]map[ref.OrganID]Count {
	out := map[ref.HallID]map[ref.OrganID]Count{}
	m.each(p, func(w Window, i Item, r Reason) {
		if out[w.Hall] == nil {
			out[w.Hall] = map[ref.OrganID]Count{}
		}
		c := out[w.Hall][i.Organ]
		c.Cells++
		if r == Whole {
			c.Whole++
		}
		out[w.Hall][i.Organ] = c
	})
	return out
}

// Hole is an item that some windows cannot do, for one reason.
type Hole struct {
	Item    Item
	Reason  Reason
	Detail  string // the day it opens, the entry that bars it
	Windows []Window
}

// Holes lists what is missing in the part, by item, reason and detail.
func (m *Matrix) Holes(p Part) []Hole {
	var out []Hole
	for k, i := range m.Items {
		at := map[[2]string]int{}
		for n, w := range m.Windows {
			r := m.At(n, k)
			if r == Whole || !p.has(w, i) || p.Reason != "" && p.Reason != r {
				continue
			}
			detail := m.detail(w, i, r)
			j, ok := at[[2]string{string(r), detail}]
			if !ok {
				j, out = len(out), append(out, Hole{Item: i, Reason: r, Detail: detail})
				at[[2]string{string(r), detail}] = j
			}
			out[j].Windows = append(out[j].Windows, w)
		}
	}
	return out
}

// detail is what there is to say besides the reason.
func (m *Matrix) detail(w Window, i Item, r Reason) string {
	if r == NotYet && i.Out == Whole {
		return m.opens[place{w.Hall, i.ID}]
	}
	if r == i.Out {
		return i.Detail
	}
	return ""
}

// Cells gives every cell of the part, window by window, until yield has enough.
func (m *Matrix) Cells(p Part) func(yield func(Cell) bool) {
	return func(yield func(Cell) bool) {
		for n, w := range m.Windows {
			for k, i := range m.Items {
				r := m.At(n, k)
				if p.has(w, i) && (p.Reason == "" || p.Reason == r) && !yield(Cell{w, i, r, m.detail(w, i, r)}) {
					return
				}
			}
		}
	}
}

// Cell is one window and one item.
type Cell struct {
	Window Window
	Item   Item
	Reason Reason
	Detail string
}

func (m *Matrix) each(p Part, f func(Window, Item, Reason)) {
	for c := range m.Cells(p) {
		f(c.Window, c.Item, c.Reason)
	}
}
