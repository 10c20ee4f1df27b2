// Package intake takes cases in.
package intake

import "yimen/domain/casefile"

// Accept opens a case.
var Accept = casefile.Open
