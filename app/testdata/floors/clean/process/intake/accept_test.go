package intake_test

import (
	"time"

	_ "yimen/app/apptest"
)

var begun = time.Now()

const count = "select count(*) from casefile_case"
