package app

import (
	"context"

	"yimen/domain/approval"
	"yimen/foundation/event"
)

// subscribe is the one table of who hears what.
func (h *House) subscribe() {
	event.Hear(h.Bus, "issuance.Receipt", h.Press.Receipt)       // ~ casefile.Taken
	event.Hear(h.Bus, "review.Precheck", h.Board.Precheck)       // ~ casefile.Taken
	event.Hear(h.Bus, "issuance.Acceptance", h.Press.Acceptance) // ~ casefile.WasAccepted
	event.Hear(h.Bus, "review.Start", h.Board.Start)             // ~ casefile.WasAccepted
	event.Hear(h.Bus, "issuance.Correction", h.Press.Correction) // ~ casefile.WasReturned
	event.Hear(h.Bus, "review.Resume", h.Board.Resume)           // ~ casefile.WasSupplied
	event.Hear(h.Bus, "issuance.Declining", h.Press.Declining)   // ~ casefile.WasDeclined
	event.Hear(h.Bus, "issuance.Result", h.Press.Result)         // ~ approval.Decided
	event.Hear(h.Bus, "issuance.Seal", h.Press.Seal)             // ~ seal.WasDrafted
	event.Hear(h.Bus, "approver.Refresh", h.refreshInbox)        // ~ approval.Assigned
}

// refreshInbox tells open inboxes of an organ to look again; the push is a hint, so it is
// acknowledged in a transaction of its own.
func (h *House) refreshInbox(ctx context.Context, d event.Delivery, e approval.Assigned) error {
	h.Hub.Send("inbox:"+string(e.Organ), "changed")
	return h.DB.Write(ctx, "approver.Refresh", d.Done)
}
