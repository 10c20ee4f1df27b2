package standing

import (
	"context"
	"time"

	"yimen/domain/catalog"
	"yimen/foundation/calendar"
	"yimen/ref"
)

// Told is what an organ is told of one of its items.
type Told struct {
	Item   Item
	Why    Reason            // why it is out or waits; Whole: it comes through the door
	Detail string            // the day, the entry of the negative list, what the suspension says
	Whole  int               // windows that do for it what it wants
	Holes  []Hole            // the others, by reason
	Coming []catalog.Opening // lines of the opening plan whose day is still ahead
}

// Notice is an organ's items sorted by whether they come through the door (三个一目了然 for the department).
type Notice struct {
	Windows int    // comprehensive windows there are
	Door    []Told // taken in at the comprehensive windows, now
	Waiting []Told // will be, and are open nowhere yet
	Out     []Told // are not: outside the lists, suspended, cancelled, or at no comprehensive window
}

// Notice sorts the organ's items as they stand at a time, each group by name.
func (v *View) Notice(ctx context.Context, organ ref.OrganID, at time.Time) (Notice, error) {
	m, err := v.Windows(ctx, at)
	if err != nil {
		return Notice{}, err
	}
	n, today := Notice{Windows: len(m.Windows)}, calendar.DateOf(at).String()
	holes := map[ref.ItemID][]Hole{}
	for _, h := range m.Holes(Part{Organ: organ}) {
		holes[h.Item.ID] = append(holes[h.Item.ID], h)
	}
	for _, i := range m.Items {
		if i.Organ != organ {
			continue
		}
		t := Told{Item: i, Whole: len(m.Windows), Holes: holes[i.ID]}
		for _, h := range t.Holes {
			t.Whole -= len(h.Windows)
		}
		for _, o := range ofItem(m.lines, i) {
			if o.From > today {
				t.Coming = append(t.Coming, o)
			}
		}
		n.sort(t, i.doc)
	}
	return n, nil
}

// sort puts an item where it belongs.
func (n *Notice) sort(t Told, d doc) {
	c := d.Channels
	switch out := t.Item.Out; {
	case out == NotYet:
		t.Why, t.Detail = out, t.Item.Detail
		n.Waiting = append(n.Waiting, t)
	case out != Whole && out != Unbound: // what bounds the decision does not keep it from the window
		t.Why, t.Detail = out, t.Item.Detail
		n.Out = append(n.Out, t)
	case len(c.Ways) > 0 && !c.Hall:
		t.Why = NotIn
		n.Out = append(n.Out, t)
	case len(c.Ways) > 0 && !c.OneWindow:
		t.Why = OwnDesk
		n.Out = append(n.Out, t)
	case t.shut(n.Windows):
		t.Why, t.Detail = NotYet, t.Holes[0].Detail
		n.Waiting = append(n.Waiting, t)
	default:
		n.Door = append(n.Door, t)
	}
}

// shut says that the plan of openings keeps the item from every window.
func (t Told) shut(windows int) bool {
	shut := 0
	for _, h := range t.Holes {
		if h.Reason == NotYet {
			shut += len(h.Windows)
		}
	}
	return windows > 0 && shut == windows
}
