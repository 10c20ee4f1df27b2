// Package party holds people.
package party
