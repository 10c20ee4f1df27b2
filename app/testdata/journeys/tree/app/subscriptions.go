package app

import "yimen/process/review"

var hear = review.Start
