package notice

// Kinds of notice about acting for another and signing together.
const (
	MandateOffered  = "mandate_offered"  // somebody wants the person to act for them
	MandateSent     = "mandate_sent"     // the offer is on its way
	MandateGranted  = "mandate_granted"  // to the principal: somebody may act for you
	MandateTaken    = "mandate_taken"    // to the agent: you may act
	MandateDeclined = "mandate_declined" // to the principal
	MandateEnded    = "mandate_ended"    // to both
	MandateUsed     = "mandate_used"     // to the principal: an application was handed in for you
	MandateDone     = "mandate_done"     // to the agent: you handed it in
	SignAsked       = "sign_asked"
	SignAgain       = "sign_again"   // a reminder
	SignRefused     = "sign_refused" // to the applicant
	SignOver        = "sign_over"    // to the applicant: not signed in time
	SignVain        = "sign_vain"    // to the applicant: signed by all, and cannot be handed in as it is
)
