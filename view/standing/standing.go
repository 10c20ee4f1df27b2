// Package standing shows in whose power each item stands, and at which window each can be taken in.
//
// Invariants: read-only; computed from what is in force at the moment asked for, with one read a
// table and never one a cell; every cell that is not whole says why.
package standing

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"yimen/domain/catalog"
	"yimen/domain/powerlist"
	"yimen/foundation/calendar"
	"yimen/foundation/db"
	"yimen/ref"
)

// View reads the pictures.
type View struct {
	DB db.Reader

	docs sync.Map // ref.VersionID → doc; versions never change
}

// Reason says why an item stands outside the lists, or cannot be taken in at a window.
type Reason string

// Why an item is out, wherever it is asked for.
const (
	Whole    Reason = ""
	Negative Reason = "negative"   // on the negative list
	NoPower  Reason = "no_power"   // its organ has no such power in force
	Level    Reason = "level"      // the power was given to another level
	Unbound  Reason = "unbound"    // a decision without an entry of the supervision list
	Paused   Reason = "paused"     // suspended (暂停)
	Gone     Reason = "gone"       // cancelled (取消)
	NotYet   Reason = "not_yet"    // opens later (计划生效日期, 分批开放)
	Ended    Reason = "ended"      // closed (计划取消日期)
	NotIn    Reason = "not_in"     // not brought into the halls (未进驻)
	OwnDesk  Reason = "own_desk"   // in the halls, at its organ's own desk only
	Nobody   Reason = "nobody"     // nobody sits at the window
	Receive  Reason = "no_receive" // nobody there may take it in
	Accept   Reason = "no_accept"  // it is taken in, but nobody there may accept it, which the item wants
	KeptIn   Reason = "keep_in"    // the power list does not let taking in be delegated
	KeptAcc  Reason = "keep_acc"   // nor accepting: it is taken in only
)

// Reasons lists them in the order of a menu.
var Reasons = []Reason{Negative, NoPower, Level, Unbound, Paused, Gone, NotYet, Ended, NotIn, OwnDesk, Nobody, Receive, Accept, KeptIn, KeptAcc}

// Key is the sentence of a reason.
func (r Reason) Key() string { return "standing." + string(r) }

// Item is one item as the lists see it.
type Item struct {
	ID      ref.ItemID    `db:"id"`
	Version ref.VersionID `db:"version"`
	Name    string        `db:"name"`
	Organ   ref.OrganID   `db:"organ"`
	Task    string        `db:"task_code"`
	State   catalog.State `db:"state"`
	Why     string        `db:"reason"` // of the state
	People  string        `db:"audience"`
	Out     Reason        // why it is outside the lists; Whole: inside
	Detail  string        // the entry of the negative list, the date, the step

	doc   doc
	power powerlist.Power
}

// Code is the 基本编码, empty when the item has none.
func (i Item) Code() string {
	if len(i.Task) != 31 {
		return ""
	}
	return i.Task[19:]
}

// doc is what a picture needs of an item's document.
type doc struct {
	Level  ref.Level          `json:"level"`
	Accept catalog.AcceptMode `json:"accept"`
	Owner  struct {
		Starts string `json:"starts"`
		Ends   string `json:"ends"`
	} `json:"owner"`
	Plan struct {
		Steps []struct {
			ID   string `json:"id"`
			Kind string `json:"kind"`
		} `json:"steps"`
	} `json:"plan"`
	Channels struct {
		Hall      bool     `json:"hall"`
		OneWindow bool     `json:"one_window"`
		Ways      []string `json:"ways"`
	} `json:"channels"`
}

// lists are the three lists in force.
type lists struct {
	powers map[string]powerlist.Power // 基本编码 + organ
	bound  map[string]bool            // power + step
	barred []powerlist.Negative
}

func (v *View) lists(ctx context.Context, at time.Time) (l lists, err error) {
	const holds = "from_at <= $1 and (until_at = 0 or until_at > $1)"
	powers, err := db.Find[powerlist.Power](ctx, v.DB, "select id, word, name, catalog_code, organ, level, delegable from powerlist_power where "+holds, at)
	if err != nil {
		return l, err
	}
	bounds, err := db.Find[powerlist.Supervision](ctx, v.DB, "select power, step from powerlist_supervision where "+holds, at)
	if err != nil {
		return l, err
	}
	l.powers, l.bound = map[string]powerlist.Power{}, map[string]bool{}
	for _, p := range powers {
		l.powers[p.Code+string(p.Organ)] = p
	}
	for _, s := range bounds {
		l.bound[s.Power+"\n"+s.Step] = true
	}
	l.barred, err = powerlist.Forbidden(ctx, v.DB, at)
	return l, err
}

// Items lists all published items with their place in the lists at a time, by organ and name.
func (v *View) Items(ctx context.Context, at time.Time) ([]Item, error) {
	l, err := v.lists(ctx, at)
	if err != nil {
		return nil, err
	}
	return v.items(ctx, at, l)
}

func (v *View) items(ctx context.Context, at time.Time, l lists) ([]Item, error) {
	items, err := db.Find[Item](ctx, v.DB, "select id, version, name, organ, task_code, state, reason, audience from catalog_item order by organ, name, id")
	if err != nil {
		return nil, err
	}
	if err := v.read(ctx, items); err != nil {
		return nil, err
	}
	today := calendar.DateOf(at).String()
	for n := range items {
		i := &items[n]
		i.power = l.power(*i)
		i.Out, i.Detail = l.judge(*i, today)
	}
	return items, nil
}

// power is the one an item stands on: that of its own code, or of its main item's.
func (l lists) power(i Item) powerlist.Power {
	if p, ok := l.powers[i.Code()+string(i.Organ)]; ok {
		return p
	}
	return l.powers[powerlist.MainCode(i.Code())+string(i.Organ)]
}

// read fills in the documents; those never read before come in one query.
func (v *View) read(ctx context.Context, items []Item) error {
	var missing []any
	for _, i := range items {
		if _, ok := v.docs.Load(i.Version); !ok {
			missing = append(missing, i.Version)
		}
	}
	type body struct {
		ID   ref.VersionID `db:"id"`
		Body string        `db:"body"`
	}
	for some := range slices.Chunk(missing, 500) {
		bodies, err := db.Find[body](ctx, v.DB, "select id, body from catalog_version where id in "+db.In(1, len(some)), some...)
		if err != nil {
			return err
		}
		for _, b := range bodies {
			var d doc
			if err := json.Unmarshal([]byte(b.Body), &d); err != nil {
				return fmt.Errorf("item version %s: %w", b.ID, err)
			}
			v.docs.Store(b.ID, d)
		}
	}
	for n := range items {
		if d, ok := v.docs.Load(items[n].Version); ok {
			items[n].doc = d.(doc)
		}
	}
	return nil
}

// judge is the first reason why an item stands outside the lists or is not open.
func (l lists) judge(i Item, today string) (Reason, string) {
	for _, n := range l.barred {
		if n.Kind == powerlist.NoItem && n.Hits(i.Name, "") || n.Code != "" && n.Code == i.Code() {
			return Negative, n.Name
		}
	}
	switch o := i.doc.Owner; {
	case i.power.ID == "":
		return NoPower, i.Code()
	case i.power.Level != i.doc.Level:
		return Level, i.power.Name
	case i.State == catalog.Suspended:
		return Paused, i.Why
	case i.State == catalog.Cancelled:
		return Gone, i.Why
	case o.Ends != "" && o.Ends <= today:
		return Ended, o.Ends
	case o.Starts > today:
		return NotYet, o.Starts
	}
	for _, s := range i.doc.Plan.Steps {
		if s.Kind == "decide" && !l.bound[i.power.Word+"\n"+s.ID] {
			return Unbound, s.ID
		}
	}
	return Whole, ""
}

// Organ is what an organ has in the lists and what is out.
type Organ struct {
	ID   ref.OrganID `db:"id"`
	Name string      `db:"name"`
	In   []Item
	Out  []Item
	Idle []powerlist.Power // powers in force that no item exercises
}

// Overview says for each organ that has a power or an item what is in, what is out and why, by name.
func (v *View) Overview(ctx context.Context, at time.Time) ([]Organ, error) {
	l, err := v.lists(ctx, at)
	if err != nil {
		return nil, err
	}
	items, err := v.items(ctx, at, l)
	if err != nil {
		return nil, err
	}
	organs, err := db.Find[Organ](ctx, v.DB, "select id, name from org_organ")
	if err != nil {
		return nil, err
	}
	byID, used := map[ref.OrganID]*Organ{}, map[string]bool{}
	for n := range organs {
		byID[organs[n].ID] = &organs[n]
	}
	for _, i := range items {
		o := byID[i.Organ]
		if o == nil {
			continue
		}
		used[i.power.ID] = true
		if i.Out == Whole {
			o.In = append(o.In, i)
		} else {
			o.Out = append(o.Out, i)
		}
	}
	for _, p := range l.powers {
		if o := byID[p.Organ]; o != nil && !used[p.ID] {
			o.Idle = append(o.Idle, p)
		}
	}
	organs = slices.DeleteFunc(organs, func(o Organ) bool { return len(o.In)+len(o.Out)+len(o.Idle) == 0 })
	for n := range organs {
		slices.SortFunc(organs[n].Idle, func(a, b powerlist.Power) int { return cmp.Compare(a.Word, b.Word) })
	}
	slices.SortFunc(organs, func(a, b Organ) int { return strings.Compare(a.Name, b.Name) })
	return organs, nil
}
