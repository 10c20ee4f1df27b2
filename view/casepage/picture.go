package casepage

import (
	"maps"
	"time"

	"yimen/domain/approval"
	"yimen/domain/casefile"
	"yimen/domain/catalog"
	"yimen/ref"
)

// The stops of every process that stand in no plan.
const (
	Receive = "@receive"
	Accept  = "@accept"
	Seal    = "@seal"
)

// How far a case has come at a stop of its process.
const (
	Waiting = "waiting"
	Open    = "open"
	Late    = "late"
	Done    = "done"
	Against = "against" // done, and the answer was no
	Void    = "void"    // not needed any more
)

// Picture is a case's process with how far it has come at each stop.
type Picture struct {
	Item   *catalog.Item
	Organs map[ref.OrganID]string // names
	At     map[string]string      // stop → state
}

// Outward is the picture as it is told outside the deciding organs: not how each of them voted.
func (c Picture) Outward() Picture {
	c.At = maps.Clone(c.At)
	for _, s := range c.Item.Plan.Steps {
		if s.Kind != approval.Decide && c.At[s.ID] == Against {
			c.At[s.ID] = Done
		}
	}
	return c
}

// picture works out the states.
func (p *Page) picture(n nameBook, now time.Time) Picture {
	out := Picture{Item: p.Doc, Organs: map[ref.OrganID]string{}, At: map[string]string{Receive: Done}}
	for id, o := range n.organs {
		out.Organs[id] = o.Name
	}
	switch p.Case.Stage {
	case casefile.Received, casefile.Supplied, casefile.Returned:
		out.At[Accept] = Open
	case casefile.Declined:
		out.At[Accept] = Against
	case casefile.Granted, casefile.Refused:
		out.At[Accept], out.At[Seal] = Done, Open
	case casefile.Closed:
		out.At[Accept], out.At[Seal] = Done, Done
	default:
		out.At[Accept] = Done
	}
	for _, t := range p.Tasks {
		if t.Step.ID != "" && t.State != approval.Undone {
			out.At[t.Step.ID] = state(t.Task, now)
		}
	}
	for _, s := range p.Doc.Plan.Steps {
		if p.Case.Stage == casefile.Closed && out.At[s.ID] == "" {
			out.At[s.ID] = Void
		}
	}
	return out
}

func state(t approval.Task, now time.Time) string {
	switch {
	case t.State == approval.Void:
		return Void
	case t.State == approval.Open && !t.Due.IsZero() && t.Due.Before(now):
		return Late
	case t.State == approval.Open:
		return Open
	case t.Outcome == approval.Refuse || t.Outcome == approval.Disagree:
		return Against
	}
	return Done
}
