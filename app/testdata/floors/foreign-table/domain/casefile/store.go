// Package casefile holds cases and reaches into other people's drawers.
package casefile

import "yimen/foundation/db"

const (
	join   = "select 1 from casefile_case c join party_person p on p.id = c.party"
	write  = "update\n party_person set name = $1"
	drop   = "delete from licence_licence"
	suffix = "where true"
	parts  = "select 1 " + "from clock_run " + suffix
)

var name = "casefile_" + "case"

func put() error { return db.Insert(nil, nil, "audit_row", nil) }

func hidden() error { return db.Insert(nil, nil, name, nil) }
