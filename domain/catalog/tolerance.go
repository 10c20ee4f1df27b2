package catalog

import (
	"slices"

	"yimen/ref"
)

// Tolerates says whether a material may follow after acceptance (广东省优化营商环境条例 32): a secondary one that
// the applicant hands in, of an item with a promised time of more than the day itself.
func (it *Item) Tolerates(m MaterialSpec) bool {
	return it.Channels.Tolerant && m.Need == ref.NeedLater && m.HandedIn() && !m.Prior && it.Times.Promised.Unit != "now"
}

// ToleranceTime is until when a tolerated material must be there, counted from acceptance: what the item says,
// never longer than its promised time.
func (it *Item) ToleranceTime() Span {
	own, promised := it.Times.Tolerance, it.Times.Promised
	if own.Unit != promised.Unit || own.N <= 0 || own.N > promised.N {
		return promised
	}
	return own
}

// Replaces says whether a promise may stand for a material (告知承诺).
func (it *Item) Replaces(m MaterialSpec) bool {
	return it.Promise.Offered && m.HandedIn() && slices.Contains(it.Promise.Materials, m.ID)
}

// CheckTime is until when the organ checks a promise, counted from the decision.
func (it *Item) CheckTime() Span {
	if it.Promise.Check.N > 0 {
		return it.Promise.Check
	}
	return Span{N: 30, Unit: "day"}
}
