// Package v is a picture that writes.
package v

const (
	look  = "select 1 from casefile_case join party_person on true"
	write = "insert into casefile_case (id) values ($1)"
	gone  = "delete from casefile_case"
)
