// Package elsewhere stands on no floor.
package elsewhere
