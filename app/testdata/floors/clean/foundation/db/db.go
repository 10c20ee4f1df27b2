// Package db speaks to the database.
package db

// Tx writes.
type Tx struct{}

// Reader asks.
type Reader interface{ Engine() int }

// Insert adds a row.
func Insert(ctx any, tx *Tx, table string, row any) error { return nil }
