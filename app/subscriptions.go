package app

import (
	"yimen/foundation/event"
	"yimen/ref"
)

// subscribe is the one table of who hears what.
func (h *House) subscribe() {
	event.Hear(h.Bus, "intake.Adopt", h.Desk.Adopt)              // ~ identity.WasProven
	event.Hear(h.Bus, "issuance.Receipt", h.Press.Receipt)       // ~ casefile.Taken
	event.Hear(h.Bus, "review.Precheck", h.Board.Precheck)       // ~ casefile.Taken
	event.Hear(h.Bus, "issuance.Acceptance", h.Press.Acceptance) // ~ casefile.WasAccepted
	event.Hear(h.Bus, "review.Start", h.Board.Start)             // ~ casefile.WasAccepted
	event.Hear(h.Bus, "issuance.Correction", h.Press.Correction) // ~ casefile.WasReturned
	event.Hear(h.Bus, "review.Resume", h.Board.Resume)           // ~ casefile.WasSupplied
	event.Hear(h.Bus, "issuance.Declining", h.Press.Declining)   // ~ casefile.WasDeclined
	event.Hear(h.Bus, "issuance.Result", h.Press.Result)         // ~ approval.Decided
	event.Hear(h.Bus, "issuance.BoundCopy", h.Press.BoundCopy)   // ~ licence.CopyOrdered
	event.Hear(h.Bus, "issuance.Seal", h.Press.Seal)             // ~ seal.WasDrafted
	event.Hear(h.Bus, "exchange.Send", h.Hooks.Send)             // ~ identity.HookDue
}

// tell lets open inboxes of an organ look again. It is a hint and nothing is lost with it, so it
// is no delivery: four durable ones a case cost a sixth of the whole journey.
func (h *House) tell(organ ref.OrganID) { h.Hub.Send("inbox:"+string(organ), "changed") }
