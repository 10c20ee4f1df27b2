package casefile

// How officers shared a case's work, for its history.
const (
	FactHanded   Kind = "handed_over" // a task went from one officer to another, with the reason
	FactTakeover Kind = "taken_over"  // a colleague took up what had been held too long
	FactBarred   Kind = "barred"      // an officer withdrew from the case item (回避)
)
