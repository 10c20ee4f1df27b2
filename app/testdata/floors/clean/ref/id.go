// Package ref holds ids.
package ref

// CaseID names a case.
type CaseID string
