// Package casepage shows a case.
package casepage

import "yimen/domain/casefile"

const all = "select * from casefile_case join party_person on true"

var _ = casefile.Open
