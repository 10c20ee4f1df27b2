package window

import "yimen/process/intake"

type Desk struct{}

func (d Desk) PostAcceptance() { intake.Accept(nil) }
