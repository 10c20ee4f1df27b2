// Package e2e is the house as people meet it: its tests drive a real browser over every surface.
//
// Invariants: one house and one browser for all tests; what a person would see or press is what a test looks for; a test
// waits for something to become true and never for time to pass; a page that no test walks is a failing test.
package e2e
