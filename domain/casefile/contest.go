package casefile

import (
	"time"

	"yimen/ref"
)

// Facts of what a review authority or a court did about a decision (行政复议, 行政诉讼).
const (
	FactContested Kind = "contested" // it was asked to review the decision
	FactStayed    Kind = "stayed"    // it stopped the execution (行政复议法 42, 行政诉讼法 56)
	FactJudged    Kind = "judged"
	FactRemitted  Kind = "remitted" // the decision is to be made anew: the item is under review again
)

// Before whom a decision is contested: Detail.Kind.
const (
	Review = "review" // 行政复议
	Court  = "court"  // 行政诉讼
)

// What came of it: Detail.Outcome.
const (
	Upheld   = "upheld"   // 维持、驳回
	Revoked  = "revoked"  // 撤销
	Redo     = "redo"     // 撤销并责令重作
	Changed  = "changed"  // 变更
	Unlawful = "unlawful" // 确认违法, without being revoked
)

// ContestOutcomes lists what may come of a contest.
func ContestOutcomes() []string { return []string{Upheld, Revoked, Redo, Changed, Unlawful} }

// Contest is one review or lawsuit about an item's decision.
type Contest struct {
	Kind    string // Review or Court
	Body    string // which authority or court
	Filed   time.Time
	Stayed  time.Time // execution stopped; zero: not, or no longer
	Judged  time.Time
	Outcome string
	Number  string    // of its decision
	Until   time.Time // Redo: by when the organ decides anew; zero: the item's own time
	Done    bool      // Redo: it has decided anew
}

// Open says that nothing came of it yet.
func (c Contest) Open() bool { return c.Judged.IsZero() }

// Contests reads the facts about one item that hold, in their order.
func Contests(facts []Fact) (out []Contest) {
	last := func(kind string) *Contest {
		for i := len(out) - 1; i >= 0; i-- {
			if out[i].Kind == kind {
				return &out[i]
			}
		}
		return &Contest{}
	}
	for _, f := range facts {
		d := f.Detail()
		switch f.Kind {
		case FactContested:
			out = append(out, Contest{Kind: d.Kind, Body: d.Body, Filed: d.on(f)})
		case FactStayed:
			last(d.Kind).Stayed = d.on(f)
		case FactJudged:
			c := last(d.Kind)
			c.Judged, c.Outcome, c.Number, c.Stayed = d.on(f), d.Outcome, d.Number, time.Time{}
		case FactRemitted:
			c := last(d.Kind)
			c.Until = d.Anew
		case FactDecided:
			for i := range out {
				out[i].Done = out[i].Done || out[i].Outcome == Redo
			}
		}
	}
	return out
}

// on is the day the thing happened outside, which may lie before it was written down.
func (d Detail) on(f Fact) time.Time {
	if d.On.IsZero() {
		return f.At
	}
	return d.On
}

// WasRemitted: a decision is to be made anew.
type WasRemitted struct {
	Case ref.CaseID
	Item ref.CaseItemID
}

func (WasRemitted) EventName() string  { return "casefile.remitted/1" }
func (e WasRemitted) EventKey() string { return string(e.Case) }
