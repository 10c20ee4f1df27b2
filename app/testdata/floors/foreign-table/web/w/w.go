// Package w is a surface that writes.
package w

import "yimen/foundation/db"

const q = "select 1 from casefile_case"

var put = db.Insert
