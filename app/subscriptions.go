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
	event.Hear(h.Bus, "fulfilment.Bill", h.Till.Bill)                 // ~ approval.Decided
	event.Hear(h.Bus, "issuance.FeeNotice", h.Press.FeeNotice)        // ~ fee.WasBilled
	event.Hear(h.Bus, "inform.Billed", h.Post.Billed)                 // ~ fee.WasBilled
	event.Hear(h.Bus, "fulfilment.Order", h.Till.Order)               // ~ fee.OrderDue
	event.Hear(h.Bus, "issuance.FeeReceipt", h.Press.FeeReceipt)      // ~ fee.WasPaid
	event.Hear(h.Bus, "inform.FeePaid", h.Post.FeePaid)               // ~ fee.WasPaid
	event.Hear(h.Bus, "issuance.Settled", h.Press.Settled)            // ~ fee.Settled
	event.Hear(h.Bus, "fulfilment.Period", h.Till.Period)             // ~ fee.PeriodDue
	event.Hear(h.Bus, "inform.FeeLate", h.Post.FeeLate)               // ~ fee.WasReminded
	event.Hear(h.Bus, "fulfilment.GiveBack", h.Till.GiveBack)         // ~ fee.RefundDue
	event.Hear(h.Bus, "inform.Refunded", h.Post.Refunded)             // ~ fee.WasRefunded
	event.Hear(h.Bus, "fulfilment.Compare", h.Till.Compare)           // ~ fee.DayDue
	event.Hear(h.Bus, "trust.Accepted", h.Trust.Accepted)             // ~ casefile.WasAccepted
	event.Hear(h.Bus, "trust.Closed", h.Trust.Closed)                 // ~ casefile.WasClosed
	event.Hear(h.Bus, "trust.Terminated", h.Trust.Terminated)         // ~ casefile.WasTerminated
	event.Hear(h.Bus, "trust.Withdrawn", h.Trust.Withdrawn)           // ~ casefile.WasWithdrawn
	event.Hear(h.Bus, "trust.Due", h.Trust.Due)                       // ~ undertaking.Due
	event.Hear(h.Bus, "trust.Broken", h.Trust.Broken)                 // ~ undertaking.WasBroken
	event.Hear(h.Bus, "issuance.Vow", h.Press.Vow)                    // ~ undertaking.WasSigned
	event.Hear(h.Bus, "issuance.Tolerance", h.Press.Tolerance)        // ~ undertaking.WasStarted
	event.Hear(h.Bus, "issuance.Freed", h.Press.Freed)                // ~ undertaking.WasKept
	event.Hear(h.Bus, "inform.Owed", h.Post.Owed)                     // ~ undertaking.WasStarted
	event.Hear(h.Bus, "inform.Reminded", h.Post.Reminded)             // ~ undertaking.Told
	event.Hear(h.Bus, "inform.MadeGood", h.Post.MadeGood)             // ~ undertaking.WasKept
	event.Hear(h.Bus, "inform.CreditMoved", h.Post.CreditMoved)       // ~ credit.WasMoved
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
	event.Hear(h.Bus, "inform.Appointed", h.Post.Appointed)           // ~ approval.Appointed
	event.Hear(h.Bus, "inform.Answered", h.Post.Answered)             // ~ notice.Said
	event.Hear(h.Bus, "intake.HandInSigned", h.Desk.HandInSigned)     // ~ party.SignedByAll
	event.Hear(h.Bus, "inform.Mandated", h.Post.Mandated)             // ~ party.MandateChanged
	event.Hear(h.Bus, "inform.MandateUsed", h.Post.MandateUsed)       // ~ party.MandateUsed
	event.Hear(h.Bus, "inform.SignAsked", h.Post.SignAsked)           // ~ party.SignatureAsked
	event.Hear(h.Bus, "inform.SignRefused", h.Post.SignRefused)       // ~ party.SignatureRefused
	event.Hear(h.Bus, "inform.SignOver", h.Post.SignOver)             // ~ party.SignatureOver
	event.Hear(h.Bus, "inform.SignedInVain", h.Post.SignedInVain)     // ~ party.SignedInVain
	event.Hear(h.Bus, "inform.Replied", h.Post.Replied)               // ~ inspection.WasReplied
	event.Hear(h.Bus, "inform.Device", h.Post.Device)                 // ~ identity.DeviceAdded
	event.Hear(h.Bus, "inform.Hand", h.Post.Hand)                     // ~ notice.Due
	event.Hear(h.Bus, "issuance.BoundCopy", h.Press.BoundCopy)        // ~ licence.CopyOrdered
	event.Hear(h.Bus, "issuance.Seal", h.Press.Seal)                  // ~ seal.WasDrafted
	event.Hear(h.Bus, "standards.PublishDue", h.Library.PublishDue)   // ~ catalog.PublishDue
	event.Hear(h.Bus, "standards.TurnDue", h.Library.TurnDue)         // ~ catalog.TurnDue
	event.Hear(h.Bus, "standards.ReleaseDue", h.Library.ReleaseDue)   // ~ rule.ReleaseDue
	event.Hear(h.Bus, "exchange.Send", h.Hooks.Send)                  // ~ identity.HookDue
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
}

// tell lets open inboxes of an organ look again. It is a hint and nothing is lost with it, so it
// is no delivery: four durable ones a case cost a sixth of the whole journey.
func (h *House) tell(organ ref.OrganID) { h.Hub.Send("inbox:"+string(organ), "changed") }
