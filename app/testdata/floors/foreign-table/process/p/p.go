// Package p is a verb with SQL of its own.
package p

const q = "select 1 from casefile_case"
