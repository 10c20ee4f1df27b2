package app

import (
	"yimen/foundation/event"
	"yimen/ref"
)

// subscribe is the one table of who hears what.
func (h *House) subscribe() {
	event.Hear(h.Bus, "intake.Adopt", h.Desk.Adopt)                   // ~ identity.WasProven
	event.Hear(h.Bus, "issuance.Receipt", h.Press.Receipt)            // ~ casefile.Taken
	event.Hear(h.Bus, "review.Precheck", h.Board.Precheck)            // ~ casefile.Taken
	event.Hear(h.Bus, "issuance.Acceptance", h.Press.Acceptance)      // ~ casefile.WasAccepted
	event.Hear(h.Bus, "review.Start", h.Board.Start)                  // ~ casefile.WasAccepted
	event.Hear(h.Bus, "issuance.Correction", h.Press.Correction)      // ~ casefile.WasReturned
	event.Hear(h.Bus, "review.Absent", h.Board.Absent)                // ~ approval.AbsentDue
	event.Hear(h.Bus, "review.Resume", h.Board.Resume)                // ~ casefile.WasSupplied
	event.Hear(h.Bus, "issuance.Declining", h.Press.Declining)        // ~ casefile.WasDeclined
	event.Hear(h.Bus, "issuance.Result", h.Press.Result)              // ~ approval.Decided
	event.Hear(h.Bus, "review.Deem", h.Board.Deem)                    // ~ casefile.DeemDue
	event.Hear(h.Bus, "review.Tacit", h.Board.Tacit)                  // ~ casefile.SilenceDue
	event.Hear(h.Bus, "review.Overstay", h.Board.Overstay)            // ~ casefile.SupplyDue
	event.Hear(h.Bus, "review.Recompute", h.Board.Recompute)          // ~ clock.Changed
	event.Hear(h.Bus, "inform.Retimed", h.Post.Retimed)               // ~ casefile.WasRetimed
	event.Hear(h.Bus, "issuance.Special", h.Press.Special)            // ~ casefile.WasPaused
	event.Hear(h.Bus, "issuance.Extension", h.Press.Extension)        // ~ casefile.WasExtended
	event.Hear(h.Bus, "issuance.Asking", h.Press.Asking)              // ~ casefile.WasAsked
	event.Hear(h.Bus, "issuance.Withdrawal", h.Press.Withdrawal)      // ~ casefile.WasWithdrawn
	event.Hear(h.Bus, "issuance.Termination", h.Press.Termination)    // ~ casefile.WasTerminated
	event.Hear(h.Bus, "inform.Paused", h.Post.Paused)                 // ~ casefile.WasPaused
	event.Hear(h.Bus, "inform.Extended", h.Post.Extended)             // ~ casefile.WasExtended
	event.Hear(h.Bus, "inform.Asked", h.Post.Asked)                   // ~ casefile.WasAsked
	event.Hear(h.Bus, "inform.Withdrawn", h.Post.Withdrawn)           // ~ casefile.WasWithdrawn
	event.Hear(h.Bus, "inform.Terminated", h.Post.Terminated)         // ~ casefile.WasTerminated
	event.Hear(h.Bus, "inform.Objection", h.Post.Objection)           // ~ audit.WasAnswered
	event.Hear(h.Bus, "inform.Settled", h.Post.Settled)               // ~ form.WasSettled
	event.Hear(h.Bus, "inform.Taken", h.Post.Taken)                   // ~ casefile.Taken
	event.Hear(h.Bus, "inform.Accepted", h.Post.Accepted)             // ~ casefile.WasAccepted
	event.Hear(h.Bus, "inform.Returned", h.Post.Returned)             // ~ casefile.WasReturned
	event.Hear(h.Bus, "inform.Supplied", h.Post.Supplied)             // ~ casefile.WasSupplied
	event.Hear(h.Bus, "inform.Declined", h.Post.Declined)             // ~ casefile.WasDeclined
	event.Hear(h.Bus, "inform.Closed", h.Post.Closed)                 // ~ casefile.WasClosed
	event.Hear(h.Bus, "inform.Answered", h.Post.Answered)             // ~ notice.Said
	event.Hear(h.Bus, "intake.HandInSigned", h.Desk.HandInSigned)     // ~ party.SignedByAll
	event.Hear(h.Bus, "inform.Mandated", h.Post.Mandated)             // ~ party.MandateChanged
	event.Hear(h.Bus, "inform.MandateUsed", h.Post.MandateUsed)       // ~ party.MandateUsed
	event.Hear(h.Bus, "inform.SignAsked", h.Post.SignAsked)           // ~ party.SignatureAsked
	event.Hear(h.Bus, "inform.SignRefused", h.Post.SignRefused)       // ~ party.SignatureRefused
	event.Hear(h.Bus, "inform.SignOver", h.Post.SignOver)             // ~ party.SignatureOver
	event.Hear(h.Bus, "inform.SignedInVain", h.Post.SignedInVain)     // ~ party.SignedInVain
	event.Hear(h.Bus, "inform.Device", h.Post.Device)                 // ~ identity.DeviceAdded
	event.Hear(h.Bus, "inform.Hand", h.Post.Hand)                     // ~ notice.Due
	event.Hear(h.Bus, "issuance.BoundCopy", h.Press.BoundCopy)        // ~ licence.CopyOrdered
	event.Hear(h.Bus, "issuance.ActNotice", h.Press.ActNotice)        // ~ licence.ActTold
	event.Hear(h.Bus, "issuance.ActLetter", h.Press.ActLetter)        // ~ licence.ActCarried
	event.Hear(h.Bus, "issuance.Reissue", h.Press.Reissue)            // ~ licence.VersionDue
	event.Hear(h.Bus, "inform.ActTold", h.Post.ActTold)               // ~ licence.ActTold
	event.Hear(h.Bus, "inform.ActDone", h.Post.ActDone)               // ~ licence.ActCarried
	event.Hear(h.Bus, "issuance.Proof", h.Press.Proof)                // ~ delivery.WasServed
	event.Hear(h.Bus, "fulfilment.Follow", h.Hand.Follow)             // ~ seal.WasSealed
	event.Hear(h.Bus, "fulfilment.Expire", h.Hand.Expire)             // ~ delivery.NoticeEnds
	event.Hear(h.Bus, "fulfilment.File", h.Hand.File)                 // ~ archive.Due
	event.Hear(h.Bus, "fulfilment.EndWithdrawn", h.Hand.EndWithdrawn) // ~ casefile.WasWithdrawn
	event.Hear(h.Bus, "review.Redo", h.Board.Redo)                    // ~ casefile.WasRemitted
	event.Hear(h.Bus, "issuance.Seal", h.Press.Seal)                  // ~ seal.WasDrafted
	event.Hear(h.Bus, "standards.PublishDue", h.Library.PublishDue)   // ~ catalog.PublishDue
	event.Hear(h.Bus, "standards.TurnDue", h.Library.TurnDue)         // ~ catalog.TurnDue
	event.Hear(h.Bus, "standards.ReleaseDue", h.Library.ReleaseDue)   // ~ rule.ReleaseDue
	event.Hear(h.Bus, "exchange.Send", h.Hooks.Send)                  // ~ identity.HookDue
}

// tell lets open inboxes of an organ look again. It is a hint and nothing is lost with it, so it
// is no delivery: four durable ones a case cost a sixth of the whole journey.
func (h *House) tell(organ ref.OrganID) { h.Hub.Send("inbox:"+string(organ), "changed") }
